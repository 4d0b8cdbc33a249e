"""Answers for people, out of rows handed in: questions, evidence, digests. Knows no model, no store."""
