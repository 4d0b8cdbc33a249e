"""JSON Feed (jsonfeed.org, versions 1 and 1.1), tolerant of wrong types in every field."""

from __future__ import annotations

import json
from typing import Any

from narrative.crawl.dates import feed_claim
from narrative.crawl.feedpage import (
    MOST_ENTRIES,
    Announcement,
    FeedPage,
    NotAFeed,
    http_address,
    links,
    storable,
)


def parse_json_feed(body: bytes, url: str) -> FeedPage:
    """Read a JSON Feed at `url`; one with more items than any feed has is read up to there, and is incomplete.

    Raises NotAFeed for what is no JSON, or JSON without a list of items.
    """
    try:
        document = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        raise NotAFeed(f"{url} is not readable JSON: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        raise NotAFeed(f"{url} is JSON without a list of items, not a JSON Feed; check the feed's address")
    items = document["items"]
    rows = [_announcement(item, url) for item in items[:MOST_ENTRIES] if isinstance(item, dict)]
    title = storable(_words(document.get("title")))
    return FeedPage("json", title, links(rows, url), complete=len(items) <= MOST_ENTRIES)


def _announcement(item: dict[str, Any], url: str) -> Announcement:
    addresses = (http_address(_words(item.get(key)), url) for key in ("url", "external_url"))
    content = (
        _words(item.get("content_text")) or _words(item.get("content_html")) or _words(item.get("summary"))
    )
    published = feed_claim(_words(item.get("date_published")))
    return Announcement(
        _guid(item.get("id")),
        next(filter(None, addresses), ""),
        _words(item.get("title")),
        content,
        published,
    )


def _guid(value: object) -> str:
    """Return an id as text; the standard asks readers to accept numbers too."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return str(value).strip()


def _words(value: object) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""
