"""Prices beside the views, and the factor values that were given out.

Both only grow: a corrected price is a new row.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from sqlite3 import Row
from typing import TYPE_CHECKING

from narrative.ledger import columns
from narrative.ledger.migrations import append_only, migration
from narrative.ledger.opening import Part
from narrative.ledger.shapes import Kind, PriceRow
from narrative.terms import content_id

if TYPE_CHECKING:
    from sqlite_utils.db import Database


@migration
def m0012_splits(db: Database) -> None:
    """Make room for splits, and for the returns of adjusted prices with the day of their download.

    What was kept as levels gets its returns: each session's over the latest row of the session before it.
    """
    db.execute("DROP TRIGGER prices_no_update")
    db.execute("DROP TRIGGER prices_no_delete")
    db.execute("ALTER TABLE prices ADD COLUMN split REAL NOT NULL DEFAULT 1")
    db.execute("ALTER TABLE prices ADD COLUMN change REAL")
    db.execute("ALTER TABLE prices ADD COLUMN downloaded TEXT")
    db.execute("""
        UPDATE prices SET change = close / (
            SELECT b.close FROM prices b
            WHERE b.symbol = prices.symbol AND b.kind = prices.kind AND b.session < prices.session
            ORDER BY b.session DESC, b.number DESC LIMIT 1
        ) - 1 WHERE kind = 'adjusted'
    """)
    append_only(db, ("prices",))


@dataclass(frozen=True, slots=True)
class Price:
    """One session of one symbol as kept.

    `dividend` is per share, on its ex-date, in the currency of the price; `split` the shares that one share became
    in this session. `change` and `downloaded` are of adjusted rows: the total return since the session before, as
    the download of that day had it.
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
    split: float = 1.0
    change: float | None = None
    downloaded: date | None = None


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
        """Append the computed factor rows that say something new and return how many did.

        Each needs `narrative`, `date` and `computed_at`. One that says the same as the last published row of its
        narrative and date, at whatever time it was computed, is not new.

        Dates and instants may be given as such or as ISO text. Rows are kept whole, as JSON, and never
        changed.
        """
        now = columns.stamp(self.store.clock.now())
        added = 0
        with self.store.write() as db:
            for row in rows:
                body = json.dumps({key: _plain(value) for key, value in row.items()}, sort_keys=True)
                if self._is_published(row["narrative"], _plain(row["date"]), body):
                    continue
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

    def _is_published(self, narrative: object, day: object, body: str) -> bool:
        """Whether the last published row of a narrative and date says what a new one, as JSON, says."""
        last = self.store.value(_LAST_PUBLISHED, (narrative, day))
        return last is not None and _said(last) == _said(body)

    def _keep_price(self, row: PriceRow, source: str) -> bool:
        said = (row.open, row.high, row.low, row.close, row.volume, row.dividend, row.split, row.change)
        last = self.store.row(
            """SELECT open, high, low, close, volume, dividend, split, change FROM prices
               WHERE symbol = ? AND session = ? AND kind = ? ORDER BY number DESC""",
            (row.symbol, row.session.isoformat(), row.kind),
        )
        if last is not None and tuple(last) == said:
            return False
        numbers = ("open", "high", "low", "close", "volume", "dividend", "split", "change")
        values: dict[str, object] = dict(zip(numbers, said, strict=True))
        names = {"symbol": row.symbol, "session": row.session.isoformat(), "kind": row.kind, "source": source}
        day = row.downloaded.isoformat() if row.downloaded else None
        stamps = {"downloaded": day, "recorded_at": columns.stamp(self.store.clock.now())}
        self.store.insert("prices", names | values | stamps)
        return True


_LAST_PUBLISHED = """
SELECT row FROM published_factor WHERE narrative = ? AND date = ? ORDER BY number DESC LIMIT 1
"""

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
        split=row["split"],
        change=row["change"],
        downloaded=row["downloaded"] and date.fromisoformat(row["downloaded"]),
    )


def _said(body: str) -> dict[str, object]:
    """Return what a published row says, whenever it was computed."""
    return {key: value for key, value in json.loads(body).items() if key != "computed_at"}


def _plain(value: object) -> object:
    """Return a value as JSON has it: instants and dates as ISO text."""
    if isinstance(value, datetime):
        return columns.stamp(value)
    return value.isoformat() if isinstance(value, date) else value
