"""Many articles on several cores: one process a core, each with its own model on one thread.

Within one process an article's questions to the model run side by side (`parallel`), but all that is Python waits for one
lock. Over many articles a process a core is faster. No answer depends on how many there are.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import TypeVar

from narrative.errors import NarrativeError
from narrative.read.parallel import on_one_thread

Question = TypeVar("Question")
Answer = TypeVar("Answer")

_AHEAD = 4  # questions a process that are handed out before their turn


def over_processes(
    work: Callable[[Question], Answer], questions: Iterable[Question], jobs: int
) -> Iterator[Callable[[], Answer]]:
    """Work on every question in `jobs` processes, or in this one for a single job; what is worked on must be picklable.

    Yields, in the order of the questions, a call that returns the answer or raises what the work raised. At most a few
    questions a process are under way at a time, so that memory does not grow with their number. A process that dies
    (killed for want of memory, for example) ends all with a NarrativeError.
    """
    if jobs < 2:
        yield from ((lambda question=question: work(question)) for question in questions)
        return
    # A forked child would inherit the locks of the threads that a loaded model has started.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=on_one_thread) as pool:
        rest = iter(questions)
        under_way = deque(pool.submit(work, question) for question in islice(rest, _AHEAD * jobs))
        try:
            while under_way:
                yield _told(under_way.popleft())
                under_way.extend(pool.submit(work, question) for question in islice(rest, 1))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _told(future: Future[Answer]) -> Callable[[], Answer]:
    def answer() -> Answer:
        try:
            return future.result()
        except BrokenProcessPool as error:
            raise NarrativeError(
                "a process that read articles has died; try again with fewer --jobs"
            ) from error

    return answer
