"""What is measured on: the demo's pages as captures, and the annotated articles without their marks."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from narrative.read.corpus import as_article, read_corpus
from narrative.terms import Article, Capture

ROOT = Path(__file__).resolve().parents[2]
ARTICLES = 60  # taken evenly over the batches
_FETCHED = datetime(2026, 2, 14, 12, tzinfo=UTC)


def captures() -> list[Capture]:
    """Return the pages of the demo's site in the order of their paths."""
    site = ROOT / "corpus" / "site"
    made = []
    for path in sorted(site.rglob("*.html")):
        url = f"http://{path.relative_to(site).as_posix()}"
        made.append(Capture(url, url, _FETCHED, "text/html; charset=utf-8", path.read_bytes()))
    return made


def articles() -> list[Article]:
    """Return annotated articles as the reader would meet them."""
    found = list(read_corpus(ROOT / "corpus" / "articles"))
    return [as_article(gold) for gold in found[:: max(1, len(found) // ARTICLES)]][:ARTICLES]
