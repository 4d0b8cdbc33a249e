"""narrative audit: random figures, computed again from what was known at their time."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from narrative.commands.options import database

if TYPE_CHECKING:
    from narrative.auditing import Audit


@click.command()
@click.option(
    "--cells",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="Sessions to compute again, and at most as many published rows.",
)
@click.option("--seed", type=int, help="Draw the same ones again; by default others each time.")
@click.option("--narrative", "names", multiple=True, metavar="NAME", help="By default all; may be repeated.")
@database
def command(cells: int, seed: int | None, names: tuple[str, ...], db: Path) -> None:
    """Compute random sessions of the series and the factor again, with everything after them cut away.

    Each must come out the same to the last digit, and within 1e-9 by its plain definition. Published rows are computed
    from what this ledger knew at their time. Exit code 1 when one differs.

    \b
    Examples:
      narrative audit
      narrative audit --cells 100 --narrative rotation --seed 7
    """  # noqa: D301
    from narrative import api
    from narrative.auditing import audit
    from narrative.commands.progress import bar

    with api.open(db, readonly=True) as ledger, bar() as progress:
        drawn = secrets.randbelow(1_000_000) if seed is None else seed
        found = audit(ledger, narratives=names, cells=cells, seed=drawn, progress=progress)
    for line in lines(found):
        click.echo(line)
    if found.differences:
        raise click.exceptions.Exit(1)


def lines(found: Audit) -> Iterator[str]:
    """Yield what was compared, then each difference, and in the last line how many there are."""
    yield f"seed       {found.seed}"
    stories = sorted({name for name, _ in found.cells})
    days = [day for _, day in found.cells]
    span = f": {', '.join(stories)}, {min(days)} to {max(days)}" if days else ""
    yield f"sessions   {len(found.cells)} of {found.all_cells} computed again{span}"
    yield "           series and factor, every figure; net and flow by definition too"
    yield f"published  {found.published} of {found.all_published} rows computed again"
    for difference in found.differences:
        yield f"differs    {difference.where}: {difference.given}, again {difference.again}"
    number = len(found.differences)
    yield f"result     {number or 'no'} difference{'' if number == 1 else 's'}"
