"""Runs of equal words, by which a text that was copied is told from a turn of phrase."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator


def runs(text: str, length: int) -> Iterator[str]:
    """Yield every run of `length` words of a text, case, marks and entities aside."""
    words = re.findall(r"[a-z0-9]+", html.unescape(text).lower().replace("’", "").replace("'", ""))
    return (" ".join(words[at : at + length]) for at in range(len(words) - length + 1))
