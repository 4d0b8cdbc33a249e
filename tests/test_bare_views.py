"""What is measured is what is shown: the light rows under a number against the entries under an answer."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measure_rows import ROTATION, XNYS

from narrative.clock import SimulatedClock
from narrative.errors import UsageError
from narrative.ledger import BareView, Ledger
from narrative.ledger.imports import From, OutsideView
from narrative.measure.export import csv_text
from narrative.measure.factor import factor
from narrative.measure.series import series
from narrative.terms import Claim, Entry, Vintage
from tests.full_ledger import full_ledger
from tests.ledger_rows import FIRST, SECOND, Quote, day, ledger, reading

DESK = From("desk", "desk.csv", Vintage("import:desk", "desk"))
SPAN = {"start": date(2026, 1, 5), "end": date(2026, 2, 20)}
WORDS = (
    "We think small caps will lead the market through the summer",
    "We think that small caps will lead the market through the summer",
    "The largest technology names have run too far for our taste",
)
PEOPLE = (
    ("Ann Lee", "Harbor Lane"),
    ("Anna Lee", "Harbor Lane"),
    ("Tom Ode", "Kestrel"),
    (None, "Kestrel"),
    (None, None),
)


def same(book: Ledger, **moment: object) -> tuple[Entry, ...]:
    """Hold the light rows to the entries of a moment, and the numbers made of the one to those of the other."""
    entries = book.entries(targets=ROTATION, **moment)
    light = book.bare_views(targets=ROTATION, **moment)
    shown = sorted(tuple(getattr(entry, name) for name in BareView._fields) for entry in entries)
    assert sorted(tuple(one) for one in light) == shown
    assert sorted(one.score for one in light) == sorted(entry.score for entry in entries)
    files = [
        csv_text(
            factor(rows, "rotation", ROTATION, XNYS, computed_at=datetime(2027, 1, 1, tzinfo=UTC), **SPAN)
        )
        for rows in (entries, light)
    ]
    assert files[0] == files[1]
    for name in ("Ann Lee", "Anna Lee", "Tom Ode", "Kestrel", "Desk"):
        of_name = book.entries(targets=ROTATION, names=[name], **moment)
        assert set(of_name) <= set(entries)
        assert {one for one in entries if name in (one.voice_name, one.speaker, one.firm)} <= set(of_name)
    for since in {entry.available_at for entry in entries}:
        windowed = book.entries(targets=ROTATION, since=since, **moment)
        assert windowed == tuple(entry for entry in entries if entry.available_at >= since)
    assert series(entries, ROTATION, XNYS, **SPAN) == series(light, ROTATION, XNYS, **SPAN)
    return entries


def test_a_ledger_with_everything_in_it(tmp_path: Path) -> None:
    book, clock = full_ledger(tmp_path)
    with book:
        assert {entry.echo_of is None for entry in same(book)} == {True, False}
        assert any(entry.correction for entry in same(book))
        for known in (None, day(0), day(2), day(4)):
            same(book, known_at=known)
        assert same(book, vintage=FIRST.id) != same(book, as_of=clock.now())
        with pytest.raises(UsageError, match="is no vintage"):
            book.bare_views(vintage="nobody")


def test_merged_voices_repeat_each_other_here_too(tmp_path: Path) -> None:
    book, clock = ledger(tmp_path)
    with book:
        for number, who in enumerate(PEOPLE[:3]):
            page = reading(Quote(WORDS[0], *who), url=f"https://{number}.example/a", at=clock.now())
            book.keep_reading(page)
        apart = same(book)
        book.merge_voices("Ann Lee", "Tom Ode", "one person")
        assert sum(entry.counted for entry in same(book)) < sum(entry.counted for entry in apart)


@pytest.mark.parametrize("pages", range(2, 8))
def test_of_copies_read_at_one_instant_the_same_leads(tmp_path: Path, pages: int) -> None:
    book, clock = ledger(tmp_path)
    with book:
        for number in range(pages):
            book.keep_reading(reading(Quote(WORDS[0]), url=f"https://{number}.example/a", at=clock.now()))
        assert sum(entry.counted for entry in same(book)) == 1


PAGES = st.tuples(
    st.just("page"),
    st.lists(
        st.tuples(
            st.sampled_from(WORDS),
            st.sampled_from(PEOPLE),
            st.sampled_from(["bullish", "bearish", "neutral"]),
            st.sampled_from(
                [("small_caps",), ("mega_cap_tech",), ("small_caps", "mega_cap_tech"), ("gold",)]
            ),
            st.sampled_from(["", "", "", "dup", "abstained", "past"]),
        ),
        min_size=1,
        max_size=3,
        unique_by=lambda quote: quote[0],
    ),
    st.integers(0, 2),  # which address: the same one again is a revision
    st.sampled_from([None, "the same lead in every paper, word for word and without a change"]),
    st.sampled_from([None, 0, 3, 40, -100]),  # hours from publication to reading
    st.sampled_from([FIRST, SECOND]),
)
RULINGS = st.one_of(
    st.tuples(
        st.just("correct"), st.integers(0, 20), st.sampled_from(["bullish", "bearish", "none", "model"])
    ),
    st.tuples(
        st.just("merge"), st.sampled_from(["Ann Lee", "Tom Ode"]), st.sampled_from(["Anna Lee", "Kestrel"])
    ),
    st.tuples(
        st.just("split"), st.sampled_from(["Ann Lee", "Tom Ode"]), st.sampled_from(["Anna Lee", "Tom Ode"])
    ),
    st.tuples(
        st.just("import"),
        st.sampled_from(["s1", "s2"]),
        st.sampled_from(["Ann Lee", "Desk"]),
        st.floats(0, 2),
    ),
)
STEPS = st.lists(
    st.tuples(st.sampled_from([0.01, 0.4, 2, 8]), st.one_of(PAGES, RULINGS)), min_size=1, max_size=9
)


def act(book: Ledger, clock: SimulatedClock, number: int, step: tuple) -> None:
    """Do one step; what a ledger refuses does not happen."""
    kind, *rest = step
    with suppress(UsageError):
        if kind == "page":
            quotes, place, lead, lag, vintage = rest
            made = [
                Quote(
                    words,
                    *who,
                    dict.fromkeys(targets, stance),
                    *(mark == m for m in ("dup", "abstained", "past")),
                )
                for words, who, stance, targets, mark in quotes
            ]
            published = None if lag is None else Claim(clock.now() - timedelta(hours=lag), "meta")
            url = f"https://{place}.example/a"
            page = reading(
                *made,
                url=url,
                at=clock.now(),
                outlet=f"O{place}",
                published=published,
                lead=lead,
                vintage=vintage,
            )
            book.keep_reading(page, backfilled=lag == 40, trusted=lag == 40)
        elif kind == "correct":
            views = book.entries()
            if views:
                book.correct(views[rest[0] % len(views)].view, rest[1], f"note {number}")
        elif kind == "merge":
            book.merge_voices(*rest, f"note {number}")
        elif kind == "split":
            book.split_voice(rest[0], name=rest[1], note=f"note {number}")
        else:
            story, voice, weight = rest
            claim = Claim(clock.now() - timedelta(hours=1), "meta")
            firm = "Harbor Lane" if voice == "Ann Lee" else None
            row = OutsideView(
                number,
                claim,
                None,
                clock.now(),
                voice,
                firm,
                story,
                "small_caps",
                "bullish",
                0.9,
                0.1,
                0.0,
                weight,
            )
            book.keep_views([row], DESK)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_a_number_is_made_of_what_an_answer_shows(steps: list) -> None:
    with TemporaryDirectory() as folder:
        book, clock = ledger(Path(folder))
        at, moments = 0.0, []
        with book:
            for number, (pause, step) in enumerate(steps):
                at += pause
                clock.advance_to(day(at))
                act(book, clock, number, step)
                moments.append(clock.now())
            same(book)
            for moment in moments[::2]:
                same(book, as_of=moment)
                same(book, known_at=moment)
