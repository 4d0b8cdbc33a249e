"""narrative why: what stands behind a view or a figure."""

from __future__ import annotations

import shutil
import sys
from datetime import datetime
from pathlib import Path

import click

from narrative.commands.options import clocks, database


@click.command()
@click.argument("what", metavar="VIEW|FIGURE")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@clocks
@database
def command(what: str, as_json: bool, as_of: datetime | None, known_at: datetime | None, db: Path) -> None:
    """Show the sentence, the speaker and the times behind a view, or the rows and the formula behind a figure.

    \b
    Examples:
      narrative why 3f2a
      narrative why rotation@2026-W03:net
      narrative why rotation@2026-01-14:flow
    """  # noqa: D301
    from narrative import api
    from narrative.rivals import same_page
    from narrative.targets import load_targets
    from narrative.tell.figures import is_reference
    from narrative.tell.why import named_views, render_view, render_view_json

    width, color = min(shutil.get_terminal_size((80, 24)).columns, 120), sys.stdout.isatty()
    with api.open(db, readonly=True) as ledger:
        if is_reference(what):
            told = api.why_figure(
                ledger, what, width=width, color=color, as_json=as_json, as_of=as_of, known_at=known_at
            )
            click.echo(told, nl=False)
            return
        evidence = api.why(ledger, what, as_of=as_of, known_at=known_at)
        rivals = same_page(ledger, evidence.entry, as_of=as_of, known_at=known_at)
        if as_json:
            click.echo(render_view_json(evidence, rivals), nl=False)
            return
        short = ledger.shorten(named_views(evidence, rivals))
        targets = load_targets()
        told = render_view(evidence, targets, width=width, color=color, short=short, rivals=rivals)
        click.echo(told, nl=False)
