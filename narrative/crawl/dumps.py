"""Reads dated dumps: JSON lines of url, title, published, source and text, gzipped or not.

A line that is no such row is reported with its number and its reason; none stops the reading.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from narrative.crawl.canonical import canonical_url
from narrative.crawl.dates import feed_claim
from narrative.crawl.feedpage import http_address
from narrative.crawl.packed import LeftOut, PackedFile
from narrative.terms import Claim

LONGEST = 16 * 1024 * 1024  # bytes of a line; a long book has two
_TEXTS = ("url", "title", "published", "source", "text")


@dataclass(frozen=True, slots=True)
class DumpRow:
    """One row of a dump: `text` is its text, for want of one its title; `url` is empty when it has none.

    `published` has the origin "given": somebody vouches for the date, no page does.
    """

    line: int
    url: str
    title: str
    outlet: str
    text: str
    published: Claim | None


def read_dump(file: PackedFile) -> Iterator[DumpRow | LeftOut]:
    """Yield each row of a dump, or why a line is none; blank lines are passed over.

    One line is in memory at a time. Raises BrokenFileError where the file itself cannot be read on.
    """
    number = 0
    while line := file.readline(LONGEST + 1):
        number += 1
        if len(line) > LONGEST:
            _skip_to_its_end(file, line)
            yield LeftOut(f"longer than {LONGEST // (1024 * 1024)} MB", number)
        elif line.strip():
            yield _row(line, number)


def _skip_to_its_end(file: PackedFile, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = file.readline(LONGEST)


def _row(line: bytes, number: int) -> DumpRow | LeftOut:
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return LeftOut("not in UTF-8", number)
    except (ValueError, RecursionError):
        return LeftOut("not JSON", number)
    if not isinstance(row, dict):
        return LeftOut("not a JSON object", number)
    return checked_row(row, number)


def checked_row(row: dict[str, Any], number: int) -> DumpRow | LeftOut:
    """Return the row with these columns, or why it is none."""
    wrong = [name for name in _TEXTS if not isinstance(row.get(name), str | None)]
    if wrong:
        return LeftOut(f"{wrong[0]} is not a string", number)
    url, title, published, source, text = ((row.get(name) or "").strip() for name in _TEXTS)
    if not (text or title):
        return LeftOut("neither text nor title", number)
    if url and http_address(url, "") != url:
        return LeftOut("url is not an http address", number)
    claim = feed_claim(published) if published else None
    if published and claim is None:
        return LeftOut("published is not a date", number)
    words = row["text"] if text else row["title"]
    given = None if claim is None else replace(claim, origin="given")
    return DumpRow(number, canonical_url(url), " ".join(title.split()), source, words, given)
