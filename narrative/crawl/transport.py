"""How requests reach a host: the real network behind an address check, or named hosts on loopback.

Every request gets its own connection. At a request each two seconds a kept connection would save little,
and a fresh one cannot be stale, cannot be shared between host names, and carries its own deadline.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import httpcore2
import httpx2

from narrative.crawl.addresses import is_allowed, is_public

Dial = Callable[[str, int], Sequence[tuple[str, int]]]
"""Turns host and port into the (IP address, port) pairs to try. Raises AddressRefused."""


class AddressRefused(httpx2.ConnectError):
    """The host lies where the crawler must not connect."""


class DialTransport(httpx2.BaseTransport):
    """HTTP/1.1 to the addresses that `dial` gives, `total` seconds at most for each request."""

    def __init__(self, dial: Dial, *, total: float = 60.0) -> None:
        self._dial = dial
        self._total = total

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request. Raises httpx2.TransportError, of which AddressRefused is one."""
        backend = _Backend(self._dial, time.monotonic() + self._total)
        context = self._tls if request.url.scheme == "https" else None
        pool = httpcore2.ConnectionPool(ssl_context=context, network_backend=backend, max_connections=1)
        try:
            with _translated():
                answer = pool.handle_request(_core_request(request))
        except BaseException:
            pool.close()
            raise
        return httpx2.Response(
            answer.status, headers=answer.headers, stream=_Body(answer, pool), extensions=answer.extensions
        )

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return httpx2.create_ssl_context(trust_env=False)


class GuardedTransport(DialTransport):
    """The network with an address check: names are resolved once, checked, and the checked address is dialed.

    A private, loopback, link-local or otherwise special address is refused unless `allow` names the host or
    host:port. Proxies of the environment are not used.
    """

    def __init__(self, allow: Collection[str] = (), *, total: float = 60.0) -> None:
        super().__init__(self._resolve, total=total)
        self._allow = tuple(allow)

    def _resolve(self, host: str, port: int) -> list[tuple[str, int]]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpx2.ConnectError(f"no address found for {host}: {error}") from error
        addresses = list(dict.fromkeys(str(row[4][0]) for row in found))
        refused = [ip for ip in addresses if not is_public(ip)]
        if refused and not is_allowed(host, port, self._allow):
            raise AddressRefused(f"{host} lies at {refused[0]}, which is not a public address")
        return [(ip, port) for ip in addresses]


class LoopbackTransport(DialTransport):
    """Plain HTTP to named hosts on loopback; every other host is refused. The Host header is kept."""

    def __init__(self, routes: Mapping[str, tuple[str, int]], *, total: float = 60.0) -> None:
        super().__init__(self._route, total=total)
        self._routes = {name.lower(): place for name, place in routes.items()}

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request. Raises AddressRefused for https and for hosts without a route."""
        if request.url.scheme != "http":
            raise AddressRefused(f"{request.url} is not plain http")
        return super().handle_request(request)

    def _route(self, host: str, _port: int) -> list[tuple[str, int]]:
        if host.lower() not in self._routes:
            raise AddressRefused(f"{host} is not one of the served hosts")
        return [self._routes[host.lower()]]


# --- between httpx2 and its core -------------------------------------------------------------------------


def _core_request(request: httpx2.Request) -> httpcore2.Request:
    url = request.url
    return httpcore2.Request(
        method=request.method,
        url=httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Turn the core's errors into those of the public interface."""
    try:
        yield
    except httpcore2.TimeoutException as error:
        raise httpx2.ReadTimeout(str(error)) from error
    except httpcore2.ProtocolError as error:
        raise httpx2.RemoteProtocolError(str(error)) from error
    except (httpcore2.NetworkError, ssl.SSLError, OSError) as error:
        raise httpx2.NetworkError(str(error)) from error


class _Body(httpx2.SyncByteStream):
    """The body as it comes, and the end of its connection."""

    def __init__(self, answer: httpcore2.Response, pool: httpcore2.ConnectionPool) -> None:
        self._answer = answer
        self._pool = pool

    def __iter__(self) -> Iterator[bytes]:
        with _translated():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        with _translated():
            self._answer.close()
            self._pool.close()


class _Backend(httpcore2.NetworkBackend):
    """Connects to the first dialed address that answers, before the deadline."""

    def __init__(self, dial: Dial, deadline: float) -> None:
        self._dial = dial
        self._deadline = deadline
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        failure: Exception = httpcore2.ConnectError(f"no address found for {host}")
        for ip, real_port in self._dial(host, port):
            try:
                left = _left(self._deadline, timeout)
                stream = self._plain.connect_tcp(ip, real_port, left, local_address, socket_options)
                return _Timed(stream, self._deadline)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure


class _Timed(httpcore2.NetworkStream):
    """A stream whose every wait ends at the deadline, so that a drip of bytes cannot hold it open."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = _left(self._deadline, timeout)
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float, timeout: float | None) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("the whole answer took too long")
    return left if timeout is None else min(left, timeout)
