"""One spread over a window of sessions: each session's return and what they come to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import fsum

from narrative.measure.returns import Spread


@dataclass(frozen=True, slots=True)
class SpreadDay:
    """The total returns of both legs in one session."""

    session: date
    long: float
    short: float

    @property
    def spread(self) -> float:
        """The long leg's return less the short leg's; .01 is a point."""
        return self.long - self.short


@dataclass(frozen=True, slots=True)
class Window:
    """A spread from the close of session `base` on.

    `over` is what the long leg grew by less what the short leg grew by, `total` the sum of the sessions' spreads;
    both 0 without sessions. `note` says where the legs are not measured alike.
    """

    base: date
    days: tuple[SpreadDay, ...]
    over: float
    note: str

    @property
    def total(self) -> float:
        """The sum of the sessions' spreads."""
        return fsum(day.spread for day in self.days)


def window(spread: Spread, first: date | None = None, last: date | None = None) -> Window | None:
    """Return the sessions from day `first` to day `last` in which both legs have a price; None without a base.

    The base is the session before the first of them, and the first one itself where there is none before.
    """
    shared = spread.sessions
    earlier = [day for day in shared if first is not None and day < first]
    inside = [day for day in shared if (first is None or day >= first) and (last is None or day <= last)]
    days = earlier[-1:] + inside
    if not days or not inside:
        return None
    moves = tuple(
        SpreadDay(day, *(leg[day] / leg[before] - 1 for leg in (spread.long, spread.short)))
        for before, day in pairwise(days)
    )
    return Window(days[0], moves, spread.over(days[0], days[-1]) or 0.0, spread.note(days[0], days[-1]))
