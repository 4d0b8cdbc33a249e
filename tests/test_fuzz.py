"""Fuzzing what reads bytes of others: only the documented errors come out, every answer is sound, and none is late.

Each fuzzer makes documents by a grammar of almost-valid ones, some of them of millions of bytes, and damages these and
the project's own pages. What was found so became rows of the tables in the test files of the rooms.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from narrative.crawl.dates import feed_claim
from narrative.crawl.discovery import offers_of
from narrative.crawl.dumps import DumpRow, read_dump
from narrative.crawl.feeds import NotAFeed, parse_feed
from narrative.crawl.optouts import permission
from narrative.crawl.packed import LeftOut, PackedFile
from narrative.crawl.warc import read_warc, write_warc
from narrative.errors import NarrativeError
from narrative.read.bounds import CONTROL
from narrative.read.dates import chosen, doubts, relative, stated
from narrative.read.dating import age_of, claim_of, printed
from narrative.read.extraction import opened
from narrative.read.metadata import facts_of
from narrative.read.page import page_of
from narrative.read.passages import passages
from narrative.terms import Article, Capture, Claim, Link
from tests.damage import LARGEST, damaged, grown, own_pages, repeated
from tests.fuzzing import (
    BUDGET,
    LONG,
    SEEN,
    URL,
    Case,
    fuzzed,
    in_time,
    read,
    sound_address,
    sound_claim,
    sound_text,
)

FEED = "https://wire.example/markets/feed.xml"
SENTENCE = b"Small companies had their best week in years, and the buyers keep coming, Ann Lee of Larkmoor Securities said. "
STATED = ("json-ld", "meta")
PAGE_ORIGINS = ("json-ld", "meta", "page", "feed", "relative")

# --- words and dates, used by all ------------------------------------------------------------------------

WORDS = st.sampled_from([
    b"Small caps lead", b"A & B", b"&lt;b&gt;Rates&lt;/b&gt;", b"<![CDATA[<p>words</p>]]>", b"<b>bold</b>", b"", b" ", b"\n",
    b"&amp;amp;", b"&nbsp;", b"&#8217;s", b"&#x1F600;", "“Ça va”, 日本語".encode(), b"<!-- x -->", b"&lt;!-- x", b"ann@example.org (Ann)",
    b"Ann Lee", b"word ", b"a", b"1", b"9,999.5% ", b"- ", b"By Ann Lee and Bo Reed", b"Published about 9 hours ago",
    b"Subscribe to continue reading", b"http://a.example/2026/01/02/x", b"<a href='/x'>read this more of it</a>", SENTENCE,
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
CLOCK = st.builds("{}:{}{}{}".format, NUMBER, NUMBER, st.sampled_from(["", ":59", ":60", ".5", ":07.123456789"]),
                  st.sampled_from(["", " am", " PM", "p.m.", "a"]))  # fmt: skip
AGE = st.builds("{} {} {}".format, NUMBER | st.sampled_from(["a", "an", "about one", "ten"]),
                st.sampled_from(["seconds", "hrs", "minutes", "d", "weeks", "month", "months", "years", "m"]),
                st.sampled_from(["ago", "", "ago."]))  # fmt: skip
DATE = st.one_of(
    st.builds("{}{}{}{}{}{}{}{}".format, YEAR, GLUE, MONTH, GLUE, NUMBER, st.sampled_from(["T", " ", ""]), CLOCK, ZONE),
    st.builds("{}{}{}{}{}{}{}{}{}".format, st.sampled_from(["Mon, ", "", "Montag, ", "Posted: ", "Updated "]), NUMBER, GLUE, MONTH,
              GLUE, YEAR, st.just(" "), CLOCK, ZONE.map(" {}".format)),
    st.builds("{} {}, {} {}".format, MONTH, NUMBER, YEAR, CLOCK),
    AGE, CLOCK, YEAR, st.text(max_size=30),
    st.sampled_from(["yesterday", "2026-01-14T15:20:00-05:00", "Tue, Sep 15 2020 10:01:41 EDT", "20260105", "2026-W03-1", "1768400000",
                     "2026-02-30", "14/01/2026", "24:10", "2026-01", "2026-010", "2004년 05월 28일 오후 11:32:00", "Σαβ, 03 Ιαν 2026"]),
)  # fmt: skip
DATES = st.builds(lambda text, times: repeated(text.encode("utf-8", "replace"), times).decode("utf-8", "replace"),
                  DATE, st.sampled_from([1] * 12 + [2, 30, 100_000]))  # fmt: skip
ADDRESS = st.sampled_from([
    b"https://wire.example/a", b"/a?x=1&y=2", b"//wire.example/b", b"http://[", b"http://[::1]/", b"javascript:void(0)", b"file:///etc/hosts",
    b"https://wire.example/\x01\x7f", b"HTTP://U:P@wire.example:99999/a#b", b"http://wire.example:x/", b"http://\xe2\x84\x80.example/",
    b"  https://wire.example/a\n b ", b"feed.xml", b"?", b"#", b"http:///x", b"https://wire.example/" + b"a" * 9000, b"..", b"data:text/html,x",
])  # fmt: skip

# --- feeds -----------------------------------------------------------------------------------------------

_NAMES = [b"title", b"link", b"guid", b"pubDate", b"description", b"dc:date", b"dc:creator", b"author", b"category", b"media:title",
          b"content:encoded", b"id", b"updated", b"published", b"summary", b"content", b"itunes:keywords", b"enclosure", b"source",
          b"georss:point", b"name", b"email", b"item", b"entry", b"image", b"x:y", b"svg", b"media:credit", b"language"]  # fmt: skip
ATTRIBUTES = st.sampled_from([
    b"", b"", b"", b' type="html"', b' type="xhtml"', b' href="/a"', b' rel="alternate" href="https://wire.example/a"', b' isPermaLink="false"',
    b' xml:base="https://other.example/"', b" xml:lang='en'", b' type="text/plain" mode="base64"', b" a=b", b' xmlns:x="u"', b' href=""',
    b' xmlns="http://www.w3.org/2005/Atom"', b" a='", b' term="x"', b" rdf:about='https://wire.example/r'", b" /",
])  # fmt: skip
VALUE = st.one_of(
    WORDS, ADDRESS, DATE.map(lambda text: text.encode("utf-8", "replace")), st.binary(max_size=12)
)
ELEMENT = st.builds(
    lambda name, attributes, value, end: b"<" + name + attributes + b">" + value + (b"</%s>" % name if end else b""),
    st.sampled_from(_NAMES), ATTRIBUTES, grown(VALUE), st.sampled_from([True] * 9 + [False]),
)  # fmt: skip
ITEM = st.builds(
    lambda name, parts, end: b"<" + name + b">" + b"".join(parts) + (b"</%s>" % name if end else b""),
    st.sampled_from([b"item", b"entry", b"ITEM", b"a:entry", b"item rdf:about='x'"]), st.lists(grown(ELEMENT), max_size=5),
    st.sampled_from([True] * 6 + [False]),
)  # fmt: skip
PROLOG = st.sampled_from([
    b"", b'<?xml version="1.0"?>', b'<?xml version="1.0" encoding="utf-8"?>\n', b'<?xml version="1.0" encoding="iso-8859-1"?>',
    b'<?xml encoding="zlib"?>', b'<?xml encoding="utf-16"?>', b'<?xml version="1.0">', b"<?xml", b"\xef\xbb\xbf<?xml version='1.0'?>",
    b"<!-- made -->", b'<!DOCTYPE rss [<!ENTITY nbsp " ">]>', b"<!DOCTYPE rss [", b"Warning: file.php\n", b"\xff\xfe",
    b'<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">',
])  # fmt: skip
ROOT = st.sampled_from([
    (b'<rss version="2.0"><channel>', b"</channel></rss>"), (b"<rss version=2.0><channel>", b"</channel></rss>"),
    (b'<feed xmlns="http://www.w3.org/2005/Atom">', b"</feed>"), (b'<a:feed xmlns:a="http://www.w3.org/2005/Atom">', b"</a:feed>"),
    (b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel>', b"</rdf:RDF>"),
    (b'<rss version="0.91" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"><channel>', b"</rss>"),
    (b"<html><body>", b"</body></html>"), (b"<rss", b"</rss>"), (b"", b""),
])  # fmt: skip
XML_FEED = st.builds(
    lambda prolog, root, head, items: prolog + root[0] + b"".join(head) + b"".join(items) + root[1],
    grown(PROLOG), ROOT, st.lists(ELEMENT, max_size=2), st.lists(grown(ITEM), max_size=3),
)  # fmt: skip
JSON_LEAF = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), DATES.map(lambda text: text[:100_000]), st.text(max_size=20),
    VALUE.map(lambda raw: raw.decode("utf-8", "surrogateescape")), st.sampled_from(["\ud800", "\x00", "²", "9" * 5000, "x" * 100_000]),
)  # fmt: skip


def json_of(keys: list[str]) -> st.SearchStrategy[Any]:
    """Any JSON over such keys."""
    return st.recursive(
        JSON_LEAF,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(keys), inner, max_size=3),
        max_leaves=5,
    )


FEED_KEYS = [
    "id",
    "url",
    "external_url",
    "title",
    "content_text",
    "content_html",
    "summary",
    "date_published",
    "items",
    "x",
]
JSON_FEED = st.builds(
    lambda title, items, times: json.dumps({"title": title, "items": items * times}).encode("utf-8", "surrogateescape"),
    JSON_LEAF, st.lists(json_of(FEED_KEYS), max_size=3), st.sampled_from([1] * 8 + [50, 3000]),
)  # fmt: skip
FEED_TYPES = st.sampled_from([
    "", "application/rss+xml", "text/xml; charset=utf-8", "application/xml; charset=zlib", "text/html; charset=utf-16",
    "application/xml; charset=punycode", "text/xml; charset=us-ascii", "application/json", "charset=\x00", "x; charset=undefined",
])  # fmt: skip
FEEDS = st.builds(Case, damaged(XML_FEED | XML_FEED | JSON_FEED), FEED_TYPES)


def check_feed(case: Case) -> None:
    with in_time():
        try:
            page = parse_feed(case.body, case.content_type, FEED)
        except NotAFeed as error:
            assert str(error).startswith(FEED)
            assert "\n" not in str(error)
            return
    assert page.kind in ("rss", "atom", "rdf", "json", "sitemap", "sitemapindex")
    sound_text(page.title, len(case.body) * 4)
    for link in page.entries:
        assert link.feed == FEED
        assert link.entry
        sound_text(link.entry, len(case.body) * 4 + 20)
        sound_text(link.title, len(case.body) * 4)
        sound_claim(link.published, ("feed",))
        if link.url:
            sound_address(link.url)


# --- sitemaps, and what else a site says to crawlers ------------------------------------------------------

_MAP_NAMES = [
    b"loc",
    b"lastmod",
    b"news:publication_date",
    b"publication_date",
    b"news:title",
    b"title",
    b"news:news",
    b"url",
    b"x",
]
MAP_ELEMENT = st.builds(
    lambda name, value, end: b"<%s>" % name + value + (b"</%s>" % name if end else b""),
    st.sampled_from(_MAP_NAMES), grown(VALUE), st.sampled_from([True] * 9 + [False]),
)  # fmt: skip
MAP_ROW = st.builds(
    lambda name, parts: b"<%s>" % name + b"".join(parts) + b"</%s>" % name,
    st.sampled_from([b"url", b"url", b"sitemap", b"ns:url"]), st.lists(grown(MAP_ELEMENT), max_size=4),
)  # fmt: skip
SITEMAP = st.builds(
    lambda prolog, root, rows: prolog + b"<%s>" % root + b"".join(rows) + b"</%s>" % root.split()[0],
    grown(PROLOG),
    st.sampled_from([b"urlset", b"sitemapindex", b'urlset xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"', b"ns:urlset"]),
    st.lists(grown(MAP_ROW), max_size=4),
)  # fmt: skip
SITEMAPS = st.builds(
    lambda body, packed, members: Case(repeated(gzip.compress(body, 1), members) if packed else body, "application/xml"),
    damaged(SITEMAP), st.sampled_from([False] * 4 + [True]), st.sampled_from([1, 1, 2, 100_000]),
)  # fmt: skip
ROBOTS_LINE = st.builds(
    lambda name, value, end: name + b":" + value + end,
    st.sampled_from([b"User-agent", b"Disallow", b"Allow", b"Content-Signal", b"Content-Usage", b"DisallowAITraining", b"Sitemap", b"x"]),
    st.sampled_from([b" *", b" /", b"/*a*b$", b" ai-train=no, ai-input=no", b" /x train-ai=n", b" gptbot", b"", b" narrative", b"%ff", b"*a" * 3000]),
    st.sampled_from([b"\n", b"\r\n", b" # x\n", b"\x0b"]),
)  # fmt: skip
STATEMENTS = st.builds(
    lambda lines, kind: Case(b"".join(lines), kind),
    st.lists(grown(ROBOTS_LINE), max_size=8),
    st.sampled_from(["robots", "robots", "headers"]),
) | st.builds(
    lambda rows: Case(json.dumps(rows).encode("utf-8", "surrogateescape"), "reservations"),
    json_of(["location", "tdm-reservation", "tdm-policy"]),
)  # fmt: skip


def check_statements(case: Case) -> None:
    text = case.body.decode("utf-8", "replace")
    lines = [line.partition(":") for line in text.splitlines()[:1000]]
    with in_time():
        allowed = permission(
            URL,
            "narrative",
            robots=text if case.content_type == "robots" else "",
            headers=[(name, value) for name, _, value in lines] if case.content_type == "headers" else (),
            page=case.body,
            reservations=text if case.content_type == "reservations" else "",
        )
    assert allowed.read or not allowed.train
    assert allowed.train == (not allowed.words)
    for words in allowed.words:
        sound_text(words, 160)


def check_sitemap(case: Case) -> None:
    if case.content_type in ("robots", "headers", "reservations"):
        check_statements(case)
    else:
        check_feed(case)


# --- JSON-LD ---------------------------------------------------------------------------------------------

_LD_KEYS = ["@type", "@graph", "@id", "mainEntity", "mainEntityOfPage", "headline", "datePublished", "dateModified", "author", "name", "articleBody",
            "wordCount", "isAccessibleForFree", "itemListElement", "publisher", "x"]  # fmt: skip
_LD_TYPE = st.sampled_from(
    [
        "NewsArticle",
        "Article",
        "BlogPosting",
        "Report",
        "WebPage",
        ["NewsArticle", 5, None],
        {"@id": "#a"},
        "Article" * 3000,
    ]
)
LD_ARTICLE = st.builds(
    lambda kind, facts: {"@type": kind, **facts},
    _LD_TYPE, st.dictionaries(st.sampled_from(_LD_KEYS), json_of(_LD_KEYS), max_size=4),
)  # fmt: skip


def nested(value: Any, key: str, depth: int) -> Any:
    """A value inside so many lists or objects: deeper ones than any parser goes are made of text."""
    for _ in range(depth):
        value = [value] if key == "list" else {key: value}
    return value


LD_TREE = st.builds(
    nested, LD_ARTICLE | st.lists(LD_ARTICLE, max_size=2), st.sampled_from(["list", "@graph", "mainEntity", "author", "x"]),
    st.sampled_from([0, 0, 0, 1, 3, 13, 60, 400]),
)  # fmt: skip
LD_WRITTEN = st.builds(
    lambda tree, before, after: before + json.dumps(tree).encode("utf-8", "surrogateescape") + after,
    LD_TREE,
    st.sampled_from([b"", b"", b"<!-- ", b"//<![CDATA[\n", b" \n", b"var x = ", b'{"@graph":' * 50_000]),
    st.sampled_from([b"", b"", b" -->", b"\n//]]>", b";", b", }", b"--> " + b" " * 50_000 + b"x", b"]" * 50_000]),
)  # fmt: skip
LD_PAGE = st.builds(
    lambda scripts, kind: b"<html><head>" + b"".join(b"<script %s>%s</script>" % (kind, one) for one in scripts) + b"</head><body><p>x</p>",
    st.lists(grown(LD_WRITTEN), min_size=1, max_size=2),
    st.sampled_from([b'type="application/ld+json"', b"type='application/ld+json; charset=utf-8' id=x"]),
)  # fmt: skip
RECORDS = st.builds(Case, damaged(LD_PAGE, most=2))


def check_record(case: Case) -> None:
    markup = case.body.decode("utf-8", "replace")
    with in_time():
        try:
            facts = facts_of(opened(markup, URL).tree, URL)
        except NarrativeError as error:
            assert re.search("too large to read|nothing to read", str(error))
            return
        claims = [
            claim_of(text, "json-ld")
            for text in (facts.published, facts.meta_published, facts.modified, facts.meta_modified)
        ]
    for claim in claims:
        sound_claim(claim, STATED)
    for text in (facts.headline, facts.outlet):
        sound_text(text, 1000, controls="\t\n\r\x0b\x0c\x1c\x1d\x1e\x1f")
    assert len(facts.authors) <= 50
    for name in facts.authors:
        sound_text(name, 60)
    assert facts.word_count is None or 0 <= facts.word_count < 10**6
    assert facts.free in (None, True, False)
    assert not CONTROL.search(facts.body.replace("\ufffd", ""))
    assert re.fullmatch(r"[a-z]{0,3}", facts.language)
    sound_address(facts.canonical)


# --- dates -----------------------------------------------------------------------------------------------

MOMENTS = st.builds(
    lambda lines: Case("\n".join(lines).encode("utf-8", "replace"), "text/plain"),
    st.lists(DATES, min_size=1, max_size=8),
)


def check_dates(case: Case) -> None:
    for text in case.body.decode("utf-8", "replace").split("\n"):
        with in_time():
            of_feed, of_page = feed_claim(text), claim_of(text, "meta")
            claims = [stated(text, "json-ld"), of_page, of_feed, relative(text, SEEN), age_of([text], SEEN)]
            usable = [claim for claim in claims if claim]
            best = chosen(usable)
            told = doubts(usable, best, SEEN)
            days = [one.day for one in printed(text[:20_000])]
        for claim in claims:
            sound_claim(claim, PAGE_ORIGINS)
        assert best in (*usable, None)
        assert set(told) <= {"future_date", "dates_disagree"}
        assert all(1 <= day.year <= 9999 for day in days)


# --- pages -----------------------------------------------------------------------------------------------

HEAD = st.sampled_from([
    b"<title>Small caps to lead</title>", b"<title>", b"<meta charset=utf-8>", b"<meta charset=punycode>", b"<meta charset=utf-16>",
    b'<meta property="og:title" content="Small caps - A | B">', b'<meta name="author" content="Ann Lee">', b"<meta name=robots content=noai>",
    b'<link rel="canonical" href="/x">', b'<link rel=canonical href="http://[">', b'<link rel="alternate" type="application/rss+xml" href="/feed">',
    b"<base href='http://['>", b"<base href='//other.example/'>", b'<meta name="tdm-reservation" content="1">', b"<style>.a{b:c}</style>",
    b"<script>var a = '2026-01-01'; if (a < b) { c = \"</p>\" }</script>", b"<script>", b"<noscript><p>x</p></noscript>", b"<!--", b"<title>a - b | c</title>",
])  # fmt: skip
HEAD_DATED = st.builds(
    lambda name, text: b'<meta %s content="%s">' % (name, text.encode("utf-8", "replace").replace(b'"', b"")),
    st.sampled_from([b"property=article:published_time", b"name=pubdate", b"itemprop=datePublished", b"property=og:updated_time"]), DATES,
)  # fmt: skip
LINE = st.builds(
    lambda number, words: b"Paragraph %d says: " % number + SENTENCE + words,
    st.integers(0, 10**6),
    grown(WORDS),
)
DATED = st.builds(
    lambda form, text: form % text.encode("utf-8", "replace"),
    st.sampled_from([b"<time datetime='%s'>now</time>", b"<time>%s</time>", b"<span class=date>%s</span>", b"<p>Posted: %s</p>", b"<p>%s</p>",
                     b"<div class=byline>By Ann Lee %s</div>", b"<div itemprop=datePublished>%s</div>"]),
    DATES,
)  # fmt: skip
BLOCK = st.one_of(
    st.builds(lambda form, text: form % text,
              st.sampled_from([b"<p>%s</p>", b"<p>%s", b"<h1>%s</h1>", b"<h2>%s</h2>", b"<li>%s</li>", b"<blockquote><p>%s</p></blockquote>",
                               b"<pre>%s</pre>", b"%s<br>", b"<div class=related><a href=/x>%s</a></div>", b"<aside>%s</aside>", b"<td>%s</td>",
                               b"<table><tr><th>%s</th></tr></table>", b"<div itemscope hidden>%s</div>", b"<figcaption>%s</figcaption>",
                               b"<div class=c><div><a href=/x>read this more of</a><p>%s</p></div></div>", b"<footer>%s</footer>", b"<a href=/rss>%s</a>",
                               b"<span>%s</span>", b"<textarea>%s", b"<svg>%s</svg>", b"<template>%s</template>", b"<math>%s", b"<select><option>%s"]),
              LINE | grown(WORDS)),
    DATED, DATED, st.binary(max_size=20),
)  # fmt: skip
PAGE = st.builds(
    lambda heads, ld, blocks, frame: frame[0] + b"".join(heads) + ld + frame[1] + b"".join(blocks) + frame[2],
    st.lists(grown(HEAD | HEAD_DATED), max_size=5),
    st.just(b"") | LD_WRITTEN.map(lambda text: b'<script type="application/ld+json">%s</script>' % text),
    st.lists(grown(BLOCK), max_size=14),
    st.sampled_from([(b"<html lang=en><head>", b"</head><body><article>", b"</article></body></html>"), (b"", b"", b""),
                     (b"<!doctype html><html><head>", b"<body><div class='main date meta'><div>", b""), (b"<html><head>", b"<p>", b"")]),
)  # fmt: skip
PAGE_TYPES = st.sampled_from(
    [
        "text/html",
        "text/html",
        "text/html; charset=utf-8",
        "text/html; charset=utf-16",
        "",
        "text/plain",
        "text/html; charset=idna",
        "x/\x00",
    ]
)
PAGES = st.builds(Case, damaged(PAGE | PAGE | st.sampled_from(own_pages())), PAGE_TYPES)
ANNOUNCED = Link(URL, FEED, "1", "Small caps", Claim(SEEN - timedelta(days=1), "feed"))


def check_page(case: Case) -> None:
    for offer in offers(case):
        sound_address(offer)
    check_statements(replace(case, content_type="page"))
    with in_time():
        try:
            page = page_of(Capture(URL, URL, SEEN, case.content_type, case.body, link=ANNOUNCED))
        except NarrativeError as error:
            assert str(error).startswith(URL)
            assert "\n" not in str(error)
            assert "cannot be read (" not in str(error), error
            return
    check_article(page.article)
    sound_claim(page.dating.updated, STATED)
    assert page.dating.day is None or 1985 <= page.dating.day.year <= 9999
    assert page.dating.offset is None or abs(page.dating.offset) <= timedelta(hours=15)


def offers(case: Case) -> list[str]:
    with in_time():
        return [offer.url for offer in offers_of(case.body, case.content_type, URL)]


def check_article(article: Article) -> None:
    assert article.text.strip()
    assert len(article.text) <= 2_000_000
    article.text.encode()
    sound_text(article.title, 1000)
    sound_text(article.byline, 160)
    sound_text(article.outlet, 1000)
    sound_address(article.url)
    assert len(article.authors) <= 50
    for name in article.authors:
        sound_text(name, 160)
    sound_claim(article.published, PAGE_ORIGINS)
    for flag in article.flags:
        sound_text(flag, 1000)
        assert re.fullmatch(r"[a-z_]+: .+", flag)
    sound_text(article.stub or "", 1000)
    end = 0
    for start, stop in article.repeats:
        assert end <= start < stop <= len(article.text)
        end = stop
    if len(article.text) <= 20_000:
        check_passages(article)


def check_passages(article: Article) -> None:
    with in_time():
        found = passages(article)
    end = 0
    for passage in found:
        assert end <= passage.span.start < passage.span.end <= len(article.text)
        end = passage.span.end
        for start, stop in passage.sentences:
            assert passage.span.start <= start < stop <= passage.span.end


# --- archives and dumps ----------------------------------------------------------------------------------


@st.composite
def archive(draw: st.DrawFn) -> bytes:
    """A web archive of one or two pages, gzipped or not."""
    bodies = draw(st.lists(st.sampled_from(own_pages()[:3]) | st.binary(max_size=40), min_size=1, max_size=2))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / draw(st.sampled_from(["a.warc", "a.warc.gz"]))
        write_warc(
            path, [Capture(URL, URL, SEEN, "text/html", body, link=ANNOUNCED) for body in bodies], SEEN
        )
        return path.read_bytes()


DUMP = st.lists(
    json_of(["url", "title", "published", "source", "text"]).map(
        lambda row: json.dumps(row).encode("utf-8", "surrogateescape")
    ),
    max_size=6,
).map(b"\n".join)
ARCHIVES = st.builds(Case, damaged(archive()), st.just("warc")) | st.builds(
    Case, damaged(DUMP), st.just("dump")
)


def check_archive(case: Case) -> None:
    with tempfile.TemporaryDirectory() as folder, in_time(), contextlib.suppress(NarrativeError):
        path = Path(folder) / "a"
        path.write_bytes(case.body)
        with PackedFile(path) as file:
            for found in read_warc(file) if case.content_type == "warc" else read_dump(file):
                assert isinstance(found, Capture | DumpRow | LeftOut)
                if isinstance(found, Capture):
                    sound_address(found.final_url)
                    assert len(found.body) <= 10 * 1024 * 1024
                elif isinstance(found, DumpRow):
                    sound_claim(found.published, ("given",))


# --- the tests -------------------------------------------------------------------------------------------

FUZZERS: dict[str, tuple[st.SearchStrategy[Case], Callable[[Case], None]]] = {
    "feeds": (FEEDS, check_feed),
    "sitemaps": (SITEMAPS | SITEMAPS | STATEMENTS, check_sitemap),
    "records": (RECORDS, check_record),
    "dates": (MOMENTS, check_dates),
    "pages": (PAGES, check_page),
}
ALL = {**FUZZERS, "archives": (ARCHIVES, check_archive)}


@pytest.mark.parametrize("name", FUZZERS)
def test_fuzz(name: str, tmp_path: Path) -> None:
    assert fuzzed(name, *FUZZERS[name], BUDGET, tmp_path) > 0


def test_fuzz_archives(tmp_path: Path) -> None:
    assert fuzzed("archives", *ALL["archives"], BUDGET / 6, tmp_path) > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_fuzz_for_long(name: str, tmp_path: Path) -> None:
    assert fuzzed(name, *ALL[name], LONG, tmp_path) > 0


def test_what_is_too_large_is_made() -> None:
    assert len(repeated(b"ab", 10**9)) == LARGEST


if __name__ == "__main__":
    ALL[sys.argv[1]][1](read(Path(sys.argv[2])))
