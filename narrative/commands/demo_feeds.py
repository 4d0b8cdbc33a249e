"""Writes the demo's feeds as the outlets would at a given instant: RSS 2.0, Atom 1.0 and a news sitemap.

The bytes depend on the listed pages and on nothing else, so that an unchanged feed keeps its ETag.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from narrative.commands.demo_map import FeedKind, FeedPlan, Host, Page

CONTENT_TYPES: Mapping[FeedKind, str] = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "sitemap": "application/xml; charset=utf-8",
}
_NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def render_feed(plan: FeedPlan, host: Host, pages: Iterable[Page], now: datetime) -> bytes:
    """Return the feed's XML as UTF-8, its entries in the order of `pages`."""
    lines = _WRITERS[plan.kind](plan, host, tuple(pages), now)
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', *lines, ""]).encode()


def _rss(plan: FeedPlan, host: Host, pages: tuple[Page, ...], now: datetime) -> list[str]:
    built = max((page.modified(now) for page in pages), default=None)
    return [
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/">',
        "<channel>",
        f"<title>{escape(host.outlet)}</title>",
        f"<link>http://{host.name}/</link>",
        f"<description>Latest from {escape(host.outlet)}</description>",
        f'<atom:link href="http://{host.name}{plan.path}" rel="self" type="application/rss+xml"/>',
        "<language>en-us</language>",
        *([f"<lastBuildDate>{format_datetime(built)}</lastBuildDate>"] if built else []),
        *(line for page in pages for line in _rss_item(page, _link(plan, page))),
        "</channel>",
        "</rss>",
    ]


def _rss_item(page: Page, link: str) -> list[str]:
    return [
        "<item>",
        f"<title>{escape(page.title)}</title>",
        f"<link>{escape(link)}</link>",
        f'<guid isPermaLink="false">{_identity(page)}</guid>',
        f"<pubDate>{format_datetime(_announced(page))}</pubDate>",
        f"<dc:creator>{escape(page.author)}</dc:creator>",
        f"<description>{escape(page.summary)}</description>",
        "</item>",
    ]


def _atom(plan: FeedPlan, host: Host, pages: tuple[Page, ...], now: datetime) -> list[str]:
    updated = max((page.modified(now) for page in pages), default=None)
    return [
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en-US">',
        f"<title>{escape(host.outlet)}</title>",
        f"<id>http://{host.name}{plan.path}</id>",
        f'<link rel="self" href="http://{host.name}{plan.path}"/>',
        f'<link rel="alternate" href="http://{host.name}/"/>',
        *([f"<updated>{updated.isoformat()}</updated>"] if updated else []),
        *(line for page in pages for line in _atom_entry(page, _link(plan, page), now)),
        "</feed>",
    ]


def _atom_entry(page: Page, link: str, now: datetime) -> list[str]:
    return [
        "<entry>",
        f"<title>{escape(page.title)}</title>",
        f'<link rel="alternate" type="text/html" href={quoteattr(link)}/>',
        f"<id>{_identity(page)}</id>",
        f"<published>{_announced(page).isoformat()}</published>",
        f"<updated>{max(page.modified(now), _announced(page)).isoformat()}</updated>",
        f"<author><name>{escape(page.author)}</name></author>",
        f"<summary>{escape(page.summary)}</summary>",
        "</entry>",
    ]


def _sitemap(plan: FeedPlan, host: Host, pages: tuple[Page, ...], now: datetime) -> list[str]:
    urls = [line for page in pages for line in _sitemap_url(page, _link(plan, page), host, now)]
    return [f'<urlset xmlns="{_SITEMAP}" xmlns:news="{_NEWS}">', *urls, "</urlset>"]


def _sitemap_url(page: Page, link: str, host: Host, now: datetime) -> list[str]:
    return [
        "<url>",
        f"<loc>{escape(link)}</loc>",
        f"<lastmod>{page.modified(now).isoformat()}</lastmod>",
        "<news:news>",
        f"<news:publication><news:name>{escape(host.outlet)}</news:name>"
        "<news:language>en</news:language></news:publication>",
        f"<news:publication_date>{_announced(page).isoformat()}</news:publication_date>",
        f"<news:title>{escape(page.title)}</news:title>",
        "</news:news>",
        "</url>",
    ]


def _announced(page: Page) -> datetime:
    return page.claims or page.published


def _identity(page: Page) -> str:
    """Return a tag URI: it stays the same when the page changes, and is no address."""
    return escape(f"tag:{page.host},{page.published:%Y-%m-%d}:{page.path}")


def _link(plan: FeedPlan, page: Page) -> str:
    return f"http://{page.host}{page.path}" + (f"?{plan.tracking}" if plan.tracking else "")


_Writer = Callable[[FeedPlan, Host, tuple[Page, ...], datetime], list[str]]
_WRITERS: Mapping[FeedKind, _Writer] = {"rss": _rss, "atom": _atom, "sitemap": _sitemap}
