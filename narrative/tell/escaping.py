"""Makes text from strangers' pages safe for a terminal, HTML, Markdown and a spreadsheet.

Everything printed passes `plain` first: it takes away what a reader cannot see but a program obeys (escape
sequences, control characters, marks that reorder text) and leaves every visible character alone.
"""

from __future__ import annotations

import html as _html
import json
import re
from typing import Any
from urllib.parse import quote, urlsplit

_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colors, cursor movement
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f]).*?(?:\x07|\x1b\\|\x9c|$)"  # OSC, DCS and the like: titles, links
    r"|\x1b[ -/]*[0-~]?",
    re.DOTALL,
)
_BREAKS = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    r"\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_UNPRINTED = re.compile(rf"(?![\n])(?:{_UNSEEN.pattern}|{_SURROGATES.pattern}|[\u2028\u2029])")
_MARKDOWN = re.compile(r"([\\`*_\[\]|~$])")
_BLOCK = re.compile(r"^(\s*)(#+|[-+=>]|\d+[.)])")
_FORMULA = tuple("=+-@＝＋－＠|%")


def plain(text: str) -> str:
    """Return `text` on one line, without escape sequences, control, invisible or bidirectional characters."""
    text = _BREAKS.sub(" ", _ESCAPES.sub("", text))
    return _SURROGATES.sub("\ufffd", _UNSEEN.sub("", text)).strip()


def html(text: str) -> str:
    """Return `text` for HTML content and quoted attributes."""
    return _html.escape(plain(text), quote=True)


def markdown(text: str, *, inline: bool = False) -> str:
    """Return `text` for a Markdown paragraph or table cell: shown as written, never as markup or HTML.

    `inline` is for text that never begins a line, where "+0.13" is no list.
    """
    text = _MARKDOWN.sub(r"\\\1", plain(text))
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text if inline else _BLOCK.sub(lambda m: m[1] + m[2][:-1] + "\\" + m[2][-1], text)


def cell(value: str | float | bool | None) -> str:
    """Return a value for CSV; text that a spreadsheet would run as a formula gets a leading apostrophe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return repr(value)
    text = plain(value)
    return "'" + text if text.startswith(_FORMULA) else text


def json_text(document: Any) -> str:
    """Return a document as JSON that loses nothing and, printed, moves no cursor and reorders no text."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return _UNPRINTED.sub(lambda m: json.dumps(m[0])[1:-1], text)


def link(url: str) -> str | None:
    """Return `url` with every dangerous character percent-encoded, or None unless it is http or https."""
    url = plain(url)
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    return quote(url, safe="/:?#@!$&*+,;=%~-._[]")
