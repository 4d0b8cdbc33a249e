"""Many readings in one transaction leave what they leave one at a time, and every echo where its definition puts it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from narrative.clock import SimulatedClock
from narrative.ledger import Ledger, columns, open_ledger
from narrative.ledger.echoes import WINDOW, content_words
from narrative.ledger.wording import same_claim
from narrative.terms import Reading
from tests.bench.ledger_material import END, readings

TABLES = (
    "articles",
    "texts",
    "shingles",
    "readings",
    "statements",
    "views",
    "voices",
    "voice_names",
    "voice_firms",
)


def dense(views: int, seed: int) -> list[Reading]:
    """Pages of some days, so that copies and voices meet within the windows; every fifth is a revision."""
    found = []
    for number, reading in enumerate(readings(views, seed)):
        when = END - timedelta(days=40) + number * timedelta(hours=7)
        page = reading.article
        url = found[-1].article.url if number % 5 == 4 else page.url
        moved = {"url": url, "available_at": when, "published": None}
        found.append(replace(reading, article=replace(page, **moved)))
    return found


def tables(book: Ledger) -> dict[str, list[tuple]]:
    """All rows by table."""
    return {name: sorted(map(tuple, book.store.rows(f"SELECT * FROM {name}"))) for name in TABLES}


@pytest.mark.parametrize("seed", range(3))
def test_together_is_one_at_a_time(tmp_path: Path, seed: int) -> None:
    made = dense(600, seed)
    one, many = (
        open_ledger(tmp_path / f"{name}.db", SimulatedClock(END), create=True) for name in ("one", "many")
    )
    with one, many:
        new = [one.keep_reading(reading) for reading in made]
        with many.together():
            assert [many.keep_reading(reading) for reading in made] == new
            assert not any(many.keep_reading(reading) for reading in made)
        assert tables(one) == tables(many)


@pytest.mark.parametrize("seed", range(3))
def test_a_statement_joins_the_earliest_near_one_that_says_the_same(tmp_path: Path, seed: int) -> None:
    with open_ledger(tmp_path / "l.db", SimulatedClock(END), create=True) as book:
        with book.together():
            for reading in dense(600, seed):
                book.keep_reading(reading)
        rows = book.store.rows(
            """SELECT s.number, s.content, s.voice, s.echo_group, s.available_at, t.text, a.story,
               coalesce(a.revision_of, a.number) AS root FROM statements s JOIN readings r ON r.number = s.reading
               JOIN articles a ON a.number = r.article JOIN texts t ON t.article = a.number ORDER BY s.number"""
        )
    told = [(row, content_words(row["text"], columns.spans(row["content"]))) for row in rows]
    for place, (row, words) in enumerate(told):
        near = (
            other["number"]
            for other, said in told[:place]
            if other["echo_group"] == other["number"]
            and (other["root"] == row["root"] or (_soon(row, other) and _tied(row, other)))
            and same_claim(words, said)
        )
        assert row["echo_group"] == next(near, row["number"])
    assert sum(row["echo_group"] != row["number"] for row in rows) > 20


def _soon(row, other) -> bool:
    gap = columns.instant(row["available_at"]) - columns.instant(other["available_at"])
    return abs(gap) <= WINDOW


def _tied(row, other) -> bool:
    voiced = row["voice"] is not None and row["voice"] == other["voice"]
    return voiced or row["story"] == other["story"]
