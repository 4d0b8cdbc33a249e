"""Keeps what the reader found in articles: all of one in one transaction, and nothing twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from narrative.errors import NarrativeError
from narrative.ledger import bodies, columns
from narrative.ledger.keeping import Batch, Given
from narrative.ledger.migrations import migration
from narrative.ledger.opening import Part
from narrative.terms import Article, Capture, Reading, Span, Vintage

if TYPE_CHECKING:
    from sqlite_utils.db import Database

AT_ONCE = 1000  # readings whose rows are made and written together
_AHEAD = timedelta(days=1)  # clocks of two machines may differ by minutes; a day is an error in the input


@migration
def m0015_trusted(db: Database) -> None:
    """Make room for whether an article became available at a print date that somebody took on trust.

    Of those kept before this was written down nobody knows; they count as not.
    """
    column = "trusted INTEGER NOT NULL DEFAULT 0 CHECK (trusted IN (0, 1))"
    db.execute(f"ALTER TABLE articles ADD COLUMN {column}")


class Readings(Part):
    """The writing side: articles with everything one vintage read in them."""

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
        with self.store.write() as db:
            batch = self._batch(backfilled, trusted)
            ((article, new),) = batch.keep(self._given(db, [reading], batch.now))
            if capture is not None:
                stub = reading.article.stub
                bodies.record_result(self.store, capture, article, stub and f"stub: {stub}")
        return new

    def keep_readings(
        self, readings: Iterable[Reading], *, backfilled: bool = False, trusted: bool = False
    ) -> list[bool]:
        """Store many readings in one transaction and return for each whether it was new.

        The ledger then holds what it holds when they are kept one by one at the moment in which this begins, and
        they are kept several times faster. Raises like `keep_reading`; then none of them is kept.
        """
        left, kept = iter(readings), list[bool]()
        with self.store.write() as db:
            batch = self._batch(backfilled, trusted)
            while some := list(islice(left, AT_ONCE)):
                kept += [new for _, new in batch.keep(self._given(db, some, batch.now))]
        return kept

    def _batch(self, backfilled: bool, trusted: bool) -> Batch:
        how = {"backfilled": int(backfilled), "trusted": int(trusted)}
        return Batch(self.store, self.store.clock.now(), how)

    def _given(self, db: Database, readings: Sequence[Reading], now: datetime) -> list[Given]:
        """Return readings ready to be kept."""
        numbers: dict[Vintage, int] = {}
        given = []
        for reading in readings:
            check(reading)
            available_at = _available_at(reading.article, now)
            vintage = reading.vintage
            if vintage not in numbers:
                numbers[vintage] = self._vintage(db, vintage, now)
            given.append(Given(reading, numbers[vintage], available_at))
        return given

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
