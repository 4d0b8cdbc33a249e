"""What a number of observations can tell: the least IC they detect, and how many weeks are missing.

Under no relation a rank correlation of n independent pairs has the standard error 1 / sqrt(n), so its t is about
IC sqrt(n). It is told from zero at |t| = 1.96 (5 %, two-sided): |IC| = 1.96 / sqrt(n), n = (1.96 / IC)^2. Returns over h
sessions are independent when they do not overlap, so n counts every h-th session, whatever the number of rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

T = 1.96
WEEK = 5  # sessions
REFERENCE_IC = 0.10  # a large IC for one time series; data that could not show even this decide nothing


@dataclass(frozen=True, slots=True)
class Detectable:
    """`n` independent returns over `horizon` sessions, the least |IC| they tell from zero, and what misses.

    The weeks are what more is needed for an IC of REFERENCE_IC and for the observed one (None without one), 0 when
    nothing is.
    """

    horizon: int
    n: int
    least: float
    weeks_for_reference: int
    weeks_for_observed: int | None

    @property
    def decides(self) -> bool:
        """Whether these observations are enough for a verdict: they could have shown a large IC, or show one they tell."""
        return self.weeks_for_reference == 0 or self.weeks_for_observed == 0


def detectable(n: int, horizon: int, observed: float | None) -> Detectable:
    """Return what `n` independent returns over `horizon` sessions can tell. An IC cannot exceed 1, nor can `least`."""
    exact = None if observed is None or abs(observed) < 1e-4 else weeks_missing(observed, n, horizon)
    return Detectable(horizon, n, least_ic(n), weeks_missing(REFERENCE_IC, n, horizon), exact)


def least_ic(n: int) -> float:
    """Return the least |IC| that `n` independent pairs tell from zero, at most 1."""
    return min(T / math.sqrt(n), 1.0) if n > 0 else 1.0


def needed(ic: float) -> int:
    """Return how many independent pairs tell an IC from zero."""
    return math.ceil((T / abs(ic)) ** 2 - 1e-6)


def weeks_missing(ic: float, n: int, horizon: int) -> int:
    """Return how many more weeks `n` returns over `horizon` sessions need for an IC, 0 when they are enough."""
    return math.ceil(max(needed(ic) - n, 0) * horizon / WEEK)
