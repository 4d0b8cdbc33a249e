"""One poll after another against a real server, with a book that lives in memory."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from itertools import pairwise

import httpx2
import pytest
import web as site

from narrative.clock import SimulatedClock, SystemClock
from narrative.crawl.canonical import canonical_url
from narrative.crawl.fetch import Fetcher
from narrative.crawl.poll import Book, capture_url, poll
from narrative.crawl.rows import PageFetch, Poll, PollSummary, Validators
from narrative.crawl.transport import LoopbackTransport
from narrative.terms import Capture, Feed, Link

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
FEED = Feed("http://wire.example/feed.xml", "Example Wire")


@dataclass
class MemoryBook:
    """The Book protocol over plain lists and dictionaries."""

    polls: list[Poll] = field(default_factory=list)
    fetches: list[PageFetch] = field(default_factory=list)
    captures: list[Capture] = field(default_factory=list)
    links: dict[tuple[str, str], Link] = field(default_factory=dict)
    again: list[Link] = field(default_factory=list)

    def due(self, feed: Feed, now: datetime) -> bool:
        last = self._last(feed)
        return last is None or (last.stop is None and last.next_at <= now)

    def validators(self, url: str) -> Validators:
        rows = [row for row in self.polls if row.feed == url]
        return Validators(rows[-1].etag, rows[-1].last_modified) if rows else Validators()

    def record_poll(self, poll: Poll) -> None:
        self.polls.append(poll)

    def known(self, url: str) -> bool:
        last = self.page(url)
        return last is not None and last.retry_at is None

    def record_link(self, link: Link, at: datetime) -> None:
        self.links[link.feed, link.entry] = link

    def pending(self, now: datetime) -> list[Link]:
        def waits(link: Link) -> bool:
            last = self.page(canonical_url(link.url))
            return last is None or (last.retry_at is not None and last.retry_at <= now)

        return [link for link in self.links.values() if waits(link)]

    def attempts(self, url: str) -> int:
        last = self.page(url)
        return last.attempts if last else 0

    def record_fetch(self, link: Link, fetch: PageFetch, capture: Capture | None) -> None:
        self.fetches.append(fetch)
        self.captures += [capture] if capture else []

    def revisit(self, now: datetime) -> list[tuple[Link, Validators]]:
        pages = [(link, self.page(canonical_url(link.url))) for link in self.again]
        return [(link, Validators(page.etag, page.last_modified)) for link, page in pages if page]

    def page(self, url: str) -> PageFetch | None:
        return next((row for row in reversed(self.fetches) if row.url == url), None)

    def _last(self, feed: Feed) -> Poll | None:
        return next((row for row in reversed(self.polls) if row.feed == feed.url), None)


class World:
    """A site, a clock, a fetcher and a book; `poll` is one run, a day after the last."""

    def __init__(self, web: site.Web, clock: SimulatedClock) -> None:
        hosts = dict.fromkeys(("wire.example", "daily.example", "cdn.example"), ("127.0.0.1", web.port))
        self.web, self.clock, self.book = web, clock, MemoryBook()
        self.fetcher = Fetcher(LoopbackTransport(hosts), clock, user_agent="narrative/0.1")
        self.days = 0

    def poll(self, *feeds: Feed) -> PollSummary:
        self.clock.advance_to(START + self.days * DAY)
        self.days += 1
        book: Book = self.book
        return poll(feeds or (FEED,), book, self.fetcher, self.clock)

    def outcomes(self, path: str) -> list[str]:
        return [row.outcome for row in self.book.fetches if row.url == f"http://wire.example{path}"]


@pytest.fixture
def world() -> Iterator[World]:
    clock = SimulatedClock(START)
    with site.serving(clock.now) as web:
        web.serve("/feed.xml", site.body(feed("/a"), "application/rss+xml"))
        web.serve("/a", site.body(b"<p>page a</p>"))
        yield World(web, clock)


def feed(*links: str) -> str:
    items = "".join(f"<item><title>T</title><guid>{link}</guid><link>{link}</link></item>" for link in links)
    return f'<rss version="2.0"><channel><title>Wire</title>{items}</channel></rss>'


# --- the way it should go --------------------------------------------------------------------------------


def test_a_poll_takes_links_and_keeps_pages(world):
    summary = world.poll()
    assert summary == PollSummary(polled=1, new=1, fetched=1, captures=1)
    capture = world.book.captures[0]
    assert (capture.url, capture.body, capture.outlet) == (
        "http://wire.example/a",
        b"<p>page a</p>",
        "Example Wire",
    )
    assert capture.link == Link("http://wire.example/a", FEED.url, "/a", "T")
    assert START < capture.fetched_at <= world.clock.now()


def test_a_second_poll_fetches_nothing_again(world):
    world.poll()
    assert world.poll() == PollSummary(polled=1)
    assert len(world.book.captures) == 1


def test_a_feed_that_is_not_due_is_not_asked(world):
    world.poll()
    world.days = 0
    assert world.poll() == PollSummary()


def test_one_page_under_two_addresses_is_fetched_once(world):
    world.web.serve("/feed.xml", site.body(feed("/a", "/a?utm_source=rss", "/a#top")))
    assert world.poll().fetched == 1
    assert world.web.paths().count("/a") == 1


def test_hosts_are_asked_at_once_and_each_in_the_order_of_its_links(world):
    world.web.serve(
        "/feed.xml", site.body(feed("/a", "/b", "http://daily.example/c", "http://daily.example/d"))
    )
    world.poll()
    at = {row.path: (row.at - START).total_seconds() for row in world.web.asked if len(row.path) == 2}
    assert at == {"/a": 4, "/b": 6, "/c": 4, "/d": 6}


def test_redirects_from_several_hosts_to_one_wait_for_its_turn(world):
    for host in ("daily", "cdn"):
        world.web.serve(f"/{host}", site.status(302, Location=f"http://wire.example/from-{host}"))
        world.web.serve(f"/from-{host}", site.body(b"page"))
    world.web.serve(
        "/feed.xml", site.body(feed("/a", "http://daily.example/daily", "http://cdn.example/cdn"))
    )
    assert world.poll().captures == 3
    times = [row.at for row in world.web.asked if row.host == "wire.example"]
    assert [(after - before).total_seconds() for before, after in pairwise(times)] == [2] * 4


def test_with_one_at_a_time_hosts_still_take_turns(world):
    world.web.serve("/feed.xml", site.body(feed("/a", "http://daily.example/c", "/b")))
    poll((FEED,), world.book, world.fetcher, world.clock, at_once=1)
    assert [path for path in world.web.paths() if len(path) == 2] == ["/c", "/a", "/b"]


def test_a_page_met_under_another_address_in_the_same_poll_is_not_asked_again(world, ledger):
    world.web.serve("/feed.xml", site.body(feed("/old", "/new", "/new?utm_source=rss")))
    world.web.serve("/old", site.status(301, Location="/new"))
    world.web.serve("/new", site.body(b"page"))
    summary = poll((FEED,), ledger, world.fetcher, world.clock)
    assert (summary.new, summary.fetched, world.web.paths().count("/new")) == (2, 1, 1)


def test_progress_is_told_by_stage(world):
    seen = []
    poll((FEED,), world.book, world.fetcher, world.clock, progress=lambda *step: seen.append(step))
    assert seen == [("feeds", 1, 1), ("pages", 1, 1)]


# --- conditional polls -----------------------------------------------------------------------------------


def test_validators_are_sent_and_survive_304s_and_failures(world):
    there = site.conditional(feed("/a").encode(), ETag='"1"', Last_Modified="Mon, 05 Jan 2026 08:00:00 GMT")
    world.web.serve("/feed.xml", there, there, site.status(500), there)
    summaries = [world.poll() for _ in range(4)]
    assert [row.outcome for row in world.book.polls] == ["ok", "not_modified", "http_error", "not_modified"]
    assert [summary.not_modified for summary in summaries] == [0, 1, 0, 1]
    assert {row.etag for row in world.book.polls} == {'"1"'}


def test_a_cut_off_feed_gives_its_entries_but_no_validators(world):
    whole = feed("/a", "/b")
    world.web.serve("/feed.xml", site.body(whole[: whole.index("<title>T</title><guid>/b")], ETag='"1"'))
    assert world.poll().fetched == 1
    assert world.book.polls[0].etag is None
    assert "cut off" in world.book.polls[0].note


def test_a_page_looked_at_again_is_unchanged_or_captured_anew(world):
    old, new = (site.conditional(b"page", ETag=tag) for tag in ('"1"', '"2"'))
    world.web.serve("/a", old, old, new)
    world.poll()
    world.book.again = [Link("http://wire.example/a", FEED.url, "/a")]
    assert (world.poll().unchanged, len(world.book.captures)) == (1, 1)
    assert (world.poll().captures, world.book.fetches[-1].etag) == (1, '"2"')


# --- failures --------------------------------------------------------------------------------------------


def test_500_first_and_200_later(world):
    world.web.serve("/a", site.status(500), site.body(b"late"))
    assert world.poll() == PollSummary(polled=1, new=1, failed=1)
    assert world.poll().captures == 1
    assert [row.attempts for row in world.book.fetches] == [1, 2]


def test_five_failures_are_enough_and_it_is_said(world):
    world.web.serve("/a", site.status(500))
    for _ in range(7):
        world.poll()
    assert world.outcomes("/a") == ["http_error"] * 5
    assert world.book.fetches[-1].note == "answered 500; given up after 5 attempts"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        pytest.param(site.status(404), "http_error", id="missing"),
        pytest.param(site.status(410), "gone", id="gone"),
        pytest.param(site.status(403), "blocked", id="blocked"),
        pytest.param(site.body(b"%PDF", "application/pdf"), "wrong_type", id="a PDF"),
        pytest.param(site.status(302, Location="/a"), "redirects", id="a loop"),
        pytest.param(site.status(302, Location="http://elsewhere.example/"), "address", id="a refused host"),
    ],
)
def test_what_says_something_about_the_page_is_final(world, answer, outcome):
    world.web.serve("/a", answer)
    assert (world.poll().failed, world.poll().failed) == (1, 0)
    assert world.outcomes("/a") == [outcome]


def test_robots_refuses_pages_each_with_a_row(world):
    world.web.serve("/robots.txt", site.body("User-agent: *\nDisallow: /private"))
    world.web.serve("/feed.xml", site.body(feed("/a", "/private/b", "/private/c")))
    assert world.poll() == PollSummary(polled=1, new=3, fetched=1, refused=2, captures=1)
    assert world.poll() == PollSummary(polled=1)
    assert world.outcomes("/private/b") == ["robots"]


def test_an_unreachable_robots_only_delays(world):
    world.web.serve("/feed.xml", site.body(feed("http://daily.example/a")))
    world.web.serve("/robots.txt", site.body(site.OPEN), site.status(500), site.body(site.OPEN))
    assert (world.poll().refused, world.poll().captures) == (1, 1)


def test_a_parked_host_costs_its_pages_no_attempt(world):
    world.web.serve("/a", site.status(429, Retry_After="3600"), site.body(b"a"))
    world.web.serve("/b", site.body(b"b"))
    world.web.serve("/feed.xml", site.body(feed("/a", "/b")))
    first = world.poll()
    assert (first.failed, first.waiting) == (1, 1)
    assert [row.attempts for row in world.book.fetches] == [1, 0]
    assert all(row.retry_at == world.book.fetches[0].retry_at for row in world.book.fetches)
    assert world.poll().captures == 2


def many(host: str, number: int) -> list[str]:
    return [f"http://{host}.example/{host}{page}" for page in range(number)]


def test_a_parked_host_is_set_aside_and_taken_up_when_its_pause_is_over(world):
    world.web.serve("/a", site.status(429, Retry_After="90"))
    world.web.serve("/b", site.body(b"b"))
    world.web.serve("/feed.xml", site.body(feed("/a", "/b", *many("daily", 60))))
    summary = world.poll()
    assert (summary.waiting, world.outcomes("/a"), world.outcomes("/b")) == (0, ["busy"], ["ok"])
    asked = {row.path: row.at for row in world.web.asked}
    assert timedelta(seconds=90) <= asked["/b"] - asked["/a"] < timedelta(seconds=93)
    assert asked["/daily30"] < asked["/b"] < asked["/daily59"]


def test_a_parked_host_does_not_keep_a_poll_waiting(world):
    world.web.serve("/a", site.status(429, Retry_After="90"))
    world.web.serve("/feed.xml", site.body(feed("/a", "/b", *many("daily", 3))))
    assert world.poll().waiting == 1
    assert world.clock.now() < START + timedelta(seconds=20)
    assert world.book.page("http://wire.example/b").note.endswith("not asked for another 86 s")


def test_a_pause_of_less_than_a_minute_is_waited_for(world):
    world.web.serve("/a", site.status(429, Retry_After="59"))
    world.web.serve("/b", site.body(b"b"))
    world.web.serve("/feed.xml", site.body(feed("/a", "/b")))
    assert (world.poll().waiting, world.outcomes("/b")) == (0, ["ok"])


FEED_FAILURES = [
    pytest.param(site.body("<html><p>Sign in</p></html>"), "not_a_feed", None, id="a page instead"),
    pytest.param(site.body(feed("/a")[:60]), "not_a_feed", None, id="cut before the first entry"),
    pytest.param(site.status(404), "http_error", None, id="missing"),
    pytest.param(site.status(403), "blocked", "blocked", id="blocked stops"),
    pytest.param(site.status(451), "blocked", "blocked", id="legal reasons stop"),
    pytest.param(site.status(410), "gone", "gone", id="gone retires"),
    pytest.param(site.reset, "network", None, id="reset"),
]


@pytest.mark.parametrize(("answer", "outcome", "stop"), FEED_FAILURES)
def test_a_failed_poll_is_a_row_and_never_no_news(world, answer, outcome, stop):
    world.web.serve("/feed.xml", answer)
    assert world.poll() == PollSummary(polled=1, feeds_failed=1)
    row = world.book.polls[0]
    assert (row.outcome, row.stop, row.entries) == (outcome, stop, 0)
    assert row.note
    assert world.poll().polled == (0 if stop else 1)


def test_a_forbidden_feed_waits_for_a_new_robots(world):
    world.web.serve("/robots.txt", site.body("User-agent: *\nDisallow: /"))
    world.poll()
    assert world.book.polls[0].outcome == "robots"
    assert world.book.polls[0].next_at >= START + DAY


def test_retry_after_of_a_feed_moves_its_next_poll(world):
    world.web.serve("/feed.xml", site.status(503, Retry_After="7200"))
    world.poll()
    assert world.book.polls[0].next_at >= START + timedelta(hours=2)


def test_one_broken_feed_does_not_stop_the_others(world):
    broken = Feed("http://daily.example/none.xml", "Daily")
    assert world.poll(broken, FEED) == PollSummary(polled=2, feeds_failed=1, new=1, fetched=1, captures=1)


# --- ended early -----------------------------------------------------------------------------------------


class EndedError(Exception):
    """What a book or a listener raises in these tests."""


@dataclass
class FullBook(MemoryBook):
    """A book with room for one page; `room` more may be given."""

    room: int = 1

    def record_fetch(self, link: Link, fetch: PageFetch, capture: Capture | None) -> None:
        if len(self.fetches) >= self.room:
            raise EndedError
        super().record_fetch(link, fetch, capture)


def threads() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name == "narrative-fetch"]


def interrupt(handler: BaseHTTPRequestHandler) -> None:
    """Press Ctrl-C while the answer is on its way."""
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    site.body(b"late")(handler)


@pytest.mark.parametrize("clock", [SimulatedClock(START), SystemClock()], ids=["simulated", "real"])
def test_ctrl_c_keeps_what_was_recorded_and_the_next_poll_goes_on(world, clock):
    routes = dict.fromkeys(("wire.example", "daily.example"), ("127.0.0.1", world.web.port))
    fetcher = Fetcher(LoopbackTransport(routes), clock, user_agent="narrative/0.1", delay=0.01)
    world.web.serve("/feed.xml", site.body(feed("/a", "/b", "/c")))
    world.web.serve("/b", interrupt, site.body(b"b"))
    world.web.serve("/c", site.body(b"c"))
    before = signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # which a shell may have told to ignore it
    try:
        with pytest.raises(KeyboardInterrupt):
            poll((FEED,), world.book, fetcher, clock)
    finally:
        signal.signal(signal.SIGINT, before)
    assert ([row.url[-2:] for row in world.book.fetches], threads()) == (["/a"], [])
    assert poll((FEED,), world.book, fetcher, clock) == PollSummary(fetched=2, captures=2)
    assert [capture.url[-2:] for capture in world.book.captures] == ["/a", "/b", "/c"]


def test_an_error_of_the_book_ends_the_poll_and_keeps_what_was_recorded(world):
    world.book = FullBook()
    world.web.serve("/feed.xml", site.body(feed("/a", "/b", *many("daily", 3))))
    with pytest.raises(EndedError):
        world.poll()
    assert (len(world.book.fetches), threads()) == (1, [])
    world.book.room = 99
    world.poll()
    assert sorted(row.url for row in world.book.fetches) == sorted(
        canonical_url(link.url) for link in world.book.links.values()
    )


def test_an_error_of_who_listens_ends_the_poll(world):
    def listen(stage: str, _done: int, _all: int) -> None:
        if stage == "pages":
            raise EndedError

    with pytest.raises(EndedError):
        poll((FEED,), world.book, world.fetcher, world.clock, progress=listen)
    assert (len(world.book.captures), threads()) == (1, [])


def test_a_defect_in_a_thread_is_raised_where_the_poll_was_called(world):
    def broken(request):
        raise EndedError(str(request.url))

    fetcher = Fetcher(httpx2.MockTransport(broken), world.clock, user_agent="narrative/0.1")
    with pytest.raises(EndedError, match="robots"):
        poll((FEED,), world.book, fetcher, world.clock)
    assert (world.book.polls, threads()) == ([], [])


# --- sitemaps and single pages ---------------------------------------------------------------------------


def sitemap(kind: str, child: str, *addresses: str) -> str:
    rows = "".join(f"<{child}><loc>http://wire.example{address}</loc></{child}>" for address in addresses)
    return f"<{kind}>{rows}</{kind}>"


def test_an_index_is_followed_one_step_and_never_in_circles(world):
    index = sitemap("sitemapindex", "sitemap", "/index.xml", "/news.xml", "/lost.xml", "/deep.xml")
    world.web.serve("/index.xml", site.body(index, "text/xml", ETag='"1"'))
    world.web.serve("/news.xml", site.body(sitemap("urlset", "url", "/a"), "text/xml"))
    world.web.serve("/deep.xml", site.body(sitemap("sitemapindex", "sitemap", "/more.xml"), "text/xml"))
    summary = world.poll(Feed("http://wire.example/index.xml", "Wire", "sitemap"))
    assert (summary.captures, world.web.paths().count("/index.xml")) == (1, 1)
    lost, deep = world.book.polls[0].note.split("; ")
    assert lost == "http://wire.example/lost.xml: answered 404"
    assert deep.startswith("http://wire.example/deep.xml is an index inside an index")
    assert world.book.polls[0].etag is None
    assert world.book.captures[0].link.feed == "http://wire.example/index.xml"


def test_sitemaps_of_an_index_may_lie_on_several_hosts(world):
    children = "".join(
        f"<sitemap><loc>http://{host}.example/{host}.xml</loc></sitemap>" for host in ("wire", "daily", "cdn")
    )
    world.web.serve("/index.xml", site.body(f"<sitemapindex>{children}</sitemapindex>", "text/xml"))
    for host in ("wire", "daily"):
        world.web.serve(f"/{host}.xml", site.body(sitemap("urlset", "url", "/a", f"/{host}"), "text/xml"))
        world.web.serve(f"/{host}", site.body(b"page"))
    summary = world.poll(Feed("http://wire.example/index.xml", "Wire", "sitemap"))
    assert (summary.polled, summary.new, summary.captures) == (1, 3, 3)
    (row,) = world.book.polls
    assert (row.entries, row.note) == (4, "http://cdn.example/cdn.xml: answered 404")


def test_a_single_page_is_captured_with_its_host_as_outlet(world):
    fetch, capture = capture_url("http://wire.example/a", world.fetcher, world.clock)
    assert (fetch.outcome, capture.outlet, capture.link) == ("ok", "wire.example", None)
    assert capture_url("http://wire.example/a", world.fetcher, world.clock, "Wire")[1].outlet == "Wire"


def test_a_single_page_that_fails_gives_the_reason(world):
    fetch, capture = capture_url("http://wire.example/none", world.fetcher, world.clock)
    assert (fetch.outcome, fetch.note, capture) == ("http_error", "answered 404", None)
