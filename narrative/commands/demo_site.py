"""The demo's web: invented outlets, served on loopback by their host names, as they stand at the clock's now.

A page can be asked for from the moment it is published and not before; feeds list what is out. Pages and
feeds carry validators and answer 304. What goes wrong on the real web goes wrong here too, where `site.toml`
says so.
"""

from __future__ import annotations

import hashlib
import socketserver
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

from narrative.clock import Clock
from narrative.commands.demo_feeds import CONTENT_TYPES, render_feed
from narrative.commands.demo_map import FeedPlan, Page, load_site
from narrative.errors import NarrativeError
from narrative.terms import Feed

AGO = b"<!--ago-->"  # stands in a page for its age in words: "11 hours ago"

_HTML = "text/html; charset=utf-8"
_AGES = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


@dataclass(frozen=True, slots=True)
class Request:
    """One request the site has answered. `path` is as asked for, query included."""

    host: str
    path: str
    status: int
    at: datetime


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes = b""
    content_type: str = _HTML
    etag: str | None = None
    modified: datetime | None = None


class DemoSite:
    """Serves a site folder while it is entered; every request is answered by its Host header.

    The clock is asked at each request: setting it forward publishes. Raises NarrativeError for a broken
    `site.toml`.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._map = load_site(folder)
        self._clock = clock
        self._log: list[Request] = []
        self._asked: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        if self._server is not None:
            raise RuntimeError("the demo site is already being served")
        self._server = _Server(self._respond, self._clock)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._server = self._thread = None

    @property
    def routes(self) -> dict[str, tuple[str, int]]:
        """Host name -> loopback address and port. Raises NarrativeError outside the `with` block."""
        if self._server is None:
            raise NarrativeError("the demo site is not being served; enter it first")
        return dict.fromkeys(self._map.hosts, ("127.0.0.1", self._server.server_port))

    @property
    def feeds(self) -> tuple[Feed, ...]:
        """What a crawler subscribes to."""
        return tuple(
            Feed(
                url=f"http://{plan.host}{plan.path}",
                outlet=self._map.hosts[plan.host].outlet,
                kind=plan.kind,
                interval_minutes=plan.interval_minutes,
                use="invented, part of the demo",
            )
            for plan in self._map.feeds
        )

    @property
    def requests(self) -> tuple[Request, ...]:
        """All requests so far, oldest first."""
        with self._lock:
            return tuple(self._log)

    def _respond(self, query: _Query) -> _Answer:
        """Find the answer to one request, reduced to 304 if the client has it, and log it."""
        now = self._clock.now()
        answer = self._find(query, now)
        if answer.status == 200 and query.has(answer):
            answer = _Answer(304, b"", answer.content_type, answer.etag, answer.modified)
        with self._lock:
            self._log.append(Request(query.host, query.path, answer.status, now))
        return answer

    def _find(self, query: _Query, now: datetime) -> _Answer:
        host = self._map.hosts.get(query.host)
        path = query.path.partition("?")[0]
        if host is None:
            return _failure(421)
        if path == "/robots.txt":
            return _failure(404) if host.robots is None else _robots(host.robots)
        for plan in self._map.feeds:
            if (plan.host, plan.path) == (host.name, path):
                return self._feed(plan, now)
        page = self._map.pages.get((host.name, path))
        if page is None or not page.is_out(now):
            return _failure(404)
        return self._page(page, now)

    def _feed(self, plan: FeedPlan, now: datetime) -> _Answer:
        pages = self._map.listed(plan, now)
        body = render_feed(plan, self._map.hosts[plan.host], pages, now)
        modified = max((page.modified(now) for page in pages), default=None)
        return _Answer(200, body, CONTENT_TYPES[plan.kind], f'"{_digest(body)}"', modified)

    def _page(self, page: Page, now: datetime) -> _Answer:
        with self._lock:
            self._asked[page.host, page.path] += 1
            first = self._asked[page.host, page.path] == 1
        if page.status is not None:
            return _failure(page.status)
        if page.status_first is not None and first:
            return _failure(page.status_first)
        body = page.body_at(now)
        etag = f'"{_digest(body)}"'
        if (
            AGO in body
        ):  # the words change by the hour and the article does not: a weak validator says just that
            etag, body = f"W/{etag}", body.replace(AGO, _age(now - page.published).encode())
        return _Answer(200, body, _HTML, etag, page.modified(now))


@dataclass(frozen=True, slots=True)
class _Query:
    """What the answer to one request depends on."""

    host: str
    path: str
    etags: str | None = None
    since: str | None = None

    def has(self, answer: _Answer) -> bool:
        """Whether the client's copy is current; its date counts only without an ETag (RFC 9110, 13.2.2)."""
        if self.etags is not None:
            known = {tag.strip().removeprefix("W/") for tag in self.etags.split(",")}
            return "*" in known or (answer.etag or "").removeprefix("W/") in known
        if self.since is None or answer.modified is None:
            return False
        try:
            since = parsedate_to_datetime(self.since)
        except ValueError:
            return False
        return answer.modified.replace(microsecond=0) <= since.replace(tzinfo=since.tzinfo or UTC)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for the answers under way, so nothing is left open
    request_queue_size = 64

    def __init__(self, respond: Callable[[_Query], _Answer], clock: Clock) -> None:
        self.respond = respond
        self.clock = clock
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        """Bind without the parent's reverse lookup of the host name, which can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """Let a client hang up unmourned; anything else is a defect and is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 5  # seconds a silent client may hold its thread

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        host = self.headers.get("Host", "").partition(":")[0].lower()
        query = _Query(
            host, self.path, self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since")
        )
        answer = self.server.respond(query)
        self.send_response(answer.status)
        if answer.etag:
            self.send_header("ETag", answer.etag)
        if answer.modified:
            self.send_header("Last-Modified", format_datetime(answer.modified.astimezone(UTC), usegmt=True))
        if answer.status != 304:
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if with_body:
            self.wfile.write(answer.body)

    def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002  (the parent's signature)
        """Return the Date header, from the simulated clock."""
        return format_datetime(self.server.clock.now(), usegmt=True)

    def version_string(self) -> str:
        """Return the Server header."""
        return "narrative-demo"

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing: the site keeps its own log."""


def _failure(status: int) -> _Answer:
    text = f"<!doctype html><title>{status}</title><h1>{status}</h1><p>There is nothing to read here.</p>"
    return _Answer(status, text.encode())


def _robots(text: str) -> _Answer:
    return _Answer(200, text.encode(), "text/plain; charset=utf-8")


def _digest(body: bytes) -> str:
    return hashlib.blake2b(body, digest_size=8).hexdigest()


def _age(age: timedelta) -> str:
    """Return an age as news sites print it: whole units, rounded down."""
    for seconds, unit in _AGES:
        count = int(age.total_seconds() // seconds)
        if count:
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"
