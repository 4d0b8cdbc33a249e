"""What every kind of feed becomes: a page of links, each with an identity that survives the next poll."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urljoin, urlsplit

from narrative.errors import NarrativeError
from narrative.terms import Claim, Link, content_id

LONGEST_ADDRESS = 8192  # characters; servers take no longer ones
MOST_ENTRIES = 50_000  # of one feed or sitemap: what sitemaps.org allows
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # and halves of pairs, which nothing can store
FeedKind = Literal["rss", "atom", "rdf", "json", "sitemap", "sitemapindex"]


class NotAFeed(NarrativeError):  # noqa: N818 - it names what the bytes are
    """The bytes are no feed: a page, garbage, or a feed cut off before its first entry."""


@dataclass(frozen=True, slots=True)
class FeedPage:
    """A feed as read. An entry without an http address keeps its place with url "".

    `complete` is False when the document ends before its root element does, or holds more than is read; what came before
    is still listed.
    """

    kind: FeedKind
    title: str
    entries: tuple[Link, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Announcement:
    """An entry as one format gives it, before it has an identity."""

    guid: str
    url: str
    title: str
    content: str = ""
    published: Claim | None = None


def links(announcements: Iterable[Announcement], feed: str) -> tuple[Link, ...]:
    """Return the announcements of the feed at `feed` as links, in order.

    An entry is identified by its guid, else its address, else a hash of title and content. A guid that
    stands on entries with different addresses identifies none of them alone: guid and address together do.
    """
    rows = list(announcements)
    addresses: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        addresses[row.guid].add(row.url)
    return tuple(
        Link(
            row.url,
            feed,
            storable(_identity(row, len(addresses[row.guid]) > 1)),
            storable(row.title),
            row.published,
        )
        for row in rows
    )


def storable(text: str) -> str:
    """Return a text without control characters and halves of surrogate pairs."""
    return _CONTROL.sub("", text)


def http_address(address: str, base: str) -> str:
    """Return `address` resolved against `base` when that makes an http(s) address with a host, else "".

    What no address may contain is escaped. One that is longer than any server takes is none.
    """
    address = "".join(address.split())  # addresses are wrapped over lines in the wild
    if not address or max(len(address), len(base)) > LONGEST_ADDRESS:
        return ""
    try:
        resolved = _CONTROL.sub(lambda match: quote(match.group(), errors="replace"), urljoin(base, address))
        parts = urlsplit(resolved)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return ""
    return resolved if usable else ""


def _identity(row: Announcement, shared: bool) -> str:
    if row.guid:
        return content_id("entry", row.guid, row.url) if shared else row.guid
    return row.url or content_id("entry", row.title, row.content)
