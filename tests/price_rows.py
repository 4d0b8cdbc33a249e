"""Price rows for tests, in sessions of January 2026."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

from narrative.measure.returns import PriceRow
from narrative.measure.sessions import load_sessions

FIRST = date(2026, 1, 5)


def price(day: str | date, close: float, dividend: float = 0.0, **changes: Any) -> PriceRow:
    """Return one row, raw and of IWM unless told otherwise."""
    session = date.fromisoformat(day) if isinstance(day, str) else day
    plain = PriceRow("IWM", session, None, None, None, close, None, dividend, "raw")
    return replace(plain, **changes)


def run(closes: Sequence[float], *, first: date = FIRST, **changes: Any) -> list[PriceRow]:
    """Return raw rows of sessions that follow one another from `first` on."""
    sessions = load_sessions()
    return [price(sessions.shift(first, number), close, **changes) for number, close in enumerate(closes)]


def adjusted(closes: Sequence[float], *, first: date = FIRST, **changes: Any) -> list[PriceRow]:
    """Return adjusted rows as a download gives them: returns beside levels, none in the first row."""
    rows = run(closes, first=first, kind="adjusted", **changes)
    moved = [replace(row, change=row.close / before.close - 1) for before, row in pairwise(rows)]
    return [*rows[:1], *moved]
