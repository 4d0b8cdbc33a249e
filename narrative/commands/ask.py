"""narrative ask: a question to the ledger, in words, in options, or both."""

from __future__ import annotations

import shutil
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from narrative.commands.options import Command, clocks, database

_DAY = click.DateTime(["%Y-%m-%d"])
_FLAGS = (
    click.option("--target", "targets", multiple=True, metavar="NAME", help="On what; may be given again."),
    click.option(
        "--stance", type=click.Choice(["bullish", "bearish", "neutral"]), help="Only this camp is listed."
    ),
    click.option(
        "--move", type=click.Choice(["new", "turned", "stays", "flipped"]), help="Only who moved, or did not."
    ),
    click.option("--voice", metavar="NAME", help="One person or house."),
    click.option(
        "--by", "voice_kind", type=click.Choice(["person", "house"]), help="Only people, only houses."
    ),
    click.option(
        "--title", metavar="WORDS", help="Only people with this in their title, such as strategist."
    ),
    click.option("--firm", metavar="NAME", help="A house and its people."),
    click.option("--outlet", metavar="NAME", help="Who published it."),
    click.option("--since", type=_DAY, metavar="DAY", help="Said on this day or later."),
    click.option("--until", type=_DAY, metavar="DAY", help="Said on this day or before."),
    click.option("--unconditional", is_flag=True, help="Without a condition."),
    click.option(
        "--min-confidence", "confidence", type=click.FloatRange(0, 1), help="Least probability of the stance."
    ),
    click.option(
        "--horizon", metavar="SPAN", help='"at least 6 months", "up to 1 year", "long term" or "stated".'
    ),
)


def _flags(command: Command) -> Command:
    for option in reversed(_FLAGS):
        command = option(command)
    return command


@click.command()
@click.argument("question", nargs=-1)
@_flags
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--csv", "as_csv", is_flag=True, help="One row a voice.")
@click.option("--md", "as_markdown", is_flag=True, help="Markdown.")
@click.option("--limit", type=click.IntRange(min=1), help="List at most this many voices; all are counted.")
@clocks
@database
def command(
    question: tuple[str, ...],
    as_json: bool,
    as_csv: bool,
    as_markdown: bool,
    limit: int | None,
    as_of: datetime | None,
    known_at: datetime | None,
    db: Path,
    **flags: Any,
) -> None:
    """Answer a question with the words said, who said them, and both camps counted.

    \b
    Examples:
      narrative ask "who is bullish on small caps"
      narrative ask "who flipped on mega-cap tech since January" --json
      narrative ask "what did UBS say about small caps" --as-of 2026-01-31
      narrative ask "who disagrees with UBS on small caps"
      narrative ask "what does UBS think"
      narrative ask "when did UBS turn bullish on small caps"
      narrative ask "compare small caps and mega-cap tech since July"
      narrative ask --target small_caps --stance bullish --since 2026-01-01
    """  # noqa: D301
    from narrative import api
    from narrative.tell.flags import Flags

    forms = {"json": as_json, "csv": as_csv, "markdown": as_markdown}
    if sum(forms.values()) > 1:
        raise click.UsageError("--json, --csv and --md: choose one")
    form = next((name for name, chosen in forms.items() if chosen), None)
    days = {name: flags[name].date() for name in ("since", "until") if flags[name]}
    asked, given = " ".join(question), Flags(**{**flags, **days})
    if not question and not given:
        raise click.UsageError('ask a question, such as "who is bullish on small caps", or give --target')
    with api.open(db, readonly=True) as ledger:
        answered = api.ask(ledger, asked, flags=given, as_of=as_of, known_at=known_at)
    if form is not None:
        click.echo(getattr(answered, form)(limit=limit), nl=False)
        return
    terminal = sys.stdout.isatty()
    width = min(shutil.get_terminal_size((80, 24)).columns, 120)
    click.echo(answered.text(width=width, color=terminal, limit=limit), nl=False)
