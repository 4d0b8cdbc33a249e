"""The feed half of a poll: every due feed is looked at, and the sitemaps that an index names; their links are noted.

A visit ends in one row of the book, whatever came of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from narrative.clock import Clock
from narrative.crawl.book import Book
from narrative.crawl.canonical import canonical_url
from narrative.crawl.crew import Ask
from narrative.crawl.feedpage import FeedPage, NotAFeed
from narrative.crawl.feeds import parse_feed
from narrative.crawl.rows import Fetch, Poll, PollOutcome, StoredValidators, Validators
from narrative.terms import Feed, Link

_MOST_SITEMAPS = 10  # children of one sitemap index read in one poll
_ROBOTS_KEPT = timedelta(hours=24)


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
class Look:
    """A request of a visit: for the feed, or for one sitemap of an index."""

    url: str
    visit: _Visit

    @property
    def first(self) -> bool:
        """Whether it is the request for the feed itself."""
        return self.visit.row is None


class Visits:
    """The visits of one poll, counted into its tally; `step` is called when one has ended."""

    def __init__(self, book: Book, clock: Clock, tally: Counter[str], step: Callable[[], None]) -> None:
        self._book = book
        self._clock = clock
        self._tally = tally
        self._step = step

    def begin(self, feeds: Iterable[Feed]) -> list[Look]:
        """Return the requests with which the visits of these feeds begin."""
        return [Look(feed.url, _Visit(feed)) for feed in feeds]

    def ask(self, look: Look) -> Ask:
        """Return what to ask for, with the validators of the feed's last body."""
        if not look.first:
            return Ask(look.url, expected="feed")
        stored = look.visit.stored = self._book.validators(look.url)
        return Ask(look.url, stored.etag, stored.last_modified, "feed")

    def tell(self, look: Look, fetch: Fetch) -> Sequence[Look]:
        """Note what a feed or sitemap answered; return the sitemaps to ask for because of it."""
        visit = look.visit
        more: Sequence[Look] = ()
        if look.first:
            more = self._feed_answered(visit, fetch)
        else:
            visit.failures[look.url] = self._sitemap_answered(visit, fetch)
        visit.left += len(more) - 1
        if not visit.left:
            self._record_poll(visit)
            self._step()
        return more

    def _feed_answered(self, visit: _Visit, fetch: Fetch) -> Sequence[Look]:
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
        return [Look(url, visit) for url in visit.failures]

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
