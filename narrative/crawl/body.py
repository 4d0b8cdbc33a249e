"""Reads a response body under a cap, before and after decompression."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator

_GZIP = 16 + zlib.MAX_WBITS
_RAW_DEFLATE = -zlib.MAX_WBITS
_PIECE = 64 * 1024  # bytes unpacked at once: what is left of them is copied at the end of each member
_MOST_MEMBERS = 10_000  # of one body
CODINGS = ("", "identity", "gzip", "x-gzip", "deflate")


class TooLargeError(Exception):
    """The body exceeds the cap."""


class DamagedError(Exception):
    """The compressed body is corrupt or ends early."""


def read_body(
    chunks: Iterable[bytes],
    coding: str,
    cap: int,
    *,
    cut: bool = False,
    check: Callable[[], None] = lambda: None,
) -> bytes:
    """Return the decoded body of at most `cap` bytes; `coding` is one of CODINGS, `check` runs on each chunk.

    Raises TooLargeError above the cap (with `cut`, returns the first `cap` bytes), DamagedError for broken
    compression. Memory stays near the cap whatever the chunks inflate to.
    """
    out = bytearray()
    for piece in _decoded(_watched(chunks, cap, check, cut), coding, cap):
        out += piece
        if len(out) > cap:
            if not cut:
                raise TooLargeError
            return bytes(out[:cap])
    return bytes(out)


def gunzip(body: bytes, cap: int) -> bytes:
    """Return what a gzip file holds. Raises TooLargeError above `cap` bytes, DamagedError if broken."""
    return read_body([body], "gzip", cap)


def _watched(chunks: Iterable[bytes], cap: int, check: Callable[[], None], cut: bool) -> Iterator[bytes]:
    """Pass chunks on, stopping an endless body on the wire whatever it would decode to."""
    total = 0
    for chunk in chunks:
        check()
        total += len(chunk)
        if total > cap and not cut:
            raise TooLargeError
        yield chunk


def _decoded(chunks: Iterable[bytes], coding: str, cap: int) -> Iterator[bytes]:
    if coding in ("", "identity"):
        return iter(chunks)
    if coding == "deflate":
        return _inflate_either(chunks, cap)
    return _inflate(chunks, _GZIP, cap)


def _inflate_either(chunks: Iterable[bytes], cap: int) -> Iterator[bytes]:
    """Inflate "deflate", which servers send with the zlib header (as the standard says) and without."""
    stream = iter(chunks)
    head = b""
    for chunk in stream:
        head += chunk
        if len(head) >= 2:
            break
    wrapped = len(head) >= 2 and head[0] & 0x0F == 8 and int.from_bytes(head[:2], "big") % 31 == 0
    return _inflate(_chain(head, stream), zlib.MAX_WBITS if wrapped else _RAW_DEFLATE, cap)


def _chain(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if head:
        yield head
    yield from rest


def _inflate(chunks: Iterable[bytes], wbits: int, cap: int) -> Iterator[bytes]:
    """Inflate members one after another, never more than `cap` + 1 bytes at a time."""
    engine = zlib.decompressobj(wbits)
    started, members = False, 1
    for data in _pieces(chunks):
        while data:
            if engine.eof:
                # A later member may be cut anywhere, behind its first byte too; padding is common and harmless.
                if wbits != _GZIP or data[:2] not in (b"\x1f", b"\x1f\x8b"):
                    break
                members += 1
                if members > _MOST_MEMBERS:
                    raise DamagedError(f"the compressed body has more than {_MOST_MEMBERS} members")
                engine = zlib.decompressobj(wbits)
            started = True
            yield _step(engine, data, cap)
            data = engine.unconsumed_tail or engine.unused_data
    if started and not engine.eof:
        raise DamagedError("the compressed body ends early")


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), _PIECE):
            yield chunk[start : start + _PIECE]


def _step(engine: zlib._Decompress, data: bytes, cap: int) -> bytes:
    try:
        return engine.decompress(data, cap + 1)
    except zlib.error as error:
        raise DamagedError(f"the compressed body is corrupt ({error})") from error
