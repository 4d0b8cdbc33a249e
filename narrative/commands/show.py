"""narrative show: an article with everything that was read in it."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import datetime
from pathlib import Path

import click

from narrative.commands.options import Instant, database, not_ahead


@click.command()
@click.argument("article", metavar="ARTICLE")
@click.option(
    "--json", "as_json", is_flag=True, help="The machine-readable reading, as narrative read gives it."
)
@click.option(
    "--known-at",
    type=Instant(),
    callback=not_ahead,
    help="As it was read by then, with the corrections of then.",
)
@database
def command(article: str, as_json: bool, known_at: datetime | None, db: Path) -> None:
    """Draw all that was read in an article: sources, cues, contents, names, figures; under each paragraph the views.

    ARTICLE is its id, or the beginning of it, as why prints it, or its address.

    \b
    Examples:
      narrative show 2540
      narrative show https://example.org/story --json
    """  # noqa: D301
    from narrative import api
    from narrative.contract import reading_json
    from narrative.targets import load_targets
    from narrative.tell.annotated import render_article

    width = min(shutil.get_terminal_size((80, 24)).columns, 120)
    with api.open(db, readonly=True) as ledger:
        shown = ledger.show(article, known_at=known_at)
        if as_json:
            click.echo(json.dumps(reading_json(shown.reading), ensure_ascii=False))
            return
        short = ledger.shorten((view.id for view in shown.reading.views), known_at=known_at)
    click.echo(
        render_article(shown, load_targets(), width=width, color=sys.stdout.isatty(), short=short), nl=False
    )
