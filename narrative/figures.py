"""Opens one figure of a series: the point, the rows that it was computed from, and the arithmetic done again on them.

Stock figures (net, its interval, the camps) come from views that stand; flow figures come from events, one a voice and
story, with a weight that halves with age. Both are taken here from the same functions as the series itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from math import fsum, sqrt

from narrative.ledger import Ledger
from narrative.measure.events import Event, events
from narrative.measure.flow import Parameters, flows
from narrative.measure.series import Frequency
from narrative.measure.sessions import Sessions, load_sessions
from narrative.measure.timing import dated
from narrative.targets import load_narrative
from narrative.tell.figures import Behind, History, Weighed, find_point, parse_reference, render_figure
from narrative.tell.figures_data import render_figure_json
from narrative.terms import Entry, Point


def why_figure(
    ledger: Ledger,
    what: str,
    points: Sequence[Point],
    *,
    width: int = 80,
    color: bool = False,
    as_json: bool = False,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> str:
    """Return the rows and the formula behind a figure such as `rotation@2026-W03:net`, as text or JSON, given its series.

    Raises UsageError for a figure that cannot be read or is not there.
    """
    reference = parse_reference(what)
    story = load_narrative(reference.narrative)
    point = find_point(reference, points)
    limit = point.end if as_of is None else min(point.end, as_of)
    entries = ledger.entries(targets=story.legs, as_of=limit, known_at=known_at)
    behind = _behind(point, entries, story.legs)
    if as_json:
        return render_figure_json(reference, point, entries, story.legs, behind=behind)
    wanted = {*point.views, *(view for row in behind.events for view in row.views)}
    short = ledger.shorten(sorted(wanted), known_at=known_at)
    return render_figure(
        reference, point, entries, story.legs, behind=behind, width=width, color=color, short=short
    )


def frequency_of(what: str) -> Frequency:
    """Return whether a figure is one of a week, a session or a month, by its label."""
    label = parse_reference(what).label
    return "week" if "W" in label else "session" if len(label) == 10 else "month"


def _behind(point: Point, entries: Sequence[Entry], legs: Mapping[str, int]) -> Behind:
    """Return the events that were known at the cut-off of a point, and the flow of the sessions until then."""
    sessions, parameters = load_sessions(), Parameters()
    last = sessions.position_of(point.end) - 1
    first = _first(point.label, last, sessions)
    names = {str(entry.voice): entry for entry in entries if entry.voice is not None}
    seen = events(entries, legs, sessions)
    counted = events([entry for entry in entries if dated(entry)], legs, sessions)
    table = flows(counted, last, parameters)
    return Behind(
        events=_heaviest(
            _weighed(event, last, parameters, names) for event in counted if event.session <= last
        ),
        new=_heaviest(
            _weighed(event, last, parameters, names) for event in seen if first <= event.session <= last
        ),
        prior=parameters.prior_weight,
        half_life=parameters.half_life,
        history=_history([flow.value for _, flow in sorted(table.items()) if flow.value is not None]),
        z_min=parameters.z_min,
    )


def _heaviest(rows: Iterable[Weighed]) -> tuple[Weighed, ...]:
    """Return events by what they put in, the most first."""
    return tuple(sorted(rows, key=lambda row: (-abs(row.weight * row.support), row.views)))


def _weighed(event: Event, last: int, parameters: Parameters, names: Mapping[str, Entry]) -> Weighed:
    """Return an event with the weight that is left of it at a session."""
    return Weighed(
        entry=names[event.voice],
        support=event.support,
        weight=event.weight * parameters.rho ** (last - event.published),
        age=last - event.published,
        views=event.views,
        story=event.story,
    )


def _first(label: str, last: int, sessions: Sessions) -> int:
    """Return the place of the first session of the period with this label that ends with the session at `last`."""
    named = Sessions.week_of if "W" in label else date.isoformat if len(label) == 10 else Sessions.month_of
    first = last
    while first > 0 and named(sessions.labels[first - 1]) == label:
        first -= 1
    return first


def _history(values: Sequence[float]) -> History:
    """Return mean and standard deviation (ddof 1) of the flow until now."""
    n = len(values)
    if n < 2:
        return History(n, None, None)
    mean = fsum(values) / n
    return History(n, mean, sqrt(fsum((value - mean) ** 2 for value in values) / (n - 1)))
