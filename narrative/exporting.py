"""The factor on its way out: a file, a pandas table, and the rows that are given out for good.

What is published is history: a publication appends the rows that are new or say something else than the last ones of
their dates, and changes none. So a table read back as known at a moment is, byte for byte, the one read at that moment.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from narrative import api
from narrative.clock import Clock
from narrative.errors import NarrativeError
from narrative.ledger import Ledger
from narrative.targets import load_narrative

if TYPE_CHECKING:
    from narrative.measure.factor import FactorRow


def write_factor(
    ledger: Ledger, narrative: str, path: Path, form: str | None = None, **selection: Any
) -> int:
    """Write the factor as CSV or Parquet (`form`, else by the path's ending); return the number of rows.

    `selection` is that of `api.factor`.
    """
    from narrative.measure.export import write

    rows = api.factor(ledger, narrative, **selection)
    write(rows, path, form, root=ledger.sealed(selection.get("known_at")))
    return len(rows)


def publish(
    ledger: Ledger,
    narrative: str,
    *,
    start: date | None = None,
    end: date | None = None,
    clock: Clock | None = None,
) -> int:
    """Give the present factor out; return how many rows are new or say something new. Raises NarrativeError without views."""
    rows = api.factor(ledger, narrative, start=start, end=end, clock=clock)
    return ledger.publish_factor(asdict(row) for row in rows)


def published(
    ledger: Ledger,
    narrative: str,
    *,
    start: date | None = None,
    end: date | None = None,
    known_at: datetime | None = None,
) -> tuple[FactorRow, ...]:
    """Return the published rows, by date and then in the order they were given out; `known_at` keeps those given out by then.

    A date has a row for each time that its values changed; `computed_at` tells them apart. Raises NarrativeError when
    nothing was published by then.
    """
    from narrative.measure.export import row_of

    rows = [row_of(record) for record in ledger.published_factor(narrative, known_at=known_at)]
    if not rows:
        load_narrative(narrative)  # a name that nobody knows is told as such
        when = "" if known_at is None else f" by {known_at:%Y-%m-%d %H:%M} UTC"
        raise NarrativeError(
            f"nothing of {narrative} was published{when}; narrative factor {narrative} --publish does it"
        )
    return tuple(
        row for row in rows if (start is None or row.date >= start) and (end is None or row.date <= end)
    )
