"""Builders for the tests of reading: an article from a text, and the steps up to the names."""

from __future__ import annotations

from narrative.read.names import names
from narrative.read.page import article_of_text
from narrative.read.passages import passages
from narrative.terms import Article, Mention, Passage


def article(text: str, **kwargs: object) -> Article:
    """An article of this text."""
    return article_of_text(text, **kwargs)  # type: ignore[arg-type]


def read_names(text: str) -> tuple[Article, tuple[Passage, ...], tuple[Mention, ...]]:
    """An article with its passages and mentions."""
    made = article(text)
    found = passages(made)
    return made, found, names(made.text, found, made)


def cut(text: str, spans: object) -> list[str]:
    """The words of spans."""
    return [text[start:end] for start, end in spans]  # type: ignore[attr-defined]
