"""One poll into a ledger at a time: a lock beside its file that ends with the program that holds it, however that ends.

It is SQLite's own lock, on an empty file: it holds wherever the ledger's transactions do, and no process that was
started meanwhile inherits it. The file stays; only who has it open in a transaction matters.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from narrative.errors import NarrativeError
from narrative.ledger.opening import plainly


class InUseError(NarrativeError):
    """Another program polls into this ledger. Nothing failed, its poll does the work (exit code 0)."""

    exit_code = 0


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock of the ledger at `path` for the length of a block.

    Raises InUseError, at once, while anybody else holds it, and NarrativeError where its file cannot be made.
    """
    beside = path.resolve()  # two names of one ledger share a lock
    beside = beside.with_name(f"{beside.name}-poll")
    with plainly(beside):
        connection = sqlite3.connect(beside, timeout=0, isolation_level=None)
    with closing(connection):
        with plainly(beside):
            _take(connection, path, beside)
        yield


def _take(connection: sqlite3.Connection, path: Path, beside: Path) -> None:
    try:
        # not EXCLUSIVE, which can be refused to both of two that come together
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        since = datetime.fromtimestamp(beside.stat().st_mtime, UTC)
        raise InUseError(
            f"another poll into {path} is at work since {since:%Y-%m-%d %H:%M} UTC; this one was left out"
        ) from error
    os.utime(beside)  # when the lock was taken
