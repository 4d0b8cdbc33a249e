"""Stock, flow and counts at a list of cut-offs: the one computation under both the series and the factor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from narrative.measure.columns import columns_of
from narrative.measure.counted import Calendar, counted, distinct
from narrative.measure.events import Arrivals, arrivals_of, events_of
from narrative.measure.flow import Flow, Parameters, flows
from narrative.measure.interval import net_intervals
from narrative.measure.judged import Judged
from narrative.measure.net import Net, nets_of
from narrative.measure.sessions import Sessions

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
    views = counted(columns_of(entries), legs)
    calendar, weights = Calendar(sessions, parameters.cutoff_minutes), dict(parameters.weights)
    dated = views.only(views.dated)
    dated_events = events_of(dated, calendar, weights)
    rows = views if undated else dated
    seen = arrivals_of(rows, calendar) if len(rows) > len(dated) else dated_events
    table = flows(dated_events, periods[-1][1], parameters)
    ends = [last for _, last in periods]
    stock = nets_of(rows, calendar, ends, parameters.expiry_sessions, listed=listed)
    bounds = iter(net_intervals([net.counts for net in stock if net.value is not None]))
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
    seen: Arrivals, periods: Sequence[tuple[int, int]]
) -> Iterable[tuple[int, int, int, tuple[str, ...]]]:
    """Yield events known, new events, their stories and the models for each period."""
    firsts, lasts = (np.array(side, dtype=np.int64) for side in zip(*periods, strict=True))
    known = np.searchsorted(seen.session, lasts, side="right")
    new = known - np.searchsorted(seen.session, firsts)
    period = np.searchsorted(lasts, seen.session)
    within = period < len(lasts)
    within[within] = seen.session[within] >= firsts[period[within]]
    wide = int(seen.story.max(initial=0)) + 1
    pairs = distinct(period[within] * wide + seen.story[within])
    stories = np.bincount(pairs // wide, minlength=len(periods))
    since = {
        seen.models[code]: int(place)
        for code, place in zip(*np.unique(seen.model, return_index=True), strict=True)
    }
    for n_known, n_new, n_stories in zip(known.tolist(), new.tolist(), stories.tolist(), strict=True):
        yield (
            n_known,
            n_new,
            n_stories,
            tuple(sorted(model for model, place in since.items() if place < n_known)),
        )
