"""Time as an argument: the wall clock for real work, a simulated one for the demo and the tests.

The crawler, the ledger and the demo's web site share one clock, so that a simulated day is the same
day for all of them and a per-host delay costs simulated seconds instead of real ones.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the rest of the program knows of time."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass; nothing happens for zero or less."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present instant in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Block for `seconds`."""
        if seconds > 0:
            time.sleep(seconds)


class SimulatedClock:
    """A clock that stands still until somebody sleeps on it or sets it forward. Safe across threads."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a simulated clock needs an aware start")
        self._now = start.astimezone(UTC)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the simulated instant in UTC."""
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        """Advance the clock by `seconds` and return at once."""
        if seconds > 0:
            with self._lock:
                self._now += timedelta(seconds=seconds)

    def advance_to(self, instant: datetime) -> None:
        """Set the clock forward to `instant`; an instant in its past leaves it where it is."""
        with self._lock:
            self._now = max(self._now, instant.astimezone(UTC))
