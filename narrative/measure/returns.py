"""Daily prices and what comes of them: total returns by session, and the spread between two legs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal, Protocol

from narrative.errors import NarrativeError

PriceKind = Literal["raw", "adjusted"]


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One symbol in one session, prices adjusted for splits.

    `raw` prices are not adjusted for dividends; `dividend` is what went ex in this session per share, 0 too
    when the source says nothing of dividends (an index, a file without them): then returns are price returns.
    `adjusted` prices are good for returns only, since their levels change with every later dividend.
    """

    symbol: str
    session: date
    open: float | None
    high: float | None
    low: float | None
    close: float
    volume: float | None
    dividend: float
    kind: PriceKind


class Priced(Protocol):
    """What returns need of a price row, whoever keeps it."""

    @property
    def symbol(self) -> str:
        """The symbol, as its source writes it."""
        ...

    @property
    def session(self) -> date:
        """The session label."""
        ...

    @property
    def close(self) -> float:
        """The closing price."""
        ...

    @property
    def dividend(self) -> float:
        """Dividend per share that went ex in this session, 0 for none."""
        ...

    @property
    def kind(self) -> PriceKind:
        """Whether the close is adjusted for dividends."""
        ...


@dataclass(frozen=True, slots=True)
class Spread:
    """Growth of one unit in a long and in a short leg, by session; 0.0579 of spread is 5.79 points."""

    long: Mapping[date, float]
    short: Mapping[date, float]

    def over(self, base: date | None, end: date) -> float | None:
        """Return the long leg's return less the short leg's from the close of `base` to that of `end`.

        None when a leg has no price in either session.
        """
        if base is None or not all(day in leg for day in (base, end) for leg in (self.long, self.short)):
            return None
        return self.long[end] / self.long[base] - self.short[end] / self.short[base]

    def levels(self, days: Sequence[date]) -> list[float | None]:
        """Return the spread from the first priced day to each of `days`; None where a price misses."""
        base = next((day for day in days if self.over(day, day) is not None), None)
        return [self.over(base, day) for day in days]

    @property
    def sessions(self) -> tuple[date, ...]:
        """The sessions in which both legs have a price, in order."""
        return tuple(sorted(self.long.keys() & self.short.keys()))


def total_returns(rows: Sequence[Priced]) -> dict[date, float]:
    """Return the total return by session of one symbol's rows, from the second session on.

    close_t / (close_{t-1} - dividend_t) - 1 for raw prices, close_t / close_{t-1} - 1 for adjusted ones.
    Raises NarrativeError for rows of several symbols or kinds, for a session twice and for a dividend above
    the price.
    """
    ordered = sorted(rows, key=lambda row: row.session)
    found: dict[date, float] = {}
    for before, row in pairwise(ordered):
        if (row.symbol, row.kind) != (before.symbol, before.kind) or row.session == before.session:
            raise NarrativeError(
                f"{row.symbol} {row.session} ({row.kind}) cannot follow "
                f"{before.symbol} {before.session} ({before.kind}): "
                "returns need one symbol, one kind and one row a session"
            )
        base = before.close - (row.dividend if row.kind == "raw" else 0.0)
        if base <= 0:
            raise NarrativeError(f"{row.symbol} {row.session}: dividend {row.dividend} is above the price")
        found[row.session] = row.close / base - 1
    return found


def growth(rows: Sequence[Priced]) -> dict[date, float]:
    """Return what one unit held since the first close is worth at each close, dividends reinvested."""
    if not rows:
        return {}
    value = 1.0
    found = {min(row.session for row in rows): value}
    for session, change in total_returns(rows).items():
        value *= 1 + change
        found[session] = value
    return found


def spread(long: Sequence[Priced], short: Sequence[Priced]) -> Spread:
    """Return one symbol's rows against another's. Raises NarrativeError as `total_returns` does."""
    return Spread(growth(long), growth(short))
