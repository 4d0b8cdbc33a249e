"""Start-up times of whole processes, best of five."""

from __future__ import annotations

from pathlib import Path

from tests import ledger_rows
from tests.bench.table import Row
from tests.ledger_rows import LARGE, SMALL, reading
from tests.shell import narrative

RUNS = 5


def start_up_times(folder: Path) -> list[Row]:
    """Return one row for `--help` and one for `ask` on a small ledger in `folder`."""
    ledger, _ = ledger_rows.ledger(folder)
    with ledger:
        ledger.keep_reading(reading(SMALL, LARGE))
    question = ("ask", "who is bullish on small caps", "--as-of", "2026-01-16")
    return [_best("start --help", folder, "--help"), _best("start ask", folder, *question)]


def _best(name: str, folder: Path, *arguments: str) -> Row:
    runs = [narrative(*arguments, cwd=folder) for _ in range(RUNS)]
    if any(ran.code for ran in runs):
        raise RuntimeError(f"{name}: {runs[0].err}")
    return Row(name, f"{1000 * min(ran.seconds for ran in runs):,.0f} ms", f"best of {RUNS} processes")
