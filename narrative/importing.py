"""Views from outside into the ledger: any sentiment source, under its own name, beside what was read here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from narrative.clock import Clock
from narrative.crawl.packed import BrokenFileError, LeftOut, PackedFile
from narrative.errors import UsageError
from narrative.ledger import Ledger
from narrative.ledger.imports import From, OutsideView
from narrative.targets import Targets
from narrative.terms import Vintage, content_id
from narrative.view_files import RULES, Given, read_views

PREFIX = "import:"
_AT_ONCE = 10_000  # rows a transaction: a second of work, for which other programs wait
_TOLD = 500  # rows between two words on the progress
_LONG_SOURCE = 100

Complain = Callable[[LeftOut], None]
Progress = Callable[[str, int, int], None]
"""Called with the stage, how much is done, and how much there is, in thousands of bytes."""


@dataclass(slots=True)
class ImportSummary:
    """What a file gave: its rows, those that are new, those held already and those left out; `broken` where it ends early."""

    rows: int = 0
    new: int = 0
    held: int = 0
    left_out: int = 0
    broken: BrokenFileError | None = None


def import_views(
    path: Path,
    ledger: Ledger,
    clock: Clock,
    targets: Targets,
    *,
    source: str,
    complain: Complain,
    zone: tzinfo | None = None,
    trust_dates: bool = False,
    progress: Progress | None = None,
) -> ImportSummary:
    """Keep the rows of a file under the name of a source; `complain` hears of each that is left out, by its line.

    Times without a zone are in `zone`. A row without `first_seen_at` became available now, with `trust_dates` when it
    was published. A run may be stopped at any point and started again. Raises UsageError for a source without a
    name, NarrativeError for a file that cannot be opened or has other columns.
    """
    origin = From(
        source_name(source), path.name.encode("utf-8", "replace").decode(), vintage_of(source, targets)
    )
    given = Given(clock.now(), zone, trust_dates)
    keeper = _Keeper(ledger, origin, complain)
    with PackedFile(path) as file:
        try:
            for found in read_views(file, targets, given):
                keeper.take(found)
                if progress and keeper.summary.rows % _TOLD == 0:
                    progress("views kB", file.done // 1000, max(file.size, 1000) // 1000)
        except BrokenFileError as error:
            keeper.summary.broken = error
    keeper.flush()
    ledger.seal_days()
    return keeper.summary


def source_name(source: str) -> str:
    """Return the name of a source with single spaces. Raises UsageError for none, a long one, or one that cannot be shown."""
    name = " ".join(source.split())
    if not name or len(name) > _LONG_SOURCE or not name.isprintable():
        raise UsageError(
            f"--source needs the name of a source, of at most {_LONG_SOURCE} printable characters"
        )
    return name


def vintage_of(source: str, targets: Targets) -> Vintage:
    """Return the vintage of a source: its name with a digest of it and of how its scores are taken."""
    name = source_name(source)
    return Vintage(f"{PREFIX}{name}+{content_id(PREFIX, name, RULES)[:8]}", targets.digest)


class _Keeper:
    """Hands rows to the ledger in batches and counts what became of them."""

    def __init__(self, ledger: Ledger, origin: From, complain: Complain) -> None:
        self.summary = ImportSummary()
        self._ledger, self._origin, self._complain = ledger, origin, complain
        self._batch: list[OutsideView] = []

    def take(self, found: OutsideView | LeftOut) -> None:
        self.summary.rows += 1
        if isinstance(found, LeftOut):
            self._leave_out(found)
            return
        self._batch.append(found)
        if len(self._batch) == _AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Keep what is at hand."""
        if not self._batch:
            return
        kept = self._ledger.keep_views(self._batch, self._origin)
        self.summary.new += kept.new
        self.summary.held += kept.held
        for refused in kept.refused:
            self._leave_out(LeftOut(refused.reason, refused.line))
        self._batch = []

    def _leave_out(self, left: LeftOut) -> None:
        self.summary.left_out += 1
        self._complain(left)
