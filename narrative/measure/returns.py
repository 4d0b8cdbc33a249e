"""Daily prices and what comes of them: total returns by session, and the growth they add up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal, Protocol

from narrative.errors import NarrativeError
from narrative.measure.sessions import Sessions

PriceKind = Literal["raw", "adjusted"]


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One symbol in one session.

    `raw` prices are as traded: adjusted neither for dividends nor for a split that its source lists. `dividend`
    is what went ex in this session per share of this session, `split` the shares that one share of the session
    before became. Both are none (0 and 1) also where the source says nothing of them; then returns are price
    returns, and splits are in the prices already.

    `adjusted` prices are good for returns only, since their levels change with every later dividend: `change` is
    the total return since the session before in the same download, None in the first row of one, and
    `downloaded` the day of the download.
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
    split: float = 1.0
    change: float | None = None
    downloaded: date | None = None


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
    def split(self) -> float:
        """Shares that one share of the session before became, 1 for none."""
        ...

    @property
    def kind(self) -> PriceKind:
        """Whether the close is adjusted for dividends."""
        ...

    @property
    def change(self) -> float | None:
        """Total return since the session before, of an adjusted row that is not the first of its download."""
        ...

    @property
    def downloaded(self) -> date | None:
        """Day of the download, of an adjusted row."""
        ...


@dataclass(frozen=True, slots=True)
class Mark:
    """Words on what returns of the sessions after `start`, to `end`, are not; both are sessions."""

    start: date
    end: date
    words: str


@dataclass(frozen=True, slots=True)
class Spread:
    """Growth of one unit in a long and in a short leg, by session; 0.0579 of spread is 5.79 points.

    `marks` say where the two legs are not measured alike.
    """

    long: Mapping[date, float]
    short: Mapping[date, float]
    marks: tuple[Mark, ...] = ()

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

    def note(self, base: date | None, end: date) -> str:
        """Return the words of the marks on the window from the close of `base` to that of `end`, or nothing."""
        if base is None:
            return ""
        words = (mark.words for mark in self.marks if mark.start < end and base < mark.end)
        return "; ".join(dict.fromkeys(words))

    @property
    def sessions(self) -> tuple[date, ...]:
        """The sessions in which both legs have a price, in order."""
        return tuple(sorted(self.long.keys() & self.short.keys()))


def total_return(before: Priced, row: Priced) -> float:
    """Return the total return from one raw row to the next.

    close_t / (close_{t-1} / split_t - dividend_t) - 1: the dividend is taken off the close before, in shares of
    today, and so reinvested there. It is the change of an adjusted close whose multipliers are 1 / split and
    1 - dividend / close before, as Yahoo Finance publishes them (Yahoo Help SLN28256, "What is the adjusted
    close?", after CRSP's standards). Raises NarrativeError for a dividend that is not below the price.
    """
    base = before.close / row.split - row.dividend
    if base <= 0:
        raise NarrativeError(f"{row.symbol} {row.session}: dividend {row.dividend} is above the price")
    return row.close / base - 1


def total_returns(rows: Sequence[Priced], sessions: Sessions | None = None) -> dict[date, float]:
    """Return the total return by session of one symbol's rows, from the second session on.

    Of raw rows by `total_return`, of adjusted ones as their download had it. With `sessions`, a return over more
    than one session is left out: what went ex between its ends is not known. Raises NarrativeError for rows of
    several symbols or kinds, for a session twice and for a dividend above the price.
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
        if sessions and not adjoin(before.session, row.session, sessions):
            continue
        if row.kind == "raw":
            found[row.session] = total_return(before, row)
        elif row.change is not None:
            found[row.session] = row.change
    return found


def adjoin(before: date, day: date, sessions: Sessions) -> bool:
    """Whether no session lies between two days."""
    return sessions.last_until(day) - sessions.last_until(before) <= 1


def growth(rows: Sequence[Priced]) -> dict[date, float]:
    """Return what one unit held since the first close is worth at each close, dividends reinvested."""
    return compounded(total_returns(rows), sorted(row.session for row in rows))


def compounded(returns: Mapping[date, float], days: Sequence[date]) -> dict[date, float]:
    """Return the growth of one unit over ordered `days`, from the day after which no return misses any more."""
    found: dict[date, float] = {}
    value = 1.0
    for day in days:
        if day in returns and found:
            value *= 1 + returns[day]
        else:
            found, value = {}, 1.0
        found[day] = value
    return found


def spread(long: Sequence[Priced], short: Sequence[Priced]) -> Spread:
    """Return one symbol's rows against another's. Raises NarrativeError as `total_returns` does."""
    return Spread(growth(long), growth(short))
