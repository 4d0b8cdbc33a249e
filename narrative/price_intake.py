"""Prices on their way into the ledger: set against what is kept of them, then kept whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime

from narrative.errors import NarrativeError
from narrative.ledger import Ledger
from narrative.ledger.market import Price
from narrative.measure.overlap import Difference, crossed, merged, unlisted_splits
from narrative.measure.prices import PriceTable
from narrative.measure.returns import PriceRow
from narrative.measure.sessions import Sessions, load_sessions


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody has looked at and wants all the same.

    `correct` puts rows over kept ones that say otherwise; the old ones stay for replays of the past. `seams` takes
    prices that contradict those of the other kind, or that meet the kept ones with the jump of a split.
    """

    correct: bool = False
    seams: bool = False


def keep_table(
    ledger: Ledger,
    table: PriceTable,
    *,
    source: str,
    downloaded: date | None = None,
    consent: Consent | None = None,
    sessions: Sessions | None = None,
) -> int:
    """Keep what a table adds to the ledger and return how many rows that were; all of it, or none.

    Adjusted rows are marked with the day of their download, by default today. Raises NarrativeError, with the line
    at fault, for a session that has not closed yet, for rows that leave a gap to the kept ones, and without
    consent for rows that contradict them.
    """
    agreed, calendar = consent or Consent(), sessions or load_sessions()
    now = ledger.store.clock.now()
    _check_closed(table, calendar, now)
    day = downloaded or now.date()
    added: list[PriceRow] = []
    with ledger.together():
        for symbol, rows in table.by_symbol().items():
            dated = [row if row.kind == "raw" else replace(row, downloaded=day) for row in rows]
            added += _added(dated, ledger.prices([symbol]), table, agreed, calendar)
        return ledger.keep_prices(added, source=source)


def _check_closed(table: PriceTable, sessions: Sessions, now: datetime) -> None:
    for row in table.rows:
        over = sessions.cutoff(row.session) <= now if row.session in sessions else row.session <= now.date()
        if not over:
            raise NarrativeError(
                f"{table.where(row.symbol, row.session)} has not closed yet; remove it, or wait for the close"
            )


def _added(
    rows: Sequence[PriceRow],
    kept: Sequence[Price],
    table: PriceTable,
    consent: Consent,
    sessions: Sessions,
) -> list[PriceRow]:
    """Return the rows of one symbol to be kept. Raises NarrativeError for what nobody has agreed to."""
    plain = [price_row(price) for price in kept]
    same, other = ([row for row in plain if (row.kind == rows[0].kind) is wanted] for wanted in (True, False))
    try:
        found = merged(rows, same, sessions)
    except NarrativeError as error:
        raise NarrativeError(f"{table.place}: {error}") from error
    if found.differences and not consent.correct:
        raise NarrativeError(_told(rows[0].symbol, found.differences, table))
    if not consent.seams:
        for seam in (*unlisted_splits(found.rows, same), *crossed(rows, other, sessions)):
            raise NarrativeError(
                f"{table.where(seam.symbol, seam.session)}: {seam.words}, beside the prices that are kept; mend it, "
                "or take it as it is with --accept-seams"
            )
    return [*found.rows, *found.corrections]


def _told(symbol: str, differences: Sequence[Difference], table: PriceTable) -> str:
    """Return which sessions differ, the first in full."""
    first, last = differences[0], differences[-1]
    others = f"; {len(differences)} sessions to {last.session} differ" if len(differences) > 1 else ""
    return (
        f"{table.where(symbol, first.session)} {first.words}{others}; correct the file, or put it over what is "
        "kept with --correct"
    )


def price_row(price: Price) -> PriceRow:
    """Return a kept price as measure knows it, without its source and time."""
    return PriceRow(**{field.name: getattr(price, field.name) for field in fields(PriceRow)})
