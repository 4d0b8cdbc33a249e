"""A narrative through time: net, flow and market spread by session, ISO week or month.

Each point is seen at the cut-off of the last session of its period. A period without a counted view has no
net and says why; it is never zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby
from typing import Literal

from narrative.errors import UsageError
from narrative.measure.flow import Parameters
from narrative.measure.judged import Judged
from narrative.measure.panel import Moment, flag, missing, moments
from narrative.measure.returns import Spread
from narrative.measure.sessions import Sessions
from narrative.terms import Point

Frequency = Literal["session", "week", "month"]

_LABELS: dict[str, Callable[[date], str]] = {
    "session": date.isoformat,
    "week": Sessions.week_of,
    "month": Sessions.month_of,
}
_BEGINS: dict[str, Callable[[date], date]] = {
    "session": lambda day: day,
    "week": lambda day: day - timedelta(days=day.weekday()),
    "month": lambda day: day.replace(day=1),
}


def series(
    entries: Iterable[Judged],
    legs: Mapping[str, int],
    sessions: Sessions,
    *,
    start: date,
    end: date,
    frequency: Frequency = "week",
    spread: Spread | None = None,
    parameters: Parameters | None = None,
) -> tuple[Point, ...]:
    """Return a point for each period with a session from day `start` to day `end`, both included.

    `legs` is {target: +1 or -1}; the interval of net is the 95 % Dirichlet(1/2) one, by quadrature. `n_eff`
    and the flag are about net, `n_new` and `n_stories` about the events of the period. The first period is
    the whole one that `start` lies in, the last one ends at the last session until `end`. Raises UsageError
    for an unknown frequency, NarrativeError for days outside the calendar.
    """
    chosen = parameters or Parameters()
    periods = _periods(sessions, start, end, frequency)
    spans = [(sessions.position(days[0]), sessions.position(days[-1])) for _, days in periods]
    found = moments(entries, legs, sessions, spans, chosen, undated=True)
    ends = [days[-1] for _, days in periods]
    levels = spread.levels(ends) if spread else [None] * len(ends)
    points = []
    for (label, days), moment, level in zip(periods, found, levels, strict=True):
        eve = _eve(days[0], sessions)
        point = _point(label, days[-1], moment, sessions, chosen, level)
        if spread:
            moved, note = spread.over(eve, days[-1]), spread.note(eve, days[-1])
            point = replace(point, spread_return=moved, spread_note=note)
        points.append(point)
    return tuple(points)


def _periods(
    sessions: Sessions, start: date, end: date, frequency: str
) -> list[tuple[str, tuple[date, ...]]]:
    """Return the labels of the periods with their sessions, in order."""
    if frequency not in _LABELS:
        raise UsageError(f"unknown frequency {frequency!r}; known: {', '.join(_LABELS)}")
    days = sessions.between(max(_BEGINS[frequency](start), sessions.first), end)
    return [(label, tuple(group)) for label, group in groupby(days, key=_LABELS[frequency])]


def _eve(session: date, sessions: Sessions) -> date | None:
    """Return the session whose close is the base of the period's return."""
    return None if session == sessions.first else sessions.shift(session, -1)


def _point(
    label: str,
    last: date,
    moment: Moment,
    sessions: Sessions,
    parameters: Parameters,
    level: float | None,
) -> Point:
    net = moment.net
    return Point(
        label=label,
        end=sessions.cutoff(last, parameters.cutoff_minutes),
        net=net.value,
        net_low=moment.low,
        net_high=moment.high,
        flow=moment.flow.value,
        flow_z=moment.flow.z,
        n_bullish=net.n_bullish,
        n_bearish=net.n_bearish,
        n_neutral=net.n_neutral,
        n_new=moment.n_new,
        n_stories=moment.n_stories,
        n_eff=float(net.n_voices),
        spread_level=level,
        flag=flag(net.value, net.n_voices),
        reason=missing(moment),
        views=net.views,
    )
