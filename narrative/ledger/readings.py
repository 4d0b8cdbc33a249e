"""Keeps what the reader found in one article: all of it in one transaction, and nothing twice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from narrative.errors import NarrativeError
from narrative.ledger import bodies, columns, echoes, records, stories, voices
from narrative.ledger.corrections import keep_corrected
from narrative.ledger.migrations import migration
from narrative.ledger.opening import Part
from narrative.terms import Article, Capture, Figure, Reading, Span, Statement, View, Vintage

if TYPE_CHECKING:
    from sqlite_utils.db import Database

_R = TypeVar("_R", Statement, View, Figure)

_AHEAD = timedelta(days=1)  # clocks of two machines may differ by minutes; a day is an error in the input


@migration
def m0015_trusted(db: Database) -> None:
    """Make room for whether an article became available at a print date that somebody took on trust.

    Of those kept before this was written down nobody knows; they count as not.
    """
    column = "trusted INTEGER NOT NULL DEFAULT 0 CHECK (trusted IN (0, 1))"
    db.execute(f"ALTER TABLE articles ADD COLUMN {column}")


class Readings(Part):
    """The writing side: one article with everything one vintage read in it."""

    def keep_reading(
        self,
        reading: Reading,
        *,
        backfilled: bool = False,
        trusted: bool = False,
        capture: Capture | None = None,
    ) -> bool:
        """Store a reading and return whether it was new.

        An article is known by its id, or by its url and text; read again by the same vintage it changes
        nothing. An article without `available_at` became available now; `trusted` says that this time is a print
        date, taken on trust. `capture` is marked as read in the same transaction, so that a crash loses no page.
        Raises NarrativeError for an availability in the future, ValueError for a reading that contradicts itself.
        """
        check(reading)
        with self.store.write() as db:
            now = self.store.clock.now()
            available_at = _available_at(reading.article, now)
            vintage = self._vintage(db, reading.vintage, now)
            article = self._article_row(reading.article)
            if article is None:
                how = {"backfilled": int(backfilled), "trusted": int(trusted)}
                article = self._keep_article(db, reading.article, available_at, now, how)
            if capture is not None:
                stub = reading.article.stub
                bodies.record_result(self.store, capture, article, stub and f"stub: {stub}")
            if self._is_read(article, vintage):
                return False
            number = self.store.insert(
                "readings", {"article": article, "vintage": vintage, "judged_at": columns.stamp(now)}
            )
            self._keep_claims(db, number, article, reading, columns.stamp(now))
            return True

    def _is_read(self, article: int, vintage: int) -> bool:
        known = "SELECT 1 FROM readings WHERE article = ? AND vintage = ?"
        return self.store.value(known, (article, vintage)) is not None

    def _vintage(self, db: Database, vintage: Vintage, now: datetime) -> int:
        db.execute(
            """INSERT INTO vintages (id, model, targets, trained_through, recorded_at) VALUES (?, ?, ?, ?, ?)
               ON CONFLICT (id) DO NOTHING""",
            (
                vintage.id,
                vintage.model,
                vintage.targets,
                vintage.trained_through.isoformat() if vintage.trained_through else None,
                columns.stamp(now),
            ),
        )
        number: int = self.store.value("SELECT number FROM vintages WHERE id = ?", (vintage.id,))
        return number

    # --- the article -------------------------------------------------------------------------------------

    def _article_row(self, article: Article) -> int | None:
        """Return the row of an article that is kept already.

        The same id, or the same words at the same address.
        """
        row = self.store.row(
            "SELECT number FROM articles WHERE id = ? OR (url = ? AND digest = ?) ORDER BY number",
            (article.id, columns.storable(article.url), records.digest(article)),
        )
        return None if row is None else int(row["number"])

    def _keep_article(
        self, db: Database, article: Article, available_at: datetime, now: datetime, how: dict[str, int]
    ) -> int:
        first = self._first_at(article)
        seen = stories.wording_of(article, available_at)
        story = stories.story_of(self.store, article, seen, first)
        row = records.article(article) | {
            "available_at": columns.stamp(available_at),
            "recorded_at": columns.stamp(now),
            "story": story,
            "revision_of": first,
            **how,
        }
        number = self.store.insert("articles", row)
        self.store.insert("texts", {"article": number, "text": columns.storable(article.text)})
        if story == article.id and article.stub is None:
            stories.index_leader(db, number, seen)
        return number

    def _first_at(self, article: Article) -> int | None:
        """Return the first article kept from the same address. What has no address revises nothing."""
        if not article.url:
            return None
        row = self.store.row(
            "SELECT number FROM articles WHERE url = ? ORDER BY number", (columns.storable(article.url),)
        )
        return None if row is None else int(row["number"])

    # --- what was read in it -----------------------------------------------------------------------------

    def _keep_claims(self, db: Database, number: int, article: int, reading: Reading, now: str) -> None:
        place = self._place(article)
        heard = voices.Heard(columns.storable(reading.article.text), reading.mentions, place.available_at)
        heard_by = voices.Voices(self.store, now)
        rows: dict[str, int] = {}
        near = echoes.Leaders(self.store, place)
        statements = sorted(_distinct(reading.statements), key=lambda s: (s.dup, s.content))
        first: int = self.store.value("SELECT coalesce(max(number), 0) + 1 FROM statements")
        for row, statement in enumerate(statements, first):
            rows[statement.id] = row
            voice = heard_by.voice_of(statement, heard)
            group = near.group_of(row, echoes.content_words(heard.text, statement.content), voice)
            made: dict[str, object] = {"number": row, "reading": number, "voice": voice, "echo_group": group}
            made |= {"available_at": columns.stamp(place.available_at)}
            self.store.insert("statements", records.statement(statement) | made)
        available_at = columns.stamp(place.available_at)
        views = [records.view(view, rows[view.statement], available_at) for view in _distinct(reading.views)]
        mentions = [records.mention(mention, number) for mention in reading.mentions]
        figures = [records.figure(figure, number) for figure in _distinct(reading.figures)]
        for table, found in (("views", views), ("mentions", mentions), ("figures", figures)):
            self.store.insert_all(table, found, ignore=table == "mentions")
        keep_corrected(self.store, number, reading.vintage.id)

    def _place(self, article: int) -> echoes.Place:
        row = self.store.rows(
            "SELECT story, coalesce(revision_of, number) root, available_at FROM articles WHERE number = ?",
            (article,),
        )[0]
        return echoes.Place(article, row["story"], row["root"], columns.instant(row["available_at"]))


def check(reading: Reading) -> None:
    """Raise ValueError for a reading that contradicts itself: spans outside the text, stray views."""
    end = len(reading.article.text)
    spans = [span for s in reading.statements for span in (*s.content, s.cue, s.source) if span is not None]
    spans += [mention.span for mention in reading.mentions] + [figure.span for figure in reading.figures]
    wrong = [span for span in spans if not 0 <= span[0] <= span[1] <= end]
    orphans = {view.statement for view in reading.views} - {s.id for s in reading.statements}
    if wrong:
        raise ValueError(
            f"article {reading.article.id}: {Span(*wrong[0])} is outside its text of {end} characters"
        )
    if orphans:
        raise ValueError(f"article {reading.article.id}: views of the missing statement {min(orphans)}")


def _available_at(article: Article, now: datetime) -> datetime:
    if article.available_at is None:
        return now
    if article.available_at - now > _AHEAD:
        raise NarrativeError(
            f"{article.url or article.id} became available in the future, {article.available_at:%Y-%m-%d}; "
            "correct that date or this machine's clock"
        )
    return article.available_at


def _distinct(found: Iterable[_R]) -> list[_R]:
    """Return the records in order, each id once: a reader that finds one claim twice has found one claim."""
    kept: dict[str, _R] = {}
    for record in found:
        kept.setdefault(record.id, record)
    return list(kept.values())
