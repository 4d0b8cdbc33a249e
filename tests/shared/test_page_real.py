"""Real pages: text, titles, authors and dates against gold; doubts where something is wrong, and none where nothing is."""

from __future__ import annotations

import gzip
import json
import re
import statistics
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from narrative.read.containers import Running, running
from narrative.read.doubts import text_doubts
from narrative.read.extraction import parsed
from narrative.read.metadata import PageFacts, facts_of
from narrative.read.page import Page, page_of
from narrative.read.passages import passages
from narrative.read.repeats import repeated_share
from narrative.terms import Article, Capture

SEEN = datetime(2026, 11, 21, tzinfo=UTC)
WORD = re.compile(r"\w+")
# floors; measured on every third page
TEXT_F1, TITLES, AUTHORS, DATES, GUESSED_DATES, KEPT = 0.965, 0.97, 0.95, 0.98, 0.93, 0.99
POOR = 0.8  # F1 below which a text must be doubted
RIGHT = 0.9  # F1 from which a text must not be
HALVES = 0.85  # of halved texts are found to have lost something
TEXT_DOUBTS = ("text_lost", "text_extra", "repeats")


class Case(NamedTuple):
    gold: dict[str, Any]
    markup: str
    page: Page

    @property
    def article(self) -> Article:
        return self.page.article

    @property
    def doubted(self) -> bool:
        return bool(self.article.stub) or any(flag.startswith(TEXT_DOUBTS) for flag in self.article.flags)

    @property
    def score(self) -> float | None:
        """F1 over the bag of words, None without gold."""
        gold = None if self.gold.get("gold_suspect") else self.gold["text"]
        return f1(self.article.text, gold) if gold else None


@lru_cache(maxsize=2)
def read_pages(folder: Path) -> tuple[Case, ...]:
    return tuple(read(folder))


def read(folder: Path) -> Iterator[Case]:
    rows = [json.loads(line) for line in (folder / "gold.jsonl").read_text(encoding="utf-8").splitlines()]
    for row in rows[::3]:
        body = gzip.decompress((folder / f"{row['id']}.html.gz").read_bytes())
        made = page_of(Capture(row["url"], row["url"], SEEN, "text/html", body))
        yield Case(row, body.decode("utf-8", "replace"), made)


@pytest.fixture(scope="module")
def pages(shared: Path) -> tuple[Case, ...]:
    return read_pages(shared / "data" / "html")


def f1(got: str, gold: str) -> float:
    one, other = Counter(WORD.findall(got.lower())), Counter(WORD.findall(gold.lower()))
    return 2 * sum((one & other).values()) / max(1, one.total() + other.total())


def folded(text: str) -> str:
    return " ".join(WORD.findall(text.lower()))


def test_texts(pages: tuple[Case, ...]) -> None:
    assert statistics.fmean(case.score for case in pages if case.score is not None) >= TEXT_F1


def test_titles(pages: tuple[Case, ...]) -> None:
    right = [
        folded(case.article.title)
        in {folded(t) for t in [case.gold["title"], *case.gold.get("titles_alt", [])]}
        for case in pages
        if case.gold["title"]
    ]
    assert statistics.fmean(right) >= TITLES


def test_authors(pages: tuple[Case, ...]) -> None:
    right = []
    for case in pages:
        if case.gold["authors"]:
            have = [folded(name) for name in case.article.authors]
            right.append(all(any(folded(name) in one for one in have) for name in case.gold["authors"]))
    assert statistics.fmean(right) >= AUTHORS


def day_right(case: Case) -> bool:
    """Whether the day is the gold's as the publisher counts it, or the instant is the same."""
    gold = datetime.fromisoformat(case.gold["published"])
    claim = case.article.published
    same = claim is not None and gold.tzinfo is not None and claim.value == gold
    return same or case.page.dating.day == date.fromisoformat(case.gold["published"][:10])


def test_dates(pages: tuple[Case, ...]) -> None:
    assert statistics.fmean(day_right(case) for case in pages if case.gold["published"]) >= DATES


def test_dates_found_by_people(shared: Path) -> None:
    cases = read_pages(shared / "data" / "html_dates")
    assert statistics.fmean(day_right(case) for case in cases) >= GUESSED_DATES


def test_teasers_are_stubs_and_articles_are_not(pages: tuple[Case, ...]) -> None:
    for case in pages:
        assert bool(case.article.stub) == bool(case.gold.get("paywall_teaser")), case.gold["id"]


def test_a_poor_text_is_doubted_and_a_right_one_is_not(pages: tuple[Case, ...]) -> None:
    for case in pages:
        if case.score is not None and not case.gold.get("paywall_teaser"):
            assert case.doubted or case.score >= POOR, case.gold["id"]
            assert not case.doubted or case.score < RIGHT, case.gold["id"]


def test_no_undoubted_text_repeats_itself(pages: tuple[Case, ...]) -> None:
    for case in pages:
        assert case.doubted or repeated_share(case.article.text) <= 0.2, case.gold["id"]


def test_half_a_text_is_doubted(pages: tuple[Case, ...]) -> None:
    found = [doubt for case in pages for doubt in halves(case)]
    assert statistics.fmean(found) >= HALVES


def halves(case: Case) -> Iterator[bool]:
    """Whether each half of a text is found to have lost the other."""
    lines = [line for line in case.article.text.split("\n") if line.strip()]
    if len(case.article.text.split()) < 250 or len(lines) < 6:
        return
    facts, own = witnesses(case)
    for half in (lines[: len(lines) // 2], lines[len(lines) // 2 :]):
        yield any(flag.startswith("text_lost") for flag in text_doubts("\n".join(half), facts, own))


def witnesses(case: Case) -> tuple[PageFacts, Running]:
    tree = parsed(case.markup)
    return facts_of(tree, case.gold["url"]), running(tree)


def test_no_paragraph_of_an_article_is_lost_as_junk(pages: tuple[Case, ...]) -> None:
    found = [kept for case in pages if case.gold["text"] for kept in lines_kept(case.gold["text"])]
    assert statistics.fmean(found) >= KEPT


def lines_kept(text: str) -> list[bool]:
    """For each line of eight words or more, whether a passage covers its middle."""
    spans = [passage.span for passage in passages(Article("x", "", "", "", text))]
    middles = [
        (m.start() + m.end()) // 2 for m in re.finditer(r"[^\n]+", text) if len(m.group().split()) >= 8
    ]
    return [any(start <= at < end for start, end in spans) for at in middles]
