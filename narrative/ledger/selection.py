"""Which rows are visible at a moment, in one query: the same for a question, a number and its evidence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from narrative.errors import UsageError
from narrative.ledger import columns, corrections
from narrative.ledger.opening import Store, plainly
from narrative.ledger.voice_events import identities
from narrative.terms import Correction, Mode, Stance


def moment(as_of: datetime | None, known_at: datetime | None) -> datetime | None:
    """Return the last moment of availability that is visible, None for no limit."""
    limits = [limit for limit in (as_of, known_at) if limit is not None]
    return min(limits, default=None)


def vintage_number(store: Store, vintage: str) -> int:
    """Return the row of a vintage given by its id or its model's name, or by a beginning that no other has.

    Raises UsageError listing those there are.
    """
    rows = store.rows("SELECT number, id, model, targets FROM vintages ORDER BY number")
    fitting = [row["number"] for row in rows if vintage in (row["id"], row["model"])]
    if not fitting and vintage:
        begins = (row for row in rows if row["id"].startswith(vintage) or row["model"].startswith(vintage))
        fitting = [row["number"] for row in begins]
    if len(fitting) == 1:
        return int(fitting[0])
    there = "; ".join(f"{row['id']} = {row['model']}, targets {row['targets']}" for row in rows) or "none yet"
    problem = "is no vintage of this ledger" if not fitting else "names several vintages, give the id"
    raise UsageError(f"{vintage!r} {problem}: {there}")


def several_vintages(store: Store) -> bool:
    """Return whether an article can have several readings: each vintage reads it once."""
    return bool(store.value("SELECT count(*) > 1 FROM vintages"))


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
    published_offset: int | None
    available_at: str
    recorded_at: str
    backfilled: int
    trusted: int
    root: int
    weight: float | None
    imported: str | None
    correction: Correction | None = None


# Where each field of a row comes from; a correction is put in afterwards.
_COLUMNS = {
    **{name: f"v.{name}" for name in ("target", "stance", "bullish", "bearish", "neutral", "abstained")},
    **{name: f"v.{name}" for name in ("condition", "horizon", "hedged", "past")},
    **{name: f"s.{name}" for name in ("mode", "content", "source", "speaker", "title", "firm", "dup")},
    **{name: f"a.{name}" for name in ("story", "url", "outlet", "available_at", "recorded_at", "backfilled")},
    "trusted": "a.trusted",
    **{f"published{part}": f"a.published{part}" for part in ("", "_origin", "_zone", "_offset")},
    "view": "v.id",
    "statement_row": "s.number",
    "statement": "s.id",
    "echo_group": "s.echo_group",
    "voice": "o.key",
    "voice_name": "o.name",
    "voice_kind": "o.kind",
    "judged_at": "r.judged_at",
    "model": "g.model",
    "targets_version": "g.targets",
    "trained_through": "g.trained_through",
    "article_row": "a.number",
    "article": "a.id",
    "article_title": "a.title",
    "root": "coalesce(a.revision_of, a.number)",
    "weight": "i.weight",
    "imported": "i.file || ' line ' || i.line || ', source ' || i.source",
    "correction": "NULL",
}
_FROM = """
FROM views v JOIN statements s ON s.number = v.statement
JOIN readings r ON r.number = s.reading JOIN vintages g ON g.number = r.vintage
JOIN articles a ON a.number = r.article LEFT JOIN voices o ON o.number = s.voice
LEFT JOIN imported i ON i.statement = s.number
"""


def select(
    store: Store,
    *,
    targets: Iterable[str] | None = None,
    view: str | None = None,
    since: datetime | None = None,
    names: Iterable[str] | None = None,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    vintage: str | None = None,
) -> list[Found]:
    """Return the rows visible at a moment, ordered by availability, those without a date last, then by id of the statement.

    Without a `vintage` an article speaks through the last reading of it. What was corrected by hand comes corrected. `view`
    keeps that view, `since` those that became available from then on and `names` those of voices and firms so called, with
    all that could be told to repeat them or be repeated by them: a window may be cut out only after the echoes are told.
    Raises UsageError for an unknown vintage.
    """
    last = moment(as_of, known_at)
    values: dict[str, Any] = {
        "targets": None if targets is None else json.dumps(sorted(set(targets))),
        "view": view,
        "names": None if names is None else json.dumps(sorted(set(names))),
        "since": columns.stamp_or_none(since),
        "last": columns.stamp_or_none(last),
        "known": columns.stamp_or_none(known_at),
        "vintage": None if vintage is None else vintage_number(store, vintage),
    }
    among = "true" if targets is None else "y.target IN (SELECT value FROM json_each(:targets))"
    asked = (sql for name, sql in _CONDITIONS.items() if values[name] is not None)
    conditions = [sql.format(kin=_OF_KIN, among=among) for sql in asked]
    narrowed = any(given is not None for given in (view, since, names))
    values["kin"] = _kin(store, known_at) if narrowed else None
    if vintage is None and several_vintages(store):
        newest = "SELECT max(x.number) FROM readings x WHERE x.article = r.article"
        seen = "" if known_at is None else " AND x.judged_at <= :known"
        conditions.append(f"r.number = ({newest}{seen})")
    chosen = ", ".join(map(_COLUMNS.__getitem__, Found._fields))
    sql = f"SELECT {chosen} {_FROM} WHERE {' AND '.join(conditions) or 'true'} {_ORDER}"
    with plainly(store.path):
        cursor = store.connection.cursor()
        cursor.row_factory = None
        rows = [Found._make(row) for row in cursor.execute(sql, values)]
    ruled = corrections.rulings(store, known_at)
    return [_corrected(row, ruled) for row in rows] if ruled else rows


def _corrected(row: Found, ruled: Mapping[corrections.Said, Correction]) -> Found:
    """Put a stance set by hand, of which there is no doubt, in the place of the model's."""
    stance = ruled.get((row.echo_group, row.target))
    if stance is None or stance == "none":
        return row._replace(correction=stance) if stance else row
    bullish, bearish, neutral = (float(stance == one) for one in ("bullish", "bearish", "neutral"))
    return row._replace(
        stance=stance, bullish=bullish, bearish=bearish, neutral=neutral, abstained=0, correction=stance
    )


def _kin(store: Store, known_at: datetime | None) -> str | None:
    """Return the voices that events tie together, as JSON pairs of a voice and its family; None without any."""
    known = identities(store, known_at)
    return json.dumps(list(known.families().items())) if known else None


_OF_KIN = """s.voice IN (
    SELECT o.number FROM json_each(coalesce(:kin, '[]')) j JOIN voices o ON o.key = json_extract(j.value, '$[0]'))"""
# Of what became available at one instant a page with a date leads over one without, then ids of statements decide, which
# know no model: neither the order of writing nor a new vintage says who repeats whom.
_ORDER = "ORDER BY v.available_at, a.published IS NULL, s.id, v.id, s.number"
# What narrows comes down to numbers of statements, so that a target's long past is not walked through.
_CONDITIONS = {
    "targets": "v.target IN (SELECT value FROM json_each(:targets))",
    "view": """s.echo_group IN (
        WITH RECURSIVE kin (voice, family) AS MATERIALIZED (
            SELECT o.number, json_extract(j.value, '$[1]') FROM json_each(coalesce(:kin, '[]')) j
            JOIN voices o ON o.key = json_extract(j.value, '$[0]')),
        near (echo_group) AS (
            SELECT z.echo_group FROM views y JOIN statements z ON z.number = y.statement WHERE y.id = :view
            UNION SELECT z.echo_group FROM near n CROSS JOIN statements y ON y.echo_group = n.echo_group
            CROSS JOIN kin k ON k.voice = y.voice CROSS JOIN kin l ON l.family = k.family
            CROSS JOIN statements z ON z.voice = l.voice)
        SELECT echo_group FROM near)""",
    "since": """v.statement IN (
        SELECT z.number FROM statements z WHERE z.echo_group IN (
            SELECT x.echo_group FROM views y CROSS JOIN statements x ON x.number = y.statement
            WHERE {among} AND y.available_at >= :since)
        UNION ALL SELECT s.number FROM statements s WHERE {kin})""",
    "names": """v.statement IN (
        SELECT z.number FROM statements z WHERE z.echo_group IN (
            SELECT z.echo_group FROM statements z WHERE z.voice IN (
                SELECT number FROM voices WHERE name IN (SELECT value FROM json_each(:names))
                UNION SELECT voice FROM voice_names WHERE name IN (SELECT value FROM json_each(:names)))
            UNION SELECT z.echo_group FROM statements z WHERE z.firm IN (SELECT value FROM json_each(:names)))
        UNION ALL SELECT s.number FROM statements s WHERE {kin})""",
    "last": "v.available_at <= :last",
    "known": "a.recorded_at <= :known AND r.judged_at <= :known",
    "vintage": "r.vintage = :vintage",
}
