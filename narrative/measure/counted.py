"""The views that count on a narrative's legs, with all that net and flow need of each worked out at once.

The rules are those of `timing`, `stance` and `sessions`, applied to arrays. What is equal in all that an order goes by is
told apart by its text, so that no result depends on the order in which rows came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Any

import numpy as np

from narrative.measure.columns import DAY, INSTANT, day_of, instant_of, microseconds
from narrative.measure.judged import Columnar
from narrative.measure.sessions import Sessions
from narrative.measure.timing import CLOCK_SKEW, end_of_day

_MICROSECOND = timedelta(microseconds=1)
_A_DAY = timedelta(days=1) // _MICROSECOND
_SKEW = CLOCK_SKEW // _MICROSECOND
_EASTERNMOST = timedelta(hours=14) // _MICROSECOND


@dataclass(frozen=True, slots=True)
class Counted:
    """Counted views on legs: `rows` are their places in `all`, the other fields one value for each of them.

    `counts` and `said` are the instants from which a view counts and ages, `sign` that of its leg, `dated` whether it may
    enter a flow.
    """

    all: Columnar
    rows: Any
    counts: Any
    said: Any
    sign: Any
    dated: Any

    def only(self, kept: Any) -> Counted:
        """Return those that a mask keeps."""
        fields = (self.rows, self.counts, self.said, self.sign, self.dated)
        return Counted(self.all, *(field[kept] for field in fields))

    def of(self, name: str) -> Any:
        """Return a field of `all` for these views."""
        return getattr(self.all, name)[self.rows]

    def __len__(self) -> int:
        return len(self.rows)


def counted(views: Columnar, legs: Mapping[str, int]) -> Counted:
    """Return the views that count, have a voice and are on a leg {target: sign}."""
    signs = np.array([legs.get(target, 0) for target in views.targets] or [0], dtype=np.int64)
    on_leg = np.array([target in legs for target in views.targets] or [False], dtype=bool)
    rows = np.flatnonzero(views.counted & (views.voice >= 0) & on_leg[views.target])
    published, precision = views.published[rows], views.precision[rows]
    available, undated = views.available_at[rows], views.undated[rows]
    days = precision == DAY
    claimed = np.where(precision == INSTANT, published, available)
    claimed[days] = _ends(published[days])
    early = np.where(days, published <= (available + _EASTERNMOST) // _A_DAY, published <= available + _SKEW)
    dated = ~undated & (precision > 0) & early
    ahead = (precision == INSTANT) & (published > available) & dated
    return Counted(
        views,
        rows,
        counts=np.where(ahead, published, available),
        said=np.where(undated, available, np.minimum(claimed, available)),
        sign=signs[views.target[rows]],
        dated=dated,
    )


def _ends(days: Any) -> Any:
    """Return the last seconds in New York of some days."""
    unique, back = np.unique(days, return_inverse=True)
    ends = np.array([microseconds(end_of_day(day_of(day))) for day in unique], dtype=np.int64)
    return ends[back.reshape(-1)]


class Calendar:
    """A table of sessions with a cut-off, for instants by the array."""

    def __init__(self, sessions: Sessions, cutoff_minutes: int = 0) -> None:
        self.sessions = sessions
        self.cutoff_minutes = cutoff_minutes
        self._begins = microseconds(datetime.combine(sessions.first.replace(day=1), time(), UTC))
        cutoffs = _closes(sessions) - timedelta(minutes=cutoff_minutes) // _MICROSECOND
        days = cutoffs // _A_DAY
        self._first_day = days[0]
        self._before = np.searchsorted(days, np.arange(days[0], days[-1] + 2))  # cut-offs before each day
        self._in_a_day = int(np.diff(self._before).max())
        self._cutoffs = np.append(cutoffs, np.iinfo(np.int64).max)

    def places(self, instants: Any) -> Any:
        """Return what `Sessions.position_of` says of each instant. Raises NarrativeError as it does.

        The day is a place in a table, which a search for the instant among all cut-offs takes ten times as long to find.
        """
        day = instants // _A_DAY - self._first_day
        found = self._before[day.clip(0, len(self._before) - 1)]
        for _ in range(self._in_a_day):
            found += self._cutoffs[found] <= instants
        for odd in instants[(found == len(self.sessions.labels)) | (instants < self._begins)]:
            self.sessions.position_of(instant_of(odd), self.cutoff_minutes)
        return found


@lru_cache(maxsize=4)
def _closes(sessions: Sessions) -> Any:
    return np.array([microseconds(sessions.cutoff(label)) for label in sessions.labels], dtype=np.int64)


def distinct(numbers: Any) -> Any:
    """Return the numbers that occur, in order: what `numpy.unique` gives, which hashes and is slower at it."""
    ranked = np.sort(numbers)
    return ranked[np.append(True, ranked[1:] != ranked[:-1])[: len(ranked)]]


def lexical(keys: Sequence[Any]) -> Any:
    """Return the places in the order of several keys, the first deciding first; what ties stays as it came.

    It is what `numpy.lexsort` gives, of the keys the other way round: as many of them as one number holds, whole or their
    greater part, are sorted in one pass, and only what ties in these by all of them.
    """
    return _ordered(keys)[0]


def order(keys: Sequence[Any], codes: Any, texts: Sequence[str]) -> Any:
    """Return the places in the order of several keys, the first deciding first; what ties, by its text.

    `codes` are places in `texts`; texts are compared where the keys leave something open, which is rare.
    """
    found, level = _ordered(keys)
    if not (codes[found[level + 1]] != codes[found[level]]).any():
        return found  # no text is needed
    tied = _either(level, len(found))
    begins = np.ones(len(found), dtype=bool)
    begins[level + 1] = False
    rows = found[tied]
    words = [texts[code] for code in codes[rows].tolist()]
    ranked = sorted(zip(np.cumsum(begins)[tied].tolist(), words, rows.tolist(), strict=True))
    found[tied] = [row for _, _, row in ranked]
    return found


def _ordered(keys: Sequence[Any]) -> tuple[Any, Any]:
    """Return what `lexical` does, and where in it a place has the keys of the one after it."""
    packed = _packed(keys)
    found = np.argsort(packed)
    ranked = packed[found]
    level = np.flatnonzero(ranked[1:] == ranked[:-1])
    if not len(level):
        return found, level
    tied = _either(level, len(found))
    rows = np.sort(found[tied])
    found[tied] = rows[np.lexsort([key[rows] for key in reversed(keys)])]
    for key in keys:
        level = level[key[found[level + 1]] == key[found[level]]]
    return found, level


def _either(level: Any, size: int) -> Any:
    """Return places and those after them, in order."""
    tied = np.zeros(size, dtype=bool)
    tied[level] = tied[level + 1] = True
    return np.flatnonzero(tied)


def _packed(keys: Sequence[Any]) -> Any:
    """Return whole numbers in whose order the keys are, but for what these leave equal."""
    packed = np.zeros(len(keys[0]), dtype=np.int64)
    left = 63
    for key in keys:
        if not len(key) or key.dtype.kind not in "bi":
            break
        values = key.astype(np.int64)
        values -= values.min()
        wide = int(values.max()).bit_length()
        taken = min(wide, left)
        packed = (packed << taken) | (values >> (wide - taken))
        left -= taken
        if taken < wide:
            break
    return packed
