"""Finds dates, symbols and numbers in a table of daily prices, whichever of the usual headers it has.

Known: one header row in any order and case; a symbol column; the three header rows that yfinance frames
leave (fields, tickers, then the word Date), in either order of the first two; comma, semicolon or tab;
gzip; newest first.
"""

from __future__ import annotations

import csv
import gzip
import math
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType

from narrative.errors import NarrativeError

_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("date", "datetime", "timestamp", "day", "session"), "date"),
        **dict.fromkeys(("symbol", "ticker"), "symbol"),
        **dict.fromkeys(("close", "closelast"), "close"),
        **dict.fromkeys(("adjclose", "adjustedclose", "closeadj", "closeadjusted"), "adjclose"),
        **dict.fromkeys(("volume", "vol"), "volume"),
        **dict.fromkeys(("dividend", "dividends", "dividendamount", "divcash"), "dividend"),
        **dict.fromkeys(
            ("split", "splits", "stocksplit", "stocksplits", "splitfactor", "splitratio", "splitcoefficient"),
            "split",
        ),
        **{name: name for name in ("open", "high", "low")},
    }
)
_UNKNOWN = {"", "nan", "null", "none", "n/a", "na", "-"}
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?|(\d{4})(\d\d)(\d\d)")
_THOUSANDS = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_RATIO = re.compile(r"(\d+(?:\.\d+)?)\s*[:/]\s*(\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Quote:
    """One symbol's cells in one line; `cells` has every field of the header, None where it is not known."""

    symbol: str | None
    day: date
    line: int
    cells: Mapping[str, float | None]

    def number(self, field: str) -> float | None:
        """Return a field's number, None when unknown or not in the file."""
        return self.cells.get(field)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where a row has its date, its symbol if it has a column, and (field, symbol) of each number."""

    day: int
    symbol: int | None
    numbers: Mapping[int, tuple[str, str | None]]
    width: int


def read_quotes(path: Path) -> Iterator[Quote]:
    """Yield the quotes of a file in its order. Raises NarrativeError naming file and line at fault."""
    lines = text_of(path).splitlines()
    delimiter = max(",;\t", key=(lines or [""])[0].count)
    try:
        rows = [(n, [cell.strip() for cell in row]) for n, row in _numbered(lines, delimiter) if any(row)]
    except csv.Error as error:
        raise NarrativeError(f"{path} is not a CSV file: {error}") from error
    layout, start = _layout([row for _, row in rows[:3]], path)
    for line, row in rows[start:]:
        if len(row) != layout.width:
            raise NarrativeError(
                f"{path} line {line}: {len(row)} cells under {layout.width} columns; is the file cut off?"
            )
        yield from _quotes(line, row, layout, path, delimiter)


def _numbered(lines: list[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    for row in reader:
        yield reader.line_num, row


def text_of(path: Path) -> str:
    """Return a table's text, plain or gzip. Raises NarrativeError for what is no UTF-8 text."""
    try:
        body = path.read_bytes()
        if body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        return body.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise NarrativeError(
            f"cannot read {path}: {error}; give a CSV file in UTF-8, plain or gzip"
        ) from error


def _layout(head: list[list[str]], path: Path) -> tuple[_Layout, int]:
    """Return the layout and the number of header rows."""
    names = [field_of(cell) for cell in head[0]] if head else []
    if "date" in names:
        return _placed([(name, None) for name in names], names.index("date"), path), 1
    if len(head) == 3 and field_of(head[2][0] if head[2] else "") == "date":
        fields, tickers = head[0], head[1]
        if sum(map(_is_number_field, tickers)) > sum(map(_is_number_field, fields)):
            fields, tickers = tickers, fields
        pairs = zip(fields[1:], tickers[1:], strict=False)
        return _placed([("date", None), *((field_of(f), t or None) for f, t in pairs)], 0, path), 3
    raise _no_header(path, head[0] if head else [])


def _placed(columns: list[tuple[str, str | None]], day: int, path: Path) -> _Layout:
    numbers = {at: pair for at, pair in enumerate(columns) if pair[0] not in ("", "date", "symbol")}
    if len(set(numbers.values())) != len(numbers) or not numbers:
        raise _no_header(path, [field for field, _ in columns])
    symbols = [at for at, (field, _) in enumerate(columns) if field == "symbol"]
    return _Layout(day, symbols[0] if symbols else None, numbers, len(columns))


def _no_header(path: Path, cells: list[str]) -> NarrativeError:
    found = ", ".join(cell for cell in cells[:10] if cell)[:200] or "nothing"
    return NarrativeError(
        f"{path} needs a header with one column each for the date and the close; found: {found}"
    )


def field_of(cell: str) -> str:
    """Return the field that a column's name means, empty for one that is not read."""
    return _FIELDS.get(re.sub(r"[^a-z]", "", cell.lower()), "")


def _is_number_field(cell: str) -> bool:
    return field_of(cell) not in ("", "date", "symbol")


def _quotes(line: int, row: list[str], layout: _Layout, path: Path, delimiter: str) -> Iterator[Quote]:
    """One quote for each symbol of the line."""
    day = date_of(row[layout.day], line, path)
    named = row[layout.symbol] or None if layout.symbol is not None else None
    if layout.symbol is not None and named is None:
        raise NarrativeError(f"{path} line {line}: the symbol is missing")
    cells: dict[str | None, dict[str, float | None]] = {}
    for at, (field, ticker) in layout.numbers.items():
        cells.setdefault(ticker or named, {})[field] = number_of(row[at], field, line, path, delimiter)
    for symbol, numbers in cells.items():
        yield Quote(symbol, day, line, numbers)


def date_of(cell: str, line: int, path: Path) -> date:
    """Return the day a cell names. Raises NarrativeError naming file and line."""
    match = _DAY.fullmatch(cell)
    try:
        year, month, day = (int(part) for part in match.groups() if part) if match else (0, 0, 0)
        return date(year, month, day)
    except ValueError:
        raise NarrativeError(
            f"{path} line {line}: {cell[:40]!r} is not a day written as YYYY-MM-DD"
        ) from None


def number_of(cell: str, field: str, line: int, path: Path, delimiter: str = ",") -> float | None:
    """Return the number of a cell, None when it is not known. Raises NarrativeError naming file and line."""
    text = cell.lstrip("$")
    if text.lower() in _UNKNOWN:
        return None
    if delimiter == "," and _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    ratio = _RATIO.fullmatch(text) if field == "split" else None
    try:
        value = float(ratio[1]) / float(ratio[2]) if ratio else float(text)
    except (ValueError, ZeroDivisionError):
        value = math.nan
    if not math.isfinite(value) or "_" in text:
        raise NarrativeError(f"{path} line {line}: {field} {cell[:40]!r} is not a number")
    return value
