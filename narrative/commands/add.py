"""narrative add: one page or file into the ledger."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from narrative.commands.options import Instant, contact, database


class Published(click.ParamType[date | datetime]):
    """A day stays a day, an instant stays an instant."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date | datetime:
        """Return a date for a day, else an aware instant."""
        if isinstance(value, str) and len(value) == 10:
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        return Instant().convert(value, param, ctx)


@click.command()
@click.argument("places", nargs=-1, required=True, metavar="PATH|URL...")
@click.option("--published", type=Published(), help="When it was published: a day or an instant.")
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
    from narrative.errors import NarrativeError
    from narrative.intake import add
    from narrative.read.encoder import load_reader

    clock, model = SystemClock(), load_reader()
    failed = False
    with api.open(db, clock=clock, create=True) as ledger:
        for place in places:
            try:
                added = add(
                    ledger,
                    place,
                    model,
                    clock,
                    published=published,
                    outlet=outlet,
                    url=address,
                    trust_dates=trust_dates,
                    contact=contact,
                )
            except NarrativeError as error:
                failed = True
                click.echo(f"narrative: {error}", err=True)
                continue
            click.echo(added)
    if failed:
        raise click.exceptions.Exit(1)
