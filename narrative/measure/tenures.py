"""Who stood when: which view was its voice's standing view on a target in which sessions, for all voices at once.

The same choice as `stance.current` makes one microsecond before every cut-off.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from narrative.measure.columns import day_of
from narrative.measure.counted import Calendar, Counted, order
from narrative.measure.horizon import horizon_end
from narrative.measure.sessions import Sessions
from narrative.measure.stance import LONGEST_SESSIONS
from narrative.measure.timing import NEW_YORK

_SECOND = 1_000_000
_A_DAY = 86_400 * _SECOND


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
    rank = np.arange(len(ranked))
    # Those that were found in this order; one takes over when nobody before it in its chain was said later.
    found = np.lexsort((rank, views.counts[ranked], chain))
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
    unique, back = np.unique(pairs, return_inverse=True)
    stated[named] = np.array([_stated(int(pair), views.all.horizons, sessions) for pair in unique], int)[
        back.reshape(-1)
    ]
    longest = np.where(stated < 0, start + expiry_sessions, start + LONGEST_SESSIONS)
    until = np.where(stated < 0, longest, np.maximum(stated, start))
    return np.minimum(np.minimum(longest, until), len(sessions.labels) - 1)


def _stated(pair: int, horizons: Any, sessions: Sessions) -> int:
    """Return the last session of the period that words name, seen from a day; -1 when they name none ahead."""
    day, words = divmod(pair, len(horizons))
    end = horizon_end(horizons[words], day_of(day))
    return -1 if end is None else max(sessions.last_until(end), 0)


def _days(instants: Any) -> Any:
    """Return the days that instants fall on in New York."""
    days = instants // _A_DAY
    unique, back = np.unique(days, return_inverse=True)
    begins, ends = (np.array([_offset(int(day) + later) for day in unique], np.int64) for later in (0, 1))
    back = back.reshape(-1)
    local = instants + begins[back]
    changes = begins[back] != ends[back]
    exact = [_exact_offset(int(instant)) for instant in instants[changes]]
    local[changes] = instants[changes] + np.array(exact, dtype=np.int64)
    return local // _A_DAY


def _offset(day: int) -> int:
    """Return how far New York's clock is from UTC when a day begins in UTC, in microseconds."""
    return _exact_offset(day * _A_DAY)


def _exact_offset(instant: int) -> int:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)
    offset = moment.astimezone(NEW_YORK).utcoffset()
    assert offset is not None  # noqa: S101
    return offset // timedelta(microseconds=1)
