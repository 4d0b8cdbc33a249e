"""The vintages of a ledger, and two of them side by side: the views on the same words, paired.

Only pages that both have read are set side by side, whichever text of a page each had. Two views are a pair when
they are on one target and the ledger takes their statements for the same words on the same page (the echo group).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Row
from typing import NamedTuple

from narrative.errors import UsageError
from narrative.ledger import columns
from narrative.ledger.entries import entries_of
from narrative.ledger.opening import Part
from narrative.ledger.selection import select, vintage_number
from narrative.terms import Entry


@dataclass(frozen=True, slots=True)
class KeptVintage:
    """One vintage and what it has read. `first` and `last` are the instants of its first and last judgement."""

    id: str
    model: str
    targets: str
    articles: int
    views: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Overlap:
    """The pages, by the rows of their first articles, that two vintages have both read; of the others the number."""

    pages: frozenset[int]
    old_only: int
    new_only: int


class Pair(NamedTuple):
    """What two vintages made of the same words on one target; None where one of them made nothing."""

    old: Entry | None
    new: Entry | None


class Sides(NamedTuple):
    """The views of two vintages on one target, in order of availability, and which of them belong together."""

    old: tuple[Entry, ...]
    new: tuple[Entry, ...]
    pairs: tuple[Pair, ...]


class Vintages(Part):
    """What judged the views of a ledger, and where two of them differ."""

    def vintages(self) -> tuple[KeptVintage, ...]:
        """Return the vintages that have read something, in the order they came."""
        return tuple(_vintage(row) for row in self.store.rows(_VINTAGES))

    def vintage(self, named: str) -> KeptVintage:
        """Return the vintage with an id or model name, or a beginning of one. Raises UsageError for none or several."""
        number = vintage_number(self.store, named)
        found = self.store.row(f"SELECT * FROM ({_VINTAGES}) WHERE number = ?", (number,))  # noqa: S608
        if found is None:
            raise UsageError(f"the vintage {named!r} has read nothing yet")
        return _vintage(found)

    def overlap(self, old: str, new: str) -> Overlap:
        """Return what two vintages, given by their ids, have both read."""
        first, second = (self._pages(vintage) for vintage in (old, new))
        return Overlap(first & second, len(first - second), len(second - first))

    def judged_targets(self, *vintages: str) -> tuple[str, ...]:
        """Return the targets on which some vintages, given by their ids, have views."""
        found: set[str] = set()
        for vintage in vintages:
            found |= {row["target"] for row in self.store.rows(_TARGETS, (vintage,))}
        return tuple(sorted(found))

    def sides(
        self, old: str, new: str, target: str, pages: frozenset[int], *, as_of: datetime | None = None
    ) -> Sides:
        """Return the views of two vintages, given by their ids, on one target of some pages.

        `as_of` keeps what was available by then. Echoes are told among these pages alone, so that a page which
        only one has read changes nothing.
        """
        seen = [self._seen(vintage, target, pages, as_of) for vintage in (old, new)]
        first, second = (tuple(entry for _, entry in side) for side in seen)
        return Sides(first, second, tuple(_pairs(*seen)))

    def _pages(self, vintage: str) -> frozenset[int]:
        return frozenset(row["page"] for row in self.store.rows(_PAGES, (vintage,)))

    def _seen(
        self, vintage: str, target: str, pages: frozenset[int], as_of: datetime | None
    ) -> list[tuple[_Place, Entry]]:
        rows = select(self.store, targets=[target], vintage=vintage, as_of=as_of)
        rows = [row for row in rows if row.root in pages]
        return [
            ((row.root, row.echo_group), entry)
            for row, entry in zip(rows, entries_of(self.store, rows, None), strict=True)
        ]


_Place = tuple[int, int]  # a page and an echo group

_VINTAGES = """
SELECT g.number, g.id, g.model, g.targets, count(r.number) AS articles,
       min(r.judged_at) AS first, max(r.judged_at) AS last,
       (SELECT count(*) FROM readings x JOIN statements s ON s.reading = x.number
        JOIN views v ON v.statement = s.number WHERE x.vintage = g.number) AS views
FROM vintages g JOIN readings r ON r.vintage = g.number GROUP BY g.number ORDER BY g.number
"""

_PAGES = """
SELECT DISTINCT coalesce(a.revision_of, a.number) AS page FROM vintages g
JOIN readings r ON r.vintage = g.number JOIN articles a ON a.number = r.article WHERE g.id = ?
"""

_TARGETS = """
SELECT DISTINCT v.target FROM vintages g JOIN readings r ON r.vintage = g.number
JOIN statements s ON s.reading = r.number JOIN views v ON v.statement = s.number WHERE g.id = ?
"""


def _vintage(row: Row) -> KeptVintage:
    first, last = columns.instant(row["first"]), columns.instant(row["last"])
    return KeptVintage(row["id"], row["model"], row["targets"], row["articles"], row["views"], first, last)


def _pairs(old: Sequence[tuple[_Place, Entry]], new: Sequence[tuple[_Place, Entry]]) -> Iterable[Pair]:
    """Yield the pairs of two sides of one target, the old ones first, then those that only the new side has.

    Where a page has the same words several times, the same statement goes with itself, the others in their order.
    """
    there: dict[_Place, list[Entry]] = defaultdict(list)
    for place, entry in new:
        there[place].append(entry)
    mates: dict[int, Entry] = {}
    for exact in (True, False):
        for at, (place, entry) in enumerate(old):
            if at in mates:
                continue
            same = (one for one in there[place] if not exact or one.statement == entry.statement)
            if (mate := next(same, None)) is not None:
                mates[at] = mate
                there[place].remove(mate)
    yield from (Pair(entry, mates.get(at)) for at, (_, entry) in enumerate(old))
    left = {id(entry) for entries in there.values() for entry in entries}
    yield from (Pair(None, entry) for _, entry in new if id(entry) in left)
