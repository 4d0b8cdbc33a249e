"""narrative correct: a stance set by hand, or all of them as training rows."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from narrative.commands.options import database

if TYPE_CHECKING:
    from narrative.ledger.corrections import Ruling

_STANCES = ("bullish", "bearish", "neutral", "none", "model")


@click.command()
@click.argument("view", required=False)
@click.option(
    "--stance",
    type=click.Choice(_STANCES),
    help="What the words say of the target; none: nothing; model: take back what was corrected.",
)
@click.option("--note", metavar="TEXT", help="Why; it is shown with the view. --stance model needs none.")
@click.option(
    "--export",
    "out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.jsonl",
    help="Write the corrections as training rows instead.",
)
@database
def command(view: str | None, stance: Ruling | None, note: str | None, out: Path | None, db: Path) -> None:
    """Correct the stance of a VIEW (an id that ask printed) from now on; what was known before stays as it was.

    The correction holds for these words on this target, for copies of them and under every later vintage. Nothing is deleted:
    why shows the correction, its note and what the model said.

    \b
    Examples:
      narrative correct 66ae --stance bearish --note "he quotes the other camp"
      narrative correct 66ae --stance model
      narrative correct --export corrections.jsonl
    """  # noqa: D301
    if out is not None:
        if view or stance or note is not None:
            raise click.UsageError("--export stands alone: it writes all corrections")
        _export(out, db)
        return
    if view is None:
        raise click.UsageError("which view? give a VIEW, an id that ask printed, or --export FILE.jsonl")
    if stance is None:
        raise click.UsageError(f"what does it say? give --stance: {', '.join(_STANCES)}")
    if note is None and stance != "model":
        raise click.UsageError('why? give --note "...", which is shown with the view')
    _correct(view, stance, note or "taken back", db)


def _correct(view: str, stance: Ruling, note: str, db: Path) -> None:
    from narrative import api
    from narrative.clock import SystemClock
    from narrative.targets import load_targets
    from narrative.tell.why import named_views, render_correction

    with api.open(db, clock=SystemClock()) as ledger:
        whole = ledger.why(view).entry.view
        if ledger.correct(whole, stance, note) is None:
            click.echo(f"nothing changed: view {view} was corrected so before, with this note")
            return
        width = min(shutil.get_terminal_size((80, 24)).columns, 120)
        evidence = ledger.why(whole)
        short = ledger.shorten(named_views(evidence))
        click.echo(render_correction(evidence, load_targets(), width=width, short=short), nl=False)


def _export(out: Path, db: Path) -> None:
    from narrative import api
    from narrative.commands.output import write_whole
    from narrative.correcting import training_rows
    from narrative.targets import load_targets
    from narrative.tell.layout import count

    left_out: Counter[str] = Counter()
    with api.open(db, readonly=True) as ledger:
        rows = [
            json.dumps(row, ensure_ascii=False) for row in training_rows(ledger, load_targets(), left_out)
        ]
    write_whole(out, "".join(f"{row}\n" for row in rows))
    click.echo(f"{out}: {count(len(rows), 'row')}")
    for reason, number in left_out.items():
        click.echo(f"left out: {number} {reason}")
