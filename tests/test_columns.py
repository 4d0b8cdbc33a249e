"""Fields by the array against the same fields one by one: times, days, orders, nets."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measure_rows import NEW_YORK, XNYS, row

from narrative.errors import NarrativeError
from narrative.ledger import columns as stored
from narrative.ledger.instants import instant_of, microseconds, parsed
from narrative.measure.columns import columns_of
from narrative.measure.counted import Calendar, counted, distinct, lexical, order
from narrative.measure.horizon import horizon_end
from narrative.measure.net import net, nets
from narrative.measure.sessions import Sessions
from narrative.measure.stance import current, last_session
from narrative.measure.tenures import _days, tenures
from narrative.measure.timing import counts_from, dated, said_at
from tests.full_ledger import full_ledger

THREE = {"small_caps": 1, "mega_cap_tech": -1, "gold": 1}
INSTANTS = st.datetimes(
    datetime.fromisoformat("1995-01-01"), datetime.fromisoformat("2029-06-01"), timezones=st.just(UTC)
)
EAST = timezone(timedelta(hours=5, minutes=30))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(None, id="nothing"),
        pytest.param("2026-01-14", id="a day"),
        pytest.param("1969-12-31", id="a day before the first"),
        pytest.param("2026-01-14T21:00:00+00:00", id="to the second"),
        pytest.param("2026-01-14T21:00:00.000001+00:00", id="to the microsecond"),
        pytest.param("1969-12-31T23:59:59.999999+00:00", id="before 1970"),
        pytest.param("2026-01-14T23:30:00+05:30", id="another zone, another day"),
        pytest.param("2026-01-14T21:00:00.500000-05:00", id="another zone, microseconds"),
        pytest.param("2026-01-14T21:00:00", id="no zone"),
        pytest.param("2026-01-14 21:00:00+00:00", id="a blank"),
    ],
)
def test_a_time_is_read_as_one_by_one(text: str | None) -> None:
    found = parsed([text, "2020-02-29T00:00:00+00:00"])
    if text is None:
        assert found.precision[0] == 0
    elif len(text) == 10:
        assert found.precision[0] == 1
        assert found.value[0] == found.day[0] == (date.fromisoformat(text) - date(1970, 1, 1)).days
    else:
        moment = datetime.fromisoformat(text)
        assert found.precision[0] == 2
        assert instant_of(found.value[0]) == (moment if moment.tzinfo else moment.replace(tzinfo=UTC))
        assert found.day[0] == (moment.date() - date(1970, 1, 1)).days


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "２０２６-01-14T21:00:00+00:00x"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parsed([text])


@settings(max_examples=60, deadline=None)
@given(st.lists(INSTANTS, max_size=8))
def test_stamps_come_back(moments: list[datetime]) -> None:
    east = [moment.astimezone(EAST).isoformat() for moment in moments]
    texts = [*map(stored.stamp, moments), *east]
    assert parsed(texts).value.tolist() == [microseconds(moment) for moment in moments] * 2


@settings(max_examples=100, deadline=None)
@given(st.lists(INSTANTS, max_size=12))
def test_days_are_those_of_new_york(moments: list[datetime]) -> None:
    found = _days(np.array([microseconds(moment) for moment in moments], dtype=np.int64))
    local = [moment.astimezone(NEW_YORK).date() for moment in moments]
    assert found.tolist() == [(day - date(1970, 1, 1)).days for day in local]


@pytest.mark.parametrize("change", ["2026-03-08T07:00:00+00:00", "2026-11-01T06:00:00+00:00"])
def test_the_clock_changes_within_a_day(change: str) -> None:
    around = [datetime.fromisoformat(change) + timedelta(minutes=m) for m in range(-1500, 1501, 25)]
    found = _days(np.array([microseconds(moment) for moment in around], dtype=np.int64))
    assert found.tolist() == [(m.astimezone(NEW_YORK).date() - date(1970, 1, 1)).days for m in around]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.sampled_from("cab")), max_size=12))
def test_an_order_is_by_its_keys_and_then_by_text(rows: list[tuple[int, int, str]]) -> None:
    texts = ["c", "a", "b"]  # codes are in no order
    one, two = (np.array([row[key] for row in rows], dtype=np.int64) for key in (0, 1))
    codes = np.array([texts.index(row[2]) for row in rows], dtype=np.int64)
    assert [rows[place] for place in order((one, two), codes, texts)] == sorted(rows)
    assert distinct(one).tolist() == sorted({row[0] for row in rows})


KEYS = st.tuples(
    st.integers(-3, 3),
    st.one_of(st.integers(-2, 2), st.integers(-(2**61), 2**61)),  # wider than what is left of one number
    st.booleans(),
    st.sampled_from([-0.5, 0.0, 0.25, 1.0]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(KEYS, max_size=12))
def test_keys_in_one_number_order_as_they_do_apart(rows: list[tuple[int, int, bool, float]]) -> None:
    kinds = (np.int64, np.int64, bool, float)
    keys = [np.array([row[place] for row in rows], dtype=kind) for place, kind in enumerate(kinds)]
    assert lexical(keys).tolist() == sorted(range(len(rows)), key=lambda place: rows[place])


def test_two_cutoffs_on_one_day_and_none_on_another() -> None:
    closes = ["2026-01-05T02:00", "2026-01-05T21:00", "2026-01-09T21:00"]
    table = Sessions(
        [(date(2026, 1, 4 + place), datetime.fromisoformat(f"{c}+00:00")) for place, c in enumerate(closes)],
        "odd",
    )
    begin = datetime(2026, 1, 4, tzinfo=UTC)
    around = [begin + timedelta(minutes=30 * step) for step in range(282)]
    found = Calendar(table).places(np.array([microseconds(moment) for moment in around], dtype=np.int64))
    assert found.tolist() == [table.position_of(moment) for moment in around]
    with pytest.raises(NarrativeError, match="outside the trading calendar"):
        Calendar(table).places(np.array([microseconds(datetime(2026, 1, 9, 21, tzinfo=UTC))]))


ENTRIES = st.lists(
    st.builds(
        lambda seen, score, voice, target, lag, horizon, hedged, copy: row(
            seen,
            score,
            voice=voice,
            target=target,
            horizon=horizon,
            hedged=hedged,
            published=None
            if lag is None
            else (seen - timedelta(hours=lag)).date()
            if lag == 7
            else seen - timedelta(hours=lag),
            article=f"page {copy}",
            statement=f"{voice} {copy} {seen.isoformat()}",
        ),
        st.datetimes(datetime.fromisoformat("2026-01-02"), datetime.fromisoformat("2026-03-20")).map(
            lambda t: t.replace(tzinfo=NEW_YORK)
        ),
        st.sampled_from([-1.0, -0.3, 0.1, 0.2, 0.7]),
        st.sampled_from(["a", "b", None]),
        st.sampled_from([*THREE, "silver"]),
        st.sampled_from([None, 0, 7, 30, 900, -0.1, -100]),
        st.sampled_from([None, "", "this week", "next month", "long term"]),
        st.booleans(),
        st.integers(0, 2),
    ),
    max_size=14,
    unique_by=lambda entry: entry.view,
)
DAYS = XNYS.between(date(2026, 1, 2), date(2026, 4, 1))


@settings(max_examples=60, deadline=None)
@given(ENTRIES)
def test_times_and_terms_are_those_of_each_row(entries: list) -> None:
    views = counted(columns_of(entries), THREE)
    chosen = [entries[place] for place in views.rows]
    assert chosen == [e for e in entries if e.counted and e.target in THREE]
    assert views.counts.tolist() == [microseconds(counts_from(entry)) for entry in chosen]
    assert views.said.tolist() == [microseconds(said_at(entry)) for entry in chosen]
    assert views.dated.tolist() == [dated(entry) for entry in chosen]
    terms = tenures(views, Calendar(XNYS), 8)
    for place, first, last in zip(terms.place, terms.first, terms.last, strict=True):
        assert first == XNYS.position_of(counts_from(chosen[place]))
        assert last <= last_session(chosen[place], XNYS, 0, 8)


@settings(max_examples=60, deadline=None)
@given(ENTRIES, st.sampled_from([0, 15]))
def test_three_legs_add_up_to_what_current_lists(entries: list, minutes: int) -> None:
    places = [XNYS.position(day) for day in DAYS]
    fast = nets(entries, THREE, XNYS, places, cutoff_minutes=minutes, expiry_sessions=8)
    for day, one in zip(DAYS, fast, strict=True):
        at = XNYS.cutoff(day, minutes) - timedelta(microseconds=1)
        standing = current(entries, at, XNYS, cutoff_minutes=minutes, expiry_sessions=8)
        assert one == net(standing, THREE)


def test_a_horizon_before_the_calendar_is_no_session() -> None:
    assert horizon_end("in 1990", date(1990, 1, 2)) is None


def test_views_are_a_sequence_that_knows_its_beginning(tmp_path: Path) -> None:
    book, _ = full_ledger(tmp_path)
    with book:
        views = book.bare_views(targets=["small_caps"])
        assert views[-1] == list(views)[-1] == views[-1:][0]
        assert views.since == min(view.available_at for view in views)
        assert book.bare_views(targets=["nothing"]).since is None
        everything = book.bare_views()
        assert len(everything) == len(book.entries())
        with pytest.raises(IndexError):
            views[len(views)]
