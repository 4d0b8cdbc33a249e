"""From bytes to markup to text: decoding, trafilatura, htmldate. The only door to those two.

Both are imported on first use: they are heavy, and the answer path needs neither.
"""

from __future__ import annotations

import logging
import re
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from narrative.errors import NarrativeError
from narrative.read.metadata import PageFacts
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
#: characters that no text has
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffd\ufffe\uffff\ud800-\udfff]")
_SHARE_KEPT = 0.6  # of the words a page states, below which the extraction is doubted


class Extract(NamedTuple):
    """What trafilatura gives: text, title and authors."""

    text: str
    title: str
    authors: tuple[str, ...]


def decoded(body: bytes, content_type: str, name: str) -> str:
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
    return CONTROL.sub(lambda match: "" if match.group() != "\ufffd" else match.group(), text)


def parsed(markup: str) -> Any:
    """Return the markup as a tree (an lxml element)."""
    from lxml import html

    return html.document_fromstring(
        markup.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8")
    )


def extracted(markup: str, url: str, facts: PageFacts) -> Extract:
    """Extract by trafilatura; when the page states many more words than came out, ask again more generously."""
    best = _trafilatura(markup, url, favor_recall=False)
    wanted = max(len(facts.body.split()), len(facts.running.split()))
    if wanted > 120 and len(best.text.split()) < _SHARE_KEPT * wanted:
        again = _trafilatura(markup, url, favor_recall=True)
        options = [best.text, again.text, _paragraphed(facts.body), facts.running]
        fitting = [text for text in options if len(text.split()) <= 1.2 * wanted]
        best = best._replace(text=max(fitting or options, key=lambda text: len(text.split())))
    return best


def _trafilatura(markup: str, url: str, *, favor_recall: bool) -> Extract:
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
        return Extract("", "", ())
    authors = tuple(name.strip() for name in (document.author or "").split(";") if name.strip())
    return Extract(_cleaned(document.text or ""), document.title or "", authors)


def found_date(tree: Any, url: str, fetched_at: datetime) -> Claim | None:
    """Return the publication day that htmldate finds, original before updated, never after the day of the fetch."""
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
