"""Events: what the flow is made of. One event is one voice in one story.

An event counts from its availability and ages from its publication. The first copy that was known stands:
what a story adds later, or a copy found later with an earlier date, changes nothing that was computed
before. Views from outside are pages of one row each: those of a story that became available at the same instant stand together.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from narrative.errors import UsageError
from narrative.measure.columns import columns_of
from narrative.measure.counted import Calendar, Counted, counted, order
from narrative.measure.judged import Judged
from narrative.measure.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Voices in stories, one numpy array a field, in order of session: positions in the session table.

    `story` and `model` are codes, the latter into `models`.
    """

    session: Any
    story: Any
    model: Any
    models: Sequence[str]

    def __len__(self) -> int:
        return len(self.session)


@dataclass(frozen=True, slots=True)
class Events(Arrivals):
    """The same in order of session, voice and story, with all that a flow is made of.

    `published` is a position too, never after `session`; `support` is the mean over the voice's statements there of their
    support for the narrative, in [-1, 1]. The views of an event are those at `rows[starts:ends]`, places in what was given.
    """

    published: Any
    support: Any
    weight: Any
    in_sample: Any
    backfilled: Any
    trusted: Any
    rows: Any
    starts: Any
    ends: Any


def events(
    entries: Iterable[Judged],
    legs: Mapping[str, int],
    sessions: Sessions,
    *,
    cutoff_minutes: int = 0,
    weights: Mapping[str, float] | None = None,
) -> Events:
    """Return the events of the counted rows on the legs, whether they are dated or not.

    `weights` maps outlets to weights, 1 for those not named. Raises UsageError for a weight that is
    negative or not a number.
    """
    views = counted(columns_of(entries), legs)
    return events_of(views, Calendar(sessions, cutoff_minutes), weights or {})


def events_of(views: Counted, calendar: Calendar, weights: Mapping[str, float]) -> Events:
    """Return the same of views that are counted already."""
    for outlet, weight in weights.items():
        if not (math.isfinite(weight) and weight >= 0):
            raise UsageError(f"the weight of {outlet} must be zero or more, not {weight}")
    pages = _first_pages(views)
    rows, starts = pages
    first, several = _leads(views, pages)
    support = _supports(views, first, several)
    came = calendar.places(views.counts[first])
    said = calendar.places(np.minimum.reduceat(views.said[rows], starts) if len(rows) else rows)
    outlets = np.array([float(weights.get(outlet, 1.0)) for outlet in views.all.outlets] or [1.0])
    weight = outlets[views.of("outlet")[first]] * _over(np.maximum, views.of("weight"), pages)
    story = views.of("story")[first]
    ranked = order((came, views.of("voice")[first]), story, views.all.stories)
    marks = {name: _over(np.logical_or, views.of(name), pages)[ranked] for name in _MARKS}
    return Events(
        session=came[ranked],
        published=np.minimum(said, came)[ranked],
        support=support[ranked],
        weight=weight[ranked],
        story=story[ranked],
        model=views.of("model")[first][ranked],
        models=views.all.models,
        rows=views.rows[rows],
        starts=starts[ranked],
        ends=np.append(starts[1:], len(rows)).astype(int)[ranked],
        **marks,
    )


def arrivals_of(views: Counted, calendar: Calendar) -> Arrivals:
    """Return when each voice first came with a story, of views that are counted already."""
    first, _ = _leads(views, _first_pages(views))
    came = calendar.places(views.counts[first])
    ranked = np.argsort(came, kind="stable")
    first = first[ranked]
    return Arrivals(came[ranked], views.of("story")[first], views.of("model")[first], views.all.models)


_MARKS = ("in_sample", "backfilled", "trusted")


class _Pages(NamedTuple):
    """Places of views, those of one page after those of another, and where in them each page begins."""

    rows: Any
    starts: Any


def _over(how: Any, values: Any, pages: _Pages) -> Any:
    """Return what a ufunc makes of the values of each page."""
    return how.reduceat(values[pages.rows], pages.starts) if len(pages.rows) else values[pages.rows]


def _first_pages(views: Counted) -> _Pages:
    """Return the pages by which each story was first known to carry a voice."""
    voice, story, article = views.of("voice"), views.of("story"), views.of("article")
    ranked = order((voice, story, views.counts), article, views.all.articles)
    if not len(ranked):
        return _Pages(ranked, ranked)
    leads = _begins(voice[ranked], story[ranked])
    group = np.cumsum(leads) - 1
    lead = ranked[leads][group]
    here = (article[ranked] == article[lead]) | views.of("imported")[ranked]
    kept = here & (views.counts[ranked] == views.counts[lead])
    group = group[kept]
    return _Pages(ranked[kept], np.flatnonzero(np.append(True, group[1:] != group[:-1])))


def _begins(*keys: Any) -> Any:
    """Return where in ordered keys another combination begins."""
    changes = np.zeros(len(keys[0]) - 1, dtype=bool)
    for key in keys:
        changes |= key[1:] != key[:-1]
    return np.append(True, changes)


_Row = tuple[str, int, float, float, float, int, int]


def _leads(views: Counted, pages: _Pages) -> tuple[Any, dict[int, list[_Row]]]:
    """Return the view with the least id of each page, by its place, and the rows of pages with several, by page."""
    rows, starts = pages
    first = rows[starts]
    sizes = np.diff(np.append(starts, len(rows)))
    several = np.flatnonzero(sizes > 1)
    if not len(several):  # most have one view
        return first, {}
    places = rows[np.repeat(sizes > 1, sizes)]
    columns = [
        views.of(name)[places].tolist() for name in ("view", "statement", "bullish", "bearish", "weight")
    ]
    found = list(zip(*columns, views.sign[places].tolist(), places.tolist(), strict=True))
    ends = np.cumsum(sizes[several]).tolist()
    of = zip(several.tolist(), [0, *ends], ends, strict=False)
    ranked = {page: sorted(found[start:end]) for page, start, end in of}
    first[several] = [page[0][-1] for page in ranked.values()]
    return first, ranked


def _supports(views: Counted, first: Any, several: Mapping[int, list[_Row]]) -> Any:
    """Return the support of each page: that of its view, or of its several."""
    bullish, bearish, weight = (views.of(name)[first] for name in ("bullish", "bearish", "weight"))
    score = np.where(views.sign[first] > 0, bullish - bearish, bearish - bullish)
    plain = (weight == 0) | (weight == 1)
    support = np.where(plain, score, weight * score / np.where(plain, 1.0, weight))
    support[list(several)] = [_support(page) for page in several.values()]
    return support


def _support(page: Sequence[_Row]) -> float:
    """Mean over a page's statements, under their weights, of the mean of their views, which come by id."""
    statements: dict[int, list[tuple[float, float, float]]] = defaultdict(list)
    for _, statement, bullish, bearish, weight, sign, _ in page:
        along = (bullish, bearish) if sign > 0 else (bearish, bullish)
        statements[statement].append((*along, weight))
    said = []
    for judged in statements.values():
        bulls = bears = 0.0
        for bull, bear, _ in judged:
            bulls, bears = bulls + bull, bears + bear
        said.append((judged[0][2], bulls / len(judged) - bears / len(judged)))
    return _mean(said)


def _mean(said: Sequence[tuple[float, float]]) -> float:
    """Mean of (weight, value); where nothing has weight all weigh the same."""
    total = math.fsum(weight for weight, _ in said)
    if not total:
        return math.fsum(value for _, value in said) / len(said)
    return math.fsum(weight * value for weight, value in said) / total
