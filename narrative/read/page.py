"""One page becomes one Article: its text, its title, authors and date, and the doubts about them.

Titles and dates come from what the page tells machines first, then from what is found in its text. What an extractor
is known to get wrong is mended; what cannot be is marked with a reason in words. Nothing is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from narrative.errors import NarrativeError
from narrative.read.bounds import CONTROL, MOST_PLAIN
from narrative.read.containers import running
from narrative.read.dates import chosen
from narrative.read.dating import Dating, age_of, dated, flagged
from narrative.read.doubts import text_doubts
from narrative.read.extraction import Extract, decoded, extracted, found_date, opened
from narrative.read.junk import is_control
from narrative.read.language import is_english, is_foreign
from narrative.read.metadata import PageFacts, facts_of, page_words
from narrative.read.repeats import repeated_bodies
from narrative.read.stubs import stub_reason
from narrative.terms import Article, Capture, Claim, content_id

_MARKUP = re.compile(r"(?i)<(?:!doctype|html|head|body|p|div|article)\b")
_LINE = re.compile(r"[^\r\n]+")
_NOTHING = 5  # words: what is left of a menu
_LONGEST = 1_000  # characters of a title
_LONGEST_NAME = 120
_MOST_AUTHORS = 50
_BYLINE = re.compile(
    r"(?:By|by|BY)\s+(?P<names>[A-Z][\w.'’-]+(?:\s(?:and\s)?(?:[A-Z][\w'’-]*?\.?)){0,6}?)"
    r"(?=Published|Updated|Posted|\s*(?:[,|·•–—(]|\d|Published|Updated|Posted|$))"
)
_SUFFIX = re.compile(r"\s(?:\||–|—|::|»|·)\s[^|–—»·]{2,40}$|\s-\s(?=[^-]{2,40}$)[A-Z][^-]*$")


class Page(NamedTuple):
    """One page read: its article, and what the article's record has no room for, the publisher's clock."""

    article: Article
    dating: Dating


def article_of(capture: Capture) -> Article:
    """Read a captured page into an Article; `available_at` is when it was fetched.

    Raises NarrativeError, in one line, for a body that is empty, no text at all, without an article's text, or in
    another language than English.
    """
    return page_of(capture).article


def page_of(capture: Capture) -> Page:
    """Read a captured page into its article and its dating. Raises NarrativeError as `article_of` does."""
    name = capture.final_url or capture.url or "the page"
    markup = decoded(capture.body, capture.content_type, name)
    if "html" not in capture.content_type and not _MARKUP.search(markup[:20_000]):
        article = article_of_text(
            markup,
            path=name,
            url=name,
            outlet=capture.outlet,
            published=_feed_claim(capture),
            available_at=capture.fetched_at,
        )
        return Page(article, Dating(article.published))
    try:
        return _read(capture, markup, name)
    except NarrativeError:
        raise
    except Exception as error:
        raise NarrativeError(f"{name}: the page cannot be read ({type(error).__name__})") from error


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
    empty, binary, in another language than English or longer than can be read.
    """
    name = path or url or "the text"
    if not text.strip():
        raise NarrativeError(f"{name}: nothing to read, the text is empty")
    if len(text) > MOST_PLAIN:
        raise NarrativeError(
            f"{name}: too large to read: {len(text):,} characters, and at most {MOST_PLAIN:,} are read; cut it into parts"
        )
    if len(CONTROL.findall(text[:20_000])) > 0.02 * len(text[:20_000]):
        raise NarrativeError(f"{name}: not a readable text; give a UTF-8 text file or an HTML page")
    _check_language(text, name)
    lines = [match.group().strip() for match in _LINE.finditer(text) if match.group().strip()][:12]
    claims = [published] if published else []
    if not claims and available_at and (ago := age_of(lines, available_at)):
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
        stub=stub_reason(text, text, None),
        flags=(*flagged(claims, best, available_at), *text_doubts(text)),
        repeats=repeated_bodies(text),
    )


def _read(capture: Capture, markup: str, name: str) -> Page:
    markup, tree, cut = opened(markup, name)
    facts, own = facts_of(tree, name), running(tree)
    extract = extracted(markup, tree, name, facts, own)
    text = extract.text
    if len(text.split()) < _NOTHING:
        too_large = f", which is too large to be read whole: cut were {cut}" if cut else ""
        raise NarrativeError(f"{name}: no article text found on the page{too_large}")
    _check_language(text, name)
    found = found_date(tree, name, capture.fetched_at)
    dating = dated(tree, facts, name, found, _feed_claim(capture), capture.fetched_at)
    article = Article(
        id=content_id("article", facts.canonical, text),
        url=facts.canonical,
        outlet=capture.outlet or facts.outlet,
        title=_title(facts, extract, capture),
        text=text,
        authors=_authors(facts, extract),
        byline=facts.byline,
        published=dating.published,
        available_at=capture.fetched_at,
        language=_language(text, facts),
        stub=stub_reason(text, extract.printed, facts, page_words(tree)),
        flags=((f"cut: {cut}",) if cut else ()) + (*dating.flags, *text_doubts(text, facts, own)),
        repeats=repeated_bodies(text),
        updated=dating.updated,
    )
    return Page(article, dating)


# --- title, authors, language ------------------------------------------------------------------------------


def _title(facts: PageFacts, extract: Extract, capture: Capture) -> str:
    """The page's only <h1>; else what it states, without the site's name behind it."""
    if facts.heading:
        return facts.heading
    stated = (facts.headline, extract.title, capture.link.title if capture.link else "")
    title = next((title for title in stated if 0 < len(title) <= _LONGEST), "")
    return " ".join(_SUFFIX.sub("", " ".join(title.split())).split())


def _authors(facts: PageFacts, extract: Extract) -> tuple[str, ...]:
    """The extractor's authors; JSON-LD's where the extractor cut "Reed, Ann" in two."""
    found = tuple(name for name in extract.authors if len(name) <= _LONGEST_NAME)[:_MOST_AUTHORS]
    more = len(found) > len(facts.authors) > 0
    if more and not {*facts.authors} < {*found}:
        return facts.authors
    return found or facts.authors or _bylined(facts.byline)


def _headline(lines: Sequence[str]) -> str:
    """The first line that can be a headline: a few words, no control of the page."""
    for line in lines[:6]:
        if 4 <= len(line.split()) <= 25 and len(line) <= _LONGEST and not is_control(line):
            return line
    return ""


def _bylined(byline: str) -> tuple[str, ...]:
    match = _BYLINE.match(byline)
    if match is None:
        return ()
    return tuple(name.strip() for name in re.split(r"\sand\s|,\s", match["names"]) if name.strip())


def _check_language(text: str, name: str) -> None:
    """The reader knows English alone; what it would find in other words would be invented."""
    if is_foreign(text):
        raise NarrativeError(f"{name}: not in English, the only language that is read")


def _language(text: str, facts: PageFacts) -> str:
    """English by its words, else the language the page names; `und` when it names none or wrongly English."""
    if is_english(text):
        return "en"
    return facts.language if facts.language not in ("", "en") else "und"


def _feed_claim(capture: Capture) -> Claim | None:
    return capture.link.published if capture.link else None
