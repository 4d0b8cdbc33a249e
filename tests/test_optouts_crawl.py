"""What a site states about machines, obeyed from the request to the archive: reserved pages leave a row and no bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import web as site
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from narrative.backfill import Backfill
from narrative.clock import SimulatedClock
from narrative.commands.status import _page_lines
from narrative.commands.summary import lines
from narrative.crawl.fetch import Fetcher
from narrative.crawl.packed import LeftOut, PackedFile
from narrative.crawl.poll import capture_url, poll
from narrative.crawl.rows import Fetch, PollSummary
from narrative.crawl.transport import LoopbackTransport
from narrative.crawl.warc import read_warc, write_warc
from narrative.ledger import Ledger, open_ledger
from narrative.ledger.health import Pages, health
from narrative.pipeline import ReadSummary, crawl
from narrative.rereading import reread
from narrative.targets import Targets
from narrative.terms import Capture, Feed
from tests.scripted_model import BULLISH, NO_VIEW, Scripted

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
FEED = Feed("http://feeds.example/feed.xml", "Wire")

# A letter says what stands in a place: nothing (o), a refusal of training (t), of reading (r).
ROBOTS = {"o": "", "t": "Content-Signal: search=yes, ai-train=no", "r": "Content-Signal: ai-input=no"}
HEADERS = {"o": {}, "t": {"X_Robots_Tag": "noai"}, "r": {"tdm_reservation": "1"}}
META = {
    "o": "",
    "t": '<meta name="robots" content="noai">',
    "r": '<meta name="tdm-reservation" content="1">',
    "f": '<meta name="tdm-reservation" content="0">',
}
TOLD = {
    "robots t": "robots.txt: Content-Signal: search=yes, ai-train=no",
    "robots r": "robots.txt: Content-Signal: ai-input=no",
    "header t": "header: x-robots-tag: noai",
    "header r": "header: tdm-reservation: 1",
    "page t": 'page: <meta name="robots" content="noai">',
    "page r": "page: meta tdm-reservation: 1",
}
#: robots.txt, header and page; what becomes of the page; the statements told, in their order
ROWS = [
    ("ooo", "open", [], "nobody says anything"),
    ("oot", "read", ["page t"], "the page alone refuses training"),
    ("oor", "reserved", ["page r"], "the page alone refuses reading"),
    ("oto", "read", ["header t"], "the header alone refuses training"),
    ("ott", "read", ["header t", "page t"], "header and page refuse training"),
    ("otr", "reserved", ["page r", "header t"], "what refuses the reading is told first"),
    ("oro", "reserved", ["header r"], "the header alone refuses reading"),
    ("ort", "reserved", ["header r", "page t"], "noai in the page does not take the reservation back"),
    ("orr", "reserved", ["page r"], "header and page reserve mining: the nearer word is told"),
    ("orf", "open", [], "the page frees what the header of the whole site reserves"),
    ("too", "read", ["robots t"], "robots.txt alone refuses training"),
    ("tot", "read", ["robots t", "page t"], "robots.txt and page"),
    ("tor", "reserved", ["page r", "robots t"], "the page refuses more than robots.txt"),
    ("tto", "read", ["robots t", "header t"], "robots.txt and header"),
    ("ttt", "read", ["robots t", "header t", "page t"], "three refusals of training are none of reading"),
    ("ttr", "reserved", ["page r", "robots t", "header t"], "the page refuses more than both"),
    ("tro", "reserved", ["header r", "robots t"], "the header refuses more than robots.txt"),
    ("trt", "reserved", ["header r", "robots t", "page t"], "the header refuses more than both"),
    ("trr", "reserved", ["page r", "robots t"], "both beside robots.txt"),
    ("trf", "read", ["robots t"], "the page frees from the header alone"),
    *[
        (f"r{header}{page}", "not asked", ["robots r"], f"robots.txt refuses, whatever {header}{page} would say")
        for header in "otr"
        for page in "otrf"
    ],
]  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """What one poll of all rows left: the ledger, the requests the server saw, the counts."""

    book: Ledger
    web: site.Web
    polled: PollSummary
    clock: SimulatedClock


def robots(handler: BaseHTTPRequestHandler) -> None:
    said = ROBOTS.get(handler.headers["Host"].partition(".")[0], "")
    site.body(f"User-agent: *\n{said}\nAllow: /", "text/plain")(handler)


def html(head: str = "", name: str = "Ann Lee") -> bytes:
    around = "The desks that watch the market had a busy start to the year, and most of them say so. " * 3
    said = f"“We expect small caps to lead the market,” said {name}, chief strategist at Harbor Lane Capital."
    return (
        f"<html><head>{head}</head><body><article><h1>{name} on small caps and rates</h1>"
        f"<p>{around}</p><p>{said}</p></article></body></html>"
    ).encode()


def feed(*links: str) -> str:
    items = "".join(f"<item><guid>{link}</guid><link>{link}</link></item>" for link in links)
    return f'<rss version="2.0"><channel><title>Wire</title>{items}</channel></rss>'


def fetcher(web: site.Web, clock: SimulatedClock) -> Fetcher:
    hosts = [f"{name}.example" for name in (*ROBOTS, "feeds")]
    return Fetcher(
        LoopbackTransport(dict.fromkeys(hosts, ("127.0.0.1", web.port))), clock, user_agent="narrative/0.1"
    )


def address(row: str) -> str:
    return f"http://{row[0]}.example/{row}"


def serve(web: site.Web, rows: list[str]) -> None:
    web.serve("/robots.txt", robots)
    web.serve("/feed.xml", site.body(feed(*map(address, rows)), "application/rss+xml"))
    for row in rows:
        web.serve(f"/{row}", site.body(html(META[row[2]]), "text/html", ETag=f'"{row}"', **HEADERS[row[1]]))


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    clock = SimulatedClock(START)
    path = tmp_path_factory.mktemp("optouts") / "ledger.db"
    with site.serving() as web, open_ledger(path, clock, create=True) as book:
        serve(web, [row[0] for row in ROWS])
        polled = poll((FEED,), book, fetcher(web, clock), clock)
        yield Seen(book, web, polled, clock)


# --- the crawl -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "end", "told", "why"), ROWS, ids=[f"{row}: {why}" for row, _, _, why in ROWS]
)
def test_each_combination_has_its_row(seen: Seen, row: str, end: str, told: list[str], why: str) -> None:
    (fetch,) = seen.book.store.rows("SELECT * FROM fetches WHERE url = ?", (address(row),))
    kept = seen.book.store.rows("SELECT may_train, stated FROM captures WHERE url = ?", (address(row),))
    words = [TOLD[place] for place in told]
    assert fetch["outcome"] == ("ok" if end in ("open", "read") else "reserved"), why
    assert fetch["status"] == (None if end == "not asked" else 200)
    assert fetch["note"] == "; ".join(words)
    assert (f"/{row}" in seen.web.paths()) == (end != "not asked")
    if fetch["outcome"] == "reserved":
        assert (kept, fetch["capture"], fetch["retry_at"]) == ([], None, None)
        return
    assert (kept[0]["may_train"], len(kept)) == (int(end == "open"), 1)
    (capture,) = [page for page in seen.book.captures() if page.url == address(row)]
    assert (capture.may_train, capture.stated) == (end == "open", tuple(words))


def test_the_table_is_whole() -> None:
    assert len({row for row, *_ in ROWS}) == len(ROWS)
    assert {row for row, *_ in ROWS} >= {f"{a}{b}{c}" for a in "otr" for b in "otr" for c in "otr"}


def test_the_counts_say_how_many_were_reserved(seen: Seen) -> None:
    reserved = sum(row[1] in ("reserved", "not asked") for row in ROWS)
    read = len(ROWS) - reserved
    assert seen.polled == PollSummary(polled=1, new=len(ROWS), fetched=read, captures=read, reserved=reserved)
    assert (
        lines(seen.polled, ReadSummary())[2]
        == f"refused     0 by robots.txt, {reserved} reserved by their site"
    )
    covered = seen.book.coverage(START, START + DAY)
    assert (covered.pages_ok, covered.pages_refused, covered.pages_failed) == (read, reserved, 0)
    pages = health(seen.book, seen.clock.now()).pages
    assert pages == Pages(reserved=reserved, unread=read)
    assert f"  reserved by the site    {reserved:>7}" in _page_lines(pages)


def test_without_reserved_pages_the_summary_says_nothing_of_them() -> None:
    assert lines(PollSummary(refused=1), ReadSummary())[2] == "refused     1 by robots.txt"


def test_a_reserved_page_is_not_asked_again_when_it_is_announced_again(seen: Seen) -> None:
    asked = len(seen.web.asked)
    seen.clock.advance_to(START + 4 * DAY)
    summary = poll((FEED,), seen.book, fetcher(seen.web, seen.clock), seen.clock)
    assert (summary.new, summary.reserved, summary.fetched) == (0, 0, 0)
    assert {row.path for row in seen.web.asked[asked:]} == {"/robots.txt", "/feed.xml"}


def test_a_feed_of_a_site_that_refuses_reading_still_tells_its_links(world: World) -> None:
    world.web.serve("/feed.xml", site.body(feed("/a"), "application/rss+xml", tdm_reservation="1"))
    assert world.poll(Feed("http://r.example/feed.xml", "R")) == PollSummary(polled=1, new=1, reserved=1)
    assert world.web.paths() == ["/robots.txt", "/feed.xml"]


def test_the_site_behind_a_redirect_is_heard_before_it_is_asked(world: World) -> None:
    world.web.serve("/a", site.status(302, Location="http://r.example/b"))
    fetch = world.get("http://o.example/a")
    assert (fetch.outcome, fetch.status, fetch.final_url) == ("reserved", None, "http://r.example/b")
    assert "/b" not in world.web.paths()


def test_one_page_is_refused_as_those_of_a_feed_are(world: World) -> None:
    fetch, capture = capture_url("http://r.example/a", world.fetcher, world.clock)
    assert (fetch.outcome, fetch.note, capture) == ("reserved", TOLD["robots r"], None)
    world.web.serve("/t", site.body(html(META["t"])))
    _, capture = capture_url("http://o.example/t", world.fetcher, world.clock)
    assert capture is not None
    assert (capture.may_train, capture.stated) == (False, (TOLD["page t"],))


def test_a_failure_stays_a_failure_whatever_its_headers_say(world: World) -> None:
    world.web.serve("/gone", site.status(410, tdm_reservation="1"))
    assert world.get("http://o.example/gone").outcome == "gone"


def test_a_file_that_is_out_of_date_counts_until_another_is_had(world: World) -> None:
    def slow(handler: BaseHTTPRequestHandler) -> None:
        world.clock.sleep(25 * 3600)
        site.body(html())(handler)

    world.web.serve("/slow", slow)
    fetch = world.get("http://t.example/slow")
    assert (fetch.outcome, fetch.permission.train) == ("ok", False)


def test_a_later_word_refuses_a_second_look_and_leaves_what_was_kept(world: World, ledger: Ledger) -> None:
    answers = (
        site.body(html(), ETag='"1"'),
        site.status(304, tdm_reservation="1"),
        site.body(html(META["r"])),
    )
    world.web.serve("/a", *answers)
    world.web.serve("/feed.xml", site.body(feed("http://o.example/a"), "application/rss+xml"))
    for number in range(3):
        world.clock.advance_to(START + number * timedelta(hours=23))
        poll((FEED,), ledger, world.fetcher, world.clock)
    rows = ledger.store.rows("SELECT outcome, status, note FROM fetches ORDER BY number")
    assert [tuple(row) for row in rows] == [
        ("ok", 200, ""),
        ("reserved", 304, TOLD["header r"]),
        ("reserved", 200, TOLD["page r"]),
    ]
    assert [page.stated for page in ledger.captures()] == [()]
    assert ledger.validators("http://o.example/a").etag == '"1"'


def test_a_later_refusal_of_training_stands_in_the_row_of_the_look(world: World, ledger: Ledger) -> None:
    world.web.serve("/a", site.body(html(), ETag='"1"'), site.status(304, X_Robots_Tag="noai"))
    world.web.serve("/feed.xml", site.body(feed("http://o.example/a"), "application/rss+xml"))
    for number in range(2):
        world.clock.advance_to(START + number * timedelta(hours=23))
        poll((FEED,), ledger, world.fetcher, world.clock)
    rows = ledger.store.rows("SELECT outcome, note FROM fetches ORDER BY number")
    assert [tuple(row) for row in rows] == [("ok", ""), ("not_modified", f"answered 304; {TOLD['header t']}")]


class World:
    """A site whose hosts say what their first letter stands for, and a fetcher that keeps nothing."""

    def __init__(self, web: site.Web, book: Ledger) -> None:
        self.web, self.book = web, book
        self.clock = SimulatedClock(START)
        self.fetcher = fetcher(web, self.clock)

    def get(self, url: str) -> Fetch:
        return self.fetcher.get(url)

    def poll(self, *feeds: Feed) -> PollSummary:
        return poll(feeds, self.book, self.fetcher, self.clock)


@pytest.fixture
def world(ledger: Ledger) -> Iterator[World]:
    with site.serving() as web:
        web.serve("/robots.txt", robots)
        yield World(web, ledger)


# --- what is kept ----------------------------------------------------------------------------------------


def test_a_page_no_model_may_be_trained_on_is_read_reread_and_exported(
    world: World, ledger: Ledger, targets: Targets, tmp_path: Path
) -> None:
    model = Scripted({"small caps": BULLISH}, default=NO_VIEW)
    serve(world.web, ["too", "ooo", "oor"])
    _, read = crawl((FEED,), ledger, world.fetcher, world.clock, model, targets)
    assert (read.read, read.passed_over, ledger.summary().unread) == (2, 0, 0)
    model.name = "newer"
    assert reread(ledger, model, targets).pages == 2
    kept = list(ledger.captures())
    assert sorted((page.url, page.may_train) for page in kept) == [
        ("http://o.example/ooo", True),
        ("http://t.example/too", False),
    ]
    path = tmp_path / "kept.warc.gz"
    write_warc(path, kept, world.clock.now())
    assert found(path) == kept
    with closing(open_ledger(tmp_path / "second.db", world.clock, create=True)) as second:
        Backfill(second, world.clock, model, targets).warc(path)
        assert [(page.may_train, page.stated) for page in second.captures()] == [
            (page.may_train, page.stated) for page in kept
        ]


def found(path: Path) -> list[Capture | LeftOut]:
    with PackedFile(path) as file:
        return list(read_warc(file))[1:]


# --- archives --------------------------------------------------------------------------------------------

ARCHIVED = [
    ({}, "", True, True, "silence"),
    ({"X-Robots-Tag": "noai"}, "", True, False, "a header of the record refuses training"),
    ({"X-Robots-Tag": "otherbot: noai"}, "", True, True, "it speaks to another"),
    ({"X-Robots-Tag": "narrative: noai"}, "", True, False, "it speaks to this program"),
    ({"TDM-Reservation": "1"}, "", False, False, "a header reserves mining"),
    ({"TDM-Reservation": "1"}, META["f"], True, True, "the page frees it"),
    ({}, META["t"], True, False, "the page refuses training"),
    ({}, META["r"], False, False, "the page reserves mining"),
]  # fmt: skip


def archive(path: Path, *answers: tuple[dict[str, str], str]) -> Path:
    with path.open("wb") as out:
        writer = WARCWriter(out, gzip=True)
        for number, (headers, head) in enumerate(answers):
            body = html(head)
            http = StatusAndHeaders(
                "200 OK", [("Content-Type", "text/html"), *headers.items()], protocol="HTTP/1.1"
            )
            record = writer.create_warc_record(
                f"http://one.example/{number}",
                "response",
                payload=io.BytesIO(body),
                length=len(body),
                http_headers=http,
                warc_headers_dict={"WARC-Date": "2026-01-09T08:30:15Z"},
            )
            writer.write_record(record)
    return path


@pytest.mark.parametrize(
    ("headers", "head", "read", "train", "why"), ARCHIVED, ids=[row[-1] for row in ARCHIVED]
)
def test_a_record_of_an_archive_speaks_for_itself(
    tmp_path: Path, headers: dict[str, str], head: str, read: bool, train: bool, why: str
) -> None:
    with PackedFile(archive(tmp_path / "a.warc.gz", (headers, head))) as file:
        (page,) = read_warc(file)
    if not read:
        assert page == LeftOut("reserved by its site"), why
        return
    assert isinstance(page, Capture)
    assert (page.may_train, bool(page.stated)) == (train, not train)


def test_a_backfill_counts_what_it_left_out_and_keeps_none_of_it(
    ledger: Ledger, clock: SimulatedClock, targets: Targets, tmp_path: Path
) -> None:
    path = archive(tmp_path / "a.warc.gz", *[(headers, head) for headers, head, *_ in ARCHIVED])
    model = Scripted({"small caps": BULLISH}, default=NO_VIEW)
    gave = Backfill(ledger, clock, model, targets).warc(path)
    assert {reason: left.count for reason, left in gave.left_out.items()} == {"reserved by its site": 2}
    rows = ledger.store.rows("SELECT url, may_train FROM captures ORDER BY number")
    assert {row["url"][-1]: row["may_train"] for row in rows} == {
        "0": 1, "1": 0, "2": 1, "3": 0, "5": 1, "6": 0,
    }  # fmt: skip


PAGE = Capture("http://one.example/a", "http://one.example/a", START, "text/html", html(), "One")


def test_an_open_page_is_written_as_it_always_was(tmp_path: Path) -> None:
    write_warc(tmp_path / "a.warc", [PAGE], START)
    assert (
        b'{"url": "http://one.example/a", "outlet": "One", "link": null}\r\n'
        in (tmp_path / "a.warc").read_bytes()
    )


@pytest.mark.parametrize(
    "broken",
    [b'"may_train": "no"', b'"may_train": 0', b'"may_train": null', b'"may_train": []'],
    ids=["a word", "a number", "nothing", "a list"],
)
def test_a_broken_field_of_ours_leaves_what_the_page_says(tmp_path: Path, broken: bytes) -> None:
    path = tmp_path / "a.warc"
    page = replace(PAGE, body=html(META["t"]), may_train=False, stated=("robots.txt: x",))
    write_warc(path, [page], START)
    told = re.sub(rb'"may_train": false', broken, path.read_bytes())
    path.write_bytes(told)
    (back,) = found(path)
    assert isinstance(back, Capture)
    assert (back.outlet, back.may_train, back.stated) == ("one.example", False, (TOLD["page t"],))
