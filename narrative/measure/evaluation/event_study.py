"""What the spread did around big moves of the factor, set against random sessions of the same months.

A move is the change of the factor over one session, in units of its expanding standard deviation: a move is big or not
by what was known at its own cut-off. Returns are measured from the close of `tradeable_from` and turned so that up means
with the move. An event whose 20 sessions after would overlap those of the last one kept is dropped.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from narrative.measure.evaluation.panel import Panel

THRESHOLD = 2.0  # standard deviations
HISTORY = 60  # moves before the first that can be called big
BEFORE, AFTER = 10, 20  # sessions drawn
FEWEST = 20  # events below which there is a picture and no p
DRAWS = 1000


@dataclass(frozen=True, slots=True)
class EventStudy:
    """Mean cumulated return around events, in the direction of the move, from the close of `tradeable_from` (0).

    `path` is (sessions from that close, mean, low, high), the last two holding 95 % of sets of random sessions of the
    same months. `mean` is the mean at `horizon`, `p` (two-sided) its place among those sets, None below 20 events.
    `overlapping` events were dropped, `unpriced` ones lack a price in their window.
    """

    sessions: tuple[date, ...]
    horizon: int
    overlapping: int
    unpriced: int
    path: tuple[tuple[int, float, float, float], ...]
    mean: float | None
    p: float | None


def event_study(
    panel: Panel, horizon: int, rng: np.random.Generator, *, threshold: float = THRESHOLD, draws: int = DRAWS
) -> EventStudy:
    """Return the event study of a panel; `horizon` in sessions, at most 20, is where its p is taken."""
    offsets = np.arange(-BEFORE, AFTER + 1)
    horizon = min(horizon, AFTER)
    z = moves(panel.values)
    big = np.flatnonzero(np.abs(np.nan_to_num(z)) >= threshold)
    everywhere = np.arange(len(panel.sessions))
    windows = panel.over(everywhere[:, None], everywhere[:, None] + offsets)
    whole = np.isfinite(windows).all(axis=1)
    priced = [place for place in big if panel.starts[place] >= 0 and whole[panel.starts[place]]]
    kept = without_overlap(priced, panel.starts)
    signs = np.sign(z[kept])
    found = windows[panel.starts[kept]] * signs[:, None]
    named = tuple(panel.sessions[place] for place in kept)
    dropped = (len(priced) - len(kept), len(big) - len(priced))
    if not kept:
        return EventStudy((), horizon, *dropped, (), None, None)
    sets = _random_sets(panel, panel.starts[kept], signs, np.where(whole)[0], windows, rng, draws)
    mean, at = found.mean(axis=0), BEFORE + horizon
    bounds = np.quantile(sets, [0.025, 0.975], axis=0)
    return EventStudy(
        named,
        horizon,
        *dropped,
        path=tuple(zip(offsets.tolist(), mean.tolist(), *bounds.tolist(), strict=True)),
        mean=float(mean[at]),
        p=_p(float(mean[at]), sets[:, at]) if len(kept) >= FEWEST else None,
    )


def moves(values: Any, history: int = HISTORY) -> Any:
    """Return the expanding z-score of each session's change (inclusive, ddof 1); NaN before `history` changes.

    A change needs a value in the session and in the one before it.
    """
    changes = np.diff(values, prepend=np.nan)
    known = np.flatnonzero(np.isfinite(changes))
    found = np.full(len(values), np.nan)
    if len(known) < 2:
        return found
    seen = changes[known]
    n = np.arange(1, len(seen) + 1)
    mean = np.cumsum(seen) / n
    squares = np.maximum(np.cumsum(seen**2) - n * mean**2, 0.0)
    deviation = np.sqrt(squares / np.maximum(n - 1, 1))
    usable = (n >= history) & (deviation > 1e-12)
    found[known[usable]] = (seen[usable] - mean[usable]) / deviation[usable]
    return found


def without_overlap(places: list[Any], starts: Any, after: int = AFTER) -> list[Any]:
    """Return the places whose window of `after` sessions begins no earlier than that of the last one kept ends."""
    kept: list[Any] = []
    for place in places:
        if not kept or starts[place] >= starts[kept[-1]] + after:
            kept.append(place)
    return kept


def _random_sets(
    panel: Panel, starts: Any, signs: Any, pool: Any, windows: Any, rng: np.random.Generator, draws: int
) -> Any:
    """Return (draws, offsets): the mean path of sets in which each event is replaced by a session of its month."""
    months: dict[tuple[int, int], list[int]] = defaultdict(list)
    for place in pool:
        months[panel.sessions[place].year, panel.sessions[place].month].append(int(place))
    total = np.zeros((draws, windows.shape[1]))
    for start, sign in zip(starts, signs, strict=True):
        day = panel.sessions[start]
        drawn = rng.choice(np.array(months[day.year, day.month]), size=draws)
        total += sign * windows[drawn]
    return total / len(starts)


def _p(found: float, sets: Any) -> float:
    """Return the share of sets, the events' own included, that lie as far from the sets' mean."""
    distance = np.abs(sets - sets.mean())
    return float((1 + np.sum(distance >= abs(found - sets.mean()))) / (1 + len(sets)))
