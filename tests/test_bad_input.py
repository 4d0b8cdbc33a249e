"""What people get wrong and what the world sends: one line that says what to do, the right exit code, nothing half written."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from narrative.bundled import bundled
from narrative.clock import SimulatedClock
from narrative.crawl.fetch import Fetcher
from narrative.crawl.rows import PollSummary
from narrative.crawl.transport import LoopbackTransport
from narrative.ledger import Ledger
from narrative.pipeline import ReadSummary, crawl
from narrative.targets import Targets
from narrative.terms import Feed
from tests import ledger_rows, web
from tests.ledger_rows import LARGE, SMALL, reading
from tests.scripted_model import Scripted
from tests.shell import Ran, narrative

QUESTION = "who is bullish on small caps"
ARTICLE = "“Small caps will lead the market this year,” said Ann Lee, a strategist at Harbor Lane Capital.\n"
NOISE = random.Random(7).randbytes(4000)
TOMORROW = f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d}"

FILES = {
    "story.txt": ARTICLE.encode(),
    "empty.txt": b"",
    "blank.txt": b" \n\t\n",
    "binary.txt": b"\x80" + NOISE,
    "nul.txt": b"small caps \x00\x00 said Ann Lee",
    "latin.txt": "Café stocks fell, said Ann Lee.".encode("latin-1"),
    "zero.html": b"",
    "empty.html": b"<html><body></body></html>",
    "wordless.html": b"<html><head><title>Map</title></head><body><img src='map.png'></body></html>",
    "image.html": b"\x89PNG\r\n\x1a\n" + NOISE,
    "text.db": b"This is a shopping list and no database at all, however long it may be.\n" * 3,
    "noise.db": NOISE,
    "zero.db": b"",
    "prices.csv": b"date,close,symbol\n2026-01-05,100,IWM\n",
    "words.csv": b"date,close,symbol\n2026-01-05,high,IWM\n",
    "nameless.csv": b"date,close\n2026-01-05,100\n",
    "keys.toml": b"color = 'red'\n",
    "notes.jsonl": b"not json\n",
    "number.jsonl": b'{"text": 3, "target": "small_caps"}\n',
    "list.jsonl": b"[1]\n",
    "unknown.jsonl": b'{"text": "Gold will rise.", "target": "stock:"}\n',
}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a good ledger, several bad ones, and everything that can be wrong with a file."""
    folder = tmp_path_factory.mktemp("room")
    ledger, _ = ledger_rows.ledger(folder)
    with ledger:
        ledger.keep_reading(reading(SMALL, LARGE))
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    for name, change in (
        ("foreign.db", "create table orders (id)"),
        ("newer.db", "insert into _migrations values ('m9999_later', '2030-01-01')"),
    ):
        if name == "newer.db":
            shutil.copy(folder / "narrative.db", folder / name)
        with sqlite3.connect(folder / name) as connection:
            connection.execute(change)
        connection.close()
    (folder / "folder").mkdir()
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Every file with its bytes, less the working files that SQLite keeps beside a ledger that is being read."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in files if not path.name.endswith(("-shm", "-wal"))}


def assert_one_line(ran: Ran, code: int, words: str) -> None:
    assert ran.code == code, ran.err
    assert ran.err.count("\n") == 1, ran.err
    assert ran.err.startswith("narrative: ")
    assert words in ran.err
    assert "unexpected" not in ran.err


# --- requests ------------------------------------------------------------------------------------------------

BAD = {
    # what is asked: (exit code, words of the line that says what to do)
    "unknown-command": (("tell",), 2, "No such command"),
    "unknown-option": (("ask", QUESTION, "--loud"), 2, "--loud"),
    "no-question": (("ask",), 2, "ask a question"),
    "empty-question": (("ask", ""), 2, "a question has"),
    "unparsable-question": (("ask", "flibber the gnu"), 2, "try"),
    "unknown-target": (("ask", "who is bullish on unobtainium"), 2, "try"),
    "impossible-day": (("ask", QUESTION, "--as-of", "2026-02-30"), 2, "is not a day"),
    "day-without-hyphens": (("ask", QUESTION, "--as-of", "20260130"), 2, "is not a day"),
    "last-day-of-all": (("ask", QUESTION, "--as-of", "9999-12-31"), 2, "is not a day"),
    "future-as-of": (("ask", QUESTION, "--as-of", TOMORROW), 2, "lies in the future"),
    "future-known-at": (("why", "ab", "--known-at", TOMORROW), 2, "lies in the future"),
    "future-publication": (("add", "story.txt", "--published", TOMORROW), 2, "lies in the future"),
    "unknown-view": (("why", "zzzz"), 2, "narrative ask prints the ids"),
    "unknown-narrative-of-figure": (("why", "nope@2026-W03:net"), 2, "known:"),
    "unknown-figure": (("why", "rotation@2026-W03:mood"), 2, "known:"),
    "figure-of-no-week": (("why", "rotation@2026-W60:net"), 2, "there are"),
    "digest-of-unknown-narrative": (("digest", "nope"), 2, "known:"),
    "digest-of-no-week": (("digest", "rotation", "--week", "2026-W60"), 2, "write it like 2026-W03"),
    "digest-of-a-week-before": (("digest", "rotation", "--week", "1999-W03"), 2, "there are"),
    "digest-into-nowhere": (("digest", "rotation", "--out", "none/x.html"), 1, "cannot write"),
    "digest-into-a-folder": (("digest", "rotation", "--out", "folder"), 2, "is a directory"),
    "digest-of-another-ending": (("digest", "rotation", "--out", "d.pdf"), 2, "--format html, md or eml"),
    "factor-of-another-ending": (("factor", "rotation", "--out", "f.xlsx"), 2, "--format csv or parquet"),
    "evaluation-of-another-ending": (
        ("factor", "rotation", "--evaluate", "--out", "e.pdf"),
        2,
        "give a name without an ending",
    ),
    "published-of-another-ending": (("factor", "rotation", "--published", "--out", "f.json"), 2, "--format"),
    "factor-of-unknown-narrative": (("factor", "nope"), 2, "known:"),
    "factor-into-nowhere": (("factor", "rotation", "--out", "none/x.csv"), 1, "cannot write"),
    "factor-before-anything": (("factor", "rotation", "--as-of", "2025-06-30"), 1, "holds no views"),
    "prices-neither-raw-nor-adjusted": (("prices", "prices.csv"), 2, "--adjusted or --raw"),
    "prices-without-symbol": (("prices", "nameless.csv", "--raw"), 2, "--symbol"),
    "prices-of-words": (("prices", "words.csv", "--raw"), 1, "line 2"),
    "prices-missing": (("prices", "none.csv", "--raw"), 1, "cannot read"),
    "prices-of-a-command-misspelt": (
        ("prices", "lst"),
        1,
        "no such file, and no command of prices (fetch, list",
    ),
    "prices-binary": (("prices", "binary.txt", "--raw"), 1, "cannot read"),
    "prices-empty": (("prices", "empty.txt", "--raw"), 1, "header"),
    "feeds-missing": (("crawl", "--feeds", "none.toml"), 1, "cannot read"),
    "feeds-binary": (("crawl", "--feeds", "binary.txt"), 1, "cannot read"),
    "feeds-other-keys": (("crawl", "--feeds", "keys.toml"), 1, "[[feed]]"),
    "crawl-without-contact": (("crawl",), 2, "--contact"),
    "add-without-contact": (("add", "https://example.org/"), 2, "--contact"),
    "crawl-with-a-word-for-contact": (
        ("crawl", "--contact", "notamail"),
        2,
        "nobody can be reached at 'notamail'",
    ),
    "add-with-a-word-for-contact": (("add", "http://a.example/", "--contact", "me"), 2, "you@example.org"),
    "watch-with-two-lines-for-contact": (("watch", "--contact", "a@b\nX: y"), 2, "nobody can be reached"),
    "contact-of-another-protocol": (
        ("crawl", "--contact", "ftp://example.org"),
        2,
        "a page such as https://",
    ),
    "add-of-another-protocol": (("add", "ftp://example.org/a"), 2, "http"),
    "one-address-for-two-files": (("add", "story.txt", "nul.txt", "--url", "http://a.example/"), 2, "--url"),
    "stance-of-no-json": (("stance", "notes.jsonl"), 2, "line 1"),
    "stance-of-a-number": (("stance", "number.jsonl"), 2, "line 1"),
    "stance-of-a-list": (("stance", "list.jsonl"), 2, "line 1"),
    "stance-of-latin-1": (("stance", "latin.txt"), 2, "line 1"),
    "stance-on-unknown-target": (("stance", "unknown.jsonl"), 2, "line 1: unknown target"),
    "stance-missing": (("stance", "none.jsonl"), 2, "No such file"),
    "demo-into-a-file": (("demo", "--out", "story.txt"), 2, "is a file"),
    "demo-where-nothing-is-made": (("demo", "--out", "/proc/demo"), 1, "name another one with --out"),
}


@pytest.mark.parametrize(("command", "code", "words"), BAD.values(), ids=BAD)
def test_a_bad_request_is_one_line(command: tuple[str, ...], code: int, words: str, room: Path) -> None:
    before = contents(room)
    assert_one_line(narrative(*command, cwd=room), code, words)
    assert contents(room) == before


# --- files ---------------------------------------------------------------------------------------------------

UNREADABLE = {
    "none.txt": "cannot read",
    "folder": "cannot read",
    "empty.txt": "empty",
    "blank.txt": "empty",
    "binary.txt": "UTF-8",
    "nul.txt": "UTF-8",
    "latin.txt": "UTF-8",
    "zero.html": "empty",
    "empty.html": "no article text",
    "wordless.html": "no article text",
    "image.html": "binary",
}


def test_unreadable_files_are_a_line_each(room: Path) -> None:
    ran = narrative("read", *UNREADABLE, cwd=room)
    assert (ran.code, ran.out) == (1, "")
    for line, (name, words) in zip(ran.err.splitlines(), UNREADABLE.items(), strict=True):
        assert line.startswith("narrative: ")
        assert name in line
        assert words in line


def test_unreadable_files_make_no_ledger(room: Path) -> None:
    before = contents(room)
    ran = narrative("add", *UNREADABLE, "--db", "unmade.db", cwd=room)
    assert (ran.code, ran.out) == (1, "")
    assert len(ran.err.splitlines()) == len(UNREADABLE)
    assert contents(room) == before


def test_a_good_file_behind_a_bad_one_is_kept(room: Path, tmp_path: Path) -> None:
    ran = narrative("add", room / "empty.txt", room / "story.txt", cwd=tmp_path)
    assert_one_line(ran, 1, "empty.txt")
    with sqlite3.connect(tmp_path / "narrative.db") as connection:
        assert connection.execute("select count(*) from articles").fetchone() == (1,)
    connection.close()


# --- databases -----------------------------------------------------------------------------------------------

DATABASES = {
    "missing": ("none.db", 2, "there is no ledger"),
    "folder": ("folder", 2, "is a directory"),
    "zero-bytes": ("zero.db", 2, "is empty"),
    "text": ("text.db", 1, "is not a SQLite database"),
    "noise": ("noise.db", 1, "is not a SQLite database"),
    "foreign": ("foreign.db", 1, "another program's"),
    "newer": ("newer.db", 1, "upgrade"),
}


@pytest.mark.parametrize(("name", "code", "words"), DATABASES.values(), ids=DATABASES)
def test_a_database_that_is_no_ledger_is_refused_to_a_reader(
    name: str, code: int, words: str, room: Path
) -> None:
    before = contents(room)
    assert_one_line(narrative("ask", QUESTION, "--db", name, cwd=room), code, words)
    assert contents(room) == before


@pytest.mark.parametrize("kind", ["folder", "text", "noise", "foreign", "newer"])
def test_a_database_that_is_no_ledger_is_refused_to_a_writer(kind: str, room: Path) -> None:
    name, code, words = DATABASES[kind]
    before = contents(room)
    assert_one_line(narrative("prices", "prices.csv", "--raw", "--db", name, cwd=room), code, words)
    assert contents(room) == before


def test_a_locked_database_is_left_to_its_writer(tmp_path: Path) -> None:
    ledger_rows.ledger(tmp_path)[0].close()
    (tmp_path / "story.txt").write_text(ARTICLE, encoding="utf-8")
    other = sqlite3.connect(tmp_path / "narrative.db", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        assert_one_line(narrative("add", "story.txt", cwd=tmp_path), 1, "try again")
        assert narrative("ask", QUESTION, cwd=tmp_path).code == 0
        other.execute("ROLLBACK")
        assert other.execute("select count(*) from articles").fetchone() == (0,)
    finally:
        other.close()


def test_a_folder_that_takes_no_files(room: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed" if os.geteuid() else Path("/proc")  # root may write anywhere but there
    if not closed.exists():
        closed.mkdir(mode=0o555)
    ran = narrative("prices", room / "prices.csv", "--raw", "--db", closed / "n.db", cwd=tmp_path)
    assert_one_line(ran, 1, "check that its folder exists and may be written")


def test_a_ledger_in_a_folder_that_does_not_exist(room: Path, tmp_path: Path) -> None:
    ran = narrative("prices", room / "prices.csv", "--raw", "--db", "none/n.db", cwd=tmp_path)
    assert_one_line(ran, 2, "make it first")


# --- models --------------------------------------------------------------------------------------------------


def test_a_missing_model_folder(room: Path) -> None:
    assert_one_line(narrative("read", "story.txt", "--model", "none", cwd=room), 1, "no usable model at none")


@pytest.mark.parametrize("part", ["reader.onnx", "reader.toml"])
def test_a_model_with_a_part_missing(part: str, room: Path, tmp_path: Path) -> None:
    shutil.copytree(bundled("models/reader"), tmp_path / "model")
    (tmp_path / "model" / part).unlink()
    ran = narrative("read", room / "story.txt", "--model", "model", cwd=tmp_path)
    assert_one_line(ran, 1, "no usable model in model")


def test_a_model_with_broken_settings(room: Path, tmp_path: Path) -> None:
    shutil.copytree(bundled("models/reader"), tmp_path / "model")
    (tmp_path / "model" / "reader.toml").write_text("temperature = [", encoding="utf-8")
    ran = narrative("read", room / "story.txt", "--model", "model", cwd=tmp_path)
    assert_one_line(ran, 1, "no usable model in model")


# --- the web -------------------------------------------------------------------------------------------------


def crawled(
    kind: str, content: str | bytes, ledger: Ledger, clock: SimulatedClock, targets: Targets
) -> tuple[PollSummary, ReadSummary]:
    """Poll a feed of one page that answers so; return the poll's row."""
    with (
        web.serving(clock.now) as served,
        LoopbackTransport({"a.example": ("127.0.0.1", served.port)}) as way,
    ):
        served.serve("/feed", web.body(content, kind))
        served.serve("/page", web.body(b"<html><body></body></html>"))
        with Fetcher(way, clock, user_agent="narrative/0 (+mailto:a@b.example)") as fetcher:
            feeds = [Feed("http://a.example/feed", "A")]
            return crawl(feeds, ledger, fetcher, clock, Scripted(), targets)


def test_a_feed_that_is_a_web_page_is_a_row(ledger: Ledger, clock: SimulatedClock, targets: Targets) -> None:
    polled, read = crawled("text/html", "<html><p>Welcome</p></html>", ledger, clock, targets)
    assert (polled.polled, polled.feeds_failed, read.read) == (1, 1, 0)
    (row,) = ledger.store.rows("select outcome, note from polls")
    assert row["outcome"] == "not_a_feed"
    assert row["note"]
    assert "\n" not in row["note"]


def test_a_page_without_words_is_passed_over_with_a_reason(
    ledger: Ledger, clock: SimulatedClock, targets: Targets
) -> None:
    feed = "<rss version='2.0'><channel><item><title>T</title><link>http://a.example/page</link></item></channel></rss>"
    _, read = crawled("application/rss+xml", feed, ledger, clock, targets)
    assert (read.read, read.passed_over) == (0, 1)
    (row,) = ledger.store.rows("select article, reason from results")
    assert row["article"] is None
    assert "no article text" in row["reason"]
