"""What is given out: published rows, the table of pandas, the names of the package."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import narrative
from narrative import api, exporting
from narrative.clock import SimulatedClock
from narrative.errors import NarrativeError, UsageError
from narrative.importing import import_views
from narrative.ledger import Ledger, open_ledger
from narrative.measure.export import csv_text
from narrative.targets import load_targets
from tests.shell import narrative as command

NOW = datetime(2026, 1, 20, 22, tzinfo=UTC)
HEAD = "published_at,first_seen_at,voice,story,target,score\n"
FIRST = "2026-01-14T15:00:00Z,2026-01-14T15:00:00Z,Harbor Lane,s1,small_caps,1\n"
LATE = "2026-01-15T15:00:00Z,2026-01-15T15:00:00Z,Kestrel,s2,small_caps,-1\n"


def take(ledger: Ledger, clock: SimulatedClock, rows: str) -> None:
    path = ledger.path.with_name("views.csv")
    path.write_text(HEAD + rows, encoding="utf-8")
    import_views(path, ledger, clock, load_targets(), source="Desk", complain=pytest.fail)


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(NOW)


@pytest.fixture
def book(tmp_path: Path, clock: SimulatedClock) -> Iterator[Ledger]:
    """A ledger with one view, of 14 January; four sessions have closed since."""
    with open_ledger(tmp_path / "narrative.db", clock, create=True) as ledger:
        take(ledger, clock, FIRST)
        yield ledger


def out(ledger: Ledger, **options: Any) -> str:
    return csv_text(exporting.published(ledger, "rotation", **options))


# --- publishing ----------------------------------------------------------------------------------------------


def test_only_what_is_new_or_changed_is_given_out(book: Ledger, clock: SimulatedClock) -> None:
    assert exporting.publish(book, "rotation", clock=clock) == 4
    clock.advance_to(NOW + timedelta(hours=1))
    assert exporting.publish(book, "rotation", clock=clock) == 0
    clock.advance_to(NOW + timedelta(days=1))
    assert exporting.publish(book, "rotation", clock=clock) == 1  # the session of 21 January
    take(book, clock, LATE)
    assert (
        exporting.publish(book, "rotation", clock=clock) == 4
    )  # 15, 16, 20 and 21 January say something else
    rows = exporting.published(book, "rotation")
    assert [str(row.date)[8:] for row in rows] == ["14", "15", "15", "16", "16", "20", "20", "21", "21"]
    assert [row.computed_at for row in rows[1:3]] == [NOW, NOW + timedelta(days=1)]
    assert (rows[1].n, rows[2].n) == (1, 2)


def test_what_was_given_out_is_read_back_byte_for_byte(book: Ledger, clock: SimulatedClock) -> None:
    exporting.publish(book, "rotation", clock=clock)
    first = out(book)
    assert first == csv_text(api.factor(book, "rotation", clock=clock))
    clock.advance_to(NOW + timedelta(days=1))
    take(book, clock, LATE)
    exporting.publish(book, "rotation", clock=clock)
    assert out(book, known_at=NOW) == out(book, known_at=clock.now() - timedelta(microseconds=1)) == first
    assert out(book, known_at=clock.now()) == out(book) != first
    assert set(first.splitlines()) < set(out(book).splitlines())


def test_a_value_that_returns_is_given_out_again(book: Ledger, clock: SimulatedClock) -> None:
    day = {"start": date(2026, 1, 14), "end": date(2026, 1, 14), "clock": clock}
    (entry,) = book.entries()
    given = []
    for stance in ("bullish", "bearish", "model"):
        if stance != "bullish":
            book.correct(entry.view, stance, "a test of history")  # type: ignore[arg-type]
        given.append(exporting.publish(book, "rotation", **day))
        clock.sleep(60)
    assert given == [1, 1, 1]
    assert [row.factor for row in exporting.published(book, "rotation")] == [0.5, -0.5, 0.5]


def test_days_cut_what_is_read_back(book: Ledger, clock: SimulatedClock) -> None:
    exporting.publish(book, "rotation", clock=clock)
    rows = exporting.published(book, "rotation", start=date(2026, 1, 15), end=date(2026, 1, 16))
    assert [str(row.date) for row in rows] == ["2026-01-15", "2026-01-16"]


def test_nothing_was_published(book: Ledger) -> None:
    with pytest.raises(
        NarrativeError, match="nothing of rotation was published; narrative factor rotation --publish"
    ):
        exporting.published(book, "rotation")
    with pytest.raises(NarrativeError, match=r"nothing of rotation was published by 2026-01-20 22:00 UTC"):
        exporting.published(book, "rotation", known_at=NOW)
    with pytest.raises(UsageError, match="unknown narrative 'rotatoin'"):
        exporting.published(book, "rotatoin")


# --- import narrative ----------------------------------------------------------------------------------------


def test_the_package_gives_a_table_by_ledger_or_by_path(book: Ledger, clock: SimulatedClock) -> None:
    import pandas as pd

    made = narrative.factor(book, "rotation", clock=clock)
    pd.testing.assert_frame_equal(made, narrative.factor(str(book.path), "rotation", clock=clock))
    assert made.factor.tolist() == [row.factor for row in api.factor(book, "rotation", clock=clock)]
    exporting.publish(book, "rotation", clock=clock)
    pd.testing.assert_frame_equal(made, narrative.factor(book.path, "rotation", published=True, known_at=NOW))
    alone = narrative.factor(book, "rotation", vintage="import:Desk", end=date(2026, 1, 15), clock=clock)
    assert len(alone) == 2
    with pytest.raises(UsageError, match="what was published"):
        narrative.factor(book, "rotation", published=True, as_of=NOW)


def test_the_package_answers(book: Ledger, clock: SimulatedClock) -> None:
    assert "Harbor Lane" in narrative.ask(book.path, "who is bullish on small caps", clock=clock).text()
    assert [point.net for point in narrative.series(book.path, "rotation", clock=clock)] == [1.0, 1.0]
    with narrative.open(book.path, readonly=True) as again:
        assert len(again.entries()) == 1
    with pytest.raises(UsageError, match="there is no ledger at"):
        narrative.factor(book.path.with_name("nowhere.db"), "rotation")


def test_an_import_of_the_package_costs_nothing() -> None:
    code = """
import sys
import narrative
assert {"ask", "factor", "open", "series"} <= set(dir(narrative))
print([name for name in sys.modules if name.startswith("narrative.") or name in ("pandas", "numpy", "click")])
from narrative import ask, factor
print([name for name in ("pandas", "numpy", "pyarrow", "spacy", "onnxruntime") if name in sys.modules])
try:
    narrative.nothing
except AttributeError as error:
    print(error)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["[]", "[]", "module 'narrative' has no attribute 'nothing'"]


# --- the command ---------------------------------------------------------------------------------------------


def test_the_command_publishes_and_reads_back(book: Ledger) -> None:
    folder = book.path.parent
    first = command("factor", "rotation", "--publish", "--end", "2026-01-16", cwd=folder)
    assert (first.code, first.out.count("\n")) == (0, 4)
    assert "3 new rows published" in first.err
    again = command("factor", "rotation", "--published", cwd=folder)
    assert (again.code, again.out) == (0, first.out)
    shown = command("factor", "rotation", "--published", "--format", "parquet", "--out", "f.dat", cwd=folder)
    assert (shown.code, shown.out) == (0, "f.dat: 3 rows\n")
    assert (folder / "f.dat").read_bytes()[:4] == b"PAR1"


REFUSED = [
    (("--publish", "--published"), "choose one"),
    (("--publish", "--evaluate"), "choose one"),
    (
        ("--publish", "--known-at", "2026-01-16"),
        "--publish gives out what this ledger says now, not --known-at",
    ),
    (("--publish", "--vintage", "x"), "--publish gives out what this ledger says now, not --vintage"),
    (("--published", "--as-of", "2026-01-16"), "it goes with --known-at only"),
    (("--format", "parquet"), "--format parquet needs --out FILE"),
    (("--format", "csv", "--evaluate"), "--format is for the factor's own file"),
]


@pytest.mark.parametrize(("options", "said"), REFUSED, ids=[" ".join(options) for options, _ in REFUSED])
def test_options_that_contradict_one_another(options: tuple[str, ...], said: str, tmp_path: Path) -> None:
    ran = command("factor", "rotation", *options, cwd=tmp_path)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert said in ran.err
