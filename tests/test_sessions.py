from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version

import pytest
from hypothesis import given
from hypothesis import strategies as st
from measure_rows import ny

from narrative import bundled
from narrative.errors import NarrativeError
from narrative.measure.sessions import Sessions, load_sessions, write_sessions, xnys_table

XNYS = load_sessions()

# exchange_calendars 4.13 leans on what pandas 4 will drop.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.mark.parametrize(
    ("instant", "cutoff_minutes", "session"),
    [
        pytest.param("2026-01-14T15:59:59", 0, "2026-01-14", id="one second before the close"),
        pytest.param("2026-01-14T15:59:59.999999", 0, "2026-01-14", id="one microsecond before the close"),
        pytest.param("2026-01-14T16:00:00", 0, "2026-01-15", id="exactly at the close is the next session"),
        pytest.param("2026-01-14T15:45:00", 15, "2026-01-15", id="exactly at a cut-off before the close"),
        pytest.param("2026-01-14T15:44:59", 15, "2026-01-14", id="one second before that cut-off"),
        pytest.param("2026-01-14T00:00:00", 0, "2026-01-14", id="midnight in New York, 05:00 UTC"),
        pytest.param("2026-01-13T19:30:00", 0, "2026-01-14", id="the evening is already the next UTC day"),
        pytest.param("2026-01-16T16:00:00", 0, "2026-01-20", id="Friday close before a long weekend"),
        pytest.param("2026-01-17T12:00:00", 0, "2026-01-20", id="Saturday"),
        pytest.param("2026-01-19T12:00:00", 0, "2026-01-20", id="holiday: Martin Luther King day"),
        pytest.param("2024-11-29T12:59:59", 0, "2024-11-29", id="half day, before 13:00"),
        pytest.param("2024-11-29T13:00:00", 0, "2024-12-02", id="half day, at 13:00"),
        pytest.param("2024-11-29T15:00:00", 0, "2024-12-02", id="half day, when a full day would be open"),
        pytest.param(
            "2026-03-06T15:59:59", 0, "2026-03-06", id="Friday before clocks go forward (21:00 UTC)"
        ),
        pytest.param("2026-03-09T15:59:59", 0, "2026-03-09", id="Monday after clocks go forward (20:00 UTC)"),
        pytest.param("2026-03-09T16:30:00", 0, "2026-03-10", id="20:30 UTC in summer is after the close"),
        pytest.param("2025-10-31T16:30:00", 0, "2025-11-03", id="20:30 UTC on the last summer Friday"),
        pytest.param("2025-11-03T15:30:00", 0, "2025-11-03", id="20:30 UTC in winter is before the close"),
        pytest.param("2025-01-09T12:00:00", 0, "2025-01-10", id="unscheduled closure"),
        pytest.param("2026-07-03T12:00:00", 0, "2026-07-06", id="Independence day observed"),
    ],
)
def test_session_of(instant: str, cutoff_minutes: int, session: str) -> None:
    assert XNYS.session_of(ny(instant), cutoff_minutes) == date.fromisoformat(session)


@pytest.mark.parametrize(
    ("session", "cutoff_minutes", "instant"),
    [
        pytest.param("2026-01-14", 0, "2026-01-14T21:00+00:00", id="winter"),
        pytest.param("2026-07-14", 0, "2026-07-14T20:00+00:00", id="summer"),
        pytest.param("2024-11-29", 0, "2024-11-29T18:00+00:00", id="half day in winter"),
        pytest.param("2024-07-03", 10, "2024-07-03T16:50+00:00", id="half day in summer, ten minutes early"),
    ],
)
def test_cutoff(session: str, cutoff_minutes: int, instant: str) -> None:
    assert XNYS.cutoff(date.fromisoformat(session), cutoff_minutes) == datetime.fromisoformat(instant)


@given(
    st.datetimes(
        datetime.fromisoformat("1990-01-02"), datetime.fromisoformat("2030-12-30"), timezones=st.just(UTC)
    ),
    st.integers(0, 120),
)
def test_every_instant_lies_between_two_cutoffs(instant: datetime, minutes: int) -> None:
    session = XNYS.session_of(instant, minutes)
    assert instant < XNYS.cutoff(session, minutes)
    if session != XNYS.first:
        assert instant >= XNYS.cutoff(XNYS.shift(session, -1), minutes)


@given(st.integers(0, len(XNYS.labels) - 1), st.integers(0, len(XNYS.labels) - 1))
def test_shift_and_distance_are_inverse(a: int, b: int) -> None:
    start, end = XNYS.labels[a], XNYS.labels[b]
    assert XNYS.distance(start, end) == b - a
    assert XNYS.shift(start, XNYS.distance(start, end)) == end


def test_between_takes_days_that_are_no_sessions() -> None:
    found = XNYS.between(date(2026, 1, 16), date(2026, 1, 21))
    assert found == (date(2026, 1, 16), date(2026, 1, 20), date(2026, 1, 21))


def test_weeks_and_months_are_those_of_the_label() -> None:
    assert XNYS.week_of(date(2025, 12, 31)) == "2026-W01"
    assert XNYS.week_of(date(2027, 1, 1)) == "2026-W53"
    assert XNYS.month_of(date(2026, 1, 2)) == "2026-01"


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        pytest.param(
            lambda: XNYS.shift(date(2026, 1, 17), 1), "2026-01-17 is not a trading session", id="Saturday"
        ),
        pytest.param(
            lambda: XNYS.shift(date(2030, 12, 31), 1), "covers 1990-01-02 to 2030-12-31", id="shift past"
        ),
        pytest.param(
            lambda: XNYS.cutoff(date(1987, 10, 19)), "outside the trading calendar", id="before the table"
        ),
        pytest.param(
            lambda: XNYS.session_of(ny("1987-10-19T12:00")), "outside the trading calendar", id="instant"
        ),
        pytest.param(
            lambda: XNYS.session_of(ny("2030-12-31T16:00")), "outside the trading calendar", id="the end"
        ),
        pytest.param(
            lambda: XNYS.between(date(1980, 1, 1), date(2020, 1, 1)), "1980-01-01 is outside", id="range"
        ),
    ],
)
def test_what_the_calendar_cannot_answer(ask, words: str) -> None:
    with pytest.raises(NarrativeError, match=re.escape(words)):
        ask()


def test_a_naive_instant_is_a_defect() -> None:
    with pytest.raises(ValueError, match="aware"):
        XNYS.session_of(datetime.fromisoformat("2026-01-14T12:00"))


def test_a_broken_table_is_named(tmp_path) -> None:
    path = tmp_path / "sessions.csv"
    path.write_text("# XNYS\nsession,close_utc\n2026-01-14,21:00\nnonsense\n")
    with pytest.raises(NarrativeError, match=re.escape(f"cannot read the session table {path}")):
        load_sessions(path)
    with pytest.raises(NarrativeError, match="out of order"):
        Sessions(
            [(date(2026, 1, 15), ny("2026-01-15T16:00")), (date(2026, 1, 14), ny("2026-01-14T16:00"))], "x"
        )


@pytest.fixture(scope="module")
def fresh_table() -> str:
    return xnys_table()


def test_the_table_is_what_exchange_calendars_says(fresh_table: str) -> None:
    if version("exchange_calendars") not in XNYS.calendar:
        pytest.skip(f"the table was made by {XNYS.calendar}; another version may know other closures")
    assert bundled.data("xnys.csv").read_text() == fresh_table


def test_settled_years_are_the_same_in_every_version(fresh_table: str) -> None:
    settled = [line for line in fresh_table.splitlines() if "1990" <= line < "2024"]
    assert [
        line for line in bundled.data("xnys.csv").read_text().splitlines() if "1990" <= line < "2024"
    ] == settled


def test_the_table_is_written_whole(tmp_path) -> None:
    write_sessions(tmp_path / "xnys.csv")
    assert load_sessions(tmp_path / "xnys.csv").labels == XNYS.labels
    assert [path.name for path in tmp_path.iterdir()] == ["xnys.csv"]


def test_the_rule_is_that_of_exchange_calendars() -> None:
    import exchange_calendars
    import pandas

    calendar = exchange_calendars.get_calendar("XNYS", start="2010-01-01", end="2027-12-31")
    start = datetime(2010, 2, 1, tzinfo=UTC)
    for step in range(400):
        minute = start + timedelta(minutes=step * 20_011)
        assert calendar.minute_to_session(pandas.Timestamp(minute), "next").date() == XNYS.session_of(minute)


def test_answers_import_neither_pandas_nor_numpy() -> None:
    code = (
        "import sys, narrative.measure.net, narrative.measure.stance, narrative.measure.sessions as sessions;"
        "sessions.load_sessions();"
        "print([m for m in ('pandas', 'numpy', 'exchange_calendars', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
