"""Legs and spreads: which prices a return is taken from, what is said of it, and what a replay sees."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from narrative.clock import SimulatedClock
from narrative.errors import NarrativeError
from narrative.ledger import open_ledger
from narrative.measure.legs import dry_stretches, leg, spread_of_legs
from narrative.measure.sessions import load_sessions
from narrative.measure.windows import window
from narrative.proxies import pairs_of, spread_name, spread_of, spreads_of
from narrative.targets import load_narrative
from narrative.tell.digest_words import market_notes
from narrative.tell.figures import Reference, render_figure
from narrative.terms import Point
from tests.measure_rows import row
from tests.price_rows import FIRST, adjusted, price, run

SESSIONS = load_sessions()
CLOSES = [100.0, 101.0, 99.0, 100.0, 102.0, 103.0]
FLAT = [50.0] * 6
SECOND = date(2026, 1, 6)
LAST = date(2026, 1, 12)


def of(*rows):
    return leg([one for part in rows for one in part], SESSIONS)


@pytest.mark.parametrize(
    ("rows", "kinds"),
    [
        pytest.param((run(CLOSES),), "rrrrr", id="raw"),
        pytest.param((adjusted(CLOSES),), "aaaaa", id="adjusted"),
        pytest.param((run(CLOSES), adjusted(CLOSES)), "rrrrr", id="both: raw"),
        pytest.param((run(CLOSES[:4]), adjusted(CLOSES)), "rrraa", id="adjusted goes on"),
        pytest.param(
            (run(CLOSES[3:], first=date(2026, 1, 8)), adjusted(CLOSES)), "aaarr", id="adjusted before"
        ),
    ],
)
def test_each_session_takes_its_return_from_the_prices_there_are(rows, kinds: str) -> None:
    found = of(*rows)
    assert "".join(found.kinds[day][0] for day in sorted(found.kinds)) == kinds
    assert found.growth[LAST] == pytest.approx(1.03)


def test_raw_prices_without_dividends_give_way_to_adjusted_ones() -> None:
    days = 300
    raw = run([100.0] * days, first=date(2024, 1, 2))
    total = adjusted([100.0 * 1.0001**n for n in range(days)], first=date(2024, 1, 2))
    assert {of(raw, total).kinds[one.session] for one in raw[1:]} == {"adjusted"}
    paid = [*raw[:150], price(raw[150].session, 100.0, 0.5), *raw[151:]]
    assert {of(paid, total).kinds[one.session] for one in raw[1:]} == {"raw"}


@pytest.mark.parametrize(
    ("days", "paid", "stretches"),
    [
        pytest.param(
            270, (), 0, id="thirteen months: a fund that pays once a year may just have paid before"
        ),
        pytest.param(290, (), 1, id="fourteen months without one"),
        pytest.param(290, (100,), 0, id="one in between"),
        pytest.param(600, (300,), 2, id="none for fourteen months, twice"),
        pytest.param(0, (), 0, id="no rows"),
    ],
)
def test_dry_stretches(days: int, paid: tuple[int, ...], stretches: int) -> None:
    rows = [
        price(one.session, one.close, 0.5 if at in paid else 0.0)
        for at, one in enumerate(run([100.0] * days, first=date(2023, 1, 3)))
    ]
    assert len(list(dry_stretches(rows))) == stretches


def test_unlike_legs_are_marked_in_the_windows_that_they_touch() -> None:
    mixed = of(run(CLOSES[:4]), adjusted(CLOSES, downloaded=date(2026, 1, 20)))
    spread = spread_of_legs(mixed, of(run(FLAT, symbol="QQQ")))
    words = "IWM from adjusted prices of 2026-01-20 beside QQQ from raw prices"
    turn, after = date(2026, 1, 8), date(2026, 1, 9)
    assert [spread.note(*ends) for ends in ((FIRST, turn), (turn, after), (FIRST, LAST), (None, LAST))] == [
        "",
        words,
        words,
        "",
    ]
    assert spread.over(FIRST, LAST) == pytest.approx(0.03)


def test_a_leg_that_never_pays_is_a_price_return() -> None:
    closes = [100.0] * 300
    dry = of(run(closes, first=date(2024, 1, 2), symbol="^RUT"))
    paying = of([price(one.session, 100.0, 0.1) for one in run(closes, first=date(2024, 1, 2))])
    spread = spread_of_legs(dry, paying)
    first, last = spread.sessions[0], spread.sessions[-1]
    assert (
        spread.note(first, last)
        == f"^RUT has no dividend in {(last - first).days} days: price return, not total"
    )


def test_growth_does_not_reach_over_a_gap() -> None:
    broken = of(run([100, 101]), run([103, 104], first=date(2026, 1, 9)))
    spread = spread_of_legs(broken, of(run(FLAT, symbol="QQQ")))
    assert spread.over(FIRST, LAST) is None
    assert spread.note(FIRST, LAST) == "IWM is measured from 2026-01-09 on: its prices have a gap before"
    assert spread.over(date(2026, 1, 9), LAST) == pytest.approx(104 / 103 - 1)


def test_a_leg_needs_rows() -> None:
    with pytest.raises(ValueError, match="rows"):
        leg([], SESSIONS)


@pytest.mark.parametrize(
    ("first", "last", "base", "days", "over"),
    [
        pytest.param(None, None, FIRST, 5, 0.03, id="all: the first close is the base"),
        pytest.param(SECOND, None, FIRST, 5, 0.03, id="from the second session: the close before it"),
        pytest.param(date(2026, 1, 10), LAST, date(2026, 1, 9), 1, 103 / 102 - 1, id="since a Saturday"),
        pytest.param(None, FIRST, FIRST, 0, 0.0, id="the first session alone"),
    ],
)
def test_windows(first, last, base: date, days: int, over: float) -> None:
    found = window(spread_of_legs(of(run(CLOSES)), of(run(FLAT, symbol="QQQ"))), first, last)
    assert (found.base, len(found.days)) == (base, days)
    assert found.over == pytest.approx(over)
    assert found.total == pytest.approx(sum(day.long - day.short for day in found.days))


def test_a_window_without_sessions_is_none() -> None:
    spread = spread_of_legs(of(run(CLOSES)), of(run(FLAT, symbol="QQQ")))
    assert window(spread, date(2026, 2, 2)) is None
    assert window(spread, None, date(2025, 12, 31)) is None


# --- narratives and the ledger -----------------------------------------------------------------------------


def test_rotation_names_its_spreads() -> None:
    story = load_narrative("rotation")
    assert pairs_of(story) == (("IWM", "QQQ"), ("IWM", "SPY"), ("IWM", "MAGS"))
    assert spread_name(story) == "IWM − QQQ"


def narrative_file(folder: Path, spreads: str, legs: str) -> Path:
    (folder / "mine.toml").write_text(f'title = "Mine"\n{spreads}\n[legs]\n{legs}\n', encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("spreads", "legs", "pairs"),
    [
        pytest.param("", "small_caps = 1\nmega_cap_tech = -1", (("IWM", "QQQ"),), id="by proxies"),
        pytest.param("", "small_caps = 1", (), id="one side only"),
        pytest.param('spreads = [["IJR", "SPY"]]', "small_caps = 1", (("IJR", "SPY"),), id="named"),
    ],
)
def test_pairs_of_a_narrative(tmp_path: Path, spreads: str, legs: str, pairs) -> None:
    story = load_narrative("mine", narrative_file(tmp_path, spreads, legs))
    assert pairs_of(story) == pairs
    assert spread_name(story) == (" − ".join(pairs[0]) if pairs else "")


@pytest.mark.parametrize(
    "spreads", ['[["IWM"]]', '"IWM"', '[["IWM", "IWM"]]', '[["IWM", ""]]', '[["IWM", 3]]', "[1]", "7"]
)
def test_a_spread_that_is_none(tmp_path: Path, spreads: str) -> None:
    with pytest.raises(NarrativeError, match=r"mine\.toml:\d+: a spread is two tickers"):
        load_narrative("mine", narrative_file(tmp_path, f"spreads = {spreads}", "small_caps = 1"))


def test_prices_recorded_later_are_not_seen_by_replays(tmp_path: Path) -> None:
    clock, story = SimulatedClock(datetime(2026, 1, 9, 22, tzinfo=UTC)), load_narrative("rotation")
    with open_ledger(tmp_path / "ledger.db", clock, create=True) as book:
        book.keep_prices([*run(CLOSES[:5]), *run(FLAT[:5], symbol="QQQ")], source="a")
        then = clock.now()
        first = spread_of(book, story, then)
        clock.sleep(86400 * 4)
        fixed = price("2026-01-07", 90.0)
        book.keep_prices([fixed, *run(CLOSES)[5:], *run(FLAT, symbol="QQQ")[5:]], source="b")
        book.keep_prices(run(FLAT, symbol="SPY"), source="b")
        assert spread_of(book, story, then) == first
        assert spread_of(book, story, None) != first
        assert spread_of(book, story, then - timedelta(seconds=1)) is None
        now, replay = spreads_of(book, story), spreads_of(book, story, then)
    assert [found is not None for found in now.values()] == [True, True, False]
    assert [found is not None for found in replay.values()] == [True, False, False]


def test_both_kinds_of_a_symbol_do_not_stop_a_series(tmp_path: Path) -> None:
    from narrative.measure.series import series

    clock = SimulatedClock(datetime(2026, 1, 20, 22, tzinfo=UTC))
    with open_ledger(tmp_path / "ledger.db", clock, create=True) as book:
        book.keep_prices([*run(CLOSES), *adjusted(CLOSES), *adjusted(FLAT, symbol="QQQ")], source="a")
        spread = spread_of(book, load_narrative("rotation"), None)
    (point,) = series(
        [row("2026-01-06T10:00")],
        load_narrative("rotation").legs,
        SESSIONS,
        start=SECOND,
        end=date(2026, 1, 9),
        spread=spread,
    )
    assert (
        point.spread_return is None
    )  # the week begins with the first priced session, whose base has no price
    assert point.spread_level == 0.0
    monday = series(
        [row("2026-01-06T10:00")],
        load_narrative("rotation").legs,
        SESSIONS,
        start=SECOND,
        end=SECOND,
        frequency="session",
        spread=spread,
    )
    assert monday[0].spread_return == pytest.approx(0.01)
    assert monday[0].spread_note == "IWM from raw prices beside QQQ from adjusted prices"


def test_the_digest_and_the_figure_say_what_the_legs_do_not_have_alike() -> None:
    note = "IWM from raw prices beside QQQ from adjusted prices"
    point = Point(
        label="2026-W03",
        end=datetime(2026, 1, 16, 21, tzinfo=UTC),
        net=0.2,
        net_low=0.0,
        net_high=0.4,
        flow=0.1,
        flow_z=None,
        n_bullish=3,
        n_bearish=2,
        n_neutral=0,
        n_new=1,
        n_stories=1,
        n_eff=5.0,
        spread_return=0.013,
        spread_note=note,
    )
    assert f"Its legs are not measured alike: {note}." in list(market_notes(point, None, "IWM − QQQ"))
    without = replace(point, spread_return=None, spread_note="IWM is measured from 2026-01-20 on")
    assert list(market_notes(without, None, "IWM − QQQ")) == [
        "No prices for this week.",
        "IWM is measured from 2026-01-20 on.",
    ]
    assert not [line for line in market_notes(replace(point, spread_note=""), None, "") if "alike" in line]
    figure = render_figure(Reference("rotation", "2026-W03", "spread_return"), point, [], {"small_caps": 1})
    assert f"note: {note}" in figure
