"""Draws the parts of an attribution in their paragraph: [source Ann Lee] [cue said] [content ...]."""

from __future__ import annotations

from itertools import groupby
from typing import Literal

from narrative.tell.escaping import plain
from narrative.tell.layout import NARROWEST, Page, Style
from narrative.tell.shapes import Evidence
from narrative.terms import Span

Part = Literal["source", "cue", "content"]
Glyph = tuple[str, Part | None]

AROUND = 400  # code points of context kept on either side of the parts in a long paragraph
_STYLES: dict[Part, tuple[Style, ...]] = {"source": ("bold",), "cue": ("dim",), "content": ("underline",)}


def parts_of(evidence: Evidence) -> tuple[tuple[Span, Part], ...]:
    """Return the spans of an attribution that lie inside the text, in order, with what they are."""
    named: list[tuple[Span | None, Part]] = [(evidence.source, "source"), (evidence.cue, "cue")]
    named += [(span, "content") for span in evidence.content]
    size = len(evidence.text)
    return tuple(sorted((span, part) for span, part in named if span and 0 <= span[0] < span[1] <= size))


def runs(evidence: Evidence) -> tuple[tuple[str, Part | None], ...]:
    """Return the paragraph around the parts as pieces, each with the part it belongs to; safe, on one line.

    Where parts overlap the source wins, then the cue. A long paragraph is cut to its surroundings with an
    ellipsis.
    """
    parts = parts_of(evidence)
    if not parts:
        return ()
    start, end = _paragraph(evidence.text, parts[0][0][0], max(span[1] for span, _ in parts))
    owner: dict[int, Part] = {}
    order: tuple[Part, ...] = ("content", "cue", "source")
    for wanted in order:
        for span, kind in parts:
            if kind == wanted:
                owner |= dict.fromkeys(range(*span), kind)
    pieces: list[tuple[str, Part | None]] = []
    for part, places in groupby(range(start, end), key=owner.get):
        raw = "".join(evidence.text[at] for at in places)
        words = plain(raw)
        before, after = raw[:1].isspace(), raw[-1:].isspace()
        pieces.append((" " * before + words + " " * (after and bool(words)), part))
    head = [("… ", None)] if start and evidence.text[start - 1] != "\n" else []
    tail = [(" …", None)] if end < len(evidence.text) and evidence.text[end] != "\n" else []
    return (*head, *pieces, *tail)


def draw(evidence: Evidence, page: Page, indent: int = 2) -> list[str]:
    """Return the marked paragraph in lines no wider than the page; with color, parts are styled too."""
    glyphs: list[Glyph] = []
    for text, part in runs(evidence):
        body = text.strip() if part else text
        marked = f"[{part} {body}]" if part else body
        glyphs += [(letter, part) for letter in marked]
    return [
        " " * indent + _painted(line, page) for line in _wrapped(glyphs, max(page.width, NARROWEST) - indent)
    ]


def _paragraph(text: str, first: int, last: int) -> tuple[int, int]:
    start = text.rfind("\n", 0, first) + 1
    end = text.find("\n", last)
    end = len(text) if end < 0 else end
    return max(start, first - AROUND), min(end, last + AROUND)


def _wrapped(glyphs: list[Glyph], width: int) -> list[list[Glyph]]:
    """Break styled letters at spaces, as many words a line as fit."""
    words = [list(group) for space, group in groupby(glyphs, key=lambda g: g[0] == " ") if not space]
    lines: list[list[Glyph]] = []
    for word in words:
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            gap = word[0][1] if word[0][1] == lines[-1][-1][1] else None
            lines[-1] += [(" ", gap), *word]
        else:
            lines += [word[at : at + width] for at in range(0, len(word), width)]
    return lines


def _painted(line: list[Glyph], page: Page) -> str:
    pieces = []
    for part, letters in groupby(line, key=lambda glyph: glyph[1]):
        text = "".join(letter for letter, _ in letters)
        pieces.append(page.paint(text, *_STYLES[part]) if part else text)
    return "".join(pieces)
