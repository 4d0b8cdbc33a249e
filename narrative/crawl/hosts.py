"""Politeness towards hosts: one request in flight, a gap between two, and room to recover after errors."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from narrative.clock import Channel, Clock

LONGEST_DELAY = 120.0  # seconds; a longer Crawl-delay is cut to this
LONGEST_WAIT = 60.0  # a gap above this is not slept through: the host is parked instead
_FIRST_PARK = 60.0  # for 429 and 503 without Retry-After, doubled each time
_LONGEST_BACKOFF = 3600.0
_LONGEST_RETRY_AFTER = 24 * 3600.0


@dataclass(slots=True)
class _Host:
    delay: float
    turns: Channel[bool]  # holds one thing: whoever has taken it may ask
    last: datetime | None = None  # end of the latest request
    strikes: int = 0  # failures in a row
    parked_until: datetime | None = None


class Hosts:
    """The state of every host met. Times pass on the clock; safe across threads."""

    def __init__(self, clock: Clock, delay: float) -> None:
        self._clock = clock
        self._delay = delay
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()

    def parked(self, name: str) -> float:
        """Return the seconds for which the host must not be asked, 0 when it may be."""
        until = self._host(name).parked_until
        return max(0.0, (until - self._clock.now()).total_seconds()) if until else 0.0

    def wait(self, name: str) -> float:
        """Return the seconds until the host may be asked: what is left of its gap, or of its pause if longer.

        A request in flight is not counted: its end is not known.
        """
        return max(self._gap_left(self._host(name)), self.parked(name))

    @contextlib.contextmanager
    def turn(self, name: str) -> Iterator[None]:
        """Wait until the host is free and its gap has passed, hold it for one request, start the next gap."""
        host = self._host(name)
        host.turns.take()
        try:
            self._clock.sleep(self._gap_left(host))
            try:
                yield
            finally:
                host.last = self._clock.now()
        finally:
            host.turns.put(True)

    def ask_for_delay(self, name: str, seconds: float | None) -> None:
        """Take the host's own Crawl-delay: the longer of ours and theirs counts, theirs up to 120 seconds."""
        self._host(name).delay = max(self._delay, min(seconds or 0.0, LONGEST_DELAY))

    def succeeded(self, name: str) -> None:
        """Forget earlier failures: the host answers."""
        self._host(name).strikes = 0

    def failed(self, name: str) -> None:
        """Double the gap after a server error or silence; park the host when the gap passes a minute."""
        host = self._host(name)
        host.strikes += 1
        gap = self._gap(host)
        if gap > LONGEST_WAIT:
            self._park(host, min(gap, _LONGEST_BACKOFF))

    def busy(self, name: str, retry_after: float | None) -> float:
        """Park the host for what it asks, at most a day, else for a doubling time. Returns the seconds."""
        host = self._host(name)
        host.strikes += 1
        doubling = min(
            _FIRST_PARK * 2.0 ** (host.strikes - 1) * _spread(name, host.strikes), _LONGEST_BACKOFF
        )
        seconds = doubling if retry_after is None else min(retry_after, _LONGEST_RETRY_AFTER)
        self._park(host, seconds)
        return seconds

    def _host(self, name: str) -> _Host:
        with self._lock:
            host = self._hosts.get(name)
            if host is None:
                host = self._hosts[name] = _Host(self._delay, self._clock.channel())
                host.turns.put(True)
            return host

    def _gap(self, host: _Host) -> float:
        return max(host.delay, 1.0) * 2.0 ** min(host.strikes, 16) if host.strikes else host.delay

    def _gap_left(self, host: _Host) -> float:
        """Return the seconds left of the gap; never more than the gap, should the clock be set back."""
        if host.last is None:
            return 0.0
        gap = min(self._gap(host), LONGEST_DELAY)
        passed = (self._clock.now() - host.last).total_seconds()
        return min(max(0.0, gap - passed), gap)

    def _park(self, host: _Host, seconds: float) -> None:
        until = self._clock.now() + timedelta(seconds=seconds)
        host.parked_until = max(until, host.parked_until or until)


def _spread(name: str, strikes: int) -> float:
    """Return a factor in [1, 1.25): jitter that differs by host and try, and is the same in every run."""
    digest = hashlib.blake2b(f"{name} {strikes}".encode(), digest_size=2).digest()
    return 1.0 + int.from_bytes(digest, "big") / 65536 / 4
