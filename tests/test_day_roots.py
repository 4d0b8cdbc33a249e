"""The roots of closed days that a ledger keeps: the same as its rows come to, printed for nothing, checked by verify."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrative.backfill import Backfill
from narrative.clock import SimulatedClock
from narrative.crawl.fetch import Fetcher
from narrative.errors import NarrativeError
from narrative.importing import import_views
from narrative.intake import Incoming, keep
from narrative.ledger import Ledger, open_ledger
from narrative.ledger.day_roots import strayed
from narrative.ledger.roots import Root, chained, closed, sealed, seals
from narrative.pipeline import crawl
from narrative.read.page import article_of_text
from narrative.rejudging import rejudge
from narrative.rereading import reread
from narrative.targets import Targets
from tests.full_ledger import DAYS, full_ledger
from tests.ledger_rows import LARGE, SMALL, START, day, ledger, reading
from tests.scripted_model import Scripted
from tests.shell import narrative


def statements(book: Ledger, act: Callable[[], object]) -> list[str]:
    """The SQL that something runs."""
    told: list[str] = []
    book.store.connection.set_trace_callback(told.append)
    act()
    book.store.connection.set_trace_callback(None)
    return told


# --- what is kept ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [*DAYS, DAYS[0] - timedelta(days=1), DAYS[1] - timedelta(days=1)])
def test_the_rows_of_some_days_alone_give_the_roots_of_those_days(tmp_path: Path, after: date) -> None:
    with full_ledger(tmp_path)[0] as book:
        whole = book.roots()
        before = [root for root in whole if root.day <= after]
        found = chained(seals(book.store, after, None), before[-1].value if before else "")
        assert found == whole[len(before) :]


def test_days_are_written_down_once_they_are_closed(tmp_path: Path) -> None:
    book, clock = full_ledger(tmp_path)
    with book:
        assert book.seal_days() == 2 + 1  # the third day of DAYS is not over; the one before it had no rows
        first, second, empty = book.kept_roots()
        assert (first, second) == book.roots()[:2]
        assert empty == Root(date(2026, 1, 15), second.value, 0)
        assert book.seal_days() == 0
        clock.advance_to(datetime(2026, 1, 17, 0, 59, 59, tzinfo=START.tzinfo))
        assert book.seal_days() == 0
        clock.sleep(1)
        assert book.seal_days() == 1
        clock.advance_to(day(30))
        assert book.seal_days() == 1
        assert [root.day.day for root in book.kept_roots()] == [12, 14, 15, 16, 10]
        assert strayed(book.kept_roots(), book.roots()) is None
        stamps = book.store.rows("SELECT DISTINCT substr(recorded_at, 1, 10) FROM day_roots ORDER BY 1")
        assert [row[0] for row in stamps] == ["2026-01-16", "2026-01-17", "2026-02-11"]


def test_an_empty_ledger_has_nothing_to_write_down(tmp_path: Path) -> None:
    book, clock = ledger(tmp_path)
    with book:
        clock.advance_to(day(9))
        assert (book.seal_days(), book.sealed(), book.kept_roots()) == (0, None, ())


def test_printing_a_root_reads_no_row_of_the_past(tmp_path: Path) -> None:
    book, clock = full_ledger(tmp_path)
    clock.advance_to(day(9))
    with book:
        wanted = sealed(book.roots(), clock.now())
        assert book.sealed() == wanted
        assert any("FROM views" in sql for sql in statements(book, book.sealed))
        book.seal_days()
        for act in (book.sealed, lambda: book.sealed(day(3)), book.seal_days):
            told = statements(book, act)
            assert [sql for sql in told if "SELECT" in sql and "day_roots" not in sql] == [
                "SELECT 1 FROM sqlite_master LIMIT 1"
            ]
        assert book.sealed() == wanted


def test_a_reader_adds_the_days_since_and_writes_nothing(tmp_path: Path) -> None:
    book, clock = full_ledger(tmp_path)
    with book:
        book.seal_days()
        kept = book.kept_roots()
    clock.advance_to(day(7))
    with open_ledger(book.path, clock, readonly=True) as reader:
        assert reader.sealed() == sealed(reader.roots(), clock.now())
        assert reader.sealed() != f"{closed(clock.now())}:{kept[-1].value}"
        assert reader.kept_roots() == kept
        with pytest.raises(NarrativeError, match="was opened for reading only"):
            reader.seal_days()


def test_a_kept_root_cannot_be_changed(tmp_path: Path) -> None:
    with full_ledger(tmp_path)[0] as book:
        book.seal_days()
        for sql in ("UPDATE day_roots SET root = 'x'", "DELETE FROM day_roots"):
            with pytest.raises(sqlite3.IntegrityError, match="day_roots is append-only"):
                book.store.connection.execute(sql)


def test_no_root_depends_on_what_was_written_down(tmp_path: Path) -> None:
    book, clock = full_ledger(tmp_path)
    with book:
        clock.advance_to(day(5))
        before = book.roots()
        book.seal_days()
        assert book.roots() == before


STEPS = st.lists(
    st.tuples(st.sampled_from(("write", "old", "seal", "look")), st.floats(0, 60)), min_size=1, max_size=14
)


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_whoever_wrote_when_each_moment_has_the_root_its_rows_come_to(steps: list[tuple[str, float]]) -> None:
    with TemporaryDirectory() as folder:
        book, clock = ledger(Path(folder))
        printed: dict[datetime, str | None] = {}
        with book:
            for number, (what, hours) in enumerate(steps):
                clock.sleep(hours * 3600)
                if what in ("write", "old"):
                    at = clock.now() - timedelta(days=90 if what == "old" else 0)
                    book.keep_reading(reading(SMALL, LARGE, url=f"https://{number}.example/", at=at))
                elif what == "seal":
                    book.seal_days()
                printed[clock.now()] = book.sealed()
            whole = book.roots()
            assert strayed(book.kept_roots(), whole) is None
            for at, told in printed.items():
                assert told == sealed(whole, at) == book.sealed(at)


# --- who writes ------------------------------------------------------------------------------------------------

QUOTE = "“We think small caps will lead the market this year,” said Ann Lee of Harbor Lane Capital. "


class Room:
    """A ledger with rows of two days ago."""

    def __init__(self, folder: Path, targets: Targets) -> None:
        self.folder, self.targets, self.model = folder, targets, Scripted()
        self.ledger, self.clock = ledger(folder)
        self.ledger.keep_reading(reading(SMALL))
        self.clock.advance_to(day(2))

    def file(self, name: str, row: dict[str, object]) -> Path:
        path = self.folder / name
        path.write_text(json.dumps(row) + "\n", encoding="utf-8")
        return path

    def crawl(self) -> None:
        with Fetcher(None, self.clock, user_agent="narrative-tests") as fetcher:
            crawl((), self.ledger, fetcher, self.clock, self.model, self.targets)

    def add(self) -> None:
        page = Incoming("story.txt", article_of_text(QUOTE * 2))
        keep(page, self.ledger, self.model, self.clock)

    def import_views(self) -> None:
        row = {"voice": "Ann Lee", "story": "s", "target": "small_caps", "score": 0.5}
        path = self.file("views.jsonl", row)
        import_views(path, self.ledger, self.clock, self.targets, source="Desk", complain=print)

    def dump(self) -> None:
        row = {"title": "Lee on small caps", "text": QUOTE * 2, "published": "2026-01-02"}
        Backfill(self.ledger, self.clock, self.model, self.targets).dump(self.file("news.jsonl", row))

    def reread(self) -> None:
        reread(self.ledger, self.model, self.targets)

    def rejudge(self) -> None:
        rejudge(self.ledger, self.model, self.targets)


@pytest.mark.parametrize(
    "act", [Room.crawl, Room.add, Room.import_views, Room.dump, Room.reread, Room.rejudge]
)
def test_who_writes_leaves_the_closed_days_written_down(
    act: Callable[[Room], None], tmp_path: Path, targets: Targets
) -> None:
    room = Room(tmp_path, targets)
    with room.ledger as book:
        act(room)
        assert [root.day.day for root in book.kept_roots()] == [12, 13]
        assert book.kept_roots()[:1] == book.roots(room.clock.now())


# --- who checks ------------------------------------------------------------------------------------------------

MADE = (Root(date(2026, 1, 12), "a", 5), Root(date(2026, 1, 14), "b", 7), Root(date(2026, 1, 16), "c", 2))
KEPT = (MADE[0], MADE[1], Root(date(2026, 1, 15), "b", 0))
COMPARED = [
    ((), MADE, None, "nothing is kept"),
    (KEPT, MADE, None, "later days are not kept yet"),
    (KEPT, (), 12, "all rows are gone"),
    (KEPT, (replace(MADE[0], value="x"), *MADE[1:]), 12, "rows of the first day are others"),
    (KEPT, (MADE[0], replace(MADE[1], value="x"), MADE[2]), 14, "rows of a later day are others"),
    (KEPT, (*MADE[:2], Root(date(2026, 1, 15), "x", 1), MADE[2]), 15, "a row came to a day that had none"),
    (KEPT, (MADE[0], Root(date(2026, 1, 13), "x", 1), MADE[1]), 13, "a row came to a day that is not kept"),
    (KEPT[1:], MADE, 12, "a kept root is gone"),
    ((MADE[0], replace(MADE[1], rows=6)), MADE, 14, "the number of rows was changed"),
    ((MADE[0], KEPT[2]), MADE, 14, "the day with the rows is gone"),
]


@pytest.mark.parametrize(("kept", "made", "first", "reason"), COMPARED, ids=[row[3] for row in COMPARED])
def test_the_first_day_that_is_not_as_it_was_kept(
    kept: tuple[Root, ...], made: tuple[Root, ...], first: int | None, reason: str
) -> None:
    assert strayed(kept, made) == (None if first is None else date(2026, 1, first)), reason


EDITS = [
    ("views", "UPDATE views SET bullish = 0.5 WHERE number = 1", "2026-01-12", "a row"),
    ("prices", "UPDATE prices SET close = 102 WHERE number = 2", "2026-01-14", "a row of a later day"),
    ("day_roots", "UPDATE day_roots SET root = 'x' WHERE day = '2026-01-14'", "2026-01-14", "a kept root"),
    ("day_roots", "DELETE FROM day_roots WHERE day = '2026-01-12'", "2026-01-12", "a day less"),
]


@pytest.mark.parametrize(("table", "sql", "found", "reason"), EDITS, ids=[row[3] for row in EDITS])
def test_verify_finds_what_was_edited_without_a_printed_root(
    tmp_path: Path, table: str, sql: str, found: str, reason: str
) -> None:
    book, clock = full_ledger(tmp_path)
    with book:
        clock.advance_to(day(9))
        book.seal_days()
        printed = book.sealed()
    sound = narrative("verify", "--root", str(printed), cwd=tmp_path)
    assert sound.code == 0, sound.out
    assert "kept   the roots of 4 days, as their rows say\n" in sound.out
    with closing(open_ledger(book.path, SimulatedClock(START))) as forged:
        connection = forged.store.connection
        guards = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (table,)
        ).fetchall()
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(sql)
        for _, made in guards:
            connection.execute(made)
    edited = narrative("verify", cwd=tmp_path)
    assert edited.code == 1, reason
    assert f"kept   WRONG: the root kept of {found} is missing or not what its rows come to\n" in edited.out
