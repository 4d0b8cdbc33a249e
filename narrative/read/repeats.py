"""Text that a page prints twice: whole bodies, and single lines such as pull quotes and sub-headlines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import compress

from narrative.terms import Span

_WORD = re.compile(r"[^\W_]+")
_LINE = re.compile(r"[^\r\n]+")
_END = re.compile(r"[.!?…][\"'”’)\]]*\s*(?=\S)")
_SHINGLE = 8  # words
_LONG_LINE = (
    12  # words from which a line is compared by shingles, so that a changed word does not hide the copy
)
_SHARE = 0.9  # of a long line's shingles met before
_BODY_WORDS = 40  # a repeated body has at least as many words, in
_BODY_LINES = 2  # at least as many lines of running text, or one
_BODY_IN_ONE = 100  # of as many words


def folded(text: str) -> str:
    """Return the words of a text in lower case, one space apart: the form in which copies are equal."""
    return " ".join(_WORD.findall(text.lower()))


@lru_cache(maxsize=256)
def shingles(text: str, size: int) -> frozenset[str]:
    """Return the runs of `size` words of a text, folded; a text with fewer words has none.

    Kept for a while: a page's paragraphs are compared with one another several times while it is mended.
    """
    found = _WORD.findall(text.lower())
    return frozenset(map(" ".join, zip(*(found[at:] for at in range(size)), strict=False)))


def repeated_share(text: str) -> float:
    """Return the share of a text's eight-word shingles that repeat an earlier one, in [0, 1]."""
    count = len(_WORD.findall(text.lower())) - _SHINGLE + 1
    return 1 - len(shingles(text, _SHINGLE)) / count if count > 0 else 0.0


def without_repeats(text: str) -> str:
    """Cut what a text prints again: bodies with what stands between the copies, and long lines word for word."""
    kept, at = [], 0
    for start, end in repeated_bodies(text):
        kept.append(text[at:start])
        at = end
    seen: set[str] = set()
    lines = []
    for line in "".join([*kept, text[at:]]).split("\n"):
        form = folded(line)
        if form.count(" ") < _LONG_LINE - 1 or form not in seen:
            lines.append(line)
            seen.add(form)
    return "\n".join(lines).strip()


def repeated_bodies(text: str) -> tuple[Span, ...]:
    """Return the spans of `text` that print again, for the most part, what stood before them.

    Compared are whole lines; a run of repeated lines counts when it is long enough to be a body and not a
    slogan. One short line that differs (an advertisement, another date) does not break the run.
    """
    lines = [Span(*match.span()) for match in _LINE.finditer(text) if match.group().strip()]
    counts = [len(_WORD.findall(text[start:end])) for start, end in lines]
    repeated = _repeated(text, lines)
    out: list[Span] = []
    i = 0
    while i < len(lines):
        if not repeated[i]:
            i += 1
            continue
        j = i
        while j + 1 < len(lines) and (
            repeated[j + 1] or (j + 2 < len(lines) and repeated[j + 2] and counts[j + 1] < _SHINGLE)
        ):
            j += 1
        if _is_body(list(compress(counts[i : j + 1], repeated[i : j + 1]))):
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
    met: set[str] = set()
    out = []
    for start, end in lines:
        line = text[start:end]
        form = folded(line)
        count = form.count(" ") + 1
        own = shingles(line, _SHINGLE)
        if count >= _LONG_LINE:
            # A copy with its paragraphs glued has shingles across their ends that the first print had not.
            across = (_SHINGLE - 1) * len(_END.findall(line)) if count >= _BODY_IN_ONE else 0
            out.append(len(own & met) >= max(_SHARE * (len(own) - across), len(own) / 2))
        else:
            out.append(bool(form) and form in seen)
        seen.add(form)
        met |= own
    return out


def _is_body(counts: Sequence[int]) -> bool:
    running = sum(count >= _SHINGLE for count in counts) >= _BODY_LINES or max(counts) >= _BODY_IN_ONE
    return sum(counts) >= _BODY_WORDS and running
