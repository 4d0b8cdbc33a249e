"""Hosts that answer badly, all in one poll on the real clock: each gets its row, none hangs, the others go on."""

from __future__ import annotations

import contextlib
import gzip
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest
import web as site
from test_poll import MemoryBook, feed

from narrative.clock import SystemClock
from narrative.crawl.fetch import Fetcher, Limits
from narrative.crawl.poll import poll
from narrative.crawl.rows import PageFetch, Poll, PollSummary
from narrative.crawl.transport import LoopbackTransport
from narrative.terms import Feed

Answer = Callable[[BaseHTTPRequestHandler], None]

LIMITS = Limits(connect=1.0, read=1.0, total=1.5, body=100_000)
HEALTHY = 8
SOON, HOUR, PAUSE = timedelta(minutes=15), timedelta(hours=1), timedelta(hours=2)


# --- what the hosts do -----------------------------------------------------------------------------------


def silence(handler: BaseHTTPRequestHandler) -> None:
    """Take the request and say nothing for longer than anybody waits."""
    time.sleep(3)


def nothing(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection without a word."""


def nonsense(handler: BaseHTTPRequestHandler) -> None:
    """Answer in no protocol at all."""
    handler.wfile.write(b"\x00\xffgo away\r\n\r\n")


def endless_headers(handler: BaseHTTPRequestHandler) -> None:
    """Send header lines that never end."""
    with contextlib.suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            handler.wfile.write(b"X-More: and more\r\n" * 1000)


ZEROS = gzip.compress(bytes(50_000_000))
ANSWERS: dict[str, Answer] = {
    "429": site.status(429, Retry_After="7200"),
    "500": site.status(500),
    "503": site.status(503, Retry_After="7200"),
    "drip": site.drip,
    "dripping-headers": site.drip_headers,
    "silence": silence,
    "nothing": nothing,
    "nonsense": nonsense,
    "endless-headers": endless_headers,
    "reset": site.reset,
    "cut-gzip": site.body(gzip.compress(b"x" * 999)[:-9], Content_Encoding="gzip"),
    "wrong-length": site.body(b"short", Content_Length="900"),
    "endless": site.endless,
    "bomb": site.body(ZEROS, Content_Encoding="gzip"),
    "packed-bomb": site.body(ZEROS, "application/gzip"),
    "circle": site.status(302, Location="#"),
    "inside": site.status(302, Location="http://169.254.169.254/latest"),
    "error-page": site.body("<html><p>Something went wrong</p></html>"),
}

#: what happened, its row's outcome and status, when it is tried again at the earliest, and what the row says
PAGES = [
    ("429", "busy", 429, PAUSE, "answered 429"),
    ("500", "http_error", 500, SOON, "answered 500"),
    ("503", "busy", 503, PAUSE, "answered 503"),
    ("drip", "timeout", None, SOON, "no complete answer in time"),
    ("dripping-headers", "timeout", None, SOON, "no complete answer in time"),
    ("silence", "timeout", None, SOON, "no complete answer in time"),
    ("nothing", "network", None, SOON, "no usable answer: "),
    ("nonsense", "network", None, SOON, "no usable answer: "),
    ("endless-headers", "network", None, SOON, "no usable answer: "),
    ("reset", "network", None, SOON, "no usable answer: "),
    ("cut-gzip", "network", 200, SOON, "the compressed body ends early"),
    ("wrong-length", "network", None, SOON, "no usable answer: "),
    ("endless", "too_large", 200, None, "the body is larger than 100000 bytes"),
    ("bomb", "too_large", 200, None, "the body is larger than 100000 bytes"),
    ("packed-bomb", "wrong_type", 200, None, "application/gzip is not a page"),
    ("circle", "redirects", 302, None, "more than 5 redirects"),
    ("inside", "address", None, None, "169.254.169.254 is not one of the served hosts"),
]
#: the same for feeds, which are never given up
FEEDS = [
    *(
        (name, outcome, status, again or HOUR, says)
        for name, outcome, status, again, says in PAGES
        if name != "packed-bomb"
    ),
    ("packed-bomb", "not_a_feed", 200, HOUR, "sent a gzip file that cannot be unpacked"),
    ("error-page", "not_a_feed", 200, HOUR, "is not a feed"),
]


# --- all of them in one poll -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Polled:
    """What one poll of all of them came to, the seconds it took included."""

    book: MemoryBook
    summary: PollSummary
    seconds: float

    def page(self, host: str) -> PageFetch:
        (row,) = (row for row in self.book.fetches if row.url.startswith(f"http://{host}.example/"))
        return row

    def feed(self, host: str) -> Poll:
        (row,) = (row for row in self.book.polls if row.feed.startswith(f"http://{host}.feeds.example/"))
        return row


def fetcher_for(routes: dict[str, tuple[str, int]], limits: Limits) -> Fetcher:
    transport = LoopbackTransport(routes, total=limits.total)
    return Fetcher(transport, SystemClock(), user_agent="narrative/0.1", delay=0.01, limits=limits)


@pytest.fixture(scope="module")
def polled() -> Polled:
    own = [f"http://wire.example/story/{number}" for number in range(HEALTHY)]
    pages = [f"http://{name}.example/{name}" for name, *_ in PAGES]
    feeds = [Feed(f"http://{name}.feeds.example/{name}", name) for name, *_ in FEEDS]
    routes = {}
    with contextlib.ExitStack() as servers:
        for name, answer in ANSWERS.items():  # each on a server of its own: a stuck one is alone in it
            web = servers.enter_context(site.serving())
            web.serve(f"/{name}", answer)
            routes |= dict.fromkeys((f"{name}.example", f"{name}.feeds.example"), ("127.0.0.1", web.port))
        wire = servers.enter_context(site.serving())
        routes["wire.example"] = ("127.0.0.1", wire.port)
        for number in range(HEALTHY):
            wire.serve(f"/story/{number}", site.body(b"page"))
        wire.serve("/feed.xml", site.body(feed(*pages, *own), "application/rss+xml"))
        book, begun = MemoryBook(), time.monotonic()
        feeds.append(Feed("http://wire.example/feed.xml", "Wire"))
        summary = poll(feeds, book, fetcher_for(routes, LIMITS), SystemClock())
        return Polled(book, summary, time.monotonic() - begun)


@pytest.mark.parametrize(("host", "outcome", "status", "again", "says"), PAGES, ids=[row[0] for row in PAGES])
def test_a_page_that_goes_wrong_has_its_row(polled, host, outcome, status, again, says):
    row = polled.page(host)
    assert (row.outcome, row.status, row.attempts) == (outcome, status, 1)
    assert says in row.note
    assert (row.retry_at is None) == (again is None)
    assert again is None or row.retry_at - row.at >= again - timedelta(seconds=1)


@pytest.mark.parametrize(("host", "outcome", "status", "again", "says"), FEEDS, ids=[row[0] for row in FEEDS])
def test_a_feed_that_goes_wrong_has_its_row(polled, host, outcome, status, again, says):
    row = polled.feed(host)
    assert (row.outcome, row.status, row.entries, row.new, row.stop) == (outcome, status, 0, 0, None)
    assert says in row.note
    assert row.next_at - row.at >= again - timedelta(seconds=1)


def test_none_hangs_and_nothing_else_suffers(polled):
    assert polled.summary == PollSummary(
        polled=len(FEEDS) + 1,
        feeds_failed=len(FEEDS),
        new=len(PAGES) + HEALTHY,
        fetched=HEALTHY,
        failed=len(PAGES),
        captures=HEALTHY,
    )
    assert {capture.body for capture in polled.book.captures} == {b"page"}
    assert polled.seconds < 20


# --- meanwhile -------------------------------------------------------------------------------------------


def held_until(event: threading.Event, then: Answer) -> Answer:
    """Hold the answer back until something has happened, for ten seconds at most."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        (then if event.wait(10) else site.status(500))(handler)

    return answer


def noted(event: threading.Event, then: Answer) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        event.set()
        then(handler)

    return answer


def test_other_hosts_go_on_while_one_holds_its_answer_back():
    limits = Limits(read=15.0, total=15.0)
    fed, read = threading.Event(), threading.Event()
    own = [f"http://wire.example/story/{number}" for number in range(HEALTHY)]
    with site.serving() as web:
        for number in range(HEALTHY - 1):
            web.serve(f"/story/{number}", site.body(b"page"))
        web.serve(f"/story/{HEALTHY - 1}", noted(read, site.body(b"page")))
        web.serve("/held.xml", held_until(fed, site.body(feed("http://held.example/page"))))
        web.serve("/page", held_until(read, site.body(b"at last")))
        web.serve("/feed.xml", noted(fed, site.body(feed(*own))))
        routes = dict.fromkeys(("wire.example", "held.example"), ("127.0.0.1", web.port))
        feeds = [Feed("http://held.example/held.xml", "Held"), Feed("http://wire.example/feed.xml", "Wire")]
        book = MemoryBook()
        summary = poll(feeds, book, fetcher_for(routes, limits), SystemClock())
    assert summary == PollSummary(polled=2, new=HEALTHY + 1, fetched=HEALTHY + 1, captures=HEALTHY + 1)
    assert [capture.url for capture in book.captures[: HEALTHY - 1]] == own[:-1]
