"""Daily prices as Yahoo Finance gives them through yfinance: closes, dividends and splits of one symbol.

Asked for unadjusted, Yahoo's closes and dividends are divided by every split since, which is undone here, so that
what is kept does not change with the next split. The adjusted close that comes along is the check on the dividends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from narrative.errors import NarrativeError
from narrative.measure.price_files import Quote, field_of
from narrative.measure.prices import Convention, PriceTable, table_of
from narrative.measure.sessions import Sessions, load_sessions

SETTLED = timedelta(hours=1)  # a close is corrected, and the volume grows, in the minutes after it

#: symbol, first day, day after the last -> a mapping of column to value for each day, named as yfinance names them
Download = Callable[[str, date, date], Iterable[Mapping[str, Any]]]


def yahoo(symbol: str, start: date, end: date) -> list[Mapping[str, Any]]:
    """Ask Yahoo for a symbol's days from `start` to the one before `end`. Raises NarrativeError when it has none."""
    try:
        import yfinance
    except ImportError as error:
        raise NarrativeError("fetching prices needs yfinance: pip install yfinance") from error
    yfinance.config.debug.hide_exceptions = False  # it would only log why there are no prices
    return history(yfinance.Ticker(symbol), symbol, start, end)


def history(ticker: Any, symbol: str, start: date, end: date) -> list[Mapping[str, Any]]:
    """Return the days of a yfinance Ticker. Raises NarrativeError for a failure, which yfinance may only log."""
    try:
        frame = ticker.history(start=start.isoformat(), end=end.isoformat(), auto_adjust=False, actions=True)
    except Exception as error:  # the library's errors share no base with those of its transport
        raise NarrativeError(f"cannot fetch {symbol} from Yahoo: {' '.join(str(error).split())}") from error
    days: list[Mapping[str, Any]] = frame.reset_index().to_dict("records")
    return days


def read_yahoo(
    symbol: str,
    start: date,
    now: datetime,
    *,
    download: Download = yahoo,
    accept_seams: bool = False,
    sessions: Sessions | None = None,
) -> PriceTable:
    """Return a symbol's raw rows, as traded, from day `start` to the last session that closed an hour before `now`.

    Raises NarrativeError when Yahoo gives no prices of them, and as `table_of` does for what cannot be right.
    """
    calendar, place = sessions or load_sessions(), f"Yahoo's answer on {symbol}"
    last = calendar.shift(calendar.session_of(now - SETTLED), -1)
    # All splits until now are needed, because the closes are divided by them.
    days = download(symbol, start, now.date() + timedelta(days=1))
    quotes = [_quote(symbol, number, day, place) for number, day in enumerate(days, start=1)]
    if not quotes:
        raise NarrativeError(
            f"Yahoo gave no prices of {symbol} since {start}; check the symbol and the connection"
        )
    convention = Convention(adjusted=False, splits="applied", seams=accept_seams)
    table = table_of(quotes, place, convention, symbol=symbol, sessions=calendar)
    return PriceTable(place, tuple(row for row in table.rows if row.session <= last), {})


def _quote(symbol: str, number: int, day: Mapping[str, Any], place: str) -> Quote:
    """Return one day's quote. Raises NarrativeError for a split without a close, by which the others are divided."""
    cells = {field_of(str(name)): value for name, value in day.items()}
    stamp = cells.pop("date", None)
    if not isinstance(stamp, date):
        raise NarrativeError(f"{place} has no date in row {number}; it may need another version of yfinance")
    known = {field: _number(value) for field, value in cells.items() if field}
    session = stamp.date() if isinstance(stamp, datetime) else stamp
    if known.get("split") and known.get("close") is None:
        raise NarrativeError(
            f"{place} has a split on {session} and no close yet; fetch again after the close"
        )
    return Quote(symbol, session, number, known)


def _number(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None
