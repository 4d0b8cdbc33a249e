"""Brings prices to the one convention in which they are kept: as traded, with the ratio of each split beside them.

Yahoo's "raw" close is divided by every later split, and so are its dividends; other tables print what was traded.
Nothing in a table says which, so it must be said. Kept as traded, prices do not change when a split comes later.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Literal

from narrative.errors import NarrativeError, UsageError
from narrative.measure.returns import PriceRow

Splits = Literal["applied", "not-applied"]

_SMALL = math.log(1.5)  # a smaller split cannot be told from a day's move


def as_traded(rows: Sequence[PriceRow], splits: Splits | None, where: Sequence[str]) -> list[PriceRow]:
    """Return one symbol's raw rows, in order of session, as they were traded.

    `splits` says whether prices and dividends before a split are divided by it already. `where` names the place
    of each row in errors. Raises UsageError when a split is listed and nothing was said of it, NarrativeError
    when the closes around a split contradict what was said.
    """
    for (before, row), place in zip(pairwise(rows), where[1:], strict=True):
        if row.split == 1.0:
            continue
        if splits is None:
            raise UsageError(
                f"{place} has a split of {row.split:g} for 1: give --splits applied if the closes before it are "
                "divided by it already (as Yahoo's are), else --splits not-applied"
            )
        _check(before, row, splits, place)
    if splits != "applied":
        return list(rows)
    factor, found = 1.0, []
    for row in reversed(rows):
        found.append(_undone(row, factor) if factor != 1.0 else row)
        factor *= row.split
    return found[::-1]


def _check(before: PriceRow, row: PriceRow, splits: Splits, place: str) -> None:
    """Refuse a saying that makes the session's move much larger than the other one would."""
    move, ratio = math.log(row.close / before.close), math.log(row.split)
    as_said, otherwise = (move, move + ratio) if splits == "applied" else (move + ratio, move)
    if abs(ratio) >= _SMALL and abs(as_said) > 2 * abs(otherwise):
        other = "not-applied" if splits == "applied" else "applied"
        raise NarrativeError(
            f"{place} has a split of {row.split:g} for 1 and the close goes from {before.close:g} to "
            f"{row.close:g}, which is --splits {other}"
        )


def _undone(row: PriceRow, factor: float) -> PriceRow:
    return replace(
        row,
        open=row.open and row.open * factor,
        high=row.high and row.high * factor,
        low=row.low and row.low * factor,
        close=row.close * factor,
        volume=row.volume and row.volume / factor,
        dividend=row.dividend * factor,
    )
