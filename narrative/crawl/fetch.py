"""Fetches pages and feeds politely: robots asked, turns awaited, redirects followed, every refusal a row.

With `request` and `transport` the only door to httpx2.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self

import httpx2

from narrative.clock import Clock
from narrative.crawl.hosts import Hosts
from narrative.crawl.optouts import Permission, permission
from narrative.crawl.request import Expected, Limits, Reply, send
from narrative.crawl.robots import SIZE, Robots, Rules
from narrative.crawl.rows import Fetch, Outcome
from narrative.crawl.transport import GuardedTransport
from narrative.errors import UsageError

__all__ = ["Fetch", "Fetcher", "Limits"]

_AGENT = re.compile(r"([A-Za-z][A-Za-z0-9_-]*)(?:[/ ][\x20-\x7e]*)?")


class Fetcher:
    """Asks for addresses, one request in flight a host, `delay` seconds or more between two on the clock.

    Without a transport it uses the network behind the address check, with `allow` (host or host:port) as
    the only exceptions. A transport given stays the caller's to close. Safe across threads.
    """

    def __init__(
        self,
        transport: httpx2.BaseTransport | None,
        clock: Clock,
        *,
        user_agent: str,
        delay: float = 2.0,
        allow: tuple[str, ...] = (),
        limits: Limits | None = None,
    ) -> None:
        """Raise UsageError for a user agent that is not a product name with optional ASCII text after it."""
        token = _AGENT.fullmatch(user_agent)
        if token is None:
            raise UsageError(
                f"the user agent {user_agent!r} must look like: narrative/0.1 (+mailto:you@example.org)"
            )
        self._agent, self._token = user_agent, token[1]
        self._limits = limits or Limits()
        self._owned = transport is None
        self._transport = transport or GuardedTransport(allow, total=self._limits.total)
        self._clock = clock
        self._hosts = Hosts(clock, delay)
        self._robots = Robots(clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._owned:
            self._transport.close()

    @property
    def hosts(self) -> Hosts:
        """The state of every host met: when one may be asked next."""
        return self._hosts

    def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        expected: Expected = "page",
    ) -> Fetch:
        """Return the answer for `url`; with validators the answer may be "not_modified".

        `expected` decides which content types are wanted. A page that its site reserves from reading by
        machines is "reserved": it is not asked for where robots.txt says so, else its body is dropped. A feed
        is asked for its links alone and has no such limit. Never raises for what the network does.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in conditions.items() if value and value.isascii()}
        target = _target(url)
        reply = Reply("address", "not an http or https address")
        for _ in range(self._limits.redirects + 1):
            if target is None:
                return self._fetch(url, url, Reply("address", "not an http or https address", reply.status))
            refused = self._refusal(url, target, expected)
            if refused is not None:
                return refused
            reply = self._request(target, headers, expected)
            if reply.moved_to is None:
                return self._answered(url, target, reply, expected, conditional=bool(headers))
            target = _target(reply.moved_to, target)
        note = f"more than {self._limits.redirects} redirects"
        return self._fetch(url, str(target), Reply("redirects", note, reply.status))

    # --- permission --------------------------------------------------------------------------------------

    def _refusal(self, url: str, target: httpx2.URL, expected: Expected) -> Fetch | None:
        """Return why `target` must not be asked for now, None when it may be."""
        rules = self._robots.known(_origin(target))
        if rules is None and not self._hosts.parked(target.host):
            learned = self._ask_robots(target)
            if isinstance(learned, Reply):
                return self._fetch(url, str(target), learned)
            rules = learned
            self._hosts.ask_for_delay(target.host, rules.delay(self._token))
        if rules is not None and rules.closed:
            left = (rules.until - self._clock.now()).total_seconds()
            return self._fetch(url, str(target), Reply("robots", rules.closed), retry_after=left)
        if rules is not None and not rules.allows(str(target), self._token):
            return self._fetch(url, str(target), Reply("robots", "robots.txt forbids it"))
        if rules is not None and expected == "page":
            stated = permission(str(target), self._token, robots=rules.text)
            if not stated.read:
                return self._fetch(url, str(target), Reply("reserved", stated.note), stated=stated)
        return self._parked(url, target)

    def _stated(self, target: httpx2.URL, reply: Reply) -> Permission:
        """Return what the site states about a page that it has answered with."""
        return permission(
            str(target),
            self._token,
            robots=self._robots.text(_origin(target)),
            headers=reply.headers.multi_items(),
            page=reply.body,
        )

    def _parked(self, url: str, target: httpx2.URL) -> Fetch | None:
        left = self._hosts.parked(target.host)
        if not left:
            return None
        note = f"{target.host} asked for a pause or failed often; not asked for another {left:.0f} s"
        return self._fetch(url, str(target), Reply("busy", note), retry_after=left)

    def _ask_robots(self, target: httpx2.URL) -> Rules | Reply:
        """Return the rules of the target's origin, or the reply that refused its address."""
        origin = _origin(target)
        place: httpx2.URL | None = target.copy_with(raw_path=b"/robots.txt", fragment=None)
        for _ in range(self._limits.redirects + 1):
            if place is None:
                break
            if self._hosts.parked(place.host):
                return self._robots.unreachable(origin, f"robots.txt lies at {place.host}, which is parked")
            reply = self._request(place, {}, "robots")
            if reply.outcome == "address":
                return reply
            if reply.moved_to is None:
                return self._learned(origin, reply)
            place = _target(reply.moved_to, place)
        return self._robots.absent(origin)

    def _learned(self, origin: str, reply: Reply) -> Rules:
        """RFC 9309: success is read, 4xx means no rules, anything else closes the site; so does 429."""
        if reply.outcome == "ok":
            return self._robots.had(origin, reply.body)
        if reply.status is not None and 400 <= reply.status < 500 and reply.status != 429:
            return self._robots.absent(origin)
        return self._robots.unreachable(
            origin, f"robots.txt could not be had ({reply.note}); closed until it can"
        )

    # --- requests ----------------------------------------------------------------------------------------

    def _request(self, target: httpx2.URL, headers: dict[str, str], expected: Expected) -> Reply:
        cap = SIZE if expected == "robots" else self._limits.body
        sent = {"User-Agent": self._agent, **headers}
        with self._hosts.turn(target.host):
            reply = send(self._transport, target, sent, expected, self._limits, cap)
        self._judge_host(target.host, reply)
        return reply

    def _judge_host(self, host: str, reply: Reply) -> None:
        """Remember how the host took it."""
        if reply.outcome == "busy":
            self._hosts.busy(host, _retry_after(reply.headers.get("retry-after"), self._clock.now()))
        elif reply.outcome in ("timeout", "network") or (reply.status or 0) >= 500:
            self._hosts.failed(host)
        elif reply.outcome != "address":
            self._hosts.succeeded(host)

    def _answered(
        self, url: str, target: httpx2.URL, reply: Reply, expected: Expected, *, conditional: bool
    ) -> Fetch:
        if reply.outcome == "not_modified" and not conditional:
            reply = Reply("http_error", "answered 304 to a request without validators", reply.status)
        left = self._hosts.parked(target.host) or None
        stated = Permission()
        if expected == "page" and reply.outcome in ("ok", "not_modified"):
            stated = self._stated(target, reply)
            if not stated.read:
                reply, left = Reply("reserved", stated.note, reply.status), None
        return self._fetch(url, str(target), reply, retry_after=left, stated=stated)

    def _fetch(
        self,
        url: str,
        final_url: str,
        reply: Reply,
        *,
        retry_after: float | None = None,
        stated: Permission | None = None,
    ) -> Fetch:
        outcome: Outcome = reply.outcome
        headers = reply.headers
        return Fetch(
            url,
            final_url,
            self._clock.now(),
            outcome,
            reply.status,
            headers.get("etag"),
            headers.get("last-modified"),
            headers.get("content-type", ""),
            retry_after,
            reply.body,
            reply.note,
            stated or Permission(),
        )


def _target(address: str, base: httpx2.URL | None = None) -> httpx2.URL | None:
    """Return an http(s) address without user and fragment, None when it is none."""
    try:
        url = base.join(address) if base is not None else httpx2.URL(address.strip())
        if url.scheme not in ("http", "https") or not url.host or not 0 < (url.port or 80) < 65536:
            return None
        return url.copy_with(userinfo=b"", fragment=None)
    except (httpx2.InvalidURL, ValueError, TypeError):
        return None


def _origin(url: httpx2.URL) -> str:
    return f"{url.scheme}://{url.host}:{url.port or (443 if url.scheme == 'https' else 80)}"


def _retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds a Retry-After header asks for (a number or a date), None when it says nothing."""
    if not value:
        return None
    if value.strip().isdecimal():
        return float(value.strip()[:9])
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
