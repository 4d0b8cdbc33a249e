"""Finds the feeds of a site from one of its pages, and looks at a feed once.

In this order, ending at the first that gives something: the address is a feed itself, the page announces
feeds (`<link rel="alternate">`), it links to some or to a page that lists them, robots.txt names a news
sitemap, and as a last resort the usual addresses, one at a time.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from itertools import islice
from typing import Literal
from urllib.parse import unquote, urljoin, urlsplit

from lxml import etree

from narrative.crawl.canonical import canonical_url
from narrative.crawl.feedpage import FeedKind, FeedPage, NotAFeed, http_address
from narrative.crawl.feeds import parse_feed
from narrative.crawl.fetch import Fetcher
from narrative.crawl.rows import Fetch, Outcome
from narrative.crawl.webpage import page_tree
from narrative.errors import NarrativeError
from narrative.terms import Link

EntryKind = Literal["rss", "atom", "rdf", "json", "sitemap"]

USUAL_PATHS = ("/feed/", "/rss.xml", "/feed.xml", "/atom.xml", "/rss", "/index.xml", "/news-sitemap.xml")
_MOST_SITEMAPS = 5  # asked for while looking for a news sitemap
_MOST_PARTS = 3  # of a sitemap index, asked for until one lists a page
_MOST_LINKS, _MOST_PIECES = 20_000, 20  # links of a page, and pieces of a link's text, that are looked at
_OPENING = 4096  # bytes in which a page shows that it is HTML
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_KINDS = {
    "application/rss+xml": "rss",
    "application/x-rss+xml": "rss",
    "application/atom+xml": "atom",
    "application/x.atom+xml": "atom",
    "application/rdf+xml": "rdf",
    "application/feed+json": "json",
}
_LOOSE_TYPES = ("application/json", "application/xml", "text/xml", "")  # a feed only if the address looks it
_FEED_PATH = re.compile(
    r"(?:\.(?:rss|atom|rdf)|/(?:rss2?|atom|rdf|feed)(?:\.(?:xml|json|php|aspx))?"
    r"|[/_-](?:rss|feed|atom|index)\.xml)/?$",
    re.IGNORECASE,
)
_FEED_QUERY = re.compile(r"(?:^|&)(?:feed|format|type|output|alt)=(?:rss2?|atom|rdf)(?:&|$)", re.IGNORECASE)
_FEED_WORDS = re.compile(r"(?:rss|atom|xml|json)(?: 2\.0)?(?: feed)?", re.IGNORECASE)
_WEB_PAGE = re.compile(r"\.x?html?$", re.IGNORECASE)
_COMMENTS = re.compile(r"^comments\b|\bcomments feed$", re.IGNORECASE)
_SITEMAP_LINE = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*([^\s#]\S*)", re.IGNORECASE | re.MULTILINE)
_SITE_NAMES = ("og:site_name", "application-name")
_SILENT: tuple[Outcome, ...] = ("blocked", "busy", "timeout", "network", "address")  # asking on is no use
_ANSWERS = {
    404: "nothing is there",
    410: "the publisher has retired it",
    **dict.fromkeys((401, 403, 451), "the publisher refuses to send it"),
    **dict.fromkeys((429, 503), "the site asks for a pause"),
}


@dataclass(frozen=True, slots=True)
class Trial:
    """One look at a feed. `trouble` says why it does not work, "" when it does; `remark` what else to know."""

    url: str
    final_url: str
    kind: FeedKind | None = None
    title: str = ""
    entries: tuple[Link, ...] = ()
    trouble: str = ""
    remark: str = ""

    @property
    def listed_kind(self) -> EntryKind:
        """The kind under which a list of feeds has it; an index of sitemaps counts as one."""
        return "sitemap" if self.kind is None or self.kind == "sitemapindex" else self.kind

    @property
    def newest(self) -> Link | None:
        """The entry published last, None when no entry says when it was."""
        dated = [entry for entry in self.entries if entry.published is not None]
        return max(dated, key=_published, default=None)


@dataclass(frozen=True, slots=True)
class Offer:
    """A feed that a page offers, not asked for yet; `title` and `kind` are "" when the page does not say."""

    url: str
    title: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found, best first. `trial` is there when the feed was looked at to find it."""

    offers: tuple[Offer, ...]
    how: str  # in words: "announced by the page"
    site: str = ""  # what the page calls the site
    trial: Trial | None = None


def discover(url: str, fetcher: Fetcher) -> Discovery:
    """Return the feeds to be had from the page or feed at `url`.

    Raises NarrativeError when it cannot be had, when it is neither a page nor a whole feed, and when nothing
    was found.
    """
    fetch = fetcher.get(url, expected="feed")
    trial = _tried(fetch, fetcher)
    if not trial.trouble:
        return _looked_at(trial, "at the address itself")
    if fetch.outcome != "ok" or not _is_web_page(fetch):
        raise NarrativeError(_with_address(url, trial.trouble))
    root = page_tree(fetch.body, fetch.content_type)
    if announced := _announced(root, fetch.final_url):
        found = Discovery(announced, "announced by the page")
    elif linked := _linked(root, fetch.final_url):
        found = _followed(linked, fetcher)
    else:
        found = _searched(fetch.final_url, fetcher)
    return replace(found, site="" if root is None else _site_name(root))


def try_feed(url: str, fetcher: Fetcher) -> Trial:
    """Ask for a feed once and say what came; of a sitemap index its first parts too. Never raises."""
    return _tried(fetcher.get(url, expected="feed"), fetcher)


def offers_of(body: bytes, content_type: str, url: str) -> tuple[Offer, ...]:
    """Return the feeds that the web page at `url` announces, else those it links to; never raises.

    They come in the page's order. A feed of readers' comments is left out when there is another.
    """
    root = page_tree(body, content_type)
    return _announced(root, url) or _linked(root, url)


# --- a look at a feed ------------------------------------------------------------------------------------


def _tried(fetch: Fetch, fetcher: Fetcher) -> Trial:
    page, trouble = _read(fetch)
    if page is None:
        return Trial(fetch.url, fetch.final_url, trouble=trouble)
    moved = canonical_url(fetch.url) != canonical_url(fetch.final_url)
    address = f"the site answers from {fetch.final_url}" if moved else ""
    remark = _joined(address, "" if page.complete else "cut off before its end")
    trial = Trial(fetch.url, fetch.final_url, page.kind, page.title, page.entries, remark=remark)
    return _through_parts(trial, fetcher) if page.kind == "sitemapindex" else trial


def _through_parts(index: Trial, fetcher: Fetcher) -> Trial:
    """Return the trial of an index of sitemaps with the entries of its first part that has some."""
    parts = list(dict.fromkeys(entry.url for entry in index.entries))
    trouble = ""
    for part in parts[:_MOST_PARTS]:
        page, failure = _read(fetcher.get(part, expected="feed"))
        if page is not None and page.kind == "sitemap" and page.entries:
            remark = _joined(index.remark, f"{len(parts)} sitemaps; the entries are those of {part}")
            return replace(index, entries=page.entries, remark=remark)
        trouble = trouble or (failure and f"its sitemap {_with_address(part, failure)}")
    return replace(index, entries=(), trouble=trouble)


def _read(fetch: Fetch) -> tuple[FeedPage | None, str]:
    """Return what an answer holds, and in words why it is nothing."""
    if fetch.outcome != "ok":
        words = _ANSWERS.get(fetch.status or 0, "the site has a fault" if (fetch.status or 0) >= 500 else "")
        return None, f"{words} ({fetch.note})" if words else fetch.note
    try:
        return parse_feed(fetch.body, fetch.content_type, fetch.final_url), ""
    except NotAFeed as error:
        return None, str(error)


def _published(entry: Link) -> datetime:
    """Return when a dated entry was published; a day counts from its midnight."""
    value = entry.published.value if entry.published else datetime.min.replace(tzinfo=UTC)
    return value if isinstance(value, datetime) else datetime.combine(value, time(), UTC)


def _looked_at(trial: Trial, how: str) -> Discovery:
    return Discovery((Offer(trial.url, trial.title, trial.kind or ""),), how, trial=trial)


def _joined(*remarks: str) -> str:
    return "; ".join(filter(None, remarks))


def _with_address(url: str, trouble: str) -> str:
    return trouble if trouble.startswith(url) else f"{url}: {trouble}"


# --- what a page offers ----------------------------------------------------------------------------------


def _is_web_page(fetch: Fetch) -> bool:
    return "html" in fetch.content_type.lower() or _HTML.search(fetch.body[:_OPENING]) is not None


def _announced(root: etree._Element | None, url: str) -> tuple[Offer, ...]:
    offers = []
    for node, address in _addresses(root, "link", url):
        relations = (node.get("rel") or "").lower().split()
        kind = (node.get("type") or "").partition(";")[0].strip().lower()
        fits = kind in _KINDS or (kind in _LOOSE_TYPES and _looks_like_a_feed(address))
        if "feed" in relations or ("alternate" in relations and fits):
            offers.append(Offer(address, _folded(node.get("title") or ""), _KINDS.get(kind, "")))
    return _distinct(offers)


def _linked(root: etree._Element | None, url: str) -> tuple[Offer, ...]:
    """Return the feeds that `<a>` leads to; a link to a reader service carries another address inside its own."""
    offers = []
    for node, address in _addresses(root, "a", url):
        words = _folded("".join(islice(node.itertext(), _MOST_PIECES)) or node.get("title") or "")
        named = _FEED_WORDS.fullmatch(words) is not None and not _WEB_PAGE.search(urlsplit(address).path)
        carried = "://" in unquote(address.partition("://")[2])
        if (named or _looks_like_a_feed(address)) and not carried:
            offers.append(Offer(address, words))
    return _distinct(offers)


def _addresses(root: etree._Element | None, tag: str, url: str) -> Iterator[tuple[etree._Element, str]]:
    """Yield the elements of that name whose `href` makes a web address, with that address."""
    if root is None:
        return
    base = next((http_address(node.get("href") or "", url) for node in root.iter("base")), "") or url
    for node in islice(root.iter(tag), _MOST_LINKS):
        if address := http_address(node.get("href") or "", base):
            yield node, address


def _looks_like_a_feed(address: str) -> bool:
    parts = urlsplit(address)
    return bool(_FEED_PATH.search(parts.path) or _FEED_QUERY.search(parts.query))


def _distinct(offers: Iterable[Offer]) -> tuple[Offer, ...]:
    kept: dict[str, Offer] = {}
    for offer in offers:
        kept.setdefault(canonical_url(offer.url), offer)
    about_news = [offer for offer in kept.values() if not _is_of_comments(offer)]
    return tuple(about_news or kept.values())


def _is_of_comments(offer: Offer) -> bool:
    return "/comments/" in urlsplit(offer.url).path or _COMMENTS.search(offer.title) is not None


def _site_name(root: etree._Element) -> str:
    rows = [(node.get("property") or node.get("name"), node.get("content")) for node in root.iter("meta")]
    return next((_folded(text) for key in _SITE_NAMES for name, text in rows if name == key and text), "")


def _folded(text: str) -> str:
    return " ".join(text.split())


# --- further away than the page ----------------------------------------------------------------------------


def _followed(linked: tuple[Offer, ...], fetcher: Fetcher) -> Discovery:
    """Return the links; a single one is looked at, because it may lead to a page that lists the site's feeds."""
    how = "linked from the page"
    if len(linked) > 1:
        return Discovery(linked, how)
    fetch = fetcher.get(linked[0].url, expected="feed")
    trial = _tried(fetch, fetcher)
    if trial.trouble and fetch.outcome == "ok" and _is_web_page(fetch):
        there = offers_of(fetch.body, fetch.content_type, fetch.final_url)
        own = canonical_url(fetch.final_url)
        if listed := tuple(offer for offer in there if canonical_url(offer.url) != own):
            return Discovery(listed, f"listed at {fetch.final_url}")
    return Discovery(linked, how, trial=trial)


def _searched(url: str, fetcher: Fetcher) -> Discovery:
    """Return the news sitemap that robots.txt names, else a feed at a usual address. Raises NarrativeError."""
    sitemap = _news_sitemap(url, fetcher)
    if sitemap is not None:
        return _looked_at(sitemap, "a news sitemap named in robots.txt")
    for path in USUAL_PATHS:
        address = urljoin(url, path)
        fetch = fetcher.get(address, expected="feed")
        trial = _tried(fetch, fetcher)
        if trial.entries:
            return _looked_at(trial, "at a usual address, which the page does not mention")
        if fetch.outcome in _SILENT:
            raise NarrativeError(f"{_with_address(address, trial.trouble)}; the search ended there")
    raise NarrativeError(
        f"{url}: no feed found. The page announces none and links to none, robots.txt names no news sitemap, "
        f"and the {len(USUAL_PATHS)} usual addresses have none; give the address of the feed itself"
    )


def _news_sitemap(url: str, fetcher: Fetcher) -> Trial | None:
    """Return the first sitemap of news: half its entries or more say when they were published."""
    robots = urljoin(url, "/robots.txt")
    fetch = fetcher.get(robots, expected="robots")
    named = _SITEMAP_LINE.findall(fetch.body.decode("utf-8", "replace"))
    addresses = dict.fromkeys(filter(None, (http_address(line, robots) for line in named)))
    waiting = deque(sorted(addresses, key=lambda address: not _names_news(address)))
    asked = 0
    while waiting and asked < _MOST_SITEMAPS:
        asked += 1
        answer = fetcher.get(waiting.popleft(), expected="feed")
        page, _trouble = _read(answer)
        if page is not None and page.kind == "sitemapindex" and not _names_news(answer.url):
            waiting.extendleft(entry.url for entry in reversed(page.entries) if _names_news(entry.url))
            continue
        trial = _tried(answer, fetcher)
        dated = sum(entry.published is not None for entry in trial.entries)
        if dated and 2 * dated >= len(trial.entries):
            return trial
    return None


def _names_news(address: str) -> bool:
    return "news" in urlsplit(address).path.lower()
