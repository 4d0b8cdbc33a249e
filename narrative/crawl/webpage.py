"""A web page as a tree, for looking into its links: nothing is read of its text."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from contextlib import suppress

from lxml import etree

_MOST_ATTRIBUTES = 400  # of one element: building a tree compares each with all others
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)


class _Attributes:
    """A target for lxml's parser that counts the attributes of the element with most of them."""

    most = 0

    def start(self, _tag: str, attributes: Mapping[str, str]) -> None:
        self.most = max(self.most, len(attributes))

    def close(self) -> int:
        return self.most


def page_tree(body: bytes, content_type: str) -> etree._Element | None:
    """Return a page's root, None when there is nothing in it that can be parsed in a reasonable time."""
    encoding = _encoding(body, content_type)
    try:
        counting = etree.HTMLParser(target=_Attributes(), encoding=encoding, no_network=True)
        if etree.fromstring(body, counting) > _MOST_ATTRIBUTES:
            return None
        return etree.fromstring(body, etree.HTMLParser(encoding=encoding, no_network=True, huge_tree=False))
    except (etree.XMLSyntaxError, ValueError, LookupError):
        return None


def _encoding(body: bytes, content_type: str) -> str | None:
    """Return UTF-8 where that reads the page, else what its header says, None for what the page says itself."""
    with suppress(UnicodeDecodeError):
        body.decode("utf-8")
        return "utf-8"
    match = _CHARSET.search(content_type)
    with suppress(LookupError):
        return codecs.lookup(match[1]).name if match else None
    return None
