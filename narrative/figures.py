"""Opens one figure of a series: the point, the rows that it was computed from, and the arithmetic done again on them.

Stock figures (net, its interval, the camps) come from views that stand; flow figures come from events, one a voice and
story, with a weight that halves with age. Both are taken here from the same functions as the series itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from math import fsum, sqrt

from narrative.ledger import Ledger
from narrative.measure.events import Events, events
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
    sure = [entry for entry in entries if dated(entry)]
    seen, counted = events(entries, legs, sessions), events(sure, legs, sessions)
    table = flows(counted, last, parameters)
    return Behind(
        events=_heaviest(_weighed(counted, sure, 0, last, parameters)),
        new=_heaviest(_weighed(seen, entries, first, last, parameters)),
        prior=parameters.prior_weight,
        half_life=parameters.half_life,
        history=_history([flow.value for _, flow in sorted(table.items()) if flow.value is not None]),
        z_min=parameters.z_min,
    )


def _heaviest(rows: Iterable[Weighed]) -> tuple[Weighed, ...]:
    """Return events by what they put in, the most first."""
    return tuple(sorted(rows, key=lambda row: (-abs(row.weight * row.support), row.views)))


def _weighed(
    found: Events, entries: Sequence[Entry], first: int, last: int, parameters: Parameters
) -> Iterator[Weighed]:
    """Yield the events of some sessions, the last included, with the weight that is left of them at the last one."""
    for place in range(len(found)):
        if first <= found.session[place] <= last:
            views = [entries[row] for row in found.rows[found.starts[place] : found.ends[place]]]
            entry = min(views, key=lambda view: view.view)
            age = last - int(found.published[place])
            yield Weighed(
                entry=entry,
                support=float(found.support[place]),
                weight=float(found.weight[place]) * parameters.rho**age,
                age=age,
                views=tuple(sorted(view.view for view in views)),
                story=entry.story,
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
