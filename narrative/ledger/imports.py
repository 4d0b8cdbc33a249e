"""Views from outside: kept like what was read, as pages and statements without words, each with the place it came from.

A row of an imported file is a page of its own (its `stub` says so, and it counts as no article), with one statement of one
voice and one view, so that the one selection finds it. It is known by what it says it is: source, story, voice, target and
times. What is kept stays: the same row again adds nothing, and one that says otherwise is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from narrative.ledger import columns, records, voices
from narrative.ledger.columns import storable
from narrative.ledger.migrations import append_only, migration
from narrative.ledger.opening import Store
from narrative.ledger.readings import Readings
from narrative.ledger.staging import AT_ONCE, Staging
from narrative.terms import Article, Claim, Stance, Statement, View, Vintage, content_id

if TYPE_CHECKING:
    from sqlite_utils.db import Database

STUB = "imported"
_AHEAD = timedelta(days=1)  # clocks of two machines may differ by minutes; a day is an error in the input


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
        rows = iter(views)
        with self.store.write() as db:
            now = self.store.clock.now()
            taken = _Taken(self.store, origin, self._vintage(db, origin.vintage, now), now)
            while some := list(islice(rows, AT_ONCE)):
                taken.take(some)
        return Imported(taken.new, taken.held, tuple(taken.refused))


class _Taken:
    """Rows on their way into the tables, some thousands at once, by numbers that are given out here."""

    def __init__(self, store: Store, origin: From, vintage: int, now: datetime) -> None:
        self.new = self.held = 0
        self.refused: list[Refused] = []
        self._store, self._origin, self._now = store, origin, now
        self._tables = _tables(origin, vintage, columns.stamp(now))
        self._staging = Staging(store, "imported", _STAGED)
        self._last = {
            table: store.value(f"SELECT coalesce(max(number), 0) FROM {table}")  # noqa: S608 -- own names
            for table in ("articles", "readings", "statements")
        }
        self._voices = voices.Voices(store, columns.stamp(now))
        self._named: dict[tuple[str, str | None], int | None] = {}

    def take(self, views: Sequence[OutsideView]) -> None:
        """Keep rows, or count why they are not kept."""
        keys = [view.id(self._origin.source) for view in views]
        kept = self._kept(keys)  # by id: what is said, the file and the line
        new: list[tuple[OutsideView, str, str]] = []
        for view, key in zip(views, keys, strict=True):
            if view.available_at - self._now > _AHEAD:
                told = f"first seen in the future, {view.available_at:%Y-%m-%d}"
                self.refused.append(Refused(view.line, told))
                continue
            says, known = view.says, kept.get(key)
            if known is None:
                kept[key] = (says, self._origin.file, view.line)
                new.append((view, key, says))
            elif known[0] == says:
                self.held += 1
            else:
                told = f"says otherwise than line {known[2]} of {known[1]}, which is kept as it is"
                self.refused.append(Refused(view.line, told))
        if new:
            self._write(new)
            self.new += len(new)

    def _kept(self, keys: Iterable[str]) -> dict[str, tuple[str, str, int]]:
        rows = self._store.rows(_KEPT, (columns.words_column(tuple(keys)),))
        return {key: (says, file, line) for key, says, file, line in rows}

    def _write(self, new: Sequence[tuple[OutsideView, str, str]]) -> None:
        """Write rows as pages with one view each. Of those alike, the first is the group."""
        source, stories = self._origin.source, dict[str, str]()
        heard = [self._voice(view) for view, _, _ in new]
        alike = [
            content_id(source, view.story, voice, view.target, view.stance)
            for (view, _, _), voice in zip(new, heard, strict=True)
        ]
        groups = self._groups(alike)
        article, reading, statement = (self._take_numbers(table, len(new)) for table in self._last)
        rows = []
        for place, ((view, key, says), voice, same) in enumerate(zip(new, heard, alike, strict=True)):
            story = stories.get(view.story)
            if story is None:
                story = stories[view.story] = content_id("imported story", source, view.story)
            rows.append(
                (
                    article + place, reading + place, statement + place, columns.stamp(view.available_at),
                    content_id("page", key), storable(view.story), story, view.backfilled, view.trusted,
                    *columns.claim_values(view.published),
                    content_id("statement", key), storable(view.voice) if view.firm else None,
                    storable(view.firm or view.voice), voice, groups.setdefault(same, statement + place),
                    content_id("view", key), view.target, view.stance, view.bullish, view.bearish, view.neutral,
                    key, says, same, view.line, view.weight,
                )
            )  # fmt: skip
        self._voices.write()
        self._staging.lay(rows)
        for table, (staged, constant) in self._tables.items():
            self._staging.into(table, staged, constant)

    def _take_numbers(self, table: str, count: int) -> int:
        """Return the first of so many new row numbers."""
        first: int = self._last[table] + 1
        self._last[table] += count
        return first

    def _voice(self, view: OutsideView) -> int | None:
        """Return the voice of a row; in one transaction the same name is the same voice."""
        name = (view.voice, view.firm)
        if name not in self._named:
            who = (view.voice, None, view.firm) if view.firm else (None, None, view.voice)
            said = Statement("", "imported", (), None, None, *who)
            self._named[name] = self._voices.voice_of(said, voices.Heard("", (), view.available_at))
        return self._named[name]

    def _groups(self, alike: Iterable[str]) -> dict[str, int]:
        """Return the statements that were first to say the same in the same story, those that the ledger has."""
        rows = self._store.rows(_FIRST, (columns.words_column(tuple(dict.fromkeys(alike))),))
        return {same: first for same, first in rows if first is not None}


_KEPT = "SELECT id, says, file, line FROM imported WHERE id IN (SELECT value FROM json_each(?))"

_FIRST = "SELECT value, (SELECT min(statement) FROM imported WHERE alike = value) FROM json_each(?)"

# --- the tables ----------------------------------------------------------------------------------------------

_STAGED = (
    "article", "reading", "statement", "at", "page", "title", "story", "backfilled", "trusted",
    "published", "published_origin", "published_zone", "published_offset",
    "statement_id", "speaker", "firm", "voice", "echo_group",
    "view_id", "target", "stance", "bullish", "bearish", "neutral", "id", "says", "alike", "line", "weight",
)  # fmt: skip

_Columns = tuple[
    dict[str, str], dict[str, object]
]  # those that are staged, and those that all rows have alike


def _tables(origin: From, vintage: int, now: str) -> dict[str, _Columns]:
    """Return the tables in the order in which they refer to one another, each with its columns."""
    bare = Article("", "", origin.source, "", "", stub=STUB, flags=(STUB,))
    page = records.article(bare, records.digest(bare))
    said = records.statement(Statement("", "imported", (), None, None))
    view = records.view(View("", "", "", "neutral", 0.0, 0.0, 1.0), 0, "")
    own = (
        "title", "story", "backfilled", "trusted",
        "published", "published_origin", "published_zone", "published_offset",
    )  # fmt: skip
    staged = {
        "articles": {"number": "article", "id": "page", "available_at": "at", **_plainly(*own)},
        "texts": {"article": "article"},
        "readings": {"number": "reading", "article": "article"},
        "statements": {
            "number": "statement",
            "reading": "reading",
            "id": "statement_id",
            "available_at": "at",
        }
        | _plainly("speaker", "firm", "voice", "echo_group"),
        "views": {"statement": "statement", "id": "view_id", "available_at": "at"}
        | _plainly("target", "stance", "bullish", "bearish", "neutral"),
        "imported": _plainly("statement", "id", "says", "alike", "line", "weight"),
    }
    constant: dict[str, dict[str, object]] = {
        "articles": page | {"recorded_at": now},
        "texts": {"text": ""},
        "readings": {"vintage": vintage, "judged_at": now},
        "statements": said,
        "views": view,
        "imported": {"source": origin.source, "file": origin.file},
    }
    return {
        table: (own, {name: value for name, value in constant[table].items() if name not in own})
        for table, own in staged.items()
    }


def _plainly(*names: str) -> dict[str, str]:
    """Return columns that are staged under their own names."""
    return {name: name for name in names}
