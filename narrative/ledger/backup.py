"""Backups: the ledger of one moment in a second file, while others go on writing.

SQLite's own online backup copies the pages. The reading transaction that is held meanwhile keeps the moment: a crawl that
writes neither waits nor makes the copy begin anew. The copy is compared before it gets its name.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from narrative.errors import NarrativeError, UsageError
from narrative.ledger.opening import open_store, plainly
from narrative.ledger.roots import Progress, Root, Roots, sealed

_PAGES_AT_ONCE = 2048  # 8 MiB


@dataclass(frozen=True, slots=True)
class Saved:
    """A backup that is there: its file, its size in bytes, the rows that roots cover, and the root of the last closed day."""

    path: Path
    size: int
    rows: int
    root: str | None


class Backup(Roots):
    """The ledger's second file."""

    def backup(self, path: Path, progress: Progress | None = None) -> Saved:
        """Copy the ledger as it is now to a new file, and check the copy: whole, and with the same roots.

        Raises UsageError when the file exists or its folder does not, NarrativeError when it cannot be written or the
        copy is not the same; then no file is left.
        """
        _free(path)
        draft = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            with self.store.snapshot() as connection, plainly(path):
                _copy(connection, draft, progress)
                roots = self.roots(progress=progress)
            self._check(draft, path, roots, progress)
            _free(path)
            draft.replace(path)
        except OSError as error:
            raise NarrativeError(f"cannot write {path}: {error.strerror or error}") from error
        finally:
            for left in (draft, *(draft.with_name(draft.name + end) for end in ("-journal", "-wal", "-shm"))):
                with suppress(OSError):
                    left.unlink()
        rows = sum(root.rows for root in roots)
        return Saved(path, path.stat().st_size, rows, sealed(roots, self.store.clock.now()))

    def _check(self, draft: Path, path: Path, roots: tuple[Root, ...], progress: Progress | None) -> None:
        with closing(open_store(draft, self.store.clock, readonly=True)) as copy:
            sound = copy.value("PRAGMA integrity_check(1)") == "ok"
            if not sound or Roots(copy).roots(progress=progress) != roots:
                raise NarrativeError(
                    f"the copy for {path} is not what was copied; check the disk, and the ledger: narrative verify"
                )


def _free(path: Path) -> None:
    if path.exists():
        raise UsageError(f"{path} exists and is left as it is; name a new file")
    if not path.parent.is_dir():
        raise UsageError(f"the folder {path.parent} does not exist; make it first")


def _copy(connection: sqlite3.Connection, draft: Path, progress: Progress | None) -> None:
    def tell(_: int, left: int, total: int) -> None:
        if progress:
            progress("copy", total - left, total)

    with closing(sqlite3.connect(draft)) as copy:
        connection.backup(copy, pages=_PAGES_AT_ONCE, progress=tell)
        copy.execute("PRAGMA journal_mode = DELETE")  # a backup is one file, wherever it is carried
