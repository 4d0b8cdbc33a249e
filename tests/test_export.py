from __future__ import annotations

import csv
import io

import pytest
from measure_rows import ROTATION, row, rows

from narrative.errors import NarrativeError
from narrative.measure.export import COLUMNS, csv_text, to_csv, to_parquet
from narrative.measure.factor import FactorRow

NOON = "T12:00"


@pytest.fixture
def table() -> list[FactorRow]:
    entries = [row("2026-01-13" + NOON), row("2026-01-15" + NOON, -0.5, voice="b", target="mega_cap_tech")]
    return list(rows(*entries, legs=ROTATION).values())


def test_csv_has_every_column_and_leaves_missing_empty(table: list[FactorRow]) -> None:
    lines = list(csv.DictReader(io.StringIO(csv_text(table))))
    assert tuple(lines[0]) == COLUMNS
    assert (lines[0]["date"], lines[0]["factor"], lines[0]["flag"]) == ("2026-01-12", "", "none")
    assert (lines[0]["cutoff_utc"], lines[0]["trust_dates"]) == ("2026-01-12T21:00:00Z", "false")
    assert float(lines[3]["factor"]) == table[3].factor


def test_parquet_keeps_types_and_values(table: list[FactorRow], tmp_path) -> None:
    from pyarrow import parquet

    to_parquet(table, tmp_path / "factor.parquet")
    read = parquet.read_table(tmp_path / "factor.parquet")
    kinds = {
        name: str(read.schema.field(name).type) for name in ("date", "cutoff_utc", "n", "factor", "params")
    }
    assert kinds == {
        "date": "timestamp[us]",
        "cutoff_utc": "timestamp[us, tz=UTC]",
        "n": "int64",
        "factor": "double",
        "params": "string",
    }
    assert read.column_names == list(COLUMNS)
    assert read.column("factor").to_pylist() == [one.factor for one in table]
    assert read.column("tradeable_from").to_pylist()[0].date() == table[0].tradeable_from


@pytest.mark.parametrize("write", [to_csv, to_parquet])
def test_a_file_is_written_whole_or_not_at_all(write, table: list[FactorRow], tmp_path) -> None:
    path = tmp_path / "factor"
    write(table, path)
    write([], path)
    assert [found.name for found in tmp_path.iterdir()] == ["factor"]
    with pytest.raises(NarrativeError, match="cannot write"):
        write(table, tmp_path / "nowhere" / "factor")
    (tmp_path / "folder").mkdir()
    with pytest.raises(NarrativeError, match="cannot write"):
        write(table, tmp_path / "folder")
    assert sorted(found.name for found in tmp_path.iterdir()) == ["factor", "folder"]
