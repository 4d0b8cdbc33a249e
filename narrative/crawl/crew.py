"""Many hosts at once: threads that only fetch, and the line in which the jobs of each host wait their turn.

The calling thread alone decides who is asked next and hears the answers, so whatever it keeps them in needs
no lock. A host has one job in flight and a thread has one answer in hand, so memory holds as many bodies as
there are threads, however many jobs wait.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar
from urllib.parse import urlsplit

from narrative.clock import Channel, Clock
from narrative.crawl.hosts import LONGEST_WAIT, Hosts
from narrative.crawl.request import Expected
from narrative.crawl.rows import Fetch

AT_ONCE = 16  # hosts with a request in flight; at most as many bodies are in memory
_GRACE = 2.0  # real seconds an ended crew waits for those in the middle of a request
_SHORTEST = 0.001  # seconds; a gap with less left is slept through by the thread that fetches


class Asker(Protocol):
    """What a crew needs of a fetcher."""

    def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        expected: Expected = "page",
    ) -> Fetch:
        """Return the answer for `url`, its host's turn awaited."""
        ...


class Addressed(Protocol):
    """A job of any kind: what matters here is whose turn it needs."""

    @property
    def url(self) -> str:
        """The address to ask for."""
        ...


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to make, with the validators to send."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    expected: Expected = "page"


J = TypeVar("J", bound=Addressed)


class Crew:
    """At most `at_once` threads, started when they are needed, that fetch while the crew is entered.

    Leaving drops what was not answered yet. A request in flight is given two seconds and then left to end
    on its own; its answer goes nowhere.
    """

    def __init__(self, fetcher: Asker, hosts: Hosts, clock: Clock, at_once: int = AT_ONCE) -> None:
        self._fetcher = fetcher
        self._hosts = hosts
        self._clock = clock
        self._at_once = max(1, at_once)
        self._threads: list[threading.Thread] = []
        self._asks: Channel[tuple[int, Ask] | None] = clock.channel()  # None sends one thread home
        self._answers: Channel[tuple[int, Fetch | BaseException]] = clock.channel()
        self._asked = 0
        self._ended = False

    def __enter__(self) -> Self:
        self._clock.take_part()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended = True
        for _ in self._threads:
            self._asks.put(None)
        self._clock.leave()
        end = time.monotonic() + _GRACE
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def work(
        self,
        jobs: Iterable[J],
        ask: Callable[[J], Ask | None],
        tell: Callable[[J, Fetch], Iterable[J]],
    ) -> None:
        """Do the jobs, those of one host in their order, and return when none is left.

        `ask` is called when a job's turn has come and says what to fetch, None for nothing any more; `tell`
        is called with the answer and returns jobs to be done as well. Both run in the calling thread, and
        what they raise ends the work. A host that is parked for more than a minute is set aside while others
        are busy; when nothing else is left its jobs are handed out too, and the fetcher answers "busy" for it.
        """
        line = Line(jobs, self._hosts, self._clock)
        open_jobs: dict[int, tuple[str, J]] = {}
        while line:
            self._hand_out(line, ask, open_jobs)
            if line:
                self._hear(line, ask, tell, open_jobs)

    def _hear(
        self,
        line: Line[J],
        ask: Callable[[J], Ask | None],
        tell: Callable[[J, Fetch], Iterable[J]],
        open_jobs: dict[int, tuple[str, J]],
    ) -> None:
        """Tell the answers that come before the next host is ready, and keep the threads busy meanwhile."""
        idle = len(open_jobs) < self._at_once
        for number, answer in self._answered(line.wait() if idle else None):
            host, job = open_jobs.pop(number)
            if isinstance(answer, BaseException):
                raise answer
            for more in tell(job, answer):
                line.add(more)
            line.free(host)
            self._hand_out(line, ask, open_jobs)

    def _hand_out(
        self, line: Line[J], ask: Callable[[J], Ask | None], open_jobs: dict[int, tuple[str, J]]
    ) -> None:
        """Give a job to each idle thread, as far as there are hosts that may be asked now."""
        while len(open_jobs) < self._at_once and (turn := line.take()) is not None:
            host, job = turn
            asked = ask(job)
            if asked is None:
                line.free(host)
                continue
            self._asked += 1
            open_jobs[self._asked] = turn
            if len(self._threads) < len(open_jobs):
                self._start_a_thread()
            self._asks.put((self._asked, asked))

    def _answered(self, seconds: float | None) -> Iterator[tuple[int, Fetch | BaseException]]:
        """Yield the answers that are there after at most `seconds`, in the order they were asked for."""
        answer = self._answers.take(seconds)
        found = []
        while answer is not None:
            found.append(answer)
            answer = self._answers.take(0)
        found.sort(key=lambda one: one[0], reverse=True)
        while found:  # each is let go before the next is looked at
            yield found.pop()

    # --- in the threads ----------------------------------------------------------------------------------

    def _start_a_thread(self) -> None:
        thread = threading.Thread(target=self._fetch, name="narrative-fetch", daemon=True)
        self._clock.take_part()  # before it runs, so that no time passes until it does
        try:
            thread.start()
        except RuntimeError:
            self._clock.leave()
            raise
        self._threads.append(thread)

    def _fetch(self) -> None:
        try:
            while (errand := self._asks.take()) is not None and not self._ended:
                number, ask = errand
                self._answers.put((number, self._answer(ask)))
        finally:
            self._clock.leave()

    def _answer(self, ask: Ask) -> Fetch | BaseException:
        try:
            return self._fetcher.get(
                ask.url, etag=ask.etag, last_modified=ask.last_modified, expected=ask.expected
            )
        except BaseException as error:  # the calling thread raises it
            return error


class Line(Generic[J]):
    """The jobs that wait, one queue a host, and which host may be asked next. For one thread.

    Hosts take turns: who was asked last comes last among those whose gap has passed.
    """

    def __init__(self, jobs: Iterable[J], hosts: Hosts, clock: Clock) -> None:
        self._hosts = hosts
        self._clock = clock
        self._queues: dict[str, deque[J]] = {}
        self._busy: set[str] = set()
        self._next: list[tuple[datetime, int, str]] = []  # heap of hosts by when they may be asked
        self._aside: list[tuple[datetime, int, str]] = []  # the same, for those parked
        self._turns = 0
        for job in jobs:
            self.add(job)

    def __bool__(self) -> bool:
        """Whether a job waits or is in flight."""
        return bool(self._queues or self._busy)

    def add(self, job: J) -> None:
        """Put a job at the end of its host's queue."""
        host = _host(job.url)
        if host in self._queues:
            self._queues[host].append(job)
            return
        self._queues[host] = deque([job])
        if host not in self._busy:
            self._place(host)

    def take(self) -> tuple[str, J] | None:
        """Return a host that may be asked now, with its first job; None when there is none yet.

        The host is busy until it is freed.
        """
        while self._aside and self._aside[0][0] <= self._clock.now():
            self._place(heapq.heappop(self._aside)[2])
        while self._next and self._next[0][0] <= self._clock.now():
            host = heapq.heappop(self._next)[2]
            if self._hosts.wait(host) <= _SHORTEST:
                return self._taken(host)
            self._place(host)  # somebody's redirect led there in the meantime
        if self._aside and not self._next and not self._busy:
            return self._taken(heapq.heappop(self._aside)[2])
        return None

    def free(self, host: str) -> None:
        """Say that the host's job is done."""
        self._busy.discard(host)
        if host in self._queues:
            self._place(host)

    def wait(self) -> float | None:
        """Return the seconds until `take` may find a host again, None when only a freed one can be next."""
        times = [heap[0][0] for heap in (self._next, self._aside) if heap]
        return max(0.0, (min(times) - self._clock.now()).total_seconds()) if times else None

    def _taken(self, host: str) -> tuple[str, J]:
        self._busy.add(host)
        queue = self._queues[host]
        job = queue.popleft()
        if not queue:
            del self._queues[host]
        return host, job

    def _place(self, host: str) -> None:
        """Put a host that is not busy where it waits: for its gap, or aside for its pause."""
        heap = self._aside if self._hosts.parked(host) > LONGEST_WAIT else self._next
        self._turns += 1
        at = self._clock.now() + timedelta(seconds=self._hosts.wait(host))
        heapq.heappush(heap, (at, self._turns, host))


def _host(url: str) -> str:
    """Return whose turn an address needs, as the fetcher names it; "" for what is no address."""
    try:
        return urlsplit(url.strip()).hostname or ""
    except ValueError:
        return ""
