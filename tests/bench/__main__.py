"""Runs everything once and prints one table; `ledger|answers [--views N]` and `scale [--articles N]` do large ones."""

from __future__ import annotations

import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.bench.answers import answer_times
from tests.bench.ledger_scale import ledger_scale
from tests.bench.material import articles, captures
from tests.bench.memory import demo_peak, reading_peak
from tests.bench.rates import reading_rates
from tests.bench.scale import scale_rows
from tests.bench.stages import stage_rates
from tests.bench.startup import start_up_times
from tests.bench.table import Row, machine, table

_FEW = 1_000  # articles behind the gate, in the table of everything


def main() -> None:
    """Measure and print."""
    parser = ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["all", "ledger", "answers", "scale"], default="all")
    parser.add_argument("--views", type=int, default=1_000_000, help="of the large ledger (1000000)")
    parser.add_argument(
        "--articles",
        type=int,
        default=10_000,
        help="of the many (10000); 100000 are slow: half an hour and more",
    )
    parser.add_argument("--workers", type=int, help="processes that read the many articles (one a core)")
    asked = parser.parse_args()
    if asked.what == "answers":
        _answers(asked.views)
    elif asked.what == "ledger":
        _large(asked.views)
    elif asked.what == "scale":
        _many(asked.articles, asked.workers)
    else:
        _all()


def _large(views: int) -> None:
    """Print what a ledger with so many views costs."""
    with tempfile.TemporaryDirectory() as name:
        rows = ledger_scale(Path(name), views)
    print(machine())
    print(f"{views:,} views, a tenth of them on the legs of rotation, over twenty years\n")
    print(table(rows))


def _answers(views: int) -> None:
    """Print what it takes to answer from a ledger with so many views."""
    with tempfile.TemporaryDirectory() as name:
        rows = answer_times(Path(name), views)
    print(machine())
    print(
        f"{views:,} views in {views // 5:,} articles over twenty years; each line is a process of its own\n"
    )
    print(table(rows))


def _many(articles: int, workers: int | None) -> None:
    """Print what many articles cost of which few are on markets."""
    rows = scale_rows(articles, workers)
    print(machine())
    print("the annotated articles with other people, firms and numbers, as pages behind the gate\n")
    print(table(rows))


def _all() -> None:
    """Print what the line costs, stage by stage."""
    begun = time.perf_counter()
    pages, texts = captures(), articles()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows: list[Row] = []
        parts: dict[str, Callable[[], Iterable[Row]]] = {
            "stages": lambda: stage_rates(pages, texts),
            "rates": reading_rates,
            "many": lambda: scale_rows(_FEW, parts=False),
            "start-up": lambda: start_up_times(folder),
            "memory": lambda: (reading_peak(folder, texts), demo_peak(folder)),
        }
        for part, measure in parts.items():
            print(f"measuring: {part}", file=sys.stderr, flush=True)
            rows += measure()
    seconds = time.perf_counter() - begun
    print(machine())
    print(f"material: {len(pages)} pages of corpus/site, {len(texts)} articles of corpus/articles\n")
    print(table(rows))
    print(f"\n{seconds:.0f} s in all")


if __name__ == "__main__":
    main()
