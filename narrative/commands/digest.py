"""narrative digest: a week of a narrative, change first."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from narrative.commands.options import clocks, database


@click.command()
@click.argument("narrative")
@click.option("--week", help="An ISO week such as 2026-W03; by default the last one with a closed session.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "md"]),
    help="By default what the name of the file says, else md.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="A file; standard output without it."
)
@clocks
@database
def command(
    narrative: str,
    week: str | None,
    form: str | None,
    out: Path | None,
    as_of: datetime | None,
    known_at: datetime | None,
    db: Path,
) -> None:
    """Write the weekly digest: what moved, who turned, both camps with their words, and what was not seen.

    \b
    Examples:
      narrative digest rotation --out rotation.html
      narrative digest rotation --week 2026-W03 --format md
    """  # noqa: D301
    from narrative import api
    from narrative.commands.output import write_whole

    html = form == "html" or (form is None and out is not None and out.suffix in (".html", ".htm"))
    with api.open(db, readonly=True) as ledger:
        digest = api.digest(ledger, narrative, week=week, as_of=as_of, known_at=known_at)
        text = digest.html if html else digest.markdown
    if out is None:
        click.echo(text, nl=False)
        return
    write_whole(out, text)
    click.echo(f"{out}: {narrative} {digest.week}")
