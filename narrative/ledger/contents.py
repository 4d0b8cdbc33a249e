"""What there is in a ledger, for whoever asks it something: names, targets, the time of the last poll."""

from __future__ import annotations

from datetime import datetime

from narrative.ledger import columns
from narrative.ledger.opening import Part


class Contents(Part):
    """The ledger's own vocabulary."""

    def names(self) -> tuple[str, ...]:
        """Return the names of all voices, firms and outlets, each once."""
        rows = self.store.rows(
            """SELECT name FROM voices UNION SELECT name FROM voice_names
               UNION SELECT firm FROM statements WHERE firm IS NOT NULL UNION SELECT outlet FROM articles"""
        )
        return tuple(row["name"] for row in rows if row["name"])

    def views_by_target(self) -> dict[str, int]:
        """Return how many views there are on each target."""
        rows = self.store.rows("SELECT target, count(*) AS n FROM views GROUP BY target")
        return {row["target"]: row["n"] for row in rows}

    def last_poll(self) -> datetime | None:
        """Return when a feed was last polled, None before the first time."""
        return columns.instant_or_none(self.store.value("SELECT max(at) FROM polls"))
