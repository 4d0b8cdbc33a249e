"""Writes factor rows as CSV or Parquet, the same columns in the same order.

Instants are UTC; `date` and `tradeable_from` are session labels without a zone. A file is there whole or
not at all.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import astuple, fields
from datetime import datetime, time
from pathlib import Path
from typing import Any

from narrative.errors import NarrativeError
from narrative.measure.factor import FactorRow

COLUMNS = tuple(field.name for field in fields(FactorRow))
_LABELS = ("date", "tradeable_from")
_INSTANTS = ("cutoff_utc", "computed_at")
_COUNTS = ("n", "n_new", "n_stories", "n_voices", "n_bull", "n_bear", "n_neutral")
_TEXTS = ("narrative", "flag", "reason", "params", "model", "calendar")


def csv_text(rows: Iterable[FactorRow]) -> str:
    """Return the rows as CSV with a header: missing is empty, instants as `2026-01-14T21:00:00Z`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in astuple(row)] for row in rows)
    return out.getvalue()


def to_csv(rows: Iterable[FactorRow], path: Path) -> None:
    """Write the rows to `path` as CSV. Raises NarrativeError when the file cannot be written."""
    text = csv_text(rows)
    _whole(path, lambda draft: draft.write_text(text, encoding="utf-8", newline="\n"))


def to_parquet(rows: Iterable[FactorRow], path: Path) -> None:
    """Write the rows to `path` as Parquet; labels are naive timestamps, as pandas indexes want them.

    Raises NarrativeError when the file cannot be written.
    """
    import pyarrow
    from pyarrow import parquet

    table = pyarrow.Table.from_pylist([_record(row) for row in rows], schema=_schema())
    _whole(path, lambda draft: parquet.write_table(table, draft))


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return str(value).lower() if isinstance(value, bool) else value


def _record(row: FactorRow) -> dict[str, Any]:
    record = dict(zip(COLUMNS, astuple(row), strict=True))
    for label in _LABELS:
        record[label] = datetime.combine(record[label], time())
    return record


def _schema() -> Any:
    import pyarrow as pa

    kinds = {
        **dict.fromkeys(_LABELS, pa.timestamp("us")),
        **dict.fromkeys(_INSTANTS, pa.timestamp("us", tz="UTC")),
        **dict.fromkeys(_COUNTS, pa.int64()),
        **dict.fromkeys(_TEXTS, pa.string()),
        "trust_dates": pa.bool_(),
    }
    return pa.schema([(name, kinds.get(name, pa.float64())) for name in COLUMNS])


def _whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside the target and move into place, so that a failure leaves what was there."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        write(draft)
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise NarrativeError(f"cannot write {path}: {error.strerror or error}") from error
