"""What the fuzzers share: their budget of time, what one input may cost, and how a failure is told.

A fuzzer is a strategy for cases and a check. `fuzzed` runs random cases until the budget is spent, by default those of
the same seeds in each run, so that a change is blamed for what it broke; with -m slow the seeds are fresh. The case
that fails is written to a file, which `python -m tests.test_fuzz NAME FILE` checks again.
"""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from types import FrameType

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from narrative.terms import Claim, Link

BUDGET = 60.0  # seconds that a fuzzer runs by default
LONG = 600.0  # and with -m slow
MOST = 5.0  # seconds of processor time that one input may cost
_HANGS = 40.0  # seconds of processor time after which an input is given up
_BATCH = 100  # cases under one seed
_YEARS = range(1985, 9999)
SEEN = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
URL = "https://www.quaystreetwire.example/2026/01/14/small-caps-to-lead"
FEED = "https://wire.example/markets/feed.xml"
ANNOUNCED = Link(URL, FEED, "1", "Small caps", Claim(SEEN - timedelta(days=1), "feed"))
SENTENCE = b"Small companies had their best week in years, and the buyers keep coming, Ann Lee of Larkmoor Securities said. "


@dataclass(frozen=True)
class Case:
    """One input. Its `repr` is short, because the bytes may be millions: those of a failure are kept in a file."""

    body: bytes
    content_type: str = "text/html"

    def __repr__(self) -> str:
        return f"Case({len(self.body)} bytes, {self.content_type!r}, {self.body[:60]!r}...)"


class HangError(BaseException):
    """An input was given up; no `except Exception` of a reader may take it for a refusal."""


# --- running ---------------------------------------------------------------------------------------------


class _OverError(BaseException):
    """The time is over: ends a batch in its midst."""


class _Trial:
    """Checks cases until its time is over, and remembers the last one. A case that failed is still made smaller."""

    def __init__(self, check: Callable[[Case], None], seconds: float) -> None:
        self._check, self._end = check, time.monotonic() + seconds
        self.tried, self.last, self._failed = 0, Case(b""), False

    def __call__(self, case: Case) -> None:
        if time.monotonic() >= self._end and not self._failed:
            raise _OverError
        self.tried += 1
        self.last = case
        try:
            self._check(case)
        except BaseException:
            self._failed = True
            raise


def fuzzed(
    name: str, cases: st.SearchStrategy[Case], check: Callable[[Case], None], seconds: float, folder: Path
) -> int:
    """Check random cases for so many seconds; return how many. A failure is noted with how to see it again."""
    trial = _Trial(check, seconds)
    first = 0 if seconds <= BUDGET else random.SystemRandom().getrandbits(32)
    for number in count(first):
        try:
            _batch(number, cases, trial)
        except _OverError:
            return trial.tried
        except BaseException as error:
            path = folder / f"{name}.case"
            write(trial.last, path)
            error.add_note(f"seed {number}; to see it again: python -m tests.test_fuzz {name} {path}")
            raise
    raise AssertionError  # the count has no end


def _batch(number: int, cases: st.SearchStrategy[Case], trial: _Trial) -> None:
    @settings(
        max_examples=_BATCH,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @seed(number)
    @given(cases)
    def batch(case: Case) -> None:
        trial(case)

    batch()


def write(case: Case, path: Path) -> None:
    """Keep a case as a file: its content type on the first line, its body behind that."""
    path.write_bytes(case.content_type.encode("utf-8", "replace") + b"\n" + case.body)


def read(path: Path) -> Case:
    content_type, _, body = path.read_bytes().partition(b"\n")
    return Case(body, content_type.decode("utf-8", "replace"))


@contextmanager
def in_time(most: float = MOST) -> Iterator[None]:
    """Fail when the block takes more processor time than one input may, or hangs."""

    def give_up(_signal: int, _frame: FrameType | None) -> None:
        raise HangError(f"given up after {_HANGS:.0f} s of processor time")

    began = time.process_time()
    timed = hasattr(signal, "setitimer")
    if timed:
        before = signal.signal(signal.SIGPROF, give_up)
        signal.setitimer(signal.ITIMER_PROF, _HANGS)
    try:
        yield
    finally:
        if timed:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)
    spent = time.process_time() - began
    assert spent <= most, f"{spent:.1f} s of processor time for one input"


# --- what every answer keeps to --------------------------------------------------------------------------


def sound_claim(claim: Claim | None, origins: tuple[str, ...]) -> None:
    """A time within the web's years, in UTC, of an origin that the reader may give, its offset a possible one."""
    if claim is None:
        return
    assert claim.value.year in _YEARS, claim
    assert claim.origin in origins, claim
    assert claim.offset_minutes is None or abs(claim.offset_minutes) < 24 * 60, claim
    if isinstance(claim.value, datetime):
        assert claim.value.utcoffset() == timedelta(), claim
    else:
        assert type(claim.value) is date, claim


def sound_text(text: str, most: int, controls: str = "") -> None:
    """Text that can be stored and printed: no halves of pairs, no control characters but those that are named."""
    assert len(text) <= most
    text.encode()
    assert not [letter for letter in text if ord(letter) < 32 and letter not in controls], text[:200]


def sound_address(address: str) -> None:
    sound_text(address, 9000)
    assert " " not in address
    assert address.startswith(("http://", "https://")), address[:200]


def sound_refusal(words: str, name: str) -> None:
    """One line that names what was refused."""
    sound_text(words, 1000)
    assert words.startswith(name)
