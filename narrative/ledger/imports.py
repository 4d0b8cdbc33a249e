"""Views from outside: kept like what was read, as pages and statements without words, each with the place it came from.

A row of an imported file is a page of its own (its `stub` says so, and it counts as no article), with one statement of one
voice and one view, so that the one selection finds it. It is known by what it says it is: source, story, voice, target and
times. What is kept stays: the same row again adds nothing, and one that says otherwise is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from narrative.ledger import columns, records, voices
from narrative.ledger.columns import storable
from narrative.ledger.migrations import append_only, migration
from narrative.ledger.opening import Store
from narrative.ledger.readings import Readings
from narrative.terms import Article, Claim, Stance, Statement, View, Vintage, content_id

if TYPE_CHECKING:
    from sqlite_utils.db import Database

STUB = "imported"
_AHEAD = timedelta(days=1)  # clocks of two machines may differ by minutes; a day is an error in the input
_TABLES = ("articles", "texts", "readings", "statements", "views", "imported")


@migration
def m0014_imported(db: Database) -> None:
    """Make room for where the views from outside came from, and for their weights.

    `id` tells which row it is and `says` what it says; statements with the same `alike` repeat one another.
    """
    db.executescript("""
        CREATE TABLE imported (
            statement INTEGER PRIMARY KEY REFERENCES statements, id TEXT NOT NULL UNIQUE, says TEXT NOT NULL,
            alike TEXT NOT NULL, source TEXT NOT NULL, file TEXT NOT NULL, line INTEGER NOT NULL,
            weight REAL NOT NULL CHECK (weight >= 0)
        ) STRICT;
        CREATE INDEX imported_alike ON imported (alike, statement);
    """)
    append_only(db, ("imported",))


@dataclass(frozen=True, slots=True)
class OutsideView:
    """One row of a file of views, `line` its place in it.

    `first_seen_at` is what the row itself states, `available_at` what counts; `backfilled` when that lies before the
    import, `trusted` when it is the print date, taken on trust. A voice with a `firm` is a person, one without is a house.
    """

    line: int
    published: Claim | None
    first_seen_at: datetime | None
    available_at: datetime
    voice: str
    firm: str | None
    story: str
    target: str
    stance: Stance
    bullish: float
    bearish: float
    neutral: float
    weight: float = 1.0
    backfilled: bool = False
    trusted: bool = False

    def id(self, source: str) -> str:
        """Return what tells this row of a source from its others."""
        published = None if self.published is None else self.published.value.isoformat()
        seen = columns.stamp_or_none(self.first_seen_at)
        return content_id(STUB, source, self.story, self.voice, self.firm, self.target, published, seen)

    @property
    def says(self) -> str:
        """What it says, as a digest."""
        return content_id(self.stance, self.bullish, self.bearish, self.neutral, self.weight)


@dataclass(frozen=True, slots=True)
class From:
    """Where views come from: a source under its own name, a file of it, and the vintage that stands for the source."""

    source: str
    file: str
    vintage: Vintage


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not kept, by its line, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of some rows: how many are new, how many were held already, which were refused."""

    new: int
    held: int
    refused: tuple[Refused, ...]


class Imports(Readings):
    """The ledger's side of views from outside."""

    def keep_views(self, views: Iterable[OutsideView], origin: From) -> Imported:
        """Keep rows of a file in one transaction; those that lie in the future or contradict kept ones are refused.

        Raises NarrativeError when the ledger cannot be written; then nothing is kept.
        """
        with self.store.write() as db:
            now = self.store.clock.now()
            batch = _Batch(self.store, db, origin, self._vintage(db, origin.vintage, now), now)
            for view in views:
                batch.take(view)
            batch.write()
        return Imported(batch.new, batch.held, tuple(batch.refused))


class _Batch:
    """Rows on their way into the tables; written all at once, by numbers that are given out here."""

    def __init__(self, store: Store, db: Database, origin: From, vintage: int, now: datetime) -> None:
        self.new = self.held = 0
        self.refused: list[Refused] = []
        self._store, self._db, self._origin, self._vintage, self._now = store, db, origin, vintage, now
        self._rows: dict[str, list[dict[str, Any]]] = {table: [] for table in _TABLES}
        self._says: dict[str, tuple[str, str, int]] = {}  # by id: what is said, the file and the line
        self._groups: dict[str, int] = {}
        self._last = {
            table: store.value(f"SELECT coalesce(max(number), 0) FROM {table}")  # noqa: S608 -- own names
            for table in ("articles", "readings", "statements", "views")
        }
        self._voices: dict[tuple[str, str | None], int | None] = {}
        self._page = records.article(Article("", "", origin.source, "", "", stub=STUB, flags=(STUB,)))

    def take(self, view: OutsideView) -> None:
        """Put a row among those to be written, or count why it is not."""
        key = view.id(self._origin.source)
        if view.available_at - self._now > _AHEAD:
            self.refused.append(Refused(view.line, f"first seen in the future, {view.available_at:%Y-%m-%d}"))
            return
        known = self._says.get(key) or self._known(key)
        if known is None:
            self._says[key] = (view.says, self._origin.file, view.line)
            self._add(view, key)
            self.new += 1
        elif known[0] == view.says:
            self.held += 1
        else:
            told = f"says otherwise than line {known[2]} of {known[1]}, which is kept as it is"
            self.refused.append(Refused(view.line, told))

    def write(self) -> None:
        """Write all that was taken."""
        for table, rows in self._rows.items():
            if rows:
                names = list(rows[0])
                marks = ", ".join("?" * len(names))
                sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 -- own names
                self._db.conn.executemany(sql, (tuple(row.values()) for row in rows))

    def _known(self, key: str) -> tuple[str, str, int] | None:
        row = self._store.row("SELECT says, file, line FROM imported WHERE id = ?", (key,))
        return None if row is None else (row["says"], row["file"], row["line"])

    def _add(self, view: OutsideView, key: str) -> None:
        """Make the rows that a page with one view would give."""
        source, now = self._origin.source, columns.stamp(self._now)
        article, reading, statement, number = (self._next(table) for table in self._last)
        at = columns.stamp(view.available_at)
        voice = self._voice(view)
        alike = content_id(source, view.story, voice, view.target, view.stance)
        rows: dict[str, dict[str, Any]] = {
            "articles": self._page
            | {"number": article, "id": content_id("page", key), "title": storable(view.story)}
            | {"available_at": at, "recorded_at": now, "backfilled": int(view.backfilled)}
            | {"trusted": int(view.trusted)}
            | {"story": content_id("imported story", source, view.story)}
            | columns.claim_columns(view.published),
            "texts": {"article": article, "text": ""},
            "readings": {"number": reading, "article": article, "vintage": self._vintage, "judged_at": now},
            "statements": _STATEMENT
            | {"number": statement, "reading": reading, "id": content_id("statement", key), "voice": voice}
            | {
                "speaker": storable(view.voice) if view.firm else None,
                "firm": storable(view.firm or view.voice),
            }
            | {"echo_group": self._group(alike, statement), "available_at": at},
            "views": _VIEW
            | {"number": number, "statement": statement, "id": content_id("view", key), "target": view.target}
            | {"available_at": at, "stance": view.stance}
            | {"bullish": view.bullish, "bearish": view.bearish, "neutral": view.neutral},
            "imported": {"statement": statement, "id": key, "says": view.says, "alike": alike}
            | {"source": source, "file": self._origin.file, "line": view.line, "weight": view.weight},
        }
        for table, row in rows.items():
            self._rows[table].append(row)

    def _next(self, table: str) -> int:
        self._last[table] += 1
        return int(self._last[table])

    def _voice(self, view: OutsideView) -> int | None:
        """Return the voice of a row; in one batch the same name is the same voice."""
        name = (view.voice, view.firm)
        if name not in self._voices:
            who = (view.voice, None, view.firm) if view.firm else (None, None, view.voice)
            said = Statement("", "imported", (), None, None, *who)
            heard = voices.Heard("", (), view.available_at)
            self._voices[name] = voices.voice_of(self._store, self._db, said, heard, columns.stamp(self._now))
        return self._voices[name]

    def _group(self, alike: str, number: int) -> int:
        """Return the statement that was first to say the same in the same story; of the first one its own number."""
        if alike not in self._groups:
            first = self._store.value("SELECT min(statement) FROM imported WHERE alike = ?", (alike,))
            self._groups[alike] = number if first is None else first
        return self._groups[alike]


# What all rows have alike.
_STATEMENT = records.statement(Statement("", "imported", (), None, None))
_VIEW = records.view(View("", "", "", "neutral", 0.0, 0.0, 1.0), 0, "")
