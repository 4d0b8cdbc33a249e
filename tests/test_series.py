from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measure_rows import NEW_YORK, ROTATION, ny, row

from narrative.errors import NarrativeError, UsageError
from narrative.measure.flow import Parameters
from narrative.measure.interval import net_intervals
from narrative.measure.net import net, nets
from narrative.measure.returns import Spread
from narrative.measure.series import series
from narrative.measure.sessions import load_sessions
from narrative.measure.stance import current
from narrative.terms import Entry, Point

XNYS = load_sessions()
SMALL = {"small_caps": 1}
JANUARY = {"start": date(2026, 1, 12), "end": date(2026, 1, 30)}


def weeks(*entries: Entry, legs=SMALL, **options) -> tuple[Point, ...]:
    return series(entries, legs, XNYS, **{**JANUARY, **options})


def test_a_week_is_seen_at_its_last_close() -> None:
    before, after = row("2026-01-16T15:59:59"), row("2026-01-16T16:00:00", -1.0, voice="ben-cole")
    first, second, third = weeks(before, after)
    assert [point.label for point in (first, second, third)] == ["2026-W03", "2026-W04", "2026-W05"]
    assert first.end == ny("2026-01-16T16:00")
    assert (first.net, first.n_bullish, first.n_bearish, first.n_new) == (1.0, 1, 0, 1)
    assert (second.net, second.n_bullish, second.n_bearish, second.n_new) == (0.0, 1, 1, 1)
    assert (third.net, third.n_new, third.n_stories) == (0.0, 0, 0)


def test_a_period_without_a_view_is_missing_and_says_why() -> None:
    point = weeks()[0]
    assert (point.net, point.net_low, point.net_high, point.flow, point.flow_z) == (None,) * 5
    assert (point.flag, point.reason, point.n_eff, point.views) == ("none", "no counted view yet", 0.0, ())


def test_expired_views_leave_net_missing_and_flow_faded() -> None:
    point = weeks(row("2025-09-02T10:00"))[0]
    assert (point.net, point.flag, point.reason) == (None, "none", "every view has expired")
    assert point.flow is not None
    assert 0 < point.flow < 1e-4


def test_neutral_coverage_is_zero_and_not_absence() -> None:
    point = weeks(row("2026-01-13T10:00", 0.0))[0]
    assert (point.net, point.flow, point.n_neutral, point.flag) == (0.0, 0.0, 1, "thin")


@pytest.mark.parametrize(("voices", "flag"), [(4, "thin"), (5, "ok")])
def test_fewer_than_five_voices_are_thin(voices: int, flag: str) -> None:
    assert weeks(*(row("2026-01-13T10:00", voice=f"v{n}") for n in range(voices)))[0].flag == flag


def test_views_are_those_that_net_was_computed_from() -> None:
    old, new = row("2026-01-13T10:00"), row("2026-01-21T10:00", -1.0)
    other = row("2026-01-13T10:00", voice=None)
    first, second, _ = weeks(old, new, other)
    assert (first.views, second.views) == ((old.view,), (new.view,))


def test_undated_rows_stand_in_net_and_never_in_flow() -> None:
    point = weeks(row("2026-01-13T10:00", published=None), row("2026-01-13T10:00", voice="b", undated=True))[
        0
    ]
    assert (point.net, point.n_new, point.flow) == (1.0, 2, None)


def test_two_legs_add_up_with_their_signs() -> None:
    entries = [row("2026-01-13T10:00", 0.5), row("2026-01-13T10:00", -0.9, voice="b", target="mega_cap_tech")]
    point = weeks(*entries, row("2026-01-13T10:00", voice="c", target="gold"), legs=ROTATION)[0]
    assert point.net == pytest.approx(0.7)
    assert (point.n_bullish, point.n_new, point.n_stories) == (2, 2, 2)


def test_frequencies_agree_at_common_cutoffs() -> None:
    entries = [row("2026-01-13T10:00"), row("2026-01-22T10:00", -0.4, voice="b")]
    daily = {point.end: point for point in weeks(*entries, frequency="session")}
    for point in (*weeks(*entries), *weeks(*entries, frequency="month")):
        same = daily[point.end]
        assert (point.net, point.flow, point.views) == (same.net, same.flow, same.views)


def test_the_first_period_is_whole_wherever_the_start_lies() -> None:
    entry = row("2026-01-13T10:00")
    assert weeks(entry, start=date(2026, 1, 15)) == weeks(entry)
    assert weeks(entry, frequency="month", start=date(2026, 1, 20))[0].n_new == 1


def test_history_before_the_start_enters_the_flow() -> None:
    entries = [row("2026-01-06T10:00"), row("2026-01-13T10:00", -0.5, voice="b")]
    assert weeks(*entries) == weeks(*entries, start=date(2025, 12, 1))[-3:]


def test_spread_stands_beside_each_week() -> None:
    days = XNYS.between(date(2026, 1, 9), date(2026, 1, 23))
    rising = {day: 1 + place / 100 for place, day in enumerate(days)}
    points = weeks(row("2026-01-13T10:00"), spread=Spread(rising, dict.fromkeys(days, 1.0)))
    assert [point.spread_level for point in points] == [0.0, pytest.approx(1.09 / 1.05 - 1), None]
    assert [point.spread_return for point in points] == [
        pytest.approx(0.05),
        pytest.approx(1.09 / 1.05 - 1),
        None,
    ]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        pytest.param(
            {"frequency": "year"}, UsageError, "unknown frequency 'year'; known: session, week, month", id="?"
        ),
        pytest.param(
            {"end": date(2040, 1, 1)}, NarrativeError, "outside the trading calendar", id="far future"
        ),
    ],
)
def test_impossible_requests(options: dict, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        weeks(**options)


# --- the interval of net ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        pytest.param((1, 0, 0), -0.587, 1.0, id="one voice says little; its own estimate is inside"),
        pytest.param((0, 0, 3), -0.441, 0.441, id="three neutral voices"),
        pytest.param((2, 1, 2), -0.420, 0.675, id="five voices"),
        pytest.param((5, 2, 1), -0.248, 0.772, id="eight voices"),
        pytest.param((10, 0, 0), 0.530, 1.0, id="ten bulls"),
        pytest.param((25, 10, 15), 0.072, 0.495, id="fifty voices"),
        pytest.param((60, 20, 20), 0.233, 0.543, id="a hundred voices, by the matched law"),
    ],
)
def test_interval_against_two_million_draws(
    counts: tuple[float, float, float], low: float, high: float
) -> None:
    assert net_intervals([counts])[0] == pytest.approx((low, high), abs=2e-3)


@settings(max_examples=40)
@given(st.lists(st.tuples(*[st.floats(0, 40)] * 3).filter(lambda c: sum(c) >= 1), min_size=1, max_size=6))
def test_interval_holds_its_estimate_and_mirrors(counts: list[tuple[float, float, float]]) -> None:
    mirrored = net_intervals([(bear, bull, neutral) for bull, bear, neutral in counts])
    for (bull, bear, neutral), (low, high), other in zip(
        counts, net_intervals(counts), mirrored, strict=True
    ):
        assert -1 <= low <= (bull - bear) / (bull + bear + neutral) + 1e-4
        assert low <= high <= 1
        assert other == pytest.approx((-high, -low), abs=3e-4)


def test_interval_does_not_depend_on_its_neighbours() -> None:
    many = [(n / 3, n % 5, n % 3) for n in range(1, 40)]
    assert net_intervals(many) == [net_intervals([one])[0] for one in many]
    assert net_intervals([]) == []


# --- properties ------------------------------------------------------------------------------------------

MOMENTS = st.datetimes(datetime.fromisoformat("2025-12-20"), datetime.fromisoformat("2026-02-10")).map(
    lambda t: t.replace(tzinfo=NEW_YORK)
)
ENTRIES = st.lists(
    st.builds(
        lambda seen, score, voice, target, lag, horizon: row(
            seen,
            score,
            voice=voice,
            target=target,
            horizon=horizon,
            published=None if lag is None else seen - timedelta(hours=lag),
        ),
        MOMENTS,
        st.sampled_from([-1.0, -0.3, 0.0, 0.4, 0.9]),
        st.sampled_from(["a", "b", "c", None]),
        st.sampled_from(["small_caps", "mega_cap_tech"]),
        st.sampled_from([None, 0, 1, 30, 200, -100]),
        st.sampled_from([None, "this week", "next month"]),
    ),
    max_size=12,
    unique_by=lambda entry: entry.view,
)
DAYS = XNYS.between(date(2025, 12, 22), date(2026, 2, 20))
SHORT = Parameters(expiry_sessions=8, z_min=2)


@settings(max_examples=60, deadline=None)
@given(ENTRIES, MOMENTS)
def test_truncating_the_future_leaves_the_past(entries: list[Entry], now: datetime) -> None:
    options = {
        "frequency": "session",
        "start": DAYS[0],
        "end": DAYS[-1],
        "legs": ROTATION,
        "parameters": SHORT,
    }
    past = weeks(*(entry for entry in entries if entry.available_at < now), **options)
    for full, cut in zip(weeks(*entries, **options), past, strict=True):
        assert full.end > now or full == cut


@settings(max_examples=60, deadline=None)
@given(ENTRIES)
def test_the_series_counts_what_current_lists(entries: list[Entry]) -> None:
    places = [XNYS.position(day) for day in DAYS]
    for day, fast in zip(DAYS, nets(entries, ROTATION, XNYS, places, expiry_sessions=8), strict=True):
        moment = XNYS.cutoff(day) - timedelta(microseconds=1)
        assert fast == net(current(entries, moment, XNYS, expiry_sessions=8), ROTATION)


@settings(max_examples=30, deadline=None)
@given(ENTRIES, st.randoms())
def test_order_sign_and_bound(entries: list[Entry], random) -> None:
    plain = weeks(*entries, legs=ROTATION)
    assert weeks(*random.sample(entries, len(entries)), legs=ROTATION) == plain
    for point, turned in zip(plain, weeks(*entries, legs={k: -v for k, v in ROTATION.items()}), strict=True):
        assert (point.net is None) == (turned.net is None)
        if point.net is not None and turned.net is not None:
            assert point.net == pytest.approx(-turned.net, abs=1e-12)
            assert -1 <= point.net <= 1
            assert point.net_low is not None
            assert point.net_low - 1e-4 <= point.net


def test_points_come_in_order() -> None:
    assert all(a.end < b.end for a, b in pairwise(weeks(frequency="session")))
