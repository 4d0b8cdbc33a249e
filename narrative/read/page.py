"""From bytes to text: one page becomes one Article. The only door to trafilatura and htmldate.

Both are imported on first use, since they are heavy and the answer path needs neither. The text comes from
trafilatura, tables included; what it loses is noticed by the page's own word count and fetched back. Titles,
authors and dates come from what the page tells machines, then from trafilatura and htmldate.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from narrative.errors import NarrativeError
from narrative.read.dates import chosen, doubts, relative, stated
from narrative.read.junk import is_control
from narrative.read.language import is_english
from narrative.read.metadata import PageFacts, facts_of
from narrative.read.repeats import repeated_bodies
from narrative.terms import Article, Capture, Claim, content_id

_BINARY = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"RIFF",
    b"\x00\x00\x00",
    b"BZh",
    b"\x7fELF",
)
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset=["']?\s*([\w.:-]+)""", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffd\ufffe\uffff\ud800-\udfff]")
_LINE = re.compile(r"[^\r\n]+")
_WALL = re.compile(
    r"(?i)\b(?:subscribe (?:now )?to (?:continue|keep|read)|(?:to )?(?:continue|keep) reading|already a subscriber|already have an account"
    r"|for subscribers only|subscriber[- ]only|subscribers? (?:only|exclusive)|to (?:read|access|unlock) (?:the|this) (?:full|whole|rest|article|story)"
    r"|(?:sign|log) in to (?:read|continue)|become a (?:member|subscriber)|start your (?:free )?(?:trial|subscription)|remaining free articles"
    r"|create a free account to|register to (?:read|continue)|unlock this article|premium content|full access)\b"
)
_SHORT = 40  # words: hardly an article
_TEASER = 220  # words: a wall's words on a page with fewer make it a teaser
_SHARE_SHOWN = 0.35  # of the words a page states, below which it shows only a teaser
_SHARE_KEPT = 0.6  # of the words a page states, below which the extraction is doubted
_BYLINE = re.compile(
    r"(?:By|by|BY)\s+(?P<names>[A-Z][\w.'’-]+(?:\s(?:and\s)?(?:[A-Z][\w'’-]*?\.?)){0,6}?)(?=Published|Updated|Posted|\s*(?:[,|·•–—(]|\d|Published|Updated|Posted|$))"
)
_SUFFIX = re.compile(r"\s(?:\||–|—|::|»|·)\s[^|–—»·]{2,40}$|\s-\s(?=[^-]{2,40}$)[A-Z][^-]*$")


class _Extract(NamedTuple):
    """What trafilatura gives: text, title and authors."""

    text: str
    title: str
    authors: tuple[str, ...]


def article_of(capture: Capture) -> Article:
    """Read a captured page into an Article; `available_at` is when it was fetched.

    Raises NarrativeError, in one line, for a body that is empty, no text at all, or without an article's
    text.
    """
    name = capture.final_url or capture.url or "the page"
    markup = _decoded(capture.body, capture.content_type, name)
    if "html" not in capture.content_type and not re.search(
        r"(?i)<(?:!doctype|html|head|body|p|div|article)\b", markup[:20_000]
    ):
        return article_of_text(
            markup,
            path=name,
            url=name,
            outlet=capture.outlet,
            published=_feed_claim(capture),
            available_at=capture.fetched_at,
        )
    try:
        tree = _tree(markup)
        facts = facts_of(tree, name)
        extract = _extracted(markup, name, facts)
        found = _found_date(tree, name, capture.fetched_at)
    except NarrativeError:
        raise
    except Exception as error:
        raise NarrativeError(f"{name}: the page cannot be read ({type(error).__name__})") from error
    if not extract.text.strip():
        raise NarrativeError(f"{name}: no article text found on the page")
    return _article(capture, facts, extract, found, _near_top(tree))


def article_of_text(
    text: str,
    *,
    path: str = "",
    url: str = "",
    title: str = "",
    outlet: str = "",
    published: Claim | None = None,
    available_at: datetime | None = None,
) -> Article:
    """Make an Article of a text as it stands: `Article.text` equals `text`, offsets are into it.

    Without a title, the first line that can be a headline is it. Raises NarrativeError for a text that is
    empty or binary.
    """
    name = path or url or "the text"
    if not text.strip():
        raise NarrativeError(f"{name}: nothing to read, the text is empty")
    if len(_CONTROL.findall(text[:20_000])) > 0.02 * len(text[:20_000]):
        raise NarrativeError(f"{name}: not a readable text; give a UTF-8 text file or an HTML page")
    lines = [match.group().strip() for match in _LINE.finditer(text) if match.group().strip()][:12]
    claims = [published] if published else []
    if not claims and available_at and (ago := _relative_line(lines, available_at)):
        claims = [ago]
    byline = next((line for line in lines if len(line) <= 160 and _BYLINE.match(line)), "")
    best = chosen(claims)
    return Article(
        id=content_id("article", url, text),
        url=url,
        outlet=outlet,
        title=title or _headline(lines),
        text=text,
        authors=_bylined(byline),
        byline=byline,
        published=best,
        available_at=available_at,
        language="en" if is_english(text) else "und",
        stub=_stub(text, None),
        flags=(*doubts(claims, best, available_at), *_length_flags(text)),
        repeats=repeated_bodies(text),
    )


def _article(
    capture: Capture, facts: PageFacts, extract: _Extract, found: Claim | None, top: Sequence[str]
) -> Article:
    claims = [
        claim
        for claim in (
            stated(facts.published, "json-ld"),
            stated(facts.meta_published, "meta"),
            found,
            _feed_claim(capture),
        )
        if claim
    ]
    if not claims and (ago := _relative_line(top, capture.fetched_at)):
        claims = [ago]
    best = chosen(claims)
    text = extract.text
    english = is_english(text)
    return Article(
        id=content_id("article", facts.canonical, text),
        url=facts.canonical,
        outlet=capture.outlet or facts.outlet,
        title=_title(facts, extract, capture),
        text=text,
        authors=_authors(facts, extract),
        byline=facts.byline,
        published=best,
        available_at=capture.fetched_at,
        language="en" if english else (facts.language if facts.language not in ("", "en") else "und"),
        stub=_stub(text, facts),
        flags=(*doubts(claims, best, capture.fetched_at), *_length_flags(text)),
        repeats=repeated_bodies(text),
    )


# --- bytes and markup ------------------------------------------------------------------------------------


def _decoded(body: bytes, content_type: str, name: str) -> str:
    """Decode a body by its mark, its header, its own declaration, UTF-8, Windows-1252, in this order of trust."""
    if not body.strip():
        raise NarrativeError(f"{name}: the page is empty")
    if body.startswith(_BINARY) or (
        body[:4096].count(0) > 8 and not body.startswith((b"\xff\xfe", b"\xfe\xff"))
    ):
        raise NarrativeError(
            f"{name}: not a web page but a binary file ({content_type or 'no content type'})"
        )
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace")
    header = _HEADER_CHARSET.search(content_type)
    declared = _CHARSET.search(body[:4096])
    names = [
        header.group(1) if header else "",
        declared.group(1).decode("ascii", "replace") if declared else "",
        "utf-8-sig",
    ]
    for encoding in filter(None, names):
        try:
            return _cleaned(body.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding))
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return _cleaned(body.decode("cp1252", "replace"))


def _cleaned(text: str) -> str:
    return _CONTROL.sub(lambda match: "" if match.group() != "\ufffd" else match.group(), text)


def _tree(markup: str) -> Any:
    from lxml import html

    return html.document_fromstring(
        markup.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8")
    )


def _extracted(markup: str, url: str, facts: PageFacts) -> _Extract:
    """Extract by trafilatura; when the page states many more words than came out, ask again more generously."""
    best = _trafilatura(markup, url, favor_recall=False)
    wanted = max(len(facts.body.split()), len(facts.running.split()))
    if wanted > 120 and len(best.text.split()) < _SHARE_KEPT * wanted:
        again = _trafilatura(markup, url, favor_recall=True)
        options = [best.text, again.text, _paragraphed(facts.body), facts.running]
        fitting = [text for text in options if len(text.split()) <= 1.2 * wanted]
        best = best._replace(text=max(fitting or options, key=lambda text: len(text.split())))
    return best


def _trafilatura(markup: str, url: str, *, favor_recall: bool) -> _Extract:
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    document = trafilatura.bare_extraction(
        markup,
        url=url,
        with_metadata=True,
        include_comments=False,
        include_tables=True,
        deduplicate=False,
        favor_recall=favor_recall,
    )
    if document is None or isinstance(document, dict):
        return _Extract("", "", ())
    authors = tuple(name.strip() for name in (document.author or "").split(";") if name.strip())
    return _Extract(_cleaned(document.text or ""), document.title or "", authors)


def _found_date(tree: Any, url: str, fetched_at: datetime) -> Claim | None:
    import htmldate

    logging.getLogger("htmldate").setLevel(logging.CRITICAL)
    latest = (fetched_at + timedelta(days=1)).strftime("%Y-%m-%d")
    found = htmldate.find_date(tree, url=url or None, original_date=True, max_date=latest)
    return Claim(date.fromisoformat(found), "page", zone_known=False) if found else None


def _paragraphed(body: str) -> str:
    """An `articleBody` as paragraphs: its tags out, its line breaks kept."""
    return "\n".join(
        " ".join(line.split()) for line in re.sub(r"<[^>]{1,200}>", "\n", body).splitlines() if line.strip()
    )


# --- title, authors, stubs -------------------------------------------------------------------------------


def _title(facts: PageFacts, extract: _Extract, capture: Capture) -> str:
    title = facts.heading or facts.headline or extract.title or (capture.link.title if capture.link else "")
    return " ".join(_SUFFIX.sub("", " ".join(title.split())).split())


def _authors(facts: PageFacts, extract: _Extract) -> tuple[str, ...]:
    """The authors; JSON-LD's where trafilatura cut "Reed, Ann" in two."""
    if facts.authors and len(extract.authors) > len(facts.authors):
        return facts.authors
    return extract.authors or facts.authors or _bylined(facts.byline)


def _headline(lines: Sequence[str]) -> str:
    """The first line that can be a headline: a few words, no control of the page."""
    for line in lines[:6]:
        if 4 <= len(line.split()) <= 25 and not is_control(line):
            return line
    return ""


def _bylined(byline: str) -> tuple[str, ...]:
    match = _BYLINE.match(byline)
    if match is None:
        return ()
    return tuple(name.strip() for name in re.split(r"\sand\s|,\s", match["names"]) if name.strip())


def _near_top(tree: Any) -> list[str]:
    """Short texts in which a page tells its age: <time>, and elements named for dates and bylines."""
    nodes = tree.xpath(
        "//time | //*[contains(@class, 'date') or contains(@class, 'time') or contains(@class, 'byline') or contains(@class, 'meta')]"
    )
    return [
        words for node in nodes[:40] if 3 < len(words := " ".join(" ".join(node.itertext()).split())) <= 120
    ]


def _relative_line(lines: Sequence[str], seen_at: datetime) -> Claim | None:
    for line in lines:
        if len(line) <= 120 and is_control(line) and (claim := relative(line, seen_at)):
            return claim
    return None


def _feed_claim(capture: Capture) -> Claim | None:
    return capture.link.published if capture.link else None


def _stub(text: str, facts: PageFacts | None) -> str | None:
    """Say why a text is a teaser and not the article, or None."""
    count = len(text.split())
    walled = _WALL.search(text) is not None or (facts is not None and facts.free is False)
    if walled and count < _TEASER:
        return f"paywall: {count} words and a request to subscribe"
    stated_words = facts.word_count if facts else None
    if stated_words and count < min(_TEASER, _SHARE_SHOWN * stated_words):
        return f"teaser: {count} of {stated_words} words"
    return None


def _length_flags(text: str) -> tuple[str, ...]:
    return ("short",) if len(text.split()) < _SHORT else ()
