"""Support: how far judged views speak for a narrative. One formula for a statement and for a voice.

support = mean over the legs that were judged of sign x score, in [-1, 1], where score = p(bullish) -
p(bearish).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import add
from typing import NamedTuple

from narrative.measure.judged import Judged
from narrative.terms import Stance

_OPPOSITE: dict[Stance, Stance] = {"bullish": "bearish", "bearish": "bullish", "neutral": "neutral"}


class Lean(NamedTuple):
    """Where one statement or voice leans on a narrative: mean probabilities for, against and neither."""

    bullish: float
    bearish: float
    neutral: float
    label: Stance

    @property
    def support(self) -> float:
        """Probability for less probability against, in [-1, 1]."""
        return self.bullish - self.bearish


def lean(views: Iterable[Judged], legs: Mapping[str, int]) -> Lean | None:
    """Return the mean of the sign-adjusted probabilities of the views on the legs; None without any.

    One view keeps its own label; several take the likeliest of the means, a tie being neutral.
    """
    judged = [entry for entry in views if entry.target in legs]
    if len(judged) < 2:
        return turned(judged[0], legs[judged[0].target]) if judged else None
    judged.sort(key=lambda entry: entry.view)  # so that the order of the rows cannot move the last digit
    leans = [turned(entry, legs[entry.target]) for entry in judged]
    bullish, bearish, neutral = (
        _added(getattr(one, part) for one in leans) / len(leans) for part in ("bullish", "bearish", "neutral")
    )
    return Lean(bullish, bearish, neutral, _likeliest(bullish, bearish, neutral))


def support(views: Iterable[Judged], legs: Mapping[str, int]) -> float | None:
    """Return the mean of sign x score over a statement's views on the legs; None without any."""
    found = lean(views, legs)
    return None if found is None else found.support


def turned(entry: Judged, sign: int) -> Lean:
    """Return the lean of one view on a leg of this sign."""
    if sign > 0:
        return Lean(entry.bullish, entry.bearish, entry.neutral, entry.stance)
    return Lean(entry.bearish, entry.bullish, entry.neutral, _OPPOSITE[entry.stance])


def _added(values: Iterable[float]) -> float:
    """Add one after the other: `sum` does more in later versions of Python, and a net over arrays does just this."""
    return reduce(add, values, 0.0)


def _likeliest(bullish: float, bearish: float, neutral: float) -> Stance:
    if bullish > max(bearish, neutral):
        return "bullish"
    return "bearish" if bearish > max(bullish, neutral) else "neutral"
