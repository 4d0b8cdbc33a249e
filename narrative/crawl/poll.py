"""One poll: every due feed is asked, its links noted, every due page fetched, each step a row in the book.

Idempotent and safe to kill: links are recorded before the poll that found them, a page is marked in the
transaction that keeps its bytes, and a second run starts from what the book says. Many hosts are asked at
once; the book is touched by the calling thread alone, as the answers come in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from narrative.clock import Clock
from narrative.crawl.book import Book
from narrative.crawl.canonical import canonical_url
from narrative.crawl.crew import AT_ONCE, Ask, Crew
from narrative.crawl.fetch import Fetcher
from narrative.crawl.rows import Fetch, PageFetch, PollSummary, StoredValidators, Validators
from narrative.crawl.visits import Visits
from narrative.terms import Capture, Feed, Link

__all__ = ["Book", "Progress", "capture_url", "poll"]

Progress = Callable[[str, int, int], None]
"""Called with "feeds" or "pages", how many are done, and how many there are."""

MOST_ATTEMPTS = 5
_RETRY_AFTER = timedelta(minutes=15)  # after the first failure, doubled each time
_TEMPORARY_STATUSES = (408, 425)  # among the 4xx, those that say nothing about the page


def poll(
    feeds: Sequence[Feed],
    book: Book,
    fetcher: Fetcher,
    clock: Clock,
    *,
    progress: Progress | None = None,
    at_once: int = AT_ONCE,
) -> PollSummary:
    """Poll the due feeds and fetch the due pages; returns what was done, counted.

    At most `at_once` hosts are asked at the same time, each by one request. First come the feeds, then the
    pages; those of one host keep their order. Nothing the network does is raised. What the book or
    `progress` raises ends the poll, and so does Ctrl-C: what was recorded stays, answers still on their way
    are dropped, and the next poll goes on from there.
    """
    return _Run(feeds, book, fetcher, clock, progress).done(at_once)


def capture_url(url: str, fetcher: Fetcher, clock: Clock, outlet: str = "") -> tuple[Fetch, Capture | None]:
    """Fetch one page outside any feed; the capture is None unless the outcome is ok."""
    fetch = fetcher.get(url)
    if fetch.outcome != "ok":
        return fetch, None
    return fetch, _captured(url, fetch, clock.now(), outlet)


def _captured(url: str, fetch: Fetch, at: datetime, outlet: str, link: Link | None = None) -> Capture:
    """Return the page of an answer, with what its site states about machines; its host stands for an outlet."""
    return Capture(
        url,
        fetch.final_url,
        at,
        fetch.content_type,
        fetch.body,
        outlet or urlsplit(fetch.final_url).hostname or "",
        link,
        fetch.permission.train,
        fetch.permission.words,
    )


@dataclass(frozen=True, slots=True)
class _Page:
    """A page to ask for; with `stored` it is one that was captured before."""

    link: Link
    stored: StoredValidators | None = None

    @property
    def url(self) -> str:
        return self.link.url


class _Run:
    """The state of one poll."""

    def __init__(
        self, feeds: Sequence[Feed], book: Book, fetcher: Fetcher, clock: Clock, progress: Progress | None
    ) -> None:
        self._feeds = feeds
        self._book = book
        self._fetcher = fetcher
        self._clock = clock
        self._progress = progress or (lambda _stage, _done, _all: None)
        self._outlets = {feed.url: feed.outlet for feed in feeds}
        self._tally: Counter[str] = Counter()
        self._done = self._all = 0  # of the present stage

    def done(self, at_once: int) -> PollSummary:
        with Crew(self._fetcher, self._fetcher.hosts, self._clock, at_once) as crew:
            due = [feed for feed in self._feeds if self._book.due(feed, self._clock.now())]
            self._done, self._all = 0, len(due)
            visits = Visits(self._book, self._clock, self._tally, lambda: self._step("feeds"))
            crew.work(visits.begin(due), visits.ask, visits.tell)
            pages = self._pages()
            self._done, self._all = 0, len(pages)
            crew.work(pages, self._ask_page, self._tell_page)
        return PollSummary(**self._tally)

    def _step(self, stage: str) -> None:
        self._done += 1
        self._progress(stage, self._done, self._all)

    def _pages(self) -> list[_Page]:
        """Return the pages to ask for, each once."""
        now = self._clock.now()
        pages: list[_Page] = []
        chosen: set[int] = set()  # hashes: with several hundred thousand pages the addresses would weigh
        for link in self._book.pending(now):
            page = hash(canonical_url(link.url))
            if link.url and page not in chosen:
                chosen.add(page)
                pages.append(_Page(link))
        for link, stored in self._book.revisit(now):
            page = hash(canonical_url(link.url))
            if page not in chosen:
                chosen.add(page)
                pages.append(_Page(link, stored))
        return pages

    def _ask_page(self, page: _Page) -> Ask | None:
        """Return what to ask for; None when the page was kept in the meantime, under another address too."""
        if page.stored is None and self._book.known(canonical_url(page.url)):
            self._step("pages")
            return None
        sent = page.stored or Validators()
        return Ask(page.url, sent.etag, sent.last_modified)

    def _tell_page(self, page: _Page, fetch: Fetch) -> Sequence[_Page]:
        """Record what a page answered; nothing follows from it."""
        link, sent = page.link, page.stored or Validators()
        row = self._page_row(link, fetch, sent, revisited=page.stored is not None)
        capture = None
        if fetch.outcome == "ok":
            capture = _captured(link.url, fetch, fetch.at, self._outlets.get(link.feed, ""), link)
        self._book.record_fetch(link, row, capture)
        self._count(fetch, capture)
        self._step("pages")
        return ()

    def _page_row(self, link: Link, fetch: Fetch, sent: StoredValidators, *, revisited: bool) -> PageFetch:
        page = canonical_url(link.url)
        before = 0 if revisited else self._book.attempts(page)
        attempts = before + (0 if _never_asked(fetch) else 1)
        stated = "" if fetch.outcome == "reserved" else fetch.permission.note  # else it is the note already
        retry_at, note = None, "; ".join(filter(None, (fetch.note, stated)))
        if not revisited and _temporary(fetch):
            if attempts < MOST_ATTEMPTS:
                retry_at = _retry_at(fetch, attempts)
            else:
                note = f"{note}; given up after {attempts} attempts"
        unchanged = fetch.outcome == "not_modified"
        etag = fetch.etag or (sent.etag if unchanged else None)
        last_modified = fetch.last_modified or (sent.last_modified if unchanged else None)
        return PageFetch(
            page, fetch.at, fetch.outcome, fetch.status, note, retry_at, attempts, etag, last_modified
        )

    def _count(self, fetch: Fetch, capture: Capture | None) -> None:
        names = {"ok": "fetched", "not_modified": "unchanged", "robots": "refused", "reserved": "reserved"}
        self._tally["waiting" if _parked(fetch) else names.get(fetch.outcome, "failed")] += 1
        self._tally["captures"] += capture is not None


def _parked(fetch: Fetch) -> bool:
    return fetch.outcome == "busy" and fetch.status is None


def _never_asked(fetch: Fetch) -> bool:
    by_robots = fetch.outcome == "robots" or (fetch.outcome == "reserved" and fetch.status is None)
    return _parked(fetch) or by_robots


def _temporary(fetch: Fetch) -> bool:
    """Tell a failure that may pass from one that says something about the page."""
    if fetch.outcome == "http_error":
        return fetch.status is not None and (fetch.status >= 500 or fetch.status in _TEMPORARY_STATUSES)
    if fetch.outcome == "robots":
        return fetch.retry_after is not None
    return fetch.outcome in ("busy", "timeout", "network")


def _retry_at(fetch: Fetch, attempts: int) -> datetime:
    own = _RETRY_AFTER * (1 << max(0, attempts - 1))
    return fetch.at + max(own, timedelta(seconds=fetch.retry_after or 0.0))
