"""What a page says of itself to machines: JSON-LD, meta tags, the address it calls canonical."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urljoin, urlsplit

from narrative.read.bounds import cleaned

_KINDS = re.compile(r"(?:.*Article|.*Posting|Report)$")
_DATE_TAGS = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "article.published",
    "publish-date",
    "publication_date",
    "published-date",
    "pubdate",
    "dc.date.issued",
    "dcterms.created",
    "cxenseparse:recs:publishtime",
)
_UPDATE_TAGS = (
    "article:modified_time",
    "og:article:modified_time",
    "og:updated_time",
    "datemodified",
    "last-modified",
    "dcterms.modified",
)
_MAX_DEPTH = 12
_MAX_LEVELS = 40  # lists and objects inside one another, whatever they are
_MOST_ARTICLES = 1_000  # that one JSON-LD record describes
_MOST_AUTHORS = 50
_MOST_WORDS = 1_000  # characters of a fact that is not a body
_LONGEST_ADDRESS = 8_192  # characters
#: how pages hide JSON from old browsers
_OPENINGS = ("<!--", "/*<![CDATA[*/", "//<![CDATA[", "<![CDATA[")
_CLOSINGS = ("-->", "/*]]>*/", "//]]>", "]]>")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?=$|[-_])")
_UNSAFE = re.compile(r"[\x00-\x20\x7f]")


@dataclass(frozen=True, slots=True)
class PageFacts:
    """Structured facts of one page; empty text and None where the page is silent."""

    headline: str = ""
    published: str = ""  # as stated in JSON-LD
    meta_published: str = ""  # as stated in a meta tag or a <time> of the article's head
    modified: str = ""  # of the last update, as stated in JSON-LD
    meta_modified: str = ""
    authors: tuple[str, ...] = ()
    body: str = ""
    word_count: int | None = None
    free: bool | None = None
    canonical: str = ""
    language: str = ""
    outlet: str = ""
    byline: str = ""
    heading: str = ""  # of the page's only <h1>


def facts_of(tree: Any, url: str) -> PageFacts:
    """Read the structured facts of a parsed page (an lxml element). Broken JSON is passed over."""
    article = _main_article(tree)
    meta = _meta(tree)
    author = article.get("author")
    return PageFacts(
        headline=_short(_text(article.get("headline"))) or _short(meta.get("og:title", "")),
        published=_text(article.get("datePublished")),
        meta_published=next((meta[tag] for tag in _DATE_TAGS if meta.get(tag)), ""),
        modified=_text(article.get("dateModified")),
        meta_modified=next((meta[tag] for tag in _UPDATE_TAGS if meta.get(tag)), ""),
        authors=tuple(dict.fromkeys(islice(_names(author), _MOST_AUTHORS))),
        body=_text(article.get("articleBody")),
        word_count=_count(article.get("wordCount")),
        free=_free(article.get("isAccessibleForFree")),
        canonical=_canonical(tree, url),
        language=_language(str(tree.get("lang") or "").strip()),
        outlet=_short(meta.get("og:site_name", "")),
        byline=_byline(tree),
        heading=_heading(tree),
    )


def page_words(tree: Any) -> str:
    """Return all that a page prints, scripts and styles left out, white space collapsed."""
    pieces = tree.xpath(
        "//body//text()[not(parent::script or parent::style or parent::noscript or parent::template)]"
    )
    return " ".join(" ".join(pieces).split())


def _main_article(tree: Any) -> dict[str, Any]:
    """The page's own article among all that JSON-LD describes: not one of a list of links, else the first."""
    found = [
        (depth, index, node)
        for index, script in enumerate(tree.xpath("//script[contains(@type, 'ld+json')]"))
        for depth, node in islice(_articles(_loads(script.text or "")), _MOST_ARTICLES)
    ]
    found.sort(key=lambda entry: (entry[0], not entry[2].get("datePublished"), entry[1]))
    return found[0][2] if found else {}


def _articles(node: Any, depth: int = 0, level: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
    if depth > _MAX_DEPTH or level > _MAX_LEVELS:
        return
    if isinstance(node, list):
        for item in node:
            if isinstance(item, dict | list):
                yield from _articles(item, depth, level + 1)
    elif isinstance(node, dict):
        kinds = node.get("@type")
        if any(
            isinstance(kind, str) and _KINDS.match(kind)
            for kind in (kinds if isinstance(kinds, list) else [kinds])
        ):
            yield depth, node
        for key, value in node.items():
            if isinstance(value, dict | list):
                inner = depth + (0 if key in ("@graph", "mainEntity") else 1)
                yield from _articles(value, inner, level + 1)


def _loads(text: str) -> Any:
    """Parse JSON as pages write it: with raw line breaks, in a comment or CDATA, with trailing commas."""
    text = text.strip()
    for opening in _OPENINGS:
        text = text.removeprefix(opening)
    text = text.strip().rstrip("; \t\r\n")
    for closing in _CLOSINGS:
        text = text.removesuffix(closing)
    text = text.strip().rstrip(";")
    for attempt in (text, re.sub(r",\s*([}\]])", r"\1", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _meta(tree: Any) -> dict[str, str]:
    out: dict[str, str] = {}
    for tag in tree.xpath("//meta[@content]"):
        for attribute in ("property", "name", "itemprop"):
            if key := tag.get(attribute):
                out.setdefault(key.strip().lower(), " ".join(tag.get("content").split()))
    if "datepublished" not in out:
        for tag in tree.xpath("//time[@datetime and (@itemprop='datePublished' or @pubdate)]")[:1]:
            out["datepublished"] = tag.get("datetime")
    return out


def _canonical(tree: Any, url: str) -> str:
    """The canonical address, when it lies on the same site; without fragment."""
    own = urlsplit(url)
    for href in tree.xpath("//link[@rel='canonical']/@href")[:1]:
        try:
            said = urlsplit(urljoin(url, href.strip()))
        except ValueError:
            continue
        same = _site(said.hostname) == _site(own.hostname) and said.scheme in ("http", "https")
        if len(href) > _LONGEST_ADDRESS or _UNSAFE.search(said.geturl()):
            continue
        if same and (said.path not in ("", "/") or own.path in ("", "/")):
            return str(said._replace(fragment="").geturl())
    return str(own._replace(fragment="").geturl())


def _site(host: str | None) -> str:
    return ".".join((host or "").lower().removeprefix("www.").split(".")[-2:])


def _byline(tree: Any) -> str:
    for node in tree.xpath(
        "//*[@rel='author' or @itemprop='author' or contains(@class, 'byline') or contains(@class, 'author')]"
    )[:8]:
        words = " ".join(" ".join(node.itertext()).split())
        if 2 <= len(words) <= 160 and words[0].isalpha():
            return words
    return ""


def _heading(tree: Any) -> str:
    each = (" ".join(" ".join(node.itertext()).split()) for node in tree.xpath("//h1"))
    found = list(islice(filter(None, each), 2))
    return found[0] if len(found) == 1 and len(found[0].split()) >= 4 and len(found[0]) <= 250 else ""


def _names(author: Any, level: int = 0) -> Iterator[str]:
    if level > _MAX_LEVELS:
        return
    if isinstance(author, list):
        for one in author:
            yield from _names(one, level + 1)
    elif isinstance(author, dict):
        yield from _names(author.get("name"), level + 1)
    elif isinstance(author, str) and len(author) <= _MOST_WORDS:
        name = " ".join(cleaned(html.unescape(author)).split())
        if flipped := re.fullmatch(r"([\w'’-]+),\s([\w.'’ -]+)", name):
            name = f"{flipped.group(2)} {flipped.group(1)}"
        if name and "http" not in name and len(name) <= 60:
            yield name


def _text(value: Any) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    return cleaned(html.unescape(value)).strip() if isinstance(value, str) else ""


def _short(text: str) -> str:
    """A fact of a line or less; one that goes on for pages is none."""
    return text if len(text) <= _MOST_WORDS else ""


def _count(value: Any) -> int | None:
    digits = re.sub(r"[,\s]", "", str(value)) if isinstance(value, str | int | float) else ""
    return int(digits) if digits.isdecimal() and len(digits) < 7 else None


def _free(value: Any) -> bool | None:
    return (
        str(value).strip().lower() not in ("false", "no", "0")
        if isinstance(value, str | int | float)
        else None
    )


def _language(stated: str) -> str:
    match = _LANGUAGE.match(stated)
    return match.group().lower() if match else ""
