"""Factor values beside the returns of a spread, session by session of the trading calendar.

A value is known at the cut-off of its session and can be traded from the close of `tradeable_from`; a forward return
starts at that close, never earlier. A session without prices stays in its place as missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from narrative.errors import NarrativeError
from narrative.measure.returns import Spread
from narrative.measure.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Value:
    """A factor in one session: `value` None is missing.

    `net` is the stock of the same narrative; `in_sample` and `backfilled` are shares of the weight behind the value,
    `thin` says that it rests on too few events.
    """

    session: date
    tradeable_from: date
    value: float | None
    net: float | None = None
    thin: bool = False
    in_sample: float = 0.0
    backfilled: float = 0.0
    trust_dates: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """Arrays over consecutive sessions; a missing number is NaN, a missing place -1.

    `values` has the value known at the cut-off of each session, `starts` the place of its `tradeable_from`; `long` and
    `short` are growths of one unit.
    """

    sessions: tuple[date, ...]
    values: Any
    starts: Any
    long: Any
    short: Any

    def over(self, bases: Any, ends: Any) -> Any:
        """Return the spread's return from the close at each of `bases` to that at each of `ends` (places).

        NaN where a place is outside or a price misses.
        """
        bases, ends = np.broadcast_arrays(bases, ends)
        inside = (bases >= 0) & (ends >= 0) & (bases < len(self.sessions)) & (ends < len(self.sessions))
        b, e = np.where(inside, bases, 0), np.where(inside, ends, 0)
        found = self.long[e] / self.long[b] - self.short[e] / self.short[b]
        return np.where(inside, found, np.nan)

    def forward(self, horizon: int) -> Any:
        """Return, for the value of each session, the spread's return over `horizon` sessions from `tradeable_from`."""
        return self.over(self.starts, np.where(self.starts < 0, -1, self.starts + horizon))

    @property
    def daily(self) -> Any:
        """The spread's return of each session, from the close before to its own."""
        places = np.arange(len(self.sessions))
        return self.over(places - 1, places)

    def paired(self, horizon: int) -> Any:
        """Return the places of the sessions that have a value and a forward return."""
        return np.flatnonzero(np.isfinite(self.values) & np.isfinite(self.forward(horizon)))


def panel(values: Sequence[Value], spread: Spread, sessions: Sessions) -> Panel:
    """Return the values beside the spread, from the first price or value to the last.

    Raises NarrativeError without a value, without prices of both legs, and for a session that is there twice.
    """
    known = {one.session: one for one in values if one.value is not None}
    if not known:
        raise NarrativeError("the factor has no value in any session; there is nothing to evaluate")
    if len({one.session for one in values}) < len(values):
        raise NarrativeError("the factor has a session twice; give each session one row")
    priced = spread.sessions
    if not priced:
        raise NarrativeError(
            "the two legs have no session in common; import prices of the same years for both"
        )
    labels = sessions.between(min(min(known), priced[0]), max(max(known), priced[-1]))
    places = {label: place for place, label in enumerate(labels)}
    missing = float("nan")
    return Panel(
        sessions=labels,
        values=np.array([known[day].value if day in known else missing for day in labels], dtype=float),
        starts=np.array(
            [places.get(known[day].tradeable_from, -1) if day in known else -1 for day in labels]
        ),
        long=np.array([spread.long.get(day, missing) for day in labels], dtype=float),
        short=np.array([spread.short.get(day, missing) for day in labels], dtype=float),
    )


def longest_run(complete: Any) -> slice:
    """Return the longest stretch in which a boolean array is true throughout; an empty one when it never is."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], np.asarray(complete, dtype=int), [0]))))
    begins, ends = edges[::2], edges[1::2]
    if not len(begins):
        return slice(0, 0)
    best = int(np.argmax(ends - begins))
    return slice(int(begins[best]), int(ends[best]))
