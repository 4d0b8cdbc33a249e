"""The reader of feeds: turns what one sends into links.

The only door to feedparser, which is handed bytes and never an address: it must not fetch.
"""

from __future__ import annotations

import html
import io
import re
import xml.sax
from typing import Any

import feedparser

from narrative.crawl.body import DamagedError, TooLargeError, gunzip
from narrative.crawl.dates import feed_claim
from narrative.crawl.feedpage import Announcement, FeedKind, FeedPage, NotAFeed, http_address, links, storable
from narrative.crawl.feedtext import FeedText, UnfitError, fitted, root_name
from narrative.crawl.jsonfeed import parse_json_feed
from narrative.crawl.sitemaps import parse_sitemap
from narrative.terms import Claim

__all__ = ["FeedPage", "NotAFeed", "parse_feed"]

FEED_CAP = 32 * 1024 * 1024  # bytes of a feed once unpacked
_MARK = b"\xef\xbb\xbf"
_ENDS = re.compile(r"</(?:[\w.-]+:)?(?:rss|feed|rdf|channel|html)\s*>|<(?:rss|feed)\b[^<>]*/>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")


def parse_feed(body: bytes, content_type: str, url: str) -> FeedPage:
    """Read what the feed at `url` sent: RSS, Atom, RDF, JSON Feed, a sitemap or an index of them.

    Relative links are resolved against `url`. Raises NotAFeed for a page, garbage, or a feed cut off before
    its first entry; a well-formed feed without entries is a healthy FeedPage. One that goes on for tens of thousands of
    tags is read up to there, and is incomplete.
    """
    if body.startswith(b"\x1f\x8b"):
        body = _unpacked(body, url)
    mark = _MARK if body.startswith(_MARK) else b""
    start = body.removeprefix(_MARK).lstrip()
    if not start:
        raise NotAFeed(f"{url} sent an empty body; try again later")
    if start[:1] in b"{[":
        return parse_json_feed(start, url)
    if root_name(start) in (b"urlset", b"sitemapindex"):
        return parse_sitemap(start, url)
    return _syndication(mark + start, content_type, url)


def _unpacked(body: bytes, url: str) -> bytes:
    try:
        return gunzip(body, FEED_CAP)
    except (DamagedError, TooLargeError) as error:
        raise NotAFeed(
            f"{url} sent a gzip file that cannot be unpacked: {error or 'it is too large'}"
        ) from error


# --- RSS, Atom, RDF --------------------------------------------------------------------------------------


def _syndication(body: bytes, content_type: str, url: str) -> FeedPage:
    try:
        fit = fitted(body, content_type)
    except UnfitError as error:
        raise NotAFeed(f"{url} cannot be read as a feed: {error}") from error
    parsed = _parsed(fit, url)
    if not parsed.get("version"):
        raise NotAFeed(f"{url} is not a feed; open it in a browser and check the feed's address")
    kind = _kind(parsed.version, fit.text)
    rows = [_announcement(entry, kind, url) for entry in parsed.entries if _has_content(entry)]
    malformed = isinstance(parsed.get("bozo_exception"), xml.sax.SAXException)
    if malformed and not rows:
        raise NotAFeed(f"{url} is a feed cut off or broken before its first entry; try again later")
    complete = fit.whole and (not malformed or _ENDS.search(fit.text[-2000:]) is not None)
    title = storable(_plain(parsed.feed.get("title_detail")))
    return FeedPage(kind, title, links(rows, url), complete)


def _parsed(fit: FeedText, url: str) -> Any:
    # Without a base address feedparser leaves relative ids alone; links are resolved in _announcement.
    try:
        return feedparser.parse(
            io.BytesIO(fit.text.encode()),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # on garbage its loose parser lets nearly any error through
        raise NotAFeed(f"{url} cannot be read as a feed ({type(error).__name__})") from error


def _kind(version: str, text: str) -> FeedKind:
    if version.startswith("atom"):
        return "atom"
    return "rdf" if version in ("rss090", "rss10") or "<rdf:RDF" in text[:4000] else "rss"


def _has_content(entry: dict[str, Any]) -> bool:
    """Tell a real entry from the hollow ones that items inside items and cut-off items leave."""
    return any(entry.get(key) for key in ("title", "link", "id", "summary", "content", "published", "links"))


def _announcement(entry: dict[str, Any], kind: FeedKind, url: str) -> Announcement:
    return Announcement(
        guid=str(entry.get("id") or "").strip(),
        url=http_address(entry.get("link") or "", url),
        title=_plain(entry.get("title_detail")),
        content=str(entry.get("summary") or ""),
        published=_published(entry, kind),
    )


def _published(entry: dict[str, Any], kind: FeedKind) -> Claim | None:
    """Return the publication claim; feedparser files Dublin Core's date under `updated`.

    Its own reading of dates is left alone: what a date lacks it takes from the machine's clock and zone.
    """
    for key in ("published",) if kind == "atom" else ("published", "updated"):
        if (text := dict.get(entry, key)) and (claim := feed_claim(text)):
            return claim
    return None


def _plain(detail: dict[str, Any] | None) -> str:
    """Return a title without tags and entities, white space folded."""
    if not detail:
        return ""
    value = str(detail.get("value") or "")
    if detail.get("type") != "text/plain":
        value = html.unescape(_TAG.sub("", _uncommented(value)))
    return " ".join(value.split())


def _uncommented(value: str) -> str:
    """Markup without comments; one that is never closed is none."""
    pieces = value.split("<!--")
    out = pieces[:1]
    for number, piece in enumerate(pieces[1:], 1):
        _, closing, rest = piece.partition("-->")
        if not closing:
            return "<!--".join(["".join(out), *pieces[number:]])
        out.append(rest)
    return "".join(out)
