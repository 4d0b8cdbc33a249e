"""What there is in a ledger, for whoever asks it something: names, targets, the time of the last poll."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from narrative.ledger import columns
from narrative.ledger.migrations import migration
from narrative.ledger.opening import Part

if TYPE_CHECKING:
    from sqlite_utils.db import Database


@migration
def m0018_names(db: Database) -> None:
    """Find the names of firms and outlets without walking through all statements and articles."""
    db.executescript("""
        CREATE INDEX statements_firm ON statements (firm, reading) WHERE firm IS NOT NULL;
        CREATE INDEX articles_outlet ON articles (outlet, recorded_at);
    """)


class Contents(Part):
    """The ledger's own vocabulary."""

    def names(self, *, known_at: datetime | None = None) -> tuple[str, ...]:
        """Return the names of all voices, firms and outlets that had been met by a moment, each once, in order."""
        rows = self.store.rows(_NAMES, {"known": columns.stamp_or_none(known_at)})
        return tuple(row["name"] for row in rows if row["name"])

    def views_by_target(self) -> dict[str, int]:
        """Return how many views there are on each target."""
        rows = self.store.rows("SELECT target, count(*) AS n FROM views GROUP BY target")
        return {row["target"]: row["n"] for row in rows}

    def has_views(self, targets: Iterable[str], *, before: datetime) -> bool:
        """Return whether a view on one of some targets became available before a moment."""
        found = self.store.value(
            "SELECT EXISTS (SELECT 1 FROM json_each(?) t JOIN views v ON v.target = t.value AND v.available_at < ?)",
            (columns.words_column(sorted(targets)), columns.stamp(before)),
        )
        return bool(found)

    def last_poll(self) -> datetime | None:
        """Return when a feed was last polled, None before the first time."""
        return columns.instant_or_none(self.store.value("SELECT max(at) FROM polls"))


# One step in an index for each firm and each outlet, not one for each statement and article. Readings are numbered in the
# order in which they were kept, so the first one of a firm is the earliest.
_NAMES = """
WITH RECURSIVE
firms (name) AS (
    SELECT min(firm) FROM statements WHERE firm IS NOT NULL
    UNION ALL
    SELECT (SELECT min(firm) FROM statements WHERE firm > name) FROM firms WHERE name IS NOT NULL
),
outlets (name) AS (
    SELECT min(outlet) FROM articles
    UNION ALL
    SELECT (SELECT min(outlet) FROM articles WHERE outlet > name) FROM outlets WHERE name IS NOT NULL
)
SELECT name FROM voices WHERE :known IS NULL OR recorded_at <= :known
UNION
SELECT name FROM voice_names WHERE :known IS NULL OR recorded_at <= :known
UNION
SELECT name FROM firms WHERE name IS NOT NULL AND (:known IS NULL OR :known >= (
    SELECT r.judged_at FROM statements s JOIN readings r ON r.number = s.reading
    WHERE s.firm = name ORDER BY s.reading LIMIT 1))
UNION
SELECT name FROM outlets WHERE name IS NOT NULL AND (:known IS NULL OR :known >= (
    SELECT min(recorded_at) FROM articles WHERE outlet = name))
"""
