"""Forty hosts polled at once: what each of them saw of us, how the clock lets threads work together, memory."""

from __future__ import annotations

import contextlib
import re
import selectors
import sqlite3
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import httpx2
import pytest
import web as site
from hypothesis import given, settings
from hypothesis import strategies as st
from test_poll import feed

from narrative.clock import SimulatedClock, SystemClock
from narrative.crawl.crew import AT_ONCE, Ask, Crew
from narrative.crawl.fetch import Fetcher
from narrative.crawl.poll import poll
from narrative.crawl.rows import PollSummary
from narrative.ledger import open_ledger
from narrative.terms import Feed

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
AGENT = "narrative/0.1"
HOSTS, PAGES, DELAY = 40, 20, 2.0
SLOW = {3: 5.0, 17: 9.0}  # hosts that ask for a Crawl-delay
ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "corpus" / "site"


@dataclass(frozen=True, slots=True)
class Job:
    """An address to ask for."""

    url: str


# --- a street of small sites -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Visit:
    """One request as the server saw it: from its last byte in to its first byte out."""

    path: str
    begin: datetime
    end: datetime


@dataclass
class Street:
    """Sites on loopback addresses of their own, each with a feed of its pages; answers take simulated time."""

    clock: SimulatedClock
    pages: int
    log: defaultdict[int, list[Visit]] = field(default_factory=lambda: defaultdict(list))
    servers: list[ThreadingHTTPServer] = field(default_factory=list)

    def feeds(self) -> list[Feed]:
        places = (server.server_address[:2] for server in self.servers)
        return [Feed(f"http://{host}:{port}/feed.xml", str(host)) for host, port in places]

    def allowed(self) -> tuple[str, ...]:
        return tuple(str(server.server_address[0]) for server in self.servers)

    def paths(self) -> list[str]:
        return ["/robots.txt", "/feed.xml", *(f"/page/{n}" for n in range(self.pages))]

    def answer(self, number: int, handler: BaseHTTPRequestHandler) -> None:
        begin = self.clock.now()
        self.clock.sleep(0.1 + 0.05 * (number % 7))
        self.log[number].append(Visit(handler.path, begin, self.clock.now()))
        self._content(number, handler.path)(handler)

    def _content(self, number: int, path: str):
        if path == "/robots.txt":
            return site.body(f"User-agent: *\nCrawl-delay: {SLOW.get(number, 0)}", "text/plain")
        if path == "/feed.xml":
            return site.body(feed(*self.paths()[2:]), "application/rss+xml")
        return site.body(f"{number} {path} ".ljust(500))


@contextlib.contextmanager
def street(clock: SimulatedClock, hosts: int, pages: int) -> Iterator[Street]:
    """Serve for the length of a with block; one thread takes the connections of all."""
    here = Street(clock, pages)
    here.servers = [_server(here, number) for number in range(hosts)]
    closing = threading.Event()

    def listen() -> None:
        with selectors.DefaultSelector() as waiting:
            for server in here.servers:
                waiting.register(server, selectors.EVENT_READ)
            while not closing.is_set():
                for key, _ in waiting.select(0.05):
                    key.fileobj.handle_request()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield here
    finally:
        closing.set()
        thread.join()
        for server in here.servers:
            server.server_close()


def _server(here: Street, number: int) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            here.answer(number, self)
            self.close_connection = True

        def log_message(self, *words: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer((f"127.0.0.{number + 10}", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    return server


def crawl(place: Path, hosts: int, pages: int) -> tuple[Street, PollSummary, datetime]:
    """Poll a street once into a ledger at `place`; return what it saw, what was counted, and the last instant."""
    clock = SimulatedClock(START)
    with (
        street(clock, hosts, pages) as here,
        open_ledger(place, clock, create=True) as ledger,
        Fetcher(None, clock, user_agent=AGENT, delay=DELAY, allow=here.allowed()) as fetcher,
    ):
        summary = poll(here.feeds(), ledger, fetcher, clock)
    return here, summary, clock.now()


# --- forty hosts -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def polled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Street, PollSummary, datetime]:
    return crawl(tmp_path_factory.mktemp("street") / "ledger.db", HOSTS, PAGES)


def test_everything_is_fetched_once_in_order_and_kept(polled):
    here, summary, _ = polled
    pages = HOSTS * PAGES
    assert summary == PollSummary(polled=HOSTS, new=pages, fetched=pages, captures=pages)
    assert sorted(here.log) == list(range(HOSTS))
    for visits in here.log.values():
        assert [visit.path for visit in visits] == here.paths()


def test_no_host_sees_two_requests_in_flight_or_less_than_its_delay(polled):
    here, _, _ = polled
    for number, visits in here.log.items():
        gaps = [(after.begin - before.end).total_seconds() for before, after in pairwise(visits)]
        assert min(gaps) >= SLOW.get(number, DELAY), number


def test_many_hosts_are_in_flight_at_once_and_no_more_than_allowed(polled):
    here, _, _ = polled
    steps = [(visit.begin, 1) for visits in here.log.values() for visit in visits]
    steps += [(visit.end, -1) for visits in here.log.values() for visit in visits]
    now, most = 0, 0
    for _, step in sorted(steps):  # at one instant those that end come first
        now += step
        most = max(most, now)
    assert AT_ONCE // 2 < most <= AT_ONCE


def test_hosts_hardly_wait_for_one_another(polled):
    """Pages wait for the last feed, and sixteen threads for forty hosts: twenty seconds in all, not hours."""
    here, _, end = polled
    for number, visits in here.log.items():
        asked = sum(((visit.end - visit.begin) for visit in visits), timedelta())
        gaps = timedelta(seconds=SLOW.get(number, DELAY)) * (len(visits) - 1)
        assert visits[-1].end - START < asked + gaps + timedelta(seconds=20), number
    assert end == max(visits[-1].end for visits in here.log.values())


def test_a_simulated_poll_goes_the_same_way_each_time(tmp_path):
    def rows(name: str) -> list[tuple[str, ...]]:
        crawl(tmp_path / name, 6, 4)
        with contextlib.closing(sqlite3.connect(tmp_path / name)) as connection:
            found = connection.execute("SELECT url, at FROM fetches ORDER BY rowid").fetchall()
        return [(re.sub(r":\d+/", "/", url), at) for url, at in found]

    first = rows("first.db")
    assert len(first) == 24
    assert first == rows("second.db")


# --- memory ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("read", [20, pytest.param(HOSTS * PAGES, marks=pytest.mark.slow)])
def test_memory_stays_under_400_mb(read: int):
    """The peak of a process of its own that fetches 800 pages of 100 kB and reads some, or all, with the shipped model."""
    articles = [path.read_text(encoding="utf-8") for path in sorted(SITE.rglob("*.html"))]
    articles = [text for text in articles if "<body>" in text]
    with site.serving() as web:
        for host in range(HOSTS):
            paths = [f"/{host}/page/{number}" for number in range(PAGES)]
            web.serve(f"/{host}/feed.xml", site.body(feed(*paths), "application/rss+xml"))
            for number, path in enumerate(paths):
                page = heavy(articles[(host + number) % len(articles)], path)
                assert 90_000 < len(page) < 120_000
                web.serve(path, site.body(page))
        code = "from tests.peak import main; main()"
        command = [sys.executable, "-c", code, *map(str, (web.port, HOSTS, read))]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    print(done.stdout)
    captures, read_in, polled, mib = map(float, done.stdout.split())
    assert (captures, read_in) == (HOSTS * PAGES, read)
    assert polled < 150  # all bodies together are 80 more than that poll needs
    assert mib < 400


def heavy(article: str, name: str) -> bytes:
    """Return an article of the demo's web amid scripts and menus, which are most of a real page: 100 kB in all."""
    script = ",".join(f'"{name}-{n}":"{n * 7919 % 100003:x}{n * 104729 % 99991:x}"' for n in range(1200))
    menu = "".join(
        f'<div class="m{n % 7}"><a href="{name}/section/{n}" data-track="{name}:{n}">Section {n} of {name}</a></div>\n'
        for n in range(600)
    )
    around = f"<body><script>window.__state={{{script}}};</script><nav>{menu}</nav>"
    return article.replace("<body>", around, 1).encode()


def test_a_hundred_thousand_jobs_are_a_line_and_not_threads():
    clock = SimulatedClock(START)
    fetcher = Fetcher(httpx2.MockTransport(lambda request: httpx2.Response(200)), clock, user_agent=AGENT)
    asked = []

    def ask(job: Job) -> Ask | None:
        asked.append(threading.active_count())
        return Ask(job.url) if len(asked) % 2000 == 0 else None

    before = threading.active_count()
    with Crew(fetcher, fetcher.hosts, clock, 4) as crew:
        crew.work((Job(f"http://host{n % 500}.example/{n}") for n in range(100_000)), ask, lambda *_: ())
    assert len(asked) == 100_000
    assert max(asked) <= before + 4
    assert threading.active_count() == before


# --- any hosts, any times --------------------------------------------------------------------------------

hosts_of_pages = st.lists(
    st.lists(st.floats(0.0, 20.0).map(lambda seconds: round(seconds, 3)), min_size=1, max_size=5),
    min_size=1,
    max_size=8,
)


@given(hosts_of_pages, st.integers(1, 6), st.sampled_from([0.0, 0.5, 2.0, 30.0]))
@settings(max_examples=60, deadline=None)
def test_whatever_the_hosts_take_each_has_one_request_and_its_gap(seconds, at_once, delay):
    clock, log, lock = SimulatedClock(START), defaultdict(list), threading.Lock()

    def answer(request: httpx2.Request) -> httpx2.Response:
        host, page = int(request.url.host[4:-8]), request.url.path[1:]
        begin = clock.now()
        clock.sleep(seconds[host][int(page)] if page.isdigit() else 0.25)
        with lock:
            log[host].append((page, begin, clock.now()))
        return httpx2.Response(200, text="page")

    told = []
    jobs = [Job(f"http://host{h}.example/{p}") for h, row in enumerate(seconds) for p in range(len(row))]
    fetcher = Fetcher(httpx2.MockTransport(answer), clock, user_agent=AGENT, delay=delay)
    with Crew(fetcher, fetcher.hosts, clock, at_once) as crew:
        crew.work(jobs, lambda job: Ask(job.url), lambda job, fetch: told.append((job, fetch.outcome)) or ())
    assert sorted((job.url, outcome) for job, outcome in told) == sorted((job.url, "ok") for job in jobs)
    for host, row in enumerate(seconds):
        assert [page for page, _, _ in log[host]] == ["robots.txt", *map(str, range(len(row)))]
        for (_, _, end), (_, begin, _) in pairwise(log[host]):
            assert (begin - end).total_seconds() >= delay


# --- the clock -------------------------------------------------------------------------------------------


def test_a_thread_alone_sleeps_at_no_cost():
    clock = SimulatedClock(START)
    for _ in range(2):
        clock.sleep(5)
    clock.take_part()
    clock.sleep(5)
    clock.leave()
    assert clock.now() == START + timedelta(seconds=15)
    assert clock.channel().take(5) is None
    assert clock.now() == START + timedelta(seconds=20)


def test_time_passes_only_when_all_who_take_part_wait():
    clock = SimulatedClock(START)
    woken: list[tuple[float, str]] = []
    done = clock.channel()

    def work(name: str, *naps: float) -> None:
        for nap in naps:
            clock.sleep(nap)
            woken.append(((clock.now() - START).total_seconds(), name))
        done.put(name)
        clock.leave()

    clock.take_part(3)
    for job in (("a", 1.0, 5.0), ("b", 2.0, 2.0)):
        threading.Thread(target=work, args=job).start()
    assert [done.take(60), done.take(60), done.take(1)] == ["b", "a", None]
    clock.leave()
    assert woken == [(1, "a"), (2, "b"), (4, "b"), (6, "a")]
    assert clock.now() == START + timedelta(seconds=7)


def test_a_real_channel_waits_in_real_time():
    channel = SystemClock().channel()
    assert (channel.take(0), channel.take(0.01), channel.take(-1)) == (None, None, None)
    channel.put("thing")
    assert channel.take() == "thing"


def test_what_is_handed_over_arrives_before_time_passes():
    clock = SimulatedClock(START)
    there, back = clock.channel(), clock.channel()

    def echo() -> None:
        back.put((there.take(), clock.now()))
        clock.leave()

    clock.take_part(2)
    threading.Thread(target=echo).start()
    there.put("thing")
    assert back.take(3600) == ("thing", START)
    clock.leave()


def test_a_clock_set_forward_wakes_who_is_due_once_the_others_wait():
    clock = SimulatedClock(START)
    woken = threading.Event()

    def nap() -> None:
        clock.sleep(3600)
        woken.set()
        clock.leave()

    clock.take_part(2)  # one naps, one is busy
    threading.Thread(target=nap, daemon=True).start()
    clock.advance_to(START + timedelta(hours=2))
    assert not woken.wait(0.05)
    clock.leave()
    assert woken.wait(5)
    assert clock.now() == START + timedelta(hours=2)
