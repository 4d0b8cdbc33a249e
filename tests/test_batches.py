"""Many readings in one transaction leave what they leave one at a time, and every echo where its definition puts it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrative.clock import SimulatedClock
from narrative.errors import NarrativeError, UsageError
from narrative.ledger import Ledger, columns, open_ledger
from narrative.ledger import readings as keeping
from narrative.ledger.echoes import WINDOW, content_words
from narrative.ledger.imports import From, Imported, OutsideView
from narrative.ledger.wording import same_claim
from narrative.terms import Claim, Mention, Reading, Span, Vintage, content_id
from tests import ledger_rows
from tests.bench.ledger_material import END, readings
from tests.ledger_rows import Quote, day, filler, reading


def dense(views: int, seed: int) -> list[Reading]:
    """Pages of some days, so that copies and voices meet within the windows; every fifth is a revision."""
    found = []
    for number, one in enumerate(readings(views, seed)):
        when = END - timedelta(days=40) + number * timedelta(hours=7)
        page = one.article
        url = found[-1].article.url if number % 5 == 4 else page.url
        moved = {"url": url, "available_at": when, "published": None}
        found.append(replace(one, article=replace(page, **moved)))
    return found


def tables(book: Ledger) -> dict[str, list[tuple]]:
    """All rows by table."""
    names = book.store.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> '_migrations'")
    return {name: sorted(map(tuple, book.store.rows(f"SELECT * FROM {name}")), key=repr) for (name,) in names}


def agree(one: Ledger, many: Ledger) -> None:
    ours, theirs = tables(one), tables(many)
    for name, rows in ours.items():
        assert rows == theirs[name], name


@pytest.mark.parametrize("seed", range(3))
def test_together_is_one_at_a_time(tmp_path: Path, seed: int) -> None:
    made = dense(600, seed)
    one, many = (
        open_ledger(tmp_path / f"{name}.db", SimulatedClock(END), create=True) for name in ("one", "many")
    )
    with one, many:
        new = [one.keep_reading(reading) for reading in made]
        with many.together():
            assert [many.keep_reading(reading) for reading in made[:20]] == new[:20]
            assert many.keep_readings(made) == [False] * 20 + new[20:]
            assert not any(many.keep_readings(made))
        agree(one, many)


@pytest.mark.parametrize("seed", range(3))
def test_a_statement_joins_the_earliest_near_one_that_says_the_same(tmp_path: Path, seed: int) -> None:
    with open_ledger(tmp_path / "l.db", SimulatedClock(END), create=True) as book:
        book.keep_readings(dense(600, seed))
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


# --- whatever is kept ----------------------------------------------------------------------------------------

_SPEAKERS = (
    None,
    "Ann Lee",
    "A. Lee",
    "Anna Lee",
    "Lee",
    "Bo Lee",
    "Mike Wilson",
    "Michael Wilson",
    "Wilson",
)
_FIRMS = (None, "Harbor Lane", "Harbor Lane Securities", "Kestrel", "Larkmoor")
_WORDS = (
    "We think small caps will lead the market through the summer",
    "Small caps will lead the market through the summer, we think",
    "We think small caps will not lead the market through the summer",
    "The largest technology names have run too far for our taste",
    "Earnings rise 12% by the spring and 15% by the autumn of that year",
    "Too far",
)
_TARGETS = ("small_caps", "mega_cap_tech", "gold")


def wild(draw: Random, count: int) -> list[Reading]:
    """Readings that meet one another: copies, revisions, second vintages, known words, voices of one name, stubs."""
    made: list[Reading] = []
    for number in range(count):
        when = day(number * draw.choice((0.1, 1, 3)))
        quotes = [
            Quote(
                draw.choice(_WORDS), draw.choice(_SPEAKERS), draw.choice(_FIRMS),
                {target: draw.choice(("bullish", "bearish")) for target in draw.sample(_TARGETS, draw.randint(0, 2))},
                dup=draw.random() < 0.1,
            )
            for _ in range(draw.randint(0, 3))
        ]  # fmt: skip
        page = reading(
            *quotes,
            url=draw.choice(("", f"https://{draw.randint(1, 4)}.example/a", f"https://n{number}.example/")),
            at=draw.choice((None, when)),
            published=draw.choice((None, Claim(when, "meta"), Claim(when.date(), "page"))),
            lead=draw.choice((None, "So it is.", filler(f"{draw.randint(1, 3)}"), filler("long", 900))),
            title=draw.choice(("Title", "Minutes, 2026-01-28", "Éclair\udc80 and more")),
            vintage=draw.choice((ledger_rows.FIRST, ledger_rows.SECOND)),
            stub="teaser" if draw.random() < 0.1 else None,
        )
        if draw.random() < 0.3:  # somebody who has moved, as the page tells
            names = (Mention("person", Span(0, 3), page.article.text[:3], "Ann Lee"),) * 2
            page = replace(page, mentions=names)
        made.append(page)
        if draw.random() < 0.2:
            again = draw.choice(made)
            made.append(
                replace(again, vintage=draw.choice((again.vintage, Vintage("reader-3", "targets-3"))))
            )
    return made


def ruled(book: Ledger, clock: SimulatedClock) -> None:
    """Correct a view and merge two voices, where there are any."""
    clock.advance_to(day(200))
    if found := book.entries():
        book.correct(found[0].view, "neutral", "they did not say so")
        book.correct(found[-1].view, "none", "not about it")
    keys = [
        row["key"] for row in book.store.rows("SELECT key FROM voices WHERE kind = 'person' ORDER BY key")
    ]
    with suppress(UsageError):  # of voices that are heard only in repeated prints
        if len(keys) > 1:
            book.merge_voices(*(content_id("voice", key) for key in (keys[0], keys[-1])), "one person")
    clock.advance_to(day(201))


def both(seed: int, work: Callable[[Ledger, SimulatedClock, bool], object]) -> None:
    """Do the same work in two ledgers, one by one and together, and compare all that they hold."""
    with TemporaryDirectory() as folder:
        clocks = [SimulatedClock(day(150)) for _ in range(2)]
        books = [open_ledger(Path(folder) / f"{n}.db", clock, create=True) for n, clock in enumerate(clocks)]
        with books[0], books[1]:
            told = [
                work(book, clock, together)
                for book, clock, together in zip(books, clocks, (False, True), strict=True)
            ]
            assert told[0] == told[1]
            agree(*books)
            assert books[1].damage() == books[1].misnamed() == ()


@given(st.integers(0, 10**6), st.integers(1, 25), st.integers(0, 25), st.integers(1, 9))
@settings(max_examples=25, deadline=None)
def test_whatever_is_read_is_kept_together_as_one_by_one(
    seed: int, count: int, before: int, parts: int
) -> None:
    """Some in the ledger already, corrected and merged; then the rest, in transactions of any size."""
    made = wild(Random(seed), count)

    def work(book: Ledger, clock: SimulatedClock, together: bool) -> list[bool]:
        for one in made[:before]:
            book.keep_reading(one)
        ruled(book, clock)
        rest = made[before:]
        if not together:
            return [book.keep_reading(one, backfilled=True) for one in rest]
        found = []
        for first in range(0, len(rest), parts):
            found += book.keep_readings(rest[first : first + parts], backfilled=True)
        return found

    both(seed, work)


def outside(draw: Random, count: int) -> list[OutsideView]:
    """Rows of a file, some again, some that say otherwise, some in the future.

    Nobody in it could be two people: in one transaction the same name is the same voice, whoever comes later.
    """
    made: list[OutsideView] = []
    for line in range(1, count + 1):
        if made and draw.random() < 0.2:
            again = draw.choice(made)
            made.append(replace(again, line=line, weight=draw.choice((again.weight, 3.0))))
            continue
        stance, score = draw.choice((("bullish", 1.0), ("bearish", -0.7), ("neutral", 0.25)))
        firm = draw.choice((None, "Harbor Lane", "Kestrel"))
        voice = draw.choice(
            ("Pat Ode", "Mike Rood", "Michael Rood") if firm else ("Kestrel", "Harbor Lane", "Desk 9")
        )
        seen = draw.choice((None, day(draw.randint(0, 9)), day(400)))
        made.append(
            OutsideView(
                line, draw.choice((None, Claim(day(3), "given"), Claim(day(4).date(), "given"))), seen,
                seen or day(150), voice, firm, draw.choice(("s1", "s2", "Ünï\udc80")), draw.choice(_TARGETS), stance,
                max(score, 0.0), max(-score, 0.0), 1.0 - abs(score), weight=draw.choice((1.0, 0.5)),
                backfilled=seen is not None, trusted=draw.random() < 0.5,
            )
        )  # fmt: skip
    return made


@given(st.integers(0, 10**6), st.integers(1, 30), st.integers(0, 6))
@settings(max_examples=25, deadline=None)
def test_whatever_is_imported_is_kept_together_as_one_by_one(seed: int, count: int, read: int) -> None:
    made, origin = outside(Random(seed), count), From("Desk", "v.csv", Vintage("import:Desk", "t"))

    def work(book: Ledger, clock: SimulatedClock, together: bool) -> tuple[int, int, list]:
        for one in wild(Random(seed), read):
            book.keep_reading(one)
        ruled(book, clock)
        parts = [made] if together else [[one] for one in made]
        kept: list[Imported] = [book.keep_views(part, origin) for part in parts]
        return sum(k.new for k in kept), sum(k.held for k in kept), [r for k in kept for r in k.refused]

    both(seed, work)


def test_more_readings_than_are_written_at_once(tmp_path: Path) -> None:
    """The second part finds what the first has put into the tables."""
    made = [
        reading(ledger_rows.SMALL, url=f"https://{n}.example/", at=day(0)) for n in range(keeping.AT_ONCE + 1)
    ]
    with open_ledger(tmp_path / "l.db", SimulatedClock(day(1)), create=True) as book:
        assert book.keep_readings(iter(made)) == [True] * len(made)
        assert book.store.value("SELECT count(DISTINCT echo_group) FROM statements") == 1
        assert book.store.value("SELECT count(*) FROM voices") == 1


BAD = [
    (replace(reading(ledger_rows.SMALL), statements=()), ValueError, "views of the missing statement"),
    (reading(ledger_rows.LARGE, at=day(9)), NarrativeError, "became available in the future"),
]


@pytest.mark.parametrize(("bad", "error", "why"), BAD, ids=[row[2] for row in BAD])
def test_of_readings_with_a_bad_one_none_is_kept(
    bad: Reading, error: type[Exception], why: str, tmp_path: Path
) -> None:
    with open_ledger(tmp_path / "l.db", SimulatedClock(day(1)), create=True) as book:
        before = tables(book)
        with pytest.raises(error, match=why):
            book.keep_readings([reading(ledger_rows.SMALL, url="https://x.example/"), bad])
        assert tables(book) == before
        with book.together():  # and what else is in the transaction stays
            book.keep_reading(reading(ledger_rows.LARGE))
            with pytest.raises(error, match=why):
                book.keep_readings([bad])
        assert book.articles_count() == 1


def test_times_are_told_in_utc(tmp_path: Path) -> None:
    """A moment in another zone is the same moment: a copy within the seven days over a change of the clocks."""
    from zoneinfo import ZoneInfo

    near, far = (
        [
            replace(one, article=replace(one.article, available_at=at))
            for one, at in zip(pair, times, strict=True)
        ]
        for pair, times in (
            (
                [reading(ledger_rows.SMALL, url=f"https://{n}.example/{zone}") for n in range(2)],
                [at.astimezone(ZoneInfo(zone)) for at in (day(52), day(59))],
            )
            for zone in ("America/New_York", "UTC")
        )
    )
    groups = []
    for n, pair in enumerate((near, far)):
        with open_ledger(tmp_path / f"{n}.db", SimulatedClock(day(100)), create=True) as book:
            book.keep_readings(pair)
            groups.append(
                [row[0] for row in book.store.rows("SELECT echo_group FROM statements ORDER BY number")]
            )
    assert groups == [[1, 1], [1, 1]]
    assert day(52).astimezone(UTC) == day(52)
