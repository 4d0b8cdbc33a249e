"""Real pages: text, titles and dates against gold, and no paragraph of the article lost as junk."""

from __future__ import annotations

import gzip
import json
import re
import statistics
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from narrative.read.page import article_of
from narrative.read.passages import passages
from narrative.terms import Article, Capture

SEEN = datetime(2026, 11, 21, tzinfo=UTC)
WORD = re.compile(r"\w+")
TEXT_F1, TITLES, DATES, KEPT = 0.95, 0.88, 0.97, 0.99  # floors; measured on every third page


@lru_cache(maxsize=1)
def read_pages(folder: Path) -> tuple[tuple[dict[str, Any], Article], ...]:
    return tuple(read(folder))


def read(folder: Path) -> Iterator[tuple[dict[str, Any], Article]]:
    rows = [json.loads(line) for line in (folder / "gold.jsonl").read_text(encoding="utf-8").splitlines()]
    for row in rows[::3]:
        body = gzip.decompress((folder / f"{row['id']}.html.gz").read_bytes())
        yield row, article_of(Capture(row["url"], row["url"], SEEN, "text/html", body))


@pytest.fixture(scope="module")
def pages(shared: Path) -> tuple[tuple[dict[str, Any], Article], ...]:
    return read_pages(shared / "data" / "html")


def f1(got: str, gold: str) -> float:
    one, other = Counter(WORD.findall(got.lower())), Counter(WORD.findall(gold.lower()))
    return 2 * sum((one & other).values()) / max(1, one.total() + other.total())


def folded(text: str) -> str:
    return " ".join(WORD.findall(text.lower()))


def test_texts(pages: tuple[tuple[dict[str, Any], Article], ...]) -> None:
    scores = [
        f1(made.text, row["text"]) for row, made in pages if row["text"] and not row.get("gold_suspect")
    ]
    assert statistics.fmean(scores) >= TEXT_F1


def test_titles(pages: tuple[tuple[dict[str, Any], Article], ...]) -> None:
    right = [
        folded(made.title) in {folded(title) for title in [row["title"], *row.get("titles_alt", [])]}
        for row, made in pages
        if row["title"]
    ]
    assert statistics.fmean(right) >= TITLES


def test_dates_are_right_within_a_day(pages: tuple[tuple[dict[str, Any], Article], ...]) -> None:
    right = []
    for row, made in pages:
        if row["published"]:
            value = made.published.value if made.published else date(1900, 1, 1)
            day = value.date() if isinstance(value, datetime) else value
            right.append(abs(day - date.fromisoformat(row["published"][:10])) <= timedelta(days=1))
    assert statistics.fmean(right) >= DATES


def test_teasers_are_stubs_and_articles_are_not(pages: tuple[tuple[dict[str, Any], Article], ...]) -> None:
    for row, made in pages:
        assert bool(made.stub) == bool(row.get("paywall_teaser")), (row["id"], made.stub)


def test_no_paragraph_of_an_article_is_lost_as_junk(
    pages: tuple[tuple[dict[str, Any], Article], ...],
) -> None:
    found = [line for row, _ in pages if row["text"] for line in lines_kept(row["text"])]
    assert statistics.fmean(found) >= KEPT


def lines_kept(text: str) -> list[bool]:
    """For each line of eight words or more, whether a passage covers its middle."""
    spans = [passage.span for passage in passages(Article("x", "", "", "", text))]
    middles = [
        (m.start() + m.end()) // 2 for m in re.finditer(r"[^\n]+", text) if len(m.group().split()) >= 8
    ]
    return [any(start <= at < end for start, end in spans) for at in middles]
