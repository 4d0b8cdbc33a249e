"""The roots of closed days, written down: printing one costs nothing, however long the past is.

Whoever writes adds the days that have closed; whoever only reads takes what is there and computes the days since. A kept
root vouches for nothing that its rows do not: `narrative verify` computes all of them again and compares. The table is
append-only like what it stands for, but no part of any root: a root would have to contain itself, and a ledger in which
the roots were written down late would not have the roots of one in which they were written down day by day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from narrative.ledger import columns
from narrative.ledger.migrations import append_only, migration
from narrative.ledger.roots import Root, Roots, chained, closed, seals

if TYPE_CHECKING:
    from sqlite_utils.db import Database


@migration
def m0016_day_roots(db: Database) -> None:
    """Make room for the roots of closed days.

    A day without rows is there when it was the last one closed; it has the root of the day before and no rows.
    """
    db.execute("""
        CREATE TABLE day_roots (
            day TEXT PRIMARY KEY, root TEXT NOT NULL, rows INTEGER NOT NULL CHECK (rows >= 0),
            recorded_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
    """)
    append_only(db, ("day_roots",))


class DayRoots(Roots):
    """What the past of the ledger came to, day by day."""

    def seal_days(self) -> int:
        """Write down the roots of the days closed by now that have none yet, and return how many days were added.

        Where no day has closed since the last time this is one look. Raises NarrativeError when the ledger cannot be
        written.
        """
        now = self.store.clock.now()
        last = closed(now)
        with self.store.snapshot():
            kept = self._newest()
            if kept is not None and kept.day >= last:
                return 0
            added = list(self._since(kept, last))
        ending = added[-1] if added else kept
        if ending is not None and ending.day < last:
            added.append(Root(last, ending.value, 0))
        at = columns.stamp(now)
        rows = [
            {"day": root.day.isoformat(), "root": root.value, "rows": root.rows, "recorded_at": at}
            for root in added
        ]
        with self.store.write():  # another program may have written the same days meanwhile
            self.store.insert_all("day_roots", rows, ignore=True)
        return len(rows)

    def sealed(self, at: datetime | None = None) -> str | None:
        """Return `DAY:ROOT` for the last day closed at a moment, by default now; None before anything was recorded.

        The day is that of the moment, whether or not something was recorded on it.
        """
        last = closed(self.store.clock.now() if at is None else at)
        with self.store.snapshot():
            found = self._newest(last)
            newest = self._newest()
            if newest is None or newest.day < last:
                later = self._since(newest, last)
                found = later[-1] if later else newest
        return None if found is None else f"{last}:{found.value}"

    def kept_roots(self, at: datetime | None = None) -> tuple[Root, ...]:
        """Return what is written down, in order; of the days closed at a moment, None for all there are.

        A day without rows is among them where it was the last one closed when somebody wrote.
        """
        last = "9" if at is None else closed(at).isoformat()
        rows = self.store.rows("SELECT day, root, rows FROM day_roots WHERE day <= ? ORDER BY day", (last,))
        return tuple(Root(date.fromisoformat(row["day"]), row["root"], row["rows"]) for row in rows)

    def _newest(self, last: date | None = None) -> Root | None:
        """Return the last root that is written down, or the last one until a day."""
        row = self.store.row(
            "SELECT day, root, rows FROM day_roots WHERE day <= ? ORDER BY day DESC LIMIT 1",
            ("9" if last is None else last.isoformat(),),
        )
        return None if row is None else Root(date.fromisoformat(row["day"]), row["root"], row["rows"])

    def _since(self, kept: Root | None, last: date) -> tuple[Root, ...]:
        """Compute the roots of the days with rows after the one that is kept."""
        if kept is None:
            return chained(seals(self.store, None, last))
        return chained(seals(self.store, kept.day, last), kept.value)


def strayed(kept: Sequence[Root], roots: Sequence[Root]) -> date | None:
    """Return the first day whose kept root is missing or not what the rows come to; None when all hold.

    `roots` are computed from the rows, of the same days or more.
    """
    if not kept:
        return None
    there = {root.day: root for root in kept}
    made = {root.day: root for root in roots if root.day <= kept[-1].day}
    value = ""
    for day in sorted({*there, *made}):
        value = made[day].value if day in made else value
        rows = made[day].rows if day in made else 0
        if there.get(day) != Root(day, value, rows):
            return day
    return None
