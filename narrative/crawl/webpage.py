"""A web page as a tree, for looking into its links: nothing is read of its text."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from contextlib import suppress

from lxml import etree

_MOST_ATTRIBUTES = 400  # of one element: building a tree compares each with all others
_DEEPEST = 256  # elements inside one another, where the building of a tree ends
_PIECE = 1024  # bytes
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)


class _Shape:
    """A target for lxml's parser that notes how many attributes an element has at most, and how deep elements lie."""

    attributes = depth = 0

    def start(self, _tag: str, attributes: Mapping[str, str]) -> None:
        self.attributes = max(self.attributes, len(attributes))
        self.depth += 1

    def end(self, _tag: str) -> None:
        self.depth -= 1

    def close(self) -> None:
        """Nothing is made of a page here."""


def page_tree(body: bytes, content_type: str) -> etree._Element | None:
    """Return a page's root, None when there is nothing in it that can be parsed in a reasonable time."""
    encoding = _encoding(body, content_type)
    try:
        if _is_crowded(body, encoding):
            return None
        return etree.fromstring(body, etree.HTMLParser(encoding=encoding, no_network=True, huge_tree=False))
    except (etree.XMLSyntaxError, ValueError, LookupError):
        return None


def _is_crowded(body: bytes, encoding: str | None) -> bool:
    """Whether an element of a page, before it goes too deep, has too many attributes."""
    shape = _Shape()
    parser = etree.HTMLParser(target=shape, encoding=encoding, no_network=True)
    for start in range(0, len(body), _PIECE):
        parser.feed(body[start : start + _PIECE])
        if shape.attributes > _MOST_ATTRIBUTES or shape.depth > _DEEPEST:
            break
    return shape.attributes > _MOST_ATTRIBUTES


def _encoding(body: bytes, content_type: str) -> str | None:
    """Return UTF-8 where that reads the page, else what its header says, None for what the page says itself."""
    with suppress(UnicodeDecodeError):
        body.decode("utf-8")
        return "utf-8"
    match = _CHARSET.search(content_type)
    with suppress(LookupError):
        return codecs.lookup(match[1]).name if match else None
    return None
