"""From bytes to markup to text: decoding, trafilatura, htmldate. The only door to those two.

Both are imported on first use: they are heavy, and the answer path needs neither.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from narrative.errors import NarrativeError
from narrative.read.bounds import cleaned, shortened, trimmed
from narrative.read.containers import Running, missing, restored, without_teasers
from narrative.read.doubts import lost, stated
from narrative.read.junk import verdict
from narrative.read.metadata import PageFacts
from narrative.read.repeats import without_repeats
from narrative.terms import Claim

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
_NO_CHARSETS = ("idna", "punycode", "unicode_escape", "raw_unicode_escape")  # codecs that are none, and slow
_RECORDS = "//body//*[@itemscope and (@hidden or @style)] | //script[contains(@type, 'ld+json')]"
_LONG_LINE = 20  # words
_LONG_RECORD = 32 * 1024  # characters of JSON-LD
_MOST_RECORDS = 4  # times as many, in all of a page's JSON-LD
_MOST_COMPARED = (
    3_200  # elements of a page, up to which the extractor asks others; they take minutes over many thousand
)
#: the extractor looks for a date too, which nobody asks it for: `found_date` does that
_NO_SEARCH = {"extensive_search": False, "original_date": True}
_FITTING = 1.2  # times the words a page states or prints, beyond which a text holds more than the article


class Opened(NamedTuple):
    """A page's markup and its tree (an lxml element) as they are read, and in words what was cut from both, "" if nothing."""

    markup: str
    tree: Any
    cut: str = ""


class Extract(NamedTuple):
    """What a page gives: text, title and authors; `printed` is the text before furniture was cut from it."""

    text: str
    title: str
    authors: tuple[str, ...]
    printed: str = ""


def decoded(body: bytes, content_type: str, name: str) -> str:
    """Decode a body by its mark, its header, its own declaration, UTF-8, Windows-1252, in this order of trust."""
    if not body.strip():
        raise NarrativeError(f"{name}: the page is empty")
    if body.startswith(_BINARY) or (
        body[:4096].count(0) > 8 and not body.startswith((b"\xff\xfe", b"\xfe\xff"))
    ):
        said = cleaned(content_type).strip() or "no content type"
        raise NarrativeError(f"{name}: not a web page but a binary file ({said})")
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return cleaned(body.decode("utf-16", "replace"))
    header = _HEADER_CHARSET.search(content_type)
    declared = _CHARSET.search(body[:4096])
    names = [
        header.group(1) if header else "",
        declared.group(1).decode("ascii", "replace") if declared else "",
        "utf-8-sig",
    ]
    for encoding in filter(None, names):
        if encoding.lower().replace("-", "_") in _NO_CHARSETS:
            continue
        try:
            return cleaned(body.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding))
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return cleaned(body.decode("cp1252", "replace"))


def parsed(markup: str) -> Any:
    """Return the markup as a tree (an lxml element)."""
    from lxml import html

    # With a huge tree nothing is lost behind elements that are hundreds deep.
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True)
    return html.document_fromstring(markup.encode("utf-8", "replace"), parser=parser)


def opened(markup: str, name: str) -> Opened:
    """Parse a page, without what lies beyond the bounds of what is read. Raises NarrativeError where nothing can be."""
    from lxml import etree, html

    short, cut = shortened(markup, name)
    try:
        tree = parsed(short)
    except etree.ParserError as error:  # comments alone, for example
        raise NarrativeError(f"{name}: nothing to read, the page has no elements") from error
    if gone := trimmed(tree):
        short = str(html.tostring(tree, encoding="unicode"))
    return Opened(short, tree, ", ".join((*cut, *gone)))


def extracted(markup: str, tree: Any, url: str, facts: PageFacts, own: Running) -> Extract:
    """Extract the article's text by trafilatura, and mend what can be mended without knowing the site.

    Bodies printed again are cut, lost containers of the article put back, teasers of other articles cut. When much is
    lost of what the page states or prints, the extraction is done again more generously, and the text that lacks least
    is taken.
    """
    markup = _lightened(markup, tree)
    fast = tree.xpath("count(//*)") > _MOST_COMPARED
    best = _trafilatura(markup, url, fast=fast, favor_recall=False)
    text = _mended(best.text, own)
    if not text or lost(text, facts, own):
        again = _mended(_trafilatura(markup, url, fast=fast, favor_recall=True).text, own)
        body = stated(facts)
        text = _fullest((text, again, "\n".join(body), own.text), (*body, *own.paragraphs))
    return best._replace(text=_without_furniture(text), printed=text)


def _mended(text: str, own: Running) -> str:
    return without_teasers(restored(without_repeats(text), own), own)


def _fullest(texts: Sequence[str], witnesses: Sequence[str]) -> str:
    """The text that lacks least of the witnesses' words, without being much longer than the longest that is theirs."""
    most = _FITTING * max(len(text.split()) for text in texts[2:])
    fitting = [text for text in texts if text and len(text.split()) <= most]
    return min(fitting or texts, key=lambda text: missing(witnesses, text))


def _lightened(markup: str, tree: Any) -> str:
    """The markup without records for machines that stand in the extractor's way.

    Those are copies of the article that are hidden from readers, which it would print again, and JSON-LD so long that
    its patterns take minutes over it; what that says has been read by `metadata`.
    """
    if not _in_the_way(tree):
        return markup
    from lxml import html

    copy = parsed(markup)
    for node in _in_the_way(copy):
        node.drop_tree()
    return str(html.tostring(copy, encoding="unicode"))


def _in_the_way(tree: Any) -> list[Any]:
    out, length = [], 0
    for node in tree.xpath(_RECORDS):
        if node.tag == "script":
            length += len(node.text or "")
            if len(node.text or "") > _LONG_RECORD or length > _MOST_RECORDS * _LONG_RECORD:
                out.append(node)
        elif _is_hidden(node):
            out.append(node)
    return out


def _is_hidden(node: Any) -> bool:
    return node.get("hidden") is not None or "display:none" in "".join(
        (node.get("style") or "").lower().split()
    )


def _without_furniture(text: str) -> str:
    """The text without lines that are controls, notices or credits by their own words.

    A long one in the midst of the article stays: it may be about what it sounds like. So does a text that has nothing
    else.
    """
    lines = text.split("\n")
    junk = [not line.strip() or verdict(line) == "junk" for line in lines]
    if all(junk):
        return text.strip()
    first, last = junk.index(False), len(junk) - junk[::-1].index(False)
    kept = [
        line
        for line, is_junk in zip(lines[first:last], junk[first:last], strict=True)
        if not is_junk or not line.strip() or len(line.split()) > _LONG_LINE
    ]
    return "\n".join(kept).strip()


def _trafilatura(markup: str, url: str, *, fast: bool, favor_recall: bool) -> Extract:
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    document = trafilatura.bare_extraction(
        markup,
        url=url,
        with_metadata=True,
        include_comments=False,
        include_tables=True,
        deduplicate=False,
        fast=fast,
        favor_recall=favor_recall,
        date_extraction_params=_NO_SEARCH,
    )
    if document is None or isinstance(document, dict):
        return Extract("", "", ())
    authors = tuple(name.strip() for name in (document.author or "").split(";") if name.strip())
    return Extract(cleaned(document.text or ""), cleaned(document.title or ""), authors)


def found_date(tree: Any, url: str, fetched_at: datetime) -> Claim | None:
    """Return the publication day that htmldate finds, original before updated, never after the day of the fetch."""
    import htmldate

    logging.getLogger("htmldate").setLevel(logging.CRITICAL)
    latest = (fetched_at + timedelta(days=1)).strftime("%Y-%m-%d")
    found = htmldate.find_date(tree, url=url or None, original_date=True, max_date=latest)
    return Claim(date.fromisoformat(found), "page", zone_known=False) if found else None
