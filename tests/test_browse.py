"""Browsing: the copy holds what questions answer from, the queries agree with it, and nobody else is served."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from narrative import api
from narrative.browsing.copy import TABLES, standing_in, write_copy
from narrative.browsing.metadata import COPY, QUERIES, metadata
from narrative.browsing.server import application, copy_in, listening, needed
from narrative.errors import NarrativeError
from narrative.measure.sessions import load_sessions
from narrative.measure.stance import current
from narrative.targets import load_targets
from narrative.terms import Claim
from tests.full_ledger import full_ledger
from tests.ledger_rows import LARGE, SMALL, Quote, day, ledger, reading
from tests.shell import RUN

AT = datetime(2026, 1, 30, 12, tzinfo=UTC)
SOUR = Quote("Nobody should own the small names now", "Ann Lee", "Harbor Lane", {"small_caps": "bearish"})
OTHER = Quote("Small caps will fall before they rise again", "Tom Ode", "Kestrel", {"small_caps": "bearish"})
HOSTILE = Quote('=HYPERLINK("http://evil.example") <script>alert(1)</script> \x1b[2J\u202e', "+Bob", "@Firm")


def written(folder: Path) -> tuple[Path, api.Ledger]:
    """A ledger with flips and two camps, and its copy."""
    book, clock = ledger(folder)
    for number, quotes in enumerate(((SMALL, LARGE), (OTHER,), (SOUR,), (HOSTILE,))):
        clock.advance_to(day(2 * number))
        lead = "It rained on the exchange. <b>Rates</b> decide." if number == 1 else None
        made = reading(*quotes, url=f"https://one.example/{number}", at=day(2 * number), lead=lead,
                       published=Claim(day(2 * number), "meta"))  # fmt: skip
        book.keep_reading(made)
    folder = folder / "served"
    folder.mkdir()
    write_copy(book, copy_in(folder), load_targets(), AT)
    return folder, book


@pytest.fixture
def made(tmp_path: Path) -> Iterator[tuple[sqlite3.Connection, api.Ledger]]:
    folder, book = written(tmp_path)
    with book, closing(sqlite3.connect(copy_in(folder))) as db:
        db.create_function("escape_fts", 1, lambda words: f'"{words}"')
        db.row_factory = sqlite3.Row
        yield db, book


def asked(db: sqlite3.Connection, query: str, **values: str) -> list[dict[str, Any]]:
    names = {"target": "", "stance": "", "since": "", "words": "", **values}
    return [dict(row) for row in db.execute(QUERIES[query][1], names)]


# --- the copy -----------------------------------------------------------------------------------------------------


def test_the_copy_holds_the_views_of_the_one_selection(made: tuple[sqlite3.Connection, api.Ledger]) -> None:
    db, book = made
    entries = book.entries()
    rows = {row["view"]: row for row in db.execute("SELECT * FROM views")}
    assert set(rows) == {entry.view for entry in entries}
    for entry in entries:
        row = rows[entry.view]
        assert (row["target"], row["stance"], row["bullish"]) == (entry.target, entry.stance, entry.bullish)
        assert (bool(row["counted"]), row["why_not_counted"] is None) == (entry.counted, entry.counted)
        assert row["article"] == entry.article


def test_the_copy_of_a_moment_holds_what_was_known_then(tmp_path: Path) -> None:
    book, _ = full_ledger(tmp_path)
    with book:
        write_copy(book, tmp_path / "then.db", load_targets(), day(1), known_at=day(1))
        with closing(sqlite3.connect(tmp_path / "then.db")) as db:
            assert db.execute("SELECT count(*) FROM articles").fetchone() == (1,)
            views = {row[0] for row in db.execute("SELECT view FROM views")}
        assert views == {entry.view for entry in book.entries(known_at=day(1))}


def test_the_ledger_is_left_as_it_is(tmp_path: Path) -> None:
    book, _ = full_ledger(tmp_path)
    with book:
        before, roots = list(book.store.connection.iterdump()), book.roots()
        write_copy(book, tmp_path / "copy.db", load_targets(), AT)
        assert (list(book.store.connection.iterdump()), book.roots()) == (before, roots)


def test_words_are_safe_in_whatever_they_are_exported_to(made: tuple[sqlite3.Connection, api.Ledger]) -> None:
    db, _ = made
    row = db.execute("SELECT * FROM views WHERE words LIKE '%evil%'").fetchone()
    assert row["words"] == '\'=HYPERLINK("http://evil.example") <script>alert(1)</script>'
    assert (row["speaker"], row["firm"]) == ("'+Bob", "'@Firm")
    for table in TABLES:
        for found in db.execute(f"SELECT * FROM {table}"):
            for value in found:
                assert not isinstance(value, str) or all(c.isprintable() or c == "\n" for c in value)


# --- the queries --------------------------------------------------------------------------------------------------


def test_every_query_runs_and_names_its_columns(made: tuple[sqlite3.Connection, api.Ledger]) -> None:
    db, _ = made
    for query in QUERIES:
        asked(db, query, words="rain")


def test_who_is_bullish_agrees_with_ask(made: tuple[sqlite3.Connection, api.Ledger]) -> None:
    db, book = made
    standing = [one for one in current(book.entries(), AT, load_sessions()) if one.counted]
    for target in ("small_caps", "mega_cap_tech"):
        for stance in ("bullish", "bearish", "neutral"):
            found = asked(db, "who_is_bullish", target=target, stance=stance)
            expected = {one.entry.view for one in standing if (one.target, one.stance) == (target, stance)}
            assert {row["view"] for row in found} == expected
    assert asked(db, "who_is_bullish") == asked(db, "who_is_bullish", target="small_caps", stance="bullish")


def test_flips_camps_and_who_was_first(made: tuple[sqlite3.Connection, api.Ledger]) -> None:
    db, _ = made
    (flip,) = asked(db, "flips")
    assert (flip["voice"], flip["was"], flip["became"], flip["said"]) == (
        "Ann Lee",
        "bullish",
        "bearish",
        "2026-01-16",
    )
    assert asked(db, "flips", since="2026-01-17") == asked(db, "flips", target="gold") == []
    (split,) = asked(db, "disagreement")
    assert [split[name] for name in ("target", "bullish", "bearish", "voices")] == ["small_caps", 1, 2, 3]
    pairs = {(row["bullish"], row["bearish"]) for row in asked(db, "both_camps")}
    assert pairs == {("'+Bob", "Ann Lee"), ("'+Bob", "Tom Ode")}
    first = asked(db, "first_said")[0]
    assert (first["voice"], first["said"][:10]) == ("Ann Lee", "2026-01-12")


def test_flips_are_those_that_a_question_lists(tmp_path: Path) -> None:
    """Of two views of one page one stands; the page is one occasion, however often its speaker takes the other side in it."""
    book, clock = ledger(tmp_path)
    sides = ("bullish", "bearish", "neutral")
    with book:
        for number, stances in enumerate((("bullish",), sides, ("neutral", "bullish"))):
            clock.advance_to(day(2 * number))
            said = [
                Quote(f"{SMALL.words} ({number}{stance})", stances={"small_caps": stance})
                for stance in stances
            ]
            book.keep_reading(reading(*said, url=f"https://one.example/{number}", at=day(2 * number)))
        write_copy(book, tmp_path / "copy.db", load_targets(), AT)
        listed = json.loads(api.ask(book, "who flipped on small caps", as_of=AT).json())
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        copy.row_factory = sqlite3.Row
        found = asked(copy, "flips")
    assert 0 < len(found) < 3
    assert {row["view"] for row in found} >= {voice["view"] for voice in listed["voices"]}
    pages = {view: page for page, view in _pages(tmp_path / "copy.db")}
    assert len({pages[row["view"]] for row in found}) == len(found)


def _pages(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as copy:
        return copy.execute("SELECT article, view FROM views").fetchall()


STANDING = [
    (AT, (4, 0), "4 views stand, 0 ran out.", "days after they were said"),
    (
        datetime(2026, 4, 15, 12, tzinfo=UTC),
        (3, 1),
        "3 views stand, 1 ran out.",
        "63 sessions after the first",
    ),
    (
        datetime(2027, 1, 5, 12, tzinfo=UTC),
        (0, 4),
        "0 views stand, 4 ran out.",
        "when nothing stands any more",
    ),
]


@pytest.mark.parametrize(("at", "numbers", "words", "reason"), STANDING, ids=[row[3] for row in STANDING])
def test_the_first_page_says_what_stands(
    at: datetime, numbers: tuple[int, int], words: str, reason: str, tmp_path: Path
) -> None:
    _, book = written(tmp_path)
    with book:
        write_copy(book, tmp_path / "then.db", load_targets(), at)
    assert standing_in(tmp_path / "then.db") == numbers, reason
    told = metadata("narrative.db", at, *numbers)["description"]
    assert words in told
    assert "narrative browse --as-of 2026-02-14" in told


def test_no_words_find_nothing(made: tuple[sqlite3.Connection, api.Ledger]) -> None:
    """Datasette makes an empty text of words of nothing but blanks, and opens the query so."""
    db, _ = made
    db.create_function("escape_fts", 1, lambda words: "" if not words.strip() else words)
    assert [asked(db, "search", words=words) for words in ("", "  ")] == [[], []]
    assert len(asked(db, "search", words="rained")) == 1


def test_texts_are_searched(made: tuple[sqlite3.Connection, api.Ledger]) -> None:
    db, _ = made
    (row,) = asked(db, "search", words="raining")  # by its stem
    assert "It [rained] on the exchange" in row["passage"]
    assert asked(db, "search", words="snow") == []


def test_coverage_counts_polls_as_status_does(tmp_path: Path) -> None:
    book, _ = ledger(tmp_path)
    outcomes = ("ok", "not_modified", "http_error", "robots", "timeout")
    with book:
        with book.store.write() as db:
            db.execute("INSERT INTO feeds VALUES ('f', 'x', 'x', NULL, NULL, NULL)")
            for number, outcome in enumerate(outcomes):
                stamp = f"2026-01-1{2 + number}T15:00:00.000000+00:00"
                db.execute(
                    "INSERT INTO polls VALUES (?, 'f', ?, ?, 200, 3, 1, '', 'x', NULL)",
                    (number, stamp, outcome),
                )
        write_copy(book, tmp_path / "copy.db", load_targets(), AT)
        counted = book.coverage(day(-9), day(9))
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        copy.row_factory = sqlite3.Row
        (row,) = asked(copy, "coverage")
    assert (row["answered"], row["failed"], row["refused"]) == (
        counted.polls_ok,
        counted.polls_failed,
        counted.polls_refused,
    )
    assert (row["week"], row["new_links"]) == ("2026-01-12", 5)


def test_what_is_said_of_the_tables_is_about_tables_and_columns_there_are() -> None:
    told = metadata("narrative.db", AT)["databases"][COPY]["tables"]
    assert set(told) == set(TABLES)
    for table, about in told.items():
        columns = set(re.findall(r"(\w+) (?:TEXT|REAL|INTEGER)", TABLES[table]))
        named = {
            *about.get("facets", ()),
            *about.get("columns", {}),
            about.get("sort_desc"),
            about.get("label_column"),
        }
        assert named - {None} <= columns


# --- the server ---------------------------------------------------------------------------------------------------


def test_a_port_in_use_is_told() -> None:
    with listening(0) as first, pytest.raises(NarrativeError, match="cannot be used"):
        listening(first.getsockname()[1])


HOSTS = [
    ([b"127.0.0.1:8001"], 200, "by its number"),
    ([b"LOCALHOST:8001"], 200, "by its name"),
    ([b"localhost"], 200, "without a port"),
    ([b"evil.example"], 403, "a name that somebody made lead here"),
    ([b"127.0.0.1:8002"], 403, "another port"),
    ([], 403, "no name"),
    ([b"localhost", b"evil.example"], 403, "two names"),
]


@pytest.mark.parametrize(("hosts", "status", "reason"), HOSTS, ids=[row[2] for row in HOSTS])
def test_only_this_machine_is_answered(hosts: list[bytes], status: int, reason: str) -> None:
    from narrative.browsing.server import _local

    async def inner(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {}

    scope = {"type": "http", "headers": [(b"host", host) for host in hosts]}
    asyncio.run(_local(inner, 8001)(scope, receive, send))
    assert sent[0]["status"] == status, reason


class Served:
    """The command in a process of its own, asked over the loopback."""

    def __init__(self, folder: Path) -> None:
        env = {**os.environ, "TMPDIR": str(folder)}
        arguments = [
            *RUN,
            "browse",
            "--port",
            "0",
            "--as-of",
            "2026-01-30",
            "--db",
            str(folder / "narrative.db"),
        ]
        self.process = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
        )
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line.startswith("http://127.0.0.1:"), self.process.stderr and self.process.stderr.read()
        self.address = line.split()[0]

    def get(self, path: str, **query: str) -> tuple[int, str]:
        request = urllib.request.Request(f"{self.address}{path}?{urlencode(query)}")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()


def test_the_whole_of_it(tmp_path: Path) -> None:
    """One process, since it takes a second to begin: pages, search, facets, exports, refusals, and a clean end."""
    pytest.importorskip("datasette")
    _, book = written(tmp_path)
    ledger_tables = [
        row[0] for row in book.store.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    ]
    before = list(book.store.connection.iterdump())
    book.close()
    served = Served(tmp_path)
    try:
        assert served.get("")[0] == 200
        for table in TABLES:
            assert served.get(f"{COPY}/{table}")[0] == 200, table
        for table in ledger_tables:
            assert served.get(f"ledger/{table}")[0] == 200, table
        for query in QUERIES:
            status, body = served.get(f"{COPY}/{query}.json", words="rain", target="", stance="", since="")
            assert status == 200, body
            status, body = served.get(f"{COPY}/{query}")  # as the link on the page of the database opens it
            assert status == 200, body
        assert "To see an earlier day" in served.get("")[1]
        status, body = served.get(f"{COPY}/articles.json", _search="rained", _shape="array")
        assert [row["url"] for row in json.loads(body)] == ["https://one.example/1"]
        facets = json.loads(served.get(f"{COPY}/views.json", _facet="target")[1])["facet_results"]["target"][
            "results"
        ]
        assert {one["value"] for one in facets} == {"small_caps", "mega_cap_tech"}
        page = served.get(f"{COPY}/views")[1]
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert" not in page
        cells = [cell for row in csv.reader(io.StringIO(served.get(f"{COPY}/views.csv")[1])) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
        for database in (COPY, "ledger"):
            for sql in (
                "delete from views",
                "update views set target = 'x'",
                "attach 'x' as y",
                "pragma user_version = 3",
            ):
                assert served.get(f"{database}.json", sql=sql)[0] == 400, sql
        port = int(served.address.rsplit(":", 1)[1].strip("/"))
        with socket.socket() as outside:
            outside.settimeout(5)
            assert outside.connect_ex(("127.0.0.2", port)) != 0, "it listens on one address alone"
    finally:
        served.process.send_signal(signal.SIGTERM)
        _, errors = served.process.communicate(timeout=30)
    assert (served.process.returncode, errors) == (0, "")
    assert not list(tmp_path.glob("narrative-browse-*"))
    with closing(sqlite3.connect(tmp_path / "narrative.db")) as db:
        assert list(db.iterdump()) == before


def test_a_ledger_that_is_not_there_is_told_before_anything_is_served(tmp_path: Path) -> None:
    pytest.importorskip("datasette")
    ran = subprocess.run(
        [*RUN, "browse", "--db", str(tmp_path / "none.db")], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "there is no ledger" in ran.stderr


def test_without_datasette_the_way_to_it_is_told() -> None:
    code = (
        "import sys\nsys.modules['datasette'] = None\nfrom narrative.browsing.server import needed\nneeded()"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "pip install datasette uvicorn" in ran.stderr
    assert callable(needed)
    assert callable(application)
