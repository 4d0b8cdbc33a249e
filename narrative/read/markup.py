"""The corpus markup: takes the marks out of a text, and draws them back.

The marks are described in `corpus/GUIDELINES.md`. Taking out is exact: the clean text has no marks left, every span slices
to the marked words, and `draw` gives back the marked text. What makes no sense is refused with file and line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from narrative.errors import NarrativeError
from narrative.terms import Span

_MARK = re.compile(
    r"\[(?P<tag>s\d+\.(?:content|(?:cue|source)(?:=s\d+)?|speaker|title|firm)|f\d+\.[A-Za-z_]+|p|o|dup|junk) "
)
_PIECE = re.compile(rf"\\[\[\]\\]|{_MARK.pattern}|[\[\]]")
_MANY_LINES = ("dup", "junk")
#: marks that name the same kind of thing, which cannot lie in one another
_ONE_KIND = {"speaker": "p", "firm": "o"}


class Mark(NamedTuple):
    """One mark of the markup: its tag as written and the span it covers in the clean text."""

    tag: str
    span: Span


@dataclass(frozen=True, slots=True)
class Marked:
    """A clean text and its marks in opening order; `first_line` is the line of the file at which the text begins."""

    text: str
    marks: tuple[Mark, ...]
    path: Path
    first_line: int = 1

    def where(self, offset: int) -> str:
        """Return file and line of an offset into the clean text, as messages name a place."""
        return f"{self.path}:{self.first_line + self.text.count(chr(10), 0, offset)}"


def take_marks(body: str, path: Path, first_line: int = 1) -> Marked:
    """Take the marks out of a marked text. Raises NarrativeError with file and line for a mark that makes no sense."""
    out: list[str] = []
    length = at = 0
    stack: list[tuple[int, str, int]] = []
    closed: list[tuple[int, Mark]] = []
    for match in _PIECE.finditer(body):
        where = f"{path}:{first_line + body.count(chr(10), 0, match.start())}"
        out.append(body[at : match.start()])
        length += match.start() - at
        at = match.end()
        piece = match.group()
        if piece[0] == "\\":
            out.append(piece[1])
            length += 1
        elif match["tag"]:
            stack.append((len(closed) + len(stack), match["tag"], length))
        elif piece == "[":
            raise NarrativeError(f"{where}: unknown mark {body[match.start() : match.start() + 25]!r}")
        elif not stack:
            raise NarrativeError(f"{where}: a closing bracket without an opening one")
        else:
            order, tag, start = stack.pop()
            closed.append((order, Mark(tag, Span(start, length))))
    text = "".join([*out, body[at:]])
    marked = Marked(text, tuple(mark for _, mark in sorted(closed)), path, first_line)
    if stack:
        raise NarrativeError(f"{marked.where(stack[-1][2])}: the mark {stack[-1][1]!r} is never closed")
    _check(marked)
    return marked


def draw(text: str, marks: Iterable[Mark]) -> str:
    """Write the marks back into the clean text: the inverse of taking them out."""
    events: list[tuple[int, int, str]] = []
    for order, (tag, span) in enumerate(marks):
        events.append((span.start, order + 1, f"[{tag} "))
        events.append((span.end, -order - 1, "]"))
    out, at = [], 0
    for place, _, piece in sorted(events):
        out += [_escape(text[at:place]), piece]
        at = place
    return "".join([*out, _escape(text[at:])])


def _escape(text: str) -> str:
    return re.sub(r"([\[\]\\])", r"\\\1", text)


def _check(marked: Marked) -> None:
    for number, mark in enumerate(marked.marks):
        _check_edges(mark, marked)
        for other in marked.marks[number + 1 :]:
            if other.span.start < mark.span.end:
                _check_inside(other, mark, marked)


def _check_edges(mark: Mark, marked: Marked) -> None:
    words = marked.text[mark.span.start : mark.span.end]
    where = f"{marked.where(mark.span.start)}: the mark {mark.tag!r}"
    if not words or words != words.strip():
        raise NarrativeError(f"{where} is empty or has blanks at its edges: {words[:40]!r}")
    if "\n" in words and mark.tag not in _MANY_LINES:
        raise NarrativeError(f"{where} runs over a line end: {words[:40]!r}")


def _check_inside(inner: Mark, outer: Mark, marked: Marked) -> None:
    where = f"{marked.where(inner.span.start)}: the mark {inner.tag!r} lies inside"
    if outer.tag in _MANY_LINES:
        raise NarrativeError(f"{where} a dup or junk region")
    if _kind(inner) == _kind(outer):
        raise NarrativeError(f"{where} {outer.tag!r}, which is of the same kind")


def _kind(mark: Mark) -> str:
    """What a mark spans: content, cue, source, title, p, o, figure, dup or junk."""
    head, _, part = mark.tag.partition(".")
    part = part.partition("=")[0] or head
    return "figure" if head.startswith("f") and head != part else _ONE_KIND.get(part, part)
