"""Views field by field, as numpy takes them: those that the ledger hands over so, and any others made so here.

A number over a hundred thousand views is then a few passes over arrays. What a field means is said in `Columnar`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import numpy as np

from narrative.measure.judged import Columnar, Judged
from narrative.terms import Stance

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STANCES: tuple[Stance, ...] = get_args(Stance)
DAY, INSTANT = 1, 2  # precisions of a publication

_MICROSECOND = timedelta(microseconds=1)
FIRST_DAY = EPOCH.date().toordinal()


def microseconds(instant: datetime) -> int:
    """Return an instant as microseconds since 1970."""
    return (instant - EPOCH) // _MICROSECOND


def instant_of(microseconds: int) -> datetime:
    """Return the instant (UTC) that so many microseconds since 1970 are."""
    return EPOCH + timedelta(microseconds=int(microseconds))


def day_of(day: int) -> date:
    """Return the day that so many days since 1970 are."""
    return date.fromordinal(int(day) + FIRST_DAY)


@dataclass(slots=True, eq=False)
class Columns:
    """What `Columnar` asks for."""

    view: Any
    statement: Any
    article: Any
    articles: Sequence[str]
    story: Any
    stories: Sequence[str]
    voice: Any
    voices: Sequence[str]
    target: Any
    targets: Sequence[str]
    horizon: Any
    horizons: Sequence[str]
    outlet: Any
    outlets: Sequence[str]
    model: Any
    models: Sequence[str]
    stance: Any
    bullish: Any
    bearish: Any
    neutral: Any
    conditional: Any
    hedged: Any
    published: Any
    precision: Any
    available_at: Any
    undated: Any
    in_sample: Any
    backfilled: Any
    trusted: Any
    weight: Any
    imported: Any
    counted: Any


def columns_of(entries: Iterable[Judged]) -> Columnar:
    """Return views field by field, in the order they come."""
    there = getattr(entries, "columns", None)
    if there is not None:
        return there  # type: ignore[no-any-return]
    rows = list(entries)
    published = [_published(row) for row in rows]
    texts: dict[str, Any] = {}
    for one, many, ordered in _TEXTS:
        values = [getattr(row, one) for row in rows]
        texts[one], texts[many] = coded(values, ordered=ordered)
    plain: dict[str, Any] = {
        name: np.array([getattr(row, name) for row in rows], dtype=kind)
        for names, kind in ((_NUMBERS, float), (_MARKS, bool))
        for name in names
    }
    stances = {stance: code for code, stance in enumerate(STANCES)}
    return Columns(
        **texts,
        view=np.array([row.view for row in rows], dtype=object),
        statement=coded([row.statement for row in rows])[0],
        stance=np.array([stances[row.stance] for row in rows], dtype=np.int8),
        conditional=np.array([row.condition is not None for row in rows], dtype=bool),
        imported=np.array([row.imported is not None for row in rows], dtype=bool),
        published=np.array([value for value, _ in published], dtype=np.int64),
        precision=np.array([precision for _, precision in published], dtype=np.int8),
        available_at=np.array([microseconds(row.available_at) for row in rows], dtype=np.int64),
        **plain,
    )


_TEXTS = (
    ("article", "articles", False),
    ("story", "stories", False),
    ("voice", "voices", True),
    ("target", "targets", False),
    ("horizon", "horizons", False),
    ("outlet", "outlets", False),
    ("model", "models", False),
)
_NUMBERS = ("bullish", "bearish", "neutral", "weight")
_MARKS = ("hedged", "undated", "in_sample", "backfilled", "trusted", "counted")


def coded(values: Sequence[str | None], *, ordered: bool = False) -> tuple[Any, list[str]]:
    """Return texts as codes into the list of those that occur, -1 for None; `ordered` sorts that list."""
    known: dict[str | None, int] = dict.fromkeys(values, 0)
    known.pop(None, None)
    names = [name for name in known if name is not None]
    if ordered:
        names.sort()
    codes: dict[str | None, int] = {name: code for code, name in enumerate(names)}
    codes[None] = -1
    return np.array([codes[value] for value in values], dtype=np.int64), names


def _published(row: Judged) -> tuple[int, int]:
    """Return a publication as a number and its precision."""
    if row.published is None:
        return 0, 0
    value = row.published.value
    if isinstance(value, datetime):
        return microseconds(value), INSTANT
    return value.toordinal() - FIRST_DAY, DAY
