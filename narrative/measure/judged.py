"""What measuring needs of a view: an `Entry` has it, and so has the lighter row that the ledger gives for numbers."""

# ruff: noqa: D102 -- the fields mean what they mean in an Entry
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from narrative.terms import Claim, Stance


class Judged(Protocol):
    """One view as a number sees it."""

    @property
    def view(self) -> str: ...
    @property
    def statement(self) -> str: ...
    @property
    def article(self) -> str: ...
    @property
    def story(self) -> str: ...
    @property
    def voice(self) -> str | None: ...
    @property
    def target(self) -> str: ...
    @property
    def stance(self) -> Stance: ...
    @property
    def bullish(self) -> float: ...
    @property
    def bearish(self) -> float: ...
    @property
    def neutral(self) -> float: ...
    @property
    def condition(self) -> str | None: ...
    @property
    def horizon(self) -> str | None: ...
    @property
    def hedged(self) -> bool: ...
    @property
    def outlet(self) -> str: ...
    @property
    def published(self) -> Claim | None: ...
    @property
    def available_at(self) -> datetime: ...
    @property
    def model(self) -> str: ...
    @property
    def undated(self) -> bool: ...
    @property
    def in_sample(self) -> bool: ...
    @property
    def backfilled(self) -> bool: ...
    @property
    def trusted(self) -> bool: ...
    @property
    def weight(self) -> float: ...
    @property
    def imported(self) -> str | None: ...
    @property
    def score(self) -> float: ...
    @property
    def counted(self) -> bool: ...


Row = TypeVar("Row", bound=Judged)


class Columnar(Protocol):
    """The same views field by field: one numpy array a field, all of one length, in one order.

    Texts come as codes into a list of the texts that occur, -1 for None: `targets[target[0]]` is the target of the first
    view. Instants and days are counted from 1970-01-01 in UTC, instants in microseconds. `published` is an instant where
    `precision` is 2, a day where it is 1, and nothing where it is 0. `stance` is 0 bullish, 1 bearish, 2 neutral.
    `voices` are in order, so that the codes are.
    """

    view: Any
    statement: Any  # codes of which nothing but their being equal matters
    article: Any
    articles: Sequence[str]
    story: Any
    stories: Sequence[str]
    voice: Any
    voices: Sequence[str]
    target: Any
    targets: Sequence[str]
    horizon: Any
    horizons: Sequence[str]
    outlet: Any
    outlets: Sequence[str]
    model: Any
    models: Sequence[str]
    stance: Any
    bullish: Any
    bearish: Any
    neutral: Any
    conditional: Any
    hedged: Any
    published: Any
    precision: Any
    available_at: Any
    undated: Any
    in_sample: Any
    backfilled: Any
    trusted: Any
    weight: Any
    imported: Any
    counted: Any


class Bundled(Protocol):
    """A bundle of views that can give them field by field as well as one by one."""

    @property
    def columns(self) -> Columnar: ...
