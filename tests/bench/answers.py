"""What people wait for with a large ledger: questions, the sentence behind a view, a digest, each a whole process."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import islice
from pathlib import Path

from narrative.clock import SimulatedClock
from narrative.ledger import open_ledger
from tests.bench.ledger_material import END, readings
from tests.bench.process import process
from tests.bench.table import Row

_TOGETHER = 10_000  # articles in one transaction
_COMMAND = "from narrative.commands import main\nmain()\n"
_DAY = f"{END:%Y-%m-%d}"
QUESTIONS = (
    "who is bullish on small caps",
    "how has sentiment on small caps changed since 1 October 2025",
    "compare small caps and mega-cap tech",
    "who flipped on small caps since 1 December 2025",
)


def answer_times(folder: Path, views: int) -> list[Row]:
    """Return the rows of the table for a ledger with so many views, one a statement, made in `folder`."""
    path = folder / "large.db"
    _fill(path, views)
    asked = [("ask", question, "--as-of", _DAY, "--limit", "20") for question in QUESTIONS]
    rows = [_row(f"ask {words[1]!r}", path, *words) for words in asked]
    seen = process("-c", _COMMAND, *asked[0], "--db", str(path)).printed
    view = re.findall(r"view ([0-9a-f]{4,})", seen)[0]
    week = f"{(END - timedelta(weeks=1)).isocalendar().year}-W{(END - timedelta(weeks=1)).isocalendar().week:02d}"
    page = str(folder / "digest.html")
    return [
        *rows,
        _row("why VIEW", path, "why", view, "--known-at", _DAY),
        _row("digest", path, "digest", "rotation", "--week", week, "--as-of", _DAY, "--out", page),
    ]


def _fill(path: Path, views: int) -> None:
    """Keep the readings in large transactions, and seal the days that are over, as crawls do."""
    clock = SimulatedClock(END)
    made = readings(views, each=1)
    with open_ledger(path, clock, create=True) as ledger:
        while batch := list(islice(made, _TOGETHER)):
            ledger.keep_readings(batch)
        clock.advance_to(END + timedelta(days=1))
        ledger.seal_days()


def _row(name: str, path: Path, *words: str) -> Row:
    done = process("-c", _COMMAND, *words, "--db", str(path))
    return Row(name, f"{done.used:.2f} s", f"{done.seconds:.2f} s by the clock, peak {done.peak:,.0f} MiB")
