"""The fetcher against a real server on loopback: politeness, robots, limits, addresses."""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import httpx2
import pytest
import web as site

from narrative.clock import SimulatedClock
from narrative.crawl.fetch import Fetcher, Limits
from narrative.crawl.hosts import Hosts
from narrative.crawl.transport import LoopbackTransport
from narrative.errors import UsageError

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
AGENT = "narrative/0.1 (+mailto:desk@example.org)"
SMALL = Limits(connect=1.0, read=0.5, total=0.6, body=100_000)


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(START)


@pytest.fixture
def web(clock: SimulatedClock) -> Iterator[site.Web]:
    with site.serving(clock.now) as running:
        yield running


@pytest.fixture
def fetcher(web: site.Web, clock: SimulatedClock) -> Iterator[Fetcher]:
    with Fetcher(None, clock, user_agent=AGENT, allow=(f"127.0.0.1:{web.port}",), limits=SMALL) as one:
        yield one


def named(web: site.Web, clock: SimulatedClock, *hosts: str) -> Fetcher:
    routes = dict.fromkeys(hosts, ("127.0.0.1", web.port))
    return Fetcher(LoopbackTransport(routes), clock, user_agent=AGENT)


# --- one answer ------------------------------------------------------------------------------------------


def test_a_page_comes_with_its_bytes_headers_and_time(web, fetcher, clock):
    web.serve("/a", site.body(b"<p>hello</p>", "text/html; charset=utf-8", ETag='"1"'))
    got = fetcher.get(web.url("/a"))
    assert (got.outcome, got.status, got.body, got.etag) == ("ok", 200, b"<p>hello</p>", '"1"')
    assert got.content_type == "text/html; charset=utf-8"
    assert got.at == clock.now()
    assert web.asked[-1].headers["User-Agent"] == AGENT


FAILURES = [
    pytest.param(site.status(404), "http_error", id="missing page"),
    pytest.param(site.status(500), "http_error", id="server error"),
    pytest.param(site.status(401), "blocked", id="login asked"),
    pytest.param(site.status(403), "blocked", id="forbidden"),
    pytest.param(site.status(451), "blocked", id="legal reasons"),
    pytest.param(site.status(410), "gone", id="retired"),
    pytest.param(site.status(429), "busy", id="too many requests"),
    pytest.param(site.status(503), "busy", id="overloaded"),
    pytest.param(site.status(304), "http_error", id="304 that nobody asked for"),
    pytest.param(site.status(206, b"x"), "http_error", id="part of a page"),
    pytest.param(site.body(b"%PDF", "application/pdf"), "wrong_type", id="a PDF"),
    pytest.param(site.body(b"x", Content_Encoding="br"), "wrong_type", id="a coding not asked for"),
    pytest.param(site.endless, "too_large", id="endless body"),
    pytest.param(site.body(b"x" * 100_001), "too_large", id="a byte over the cap"),
    pytest.param(
        site.body(gzip.compress(b"\0" * 50_000_000), Content_Encoding="gzip"), "too_large", id="bomb"
    ),
    pytest.param(
        site.body(gzip.compress(b"x" * 999)[:-9], Content_Encoding="gzip"), "network", id="cut gzip"
    ),
    pytest.param(site.body(b"no gzip at all", Content_Encoding="gzip"), "network", id="false gzip"),
    pytest.param(site.body(b"short", Content_Length="900"), "network", id="wrong length"),
    pytest.param(site.reset, "network", id="reset connection"),
    pytest.param(site.drip, "timeout", id="slow drip of a body"),
    pytest.param(site.drip_headers, "timeout", id="slow drip of headers"),
    pytest.param(site.status(302, Location="/x"), "redirects", id="redirect to itself"),
    pytest.param(site.status(302, Location="file:///etc/hosts"), "address", id="redirect to a file"),
    pytest.param(site.status(301, Location="http://a:99999999/"), "address", id="redirect to nonsense"),
    pytest.param(
        site.status(302, Location="http://127.0.0.1:9/"), "address", id="redirect to a refused port"
    ),
    pytest.param(site.status(302, Location="http://169.254.169.254/"), "address", id="redirect to metadata"),
]


@pytest.mark.parametrize(("answer", "outcome"), FAILURES)
def test_what_goes_wrong_is_an_outcome(web, fetcher, answer, outcome):
    web.serve("/x", answer)
    got = fetcher.get(web.url("/x"))
    assert (got.outcome, got.body) == (outcome, b"")
    assert got.note
    assert "\n" not in got.note


@pytest.mark.parametrize(
    ("packed", "coding"),
    [
        pytest.param(gzip.compress(b"page"), "gzip", id="gzip"),
        pytest.param(gzip.compress(b"pa") + gzip.compress(b"ge"), "gzip", id="gzip in two members"),
        pytest.param(gzip.compress(b"page") + b"\0\0", "gzip", id="gzip with padding"),
        pytest.param(zlib.compress(b"page"), "deflate", id="deflate with its header"),
        pytest.param(zlib.compress(b"page")[2:-4], "deflate", id="deflate without"),
        pytest.param(b"page", "identity", id="identity"),
    ],
)
def test_bodies_are_unpacked(web, fetcher, packed, coding):
    web.serve("/x", site.body(packed, Content_Encoding=coding))
    assert fetcher.get(web.url("/x")).body == b"page"


def test_a_redirect_is_followed_and_named(web, fetcher):
    web.serve("/old", site.status(301, Location="/new#part"))
    web.serve("/new", site.body(b"here"))
    got = fetcher.get(web.url("/old"))
    assert (got.url, got.final_url, got.body) == (web.url("/old"), web.url("/new"), b"here")


def test_nobody_listening_is_a_network_failure(clock):
    with Fetcher(None, clock, user_agent=AGENT, allow=("127.0.0.1",)) as fetcher:
        assert fetcher.get("http://127.0.0.1:1/").outcome == "robots"


def test_a_custom_transport_is_the_seam(clock):
    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, text=f"at {request.url.path}"))
    got = Fetcher(transport, clock, user_agent=AGENT).get("https://wire.example/a")
    assert (got.outcome, got.body) == ("ok", b"at /a")


@pytest.mark.parametrize("agent", ["", "  ", "\n", "narrative\r\nX: y", "Mozilla(5)", "närrative"])
def test_a_user_agent_must_name_a_product(clock, agent):
    with pytest.raises(UsageError, match="must look like"):
        Fetcher(None, clock, user_agent=agent)


# --- conditional requests --------------------------------------------------------------------------------

DATE = "Mon, 05 Jan 2026 08:00:00 GMT"


@pytest.mark.parametrize(
    ("etag", "date", "outcome"),
    [
        pytest.param('"7"', None, "not_modified", id="etag alone"),
        pytest.param(None, DATE, "not_modified", id="date alone"),
        pytest.param('"7"', DATE, "not_modified", id="both"),
        pytest.param('"6"', "Mon, 05 Jan 2026 07:00:00 GMT", "ok", id="both stale"),
        pytest.param(None, None, "ok", id="none sent"),
    ],
)
def test_validators_are_sent_each_on_its_own(web, fetcher, etag, date, outcome):
    web.serve("/x", site.conditional(b"new", ETag='"7"', Last_Modified=DATE))
    got = fetcher.get(web.url("/x"), etag=etag, last_modified=date)
    assert (got.outcome, got.etag, got.last_modified) == (outcome, '"7"', DATE)
    sent = web.asked[-1].headers
    assert (sent.get("If-None-Match"), sent.get("If-Modified-Since")) == (etag, date)


# --- robots ----------------------------------------------------------------------------------------------

ROBOTS = [
    pytest.param(site.body("User-agent: *\nDisallow: /no", "text/plain"), "/yes", "ok", id="other path"),
    pytest.param(site.body("User-agent: *\nDisallow: /no", "text/plain"), "/no/x", "robots", id="forbidden"),
    pytest.param(
        site.body("User-agent: *\nDisallow: /n\nAllow: /no", "text/plain"),
        "/no",
        "ok",
        id="longest match wins",
    ),
    pytest.param(
        site.body("User-agent: narrative\nDisallow: /\n\nUser-agent: *\nAllow: /"),
        "/a",
        "robots",
        id="us by name",
    ),
    pytest.param(site.body(b"\xef\xbb\xbfUser-agent: *\nDisallow: /"), "/a", "robots", id="byte order mark"),
    pytest.param(site.body("#" * 600_000 + "\nUser-agent: *\nDisallow: /"), "/a", "ok", id="beyond 500 KiB"),
    pytest.param(site.body("<html>no robots here</html>"), "/a", "ok", id="a page in its place"),
    pytest.param(site.status(404), "/a", "ok", id="none"),
    pytest.param(site.status(403), "/a", "ok", id="4xx counts as none"),
    pytest.param(site.status(500), "/a", "robots", id="5xx closes"),
    pytest.param(site.status(503), "/a", "robots", id="503 closes"),
    pytest.param(site.status(429), "/a", "robots", id="429 asks for rest"),
    pytest.param(site.reset, "/a", "robots", id="silence closes"),
    pytest.param(
        site.status(302, Location="/robots.txt"), "/a", "ok", id="redirects without end count as none"
    ),
    pytest.param(site.status(302, Location="http://169.254.169.254/"), "/a", "address", id="redirect inside"),
]


@pytest.mark.parametrize(("robots", "path", "outcome"), ROBOTS)
def test_robots(web, fetcher, robots, path, outcome):
    web.serve("/robots.txt", robots)
    web.serve(path, site.body(b"page"))
    assert fetcher.get(web.url(path)).outcome == outcome
    assert (path in web.paths()) == (outcome == "ok")


def test_robots_is_asked_once_a_day(web, fetcher, clock):
    web.serve("/a", site.body(b"page"))
    for hours in (0, 12, 11, 2):
        clock.sleep(hours * 3600)
        fetcher.get(web.url("/a"))
    assert web.paths().count("/robots.txt") == 2


def test_an_unreachable_robots_is_asked_again_within_the_hour(web, fetcher, clock):
    web.serve("/robots.txt", site.status(500), site.body(site.OPEN))
    web.serve("/a", site.body(b"page"))
    closed = fetcher.get(web.url("/a"))
    clock.sleep(closed.retry_after + 1)
    assert [closed.outcome, fetcher.get(web.url("/a")).outcome] == ["robots", "ok"]


def test_each_hop_of_a_redirect_asks_its_own_robots(web, clock):
    def robots(handler):
        closed = handler.headers["Host"].startswith("closed")
        site.body("User-agent: *\nDisallow: /" if closed else site.OPEN)(handler)

    web.serve("/robots.txt", robots)
    web.serve("/a", site.status(302, Location=f"http://closed.example:{web.port}/b"))
    got = named(web, clock, "open.example", "closed.example").get("http://open.example/a")
    assert (got.outcome, got.final_url) == ("robots", f"http://closed.example:{web.port}/b")
    assert "/b" not in web.paths()


# --- turns -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("theirs", "gap"),
    [
        pytest.param("", 2.0, id="ours when they ask for nothing"),
        pytest.param("Crawl-delay: 7", 7.0, id="theirs when longer"),
        pytest.param("Crawl-delay: 0.5", 2.0, id="ours when longer"),
        pytest.param("Crawl-delay: 9999", 120.0, id="theirs up to two minutes"),
        pytest.param("Crawl-delay: soon", 2.0, id="ours when theirs is nonsense"),
    ],
)
def test_a_host_is_left_alone_between_requests(web, fetcher, theirs, gap):
    web.serve("/robots.txt", site.body(f"User-agent: *\n{theirs}\nDisallow: /none"))
    for path in ("/a", "/b", "/c"):
        fetcher.get(web.url(path))
    times = [row.at for row in web.asked]
    assert [(b - a).total_seconds() for a, b in pairwise(times)] == [gap] * 3


def test_hosts_do_not_wait_for_one_another(web, clock):
    fetcher = named(web, clock, "one.example", "two.example")
    for host in ("one", "two"):
        fetcher.get(f"http://{host}.example/a")
    assert clock.now() - START == timedelta(seconds=4)  # robots then page, on each of the two


def test_one_request_in_flight_a_host_across_threads(clock):
    inside, most = [], []

    def slow(request):
        inside.append(request)
        most.append(len(inside))
        time.sleep(0.005)
        inside.remove(request)
        return httpx2.Response(200, text="page")

    fetcher = Fetcher(httpx2.MockTransport(slow), clock, user_agent=AGENT)
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(fetcher.get, ["https://one.example/a"] * 8))
    assert {one.outcome for one in got} == {"ok"}
    assert set(most) == {1}


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        pytest.param("90", 90, id="seconds"),
        pytest.param(format_datetime(START + timedelta(seconds=502), usegmt=True), 500, id="a date"),
        pytest.param("Mon, 05 Jan 2026 08:00:00 GMT", 0, id="a date gone by"),
        pytest.param("99999999999", 86400, id="at most a day"),
    ],
)
def test_retry_after_parks_the_host(web, fetcher, clock, retry_after, seconds):
    web.serve("/a", site.status(429, Retry_After=retry_after), site.body(b"page"))
    first = fetcher.get(web.url("/a"))
    assert (first.retry_after or 0) == pytest.approx(seconds)
    if seconds:
        assert fetcher.get(web.url("/other")).outcome == "busy"
        assert "/other" not in web.paths()
    clock.sleep(seconds)
    assert fetcher.get(web.url("/a")).outcome == "ok"


def test_busy_without_a_date_parks_twice_as_long_each_time(web, fetcher, clock):
    web.serve("/a", site.status(503))
    waits = []
    for _ in range(3):
        waits.append(fetcher.get(web.url("/a")).retry_after)
        clock.sleep(waits[-1])
    assert 60 <= waits[0] < 75 <= 1.5 * waits[0] < waits[1] < waits[2] / 1.5


def test_errors_widen_the_gap_until_the_host_is_parked(clock):
    hosts = Hosts(clock, 2.0)
    gaps = []
    for _ in range(5):
        before = clock.now()
        with hosts.turn("h"):
            gaps.append((clock.now() - before).total_seconds())
        hosts.failed("h")
    assert gaps == [0, 4, 8, 16, 32]
    assert hosts.parked("h") == 64
    hosts.succeeded("h")
    before = clock.now()
    with hosts.turn("h"):
        assert (clock.now() - before).total_seconds() == 2
