"""The flow: decayed events by session, shrunk towards zero by a prior weight.

flow_t = sum(w x) / (sum(w) + prior_weight) over the events available by the cut-off of session t, where x
is support and w = weight * 0.5 ** (age / half_life), age counted in sessions from publication. In [-1, 1].
No event is missing, never zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import reduce
from itertools import pairwise
from operator import add
from typing import TYPE_CHECKING, NamedTuple

from narrative.errors import UsageError
from narrative.measure.stance import EXPIRY_SESSIONS

if TYPE_CHECKING:
    from narrative.measure.events import Events

# Sum of squared weights below which nothing is left: 330 half-lives. Subnormal sums would stop decaying.
FORGOTTEN = 1e-200


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a series or factor was computed with; recorded with every exported row.

    `half_life` and `expiry_sessions` in sessions, `cutoff_minutes` before the close, `weights` by outlet.
    Raises UsageError for values that make no sense.
    """

    half_life: float = 5.0
    prior_weight: float = 1.0
    cutoff_minutes: int = 0
    expiry_sessions: int = EXPIRY_SESSIONS
    z_min: int = 20
    weights: tuple[tuple[str, float], ...] = field(default=())

    def __post_init__(self) -> None:
        for name, fits, wanted in (
            ("half_life", math.isfinite(self.half_life) and self.half_life > 0, "more than 0"),
            ("prior_weight", math.isfinite(self.prior_weight) and self.prior_weight >= 0, "0 or more"),
            ("cutoff_minutes", 0 <= self.cutoff_minutes < 200, "0 to 199, so that half days keep a session"),
            ("expiry_sessions", self.expiry_sessions >= 1, "1 or more"),
            ("z_min", self.z_min >= 2, "2 or more"),
        ):
            if not fits:
                raise UsageError(f"{name} is {getattr(self, name)}; it must be {wanted}")

    @property
    def rho(self) -> float:
        """What one session leaves of a weight."""
        return float(0.5 ** (1 / self.half_life))


class Flow(NamedTuple):
    """The flow of one session and its decayed sums; `value` is None while no event carries weight."""

    value: float | None
    z: float | None
    w_sum: float
    support_sum: float  # sum(w x), the numerator
    n_eff: float  # (sum w)^2 / sum w^2
    dispersion: float | None  # standard deviation of x under the weights w
    in_sample: float  # share of the weight from events the model may have been trained on
    backfilled: float  # share of the weight from events entered after the fact
    trusted: bool  # whether there is weight from events whose print date was taken on trust


def flows(events: Events, last: int, parameters: Parameters) -> dict[int, Flow]:
    """Return the flow of every session position from the first event's to `last`, events after it unseen.

    The weight an event brings at its availability is already aged from its publication; then sums decay by
    x_t = rho * x_{t-1} + new_t, sums of squared weights by rho^2.
    """
    found: dict[int, Flow] = {}
    if not len(events):
        return found
    rho, columns = parameters.rho, _columns(events, parameters.rho)
    factors = (rho, rho, rho, rho * rho, rho, rho, rho * rho)
    first = int(events.session[0])
    bounds = events.session.searchsorted(range(first, last + 2)).tolist()
    sums: tuple[float, ...] = (0.0,) * 7
    running = _Moments()
    for position, (start, stop) in enumerate(pairwise(bounds), first):
        # One after the other, in the order of events, so that a sum is the same to its last digit.
        sums = tuple(
            reduce(add, column[start:stop], value * factor)
            for column, value, factor in zip(columns, sums, factors, strict=True)
        )
        flow = _flow(sums, parameters.prior_weight)
        found[position] = flow._replace(z=running.z(flow.value, parameters.z_min))
    return found


def _columns(events: Events, rho: float) -> tuple[list[float], ...]:
    """Return w, w x, w x^2, w^2, w in sample, w backfilled and w^2 with a date taken on trust of each event."""
    ages = (events.session - events.published).tolist()
    left = {age: rho**age for age in set(ages)}
    w, x = events.weight * [left[age] for age in ages], events.support
    ww = w * w
    marked = (w * events.in_sample, w * events.backfilled, ww * events.trusted)
    found = [column.tolist() for column in (w, w * x, w * x * x, ww)]
    return (
        *found,
        *(column.tolist() if column.any() else [] for column in marked),
    )  # nothing marked adds nothing


def _flow(sums: tuple[float, ...], prior_weight: float) -> Flow:
    w_sum, wx, wxx, ww, inside, filled, trusted = sums
    if ww < FORGOTTEN:
        return Flow(None, None, 0.0, 0.0, 0.0, None, 0.0, 0.0, trusted=False)
    mean = wx / w_sum
    spread = math.sqrt(max(wxx / w_sum - mean * mean, 0.0))
    return Flow(
        value=wx / (w_sum + prior_weight),
        z=None,
        w_sum=w_sum,
        support_sum=wx,
        n_eff=w_sum * w_sum / ww,
        dispersion=spread,
        in_sample=inside / w_sum,
        backfilled=filled / w_sum,
        trusted=trusted >= FORGOTTEN,
    )


class _Moments:
    """Expanding mean and standard deviation (ddof 1) by Welford's update, missing values left out."""

    def __init__(self) -> None:
        self._n, self._mean, self._squares = 0, 0.0, 0.0

    def z(self, value: float | None, minimum: int) -> float | None:
        """Take in a value and return its z-score; None when it, history or variation is missing."""
        if value is None:
            return None
        self._n += 1
        step = value - self._mean
        self._mean += step / self._n
        self._squares += step * (value - self._mean)
        if self._n < minimum:
            return None
        deviation = math.sqrt(self._squares / (self._n - 1))
        return (value - self._mean) / deviation if deviation > 1e-12 else None
