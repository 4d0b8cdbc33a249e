"""Verifying: whether the file is whole, and whether its rows still say what their own ids and digests say."""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import chain, islice
from typing import Any

from narrative.ledger import schema
from narrative.ledger.day_roots import DayRoots
from narrative.ledger.opening import Store
from narrative.ledger.roots import Progress
from narrative.ledger.trials import trial_id
from narrative.terms import content_id

_MOST = 20  # findings of one kind that are told


class Verifying(DayRoots):
    """The ledger's look at itself. A finding is one line of text; none means that nothing was found."""

    def damage(self) -> tuple[str, ...]:
        """Return what is broken in the file: pages, indexes, references, and parts of the schema that are not as made."""
        with self.store.snapshot() as connection:
            try:
                found = [str(row[0]) for row in connection.execute(f"PRAGMA integrity_check({_MOST})")]
                if found == ["ok"]:
                    found = [*_references(connection), *_changed_schema(self.store)]
            except sqlite3.DatabaseError as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_CORRUPT:
                    raise
                found = [str(error)]
        return tuple(found)

    def misnamed(self, progress: Progress | None = None) -> tuple[str, ...]:
        """Return the rows whose content is not what their id or digest was made of: pages, texts, published rows ..."""
        found: list[str] = []
        with self.store.snapshot() as connection:
            for done, (what, sql, sound) in enumerate(_NAMED):
                if progress:
                    progress("ids", done, len(_NAMED))
                cursor = connection.cursor()
                cursor.row_factory = sqlite3.Row
                wrong = [row["id"] for row in cursor.execute(sql) if not sound(row)]
                found += [f"{what} {name} was changed: its content is not what its id says" for name in wrong]
        return tuple(found)


def _references(connection: sqlite3.Connection) -> Iterator[str]:
    """Tell each row that names a row which is not there."""
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    suspects = [
        name for (name,) in connection.execute(tables).fetchall() if not _named_rows_there(connection, name)
    ]
    checks = (connection.execute(f"PRAGMA foreign_key_check({name})") for name in suspects)
    for table, number, parent, _ in islice(chain.from_iterable(checks), _MOST):
        row = "a row" if number is None else f"row {number}"
        yield f"{row} of {table} names a row of {parent} that is not there"


def _named_rows_there(connection: sqlite3.Connection, table: str) -> bool:
    """Whether one pass over a table shows that the rows it names are there; False where each has to be looked for.

    Where the numbers of a table leave nothing out from the first to the last, as they do in a ledger, looking for each
    number is not needed. Millions of rows name few articles, all over the file.
    """
    for key in connection.execute(f"PRAGMA foreign_key_list({table})").fetchall():
        parent, column, named = key[2:5]
        span = _unbroken(connection, parent, named)
        if span is None:
            return False
        outside = f"SELECT 1 FROM {table} WHERE {column} NOT BETWEEN ? AND ? LIMIT 1"  # noqa: S608 -- names of the schema
        if connection.execute(outside, span).fetchone():
            return False
    return True


def _unbroken(connection: sqlite3.Connection, table: str, column: str | None) -> tuple[int, int] | None:
    """Return the first and the last number of the rows of a table when all between them are there, else None.

    None also where `column`, which refers to the rows, is not their number.
    """
    described = connection.execute(f"PRAGMA table_info({table})").fetchall()
    keys = [name for _, name, kind, _, _, key in described if key and kind == "INTEGER"]
    if len(keys) != 1 or sum(bool(row[5]) for row in described) != 1 or column not in (None, *keys):
        return None
    first, last, rows = connection.execute(
        f"SELECT (SELECT min({keys[0]}) FROM {table}), (SELECT max({keys[0]}) FROM {table}), count(*) FROM {table}"  # noqa: S608
    ).fetchone()
    if not rows:
        return (0, -1)  # none: whatever is named is not there
    return (first, last) if last - first + 1 == rows else None


def _changed_schema(store: Store) -> Iterator[str]:
    """Tell what is missing or different of the tables, indexes and triggers that the migrations make."""
    from sqlite_utils.db import Database

    query = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name"
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        schema.migrate(Database(fresh, execute_plugins=False), store.clock)
        made = {(kind, name): sql for kind, name, sql in fresh.execute(query)}
    there = {(kind, name): sql for kind, name, sql in store.connection.execute(query)}
    for (kind, name), sql in made.items():
        if (kind, name) not in there:
            yield f"the {kind} {name} is missing"
        elif there[kind, name] != sql:
            yield f"the {kind} {name} was changed"


def _page_is_sound(row: sqlite3.Row) -> bool:
    try:
        body = zlib.decompress(row["body"])
    except zlib.error:
        return False
    digest = hashlib.blake2b(body, digest_size=16).hexdigest()
    return bool(row["id"] == content_id("capture", row["url"], digest) and row["size"] == len(body))


def _trial_is_sound(row: sqlite3.Row) -> bool:
    return bool(row["id"] == trial_id(dict(row)))


#: what is checked, the rows, and whether one is as its id says
_NAMED: tuple[tuple[str, str, Callable[[sqlite3.Row], Any]], ...] = (
    ("page", "SELECT id, url, size, body FROM captures", _page_is_sound),
    (
        "the text of article",
        "SELECT a.id, a.digest, t.text FROM articles a LEFT JOIN texts t ON t.article = a.number",
        lambda row: row["text"] is not None and row["digest"] == content_id("text", row["text"]),
    ),
    (
        "vintage",
        "SELECT id, model, targets FROM vintages",
        lambda row: row["id"] == content_id("vintage", row["model"], row["targets"]),
    ),
    (
        "published row",
        "SELECT id, row FROM published_factor",
        lambda row: row["id"] == content_id("factor", row["row"]),
    ),
    ("trial", "SELECT * FROM evaluation_trials", _trial_is_sound),
)
