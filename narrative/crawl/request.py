"""One request and its reply: headers out, status judged, body under its caps. Knows no politeness."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Literal

import httpx2

from narrative.crawl.body import CODINGS, DamagedError, TooLargeError, read_body
from narrative.crawl.rows import Outcome
from narrative.crawl.transport import AddressRefused

Expected = Literal["page", "feed", "robots"]

_ACCEPT: dict[Expected, str] = {
    "page": "text/html, application/xhtml+xml;q=0.9, text/plain;q=0.5",
    "feed": "application/rss+xml, application/atom+xml, application/rdf+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1",
    "robots": "text/plain, */*;q=0.1",
}
_PAGE_TYPES = ("text/", "application/xhtml+xml", "application/xml")
_FEED_TYPES = ("text/", "gzip", "octet-stream")  # and whatever has xml or json in its name
_MOVED = (301, 302, 303, 307, 308)
_BLOCKED = (401, 403, 451)


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes one answer may cost, and redirects followed."""

    connect: float = 10.0
    read: float = 20.0  # between two pieces of the answer
    total: float = 60.0  # from the first byte sent to the last received
    body: int = 10 * 1024 * 1024  # on the wire, and again after decompression
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Reply:
    """What one request came to. For a redirect `moved_to` is set, the outcome "ok" and the body empty."""

    outcome: Outcome
    note: str = ""
    status: int | None = None
    headers: httpx2.Headers = field(default_factory=httpx2.Headers)
    body: bytes = b""
    moved_to: str | None = None


def send(
    transport: httpx2.BaseTransport,
    url: httpx2.URL,
    headers: dict[str, str],
    expected: Expected,
    limits: Limits,
    cap: int,
) -> Reply:
    """Ask for `url` and return the reply; nothing the network does is raised.

    A robots.txt longer than `cap` is cut there, any other body that long is refused.
    """
    asked = {
        "Accept": _ACCEPT[expected],
        "Accept-Encoding": "gzip, deflate",
        "Connection": "close",
        **headers,
    }
    waits = {"connect": limits.connect, "read": limits.read, "write": limits.read, "pool": limits.connect}
    request = httpx2.Request("GET", url, headers=asked, extensions={"timeout": waits})
    deadline = time.monotonic() + limits.total
    try:
        response = transport.handle_request(request)
        try:
            return _judged(response, expected, cap, deadline)
        finally:
            response.close()
    except AddressRefused as error:
        return Reply("address", str(error))
    except httpx2.TimeoutException:
        return Reply("timeout", "no complete answer in time")
    except (httpx2.HTTPError, OSError) as error:
        return Reply("network", f"no usable answer: {_line(error)}")


def _judged(response: httpx2.Response, expected: Expected, cap: int, deadline: float) -> Reply:
    status, headers = response.status_code, response.headers
    if status in _MOVED and "location" in headers:
        return Reply("ok", "moved", status, headers, moved_to=headers["location"])
    if status not in (200, 203):
        return Reply(_failure(status), f"answered {status}", status, headers)
    problem = _unwanted(headers, expected)
    if problem:
        return Reply("wrong_type", problem, status, headers)
    return _with_body(response, cap, deadline, cut=expected == "robots")


def _with_body(response: httpx2.Response, cap: int, deadline: float, *, cut: bool) -> Reply:
    status, headers = response.status_code, response.headers
    stream = response.stream
    assert isinstance(stream, httpx2.SyncByteStream)  # noqa: S101 - a blocking transport gives nothing else

    def check() -> None:
        if time.monotonic() > deadline:
            raise httpx2.ReadTimeout("the whole answer took too long")

    try:
        body = read_body(stream, _coding(headers), cap, cut=cut, check=check)
    except TooLargeError:
        return Reply("too_large", f"the body is larger than {cap} bytes", status, headers)
    except DamagedError as error:
        return Reply("network", str(error), status, headers)
    return Reply("ok", "", status, headers, body)


def _failure(status: int) -> Outcome:
    if status in (429, 503):
        return "busy"
    if status in _BLOCKED:
        return "blocked"
    if status == 410:
        return "gone"
    return "not_modified" if status == 304 else "http_error"


def _unwanted(headers: httpx2.Headers, expected: Expected) -> str:
    """Return why the body is not worth reading, "" when it is."""
    if _coding(headers) not in CODINGS:
        return f"the body is encoded as {_line(headers['content-encoding'])}, which was not asked for"
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if not kind or expected == "robots":
        return ""
    if expected == "page":
        wanted = kind.startswith(_PAGE_TYPES)
    else:
        wanted = "xml" in kind or "json" in kind or any(name in kind for name in _FEED_TYPES)
    return "" if wanted else f"{_line(kind)} is not a {expected}"


def _coding(headers: httpx2.Headers) -> str:
    return headers.get("content-encoding", "").strip().lower()


def _line(words: object) -> str:
    """Return what a stranger sent as one short line."""
    return " ".join(str(words).split())[:200] or type(words).__name__
