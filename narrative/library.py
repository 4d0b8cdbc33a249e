"""What `import narrative` offers to a notebook or another program; a ledger is given open or by the path of its file.

pandas is imported by `factor` alone, when it is called.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from narrative import api
from narrative.api import open  # noqa: A004 -- named as a reader expects it
from narrative.clock import Clock
from narrative.ledger import Ledger
from narrative.terms import Point

__all__ = ["ask", "factor", "open", "series"]

Book = Ledger | str | Path


def ask(db: Book, question: str, **options: Any) -> api.Answered:
    """Answer a question, such as "who is bullish on small caps"; `options` are those of `api.ask`.

    The answer has `text()`, `json()`, `csv()` and `markdown()`. Raises UsageError, with the nearest questions, for one
    that is not understood.
    """
    with _opened(db) as ledger:
        return api.ask(ledger, question, **options)


def series(db: Book, narrative: str, **options: Any) -> tuple[Point, ...]:
    """Return a narrative's points by session, week or month; `options` are those of `api.series`."""
    with _opened(db) as ledger:
        return api.series(ledger, narrative, **options)


def factor(
    db: Book,
    narrative: str,
    *,
    start: date | None = None,
    end: date | None = None,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    vintage: str | None = None,
    published: bool = False,
    clock: Clock | None = None,
) -> Any:
    """Return a narrative's factor as a pandas.DataFrame, one row a session, the columns of the factor file.

    `date` and `tradeable_from` are datetime64[us] without a zone, `cutoff_utc` and `computed_at` datetime64[us, UTC],
    counts int64, `trust_dates` bool, other numbers float64 (missing is NaN), the rest text. `as_of` reconstructs,
    `known_at` replays, `vintage` keeps the views of one model or one imported source. `published` reads what was given
    out instead, where a date has a row for each time that its values changed. Raises UsageError for a ledger or a
    narrative that does not exist, NarrativeError when there is nothing to measure.
    """
    from narrative.errors import UsageError
    from narrative.exporting import published as published_rows
    from narrative.measure.export import frame

    if published and (as_of is not None or vintage is not None):
        raise UsageError("what was published is read back as it is; of the moments it takes known_at")
    with _opened(db) as ledger:
        if published:
            return frame(published_rows(ledger, narrative, start=start, end=end, known_at=known_at))
        rows = api.factor(
            ledger,
            narrative,
            start=start,
            end=end,
            as_of=as_of,
            known_at=known_at,
            vintage=vintage,
            clock=clock,
        )
        return frame(rows)


@contextmanager
def _opened(db: Book) -> Iterator[Ledger]:
    """Yield a ledger; one given by its path is opened for reading and closed again."""
    if isinstance(db, Ledger):
        yield db
        return
    with api.open(db, readonly=True) as ledger:
        yield ledger
