"""What commands count in words: one of a thing is one thing, targets go by their names, and what failed says where to look."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from narrative.commands import import_views, summary, verify
from narrative.crawl.rows import PollSummary
from narrative.importing import ImportSummary
from narrative.pipeline import ReadSummary
from narrative.read.page import article_of_text
from narrative.read.reader import read_article
from narrative.targets import Targets
from narrative.tell.digest_words import headline
from narrative.tell.reading import render
from tests.scripted_model import BULLISH, Scripted
from tests.tell_rows import Crawl, point

ONES = PollSummary(*(1 for _ in fields(PollSummary)))
READ = ReadSummary(1, 1, 1, 1, 1)
WORDS = "“Small caps will rise this year,” said Ann Lee, a strategist at Harbor Lane Capital."


def reading_of_one(targets: Targets) -> str:
    return render(read_article(article_of_text(WORDS), Scripted(default=BULLISH), targets), targets)


SAID = [
    # a text that counts one of each thing, what it says, what it is
    (lambda _: "\n".join(summary.lines(ONES, READ)), "1 feed: 1 new link", "a poll"),
    (lambda _: "\n".join(summary.lines(ONES, READ)), "1 article, 1 teaser left out", "what a poll read"),
    (reading_of_one, "1 statement, 1 view", "a reading"),
    (lambda _: verify._kept_line(1, None), "the roots of 1 day", "the roots that are kept"),
    (
        lambda _: " ".join(headline(point("2026-W03"), None, [], 0, Crawl(polls_ok=0, polls_failed=1))),
        "1 poll failed or refused",
        "a week with one poll",
    ),
    (
        lambda _: import_views.line(Path("a.csv"), ImportSummary(rows=1, new=1)),
        "a.csv: 1 row: 1 new",
        "an import",
    ),
]


@pytest.mark.parametrize(("told", "says", "reason"), SAID, ids=[row[2] for row in SAID])
def test_one_is_one(told, says: str, reason: str, targets: Targets) -> None:
    text = told(targets)
    assert says in text, reason
    assert not re.search(r"\b1 (new )?(feed|link|page|article|teaser|statement|view|row|poll|day)s\b", text)


def test_a_reading_names_its_targets(targets: Targets) -> None:
    text = reading_of_one(targets)
    assert "bullish on small caps (" in text
    assert "small_caps" not in text


def test_a_poll_with_failed_feeds_says_where_to_look() -> None:
    hint = "narrative status says why feeds failed"
    assert hint in "\n".join(summary.lines(ONES, READ))
    assert hint not in "\n".join(summary.lines(PollSummary(polled=3), READ))
