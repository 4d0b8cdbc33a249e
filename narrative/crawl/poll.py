"""One poll: every due feed is asked, its links noted, every due page fetched, each step a row in the book.

Idempotent and safe to kill: links are recorded before the poll that found them, a page is marked in the
transaction that keeps its bytes, and a second run starts from what the book says. Many hosts are asked at
once; the book is touched by the calling thread alone, as the answers come in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from narrative.clock import Clock
from narrative.crawl.book import Book
from narrative.crawl.canonical import canonical_url
from narrative.crawl.crew import AT_ONCE, Ask, Crew
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
    named = outlet or urlsplit(fetch.final_url).hostname or ""
    return fetch, Capture(url, fetch.final_url, clock.now(), fetch.content_type, fetch.body, named)


@dataclass(slots=True)
class _Visit:
    """One look at a feed. It ends with its answer or, for an index, with that of the last sitemap it names."""

    feed: Feed
    stored: StoredValidators = field(default_factory=Validators)
    row: Poll | None = None  # what the feed itself answered
    left: int = 1  # requests not answered yet
    entries: int = 0
    new: set[int] = field(default_factory=set)  # hashes of addresses: a sitemap may name very many
    failures: dict[str, str] = field(default_factory=dict)  # of sitemaps, in the order of the index


@dataclass(frozen=True, slots=True)
class _Look:
    """A request of a visit: for the feed, or for one sitemap of an index."""

    url: str
    visit: _Visit

    @property
    def first(self) -> bool:
        return self.visit.row is None


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
            crew.work([_Look(feed.url, _Visit(feed)) for feed in due], self._ask_feed, self._tell_feed)
            pages = self._pages()
            self._done, self._all = 0, len(pages)
            crew.work(pages, self._ask_page, self._tell_page)
        return PollSummary(**self._tally)

    def _step(self, stage: str) -> None:
        self._done += 1
        self._progress(stage, self._done, self._all)

    # --- feeds -------------------------------------------------------------------------------------------

    def _ask_feed(self, look: _Look) -> Ask:
        if not look.first:
            return Ask(look.url, expected="feed")
        stored = look.visit.stored = self._book.validators(look.url)
        return Ask(look.url, stored.etag, stored.last_modified, "feed")

    def _tell_feed(self, look: _Look, fetch: Fetch) -> Sequence[_Look]:
        """Note what a feed or sitemap answered; return the sitemaps to ask for because of it."""
        visit = look.visit
        more: Sequence[_Look] = ()
        if look.first:
            more = self._feed_answered(visit, fetch)
        else:
            visit.failures[look.url] = self._sitemap_answered(visit, fetch)
        visit.left += len(more) - 1
        if not visit.left:
            self._record_poll(visit)
            self._step("feeds")
        return more

    def _feed_answered(self, visit: _Visit, fetch: Fetch) -> Sequence[_Look]:
        """Note the links of a feed, or return the sitemaps that an index names."""
        outcome: PollOutcome = fetch.outcome
        page, note = None, fetch.note
        sitemaps: list[str] = []
        if fetch.outcome == "ok":
            try:
                page = parse_feed(fetch.body, fetch.content_type, fetch.final_url)
            except NotAFeed as error:
                outcome, note = "not_a_feed", str(error)
        if page is not None:
            note = "" if page.complete else "cut off before its end; what came before was read"
            if page.kind == "sitemapindex":
                sitemaps = _sitemaps(page, fetch)
                unread = len(sitemaps) - _MOST_SITEMAPS
                note = _joined(note, f"{unread} more sitemaps were not read" if unread > 0 else "")
            else:
                self._note_links(visit, page.entries)
        kept = _validators_for_next_time(fetch, page, visit.stored)
        visit.row = Poll(
            visit.feed.url,
            fetch.at,
            outcome,
            fetch.status,
            entries=0,
            new=0,
            note=note,
            etag=kept.etag,
            last_modified=kept.last_modified,
            next_at=_next_poll(visit.feed, fetch),
            stop=outcome if outcome in ("gone", "blocked") else None,
        )
        visit.failures = dict.fromkeys(sitemaps[:_MOST_SITEMAPS], "")
        return [_Look(url, visit) for url in visit.failures]

    def _sitemap_answered(self, visit: _Visit, fetch: Fetch) -> str:
        """Note the links of one sitemap of an index; return why there are none, "" when it was read."""
        if fetch.outcome != "ok":
            return f"{fetch.url}: {fetch.note}"
        try:
            page = parse_feed(fetch.body, fetch.content_type, fetch.final_url)
        except NotAFeed as error:
            return str(error)
        if page.kind == "sitemapindex":
            return f"{fetch.url} is an index inside an index, which is not followed"
        self._note_links(visit, page.entries)
        return ""

    def _note_links(self, visit: _Visit, entries: Sequence[Link]) -> None:
        """Record the links under the subscribed address, and which of them name pages that are not kept."""
        visit.entries += len(entries)
        for entry in entries:
            if entry.url:
                link = replace(entry, feed=visit.feed.url)
                self._book.record_link(link, self._clock.now())
                page = canonical_url(link.url)
                if hash(page) not in visit.new and not self._book.known(page):
                    visit.new.add(hash(page))

    def _record_poll(self, visit: _Visit) -> None:
        row = visit.row
        assert row is not None  # noqa: S101 - the feed itself answers before its sitemaps
        new = len(visit.new)
        note = _joined(row.note, *visit.failures.values())
        self._book.record_poll(replace(row, entries=visit.entries, new=new, note=note))
        self._tally["polled"] += 1
        self._tally["new"] += new
        self._tally["not_modified"] += row.outcome == "not_modified"
        self._tally["feeds_failed"] += row.outcome not in ("ok", "not_modified")

    # --- pages -------------------------------------------------------------------------------------------

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
            outlet = self._outlets.get(link.feed) or urlsplit(fetch.final_url).hostname or ""
            capture = Capture(
                link.url, fetch.final_url, fetch.at, fetch.content_type, fetch.body, outlet, link
            )
        self._book.record_fetch(link, row, capture)
        self._count(fetch, capture)
        self._step("pages")
        return ()

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


def _sitemaps(page: FeedPage, fetch: Fetch) -> list[str]:
    """Return the addresses an index names, each once and never its own."""
    own = {canonical_url(fetch.url), canonical_url(fetch.final_url)}
    return [
        url for url in dict.fromkeys(entry.url for entry in page.entries) if canonical_url(url) not in own
    ]


def _joined(*notes: str) -> str:
    return "; ".join(filter(None, notes))


def _next_poll(feed: Feed, fetch: Fetch) -> datetime:
    wait = timedelta(minutes=feed.interval_minutes)
    if fetch.outcome == "robots" and fetch.retry_after is None:
        wait = max(wait, _ROBOTS_KEPT)
    return fetch.at + max(wait, timedelta(seconds=fetch.retry_after or 0.0))


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
