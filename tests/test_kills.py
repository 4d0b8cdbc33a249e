"""Killed crawls: whatever the moment, the ledger is whole, nothing is lost and nothing is done twice. Two at once are one.

A failure prints the seed of its draw; KILLS_SEED=... draws the same moments again.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from narrative.crawl.canonical import canonical_url
from narrative.errors import NarrativeError
from narrative.ledger.alone import InUseError, alone
from tests.kill_site import HOSTS, ROOT, Nursery, Running, Site, address, owner, serving, small_web
from tests.shell import narrative

KILLED = -signal.SIGKILL
PAGES = 40
SEED = int(os.environ.get("KILLS_SEED") or random.randrange(2**32))
CREATION = 80  # SQL statements in which a new ledger gets its tables


# --- what is in a ledger -----------------------------------------------------------------------------------


class Kept:
    """A ledger's file, read by SQLite alone."""

    def __init__(self, db: Path) -> None:
        self._db = db

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return all rows; none for what is not there yet."""
        if not self._db.exists():
            return []
        with closing(sqlite3.connect(self._db)) as connection:
            try:
                return connection.execute(sql).fetchall()
            except sqlite3.OperationalError as error:
                if "no such table" in str(error):
                    return []
                raise

    def settled(self) -> set[str]:
        """Return the paths that nobody need ask for again: pages with a result, feeds that were polled."""
        pages = self.rows("SELECT url FROM pages WHERE state <> 'pending' OR retry_at IS NOT NULL")
        under = self.rows("SELECT url FROM captures UNION SELECT final_url FROM captures")
        return {_path(url) for (url,) in [*pages, *under, *self.rows("SELECT url FROM feeds")]}

    def result(self) -> dict[str, object]:
        """Return what there is, but for times and for the order in which it came."""
        found: dict[str, object] = {name: Counter(self.rows(sql)) for name, sql in _RESULT.items()}
        for name, sql in _GROUPS.items():
            groups: dict[object, set[object]] = {}
            for group, member in self.rows(sql):
                groups.setdefault(group, set()).add(member)
            found[name] = {frozenset(members) for members in groups.values()}
        return found


_RESULT = {
    "links": "SELECT id, feed, entry, url, title, published FROM links",
    "polls": "SELECT feed, outcome, status, entries, note FROM polls",
    "fetches": "SELECT url, feed, outcome, status, note, attempts FROM fetches",
    "pages": "SELECT url, state, attempts, etag FROM pages",
    "captures": "SELECT id, url, final_url, content_type, outlet, size, body FROM captures",
    "results": """SELECT c.id, a.id, r.reason FROM results r JOIN captures c ON c.number = r.capture
                  LEFT JOIN articles a ON a.number = r.article""",
    "articles": """SELECT id, url, outlet, title, published, backfilled, language, stub, digest, text
                   FROM articles LEFT JOIN texts ON article = number""",
    "statements": """SELECT a.id, s.id, s.mode, s.content, s.speaker, s.firm, s.dup, v.key FROM statements s
                     JOIN readings r ON r.number = s.reading JOIN articles a ON a.number = r.article
                     LEFT JOIN voices v ON v.number = s.voice""",
    "views": """SELECT s.id, v.id, v.target, v.stance, v.bullish, v.bearish, v.neutral, v.abstained
                FROM views v JOIN statements s ON s.number = v.statement""",
    "figures": "SELECT id, span, text, value, unit FROM figures",
    "mentions": """SELECT a.id, span, kind, key FROM mentions JOIN readings r ON r.number = reading
                   JOIN articles a ON a.number = r.article""",
    "vintages": "SELECT id, model, targets FROM vintages",
    "voices": "SELECT key, kind, name FROM voices",
}
_GROUPS = {
    "stories": "SELECT story, id FROM articles",
    "echoes": "SELECT echo_group, id FROM statements",
}


def _path(url: str) -> str:
    return "/" + canonical_url(url).split("/", 3)[3]


def whole(kept: Kept, site: Site) -> None:
    """Assert what is true of a ledger at every moment."""
    assert kept.rows("PRAGMA integrity_check") in ([], [("ok",)])
    assert kept.rows("PRAGMA foreign_key_check") == []
    for url, final_url, size, body in kept.rows("SELECT url, final_url, size, body FROM captures"):
        sent = site.small.answers[_path(final_url)].content
        assert (zlib.decompress(body), size) == (sent, len(sent)), url
    captured = {_path(url) for (url,) in kept.rows("SELECT url FROM pages WHERE state = 'captured'")}
    assert captured <= {_path(url) for row in kept.rows("SELECT url, final_url FROM captures") for url in row}
    assert kept.rows("SELECT url FROM fetches WHERE (outcome = 'ok') <> (capture IS NOT NULL)") == []
    for table, key in _ONCE.items():
        assert kept.rows(f"SELECT {key} FROM {table} GROUP BY {key} HAVING count(*) > 1") == [], table
    noted = set(kept.rows("SELECT feed, url FROM links"))
    for (feed,) in kept.rows("SELECT url FROM feeds"):
        announced = site.small.feeds[_path(feed)]
        assert {(feed, address(link)) for link in announced} <= noted, feed
    half_read = "SELECT capture FROM results WHERE article NOT IN (SELECT article FROM readings)"
    assert kept.rows(half_read) == []


#: what there may be one row of, times and numbers apart
_ONCE = {
    "polls": "feed",
    "fetches": "url",
    "captures": "final_url",
    "results": "capture",
    "articles": "url",
    "readings": "article, vintage",
    "statements": "id",
    "views": "id",
}


# --- one life ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Moment:
    """When a crawl is killed: after seconds, at an SQL statement, or before, in or after an answer of the web."""

    kind: str
    number: float


NEVER = Moment("never", 0)


class Striker:
    """Kills a crawl at the n-th of a kind of moment that the web is at."""

    def __init__(self, moment: Moment) -> None:
        self._moment = moment
        self._met = 0
        self._lock = threading.Lock()
        self._there = threading.Event()
        self._running: Running | None = None

    def aim(self, running: Running) -> None:
        self._running = running
        self._there.set()

    def __call__(self, kind: str) -> None:
        with self._lock:
            self._met += kind == self._moment.kind
            now = kind == self._moment.kind and self._met == self._moment.number
        if now:
            self._there.wait()
            assert self._running
            self._running.kill()


@dataclass(frozen=True)
class Undisturbed:
    """What a crawl gives that nobody kills, and how much there is to it."""

    result: dict[str, object]
    seconds: float
    statements: int
    requests: int


class Lives:
    """Crawls of one site, one after another, each checked when it is over."""

    def __init__(self, nursery: Nursery, site: Site, folder: Path) -> None:
        self.nursery = nursery
        self.site = site
        self.folder = folder

    def undisturbed(self) -> Undisturbed:
        """Crawl twice, because the first process is slow: the second time says how long it takes."""
        first, second = self.folder / "first.db", self.folder / "second.db"
        for db in (first, second):
            before, begun = len(self.site.asked), time.perf_counter()
            code, told = self._crawl(db, NEVER)
            seconds = time.perf_counter() - begun
            assert code == 0, told
            whole(Kept(db), self.site)
        result = Kept(second).result()
        assert result == Kept(first).result()
        return Undisturbed(result, seconds, int(told.split()[-1]), len(self.site.asked) - before)

    def live(self, db: Path, moment: Moment) -> int:
        """Crawl once, killed at the moment if it comes to it; check the ledger and return the exit code."""
        kept, before = Kept(db), len(self.site.asked)
        settled = kept.settled()
        code, told = self._crawl(db, moment)
        assert code in (0, KILLED), told
        asked = self.site.asked[before:]
        whole(kept, self.site)
        assert not settled & set(asked), "asked again for what was kept"
        self.asked_once(asked, kept.settled())
        return code

    def _crawl(self, db: Path, moment: Moment) -> tuple[int, str]:
        job = self.site.job(db, int(moment.number) if moment.kind == "statement" else 0)
        striker = Striker(moment)
        self.site.strike = striker
        running = self.nursery.start(job)
        striker.aim(running)
        timer = threading.Timer(moment.number, running.kill)
        if moment.kind == "time":
            timer.start()
        code = self.nursery.end(running)
        timer.cancel()
        return code, running.log.read_text(encoding="utf-8")

    def asked_once(self, asked: list[str], settled: set[str]) -> None:
        """Assert that a crawl asked once for each thing, and that its end lost one answer a host at most."""
        counts = Counter(asked)
        counts["/wire/story-0"] -= counts["/wire/moved"]  # where that leads
        assert max(counts.values(), default=0) <= 1, counts
        lost = Counter(owner(path) for path in +counts if path not in settled)
        assert max(lost.values(), default=0) <= 1, lost


def moment(draw: random.Random, given: Undisturbed) -> Moment:
    """Draw a moment. Most lie early in what there is to do, so that several fall into the making of one ledger."""
    kind = draw.choice(("time", "statement", "statement", "before", "in", "after"))
    if kind == "time":
        return Moment(kind, draw.uniform(0, given.seconds / 2))
    if kind == "statement":
        return Moment(kind, draw.randint(1, draw.choice((CREATION, given.statements // 4, given.statements))))
    return Moment(kind, draw.randint(1, given.requests // 3))


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    opened = Nursery(tmp_path_factory.mktemp("logs"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(small_web(PAGES), tmp_path_factory.mktemp("site")) as served:
        yield served


@pytest.fixture
def lives(nursery: Nursery, site: Site, tmp_path: Path) -> Lives:
    return Lives(nursery, site, tmp_path)


@pytest.fixture(scope="module")
def given(nursery: Nursery, site: Site, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return Lives(nursery, site, tmp_path_factory.mktemp("undisturbed")).undisturbed()


def survive(lives: Lives, given: Undisturbed, kills: int) -> None:
    """Crawl ledger after ledger, each killed at drawn moments until a crawl comes to its end."""
    print(f"KILLS_SEED={SEED}")
    draw, done, ledgers = random.Random(SEED), Counter[str](), 0
    while done.total() < kills:
        ledgers += 1
        db = lives.folder / f"{ledgers}.db"
        code = KILLED
        while code == KILLED:
            at = moment(draw, given) if done.total() < kills else NEVER
            print(f"ledger {ledgers}, kill {done.total() + 1}: {at}")
            code = lives.live(db, at)
            done.update([at.kind] * (code == KILLED))
        assert Kept(db).result() == given.result
        before = len(lives.site.asked)
        assert lives.live(db, NEVER) == 0
        assert lives.site.asked[before:] == []
        assert Kept(db).result() == given.result
    print(f"{done} in {ledgers} ledgers")


# --- kills ---------------------------------------------------------------------------------------------------


def test_the_site_gives_every_kind_of_row(given: Undisturbed) -> None:
    """What is compared below is not empty, and the trouble is the trouble that was meant."""
    result = given.result
    assert all(result.values())
    fetched = {_path(url): (outcome, status) for url, _, outcome, status, *_ in result["fetches"]}
    odd = {path: row for path, row in fetched.items() if row != ("ok", 200)}
    assert odd == {
        "/wire/missing": ("http_error", 404),
        "/wire/gone": ("gone", 410),
        "/wire/private/page": ("robots", None),
        "/daily/broken": ("http_error", 500),
    }
    assert len(fetched) - len(odd) == len(result["captures"]) == PAGES + 3
    assert [reason for _, _, reason in result["results"] if reason]
    assert max(map(len, result["stories"])) >= 3
    assert max(map(len, result["echoes"])) >= 3


def test_twenty_seven_kills_lose_nothing_and_repeat_nothing(lives: Lives, given: Undisturbed) -> None:
    survive(lives, given, 27)


@pytest.mark.slow
def test_two_hundred_kills_lose_nothing_and_repeat_nothing(lives: Lives, given: Undisturbed) -> None:
    survive(lives, given, 200)


@pytest.mark.slow
def test_a_ledger_can_be_killed_at_every_statement_of_its_making(lives: Lives, given: Undisturbed) -> None:
    for statement in range(1, CREATION + 1):
        db = lives.folder / f"{statement}.db"
        assert lives.live(db, Moment("statement", statement)) == KILLED
        assert lives.live(db, Moment("before", 1)) == KILLED  # it was made, and the first feed is asked for
    assert lives.live(db, NEVER) == 0
    assert Kept(db).result() == given.result


def test_three_kills_of_the_whole_command_with_the_shipped_model(tmp_path: Path) -> None:
    def crawl(site: Site, db: Path, at: Moment) -> tuple[int, str]:
        kept, before = Kept(db), len(site.asked)
        settled = kept.settled()
        code, told = _whole_command(site, db, at)
        whole(kept, site)
        assert not settled & set(site.asked[before:])
        return code, told

    calm, killed = tmp_path / "calm.db", tmp_path / "killed.db"
    with serving(small_web(6), tmp_path) as site:
        code, told = crawl(site, calm, NEVER)
        assert code == 0, told
        statements = int(told.split()[-1])
        for at in (
            Moment("statement", statements // 8),
            Moment("in", 5),
            Moment("statement", statements // 3),
        ):
            assert crawl(site, killed, at)[0] == KILLED, at
        code, told = crawl(site, killed, NEVER)
        assert code == 0, told
    assert Kept(killed).result() == Kept(calm).result()


def _whole_command(site: Site, db: Path, at: Moment) -> tuple[int, str]:
    """Crawl in a process of its own, from its first import on."""
    site.strike = striker = Striker(at)
    job = site.job(db, int(at.number) if at.kind == "statement" else 0)
    code = "from tests.kill_site import main; main()"
    command = [sys.executable, "-c", code, json.dumps(asdict(job))]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        striker.aim(Running(process.pid, db))
        told, _ = process.communicate()
    return process.returncode, told


# --- two at once ---------------------------------------------------------------------------------------------


def test_two_polls_at_once_are_one(lives: Lives, given: Undisturbed) -> None:
    """Neither fails, from the making of the ledger on, and no page is asked for twice."""
    lives.site.strike = Striker(NEVER)
    for number in range(4):
        db, before = lives.folder / f"{number}.db", len(lives.site.asked)
        both = [lives.nursery.start(lives.site.job(db)) for _ in range(2)]
        codes = [lives.nursery.end(running) for running in both]
        told = [running.log.read_text(encoding="utf-8") for running in both]
        assert codes == [0, 0], told
        assert sum("another poll" in text for text in told) <= 1, told
        lives.asked_once(lives.site.asked[before:], Kept(db).settled())
        assert Kept(db).result() == given.result


def test_a_crawl_that_finds_another_at_work_says_so_in_a_line_and_does_nothing(lives: Lives) -> None:
    db, before = lives.folder / "busy.db", len(lives.site.asked)
    first, go_on = threading.Event(), threading.Event()

    def hold(moment: str) -> None:
        first.set()
        go_on.wait()

    lives.site.strike = hold
    running = lives.nursery.start(lives.site.job(db))
    try:
        assert first.wait(60)
        asked = ("--feeds", lives.site.feeds_file, "--db", db, "--contact", "me@example.org")
        more = {"crawl": ("crawl",), "watch": ("watch", "--rounds", "1", "--json")}
        for name, words in more.items():
            ran = narrative(*words, *asked, cwd=lives.folder)
            assert (ran.code, ran.out) == (0, ""), name
            assert re.fullmatch(
                rf"narrative: another poll into {db} is at work since \S+ \S+ UTC; this one was left out\n",
                ran.err,
            ), ran.err
        assert Kept(db).rows("SELECT * FROM polls") == []
        assert 0 < len(lives.site.asked) - before <= len(HOSTS)
        running.kill()
    finally:
        go_on.set()
        assert lives.nursery.end(running) == KILLED
    assert lives.live(db, NEVER) == 0  # the lock has ended with who held it
    assert Kept(db).rows("SELECT count(*) FROM captures") == [(PAGES + 3,)]


def test_the_lock_belongs_to_one_until_its_block_ends(tmp_path: Path) -> None:
    ledger, other_name = tmp_path / "a.db", tmp_path / "b.db"
    other_name.symlink_to(ledger)

    def take(path: Path) -> None:
        with alone(path):
            raise KeyError("the block was entered")

    with alone(ledger):
        for name in (ledger, other_name):
            with pytest.raises(InUseError, match="another poll"):
                take(name)
        with pytest.raises(KeyError):
            take(tmp_path / "c.db")
    for _ in range(2):  # the error of a block ends the lock too
        with pytest.raises(KeyError):
            take(other_name)


def test_of_several_that_come_together_one_has_the_lock(tmp_path: Path) -> None:
    def come(start: threading.Barrier, end: threading.Barrier, won: list[int]) -> None:
        start.wait()
        try:
            with alone(tmp_path / "a.db"):
                won.append(1)
                end.wait()
        except InUseError:
            end.wait()

    for _ in range(50):
        start, end, won = threading.Barrier(6), threading.Barrier(6), list[int]()
        threads = [threading.Thread(target=come, args=(start, end, won)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert won == [1]


@pytest.mark.parametrize(
    ("made", "line"),
    [
        pytest.param(None, "cannot be opened", id="no folder"),
        pytest.param(b"a text that somebody keeps under this name", "is not a SQLite database", id="a file"),
    ],
)
def test_a_lock_that_cannot_be_had_is_a_line(tmp_path: Path, made: bytes | None, line: str) -> None:
    ledger = tmp_path / "folder" / "a.db"
    if made is not None:
        ledger.parent.mkdir()
        (ledger.parent / "a.db-poll").write_bytes(made * 20)
    with pytest.raises(NarrativeError, match=line), alone(ledger):
        pass
