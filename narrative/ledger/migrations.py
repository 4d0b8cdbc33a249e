"""The tables, as an append-only list of migrations: what was released is never edited.

Instants are ISO 8601 text in UTC with microseconds, so that text order is time order. Spans are JSON pairs of
code points. `available_at` is repeated in statements and views because their indexes need it; it never
changes. Tables WITHOUT ROWID name the columns of their key first and in its order: SQLite 3.40 calls sound
rows of others damaged.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # sqlite-utils takes a third of a second to import and reading needs none of it
    from sqlite_utils.db import Database

APPLICATION_ID = (
    0x4E_41_52_52  # "NARR" in the file header: how one of our files is told from another program's
)


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema; its name is written down in the transaction that runs it."""

    name: str
    run: Callable[[Database], None]


MIGRATIONS: list[Migration] = []


def migration(run: Callable[[Database], None]) -> Callable[[Database], None]:
    """Put a function on the list under its own name; the names order the list, whichever room is imported first."""
    insort(MIGRATIONS, Migration(run.__name__, run), key=lambda step: step.name)
    return run


def append_only(db: Database, tables: Iterable[str]) -> None:
    """Let the database itself refuse to change or delete rows of these tables, whoever asks."""
    for table in tables:
        for action in ("UPDATE", "DELETE"):
            db.execute(
                f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


@migration
def m0001_register(db: Database) -> None:
    """Make the list of migrations itself, and the mark that makes the file ours."""
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute("CREATE TABLE _migrations (name TEXT PRIMARY KEY, applied_at TEXT NOT NULL) STRICT")


@migration
def m0002_crawl(db: Database) -> None:
    """Make room for feeds, polls, links, fetches and the bytes of pages."""
    db.executescript("""
        CREATE TABLE feeds (
            url TEXT PRIMARY KEY, polled_at TEXT NOT NULL, next_at TEXT NOT NULL,
            etag TEXT, last_modified TEXT, stop TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE polls (
            number INTEGER PRIMARY KEY, feed TEXT NOT NULL REFERENCES feeds, at TEXT NOT NULL,
            outcome TEXT NOT NULL, status INTEGER, entries INTEGER NOT NULL, new INTEGER NOT NULL,
            note TEXT NOT NULL, next_at TEXT NOT NULL, stop TEXT
        ) STRICT;
        CREATE INDEX polls_at ON polls (at);
        CREATE TABLE links (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, feed TEXT NOT NULL, entry TEXT NOT NULL,
            url TEXT NOT NULL, title TEXT NOT NULL,
            published TEXT, published_origin TEXT, published_zone INTEGER,
            first_seen_at TEXT NOT NULL, last_seen_at TEXT NOT NULL
        ) STRICT;
        CREATE TABLE pages (
            url TEXT PRIMARY KEY, state TEXT NOT NULL CHECK (state IN ('pending', 'captured', 'given_up')),
            link INTEGER NOT NULL REFERENCES links, attempts INTEGER NOT NULL, retry_at TEXT,
            captured_at TEXT, fetched_at TEXT, etag TEXT, last_modified TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX pages_state ON pages (state, captured_at);
        CREATE TABLE captures (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, url TEXT NOT NULL, final_url TEXT NOT NULL,
            fetched_at TEXT NOT NULL, content_type TEXT NOT NULL, outlet TEXT NOT NULL,
            link INTEGER REFERENCES links, size INTEGER NOT NULL, body BLOB NOT NULL
        ) STRICT;
        CREATE INDEX captures_url ON captures (url);
        CREATE INDEX captures_final_url ON captures (final_url);
        CREATE INDEX captures_fetched ON captures (fetched_at);
        CREATE TABLE fetches (
            number INTEGER PRIMARY KEY, url TEXT NOT NULL, feed TEXT NOT NULL, at TEXT NOT NULL,
            outcome TEXT NOT NULL, status INTEGER, note TEXT NOT NULL, attempts INTEGER NOT NULL,
            retry_at TEXT, capture INTEGER REFERENCES captures
        ) STRICT;
        CREATE INDEX fetches_at ON fetches (at);
    """)
    append_only(db, ("polls", "captures", "fetches"))


@migration
def m0003_readings(db: Database) -> None:
    """Make room for articles with their text, and for what each vintage read in them."""
    db.executescript("""
        CREATE TABLE vintages (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, model TEXT NOT NULL, targets TEXT NOT NULL,
            trained_through TEXT, recorded_at TEXT NOT NULL
        ) STRICT;
        CREATE TABLE articles (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, url TEXT NOT NULL, outlet TEXT NOT NULL,
            title TEXT NOT NULL, authors TEXT NOT NULL, byline TEXT NOT NULL,
            published TEXT, published_origin TEXT, published_zone INTEGER,
            available_at TEXT NOT NULL, recorded_at TEXT NOT NULL,
            backfilled INTEGER NOT NULL CHECK (backfilled IN (0, 1)), language TEXT NOT NULL, stub TEXT,
            flags TEXT NOT NULL, repeats TEXT NOT NULL, story TEXT NOT NULL,
            revision_of INTEGER REFERENCES articles, digest TEXT NOT NULL
        ) STRICT;
        CREATE INDEX articles_url ON articles (url);
        CREATE INDEX articles_story ON articles (story, available_at);
        CREATE INDEX articles_available ON articles (available_at);
        CREATE INDEX articles_revision ON articles (revision_of) WHERE revision_of IS NOT NULL;
        CREATE TABLE texts (article INTEGER PRIMARY KEY REFERENCES articles, text TEXT NOT NULL) STRICT;
        CREATE TABLE shingles (
            hash INTEGER NOT NULL, day INTEGER NOT NULL, article INTEGER NOT NULL REFERENCES articles,
            PRIMARY KEY (hash, day, article)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE readings (
            number INTEGER PRIMARY KEY, article INTEGER NOT NULL REFERENCES articles,
            vintage INTEGER NOT NULL REFERENCES vintages, judged_at TEXT NOT NULL,
            UNIQUE (article, vintage)
        ) STRICT;
        CREATE TABLE results (
            capture INTEGER PRIMARY KEY REFERENCES captures, at TEXT NOT NULL,
            article INTEGER REFERENCES articles, reason TEXT
        ) STRICT;
        CREATE INDEX results_article ON results (article);
    """)
    append_only(db, ("vintages", "articles", "texts", "readings", "results"))


@migration
def m0004_claims(db: Database) -> None:
    """Make room for names, numbers, statements, voices and views."""
    db.executescript("""
        CREATE TABLE voices (
            number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL CHECK (kind IN ('person', 'house')), name TEXT NOT NULL,
            surname TEXT NOT NULL, firm TEXT NOT NULL, recorded_at TEXT NOT NULL
        ) STRICT;
        CREATE INDEX voices_surname ON voices (surname);
        CREATE TABLE voice_names (
            voice INTEGER NOT NULL REFERENCES voices, given TEXT NOT NULL, name TEXT NOT NULL,
            recorded_at TEXT NOT NULL, PRIMARY KEY (voice, given)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE statements (
            number INTEGER PRIMARY KEY, reading INTEGER NOT NULL REFERENCES readings, id TEXT NOT NULL,
            mode TEXT NOT NULL, content TEXT NOT NULL, cue TEXT, source TEXT,
            speaker TEXT, title TEXT, firm TEXT, dup INTEGER NOT NULL CHECK (dup IN (0, 1)),
            resolution TEXT NOT NULL, voice INTEGER REFERENCES voices, echo_group INTEGER NOT NULL,
            available_at TEXT NOT NULL, UNIQUE (reading, id)
        ) STRICT;
        CREATE INDEX statements_voice ON statements (voice, available_at);
        CREATE TABLE views (
            number INTEGER PRIMARY KEY, statement INTEGER NOT NULL REFERENCES statements, id TEXT NOT NULL,
            target TEXT NOT NULL, available_at TEXT NOT NULL,
            stance TEXT NOT NULL CHECK (stance IN ('bullish', 'bearish', 'neutral')),
            bullish REAL NOT NULL CHECK (bullish BETWEEN 0 AND 1),
            bearish REAL NOT NULL CHECK (bearish BETWEEN 0 AND 1),
            neutral REAL NOT NULL CHECK (neutral BETWEEN 0 AND 1),
            abstained INTEGER NOT NULL CHECK (abstained IN (0, 1)), condition TEXT, horizon TEXT,
            hedged INTEGER NOT NULL CHECK (hedged IN (0, 1)), past INTEGER NOT NULL CHECK (past IN (0, 1)),
            figures TEXT NOT NULL, named TEXT, UNIQUE (id, statement)
        ) STRICT;
        CREATE INDEX views_target ON views (target, available_at);
        CREATE INDEX views_available ON views (available_at);
        CREATE INDEX views_statement ON views (statement);
        CREATE TABLE mentions (
            reading INTEGER NOT NULL REFERENCES readings, span TEXT NOT NULL, kind TEXT NOT NULL,
            key TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (reading, span, kind, key)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX mentions_key ON mentions (key);
        CREATE TABLE figures (
            reading INTEGER NOT NULL REFERENCES readings, id TEXT NOT NULL, span TEXT NOT NULL,
            text TEXT NOT NULL, value REAL NOT NULL, unit TEXT NOT NULL,
            subject TEXT, period TEXT, direction TEXT, PRIMARY KEY (reading, id)
        ) STRICT, WITHOUT ROWID;
    """)
    append_only(db, ("voices", "voice_names", "statements", "views", "mentions", "figures"))


@migration
def m0005_market(db: Database) -> None:
    """Make room for prices beside the views, and for the factor values that were given out."""
    db.executescript("""
        CREATE TABLE prices (
            number INTEGER PRIMARY KEY, symbol TEXT NOT NULL, session TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('raw', 'adjusted')),
            open REAL, high REAL, low REAL, close REAL NOT NULL, volume REAL, dividend REAL NOT NULL,
            source TEXT NOT NULL, recorded_at TEXT NOT NULL
        ) STRICT;
        CREATE INDEX prices_symbol ON prices (symbol, session, kind, number);
        CREATE TABLE published_factor (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, narrative TEXT NOT NULL, date TEXT NOT NULL,
            computed_at TEXT NOT NULL, recorded_at TEXT NOT NULL, row TEXT NOT NULL
        ) STRICT;
        CREATE INDEX published_factor_date ON published_factor (narrative, date);
    """)
    append_only(db, ("prices", "published_factor"))


@migration
def m0006_echoes(db: Database) -> None:
    """Find the echoes of one view without walking through all views of its target."""
    db.execute("CREATE INDEX statements_echo ON statements (echo_group)")
