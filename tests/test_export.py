from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from measure_rows import ROTATION, row, rows

from narrative.errors import NarrativeError
from narrative.measure.export import COLUMNS, csv_text, frame, to_csv, to_parquet, write
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


def test_a_table_of_pandas_is_what_pandas_reads_from_the_file(table: list[FactorRow], tmp_path) -> None:
    import pandas as pd

    to_parquet(table, tmp_path / "factor.parquet")
    made = frame(table)
    pd.testing.assert_frame_equal(made, pd.read_parquet(tmp_path / "factor.parquet"))
    kinds = made.dtypes.astype(str)
    assert set(kinds[["date", "tradeable_from"]]) == {"datetime64[us]"}
    assert set(kinds[["cutoff_utc", "computed_at"]]) == {"datetime64[us, UTC]"}
    assert set(kinds[["n", "n_new", "n_bull"]]) == {"int64"}
    assert set(kinds[["factor", "w_sum", "in_sample"]]) == {"float64"}
    assert (kinds["trust_dates"], list(made.columns)) == ("bool", list(COLUMNS))
    assert made.factor.isna().tolist() == [one.factor is None for one in table]


def test_the_form_goes_before_the_ending(table: list[FactorRow], tmp_path) -> None:
    for name, form in (("a.dat", "parquet"), ("b.parquet", None), ("c.parquet", "csv"), ("d", None)):
        write(table, tmp_path / name, form)
    begins = {path.name: path.read_bytes()[:4] for path in sorted(tmp_path.iterdir())}
    assert begins == {"a.dat": b"PAR1", "b.parquet": b"PAR1", "c.parquet": b"date", "d": b"date"}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", "|x", "%x", "\t=1"])
def test_no_text_is_a_formula_to_a_spreadsheet(text: str, table: list[FactorRow]) -> None:
    (line,) = csv.DictReader(io.StringIO(csv_text([replace(table[0], model=text, factor=-0.5)])))
    assert (line["model"], line["factor"]) == (f"'{text}", "-0.5")


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
