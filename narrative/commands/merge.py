"""narrative merge: what a backfill wrote, into the ledger."""

from __future__ import annotations

from pathlib import Path

import click

from narrative.commands.options import database


@click.command()
@click.argument("folder", metavar="DIR")
@database
def command(folder: str, db: Path) -> None:
    """Load what narrative backfill wrote into the ledger, in bulk. Merging twice changes nothing.

    Only inputs that were read to their end count; run both commands again for the rest. A stop loses nothing that was loaded.

    \b
    Examples:
      narrative backfill CC-NEWS-2026*.warc.gz --out backfill
      narrative merge backfill --db narrative.db
    """  # noqa: D301
    from narrative import api
    from narrative.clock import SystemClock
    from narrative.commands.progress import bar
    from narrative.scale.folder import Folder
    from narrative.scale.loading import merge

    place = folder if "://" in folder else str(Path(folder).absolute())
    Folder(place).run()  # told before a ledger is made
    with api.open(db, clock=SystemClock(), create=True) as ledger, bar() as progress:
        gave = merge(place, ledger, progress)
    read = gave.read
    for line in (
        f"inputs      {gave.inputs}",
        f"found       {gave.found}, {gave.held} of them in the ledger already",
        f"read        {read.read} articles, {read.stubs} teasers, {read.passed_over} without an article",
        f"statements  {read.statements}",
        f"views       {read.views}",
    ):
        click.echo(line)
