"""narrative reread: everything kept, extracted and read again with the present code and model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from narrative.commands.options import database

if TYPE_CHECKING:
    from narrative.rereading import RereadSummary

_PAGES = (
    ("same", "with the text they had"),
    ("changed", "with another text, kept beside the first"),
    ("gained", "with an article where there was none"),
    ("lost", "without an article where there was one"),
    ("none", "without an article, as before"),
    ("first", "read for the first time"),
)


@click.command()
@database
def command(db: Path) -> None:
    """Extract and read every kept page again with the present code and model. Nothing is fetched.

    The new views stand beside the old ones; answers about earlier moments (--known-at) stay as they were. Run it after an
    upgrade. It may be stopped at any time: the next run goes on from there.

    \b
    Example:
      narrative reread
    """  # noqa: D301
    from narrative import api
    from narrative.clock import SystemClock
    from narrative.commands.progress import bar
    from narrative.read.encoder import load_reader
    from narrative.rereading import reread
    from narrative.targets import load_targets

    with api.open(db, clock=SystemClock()) as ledger, bar() as progress:
        summary = reread(ledger, load_reader(), load_targets().whole(), progress)
    for line in lines(summary):
        click.echo(line)


def lines(summary: RereadSummary) -> list[str]:
    """Return what was read again and what that changed, one fact a line."""
    from narrative.tell.layout import count

    if not (summary.pages or summary.texts):
        return ["nothing to do: the present code and model have read everything that is kept"]
    told = [f"vintage     {summary.vintage.model}", f"pages       {summary.pages}"]
    told += [f"  {getattr(summary, name):<9} {words}" for name, words in _PAGES if getattr(summary, name)]
    if summary.restated:
        told.append(f"  {summary.restated:<9} state another title or date now; the first ones stand")
    if summary.texts:
        told.append(f"texts       {summary.texts} that came without a page")
    before, after = summary.before, summary.after
    return [
        *told,
        f"statements  {after.statements}, before {before.statements}",
        f"views       {after.views}, before {before.views}",
        f"judgement   {count(summary.otherwise, 'view')} on the same words changed stance",
    ]
