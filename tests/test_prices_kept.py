"""Prices in the ledger: what a second file adds, what it may not say otherwise, and what replays see."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils.db import Database

from narrative.clock import SimulatedClock
from narrative.errors import NarrativeError
from narrative.ledger import Ledger, open_ledger
from narrative.ledger.migrations import MIGRATIONS
from narrative.ledger.schema import migrate
from narrative.measure.overlap import crossed, merged
from narrative.measure.prices import PriceTable
from narrative.measure.returns import PriceRow, total_returns
from narrative.measure.sessions import load_sessions
from narrative.price_intake import Consent, keep_table
from tests.price_rows import adjusted, price, run
from tests.shell import narrative

SESSIONS = load_sessions()
LATER = date(2026, 1, 9)  # the fifth session from FIRST on
CLOSES = [100.0, 101.0, 99.0, 100.0, 102.0, 103.0]


def table(*rows: PriceRow) -> PriceTable:
    return PriceTable(
        "new.csv", rows, {(row.symbol, row.session): at for at, row in enumerate(rows, start=2)}
    )


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(datetime(2026, 2, 2, 22, tzinfo=UTC))


@pytest.fixture
def book(tmp_path: Path, clock: SimulatedClock):
    with open_ledger(tmp_path / "ledger.db", clock, create=True) as ledger:
        yield ledger


def keep(book: Ledger, rows, **options) -> int:
    return keep_table(book, table(*rows), source="new.csv", **options)


# --- the same prices again ---------------------------------------------------------------------------------

RAW = [
    pytest.param(run(CLOSES), 0, None, id="the same"),
    pytest.param(run([close + 0.004 for close in CLOSES]), 0, None, id="rounded otherwise, within a cent"),
    pytest.param(run([*CLOSES, 104.0]), 1, None, id="one session more"),
    pytest.param(run([104.0, 105.0], first=date(2026, 1, 13)), 2, None, id="the sessions that follow"),
    pytest.param(run([98.0], first=date(2026, 1, 2)), 1, None, id="the session before"),
    pytest.param(
        run([26.0, 26.5], first=date(2026, 1, 13)), 0, "line 2: IWM 2026-01-13: the close goes from 103 to 26 with no split",
        id="the sessions after a split that is not listed",
    ),
    pytest.param(run([26.0], first=date(2026, 1, 13), split=4.0), 1, None, id="the same, listed"),
    pytest.param(
        [*run(CLOSES[:3]), price(LATER - timedelta(1), 100.0, 0.5)], 1, None, id="a dividend that was not known"
    ),
    pytest.param(
        run([100.0, 101.02, *CLOSES[2:]]), 0,
        "line 3: IWM 2026-01-06 closes at 101.02 and is kept at 101;", id="two cents off",
    ),
    pytest.param(
        run([close / 4 for close in CLOSES]), 0, "closes at 25 and is kept at 100; 6 sessions to 2026-01-12 differ",
        id="divided by a split that was not listed",
    ),
    pytest.param(
        run([104.0], first=date(2026, 1, 14)), 0,
        "is kept from 2026-01-05 to 2026-01-12 and these raw prices go from 2026-01-14",
        id="a session is left out between",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "new", "words"), RAW)
def test_raw_prices_of_a_session_are_one_fact(book, rows, new: int, words: str | None) -> None:
    assert keep(book, run(CLOSES)) == 6
    if words is None:
        assert keep(book, rows) == new
        assert keep(book, rows) == 0
        kept = {row.session: row.close for row in book.prices()}
        assert all(abs(kept[row.session] - row.close) < 0.005 for row in rows)
        return
    before = book.prices()
    with pytest.raises(NarrativeError, match=words) as told:
        keep(book, rows)
    assert "\n" not in str(told.value)
    assert book.prices() == before


def test_a_correction_is_kept_over_the_old_row_and_the_old_one_for_replays(book, clock) -> None:
    keep(book, [*run(CLOSES[:3]), price(LATER - timedelta(1), 100.0, 0.5)])
    then = clock.now()
    clock.sleep(3600)
    assert keep(book, run([100.0, 101.02, 99.0, 100.5]), consent=Consent(correct=True)) == 2
    assert [row.close for row in book.prices()] == [100.0, 101.02, 99.0, 100.5]
    assert (
        book.prices()[-1].dividend == 0.5
    )  # the new file lists no dividends, so it says nothing of this one
    assert [row.close for row in book.prices(known_at=then)] == CLOSES[:4]


@pytest.mark.parametrize(
    ("kept", "new", "words"),
    [
        pytest.param((0.5, 1.0), (0.5004, 1.0), None, id="a dividend rounded to three decimals"),
        pytest.param(
            (0.5, 1.0), (0.6, 1.0), "has a dividend of 0.6 and is kept with 0.5", id="another dividend"
        ),
        pytest.param((0.5, 1.0), (0.0, 1.0), None, id="a file without dividends says nothing of them"),
        pytest.param((0.0, 2.0), (0.0, 3.0), "has a split of 3 for 1 and is kept with 2", id="another split"),
        pytest.param((0.0, 2.0), (0.0, 1.0), None, id="a file without splits says nothing of them"),
    ],
)
def test_dividends_and_splits_are_compared_where_both_say_some(book, kept, new, words: str | None) -> None:
    for paid, split in (kept,):
        keep(book, [price("2026-01-05", 100), price("2026-01-06", 99, paid, split=split)])
    rows = [price("2026-01-05", 100), price("2026-01-06", 99, new[0], split=new[1])]
    if words is None:
        assert keep(book, rows) == 0
        return
    with pytest.raises(NarrativeError, match=words):
        keep(book, rows)


def test_a_session_that_has_not_closed_is_refused(book, clock) -> None:
    clock.advance_to(datetime(2026, 2, 3, 20, 59, tzinfo=UTC))
    rows = run([100, 101, 102], first=date(2026, 1, 30))
    with pytest.raises(NarrativeError, match=r"line 4: IWM 2026-02-03 has not closed yet"):
        keep(book, rows)
    clock.advance_to(datetime(2026, 2, 3, 21, tzinfo=UTC))
    assert keep(book, rows) == 3


def test_a_table_is_kept_whole_or_not_at_all(book) -> None:
    keep(book, run(CLOSES))
    with pytest.raises(NarrativeError, match=r"105 and is kept at 101"):
        keep(book, [*run([50.0, 51.0], symbol="AAA"), *run([100.0, 105.0])])
    assert {row.symbol for row in book.prices()} == {"IWM"}


# --- adjusted prices ---------------------------------------------------------------------------------------


def relevelled(closes: list[float], factor: float = 0.98) -> list[float]:
    return [round(close * factor, 6) for close in closes]


ADJUSTED = [
    pytest.param(adjusted(relevelled(CLOSES)), 0, None, id="another level, the same returns"),
    pytest.param(adjusted(relevelled([*CLOSES, 104.0])), 1, None, id="another level, one session more"),
    pytest.param(
        adjusted(relevelled([102.0, 103.0, 104.0]), first=LATER), 1, None, id="two sessions shared, one more"
    ),
    pytest.param(
        adjusted(relevelled([97.0, 100.0]), first=date(2026, 1, 2)), 2, None,
        id="one session before: its row, and the first kept one gets its return",
    ),
    pytest.param(
        adjusted([104.0, 105.0], first=date(2026, 1, 13)), 0,
        r"these adjusted prices go from 2026-01-13 .* share a session with them, since two downloads differ",
        id="no session shared: the return between is in neither",
    ),
    pytest.param(
        adjusted([*relevelled(CLOSES[:3]), *CLOSES[3:]]), 0,
        r"line 5: IWM 2026-01-08 returns \+3\.07% and is kept with \+1\.01%",
        id="two downloads joined in the new file",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "new", "words"), ADJUSTED)
def test_of_adjusted_prices_the_returns_must_agree(book, rows, new: int, words: str | None) -> None:
    assert keep(book, adjusted(CLOSES)) == 6
    if words is not None:
        with pytest.raises(NarrativeError, match=words):
            keep(book, rows)
        return
    assert keep(book, rows) == new
    assert keep(book, rows) == 0
    expected = total_returns(adjusted(CLOSES)) | total_returns(rows)
    assert total_returns(book.prices(), SESSIONS) == pytest.approx(expected, abs=1e-8)


def test_adjusted_rows_are_marked_with_the_day_of_their_download(book) -> None:
    keep(book, adjusted(CLOSES))
    keep(book, adjusted([103.0, 104.0], first=date(2026, 1, 12)), downloaded=date(2026, 1, 20))
    keep(book, run(CLOSES, symbol="QQQ"))
    marks = [row.downloaded for row in book.prices()]
    assert marks == [date(2026, 2, 2)] * 6 + [date(2026, 1, 20)] + [None] * 6


def test_rows_kept_as_levels_get_their_returns_when_the_file_is_brought_up_to_date(tmp_path: Path) -> None:
    path, clock = tmp_path / "old.db", SimulatedClock(datetime(2026, 2, 2, 22, tzinfo=UTC))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        older = [step for step in MIGRATIONS if step.name != "m0012_splits"]
        migrate(Database(connection, execute_plugins=False), clock, older)
        for kind, closes in (("adjusted", (100.0, 110.0, 99.0)), ("raw", (100.0, 110.0, 99.0))):
            for day, close in zip(("05", "06", "07"), closes, strict=True):
                connection.execute(
                    "INSERT INTO prices (symbol, session, kind, close, dividend, source, recorded_at)"
                    " VALUES ('IWM', ?, ?, ?, 0, 'a.csv', '2026-01-10T00:00:00.000000+00:00')",
                    (f"2026-01-{day}", kind, close),
                )
    with open_ledger(path, clock) as book:
        changes = [[row.change for row in book.prices() if row.kind == kind] for kind in ("adjusted", "raw")]
        assert changes == [[None, pytest.approx(0.1), pytest.approx(-0.1)], [None, None, None]]
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            book.store.connection.execute("UPDATE prices SET close = 1")


# --- raw beside adjusted -----------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["raw", "adjusted"])
def test_the_two_kinds_of_one_symbol_are_set_against_each_other(book, first: str) -> None:
    paid = [price(row.session, row.close, 1.0 if at in (1, 4) else 0.0) for at, row in enumerate(run(CLOSES))]
    level, levels = 100.0, [100.0]
    for change in total_returns(paid).values():
        level *= 1 + change
        levels.append(level)
    sound = adjusted(levels)
    broken = adjusted([*levels[:3], *(value * 0.99 for value in levels[3:])])
    kinds = {"raw": paid, "adjusted": broken}
    keep(book, kinds.pop(first))
    (other,) = kinds.values()
    with pytest.raises(
        NarrativeError, match=r"IWM 2026-01-08: the adjusted close moves .*false return of -1\.01%"
    ):
        keep(book, other)
    assert keep(book, other, consent=Consent(seams=True)) == 6
    assert list(crossed(sound, paid, SESSIONS)) == []


@given(
    st.lists(st.floats(0.9, 1.1), min_size=8, max_size=12),
    st.sets(st.integers(1, 7), max_size=3),
    st.floats(0.5, 2.0),
    st.integers(2, 7),
    st.sampled_from([-0.004, -0.001, 0.001, 0.004]),
)
def test_a_level_shift_is_found_where_it_is_and_a_sound_series_is_not_doubted(
    moves: list[float], paid: set[int], scale: float, at: int, shift: float
) -> None:
    close, closes = 100.0, []
    for move in moves:
        close *= move
        closes.append(close)
    paid |= {1, 7}  # dividends are known on both sides of the shift
    raw = [price(row.session, row.close, 0.3 if n in paid else 0.0) for n, row in enumerate(run(closes))]
    level, levels = scale * 100, [scale * 100]
    for change in total_returns(raw).values():
        level *= 1 + change
        levels.append(level)
    assert list(crossed(adjusted(levels), raw, SESSIONS)) == []
    shifted = adjusted([*levels[:at], *(value * (1 + shift) for value in levels[at:])])
    assert [seam.session for seam in crossed(shifted, raw, SESSIONS)] == [raw[at].session]


@given(st.lists(st.floats(1, 500), min_size=2, max_size=20), st.data())
def test_what_comes_in_two_overlapping_parts_is_what_comes_at_once(closes: list[float], data) -> None:
    rows = adjusted(closes)
    cut = data.draw(st.integers(1, len(rows) - 1))
    factor = data.draw(st.sampled_from([0.5, 0.98, 1.0]))
    late = adjusted([close * factor for close in closes[cut - 1 :]], first=rows[cut - 1].session)
    new = merged(late, rows[:cut], SESSIONS)
    assert new.differences == ()
    assert total_returns([*rows[:cut], *new.rows]) == pytest.approx(total_returns(rows), rel=1e-6, abs=1e-9)


# --- the command -------------------------------------------------------------------------------------------

FILE = "Date,Close,Dividends\n" + "".join(
    f"{row.session},{row.close},{0.5 if at == 2 else 0}\n" for at, row in enumerate(run(CLOSES))
)


def test_a_restated_file_is_refused_and_then_put_over_what_is_kept(tmp_path: Path) -> None:
    (tmp_path / "iwm.csv").write_text(FILE, encoding="utf-8")
    (tmp_path / "later.csv").write_text(FILE.replace("99.0", "98.0"), encoding="utf-8")
    wanted = ("prices", "iwm.csv", "--raw", "--symbol", "IWM")
    assert narrative(*wanted, cwd=tmp_path).out == "6 new of 6 rows: IWM, 2026-01-05 to 2026-01-12\n"
    again = ("prices", "import", "later.csv", "--raw", "--symbol", "IWM")
    refused = narrative(*again, cwd=tmp_path)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == (
        "narrative: later.csv line 4: IWM 2026-01-07 closes at 98 and is kept at 99; "
        "correct the file, or put it over what is kept with --correct\n"
    )
    assert narrative(*again, "--correct", cwd=tmp_path).out.startswith("1 new of 6 rows")


def test_list_shows_what_is_kept(tmp_path: Path) -> None:
    (tmp_path / "iwm.csv").write_text(FILE, encoding="utf-8")
    narrative("prices", "iwm.csv", "--raw", "--symbol", "IWM", cwd=tmp_path)
    narrative(
        "prices", "iwm.csv", "--adjusted", "--symbol", "MAGS", "--downloaded", "2026-01-20", cwd=tmp_path
    )
    listed = narrative("prices", "list", cwd=tmp_path)
    lines = listed.out.splitlines()
    assert lines[0] == "IWM    raw      2026-01-05 to 2026-01-12  6 rows, 1 dividend, 0 splits"
    assert lines[1].startswith("       iwm.csv, recorded ")
    assert lines[2] == "MAGS   adjusted 2026-01-05 to 2026-01-12  6 rows"
    assert lines[3].endswith(", downloaded 2026-01-20")
    assert len(lines) == 4
    records = [
        json.loads(line) for line in narrative("prices", "list", "--json", cwd=tmp_path).out.splitlines()
    ]
    assert [(one["symbol"], one["rows"], one["gaps"], one["sources"]) for one in records] == [
        ("IWM", 6, [], ["iwm.csv"]),
        ("MAGS", 6, [], ["iwm.csv"]),
    ]


def test_spread_prints_sessions_and_window(tmp_path: Path) -> None:
    for symbol, closes in (("IWM", CLOSES), ("QQQ", [100.0, 100.0, 100.0, 100.0, 100.0, 100.0])):
        text = "Date,Close\n" + "".join(f"{row.session},{row.close}\n" for row in run(closes))
        (tmp_path / f"{symbol}.csv").write_text(text, encoding="utf-8")
        narrative("prices", f"{symbol}.csv", "--raw", "--symbol", symbol, cwd=tmp_path)
    wanted = ("prices", "spread", "rotation", "--since", "2026-01-07", "--until", "2026-01-09")
    text = narrative(*wanted, cwd=tmp_path)
    assert (text.code, text.err) == (0, "")
    assert text.out.splitlines() == [
        "IWM − QQQ: +0.99 points from the close of 2026-01-06 to 2026-01-09; sum of 3",
        "  sessions +1.03",
        "IWM − SPY: no prices of both in this window",
        "IWM − MAGS: no prices of both in this window",
        "",
        "session     IWM − QQQ",
        "2026-01-07      −1.98",
        "2026-01-08      +1.01",
        "2026-01-09      +2.00",
    ]
    table = narrative(*wanted, "--format", "csv", cwd=tmp_path).out.splitlines()
    assert table[0] == "date,long,short,long_return,short_return,spread_return"
    assert [line.split(",")[:3] for line in table[1:]] == [
        [f"2026-01-0{day}", "IWM", "QQQ"] for day in (7, 8, 9)
    ]
    first, *rest = map(json.loads, narrative(*wanted, "--format", "json", cwd=tmp_path).out.splitlines())
    assert (first["long"], first["short"], first["base"]) == ("IWM", "QQQ", "2026-01-06")
    assert first["over"] == pytest.approx(102 / 101 - 1)
    assert first["sum"] == pytest.approx(sum(day["spread"] for day in first["sessions"]))
    assert [one["over"] for one in rest] == [None, None]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param(("spread", "soft-landing"), 2, "has no spread", id="a narrative without a second side"),
        pytest.param(("spread", "cheese"), 2, "unknown narrative", id="no such narrative"),
        pytest.param(("spread", "rotation", "--since", "soon"), 2, "does not match", id="no day"),
        pytest.param(("gone.csv", "--raw"), 1, "cannot read gone.csv", id="no such file"),
        pytest.param(("fetch",), 2, "SYMBOL", id="nothing to fetch"),
    ],
)
def test_one_line_says_what_is_wrong(book, tmp_path: Path, words, code: int, said: str) -> None:
    ran = narrative("prices", *words, "--db", book.path, cwd=tmp_path)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_long_names_of_sources_are_shown_whole(book) -> None:
    from narrative.measure.kept import kept_series
    from narrative.tell.market import kept_text

    source = "closes of the small-cap index fund, bought from a vendor.csv (synthetic)"
    book.keep_prices(run([100, 101]), source=source)
    text = kept_text(kept_series(book.prices(), SESSIONS))
    assert source in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80


def test_a_gap_is_shown(book) -> None:
    """Files cannot leave one; a program that keeps rows by itself can."""
    from narrative.measure.kept import kept_series
    from narrative.tell.market import kept_text

    book.keep_prices([*run([100, 101]), *run([103, 104], first=LATER)], source="own")
    (series,) = kept_series(book.prices(), SESSIONS)
    assert series.gaps == ((date(2026, 1, 7), date(2026, 1, 8), 2),)
    assert "missing: 2 sessions from 2026-01-07 to 2026-01-08" in kept_text([series])
