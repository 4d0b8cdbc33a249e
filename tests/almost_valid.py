"""Documents as others write them: almost valid, with what is left out, doubled, too deep or too long, as strategies."""

from __future__ import annotations

import gzip
import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from narrative.crawl.warc import write_warc
from narrative.terms import Capture
from tests.damage import damaged, grown, own_pages, repeated
from tests.fuzzing import ANNOUNCED, SEEN, SENTENCE, URL, Case

# --- words and dates, used by all ------------------------------------------------------------------------

WORDS = st.sampled_from([
    b"Small caps lead", b"A & B", b"&lt;b&gt;Rates&lt;/b&gt;", b"<![CDATA[<p>words</p>]]>", b"<b>bold</b>", b"", b" ", b"\n",
    b"&amp;amp;", b"&nbsp;", b"&#8217;s", b"&#x1F600;", "“Ça va”, 日本語".encode(), b"<!-- x -->", b"&lt;!-- x", b"Ann Lee",
    b"ann@example.org (Ann)", b"word ", b"a", b"1", b"9,999.5% ", b"- ", b"By Ann Lee and Bo Reed",
    b"Published about 9 hours ago", b"Subscribe to continue reading", b"http://a.example/2026/01/02/x", SENTENCE,
    b"<a href='/x'>read this more of it</a>",
])  # fmt: skip
NUMBER = st.integers(0, 99).map(lambda n: f"{n:02d}") | st.sampled_from(["", "0", "-1", "٣", "999", "1" * 40])
ZONE = st.sampled_from([
    "", "Z", "z", "GMT", "UTC", "EST", "edt", "IST", "XYZ", "+00:00", "-0000", "+0530", "-12:00", "+14:00", "+23:59", "+24:00",
    "+99:99", "-9999", " (Eastern Standard Time)", "A", "Europe/Paris", "+", "−05:00", "+5", "EST5EDT",
])  # fmt: skip
YEAR = st.sampled_from(
    [
        "2026",
        "26",
        "1985",
        "1984",
        "1970",
        "0001",
        "0000",
        "9999",
        "9998",
        "10000",
        "２０２６",
        "",
        "-5",
        "2025",
    ]
)
MONTH = st.sampled_from(
    ["Jan", "January", "jan.", "Sept", "Dec", "13", "01", "1", "00", "Maytag", "Januar", "", "février"]
)
GLUE = st.sampled_from([" ", "-", "/", ", ", "T", "", ".", "  ", "\u00a0", " at ", " | "])
SECOND = st.sampled_from(["", ":59", ":60", ".5", ":07.123456789"])
HALF = st.sampled_from(["", " am", " PM", "p.m.", "a"])
CLOCK = st.builds("{}:{}{}{}".format, NUMBER, NUMBER, SECOND, HALF)
COUNT = NUMBER | st.sampled_from(["a", "an", "about one", "ten"])
SPELL = st.sampled_from(["seconds", "hrs", "minutes", "d", "weeks", "month", "months", "years", "m"])
AGE = st.builds("{} {} {}".format, COUNT, SPELL, st.sampled_from(["ago", "", "ago."]))
OPENING = st.sampled_from(["Mon, ", "", "Montag, ", "Posted: ", "Updated "])
DATE = st.one_of(
    st.builds("{}{}{}{}{}{}{}{}".format, YEAR, GLUE, MONTH, GLUE, NUMBER, GLUE, CLOCK, ZONE),
    st.builds("{}{}{}{}{}{} {} {}".format, OPENING, NUMBER, GLUE, MONTH, GLUE, YEAR, CLOCK, ZONE),
    st.builds("{} {}, {} {}".format, MONTH, NUMBER, YEAR, CLOCK),
    AGE,
    CLOCK,
    YEAR,
    st.text(max_size=30),
    st.sampled_from([
        "yesterday", "2026-01-14T15:20:00-05:00", "Tue, Sep 15 2020 10:01:41 EDT", "20260105", "2026-W03-1", "1768400000",
        "2026-02-30", "14/01/2026", "24:10", "2026-01", "2026-010", "2004년 05월 28일 오후 11:32:00", "Σαβ, 03 Ιαν 2026",
    ]),
)  # fmt: skip


def _again(text: str, times: int) -> str:
    return repeated(text.encode("utf-8", "replace"), times).decode("utf-8", "replace")


DATES = st.builds(_again, DATE, st.sampled_from([1] * 30 + [2, 2, 30, 30, 100_000]))
DATE_BYTES = DATES.map(lambda text: text.encode("utf-8", "replace"))
ADDRESS = st.sampled_from([
    b"https://wire.example/a", b"/a?x=1&y=2", b"//wire.example/b", b"http://[", b"http://[::1]/", b"javascript:void(0)",
    b"file:///etc/hosts", b"https://wire.example/\x01\x7f", b"HTTP://U:P@wire.example:99999/a#b", b"http://wire.example:x/",
    b"http://\xe2\x84\x80.example/", b"  https://wire.example/a\n b ", b"feed.xml", b"?", b"#", b"http:///x", b"..",
    b"https://wire.example/" + b"a" * 9000, b"data:text/html,x",
])  # fmt: skip
VALUE = st.one_of(
    WORDS, ADDRESS, DATE.map(lambda text: text.encode("utf-8", "replace")), st.binary(max_size=12)
)
CLOSED = st.sampled_from([True] * 9 + [False])


def element(name: bytes, attributes: bytes, inside: bytes, *, closed: bool = True) -> bytes:
    """An element, or the beginning of one."""
    return b"<" + name + attributes + b">" + inside + (b"</" + name + b">" if closed else b"")


# --- feeds -----------------------------------------------------------------------------------------------

FEED_NAMES = st.sampled_from(
    b"title link guid pubDate description dc:date dc:creator author category media:title content:encoded id updated name x:y"
    b" published summary content itunes:keywords enclosure source georss:point email item entry image svg media:credit"
    b" language".split()
)
ATTRIBUTES = st.sampled_from([
    b"", b"", b"", b' type="html"', b' type="xhtml"', b' href="/a"', b' rel="alternate" href="https://wire.example/a"', b" /",
    b' isPermaLink="false"', b' xml:base="https://other.example/"', b" xml:lang='en'", b' type="text/plain" mode="base64"',
    b" a=b", b' xmlns:x="u"', b' href=""', b' xmlns="http://www.w3.org/2005/Atom"', b" a='", b' term="x"', b" rdf:about='r'",
])  # fmt: skip
ELEMENT = st.builds(element, FEED_NAMES, ATTRIBUTES, grown(VALUE), closed=CLOSED)
ITEM = st.builds(
    element,
    st.sampled_from([b"item", b"item", b"entry", b"ITEM", b"a:entry"]),
    st.sampled_from([b"", b"", b" rdf:about='https://wire.example/r'"]),
    st.lists(grown(ELEMENT), max_size=5).map(b"".join),
    closed=CLOSED,
)
PROLOG = st.sampled_from([
    b"", b"", b'<?xml version="1.0"?>', b'<?xml version="1.0" encoding="utf-8"?>\n', b"<!-- made -->", b"Warning: file.php\n",
    b'<?xml version="1.0" encoding="iso-8859-1"?>', b'<?xml encoding="zlib"?>', b'<?xml encoding="utf-16"?>', b"\xff\xfe",
    b'<?xml version="1.0">', b"<?xml", b"\xef\xbb\xbf<?xml version='1.0'?>", b'<!DOCTYPE rss [<!ENTITY nbsp " ">]>',
    b"<!DOCTYPE rss [",
    b'<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">',
])  # fmt: skip
_RDF = b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel>'
_MEDIA = b' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
ROOT = st.sampled_from([
    (b'<rss version="2.0"><channel>', b"</channel></rss>"),
    (b"<rss version=2.0><channel>", b"</channel></rss>"),
    (b'<rss version="0.91"' + _MEDIA + b"><channel>", b"</rss>"),
    (b'<feed xmlns="http://www.w3.org/2005/Atom">', b"</feed>"),
    (b'<a:feed xmlns:a="http://www.w3.org/2005/Atom">', b"</a:feed>"),
    (_RDF, b"</rdf:RDF>"),
    (b"<html><body>", b"</body></html>"),
    (b"<rss", b"</rss>"),
    (b"", b""),
])  # fmt: skip


def _document(prolog: bytes, frame: tuple[bytes, bytes], *parts: bytes) -> bytes:
    return prolog + frame[0] + b"".join(parts) + frame[1]


XML_FEED = st.builds(
    _document,
    grown(PROLOG),
    ROOT,
    st.lists(ELEMENT, max_size=2).map(b"".join),
    st.lists(grown(ITEM), max_size=3).map(b"".join),
)
JSON_LEAF = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    DATES.map(lambda text: text[:100_000]),
    st.text(max_size=20),
    VALUE.map(lambda raw: raw.decode("utf-8", "surrogateescape")),
    st.sampled_from(["\ud800", "\x00", "²", "9" * 5000, "x" * 100_000]),
)


def json_of(keys: str) -> st.SearchStrategy[Any]:
    """Any JSON over such keys."""
    return st.recursive(
        JSON_LEAF,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(keys.split()), inner, max_size=3)
        ),
        max_leaves=5,
    )


def _written(value: Any) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogateescape")


JSON_FEED = st.builds(
    lambda title, items, times: _written({"title": title, "items": items * times}),
    JSON_LEAF,
    st.lists(
        json_of("id url external_url title content_text content_html summary date_published x"), max_size=3
    ),
    st.sampled_from([1] * 8 + [50, 3000]),
)
FEED_TYPES = st.sampled_from([
    "", "application/rss+xml", "text/xml; charset=utf-8", "application/xml; charset=zlib", "text/html; charset=utf-16",
    "application/xml; charset=punycode", "text/xml; charset=us-ascii", "application/json", "charset=\x00",
    "x; charset=undefined",
])  # fmt: skip
FEEDS = st.builds(Case, damaged(XML_FEED | XML_FEED | JSON_FEED), FEED_TYPES)

# --- sitemaps, and what else a site says to crawlers ------------------------------------------------------

MAP_NAMES = st.sampled_from(
    b"loc lastmod news:publication_date publication_date news:title title news:news url x".split()
)
MAP_ROW = st.builds(
    element,
    st.sampled_from([b"url", b"url", b"sitemap", b"ns:url"]),
    st.just(b""),
    st.lists(grown(st.builds(element, MAP_NAMES, st.just(b""), grown(VALUE), closed=CLOSED)), max_size=4).map(
        b"".join
    ),
)
_NEWS = b' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
MAP_ROOT = st.sampled_from(
    [(b"urlset", b""), (b"sitemapindex", b""), (b"urlset", _NEWS), (b"ns:urlset", b"")]
)
SITEMAP = st.builds(
    lambda prolog, root, rows: prolog + element(*root, b"".join(rows)),
    grown(PROLOG),
    MAP_ROOT,
    st.lists(grown(MAP_ROW), max_size=4),
)


def _packed(body: bytes, members: int) -> Case:
    """A sitemap as it is, or gzipped, so many times over."""
    return Case(repeated(gzip.compress(body, 1), members) if members else body, "application/xml")


SITEMAPS = st.builds(_packed, damaged(SITEMAP), st.sampled_from([0] * 16 + [1, 1, 2, 100_000]))
ROBOTS_LINE = st.builds(
    lambda name, value, end: name + b":" + value + end,
    st.sampled_from(
        b"User-agent Disallow Allow Content-Signal Content-Usage DisallowAITraining Sitemap x".split()
    ),
    st.sampled_from([
        b" *", b" /", b"/*a*b$", b" ai-train=no, ai-input=no", b" /x train-ai=n", b" gptbot", b"", b" narrative", b"%ff",
        b"*a" * 3000,
    ]),
    st.sampled_from([b"\n", b"\r\n", b" # x\n", b"\x0b"]),
)  # fmt: skip
STATEMENTS = st.builds(
    Case, st.lists(grown(ROBOTS_LINE), max_size=8).map(b"".join), st.sampled_from(["robots", "robots", "headers"])
) | st.builds(
    Case, json_of("location tdm-reservation tdm-policy").map(_written), st.just("reservations")
)  # fmt: skip

# --- JSON-LD ---------------------------------------------------------------------------------------------

LD_KEYS = (
    "@type @graph @id mainEntity mainEntityOfPage headline datePublished dateModified author name articleBody wordCount"
    " isAccessibleForFree itemListElement publisher x"
)
LD_TYPE = st.sampled_from([
    "NewsArticle", "Article", "BlogPosting", "Report", "WebPage", ["NewsArticle", 5, None], {"@id": "#a"}, "Article" * 3000,
])  # fmt: skip
LD_ARTICLE = st.builds(
    lambda kind, facts: {"@type": kind, **facts},
    LD_TYPE,
    st.dictionaries(st.sampled_from(LD_KEYS.split()), json_of(LD_KEYS), max_size=4),
)


def _nested(value: Any, key: str, depth: int) -> Any:
    """A value inside so many lists or objects."""
    for _ in range(depth):
        value = [value] if key == "list" else {key: value}
    return value


LD_TREE = st.builds(
    _nested,
    LD_ARTICLE | st.lists(LD_ARTICLE, max_size=2),
    st.sampled_from(["list", "@graph", "mainEntity", "author", "x"]),
    st.sampled_from([0, 0, 0, 1, 3, 13, 60, 400]),
)
LD_WRITTEN = st.builds(
    lambda tree, before, after: before + _written(tree) + after,
    LD_TREE,
    st.sampled_from([b"", b"", b"<!-- ", b"//<![CDATA[\n", b" \n", b"var x = ", b'{"@graph":' * 50_000]),
    st.sampled_from([b"", b"", b" -->", b"\n//]]>", b";", b", }", b"--> " + b" " * 50_000 + b"x", b"]" * 50_000]),
)  # fmt: skip
LD_KIND = st.sampled_from([
    b' type="application/ld+json"',
    b" type='application/ld+json; charset=utf-8' id=x",
])  # fmt: skip
LD_SCRIPT = st.builds(element, st.just(b"script"), LD_KIND, LD_WRITTEN)
LD_PAGE = st.lists(grown(LD_SCRIPT), min_size=1, max_size=2).map(
    lambda scripts: b"<html><head>" + b"".join(scripts) + b"</head><body><p>x</p>"
)
RECORDS = st.builds(Case, damaged(LD_PAGE, most=2))

# --- dates -----------------------------------------------------------------------------------------------

MOMENTS = st.builds(Case, st.lists(DATE_BYTES, min_size=1, max_size=8).map(b"\n".join), st.just("text/plain"))

# --- pages -----------------------------------------------------------------------------------------------

HEAD = st.sampled_from([
    b"<title>Small caps to lead</title>", b"<title>", b"<meta charset=utf-8>", b"<meta charset=punycode>",
    b"<meta charset=utf-16>", b'<meta property="og:title" content="Small caps - A | B">', b'<meta name="author" content="Ann Lee">',
    b"<script>",
    b"<!--", b"<meta name=robots content=noai>", b'<link rel="canonical" href="/x">', b'<link rel=canonical href="http://[">',
    b'<link rel="alternate" type="application/rss+xml" href="/feed">', b"<base href='http://['>",
    b"<base href='//other.example/'>", b'<meta name="tdm-reservation" content="1">', b"<style>.a{b:c}</style>",
    b"<noscript><p>x</p></noscript>",
    b"<script>var a = '2026-01-01'; if (a < b) { c = \"</p>\" }</script>", b"<title>a - b | c</title>",
])  # fmt: skip
HEAD_DATED = st.builds(
    lambda name, date: b'<meta %s content="%s">' % (name, date.replace(b'"', b"")),
    st.sampled_from(
        b"property=article:published_time name=pubdate itemprop=datePublished property=og:updated_time".split()
    ),
    DATE_BYTES,
)
DATED = st.builds(
    lambda form, date: form % date,
    st.sampled_from([
        b"<time datetime='%s'>now</time>", b"<time>%s</time>", b"<span class=date>%s</span>", b"<p>Posted: %s</p>",
        b"<p>%s</p>", b"<div class=byline>By Ann Lee %s</div>", b"<div itemprop=datePublished>%s</div>",
    ]),
    DATE_BYTES,
)  # fmt: skip
LINE = st.builds(
    lambda number, words: b"Paragraph %d says: " % number + SENTENCE + words,
    st.integers(0, 10**6),
    grown(WORDS),
)
TEXT = st.builds(
    lambda form, text: form % text,
    st.sampled_from([
        b"<p>%s</p>", b"<p>%s</p>", b"<p>%s", b"<h1>%s</h1>", b"<h2>%s</h2>", b"<li>%s</li>", b"<pre>%s</pre>", b"%s<br>",
        b"<blockquote><p>%s</p></blockquote>", b"<div class=related><a href=/x>%s</a></div>", b"<aside>%s</aside>",
        b"<td>%s</td>",
        b"<table><tr><th>%s</th></tr></table>", b"<div itemscope hidden>%s</div>", b"<figcaption>%s</figcaption>",
        b"<div class=c><div><a href=/x>read this more of</a><p>%s</p></div></div>", b"<footer>%s</footer>",
        b"<a href=/rss>%s</a>",
        b"<span>%s</span>", b"<textarea>%s", b"<svg>%s</svg>", b"<template>%s</template>", b"<math>%s", b"<select><option>%s",
    ]),
    LINE | grown(WORDS),
)  # fmt: skip
FRAME = st.sampled_from([
    (b"<html lang=en><head>", b"</head><body><article>", b"</article></body></html>"),
    (b"<!doctype html><html><head>", b"<body><div class='main date meta'><div>", b""),
    (b"<html><head>", b"<p>", b""),
    (b"", b"", b""),
])  # fmt: skip
PAGE = st.builds(
    lambda frame, heads, script, blocks: (
        frame[0] + b"".join(heads) + script + frame[1] + b"".join(blocks) + frame[2]
    ),
    FRAME,
    st.lists(grown(HEAD | HEAD_DATED), max_size=4),
    st.just(b"") | st.just(b"") | LD_SCRIPT,
    st.lists(grown(TEXT | TEXT | DATED | st.binary(max_size=20)), max_size=12),
)
PAGE_TYPES = st.sampled_from([
    "text/html", "text/html", "text/html; charset=utf-8", "text/html; charset=utf-16", "", "text/plain", "x/\x00",
    "text/html; charset=idna",
])  # fmt: skip
PAGES = st.builds(Case, damaged(PAGE | PAGE | st.sampled_from(own_pages())), PAGE_TYPES)

# --- archives and dumps ----------------------------------------------------------------------------------


@st.composite
def archives(draw: st.DrawFn) -> bytes:
    """A web archive of one or two pages, gzipped or not."""
    bodies = draw(st.lists(st.sampled_from(own_pages()[:3]) | st.binary(max_size=40), min_size=1, max_size=2))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / draw(st.sampled_from(["a.warc", "a.warc.gz"]))
        pages = [Capture(URL, URL, SEEN, "text/html", body, link=ANNOUNCED) for body in bodies]
        write_warc(path, pages, SEEN)
        return path.read_bytes()


DUMP = st.lists(json_of("url title published source text").map(_written), max_size=6).map(b"\n".join)
ARCHIVES = st.builds(Case, damaged(archives()), st.just("warc")) | st.builds(
    Case, damaged(DUMP), st.just("dump")
)
