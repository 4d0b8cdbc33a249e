"""Old material into the ledger: pages of web archives and rows of dated dumps, read like any other page.

A record and all that was read in it are one transaction, and what is held already is not read again: a run may be
killed at any point and started again, and one that has ended adds nothing when it is repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from narrative.clock import Clock
from narrative.crawl.canonical import canonical_url
from narrative.crawl.dumps import DumpRow, read_dump
from narrative.crawl.packed import BrokenFileError, LeftOut, PackedFile
from narrative.crawl.warc import read_warc
from narrative.errors import NarrativeError
from narrative.ledger import Ledger
from narrative.material import EARLY, Taken, article_of_row, is_early, no_text, read_page
from narrative.pipeline import Progress, ReadSummary, counted
from narrative.read.encoder import StanceModel
from narrative.read.reader import read_article, vintage_of
from narrative.targets import Targets
from narrative.terms import Article, Capture, Reading

SHOWN = 3  # lines named of each reason
_Found = TypeVar("_Found", Capture, DumpRow)


@dataclass(slots=True)
class Reason:
    """How often something was left out for one reason, and the first lines where."""

    count: int = 0
    lines: list[int] = field(default_factory=list)

    def add(self, left: LeftOut) -> None:
        """Count one more."""
        self.count += 1
        if left.line is not None and len(self.lines) < SHOWN:
            self.lines.append(left.line)


@dataclass(slots=True)
class BackfillSummary:
    """What one file gave. `found` are its pages or rows, `held` those of them that the ledger had.

    `first` and `last` are the times from which the new ones could be read; `broken` says where the file could
    not be read on.
    """

    found: int = 0
    held: int = 0
    read: ReadSummary = field(default_factory=ReadSummary)
    first: datetime | None = None
    last: datetime | None = None
    left_out: dict[str, Reason] = field(default_factory=dict)
    broken: BrokenFileError | None = None

    def leave_out(self, left: LeftOut) -> None:
        """Count what is no page or row, by its reason."""
        self.left_out.setdefault(left.reason, Reason()).add(left)

    def add(self, gave: ReadSummary, available_at: datetime) -> None:
        """Count what a new page or row gave."""
        self.read += gave
        self.first = min(self.first or available_at, available_at)
        self.last = max(self.last or available_at, available_at)


class Backfill:
    """Reads files into one ledger with one model; `progress` is told the stage and thousands of bytes."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        model: StanceModel,
        targets: Targets,
        progress: Progress | None = None,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._model = model
        self._targets = targets
        self._progress = progress or (lambda _stage, _done, _all: None)

    def warc(self, path: Path) -> BackfillSummary:
        """Keep and read the pages of an archive; they could be read from the time the archive captured them.

        Raises NarrativeError for what cannot be opened or is no WARC file.
        """
        return self._run(path, "warc kB", read_warc, self._page)

    def dump(self, path: Path, *, trust_dates: bool = False) -> BackfillSummary:
        """Read the rows of a dated dump; they could be read from now, with `trust_dates` from their print date.

        A day stands for its last second in New York, a date ahead of now for now. Raises NarrativeError for
        what cannot be opened.
        """

        def keep(row: DumpRow, summary: BackfillSummary) -> None:
            self._row(row, path, summary, trust_dates=trust_dates)

        return self._run(path, "rows kB", read_dump, keep)

    def _run(
        self,
        path: Path,
        stage: str,
        reader: Callable[[PackedFile], Iterator[_Found | LeftOut]],
        keep: Callable[[_Found, BackfillSummary], None],
    ) -> BackfillSummary:
        summary = BackfillSummary()
        with PackedFile(path) as file:
            try:
                for found in reader(file):
                    if isinstance(found, LeftOut):
                        summary.leave_out(found)
                    else:
                        summary.found += 1
                        keep(found, summary)
                    self._progress(stage, file.done // 1000, max(file.size, 1000) // 1000)
            except BrokenFileError as error:
                summary.broken = error
        self._ledger.seal_days()
        return summary

    # --- pages -------------------------------------------------------------------------------------------

    def _page(self, capture: Capture, summary: BackfillSummary) -> None:
        if is_early(capture, self._clock.now()):
            summary.found -= 1
            summary.leave_out(LeftOut(EARLY))
        elif self._ledger.holds(capture):
            summary.held += 1
        else:
            self._new_page(capture, summary)

    def _new_page(self, capture: Capture, summary: BackfillSummary) -> None:
        taken = read_page(capture, self._reading)
        new = keep_page(self._ledger, capture, taken)
        if isinstance(taken, str):
            summary.add(ReadSummary(passed_over=1), capture.fetched_at)
        elif new:
            summary.add(counted(taken.reading), capture.fetched_at)
        else:
            summary.held += 1

    def _reading(self, article: Article) -> Reading:
        """Read an article, unless other bytes have given it: the ledger has its claims then."""
        vintage = vintage_of(self._model, self._targets)
        if self._ledger.has_reading(article, vintage):
            return Reading(article, vintage)
        return read_article(article, self._model, self._targets)

    # --- rows --------------------------------------------------------------------------------------------

    def _row(self, row: DumpRow, path: Path, summary: BackfillSummary, *, trust_dates: bool) -> None:
        now = self._clock.now()
        try:
            article, trusted = article_of_row(row, str(path), now, trust_dates=trust_dates)
            if self._ledger.knows(article):
                summary.held += 1
                return
            reading = read_article(article, self._model, self._targets)
        except NarrativeError as error:
            summary.found -= 1
            summary.leave_out(LeftOut(no_text(error, str(path)), row.line))
            return
        keep_row(self._ledger, Taken(reading, trusted))
        summary.add(counted(reading), article.available_at or now)


def keep_page(ledger: Ledger, capture: Capture, taken: Taken | str) -> bool:
    """Keep an archived page with what was read in it, or why it gave no article; return whether an article was new."""
    asked = capture.url if capture.link is None else capture.link.url
    with ledger.together():
        if isinstance(taken, str):
            ledger.pass_over(capture, taken)
            new = False
        else:
            new = ledger.keep_reading(taken.reading, backfilled=True, capture=capture)
        ledger.settle(capture, (asked, canonical_url(asked), capture.final_url))
    return new


def keep_row(ledger: Ledger, taken: Taken) -> bool:
    """Keep what was read in the row of a dump; return whether it was new."""
    return ledger.keep_reading(taken.reading, backfilled=True, trusted=taken.trusted)
