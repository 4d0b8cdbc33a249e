"""What was read in an article, taken out again, and another judgement of it kept beside the first.

A later judgement keeps the statements as they stand: their words, who said them and what repeats them are copied from the
reading that spoke last, and only the views are new. It is a reading of its own, under a vintage of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from sqlite3 import Row
from typing import TYPE_CHECKING

from narrative.ledger import columns, recalled, records
from narrative.ledger.corrections import keep_corrected
from narrative.ledger.opening import Store
from narrative.ledger.readings import Readings
from narrative.ledger.rereadings import Rereadings
from narrative.terms import Reading, View, Vintage

if TYPE_CHECKING:
    from sqlite_utils.db import Database


@dataclass(frozen=True, slots=True)
class LastJudged:
    """An article with statements, by its row, and the vintage of its last reading."""

    article: int
    model: str
    targets: str


class Judgements(Readings, Rereadings):
    """The ledger's side of judging again what was read."""

    def last_judged(self) -> list[LastJudged]:
        """Return the articles whose last reading has statements with words, in the order they were kept."""
        return [LastJudged(row["article"], row["model"], row["targets"]) for row in self.store.rows(_LAST)]

    def judged_any(self, articles: Iterable[int], vintage: Vintage) -> bool:
        """Return whether a vintage has read any of these articles, given by their rows."""
        sql = """SELECT 1 FROM readings r JOIN vintages g ON g.number = r.vintage
                 WHERE g.id = ? AND r.article IN (SELECT value FROM json_each(?)) LIMIT 1"""
        return self.store.value(sql, (vintage.id, json.dumps(list(articles)))) is not None

    def targets_before(self, definitions: str) -> frozenset[str]:
        """Return the targets on which there is a view under other target definitions than these."""
        return frozenset(row["target"] for row in self.store.rows(_BEFORE, (definitions,)))

    def last_reading(self, article: int) -> Reading:
        """Return what the last reading found in an article, given by its row; passages are not kept."""
        number = self.store.value("SELECT max(number) FROM readings WHERE article = ?", (article,))
        return self._reading(number)

    def reading_of(self, view: str) -> Reading:
        """Return the last reading that holds a view, given by its whole id."""
        sql = """SELECT max(s.reading) FROM views v JOIN statements s ON s.number = v.statement
                 WHERE v.id = ?"""
        return self._reading(self.store.value(sql, (view,)))

    def may_train(self, article: str) -> bool:
        """Return whether no page that gave an article, by its id, forbids the training of models."""
        return self.store.value(_FORBIDDEN, {"article": article}) is None

    def keep_judgement(
        self, article: int, of: Vintage, vintage: Vintage, views: Sequence[View], *, beside: bool = False
    ) -> bool:
        """Keep the views of a new vintage on the statements that the vintage `of` has read in an article, given by its row.

        One transaction. With `beside` they come beside the views of that reading, which are taken over with their ids.
        Returns False and changes nothing when the new vintage has read the article, or another one meanwhile.
        """
        with self.store.write() as db:
            last, by = self.store.rows(_LAST_OF, (article,))[0]
            if by != of.id or self.judged_any([article], vintage):
                return False
            now = self.store.clock.now()
            number = self._vintage(db, vintage, now)
            row = {"article": article, "vintage": number, "judged_at": columns.stamp(now)}
            new = self.store.insert("readings", row)
            for table in ("statements", "mentions", "figures"):
                self._copy(db, table, last, new)
            if beside:
                self._take_over(db, last, new)
            places = {row["id"]: row for row in _statements(self.store, new)}
            found = [
                records.view(view, places[view.statement]["number"], places[view.statement]["available_at"])
                for view in views
            ]
            if found:
                db.table("views").insert_all(found)
            keep_corrected(self.store, new, vintage.id)
            return True

    def _reading(self, number: int) -> Reading:
        rows = self.store.rows
        row = rows(
            "SELECT r.article, g.* FROM readings r JOIN vintages g ON g.number = r.vintage WHERE r.number = ?",
            (number,),
        )[0]
        trained = row["trained_through"]
        mentions = map(recalled.mention, rows("SELECT * FROM mentions WHERE reading = ?", (number,)))
        figures = map(recalled.figure, rows("SELECT * FROM figures WHERE reading = ?", (number,)))
        return Reading(
            self.kept_article(row["article"]),
            Vintage(row["model"], row["targets"], date.fromisoformat(trained) if trained else None),
            mentions=tuple(sorted(mentions, key=lambda mention: (mention.span, mention.kind, mention.key))),
            figures=tuple(sorted(figures, key=lambda figure: figure.span)),
            statements=tuple(recalled.statement(found) for found in _statements(self.store, number)),
            views=tuple(recalled.view(found, found["said"]) for found in rows(_VIEWS, (number,))),
        )

    def _copy(self, db: Database, table: str, last: int, new: int) -> None:
        """Copy the rows of one reading to another; their numbers are new."""
        names = ", ".join(self._columns(table, "number", "reading"))
        db.execute(
            f"INSERT INTO {table} (reading, {names}) SELECT ?, {names} FROM {table} "  # noqa: S608
            f"WHERE reading = ? ORDER BY {'number' if table == 'statements' else 'reading'}",
            (new, last),
        )

    def _take_over(self, db: Database, last: int, new: int) -> None:
        """Copy the views of one reading to the same statements of another."""
        names = self._columns("views", "number", "statement")
        taken = ", ".join(f"v.{name}" for name in names)
        db.execute(
            f"INSERT INTO views (statement, {', '.join(names)}) SELECT t.number, {taken} FROM views v "  # noqa: S608
            "JOIN statements s ON s.number = v.statement JOIN statements t ON t.id = s.id "
            "WHERE s.reading = ? AND t.reading = ? ORDER BY v.number",
            (last, new),
        )

    def _columns(self, table: str, *without: str) -> list[str]:
        """Return the columns of a table, as later migrations may have added some."""
        rows = self.store.rows("SELECT name FROM pragma_table_info(?)", (table,))
        return [row["name"] for row in rows if row["name"] not in without]


_LAST = """
SELECT r.article, g.model, g.targets FROM readings r JOIN vintages g ON g.number = r.vintage
WHERE r.number = (SELECT max(x.number) FROM readings x WHERE x.article = r.article)
AND EXISTS (SELECT 1 FROM statements s WHERE s.reading = r.number AND s.content <> '[]')
ORDER BY r.article
"""

_LAST_OF = """
SELECT r.number, g.id FROM readings r JOIN vintages g ON g.number = r.vintage
WHERE r.article = ? ORDER BY r.number DESC LIMIT 1
"""

_BEFORE = """
SELECT DISTINCT v.target FROM vintages g JOIN readings r ON r.vintage = g.number
JOIN statements s ON s.reading = r.number JOIN views v ON v.statement = s.number WHERE g.targets <> ?
"""

_VIEWS = """
SELECT v.*, s.id AS said FROM views v JOIN statements s ON s.number = v.statement
WHERE s.reading = ? ORDER BY v.number
"""

_FORBIDDEN = """
SELECT 1 FROM articles a JOIN captures c ON c.number IN (
    SELECT capture FROM results WHERE article = a.number UNION SELECT capture FROM rereadings WHERE article = a.number
) WHERE a.id = :article AND NOT c.may_train LIMIT 1
"""


def _statements(store: Store, reading: int) -> list[Row]:
    return store.rows("SELECT * FROM statements WHERE reading = ? ORDER BY number", (reading,))
