"""What a large ledger costs: writing it in large transactions, then a factor, a series as of long ago and a question.

Each reading is a process of its own, so that its peak of memory is its own. Times are of the processor and of the
clock, because they are far apart on a busy machine; importing the libraries is not counted, except for the question.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from narrative.clock import SimulatedClock
from narrative.ledger import open_ledger
from narrative.ledger.imports import From, OutsideView
from narrative.terms import Vintage
from tests.bench.ledger_material import END, STATEMENTS, VIEWS, readings
from tests.bench.process import process
from tests.bench.table import Row

TOGETHER = 50_000  # views in one transaction
_OUTSIDE = From("bench", "bench.csv", Vintage("import:bench", "bench"))

_MEASURE = """
import re, sys, time
from datetime import UTC, datetime
from pathlib import Path
import numpy, scipy.special
from narrative import api
from narrative.clock import SimulatedClock
from narrative.measure.sessions import load_sessions
load_sessions()
clock = SimulatedClock(datetime(2025, 12, 31, 12, tzinfo=UTC))
with api.open(Path(sys.argv[1]), readonly=True, clock=clock) as ledger:
    begun, used = time.perf_counter(), time.process_time()
    if sys.argv[2] == "factor":
        found = api.factor(ledger, "rotation", clock=clock)
    else:
        found = api.series(ledger, "rotation", as_of=datetime(2015, 12, 31, 12, tzinfo=UTC), clock=clock)
    print(len(found), time.process_time() - used, time.perf_counter() - begun)
"""
_ASK = """
from narrative.commands import main
main()
"""


def ledger_scale(folder: Path, views: int) -> list[Row]:
    """Return the rows of the table for a ledger with so many views, made in `folder`."""
    path = folder / "large.db"
    rows = [_written(path, views), _imported(folder / "outside.db", min(views, 200_000))]
    rows.append(
        Row(
            "file",
            f"{path.stat().st_size / 2**20:,.0f} MiB",
            f"{path.stat().st_size / views:,.0f} bytes a view",
        )
    )
    rows += [_measured("factor rotation", path, "factor", "sessions")]
    rows += [_measured("series, as of ten years back", path, "series", "weeks")]
    ask = ("ask", "who is bullish on small caps", "--as-of", "2025-12-31", "--db", str(path))
    done = process("-c", _ASK, *ask)
    return [
        *rows,
        Row(
            "ask, the whole process",
            f"{done.used:.2f} s",
            f"{done.seconds:.2f} s by the clock, peak {done.peak:,.0f} MiB",
        ),
    ]


def _written(path: Path, views: int) -> Row:
    """Keep readings, many in one transaction; making them up is not counted."""
    made, used, seconds = readings(views), 0.0, 0.0
    with open_ledger(path, SimulatedClock(END), create=True) as ledger:
        while batch := list(islice(made, TOGETHER // (STATEMENTS * VIEWS))):
            begun, before = time.perf_counter(), time.process_time()
            ledger.keep_readings(batch)
            used, seconds = used + time.process_time() - before, seconds + time.perf_counter() - begun
    return Row(
        "pages kept", f"{views / used:,.0f} views/s", f"{views / seconds:,.0f} by the clock, ten views a page"
    )


def _imported(path: Path, views: int) -> Row:
    """Keep the same views as if they came from outside, in one call."""
    rows = list(_outside(views))
    with open_ledger(path, SimulatedClock(END), create=True) as ledger:
        begun, before = time.perf_counter(), time.process_time()
        kept = ledger.keep_views(rows, _OUTSIDE).new
        used, seconds = time.process_time() - before, time.perf_counter() - begun
    return Row(
        "views imported", f"{kept / used:,.0f} views/s", f"{kept / seconds:,.0f} by the clock, {kept:,} views"
    )


def _outside(views: int) -> Iterable[OutsideView]:
    for reading in readings(views):
        page, speakers = reading.article, {one.id: one for one in reading.statements}
        for view in reading.views:
            said = speakers[view.statement]
            yield OutsideView(
                1, page.published, None, page.available_at or END, str(said.speaker), said.firm, page.id,
                view.target, view.stance, view.bullish, view.bearish, view.neutral, backfilled=True,
            )  # fmt: skip


def _measured(name: str, path: Path, what: str, unit: str) -> Row:
    done = process("-c", _MEASURE, str(path), what)
    count, used, seconds = done.printed.split()
    remark = f"{float(seconds):.2f} s by the clock, {count} {unit}, peak {done.peak:,.0f} MiB"
    return Row(name, f"{float(used):.2f} s", remark)
