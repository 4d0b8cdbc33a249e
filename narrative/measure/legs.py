"""The legs of a spread: one symbol's total returns out of everything that is kept of it, and what they are not.

Raw prices with their dividends give total returns, adjusted ones give the same within a few millionths. So a leg
takes each session's return from its raw rows, from the adjusted ones where no raw row is, or where the raw rows
go too long without a dividend to be trusted with one. What could make two legs unlike is marked, in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise

from narrative.measure.returns import Mark, Priced, PriceKind, Spread, compounded, total_returns
from narrative.measure.sessions import Sessions

LONGEST_WAIT = timedelta(days=400)  # funds that pay at all pay once a year or more often


@dataclass(frozen=True, slots=True)
class Leg:
    """One symbol by session: its total return, and whether that came from raw or adjusted prices.

    `days` are the sessions with a price, `dry` the stretches (first, last day) of raw prices without a dividend,
    `downloaded` the day of the latest download of adjusted ones.
    """

    symbol: str
    days: tuple[date, ...]
    returns: Mapping[date, float]
    kinds: Mapping[date, PriceKind]
    dry: tuple[tuple[date, date], ...]
    downloaded: date | None

    @property
    def growth(self) -> dict[date, float]:
        """Growth of one unit by session, over the last sessions that follow one another without a gap."""
        return compounded(self.returns, self.days)


def leg(rows: Sequence[Priced], sessions: Sessions) -> Leg:
    """Return the leg that one symbol's rows make, raw and adjusted ones in any order.

    Raises NarrativeError as `total_returns` does, ValueError without rows.
    """
    if not rows:
        raise ValueError("a leg needs rows")
    raw = sorted((row for row in rows if row.kind == "raw"), key=lambda row: row.session)
    adjusted = [row for row in rows if row.kind == "adjusted"]
    paid, given = total_returns(raw, sessions), total_returns(adjusted, sessions)
    dry = tuple(dry_stretches(raw))
    returns = dict(given)
    kinds: dict[date, PriceKind] = dict.fromkeys(given, "adjusted")
    for day, value in paid.items():
        if day not in given or not any(first < day <= last for first, last in dry):
            returns[day], kinds[day] = value, "raw"
    days = tuple(sorted({row.session for row in rows}))
    downloads = [row.downloaded for row in adjusted if row.downloaded]
    return Leg(rows[0].symbol, days, returns, kinds, dry, max(downloads, default=None))


def dry_stretches(raw: Sequence[Priced]) -> Iterator[tuple[date, date]]:
    """Yield the stretches of more than 400 days in which ordered raw rows have no dividend.

    A stretch runs from the first row or a dividend to the session before the next one, or to the last row.
    """
    if not raw:
        return
    paid = [row.session for row in raw if row.dividend]
    ends = [raw[0].session, *paid, raw[-1].session + timedelta(days=1)]
    for start, end in pairwise(ends):
        if end - start > LONGEST_WAIT:
            yield start, end - timedelta(days=1)


def spread_of_legs(long: Leg, short: Leg) -> Spread:
    """Return the spread of two legs, with the marks of what is unlike in them."""
    marks = [*_unlike(long, short), *_price_only(long), *_price_only(short), *_gaps(long), *_gaps(short)]
    return Spread(long.growth, short.growth, tuple(marks))


def _unlike(long: Leg, short: Leg) -> Iterator[Mark]:
    """Mark the runs of sessions in which one leg is raw and the other adjusted."""
    shared = sorted(long.returns.keys() & short.returns.keys())
    for pair, group in groupby(shared, lambda day: (long.kinds[day], short.kinds[day])):
        run = tuple(group)
        if pair[0] != pair[1]:
            words = " beside ".join(_named(leg, kind) for leg, kind in zip((long, short), pair, strict=True))
            yield Mark(run[0] - timedelta(days=1), run[-1], words)


def _named(leg: Leg, kind: PriceKind) -> str:
    if kind == "raw":
        return f"{leg.symbol} from raw prices"
    told = f" of {leg.downloaded}" if leg.downloaded else ""
    return f"{leg.symbol} from adjusted prices{told}"


def _price_only(leg: Leg) -> Iterator[Mark]:
    """Mark the stretches whose raw returns have no dividend in them for longer than funds take to pay one."""
    for first, last in leg.dry:
        used = [day for day in leg.days if first < day <= last and leg.kinds.get(day) == "raw"]
        if used:
            words = f"{leg.symbol} has no dividend in {(last - first).days} days: price return, not total"
            yield Mark(used[0] - timedelta(days=1), used[-1], words)


def _gaps(leg: Leg) -> Iterator[Mark]:
    """Mark what lies before the last gap: growth does not reach back over it."""
    first = min(leg.growth)
    if first > leg.days[0]:
        words = f"{leg.symbol} is measured from {first} on: its prices have a gap before"
        yield Mark(leg.days[0] - timedelta(days=1), first, words)
