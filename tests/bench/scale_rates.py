"""Rates of reading at scale, for sizing a run: python -m tests.bench.scale_rates [ARCHIVE...]

Prints what triage alone costs on the pages of the archives given (without any, on made-up pages of which 1 in 20 is an
annotated article), what reading one that passes costs, how many bytes come out, and how a cluster of two compares with one.
Seconds are of one processor core, but for the last rows, which are by the wall and mean little on a busy machine.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from narrative.crawl.packed import PackedFile
from narrative.read.encoder import load_reader
from narrative.scale.archives import read_archive
from narrative.scale.cluster import Job, cluster, read_all
from narrative.scale.folder import Folder
from narrative.scale.inputs import inputs_of
from narrative.scale.reading import InputReader, Manifest
from narrative.scale.running import run_of
from narrative.scale.triage import DENSITY, Triage
from narrative.targets import load_targets
from narrative.terms import Capture
from tests.bench.table import Row, machine, table
from tests.scale_rows import BEGAN, FILLER, archive, texts

DENSITIES = (0.0, 3.0, 6.0, 10.0)
PAGES, RELEVANT = 1_000, 20  # made-up pages, and one in how many is an article
FILES, EACH = 24, 12  # of the comparison of one worker with two


def made_up(folder: Path) -> Path:
    """Write an archive in which one page in twenty is an annotated article."""
    articles = texts(PAGES // RELEVANT)
    made = [
        next(articles) if n % RELEVANT == 0 else f"Story {n}\n\n{FILLER}\n\n{FILLER} ({n})"
        for n in range(PAGES)
    ]
    return archive(folder / "made-up.warc.gz", made)


def triage_rows(paths: Sequence[Path]) -> list[Row]:
    """Measure parsing and triage of whole archives, and what passes at several densities."""
    targets = load_targets()
    Triage(targets).page(next(_pages(paths)))  # patterns are compiled at their first use
    begun = time.process_time()
    count = sum(1 for _ in _pages(paths))
    parsing = time.process_time() - begun
    pages = list(_pages(paths))
    size = sum(path.stat().st_size for path in paths)
    rows = [_rate("parse an archive", count, parsing, f"{size / parsing / 1e6:,.1f} MB packed a second")]
    for density in DENSITIES:
        triage = Triage(targets, density)
        begun = time.process_time()
        passed = sum(triage.page(page) is None for page in pages)
        seconds = time.process_time() - begun
        share = f"{passed} of {count} pass at density {density:g} ({passed / count:.1%})"
        rows.append(_rate("triage", count, seconds, share))
    return rows


def _pages(paths: Sequence[Path]) -> Iterator[Capture]:
    for path in paths:
        with PackedFile(path) as file:
            found = read_archive(file, partial(PackedFile, path))
            yield from (one for one in found if isinstance(one, Capture))


def reading_rows(paths: Sequence[Path], folder: Path) -> list[Row]:
    """Measure whole inputs, as a worker reads them."""
    model = load_reader()
    run = run_of(BEGAN, model, density=DENSITY)
    out = Folder(str(folder / "out"))
    reader = InputReader(out, out.begin(run), model, load_targets())
    warm = folder / "warm.warc.gz"
    reader.read(inputs_of([str(archive(warm, list(texts(1))))])[0])
    begun = time.process_time()
    gave = [reader.read(file) for file in inputs_of([str(path) for path in paths])]
    seconds = time.process_time() - begun
    return _read_rows(gave, seconds, folder / "out")


def _read_rows(gave: Sequence[Manifest], seconds: float, out: Path) -> list[Row]:
    found, read, size = (sum(one[name] for one in gave) for name in ("found", "read", "size"))
    written = {table: sum((out / name).stat().st_size for one in gave for name in one["files"] if name.startswith(table))
               for table in ("readings", "views")}  # fmt: skip
    return [
        _rate("whole inputs, pages", found, seconds, f"{size / seconds / 1e6:,.2f} MB packed a second"),
        _rate("whole inputs, read", read, seconds, f"{sum(one['views'] for one in gave)} views"),
        Row("bytes in", f"{size / found / 1e3:,.1f} kB a page", "packed"),
        Row(
            "bytes out",
            f"{written['readings'] / max(read, 1) / 1e3:,.1f} kB a reading",
            "page, text and claims",
        ),
        Row("bytes out", f"{written['views'] / max(read, 1) / 1e3:,.1f} kB a reading", "views"),
    ]


def cluster_rows(folder: Path) -> list[Row]:
    """Compare two workers with one on the same inputs, by the time between the first inputs that are done and the last."""
    made = list(texts(FILES * EACH))
    for n in range(FILES):
        archive(folder / f"part-{n}.warc.gz", made[n * EACH : (n + 1) * EACH], n * EACH)
    files = inputs_of([f"{folder}/part-*.warc.gz"])
    rates, rows = [], []
    for workers in (1, 2):
        out = str(folder / f"out-{workers}")
        run = Folder(out).begin(run_of(BEGAN, load_reader()))
        with cluster(None, workers):
            ended, busy = [], 0.0
            for done in read_all(files, Job(out, run, load_reader), workers):
                ended.append(time.perf_counter())
                busy += done.seconds
        rates.append((FILES - workers) * EACH / (ended[-1] - ended[workers - 1]))
        rows.append(Row(f"{workers} worker{'s' * (workers > 1)}", f"{rates[-1]:,.1f} articles/s",
                        f"by the wall; {1000 * busy / FILES / EACH:,.0f} ms of a core an article"))  # fmt: skip
    return [*rows, Row("two against one", f"{rates[1] / rates[0]:.2f}", "start-up apart")]


def _rate(name: str, count: int, seconds: float, remark: str) -> Row:
    return Row(name, f"{count / seconds:,.1f} a core-second", remark)


def main(arguments: Sequence[str]) -> None:
    """Print the table."""
    print(machine())
    with TemporaryDirectory() as lent:
        folder = Path(lent)
        paths = [Path(argument) for argument in arguments] or [made_up(folder)]
        rows = [*triage_rows(paths), *reading_rows(paths, folder)]
        print(table(rows), flush=True)
        print(table(cluster_rows(folder)))
    print(machine())


if __name__ == "__main__":
    main(sys.argv[1:])
