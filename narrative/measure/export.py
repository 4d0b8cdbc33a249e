"""Factor rows as CSV, Parquet or a table of pandas, the same columns in the same order, and rows from what was published.

Instants are UTC; `date` and `tradeable_from` are session labels without a zone. A file is there whole or
not at all.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import astuple, fields
from datetime import date, datetime, time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from narrative.errors import NarrativeError
from narrative.measure.factor import FactorRow

COLUMNS = tuple(field.name for field in fields(FactorRow))
_LABELS = ("date", "tradeable_from")
_INSTANTS = ("cutoff_utc", "computed_at")
_COUNTS = ("n", "n_new", "n_stories", "n_voices", "n_bull", "n_bear", "n_neutral", "by_hand")
_TEXTS = ("narrative", "flag", "reason", "params", "model", "calendar")
_FORMULA = tuple("=+-@|%\t\r")  # what a spreadsheet runs when a text begins with it


def csv_text(rows: Iterable[FactorRow]) -> str:
    """Return the rows as CSV with a header: missing is empty, instants as `2026-01-14T21:00:00Z`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in astuple(row)] for row in rows)
    return out.getvalue()


def frame(rows: Iterable[FactorRow]) -> Any:
    """Return the rows as a pandas.DataFrame, as pandas.read_parquet reads them from a file.

    `date` and `tradeable_from` are datetime64[us] without a zone, `cutoff_utc` and `computed_at` datetime64[us, UTC],
    counts int64, `trust_dates` bool, other numbers float64 (missing is NaN), the rest text. Raises NarrativeError without
    pandas.
    """
    if find_spec("pandas") is None:
        raise NarrativeError("a table of pandas needs pandas: pip install pandas")
    return _table(rows).to_pandas()


def row_of(record: Mapping[str, Any]) -> FactorRow:
    """Return the row of a published record, in which dates and instants are ISO text; columns younger than it are unset."""
    values = {name: record[name] for name in COLUMNS if name in record}
    values |= {name: date.fromisoformat(record[name]) for name in _LABELS}
    values |= {name: datetime.fromisoformat(record[name]) for name in _INSTANTS}
    return FactorRow(**values)


def write(rows: Iterable[FactorRow], path: Path, form: str | None = None, *, root: str | None = None) -> None:
    """Write the rows in a form, csv or parquet; without one as Parquet when the path ends so, else as CSV.

    Only Parquet has a place for the root.
    """
    if form == "parquet" or (form is None and path.suffix == ".parquet"):
        to_parquet(rows, path, root=root)
    else:
        to_csv(rows, path)


def to_csv(rows: Iterable[FactorRow], path: Path) -> None:
    """Write the rows to `path` as CSV. Raises NarrativeError when the file cannot be written."""
    text = csv_text(rows)
    _whole(path, lambda draft: draft.write_text(text, encoding="utf-8", newline="\n"))


def to_parquet(rows: Iterable[FactorRow], path: Path, *, root: str | None = None) -> None:
    """Write the rows to `path` as Parquet; labels are naive timestamps, as pandas indexes want them.

    `root`, `DAY:ROOT` of the ledger, goes into the file's metadata as `narrative.root`. Raises NarrativeError when the
    file cannot be written.
    """
    from pyarrow import parquet

    table = _table(rows)
    if root is not None:
        table = table.replace_schema_metadata({"narrative.root": root})
    _whole(path, lambda draft: parquet.write_table(table, draft))


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return str(value).lower() if isinstance(value, bool) else value


def _table(rows: Iterable[FactorRow]) -> Any:
    import pyarrow

    return pyarrow.Table.from_pylist([_record(row) for row in rows], schema=_schema())


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
