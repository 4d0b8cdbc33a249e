"""What is measured on: the demo's pages as captures, and the annotated articles without their marks."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from pathlib import Path

from narrative.read.corpus import as_article, read_corpus
from narrative.read.page import article_of_text
from narrative.terms import Article, Capture

ROOT = Path(__file__).resolve().parents[2]
ARTICLES = 60  # taken evenly over the batches
LONG = 600  # words
_FETCHED = datetime(2026, 2, 14, 12, tzinfo=UTC)


def captures() -> list[Capture]:
    """Return the pages of the demo's site in the order of their paths."""
    site = ROOT / "corpus" / "site"
    made = []
    for path in sorted(site.rglob("*.html")):
        url = f"http://{path.relative_to(site).as_posix()}"
        made.append(Capture(url, url, _FETCHED, "text/html; charset=utf-8", path.read_bytes()))
    return made


def long_articles(count: int = 24) -> list[Article]:
    """Return articles of 600 words, every one with statements: annotated ones joined and cut at a paragraph."""
    found = list(read_corpus(ROOT / "corpus" / "articles"))
    out: list[Article] = []
    paragraphs: list[str] = []
    for gold in found[:: max(1, len(found) // (3 * count))]:
        paragraphs += [p for p in gold.text.split("\n") if p.strip()]
        if sum(len(p.split()) for p in paragraphs) >= LONG:
            out.append(_article(paragraphs, len(out)))
            paragraphs = []
    return out[:count]


def _article(paragraphs: list[str], number: int) -> Article:
    kept: list[str] = []
    for paragraph in paragraphs:
        kept.append(paragraph)
        if sum(len(p.split()) for p in kept) >= LONG:
            break
    return article_of_text(
        "\n\n".join(kept), path=f"long-{number}", url="", title="", outlet="", published=None
    )


def page_of(article: Article) -> Capture:
    """Return an article as the page it might have come from."""
    title, *rest = [escape(line) for line in article.text.split("\n") if line.strip()]
    body = "".join(f"<p>{line}</p>" for line in rest)
    page = f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>"
    url = f"http://bench.example/{article.id}"
    return Capture(url, url, _FETCHED, "text/html; charset=utf-8", page.encode())


def articles() -> list[Article]:
    """Return annotated articles as the reader would meet them."""
    found = list(read_corpus(ROOT / "corpus" / "articles"))
    return [as_article(gold) for gold in found[:: max(1, len(found) // ARTICLES)]][:ARTICLES]
