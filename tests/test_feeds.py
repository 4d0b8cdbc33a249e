"""Feeds of every kind and every kind of damage, their identities and dates, and the list of feeds."""

from __future__ import annotations

import contextlib
import gzip
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrative.crawl.canonical import canonical_url
from narrative.crawl.dates import feed_claim
from narrative.crawl.feedpage import http_address
from narrative.crawl.feeds import NotAFeed, parse_feed
from tests.fuzzing import in_time

URL = "https://wire.example/markets/feed.xml"


def rss(*items: str, head: str = "<title>Wire</title>") -> bytes:
    return f'<rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'.encode()


def item(**fields: str) -> str:
    return "<item>" + "".join(f"<{name}>{value}</{name}>" for name, value in fields.items()) + "</item>"


def read(body: bytes | str, content_type: str = ""):
    return parse_feed(body if isinstance(body, bytes) else body.encode(), content_type, URL)


# --- kinds -----------------------------------------------------------------------------------------------

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Wire</title><entry><id>tag:wire.example,2026:1</id>
<title type="html">Small &lt;b&gt;caps&lt;/b&gt; slip</title><link href="a.html"/>
<published>2026-01-05T09:30:00-05:00</published><updated>2026-01-06T00:00:00Z</updated></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Wire</title></channel>
<item rdf:about="https://wire.example/a"><title>Small caps slip</title><link>https://wire.example/a</link>
<dc:date>2026-01-05</dc:date></item></rdf:RDF>"""
JSON = """{"version": "https://jsonfeed.org/version/1.1", "title": "Wire", "items": [
{"id": 7, "url": "/a", "title": "Small caps slip", "date_published": "2026-01-05T14:30:00Z"}, "no item",
{"external_url": "https://other.example/b"}]}"""
NEWS = """<?xml version="1.0"?><!-- made --><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><url><loc> https://wire.example/a </loc><n:news>
<n:publication_date>2026-01-05T09:30:00-05:00</n:publication_date>
<n:title>Small caps &amp;amp; rates</n:title></n:news>
</url><url><loc>file:///etc/hosts</loc></url></urlset>"""
INDEX = "<sitemapindex><sitemap><loc>https://wire.example/a</loc></sitemap></sitemapindex>"


PAGE = "https://wire.example/a"
KINDS = [
    pytest.param(rss(item(title="A", link="/a", guid="g1")), "rss", "A", PAGE, "g1", id="rss"),
    pytest.param(
        ATOM,
        "atom",
        "Small caps slip",
        "https://wire.example/markets/a.html",
        "tag:wire.example,2026:1",
        id="atom, a relative link and a title in HTML",
    ),
    pytest.param(RDF, "rdf", "Small caps slip", PAGE, PAGE, id="rdf has no guid"),
    pytest.param(JSON, "json", "Small caps slip", PAGE, "7", id="json, a number as id"),
    pytest.param(NEWS, "sitemap", "Small caps & rates", PAGE, PAGE, id="news sitemap"),
    pytest.param(INDEX, "sitemapindex", "", PAGE, PAGE, id="index of sitemaps"),
    pytest.param(
        gzip.compress(NEWS.encode()), "sitemap", "Small caps & rates", PAGE, PAGE, id="gzip without a header"
    ),
]


@pytest.mark.parametrize(("body", "kind", "title", "url", "entry"), KINDS)
def test_kinds(body, kind, title, url, entry):
    page = read(body)
    first = page.entries[0]
    assert (page.kind, first.title, first.url, first.entry, first.feed) == (kind, title, url, entry, URL)
    assert page.complete


def test_an_address_that_is_not_http_is_dropped():
    assert [e.url for e in read(NEWS).entries] == ["https://wire.example/a"]
    assert read(rss(item(title="A", link="mailto:desk@wire.example"))).entries[0].url == ""


# --- damage ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="nothing"),
        pytest.param(" \n", id="white space"),
        pytest.param("<!doctype html><html><body><p>Sign in</p></body></html>", id="a page"),
        pytest.param("<html><head><meta http-equiv=refresh content=0></head></html>", id="a redirect page"),
        pytest.param("Internal error", id="words"),
        pytest.param("/etc/hosts", id="a path is not opened"),
        pytest.param("https://wire.example/feed", id="an address is not fetched"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0", id="a picture"),
        pytest.param('<rss version="2.0"><channel><title>Wire</title>', id="cut before the first entry"),
        pytest.param('<rss version="2.0"><channel><item><title><![CD', id="cut inside the first entry"),
        pytest.param("<urlset><url><loc>", id="sitemap cut before its first address"),
        pytest.param('<!DOCTYPE u [<!ENTITY a "aa">]><urlset><url><loc>https://a.example/&a;</loc></url></urlset>',
                     id="sitemap with entities"),
        pytest.param('{"items": [', id="json cut off"),
        pytest.param("[1, 2]", id="json of another shape"),
        pytest.param('{"error": "not found"}', id="a json error"),
        pytest.param("[" * 100_000, id="json without bottom"),
        pytest.param(gzip.compress(NEWS.encode())[:40], id="gzip cut off"),
        pytest.param(gzip.compress(b"\0" * 40_000_000), id="gzip bomb"),
        pytest.param(gzip.compress(b"<rss>") * 100_000, id="gzip of a hundred thousand members"),
        pytest.param("<!DOCTYPE " + "[a]" * 50_000, id="a document type that can be cut in very many ways"),
        pytest.param("\x00\x01\x02", id="nothing but control characters"),
        pytest.param('<!DOCTYPE r [<!ENTITY a "{}">]>{}'.format("a" * 9000, rss(item(title="&a;" * 9000)).decode()),
                     id="entities that unfold to eighty megabytes"),
        pytest.param("<rss {}>".format(" ".join(f"xmlns:n{n}='u{n}'" for n in range(300))), id="hundreds of namespaces"),
        pytest.param('<rss version="2.0"><channel><item {}/>'.format(" ".join(f"a{n}='1'" for n in range(50_000))),
                     id="an element with fifty thousand attributes"),
        pytest.param('<rss version="2.0"><channel><item>' + "<b>" * 300_000, id="one entry without end"),
    ],
)  # fmt: skip
def test_what_is_no_feed_fails(body):
    with in_time(), pytest.raises(NotAFeed, match=r"^https://wire\.example/markets/feed\.xml "):
        read(body)


HEALTHY = [
    pytest.param(rss(), 0, id="a feed without entries"),
    pytest.param(b"\xef\xbb\xbf" + rss(), 0, id="byte order mark"),
    pytest.param(b"\n\n  <?xml version='1.0'?>" + rss(), 0, id="space before the prolog"),
    pytest.param("<urlset></urlset>", 0, id="an empty sitemap"),
    pytest.param("<urlset/>", 0, id="an empty sitemap in one tag"),
    pytest.param('{"items": []}', 0, id="an empty JSON Feed"),
    pytest.param(rss(item(title="A & B", link="https://wire.example/a?x=1&y=2")), 1, id="raw ampersands"),
    pytest.param(
        rss("<item><item>" + item(title="A", link="/a")[6:] + "</item>"), 1, id="an item inside an item"
    ),
    pytest.param(rss("<item><description>words</description></item>"), 1, id="an entry of words alone"),
    pytest.param(
        "<rss version=2.0><channel>" + item(title="A", link="/a") + "</channel></rss>", 1, id="no quotes"
    ),
]


#: damage that hides nothing, as (reason, body)
ODD = {
    "UTF-16 without a mark": rss(item(title="A", link="/a")).decode().encode("utf-16-le"),
    "UTF-32": rss(item(title="A", link="/a")).decode().encode("utf-32"),
    "cut inside a character": rss(item(title="A", link="/a")) + b"\xe2\x80",
    "an encoding that is none": b'<?xml version="1.0" encoding="zlib"?>' + rss(item(title="A", link="/a")),
    "an encoding of labels": b'<?xml version="1.0" encoding="punycode"?>' + rss(item(title="A", link="/a")),
    "UTF-16 declared in one-byte letters": b'<?xml version="1.0" encoding="utf-16"?>'
    + rss(item(title="A", link="/a")),
    "references to no characters": rss(item(title="A", link="/a", description="&#xD800;&#99999999999;&#0;")),
    "control characters": rss(item(title="A\0\x0b\x1f", link="/a")),
    "a server's warning before it": b"Warning: date() in feed.php on line 3\n"
    + rss(item(title="A", link="/a")),
    "an attribute in many quotes": b"<?xml " + b"encoding='" * 2000 + b"?>" + rss(item(title="A", link="/a")),
}


@pytest.mark.parametrize("body", ODD.values(), ids=ODD)
def test_no_entry_is_lost_to_odd_bytes(body):
    with in_time():
        entries = read(body).entries
    assert [(entry.title, entry.url) for entry in entries] == [("A", "https://wire.example/a")]


def many(count, **fields):
    return "".join(item(title=f"A{n}", link=f"/{n}", **fields) for n in range(count))


#: what takes other readers minutes, as (reason, body, entries, whether that is all)
LONG = {
    "twenty thousand entries": (rss(many(20_000)), 4999, False),
    "twenty thousand entries, broken": (rss("&nbsp;<x y>", many(20_000)), 4999, False),
    "an entry with twelve thousand categories": (rss(item(title="A", x="<category>c</category>" * 12_000)), 1, True),
    "half a million words of keywords": (
        rss('<item xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><title>A</title>'
            f"<itunes:keywords>{'a%d,' * 3 % (1, 2, 3) * 90_000}</itunes:keywords></item>"), 1, True),
    "an author of half a million letters": (rss(item(title="A", author="a" * 500_000)), 1, True),
    "a base of a million letters, handed down": (
        rss(f"<item xml:base='http://a.example/{'a/' * 500_000}'><title>A</title>{'<b/>' * 9000}</item>"), 1, True),
    "white space of a megabyte before it": (b"<?xml version='1.0'?>" + b"\n" * 1_000_000 + rss(item(title="A")), 1, True),
    "comments that are never closed in a title": (rss(item(title="&lt;!--" * 60_000)), 1, True),
    "a date of a hundred thousand zones": (rss(item(title="A", pubDate="+0000 (" * 100_000)), 1, True),
    "a JSON Feed of sixty thousand items": (b'{"items": [%s{}]}' % (b'{"url": "/a"},' * 60_000), 50_000, False),
    "a sitemap of sixty thousand rows": (
        b"<urlset>%s</urlset>" % (b"<url><loc>http://a.example/</loc></url>" * 60_000), 50_000, False),
    "a row of a sitemap with two hundred thousand parts": (
        b"<urlset><url><loc>http://a.example/</loc>%s</url></urlset>" % (b"<x/>" * 200_000), 1, True),
}  # fmt: skip


@pytest.mark.parametrize(("body", "count", "complete"), LONG.values(), ids=LONG)
def test_a_long_feed_is_read_in_time_and_says_where_it_was_left(body, count, complete):
    with in_time():
        page = read(body)
    assert (len(page.entries), page.complete) == (count, complete)


@pytest.mark.parametrize(("body", "count"), HEALTHY)
def test_what_is_odd_but_a_feed_is_read(body, count):
    page = read(body)
    assert len(page.entries) == count
    assert page.complete


def test_a_feed_cut_off_after_an_entry_is_incomplete():
    whole = rss(item(title="A", link="/a"), item(title="B", link="/b"))
    page = read(whole[: whole.index(b"<title>B")])
    assert page.entries[0].title == "A"
    assert not page.complete
    assert not read(NEWS[: NEWS.index("</n:news>")]).complete


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_a_feed_or_a_named_error(noise):
    for start in (b"", b'<rss version="2.0"><channel>', b"<urlset>", b'{"items": [{"id": "'):
        with contextlib.suppress(NotAFeed):
            assert all(entry.feed == URL for entry in read(start + noise).entries)


# --- identity and titles ---------------------------------------------------------------------------------


def test_identity_is_guid_else_link_else_a_hash():
    entries = read(
        rss(item(guid="g", link="/a"), item(link="/b"), item(title="words"), item(title="other"))
    ).entries
    assert [e.entry for e in entries[:2]] == ["g", "https://wire.example/b"]
    assert len({e.entry for e in entries}) == 4
    assert (
        entries
        == read(
            rss(item(guid="g", link="/a"), item(link="/b"), item(title="words"), item(title="other"))
        ).entries
    )


def test_a_guid_on_two_stories_identifies_neither_alone():
    entries = read(
        rss(item(guid="0", link="/a"), item(guid="0", link="/b"), item(guid="1", link="/c"))
    ).entries
    assert len({e.entry for e in entries}) == 3
    assert entries[2].entry == "1"


def test_nothing_comes_out_that_cannot_be_stored():
    page = read(
        """{"title": "\\ud800W", "items": [{"id": "\\udfffa\\u0000", "title": "A\\ud83d", "url": "/\\ud800\\u0001"}]}"""
    )
    entry = page.entries[0]
    assert (page.title, entry.entry, entry.title) == ("W", "a", "A")
    assert entry.url == "https://wire.example/%3F%01"


def test_titles_lose_tags_and_entities_and_nothing_else():
    written = ["<![CDATA[<b>Small</b> caps]]>", "P/E &lt; 12 &amp;amp; falling", "  two \n lines "]
    titles = [e.title for e in read(rss(*(item(title=words, link="/a") for words in written))).entries]
    assert titles == ["Small caps", "P/E < 12 & falling", "two lines"]


# --- dates -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value", "zone_known"),
    [
        pytest.param(
            "Mon, 05 Jan 2026 16:05:00 EST", datetime(2026, 1, 5, 21, 5, tzinfo=UTC), True, id="EST"
        ),
        pytest.param(
            "Mon, 5 Jan 26 09:00 EDT", datetime(2026, 1, 5, 13, 0, tzinfo=UTC), True, id="two-digit year"
        ),
        pytest.param(
            "Mon, 05 Jan 2026 16:05:00 BST", datetime(2026, 1, 5, 15, 5, tzinfo=UTC), True, id="BST"
        ),
        pytest.param(
            "Mon, 05 Jan 2026 16:05:00 +0100", datetime(2026, 1, 5, 15, 5, tzinfo=UTC), True, id="offset"
        ),
        pytest.param("05 Jan 2026 16:05:00", datetime(2026, 1, 5, 16, 5, tzinfo=UTC), False, id="no zone"),
        pytest.param(
            "05 Jan 2026 16:05:00 XYZ", datetime(2026, 1, 5, 16, 5, tzinfo=UTC), False, id="odd zone"
        ),
        pytest.param(
            "05 Jan 2026 16:05:00 -0000", datetime(2026, 1, 5, 16, 5, tzinfo=UTC), False, id="-0000"
        ),
        pytest.param("Mon, 05 Jan 2026", date(2026, 1, 5), False, id="a day"),
        pytest.param("2026-01-05", date(2026, 1, 5), False, id="a W3C day"),
        pytest.param("2026/01/05", date(2026, 1, 5), False, id="a day in slashes"),
        pytest.param("2026-01-05T09:30:00-05:00", datetime(2026, 1, 5, 14, 30, tzinfo=UTC), True, id="W3C"),
        pytest.param("2026-01-05T09:30Z", datetime(2026, 1, 5, 9, 30, tzinfo=UTC), True, id="W3C minutes"),
        pytest.param(
            "2026-01-05 09:30:00.25", datetime(2026, 1, 5, 9, 30, tzinfo=UTC), False, id="space, no zone"
        ),
        pytest.param(
            "2026-01-05T23:30:00+0100", datetime(2026, 1, 5, 22, 30, tzinfo=UTC), True, id="no colon"
        ),
        pytest.param(
            "Fri, 01 Jun 2096 09:00:00 GMT", datetime(2096, 6, 1, 9, 0, tzinfo=UTC), True, id="future"
        ),
    ],
)
def test_dates(text, value, zone_known):
    claim = feed_claim(text)
    assert claim is not None
    assert (claim.value, claim.zone_known, claim.origin) == (value, zone_known, "feed")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("Thirty-first of May", id="words"),
        pytest.param("2026", id="a year"),
        pytest.param("2026-01", id="a month"),
        pytest.param("2026-02-30", id="no such day"),
        pytest.param("Sat, 30 May 2026 24:10:00 GMT", id="hour 24"),
        pytest.param("9" * 400, id="a long number"),
        pytest.param("0001-01-01T00:00:00+05:00", id="before the calendar begins"),
        pytest.param("0001-01-01T00:00:00Z", id="what is printed for no date"),
        pytest.param("Thu, 01 Jan 1970 00:00:00 GMT", id="the first second that machines count"),
        pytest.param("9999-12-31T23:59:59Z", id="where the calendar ends"),
        pytest.param("+0000 (" * 50_000, id="longer than any date"),
    ],
)
def test_no_day_is_no_claim(text):
    assert feed_claim(text) is None


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_the_date_reader(text):
    feed_claim(text)


@pytest.mark.parametrize(
    "text",
    ["Thirty-first of May", "2026", "2026-05", "10:15", "26", "--05-01", "2026-01-05T10"],
    ids=["words", "a year", "a month", "a clock", "a century", "no year", "half a clock"],
)
def test_an_unreadable_date_keeps_the_entry_and_is_not_filled_up_from_a_clock(text):
    assert read(rss(item(title="A", link="/a", pubDate=text))).entries[0].published is None


# --- addresses -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        pytest.param(
            "HTTPS://Wire.Example:443/A?b=1#top", "https://wire.example/A?b=1", id="case, port, fragment"
        ),
        pytest.param("http://wire.example", "http://wire.example/", id="no path"),
        pytest.param("http://wire.example:8080/a", "http://wire.example:8080/a", id="another port"),
        pytest.param(
            "https://wire.example/a?utm_source=x&id=7&fbclid=y", "https://wire.example/a?id=7", id="tracking"
        ),
        pytest.param(
            "https://wire.example/a?UTM_Medium=x", "https://wire.example/a", id="tracking in capitals"
        ),
        pytest.param(
            "https://wire.example/a?ref=a&b=1", "https://wire.example/a?ref=a&b=1", id="ref may select"
        ),
        pytest.param(
            "https://wire.example/a?b=%20+&a", "https://wire.example/a?b=%20+&a", id="spelling stays"
        ),
        pytest.param("https://[2001:DB8::1]:443/a", "https://[2001:db8::1]/a", id="v6"),
        pytest.param("https://wire.example:99999/a", "https://wire.example:99999/a", id="no such port"),
        pytest.param(" not an address ", "not an address", id="not an address"),
    ],
)
def test_canonical_url(url, canonical):
    assert canonical_url(url) == canonical


@settings(deadline=None)
@given(st.from_regex(r"https?://[A-Za-z.:0-9@\[\]]{0,15}(/[ -~]{0,30})?", fullmatch=True))
def test_canonical_url_is_idempotent(url):
    assert canonical_url(canonical_url(url)) == canonical_url(url)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "javascript:void(0)",
        "file:///etc/hosts",
        "data:text/html,x",
        "http://[",
        "ftp://a/",
        "/" + "a" * 9000,
    ],
)
def test_unusable_addresses(address):
    assert http_address(address, URL) == ""
