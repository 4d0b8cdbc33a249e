"""The one selection field by field: the visible rows for a number, put together as arrays.

SQLite joins a view with its statement and its reading; what many views share (articles, voices, vintages) is read once for
all of them. Which rows are visible is what `selection` says, in parts: what is about the view, the statement and the reading
in the query, what is about the article and its last reading after it. The tests hold the one to the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from narrative.ledger import columns
from narrative.ledger.bare import STANCES, BareViews
from narrative.ledger.opening import Store, plainly
from narrative.ledger.selection import moment, several_vintages, vintage_number

_LISTED = 20_000  # articles in one list of JSON
_TOGETHER = 500  # rows that are objects at one time: so few that their memory is soon used again

# To make an object of each value costs more than to find it, so whole numbers travel two or more in one.
_BITS = 31  # of a number that shares; those of rows are less until there are two thousand million
_MARKS = {
    "abstained": "v.abstained",
    "past": "v.past",
    "hedged": "v.hedged",
    "dup": "s.dup",
    "conditional": "v.condition IS NOT NULL",
    "bearish": "v.stance = 'bearish'",
    "neutral": "v.stance = 'neutral'",
}
_PACKED = {
    ("statement", "marks"): " | ".join(
        (f"(s.number << {_BITS})", *(f"(({sql}) << {place})" for place, sql in enumerate(_MARKS.values())))
    ),
    ("group", "voice"): f"(s.echo_group << {_BITS}) | coalesce(s.voice, 0)",
    ("article", "vintage"): f"(r.article << {_BITS}) | r.vintage",
}
_TEXTS = {"view": "v.id", "horizon": "v.horizon"}
_FLOATS = {f"p_{stance}": f"v.{stance}" for stance in STANCES}
_IMPORTED = {f"imported_{name}": f"i.{name}" for name in ("weight", "file", "line", "source")}
_FROM = """
FROM views v CROSS JOIN statements s ON s.number = v.statement CROSS JOIN readings r ON r.number = s.reading
"""
_ARTICLE = ("number", "backfilled", "trusted", "revision_of", "story", "outlet", "available_at", "published")


def bare_views(
    store: Store,
    targets: Iterable[str] | None,
    as_of: datetime | None,
    known_at: datetime | None,
    vintage: str | None,
) -> BareViews:
    """Return the visible views on targets, None for all, ready for measuring. Raises UsageError for an unknown vintage."""
    from narrative.ledger.assembled import assembled

    asked = _Asked(
        columns.stamp_or_none(moment(as_of, known_at)),
        columns.stamp_or_none(known_at),
        None if vintage is None else vintage_number(store, vintage),
    )
    with store.snapshot(), plainly(store.path):
        names = _targets(store) if targets is None else sorted(set(targets))
        again = vintage is None and several_vintages(store)
        rows = _rows(store, names, asked, numbered=again)
        if again:
            rows = rows.only(_of_last_reading(store, rows, asked.known))
        pages = _pages(store, _distinct(rows["article"]), asked.known)
        if asked.known is not None:
            rows = rows.only(np.isin(rows["article"], pages["number"]))
        return assembled(store, rows, pages, names, known_at)


class Rows(dict[str, Any]):
    """Arrays of one length, by name."""

    def only(self, kept: Any) -> Rows:
        """Return the rows that a mask keeps."""
        return self if kept.all() else Rows({name: column[kept] for name, column in self.items()})


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the conditions of the selection are about, as stored; None for no condition."""

    last: str | None
    known: str | None
    vintage: int | None

    @property
    def conditions(self) -> str:
        """The conditions on views `v` and readings `r`, beside that on the target."""
        found = {
            "v.available_at <= :last": self.last,
            "r.judged_at <= :known": self.known,
            "r.vintage = :vintage": self.vintage,
        }
        return "".join(f" AND {sql}" for sql, value in found.items() if value is not None)

    def values(self, target: str) -> dict[str, Any]:
        """The parameters of a query."""
        return {"target": target, "last": self.last, "known": self.known, "vintage": self.vintage}


def _distinct(numbers: Any) -> Any:
    """Return the numbers that occur, in order: what `numpy.unique` gives, which hashes and is slower at it."""
    ranked = np.sort(numbers)
    return ranked[np.append(True, ranked[1:] != ranked[:-1])[: len(ranked)]]


def _targets(store: Store) -> list[str]:
    return [row["target"] for row in store.rows("SELECT DISTINCT target FROM views ORDER BY target")]


def _rows(store: Store, targets: Sequence[str], asked: _Asked, *, numbered: bool) -> Rows:
    """Return the views on targets with what is theirs alone; `target` is a place in the targets.

    Readings are `numbered` where that is asked for.
    """
    imports = store.row("SELECT 1 FROM imported LIMIT 1") is not None
    fields: dict[Any, str] = {**_TEXTS, **_FLOATS, **_PACKED}
    fields |= (_IMPORTED if imports else {}) | ({"reading": "r.number"} if numbered else {})
    names, chosen = list(fields), ", ".join(fields.values())
    beside = "LEFT JOIN imported i ON i.statement = s.number" if imports else ""
    sql = f"SELECT {chosen} {_FROM} {beside} WHERE v.target = :target{asked.conditions}"
    pieces: list[list[Any]] = []
    for code, target in enumerate(targets):
        for rows in _fetched(store, sql, asked.values(target)):
            made = map(_column, names, zip(*rows, strict=True))
            pieces.append([*made, np.full(len(rows), code)])
    if not pieces:
        pieces = [[*(_column(name, ()) for name in names), np.zeros(0, dtype=np.int64)]]
    joined = (np.concatenate(column) for column in zip(*pieces, strict=True))
    return _unpacked(dict(zip([*names, "target"], joined, strict=True)))


def _fetched(store: Store, sql: str, values: dict[str, Any]) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of a query, some thousands at a time."""
    cursor = store.connection.cursor()
    cursor.row_factory = None
    cursor.execute(sql, values)
    while rows := cursor.fetchmany(_TOGETHER):
        yield rows


def _column(name: str | tuple[str, str], values: Sequence[Any]) -> Any:
    """Return the values of a column as an array."""
    if name in _TEXTS or name in _IMPORTED:
        return np.array(values, dtype=object)
    return np.array(values, dtype=float if name in _FLOATS else np.int64)


def _unpacked(columns: dict[Any, Any]) -> Rows:
    """Take apart the numbers that came in one; no voice is -1."""
    rows = Rows({name: column for name, column in columns.items() if name not in _PACKED})
    for high, low in _PACKED:
        packed = columns[high, low]
        rows[high], rows[low] = packed >> _BITS, packed & ((1 << _BITS) - 1)
    marks = rows.pop("marks")
    for place, name in enumerate(_MARKS):
        rows[name] = (marks >> place & 1).astype(bool)
    rows["stance"] = (rows.pop("bearish") + 2 * rows.pop("neutral")).astype(np.int8)
    rows["voice"][rows["voice"] == 0] = -1
    return rows


def _of_last_reading(store: Store, rows: Rows, known: str | None) -> Any:
    """Return which rows are of the last reading of their article, or of the last one known at a moment."""
    before = "" if known is None else "WHERE judged_at <= :known"
    cursor = store.connection.execute(
        f"SELECT article, max(number) FROM readings {before} GROUP BY article HAVING count(*) > 1",  # noqa: S608
        {"known": known},
    )
    again = np.array(cursor.fetchall(), dtype=np.int64).reshape(-1, 2)
    if not len(again):
        return np.ones(len(rows["view"]), dtype=bool)
    place = np.searchsorted(again[:, 0], rows["article"]).clip(max=len(again) - 1)
    elsewhere = again[place, 0] != rows["article"]
    return elsewhere | (again[place, 1] == rows["reading"])


def _pages(store: Store, numbers: Any, known: str | None) -> dict[str, Any]:
    """Return articles by their numbers, each column as it comes: those that were recorded by a moment, None for any.

    A column comes as one JSON list: nearly all of it is text, of which a list is read faster than as many rows.
    """
    recorded = "" if known is None else "WHERE a.recorded_at <= :known"
    packed = "(a.number << 2) | (a.backfilled << 1) | a.trusted"
    chosen = ", ".join(
        f"json_group_array({sql})" for sql in (packed, *(f"a.{name}" for name in _ARTICLE[3:]))
    )
    sql = f"""SELECT {chosen}
              FROM json_each(:numbers) j CROSS JOIN articles a ON a.number = j.value {recorded}"""  # noqa: S608 -- own names
    found: list[list[Any]] = [[] for _ in range(len(_ARTICLE) - 2)]
    for start in range(0, len(numbers), _LISTED):
        listed = ",".join(map(str, numbers[start : start + _LISTED].tolist()))
        lists = store.connection.execute(sql, {"numbers": f"[{listed}]", "known": known}).fetchone()
        for column, text in zip(found, lists, strict=True):
            column += json.loads(text)
    number = np.array(found[0], dtype=np.int64)
    marks = (number >> 2, (number >> 1 & 1).astype(bool), (number & 1).astype(bool))
    return dict(zip(_ARTICLE, (*marks, *found[1:]), strict=True))
