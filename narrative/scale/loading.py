"""The folder of a backfill into a ledger, in bulk: the only room here that a ledger is open in.

Everything goes through the functions by which a single process keeps what it reads, in the order in which that would have met
it: ids, stories, voices and echoes come out as if the ledger had read the inputs itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import merge as merged
from itertools import groupby, islice
from typing import Any

from narrative.backfill import keep_page, keep_row
from narrative.errors import NarrativeError
from narrative.ledger import Ledger
from narrative.pipeline import Progress, ReadSummary, counted
from narrative.scale.folder import Folder
from narrative.scale.tables import Kept, kept_failure, kept_reading

_AT_ONCE = 1_000  # readings in a transaction
_OPEN = 64  # files that are read side by side


@dataclass(slots=True)
class MergeSummary:
    """What a folder gave a ledger. `held` are the readings and failures that it had already."""

    inputs: int = 0
    found: int = 0
    held: int = 0
    read: ReadSummary = field(default_factory=ReadSummary)


def merge(place: str, ledger: Ledger, progress: Progress | None = None) -> MergeSummary:
    """Load the inputs with a manifest into a ledger; a second time changes nothing, and a stop loses one transaction.

    Inputs come by the time of their first article. Raises UsageError for a folder that no backfill wrote,
    NarrativeError for a damaged one.
    """
    folder = Folder(place)
    folder.run()
    manifests, summary = folder.manifests(), MergeSummary()
    rows, done = sum(_rows(one["files"]) for one in manifests), 0
    for manifest in manifests:
        summary.inputs += 1
        kept = _kept(folder, manifest["files"])
        while some := list(islice(kept, _AT_ONCE)):
            with ledger.together():
                for one in some:
                    _keep(one, ledger, summary)
            done += len(some)
            if progress:
                progress("merge", done, max(rows, done))
    ledger.seal_days()
    return summary


def _rows(files: dict[str, int]) -> int:
    return sum(rows for path, rows in files.items() if not path.startswith("views/"))


def _keep(one: Kept, ledger: Ledger, summary: MergeSummary) -> None:
    summary.found += 1
    if one.capture is not None and ledger.holds(one.capture):
        summary.held += 1
    elif one.capture is not None:
        new = keep_page(ledger, one.capture, one.taken)
        _count(one, new, summary)
    elif not isinstance(one.taken, str):
        known = ledger.knows(one.taken.reading.article)
        _count(one, not known and keep_row(ledger, one.taken), summary)


def _count(one: Kept, new: bool, summary: MergeSummary) -> None:
    if isinstance(one.taken, str):
        summary.read += ReadSummary(passed_over=1)
    elif new:
        summary.read += counted(one.taken.reading)
    else:
        summary.held += 1


# --- files ---------------------------------------------------------------------------------------------------


def _kept(folder: Folder, files: dict[str, int]) -> Iterator[Kept]:
    """Yield what was kept of an input in the order of its records, part by part.

    Of a part that spans few days a row group of each is in memory at a time; one of many days, the rows of an old dump,
    is put in order in memory. Failures that no ledger keeps are passed over.
    """
    for part in sorted({_part(path) for path in files}):
        days = [
            _readings(folder, path, files) if path.startswith("readings/") else _failures(folder, path)
            for path in files
            if _part(path) == part and not path.startswith("views/")
        ]
        if len(days) <= _OPEN:
            yield from merged(*days, key=_number)
        else:
            yield from sorted((kept for day in days for kept in day), key=_number)


def _part(path: str) -> int:
    return int(path.removesuffix(".parquet").rpartition(".")[2])


def _number(kept: Kept) -> int:
    return kept.number


def _readings(folder: Folder, path: str, files: dict[str, int]) -> Iterator[Kept]:
    beside = path.replace("readings/", "views/", 1)
    views = groupby(_table(folder, beside) if beside in files else (), key=lambda row: row["number"])
    ahead = next(views, None)
    for row in _table(folder, path):
        found: list[dict[str, Any]] = []
        if ahead is not None and ahead[0] == row["number"]:
            found = list(ahead[1])
            ahead = next(views, None)
        yield kept_reading(row, found)


def _failures(folder: Folder, path: str) -> Iterator[Kept]:
    for row in _table(folder, path):
        if row["capture"] is not None:
            yield kept_failure(row)


def _table(folder: Folder, path: str) -> Iterator[dict[str, Any]]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with folder.open(path) as raw:
            file = parquet.ParquetFile(raw)
            for batch in file.iter_batches(64):
                yield from batch.to_pylist()
    except (pa.ArrowInvalid, OSError) as error:
        line = " ".join(str(error).split())[:160]
        raise NarrativeError(
            f"{folder.place}/{path} is damaged or missing ({line}); remove its manifest and run narrative backfill again"
        ) from error
