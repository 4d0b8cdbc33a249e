"""Roots: what is added later moves none, and whatever is done to the past shows, and where."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils.db import Database

from narrative import api
from narrative.clock import SimulatedClock
from narrative.errors import UsageError
from narrative.ledger import Ledger, open_ledger
from narrative.ledger.migrations import MIGRATIONS
from narrative.ledger.roots import Claim, Edited, Root, claimed, closed, closes, covered, edited
from narrative.ledger.schema import migrate
from narrative.measure.export import write
from tests.full_ledger import DAYS, full_ledger
from tests.ledger_rows import LARGE, SMALL, START, day, ledger, reading
from tests.shell import narrative

CLOCK = SimulatedClock(START)
#: a row that another one stands for: its change is found by the digest of that one
DIGESTED = {("captures", "body"), ("texts", "text")}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A ledger with rows in all tables; whoever changes it changes it back."""
    opened, clock = full_ledger(tmp_path_factory.mktemp("full"))
    clock.advance_to(day(40))
    with opened:
        yield opened


def bare(book: Ledger, table: str) -> None:
    """Take the triggers of a table away, as somebody with a SQLite shell would."""
    for action in ("update", "delete"):
        book.store.connection.execute(f"DROP TRIGGER {table}_no_{action}")


def guard(book: Ledger, table: str) -> None:
    """Put them back."""
    for action in ("update", "delete"):
        book.store.connection.execute(
            f"CREATE TRIGGER {table}_no_{action} BEFORE {action.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


@pytest.fixture
def forger(book: Ledger) -> Iterator[sqlite3.Connection]:
    """A connection that may do anything, all of which is undone afterwards."""
    connection = book.store.connection
    for pragma in ("foreign_keys = OFF", "ignore_check_constraints = ON"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("BEGIN")
    yield connection
    connection.execute("ROLLBACK")
    for pragma in ("foreign_keys = ON", "ignore_check_constraints = OFF"):
        connection.execute(f"PRAGMA {pragma}")


def columns_of(table: str) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        migrate(Database(fresh, execute_plugins=False), CLOCK)
        return [(name, kind) for _, name, kind, *_ in fresh.execute(f"PRAGMA table_info({table})")]


def tables() -> list[str]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        migrate(Database(fresh, execute_plugins=False), CLOCK)
        rows = fresh.execute("SELECT tbl_name FROM sqlite_master WHERE name LIKE '%_no_update'")
        return sorted({name for (name,) in rows} - {"day_roots"})  # which stands beside what it sums up


TABLES = tables()


def test_every_table_that_only_grows_is_covered_and_filled_here(book: Ledger) -> None:
    assert covered(book.store) == TABLES
    counts = {table: book.store.value(f"SELECT count(*) FROM {table}") for table in TABLES}
    assert all(counts.values()), counts
    roots = book.roots()
    assert tuple(root.day for root in roots) == DAYS
    assert sum(root.rows for root in roots) == sum(counts.values())


@pytest.mark.parametrize("table", TABLES)
def test_no_value_of_any_row_can_be_changed_unseen(book: Ledger, forger, table: str) -> None:
    before = book.roots()
    other = {"TEXT": "'2001-01-01T00:00'", "INTEGER": "987654", "REAL": "0.03125", "BLOB": "x'00'"}
    for name, kind in columns_of(table):
        forger.execute("SAVEPOINT one")
        bare(book, table)
        first = forger.execute(f"SELECT min(rowid_) FROM (SELECT {name} AS rowid_ FROM {table})").fetchone()[
            0
        ]
        where = f"{name} IS ?" if first is not None else f"{name} IS NULL OR {name} IS ?"
        forger.execute(f"UPDATE OR REPLACE {table} SET {name} = {other[kind]} WHERE {where}", (first,))
        guard(book, table)
        seen = book.misnamed() if (table, name) in DIGESTED else book.roots() != before
        assert seen, f"{table}.{name}"
        forger.execute("ROLLBACK TO one")
        forger.execute("RELEASE one")
    assert book.roots() == before


@pytest.mark.parametrize("table", TABLES)
def test_no_row_can_be_removed_or_put_in_unseen(book: Ledger, forger, table: str) -> None:
    before = book.roots()
    forger.execute("SAVEPOINT one")
    bare(book, table)
    forger.execute(f"DELETE FROM {table}")
    guard(book, table)
    assert book.roots() != before
    forger.execute("ROLLBACK TO one")
    assert book.roots() == before


def test_a_row_that_is_put_back_with_the_same_values_is_the_same_row(book: Ledger, forger) -> None:
    before = book.roots()
    rows = forger.execute("SELECT * FROM views ORDER BY number DESC").fetchall()
    bare(book, "views")
    forger.execute("DELETE FROM views")
    forger.executemany(f"INSERT INTO views VALUES ({', '.join('?' * len(rows[0]))})", rows)
    guard(book, "views")
    assert book.roots() == before


def test_rows_that_are_added_later_move_no_root_of_before(tmp_path: Path) -> None:
    book, clock = full_ledger(tmp_path)
    with book:
        clock.advance_to(day(6))
        before = book.roots()
        book.keep_reading(reading(LARGE, url="https://four.example/d", at=day(-300)), backfilled=True)
        book.correct(book.entries()[0].view, "neutral", "a second look")
        after = book.roots()
        assert after[: len(before)] == before
        assert len(after) == len(before) + 1
        assert book.roots(day(4)) == before[:2]


def test_two_ledgers_with_the_same_rows_have_the_same_roots(tmp_path: Path) -> None:
    roots = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        with full_ledger(tmp_path / name)[0] as book:
            book.store.connection.execute("VACUUM")
            roots.append(book.roots())
    assert roots[0] == roots[1]


def test_a_column_that_a_migration_adds_moves_no_root(book: Ledger, forger) -> None:
    before = book.roots()
    for number, (kind, default) in enumerate(
        (("TEXT", ""), ("REAL", " NOT NULL DEFAULT 1"), ("INTEGER", " DEFAULT 0"))
    ):
        forger.execute(f"ALTER TABLE views ADD COLUMN more{number} {kind}{default}")
    assert book.roots() == before


def test_dates_taken_on_trust_move_a_root_only_where_there_are_some(book: Ledger, forger) -> None:
    before = book.roots()
    forger.execute("ALTER TABLE articles DROP COLUMN trusted")
    assert book.roots() == before


@pytest.mark.parametrize(
    "done", range(1 + [m.name for m in MIGRATIONS].index("m0014_imported"), len(MIGRATIONS) + 1)
)
def test_no_migration_moves_a_root(tmp_path: Path, done: int) -> None:
    """Roots were first printed with this schema: what is written from there on keeps its roots, to the formula's letter."""
    stamp, path = "2026-01-12T15:00:00.000000+00:00", tmp_path / "old.db"
    db = Database(sqlite3.connect(path, isolation_level=None), execute_plugins=False)
    migrate(db, CLOCK, MIGRATIONS[:done])
    with closing(db.conn) as old:
        old.execute("INSERT INTO vintages VALUES (1, 'v', 'm', 't', NULL, ?)", (stamp,))
        old.execute(
            "INSERT INTO prices (symbol, session, kind, close, dividend, source, recorded_at, split) "
            "VALUES ('IWM', '2026-01-12', 'raw', 1.5, 0, 'f', ?, 1)",
            (stamp,),
        )
    with open_ledger(path, CLOCK) as book:
        (root,) = book.roots()
    price = '["2026-01-12",1,"IWM","2026-01-12","raw",null,null,null,1.5,null,0.0,"f",' + f'"{stamp}"],'
    vintage = '["2026-01-12",1,"v","m","t",null,' + f'"{stamp}"],'
    tables = [
        f"{name} 1 {sha256(row.encode()).hexdigest()}"
        for name, row in (("prices", price), ("vintages", vintage))
    ]
    told = "\n".join(["narrative root 1", "", "2026-01-12", *tables])
    assert root == Root(date(2026, 1, 12), sha256(told.encode()).hexdigest(), 2)
    assert root.value.startswith("61511c9b4d30d929"), "no root that was printed before could be verified"


# --- days --------------------------------------------------------------------------------------------------

MIDNIGHT = datetime(2026, 1, 15, tzinfo=UTC)
CLOSINGS = [
    pytest.param(timedelta(0), 13, id="midnight: what is begun may still be recorded"),
    pytest.param(timedelta(minutes=59, seconds=59), 13, id="an hour is not over"),
    pytest.param(timedelta(hours=1), 14, id="one hour after midnight the day is closed"),
    pytest.param(timedelta(hours=24), 14, id="midnight again"),
]


@pytest.mark.parametrize(("after", "last"), CLOSINGS)
def test_a_day_is_closed_one_hour_after_it(after: timedelta, last: int) -> None:
    assert closed(MIDNIGHT + after) == date(2026, 1, last)


@given(st.timedeltas(timedelta(days=-9000), timedelta(days=9000)))
def test_a_day_is_closed_from_the_moment_that_is_told(after: timedelta) -> None:
    at = MIDNIGHT + after
    last = closed(at)
    assert closes(last) <= at < closes(last + timedelta(days=1))


def test_the_root_of_a_moment_is_the_same_ever_after(tmp_path: Path) -> None:
    book, clock = ledger(tmp_path)
    with book:
        assert book.sealed() is None
        book.keep_reading(reading(SMALL))
        assert book.sealed() is None
        clock.advance_to(day(2))
        then = book.sealed()
        assert then is not None
        assert re.fullmatch(r"2026-01-13:[0-9a-f]{64}", then)
        book.keep_reading(reading(LARGE, url="https://two.example/b", at=day(0)))
        clock.advance_to(day(9))
        assert book.sealed(day(2)) == then
        assert book.sealed() != then


# --- roots that were printed ---------------------------------------------------------------------------------

R = tuple(Root(date(2026, 1, number), f"{number:064x}"[::-1], 5) for number in (12, 14, 16, 20))


def said(number: int, value: str = "") -> Claim:
    held = [root.value for root in R if root.day.day <= number]
    return Claim(date(2026, 1, number), value or (held[-1] if held else "f" * 64))


WRONG = "e" * 64
COMPARED = [
    pytest.param([], None, id="nothing was printed"),
    pytest.param([said(12), said(20)], None, id="both hold"),
    pytest.param([said(13)], None, id="a day without rows has the root of the day before"),
    pytest.param([said(28)], None, id="days after the last row too"),
    pytest.param([said(14, R[1].value[:16])], None, id="the first 16 digits"),
    pytest.param([said(16, WRONG)], (None, 16, (12, 14, 16)), id="one root says: by then"),
    pytest.param([said(14), said(16, WRONG)], (14, 16, (16,)), id="two roots name the day"),
    pytest.param([said(20, WRONG), said(12)], (12, 20, (14, 16, 20)), id="given in any order"),
    pytest.param([said(14, WRONG), said(16, WRONG)], (None, 14, (12, 14)), id="the first that fails counts"),
    pytest.param([said(10, WRONG)], (None, 10, ()), id="all that was recorded by then is gone"),
]


@pytest.mark.parametrize(("claims", "told"), COMPARED)
def test_where_the_past_was_edited(
    claims: list[Claim], told: tuple[int | None, int, tuple[int, ...]] | None
) -> None:
    wanted = None
    if told is not None:
        after, until, days = told
        first = None if after is None else date(2026, 1, after)
        wanted = Edited(first, date(2026, 1, until), tuple(date(2026, 1, number) for number in days))
    assert edited(R, claims) == wanted


@pytest.mark.parametrize(
    "text",
    ["", "2026-01-14", "2026-01-14:abc", "2026-13-40:" + "a" * 64, "2026-01-14:" + "g" * 64, "x:" + "a" * 64],
)
def test_what_is_no_root_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(UsageError, match="is no root; write it as a digest prints it"):
        claimed(text)


def test_a_root_is_taken_as_it_was_printed() -> None:
    assert claimed(f" {R[1]}\n") == Claim(R[1].day, R[1].value)
    assert claimed("2026-01-14:ABCDEF0123456789").value == "abcdef0123456789"


# --- where they are printed ----------------------------------------------------------------------------------


def test_digest_and_parquet_carry_the_root(tmp_path: Path) -> None:
    from pyarrow import parquet

    book, clock = full_ledger(tmp_path)
    clock.advance_to(day(20))
    with book:
        root = book.sealed()
        assert root is not None
        made = api.digest(book, "rotation", clock=clock)
        assert root in made.html
        assert root in made.markdown
        replay = api.digest(book, "rotation", known_at=day(4), clock=clock)
        assert book.sealed(day(4)) in replay.markdown
        rows = api.factor(book, "rotation", clock=clock)
    write(rows, tmp_path / "f.parquet", root=root)
    write(rows, tmp_path / "f.csv", root=root)
    table = parquet.read_table(tmp_path / "f.parquet")
    assert table.schema.metadata[b"narrative.root"].decode() == root
    assert root not in (tmp_path / "f.csv").read_text(encoding="utf-8")


# --- the command ---------------------------------------------------------------------------------------------


def change(path: Path, table: str, sql: str) -> None:
    """Edit a ledger as somebody who hides it: the triggers are there again afterwards."""
    with closing(open_ledger(path, CLOCK)) as book:
        bare(book, table)
        book.store.connection.execute(sql)
        guard(book, table)


def test_verify_says_what_was_edited_and_when(tmp_path: Path) -> None:
    full_ledger(tmp_path)[0].close()
    path = tmp_path / "narrative.db"
    sound = narrative("verify", cwd=tmp_path)
    assert sound.code == 0
    assert "past   not compared" in sound.out
    listed = narrative("verify", "--list", cwd=tmp_path)
    (tmp_path / "roots.txt").write_text(listed.out, encoding="utf-8")
    first, second, third = listed.out.split()
    held = narrative("verify", "--roots", "roots.txt", cwd=tmp_path)
    assert held.code == 0
    assert held.out.endswith("past   unchanged up to 2026-01-16: 3 of 3 roots hold\n")

    change(path, "prices", "UPDATE prices SET close = 102 WHERE number = 2")
    found = narrative("verify", "--roots", "roots.txt", cwd=tmp_path)
    assert found.code == 1
    assert (
        "past   EDITED: what was recorded on 2026-01-14 is not what it was; the root of 2026-01-12 holds"
        in found.out
    )
    assert narrative("verify", "--root", first, cwd=tmp_path).code == 0
    late = narrative("verify", "--root", third[:40], cwd=tmp_path)
    assert late.code == 1
    assert "something recorded up to 2026-01-16 is not what it was" in late.out
    assert narrative("verify", "--root", second, cwd=tmp_path).code == 1


FORGED = [
    pytest.param(
        "texts", "UPDATE texts SET text = text || '!' WHERE article = 1", "the text of article", id="a text"
    ),
    pytest.param(
        "captures", "UPDATE captures SET body = x'789c' WHERE number = 1", "page .* was changed", id="a page"
    ),
    pytest.param(
        "published_factor",
        "UPDATE published_factor SET row = '{}'",
        "published row .* was changed",
        id="a factor row",
    ),
    pytest.param(
        "evaluation_trials", "UPDATE evaluation_trials SET ic = 0.9", "trial .* was changed", id="a trial"
    ),
    pytest.param("vintages", "UPDATE vintages SET model = 'another'", "vintage .* was changed", id="a model"),
]


@pytest.mark.parametrize(("table", "sql", "words"), FORGED)
def test_rows_that_are_not_what_their_id_says_are_found_without_a_root(
    book: Ledger, forger, table: str, sql: str, words: str
) -> None:
    bare(book, table)
    forger.execute(sql)
    found = book.misnamed()
    assert found
    assert all(re.search(words, line) for line in found)


BROKEN = [
    pytest.param("DROP TRIGGER views_no_update", "the trigger views_no_update is missing", id="a guard"),
    pytest.param("DROP INDEX views_target", "the index views_target is missing", id="an index"),
    pytest.param("ALTER TABLE views ADD COLUMN more TEXT", "the table views was changed", id="a column"),
    pytest.param(
        "INSERT INTO texts VALUES (777, 'x')",
        "row 777 of texts names a row of articles that is not there",
        id="a reference",
    ),
    pytest.param(
        "INSERT INTO shingles VALUES (1, 1, -5)",
        "a row of shingles names a row of articles that is not there",
        id="a reference before all",
    ),
]


def test_references_are_looked_for_where_numbers_leave_some_out(book: Ledger, forger) -> None:
    at = "2026-01-14T15:00:00.000000+00:00"
    forger.execute("INSERT INTO voices VALUES (777, 'gap', 'house', 'x', '', 'x', ?)", (at,))
    forger.execute("INSERT INTO voice_firms VALUES (777, 'x', 'x', ?)", (at,))
    assert book.damage() == ()
    forger.execute("INSERT INTO voice_firms VALUES (776, 'x', 'x', ?)", (at,))
    assert book.damage() == ("a row of voice_firms names a row of voices that is not there",)


@pytest.mark.parametrize(("sql", "words"), BROKEN)
def test_damage_is_named(book: Ledger, forger, sql: str, words: str) -> None:
    assert book.damage() == ()
    forger.execute(sql)
    assert words in book.damage()


def test_what_others_add_to_the_file_is_no_damage(book: Ledger, forger) -> None:
    forger.execute("CREATE TABLE mine (a)")
    forger.execute("CREATE INDEX my_views ON views (stance)")
    assert book.damage() == ()


def test_a_day_that_is_not_over_has_no_root_yet(tmp_path: Path) -> None:
    full_ledger(tmp_path)[0].close()
    ran = narrative("verify", "--root", "2150-01-01:" + "a" * 64, cwd=tmp_path)
    assert (ran.code, ran.err) == (
        2,
        "narrative: 2150-01-01 is not over; its root is settled on 2150-01-02 01:00 UTC\n",
    )
