"""Time as an argument: the wall clock for real work, a simulated one for the demo and the tests.

The crawler, the ledger and the demo's web site share one clock, so that a simulated day is the same
day for all of them and a per-host delay costs simulated seconds instead of real ones. Threads that work
on one clock hand things to one another through its channels, because a clock that is simulated must know
who waits before it may let time pass.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")


class Channel(Protocol[T]):
    """A queue between threads on one clock: what is put first is taken first."""

    def put(self, thing: T) -> None:
        """Hand `thing` over; never waits."""
        ...

    def take(self, seconds: float | None = None) -> T | None:
        """Wait for a thing at most `seconds` on the clock, for ever without; None when none came in time.

        With zero or less, return what is there now.
        """
        ...


class Clock(Protocol):
    """What the rest of the program knows of time."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass; nothing happens for zero or less."""
        ...

    def channel(self) -> Channel[T]:
        """Return a new channel between threads on this clock."""
        ...

    def take_part(self, threads: int = 1) -> None:
        """Say that so many more threads work on this clock from now on; a real clock does not care."""
        ...

    def leave(self, threads: int = 1) -> None:
        """Take a `take_part` back."""
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

    def channel(self) -> Channel[T]:
        """Return a new channel, whose waits are real ones."""
        return _RealChannel()

    def take_part(self, threads: int = 1) -> None:
        """Do nothing: real time passes for everybody."""

    def leave(self, threads: int = 1) -> None:
        """Do nothing."""


class SimulatedClock:
    """A clock that stands still until somebody sleeps on it or sets it forward. Safe across threads.

    A thread alone sleeps at no cost: the clock moves on by that much at once. Where several threads
    `take_part`, the clock waits until as many wait on it (in a sleep or at a channel) as take part. Then
    one channel, the first made of those that hold something, is emptied to who waits there; when none
    holds anything, time passes to the earliest end of a wait. A thread that works or waits for the network
    thus holds everybody's time, and a run goes the same way each time whatever the machine does.

    A thread that takes no part may sleep too while others do. It counts as waiting, in the place of the one
    that waits for it: so does a server that answers slowly while its client waits for the answer.
    """

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a simulated clock needs an aware start")
        self._now = start.astimezone(UTC)
        self._lock = threading.Lock()
        self._taking_part = 0
        self._waiting: list[_Wait] = []  # in the order they came
        self._channels = 0

    def now(self) -> datetime:
        """Return the simulated instant in UTC."""
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        """Return when the clock has moved on by `seconds`: at once where nobody takes part."""
        if seconds > 0:
            self._wait(seconds, None)

    def advance_to(self, instant: datetime) -> None:
        """Set the clock forward to `instant`; an instant in its past leaves it where it is."""
        with self._lock:
            self._now = max(self._now, instant.astimezone(UTC))
            self._go_on()

    def channel(self) -> Channel[T]:
        """Return a new channel, whose waits pass on this clock."""
        with self._lock:
            self._channels += 1
            return _SimulatedChannel(self, self._channels)

    def take_part(self, threads: int = 1) -> None:
        """Let time pass only when so many more threads wait. Said before they start, by who starts them."""
        with self._lock:
            self._taking_part += threads

    def leave(self, threads: int = 1) -> None:
        """Take a `take_part` back."""
        with self._lock:
            self._taking_part -= threads
            self._go_on()

    # --- between threads ---------------------------------------------------------------------------------

    def _wait(self, seconds: float | None, channel: _SimulatedChannel[Any] | None) -> Any:
        """Return what came from the channel, None when the time was up first."""
        with self._lock:
            until = None if seconds is None else self._now + timedelta(seconds=seconds)
            wait = _Wait(until, channel)
            self._waiting.append(wait)
            self._go_on()
        try:
            wait.over.wait()
        finally:  # also when a person interrupts
            with self._lock:
                if wait in self._waiting:
                    self._waiting.remove(wait)
        return wait.thing

    def _go_on(self) -> None:
        """Let things happen while everybody waits. The lock is held."""
        while len(self._waiting) >= self._taking_part:
            over = self._served() or self._timed_out()
            if not over:
                return
            for wait in over:
                self._waiting.remove(wait)
                wait.over.set()

    def _served(self) -> list[_Wait]:
        """Hand out what one channel holds; return the waits that ends."""
        holding = [wait.channel for wait in self._waiting if wait.channel and wait.channel.things]
        if not holding:
            return []
        channel = min(holding, key=lambda one: one.number)
        served = [wait for wait in self._waiting if wait.channel is channel][: len(channel.things)]
        for wait in served:
            wait.thing = channel.things.popleft()
        return served

    def _timed_out(self) -> list[_Wait]:
        """Let time pass to the earliest end of a wait; return the waits that ends."""
        ends = [wait.until for wait in self._waiting if wait.until is not None]
        if not ends:
            return []
        self._now = max(self._now, min(ends))
        return [wait for wait in self._waiting if wait.until is not None and wait.until <= self._now]


class _Wait:
    """One thread that waits on a simulated clock."""

    def __init__(self, until: datetime | None, channel: _SimulatedChannel[Any] | None) -> None:
        self.until = until
        self.channel = channel
        self.thing: Any = None
        self.over = threading.Event()


class _SimulatedChannel(Generic[T]):
    def __init__(self, clock: SimulatedClock, number: int) -> None:
        self.number = number
        self.things: deque[T] = deque()
        self._clock = clock

    def put(self, thing: T) -> None:
        with self._clock._lock:  # the channel is a part of its clock
            self.things.append(thing)
            self._clock._go_on()

    def take(self, seconds: float | None = None) -> T | None:
        if seconds is None or seconds > 0:
            taken: T | None = self._clock._wait(seconds, self)
            return taken
        with self._clock._lock:
            return self.things.popleft() if self.things else None


class _RealChannel(Generic[T]):
    def __init__(self) -> None:
        self._queue: SimpleQueue[T] = SimpleQueue()

    def put(self, thing: T) -> None:
        self._queue.put(thing)

    def take(self, seconds: float | None = None) -> T | None:
        try:
            return self._queue.get(timeout=None if seconds is None else max(0.0, seconds))
        except Empty:
            return None
