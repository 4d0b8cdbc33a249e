"""Sitemaps, news sitemaps and sitemap indexes (sitemaps.org), read without document types or entities."""

from __future__ import annotations

import html
import re
from itertools import islice

from lxml import etree

from narrative.crawl.dates import feed_claim
from narrative.crawl.feedpage import MOST_ENTRIES, Announcement, FeedPage, NotAFeed, http_address, links

_ENDED = re.compile(
    rb"(?:</(?:[\w.-]+:)?(?:urlset|sitemapindex)\s*>|<(?:[\w.-]+:)?(?:urlset|sitemapindex)\b[^<>]*/>)"
    rb"(?:\s|<!--(?:(?!-->).)*-->)*\Z",
    re.DOTALL,
)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_MOST_PARTS = 20  # elements inside a row that are looked at


def parse_sitemap(body: bytes, url: str) -> FeedPage:
    """Read a sitemap at `url`; kind is "sitemap" or "sitemapindex".

    `<news:publication_date>` becomes the publication time; `<lastmod>` does not, because it says when a
    page changed. Addresses that are not http(s) are dropped. One with more rows than the standard allows is read up to
    there, and is incomplete. Raises NotAFeed for another document, one that declares a document type, and one in which
    nothing could be read.
    """
    root = _root(body, url)
    kind = _local(root)
    if kind not in ("urlset", "sitemapindex"):
        raise NotAFeed(f"{url} is not a sitemap but <{kind}>; check the feed's address")
    found = _children(root, "url" if kind == "urlset" else "sitemap", MOST_ENTRIES)
    rows = [row for row in map(_announcement, found) if row.url]
    complete = len(root) <= MOST_ENTRIES and _ENDED.search(body[-2000:]) is not None
    if not rows and not complete:
        raise NotAFeed(f"{url} is a sitemap cut off before its first address; try again later")
    return FeedPage("sitemap" if kind == "urlset" else "sitemapindex", "", links(rows, url), complete)


def _root(body: bytes, url: str) -> etree._Element:
    parser = etree.XMLParser(
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
    )
    try:
        root = etree.fromstring(body.lstrip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotAFeed(f"{url} is not XML: {error}") from error
    if root is None:
        raise NotAFeed(f"{url} is not XML; check the feed's address")
    if root.getroottree().docinfo.internalDTD is not None:
        raise NotAFeed(f"{url} declares a document type, which no sitemap needs; it is refused")
    return root


def _announcement(row: etree._Element) -> Announcement:
    address = http_address(_text(row, "loc"), "")
    title = html.unescape(_TAG.sub("", _text(row, "title")))
    return Announcement(
        "", address, " ".join(title.split()), published=feed_claim(_text(row, "publication_date"))
    )


def _text(row: etree._Element, name: str) -> str:
    """Return the text of the first such child, of the row itself or of its `<news:news>`."""
    for parent in (row, *_children(row, "news")):
        for child in _children(parent, name):
            return "".join(islice(child.itertext(with_tail=False), _MOST_PARTS))
    return ""


def _children(parent: etree._Element, name: str, most: int = _MOST_PARTS) -> list[etree._Element]:
    return [child for child in islice(parent, most) if isinstance(child.tag, str) and _local(child) == name]


def _local(node: etree._Element) -> str:
    return str(node.tag).rpartition("}")[2].rpartition(":")[2]
