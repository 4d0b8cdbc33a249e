"""Reads daily prices from the CSV files people have: Yahoo and yfinance exports, vendor tables.

Nothing in such a file says whether its close is adjusted for dividends (the same header stands over both),
so the caller must. A file is taken whole or refused with the line at fault: a session twice or missing, a
day without trading, a price that is no price.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

from narrative.errors import NarrativeError, UsageError
from narrative.measure.price_files import Quote, read_quotes
from narrative.measure.returns import PriceRow
from narrative.measure.sessions import Sessions, load_sessions


def read_prices(
    path: Path,
    *,
    adjusted: bool | None,
    symbol: str | None = None,
    dividends: Path | None = None,
    sessions: Sessions | None = None,
) -> tuple[PriceRow, ...]:
    """Return the rows of a price file by symbol and session.

    `adjusted` says whether to read the adjusted close (its own column where there is one, else the close)
    or the raw one; None is refused. `symbol` picks one of several, or names the only one. `dividends` is a
    file with date, dividend and, for several, symbol. Raises UsageError for a choice left open,
    NarrativeError naming file and line for content that cannot be right.
    """
    if adjusted is None:
        raise UsageError(
            f"{path} does not say whether its prices are adjusted for dividends: give --adjusted or --raw"
        )
    if adjusted and dividends:
        raise UsageError(
            "adjusted prices already hold their dividends: give --raw with --dividends, or leave it out"
        )
    quotes = _chosen(read_quotes(path), symbol, path)
    field = _close_field(quotes, adjusted, path)
    paid = _dividends(dividends, symbol) if dividends else None
    rows: list[PriceRow] = []
    for name, listed in sorted(quotes.items()):
        known = [quote for quote in listed if quote.number(field) is not None]
        known.sort(key=lambda quote: quote.day)
        _check_days(name, known, path, sessions or load_sessions())
        rows += _priced(name, known, field, adjusted, paid, path)
    if not rows:
        raise NarrativeError(f"{path} holds no prices; give a CSV file with a date and a close in each row")
    return tuple(rows)


def _chosen(quotes: Iterable[Quote], symbol: str | None, path: Path) -> dict[str, list[Quote]]:
    """Return the quotes by symbol, of the one asked for or of all."""
    found: dict[str, list[Quote]] = defaultdict(list)
    for quote in quotes:
        name = quote.symbol or symbol
        if name is None:
            raise UsageError(f"{path} does not name its symbol: give --symbol")
        found[name].append(quote)
    if symbol is None or not found:
        return found
    if symbol not in found:
        raise UsageError(f"{path} has no prices of {symbol}; it has {', '.join(sorted(found)[:12])}")
    return {symbol: found[symbol]}


def _close_field(quotes: Mapping[str, list[Quote]], adjusted: bool, path: Path) -> str:
    """Return the column that the close is read from."""
    fields = {field for listed in quotes.values() for quote in listed for field in quote.cells}
    if adjusted:
        return "adjclose" if "adjclose" in fields else "close"
    if fields and "close" not in fields:
        raise UsageError(f"{path} has an adjusted close only: give --adjusted")
    return "close"


def _check_days(name: str, quotes: list[Quote], path: Path, sessions: Sessions) -> None:
    """Refuse a day twice, a day without trading and a session without a row."""
    for before, quote in pairwise(quotes):
        if quote.day == before.day:
            lines = f"lines {min(before.line, quote.line)} and {max(before.line, quote.line)}"
            raise NarrativeError(f"{path} {lines}: {name} {quote.day} is there twice; remove one")
    for quote in quotes:
        if sessions.first <= quote.day <= sessions.last and quote.day not in sessions:
            raise NarrativeError(
                f"{path} line {quote.line}: {name} {quote.day} was no trading day; remove it"
            )
    for before, quote in pairwise(quotes):
        if before.day < sessions.first or quote.day > sessions.last:
            continue
        expected = sessions.shift(before.day, 1)
        if expected != quote.day:
            raise NarrativeError(
                f"{path} line {quote.line}: {name} has no price for {expected}, "
                f"between {before.day} and {quote.day}; complete the file"
            )


def _priced(
    name: str,
    quotes: list[Quote],
    field: str,
    adjusted: bool,
    paid: dict[tuple[str | None, date], float] | None,
    path: Path,
) -> list[PriceRow]:
    rows = [_row(name, quote, field, adjusted, path) for quote in quotes]
    mine = {day: amount for (owner, day), amount in (paid or {}).items() if owner in (None, name)}
    if not mine:
        return rows
    days = {row.session for row in rows}
    for day in mine:
        if min(days) <= day <= max(days) and day not in days:
            raise NarrativeError(
                f"{path}: {name} has a dividend on {day} and no price; correct the dividends"
            )
    return [replace(row, dividend=mine.get(row.session, 0.0)) for row in rows]


def _row(name: str, quote: Quote, field: str, adjusted: bool, path: Path) -> PriceRow:
    close = quote.number(field) or 0.0
    # Vendors write an unknown open, high or low as 0.
    opened, high, low = (quote.number(part) or None for part in ("open", "high", "low"))
    paid, volume = quote.number("dividend"), quote.number("volume")
    fault = _fault(
        {"close": close, "open": opened, "high": high, "low": low}, {"dividend": paid, "volume": volume}
    )
    if fault:
        raise NarrativeError(f"{path} line {quote.line}: {name} {quote.day} has {fault}; correct it")
    scale = _scale(quote, close) if field == "adjclose" else 1.0
    return PriceRow(
        symbol=name,
        session=quote.day,
        open=opened and opened * scale,
        high=high and high * scale,
        low=low and low * scale,
        close=close,
        volume=volume,
        dividend=0.0 if adjusted else paid or 0.0,
        kind="adjusted" if adjusted else "raw",
    )


def _fault(prices: Mapping[str, float | None], amounts: Mapping[str, float | None]) -> str | None:
    """Return what is impossible in a row, or None."""
    for part, value in prices.items():
        if value is not None and value <= 0:
            return f"{part} {value:g}, not above 0"
    for part, value in amounts.items():
        if value is not None and value < 0:
            return f"{part} {value:g}, below 0"
    high, low = prices["high"], prices["low"]
    if high is not None and low is not None and high < low:
        return f"its high {high:g} below its low {low:g}"
    return None


def _scale(quote: Quote, close: float) -> float:
    """Return the factor from the raw open, high and low beside an adjusted close to adjusted ones."""
    raw = quote.number("close")
    return close / raw if raw else 1.0


def _dividends(path: Path, symbol: str | None) -> dict[tuple[str | None, date], float]:
    """Return dividends by symbol (None for a file without symbols) and day."""
    found: dict[tuple[str | None, date], float] = {}
    for quote in read_quotes(path):
        amount = quote.number("dividend")
        if amount is None or symbol not in (None, quote.symbol or symbol):
            continue
        if amount < 0 or (quote.symbol, quote.day) in found:
            fault = "below 0" if amount < 0 else "there twice"
            raise NarrativeError(
                f"{path} line {quote.line}: the dividend of {quote.day} is {fault}; correct it"
            )
        found[quote.symbol, quote.day] = amount
    return found
