"""What comparing one article gives: counts by stage, every difference in words, and a trace of each statement of gold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(slots=True)
class Tally:
    """Counts of one thing to find: found, missed, and found where there is none. Raises ValueError for a negative count."""

    hit: int = 0
    missed: int = 0
    extra: int = 0

    def __post_init__(self) -> None:
        if min(self.hit, self.missed, self.extra) < 0:
            raise ValueError(f"a count below zero: {self}")

    def add(self, other: Tally) -> None:
        """Add the counts of another tally."""
        self.hit += other.hit
        self.missed += other.missed
        self.extra += other.extra

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
    """How often something is right."""

    right: int = 0
    of: int = 0

    def add(self, other: Share) -> None:
        """Add the counts of another share."""
        self.right += other.right
        self.of += other.of

    def count(self, right: bool) -> None:
        """Count one case."""
        self.of += 1
        self.right += right

    @property
    def rate(self) -> float | None:
        """The share that is right; None without cases."""
        return self.right / self.of if self.of else None


class JudgedPair(NamedTuple):
    """A (statement, target) pair that both sides judge: gold's stance and the other's, the likeliest one when it abstained.

    Between two annotations there are no probabilities.
    """

    stance: str
    other: str
    abstained: bool = False
    probabilities: tuple[float, float, float] | None = None


class Difference(NamedTuple):
    """One place where the two sides differ; `stage` names the count, "given" is stance on annotated statements."""

    stage: str
    article: str
    at: int
    words: str
    gold: str
    other: str


@dataclass(slots=True)
class Trace:
    """What became of one statement of gold: found or not, its voice, its pairs, and its part in the chain."""

    cells: frozenset[str]
    found: bool = False
    voice: bool | None = None  # None when it was not found
    pairs: list[JudgedPair] = field(default_factory=list)
    given: list[JudgedPair] = field(default_factory=list)
    wanted: int = 0  # counted views of a named voice
    reached: int = 0  # those that the other side has with the same voice, target and stance


@dataclass(slots=True)
class Outcome:
    """Everything counted on one article, or on many when outcomes are joined."""

    family: str = ""
    tallies: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    shares: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    traces: dict[str, Trace] = field(default_factory=dict)  # by the statement's name in gold
    differences: list[Difference] = field(default_factory=list)

    @property
    def pairs(self) -> list[JudgedPair]:
        """The pairs that both sides judge on matched statements."""
        return [pair for trace in self.traces.values() for pair in trace.pairs]

    @property
    def given(self) -> list[JudgedPair]:
        """The pairs that the model judged on annotated statements and targets."""
        return [pair for trace in self.traces.values() for pair in trace.given]


def joined(outcomes: Iterable[Outcome]) -> Outcome:
    """Add up outcomes; families are dropped."""
    total = Outcome()
    for number, outcome in enumerate(outcomes):
        for name, tally in outcome.tallies.items():
            total.tallies[name].add(tally)
        for name, share in outcome.shares.items():
            total.shares[name].add(share)
        total.traces |= {f"{number}.{name}": trace for name, trace in outcome.traces.items()}
        total.differences += outcome.differences
    return total
