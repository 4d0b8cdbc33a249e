"""What `import narrative` offers to a notebook or another program; a ledger is given open or by the path of its file.

pandas is imported by `factor` alone, when it is called.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from narrative import api
from narrative.api import open  # noqa: A004 -- named as a reader expects it
from narrative.clock import Clock
from narrative.errors import UsageError
from narrative.ledger import Ledger
from narrative.tell.flags import Flags
from narrative.terms import Point, Reading

if TYPE_CHECKING:
    from narrative.read.encoder import StanceModel

__all__ = ["Flags", "ask", "digest", "factor", "open", "reading", "series"]

Book = Ledger | str | Path


def ask(
    db: Book,
    question: str = "",
    *,
    flags: Flags | None = None,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    clock: Clock | None = None,
) -> api.Answered:
    """Answer a question, such as "who is bullish on small caps".

    `flags` ask without words, or narrow them: `narrative.Flags(targets=("small_caps",), stance="bullish")`. The answer has
    `text()`, `json()`, `csv()` and `markdown()`. `as_of` reconstructs what could be read by then, `known_at` replays what
    this ledger knew; both are aware instants. Raises UsageError, with the nearest questions, for one that is not understood.
    """
    _aware(as_of, known_at)
    with _opened(db) as ledger:
        return api.ask(ledger, question, flags=flags, as_of=as_of, known_at=known_at, clock=clock)


def series(
    db: Book,
    narrative: str,
    *,
    frequency: Literal["session", "week", "month"] = "week",
    start: date | None = None,
    end: date | None = None,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    clock: Clock | None = None,
) -> tuple[Point, ...]:
    """Return a narrative's points, by default from the first view to the last closed session; none before there is a view.

    `net` and `flow` lie in [-1, 1] and are None where they are missing, with a `reason`; returns are fractions.
    """
    _aware(as_of, known_at)
    _days(start, end)
    with _opened(db) as ledger:
        return api.series(
            ledger,
            narrative,
            frequency=frequency,
            start=start,
            end=end,
            as_of=as_of,
            known_at=known_at,
            clock=clock,
        )


def digest(
    db: Book,
    narrative: str,
    *,
    week: str | None = None,
    quote_words: int = 40,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    clock: Clock | None = None,
) -> api.Digested:
    """Return the digest of an ISO week such as "2026-W03", by default the last one with a closed session.

    It has `week`, `html`, `markdown` and `mail()`; quotes end at `quote_words` words. Raises UsageError for a week without
    points, NarrativeError for a ledger without views.
    """
    _aware(as_of, known_at)
    with _opened(db) as ledger:
        return api.digest(
            ledger,
            narrative,
            week=week,
            quote_words=quote_words,
            as_of=as_of,
            known_at=known_at,
            clock=clock,
        )


def reading(
    text: str,
    *,
    title: str = "",
    outlet: str = "",
    url: str = "",
    published: date | datetime | None = None,
    model: str | None = None,
) -> Reading:
    """Read an article given as text: who said what, and what it means for which target. Nothing is kept.

    Offsets are code points into `text`, which stays as it is; `statement.words(text)` are the words of a statement, and
    `view.statement` is the id of the one a view belongs to. `model` is a folder or an id of the Hugging Face hub, by default
    the shipped model, which is loaded once. Raises NarrativeError for a text that is empty, binary or too long.

    It is named for what it returns, as `series`, `digest` and `factor` are: `narrative.read` is the package that reads.
    """
    from narrative.intake import reading_of_text
    from narrative.terms import Claim

    if isinstance(published, datetime) or not isinstance(published, date | None):
        _aware(published)
    claim = None if published is None else Claim(published, "given")
    return reading_of_text(text, _model(model), title=title, outlet=outlet, url=url, published=claim)


@lru_cache(maxsize=2)
def _model(given: str | None) -> StanceModel:
    """Load a model; the next reading finds it there."""
    from narrative.read.foreign import load_model
    from narrative.targets import load_targets

    return load_model(given, load_targets().whole())


def _aware(*times: object) -> None:
    """Refuse what is no instant with a zone: text, a day, a naive time. Raises UsageError."""
    for time in times:
        if time is not None and not isinstance(time, datetime):
            raise UsageError(
                f"{time!r} is no time; give an aware datetime, such as datetime(2026, 2, 14, 22, tzinfo=UTC)"
            )
        if time is not None and time.utcoffset() is None:
            raise UsageError(
                f"{time.isoformat()} has no zone; give an aware time, such as one with tzinfo=UTC"
            )


def _days(*days: object) -> None:
    """Refuse what is no day: text, an instant. Raises UsageError."""
    for day in days:
        if day is not None and (isinstance(day, datetime) or not isinstance(day, date)):
            raise UsageError(f"{day!r} is no day; give a date, such as date(2026, 2, 14)")


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
    from narrative.exporting import published as published_rows
    from narrative.measure.export import frame

    _aware(as_of, known_at)
    _days(start, end)
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
