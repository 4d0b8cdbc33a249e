"""What comparing one article gives: counts by stage, the judged pairs, and every difference in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(slots=True)
class Tally:
    """Counts of one thing to find: found, missed, and found where there is none."""

    hit: int = 0
    missed: int = 0
    extra: int = 0

    def add(self, other: Tally) -> None:
        """Add the counts of another tally."""
        self.hit, self.missed, self.extra = (
            self.hit + other.hit,
            self.missed + other.missed,
            self.extra + other.extra,
        )

    @property
    def precision(self) -> float | None:
        """Share of what was found that is right; None when nothing was found."""
        return self.hit / (self.hit + self.extra) if self.hit + self.extra else None

    @property
    def recall(self) -> float | None:
        """Share of what there is that was found; None when there is nothing."""
        return self.hit / (self.hit + self.missed) if self.hit + self.missed else None

    @property
    def f1(self) -> float | None:
        """2 hit / (2 hit + missed + extra); None when there is nothing to find and nothing was found."""
        total = 2 * self.hit + self.missed + self.extra
        return 2 * self.hit / total if total else None


@dataclass(slots=True)
class Share:
    """How often an attribute of a matched thing is right."""

    right: int = 0
    of: int = 0

    def add(self, other: Share) -> None:
        """Add the counts of another share."""
        self.right, self.of = self.right + other.right, self.of + other.of

    def count(self, right: bool) -> None:
        """Count one case."""
        self.of += 1
        self.right += right

    @property
    def rate(self) -> float | None:
        """The share that is right; None without cases."""
        return self.right / self.of if self.of else None


class JudgedPair(NamedTuple):
    """A (statement, target) pair that both sides judge: gold's stance and the other's.

    Between two annotations there are no probabilities.
    """

    stance: str
    other: str
    abstained: bool = False
    probabilities: tuple[float, float, float] | None = None


class Difference(NamedTuple):
    """One place where the two sides differ; `stage` is the tally or share that it counts in."""

    stage: str
    article: str
    at: int
    words: str
    gold: str
    other: str


@dataclass(slots=True)
class Outcome:
    """Everything counted on one article, or on many when outcomes are joined."""

    cells: frozenset[str] = frozenset()
    tallies: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    shares: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    pairs: list[JudgedPair] = field(default_factory=list)
    given: list[JudgedPair] = field(
        default_factory=list
    )  # stances judged on the annotated statements and targets
    differences: list[Difference] = field(default_factory=list)


def joined(outcomes: Iterable[Outcome]) -> Outcome:
    """Add up outcomes; cells are dropped."""
    total = Outcome()
    for outcome in outcomes:
        for name, tally in outcome.tallies.items():
            total.tallies[name].add(tally)
        for name, share in outcome.shares.items():
            total.shares[name].add(share)
        total.pairs += outcome.pairs
        total.given += outcome.given
        total.differences += outcome.differences
    return total
