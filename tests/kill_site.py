"""A small web to be crawled by processes that are killed, the crawl such a process does, and a nursery of them.

    a test --start--> nursery --fork--> a crawl: polling() into a ledger, killed by the test or by itself
    a test <--------- its web server <--- requests

The crawl is what `narrative crawl` does, on the real clock and without pauses between requests. In the nursery a
scripted model reads; `python -c "from tests.kill_site import main; main()" JOB` is a process of its own in which
the shipped one does.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from tempfile import TemporaryDirectory

from narrative.errors import NarrativeError
from tests import web

ROOT = Path(__file__).resolve().parents[1]
FEEDS = ("/wire/feed.xml", "/daily/feed.xml", "/mill/a.xml", "/mill/b.xml")
HOSTS = ("wire.example", "daily.example", "mill.example")

# --- the web ---------------------------------------------------------------------------------------------

_QUOTES = (
    "We expect small caps to lead the market through the {}",
    "We are bullish on small caps and would buy them in the {}",
    "Small caps are a trap that will be sprung before the {}",
    "We sold our mega-cap tech shares and see no reason to buy them back until the {}",
)
_WHEN = ("summer", "winter", "spring", "election", "holidays", "quarter", "harvest", "thaw")
_PROSE = """
trading orders desks volume afternoon session sectors index figures market report investors shares morning closing
bonds yields prices buyers sellers brokers quiet busy higher lower steady early late narrow broad heavy light thin firm
weak strong gains losses drift rally pause turn week month year
"""
_WORDS = tuple(_PROSE.split())
_PEOPLE = ("Ann Lee", "Tom Ode", "Mia Roe", "Bo Ash", "Ida Kerr", "Sam Holt", "Eva Lund", "Max Stern")
EMPTY = b"<html><body></body></html>"
_FIRMS = ("Harbor Lane Capital", "Kestrel Research", "Larkmoor Securities", "Sallowfield Investment Partners")


def article(number: int, said: str = "") -> bytes:
    """Return a page that follows from its number; what is said in it may be said by voices of other pages."""
    draw = random.Random(number)
    parts = [" ".join(draw.choices(_WORDS, k=18)).capitalize() + "." for _ in range(4)]
    parts.append(f"The Russell 2000 rose {draw.randrange(1, 90) / 10}% in January.")
    said = said or draw.choice(_QUOTES).format(draw.choice(_WHEN))
    who = f"{draw.choice(_PEOPLE)}, chief strategist at {draw.choice(_FIRMS)}"
    parts.insert(1, f"“{said},” said {who}.")
    title = f"{draw.choice(_WORDS).capitalize()} {draw.choice(_WORDS)}, part {number}"
    return _page(title, "".join(f"<p>{part}</p>" for part in parts))


def _page(title: str, text: str) -> bytes:
    dated = '<meta property="article:published_time" content="2026-01-05T12:00:00Z">'
    body = f"<article><h1>{title}</h1>{text}</article>"
    return f"<html><head><title>{title}</title>{dated}</head><body>{body}</body></html>".encode()


@dataclass(frozen=True)
class Answer:
    """What a path answers."""

    content: bytes = b""
    status: int = 200
    kind: str = "text/html"
    location: str = ""


@dataclass
class Small:
    """What the hosts serve. A path begins with its host's name, so that it says whose it is."""

    answers: dict[str, Answer] = field(default_factory=dict)
    feeds: dict[str, list[str]] = field(default_factory=dict)  # feed -> the links in it, as they stand there


def small_web(pages: int) -> Small:
    """Return four feeds on three hosts with so many articles, and with one of each kind of trouble."""
    made = Small(feeds={feed: [] for feed in FEEDS})
    for number in range(pages):
        feed = FEEDS[number % len(FEEDS)]
        path = f"/{owner(feed)}/story-{number}"
        made.answers[path] = Answer(article(number))
        made.feeds[feed].append(path)
    special = {
        "/wire/moved": Answer(status=301, location="/wire/story-0"),
        "/wire/missing": Answer(status=404),
        "/wire/gone": Answer(status=410),
        "/wire/empty": Answer(EMPTY),
        "/wire/copy": Answer(article(1)),  # one story by several outlets
        "/daily/copy": Answer(article(1)),
        "/daily/broken": Answer(status=500),  # at the end, because the host rests after it
    }
    made.answers |= special
    made.feeds[FEEDS[1]] += [path for path in special if owner(path) == "daily"]
    made.feeds[FEEDS[0]][:0] = [path for path in special if owner(path) == "wire"]
    made.feeds[FEEDS[0]][1:1] = ["/wire/private/page", "/wire/story-0?utm_source=rss"]
    for feed, links in made.feeds.items():
        items = "".join(f"<item><title>{link}</title><link>{link}</link></item>" for link in links)
        text = f'<rss version="2.0"><channel><title>{feed}</title>{items}</channel></rss>'
        made.answers[feed] = Answer(text.encode(), kind="application/rss+xml")
    return made


def owner(path: str) -> str:
    """Return whose a path is: the first part of its host's name."""
    return path.split("/")[1]


def address(path: str) -> str:
    """Return the whole address of a path."""
    return f"http://{owner(path)}.example{path}"


Strike = Callable[[str], None]


class Site:
    """The small web as it is served. `strike` is called "before", "in" and "after" every answer but robots.txt."""

    def __init__(self, small: Small, running: web.Web, feeds_file: Path) -> None:
        self.small = small
        self.feeds_file = feeds_file
        self.strike: Strike = lambda _moment: None
        self._web = running
        running.serve("/robots.txt", web.body("User-agent: *\nDisallow: /wire/private/", "text/plain"))
        for path, answer in small.answers.items():
            running.serve(path, partial(self._send, answer))

    @property
    def asked(self) -> list[str]:
        """The paths asked for so far, without robots.txt and queries."""
        return [path.partition("?")[0] for path in self._web.paths() if path != "/robots.txt"]

    def job(self, db: Path, statement: int = 0) -> Job:
        """A crawl of this site."""
        return Job(str(db), str(self.feeds_file), self._web.port, statement)

    def _send(self, answer: Answer, handler: BaseHTTPRequestHandler) -> None:
        self.strike("before")
        handler.send_response(answer.status)
        handler.send_header("Content-Type", answer.kind)
        handler.send_header("Content-Length", str(len(answer.content)))
        if answer.location:
            handler.send_header("Location", answer.location)
        handler.end_headers()
        half = len(answer.content) // 2
        handler.wfile.write(answer.content[:half])
        self.strike("in")
        handler.wfile.write(answer.content[half:])
        self.strike("after")


@contextmanager
def serving(small: Small, folder: Path) -> Iterator[Site]:
    """Serve for the length of a with block; the list of feeds is written to the folder."""
    rows = [
        f'[[feed]]\nurl = "{address(feed)}"\noutlet = "{owner(feed)}"\nkind = "rss"\ninterval_minutes = 10000\n'
        'use = "invented"\nchecked = "never"\n'
        for feed in small.feeds
    ]
    feeds_file = folder / "feeds.toml"
    feeds_file.write_text("\n".join(rows), encoding="utf-8")
    with web.serving() as running:
        yield Site(small, running, feeds_file)


# --- one crawl, in a process that may be killed ------------------------------------------------------------


@dataclass(frozen=True)
class Job:
    """What a process is to do; it kills itself before its `statement`th SQL statement, with 0 it does not."""

    db: str
    feeds_file: str
    port: int
    statement: int = 0


def crawl(job: Job, *, scripted: bool) -> int:
    """Poll once as `narrative crawl` does, print what it gave, and return the exit code."""
    from narrative.clock import SystemClock
    from narrative.commands.polling import polling, tell
    from narrative.crawl.transport import LoopbackTransport
    from tests.scripted_model import Scripted

    count = _count_statements(job.statement)
    code = 0
    way = LoopbackTransport(dict.fromkeys(HOSTS, ("127.0.0.1", job.port)))
    model = Scripted() if scripted else None
    try:
        with polling(
            Path(job.feeds_file), 0.0, "a@b.example", Path(job.db), model=model, transport=way
        ) as poll:
            polled, read = poll()
        tell(polled, read, SystemClock().now(), as_json=True)
    except NarrativeError as error:
        print(f"narrative: {error}")
        code = error.exit_code
    print("statements", count())
    return code


def _count_statements(last: int) -> Callable[[], int]:
    """Count the SQL statements of all connections from now on; kill this process before the `last`."""
    done = 0

    def begun(_sql: str) -> None:
        nonlocal done
        done += 1
        if done == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def heard(event: str, what: tuple[object, ...]) -> None:
        if event == "sqlite3.connect/handle" and isinstance(what[0], sqlite3.Connection):
            sys.setprofile(partial(watch, what[0]))  # its constructor is still at work

    def watch(connection: sqlite3.Connection, *_call: object) -> None:
        with suppress(sqlite3.ProgrammingError):
            connection.set_trace_callback(begun)
            sys.setprofile(None)

    sys.addaudithook(heard)
    return lambda: done


def main() -> None:
    """Do the job that the command line names, with the shipped model."""
    sys.exit(crawl(Job(**json.loads(sys.argv[1])), scripted=False))


# --- many such processes -----------------------------------------------------------------------------------


@dataclass
class Running:
    """A crawl in a process of its own. It may be killed at any time until it was waited for."""

    pid: int
    log: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: bool = False

    def kill(self) -> None:
        """Kill it with SIGKILL; nothing happens when it has ended and was waited for."""
        with self._lock:
            if not self._over:
                os.kill(self.pid, signal.SIGKILL)

    def over(self) -> None:
        """From now on nobody kills its number, which may soon be somebody else's."""
        with self._lock:
            self._over = True


class Nursery:
    """Starts crawls by forking a process that has imported everything: a crawl then costs its work alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started = 0
        code = "from tests.kill_site import nursery; nursery()"
        self._process = subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self, job: Job) -> Running:
        self._started += 1
        log = self._folder / f"crawl-{self._started}.log"
        return Running(int(self._say("start", str(log), json.dumps(asdict(job)))), log)

    def end(self, running: Running) -> int:
        """Wait for its end; return the exit code, -9 for one that was killed."""
        self._say("wait", str(running.pid))
        running.over()
        return int(self._say("reap", str(running.pid)))

    def close(self) -> None:
        self._process.communicate()

    def _say(self, *words: str) -> str:
        assert self._process.stdin
        assert self._process.stdout
        print("\t".join(words), file=self._process.stdin, flush=True)
        return self._process.stdout.readline().strip()


def nursery() -> None:
    """Fork, wait and tell as the lines of standard input say, one answer a line.

    A process that has ended stays a zombie until it is reaped, so that its number belongs to nobody else.
    """
    _warm()
    ends: dict[str, int] = {}  # process -> a pipe that closes with it
    for line in iter(sys.stdin.readline, ""):
        verb, *words = line.rstrip("\n").split("\t")
        if verb == "start":
            answer, closing = _forked(Path(words[0]), Job(**json.loads(words[1])))
            ends[answer] = closing
        elif verb == "wait":
            closing = ends.pop(words[0])
            os.read(closing, 1)
            os.close(closing)
            answer = "ended"
        else:
            answer = str(os.waitstatus_to_exitcode(os.waitpid(int(words[0]), 0)[1]))
        print(answer, flush=True)


def _forked(log: Path, job: Job) -> tuple[str, int]:
    closes, held = os.pipe()
    pid = os.fork()
    if pid:
        os.close(held)
        return str(pid), closes
    code = 70
    try:
        told = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(told, 1)
        os.dup2(told, 2)
        code = crawl(job, scripted=True)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _warm() -> None:
    """Load what a crawl loads, but the threads that ask a model: they would not live on in a fork."""
    from narrative import api, pipeline
    from narrative.clock import SystemClock
    from narrative.commands import polling, progress, summary
    from narrative.ledger import alone
    from narrative.targets import load_targets
    from narrative.terms import Capture
    from tests.scripted_model import Scripted

    assert all((polling, progress, summary, alone))
    for content in (EMPTY, article(1, "We like small caps")):
        page = Capture(
            "http://a.example/", "http://a.example/", SystemClock().now(), "text/html", content, "A"
        )
        with suppress(NarrativeError):
            pipeline.read_article(pipeline.article_of(page), Scripted(), load_targets())
    with TemporaryDirectory() as folder, api.open(Path(folder) / "any.db", create=True):
        pass
    assert threading.active_count() == 1
