from __future__ import annotations

import http.client
import re
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrative.bundled import bundled
from narrative.clock import SimulatedClock
from narrative.commands.demo_feeds import render_feed
from narrative.commands.demo_map import load_site
from narrative.commands.demo_site import DemoSite
from narrative.errors import NarrativeError

SITE = bundled("corpus/site")
START = datetime(2026, 1, 5, 22, 0, tzinfo=UTC)
END = datetime(2026, 2, 13, 22, 0, tzinfo=UTC)
QUAY, LEDGER, MILL = "www.quaystreetwire.example", "ledgerpost.example", "www.marketmill.example"
FIRST = (QUAY, "/markets/small-caps-find-friends-early")
FLAKY = (QUAY, "/markets/small-company-profits-fall-short")
CORRECTED = (QUAY, "/markets/small-caps-worst-week")
AGED = (MILL, "/2026/01/is-the-little-guy-having-a-moment")

MAP = load_site(SITE)


class Answer:
    def __init__(self, reply: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = reply.status, reply.headers, reply.read()


Get = Callable[..., Answer]


def asker(site: DemoSite) -> Get:
    def get(host: str, path: str, method: str = "GET", **headers: str) -> Answer:
        address = site.routes.get(host, next(iter(site.routes.values())))
        connection = http.client.HTTPConnection(*address, timeout=5)
        try:
            fields = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, headers={"Host": host, **fields})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    return get


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(START)


@pytest.fixture
def site(clock: SimulatedClock) -> Iterator[DemoSite]:
    with DemoSite(SITE, clock) as served:
        yield served


@pytest.fixture
def get(site: DemoSite) -> Get:
    return asker(site)


# --- the server ----------------------------------------------------------------------------------------


def test_page_is_hidden_until_it_is_published(get: Get, clock: SimulatedClock) -> None:
    published = MAP.pages[FIRST].published
    clock.advance_to(published - timedelta(seconds=1))
    assert get(*FIRST).status == 404
    clock.advance_to(published)
    assert b"Marguerite Oyelaran" in get(*FIRST).body


def test_page_carries_type_length_and_the_date_of_the_clock(get: Get, clock: SimulatedClock) -> None:
    clock.advance_to(END)
    answer = get(*FIRST)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert int(answer.headers["Content-Length"]) == len(answer.body)
    assert answer.headers["Date"] == "Fri, 13 Feb 2026 22:00:00 GMT"
    assert answer.headers["Last-Modified"] == "Tue, 06 Jan 2026 21:40:00 GMT"


def test_head_answers_without_a_body(get: Get, clock: SimulatedClock) -> None:
    clock.advance_to(END)
    answer = get(*FIRST, method="HEAD")
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"If_None_Match": "{etag}"}, 304, id="same-etag"),
        pytest.param({"If_None_Match": 'W/{etag}, "other"'}, 304, id="weak-and-in-a-list"),
        pytest.param({"If_None_Match": "*"}, 304, id="any-copy"),
        pytest.param({"If_None_Match": '"other"'}, 200, id="other-etag"),
        pytest.param({"If_None_Match": '"other"', "If_Modified_Since": "{date}"}, 200, id="etag-beats-date"),
        pytest.param({"If_Modified_Since": "{date}"}, 304, id="same-date"),
        pytest.param({"If_Modified_Since": "Thu, 01 Jan 2026 00:00:00 GMT"}, 200, id="older-date"),
        pytest.param({"If_Modified_Since": "yesterday"}, 200, id="no-date-at-all"),
    ],
)
@pytest.mark.parametrize("place", [FIRST, (QUAY, "/feeds/markets.rss")], ids=["page", "feed"])
def test_validators(
    get: Get, clock: SimulatedClock, place: tuple[str, str], headers: dict[str, str], status: int
) -> None:
    clock.advance_to(END)
    held = get(*place).headers
    filled = {k: v.format(etag=held["ETag"], date=held["Last-Modified"]) for k, v in headers.items()}
    answer = get(*place, **filled)
    assert answer.status == status
    assert (answer.body == b"") == (status == 304)


@pytest.mark.parametrize("plan", MAP.feeds, ids=lambda plan: plan.kind + plan.path)
def test_feed_changes_its_etag_when_something_is_published(plan, get: Get, clock: SimulatedClock) -> None:
    clock.advance_to(START + timedelta(days=8))
    before = get(plan.host, plan.path).headers["ETag"]
    assert get(plan.host, plan.path, If_None_Match=before).status == 304
    clock.advance_to(END)
    assert get(plan.host, plan.path, If_None_Match=before).status == 200


def test_page_that_fails_first_answers_later(get: Get, clock: SimulatedClock) -> None:
    clock.advance_to(END)
    assert [get(*FLAKY).status for _ in range(3)] == [500, 200, 200]


def test_an_early_visit_does_not_use_up_the_failure(get: Get, clock: SimulatedClock) -> None:
    assert get(*FLAKY).status == 404
    clock.advance_to(END)
    assert get(*FLAKY).status == 500


def test_corrected_page_changes_text_etag_and_date(get: Get, clock: SimulatedClock) -> None:
    clock.advance_to(datetime(2026, 1, 31, tzinfo=UTC))
    before = get(*CORRECTED)
    clock.advance_to(END)
    after = get(*CORRECTED, If_None_Match=before.headers["ETag"])
    assert (b"Correction:" in before.body, b"Correction:" in after.body) == (False, True)
    assert after.headers["Last-Modified"] == "Mon, 02 Feb 2026 14:10:00 GMT"
    assert b'"dateModified": "2026-02-02T09:10:00-05:00"' in after.body


@pytest.mark.parametrize(
    ("after", "words"),
    [
        pytest.param(timedelta(seconds=20), b"just now", id="seconds"),
        pytest.param(timedelta(minutes=1), b"1 minute ago", id="one"),
        pytest.param(timedelta(hours=11, minutes=50), b"11 hours ago", id="rounds-down"),
        pytest.param(timedelta(days=3), b"3 days ago", id="days"),
    ],
)
def test_age_in_words(get: Get, clock: SimulatedClock, after: timedelta, words: bytes) -> None:
    clock.advance_to(MAP.pages[AGED].published + after)
    assert b'<span class="when">' + words in get(*AGED).body


def test_a_page_that_only_ages_is_not_a_changed_page(get: Get, clock: SimulatedClock) -> None:
    clock.advance_to(MAP.pages[AGED].published)
    etag = get(*AGED).headers["ETag"]
    clock.sleep(86_400)
    assert etag.startswith("W/")
    assert get(*AGED, If_None_Match=etag).status == 304


@pytest.mark.parametrize(
    ("host", "status", "words"),
    [
        pytest.param(LEDGER, 200, b"Disallow: /members/", id="with-a-refused-path"),
        pytest.param(QUAY, 200, b"Disallow: /login", id="with-nothing-that-matters"),
        pytest.param(MILL, 404, b"404", id="no-robots-file"),
    ],
)
def test_robots(get: Get, host: str, status: int, words: bytes) -> None:
    answer = get(host, "/robots.txt")
    assert answer.status == status
    assert words in answer.body


@pytest.mark.parametrize(
    ("host", "path", "status"),
    [
        pytest.param(QUAY, "/markets/five-charts-for-february", 404, id="dead-link-of-the-feed"),
        pytest.param(QUAY, "/nowhere", 404, id="unknown-path"),
        pytest.param(QUAY, FIRST[1] + "?utm_source=feed", 200, id="query-is-ignored"),
        pytest.param(QUAY.upper(), FIRST[1], 200, id="host-in-capitals"),
        pytest.param(LEDGER, FIRST[1], 404, id="page-of-another-host"),
        pytest.param("elsewhere.example", "/", 421, id="unknown-host"),
    ],
)
def test_status(get: Get, clock: SimulatedClock, host: str, path: str, status: int) -> None:
    clock.advance_to(END)
    assert get(host, path).status == status


def test_requests_are_logged_as_asked(site: DemoSite, get: Get) -> None:
    get(QUAY, "/robots.txt")
    get(QUAY, "/nowhere?x=1")
    assert [(r.host, r.path, r.status, r.at) for r in site.requests] == [
        (QUAY, "/robots.txt", 200, START),
        (QUAY, "/nowhere?x=1", 404, START),
    ]


def test_hang_up_and_nonsense_leave_the_server_quiet(site: DemoSite, get: Get, capfd) -> None:
    for words in (b"", b"GET / HTTP/1.1\r\n", b"\x16\x03\x01 what\r\n\r\n"):
        with socket.create_connection(site.routes[QUAY], timeout=5) as connection:
            connection.sendall(words)
    assert get(QUAY, "/robots.txt").status == 200
    assert capfd.readouterr() == ("", "")


def test_two_sites_share_nothing(clock: SimulatedClock) -> None:
    clock.advance_to(END)
    with DemoSite(SITE, clock) as one, DemoSite(SITE, clock) as other:
        assert asker(one)(*FLAKY).status == asker(other)(*FLAKY).status == 500
        assert len(one.requests) == len(other.requests) == 1


def test_routes_only_while_served(clock: SimulatedClock) -> None:
    site = DemoSite(SITE, clock)
    with pytest.raises(NarrativeError, match="enter it first"):
        _ = site.routes
    with site:
        address = site.routes[QUAY]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=5)


# --- the feeds -----------------------------------------------------------------------------------------


def test_feeds_are_what_a_crawler_subscribes_to(site: DemoSite) -> None:
    assert [feed.kind for feed in site.feeds] == ["rss", "atom", "sitemap", "rss"]
    assert {feed.url.split("/")[2] for feed in site.feeds} == set(site.routes)


@pytest.mark.parametrize("plan", [p for p in MAP.feeds if p.kind != "sitemap"], ids=lambda p: p.kind + p.path)
def test_feedparser_reads_what_is_listed(plan) -> None:
    pages = MAP.listed(plan, END)
    parsed = feedparser.parse(render_feed(plan, MAP.hosts[plan.host], pages, END))
    assert not parsed.bozo
    assert [entry.title for entry in parsed.entries] == [page.title for page in pages]
    stated = [datetime(*entry.published_parsed[:6], tzinfo=UTC) for entry in parsed.entries]
    assert stated == [page.claims or page.published for page in pages]
    assert len({entry.id for entry in parsed.entries}) == len(pages)


def test_sitemap_names_pages_and_times() -> None:
    plan = next(p for p in MAP.feeds if p.kind == "sitemap")
    pages = MAP.listed(plan, END)
    text = render_feed(plan, MAP.hosts[plan.host], pages, END).decode()
    assert re.findall(r"<loc>(.*?)</loc>", text) == [f"http://{page.host}{page.path}" for page in pages]
    assert text.count("<news:publication_date>2026-") == len(pages)


@pytest.mark.parametrize("plan", MAP.feeds, ids=lambda plan: plan.kind + plan.path)
def test_feed_is_well_formed_when_nothing_is_out(plan) -> None:
    body = render_feed(plan, MAP.hosts[plan.host], (), START)
    assert not feedparser.parse(body).bozo
    assert b"<item>" not in body


@settings(max_examples=60, deadline=None)
@given(minutes=st.integers(0, 60 * 24 * 45))
def test_feeds_never_tell_the_future(minutes: int) -> None:
    now = START + timedelta(minutes=minutes)
    for plan in MAP.feeds:
        pages = MAP.listed(plan, now)
        assert len(pages) <= plan.limit
        assert all(page.published <= now for page in pages)
        assert list(pages) == sorted(pages, key=lambda page: page.published, reverse=True)
