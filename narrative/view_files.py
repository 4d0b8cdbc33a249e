"""Reads files of views from elsewhere: CSV with a header or JSON lines, gzipped or not, one row a line.

A line that is no such row is given back with its number and its reason; none stops the reading. A score s becomes the
surest probabilities that have it: bullish max(s, 0), bearish max(-s, 0), neutral the rest.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from difflib import get_close_matches
from functools import lru_cache
from itertools import chain
from typing import Any

from narrative.crawl.packed import LeftOut, PackedFile
from narrative.errors import NarrativeError, UsageError
from narrative.firms import canonical
from narrative.ledger.imports import OutsideView
from narrative.measure.sessions import load_sessions
from narrative.measure.timing import claimed_instant
from narrative.targets import Targets
from narrative.terms import Claim, Stance

COLUMNS = ("published_at", "first_seen_at", "voice", "firm", "story", "target", "stance", "score", "weight")
RULES = "bullish max(score, 0), bearish max(-score, 0), neutral the rest; the likeliest is the stance"
LONGEST = 1024 * 1024  # bytes of a line
LONG_NAME = 500  # characters of a voice, a firm or a story
HEAVIEST = 1e6  # squares of weights are summed, which must stay far from overflow
_TIMES = 1000  # texts of times that are remembered
_NEEDED = ("voice", "story", "target")
_CERTAIN: dict[str, tuple[Stance, float]] = {
    "bullish": ("bullish", 1.0),
    "bearish": ("bearish", -1.0),
    "neutral": ("neutral", 0.0),
}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")

Row = Mapping[str, Any]


class _BadRowError(Exception):
    """Why a row is no view."""


@dataclass(frozen=True, slots=True)
class Given:
    """What was said about a file: the moment of the import, the zone of its times without one, whether to trust its dates."""

    began: datetime
    zone: tzinfo | None = None
    trust_dates: bool = False


def read_views(file: PackedFile, targets: Targets, given: Given) -> Iterator[OutsideView | LeftOut]:
    """Yield each row of a file, or why a line is none; blank lines are passed over.

    One line is in memory at a time. Raises NarrativeError for a CSV header with columns missing or unknown,
    BrokenFileError where the file itself cannot be read on.
    """
    lines = _lines(file)
    first = next(lines, None)
    if first is None:
        raise NarrativeError(f"{file.path} is empty")
    every = chain([first], lines)
    in_json = isinstance(first[1], str) and first[1].lstrip().startswith("{")
    maker = _Maker(targets, given)
    for number, row in _json_rows(every) if in_json else _csv_rows(every, file):
        yield row if isinstance(row, LeftOut) else maker.view(row, number)


# --- lines and rows ------------------------------------------------------------------------------------------


def _lines(file: PackedFile) -> Iterator[tuple[int, str | LeftOut]]:
    """Yield the number and the text of each line that is not blank."""
    number = 0
    while line := file.readline(LONGEST + 1):
        number += 1
        if len(line) > LONGEST:
            while line and not line.endswith(b"\n"):
                line = file.readline(LONGEST)
            yield number, LeftOut(f"longer than {LONGEST // (1024 * 1024)} MB", number)
        elif line.strip():
            try:
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                yield number, LeftOut("not in UTF-8", number)


def _json_rows(lines: Iterable[tuple[int, str | LeftOut]]) -> Iterator[tuple[int, Row | LeftOut]]:
    for number, line in lines:
        if isinstance(line, LeftOut):
            yield number, line
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            yield number, LeftOut("not JSON", number)
            continue
        if not isinstance(row, dict):
            yield number, LeftOut("not a JSON object", number)
        elif problem := _unknown(row):
            yield number, LeftOut(problem, number)
        else:
            yield number, row


def _csv_rows(
    lines: Iterable[tuple[int, str | LeftOut]], file: PackedFile
) -> Iterator[tuple[int, Row | LeftOut]]:
    """Yield rows by the names in the header. A line is a row: an unclosed quotation mark spoils no other."""
    header: list[str] | None = None
    for number, line in lines:
        cells = line if isinstance(line, LeftOut) else _cells(line, number)
        if header is None:
            header = _header(cells, file, number)
        elif isinstance(cells, LeftOut):
            yield number, cells
        elif len(cells) != len(header):
            yield number, LeftOut(f"{len(cells)} cells under a header of {len(header)}", number)
        else:
            yield number, dict(zip(header, cells, strict=True))


def _cells(line: str, number: int) -> list[str] | LeftOut:
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error as error:
        return LeftOut(f"not a row of CSV: {error}", number)


def _header(cells: list[str] | LeftOut, file: PackedFile, number: int) -> list[str]:
    where = f"{file.path}:{number}"
    if isinstance(cells, LeftOut):
        raise NarrativeError(f"{where}: the header is {cells.reason}")
    names = [name.strip() for name in cells]
    twice = [name for name in names if names.count(name) > 1]
    missing = [name for name in _NEEDED if name not in names]
    if not {"stance", "score"} & set(names):
        missing.append("stance or score")
    problem = _unknown(names) or (f"column {twice[0]!r} stands there twice" if twice else "")
    if problem or missing:
        raise NarrativeError(f"{where}: {problem or 'no column ' + ', no column '.join(missing)}")
    return names


def _unknown(names: Iterable[str]) -> str:
    """Return which column is unknown, with the nearest name or all of them; empty for none."""
    for name in names:
        if name not in COLUMNS:
            near = get_close_matches(name.lower(), COLUMNS, 1)
            return f"unknown column {name!r}; {'nearest' if near else 'known'}: {', '.join(near or COLUMNS)}"
    return ""


# --- a row as a view -----------------------------------------------------------------------------------------


class _Maker:
    """Makes views of rows."""

    def __init__(self, targets: Targets, given: Given) -> None:
        self._given = given
        self._earliest = load_sessions().first
        self._times: dict[str, datetime | date] = {}  # those read last: rows of one time stand together
        self._target: Callable[[str], str] = lru_cache(maxsize=4096)(lambda name: _target(name, targets))

    def view(self, row: Row, line: int) -> OutsideView | LeftOut:
        """Return the view of a row, or why it is none."""
        try:
            return self._view(row, line)
        except _BadRowError as error:
            return LeftOut(str(error), line)

    def _view(self, row: Row, line: int) -> OutsideView:
        voice, firm, story = (_name(row, column) for column in ("voice", "firm", "story"))
        if voice is None or story is None:
            raise _BadRowError(f"{'voice' if voice is None else 'story'} is missing")
        if row.get("target") in (None, ""):
            raise _BadRowError("target is missing")
        target = self._target(str(row["target"]).strip())
        stance, score = _judged(row)
        published = self._claim(row)
        seen = self._seen(row)
        available = seen or self._trusted(published) or self._given.began
        return OutsideView(
            line=line,
            published=published,
            first_seen_at=seen,
            available_at=available,
            voice=voice if firm else canonical(voice) or voice,
            firm=canonical(firm) or firm if firm else None,
            story=story,
            target=target,
            stance=stance,
            bullish=max(0.0, score),
            bearish=max(0.0, -score),
            neutral=1.0 - abs(score),
            weight=_number(row, "weight", 0.0, HEAVIEST, 1.0),
            backfilled=available < self._given.began,
            trusted=seen is None and available < self._given.began,
        )

    def _claim(self, row: Row) -> Claim | None:
        value = self._time(row, "published_at")
        if value is None or not isinstance(value, datetime):
            return None if value is None else Claim(value, "given")
        offset = value.utcoffset()
        minutes = None if offset is None else round(offset.total_seconds() / 60)
        return Claim(value.astimezone(UTC), "given", offset_minutes=minutes)

    def _seen(self, row: Row) -> datetime | None:
        """Return the instant of `first_seen_at`; a day stands for its last second in New York."""
        value = self._time(row, "first_seen_at")
        return None if value is None else claimed_instant(Claim(value, "given")).astimezone(UTC)

    def _trusted(self, published: Claim | None) -> datetime | None:
        """Return when a row was published, never later than now, where that is to count."""
        if published is None or not self._given.trust_dates:
            return None
        return min(claimed_instant(published), self._given.began)

    def _time(self, row: Row, column: str) -> datetime | date | None:
        value = row.get(column)
        text = "" if value is None else str(value).strip()
        if not text:
            return None
        known = self._times.get(text)
        if known is not None:
            return known
        try:
            found = date.fromisoformat(text) if _DAY.fullmatch(text) else self._instant(text, column)
            day = found.astimezone(UTC).date() if isinstance(found, datetime) else found
        except (ValueError, OverflowError):
            wanted = "a day (2026-01-14) nor an instant (2026-01-14T15:30:00Z)"
            raise _BadRowError(f"{column} is neither {wanted}: {text[:60]!r}") from None
        if day < self._earliest:
            raise _BadRowError(f"{column} {day} lies before {self._earliest}, where the calendar begins")
        if len(self._times) >= _TIMES:
            self._times.clear()
        self._times[text] = found
        return found

    def _instant(self, text: str, column: str) -> datetime:
        """Return an aware instant. Of a time that the clocks showed twice or skipped, the later one."""
        if not _DAY.match(text):
            raise ValueError(text)
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found
        if self._given.zone is None:
            raise _BadRowError(
                f"{column} has no zone: {text[:60]!r}; write it as {text[:40]}Z or give --tz ZONE"
            )
        return max((found.replace(tzinfo=self._given.zone, fold=fold) for fold in (0, 1)), key=_as_utc)


def _as_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


def _target(name: str, targets: Targets) -> str:
    try:
        return targets[name].id
    except UsageError:
        ids = {row.id: row.id for row in targets} | {row.name.lower(): row.id for row in targets}
        found = get_close_matches(name.lower(), ids, 3)
        near = ", ".join(dict.fromkeys(ids[match] for match in found)) or ", ".join(sorted(targets.rows))
        raise _BadRowError(
            f"unknown target {name[:60]!r}; {'nearest' if found else 'known'}: {near}"
        ) from None


def _name(row: Row, column: str) -> str | None:
    """Return a name with single spaces, None for none. The number of a story may be a number."""
    value = row.get(column)
    if value is None or value == "":
        return None
    if not isinstance(value, str) and (column != "story" or type(value) is not int):
        raise _BadRowError(f"{column} is not text: {str(value)[:60]!r}")
    name = " ".join(str(value).split())
    if len(name) > LONG_NAME:
        raise _BadRowError(f"{column} is longer than {LONG_NAME} characters")
    return name or None


def _judged(row: Row) -> tuple[Stance, float]:
    """Return the stance of a row and its score, p(bullish) - p(bearish)."""
    label, score = row.get("stance"), row.get("score")
    has_label, has_score = label not in (None, ""), score not in (None, "")
    if has_label == has_score:
        raise _BadRowError("both stance and score; give one" if has_label else "neither stance nor score")
    if has_label:
        found = _CERTAIN.get(str(label).strip().lower())
        if found is None:
            raise _BadRowError(f"stance {str(label)[:60]!r} is not one of bullish, bearish, neutral")
        return found
    value = _number(row, "score", -1.0, 1.0, 0.0)
    return _likeliest(value), value


def _likeliest(score: float) -> Stance:
    if abs(score) < 0.5:
        return "neutral"
    return "bullish" if score > 0 else "bearish"


def _number(row: Row, column: str, low: float, high: float, absent: float) -> float:
    value = row.get(column)
    if value is None or value == "":
        return absent
    text = str(value).strip()
    number = float(text) if not isinstance(value, bool) and _NUMBER.fullmatch(text) else math.nan
    if not low <= number <= high:
        raise _BadRowError(f"{column} is not a number from {low:g} to {high:g}: {text[:60]!r}")
    return number + 0.0  # no negative zero
