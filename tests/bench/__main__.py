"""Runs everything once and prints one table."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.bench.material import articles, captures
from tests.bench.memory import demo_peak, reading_peak
from tests.bench.rates import reading_rates
from tests.bench.stages import stage_rates
from tests.bench.startup import start_up_times
from tests.bench.table import Row, machine, table


def main() -> None:
    """Measure and print."""
    begun = time.perf_counter()
    pages, texts = captures(), articles()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows: list[Row] = [
            *stage_rates(pages, texts),
            *reading_rates(),
            *start_up_times(folder),
            reading_peak(folder, texts),
            demo_peak(folder),
        ]
    seconds = time.perf_counter() - begun
    print(machine())
    print(f"material: {len(pages)} pages of corpus/site, {len(texts)} articles of corpus/articles\n")
    print(table(rows))
    print(f"\n{seconds:.0f} s in all")


if __name__ == "__main__":
    main()
