"""Who stood when: which view was its voice's standing view on a target in which sessions, for all voices at once.

The same choice as `stance.current` makes one microsecond before every cut-off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

import numpy as np

from narrative.measure.columns import FIRST_DAY, day_of, instant_of
from narrative.measure.counted import Calendar, Counted, distinct, lexical, order
from narrative.measure.horizon import horizon_end
from narrative.measure.sessions import Sessions
from narrative.measure.stance import LONGEST_SESSIONS
from narrative.measure.timing import NEW_YORK

_MICROSECOND = timedelta(microseconds=1)
_A_DAY = timedelta(days=1) // _MICROSECOND
_STRETCH = 14  # days


@dataclass(frozen=True, slots=True)
class Tenures:
    """Terms of standing views, by voice, target name and time: `place` in the counted views, first and last session."""

    place: Any
    first: Any
    last: Any


def tenures(views: Counted, calendar: Calendar, expiry_sessions: int) -> Tenures:
    """Return the sessions in which each view stood; one that never stood is left out.

    Raises NarrativeError for an instant outside the calendar.
    """
    ranked, chain = _ranked(views)
    # Those that were found in this order; one takes over when nobody before it in its chain was said later.
    found = lexical((chain, views.counts[ranked]))
    highest = np.maximum.accumulate(found) if len(found) else found
    takes = np.append(True, highest[1:] > highest[:-1])[: len(found)]
    took = found[takes]
    place, chain = ranked[took], chain[took]
    start = calendar.places(views.counts[place])
    until = np.full(len(took), len(calendar.sessions.labels))
    same = chain[1:] == chain[:-1]
    until[:-1][same] = start[1:][same]
    held = start < until  # else another took over in the same session
    place, start, until = place[held], start[held], until[held]
    last = np.minimum(_last_sessions(views.only(place), calendar, expiry_sessions), until - 1)
    stood = start <= last
    return Tenures(place[stood], start[stood], last[stood])


def _ranked(views: Counted) -> tuple[Any, Any]:
    """Return the places of views by chain (voice, target) and in it by `stance.precedence`, and the chain of each."""
    names = views.all.targets
    position = np.argsort(np.argsort(np.array(names, dtype=object))) if len(names) else np.zeros(1, int)
    chain = views.of("voice") * max(len(names), 1) + position[views.of("target")]
    surest = np.maximum(np.maximum(views.of("bullish"), views.of("bearish")), views.of("neutral"))
    keys = (chain, views.said, views.counts, ~views.of("conditional"), ~views.of("hedged"), surest)
    ranked = order(keys, views.rows, views.all.view)
    return ranked, chain[ranked]


def _last_sessions(views: Counted, calendar: Calendar, expiry_sessions: int) -> Any:
    """Return what `stance.last_session` says of each view."""
    sessions = calendar.sessions
    start = calendar.places(views.said)
    horizon = views.of("horizon")
    stated = np.full(len(views), -1)
    named = np.flatnonzero(horizon >= 0)
    pairs = _days(views.said[named]) * max(len(views.all.horizons), 1) + horizon[named]
    unique = distinct(pairs)
    ends = np.array([_end(pair, views.all.horizons) for pair in unique.tolist()], dtype=np.int64)
    last = np.where(ends < 0, -1, np.searchsorted(_labels(sessions), ends, side="right") - 1)
    stated[named] = np.where(ends < 0, -1, last.clip(min=0))[np.searchsorted(unique, pairs)]
    longest = np.where(stated < 0, start + expiry_sessions, start + LONGEST_SESSIONS)
    until = np.where(stated < 0, longest, np.maximum(stated, start))
    return np.minimum(np.minimum(longest, until), len(sessions.labels) - 1)


def _end(pair: int, horizons: Sequence[str]) -> int:
    """Return the last day of the period that words name, seen from a day; -1 when they name none ahead."""
    day, words = divmod(pair, len(horizons))
    end = horizon_end(horizons[words], day_of(day))
    return -1 if end is None else end.toordinal() - FIRST_DAY


@lru_cache(maxsize=4)
def _labels(sessions: Sessions) -> Any:
    return np.array([label.toordinal() - FIRST_DAY for label in sessions.labels], dtype=np.int64)


def _days(instants: Any) -> Any:
    """Return the days that instants fall on in New York."""
    days = instants // _A_DAY
    unique = distinct(days)
    begins, ends = _offsets(unique), _offsets(unique + 1)
    place = np.searchsorted(unique, days)
    offset = begins[place]
    changes = (begins != ends)[place]
    offset[changes] = [_offset(instant) for instant in instants[changes].tolist()]
    return (instants + offset) // _A_DAY


def _offsets(days: Any) -> Any:
    """Return how far New York's clock is from UTC when each of some days begins in UTC, in microseconds.

    It changes twice a year, so that a stretch of two weeks with the same clock at both ends has it throughout.
    """
    if not len(days):
        return days
    stretches = np.arange(days.min() // _STRETCH, days.max() // _STRETCH + 2)
    clocks = np.array([_offset(one * _STRETCH * _A_DAY) for one in stretches.tolist()], dtype=np.int64)
    place = days // _STRETCH - stretches[0]
    found = clocks[place]
    open_ = found != clocks[place + 1]
    found[open_] = [_offset(day * _A_DAY) for day in days[open_].tolist()]
    return found


def _offset(instant: int) -> int:
    """Return how far New York's clock is from UTC at an instant, both in microseconds."""
    offset = instant_of(instant).astimezone(NEW_YORK).utcoffset()
    assert offset is not None  # noqa: S101
    return offset // _MICROSECOND
