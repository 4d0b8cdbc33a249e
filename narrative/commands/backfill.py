"""narrative backfill: many archives and dumps, read by many workers into Parquet files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from narrative.scale.cluster import Done
    from narrative.scale.folder import Run
    from narrative.scale.inputs import Input

_SHOWN = 6  # reasons


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "--out", required=True, metavar="DIR", help="Where the Parquet files go; every worker must reach it."
)
@click.option(
    "--address", metavar="ADDRESS", help="A Ray cluster that is there, or auto; else one is begun here."
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Processes that read, one core each.  [default: all cores]",
)
@click.option(
    "--trust-dates",
    is_flag=True,
    help="Rows of dumps count from their print date (they are marked as trusted).",
)
@click.option(
    "--density",
    type=click.FloatRange(min=0.0),
    metavar="N",
    help="Words of the market in a thousand, below which a page is not read.  [default: 3]",
)
@click.option("--read-all", is_flag=True, help="No triage: read every page, as narrative crawl --warc does.")
def command(
    inputs: tuple[str, ...],
    out: str,
    address: str | None,
    workers: int | None,
    trust_dates: bool,
    density: float | None,
    read_all: bool,
) -> None:
    """Read archives and dumps with many workers into Parquet files, to be loaded into a ledger by narrative merge.

    INPUT is a file, a pattern or a folder, here or at an address that fsspec knows: WARC (CC-NEWS), JSON lines or Parquet with
    the columns url, title, published, source and text. Most pages are passed over after a cheap look: what is not English, or
    has nothing of the market near an attribution. Run it again after a stop: what was finished is not read again, and what
    was not comes out the same. A folder keeps to the model, targets and options it was begun with.

    \b
    Examples:
      narrative backfill CC-NEWS-2026*.warc.gz --out backfill
      narrative backfill s3://news/2026/ --out s3://readings --address auto
      narrative merge backfill
    """  # noqa: D301
    from narrative.clock import SystemClock
    from narrative.errors import UsageError
    from narrative.read.encoder import load_reader
    from narrative.scale.folder import Folder
    from narrative.scale.inputs import inputs_of
    from narrative.scale.running import run_of
    from narrative.scale.triage import DENSITY

    if read_all and density is not None:
        raise UsageError("--read-all reads every page: leave --density out")
    files = inputs_of(inputs)
    out = out if "://" in out else str(Path(out).absolute())
    least = None if read_all else DENSITY if density is None else density
    folder = Folder(out)
    run = folder.begin(run_of(SystemClock().now(), load_reader(), trust_dates=trust_dates, density=least))
    left = [file for file in files if not folder.is_done(file)]
    tally = Tally(len(files), len(files) - len(left))
    if left:
        _read(left, out, run, address, workers, tally)
    for line in tally.lines():
        click.echo(line)
    for line in tally.failed:
        click.echo(f"narrative: {' '.join(line.split())}", err=True)
    if tally.failed:
        raise click.exceptions.Exit(1)


def _read(
    left: list[Input], out: str, run: Run, address: str | None, workers: int | None, tally: Tally
) -> None:
    from narrative.commands.progress import bar
    from narrative.read.encoder import load_reader
    from narrative.scale.cluster import Job, cluster, read_all

    with cluster(address, workers) as cores, bar() as progress:
        done = read_all(left, Job(out, run, load_reader), workers or cores)
        tally.add_all(done, sum(file.size for file in left), progress)


class Tally:
    """Adds up what inputs gave."""

    def __init__(self, files: int, done: int) -> None:
        self.files = files
        self.done = done
        self.read = 0
        self.failed: list[str] = []
        self.counts = Counter[str]()
        self.reasons = Counter[str]()
        self.seconds = 0.0
        self.bytes = 0

    def add_all(self, done: Iterable[Done], size: int, progress: Callable[[str, int, int], None]) -> None:
        """Add inputs as they are done; `size` are the bytes of all of them."""
        progress("read kB", 0, max(size // 1000, 1))
        for one in done:
            self.seconds += one.seconds
            if one.failed is not None:
                self.failed.append(one.failed)
            if one.manifest is not None:
                self._add(one.manifest)
            progress("read kB", self.bytes // 1000, max(size // 1000, 1))

    def _add(self, told: dict[str, Any]) -> None:
        self.read += 1
        self.bytes += told["size"]
        if told["broken"]:
            self.failed.append(told["broken"])
        if told["defects"]:
            self.failed.append(
                f"{told['input']}: {told['defects']} pages could not be read; the files of failures say why"
            )
        for name in ("found", "held", "read", "stubs", "passed_over", "statements", "views"):
            self.counts[name] += told[name]
        self.counts["triaged"] += sum(told["triaged"].values())
        for name in ("triaged", "left_out"):
            self.reasons.update(told[name])

    def lines(self) -> list[str]:
        """Return what was done, one fact a line."""
        count = self.counts
        told = [f"inputs      {self.read} read, {self.done} of {self.files} read before"]
        if not self.read:
            return told
        told += [
            f"found       {count['found']} pages and rows, {count['held']} of them twice",
            f"passed over {count['triaged']} by triage",
            f"read        {count['read']} articles, {count['stubs']} teasers, {count['passed_over']} without an article",
            f"statements  {count['statements']}",
            f"views       {count['views']}",
        ]
        shown = self.reasons.most_common(_SHOWN)
        told += [f"left out    {number} ({reason})" for reason, number in shown]
        rest = sum(self.reasons.values()) - sum(number for _, number in shown)
        told += [f"left out    {rest} for other reasons"] if rest else []
        if self.seconds:
            rates = f"{count['found'] / self.seconds:,.1f} found, {count['read'] / self.seconds:,.1f} read"
            told.append(f"a second    {rates}, {self.bytes / self.seconds / 1e6:,.2f} MB, of one core")
        return told
