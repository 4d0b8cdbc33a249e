"""A local file, gzipped or not, read from front to back, with one error for a file that is damaged inside."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from narrative.errors import NarrativeError

_CHUNK = 64 * 1024


class BrokenFileError(NarrativeError):
    """The file cannot be read any further; what came before is good."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something in a file that is not taken: why, in words, and on which line where there are lines."""

    reason: str
    line: int | None = None


class Opened(NamedTuple):
    """A file that somebody has opened, such as one on another machine: its name, its bytes and how many there are."""

    name: str
    raw: io.BufferedReader
    size: int


class PackedFile:
    """An open file that is unpacked while it is read; close it, or use it in a `with` block.

    Whether it is gzipped is told by its first bytes, not by its name. `size` and `done` count the bytes of the
    file itself. Raises NarrativeError when it cannot be opened, BrokenFileError where it cannot be read on.
    """

    def __init__(self, path: Path | Opened) -> None:
        self.path: Path | str
        if isinstance(path, Opened):
            self.path, self._raw, self.size = path
        else:
            self.path = path
            try:
                self.size = path.stat().st_size
                self._raw = path.open("rb")
            except OSError as error:
                raise NarrativeError(f"cannot read {path}: {error.strerror or error}") from error
        self._offset = 0
        zipped = self._guarded(lambda: self._raw.peek(2)).startswith(b"\x1f\x8b")
        self._unpacked = io.BufferedReader(_Unpacked(self._raw)) if zipped else self._raw

    @property
    def done(self) -> int:
        """The bytes of the file that were read so far, those read ahead included."""
        return self._raw.tell()

    def tell(self) -> int:
        """Return how many unpacked bytes were handed out."""
        return self._offset

    def read(self, size: int = _CHUNK) -> bytes:
        """Return up to `size` unpacked bytes, as many as are at hand; nothing at the end of the file."""
        return self._counted(self._guarded(lambda: self._unpacked.read1(size)))

    def readline(self, limit: int = -1) -> bytes:
        """Return the next line with its end, cut after `limit` bytes; nothing at the end of the file."""
        return self._counted(self._guarded(lambda: self._unpacked.readline(limit)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._raw.close()

    def _counted(self, piece: bytes) -> bytes:
        self._offset += len(piece)
        return piece

    def _guarded(self, step: Callable[[], bytes]) -> bytes:
        """Say in one line what a packed file or a disk can do wrong."""
        try:
            return step()
        except (EOFError, zlib.error, OSError) as error:
            raise self.broken(str(error)) from error

    def broken(self, reason: str) -> BrokenFileError:
        """Return the error for a file that goes wrong where it was read to."""
        words = " ".join(reason.split()).rstrip(".")[:120]
        return BrokenFileError(
            f"{self.path} cannot be read beyond byte {self.done} of {self.size} ({words}); what came before is "
            "kept: get the file again and run this again for the rest"
        )


class _Unpacked(io.RawIOBase):
    """A gzip file unpacked piece by piece: what lies before some damage is handed out before the damage is told.

    `gzip.GzipFile` drops it. Raises zlib.error for damage, EOFError for an early end.
    """

    def __init__(self, packed: io.BufferedReader) -> None:
        self._pieces = _pieces(packed)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = piece
        taken = self._left[: len(buffer)]
        buffer[: len(taken)] = taken
        self._left = self._left[len(taken) :]
        return len(taken)


def _pieces(packed: io.BufferedReader) -> Iterator[bytes]:
    """Yield what a gzip file holds, member by member, never more than a chunk at a time."""
    engine = zlib.decompressobj(16 + zlib.MAX_WBITS)
    while data := packed.read(_CHUNK):
        while data:
            if engine.eof:
                data = data.lstrip(b"\0")  # padding after the last member is common and harmless
                if not data:
                    break
                engine = zlib.decompressobj(16 + zlib.MAX_WBITS)
            yield engine.decompress(data, _CHUNK)
            data = engine.unconsumed_tail or engine.unused_data
    if not engine.eof:
        raise EOFError("the compressed data ends early")
