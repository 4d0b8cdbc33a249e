"""Scores readings against annotated articles, stage by stage: gold and a reading in, numbers out."""
