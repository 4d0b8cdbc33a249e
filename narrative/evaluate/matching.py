"""Which statement of one annotation is which of the other: the same words, to four fifths.

Two statements match when the letters their content spans share are at least THRESHOLD of the letters in either (intersection
over union, as in PolNeAR's evaluation; Newell et al. 2018). Blanks do not count. Each matches one other at most, the
best pairs first.
"""

from __future__ import annotations

from collections.abc import Sequence

from narrative.read.annotated import GoldStatement
from narrative.terms import Span

THRESHOLD = 0.8


def matched(
    one: Sequence[GoldStatement], other: Sequence[GoldStatement], text: str
) -> list[tuple[GoldStatement, GoldStatement]]:
    """Return the matching pairs in the order of `one`."""
    letters = {id(s): _letters(s.content, text) for s in (*one, *other)}
    found = []
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            shared = len(letters[id(a)] & letters[id(b)])
            if shared and (score := shared / len(letters[id(a)] | letters[id(b)])) >= THRESHOLD:
                found.append((-score, i, j))
    taken_one: set[int] = set()
    taken_other: set[int] = set()
    pairs = []
    for _, i, j in sorted(found):
        if i not in taken_one and j not in taken_other:
            taken_one.add(i)
            taken_other.add(j)
            pairs.append((i, j))
    return [(one[i], other[j]) for i, j in sorted(pairs)]


def _letters(spans: Sequence[Span], text: str) -> frozenset[int]:
    return frozenset(at for start, end in spans for at in range(start, end) if not text[at].isspace())
