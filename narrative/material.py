"""One page or row of a file becomes a reading, or a reason why there is none.

A single process that writes a ledger and a worker of many that writes files both stand on this: what is read, when it could
be read and what is left out is decided here, once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from narrative.crawl.dumps import DumpRow
from narrative.errors import NarrativeError
from narrative.measure.timing import claimed_instant
from narrative.read.page import article_of, article_of_text
from narrative.terms import Article, Capture, Reading

AHEAD = timedelta(days=1)  # what the ledger takes for clocks that differ
EARLY = "captured in the future"

ReadArticle = Callable[[Article], Reading]
"""Reads an article that was made, or says that it is known and gives it without claims."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one page or row gave. `trusted`: it became available at a print date that somebody trusts."""

    reading: Reading
    trusted: bool = False


def is_early(capture: Capture, now: datetime) -> bool:
    """Return whether a page says that it was captured after now."""
    return capture.fetched_at - now > AHEAD


def read_page(capture: Capture, read: ReadArticle) -> Taken | str:
    """Read an archived page, which could be read from its capture; return why it gives no article where it does not."""
    try:
        return Taken(read(article_of(capture)))
    except NarrativeError as error:
        return str(error)


def article_of_row(row: DumpRow, file: str, now: datetime, *, trust_dates: bool) -> tuple[Article, bool]:
    """Make the article of a row; return with it whether its print date was trusted. Raises NarrativeError for what is no text.

    It could be read from now, with `trust_dates` from its print date: a day stands for its last second in New York, a
    date ahead of now for now. "Two hours ago" in a row without a date counts from a moment nobody knows: it dates
    nothing.
    """
    article = article_of_text(
        row.text,
        path=file,
        url=row.url,
        title=row.title,
        outlet=row.outlet,
        published=row.published,
        available_at=now if row.published else None,
    )
    printed = claimed_instant(row.published) if trust_dates and row.published else now
    return replace(article, available_at=min(printed, now)), printed < now


def no_text(error: NarrativeError, file: str) -> str:
    """Return why a row gives no article, without the file and the advice that a single text would need."""
    return str(error).removeprefix(f"{file}: ").partition(";")[0]
