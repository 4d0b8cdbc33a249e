"""The open file: connections, transactions, and one plain line for everything SQLite can refuse.

Reading uses the standard library alone; sqlite-utils is imported by the first write, on the same connection.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from narrative.clock import Clock
from narrative.errors import NarrativeError, UsageError
from narrative.ledger import schema

if TYPE_CHECKING:
    from sqlite_utils.db import Database

BUSY_SECONDS = 5.0
WRITER_KIB = (
    65_536  # pages held at most: rows go all over the indexes, and the default of 2 MiB reads them again
)

_ADVICE = {
    sqlite3.SQLITE_BUSY: "is in use by another program; try again when that has finished",
    sqlite3.SQLITE_LOCKED: "is in use by another program; try again when that has finished",
    sqlite3.SQLITE_READONLY: "cannot be written; check the permissions of the file and of its folder",
    sqlite3.SQLITE_PERM: "cannot be written; check the permissions of the file and of its folder",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check that its folder exists and may be written",
    sqlite3.SQLITE_FULL: "could not grow, the disk is full; free some space and run the command again",
    sqlite3.SQLITE_IOERR: "could not be read or written; check the disk and its free space, then try again",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore a backup, or save what is left with: sqlite3 FILE .recover",
    sqlite3.SQLITE_NOTADB: "is not a SQLite database; name a different file with --db",
}


@contextmanager
def plainly(path: Path) -> Iterator[None]:
    """Turn what SQLite refuses for reasons outside the program into a NarrativeError.

    A defect keeps its own error.
    """
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        if code is None and str(error).startswith("Could not decode to UTF-8"):
            code = sqlite3.SQLITE_CORRUPT  # bytes that were text when they were written
        advice = _ADVICE.get(code & 0xFF) if code is not None else None
        if advice is None:
            raise
        raise NarrativeError(f"{path} {advice}") from error


Parameters = Sequence[Any] | Mapping[str, Any]


class Store:
    """One connection to one ledger file, and the clock that stamps its rows."""

    def __init__(self, path: Path, clock: Clock, connection: sqlite3.Connection, *, readonly: bool) -> None:
        self.path = path
        self.clock = clock
        self.connection = connection
        self.readonly = readonly

    @cached_property
    def database(self) -> Database:
        """The connection as sqlite-utils sees it, without other people's plugins."""
        from sqlite_utils.db import Database

        return Database(self.connection, execute_plugins=False)

    def rows(self, sql: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """Return all rows of a query, to be read by column name."""
        with plainly(self.path):
            cursor = self.connection.cursor()
            cursor.row_factory = sqlite3.Row
            return cursor.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Parameters = ()) -> sqlite3.Row | None:
        """Return the first row of a query, or None."""
        found = self.rows(sql, parameters)
        return found[0] if found else None

    def value(self, sql: str, parameters: Parameters = ()) -> Any:
        """Return the first column of the first row, or None."""
        row = self.row(sql, parameters)
        return None if row is None else row[0]

    @contextmanager
    def write(self) -> Iterator[Database]:
        """Run a block as one transaction, all or nothing; inside another one it is a part of that.

        The lock is taken at the start, so that what the block reads cannot change before it writes.
        """
        if self.readonly:
            raise NarrativeError(f"{self.path} was opened for reading only")
        with plainly(self.path):
            if self.connection.in_transaction:
                with self.database.atomic() as db:
                    yield db
                return
            self.database.execute("BEGIN IMMEDIATE")
            try:
                yield self.database
                self.database.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Hold the file as it is now for all that a block reads, whoever writes meanwhile."""
        with plainly(self.path):
            if self.connection.in_transaction:
                yield self.connection
                return
            self.connection.execute("BEGIN")
            try:
                self.connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
                yield self.connection
            finally:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")

    def insert(self, table: str, row: dict[str, object]) -> int:
        """Insert one row inside a transaction and return its number.

        Raises sqlite3.IntegrityError for a bad one.
        """
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        with plainly(self.path):
            sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 -- names from this room's code
            cursor = self.connection.execute(sql, tuple(row.values()))
        assert cursor.lastrowid is not None  # noqa: S101
        return cursor.lastrowid

    def insert_all(self, table: str, rows: Sequence[Mapping[str, object]], *, ignore: bool = False) -> None:
        """Insert rows with the same columns inside a transaction; `ignore` leaves those out that are there.

        Raises sqlite3.IntegrityError for a bad one.
        """
        if not rows:
            return
        names, marks = ", ".join(rows[0]), ", ".join("?" * len(rows[0]))
        known = "OR IGNORE " if ignore else ""
        with plainly(self.path):
            sql = f"INSERT {known}INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 -- as above
            self.connection.executemany(sql, [tuple(row.values()) for row in rows])

    def close(self) -> None:
        """Close the connection; what was committed stays."""
        self.connection.close()


class Part:
    """A part of the ledger that does one duty on the open file."""

    def __init__(self, store: Store) -> None:
        self.store = store


def open_store(
    path: Path, clock: Clock, *, create: bool = False, readonly: bool = False, patience: float = BUSY_SECONDS
) -> Store:
    """Open a ledger file and bring it to the present schema.

    Raises UsageError when there is no ledger and none may be made, NarrativeError for a file that is not a
    ledger, is newer than this program, locked, damaged or not to be written. A refused file is left as it
    was.
    """
    state = _state(path, patience, create=create and not readonly)
    if state == "behind" and readonly:
        raise NarrativeError(
            f"{path} is from an older version; run a command that writes to it once, such as add"
        )
    with plainly(path):
        connection = _connect(path, "ro" if readonly else "rwc", patience)
        store = Store(path, clock, connection, readonly=readonly)
        try:
            if not readonly:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.execute(f"PRAGMA cache_size = -{WRITER_KIB}")
                if state != "current":
                    schema.migrate(store.database, clock)
        except BaseException:
            store.close()
            raise
    return store


def _state(path: Path, patience: float, *, create: bool) -> schema.State:
    """Look at a file through a connection that cannot write."""
    if not path.exists():
        if not create:
            raise UsageError(
                f"there is no ledger at {path}; name one with --db, or make one with narrative add or narrative crawl"
            )
        if not path.parent.is_dir():
            raise UsageError(f"the folder {path.parent} does not exist; make it first")
        return "empty"
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name a file with --db")
    with plainly(path):
        connection = _connect(path, "ro", patience)
        try:
            state = schema.inspect(connection, path)
        finally:
            connection.close()
    if state == "empty" and not create:
        raise UsageError(f"{path} is empty; fill it with narrative add or narrative crawl")
    return state


def _connect(path: Path, mode: str, patience: float) -> sqlite3.Connection:
    """Open a connection whose transactions are begun and ended by this room alone."""
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    if (
        mode == "ro"
        and not os.access(path.parent, os.W_OK)
        and not path.with_name(f"{path.name}-wal").exists()
    ):
        uri += "&immutable=1"  # a reader of a WAL file needs to write beside it, unless nobody can
    connection = sqlite3.connect(uri, uri=True, timeout=patience, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    return connection
