"""narrative factor: a narrative's sentiment for other models."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from narrative.commands.options import clocks, database


@click.command()
@click.argument("narrative")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A .csv or .parquet file; standard output without it.",
)
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="First session day.")
@click.option("--end", type=click.DateTime(["%Y-%m-%d"]), help="Last session day.")
@clocks
@database
def command(
    narrative: str,
    out: Path | None,
    start: datetime | None,
    end: datetime | None,
    as_of: datetime | None,
    known_at: datetime | None,
    db: Path,
) -> None:
    """Export one row a session: the flow factor, the stock (net) and all that is needed to use them without look-ahead.

    \b
    Examples:
      narrative factor rotation --out rotation.csv
      narrative factor rotation --start 2026-01-01 --known-at 2026-01-31
    """  # noqa: D301
    from narrative import api
    from narrative.measure.export import csv_text

    first, last = (day.date() if day else None for day in (start, end))
    with api.open(db, readonly=True) as ledger:
        if out is None:
            click.echo(
                csv_text(
                    api.factor(ledger, narrative, start=first, end=last, as_of=as_of, known_at=known_at)
                ),
                nl=False,
            )
            return
        rows = api.write_factor(ledger, narrative, out, start=first, end=last, as_of=as_of, known_at=known_at)
    click.echo(f"{out}: {rows} sessions")
