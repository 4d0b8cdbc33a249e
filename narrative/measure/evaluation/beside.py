"""An outside series set beside the narrative's own: whether the net moves with what others measure.

This validates the reading, it forecasts nothing: each outside day is compared with the session it falls on, else the
next one. Two slow series correlate by chance, so p is by circular shift, and changes stand beside levels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import rankdata

from narrative.measure.evaluation.ic import circular_shift_p
from narrative.measure.evaluation.panel import Value
from narrative.measure.outside_series import read_revisions
from narrative.measure.sessions import Sessions

FEWEST = 8  # pairs below which nothing is compared
NEAR = timedelta(days=6)  # a weekly survey's day may be a holiday; further away it is another week


@dataclass(frozen=True, slots=True)
class Agreement:
    """How one of our series agrees with an outside one over `n` days from the first to the last of `span`.

    `levels` is (rank correlation, p), `changes` the same of the changes from one such day to the next; None: too few.
    """

    ours: str
    n: int
    span: tuple[date, date] | None
    levels: tuple[float, float] | None
    changes: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Outside:
    """An outside series by day, and what it is called."""

    name: str
    values: Mapping[date, float]


def read_outside(path: Path, *, day: str, value: str, known: date) -> Outside:
    """Return the series in the columns `day` and `value` of a CSV file that is read on day `known`.

    Raises UsageError and NarrativeError as `read_revisions` does: for columns that are not there, lines that cannot be
    right, and a column with one number in all rows, which was computed over all of history and written to each day of it.
    """
    series = read_revisions(path, value=value, day=day, vintage=None, known=known)
    return Outside(f"{value} of {path.name}", series.as_of(known))


def agreements(values: Sequence[Value], outside: Outside, sessions: Sessions) -> tuple[Agreement, Agreement]:
    """Return how the net and the factor (the flow) of a narrative agree with an outside series."""
    nets = {one.session: one.net for one in values if one.net is not None}
    flows = {one.session: one.value for one in values if one.value is not None}
    placed = _placed(outside, sessions)
    return _agreement("net", nets, placed), _agreement("factor", flows, placed)


def _placed(outside: Outside, sessions: Sessions) -> dict[date, float]:
    """Return the outside values by session: each day's own, else the next one; of several days the last stands."""
    found = {}
    for day in sorted(outside.values):
        if not sessions.first <= day <= sessions.last:
            continue
        place = sessions.last_until(day - timedelta(days=1)) + 1
        if place < len(sessions.labels) and sessions.labels[place] - day <= NEAR:
            found[sessions.labels[place]] = outside.values[day]
    return found


def _agreement(name: str, ours: Mapping[date, float], theirs: Mapping[date, float]) -> Agreement:
    days = sorted(ours.keys() & theirs.keys())
    x, y = np.array([ours[day] for day in days]), np.array([theirs[day] for day in days])
    span = (days[0], days[-1]) if days else None
    return Agreement(name, len(days), span, _correlation(x, y), _correlation(np.diff(x), np.diff(y)))


def _correlation(x: Any, y: Any) -> tuple[float, float] | None:
    if len(x) < FEWEST or not (np.ptp(x) > 0 and np.ptp(y) > 0):
        return None
    ranks = rankdata(x), rankdata(y)
    return float(np.corrcoef(*ranks)[0, 1]), circular_shift_p(*ranks)
