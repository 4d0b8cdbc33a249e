"""How much the factor improves a forecast that is made without seeing the future, against momentum alone.

At each session both forecasts of the spread's return over the horizon are linear regressions on all pairs whose return
had ended by then: one on momentum (the spread's return of the last 20 sessions), one on momentum and the factor.
Campbell and Thompson (2008, "Predicting Excess Stock Returns Out of Sample", Review of Financial Studies 21, 1509-1531)
give the measure, here with momentum in place of the historical mean:

    R2 = 1 - sum (r_t - forecast_t)^2 / sum (r_t - benchmark_t)^2

Above zero the factor helped; a useless one lands a little below zero, by the noise of one more coefficient.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from narrative.measure.evaluation.panel import Panel

MOMENTUM = 20  # sessions
TRAINING = 120  # ended pairs before the first forecast
FEWEST = 60  # forecasts below which there is no R2


@dataclass(frozen=True, slots=True)
class OutOfSample:
    """R2 against momentum over `n` forecasts, the first made for the value of session `first`.

    None, both, for fewer than 60 forecasts.
    """

    horizon: int
    n: int
    first: date | None
    r2: float | None


def out_of_sample(panel: Panel, horizon: int) -> OutOfSample:
    """Return the out-of-sample R2 of a panel at a horizon in sessions."""
    momentum = panel.over(panel.starts - 1 - MOMENTUM, panel.starts - 1)
    returns = panel.forward(horizon)
    places = np.flatnonzero(np.isfinite(panel.values) & np.isfinite(momentum) & np.isfinite(returns))
    starts, actual = panel.starts[places], returns[places]
    past = momentum[places, None]
    both = np.column_stack([past, panel.values[places]])
    # The value of a session is used at its cut-off, when the close before `starts` is the last one known.
    ended = np.searchsorted(starts + horizon, starts - 1, side="right")
    benchmark, forecast = (expanding_forecasts(x, actual, ended, TRAINING) for x in (past, both))
    made = np.isfinite(forecast) & np.isfinite(benchmark)
    n = int(made.sum())
    if n < FEWEST:
        return OutOfSample(horizon, n, None, None)
    first = panel.sessions[places[int(np.argmax(made))]]
    return OutOfSample(horizon, n, first, r2(actual[made], forecast[made], benchmark[made]))


def r2(actual: Any, forecast: Any, benchmark: Any) -> float | None:
    """Return 1 - sum (actual - forecast)^2 / sum (actual - benchmark)^2; None for a benchmark without error."""
    worse = float(np.sum((np.asarray(actual) - np.asarray(benchmark)) ** 2))
    return 1 - float(np.sum((np.asarray(actual) - np.asarray(forecast)) ** 2)) / worse if worse > 0 else None


def expanding_forecasts(x: Any, y: Any, ended: Any, training: int) -> Any:
    """Return for each row i the forecast of y from x[i], by least squares with a constant on the first ended[i] rows.

    NaN where these are fewer than `training`. `x` is (rows, predictors).
    """
    design = np.column_stack([np.ones(len(x)), x])
    width = design.shape[1]
    squares = np.cumsum(design[:, :, None] * design[:, None, :], axis=0)
    products = np.cumsum(design * y[:, None], axis=0)
    found = np.full(len(y), np.nan)
    rows = np.flatnonzero(ended >= max(training, width))
    if len(rows):
        last = ended[rows] - 1
        coefficients = np.linalg.pinv(squares[last], rcond=1e-12, hermitian=True) @ products[last][:, :, None]
        found[rows] = np.einsum("ij,ij->i", design[rows], coefficients[:, :, 0])
    return found
