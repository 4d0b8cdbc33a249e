"""Damage to bytes: what broken servers, half a download and people with bad intentions do to a document."""

from __future__ import annotations

import functools
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

LARGEST = 3 * 1024 * 1024  # bytes of a document that is made here; damage may double them
_ODD = [
    b"\0", b"\0\0\0", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\x1f\x8b\x08", b"\xed\xa0\x80", b"\x85", b"\xc2\x0b\x0c",
    b"<", b">", b"&", b'"', b"'", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<?", b"?>", b"</", b"/>", b"<!DOCTYPE x [", b"]>",
    b"&#xD800;", b"&#0;", b"&#99999999999;", b"&bogus;", b"&amp;amp;", b"{", b"}", b"[", b"]", b",", b":", b"\\u0000",
    b"\\ud800", b"1e999", b"9" * 30, b"-", b" " * 40, b"\t", b"\r", b"\n\n", "\u2028\u202e\ufeff日".encode(), b"%00%ff", b"://",
    b"javascript:", b"<script>", b"</script>", b"<style>", b"<plaintext>", b"<base href='http://['>", b"<p>", b"</p>", b"<table>", b"<a href=",
    b"<meta charset=punycode>", b"<meta charset=utf-16>", b"<meta charset=unicode_escape>", b'<?xml encoding="utf-7"?>',
]  # fmt: skip
_TIMES = [1] * 60 + [2] * 4 + [5] * 4 + [40] * 3 + [700, 20_000, 300_000]


def grown(pieces: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """A piece, and now and then thousands of it, end to end or inside one another."""
    return st.builds(repeated, pieces, st.sampled_from(_TIMES))


def repeated(piece: bytes, times: int, largest: int = LARGEST) -> bytes:
    return piece * max(1, min(times, largest // max(1, len(piece))))


@st.composite
def damaged(draw: st.DrawFn, bodies: st.SearchStrategy[bytes], most: int = 4) -> bytes:
    """One of the bodies with up to `most` damages, none now and then."""
    body = draw(bodies)
    for _ in range(draw(st.integers(0, most))):
        body = draw(st.sampled_from(DAMAGES))(draw, body)[: 2 * LARGEST]
    return body


def _place(draw: st.DrawFn, body: bytes) -> int:
    return draw(st.integers(0, 1 << 22)) % (len(body) + 1)


def _flipped(draw: st.DrawFn, body: bytes) -> bytes:
    out = bytearray(body)
    for _ in range(draw(st.sampled_from([1, 1, 3, 50]))):
        if out:
            out[_place(draw, body) % len(out)] ^= 1 << draw(st.integers(0, 7))
    return bytes(out)


def _cut_short(draw: st.DrawFn, body: bytes) -> bytes:
    return body[: _place(draw, body)]


def _beheaded(draw: st.DrawFn, body: bytes) -> bytes:
    return body[_place(draw, body) :]


def _without_a_block(draw: st.DrawFn, body: bytes) -> bytes:
    at = _place(draw, body)
    return body[:at] + body[at + draw(st.sampled_from([1, 5, 100, 3000])) :]


def _with_a_block_again(draw: st.DrawFn, body: bytes) -> bytes:
    at, to = _place(draw, body), _place(draw, body)
    block = body[at : at + draw(st.sampled_from([3, 20, 200, 5000]))]
    times = draw(st.sampled_from([1, 1, 2, 30, 2000]))
    return body[:to] + repeated(block, times, LARGEST // 2) + body[to:]


def _with_odd_bytes(draw: st.DrawFn, body: bytes) -> bytes:
    at = _place(draw, body)
    odd = draw(st.sampled_from(_ODD) | st.binary(max_size=6))
    return body[:at] + repeated(odd, draw(st.sampled_from(_TIMES)), LARGEST // 2) + body[at:]


def _with_a_word_replaced(draw: st.DrawFn, body: bytes) -> bytes:
    old = draw(
        st.sampled_from(
            [
                b"</p>",
                b"</div>",
                b">",
                b'"',
                b"</item>",
                b"</title>",
                b"</script>",
                b"<p",
                b"utf-8",
                b"202",
                b":",
            ]
        )
    )
    return body.replace(
        old, draw(st.sampled_from(_ODD) | st.just(b"")), draw(st.sampled_from([1, 3, 1_000_000]))
    )


def _recoded(draw: st.DrawFn, body: bytes) -> bytes:
    name = draw(
        st.sampled_from(
            [
                "utf-16",
                "utf-16-le",
                "utf-16-be",
                "utf-32",
                "cp1252",
                "utf-8-sig",
                "cp037",
                "utf-7",
                "shift_jis",
            ]
        )
    )
    return body.decode("utf-8", "replace").encode(name, "replace")


def _with_a_huge_attribute(draw: st.DrawFn, body: bytes) -> bytes:
    at = body.find(b">", _place(draw, body))
    if at < 0:
        return body
    name = draw(
        st.sampled_from(
            [b"class", b"id", b"style", b"href", b"content", b"lang", b"xml:base", b"data-x", b"datetime"]
        )
    )
    filling = draw(
        st.sampled_from([b"a ", b"x", b"../", b"&amp;", b"<", b"2026-01-01 ", b"date ", b"\xe2\x80\x9c"])
    )
    return (
        body[:at]
        + b" "
        + name
        + b'="'
        + repeated(filling, draw(st.sampled_from(_TIMES)), LARGEST // 2)
        + b'"'
        + body[at:]
    )


def _with_many_attributes(draw: st.DrawFn, body: bytes) -> bytes:
    at = body.find(b">", _place(draw, body))
    count = draw(st.sampled_from([3, 300, 30_000]))
    return (
        body if at < 0 else body[:at] + b"".join(b' a%d="x"' % number for number in range(count)) + body[at:]
    )


def _nested(draw: st.DrawFn, body: bytes) -> bytes:
    at, count = _place(draw, body), draw(st.sampled_from([3, 90, 300, 5000, 200_000]))
    tag = draw(
        st.sampled_from(
            [
                b"div",
                b"span",
                b"b",
                b"ul><li",
                b"table><tr><td",
                b"blockquote",
                b"article",
                b"item",
                b"url",
                b"h1",
                b"font",
            ]
        )
    )
    close = draw(st.booleans())
    inner, rest = (body[at:], b"") if draw(st.booleans()) else (b"x", body[at:])
    closing = b"".join(b"</%s>" % one for one in reversed(tag.split(b"><"))) if close else b""
    return body[:at] + b"<%s>" % tag * count + inner + closing * count + rest


def _with_entities(draw: st.DrawFn, body: bytes) -> bytes:
    depth, width = draw(st.sampled_from([1, 3, 9])), draw(st.sampled_from([2, 10, 2000]))
    names = [b"e%d" % number for number in range(depth + 1)]
    told = b'<!ENTITY e0 "%s">' % (b"lol " * width)
    told += b"".join(b'<!ENTITY %s "%s">' % (one, b"&%s;" % inner * 10) for inner, one in pairwise(names))
    at = _place(draw, body)
    return (
        b"<!DOCTYPE x ["
        + told
        + b"]>"
        + body[:at]
        + b"&%s;" % names[-1] * draw(st.sampled_from([1, 100, 50_000]))
        + body[at:]
    )


#: each takes a draw and a body, and returns a body
DAMAGES: list[Callable[[Any, bytes], bytes]] = [
    _flipped, _cut_short, _beheaded, _without_a_block, _with_a_block_again, _with_odd_bytes, _with_a_word_replaced, _recoded,
    _with_a_huge_attribute, _with_many_attributes, _nested, _with_entities,
]  # fmt: skip


@functools.cache
def own_pages() -> tuple[bytes, ...]:
    """The project's own pages and tables, as bytes to damage."""
    root = Path(__file__).resolve().parents[1]
    files = [
        *(root / "corpus" / "site").rglob("*.html"),
        *(root / "tests" / "pages").glob("*"),
        *(root / "tests" / "tables").glob("*"),
    ]
    return tuple(path.read_bytes() for path in sorted(files))
