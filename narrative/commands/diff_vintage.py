"""narrative diff-vintage: what one vintage judged otherwise than another."""

from __future__ import annotations

import shutil
import sys
from datetime import datetime
from pathlib import Path

import click

from narrative.commands.options import Instant, database, not_ahead


@click.command()
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.option("--narrative", "story", metavar="NAME", help="Only the targets of a narrative, and its net.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, with all views that changed.")
@click.option(
    "--limit", type=click.IntRange(min=0), default=10, show_default=True, help="Lines of each list."
)
@click.option(
    "--as-of",
    type=Instant(),
    callback=not_ahead,
    help="Views and nets as of then (end of a day in New York), by default now.",
)
@database
def command(
    old: str | None,
    new: str | None,
    story: str | None,
    as_json: bool,
    limit: int,
    as_of: datetime | None,
    db: Path,
) -> None:
    """Show which views changed, appeared and disappeared from vintage OLD to NEW, and which moved net most.

    A vintage is named by its id or its model, or by a beginning that no other has; without any, all are listed. Compared are
    pages that both have read. The effect of a view is what net would move if it alone changed.

    \b
    Examples:
      narrative diff-vintage
      narrative diff-vintage 3f2a 9c41 --narrative rotation --as-of 2026-01-31
    """  # noqa: D301
    from narrative import api
    from narrative.comparing import compare
    from narrative.targets import load_targets
    from narrative.tell.differences_data import render_comparison_json
    from narrative.tell.differences_text import printed, render_comparison, render_vintages

    if (old is None) != (new is None):
        raise click.UsageError("name two vintages, OLD and NEW; without any they are listed")
    width, color = min(shutil.get_terminal_size((80, 24)).columns, 120), sys.stdout.isatty()
    with api.open(db, readonly=True) as ledger:
        if old is None or new is None:
            click.echo(render_vintages(ledger.vintages(), width=width, color=color), nl=False)
            return
        found = compare(ledger, old, new, narrative=story, as_of=as_of)
        if as_json:
            click.echo(render_comparison_json(found), nl=False)
            return
        short = ledger.shorten(printed(found, limit))
    text = render_comparison(found, load_targets(), limit=limit, width=width, color=color, short=short)
    click.echo(text, nl=False)
