"""Who moves first: cross-correlations at both sides of zero, and Granger tests in both directions.

A value is known at the cut-off of its session, when that session's return is already made. So the return of the same
session stands on the market's side (lag 0 and below); the factor's side begins with the next session. The test whether
the factor follows therefore also sees the return of its own session. Granger (1969): past values of one series improve
the forecast of the other beyond its own past.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from narrative.measure.evaluation.detectable import T
from narrative.measure.evaluation.panel import Panel, longest_run

Order = Literal["leads", "follows", "both", "neither"]

SIDE = 20  # sessions drawn at each side of zero
GRANGER_LAGS = 5  # a week, fixed beforehand: choosing lags by fit would be one more trial
LEVEL = 0.01
FEWEST = 60  # sessions below which neither is tested


@dataclass(frozen=True, slots=True)
class LeadLag:
    """Correlations of the factor with the return some sessions later, over `n` sessions without a gap.

    `sides` are (lag, correlation): a positive lag is the factor first, zero and below the market first. `band` is the
    |correlation| that one lag exceeds in 5 % of cases when there is no relation. `lead_p` and `follow_p` are of the two
    Granger tests; they and `order` are None below 60 sessions or for a series that never moves.
    """

    n: int
    sides: tuple[tuple[int, float], ...]
    band: float
    lead_p: float | None
    follow_p: float | None
    order: Order | None


def lead_lag(panel: Panel) -> LeadLag:
    """Return who moves first in a panel, over its longest stretch of sessions with a value and a return."""
    run = longest_run(np.isfinite(panel.values) & np.isfinite(panel.daily))
    x, r = panel.values[run], panel.daily[run]
    n = len(x)
    if n < 3 or not (np.ptp(x) > 0 and np.ptp(r) > 0):
        return LeadLag(n, (), 1.0, None, None, None)
    side = min(SIDE, n // 4)
    lead_p = follow_p = None
    if n >= FEWEST:
        lead_p = granger_p(effect=r, cause=x)
        follow_p = granger_p(effect=x[:-1], cause=r[1:])  # so that lag 1 of the cause is the same session
    return LeadLag(
        n=n,
        sides=cross_correlations(x, r, side),
        band=T / float(np.sqrt(n)),
        lead_p=lead_p,
        follow_p=follow_p,
        order=order(lead_p, follow_p),
    )


def order(lead_p: float | None, follow_p: float | None, level: float = LEVEL) -> Order | None:
    """Return the verdict of two p; None without them."""
    if lead_p is None or follow_p is None:
        return None
    if lead_p < level:
        return "both" if follow_p < level else "leads"
    return "follows" if follow_p < level else "neither"


def cross_correlations(x: Any, r: Any, side: int) -> tuple[tuple[int, float], ...]:
    """Return (lag, correlation of x at t with r at t + lag) for lags from -side to side."""
    from statsmodels.tsa.stattools import ccf

    ahead = ccf(r, x, adjusted=False)[: side + 1]
    behind = ccf(x, r, adjusted=False)[1 : side + 1]
    values = (float(value) for value in (*behind[::-1], *ahead))
    return tuple(zip(range(-side, side + 1), values, strict=True))


def granger_p(*, effect: Any, cause: Any, lags: int = GRANGER_LAGS) -> float | None:
    """Return the p of the F test that `lags` past values of `cause` say nothing about `effect`; None where untestable."""
    from statsmodels.tools.sm_exceptions import InfeasibleTestError
    from statsmodels.tsa.stattools import grangercausalitytests

    try:
        found = grangercausalitytests(np.column_stack([effect, cause]), [lags])
    except (InfeasibleTestError, ValueError):
        return None
    return float(found[lags][0]["ssr_ftest"][1])
