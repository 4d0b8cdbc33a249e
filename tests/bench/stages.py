"""Articles a second, stage by stage. Each stage gets what the stage before it made; loading is not counted."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from narrative.errors import NarrativeError
from narrative.read.encoder import Reader, load_reader
from narrative.read.figures import figures
from narrative.read.names import names
from narrative.read.page import article_of
from narrative.read.passages import passages
from narrative.read.reader import read_article, vintage_of
from narrative.read.stance import views
from narrative.read.statements import statements
from narrative.read.tags import Tags
from narrative.targets import Targets, load_targets
from narrative.terms import Article, Capture
from tests.bench.table import Row

_AFTER_PAGE = ("passages", "tags", "names", "figures", "statements", "stance")


class Stopwatch:
    """Adds up seconds by stage."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def on(self, stage: str) -> Iterator[None]:
        """Book the seconds of a block under `stage`."""
        begun = time.perf_counter()
        yield
        self.seconds[stage] += time.perf_counter() - begun


def stage_rates(pages: Sequence[Capture], texts: Sequence[Article]) -> list[Row]:
    """Return one row a stage: articles a second, and milliseconds an article."""
    reader, targets, watch = load_reader(), load_targets(), Stopwatch()
    read_article(texts[0], reader, targets)
    _make(pages[:1], Stopwatch())
    _make(pages, watch)
    judged = sum(_read(text, watch, reader, targets) for text in texts)
    rows = [_row("page", watch.seconds["page"], len(pages))]
    rows += [_row(stage, watch.seconds[stage], len(texts)) for stage in _AFTER_PAGE]
    rows.append(_row("all but page", sum(watch.seconds[stage] for stage in _AFTER_PAGE), len(texts)))
    return [*rows, Row("views", f"{judged / len(texts):.1f} an article", f"{judged} in all")]


def _make(pages: Sequence[Capture], watch: Stopwatch) -> None:
    for capture in pages:
        with watch.on("page"), suppress(NarrativeError):
            article_of(capture)


def _read(text: Article, watch: Stopwatch, reader: Reader, targets: Targets) -> int:
    """Read one article as `read_article` does, timed; return the number of views."""
    with watch.on("passages"):
        found = passages(text)
    with watch.on("tags"):
        tags = Tags(text.text, found, reader)
    with watch.on("names"):
        mentions = names(text.text, found, text, tags)
    with watch.on("figures"):
        numbers = figures(text.text, found, mentions, text.id, tags)
    with watch.on("statements"):
        said = statements(text, found, mentions, tags)
    with watch.on("stance"):
        vintage = vintage_of(reader, targets)
        made = views(text, found, mentions, numbers, said, reader, targets, vintage, tags)
    return len(made)


def _row(stage: str, seconds: float, count: int) -> Row:
    return Row(stage, f"{count / seconds:,.1f} articles/s", f"{1000 * seconds / count:,.1f} ms an article")
