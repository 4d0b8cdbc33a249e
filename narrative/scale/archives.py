"""Web archives at the speed of a native parser. The only door to fastwarc.

It reads what `crawl.warc` reads and gives what that gives: each record goes through the same function, and where the fast
parser stumbles the slow one goes on from the same record and says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from narrative.crawl.packed import BrokenFileError, LeftOut, PackedFile
from narrative.crawl.warc import found_in, read_warc
from narrative.errors import NarrativeError
from narrative.scale import HOW_TO_INSTALL
from narrative.terms import Capture


@dataclass(frozen=True, slots=True)
class _Record:
    """A record of fastwarc in the shape of warcio's."""

    record: Any

    @property
    def rec_type(self) -> str:
        return self.get_header("WARC-Type") or ""

    @property
    def rec_headers(self) -> _Record:
        return self

    @property
    def raw_stream(self) -> Any:
        return self.record.reader

    @property
    def length(self) -> int | None:
        said = (self.get_header("Content-Length") or "").strip()
        return int(said) if said.isascii() and said.isdigit() else None

    @property
    def is_odd(self) -> bool:
        """Whether a header is not in UTF-8; the slow parser takes it for Latin-1, this one has lost it."""
        return any("\ufffd" in value for _, value in self.record.headers.items())

    def get_header(self, name: str) -> str | None:
        value: str | None = self.record.headers.get(name)
        return value


def read_archive(file: PackedFile, again: Callable[[], PackedFile]) -> Iterator[Capture | LeftOut]:
    """Yield what `read_warc` yields of the open file, and raise what it raises; `again` opens the file a second time."""
    try:
        from fastwarc.warc import ArchiveIterator
    except ImportError as error:
        raise NarrativeError(HOW_TO_INSTALL) from error

    stream: Any = file
    number, sound = 0, True
    try:
        for record in ArchiveIterator(stream, parse_http=False, stream_detect=False):
            seen = _Record(record)
            if seen.length is None or seen.is_odd:
                sound = False
                break
            found = found_in(seen)
            number += 1
            yield found
    except (OSError, ValueError, BrokenFileError):
        sound = False
    if not sound or not number:
        with again() as second:
            yield from islice(read_warc(second), number, None)
