"""narrative ask: a question to the ledger."""

from __future__ import annotations

import shutil
import sys
from datetime import datetime
from pathlib import Path

import click

from narrative.commands.options import clocks, database


@click.command()
@click.argument("question", nargs=-1, required=True)
@click.option("--json", "form", flag_value="json", help="One JSON object.")
@click.option("--csv", "form", flag_value="csv", help="One row a voice.")
@click.option("--md", "form", flag_value="markdown", help="Markdown.")
@click.option("--limit", type=click.IntRange(min=1), help="Show at most this many voices.")
@clocks
@database
def command(
    question: tuple[str, ...],
    form: str | None,
    limit: int | None,
    as_of: datetime | None,
    known_at: datetime | None,
    db: Path,
) -> None:
    """Answer a question with the words said, who said them, and both camps counted.

    \b
    Examples:
      narrative ask "who is bullish on small caps"
      narrative ask "who flipped on mega-cap tech since January" --json
      narrative ask "what did UBS say about small caps" --as-of 2026-01-31
    """  # noqa: D301
    from narrative import api

    with api.open(db, readonly=True) as ledger:
        answered = api.ask(ledger, " ".join(question), as_of=as_of, known_at=known_at)
    if form is not None:
        click.echo(getattr(answered, form)(), nl=False)
        return
    terminal = sys.stdout.isatty()
    width = min(shutil.get_terminal_size((80, 24)).columns, 120)
    click.echo(answered.text(width=width, color=terminal, limit=limit), nl=False)
