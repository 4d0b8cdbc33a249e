"""The file: migrations, refusals, and what is left behind when something fails."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import zlib
from contextlib import closing
from pathlib import Path

import pytest
from ledger_rows import SMALL, START, ledger, reading
from sqlite_utils.db import Database

from narrative.clock import SimulatedClock
from narrative.errors import NarrativeError, UsageError
from narrative.ledger import open_ledger
from narrative.ledger.migrations import MIGRATIONS, Migration
from narrative.ledger.schema import applied, inspect, migrate, pending

CLOCK = SimulatedClock(START)
APPEND_ONLY = (
    "views",
    "statements",
    "articles",
    "texts",
    "readings",
    "polls",
    "captures",
    "voices",
    "prices",
)


def memory() -> Database:
    return Database(sqlite3.connect(":memory:", isolation_level=None), execute_plugins=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "narrative.db"


@pytest.mark.parametrize("done", range(len(MIGRATIONS)))
def test_every_earlier_schema_reaches_the_present_one(done: int) -> None:
    fresh, older = memory(), memory()
    migrate(fresh, CLOCK)
    migrate(older, CLOCK, MIGRATIONS[:done])
    assert migrate(older, CLOCK) == tuple(step.name for step in MIGRATIONS[done:])
    assert older.schema == fresh.schema


def test_migrating_twice_runs_nothing() -> None:
    db = memory()
    assert len(migrate(db, CLOCK)) == len(MIGRATIONS)
    assert migrate(db, CLOCK) == ()
    assert pending(db.conn) == ()


def test_names_are_recorded_in_order_with_the_clocks_time() -> None:
    db = memory()
    migrate(db, CLOCK)
    assert applied(db.conn) == tuple(step.name for step in MIGRATIONS)
    assert {row["applied_at"] for row in db["_migrations"].rows} == {"2026-01-12T15:00:00.000000+00:00"}


def test_a_migration_that_fails_leaves_no_trace() -> None:
    def m9999_breaks(db: Database) -> None:
        db.execute("CREATE TABLE half (a)")
        raise RuntimeError("power cut")

    db = memory()
    migrate(db, CLOCK)
    before = db.schema
    with pytest.raises(RuntimeError, match="power cut"):
        migrate(db, CLOCK, [*MIGRATIONS, Migration("m9999_breaks", m9999_breaks)])
    assert db.schema == before
    assert applied(db.conn) == tuple(step.name for step in MIGRATIONS)


def test_all_tables_are_strict() -> None:
    db = memory()
    migrate(db, CLOCK)
    names = [name for name in db.table_names() if name != "sqlite_sequence"]
    assert [name for name in names if not db.table(name).strict] == []


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize(
    "change", ["DELETE FROM {}", "UPDATE {} SET rowid = rowid"], ids=["delete", "update"]
)
def test_history_cannot_be_edited(tmp_path: Path, table: str, change: str) -> None:
    book, _ = ledger(tmp_path)
    with book, closing(sqlite3.connect(book.path)) as other:
        assert f"{table}_no_delete" in {row[0] for row in other.execute("SELECT name FROM sqlite_master")}
        book.keep_reading(reading(SMALL))
        if other.execute(f"SELECT count(*) FROM {table}").fetchone()[0]:
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                other.execute(change.format(table))


def test_settings_of_an_open_ledger(tmp_path: Path) -> None:
    book, _ = ledger(tmp_path)
    with book:
        settings = ("journal_mode", "foreign_keys", "busy_timeout")
        assert [book.store.value(f"PRAGMA {name}") for name in settings] == ["wal", 1, 5000]


# --- files that are refused --------------------------------------------------------------------------------


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE invoices (id)")
        other.commit()


def marked(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA application_id = 7")
        other.execute("CREATE TABLE _migrations (name TEXT)")
        other.execute("INSERT INTO _migrations VALUES ('m0001_register')")
        other.commit()


def newer(path: Path) -> None:
    open_ledger(path, CLOCK, create=True).close()
    with closing(sqlite3.connect(path)) as other:
        other.execute("INSERT INTO _migrations VALUES ('m9999_later', '')")
        other.commit()


def text(path: Path) -> None:
    path.write_text("Dear diary, this is no database at all. " * 50)


def damaged(path: Path) -> None:
    open_ledger(path, CLOCK, create=True).close()
    body = bytearray(path.read_bytes())
    body[100:4096] = b"\x55" * 3996
    path.write_bytes(bytes(body))


REFUSED = [
    pytest.param(foreign, "another program's SQLite database", id="tables of another program"),
    pytest.param(marked, "another program's SQLite database", id="another program's mark"),
    pytest.param(newer, r"newer version of narrative \(with m9999_later\); upgrade", id="newer schema"),
    pytest.param(text, "is not a SQLite database", id="no database"),
    pytest.param(damaged, "is damaged; restore a backup", id="overwritten page"),
]


@pytest.mark.parametrize("readonly", [False, True], ids=["writing", "reading"])
@pytest.mark.parametrize(("make", "words"), REFUSED)
def test_a_refused_file_is_left_as_it_was(path: Path, make, words: str, readonly: bool) -> None:
    make(path)
    before = path.read_bytes()
    with pytest.raises(NarrativeError, match=words) as refusal:
        open_ledger(path, CLOCK, create=True, readonly=readonly)
    assert path.read_bytes() == before
    assert "\n" not in str(refusal.value)


def test_no_ledger_is_made_unasked(path: Path) -> None:
    with pytest.raises(UsageError, match="there is no ledger at"):
        open_ledger(path, CLOCK)
    assert not path.exists()


def test_an_empty_file_is_filled_only_when_asked(path: Path) -> None:
    path.touch()
    with pytest.raises(UsageError, match="is empty"):
        open_ledger(path, CLOCK)
    with open_ledger(path, CLOCK, create=True) as book:
        assert book.summary().articles == 0


@pytest.mark.parametrize(
    ("name", "words"), [("no/folder/x.db", "does not exist"), (".", "is a folder")], ids=["missing", "folder"]
)
def test_paths_that_cannot_be_ledgers(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        open_ledger(tmp_path / name, CLOCK, create=True)


def test_a_locked_ledger_says_so(tmp_path: Path) -> None:
    book, clock = ledger(tmp_path)
    with book, open_ledger(book.path, clock, patience=0.05) as other:
        with book.together(), pytest.raises(NarrativeError, match="in use by another program"):
            other.keep_reading(reading(SMALL))
        assert other.keep_reading(reading(SMALL))


def test_a_ledger_opened_for_reading_writes_nothing(tmp_path: Path) -> None:
    ledger(tmp_path)[0].close()
    with open_ledger(tmp_path / "narrative.db", CLOCK, readonly=True) as book:
        assert book.entries() == ()
        with pytest.raises(NarrativeError, match="reading only"):
            book.keep_reading(reading(SMALL))


def test_an_older_ledger_is_not_read_before_it_was_brought_up(path: Path) -> None:
    db = Database(sqlite3.connect(path, isolation_level=None), execute_plugins=False)
    migrate(db, CLOCK, MIGRATIONS[:3])
    db.conn.close()
    with pytest.raises(NarrativeError, match="from an older version"):
        open_ledger(path, CLOCK, readonly=True)
    with open_ledger(path, CLOCK) as book:
        assert inspect(book.store.connection, path) == "current"


def test_what_was_kept_before_a_site_was_asked_stays_open_and_states_no_more(path: Path) -> None:
    names = [step.name for step in MIGRATIONS]
    db = Database(sqlite3.connect(path, isolation_level=None), execute_plugins=False)
    migrate(db, CLOCK, MIGRATIONS[: names.index("m0008_stated")])
    with closing(db.conn) as old:
        old.execute(
            "INSERT INTO captures VALUES (1, 'c', 'https://one.example/a', 'https://one.example/a', ?, 'text/html', 'One', "
            "NULL, 4, ?)",
            (START.isoformat(timespec="microseconds"), zlib.compress(b"body")),
        )
        old.execute(
            "INSERT INTO articles VALUES (1, 'a', 'https://one.example/a', 'One', 'T', '[]', '', ?, 'meta', 1, ?, ?, 0, 'en', "
            "NULL, '[]', '[]', 'a', NULL, 'd')",
            [START.isoformat(timespec="microseconds")] * 3,
        )
        old.execute("INSERT INTO texts VALUES (1, 'Words.')")
    with open_ledger(path, CLOCK) as book:
        (page,) = book.captures()
        assert (page.body, page.may_train, page.stated) == (b"body", True, ())
        article = book.kept_article(1)
        assert (article.text, article.updated) == ("Words.", None)
        assert article.published is not None
        assert (article.published.value, article.published.offset_minutes) == (START, None)
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            book.store.connection.execute("UPDATE captures SET may_train = 0")


def test_a_full_disk_keeps_what_was_there(tmp_path: Path) -> None:
    book, _ = ledger(tmp_path)
    with book:
        book.keep_reading(reading(SMALL))
        before = book.summary()
        book.store.connection.execute(f"PRAGMA max_page_count = {book.store.value('PRAGMA page_count')}")
        with pytest.raises(NarrativeError, match="disk is full"):
            book.keep_reading(reading(SMALL, url="https://two.example/b", lead="many words " * 9000))
        assert book.summary() == before


def test_a_process_that_is_killed_leaves_nothing_half_written(tmp_path: Path) -> None:
    ledger(tmp_path)[0].close()
    program = (
        "import os, sys\nfrom pathlib import Path\nsys.path.insert(0, sys.argv[1])\n"
        "from ledger_rows import SMALL, LARGE, reading\nfrom narrative.clock import SystemClock\n"
        "from narrative.ledger import open_ledger\nbook = open_ledger(Path(sys.argv[2]), SystemClock())\n"
        "book.keep_reading(reading(SMALL))\n"
        "with book.together():\n"
        "    book.keep_reading(reading(LARGE, url='https://two.example/b'))\n    os._exit(9)\n"
    )
    where = [str(Path(__file__).parent), str(tmp_path / "narrative.db")]
    assert subprocess.run([sys.executable, "-c", program, *where], check=False).returncode == 9
    with open_ledger(tmp_path / "narrative.db", CLOCK) as book:
        assert [entry.voice for entry in book.entries()] == ["ann-lee@harbor-lane"]
        assert book.summary().articles == 1
        assert book.store.value("PRAGMA integrity_check") == "ok"


def test_reading_imports_nothing_heavy(tmp_path: Path) -> None:
    book, _ = ledger(tmp_path)
    book.keep_reading(reading(SMALL))
    book.close()
    program = (
        "import sys\nfrom pathlib import Path\nfrom narrative.clock import SystemClock\n"
        "from narrative.ledger import open_ledger\n"
        "with open_ledger(Path(sys.argv[1]), SystemClock()) as book:\n    book.why(book.entries()[0].view)\n"
        "print(*{'sqlite_utils', 'pandas', 'numpy', 'datasketch', 'torch', 'spacy'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", program, str(book.path)]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip() == ""
