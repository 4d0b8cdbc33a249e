"""How much of a page is read: what lies beyond any article is cut off, with the reason in words.

Without bounds, the steps that compare a page with itself would take minutes over one that goes on and on. In brackets
stands the most that one of 232 real pages has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

from narrative.errors import NarrativeError

MOST_PLAIN = 2_000_000  # characters of a plain text
_MOST_TAGS = 400_000  # of the markup, before it is parsed
_MOST_OPEN = 300  # elements that are open at once, before it is parsed
_PIECE = 1024  # bytes of markup looked at in one go for these
_MOST_ATTRIBUTES = 400  # of one element (64)
_MOST_ELEMENTS = 8_000  # (3,129)
_DEEPEST = 100  # elements inside one another (51)
_MOST_REMARKS = 2_000  # comments and instructions that stay in a tree
_MOST_CHARACTERS = 300_000  # of text that a page prints (164,811)
_LONGEST_NAME = 1_000  # characters of a class or an id (734)
_UNPRINTED = ("script", "style", "noscript", "template")
#: characters that no text has
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffd\ufffe\uffff\ud800-\udfff]")
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]")


def cleaned(text: str) -> str:
    """Return a text without the characters that no text has; the one that stands for a lost character stays."""
    return CONTROL.sub(lambda match: "" if match.group() != "\ufffd" else match.group(), text)


class _Shape:
    """A target for lxml's parser that notes how many attributes an element has at most, and how deep elements lie."""

    def __init__(self) -> None:
        self.attributes = self.depth = self.deepest = 0

    def start(self, _tag: str, attributes: Mapping[str, str]) -> None:
        self.attributes = max(self.attributes, len(attributes))
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)

    def end(self, _tag: str) -> None:
        self.depth -= 1

    def close(self) -> None:
        """Nothing is made of a page here."""


def shortened(markup: str, name: str) -> tuple[str, tuple[str, ...]]:
    """Return as much markup as a tree can be built of in time, and in words what was cut from it.

    Each attribute of an element is compared with all others, and each end tag with all elements that are open. Raises
    NarrativeError for an element with more attributes than any has.
    """
    cut = []
    if markup.count("<") > _MOST_TAGS:
        markup = markup[: next(islice(re.finditer("<", markup), _MOST_TAGS, None)).start()]
        cut.append(f"all but the first {_MOST_TAGS:,} tags")
    raw = markup.encode("utf-8", "replace")
    shape, end = _shape(raw)
    if shape.attributes > _MOST_ATTRIBUTES:
        raise NarrativeError(f"{name}: too large to read: an element has {shape.attributes:,} attributes")
    if end < len(raw):
        markup = raw[:end].decode("utf-8", "ignore")
        cut.append(f"all behind {_MOST_OPEN} open elements")
    return markup, tuple(cut)


def _shape(raw: bytes) -> tuple[_Shape, int]:
    """Look at markup piece by piece, without a tree; return what was seen, and where it went too far, else the end."""
    from lxml import etree

    shape = _Shape()
    parser = etree.HTMLParser(target=shape, encoding="utf-8", huge_tree=True)
    for start in range(0, len(raw), _PIECE):
        parser.feed(raw[start : start + _PIECE])
        if shape.deepest > _MOST_OPEN or shape.attributes > _MOST_ATTRIBUTES:
            return shape, start + _PIECE
    return shape, len(raw)


def trimmed(tree: Any) -> tuple[str, ...]:
    """Cut a parsed page (an lxml element) in place; return in words what was cut."""
    from lxml import etree

    cut = []
    if deep := [node for node in tree.xpath("/*" * _DEEPEST) if len(node)]:
        for node in deep:
            del node[:]
        cut.append(f"what is more than {_DEEPEST} elements deep")
    if behind := _drop_documents(tree):
        cut.append(f"{behind:,} elements of other documents")
    remarks = sum(1 for _ in tree.iter(etree.Comment, etree.ProcessingInstruction))
    if remarks > _MOST_REMARKS:
        _drop_remarks(tree)
        cut.append(f"{remarks:,} comments")
    count = int(tree.xpath("count(descendant-or-self::*)"))
    if count > _MOST_ELEMENTS:
        last = next(islice(tree.iter("*"), _MOST_ELEMENTS - 1, None))
        del last[:]
        _drop_behind(last)
        cut.append(f"all but the first {_MOST_ELEMENTS:,} of {count:,} elements")
    if beyond := _cut_text(tree):
        cut.append(f"{beyond:,} characters behind the first {_MOST_CHARACTERS:,}")
    if _shorten_names(tree):
        cut.append(f"classes and ids behind {_LONGEST_NAME:,} characters")
    return tuple(cut)


def _cut_text(tree: Any) -> int:
    """Cut a page where the text that it prints becomes too long; return how many characters went."""
    silent = f"//text()[{' or '.join(f'parent::{tag}' for tag in _UNPRINTED)}]"
    printed = int(tree.xpath("string-length(/)")) - sum(map(len, tree.xpath(silent)))
    if printed <= _MOST_CHARACTERS:
        return 0
    from lxml import etree

    _drop_remarks(tree)  # text stands behind these too
    left = _MOST_CHARACTERS
    for event, node in etree.iterwalk(tree, events=("start", "end")):
        text = node.tail if event == "end" else "" if node.tag in _UNPRINTED else node.text
        left -= len(text or "")
        if left < 0:
            if event == "end":
                node.tail = _storable(text[:left])
            else:
                node.text = _storable(text[:left])
                del node[:]
            _drop_behind(node)
            break
    return printed - _MOST_CHARACTERS


def _drop_documents(tree: Any) -> int:
    """Drop the documents behind the first, which a page that is printed again and again has, where all is too much.

    Return how many elements went. They have no parent: they leave by going elsewhere.
    """
    from lxml import etree

    count, length = int(tree.xpath("count(//*)")), int(tree.xpath("string-length(/)"))
    if count <= _MOST_ELEMENTS and length <= _MOST_CHARACTERS:
        return 0
    away = etree.Element("away")
    for other in [node for node in tree.itersiblings() if isinstance(node.tag, str)]:
        away.append(other)
    return count - int(tree.xpath("count(//*)"))


def _drop_remarks(tree: Any) -> None:
    """Drop comments and instructions. The text around them becomes one: pieces side by side are compared with each other."""
    from lxml import etree

    etree.strip_tags(tree, etree.Comment, etree.ProcessingInstruction)
    for node in tree.iter("*"):
        if node.text:
            node.text = _storable(node.text)
        if node.tail:
            node.tail = _storable(node.tail)


def _drop_behind(node: Any) -> None:
    """Drop what comes behind an element and the text directly behind it."""
    while (parent := node.getparent()) is not None:
        del parent[parent.index(node) + 1 :]
        parent.tail = None
        node = parent


def _shorten_names(tree: Any) -> bool:
    """Cut classes and ids that are no names any more: they are searched again and again. Say whether there were any."""
    found = [
        (node, name)
        for name in ("class", "id")
        for node in tree.xpath(f"//*[string-length(@{name}) > {_LONGEST_NAME}]")
    ]
    for node, name in found:
        node.set(name, _storable(node.get(name)[:_LONGEST_NAME]))
    return bool(found)


def _storable(text: str) -> str:
    """Return text that a tree takes: it may hold control characters that were written as references, but takes none."""
    return _UNSTORABLE.sub(" ", text)
