"""Roots: one number for all that the ledger had recorded by the end of a day, so that a later edit of the past shows.

Every table whose rows the database refuses to change is covered; which these are is read from their triggers. The rows
that were recorded on a UTC day are hashed with all their values, in the order of their keys. The root of a day is

    SHA-256("narrative root 1", root of the day before with rows, day, then each table's name, rows and SHA-256)

and so stands for that day and all before it. What is added later leaves it as it is. The bytes of a page and the text of
an article are left to the digests in their rows, which `narrative verify` recomputes; a page is recorded on the day it is
first read. A root is worth something where it was printed. The table that keeps the roots of closed days
(narrative/ledger/day_roots.py) is left out: a root cannot contain itself, and what is computed from the rows proves nothing
beside them.

A day is closed one hour after it has ended, because what is begun before midnight may be recorded after it. Values that
equal the default of their column at the end of a row leave no trace, so that a migration which adds columns moves no root.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from itertools import groupby
from json import JSONEncoder
from operator import itemgetter
from typing import Any, NamedTuple

from narrative.errors import UsageError
from narrative.ledger.opening import Part, Store

Progress = Callable[[str, int, int], None]

CLOSED_AFTER = timedelta(hours=1)

#: columns that say when a row was recorded; a table without one was recorded with the row it belongs to
_STAMPS = ("recorded_at", "judged_at", "at")
#: pages are stamped with the time of their fetch, which may be years before an archive is read into the ledger
_READ_FIRST = {
    "captures": "(SELECT min(at) FROM (SELECT at FROM results WHERE capture = t0.number "
    "UNION ALL SELECT at FROM rereadings WHERE capture = t0.number))"
}
#: the pages among which those are that were first read after a moment
_READ_SINCE = {
    "captures": "SELECT capture FROM results WHERE at >= :first UNION "
    "SELECT capture FROM rereadings WHERE at >= :first"
}
#: what a digest in the row, or in the row it belongs to, stands for
_DIGESTED = {("captures", "body"), ("texts", "text")}
_ROWS_AT_ONCE = 1000
_ENCODE = JSONEncoder(separators=(",", ":"), default=bytes.hex).encode
_CLAIM = re.compile(r"(\d{4}-\d\d-\d\d):([0-9a-fA-F]{16,64})")


@dataclass(frozen=True, slots=True)
class Root:
    """The root of a day on which something was recorded, and the number of rows recorded on it."""

    day: date
    value: str
    rows: int

    def __str__(self) -> str:
        return f"{self.day}:{self.value}"


class Claim(NamedTuple):
    """A root that was printed once, of which at least the first 16 digits are known."""

    day: date
    value: str


@dataclass(frozen=True, slots=True)
class Edited:
    """The past is not what it was: something recorded after the day `after`, None for any, until the day `until`."""

    after: date | None
    until: date
    days: tuple[date, ...]


class Roots(Part):
    """What the past of the ledger comes to."""

    def roots(self, at: datetime | None = None, progress: Progress | None = None) -> tuple[Root, ...]:
        """Return the root of each day with rows, in order; of the days closed at a moment, None for all there are."""
        last = None if at is None else closed(at)
        with self.store.snapshot():
            return chained(seals(self.store, None, last, progress))


def closed(at: datetime) -> date:
    """Return the last UTC day that is closed at a moment."""
    return (at.astimezone(UTC) - CLOSED_AFTER).date() - timedelta(days=1)


def sealed(roots: Sequence[Root], at: datetime) -> str | None:
    """Return `DAY:ROOT` of the last day closed at a moment, given all roots; None without any by then."""
    last = closed(at)
    found = [root for root in roots if root.day <= last]
    return f"{last}:{found[-1].value}" if found else None


def closes(day: date) -> datetime:
    """Return the moment from which a UTC day is closed."""
    return datetime.combine(day + timedelta(days=1), time(), UTC) + CLOSED_AFTER


def claimed(text: str) -> Claim:
    """Return the root written as `DAY:ROOT`. Raises UsageError for another form."""
    found = _CLAIM.fullmatch(text.strip())
    try:
        return Claim(date.fromisoformat(found[1]), found[2].lower()) if found else _no_claim(text)
    except ValueError:
        return _no_claim(text)


def _no_claim(text: str) -> Claim:
    raise UsageError(f"{text!r} is no root; write it as a digest prints it, DAY:ROOT, with 16 digits or more")


def edited(roots: Sequence[Root], claims: Iterable[Claim]) -> Edited | None:
    """Return where the first of some printed roots no longer holds, or None when all of them do."""
    after: date | None = None
    for claim in sorted(claims):
        by_then = [root for root in roots if root.day <= claim.day]
        if not (by_then and by_then[-1].value.startswith(claim.value)):
            days = tuple(root.day for root in by_then if after is None or root.day > after)
            return Edited(after, claim.day, days)
        after = claim.day
    return None


# --- hashing -----------------------------------------------------------------------------------------------


class _Seal(NamedTuple):
    rows: int
    digest: str


Seals = dict[str, dict[str, _Seal]]  # day -> table -> what was recorded there


def chained(found: Seals, before: str = "") -> tuple[Root, ...]:
    """Return the roots of days in order, `before` being the root of the day with rows before the first of them."""
    roots: list[Root] = []
    for day, tables in sorted(found.items()):
        lines = ["narrative root 1", roots[-1].value if roots else before, day]
        lines += [f"{table} {seal.rows} {seal.digest}" for table, seal in sorted(tables.items())]
        value = sha256("\n".join(lines).encode()).hexdigest()
        roots.append(Root(date.fromisoformat(day), value, sum(seal.rows for seal in tables.values())))
    return tuple(roots)


def seals(store: Store, after: date | None, last: date | None, progress: Progress | None = None) -> Seals:
    """Hash what was recorded after the one day until the end of the other, None for no limit, by day and table."""
    found: Seals = defaultdict(dict)
    tables = covered(store)
    for done, table in enumerate(tables):
        if progress:
            progress("roots", done, len(tables))
        for day, seal in _sealed(store, _source(store, table, frozenset(tables), after), last).items():
            found[day][table] = seal
    if progress:
        progress("roots", len(tables), len(tables))
    return found


def covered(store: Store) -> list[str]:
    """Return the tables whose rows the database refuses to change, as their triggers say, by name, but that of roots."""
    rows = store.rows("""
        SELECT u.tbl_name FROM sqlite_master u JOIN sqlite_master d USING (tbl_name)
        WHERE u.type = 'trigger' AND d.type = 'trigger' AND u.tbl_name <> 'day_roots'
        AND u.name = u.tbl_name || '_no_update' AND d.name = d.tbl_name || '_no_delete' ORDER BY 1
    """)
    return [row["tbl_name"] for row in rows]


class _Source(NamedTuple):
    """How to read one table: a query of day and values in the order of the key, and the defaults of the columns."""

    sql: str
    values: dict[str, str]
    defaults: tuple[Any, ...]


def _sealed(store: Store, source: _Source, last: date | None) -> dict[str, _Seal]:
    """Hash the rows of one table by day, a thousand in memory at a time."""
    hashes: dict[str, Any] = {}
    counts: dict[str, int] = defaultdict(int)
    limit = "9" if last is None else last.isoformat()
    cursor = store.connection.execute(source.sql, source.values)
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        for day, same in groupby(rows, key=itemgetter(0)):
            if day is None or day > limit:
                continue
            some = _trimmed(list(same), source.defaults)
            counts[day] += len(some)
            hashes.setdefault(day, sha256()).update(_ENCODE(some)[1:-1].encode() + b",")
    return {day: _Seal(counts[day], hashed.hexdigest()) for day, hashed in hashes.items()}


def _trimmed(rows: list[Any], defaults: Sequence[Any]) -> list[Any]:
    """Return the rows without the defaults at their ends."""
    last, default = len(defaults) - 1, defaults[-1]
    if last == 0 or not any(row[last] == default for row in rows):
        return rows
    ending = iter(_trimmed([row[:last] for row in rows if row[last] == default], defaults[:last]))
    return [next(ending) if row[last] == default else row for row in rows]


def _source(store: Store, table: str, tables: frozenset[str], after: date | None) -> _Source:
    values = _columns(store, table)
    names = [name for name in values if (table, name) not in _DIGESTED]
    path = _recorded(store, table, tables)
    chosen = ", ".join(f"t0.{name}" for name in names)
    order = ", ".join(f"t0.{name}" for name in _key(store, table))
    rows, limits = (_all(path), {}) if after is None else _later(path, after)
    sql = f"SELECT substr({path.when}, 1, 10), {chosen} {rows} ORDER BY {order}"
    return _Source(sql, limits, (object(), *(values[name] for name in names)))


def _all(path: _Path) -> str:
    """Return all rows. CROSS JOIN keeps the order of the tables, so that no rows have to be sorted."""
    first, *owners = (f"{table} t{place}" for place, table in enumerate(path.tables))
    joined = zip(owners, path.links, strict=True)
    return f"FROM {first}" + "".join(f" CROSS JOIN {owner} ON {link}" for owner, link in joined)


def _later(path: _Path, after: date) -> tuple[str, dict[str, str]]:
    """Return the rows recorded after a day: those of the table with the time first, then what belongs to them."""
    named = [f"{table} t{place}" for place, table in enumerate(path.tables)]
    within = f"t{len(named) - 1}.number IN ({_READ_SINCE[path.tables[-1]]})" if path.read_first else "true"
    conditions = " AND ".join((*path.links, within, f"{path.when} >= :first"))
    first = (after + timedelta(days=1)).isoformat()
    return f"FROM {' CROSS JOIN '.join(reversed(named))} WHERE {conditions}", {"first": first}


def _columns(store: Store, table: str) -> dict[str, Any]:
    """Return the columns of a table with their defaults; one that has none and must be given gets what no value equals."""
    found: dict[str, Any] = {}
    for row in store.rows("SELECT * FROM pragma_table_info(?) ORDER BY cid", (table,)):
        given = row["dflt_value"]
        bare = object() if row["notnull"] or row["pk"] else None
        found[row["name"]] = bare if given is None else store.value(f"SELECT {given}")
    return found


def _key(store: Store, table: str) -> list[str]:
    rows = store.rows("SELECT name FROM pragma_table_info(?) WHERE pk ORDER BY pk", (table,))
    return [row["name"] for row in rows]


class _Path(NamedTuple):
    """The way from a table (t0) to the one that has the time at which its rows were recorded: `when`."""

    tables: tuple[str, ...]
    links: tuple[str, ...]
    when: str
    read_first: bool = False


def _recorded(store: Store, table: str, tables: frozenset[str]) -> _Path:
    path, links = [table], list[str]()
    while table not in _READ_FIRST:
        names, place = _columns(store, table), len(links)
        stamp = next((name for name in _STAMPS if name in names), None)
        if stamp is not None:
            return _Path(tuple(path), tuple(links), f"t{place}.{stamp}")
        column, table = _owner(store, table, tables)
        path.append(table)
        links.append(f"t{place + 1}.{_key(store, table)[0]} = t{place}.{column}")
    when = _READ_FIRST[table].replace("t0", f"t{len(links)}")
    return _Path(tuple(path), tuple(links), when, read_first=True)


def _owner(store: Store, table: str, tables: frozenset[str]) -> tuple[str, str]:
    """Return the first column that must name a row of another covered table, and that table."""
    rows = store.rows(
        """SELECT i.name, f."table" AS owner FROM pragma_foreign_key_list(:table) f
           JOIN pragma_table_info(:table) i ON i.name = f."from"
           WHERE i."notnull" OR i.pk ORDER BY i.cid""",
        {"table": table},
    )
    return next((row["name"], row["owner"]) for row in rows if row["owner"] in tables)
