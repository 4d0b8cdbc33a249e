"""How much of a page is read: what lies beyond any article is cut off, with the reason in words.

The bounds are several times what the largest of a thousand real pages of news has. Without them the steps that compare
a page with itself would take minutes over a page that goes on and on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

MOST_PLAIN = 2_000_000  # characters of a plain text
_MOST_TAGS = 400_000  # of the markup, before it is parsed
_MOST_ELEMENTS = 8_000
_MOST_CHARACTERS = 300_000  # of text that a page prints
_DEEPEST = 100  # elements inside one another
_LONGEST_NAME = 1_000  # characters of a class or an id
MOST_ATTRIBUTES = 400  # of one element
_UNPRINTED = ("script", "style", "noscript", "template")
#: characters that no text has
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffd\ufffe\uffff\ud800-\udfff]")


def cleaned(text: str) -> str:
    """Return a text without the characters that no text has; the one that stands for a lost character stays."""
    return CONTROL.sub(lambda match: "" if match.group() != "\ufffd" else match.group(), text)


class _Attributes:
    """A target for lxml's parser that counts the attributes of the element with most of them."""

    most = 0

    def start(self, _tag: str, attributes: Mapping[str, str]) -> None:
        self.most = max(self.most, len(attributes))

    def close(self) -> int:
        return self.most


def most_attributes(markup: str) -> int:
    """Return how many attributes the element has that has most: building a tree compares each with all others."""
    from lxml import etree

    parser = etree.HTMLParser(target=_Attributes(), encoding="utf-8", huge_tree=True)
    return int(etree.fromstring(markup.encode("utf-8", "replace"), parser))


def shortened(markup: str) -> tuple[str, tuple[str, ...]]:
    """Return as much markup as is parsed, and in words what was cut from it."""
    if markup.count("<") <= _MOST_TAGS:
        return markup, ()
    end = next(islice(re.finditer("<", markup), _MOST_TAGS, None)).start()
    return markup[:end], (f"all but the first {_MOST_TAGS:,} tags",)


def trimmed(tree: Any) -> tuple[str, ...]:
    """Cut a parsed page (an lxml element) in place; return in words what was cut."""
    cut = []
    if deep := [node for node in tree.xpath("/*" * _DEEPEST) if len(node)]:
        for node in deep:
            del node[:]
        cut.append(f"what is more than {_DEEPEST} elements deep")
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

    etree.strip_tags(tree, etree.Comment, etree.ProcessingInstruction)  # text stands behind these too
    left = _MOST_CHARACTERS
    for event, node in etree.iterwalk(tree, events=("start", "end")):
        text = node.tail if event == "end" else "" if node.tag in _UNPRINTED else node.text
        left -= len(text or "")
        if left < 0:
            if event == "end":
                node.tail = text[:left]
            else:
                node.text = text[:left]
                del node[:]
            _drop_behind(node)
            break
    return printed - _MOST_CHARACTERS


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
        node.set(name, node.get(name)[:_LONGEST_NAME])
    return bool(found)
