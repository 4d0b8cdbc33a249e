"""Prices for people and programs: what is kept of each symbol, and spreads over a window."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from narrative.tell.layout import Page, count, minute

LONGEST_TABLE = 30  # sessions that a terminal shows one by one


# ruff: noqa: D102 -- a field of a shape is documented where the record is made
class Series(Protocol):
    """One symbol's kept rows of one kind."""

    @property
    def symbol(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def first(self) -> date: ...
    @property
    def last(self) -> date: ...
    @property
    def rows(self) -> int: ...
    @property
    def dividends(self) -> int: ...
    @property
    def splits(self) -> int: ...
    @property
    def sources(self) -> tuple[str, ...]: ...
    @property
    def recorded_at(self) -> datetime: ...
    @property
    def downloaded(self) -> date | None: ...
    @property
    def gaps(self) -> tuple[tuple[date, date, int], ...]: ...
    @property
    def dry(self) -> tuple[tuple[date, date], ...]: ...


class Day(Protocol):
    """Both legs in one session."""

    @property
    def session(self) -> date: ...
    @property
    def long(self) -> float: ...
    @property
    def short(self) -> float: ...
    @property
    def spread(self) -> float: ...


class Window(Protocol):
    """A spread over some sessions."""

    @property
    def base(self) -> date: ...
    @property
    def days(self) -> Sequence[Day]: ...
    @property
    def over(self) -> float: ...
    @property
    def total(self) -> float: ...
    @property
    def note(self) -> str: ...


Windows = Mapping[tuple[str, str], Window | None]


def kept_text(listed: Sequence[Series]) -> str:
    """Return two lines for each series and one for each thing that misses in it."""
    lines = [line for series in listed for line in _described(series)]
    return "\n".join([*lines, ""]) if lines else "no prices are kept; narrative prices --help shows how\n"


def _described(series: Series) -> Iterator[str]:
    held = ""
    if series.kind == "raw":
        held = f", {count(series.dividends, 'dividend')}, {count(series.splits, 'split')}"
    yield f"{series.symbol:<6} {series.kind:<9}{series.first} to {series.last}  {count(series.rows, 'row')}{held}"
    source = series.sources[0] + (f" and {len(series.sources) - 1} more" if len(series.sources) > 1 else "")
    told = f", downloaded {series.downloaded}" if series.downloaded else ""
    yield from _wrapped(f"{source}, recorded {minute(series.recorded_at)}{told}", 7)
    for first, last, sessions in series.gaps:
        yield f"       missing: {count(sessions, 'session')} from {first} to {last}"
    for first, last in series.dry:
        yield f"       no dividend from {first} to {last}: price returns, not total returns"


def _wrapped(text: str, indent: int = 0) -> list[str]:
    """Return text in lines that fit a narrow terminal."""
    return Page().wrap(text, indent, 2)


def kept_json(listed: Sequence[Series]) -> str:
    """Return one JSON object a line for each series."""
    names = ("symbol", "kind", "first", "last", "rows", "dividends", "splits", "sources", "recorded_at")
    lines = []
    for series in listed:
        record = {name: getattr(series, name) for name in (*names, "downloaded", "dry")}
        gaps = [{"first": first, "last": last, "sessions": number} for first, last, number in series.gaps]
        lines.append(json.dumps(record | {"gaps": gaps}, default=_plain, ensure_ascii=False))
    return "".join(line + "\n" for line in lines)


def spreads_text(found: Windows) -> str:
    """Return each spread over its window in a line, and the sessions in a table when they are few."""
    lines: list[str] = []
    for pair, window in found.items():
        name = " − ".join(pair)
        if window is None:
            lines.append(f"{name}: no prices of both in this window")
            continue
        last = window.days[-1].session if window.days else window.base
        lines += _wrapped(
            f"{name}: {_points(window.over)} points from the close of {window.base} to {last}; "
            f"sum of {count(len(window.days), 'session')} {_points(window.total)}"
        )
        if window.note:
            lines += _wrapped(f"not measured alike: {window.note}", 2)
    return "\n".join([*lines, *_table(found), ""])


def _table(found: Windows) -> Iterator[str]:
    """Give the spread of each session, a column a pair."""
    moves = {
        pair: {day.session: day.spread for day in window.days} for pair, window in found.items() if window
    }
    sessions = sorted({session for spreads in moves.values() for session in spreads})
    if not sessions:
        return
    yield ""
    if len(sessions) > LONGEST_TABLE:
        yield f"{len(sessions)} sessions; --format csv has them"
        return
    widths = {pair: max(9, len(" − ".join(pair))) for pair in moves}
    yield f"{'session':<10}" + "".join(f"  {' − '.join(pair):>{widths[pair]}}" for pair in moves)
    for session in sessions:
        cells = [f"  {_points(moves[pair].get(session)):>{widths[pair]}}" for pair in moves]
        yield f"{session}" + "".join(cells)


def _points(value: float | None) -> str:
    """Return a spread in points with sign and two decimals, nothing for none."""
    return "" if value is None else f"{value * 100:+.2f}".replace("-", "−")


def spreads_csv(found: Windows) -> str:
    """Return a row for each spread and session: returns as fractions, .01 = 1 %."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("date", "long", "short", "long_return", "short_return", "spread_return"))
    for (long, short), window in found.items():
        for day in window.days if window else ():
            writer.writerow((day.session, long, short, day.long, day.short, day.spread))
    return out.getvalue()


def spreads_json(found: Windows) -> str:
    """Return one JSON object a line for each spread, its sessions in it; a spread without prices has null."""
    lines = []
    for (long, short), window in found.items():
        record: dict[str, object] = {"long": long, "short": short, "base": None, "over": None, "sum": None}
        if window:
            days = [
                {"date": day.session, "long": day.long, "short": day.short, "spread": day.spread}
                for day in window.days
            ]
            record |= {"base": window.base, "over": window.over, "sum": window.total, "note": window.note}
            record["sessions"] = days
        lines.append(json.dumps(record, default=_plain, ensure_ascii=False))
    return "".join(line + "\n" for line in lines)


def _plain(value: object) -> str:
    """Return a day or an instant as ISO text."""
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not written as JSON")


RENDERINGS = {"text": spreads_text, "csv": spreads_csv, "json": spreads_json}
