"""Prices beside the views, and the factor values that were given out.

Both only grow: a corrected price is a new row.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from sqlite3 import Row

from narrative.ledger import columns
from narrative.ledger.opening import Part
from narrative.ledger.shapes import Kind, PriceRow
from narrative.terms import content_id


@dataclass(frozen=True, slots=True)
class Price:
    """One session of one symbol as kept.

    `dividend` is per share, on its ex-date, in the currency of the price.
    """

    symbol: str
    session: date
    open: float | None
    high: float | None
    low: float | None
    close: float
    volume: float | None
    dividend: float
    kind: Kind
    source: str
    recorded_at: datetime


class Market(Part):
    """What the market did, and what was said about it in numbers."""

    def keep_prices(self, rows: Iterable[PriceRow], *, source: str) -> int:
        """Store price rows and return how many were new.

        A row that says the same as the latest kept one is not.

        Raises NarrativeError when the file cannot be written; then nothing is stored.
        """
        with self.store.write():
            return sum(self._keep_price(row, source) for row in rows)

    def prices(
        self, symbols: Iterable[str] | None = None, *, known_at: datetime | None = None
    ) -> tuple[Price, ...]:
        """Return the latest row of each symbol, session and kind, ordered by these.

        With `known_at`, the latest by then.
        """
        wanted = None if symbols is None else json.dumps(sorted(set(symbols)))
        rows = self.store.rows(_LATEST, {"symbols": wanted, "known": columns.stamp_or_none(known_at)})
        return tuple(_price(row) for row in rows)

    def publish_factor(self, rows: Iterable[Mapping[str, object]]) -> int:
        """Append computed factor rows and return how many were new.

        Each needs `narrative`, `date` and `computed_at`.

        Dates and instants may be given as such or as ISO text. Rows are kept whole, as JSON, and never
        changed.
        """
        now = columns.stamp(self.store.clock.now())
        added = 0
        with self.store.write() as db:
            for row in rows:
                body = json.dumps({key: _plain(value) for key, value in row.items()}, sort_keys=True)
                cursor = db.execute(
                    """INSERT INTO published_factor (id, narrative, date, computed_at, recorded_at, row)
                       VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING""",
                    (
                        content_id("factor", body),
                        row["narrative"],
                        _plain(row["date"]),
                        _plain(row["computed_at"]),
                        now,
                        body,
                    ),
                )
                added += cursor.rowcount
        return added

    def published_factor(
        self, narrative: str, *, known_at: datetime | None = None
    ) -> tuple[dict[str, object], ...]:
        """Return the published rows of a narrative as they were given out, by date, then in that order."""
        rows = self.store.rows(
            """SELECT row FROM published_factor
               WHERE narrative = :name AND (:known IS NULL OR recorded_at <= :known) ORDER BY date, number""",
            {"name": narrative, "known": columns.stamp_or_none(known_at)},
        )
        return tuple(json.loads(row["row"]) for row in rows)

    def _keep_price(self, row: PriceRow, source: str) -> bool:
        said = (row.open, row.high, row.low, row.close, row.volume, row.dividend)
        last = self.store.row(
            """SELECT open, high, low, close, volume, dividend FROM prices
               WHERE symbol = ? AND session = ? AND kind = ? ORDER BY number DESC""",
            (row.symbol, row.session.isoformat(), row.kind),
        )
        if last is not None and tuple(last) == said:
            return False
        values: dict[str, object] = dict(
            zip(("open", "high", "low", "close", "volume", "dividend"), said, strict=True)
        )
        names = {"symbol": row.symbol, "session": row.session.isoformat(), "kind": row.kind, "source": source}
        self.store.insert("prices", names | values | {"recorded_at": columns.stamp(self.store.clock.now())})
        return True


_LATEST = """
SELECT p.* FROM prices p JOIN (
    SELECT max(number) AS number FROM prices
    WHERE (:symbols IS NULL OR symbol IN (SELECT value FROM json_each(:symbols)))
    AND (:known IS NULL OR recorded_at <= :known) GROUP BY symbol, session, kind
) last USING (number) ORDER BY p.symbol, p.session, p.kind
"""


def _price(row: Row) -> Price:
    return Price(
        symbol=row["symbol"],
        session=date.fromisoformat(row["session"]),
        open=row["open"],
        high=row["high"],
        low=row["low"],
        close=row["close"],
        volume=row["volume"],
        dividend=row["dividend"],
        kind=row["kind"],
        source=row["source"],
        recorded_at=columns.instant(row["recorded_at"]),
    )


def _plain(value: object) -> object:
    """Return a value as JSON has it: instants and dates as ISO text."""
    if isinstance(value, datetime):
        return columns.stamp(value)
    return value.isoformat() if isinstance(value, date) else value
