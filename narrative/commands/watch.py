"""narrative watch: the poll of `crawl`, again and again."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from narrative.commands.options import contact, database, own_feeds, pace

if TYPE_CHECKING:
    from narrative.clock import Clock


@click.command()
@own_feeds
@click.option(
    "--every",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="Minutes between two polls; each feed keeps its own interval.",
)
@pace
@click.option("--rounds", type=click.IntRange(min=1), help="Stop after so many polls.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a poll, for a log.")
@contact
@database
def command(
    feeds_file: Path | None,
    every: int,
    delay: float,
    rounds: int | None,
    as_json: bool,
    contact: str | None,
    db: Path,
) -> None:
    """Poll the feeds until it is stopped: `narrative crawl` in a loop. Stopping it anywhere loses nothing.

    \b
    Examples:
      narrative watch --contact you@example.org
      narrative watch --every 30 --json --contact you@example.org >> polls.log
    """  # noqa: D301
    from narrative.clock import SystemClock
    from narrative.commands.polling import polling, tell
    from narrative.ledger.alone import InUseError

    clock = SystemClock()
    signal.signal(signal.SIGTERM, _stop)
    with polling(feeds_file, delay, contact, db) as poll:

        def once() -> None:
            try:
                polled, read = poll()
            except InUseError as error:  # somebody runs `crawl` meanwhile; the next round is ours again
                click.echo(f"narrative: {error}", err=True)
                return
            if polled.polled or polled.fetched or read.read:
                tell(polled, read, clock.now(), as_json=as_json)

        repeat(once, clock, every * 60.0, rounds)


def repeat(once: Callable[[], None], clock: Clock, pause: float, rounds: int | None = None) -> None:
    """Call `once` every `pause` seconds on the clock, counted from start to start, `rounds` times or for ever.

    A call that takes longer than the pause is followed by the next at once, never by two at a time.
    """
    done = 0
    while rounds is None or done < rounds:
        begun = clock.now()
        once()
        done += 1
        if rounds is None or done < rounds:
            clock.sleep(pause - (clock.now() - begun).total_seconds())


def _stop(_signal: int, _frame: Any) -> None:
    """End a loop that a service manager stops as Ctrl-C ends one: what was finished is kept."""
    raise KeyboardInterrupt
