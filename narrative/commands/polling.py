"""What `crawl` and `watch` share: everything one poll needs, opened once, and what a poll gave, told in words or as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from narrative.crawl.rows import PollSummary
    from narrative.pipeline import ReadSummary

    Poll = Callable[[], tuple[PollSummary, ReadSummary]]


@contextmanager
def polling(feeds_file: Path | None, delay: float, contact: str | None, db: Path) -> Iterator[Poll]:
    """Open ledger, model and network, and yield a function that polls the due feeds of the list in use once.

    The list is read anew at each poll, so that a loop need not be restarted when it changes.
    """
    from narrative import api
    from narrative.clock import SystemClock
    from narrative.commands.progress import bar
    from narrative.crawl.agent import user_agent
    from narrative.crawl.feedlist import feeds_in_use
    from narrative.crawl.fetch import Fetcher
    from narrative.pipeline import crawl
    from narrative.read.encoder import load_reader
    from narrative.targets import load_targets

    feeds_in_use(feeds_file)  # a list that cannot be read is told before a ledger is made
    agent = user_agent(contact)
    clock, model, targets = SystemClock(), load_reader(), load_targets()
    with (
        api.open(db, clock=clock, create=True) as ledger,
        Fetcher(None, clock, user_agent=agent, delay=delay) as fetcher,
    ):

        def poll() -> tuple[PollSummary, ReadSummary]:
            _, feeds = feeds_in_use(feeds_file)
            with bar() as progress:
                return crawl(feeds, ledger, fetcher, clock, model, targets, progress)

        yield poll


def tell(polled: PollSummary, read: ReadSummary, at: datetime, *, as_json: bool) -> None:
    """Print what a poll gave: a line a stage, or one JSON object on one line."""
    from narrative.commands.summary import lines

    if as_json:
        row = {"schema": "narrative.poll/1", "at": at.isoformat(), **asdict(polled), "reading": asdict(read)}
        click.echo(json.dumps(row))
        return
    for line in lines(polled, read):
        click.echo(line)
