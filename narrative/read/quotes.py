"""Quotation marks: where quoted speech begins and ends in a paragraph.

Marks are paired inside one paragraph: straight, curly and mixed pairs, British single marks, and a paragraph that opens
a quotation which a later paragraph closes. A short quotation without a sentence's punctuation is a label ("scare quote"):
it stays part of the clause around it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from narrative.terms import Span

_DOUBLE = '"“”„'
_DOUBLE_MARK = re.compile(f"[{_DOUBLE}]")
_WIDE = "\u2060"  # stands for the second character of a mark
_OPEN_SINGLE = re.compile(r"(?<![\w’'])[‘'](?=[\w“\"(])")
_CLOSE_SINGLE = re.compile(r"(?<=[\w.,!?…)%])[’'](?!\w)")
_LABEL_WORDS = 4  # a quotation of fewer words is a label unless punctuation or an attribution says otherwise
#: 'on CNBC's "Squawk Box."', 'in a report titled "Small Caps for the Long Run"': every word of weight has a capital
_NAME = re.compile(
    r"[A-Z0-9][\w’'&-]*(?:,?\s(?:[A-Z0-9&][\w’'&-]*|of|the|and|an?|in|on|to|for|with|from|by)){1,8}[.,]?"
)
_NAMED_BEFORE = re.compile(
    r"(?:\bon|\bin|[’']s|[’'](?<=s[’'])|\b(?:titled|entitled|headlined|named|dubbed|show|programme?|podcast|newsletter|report|note|book|column|segment))\s$"
)


@dataclass(frozen=True, slots=True)
class Quote:
    """One quotation: `outer` with its marks, `inner` without. `open_ended` when no mark closes it in its paragraph."""

    outer: Span
    inner: Span
    open_ended: bool = False

    def is_label(self, text: str) -> bool:
        """Whether this is a word or phrase set in marks, or what a programme or paper is called, and nobody's speech."""
        words = text[self.inner.start : self.inner.end]
        if _NAME.fullmatch(words) and _NAMED_BEFORE.search(
            text, max(0, self.outer.start - 30), self.outer.start
        ):
            return True
        if self.open_ended or words.rstrip()[-1:] in ",.!?…" or "—" in words:
            return len(words.split()) < 2
        return len(words.split()) < _LABEL_WORDS


def quotes(text: str, start: int, end: int) -> tuple[Quote, ...]:
    """Return the quotations of the paragraph `text[start:end]`, in order, never overlapping."""
    found = _double(text, start, end)
    if not found or _british(text, start, found[0].outer.start):
        found = _single(text, start, end) or found
    return tuple(found)


def _british(text: str, start: int, first_double: int) -> bool:
    """Whether a single mark opens before the first double one: then double marks are quotations inside quotations."""
    opening = _OPEN_SINGLE.search(text, start, first_double)
    return opening is not None and not _CLOSE_SINGLE.search(text, opening.end(), first_double)


def _double(text: str, start: int, end: int) -> list[Quote]:
    # Typewriters' pairs of single marks ('' and ``) are double marks of two characters.
    if "''" in text or "``" in text:
        text = text.replace("''", f'"{_WIDE}').replace("``", f"“{_WIDE}")
    out: list[Quote] = []
    opened: int | None = None
    for at in [mark.start() for mark in _DOUBLE_MARK.finditer(text, start, end)]:
        if _is_inch_mark(text, at):
            continue
        if opened is None:
            opened = at if _opens(text, at, start) else None
        elif text[at] in "“„" or (text[at] == '"' and _opens(text, at, start) and not _closes(text, at, end)):
            opened = at  # the earlier mark was never closed: a stray one, or a typo
        else:
            out.append(_quote(text, opened, at, at + 1 + (text[at + 1 : at + 2] == _WIDE)))
            opened = None
    if opened is not None and text[opened:end].strip(_DOUBLE + " "):
        out.append(_quote(text, opened, end, end, open_ended=True))
    return [quote for quote in out if quote.inner.end > quote.inner.start]


def _single(text: str, start: int, end: int) -> list[Quote]:
    """British marks: an opening one before a word, a closing one after a word or stop and not before a letter."""
    out: list[Quote] = []
    at = start
    while opening := _OPEN_SINGLE.search(text, at, end):
        closings = list(_CLOSE_SINGLE.finditer(text, opening.end(), end))
        # An apostrophe of possession ("investors' money") looks like a closing mark; one after a stop is surer.
        sure = [c for c in closings if text[c.start() - 1] in ".,!?…"] or closings
        if not sure:
            return out
        out.append(_quote(text, opening.start(), sure[0].start(), sure[0].end()))
        at = sure[0].end()
    return [quote for quote in out if quote.inner.end > quote.inner.start]


def _quote(text: str, opened: int, closed: int, outer_end: int, *, open_ended: bool = False) -> Quote:
    inner_start = opened + 1
    while inner_start < closed and (text[inner_start].isspace() or text[inner_start] == _WIDE):
        inner_start += 1
    inner_end = closed
    while inner_end > inner_start and text[inner_end - 1].isspace():
        inner_end -= 1
    return Quote(Span(opened, outer_end), Span(inner_start, inner_end), open_ended)


def _opens(text: str, at: int, start: int) -> bool:
    if text[at] in "“„":
        return True
    before = text[at - 1] if at > start else " "
    after = text[at + 1 : at + 2]
    return (before.isspace() or before in "([—–-'‘:") and bool(after) and not after.isspace()


def _closes(text: str, at: int, end: int) -> bool:
    before, after = text[at - 1 : at], text[at + 1 : at + 2] if at + 1 < end else " "
    return bool(before) and not before.isspace() and (after.isspace() or not after.isalnum())


def _is_inch_mark(text: str, at: int) -> bool:
    return (
        text[at] == '"'
        and text[at - 1 : at].isdigit()
        and text[max(0, at - 8) : at].count('"') == 0
        and (
            re.search(r"\b\d{1,2}(?:\.\d)?$", text[max(0, at - 6) : at]) is not None
            and re.match(r"\s(?:screen|display|pipe|wafer|inch)", text[at + 1 : at + 10]) is not None
        )
    )
