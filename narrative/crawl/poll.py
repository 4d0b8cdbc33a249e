"""One poll: every due feed is asked, its links noted, every due page fetched, each step a row in the book.

Idempotent and safe to kill: links are recorded before the poll that found them, a page is marked in the
transaction that keeps its bytes, and a second run starts from what the book says.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from narrative.clock import Clock
from narrative.crawl.book import Book
from narrative.crawl.canonical import canonical_url
from narrative.crawl.feedpage import FeedPage, NotAFeed
from narrative.crawl.feeds import parse_feed
from narrative.crawl.fetch import Fetcher
from narrative.crawl.rows import (
    Fetch,
    PageFetch,
    Poll,
    PollOutcome,
    PollSummary,
    StoredValidators,
    Validators,
)
from narrative.terms import Capture, Feed, Link

__all__ = ["Book", "Progress", "capture_url", "poll"]

Progress = Callable[[str, int, int], None]
"""Called with "feeds" or "pages", how many are done, and how many there are."""

MOST_ATTEMPTS = 5
_MOST_SITEMAPS = 10  # children of one sitemap index read in one poll
_RETRY_AFTER = timedelta(minutes=15)  # after the first failure, doubled each time
_ROBOTS_KEPT = timedelta(hours=24)
_TEMPORARY_STATUSES = (408, 425)  # among the 4xx, those that say nothing about the page


def poll(
    feeds: Sequence[Feed], book: Book, fetcher: Fetcher, clock: Clock, *, progress: Progress | None = None
) -> PollSummary:
    """Poll the due feeds and fetch the due pages; returns what was done, counted.

    Hosts take turns, so that the pause of one is spent on the others. Nothing the network does is raised;
    what the book raises ends the poll, and the next one goes on from there.
    """
    return _Run(feeds, book, fetcher, clock, progress).done()


def capture_url(url: str, fetcher: Fetcher, clock: Clock, outlet: str = "") -> tuple[Fetch, Capture | None]:
    """Fetch one page outside any feed; the capture is None unless the outcome is ok."""
    fetch = fetcher.get(url)
    if fetch.outcome != "ok":
        return fetch, None
    named = outlet or urlsplit(fetch.final_url).hostname or ""
    return fetch, Capture(url, fetch.final_url, clock.now(), fetch.content_type, fetch.body, named)


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

    def done(self) -> PollSummary:
        due = [feed for feed in self._feeds if self._book.due(feed, self._clock.now())]
        for number, feed in enumerate(due, 1):
            self._poll_feed(feed)
            self._progress("feeds", number, len(due))
        jobs = self._jobs()
        for number, (link, stored) in enumerate(jobs, 1):
            self._fetch_page(link, stored)
            self._progress("pages", number, len(jobs))
        return PollSummary(**self._tally)

    # --- feeds -------------------------------------------------------------------------------------------

    def _poll_feed(self, feed: Feed) -> None:
        stored = self._book.validators(feed.url)
        fetch = self._fetcher.get(
            feed.url, etag=stored.etag, last_modified=stored.last_modified, expected="feed"
        )
        outcome: PollOutcome = fetch.outcome
        page, note = None, fetch.note
        entries: list[Link] = []
        if fetch.outcome == "ok":
            try:
                page = parse_feed(fetch.body, fetch.content_type, fetch.final_url)
            except NotAFeed as error:
                outcome, note = "not_a_feed", str(error)
        new = 0
        if page is not None:
            entries, note = self._entries(page, fetch)
            new = self._note_links(entries, feed)
        kept = _validators_for_next_time(fetch, page, stored)
        self._book.record_poll(
            Poll(
                feed.url,
                fetch.at,
                outcome,
                fetch.status,
                len(entries),
                new,
                note,
                kept.etag,
                kept.last_modified,
                self._next_poll(feed, fetch),
                outcome if outcome in ("gone", "blocked") else None,
            )
        )
        self._tally["polled"] += 1
        self._tally["new"] += new
        self._tally["not_modified"] += outcome == "not_modified"
        self._tally["feeds_failed"] += outcome not in ("ok", "not_modified")

    def _entries(self, page: FeedPage, fetch: Fetch) -> tuple[list[Link], str]:
        """Return the links of a feed, or of the sitemaps an index names, and what is to be said about it."""
        note = "" if page.complete else "cut off before its end; what came before was read"
        if page.kind != "sitemapindex":
            return list(page.entries), note
        own = {canonical_url(fetch.url), canonical_url(fetch.final_url)}
        children = [
            url for url in dict.fromkeys(e.url for e in page.entries) if canonical_url(url) not in own
        ]
        links: list[Link] = []
        failures = []
        for url in children[:_MOST_SITEMAPS]:
            found, failure = self._sitemap(url)
            links += found
            failures.append(failure)
        left = len(children) - _MOST_SITEMAPS
        notes = [note, f"{left} more sitemaps were not read" if left > 0 else "", *failures]
        return links, "; ".join(filter(None, notes))

    def _sitemap(self, url: str) -> tuple[tuple[Link, ...], str]:
        """Return the links of one sitemap of an index, and why there are none."""
        answer = self._fetcher.get(url, expected="feed")
        if answer.outcome != "ok":
            return (), f"{url}: {answer.note}"
        try:
            page = parse_feed(answer.body, answer.content_type, answer.final_url)
        except NotAFeed as error:
            return (), str(error)
        if page.kind == "sitemapindex":
            return (), f"{url} is an index inside an index, which is not followed"
        return page.entries, ""

    def _note_links(self, entries: Iterable[Link], feed: Feed) -> int:
        """Record the links under the subscribed address; return how many name pages that are not kept."""
        new = set()
        for entry in entries:
            if entry.url:
                link = Link(entry.url, feed.url, entry.entry, entry.title, entry.published)
                self._book.record_link(link, self._clock.now())
                page = canonical_url(link.url)
                if page not in new and not self._book.known(page):
                    new.add(page)
        return len(new)

    def _next_poll(self, feed: Feed, fetch: Fetch) -> datetime:
        wait = timedelta(minutes=feed.interval_minutes)
        if fetch.outcome == "robots" and fetch.retry_after is None:
            wait = max(wait, _ROBOTS_KEPT)
        return fetch.at + max(wait, timedelta(seconds=fetch.retry_after or 0.0))

    # --- pages -------------------------------------------------------------------------------------------

    def _jobs(self) -> list[tuple[Link, StoredValidators | None]]:
        """Return the pages to ask for, each once, hosts taking turns."""
        now = self._clock.now()
        chosen: dict[str, tuple[Link, StoredValidators | None]] = {}
        for link in self._book.pending(now):
            page = canonical_url(link.url)
            if link.url and page not in chosen and not self._book.known(page):
                chosen[page] = (link, None)
        for link, stored in self._book.revisit(now):
            chosen.setdefault(canonical_url(link.url), (link, stored))
        return list(_by_turns(chosen.values()))

    def _fetch_page(self, link: Link, stored: StoredValidators | None) -> None:
        sent = stored or Validators()
        fetch = self._fetcher.get(link.url, etag=sent.etag, last_modified=sent.last_modified)
        row = self._page_row(link, fetch, sent, revisited=stored is not None)
        capture = None
        if fetch.outcome == "ok":
            outlet = self._outlets.get(link.feed) or urlsplit(fetch.final_url).hostname or ""
            capture = Capture(
                link.url, fetch.final_url, fetch.at, fetch.content_type, fetch.body, outlet, link
            )
        self._book.record_fetch(link, row, capture)
        self._count(fetch, capture)

    def _page_row(self, link: Link, fetch: Fetch, sent: StoredValidators, *, revisited: bool) -> PageFetch:
        page = canonical_url(link.url)
        before = 0 if revisited else self._book.attempts(page)
        attempts = before + (0 if _never_asked(fetch) else 1)
        retry_at, note = None, fetch.note
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
        names = {"ok": "fetched", "not_modified": "unchanged", "robots": "refused"}
        self._tally["waiting" if _parked(fetch) else names.get(fetch.outcome, "failed")] += 1
        self._tally["captures"] += capture is not None


def _validators_for_next_time(fetch: Fetch, page: FeedPage | None, stored: StoredValidators) -> Validators:
    """Return the validators that match the body last understood.

    A 304 refreshes each alone. A cut-off feed has none, so that the next poll brings it whole; nor has a
    sitemap index, which stays the same while its sitemaps change. A failure leaves the old ones.
    """
    if page is not None:
        whole = page.complete and page.kind != "sitemapindex"
        return Validators(fetch.etag, fetch.last_modified) if whole else Validators()
    if fetch.outcome == "not_modified":
        return Validators(fetch.etag or stored.etag, fetch.last_modified or stored.last_modified)
    return Validators(stored.etag, stored.last_modified)


def _parked(fetch: Fetch) -> bool:
    return fetch.outcome == "busy" and fetch.status is None


def _never_asked(fetch: Fetch) -> bool:
    return _parked(fetch) or fetch.outcome == "robots"


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


def _by_turns(
    jobs: Iterable[tuple[Link, StoredValidators | None]],
) -> Iterator[tuple[Link, StoredValidators | None]]:
    """Yield one job of each host, then the next of each, keeping their order."""
    queues: defaultdict[str, deque[tuple[Link, StoredValidators | None]]] = defaultdict(deque)
    for job in jobs:
        queues[urlsplit(job[0].url).netloc.lower()].append(job)
    while queues:
        for host in list(queues):
            yield queues[host].popleft()
            if not queues[host]:
                del queues[host]
