"""Counts and differences of one article while it is compared; the stages write into it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from narrative.evaluate.annotation import Annotation
from narrative.evaluate.outcome import Difference, Outcome, Tally
from narrative.read.annotated import GoldStatement
from narrative.terms import Span, said

Item = TypeVar("Item")
LONG = 90  # letters of a text that a difference shows
ABSENT = "none"


class Counting:
    """The outcome of one article in the making."""

    def __init__(self, gold: Annotation) -> None:
        self.gold = gold
        self.outcome = Outcome(family=gold.family)

    def tally(self, name: str, hit: int = 0, missed: int = 0, extra: int = 0) -> None:
        """Add to the tally of that name."""
        self.outcome.tallies[name].add(Tally(hit, missed, extra))

    def share(self, name: str, right: bool) -> None:
        """Count one case of the share of that name."""
        self.outcome.shares[name].count(right)

    def note(self, stage: str, at: int, words: str, gold: str | None, other: str | None) -> None:
        """Keep one difference."""
        self.outcome.differences.append(
            Difference(stage, self.gold.id, at, shortened(words), gold or ABSENT, other or ABSENT)
        )

    def note_statement(
        self, stage: str, statement: GoldStatement, gold: str | None, other: str | None
    ) -> None:
        """Keep one difference on a statement."""
        self.note(stage, statement.content[0].start, said(self.gold.text, statement.content), gold, other)

    def spans(self, name: str, gold: Iterable[Span], other: Iterable[Span]) -> set[Span]:
        """Count spans that must be the same to the letter; return those that are."""
        one, two = set(gold), set(other)
        self.tally(name, len(one & two), len(one - two), len(two - one))
        for span in sorted(one ^ two):
            there, found = ("there", "missed") if span in one else ("none", "found")
            self.note(name, span.start, self.gold.text[span.start : span.end], there, found)
        return one & two


def shortened(words: str) -> str:
    """Return words as a difference shows them: white space collapsed, at most LONG letters."""
    text = " ".join(words.split())
    return text if len(text) <= LONG else f"{text[: LONG - 1]}…"


def aligned(
    one: Sequence[Item], other: Sequence[Item], *tests: Callable[[Item, Item], bool]
) -> tuple[list[tuple[Item, Item]], list[Item], list[Item]]:
    """Pair items one to one, by the first test as far as it goes, then by the next.

    Returns the pairs, what is left of `one`, what is left of `other`.
    """
    left_one, left_other = list(one), list(other)
    pairs = []
    for same in tests:
        for item in list(left_one):
            twin = next((x for x in left_other if same(item, x)), None)
            if twin is not None:
                left_one.remove(item)
                left_other.remove(twin)
                pairs.append((item, twin))
    return pairs, left_one, left_other
