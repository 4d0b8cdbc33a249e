"""A feed's bytes made fit for feedparser: text in one encoding, a short prolog, nothing that it takes long over.

feedparser compares each category of an entry with all the others, looks for an address from every letter of an author's
name, and reads a declaration anew from each quotation mark in it. Links need none of that.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

_MOST_TAGS = 30_000  # tags that are read, some thousand entries
_MOST_CHARACTERS = 8 * 1024 * 1024
_MOST_PREFIXES = 64  # namespace prefixes: each element is compared with each of them
_UNFOLDED = 32 * 1024 * 1024  # characters that a feed's own entities may unfold to, at the very most
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = ((b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
#: codecs that are no charsets, and two that a document which begins with "<" as one byte is not in
_NO_CHARSETS = ("idna", "punycode", "unicode_escape", "raw_unicode_escape", "utf_16", "utf_32")
_HEADER = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_DECLARED = re.compile(rb"<\?xml[^<>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE)
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:(\d+)|[xX]([0-9A-Fa-f]+));")
_SKIPPED = re.compile(
    r"\s++|<\?[^>]*+>|<!--.*?-->|<!DOCTYPE[^\[>]*+(?:\[(?P<own>[^\]]*+)\][^\[>]*+)?>",
    re.DOTALL | re.IGNORECASE,
)
_ENTITY = re.compile(r'<!ENTITY\s+\w+\s+"(?:&#\w+;|[^"<>%&]*+)"\s*>')
_PREFIX = re.compile(r"xmlns:([\w.-]+)")
_MARKUP = re.compile(r"<\w")
_ROOT = re.compile(r"<((?:[\w.-]+:)?([A-Za-z][\w.-]*))")
_ENTRY_ENDS = re.compile(r"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
#: elements that no link needs and that feedparser takes long over; under another name it passes them by
_UNREAD = re.compile(
    r"(</?(?:[\w.-]+:)?)(?=(?:category|subject|keywords|tags|author|creator|contributor|publisher|owner|managingeditor"
    r"|webmaster|language|newlocation)[\s/>])",
    re.IGNORECASE,
)
#: so long, an attribute that is handed down to all elements inside is no address and no language
_HANDED_DOWN = re.compile(r"\b(base|lang)(?=\s{0,9}=\s{0,9}(?:\"[^\"]{500}|'[^']{500}))", re.IGNORECASE)


#: an element with more than four hundred attributes, each of which is looked for among all of them
_CROWDED = re.compile(
    r"<[A-Za-z_][\w:.-]*+(?:\s++[^\s=<>\"']++\s*+=\s*+(?:\"[^\"<]*+\"|'[^'<]*+')){401}", re.IGNORECASE
)


class UnfitError(Exception):
    """The text is no feed that can be read in a reasonable time; says why."""


@dataclass(frozen=True, slots=True)
class FeedText:
    """A feed as feedparser gets it. `whole` is False when entries were left off behind because there are too many."""

    text: str
    whole: bool = True


def fitted(body: bytes, content_type: str) -> FeedText:
    """Make the text of a feed fit for reading. Raises UnfitError when that cannot be done."""
    text = _REFERENCE.sub(_valid, _NO_TEXT.sub("", _decoded(body, content_type)))
    place, entities = _prolog(text)
    first = _MARKUP.search(text, place)  # before it may stand what is no feed: a server's warnings
    text = text[first.start() if first else place :]
    if entities and sum(map(len, entities)) * text.count("&") > _UNFOLDED:
        raise UnfitError("its entities unfold to more than can be read")
    if _CROWDED.search(text):
        raise UnfitError("an element has hundreds of attributes")
    if len({match[1] for match in _PREFIX.finditer(text)}) > _MOST_PREFIXES:
        raise UnfitError(f"it declares more than {_MOST_PREFIXES} namespaces")
    short = _shortened(text)
    own = f"<!DOCTYPE feed [\n{chr(10).join(entities)}\n]>\n" if entities else ""
    named = _HANDED_DOWN.sub(r"unread-\1", _UNREAD.sub(r"\1unread-", short.text))
    return FeedText(own + named, short.whole)


def root_name(start: bytes) -> bytes:
    """Return the local name of the root element in lower case, b"" when the document does not begin like XML."""
    head = start[:65_536].decode("latin-1")
    match = _ROOT.match(head, _prolog(head)[0])
    return match[2].lower().encode() if match else b""


# --- encoding --------------------------------------------------------------------------------------------


def _decoded(body: bytes, content_type: str) -> str:
    """Decode by the byte order mark, else the header, the declaration, and what is most common, in this order."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    for start, name in _WIDE:
        if body.startswith(start):
            return body.decode(name, "replace")
    for name in _names(body, content_type):
        try:
            # A document that is cut inside a character is still in its encoding.
            return codecs.getincrementaldecoder(name)().decode(body)
        except (LookupError, ValueError):
            continue
    return body.decode("latin-1")


def _names(body: bytes, content_type: str) -> Iterator[str]:
    header, declared = _HEADER.search(content_type), _DECLARED.match(body.lstrip()[:400])
    said = (header[1] if header else "", declared[1].decode("ascii", "replace") if declared else "")
    for name in (*said, "utf-8", "windows-1252", "iso-8859-2"):
        try:
            known = codecs.lookup(name).name
            b"<".decode(known)  # raises for codecs between bytes and bytes
        except (LookupError, ValueError):
            continue
        if not known.replace("-", "_").startswith(_NO_CHARSETS):
            yield "gb18030" if known == "gb2312" else known  # which has all of its characters


def _valid(match: re.Match[str]) -> str:
    """A reference to a character, or the replacement character for one to none."""
    digits = match[1] or match[2]
    code = int(digits, 10 if match[1] else 16) if len(digits) <= 7 else -1
    usable = code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE
    return match.group() if usable or 0x10000 <= code < 0x110000 else "\ufffd"


# --- markup ----------------------------------------------------------------------------------------------


def _prolog(text: str) -> tuple[int, list[str]]:
    """Where the root element begins, and the plain entities that a document type declares before it."""
    place = 0
    entities: list[str] = []
    while skipped := _SKIPPED.match(text, place):
        entities = _ENTITY.findall(skipped["own"] or "") or entities
        place = skipped.end()
    return place, entities


def _shortened(text: str) -> FeedText:
    """Cut behind the last entry that is read, and close what is open there. Raises UnfitError when none is."""
    over = next(islice(re.finditer("<", text), _MOST_TAGS, None), None)
    limit = min(over.start() if over else len(text), _MOST_CHARACTERS)
    if limit >= len(text):
        return FeedText(text)
    end = 0
    for match in _ENTRY_ENDS.finditer(text, 0, limit):
        end = match.end()
    root = _ROOT.match(text)
    if not end or root is None:
        raise UnfitError("it is too large to read, and not even its first entry ends in the part that is")
    closing = f"</channel></{root[1]}>" if root[2].lower() == "rss" else f"</{root[1]}>"
    return FeedText(text[:end] + closing, whole=False)
