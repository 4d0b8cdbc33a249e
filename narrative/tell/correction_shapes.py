"""What tell takes from the ledger about corrections, by the attributes that are read."""

# ruff: noqa: D102 -- a field of a shape is documented where the record is made
from __future__ import annotations

from datetime import datetime
from typing import Protocol

from narrative.terms import Stance


class Judgement(Protocol):
    """What the model said of a view."""

    @property
    def stance(self) -> Stance: ...
    @property
    def bullish(self) -> float: ...
    @property
    def bearish(self) -> float: ...
    @property
    def neutral(self) -> float: ...
    @property
    def abstained(self) -> bool: ...


class Corrected(Protocol):
    """One correction as it was recorded."""

    @property
    def view(self) -> str: ...
    @property
    def stance(self) -> str: ...
    @property
    def note(self) -> str: ...
    @property
    def recorded_at(self) -> datetime: ...
