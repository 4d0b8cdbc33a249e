"""Writes the rows of one input as Parquet, a folder a day: in the order they come, the same bytes for the same rows."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from narrative.material import Taken
from narrative.scale.tables import SCHEMAS, failure_row, reading_row, view_rows
from narrative.terms import Capture

_HELD = 64 * 1024 * 1024  # bytes of text and pages that are held before they are written
_GROUP = 64  # readings in a row group: what is in memory at a time when they are loaded


class Writer:
    """Writes below `draft`; `key` names the files. Close it to have everything written."""

    def __init__(self, draft: Path, key: str) -> None:
        self.files: dict[str, int] = {}
        self._draft = draft
        self._key = key
        self._rows: defaultdict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        self._held = 0
        self._parts = 0

    def reading(self, number: int, taken: Taken, capture: Capture | None, now: datetime) -> None:
        """Write what was read in a page or row."""
        day = _day(taken.reading.article.available_at or now)
        self._rows["readings", day].append(reading_row(number, taken, capture))
        self._rows["views", day] += view_rows(number, taken, capture)
        self._hold(len(taken.reading.article.text) + (len(capture.body) if capture else 0))

    def failure(
        self, number: int, reason: str, at: datetime, *, line: int | None = None, url: str = "",
        capture: Capture | None = None,
    ) -> None:  # fmt: skip
        """Write why a page or row gave no article; a page that a ledger keeps comes with its capture."""
        row = failure_row(number, reason, at, url=url, line=line, capture=capture)
        self._rows["failures", _day(at)].append(row)
        self._hold(len(capture.body) if capture else 0)

    def close(self) -> None:
        """Write what is held."""
        for (table, day), rows in sorted(self._rows.items()):
            if rows:
                name = f"{table}/day={day}/{self._key}.{self._parts}.parquet"
                path = self._draft / name
                path.parent.mkdir(parents=True, exist_ok=True)
                filled = pa.Table.from_pylist(rows, SCHEMAS[table])
                size = _GROUP if table != "views" else 16 * 1024
                parquet.write_table(filled, path, compression="zstd", row_group_size=size)
                self.files[name] = len(rows)
        self._rows.clear()
        self._held = 0
        self._parts += 1

    def _hold(self, size: int) -> None:
        self._held += size
        if self._held > _HELD:
            self.close()


def _day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()
