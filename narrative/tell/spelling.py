"""Words one slip away: a letter too many, too few, wrong, or two swapped."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest

SHORTEST = 4


def repairs(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the known words that `word` (lower case) is one slip away from, sorted.

    Words under four letters are never repaired, and four-letter words not by exchanging a letter: "cars"
    is no slip for "caps".
    """
    return tuple(sorted(right for right in known if _one_slip(word, right)))


def _one_slip(wrong: str, right: str) -> bool:
    if min(len(wrong), len(right)) < SHORTEST or abs(len(wrong) - len(right)) > 1 or wrong == right:
        return False
    if not (wrong.isalpha() and right.isalpha()):
        return False
    if len(wrong) == len(right):
        off = [at for at, (a, b) in enumerate(zip_longest(wrong, right)) if a != b]
        if len(off) == 1:
            return len(wrong) > SHORTEST
        return (
            len(off) == 2
            and off[1] == off[0] + 1
            and wrong[off[0]] + wrong[off[1]] == right[off[1]] + right[off[0]]
        )
    short, long = sorted((wrong, right), key=len)
    return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
