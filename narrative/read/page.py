"""One page becomes one Article: its text, its title, authors and date, and the doubts about them.

Titles and dates come from what the page tells machines first, then from what is found in its text. A page that shows
only a teaser, states a day in the future or prints its body twice is marked so; nothing is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from narrative.errors import NarrativeError
from narrative.read.dates import chosen, doubts, relative, stated
from narrative.read.extraction import CONTROL, Extract, decoded, extracted, found_date, parsed
from narrative.read.junk import is_control
from narrative.read.language import is_english
from narrative.read.metadata import PageFacts, facts_of
from narrative.read.repeats import repeated_bodies
from narrative.terms import Article, Capture, Claim, content_id

_LINE = re.compile(r"[^\r\n]+")
_WALL = re.compile(
    r"(?i)\b(?:subscribe (?:now )?to (?:continue|keep|read)|(?:to )?(?:continue|keep) reading|already a subscriber"
    r"|already have an account|for subscribers only|subscriber[- ]only|subscribers? (?:only|exclusive)"
    r"|to (?:read|access|unlock) (?:the|this) (?:full|whole|rest|article|story)|(?:sign|log) in to (?:read|continue)"
    r"|become a (?:member|subscriber)|start your (?:free )?(?:trial|subscription)|remaining free articles"
    r"|create a free account to|register to (?:read|continue)|unlock this article|premium content|full access)\b"
)
_NOTHING = 5  # words: what is left of a menu
_SHORT = 40  # words: hardly an article
_TEASER = 220  # words: a wall's words on a page with fewer make it a teaser
_SHARE_SHOWN = 0.35  # of the words a page states, below which it shows only a teaser
_BYLINE = re.compile(
    r"(?:By|by|BY)\s+(?P<names>[A-Z][\w.'’-]+(?:\s(?:and\s)?(?:[A-Z][\w'’-]*?\.?)){0,6}?)"
    r"(?=Published|Updated|Posted|\s*(?:[,|·•–—(]|\d|Published|Updated|Posted|$))"
)
_SUFFIX = re.compile(r"\s(?:\||–|—|::|»|·)\s[^|–—»·]{2,40}$|\s-\s(?=[^-]{2,40}$)[A-Z][^-]*$")


def article_of(capture: Capture) -> Article:
    """Read a captured page into an Article; `available_at` is when it was fetched.

    Raises NarrativeError, in one line, for a body that is empty, no text at all, or without an article's
    text.
    """
    name = capture.final_url or capture.url or "the page"
    markup = decoded(capture.body, capture.content_type, name)
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
        tree = parsed(markup)
        facts = facts_of(tree, name)
        extract = extracted(markup, name, facts)
        found = found_date(tree, name, capture.fetched_at)
    except NarrativeError:
        raise
    except Exception as error:
        raise NarrativeError(f"{name}: the page cannot be read ({type(error).__name__})") from error
    if len(extract.text.split()) < _NOTHING:
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
    if len(CONTROL.findall(text[:20_000])) > 0.02 * len(text[:20_000]):
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
    capture: Capture, facts: PageFacts, extract: Extract, found: Claim | None, top: Sequence[str]
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


# --- title, authors, stubs -------------------------------------------------------------------------------


def _title(facts: PageFacts, extract: Extract, capture: Capture) -> str:
    title = facts.heading or facts.headline or extract.title or (capture.link.title if capture.link else "")
    return " ".join(_SUFFIX.sub("", " ".join(title.split())).split())


def _authors(facts: PageFacts, extract: Extract) -> tuple[str, ...]:
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
        "//time | //*[contains(@class, 'date') or contains(@class, 'time') or contains(@class, 'byline')"
        " or contains(@class, 'meta')]"
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
