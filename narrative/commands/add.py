"""narrative add: one page or file into the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from narrative.commands.failures import Failures
from narrative.commands.options import Instant, contact, database, is_day, not_ahead

if TYPE_CHECKING:
    from narrative.clock import Clock
    from narrative.intake import Given, Incoming


class Published(click.ParamType[date | datetime]):
    """A day stays a day, an instant stays an instant."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date | datetime:
        """Return a date for a day, else an aware instant."""
        with suppress(ValueError):
            if isinstance(value, str) and is_day(value):
                return date.fromisoformat(value)
        return Instant().convert(value, param, ctx)


@click.command()
@click.argument("places", nargs=-1, required=True, metavar="PATH|URL...")
@click.option(
    "--published",
    type=Published(),
    callback=not_ahead,
    help="When it was published: a day or an instant.",
)
@click.option("--outlet", default="", help="Who published it.")
@click.option("--url", "address", default="", help="The page's address, when PATH is a saved copy of it.")
@click.option(
    "--trust-dates",
    is_flag=True,
    help="Take the publication time for the time this ledger could first read it (recorded with each row).",
)
@contact
@database
def command(
    places: tuple[str, ...],
    published: date | datetime | None,
    outlet: str,
    address: str,
    trust_dates: bool,
    contact: str | None,
    db: Path,
) -> None:
    """Read pages or files and keep them in the ledger, which is made if it does not exist.

    \b
    Examples:
      narrative add story.txt --published 2026-01-14 --outlet "The Example"
      narrative add https://example.org/story
    """  # noqa: D301
    from narrative import api
    from narrative.clock import SystemClock
    from narrative.intake import Given, keep
    from narrative.read.encoder import load_reader
    from narrative.targets import load_targets

    if address and len(places) > 1:
        raise click.BadOptionUsage("url", "--url is the address of one saved copy; add one PATH at a time")
    load_targets().whole()  # told before a ledger is made
    clock, model, failures = SystemClock(), load_reader(), Failures()
    given = Given(published, outlet, address, trust_dates)
    with ExitStack() as stack:
        opened = stack.enter_context(api.open(db, clock=clock, create=True)) if db.exists() else None
        for page in _pages(places, given, clock, contact, failures):
            opened = opened or stack.enter_context(api.open(db, clock=clock, create=True))
            click.echo(keep(page, opened, model, clock))
    failures.stop()


def _pages(
    places: Iterable[str], given: Given, clock: Clock, contact: str | None, failures: Failures
) -> Iterator[Incoming]:
    """Yield what can be read, so that a ledger is made for something; say in a line each what cannot."""
    from narrative.intake import incoming

    for place in places:
        with failures.told():
            yield incoming(place, clock, given, contact)
