"""`narrative feeds`: finding a site's feeds, looking at them, and what a person is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import chdir
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path

import pytest
import web as site
from hypothesis import given, settings
from hypothesis import strategies as st

from narrative.bundled import data
from narrative.clock import SimulatedClock
from narrative.commands import feeds as command
from narrative.commands.feeds import Wish
from narrative.crawl.discovery import USUAL_PATHS, Offer, discover, offers_of, try_feed
from narrative.crawl.feedlist import FeedList, list_in_use, load_feeds, shown
from narrative.crawl.fetch import Fetcher
from narrative.crawl.transport import LoopbackTransport
from narrative.errors import NarrativeError, UsageError
from narrative.terms import Feed
from tests.fuzzing import in_time
from tests.shell import Ran, narrative

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
Answer = Callable[[BaseHTTPRequestHandler], None]
Capture = pytest.CaptureFixture[str]
HOSTS = ("wire.example", "cdn.example", "daily.example")
PAGE = "http://wire.example/markets"
RSS = "application/rss+xml"
NEWS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


class World:
    """A site that answers for several hosts, a clock, a fetcher, and a folder with a person's list."""

    def __init__(self, web: site.Web, clock: SimulatedClock, folder: Path) -> None:
        routes = dict.fromkeys(HOSTS, ("127.0.0.1", web.port))
        self.web, self.clock, self.folder = web, clock, folder
        self.fetcher = Fetcher(LoopbackTransport(routes), clock, user_agent="narrative/0.1")

    def page(self, head: str = "", body: str = "", path: str = "/markets") -> None:
        self.web.serve(path, site.body(f"<html><head>{head}</head><body>{body}</body></html>"))

    def feed(self, path: str, content: str, kind: str = RSS) -> None:
        self.web.serve(path, site.body(content, kind))

    @property
    def listed(self) -> FeedList:
        return list_in_use(None, self.folder)

    def own(self, text: str) -> FeedList:
        (self.folder / "feeds.toml").write_text(text)
        return self.listed

    def add(self, page: str = PAGE, wish: Wish = Wish(), listed: FeedList | None = None) -> None:  # noqa: B008
        command.add(page, listed or self.listed, wish, self.fetcher, self.clock)

    def added(self) -> Feed:
        return load_feeds(self.folder / "feeds.toml")[-1]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    clock = SimulatedClock(START)
    with chdir(tmp_path), site.serving(clock.now) as web:
        yield World(web, clock, Path())


def rss(*days: str, title: str = "Example Wire: markets") -> str:
    items = "".join(
        f"<item><title>Story {day}</title><link>http://wire.example/{day}</link>"
        + (
            f"<pubDate>{datetime.fromisoformat(day):%d %b %Y %H:%M:%S} GMT</pubDate></item>"
            if day[0] == "2"
            else "</item>"
        )
        for day in days
    )
    return f'<rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'


def sitemap(*days: str) -> str:
    def url(day: str) -> str:
        dated = day[0] == "2"
        about = f"<news:publication_date>{day}</news:publication_date><news:title>Story {day}</news:title>"
        return f"<url><loc>http://wire.example/{day}</loc>{f'<news:news>{about}</news:news>' if dated else ''}</url>"

    return f"<urlset {NEWS}>{''.join(map(url, days))}</urlset>"


def index(*parts: str) -> str:
    return f"<sitemapindex {NEWS}>{''.join(f'<sitemap><loc>{part}</loc></sitemap>' for part in parts)}</sitemapindex>"


def link(href: str, kind: str = RSS, title: str = "", rel: str = "alternate") -> str:
    return f'<link rel="{rel}" type="{kind}" title="{title}" href="{href}">'


def lines(capsys: Capture) -> list[str]:
    out = capsys.readouterr().out.splitlines()
    assert not [line for line in out if len(line) > 80]
    return out


# --- what a page offers ----------------------------------------------------------------------------------

BASE = "https://www.wire.example/markets/today.html"
ROOT = "https://www.wire.example"


@pytest.mark.parametrize(
    ("html", "offers"),
    [
        pytest.param(link("/rss.xml", title="Wire"), [(f"{ROOT}/rss.xml", "Wire", "rss")], id="RSS"),
        pytest.param(link("a", "application/atom+xml"), [(f"{ROOT}/markets/a", "", "atom")], id="Atom, relative"),
        pytest.param(link("/r", "application/rdf+xml"), [(f"{ROOT}/r", "", "rdf")], id="RDF"),
        pytest.param(link("/j", "application/feed+json"), [(f"{ROOT}/j", "", "json")], id="JSON Feed"),
        pytest.param(link("/x", f"{RSS}; charset=utf-8"), [(f"{ROOT}/x", "", "rss")], id="a type with more to it"),
        pytest.param(link("/feed.json", "application/json"), [(f"{ROOT}/feed.json", "", "")], id="JSON that looks it"),
        pytest.param(link("/wp-json/wp/v2/pages/7", "application/json"), [], id="JSON of a program"),
        pytest.param(link("/oembed", "text/xml+oembed"), [], id="a form of embedding"),
        pytest.param(link("/de/", "text/html"), [], id="another language"),
        pytest.param(link("/style.css", "text/css", rel="stylesheet"), [], id="a style"),
        pytest.param(link("/f", "", rel="feed"), [(f"{ROOT}/f", "", "")], id="a relation that says it all"),
        pytest.param(link("/f", rel="ALTERNATE nofollow"), [(f"{ROOT}/f", "", "rss")], id="several relations"),
        pytest.param(
            f'<base href="https://cdn.example/x/">{link("f")}', [("https://cdn.example/x/f", "", "rss")], id="a base"
        ),
        pytest.param(link("javascript:void(0)") + link("ftp://a/f"), [], id="no web address"),
        pytest.param(
            link("/f?utm_source=page") + link("/f") + link("/g"),
            [(f"{ROOT}/f?utm_source=page", "", "rss"), (f"{ROOT}/g", "", "rss")],
            id="the same twice",
        ),
        pytest.param(
            link("/feed/", title="Wire") + link("/comments/feed/", title="Wire » Comments Feed"),
            [(f"{ROOT}/feed/", "Wire", "rss")],
            id="readers' comments are no news",
        ),
        pytest.param(
            link("/comments/feed/", title="C"), [(f"{ROOT}/comments/feed/", "C", "rss")], id="nothing but comments"
        ),
        pytest.param(
            link("/f") + '<a href="/other.rss">RSS</a>', [(f"{ROOT}/f", "", "rss")], id="announced comes before linked"
        ),
        pytest.param('<a href="/m.rss">Markets</a>', [(f"{ROOT}/m.rss", "Markets", "")], id="linked, by its ending"),
        pytest.param('<a href="/feed/"><i></i></a>', [(f"{ROOT}/feed/", "", "")], id="linked by a picture"),
        pytest.param('<a href="/?feed=rss2">all</a>', [(f"{ROOT}/?feed=rss2", "all", "")], id="linked, by its query"),
        pytest.param('<a href="/x"> RSS\n Feed</a>', [(f"{ROOT}/x", "RSS Feed", "")], id="linked, by its words"),
        pytest.param('<a href="/rss.html">RSS</a>', [], id="a page about feeds"),
        pytest.param('<a href="/feeder-cattle">Feeder cattle</a>', [], id="a word that only begins so"),
        pytest.param(
            '<a href="https://reader.example/add/https%3A%2F%2Fwire.example%2Frss.xml">RSS</a>',
            [],
            id="a reader service's button",
        ),
        pytest.param("", [], id="an empty page"),
        pytest.param(f"<p {' '.join(f'a{n}' for n in range(60_000))}>{link('/f')}", [], id="sixty thousand attributes"),
        pytest.param('<a href="/x"><b>' * 20_000 + "RSS", [], id="links without an end"),
        pytest.param('<a href="/x">RSS</a>' * 40_000, [(f"{ROOT}/x", "RSS", "")], id="forty thousand links"),
        pytest.param(f"<base href='/{'a/' * 500_000}'>{link('../f') * 300}", [(f"{ROOT}/f", "", "rss")], id="a base too long"),
    ],
)  # fmt: skip
def test_the_feeds_of_a_page(html: str, offers: list[tuple[str, str, str]]) -> None:
    with in_time():
        found = offers_of(html.encode(), "text/html", BASE)
    assert found == tuple(Offer(*offer) for offer in offers)


@pytest.mark.parametrize(
    ("title", "content_type"),
    [
        pytest.param("Börse".encode(), "text/html", id="UTF-8 that nobody declares"),
        pytest.param("Börse".encode("latin-1"), "text/html; charset=ISO-8859-1", id="as the header says"),
        pytest.param("Börse".encode("latin-1"), "text/html; charset=nonsense", id="the header is wrong"),
    ],
)
def test_titles_keep_their_letters(title: bytes, content_type: str) -> None:
    page = b'<link rel="alternate" type="application/rss+xml" href="/f" title="' + title + b'">'
    assert offers_of(page, content_type, BASE) == (Offer(f"{ROOT}/f", "Börse", "rss"),)


MARKUP = st.lists(
    st.sampled_from(
        ['<link rel="alternate" type="application/rss+xml" href="', '">', "<a href='", "'>", "<base href="]
    )
    | st.sampled_from(
        ["http://[", "/feed", "</a>", "RSS", "<!--", "\0", "<html ", "://", "%", "https://a.example:x/rss"]
    )
    | st.text(max_size=5),
    max_size=30,
).map(lambda parts: "".join(parts).encode("utf-8", "replace"))


@settings(deadline=None)
@given(
    st.binary(max_size=300) | MARKUP,
    st.sampled_from(["text/html", "text/html; charset=utf-16", "", "charset=\0"]),
)
def test_any_bytes_are_a_page_that_offers_something_or_nothing(body: bytes, content_type: str) -> None:
    for offer in offers_of(body, content_type, BASE):
        assert offer.url.startswith(("http://", "https://"))


# --- where feeds are looked for --------------------------------------------------------------------------


def test_the_address_may_be_the_feed_itself(world: World) -> None:
    world.feed("/feed.xml", rss("2026-01-05"))
    found = discover("http://wire.example/feed.xml", world.fetcher)
    assert found.trial is not None
    assert (found.trial.kind, len(found.trial.entries), found.how) == ("rss", 1, "at the address itself")
    assert world.web.paths() == ["/robots.txt", "/feed.xml"]


def test_offers_are_not_asked_for_while_there_is_a_choice(world: World) -> None:
    world.page(link("/a.xml") + link("/b.xml"))
    found = discover(PAGE, world.fetcher)
    assert [offer.url for offer in found.offers] == ["http://wire.example/a.xml", "http://wire.example/b.xml"]
    assert world.web.paths() == ["/robots.txt", "/markets"]


def test_a_link_to_a_page_about_feeds_is_followed_once(world: World) -> None:
    world.page(body='<a href="/about/rss">RSS</a>')
    world.page(
        body='<a href="/about/rss">RSS</a> <a href="/a.rss">A</a> <a href="/b.rss">B</a>', path="/about/rss"
    )
    found = discover(PAGE, world.fetcher)
    assert [offer.title for offer in found.offers] == ["A", "B"]
    assert (found.how, found.trial) == ("listed at http://wire.example/about/rss", None)
    assert world.web.paths() == ["/robots.txt", "/markets", "/about/rss"]


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        pytest.param(
            site.body(b"<rss version='2.0'><channel/></rss>", RSS), "", id="a feed is looked at once"
        ),
        pytest.param(site.body(b"<html>none</html>"), "is not a feed", id="a page that lists none"),
        pytest.param(site.status(404), "nothing is there", id="a dead link"),
    ],
)
def test_a_single_link_is_looked_at(world: World, answer: Answer, trouble: str) -> None:
    world.page(body='<a href="/rss">RSS</a>')
    world.web.serve("/rss", answer)
    found = discover(PAGE, world.fetcher)
    assert (found.how, len(found.offers)) == ("linked from the page", 1)
    assert found.trial is not None
    assert trouble in found.trial.trouble
    assert bool(found.trial.trouble) == bool(trouble)
    assert world.web.paths() == ["/robots.txt", "/markets", "/rss"]


@pytest.mark.parametrize(
    ("robots", "sitemaps", "chosen"),
    [
        pytest.param(
            "Sitemap: http://wire.example/all.xml\nsitemap : http://cdn.example/news.xml # fresh\n",
            {"/all.xml": sitemap("about"), "/news.xml": sitemap("2026-01-05", "about")},
            "http://cdn.example/news.xml",
            id="the one named for news first, on whatever host",
        ),
        pytest.param(
            "Sitemap: /all.xml\nSitemap: /dated.xml\n",
            {"/all.xml": sitemap("about", "contact", "2026-01-05"), "/dated.xml": sitemap("2026-01-05")},
            "http://wire.example/dated.xml",
            id="the one whose entries have dates",
        ),
        pytest.param(
            "Sitemap: /index.xml.gz\n",
            {"/index.xml.gz": index("http://wire.example/old.xml", "http://wire.example/news-1.xml"),
             "/news-1.xml": sitemap("2026-01-05")},
            "http://wire.example/news-1.xml",
            id="the news of an index of everything",
        ),
        pytest.param(
            "Sitemap: /news/index.xml\n",
            {"/news/index.xml": index("http://wire.example/1.xml"), "/1.xml": sitemap("2026-01-05")},
            "http://wire.example/news/index.xml",
            id="an index of news as a whole",
        ),
    ],
)  # fmt: skip
def test_a_news_sitemap_is_found_in_robots(
    world: World, robots: str, sitemaps: dict[str, str], chosen: str
) -> None:
    world.page()
    world.web.serve("/robots.txt", site.body(robots, "text/plain"))
    for path, content in sitemaps.items():
        world.feed(path, content, "application/xml")
    found = discover(PAGE, world.fetcher)
    assert (found.offers[0].url, found.how) == (chosen, "a news sitemap named in robots.txt")
    assert found.trial is not None
    assert found.trial.listed_kind == "sitemap"
    assert found.trial.newest is not None


def test_few_sitemaps_are_asked_for(world: World) -> None:
    world.page()
    named = "".join(f"Sitemap: /{n}.xml\n" for n in range(40))
    world.web.serve("/robots.txt", site.body(named, "text/plain"))
    with pytest.raises(NarrativeError, match="no feed found"):
        discover(PAGE, world.fetcher)
    assert len([path for path in world.web.paths() if path.strip("/")[0].isdigit()]) == 5


def test_usual_addresses_are_tried_one_at_a_time_and_last(world: World) -> None:
    world.page()
    world.feed(USUAL_PATHS[0], "<html><body>not found</body></html>", "text/html")
    world.feed(USUAL_PATHS[1], rss())
    world.feed(USUAL_PATHS[2], rss("2026-01-05"))
    world.feed(USUAL_PATHS[3], rss("2026-01-05"))
    found = discover(PAGE, world.fetcher)
    assert found.offers[0].url == f"http://wire.example{USUAL_PATHS[2]}"
    asked = ["/robots.txt", "/markets", "/robots.txt", *USUAL_PATHS[:3]]
    assert world.web.paths() == asked
    times = [row.at for row in world.web.asked]
    assert all((later - earlier).total_seconds() >= 2 for earlier, later in pairwise(times))


def test_a_site_that_stops_answering_is_not_asked_on(world: World) -> None:
    world.page()
    world.web.serve(USUAL_PATHS[1], site.status(403))
    with pytest.raises(
        NarrativeError, match=r"rss.xml: the publisher refuses to send it .answered 403.; the search"
    ):
        discover(PAGE, world.fetcher)
    assert world.web.paths()[-1] == USUAL_PATHS[1]


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        pytest.param(site.status(404), "nothing is there (answered 404)", id="a wrong address"),
        pytest.param(site.status(403), "the publisher refuses to send it (answered 403)", id="refused"),
        pytest.param(site.status(410), "the publisher has retired it (answered 410)", id="retired"),
        pytest.param(site.status(429), "the site asks for a pause (answered 429)", id="too many requests"),
        pytest.param(site.status(500), "the site has a fault (answered 500)", id="server error"),
        pytest.param(site.body(b"%PDF", "application/pdf"), "application/pdf is not a feed", id="a document"),
        pytest.param(site.body("plain words", "text/plain"), "is not a feed", id="words"),
        pytest.param(
            site.body("<rss><channel><item><ti", RSS), "cut off or broken", id="a broken feed is no page"
        ),
        pytest.param(site.body("<html></html>"), "no feed found", id="a page with nothing"),
    ],
)
def test_what_cannot_be_had_says_why(world: World, answer: Answer, complaint: str) -> None:
    world.web.serve("/markets", answer)
    with pytest.raises(NarrativeError) as caught:
        discover(PAGE, world.fetcher)
    assert complaint in str(caught.value)
    assert str(caught.value).startswith(PAGE)


def test_robots_are_respected(world: World) -> None:
    world.web.serve("/robots.txt", site.body("User-agent: *\nDisallow: /markets\n", "text/plain"))
    with pytest.raises(NarrativeError, match=r"robots.txt forbids it"):
        discover(PAGE, world.fetcher)
    assert world.web.paths() == ["/robots.txt"]


def test_an_index_is_read_through_its_first_part_that_lists_something(world: World) -> None:
    parts = [f"http://wire.example/{n}.xml" for n in range(9)]
    world.feed("/index.xml", index(*parts), "application/xml")
    world.feed("/1.xml", sitemap("2026-01-05", "2026-01-04"), "application/xml")
    trial = try_feed("http://wire.example/index.xml", world.fetcher)
    assert (trial.trouble, len(trial.entries), trial.listed_kind) == ("", 2, "sitemap")
    assert trial.remark == "9 sitemaps; the entries are those of http://wire.example/1.xml"
    world.web.serve("/1.xml", site.status(404))
    world.web.asked.clear()
    broken = try_feed("http://wire.example/index.xml", world.fetcher)
    assert broken.trouble == "its sitemap http://wire.example/0.xml: nothing is there (answered 404)"
    assert world.web.paths() == ["/index.xml", "/0.xml", "/1.xml", "/2.xml"]


# --- feeds add -------------------------------------------------------------------------------------------


def test_adding_a_page_tells_what_was_found_and_starts_a_list(world: World, capsys: Capture) -> None:
    world.page(f'<meta property="og:site_name" content="Example  Wire">{link("/feed.xml")}')
    world.feed("/feed.xml", rss("2026-01-04", "2026-01-05", "undated"))
    world.add()
    assert lines(capsys) == [
        "added       http://wire.example/feed.xml",
        "found       announced by the page",
        "title       Example Wire: markets",
        "kind        rss",
        "entries     3",
        "newest      2026-01-05 00:00 UTC: Story 2026-01-05",
        "outlet      Example Wire",
        "use         unknown: read the publisher's terms",
        "polled      every hour",
        "list        feeds.toml, started as a copy of the built-in list",
    ]
    assert world.added() == Feed(
        "http://wire.example/feed.xml",
        "Example Wire",
        "rss",
        60,
        "unknown: read the publisher's terms",
        "2026-01-05",
    )
    assert len(load_feeds(world.folder / "feeds.toml")) == len(load_feeds(data("feeds.toml"))) + 1


def test_what_a_person_says_comes_first(world: World, capsys: Capture) -> None:
    world.page(f'<meta property="og:site_name" content="Site">{link("/feed.xml")}')
    world.feed("/feed.xml", rss("2026-01-05"))
    world.add(wish=Wish("My Wire", "headlines only", 720), listed=world.own(""))
    assert world.added() == Feed(
        "http://wire.example/feed.xml", "My Wire", "rss", 720, "headlines only", "2026-01-05"
    )
    assert "polled      every 12 hours" in lines(capsys)


@pytest.mark.parametrize(
    ("title", "outlet"),
    [
        pytest.param("The Wire", "The Wire", id="the feed's title, when there is no page"),
        pytest.param("", "wire.example", id="else the host"),
        pytest.param("Wire &#27;[31m\u202e\nred", "Wire \ufffd[31m red", id="which cannot steer a terminal"),
        pytest.param("w " * 200, "w " * 39 + "w…", id="nor fill the page"),
    ],
)
def test_the_outlet_of_a_feed_given_directly(world: World, capsys: Capture, title: str, outlet: str) -> None:
    world.feed("/feed.xml", rss("2026-01-05", title=title))
    world.add("http://wire.example/feed.xml", listed=world.own(""))
    assert world.added().outlet == outlet
    assert all(line.isprintable() for line in lines(capsys))


def test_several_feeds_are_listed_and_none_is_taken(world: World, capsys: Capture) -> None:
    long = f"http://wire.example/{'x' * 90}.xml"
    world.page(link("/a.xml", title="All news") + link("/b.xml", title="") + link(long, title="Long"))
    listed = world.own('[[feed]]\nurl = "http://wire.example/b.xml"\noutlet = "B"\n')
    with pytest.raises(
        UsageError, match=r"3 feeds are announced by the page; add one of them .* or use --first"
    ):
        world.add()
    out = capsys.readouterr().out.splitlines()
    assert out == [
        "http://wire.example/a.xml",
        "    rss, All news",
        "http://wire.example/b.xml",
        "    rss, in the list already",
        long,
        "    rss, Long",
    ]
    assert len(listed.load()) == 1


def test_the_first_of_several_is_taken_when_asked_for(world: World, capsys: Capture) -> None:
    world.page(link("/a.xml", title="All news") + link("/b.xml"))
    world.feed("/a.xml", rss("2026-01-05"))
    world.add(wish=Wish(first=True))
    assert lines(capsys)[0] == "added       http://wire.example/a.xml"


@pytest.mark.parametrize(
    "given",
    [
        pytest.param("http://wire.example/feed.xml", id="the feed itself"),
        pytest.param("http://WIRE.example/feed.xml?utm_source=x", id="spelled otherwise"),
        pytest.param("wire.example/feed.xml", id="as people say it"),
        pytest.param(PAGE, id="a page that announces it"),
        pytest.param("http://wire.example/moved.xml", id="an address that leads to it"),
    ],
)
def test_adding_what_is_there_changes_nothing(world: World, capsys: Capture, given: str) -> None:
    listed = world.own('# mine\n[[feed]]\nurl = "http://wire.example/feed.xml"\noutlet = "W"\n')
    world.page(link("/feed.xml"))
    world.feed("/feed.xml", rss("2026-01-05"))
    world.web.serve("/moved.xml", site.status(301, Location="/feed.xml"))
    before = listed.path.read_bytes()
    world.add(given)
    assert lines(capsys) == [
        "unchanged   http://wire.example/feed.xml",
        "list        feeds.toml has this feed already",
    ]
    assert listed.path.read_bytes() == before


def test_a_feed_that_does_not_work_is_not_added(world: World) -> None:
    world.page(link("/gone.xml"))
    with pytest.raises(
        NarrativeError, match=r"announced by the page, http://wire.example/gone.xml, fails: nothing"
    ):
        world.add()
    assert not (world.folder / "feeds.toml").exists()


def test_a_feed_without_dates_or_entries_is_added_and_says_so(world: World, capsys: Capture) -> None:
    world.feed("/feed.xml", rss("undated"))
    world.feed("/empty.xml", rss())
    listed = list_in_use(world.folder / "mine.toml", world.folder)
    world.add("http://wire.example/feed.xml", listed=listed)
    world.add("http://wire.example/empty.xml", listed=listed)
    said = lines(capsys)
    assert said.count("newest      no entry says when it was published") == 2
    assert "entries     0" in said
    assert [feed.url[20:] for feed in listed.load()] == ["feed.xml", "empty.xml"]


# --- feeds list ------------------------------------------------------------------------------------------


def test_the_list_is_shown_in_eighty_columns(world: World, capsys: Capture) -> None:
    command.show(world.listed)
    out = lines(capsys)
    feeds = world.listed.load()
    assert out[0] == f"{len(feeds)} feeds in the built-in list"
    assert out[2:7] == [
        "outlet                                    kind     polled every   checked",
        "U.S. Securities and Exchange Commission   rss      hour           never",
        "  https://www.sec.gov/news/pressreleases.rss",
        "  use: work of the U.S. government; the site asks for a contact address in the",
        "  user agent",
    ]
    assert [line.strip() for line in out if line.startswith("  http")] == [shown(feed.url) for feed in feeds]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", ["0 feeds in feeds.toml"], id="nothing"),
        pytest.param(
            '[[feed]]\nurl="http://a.example/"\noutlet="A"\ninterval_minutes=1440\n',
            [
                "1 feed in feeds.toml",
                "",
                "outlet                                    kind     polled every   checked",
                "A                                         rss      day            never",
                "  http://a.example/",
                "  use: unknown",
            ],
            id="one",
        ),
    ],
)
def test_a_short_list_is_shown(world: World, capsys: Capture, text: str, said: list[str]) -> None:
    command.show(world.own(text))
    assert lines(capsys) == said


# --- feeds test ------------------------------------------------------------------------------------------


def test_each_feed_is_asked_once_and_told_about(world: World, capsys: Capture) -> None:
    entry = '[[feed]]\nurl = "http://wire.example/{}.xml"\noutlet = "W"\n'
    listed = world.own("".join(map(entry.format, ("good", "atom", "gone", "page", "cut"))))
    before = listed.path.read_bytes()
    world.feed("/good.xml", rss("2026-01-04", "2026-01-05"))
    world.feed("/atom.xml", '<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title></feed>')
    world.page(path="/page.xml")
    world.feed("/cut.xml", rss("2026-01-05").removesuffix("</channel></rss>"))
    assert command.poll_once((), listed, world.fetcher) is False
    assert lines(capsys) == [
        "works  http://wire.example/good.xml",
        "       2 entries, newest 2026-01-05 00:00 UTC",
        "works  http://wire.example/atom.xml",
        "       0 entries, none says when it was published",
        "       the list calls it rss, it is atom; correct its kind there",
        "fails  http://wire.example/gone.xml",
        "       nothing is there (answered 404)",
        "fails  http://wire.example/page.xml",
        "       is not a feed; open it in a browser and check the feed's address",
        "works  http://wire.example/cut.xml",
        "       1 entry, newest 2026-01-05 00:00 UTC",
        "       cut off before its end",
        "3 of 5 feeds work",
    ]
    assert len(world.web.asked) == 6
    assert listed.path.read_bytes() == before
    assert [path.name for path in world.folder.iterdir()] == ["feeds.toml"]


def test_a_named_feed_is_asked_alone_and_need_not_be_listed(world: World, capsys: Capture) -> None:
    world.feed("/good.xml", rss("2026-01-05"))
    assert command.poll_once(("http://wire.example/good.xml",), world.listed, world.fetcher) is True
    assert lines(capsys) == [
        "works  http://wire.example/good.xml",
        "       1 entry, newest 2026-01-05 00:00 UTC",
    ]


def test_a_long_reason_is_wrapped(world: World, capsys: Capture) -> None:
    world.web.serve("/robots.txt", site.status(500))
    assert command.poll_once(("http://wire.example/good.xml",), world.listed, world.fetcher) is False
    out = lines(capsys)
    assert out[1] == "       robots.txt could not be had (answered 500); closed until it can"


# --- feeds remove ----------------------------------------------------------------------------------------


def test_a_feed_is_removed_by_the_address_that_the_list_shows(world: World, capsys: Capture) -> None:
    (long,) = [feed for feed in world.listed.load() if shown(feed.url) != feed.url]
    command.remove(shown(long.url), world.listed)
    out = lines(capsys)
    assert out[0] == f"removed     {shown(long.url)}"
    assert out[2] == "ledger      what was kept from this feed stays"
    assert long not in world.listed.load()
    assert not world.listed.built_in


# --- the command line ------------------------------------------------------------------------------------


def feeds(*arguments: str, cwd: Path, **env: str) -> Ran:
    return narrative("feeds", *arguments, cwd=cwd, env=env)


def test_the_list_is_the_one_named_else_the_environment_s_else_the_folder_s(tmp_path: Path) -> None:
    entry = '[[feed]]\nurl = "http://{0}.example/"\noutlet = "{0}"\n'
    said = [feeds("list", cwd=tmp_path).out]
    for name in ("feeds", "env", "given"):
        (tmp_path / f"{name}.toml").write_text(entry.format(name))
    said.append(feeds("list", cwd=tmp_path).out)
    said.append(feeds("list", cwd=tmp_path, NARRATIVE_FEEDS="env.toml").out)
    said.append(feeds("list", "--feeds", "given.toml", cwd=tmp_path, NARRATIVE_FEEDS="env.toml").out)
    assert [text.splitlines()[0].partition(" in ")[2] for text in said] == [
        "the built-in list",
        "feeds.toml",
        "env.toml",
        "given.toml",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        pytest.param(("add", "https://a.example/"), 2, "publishers are owed a contact", id="no contact"),
        pytest.param(("add", "ftp://a", "--contact", "a@b"), 2, "no web address", id="no web address"),
        pytest.param(("add", "a", "--interval", "1"), 2, "1 is not in the range 5<=x<=10080", id="hasty"),
        pytest.param(("test",), 2, "publishers are owed a contact", id="no contact to test with"),
        pytest.param(("remove", "https://a.example/"), 2, "is not in the built-in list", id="not listed"),
        pytest.param(("list", "--feeds", "no.toml"), 1, "cannot read no.toml: No such file", id="no list"),
        pytest.param(("list", "--feeds", "bad.toml"), 1, "bad.toml: feed 1 (x): url must", id="a bad entry"),
    ],
)
def test_a_request_that_cannot_be_met_ends_in_one_line(
    tmp_path: Path, arguments: tuple[str, ...], code: int, complaint: str
) -> None:
    (tmp_path / "bad.toml").write_text('[[feed]]\nurl = "x"\noutlet = "X"\n')
    ran = feeds(*arguments, cwd=tmp_path)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith("narrative: ")
    assert complaint in ran.err
    assert ran.err.count("\n") == 1


def test_a_failing_feed_ends_in_exit_code_1(tmp_path: Path) -> None:
    ran = feeds("test", "http://127.0.0.1:9/feed", "--contact", "a@b", cwd=tmp_path)
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.splitlines()[0] == "fails  http://127.0.0.1:9/feed"
    assert "not a public address" in ran.out


@pytest.mark.parametrize("words", [(), ("add",), ("list",), ("test",), ("remove",)])
def test_help_has_an_example_and_fits(tmp_path: Path, words: tuple[str, ...]) -> None:
    ran = feeds(*words, "--help", cwd=tmp_path)
    assert ran.code == 0
    assert f"\n  narrative feeds {''.join(words)}" in ran.out.replace("    narrative", "  narrative")
    assert not [line for line in ran.out.splitlines() if len(line) > 80]


def test_no_command_is_help(tmp_path: Path) -> None:
    assert feeds(cwd=tmp_path).out == feeds("--help", cwd=tmp_path).out
