"""Series from elsewhere in the vintages they were published in: news sentiment, surveys, factor returns.

A published series changes later, in its past as well. So what was known on a day is one vintage, the newest that
was out then, whole: an older vintage is not asked for what a newer one left out.
"""

from __future__ import annotations

import csv
from bisect import bisect_right
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType

from narrative.errors import NarrativeError, UsageError
from narrative.measure.price_files import date_of, number_of, text_of

LEAST_ROWS = 20  # fewer rows may well be alike
ALIKE = 0.99  # of the rows; the newest ones of such a column may have another day's statistic


@dataclass(frozen=True, slots=True)
class Revisions:
    """One outside series: by the day a vintage came out, its values by day."""

    vintages: Mapping[date, Mapping[date, float]]

    def as_of(self, known: date) -> Mapping[date, float]:
        """Return the newest vintage that was out on day `known`, whole and as published; empty before the first."""
        out = sorted(self.vintages)
        at = bisect_right(out, known)
        return self.vintages[out[at - 1]] if at else MappingProxyType({})

    def value(self, day: date, known: date) -> float | None:
        """Return the value of `day` as it was known on day `known`, None when that vintage has none."""
        return self.as_of(known).get(day)


def read_revisions(
    path: Path, *, value: str, day: str = "date", vintage: str | None = "vintage", known: date | None = None
) -> Revisions:
    """Return the series of column `value` in a CSV file, plain or gzip, with a row for each day and vintage.

    `day` and `vintage` name the columns of the day and of the vintage's day, or its month, which stands for the
    month's last day. A file of one vintage has `vintage` None and came out on `known`. Empty values are left out.
    Raises UsageError for a column that is not there, NarrativeError naming the line for what cannot be right, and
    for a column with one number in practically all rows of a vintage: that is a statistic over the whole sample,
    which nobody knew on the days it stands at.
    """
    if (vintage is None) == (known is None):
        raise UsageError(f"{path}: give the column of the vintage, or the day on which the file came out")
    found: dict[date, dict[date, float]] = defaultdict(dict)
    for line, row in _rows(path, [day, value, *([vintage] if vintage else [])]):
        out = _out(row[vintage], line, path) if vintage else known
        assert out is not None  # noqa: S101 -- one of the two is given, see above
        at, figure = date_of(row[day], line, path), number_of(row[value], value, line, path)
        if at > out:
            raise NarrativeError(f"{path} line {line}: {at} is after its vintage of {out}")
        if at in found[out]:
            raise NarrativeError(f"{path} line {line}: {at} is there twice in the vintage of {out}")
        if figure is not None:
            found[out][at] = figure
    for out, values in found.items():
        number, times = Counter(values.values()).most_common(1)[0] if values else (0.0, 0)
        if len(values) >= LEAST_ROWS and times >= ALIKE * len(values):
            raise NarrativeError(
                f"{path}: {value} is {number:g} on {times} of {len(values)} days of the vintage of {out}: "
                "a statistic over the whole sample is look-ahead, choose another column"
            )
    return Revisions({out: MappingProxyType(values) for out, values in sorted(found.items())})


def _rows(path: Path, wanted: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the line and the wanted cells of each row."""
    reader = csv.reader(text_of(path).splitlines(), strict=True)
    try:
        head = [cell.strip() for cell in next(reader, [])]
        if missing := [name for name in wanted if name not in head]:
            raise UsageError(
                f"{path} has no column {missing[0]!r}; it has {', '.join(head)[:200] or 'nothing'}"
            )
        places = {name: head.index(name) for name in wanted}
        for row in reader:
            if not any(row):
                continue
            if len(row) != len(head):
                raise NarrativeError(
                    f"{path} line {reader.line_num}: {len(row)} cells under {len(head)} columns; is the file cut off?"
                )
            yield reader.line_num, {name: row[at].strip() for name, at in places.items()}
    except csv.Error as error:
        raise NarrativeError(f"{path} is not a CSV file: {error}") from error


def _out(cell: str, line: int, path: Path) -> date:
    """Return the day of a vintage: the one named, or the last of the month."""
    month = cell.replace("-", "")
    if len(month) == 6 and month.isdigit():
        first = date_of(f"{month}01", line, path)
        return first.replace(day=monthrange(first.year, first.month)[1])
    return date_of(cell, line, path)
