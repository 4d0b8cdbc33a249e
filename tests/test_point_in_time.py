"""Point in time: whatever comes in later, no answer of before moves, and a reconstruction moves only as documented.

Two rules are held here over ledgers that hypothesis grows. Known at T: every export is the same to the byte, whatever is
recorded after T. As of now: what became available in a session moves no cell before it; only what is about all of the past
(a correction, a merged voice, another vintage) may, and what has no usable date enters no factor at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from narrative import api
from narrative.auditing import audit
from narrative.clock import SimulatedClock
from narrative.errors import UsageError
from narrative.ledger import Ledger
from narrative.measure.export import csv_text
from narrative.measure.sessions import load_sessions
from narrative.terms import Claim, Vintage
from tests.ledger_rows import FIRST, SECOND, Quote, day, filler, ledger, reading
from tests.price_rows import run

LATER = Vintage("reader-3", "targets-2", date(2026, 6, 30))
T = 14  # the day of the moment that is replayed
NOW = 30

ANN, TOM = ("Ann Lee", "Harbor Lane"), ("Tom Ode", "Kestrel")
VOICES = (ANN, TOM, ("Ida Moss", "Fenwick"), (None, "Larkmoor"))
WORDS = (
    "Small companies look cheap to us on every measure",
    "Earnings will decide where all of this goes now",
    "Nobody has asked what the smallest firms have to pay for their loans",
)


@dataclass
class World:
    """A ledger with two weeks of views recorded by day T, and how to plant more."""

    book: Ledger
    clock: SimulatedClock

    def say(self, number: float, *, url: str, quote: Quote, claim: Claim | None, **more: object) -> None:
        made = reading(quote, url=url, at=day(number), published=claim, **more)  # type: ignore[arg-type]
        self.book.keep_reading(made, backfilled=number < T)


def quote(voice: int, target: str, stance: str, words: int = 0) -> Quote:
    speaker, firm = VOICES[voice]
    return Quote(WORDS[words], speaker, firm, {target: stance})


def claim(number: float) -> Claim:
    return Claim(day(number), "meta")


def world(folder: Path) -> World:
    """Eight pages by four voices, one undated, one of them carried by two outlets."""
    book, clock = ledger(folder)
    made = World(book, clock)
    book.keep_prices(run([100.0, 101.0, 99.0, 102.0, 103.5]), source="iwm.csv")
    book.keep_prices(run([50.0, 51.0, 52.0, 50.5, 50.0], symbol="QQQ"), source="qqq.csv")
    for number in range(8):
        clock.advance_to(day(number * 1.5))
        target, stance = (
            ("small_caps", "mega_cap_tech")[number % 2],
            ("bullish", "bearish", "neutral")[number % 3],
        )
        said = None if number == 5 else claim(number * 1.5 - 0.2)
        words = quote(number % 4, target, stance, number // 4)
        made.say(
            number * 1.5,
            url=f"https://one.example/{number}",
            quote=words,
            claim=said,
            outlet=f"O{number % 2}",
        )
    clock.advance_to(day(T))
    return made


# --- what comes in later -------------------------------------------------------------------------------------

Planted = Callable[[World, int], None]


def late_row(w: World, n: int) -> None:
    """A page of long ago that is read only now."""
    w.say(
        n % 13,
        url=f"https://late.example/{n}",
        quote=quote(n % 4, "small_caps", "bearish", n % 2),
        claim=claim(n % 13),
    )


def late_copy(w: World, n: int) -> None:
    """A copy of a page that is there, found with an earlier date."""
    words = quote(n % 4, ("small_caps", "mega_cap_tech")[n % 2], ("bullish", "bearish", "neutral")[n % 3])
    lead = filler(f"https://one.example/{n % 8}")
    w.say(
        n % 4,
        url=f"https://copy.example/{n}",
        quote=words,
        claim=claim(n % 4 - 1),
        lead=lead,
        outlet="Copies",
    )


def edited_page(w: World, n: int) -> None:
    """The same address with other words: a revision."""
    words = quote(n % 4, "small_caps", "neutral", 1)
    w.say(
        T + 1 + n % 9,
        url=f"https://one.example/{n % 8}",
        quote=words,
        claim=claim(n % 8),
        lead=filler(f"edit {n}"),
    )


def redated_page(w: World, n: int) -> None:
    """The same address and title with another date, as feeds do it when they push an item up again."""
    words = quote(n % 4, "mega_cap_tech", "bullish", 0)
    w.say(
        T + n % 9,
        url=f"https://one.example/{n % 8}",
        quote=words,
        claim=claim(T + n % 9),
        title="Title again",
    )


def undated_page(w: World, n: int) -> None:
    w.say(
        n % 20, url=f"https://undated.example/{n}", quote=quote(n % 4, "small_caps", "bearish", 2), claim=None
    )


def future_page(w: World, n: int) -> None:
    """A page that claims to be published in a year."""
    w.say(
        n % 20,
        url=f"https://future.example/{n}",
        quote=quote(n % 4, "small_caps", "bearish", 2),
        claim=claim(n % 20 + 365),
    )


def later_model(w: World, n: int) -> None:
    """Another model reads pages that are there, some otherwise and some without any view."""
    vintage = (SECOND, LATER)[n % 2]
    for number in range(n % 8 + 1):
        target, stance = ("small_caps", "mega_cap_tech")[number % 2], ("neutral", "bullish")[n % 2]
        words = quote(number % 4, target, stance, number // 4)
        said = None if number == 5 else claim(number * 1.5 - 0.2)
        made = reading(
            words, url=f"https://one.example/{number}", at=day(number * 1.5), published=said, vintage=vintage
        )
        w.book.keep_reading(replace(made, views=made.views[: n % 3]))


def correction(w: World, n: int) -> None:
    views = sorted({entry.view for entry in w.book.entries(vintage=FIRST.id)})
    ruling = ("bullish", "bearish", "neutral", "none")[n % 4]
    w.book.correct(views[n % len(views)], ruling, f"ruling {n}")  # type: ignore[arg-type]


def merged_voices(w: World, n: int) -> None:
    try:
        w.book.merge_voices(
            *("Ann Lee", "Tom Ode", "Ida Moss", "Ann Lee")[n % 3 : n % 3 + 2], f"one person {n}"
        )
    except UsageError:  # they are one already
        held = [
            told.event.id for told in w.book.voice_events() if told.event.holds and told.event.kind == "merge"
        ]
        w.book.undo_voice_event(held[-1], "two after all")


def revised_price(w: World, n: int) -> None:
    w.book.keep_prices(run([100.0 + n, 90.0], symbol=("IWM", "QQQ")[n % 2]), source="again.csv")


ROWS: tuple[Planted, ...] = (late_row, late_copy, edited_page, redated_page, undated_page, future_page)
OVER_ALL: tuple[Planted, ...] = (later_model, correction, merged_voices)
KINDS: tuple[Planted, ...] = (*ROWS, *OVER_ALL, revised_price)


def exports(w: World, known: datetime) -> list[str]:
    """Everything that is told of rotation as known at a moment, as text."""
    asked = {"known_at": known, "clock": w.clock}
    told = [csv_text(api.factor(w.book, "rotation", **asked)), api.digest(w.book, "rotation", **asked).html]  # type: ignore[arg-type]
    for frequency in ("session", "week", "month"):
        told += map(repr, api.series(w.book, "rotation", frequency=frequency, **asked))  # type: ignore[arg-type]
    told += [api.ask(w.book, question, **asked).text() for question in ASKED]  # type: ignore[arg-type]
    return [*told, str(w.book.sealed(known)), *map(repr, w.book.entries(known_at=known))]


ASKED = (
    "who is bullish on small caps",
    "who flipped on small caps",
    "who disagrees with Tom Ode on the rotation",
    "who was first to be bullish on small caps",
    "has Ann Lee said the opposite on small caps",
    "compare small caps and mega-cap tech",
)


@pytest.mark.parametrize("plant", KINDS, ids=lambda plant: plant.__name__)
def test_what_was_known_at_a_moment_does_not_move(tmp_path: Path, plant: Planted) -> None:
    w = world(tmp_path)
    with w.book:
        before = exports(w, day(T))
        whole = list(w.book.store.connection.iterdump())
        w.clock.advance_to(day(NOW))
        for number in range(6):
            plant(w, number)
        assert list(w.book.store.connection.iterdump()) != whole
        assert exports(w, day(T)) == before


PLANTS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 60)), min_size=1, max_size=6)
SLOW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(PLANTS, PLANTS)
def test_no_sequence_of_events_moves_what_was_known(first: list, second: list) -> None:
    with TemporaryDirectory() as folder:
        w = world(Path(folder))
        with w.book:
            known = [(day(T), exports(w, day(T)))]
            for number, plants in enumerate((first, second)):
                w.clock.advance_to(day(NOW + number))
                for plant, seed in plants:
                    plant(w, seed)
                w.clock.sleep(1)
                known.append((w.clock.now(), exports(w, w.clock.now())))
                w.clock.sleep(1)
            for moment, told in known:
                assert exports(w, moment) == told


# --- as of: only as documented -------------------------------------------------------------------------------


def cells(w: World) -> dict[date, str]:
    """The series and factor of rotation by session, as far as views decide them."""
    sessions = load_sessions()
    span = {"start": date(2026, 1, 12), "end": sessions.shift(date(2026, 2, 6), 0), "clock": w.clock}
    factor = {one.date: replace(one, computed_at=day(NOW)) for one in api.factor(w.book, "rotation", **span)}  # type: ignore[arg-type]
    points = api.series(w.book, "rotation", frequency="session", **span)  # type: ignore[arg-type]
    plain = (replace(p, spread_return=None, spread_level=None, spread_note="") for p in points)
    return {date.fromisoformat(p.label): f"{p}\n{factor[date.fromisoformat(p.label)]}" for p in plain}


@SLOW
@given(st.lists(st.tuples(st.sampled_from(ROWS), st.integers(0, 60)), min_size=1, max_size=6))
def test_a_page_moves_no_cell_before_the_session_it_became_available_in(plants: list) -> None:
    with TemporaryDirectory() as folder:
        w = world(Path(folder))
        with w.book:
            w.clock.advance_to(day(NOW))
            before, there = cells(w), {entry.view for entry in w.book.entries()}
            for plant, seed in plants:
                plant(w, seed)
            new = [entry.available_at for entry in w.book.entries() if entry.view not in there]
            first = load_sessions().session_of(min(new, default=day(NOW)))
            after = cells(w)
            moved = [session for session in before if before[session] != after[session]]
            assert all(session >= first for session in moved)


UNDATED = [undated_page, future_page]


@pytest.mark.parametrize("plant", UNDATED, ids=lambda plant: plant.__name__)
def test_pages_without_a_usable_date_enter_no_factor(tmp_path: Path, plant: Planted) -> None:
    w = world(tmp_path)
    with w.book:
        w.clock.advance_to(day(NOW))
        before = api.factor(w.book, "rotation", clock=w.clock)
        for number in range(6):
            plant(w, number)
        assert api.factor(w.book, "rotation", clock=w.clock) == before


def test_a_correction_holds_over_all_of_a_reconstruction(tmp_path: Path) -> None:
    w = world(tmp_path)
    with w.book:
        w.clock.advance_to(day(NOW))
        before = cells(w)
        first = w.book.entries(vintage=FIRST.id)[0]
        w.book.correct(first.view, "bearish" if first.stance == "bullish" else "bullish", "read again")
        session = load_sessions().session_of(first.available_at)
        assert cells(w)[session] != before[session]


@SLOW
@given(PLANTS)
def test_an_audit_finds_nothing_whatever_came_in(plants: list) -> None:
    """Cutting away what came after a session is the same as never having known it."""
    with TemporaryDirectory() as folder:
        w = world(Path(folder))
        with w.book:
            w.clock.advance_to(day(NOW))
            for plant, seed in plants:
                plant(w, seed)
            w.clock.advance_to(day(NOW) + timedelta(days=1))
            found = audit(w.book, narratives=["rotation"], cells=8, seed=len(plants), clock=w.clock)
            assert found.differences == ()
            assert len(found.cells) == 8
