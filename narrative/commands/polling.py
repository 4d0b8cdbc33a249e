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
    from narrative.crawl.transport import DialTransport
    from narrative.pipeline import ReadSummary
    from narrative.read.encoder import StanceModel

    Poll = Callable[[], tuple[PollSummary, ReadSummary]]


@contextmanager
def polling(
    feeds_file: Path | None,
    delay: float,
    contact: str | None,
    db: Path,
    *,
    model: StanceModel | None = None,
    transport: DialTransport | None = None,
) -> Iterator[Poll]:
    """Open ledger, model and network, and yield a function that polls the due feeds of the list in use once.

    The list is read anew at each poll, so that a loop need not be restarted when it changes. A poll raises
    InUseError while another program polls into the same ledger. `delay` is in seconds; without a model the shipped
    one reads, without a transport the network is asked behind the address check.
    """
    from narrative import api
    from narrative.clock import SystemClock
    from narrative.commands.progress import bar
    from narrative.crawl.agent import user_agent
    from narrative.crawl.feedlist import feeds_in_use
    from narrative.crawl.fetch import Fetcher
    from narrative.ledger.alone import alone
    from narrative.pipeline import crawl
    from narrative.read.encoder import load_reader
    from narrative.targets import load_targets

    feeds_in_use(feeds_file)  # a list that cannot be read is told before a ledger is made
    agent = user_agent(contact)
    clock, reader, targets = SystemClock(), model or load_reader(), load_targets().whole()
    with (
        api.open(db, clock=clock, create=True) as ledger,
        Fetcher(transport, clock, user_agent=agent, delay=delay) as fetcher,
    ):

        def poll() -> tuple[PollSummary, ReadSummary]:
            _, feeds = feeds_in_use(feeds_file)
            with alone(ledger.path), bar() as progress:
                return crawl(feeds, ledger, fetcher, clock, reader, targets, progress)

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
