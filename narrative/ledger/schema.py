"""Brings a file to the present schema, or says in one line why it will not be touched."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from narrative.clock import Clock
from narrative.errors import NarrativeError
from narrative.ledger.columns import stamp
from narrative.ledger.migrations import APPLICATION_ID, MIGRATIONS, Migration

if TYPE_CHECKING:
    from sqlite_utils.db import Database

State = Literal["empty", "behind", "current"]


def applied(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Return the names of the migrations a file has had, in order. Writes nothing."""
    if not connection.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_migrations'"
    ).fetchone():
        return ()
    return tuple(name for (name,) in connection.execute("SELECT name FROM _migrations ORDER BY rowid"))


def pending(
    connection: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS
) -> tuple[Migration, ...]:
    """Return the migrations a file still lacks. Writes nothing."""
    done = set(applied(connection))
    return tuple(step for step in migrations if step.name not in done)


def inspect(
    connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration] = MIGRATIONS
) -> State:
    """Return how far the file at `path` is, without writing to it.

    Raises NarrativeError for another program's file and for one that a newer version of this program has
    written.
    """
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    if mark == 0 and not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        return "empty"
    names = applied(connection)
    if mark != APPLICATION_ID or not names:
        raise NarrativeError(f"{path} is another program's SQLite database; name a different file with --db")
    known = [step.name for step in migrations]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise NarrativeError(
            f"{path} was written by a newer version of narrative (with {unknown[0]}); upgrade to open it"
        )
    return "current" if len(names) == len(known) else "behind"


def migrate(db: Database, clock: Clock, migrations: Sequence[Migration] = MIGRATIONS) -> tuple[str, ...]:
    """Run what is pending, each step and its record in one transaction; return the names of the steps run.

    A step that fails leaves the file as the step before it left it. Two programs may do this at the same
    time.
    """
    ran: list[str] = []
    for step in pending(db.conn, migrations):
        db.execute("BEGIN IMMEDIATE")
        try:
            if step.name not in applied(db.conn):
                step.run(db)
                row = {"name": step.name, "applied_at": stamp(clock.now())}
                db.table("_migrations").insert(row)
                ran.append(step.name)
            db.execute("COMMIT")
        except BaseException:
            if db.conn.in_transaction:
                db.execute("ROLLBACK")
            raise
    return tuple(ran)
