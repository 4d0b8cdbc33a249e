"""Makes price rows of a table of daily quotes, whole or refused with the line at fault.

Nothing in a table says whether its close is adjusted for dividends (the same header stands over both), nor
whether splits are in it already, so the caller must. Refused are a session twice or missing, a day without
trading, a price that is no price, and a seam where two series were joined.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path

from narrative.errors import NarrativeError, UsageError
from narrative.measure.price_files import Quote, read_quotes
from narrative.measure.returns import PriceRow
from narrative.measure.seams import Seam, jumps, rounding, seams
from narrative.measure.sessions import Sessions, load_sessions
from narrative.measure.splits import Splits, as_traded


@dataclass(frozen=True, slots=True)
class PriceTable:
    """The rows of one table by symbol and session. `place` names it in words, `lines` where each row stands."""

    place: str
    rows: tuple[PriceRow, ...]
    lines: Mapping[tuple[str, date], int]

    def where(self, symbol: str, session: date) -> str:
        """Return the place of a row in words: table, line, symbol and session."""
        line = self.lines.get((symbol, session))
        return f"{self.place}{f' line {line}' if line else ''}: {symbol} {session}"

    def by_symbol(self) -> dict[str, list[PriceRow]]:
        """Return the rows of each symbol, in order."""
        found: dict[str, list[PriceRow]] = defaultdict(list)
        for row in self.rows:
            found[row.symbol].append(row)
        return found


@dataclass(frozen=True, slots=True)
class Convention:
    """How a table is meant, which it does not say itself.

    `adjusted` says whether to take the adjusted close (its own column where there is one, else the close) or the
    raw one, `splits` whether splits are in raw closes already. `seams` takes a table in which a seam was found.
    """

    adjusted: bool
    splits: Splits | None = None
    seams: bool = False


Paid = Mapping[tuple[str | None, date], float]


@dataclass(frozen=True, slots=True)
class Actions:
    """Dividends and splits from a table of their own, by symbol (None where it names none) and day."""

    dividends: Paid
    splits: Paid


def read_prices(
    path: Path,
    *,
    adjusted: bool | None,
    symbol: str | None = None,
    dividends: Path | None = None,
    splits: Splits | None = None,
    accept_seams: bool = False,
    sessions: Sessions | None = None,
) -> tuple[PriceRow, ...]:
    """Return the rows of a price file by symbol and session; as `read_table`, without the lines they stand in."""
    table = read_table(
        path,
        adjusted=adjusted,
        symbol=symbol,
        dividends=dividends,
        splits=splits,
        accept_seams=accept_seams,
        sessions=sessions,
    )
    return table.rows


def read_table(
    path: Path,
    *,
    adjusted: bool | None,
    symbol: str | None = None,
    dividends: Path | None = None,
    splits: Splits | None = None,
    accept_seams: bool = False,
    sessions: Sessions | None = None,
) -> PriceTable:
    """Return the rows of a price file.

    `adjusted`, `splits` and `accept_seams` are those of `Convention`; None for `adjusted` is refused. `symbol` picks
    one of several, or names the only one. `dividends` is a file with date, dividend or split and, for several,
    symbol. Raises UsageError for a choice left open, NarrativeError naming file and line for content that cannot
    be right.
    """
    if adjusted is None:
        raise UsageError(
            f"{path} does not say whether its prices are adjusted for dividends: give --adjusted or --raw"
        )
    if adjusted and (dividends or splits):
        given, held = ("--dividends", "dividends") if dividends else ("--splits", "splits")
        raise UsageError(
            f"adjusted prices already hold their {held}: give --raw with {given}, or leave it out"
        )
    convention = Convention(adjusted, splits, accept_seams)
    actions = _actions(dividends, symbol) if dividends else None
    return table_of(
        read_quotes(path), str(path), convention, symbol=symbol, actions=actions, sessions=sessions
    )


def table_of(
    listed: Iterable[Quote],
    place: str,
    convention: Convention,
    *,
    symbol: str | None = None,
    actions: Actions | None = None,
    sessions: Sessions | None = None,
) -> PriceTable:
    """Return the rows that quotes from anywhere make; `place` names where in errors, which are `read_table`'s."""
    quotes = _chosen(listed, symbol, place)
    field = _close_field(quotes, convention.adjusted, place)
    rows: list[PriceRow] = []
    lines: dict[tuple[str, date], int] = {}
    for name, found in sorted(quotes.items()):
        known = sorted((q for q in found if q.number(field) is not None), key=lambda quote: quote.day)
        _check_days(name, known, place, sessions or load_sessions())
        rows += _series(name, known, field, convention, actions, place)
        lines |= {(name, quote.day): quote.line for quote in known}
    if not rows:
        raise NarrativeError(f"{place} holds no prices; give a CSV file with a date and a close in each row")
    return PriceTable(place, tuple(rows), lines)


def _chosen(quotes: Iterable[Quote], symbol: str | None, place: str) -> dict[str, list[Quote]]:
    """Return the quotes by symbol, of the one asked for or of all."""
    found: dict[str, list[Quote]] = defaultdict(list)
    for quote in quotes:
        name = quote.symbol or symbol
        if name is None:
            raise UsageError(f"{place} does not name its symbol: give --symbol")
        found[name].append(quote)
    if symbol is None or not found:
        return found
    if symbol not in found:
        raise UsageError(f"{place} has no prices of {symbol}; it has {', '.join(sorted(found)[:12])}")
    return {symbol: found[symbol]}


def _close_field(quotes: Mapping[str, list[Quote]], adjusted: bool, place: str) -> str:
    """Return the column that the close is read from."""
    fields = {field for listed in quotes.values() for quote in listed for field in quote.cells}
    if adjusted:
        return "adjclose" if "adjclose" in fields else "close"
    if fields and "close" not in fields:
        raise UsageError(f"{place} has an adjusted close only: give --adjusted")
    return "close"


def _check_days(name: str, quotes: list[Quote], place: str, sessions: Sessions) -> None:
    """Refuse a day twice, a day without trading and a session without a row."""
    for before, quote in pairwise(quotes):
        if quote.day == before.day:
            lines = f"lines {min(before.line, quote.line)} and {max(before.line, quote.line)}"
            raise NarrativeError(f"{place} {lines}: {name} {quote.day} is there twice; remove one")
    for quote in quotes:
        if sessions.first <= quote.day <= sessions.last and quote.day not in sessions:
            raise NarrativeError(
                f"{place} line {quote.line}: {name} {quote.day} was no trading day; remove it"
            )
    for before, quote in pairwise(quotes):
        if before.day < sessions.first or quote.day > sessions.last:
            continue
        expected = sessions.shift(before.day, 1)
        if expected != quote.day:
            raise NarrativeError(
                f"{place} line {quote.line}: {name} has no price for {expected}, "
                f"between {before.day} and {quote.day}; complete the file"
            )


def _series(
    name: str, quotes: list[Quote], field: str, convention: Convention, actions: Actions | None, place: str
) -> list[PriceRow]:
    """Return one symbol's rows: raw as traded, or adjusted with the return of each."""
    listed = [_row(name, quote, field, place) for quote in quotes]
    lines = {quote.day: f"{place} line {quote.line}: {name} {quote.day}" for quote in quotes}
    if convention.adjusted:
        rows = [replace(row, kind="adjusted", dividend=0.0, split=1.0) for row in listed]
        changes = [row.close / before.close - 1 for before, row in pairwise(rows)]
        rows = rows[:1] + [replace(row, change=change) for row, change in zip(rows[1:], changes, strict=True)]
    else:
        acted = _with_actions(listed, name, actions, place)
        rows = as_traded(acted, convention.splits, [lines[row.session] for row in acted])
    if not convention.seams:
        for seam in (*jumps(rows), *_contradictions(name, quotes, rows, convention.adjusted, place)):
            raise NarrativeError(
                f"{lines[seam.session]}: {seam.words}: two series seem joined here; mend it, or take it as it "
                "is with --accept-seams"
            )
    return rows


def _contradictions(
    name: str, quotes: list[Quote], rows: list[PriceRow], adjusted: bool, place: str
) -> Iterable[Seam]:
    """Return where the two closes of a table that has both contradict each other, in order."""
    closes, levels = (
        {quote.day: q for quote in quotes if (q := quote.number(f))} for f in ("close", "adjclose")
    )
    days = [quote.day for quote in quotes]
    both = closes.keys() & levels.keys()
    changes = {
        day: levels[day] / levels[before] - 1 for before, day in pairwise(days) if {before, day} <= both
    }
    raw = rows
    if adjusted:
        raw = [_row(name, quote, "close", place) for quote in quotes if quote.day in closes]
        # Whether a split is in the raw close already is not asked for adjusted prices.
        changes = {
            row.session: changes[row.session] for row in raw if row.session in changes and row.split == 1.0
        }
    paid = [row.session for row in raw if row.dividend]
    known = (paid[0], paid[-1]) if paid else None
    return seams(changes, raw, known, rounding(levels, closes))


def _with_actions(rows: list[PriceRow], name: str, actions: Actions | None, place: str) -> list[PriceRow]:
    """Return rows with the dividends and splits of their own file, which stands over columns of the table."""
    if actions is None:
        return rows
    paid, split = (_of(name, found) for found in (actions.dividends, actions.splits))
    days = {row.session for row in rows}
    for day in (*paid, *split):
        if rows and min(days) <= day <= max(days) and day not in days:
            word = "dividend" if day in paid else "split"
            raise NarrativeError(f"{place}: {name} has a {word} on {day} and no price; correct the dividends")
    if paid:
        rows = [replace(row, dividend=paid.get(row.session, 0.0)) for row in rows]
    if split:
        rows = [replace(row, split=split.get(row.session, 1.0)) for row in rows]
    return rows


def _of(name: str, found: Paid) -> dict[date, float]:
    return {day: amount for (owner, day), amount in found.items() if owner in (None, name)}


def _row(name: str, quote: Quote, field: str, place: str) -> PriceRow:
    close = quote.number(field) or 0.0
    # Vendors write an unknown open, high or low as 0, and no split as 0 as well as 1.
    opened, high, low = (quote.number(part) or None for part in ("open", "high", "low"))
    paid, volume, split = (quote.number(part) for part in ("dividend", "volume", "split"))
    fault = _fault(
        {"close": close, "open": opened, "high": high, "low": low},
        {"dividend": paid, "volume": volume, "split": split},
    )
    if fault:
        raise NarrativeError(f"{place} line {quote.line}: {name} {quote.day} has {fault}; correct it")
    scale = _scale(quote, close) if field == "adjclose" else 1.0
    return PriceRow(
        symbol=name,
        session=quote.day,
        open=opened and opened * scale,
        high=high and high * scale,
        low=low and low * scale,
        close=close,
        volume=volume,
        dividend=paid or 0.0,
        kind="raw",
        split=split or 1.0,
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


def _actions(path: Path, symbol: str | None) -> Actions:
    """Return what a file of dividends, splits or both holds."""
    found: dict[str, dict[tuple[str | None, date], float]] = {"dividend": {}, "split": {}}
    for quote in read_quotes(path):
        if symbol not in (None, quote.symbol or symbol):
            continue
        for field, amounts in found.items():
            amount = quote.number(field)
            if amount is None:
                continue
            if amount < 0 or (quote.symbol, quote.day) in amounts:
                fault = "below 0" if amount < 0 else "there twice"
                raise NarrativeError(
                    f"{path} line {quote.line}: the {field} of {quote.day} is {fault}; correct it"
                )
            amounts[quote.symbol, quote.day] = amount
    return Actions(found["dividend"], {key: ratio for key, ratio in found["split"].items() if ratio})
