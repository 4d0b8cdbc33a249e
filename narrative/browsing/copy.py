"""The copy that is browsed: flat tables with names and words in them, and full-text indexes.

The ledger keeps views as numbers that lead to other numbers, and its own tables are never touched. The copy is made from the
one selection that questions, digests and factors use: what stands there is what `narrative ask` lists, echoes and
corrections included. It is thrown away when browsing ends.

Text from pages is made safe for whatever it is exported to: one line, nothing unseen, no formula for a spreadsheet.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from narrative.ledger import Ledger
from narrative.measure.sessions import load_sessions
from narrative.measure.stance import Standing, current, not_counted
from narrative.targets import Targets
from narrative.tell.escaping import cell, link
from narrative.tell.selection import turns
from narrative.terms import Entry

Progress = Callable[[str, int, int], None]
Row = tuple[Any, ...]

TABLES = {
    "views": """view TEXT PRIMARY KEY, voice TEXT, kind TEXT, speaker TEXT, title TEXT, firm TEXT, target TEXT,
        stance TEXT, bullish REAL, bearish REAL, neutral REAL, counted INTEGER, why_not_counted TEXT, words TEXT,
        condition TEXT, horizon TEXT, hedged INTEGER, past INTEGER, mode TEXT, published TEXT, available_at TEXT,
        recorded_at TEXT, outlet TEXT, article TEXT REFERENCES articles (article), url TEXT, reach INTEGER,
        echo_of TEXT, correction TEXT, in_sample INTEGER, backfilled INTEGER, model TEXT""",
    "standings": """number INTEGER PRIMARY KEY, voice TEXT, target TEXT, stance TEXT, state TEXT, previous TEXT, said TEXT,
        stands_to TEXT, words TEXT, outlet TEXT, view TEXT REFERENCES views (view)""",
    "flips": """number INTEGER PRIMARY KEY, voice TEXT, target TEXT, was TEXT, became TEXT, said TEXT, words TEXT,
        outlet TEXT, view TEXT REFERENCES views (view)""",
    "articles": """article TEXT PRIMARY KEY, title TEXT, outlet TEXT, published TEXT, available_at TEXT, story TEXT,
        stub TEXT, url TEXT, text TEXT""",
    "targets": "target TEXT PRIMARY KEY, name TEXT, kind TEXT, hypothesis TEXT",
    "polls": """number INTEGER PRIMARY KEY, feed TEXT, at TEXT, outcome TEXT, status INTEGER, entries INTEGER,
        new INTEGER, note TEXT""",
    "fetches": "number INTEGER PRIMARY KEY, url TEXT, at TEXT, outcome TEXT, status INTEGER, note TEXT",
}
_INDEXES = (
    "CREATE INDEX views_target ON views (target, stance)",
    "CREATE INDEX views_voice ON views (voice)",
    "CREATE INDEX views_article ON views (article)",
    "CREATE INDEX standings_target ON standings (target, stance)",
    "CREATE INDEX articles_outlet ON articles (outlet)",
)
#: table -> the columns whose words can be searched
SEARCHED = {"articles": ("title", "text"), "views": ("words", "voice", "firm", "title")}


def write_copy(
    ledger: Ledger,
    path: Path,
    targets: Targets,
    at: datetime,
    *,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    progress: Progress | None = None,
) -> None:
    """Write the copy of a ledger as it stands at `at` into a new file; `as_of` and `known_at` as for a question."""
    told = progress or (lambda _stage, _done, _all: None)
    entries = ledger.entries(as_of=as_of, known_at=known_at)
    standings = current(entries, at, load_sessions())
    reasons = {entry.view: reason for entry, reason in not_counted(entries)}
    kept: dict[str, Iterable[Row]] = {
        "targets": (_guarded((one.id, one.name, one.kind, one.hypothesis)) for one in targets),
        "articles": (
            (
                *_guarded((row.article, row.title, row.outlet, row.published, row.available_at, row.story)),
                *_guarded((row.stub, link(row.url))),
                _lines(row.text),
            )
            for row in ledger.kept_articles(as_of=as_of, known_at=known_at)
        ),
        "views": (_view(entry, reasons.get(entry.view)) for entry in entries),
        "standings": (_standing(number, one) for number, one in enumerate(standings, 1)),
        "flips": ((number, *row) for number, row in enumerate(_flips(standings), 1)),
        "polls": ((n, *_guarded(row)) for n, row in enumerate(ledger.kept_polls(at), 1)),
        "fetches": ((n, *_guarded(row)) for n, row in enumerate(ledger.kept_fetches(at), 1)),
    }
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        for done, (table, rows) in enumerate(kept.items()):
            told(table, done, len(kept) + 1)
            db.execute(f"CREATE TABLE {table} ({TABLES[table]})")
            marks = ", ".join("?" * len(db.execute(f"SELECT * FROM {table}").description))  # noqa: S608 -- own names
            db.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", rows)  # noqa: S608 -- as above
        told("search", len(kept), len(kept) + 1)
        _index(db)
        db.commit()
        told("search", len(kept) + 1, len(kept) + 1)


def standing_in(path: Path) -> tuple[int, int]:
    """Return how many views of a copy stand, and how many ran out."""
    with closing(sqlite3.connect(path)) as db:
        sql = "SELECT count(*), coalesce(sum(state = 'expired'), 0) FROM standings"
        everything, expired = db.execute(sql).fetchone()
    return everything - expired, expired


def _index(db: sqlite3.Connection) -> None:
    for statement in _INDEXES:
        db.execute(statement)
    for table, names in SEARCHED.items():
        columns = ", ".join(names)
        # Datasette knows an index by its content in double quotes
        kind = f"fts5 ({columns}, content=\"{table}\", tokenize='porter unicode61')"
        db.execute(f"CREATE VIRTUAL TABLE {table}_fts USING {kind}")
        db.execute(f"INSERT INTO {table}_fts ({table}_fts) VALUES ('rebuild')")  # noqa: S608 -- own names


def _view(entry: Entry, reason: str | None) -> Row:
    published = None if entry.published is None else entry.published.value.isoformat()
    before = (entry.view, entry.voice_name, entry.voice_kind, entry.speaker, entry.title, entry.firm)
    judged = (entry.target, entry.stance, entry.bullish, entry.bearish, entry.neutral, entry.counted, reason)
    said = (entry.words, entry.condition, entry.horizon, entry.hedged, entry.past, entry.mode)
    times = (published, entry.available_at.isoformat(), entry.recorded_at.isoformat())
    page = (entry.outlet, entry.article, link(entry.url), entry.reach, entry.echo_of, entry.correction)
    made = (entry.in_sample, entry.backfilled, entry.model)
    return _guarded((*before, *judged, *said, *times, *page, *made))


def _standing(number: int, standing: Standing) -> Row:
    entry = standing.entry
    return (
        number,
        *_guarded((standing.voice_name, standing.target, standing.stance, standing.state, standing.previous)),
        *_guarded((_said(entry), standing.expires.isoformat(), entry.words, entry.outlet, entry.view)),
    )


def _flips(standings: Iterable[Standing]) -> Iterator[Row]:
    """Yield each change of a voice's stance on a target, the latest first; one page is one occasion, as for a question."""
    found = [
        (standing.voice_name, standing.target, before.stance, after.stance, _said(after), after)
        for standing in standings
        for before, after in turns(standing.history)
    ]
    for *row, entry in sorted(found, key=lambda flip: (flip[4], flip[5].view), reverse=True):
        yield _guarded((*row, entry.words, entry.outlet, entry.view))


def _said(entry: Entry) -> str:
    """The day of a view: its publication, else when it could be read."""
    known = entry.published is not None and not entry.undated
    value = entry.published.value if entry.published is not None and known else entry.available_at
    return value.isoformat()[:10]


def _guarded(row: Iterable[Any]) -> Row:
    """Return values as they may be shown and exported."""
    return tuple(cell(value) if isinstance(value, str) else value for value in row)


def _lines(text: str) -> str:
    """Return the text of an article paragraph by paragraph, each made safe."""
    return "\n\n".join(line for line in map(cell, text.split("\n")) if line)
