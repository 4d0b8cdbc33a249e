"""A small real web server on loopback: a script of answers by path, and a log of what was asked."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OPEN = b"User-agent: *\nDisallow:\n"


@dataclass
class Asked:
    """One request as the server saw it."""

    path: str
    host: str
    headers: dict[str, str]
    at: object = None


@dataclass
class Web:
    """What a path answers: a sequence of scripted answers, of which the last stays."""

    clock: Callable[[], object] = lambda: None
    asked: list[Asked] = field(default_factory=list)
    port: int = 0
    _script: dict[str, list[Callable[[BaseHTTPRequestHandler], None]]] = field(default_factory=dict)

    def serve(self, path: str, *answers: Callable[[BaseHTTPRequestHandler], None]) -> None:
        self._script[path] = list(answers)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        return [row.path for row in self.asked]

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        host = handler.headers.get("Host", "")
        self.asked.append(Asked(handler.path, host, dict(handler.headers), self.clock()))
        script = self._script.get(handler.path)
        if script is None:
            script = [body(OPEN, "text/plain")] if handler.path == "/robots.txt" else [status(404)]
        (script.pop(0) if len(script) > 1 else script[0])(handler)


def body(
    content: bytes | str, kind: str = "text/html", **headers: str
) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer 200 with the content; a header's underscores become hyphens."""
    return status(200, content, Content_Type=kind, **headers)


def status(code: int, content: bytes | str = b"", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    data = content.encode() if isinstance(content, str) else content

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        sent = {"Content-Length": str(len(data)), **{k.replace("_", "-"): v for k, v in headers.items()}}
        for name, value in sent.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(data)

    return send


def conditional(
    content: bytes, kind: str = "text/html", **validators: str
) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer 304 when a validator comes back as it was sent, else 200 with the validators."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        back = {handler.headers.get("If-None-Match"), handler.headers.get("If-Modified-Since")}
        same = bool(back & set(validators.values()))
        (status(304, **validators) if same else body(content, kind, **validators))(handler)

    return send


def endless(handler: BaseHTTPRequestHandler) -> None:
    """Send a body that never ends."""
    _open_ended(handler)
    with contextlib.suppress(OSError):
        while True:
            handler.wfile.write(b"x" * 65536)


def drip(handler: BaseHTTPRequestHandler) -> None:
    """Send a byte every twentieth of a second, for four seconds."""
    _open_ended(handler)
    with contextlib.suppress(OSError):
        for _ in range(80):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)


def drip_headers(handler: BaseHTTPRequestHandler) -> None:
    """Send a status line and then header bytes one by one."""
    with contextlib.suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(80):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)


def reset(handler: BaseHTTPRequestHandler) -> None:
    """Break the connection with a reset in the middle of the body."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"half")
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def _open_ended(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Connection", "close")
    handler.end_headers()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay quiet: broken connections are what these tests make."""


@contextlib.contextmanager
def serving(clock: Callable[[], object] = lambda: None) -> Iterator[Web]:
    """Run the server for the length of a with block."""
    web = Web(clock)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            web.answer(self)
            self.close_connection = True

        def log_message(self, *words: object) -> None:
            """Stay quiet."""

    server = _Server(("127.0.0.1", 0), Handler)
    web.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
