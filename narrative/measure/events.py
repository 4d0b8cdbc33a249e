"""Events: what the flow is made of. One event is one voice in one story.

An event counts from its availability and ages from its publication. The first copy that was known stands:
what a story adds later, or a copy found later with an earlier date, changes nothing that was computed
before.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from narrative.errors import UsageError
from narrative.measure.sessions import Sessions
from narrative.measure.support import support
from narrative.measure.timing import counts_from, dated, said_at
from narrative.terms import Entry


@dataclass(frozen=True, slots=True)
class Event:
    """One voice in one story. `session` and `published` are positions in the session table.

    `support` is the mean over the voice's statements there of their support for the narrative, in [-1, 1];
    `published` is never after `session`.
    """

    voice: str
    story: str
    support: float
    weight: float
    session: int
    published: int
    model: str
    in_sample: bool
    backfilled: bool
    views: tuple[str, ...]


def usable(entry: Entry) -> bool:
    """Whether a row may enter a factor or a track record: it counts and is dated."""
    return entry.counted and dated(entry)


def events(
    entries: Iterable[Entry],
    legs: Mapping[str, int],
    sessions: Sessions,
    *,
    cutoff_minutes: int = 0,
    weights: Mapping[str, float] | None = None,
) -> tuple[Event, ...]:
    """Return the events of the counted rows on the legs, by session, voice and story.

    `weights` maps outlets to weights, 1 for those not named. Raises UsageError for a weight that is
    negative or not a number.
    """
    weights = weights or {}
    for outlet, weight in weights.items():
        if not (math.isfinite(weight) and weight >= 0):
            raise UsageError(f"the weight of {outlet} must be zero or more, not {weight}")
    groups: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.voice is not None and entry.counted and entry.target in legs:
            groups[entry.voice, entry.story].append(entry)
    found = [_event(group, legs, sessions, cutoff_minutes, weights) for group in groups.values()]
    return tuple(sorted(found, key=lambda event: (event.session, event.voice, event.story)))


def _event(
    group: list[Entry],
    legs: Mapping[str, int],
    sessions: Sessions,
    cutoff_minutes: int,
    weights: Mapping[str, float],
) -> Event:
    available, article = min((counts_from(entry), entry.article) for entry in group)
    page = [entry for entry in group if entry.article == article and counts_from(entry) == available]
    first = min(page, key=lambda entry: entry.view)
    session = sessions.position_of(available, cutoff_minutes)
    return Event(
        voice=str(first.voice),
        story=first.story,
        support=_mean_support(page, legs),
        weight=float(weights.get(first.outlet, 1.0)),
        session=session,
        published=min(sessions.position_of(said_at(first), cutoff_minutes), session),
        model=first.model,
        in_sample=any(entry.in_sample for entry in page),
        backfilled=any(entry.backfilled for entry in page),
        views=tuple(sorted(entry.view for entry in page)),
    )


def _mean_support(page: list[Entry], legs: Mapping[str, int]) -> float:
    """Mean over the statements of one page; every row here is on a leg, so each statement has a support."""
    statements: dict[str, list[Entry]] = defaultdict(list)
    for entry in page:
        statements[entry.statement].append(entry)
    values = [value for views in statements.values() if (value := support(views, legs)) is not None]
    return math.fsum(values) / len(values)
