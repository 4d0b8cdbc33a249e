"""Stock, flow and counts at a list of cut-offs: the one computation under both the series and the factor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from narrative.measure.events import Event, events, in_order
from narrative.measure.flow import Flow, Parameters, flows
from narrative.measure.interval import net_intervals
from narrative.measure.judged import Judged
from narrative.measure.net import Net, nets
from narrative.measure.sessions import Sessions
from narrative.measure.timing import dated

Flag = Literal["ok", "thin", "none"]

THIN = 5.0  # effective number below which a value is shown and flagged
NO_FLOW = Flow(None, None, 0.0, 0.0, 0.0, None, 0.0, 0.0, trusted=False)


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known at one cut-off, and what was new since the one before it.

    `low` and `high` are the 95 % interval of net, None with it. `n_known` counts events up to the cut-off,
    `n_new` and `n_stories` the events since the cut-off before and the stories they came in; `models` are
    those that judged the known events.
    """

    net: Net
    low: float | None
    high: float | None
    flow: Flow
    n_known: int
    n_new: int
    n_stories: int
    models: tuple[str, ...]


def moments(
    entries: Iterable[Judged],
    legs: Mapping[str, int],
    sessions: Sessions,
    periods: Sequence[tuple[int, int]],
    parameters: Parameters,
    *,
    undated: bool,
    listed: bool = True,
) -> list[Moment]:
    """Return the moment at the end of each period.

    A period is a first and a last session position; periods ascend and do not overlap. `undated` lets rows of
    unknown publication into net and the counts of new events; they never enter the flow. Net names its views
    where they are to be `listed`.
    """
    if not periods:
        return []
    counted = [entry for entry in entries if entry.counted and entry.target in legs]
    dated_rows = [entry for entry in counted if dated(entry)]
    rows = counted if undated else dated_rows
    cutoff, weights = parameters.cutoff_minutes, dict(parameters.weights)
    dated_events = events(dated_rows, legs, sessions, cutoff_minutes=cutoff, weights=weights)
    seen = dated_events
    if undated and len(rows) > len(dated_rows):
        # The events that rows without a date change or add; all others are those there are.
        also = {(entry.voice, entry.story) for entry in rows if not dated(entry)}
        changed = [entry for entry in rows if (entry.voice, entry.story) in also]
        kept = (event for event in dated_events if (event.voice, event.story) not in also)
        made = events(changed, legs, sessions, cutoff_minutes=cutoff, weights=weights)
        seen = in_order((*kept, *made))
    table = flows(dated_events, periods[-1][1], parameters)
    ends = [last for _, last in periods]
    expiry = parameters.expiry_sessions
    stock = nets(rows, legs, sessions, ends, cutoff_minutes=cutoff, expiry_sessions=expiry, listed=listed)
    voiced = [net.counts for net in stock if net.value is not None]
    bounds = iter(net_intervals(voiced))
    found = []
    for net, last, tally in zip(stock, ends, _tallies(seen, periods), strict=True):
        low, high = next(bounds) if net.value is not None else (None, None)
        found.append(Moment(net, low, high, table.get(last, NO_FLOW), *tally))
    return found


def flag(value: float | None, n_eff: float) -> Flag:
    """Return `none` for a missing value, `thin` below five effective voices or events, else `ok`."""
    if value is None:
        return "none"
    return "thin" if n_eff < THIN - 1e-9 else "ok"


def missing(moment: Moment) -> str | None:
    """Return why there is no net at this moment, or None when there is one."""
    if moment.net.value is not None:
        return None
    return "every view has expired" if moment.n_known else "no counted view yet"


def _tallies(
    seen: Sequence[Event], periods: Sequence[tuple[int, int]]
) -> Iterable[tuple[int, int, int, tuple[str, ...]]]:
    """Yield events known, new events, their stories and the models for each period; `seen` is in order."""
    done = 0
    models: set[str] = set()
    for first, last in periods:
        stories: set[str] = set()
        n_new = 0
        while done < len(seen) and seen[done].session <= last:
            models.add(seen[done].model)
            if seen[done].session >= first:
                n_new += 1
                stories.add(seen[done].story)
            done += 1
        yield done, n_new, len(stories), tuple(sorted(models))
