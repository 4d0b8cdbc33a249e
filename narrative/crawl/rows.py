"""What the crawler did, as rows: an answer to a request, a poll of a feed, a fetch of a page, a summary.

Every poll, refusal and failure is one of these, so that "no news" and "we could not look" never look alike.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from narrative.crawl.optouts import Permission

Outcome = Literal[
    "ok",
    "not_modified",
    "robots",  # robots.txt forbids it, or could not be had
    "reserved",  # the site reserves it from reading by machines, in a published form
    "http_error",  # any other status that is not a success
    "blocked",  # 401, 403, 451
    "gone",  # 410
    "busy",  # 429, 503, or the host is parked and was not asked
    "timeout",
    "network",  # no connection, a broken answer, damaged compression
    "too_large",
    "wrong_type",
    "redirects",
    "address",  # not a public http(s) address
]
PollOutcome = Literal[Outcome, "not_a_feed"]
Stop = Literal["gone", "blocked"]


@dataclass(frozen=True, slots=True)
class Fetch:
    """The answer to one request, redirects followed. `body` is decompressed and empty unless `outcome` is ok.

    `status` is the last status seen, None when nobody answered or nobody was asked. `retry_after` (seconds)
    says that trying again is worth it and when; None says only that nothing was announced. `permission` is
    what the site states about a page: known when the page was answered, or reserved before it was asked for.
    """

    url: str
    final_url: str
    at: datetime
    outcome: Outcome
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    content_type: str = ""
    retry_after: float | None = None
    body: bytes = b""
    note: str = ""
    permission: Permission = field(default_factory=Permission)


class StoredValidators(Protocol):
    """What a book returns for a kept body; `Validators` is one way to make it."""

    @property
    def etag(self) -> str | None:
        """The ETag, as sent."""
        ...

    @property
    def last_modified(self) -> str | None:
        """The Last-Modified date, as sent."""
        ...


@dataclass(frozen=True, slots=True)
class Validators:
    """The two conditional-request validators of a kept body, each on its own."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Poll:
    """One look at a feed. `etag` and `last_modified` are those to send next time, whatever the outcome was.

    `new` counts announced pages that are not kept yet. `stop` ends the polling of this feed until a person
    resumes it.
    """

    feed: str  # url of the feed
    at: datetime
    outcome: PollOutcome
    status: int | None
    entries: int
    new: int
    note: str
    etag: str | None
    last_modified: str | None
    next_at: datetime
    stop: Stop | None = None


@dataclass(frozen=True, slots=True)
class PageFetch:
    """One look at a page. `url` is the canonical one; `retry_at` None means done, or given up.

    `attempts` counts the requests spent on this page so far, this one included. `note` says what failed, and
    the words by which the site restricts machines.
    """

    url: str
    at: datetime
    outcome: Outcome
    status: int | None
    note: str
    retry_at: datetime | None
    attempts: int
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True)
class PollSummary:
    """What one poll did, counted."""

    polled: int = 0  # feeds asked
    not_modified: int = 0  # feeds that said 304
    feeds_failed: int = 0  # refused, unreachable, or not a feed
    new: int = 0  # announced pages not kept before
    fetched: int = 0  # pages answered with a body
    unchanged: int = 0  # pages that said 304
    refused: int = 0  # pages robots.txt forbids
    failed: int = 0  # pages that failed otherwise, whether they are tried again or given up
    waiting: int = 0  # pages left for later because their host is parked
    captures: int = 0  # bodies handed to the book
    reserved: int = 0  # pages that the site reserves from reading by machines
