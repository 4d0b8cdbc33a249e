"""Which rows are visible at a moment, in one query: the same for a question, a number and its evidence."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, NamedTuple

from narrative.errors import UsageError
from narrative.ledger import columns
from narrative.ledger.opening import Store
from narrative.terms import Mode, Stance


def moment(as_of: datetime | None, known_at: datetime | None) -> datetime | None:
    """Return the last moment of availability that is visible, None for no limit."""
    limits = [limit for limit in (as_of, known_at) if limit is not None]
    return min(limits, default=None)


def vintage_number(store: Store, vintage: str) -> int:
    """Return the row of a vintage given by its id or its model's name.

    Raises UsageError listing those there are.
    """
    rows = store.rows("SELECT number, id, model, targets FROM vintages ORDER BY number")
    fitting = [row["number"] for row in rows if vintage in (row["id"], row["model"])]
    if len(fitting) == 1:
        return int(fitting[0])
    there = "; ".join(f"{row['id']} = {row['model']}, targets {row['targets']}" for row in rows) or "none yet"
    problem = "is no vintage of this ledger" if not fitting else "names several vintages, give the id"
    raise UsageError(f"{vintage!r} {problem}: {there}")


class Found(NamedTuple):
    """One visible view with all that is known of its statement, voice, article and vintage, as stored."""

    view: str
    target: str
    stance: Stance
    bullish: float
    bearish: float
    neutral: float
    abstained: int
    condition: str | None
    horizon: str | None
    hedged: int
    past: int
    statement_row: int
    statement: str
    mode: Mode
    content: str
    source: str | None
    speaker: str | None
    title: str | None
    firm: str | None
    dup: int
    echo_group: int
    voice: str | None
    voice_name: str | None
    voice_kind: Literal["person", "house"] | None
    judged_at: str
    model: str
    targets_version: str
    trained_through: str | None
    article_row: int
    article: str
    story: str
    url: str
    outlet: str
    article_title: str
    published: str | None
    published_origin: str | None
    published_zone: int | None
    available_at: str
    recorded_at: str
    backfilled: int
    root: int


_FROM = """
SELECT
v.id, v.target, v.stance, v.bullish, v.bearish, v.neutral, v.abstained, v.condition, v.horizon, v.hedged,
v.past, s.number, s.id, s.mode, s.content, s.source, s.speaker, s.title, s.firm, s.dup, s.echo_group,
o.key, o.name, o.kind, r.judged_at, g.model, g.targets, g.trained_through,
a.number, a.id, a.story, a.url, a.outlet, a.title, a.published, a.published_origin, a.published_zone,
a.available_at, a.recorded_at, a.backfilled, coalesce(a.revision_of, a.number)
FROM views v JOIN statements s ON s.number = v.statement
JOIN readings r ON r.number = s.reading JOIN vintages g ON g.number = r.vintage
JOIN articles a ON a.number = r.article LEFT JOIN voices o ON o.number = s.voice
"""


def select(
    store: Store,
    *,
    targets: Iterable[str] | None = None,
    view: str | None = None,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    vintage: str | None = None,
) -> list[Found]:
    """Return the rows visible at a moment, ordered by availability, then view id.

    `view` keeps that view and all that could be told to repeat it or be repeated by it. No window is cut out
    here: that may be done only after the echoes are told. Raises UsageError for an unknown vintage.
    """
    last = moment(as_of, known_at)
    values: dict[str, Any] = {
        "targets": None if targets is None else json.dumps(sorted(set(targets))),
        "view": view,
        "last": columns.stamp_or_none(last),
        "known": columns.stamp_or_none(known_at),
        "vintage": None if vintage is None else vintage_number(store, vintage),
    }
    conditions = [sql for name, sql in _CONDITIONS.items() if values[name] is not None]
    if vintage is None:
        newest = "SELECT max(x.vintage) FROM readings x WHERE x.article = r.article"
        seen = "" if known_at is None else " AND x.judged_at <= :known"
        conditions.append(f"r.vintage = ({newest}{seen})")
    sql = f"{_FROM} WHERE {' AND '.join(conditions)} ORDER BY v.available_at, v.id, s.number"
    return [Found._make(row) for row in store.rows(sql, values)]


_CONDITIONS = {
    "targets": "v.target IN (SELECT value FROM json_each(:targets))",
    "view": """s.echo_group IN (SELECT z.echo_group FROM views y JOIN statements z ON z.number = y.statement
               WHERE y.id = :view)""",
    "last": "v.available_at <= :last",
    "known": "a.recorded_at <= :known AND r.judged_at <= :known",
    "vintage": "r.vintage = :vintage",
}
