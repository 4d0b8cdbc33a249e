"""One article with all that its last reading marked in it, for whoever wants to see the page as the reader saw it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from narrative.errors import UsageError
from narrative.ledger import columns
from narrative.ledger.corrections import rulings
from narrative.ledger.judgements import Judgements
from narrative.ledger.support import statement_id
from narrative.terms import Correction, Reading, content_id


@dataclass(frozen=True, slots=True)
class Shown:
    """An article as it was last read by a moment; `corrections` are the stances set by hand, by view id.

    `imported` says that it is no page: a view from outside, which has no words. `moved` are the ids of statements whose
    text or spans are not those first recorded.
    """

    reading: Reading
    judged_at: datetime
    corrections: Mapping[str, Correction]
    imported: bool
    moved: frozenset[str]


class Showing(Judgements):
    """Opens an article by its id or its address."""

    def show(self, what: str, *, known_at: datetime | None = None) -> Shown:
        """Return the article whose id begins with `what`, or whose address it is: of several versions the last one read.

        Raises UsageError when no article fits or ids of more than one do, and for one that was not read by then.
        """
        article = self._article_meant(what.strip(), known_at)
        row = self.store.row(
            """SELECT number, judged_at FROM readings WHERE article = :article
               AND (:known IS NULL OR judged_at <= :known) ORDER BY number DESC LIMIT 1""",
            {"article": article, "known": columns.stamp_or_none(known_at)},
        )
        if row is None:
            raise UsageError(f"the article {what} was not read by then")
        found, said = self._reading(row["number"]), rulings(self.store, known_at)
        rows = self.store.rows(_SAID, (row["number"],))
        corrected = {
            one["id"]: said[one["echo_group"], one["target"]]
            for one in rows
            if (one["echo_group"], one["target"]) in said
        }
        imported = any(statement.mode == "imported" for statement in found.statements)
        return Shown(
            found,
            columns.instant(row["judged_at"]),
            corrected,
            imported,
            frozenset() if imported else self._moved(article, found),
        )

    def _moved(self, article: int, found: Reading) -> frozenset[str]:
        """Return the ids of statements that their text and their spans no longer give."""
        digest = self.store.value("SELECT digest FROM articles WHERE number = ?", (article,))
        same = content_id("text", found.article.text) == digest
        return frozenset(
            statement.id
            for statement in found.statements
            if not same or statement_id(found.article.id, statement.content) != statement.id
        )

    def _article_meant(self, what: str, known_at: datetime | None) -> int:
        """Return the row of an article."""
        values = {"what": what, "low": what.lower(), "high": what.lower() + "\U0010ffff"}
        values["known"] = columns.stamp_or_none(known_at) or "9"
        by_url = self.store.value(_BY_URL, values)
        if by_url is not None:
            return int(by_url)
        rows = self.store.rows(_BY_ID, values)
        if not what or not rows:
            raise UsageError(
                f"no article has an id beginning with {what!r} or that address; narrative why prints both"
            )
        whole = [row["number"] for row in rows if row["id"] == values["low"]]
        if len(rows) > 1 and not whole:
            some = ", ".join(row["id"] for row in rows)
            raise UsageError(f"several articles have ids beginning with {what!r}: {some}; add a character")
        return int(whole[0] if whole else rows[0]["number"])


_BY_URL = """
SELECT number FROM articles WHERE url = :what AND url <> '' AND recorded_at <= :known ORDER BY number DESC LIMIT 1
"""
_BY_ID = """
SELECT number, id FROM articles WHERE id >= :low AND id < :high AND recorded_at <= :known ORDER BY id LIMIT 5
"""
_SAID = """
SELECT v.id, v.target, s.echo_group FROM views v JOIN statements s ON s.number = v.statement WHERE s.reading = ?
"""
