"""What one vintage judged otherwise than another, as facts: counts by target, nets, what moved them, the views.

The text and the JSON are both drawn from the same `Comparison`.
"""

# ruff: noqa: D102 -- a field of a shape is documented where the record is made
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from narrative.terms import Entry


class Vintage(Protocol):
    """A vintage as the ledger knows it."""

    @property
    def id(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def targets(self) -> str: ...
    @property
    def articles(self) -> int: ...
    @property
    def views(self) -> int: ...
    @property
    def first(self) -> datetime: ...
    @property
    def last(self) -> datetime: ...


class Overlap(Protocol):
    """The pages that two vintages have both read, and how many only one has."""

    @property
    def pages(self) -> frozenset[int]: ...
    @property
    def old_only(self) -> int: ...
    @property
    def new_only(self) -> int: ...


class Net(Protocol):
    """The balance of standing views."""

    @property
    def value(self) -> float | None: ...
    @property
    def n_bullish(self) -> int: ...
    @property
    def n_bearish(self) -> int: ...
    @property
    def n_neutral(self) -> int: ...


class Mover(Protocol):
    """One change of a standing view and its effect on net."""

    @property
    def target(self) -> str: ...
    @property
    def before(self) -> Entry | None: ...
    @property
    def after(self) -> Entry | None: ...
    @property
    def effect(self) -> float | None: ...


class Told(NamedTuple):
    """A view as it is listed; many are kept at a time, so only what is printed."""

    view: str
    voice: str
    stance: str
    score: float
    counted: bool
    words: str


@dataclass(frozen=True, slots=True)
class Change:
    """One pair of views on the same words; None where a vintage has none."""

    kind: str
    target: str
    old: Told | None
    new: Told | None


@dataclass(frozen=True, slots=True)
class TargetChanges:
    """The views on one target: how many of each kind of change, and all that are not the same."""

    target: str
    kinds: Mapping[str, int]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Balance:
    """Net of a narrative or target under either vintage, and what moved it, the largest effect first."""

    name: str
    before: Net
    after: Net
    movers: Sequence[Mover]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two vintages at a moment. Targets come with the most changed one first."""

    old: Vintage
    new: Vintage
    at: datetime
    pages: Overlap
    targets: tuple[TargetChanges, ...]
    balances: tuple[Balance, ...]

    @property
    def movers(self) -> list[tuple[str, Mover]]:
        """What moved any of the nets, with the net's name, the largest effect first."""
        found = [(balance.name, mover) for balance in self.balances for mover in balance.movers]
        return sorted(found, key=lambda named: -abs(named[1].effect or 0.0))

    @property
    def changes(self) -> list[Change]:
        """All views that are not the same."""
        return [change for target in self.targets for change in target.changes]


def told(entry: Entry | None) -> Told | None:
    """Return a row as it is listed."""
    if entry is None:
        return None
    return Told(entry.view, entry.voice_name, entry.stance, entry.score, entry.counted, entry.words)
