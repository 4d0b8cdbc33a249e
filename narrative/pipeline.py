"""Joins crawl -> read -> ledger: what is fetched is kept first, then read, then kept again as claims.

The two halves are separate on purpose: a page is marked as fetched in the transaction that stores its bytes, and marked as
read in the one that stores its reading, so that stopping anywhere loses nothing and repeats nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

from narrative.clock import Clock
from narrative.crawl.canonical import canonical_url
from narrative.crawl.fetch import Fetcher
from narrative.crawl.poll import poll
from narrative.crawl.rows import PollSummary
from narrative.errors import NarrativeError
from narrative.ledger import Ledger
from narrative.read.encoder import StanceModel
from narrative.read.page import article_of
from narrative.read.reader import read_article
from narrative.targets import Targets
from narrative.terms import Article, Capture, Feed, Reading

Progress = Callable[[str, int, int], None]
"""Called with the stage ("feeds", "pages", "read"), how many are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class ReadSummary:
    """What one pass over unread pages gave, counted. `passed_over` gave no article, each with a reason in the ledger."""

    read: int = 0
    stubs: int = 0
    statements: int = 0
    views: int = 0
    passed_over: int = 0

    def __add__(self, other: ReadSummary) -> ReadSummary:
        return ReadSummary(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def crawl(
    feeds: Sequence[Feed],
    ledger: Ledger,
    fetcher: Fetcher,
    clock: Clock,
    model: StanceModel,
    targets: Targets,
    progress: Progress | None = None,
) -> tuple[PollSummary, ReadSummary]:
    """Poll the due feeds once and read what they brought, pages left over from an earlier stop included."""
    polled = poll(feeds, ledger, fetcher, clock, progress=progress)
    read = read_pages(ledger, model, targets, progress)
    ledger.seal_days()
    return polled, read


def read_pages(
    ledger: Ledger, model: StanceModel, targets: Targets, progress: Progress | None = None
) -> ReadSummary:
    """Read every kept page that was not read yet. A page that gives no article is passed over with its reason."""
    total, done = ledger.summary().unread, ReadSummary()
    for number, capture in enumerate(ledger.captures_to_read(), 1):
        done += _read_page(capture, ledger, model, targets)
        if progress:
            progress("read", number, max(number, total))
    return done


def _read_page(capture: Capture, ledger: Ledger, model: StanceModel, targets: Targets) -> ReadSummary:
    try:
        reading = read_article(article_of(_canonical(capture)), model, targets)
    except NarrativeError as error:
        ledger.pass_over(capture, str(error))
        return ReadSummary(passed_over=1)
    ledger.keep_reading(reading, capture=capture)
    return counted(reading)


def keep_article(
    article: Article,
    ledger: Ledger,
    model: StanceModel,
    targets: Targets,
    clock: Clock,
    *,
    trusted: bool = False,
) -> tuple[Reading, bool]:
    """Read one article that was handed over and keep it; return the reading and whether it was new.

    An article whose availability lies before now is kept as backfilled: this ledger did not see it then. `trusted` says
    that it is a print date taken on trust.
    """
    reading = read_article(article, model, targets)
    backfilled = article.available_at is not None and _is_past(article.available_at, clock)
    return reading, ledger.keep_reading(reading, backfilled=backfilled, trusted=trusted)


def keep_page(
    capture: Capture,
    article: Article,
    ledger: Ledger,
    model: StanceModel,
    targets: Targets,
    *,
    trusted: bool = False,
) -> tuple[Reading, bool]:
    """Read one fetched page whose article has been made, and keep bytes and claims.

    With `trusted` its availability is a print date taken on trust, which lies before the fetch: it is kept as backfilled.
    """
    ledger.keep_capture(capture)
    reading = read_article(article, model, targets)
    return reading, ledger.keep_reading(reading, backfilled=trusted, trusted=trusted, capture=capture)


def _canonical(capture: Capture) -> Capture:
    """The ledger knows a page by its canonical address, so that a later version is seen to be one."""
    return replace(capture, final_url=canonical_url(capture.final_url))


def counted(reading: Reading) -> ReadSummary:
    """Return what one reading gave; a teaser gave nothing but itself."""
    if reading.article.stub:
        return ReadSummary(stubs=1)
    statements = sum(not statement.dup for statement in reading.statements)
    return ReadSummary(read=1, statements=statements, views=len(reading.views))


def _is_past(available_at: datetime, clock: Clock) -> bool:
    return (clock.now() - available_at).total_seconds() > 60
