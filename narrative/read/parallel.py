"""Many questions to a model at once, on as many threads as there are cores.

onnxruntime computes outside Python's lock. Each question is a call of its own, so that no answer depends on the others, nor on
how many cores there are.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")


def in_parallel(ask: Callable[[Question], Answer], questions: Sequence[Question]) -> list[Answer]:
    """Ask every question; answers come in the order of the questions. An error of one is raised when its turn comes."""
    if len(questions) < 2 or _threads() == 1:
        return [ask(question) for question in questions]
    return list(_pool().map(ask, questions))


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def on_one_thread() -> None:
    """Ask one question after the other from now on: for a process that is one of several."""
    _limits.append(1)


#: empty, or what `on_one_thread` has set for this process
_limits: list[int] = []


def _threads() -> int:
    return min([cores(), *_limits])


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(cores(), thread_name_prefix="model")
