"""What one worker process does with its share of the articles, and what several do together."""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from multiprocessing import get_context
from typing import Literal, NamedTuple

from narrative.errors import NarrativeError
from narrative.read.encoder import Reader, load_reader
from narrative.read.page import article_of
from narrative.read.parallel import on_one_thread
from narrative.read.reader import read_article
from narrative.read.workers import over_processes
from narrative.scale.triage import Triage
from narrative.targets import load_targets
from tests.bench import swapped
from tests.bench.material import long_articles, page_of
from tests.bench.swapped import RELEVANT_ONE_IN

Form = Literal["text", "html"]
_WARMING = 8  # articles that a worker reads before it is measured


class Share(NamedTuple):
    """Articles to read, by number: `long` ones all on markets, or `swapped` ones behind triage."""

    kind: Literal["long", "swapped"]
    form: Form
    numbers: range


@dataclass(frozen=True, slots=True)
class Done:
    """What a share gave: counts, seconds by the clock and of the processor, and the worker's peak memory so far in bytes."""

    worker: int
    articles: int
    passed: int
    sentences: int
    views: int
    wall: float
    cpu: float
    peak: int


@dataclass(frozen=True, slots=True)
class Total:
    """The shares of one run together. `rate` is articles a second of all workers side by side, loading not counted."""

    articles: int
    passed: int
    sentences: int
    views: int
    rate: float
    cpu: float
    peak: int

    @property
    def each(self) -> float:
        """Processor seconds an article."""
        return self.cpu / self.articles


def together(done: Iterable[Done]) -> Total:
    """Add up what the workers did."""
    found = list(done)
    by_worker = {one.worker: [d for d in found if d.worker == one.worker] for one in found}
    return Total(
        *(sum(getattr(one, name) for one in found) for name in ("articles", "passed", "sentences", "views")),
        rate=sum(sum(d.articles for d in own) / sum(d.wall for d in own) for own in by_worker.values()),
        cpu=sum(one.cpu for one in found),
        peak=max(one.peak for one in found),
    )


def run(shares: Sequence[Share], workers: int) -> list[Done]:
    """Work on the shares in so many processes of their own, one included, in order."""
    if workers == 1:
        with ProcessPoolExecutor(1, get_context("spawn"), on_one_thread) as pool:
            return list(pool.map(work, shares))
    return [told() for told in over_processes(work, shares, workers)]


def work(share: Share) -> Done:
    """Read one share in this process. The articles are made, and everything is loaded, before the clock runs."""
    made = [long_articles()[n] if share.kind == "long" else swapped.article(n) for n in share.numbers]
    given = [(one, page_of(one)) for one in made]
    reader, triage = _loaded()
    passed = sentences = views = 0
    wall, cpu = time.perf_counter(), time.process_time()
    for text, page in given:
        with suppress(NarrativeError):
            if share.kind == "swapped" and triage.page(page):
                continue
            passed += 1
            article = article_of(page) if share.form == "html" else text
            reading = read_article(article, reader, load_targets())
            sentences += sum(len(passage.sentences) for passage in reading.passages)
            views += len(reading.views)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Done(os.getpid(), len(given), passed, sentences, views, wall, cpu, _peak())


@lru_cache(maxsize=1)
def _loaded() -> tuple[Reader, Triage]:
    """The model and triage, loaded and used on some pages that are not measured: patterns are made when they are first met.

    The headline makes the date finder load its languages, which takes seconds, once a process.
    """
    reader, triage = load_reader(), Triage(load_targets())
    first = swapped.article(1)
    headed = replace(first, text=f"Index 2000 gains 6\n\n{first.text}")
    for one in (headed, *(swapped.article(number * RELEVANT_ONE_IN) for number in range(1, _WARMING))):
        page = page_of(one)
        triage.page(page)
        read_article(article_of(page), reader, load_targets())
    return reader, triage


def _peak() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
