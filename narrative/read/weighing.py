"""Two readings of who said what, by rules and by tags, weighed against each other.

Where both see a statement they are nearly always right, and the rules know its source better. What only the rules see is
kept when a label attributes it or when the model takes the words for content at all; what only the model sees, when it is sure.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from narrative.read.tags import Tags
from narrative.terms import Statement

_SAME = 0.8  # of the characters of both, from which two contents are one
_TOUCHES = 0.2
_CONTENT = 0.5  # mean chance of a rule's words to be content, from which they stand
_SURE = 0.85  # of a tagged content that no rule sees


def weighed(by_rules: Sequence[Statement], by_tags: Sequence[Statement], tags: Tags) -> tuple[Statement, ...]:
    """Join the two readings, in reading order; no two of the result share a word."""
    places = [(statement, _places(statement)) for statement in by_tags]
    kept: list[Statement] = []
    for statement in by_rules:
        own = _places(statement)
        other, share = max(
            ((s, _share(own, p)) for s, p in places), key=lambda pair: pair[1], default=(None, 0.0)
        )
        if share >= _SAME or _is_labelled(statement) or _chance(statement, tags) >= _CONTENT:
            kept.append(statement)
        elif other is not None and share > _TOUCHES and other not in kept:
            kept.append(other)
    taken = {at for statement in kept for at in _places(statement)}
    kept += [s for s, p in places if not p & taken and _chance(s, tags) >= _SURE]
    return tuple(sorted(kept, key=lambda statement: statement.content))


def _is_labelled(statement: Statement) -> bool:
    """Whether a name and a colon, or a headline's last words, attribute it: form that leaves no doubt."""
    return statement.cue is None and statement.source is not None


def _places(statement: Statement) -> frozenset[int]:
    return frozenset(chain.from_iterable(range(start, end) for start, end in statement.content))


def _share(one: frozenset[int], other: frozenset[int]) -> float:
    return len(one & other) / len(one | other)


def _chance(statement: Statement, tags: Tags) -> float:
    """Mean chance of the statement's words to be content, by the length of its spans."""
    total = sum(end - start for start, end in statement.content)
    return sum(tags.chance("content", span) * (span.end - span.start) for span in statement.content) / total
