"""Backups while others write, and the one line said about every file that cannot be used."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from sqlite_utils.db import Database

from narrative.clock import SimulatedClock
from narrative.errors import NarrativeError, UsageError
from narrative.ledger import Ledger, open_ledger
from narrative.ledger.migrations import MIGRATIONS
from narrative.ledger.schema import migrate
from tests.full_ledger import full_ledger
from tests.ledger_rows import LARGE, SMALL, START, day, filler, ledger, reading
from tests.shell import narrative

CLOCK = SimulatedClock(START)


# --- backup --------------------------------------------------------------------------------------------------


def test_a_backup_is_the_same_ledger(tmp_path: Path) -> None:
    book, clock = full_ledger(tmp_path)
    seen: list[tuple[str, int, int]] = []
    clock.advance_to(day(9))
    with book:
        saved = book.backup(tmp_path / "copy.db", lambda *step: seen.append(step))
        with open_ledger(tmp_path / "copy.db", clock, readonly=True) as copy:
            assert copy.roots() == book.roots()
            assert copy.entries() == book.entries()
            assert list(copy.store.connection.iterdump()) == list(book.store.connection.iterdump())
        assert saved.root == book.sealed()
        assert saved.rows == sum(root.rows for root in book.roots())
    assert saved.size == (tmp_path / "copy.db").stat().st_size
    assert {stage for stage, _, _ in seen} == {"copy", "roots"}
    assert all(0 <= done <= total for _, done, total in seen)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "narrative.db"]


def test_a_backup_of_a_ledger_that_is_being_written_is_one_moment_of_it(tmp_path: Path) -> None:
    """Another connection commits between the steps of the copy, which neither begins anew nor sees half of it."""
    book, clock = ledger(tmp_path)
    for number in range(3):
        book.keep_reading(
            reading(SMALL, url=f"https://one.example/{number}", lead=filler(str(number), 60_000))
        )
    before, more = book.roots(), count()
    book.close()
    steps = []
    with open_ledger(book.path, clock, readonly=True) as reader, open_ledger(book.path, clock) as writer:

        def write(stage: str, done: int, total: int) -> None:
            steps.append((stage, done, total))
            if stage == "copy":
                url = f"https://two.example/{next(more)}"
                writer.keep_reading(reading(LARGE, url=url, lead=filler(url, 900)))

        reader.backup(tmp_path / "copy.db", write)
        assert writer.roots() != before
        with open_ledger(tmp_path / "copy.db", clock, readonly=True) as copy:
            assert copy.roots() == before
    copied = [done for stage, done, _ in steps if stage == "copy"]
    assert copied == sorted(set(copied))


def test_backups_while_another_program_writes_are_sound_and_keep_nobody_waiting(tmp_path: Path) -> None:
    book, clock = ledger(tmp_path)
    book.keep_reading(reading(SMALL))
    done, kept, errors = threading.Event(), [], []

    def crawl() -> None:
        try:
            with open_ledger(book.path, clock, patience=0.5) as writer:
                while not done.is_set() and len(kept) < 400:
                    url = f"https://two.example/{len(kept)}"
                    kept.append(writer.keep_reading(reading(LARGE, url=url)))
        except NarrativeError as error:
            errors.append(error)

    crawler = threading.Thread(target=crawl)
    crawler.start()
    sizes = []
    for number in range(4):
        book.backup(tmp_path / f"{number}.db")
        with open_ledger(tmp_path / f"{number}.db", clock, readonly=True) as copy:
            assert copy.damage() == ()
            assert copy.misnamed() == ()
            sizes.append(copy.articles_count())
    done.set()
    crawler.join()
    book.close()
    assert errors == []
    assert sizes == sorted(sizes)
    assert 1 <= sizes[-1] <= 1 + len(kept)


REFUSED_TARGETS = [
    pytest.param("there.db", "there.db exists and is left as it is", id="a file that exists"),
    pytest.param("narrative.db", "narrative.db exists and is left as it is", id="the ledger itself"),
    pytest.param("no/folder/copy.db", "does not exist; make it first", id="no folder"),
]


@pytest.mark.parametrize(("name", "words"), REFUSED_TARGETS)
def test_nothing_is_written_over(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "there.db").write_text("mine")
    book, _ = ledger(tmp_path)
    with book, pytest.raises(UsageError, match=words):
        book.backup(tmp_path / name)
    assert (tmp_path / "there.db").read_text() == "mine"


def test_a_copy_that_is_not_the_same_is_not_kept(tmp_path: Path) -> None:
    """A copy is compared before it gets its name: here somebody writes into the draft."""
    book, _ = full_ledger(tmp_path)
    spoilt: list[Path] = []

    def spoil(stage: str, done: int, total: int) -> None:
        if (stage, done) == ("roots", total) and not spoilt:
            spoilt.extend(tmp_path.glob(".copy.db.*.part"))
            with closing(sqlite3.connect(spoilt[0])) as draft:
                draft.executescript(
                    "DROP TRIGGER prices_no_update; UPDATE prices SET close = 3 WHERE number = 1"
                )

    with book, pytest.raises(NarrativeError, match="is not what was copied; check the disk"):
        book.backup(tmp_path / "copy.db", spoil)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["narrative.db"]


def test_the_command_says_what_it_saved(tmp_path: Path) -> None:
    full_ledger(tmp_path)[0].close()
    ran = narrative("backup", "copy.db", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    first, second = ran.out.splitlines()
    assert first.startswith("copy.db: ")
    assert first.endswith("rows, checked")
    assert narrative("verify", "--root", second.split()[1], "--db", "copy.db", cwd=tmp_path).code == 0
    again = narrative("backup", "copy.db", cwd=tmp_path)
    assert (again.code, again.err) == (
        2,
        "narrative: copy.db exists and is left as it is; name a new file\n",
    )


# --- the one line --------------------------------------------------------------------------------------------


def fill(book: Ledger) -> None:
    for number in range(40):
        book.keep_reading(
            reading(SMALL, LARGE, url=f"https://one.example/{number}", lead=filler(str(number), 900))
        )


def full_disk(path: Path) -> None:
    with open_ledger(path, CLOCK) as book:
        book.store.connection.execute(f"PRAGMA max_page_count = {book.store.value('PRAGMA page_count')}")
        book.keep_reading(reading(LARGE, url="https://two.example/b", lead="many words " * 9000))


def read_only(path: Path) -> None:
    """Whoever opens it may not write: the connection of a file that the system gives for reading only."""
    with open_ledger(path, CLOCK) as book:
        book.store.connection.execute("PRAGMA query_only = ON")
        book.keep_reading(reading(LARGE, url="https://two.example/b"))


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("INSERT INTO _migrations VALUES ('m9999_later', '')")
        other.commit()
    open_ledger(path, CLOCK)


def overwritten(path: Path) -> None:
    """Zeros over the middle third of the file, as a bad disk leaves them."""
    body = bytearray(path.read_bytes())
    third = len(body) // 3 // 4096 * 4096
    body[third : 2 * third] = bytes(third)
    path.write_bytes(bytes(body))
    with open_ledger(path, CLOCK, readonly=True) as book:
        book.entries()
        book.roots()


def no_text(path: Path) -> None:
    """Bytes that are no UTF-8 where text was."""
    body = path.read_bytes()
    path.write_bytes(body.replace(b"Kestrel", b"Kes\xff\xferel"))
    with open_ledger(path, CLOCK, readonly=True) as book:
        book.entries()


def locked(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with open_ledger(path, CLOCK, patience=0.05) as book:
            book.keep_reading(reading(LARGE, url="https://two.example/b"))


LINES: list[tuple[Callable[[Path], None], str]] = [
    (full_disk, "could not grow, the disk is full; free some space and run the command again"),
    (read_only, "cannot be written; check the permissions of the file and of its folder"),
    (newer, "was written by a newer version of narrative (with m9999_later); upgrade to open it"),
    (overwritten, "is damaged; restore a backup, or save what is left with: sqlite3 FILE .recover"),
    (no_text, "is damaged; restore a backup, or save what is left with: sqlite3 FILE .recover"),
    (locked, "is in use by another program; try again when that has finished"),
]


@pytest.mark.parametrize(("meet", "line"), LINES, ids=[meet.__name__ for meet, _ in LINES])
def test_one_line_says_what_is_wrong_and_what_to_do(
    tmp_path: Path, meet: Callable[[Path], None], line: str
) -> None:
    book, _ = ledger(tmp_path)
    fill(book)
    book.close()
    with pytest.raises(NarrativeError) as refusal:
        meet(book.path)
    assert str(refusal.value) == f"{book.path} {line}"


def test_a_damaged_ledger_is_told_and_never_backed_up_as_sound(tmp_path: Path) -> None:
    book, clock = ledger(tmp_path)
    fill(book)
    book.close()
    body = bytearray(book.path.read_bytes())
    third = len(body) // 3 // 4096 * 4096
    body[third : third + 8192] = bytes(8192)
    book.path.write_bytes(bytes(body))
    with open_ledger(book.path, clock, readonly=True) as broken:
        assert broken.damage()
        with pytest.raises(NarrativeError):
            broken.backup(tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
    ran = narrative("verify", cwd=tmp_path)
    assert ran.code == 1
    assert ran.err == (
        "narrative: narrative.db is damaged; restore a backup, or save what is left with: sqlite3 FILE .recover\n"
    )
    assert ran.out


# --- from every earlier version ------------------------------------------------------------------------------


#: rows as the version that made the table wrote them: (migration after which they can be written, statement)
OLD_ROWS = (
    ("m0002_crawl", "INSERT INTO feeds VALUES ('https://one.example/feed', :at, :at, NULL, NULL, NULL)"),
    (
        "m0002_crawl",
        "INSERT INTO polls VALUES (1, 'https://one.example/feed', :at, 'ok', 200, 1, 1, '', :at, NULL)",
    ),
    (
        "m0002_crawl",
        "INSERT INTO captures (id, url, final_url, fetched_at, content_type, outlet, size, body) VALUES "
        "('c', 'https://one.example/a', 'https://one.example/a', :at, 'text/html', 'One', 4, x'789c')",
    ),
    ("m0003_readings", "INSERT INTO vintages VALUES (1, 'v', 'reader-1', 'targets-1', NULL, :at)"),
    (
        "m0003_readings",
        "INSERT INTO articles (number, id, url, outlet, title, authors, byline, published, published_origin, "
        "published_zone, available_at, recorded_at, backfilled, language, flags, repeats, story, digest) VALUES "
        "(1, 'a', 'https://one.example/a', 'One', 'T', '[]', '', :at, 'meta', 1, :at, :at, 0, 'en', '[]', '[]', 'a', 'd')",
    ),
    ("m0003_readings", "INSERT INTO texts VALUES (1, 'Ann Lee expects small caps to lead.')"),
    ("m0003_readings", "INSERT INTO readings VALUES (1, 1, 1, :at)"),
    (
        "m0004_claims",
        "INSERT INTO voices VALUES (1, 'ann-lee@harbor-lane', 'person', 'Ann Lee', 'lee', 'harbor lane', :at)",
    ),
    (
        "m0004_claims",
        "INSERT INTO statements VALUES (1, 1, 's', 'indirect', '[[16,34]]', '[8,15]', '[0,7]', 'Ann Lee', NULL, "
        "'Harbor Lane', 0, '[]', 1, 1, :at)",
    ),
    (
        "m0004_claims",
        "INSERT INTO views (statement, id, target, available_at, stance, bullish, bearish, neutral, abstained, hedged, "
        "past, figures) VALUES (1, 'w', 'small_caps', :at, 'bullish', 0.8, 0.1, 0.1, 0, 0, 0, '[]')",
    ),
    (
        "m0005_market",
        "INSERT INTO prices (symbol, session, kind, close, dividend, source, recorded_at) VALUES "
        "('IWM', '2026-01-12', 'raw', 100.5, 0, 'iwm.csv', :at)",
    ),
)


@pytest.mark.parametrize("done", range(1, len(MIGRATIONS) + 1), ids=[step.name for step in MIGRATIONS])
def test_rows_of_every_earlier_version_come_through(tmp_path: Path, done: int) -> None:
    names = [step.name for step in MIGRATIONS[:done]]
    path, stamp = tmp_path / "old.db", {"at": START.isoformat(timespec="microseconds")}
    db = Database(sqlite3.connect(path, isolation_level=None), execute_plugins=False)
    migrate(db, CLOCK, MIGRATIONS[:done])
    written = [sql for name, sql in OLD_ROWS if name in names]
    tables = [sql.split()[2] for sql in written]
    with closing(db.conn) as old:
        for sql in written:
            old.execute(sql, stamp)
        before = {table: old.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
    with open_ledger(path, CLOCK) as book:
        for table, rows in before.items():
            found = [tuple(row) for row in book.store.rows(f"SELECT * FROM {table}")]
            assert [row[: len(rows[0])] for row in found] == rows, table
        assert book.damage() == ()
        assert [entry.words for entry in book.entries()] == ["small caps to lead"] * ("views" in tables)
        assert len(book.prices()) == tables.count("prices")
        book.keep_reading(reading(LARGE, url="https://two.example/b"))
        assert "mega_cap_tech" in {entry.target for entry in book.entries()}
