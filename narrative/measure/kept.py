"""What is kept of each symbol: from when to when, how much, from where, and which sessions are missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby, pairwise
from typing import Protocol

from narrative.measure.legs import dry_stretches
from narrative.measure.returns import Priced, PriceKind
from narrative.measure.sessions import Sessions


class Kept(Priced, Protocol):
    """A price row with where it came from and when it entered."""

    @property
    def source(self) -> str:
        """The file or service."""
        ...

    @property
    def recorded_at(self) -> datetime:
        """When it was kept."""
        ...


@dataclass(frozen=True, slots=True)
class KeptSeries:
    """One symbol's rows of one kind.

    `gaps` are the stretches of sessions without a row (first, last, how many), `dry` the stretches of more than 400
    days in which raw rows have no dividend, `downloaded` the day of the latest download of adjusted rows.
    """

    symbol: str
    kind: PriceKind
    first: date
    last: date
    rows: int
    dividends: int
    splits: int
    sources: tuple[str, ...]
    recorded_at: datetime
    downloaded: date | None
    gaps: tuple[tuple[date, date, int], ...]
    dry: tuple[tuple[date, date], ...]


def kept_series(rows: Iterable[Kept], sessions: Sessions) -> tuple[KeptSeries, ...]:
    """Return the series that rows make, by symbol and kind."""
    ordered = sorted(rows, key=lambda row: (row.symbol, row.kind, row.session))
    return tuple(
        _series(list(group), sessions) for _, group in groupby(ordered, lambda row: (row.symbol, row.kind))
    )


def _series(rows: Sequence[Kept], sessions: Sessions) -> KeptSeries:
    downloads = [row.downloaded for row in rows if row.downloaded]
    return KeptSeries(
        symbol=rows[0].symbol,
        kind=rows[0].kind,
        first=rows[0].session,
        last=rows[-1].session,
        rows=len(rows),
        dividends=sum(1 for row in rows if row.dividend),
        splits=sum(1 for row in rows if row.split != 1),
        sources=tuple(dict.fromkeys(row.source for row in sorted(rows, key=lambda row: row.recorded_at))),
        recorded_at=max(row.recorded_at for row in rows),
        downloaded=max(downloads, default=None),
        gaps=tuple(_gaps([row.session for row in rows], sessions)),
        dry=tuple(dry_stretches(rows)) if rows[0].kind == "raw" else (),
    )


def _gaps(days: Sequence[date], sessions: Sessions) -> Iterable[tuple[date, date, int]]:
    for before, day in pairwise(days):
        first, after = sessions.last_until(before) + 1, sessions.last_until(day)
        if after > first:
            yield sessions.labels[first], sessions.labels[after - 1], after - first
