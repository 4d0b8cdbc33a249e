"""Finds where two series were joined that do not belong together: raw and adjusted prices, two downloads, a split.

A file cannot prove that it is sound; what can be known is compared. Beside raw prices and the dividends between
two of them, an adjusted close may move by their total return and by nothing else. Without known dividends it may
not rise less than the price does, since dividends only add. A price that nearly doubles or halves in a session is
taken for a split that nobody listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from narrative.measure.returns import Priced, total_return

TOLERANCE = 1e-4  # a basis point; the smallest dividends and the smallest seams of real files are ten of them
JUMP = 1.8  # a price that grows or falls by this factor in a session was split
_NEAR = 10  # sessions around a seam in which a dividend is looked for that explains it


@dataclass(frozen=True, slots=True)
class Seam:
    """A session whose return cannot be right, and why in words; `jump` is the false part of it, .01 = 1 %."""

    symbol: str
    session: date
    jump: float
    words: str


def seams(
    changes: Mapping[date, float],
    raw: Sequence[Priced],
    known: tuple[date, date] | None,
    slack: Callable[[date], float] = lambda day: 0.0,  # noqa: ARG005 -- a day that is not looked at
) -> Iterator[Seam]:
    """Yield the sessions in which adjusted `changes` and ordered `raw` rows of one symbol contradict each other.

    `known` are the first and the last day between which every dividend is in the rows, None when none is known.
    `slack` is the rounding of a day's prices, added to the tolerance of a basis point.
    """
    for at, (before, row) in enumerate(pairwise(raw), start=1):
        change = changes.get(row.session)
        if change is None:
            continue
        told = known is not None and known[0] <= row.session <= known[1]
        due = total_return(before, row) if told else row.close * row.split / before.close - 1
        false = change - due
        if false < -TOLERANCE - slack(row.session) or (told and false > TOLERANCE + slack(row.session)):
            beside = "close and dividend" if told else "close"
            paid = _explained(false, raw[max(0, at - _NEAR) : at + _NEAR], before.close)
            words = (
                f"the adjusted close moves {change:+.2%} and the {beside} {due:+.2%}, "
                f"a false return of {false:+.2%}{paid}"
            )
            yield Seam(row.symbol, row.session, false, words)


def _explained(false: float, near: Iterable[Priced], close: float) -> str:
    """Return the dividend that is as large as a false return, in words, or nothing."""
    for row in near:
        if row.dividend and abs(abs(false) - row.dividend / close) < TOLERANCE:
            return f", which is the dividend of {row.session} ({row.dividend:g})"
    return ""


def jumps(rows: Sequence[Priced]) -> Iterator[Seam]:
    """Yield the sessions in which one symbol's ordered close moves as only a split that is not listed does."""
    for before, row in pairwise(rows):
        factor = row.close * row.split / before.close
        if not 1 / JUMP < factor < JUMP:
            ratio = f"{1 / factor:.4g} for 1" if factor < 1 else f"1 for {factor:.4g}"
            words = (
                f"the close goes from {before.close:g} to {row.close:g} with no split listed "
                f"(a split of {ratio}?)"
            )
            yield Seam(row.symbol, row.session, factor - 1, words)


def rounding(*series: Mapping[date, float]) -> Callable[[date], float]:
    """Return the largest error of a day's return that comes from how many decimals the closes of each series have."""
    halves = [
        0.5 * 10.0 ** -max(0, *(-_exponent(close) for close in closes.values()), 0) for closes in series
    ]

    def slack(day: date) -> float:
        return sum(
            2 * half / closes[day] for half, closes in zip(halves, series, strict=True) if day in closes
        )

    return slack


def _exponent(value: float) -> int:
    exponent = Decimal(repr(value)).normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
