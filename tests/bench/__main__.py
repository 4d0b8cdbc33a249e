"""Runs everything once and prints one table, with `--slow` the largest sizes too.

`ledger|answers [--views N]` and `scale [--articles N]` measure one size of one thing.
"""

from __future__ import annotations

import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
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

_PAGES, _MORE_PAGES = (1_000, 10_000), (100_000,)  # behind triage; more with --slow
_VIEWS, _MORE_VIEWS = (1_000, 100_000), (1_000_000, 10_000_000)  # in a ledger


def main() -> None:
    """Measure and print."""
    parser = ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["all", "ledger", "answers", "scale"], default="all")
    parser.add_argument("--views", type=int, default=1_000_000, help="of the large ledger (1000000)")
    parser.add_argument(
        "--articles",
        type=int,
        default=10_000,
        help="of the many pages (10000); 100000 take a quarter of an hour",
    )
    parser.add_argument("--workers", type=int, help="processes that read the many articles (one a core)")
    parser.add_argument(
        "--slow", action="store_true", help="100,000 pages, 1 and 10 million views too: two hours and more"
    )
    asked = parser.parse_args()
    if asked.what == "answers":
        _answers(asked.views)
    elif asked.what == "ledger":
        _large(asked.views)
    elif asked.what == "scale":
        _many(asked.articles, asked.workers)
    else:
        _all(slow=asked.slow)


def _large(views: int) -> None:
    """Print what a ledger with so many views costs."""
    rows = _ledger(views)
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
    print("the annotated articles with other people, firms and numbers, as pages behind triage\n")
    print(table(rows))


def _ledger(views: int) -> list[Row]:
    """The rows of a ledger with so many views, each with its size in the name."""
    with tempfile.TemporaryDirectory() as name:
        return [replace(row, name=f"{views:,} views: {row.name}") for row in ledger_scale(Path(name), views)]


def _sizes(usual: tuple[int, ...], slow: tuple[int, ...], every: bool) -> tuple[int, ...]:
    return (*usual, *slow) if every else usual


def _all(*, slow: bool) -> None:
    """Print what the line costs, stage by stage and size by size."""
    begun = time.perf_counter()
    pages, texts = captures(), articles()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows: list[Row] = []
        parts: dict[str, Callable[[], Iterable[Row]]] = {
            "stages": lambda: stage_rates(pages, texts),
            "rates": reading_rates,
            "start-up": lambda: start_up_times(folder),
            "memory": lambda: (reading_peak(folder, texts), demo_peak(folder)),
            **{
                f"{n:,} pages": partial(scale_rows, n, parts=False) for n in _sizes(_PAGES, _MORE_PAGES, slow)
            },
            **{f"{n:,} views": partial(_ledger, n) for n in _sizes(_VIEWS, _MORE_VIEWS, slow)},
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
