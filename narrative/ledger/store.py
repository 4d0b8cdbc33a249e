"""The ledger as a whole: one object over one file, its duties in the files beside this one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from narrative.clock import Clock
from narrative.ledger.backup import Backup
from narrative.ledger.bodies import Bodies
from narrative.ledger.captures import Captures
from narrative.ledger.contents import Contents
from narrative.ledger.corrections import Corrections
from narrative.ledger.coverage import Counts
from narrative.ledger.evidence import Explanations
from narrative.ledger.imports import Imports
from narrative.ledger.judgements import Judgements
from narrative.ledger.listing import Listing
from narrative.ledger.market import Market
from narrative.ledger.merging import Merging
from narrative.ledger.opening import BUSY_SECONDS, open_store
from narrative.ledger.shown import Showing
from narrative.ledger.spoken import Speech
from narrative.ledger.trials import Trials
from narrative.ledger.verifying import Verifying
from narrative.ledger.vintages import Vintages


class Ledger(
    Captures,
    Bodies,
    Showing,
    Judgements,
    Imports,
    Corrections,
    Vintages,
    Merging,
    Explanations,
    Market,
    Trials,
    Counts,
    Contents,
    Speech,
    Listing,
    Verifying,
    Backup,
):
    """The point-in-time record of who said what.

    Close it, or use it in a `with` block; not to be shared by threads.
    """

    @property
    def path(self) -> Path:
        """The file."""
        return self.store.path

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make everything kept inside the block one transaction: all of it stays, or none.

        Many times faster for imports.
        """
        with self.store.write():
            yield

    def close(self) -> None:
        """Close the file."""
        self.store.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_ledger(
    path: Path, clock: Clock, *, create: bool = False, readonly: bool = False, patience: float = BUSY_SECONDS
) -> Ledger:
    """Open the ledger at `path`, bringing an older one to the present schema.

    `create` makes one where there is none.

    `clock` stamps what is recorded. Another program's lock is waited for `patience` seconds. Raises
    UsageError when there is no ledger and none may be made, NarrativeError for a file that is no ledger,
    newer than this program, locked, damaged or not to be written; a file that is refused is left as it was.
    """
    return Ledger(open_store(path, clock, create=create, readonly=readonly, patience=patience))
