"""Evaluations of a real news sentiment against real returns; needs the folder ../shared beside the checkout.

The numbers to reach were computed apart from this project, with scipy and statsmodels alone (known_answers.json).
"""

from __future__ import annotations

import json
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from narrative.errors import NarrativeError
from narrative.measure.evaluation.beside import agreements, read_outside
from narrative.measure.evaluation.evaluation import Evaluation, evaluate
from narrative.measure.evaluation.panel import Value
from narrative.measure.outside_series import read_revisions
from narrative.measure.prices import read_prices
from narrative.measure.returns import Spread, growth
from narrative.measure.sessions import load_sessions

DATA = Path(__file__).parents[2].parent / "shared" / "data"
FACTORS = DATA / "factors"
XNYS = load_sessions()
FIRST, LAST = date(2001, 1, 2), date(2025, 3, 28)
OUT = date(2025, 3, 30)

pytestmark = pytest.mark.skipif(
    not FACTORS.exists(), reason="needs the real series in ../shared/data/factors"
)


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    return json.loads((FACTORS / "known_answers.json").read_text())


@pytest.fixture(scope="module")
def level() -> dict[date, float]:
    """News sentiment by session, in the vintage of March 2025."""
    series = read_revisions(FACTORS / "sffed_news_sentiment_vintages.csv.gz", value="news_sentiment").as_of(
        OUT
    )
    return {day: series[day] for day in XNYS.between(FIRST, LAST)}


@pytest.fixture(scope="module")
def found(level: dict[date, float]) -> dict[str, Evaluation]:
    """Its expanding z-score from the 252nd session on, tradeable from the next session, against two spreads."""
    days, values = list(level), np.array(list(level.values()))
    scores = [
        None if n < 251 else float((values[n] - values[: n + 1].mean()) / values[: n + 1].std(ddof=1))
        for n in range(len(days))
    ]
    rows = [Value(day, XNYS.shift(day, 1), score) for day, score in zip(days, scores, strict=True)]
    prices = read_prices(DATA / "prices" / "prices_daily.csv.gz", adjusted=True)
    grown = {
        symbol: growth([row for row in group if row.session <= LAST])
        for symbol, group in groupby(prices, key=lambda row: row.symbol)
    }
    spreads = {
        "IWM-QQQ": Spread(grown["IWM"], grown["QQQ"]),
        "SPY": Spread(grown["SPY"], dict.fromkeys(grown["SPY"], 1.0)),
    }
    return {name: evaluate(rows, spread, XNYS) for name, spread in spreads.items()}


@pytest.mark.parametrize("horizon", [1, 5, 20])
@pytest.mark.parametrize("name", ["IWM-QQQ", "SPY"])
def test_the_ic_is_the_one_computed_elsewhere(
    name: str, horizon: int, found: dict[str, Evaluation], known: dict[str, Any]
) -> None:
    one, answer = found[name].ic(horizon), known["sffed_ic"][f"expanding_z_lag1|{name}|{horizon}"]
    leak = known["sffed_ic"][f"fullsample_z_lag0_LEAK|{name}|{horizon}"]
    assert one is not None
    assert (one.n, round(one.ic, 4)) == (answer["n"], answer["ic"])
    assert abs(one.ic - leak["ic"]) > 2e-4  # what full-sample scores on the same day's close would show
    if horizon == 20:  # shorter horizons were computed there with nine lags instead of h - 1
        assert one.t_hac == pytest.approx(answer["t_hac"], abs=0.01)


def test_a_naive_p_would_have_found_what_is_not_there(found: dict[str, Evaluation]) -> None:
    one = found["SPY"].ic(20)
    assert one is not None
    assert one.p > 0.05  # its naive t is -7.5


def test_news_follows_the_market(found: dict[str, Evaluation]) -> None:
    assert found["SPY"].verdict.order == "follows"
    assert found["SPY"].lead_lag.follow_p is not None
    assert found["SPY"].lead_lag.follow_p < 1e-15
    assert found["IWM-QQQ"].verdict.order == "neither"


def test_no_forecast_is_better_than_momentum(found: dict[str, Evaluation]) -> None:
    assert all(one.out_of_sample.r2 is not None and one.out_of_sample.r2 < 0 for one in found.values())


def test_the_interval_of_blocks_is_as_wide_as_elsewhere(
    found: dict[str, Evaluation], known: dict[str, Any]
) -> None:
    pytest.importorskip("arch")
    interval = found["IWM-QQQ"].interval
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx(known["boot_ci_ic_5d_iwm_qqq"], abs=0.015)
    assert interval.block == round(known["opt_block_stationary"]["f"])


def test_news_and_a_survey_agree(level: dict[date, float]) -> None:
    rows = [Value(day, XNYS.shift(day, 1), value, net=value) for day, value in level.items()]
    survey = read_outside(
        FACTORS / "aaii_weekly.csv", day="date", value="bull_bear_spread", known=date(2026, 5, 1)
    )
    net, _ = agreements(rows, survey, XNYS)
    assert net.n == 1264
    assert net.levels is not None
    assert net.changes is not None
    assert (round(net.levels[0], 2), round(net.changes[0], 2)) == (0.39, 0.12)
    assert max(net.levels[1], net.changes[1]) < 0.01


def test_the_mean_of_all_history_is_refused_as_a_series() -> None:
    name = "bullish_average_fullsample_LOOKAHEAD"
    with pytest.raises(NarrativeError, match="look-ahead"):
        read_outside(FACTORS / "aaii_weekly.csv", day="date", value=name, known=date(2026, 5, 1))
