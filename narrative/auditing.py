"""Random figures computed again from what was known at their time: joins ledger -> measure, beside the API.

A cell is one session of a narrative. Its point of the series and its row of the factor come from all rows of the ledger;
the audit cuts away everything that could be read only after the session, computes both again, exactly the same, and then
net and flow a third time by their plain definitions. A published row is computed again from what this ledger knew then.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, timedelta
from math import isclose
from typing import Any, NamedTuple

from narrative import api
from narrative.clock import Clock, SystemClock
from narrative.errors import NarrativeError
from narrative.ledger import Ledger, columns
from narrative.measure.factor import FactorRow, factor
from narrative.measure.flow import Parameters
from narrative.measure.recount import Recount, recount
from narrative.measure.series import series
from narrative.measure.sessions import load_sessions
from narrative.targets import Narrative, load_narrative
from narrative.targets import narratives as known_narratives
from narrative.terms import Point

Progress = Callable[[str, int, int], None]

TOLERANCE = 1e-9  # between sums in another order
_JUST_BEFORE = timedelta(microseconds=1)
#: fields of a published row that say how it was made, not what was measured
_MADE = {"calendar"}


class Difference(NamedTuple):
    """A figure that did not come out again: where, what it was in the whole, and what it is by itself."""

    where: str
    given: object
    again: object


@dataclass(frozen=True, slots=True)
class Audit:
    """What was computed again. `cells` of `all_cells` sessions, `published` of `all_published` rows, drawn by `seed`."""

    seed: int
    cells: tuple[tuple[str, date], ...]
    all_cells: int
    published: int
    all_published: int
    differences: tuple[Difference, ...]


def audit(
    ledger: Ledger,
    *,
    narratives: Sequence[str] = (),
    cells: int = 20,
    seed: int,
    clock: Clock | None = None,
    progress: Progress | None = None,
) -> Audit:
    """Compute up to `cells` random sessions of the narratives (by default all), and as many published rows, again.

    The same seed draws the same cells from the same ledger. Raises UsageError for an unknown narrative.
    """
    now, dice = (clock or SystemClock()).now(), random.Random(seed)  # noqa: S311 -- a sample, not a secret
    names = narratives or sorted(known_narratives())
    wholes = [whole for name in names if (whole := _whole(ledger, load_narrative(name), now))]
    there = [(whole, label) for whole in wholes for label in whole.points]
    kept = [(name, row) for name in names for row in ledger.published_factor(name)]
    drawn = sorted(dice.sample(range(len(there)), min(cells, len(there))))
    rows = sorted(dice.sample(range(len(kept)), min(cells, len(kept))))
    found: list[Difference] = []
    for done, place in enumerate(drawn):
        if progress:
            progress("cells", done, len(drawn))
        found += _recomputed(ledger, *there[place])
    for done, place in enumerate(rows):
        if progress:
            progress("rows", done, len(rows))
        found += _republished(ledger, *kept[place])
    chosen = tuple((there[place][0].story.name, there[place][1]) for place in drawn)
    return Audit(seed, chosen, len(there), len(rows), len(kept), tuple(found))


# --- series and factor ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Whole:
    """A narrative as everybody sees it: computed in one pass over all rows, without the market beside it."""

    story: Narrative
    now: datetime
    points: Mapping[date, Point]
    rows: Mapping[date, FactorRow]


def _whole(ledger: Ledger, story: Narrative, now: datetime) -> _Whole | None:
    """Return all closed sessions of a narrative as the API gives them, None before there is one."""
    points = api.series(ledger, story.name, frequency="session", as_of=now)
    if not points:
        return None
    bare = (replace(point, spread_return=None, spread_level=None, spread_note="") for point in points)
    rows = api.factor(ledger, story.name, as_of=now)
    return _Whole(story, now, {date.fromisoformat(p.label): p for p in bare}, {row.date: row for row in rows})


def _recomputed(ledger: Ledger, whole: _Whole, session: date) -> Iterator[Difference]:
    """Yield where a session comes out otherwise when nothing after it is known."""
    story, sessions = whole.story, load_sessions()
    cut = sessions.cutoff(session) - _JUST_BEFORE
    known = ledger.entries(targets=story.legs, as_of=cut)
    only: dict[str, Any] = {"start": session, "end": session}
    (once,) = series(known, story.legs, sessions, frequency="session", **only)
    ruled = ledger.ruled_by_hand(story.legs)
    (again,) = factor(known, story.name, story.legs, sessions, computed_at=whole.now, ruled=ruled, **only)
    point, row, where = whole.points[session], whole.rows[session], f"{story.name} {session}"
    yield from _compared(f"{where} series", asdict(point), asdict(once))
    yield from _compared(f"{where} factor", asdict(row), asdict(again))
    plain = recount(known, story.legs, sessions, session, Parameters(), undated=True)
    given = Recount(point.net, int(point.n_eff), point.flow, row.w_sum, row.support_sum, row.n)
    yield from _close(f"{where} series by definition", given, plain)
    plain = recount(known, story.legs, sessions, session, Parameters(), undated=False)
    given = Recount(row.net, row.n_voices, row.factor, row.w_sum, row.support_sum, row.n)
    yield from _close(f"{where} factor by definition", given, plain)


def _compared(where: str, given: Mapping[str, object], again: Mapping[str, object]) -> Iterator[Difference]:
    for name, value in given.items():
        if value != again[name]:
            yield Difference(f"{where}, {name}", value, again[name])


def _close(where: str, given: Recount, again: Recount) -> Iterator[Difference]:
    for name in (field.name for field in fields(Recount)):
        value, other = getattr(given, name), getattr(again, name)
        same = value == other
        if value is not None and other is not None:
            same = isclose(value, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
        if not same:
            yield Difference(f"{where}, {name}", value, other)


# --- published rows ------------------------------------------------------------------------------------------


def _republished(ledger: Ledger, name: str, published: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield where a published row comes out otherwise from what this ledger knew when it was computed."""
    where = f"{name} {published['date']} published {published['computed_at']}"
    try:
        session, at = date.fromisoformat(published["date"]), datetime.fromisoformat(published["computed_at"])
        made = _parameters(published.get("params"))
        story = load_narrative(name)
        known = ledger.entries(targets=story.legs, known_at=at)
        rows: Iterable[FactorRow] = factor(
            known,
            name,
            story.legs,
            load_sessions(),
            start=session,
            end=session,
            computed_at=at,
            parameters=made,
            ruled=ledger.ruled_by_hand(story.legs, known_at=at),
        )
    except (ValueError, TypeError, NarrativeError) as error:
        yield Difference(f"{where}, cannot be computed again", "a row", error)
        return
    again = {key: _plain(value) for row in rows for key, value in asdict(row).items()}
    if not again:
        yield Difference(f"{where}, its session had not closed", "a row", None)
        return
    shared = {key: value for key, value in published.items() if key in again and key not in _MADE}
    yield from _compared(where, shared, again)


def _parameters(text: str | None) -> Parameters:
    """Return the parameters a row was computed with, as its `params` records them."""
    if text is None:
        return Parameters()
    given = json.loads(text)
    weights = tuple(sorted(given.pop("weights", {}).items()))
    return Parameters(**given, weights=weights)


def _plain(value: object) -> object:
    """Return a value as published rows have it: instants and days as ISO text."""
    if isinstance(value, datetime):
        return columns.stamp(value)
    return value.isoformat() if isinstance(value, date) else value
