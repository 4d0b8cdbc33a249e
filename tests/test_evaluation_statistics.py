"""The statistics of an evaluation, each against numbers derived by hand or by a slow and plain reference."""

from __future__ import annotations

import math
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from evaluation_rows import UNIT, XNYS, made, sessions, slow, spread, values
from hypothesis import given, settings
from hypothesis import strategies as st

from narrative.errors import NarrativeError
from narrative.measure.evaluation import event_study as events
from narrative.measure.evaluation.detectable import detectable, least_ic, needed, weeks_missing
from narrative.measure.evaluation.ic import apart, circular_shift_p, hac_t, rank_ic
from narrative.measure.evaluation.leadlag import LeadLag, cross_correlations, lead_lag, order
from narrative.measure.evaluation.out_of_sample import expanding_forecasts, out_of_sample, r2
from narrative.measure.evaluation.panel import Value, longest_run, panel
from narrative.measure.evaluation.trials import adjusted
from narrative.measure.evaluation.verdict import verdict
from narrative.measure.returns import Spread

NAN = math.nan


# --- the panel: what a forward return is ---------------------------------------------------------------------


def test_a_forward_return_begins_at_the_close_at_which_the_value_can_be_traded() -> None:
    data = made([1.0, 2.0, 3.0], [0.0, 0.5, 0.1, 0.2, 0.3])
    # Known at the close of session 0, tradeable at that of session 1: the .1 of session 2 is the first to be had.
    assert data.forward(1).tolist()[:3] == pytest.approx([0.1, 0.2, 0.3])
    assert data.forward(2).tolist()[:2] == pytest.approx([1.1 * 1.2 - 1, 1.2 * 1.3 - 1])
    assert np.isnan(data.forward(2)[2])
    assert data.daily.tolist()[1:] == pytest.approx([0.5, 0.1, 0.2, 0.3])


def test_an_order_on_the_close_of_the_same_session_has_the_next_return() -> None:
    day, after = sessions(2)
    data = panel([Value(day, day, 1.0)], spread([0.0, 0.5, 0.1]), XNYS)
    assert data.forward(1)[0] == pytest.approx(0.5)
    assert data.sessions[1] == after


def test_a_row_is_used_only_where_its_close_has_a_price() -> None:
    days = sessions(6)
    priced = {day: 1.0 + n for n, day in enumerate(days) if n != 2}
    data = panel(values([1.0, 2.0, 3.0, 4.0, 5.0]), Spread(priced, dict.fromkeys(days, 1.0)), XNYS)
    # Session 2 has no price: the value of session 1 cannot be traded, and that of session 0 not be closed after one.
    assert data.paired(1).tolist() == [2, 3]
    assert data.paired(2).tolist() == [0, 2]


def test_the_spread_is_the_difference_of_the_returns_of_its_legs() -> None:
    days = sessions(3)
    legs = Spread(
        dict(zip(days, (1.0, 2.0, 3.0), strict=True)), dict(zip(days, (1.0, 1.0, 1.25), strict=True))
    )
    assert panel([Value(days[0], days[1], 0.0)], legs, XNYS).forward(1)[0] == pytest.approx(0.5 - 0.25)


@pytest.mark.parametrize(
    ("rows", "legs", "words"),
    [
        pytest.param(
            values([NAN, NAN]), spread([0.0, 0.1]), "no value in any session", id="nothing was said"
        ),
        pytest.param(
            values([1.0]) * 2, spread([0.0, 0.1]), "a session twice", id="two narratives in one file"
        ),
        pytest.param(
            values([1.0]),
            Spread({sessions(1)[0]: 1.0}, {sessions(2)[1]: 1.0}),
            "no session in common",
            id="legs of other years",
        ),
    ],
)
def test_what_cannot_be_laid_side_by_side(rows: list[Value], legs: Spread, words: str) -> None:
    with pytest.raises(NarrativeError, match=words):
        panel(rows, legs, XNYS)


def test_the_longest_run() -> None:
    assert longest_run([False, True, True, False, True]) == slice(1, 3)
    assert longest_run([False]) == slice(0, 0)


# --- the IC ---------------------------------------------------------------------------------------------------


def test_ic_of_six_points_by_hand() -> None:
    # Ranks 1..6 against 2 1 4 3 6 5: d = 1 everywhere, so 1 - 6 * 6 / (6 * 35) = 29 / 35.
    forward = [0.02, 0.01, 0.04, 0.03, 0.06, 0.05]
    found = rank_ic(made([1, 2, 3, 4, 5, 6], [0.0, 0.0, *forward]), 1)
    assert found is not None
    assert (found.n, found.n_apart) == (6, 6)
    assert found.ic == pytest.approx(29 / 35)
    assert found.apart is not None
    assert found.apart[0] == pytest.approx(29 / 35)


@pytest.mark.parametrize(
    ("ranks", "share"),
    [
        pytest.param((1, 2, 3, 4), 1 / 4, id="rotations give 1, -.2, -.6, -.2"),
        pytest.param(
            (2, 1, 4, 3), 2 / 4, id="rotations give .6, .2, -1, .2: the third is as far, the other way"
        ),
        pytest.param((4, 3, 2, 1), 1 / 4, id="against: the same, turned"),
    ],
)
def test_circular_shift_by_hand(ranks: tuple[int, ...], share: float) -> None:
    assert circular_shift_p((1, 2, 3, 4), ranks) == share


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=4, max_size=14))
def test_circular_shift_is_the_share_over_all_rolls(pairs: list[tuple[int, int]]) -> None:
    x, y = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        assert circular_shift_p(x, y) == 1.0
        return
    rolled = [abs(np.corrcoef(np.roll(x, k), y)[0, 1]) for k in range(len(x))]
    assert circular_shift_p(x, y) == np.mean([value >= rolled[0] - 1e-9 for value in rolled])


def test_every_h_th_session_by_their_places() -> None:
    assert apart([3, 4, 5, 8, 9, 20], 5).tolist() == [0, 3, 5]
    assert apart([], 5).tolist() == []


@pytest.mark.parametrize("lags", [0, 4])
def test_newey_west_by_its_formula(lags: int) -> None:
    rng = np.random.default_rng(1)
    x, y = slow(rng, 80, 0.5), slow(rng, 80, 0.5)
    design = np.column_stack([np.ones(80), x])
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ y
    scores = design * (y - design @ coefficients)[:, None]
    middle = scores.T @ scores
    for lag in range(1, lags + 1):
        lagged = scores[lag:].T @ scores[:-lag]
        middle += (1 - lag / (lags + 1)) * (lagged + lagged.T)
    error = math.sqrt((inverse @ middle @ inverse)[1, 1])
    assert hac_t(x, y, lags=lags) == pytest.approx(coefficients[1] / error)


@pytest.mark.parametrize(
    ("factor", "returns"),
    [
        pytest.param([1, 2, 3], [0, 0, 0.1, 0.2, 0.1], id="three pairs"),
        pytest.param([1, 1, 1, 1, 1], [0, 0, 0.1, 0.2, 0.1, 0.3, 0.1], id="a factor that never moves"),
        pytest.param([1, 2, 3, 4, 5], [0.0] * 7, id="a spread that never moves"),
    ],
)
def test_there_is_no_ic_of_nothing(factor: list[float], returns: list[float]) -> None:
    assert rank_ic(made(factor, returns), 1) is None


# --- look-ahead: planted, and not seen --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "early",
    [
        pytest.param(0, id="the factor is the return of its own session, over when it is known"),
        pytest.param(1, id="the factor is the return up to the close at which it can first be traded"),
    ],
)
def test_returns_that_cannot_be_had_give_no_ic(early: int) -> None:
    returns = UNIT * np.random.default_rng(3).standard_normal(1000)
    factor = returns[early : early + 990]
    for horizon in (1, 5):
        found = rank_ic(made(factor, returns), horizon)
        assert found is not None
        assert abs(found.ic) < 0.08
    had = rank_ic(made(returns[2:992], returns), 1)
    assert had is not None
    assert had.ic == pytest.approx(1.0)


def test_the_return_of_the_same_session_is_the_market_first() -> None:
    returns = UNIT * np.random.default_rng(4).standard_normal(600)
    noise = np.random.default_rng(5).standard_normal(600)
    found = lead_lag(made(returns / UNIT + noise, returns))
    assert dict(found.sides)[0] == max(value for _, value in found.sides)
    assert found.order == "follows"


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(90, 290))
def test_the_past_does_not_move_when_the_future_comes(seed: int, cut: int) -> None:
    rng = np.random.default_rng(seed)
    factor, returns = slow(rng, 300, 0.9), rng.standard_normal(300)
    early, late = events.moves(factor[:cut]), events.moves(factor)[:cut]
    assert np.array_equal(early, late, equal_nan=True)
    design, ended = factor[:, None], np.arange(300) - 6
    before = expanding_forecasts(design[:cut], returns[:cut], ended[:cut], 60)
    after = expanding_forecasts(design, returns, ended, 60)[:cut]
    assert np.allclose(before, after, rtol=0, atol=1e-12, equal_nan=True)


# --- what can be told -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ic", "n"), [(0.02, 9604), (0.03, 4269), (0.05, 1537), (0.10, 385), (0.20, 97)])
def test_observations_for_an_ic(ic: float, n: int) -> None:
    assert needed(ic) == needed(-ic) == n
    assert least_ic(n) <= ic < least_ic(n - 1)


def test_half_a_year_of_weeks() -> None:
    found = detectable(26, 5, 0.05)
    assert round(found.least, 2) == 0.38
    assert (found.weeks_for_reference, found.weeks_for_observed) == (385 - 26, 1537 - 26)
    assert not found.decides


@pytest.mark.parametrize(
    ("n", "horizon", "observed", "decides"),
    [
        pytest.param(385, 5, 0.01, True, id="enough to have seen an IC of .10"),
        pytest.param(384, 5, 0.01, False, id="one week short"),
        pytest.param(26, 5, 0.39, True, id="few weeks and an IC that they tell from zero"),
        pytest.param(26, 5, -0.39, True, id="the same, the other way"),
        pytest.param(26, 5, 0.38, False, id="few weeks and an IC just below"),
        pytest.param(0, 5, None, False, id="nothing"),
        pytest.param(500, 5, None, True, id="no IC to speak of, weeks enough"),
    ],
)
def test_when_data_decide(n: int, horizon: int, observed: float | None, decides: bool) -> None:
    assert detectable(n, horizon, observed).decides is decides


def test_missing_weeks_count_sessions_of_the_horizon() -> None:
    assert weeks_missing(0.10, 185, 20) == 200 * 4
    assert weeks_missing(0.10, 380, 1) == 1
    assert weeks_missing(0.10, 9999, 5) == 0
    assert least_ic(0) == least_ic(1) == 1.0


# --- trials -----------------------------------------------------------------------------------------------------


def test_benjamini_hochberg_by_hand() -> None:
    # Sorted .005 .01 .03 .04 times 4 / rank: .02 .02 .04 .04, each at most the next.
    assert adjusted([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.02, 0.04, 0.04, 0.02))
    assert adjusted([0.2]) == pytest.approx((0.2,))
    assert adjusted([]) == ()


# --- out of sample ----------------------------------------------------------------------------------------------


def test_campbell_thompson_by_hand() -> None:
    # Errors of the forecast 0, 0, 1; of the benchmark 1, 0, 1.
    assert r2([1, 2, 3], [1, 2, 2], [2, 2, 2]) == pytest.approx(1 - 1 / 2)
    assert r2([1, 2, 3], [2, 2, 2], [1, 2, 2]) == pytest.approx(1 - 2 / 1)
    assert r2([1, 1], [0, 0], [1, 1]) is None


def test_forecasts_are_least_squares_on_what_had_ended() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((40, 2)), rng.standard_normal(40)
    ended = np.maximum(np.arange(40) - 5, 0)
    found = expanding_forecasts(x, y, ended, 10)
    assert np.isnan(found[:15]).all()
    for row in range(15, 40):
        design = np.column_stack([np.ones(ended[row]), x[: ended[row]]])
        coefficients, *_ = np.linalg.lstsq(design, y[: ended[row]], rcond=None)
        assert found[row] == pytest.approx(coefficients @ [1, *x[row]])


def test_out_of_sample_by_a_plain_reference() -> None:
    rng = np.random.default_rng(6)
    factor, returns, horizon = slow(rng, 230, 0.9), UNIT * rng.standard_normal(232), 5
    returns[2:] += 0.002 * factor
    growth = np.cumprod(1 + returns)
    rows = []  # the session whose value it is, what momentum was at its close, and what could be had after the next
    for at in range(20, 232 - 1 - horizon):
        start = at + 1
        rows.append(
            (at, growth[at] / growth[at - 20] - 1, factor[at], growth[start + horizon] / growth[start] - 1)
        )
    errors = {1: 0.0, 2: 0.0}
    made_of = 0
    for at, *known, actual in rows:
        ended = [row for row in rows if row[0] + 1 + horizon <= at]
        if len(ended) < 120:
            continue
        made_of += 1
        for width in errors:
            design = np.array([[1.0, *row[1 : 1 + width]] for row in ended])
            coefficients, *_ = np.linalg.lstsq(design, np.array([row[3] for row in ended]), rcond=None)
            errors[width] += (actual - coefficients @ [1.0, *known[:width]]) ** 2
    found = out_of_sample(made(factor, returns), horizon)
    assert found.n == made_of
    assert found.r2 == pytest.approx(1 - errors[2] / errors[1])


def test_out_of_sample_tells_a_lead_from_noise() -> None:
    rng = np.random.default_rng(8)
    factor, noise = slow(rng, 1000, 0.9), rng.standard_normal(1000)
    led = UNIT * (noise + 0.2 * np.concatenate([[0.0], factor[:-1]]))
    lead, none = (out_of_sample(made(factor, one), 5) for one in (led, UNIT * noise))
    assert lead.r2 is not None
    assert none.r2 is not None
    assert lead.r2 > 0.05 > 0.02 > none.r2
    assert out_of_sample(made(factor[:150], led[:150]), 5).r2 is None


# --- lead and lag -----------------------------------------------------------------------------------------------


def test_cross_correlations_are_plain_ones_at_each_side() -> None:
    rng = np.random.default_rng(9)
    x, r = rng.standard_normal(50), rng.standard_normal(50)
    found = dict(cross_correlations(x, r, 3))
    assert sorted(found) == [-3, -2, -1, 0, 1, 2, 3]
    a, b = x - x.mean(), r - r.mean()
    scale = math.sqrt((a @ a) * (b @ b))
    assert found[2] == pytest.approx(a[:-2] @ b[2:] / scale)  # the factor two sessions before the return
    assert found[-2] == pytest.approx(a[2:] @ b[:-2] / scale)
    assert found[0] == pytest.approx(a @ b / scale)


@pytest.mark.parametrize(
    ("lead", "follow", "word"),
    [
        (0.001, 0.5, "leads"),
        (0.5, 0.001, "follows"),
        (0.001, 0.001, "both"),
        (0.01, 0.01, "neither"),
        (None, 0.001, None),
    ],
)
def test_the_word_for_two_tests(lead: float | None, follow: float | None, word: str | None) -> None:
    assert order(lead, follow) == word


def test_a_short_or_still_series_has_no_tests() -> None:
    rng = np.random.default_rng(10)
    short = lead_lag(made(rng.standard_normal(40), UNIT * rng.standard_normal(40)))
    assert (short.order, short.lead_p) == (None, None)
    assert len(short.sides) == 2 * (39 // 4) + 1
    still = lead_lag(made(np.ones(100), UNIT * rng.standard_normal(100)))
    assert (still.order, still.sides) == (None, ())


def test_a_gap_leaves_the_longest_stretch() -> None:
    rng = np.random.default_rng(11)
    factor = rng.standard_normal(200)
    factor[120] = NAN
    assert lead_lag(made(factor, UNIT * rng.standard_normal(200))).n == 119


# --- events -----------------------------------------------------------------------------------------------------


def stepped(steps: dict[int, float], n: int = 300) -> np.ndarray:
    """A factor that trembles by a hundredth and jumps where told."""
    changes = np.where(np.arange(n) % 2, 0.01, -0.01)
    for place, size in steps.items():
        changes[place] = size
    return np.cumsum(changes)


def test_events_are_big_moves_turned_to_one_direction() -> None:
    returns = np.full(340, 0.0)
    returns[102], returns[203] = 0.03, -0.01  # the first session after the close at which each can be traded
    found = events.event_study(made(stepped({100: 1.0, 201: -3.0}), returns), 5, np.random.default_rng(0))
    days = sessions(300)
    assert found.sessions == (days[100], days[201])
    assert found.mean == pytest.approx((0.03 + 0.01) / 2)
    path = {at: mean for at, mean, _, _ in found.path}
    assert (path[0], path[-10]) == (0.0, 0.0)
    assert path[1] == path[20] == found.mean
    assert found.p is None  # two events are a picture


def test_overlapping_and_unpriced_events_are_dropped_and_counted() -> None:
    factor = stepped({100: 1.0, 110: 3.0, 121: 9.0, 290: 90.0})
    found = events.event_study(made(factor, np.full(300, 0.001)), 5, np.random.default_rng(0))
    days = sessions(300)
    assert found.sessions == (days[100], days[121])
    assert (found.overlapping, found.unpriced) == (1, 1)


def test_a_move_is_big_by_what_was_known_then() -> None:
    changes = [0.01, -0.01] * 40 + [0.5] + [5.0, -5.0] * 20
    z = events.moves(np.cumsum([0.0, *changes]))
    seen = np.array(changes[:81])
    assert z[81] == pytest.approx((0.5 - seen.mean()) / seen.std(ddof=1))
    assert (
        z[81] > 2 > (0.5 - np.mean(changes)) / np.std(changes, ddof=1)
    )  # by the whole sample it would be small
    assert np.isnan(z[:60]).all()
    assert not np.isnan(z[60])


def test_random_sessions_come_from_the_same_months() -> None:
    """Each month has its own steady return; events sit in the best ones, and that is no feat of theirs."""
    days = sessions(1000)
    good = {(day.year, day.month) for day in days if day.month in (4, 8)}
    returns = [0.004 if (day.year, day.month) in good else -0.001 for day in days]
    firsts = [
        n for n, (a, b) in enumerate(pairwise(days)) if b.month in (4, 8) and a.month != b.month and n > 80
    ]
    factor = stepped({place: 4.0**k for k, place in enumerate(firsts)}, 1000)
    found = events.event_study(made(factor, returns), 5, np.random.default_rng(0))
    assert len(found.sessions) == len(firsts) > 4
    at_five = next(row for row in found.path if row[0] == 5)
    assert at_five[2] > 0  # random sessions of any month would lose on average


def test_twenty_events_have_a_p_that_tells_a_lead() -> None:
    rng = np.random.default_rng(12)
    places = range(80, 80 + 25 * 30, 30)
    factor = stepped({place: 2.0 * (1.2**k) * (-1) ** k for k, place in enumerate(places)}, 900)
    returns = UNIT * 0.5 * rng.standard_normal(930)
    plain = events.event_study(made(factor, returns), 5, np.random.default_rng(0))
    for k, place in enumerate(places):
        returns[place + 2 : place + 7] += 0.004 * (-1) ** k
    led = events.event_study(made(factor, returns), 5, np.random.default_rng(0))
    assert len(led.sessions) >= events.FEWEST
    assert plain.p is not None
    assert led.p is not None
    assert led.p < 0.01 < plain.p


# --- the verdict ------------------------------------------------------------------------------------------------


def two_tests(word: str | None) -> LeadLag:
    return LeadLag(500, ((0, 0.0), (1, 0.0)), 0.1, None if word is None else 0.001, 0.5, word)


@pytest.mark.parametrize(
    ("in_sample", "n", "word", "said", "obstacles"),
    [
        pytest.param(0.0, 400, "leads", "leads", (), id="nothing in the way"),
        pytest.param(0.5, 400, "neither", "neither", (), id="half in sample"),
        pytest.param(0.51, 400, "leads", None, ("in_sample",), id="most in sample"),
        pytest.param(0.0, 26, "follows", None, ("too_few",), id="half a year"),
        pytest.param(1.0, 5, None, None, ("in_sample", "too_few", "untested"), id="a demo"),
    ],
)
def test_what_forbids_a_verdict(
    in_sample: float, n: int, word: str | None, said: str | None, obstacles: tuple[str, ...]
) -> None:
    found = verdict(in_sample, detectable(n, 5, 0.01), two_tests(word))
    assert (found.order, found.obstacles) == (said, obstacles)


def test_the_calendar_carries_the_horizon_over_a_holiday() -> None:
    days = XNYS.between(date(2018, 8, 30), date(2018, 9, 6))  # Labor Day is the 3rd
    assert date(2018, 9, 3) not in days
    growth = {day: 1.0 + n for n, day in enumerate(days)}
    data = panel([Value(days[0], days[1], 1.0)], Spread(growth, dict.fromkeys(days, 1.0)), XNYS)
    assert data.sessions[2] - data.sessions[1] == timedelta(days=4)
    assert data.forward(1)[0] == pytest.approx(3 / 2 - 1)
