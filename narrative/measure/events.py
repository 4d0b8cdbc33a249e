"""Events: what the flow is made of. One event is one voice in one story.

An event counts from its availability and ages from its publication. The first copy that was known stands:
what a story adds later, or a copy found later with an earlier date, changes nothing that was computed
before. Views from outside are pages of one row each: those of a story that became available at the same instant stand together.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from narrative.errors import UsageError
from narrative.measure.judged import Judged
from narrative.measure.sessions import Places, Sessions
from narrative.measure.support import support
from narrative.measure.timing import counts_from, dated, said_at


class Event(NamedTuple):
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
    trusted: bool
    views: tuple[str, ...]


def usable(entry: Judged) -> bool:
    """Whether a row may enter a factor or a track record: it counts and is dated."""
    return entry.counted and dated(entry)


def events(
    entries: Iterable[Judged],
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
    groups: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    for entry in entries:
        if entry.voice is not None and entry.counted and entry.target in legs:
            groups[entry.voice, entry.story].append(entry)
    places = Places(sessions, cutoff_minutes)
    return in_order(_event(_first_page(group), legs, places, weights) for group in groups.values())


def in_order(found: Iterable[Event]) -> tuple[Event, ...]:
    """Return events by session, voice and story."""
    return tuple(sorted(found, key=lambda event: (event.session, event.voice, event.story)))


def _first_page(group: list[Judged]) -> list[Judged]:
    """Return the rows of the page by which a story was first known to carry a voice."""
    if len(group) == 1:
        return group
    available, article = min((counts_from(entry), entry.article) for entry in group)
    return [e for e in group if counts_from(e) == available and (e.article == article or e.imported)]


def _event(
    page: list[Judged], legs: Mapping[str, int], places: Places, weights: Mapping[str, float]
) -> Event:
    if len(page) == 1:
        return _event_of_one(page[0], legs, places, weights)
    first = min(page, key=lambda entry: entry.view)
    session = places.of(counts_from(first))
    return Event(
        voice=str(first.voice),
        story=first.story,
        support=_mean_support(page, legs),
        weight=float(weights.get(first.outlet, 1.0)) * max(entry.weight for entry in page),
        session=session,
        published=min(places.of(min(map(said_at, page))), session),
        model=first.model,
        in_sample=any(entry.in_sample for entry in page),
        backfilled=any(entry.backfilled for entry in page),
        trusted=any(entry.trusted for entry in page),
        views=tuple(sorted(entry.view for entry in page)),
    )


def _event_of_one(
    entry: Judged, legs: Mapping[str, int], places: Places, weights: Mapping[str, float]
) -> Event:
    """Return what most events are: one view of a voice in a story; the same by fewer steps."""
    score = entry.bullish - entry.bearish if legs[entry.target] > 0 else entry.bearish - entry.bullish
    weight, session = entry.weight, places.of(counts_from(entry))
    return Event(
        str(entry.voice),
        entry.story,
        score if weight in (0.0, 1.0) else weight * score / weight,
        float(weights.get(entry.outlet, 1.0)) * weight,
        session,
        min(places.of(said_at(entry)), session),
        entry.model,
        entry.in_sample,
        entry.backfilled,
        entry.trusted,
        (entry.view,),
    )


def _mean_support(page: list[Judged], legs: Mapping[str, int]) -> float:
    """Mean over the statements of one page under their weights; each row here is on a leg, so each has a support."""
    statements: dict[str, list[Judged]] = defaultdict(list)
    for entry in page:
        statements[entry.statement].append(entry)
    said = [
        (views[0].weight, value)
        for views in statements.values()
        if (value := support(views, legs)) is not None
    ]
    total = math.fsum(weight for weight, _ in said)
    if not total:
        return math.fsum(value for _, value in said) / len(said)
    return math.fsum(weight * value for weight, value in said) / total
