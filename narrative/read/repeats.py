"""Text that a page prints twice: whole bodies, and single lines such as pull quotes and sub-headlines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import compress

from narrative.terms import Span

_WORD = re.compile(r"[^\W_]+")
_LINE = re.compile(r"[^\r\n]+")
_SHINGLE = 8  # words
_LONG_LINE = (
    12  # words from which a line is compared by shingles, so that a changed word does not hide the copy
)
_SHARE = 0.9  # of a long line's shingles met before
_BODY_WORDS = 40  # a repeated body has at least as many words, in
_BODY_LINES = 2  # at least as many lines of running text


def folded(text: str) -> str:
    """Return the words of a text in lower case, one space apart: the form in which copies are equal."""
    return " ".join(_WORD.findall(text.lower()))


def repeated_bodies(text: str) -> tuple[Span, ...]:
    """Return the spans of `text` that print again, for the most part, what stood before them.

    Compared are whole lines; a run of repeated lines counts when it is long enough to be a body and not a
    slogan, and one line that differs (an advertisement, another date) does not break the run.
    """
    lines = [Span(*match.span()) for match in _LINE.finditer(text) if match.group().strip()]
    repeated = _repeated(text, lines)
    out: list[Span] = []
    i = 0
    while i < len(lines):
        if not repeated[i]:
            i += 1
            continue
        j = i
        while j + 1 < len(lines) and (repeated[j + 1] or (j + 2 < len(lines) and repeated[j + 2])):
            j += 1
        if _is_body([text[start:end] for start, end in compress(lines[i : j + 1], repeated[i : j + 1])]):
            out.append(Span(lines[i].start, lines[j].end))
        i = j + 1
    return tuple(out)


def echoes(blocks: Sequence[str]) -> set[int]:
    """Return the indices of blocks that say nothing new: equal to an earlier one, or lifted from a longer one.

    Blocks under six words are left alone: "Key takeaways" may head two sections.
    """
    forms = [folded(block) for block in blocks]
    counts = [form.count(" ") + 1 if form else 0 for form in forms]
    padded = [f" {form} " for form in forms]
    seen: set[str] = set()
    out: set[int] = set()
    for i, form in enumerate(forms):
        if counts[i] < 6:
            continue
        lifted = counts[i] <= 60 and any(
            counts[j] > counts[i] and padded[i] in padded[j] for j in range(len(forms)) if j != i
        )
        if form in seen or lifted:
            out.add(i)
        seen.add(form)
    return out


def _repeated(text: str, lines: Sequence[Span]) -> list[bool]:
    """For each line, whether it was printed before."""
    seen: set[str] = set()
    shingles: set[str] = set()
    out = []
    for start, end in lines:
        found = _WORD.findall(text[start:end].lower())
        own = {" ".join(found[k : k + _SHINGLE]) for k in range(len(found) - _SHINGLE + 1)}
        key = " ".join(found)
        if len(found) >= _LONG_LINE:
            out.append(len(own & shingles) >= _SHARE * len(own))
        else:
            out.append(bool(key) and key in seen)
        seen.add(key)
        shingles |= own
    return out


def _is_body(lines: Sequence[str]) -> bool:
    counts = [len(_WORD.findall(line)) for line in lines]
    return sum(counts) >= _BODY_WORDS and sum(count >= _SHINGLE for count in counts) >= _BODY_LINES
