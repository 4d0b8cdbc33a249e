"""narrative rejudge: the statements that are kept, judged again by another model or for new targets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from narrative.commands.options import database

if TYPE_CHECKING:
    from narrative.rejudging import RejudgeSummary


@click.command()
@click.option(
    "--model", help="Another model than the shipped one: a folder, or an id of the Hugging Face hub."
)
@click.option(
    "--targets",
    "only_new",
    is_flag=True,
    help="Ask only about targets that are new in the vocabulary; all other views are taken over.",
)
@database
def command(model: str | None, only_new: bool, db: Path) -> None:
    """Judge the statements of the ledger again. Nothing is fetched and no page is extracted (that is reread).

    The new views stand beside the old ones and answer from now on; answers about earlier moments (--known-at) stay as they
    were, and diff-vintage tells what changed. It may be stopped at any time: the next run goes on from there. To return to
    the shipped model, run it without --model.

    \b
    Examples:
      narrative rejudge --targets
      narrative rejudge --model ProsusAI/finbert
    """  # noqa: D301
    from narrative import api
    from narrative.clock import SystemClock
    from narrative.commands.progress import bar
    from narrative.read.foreign import load_model
    from narrative.rejudging import rejudge
    from narrative.targets import load_targets

    targets = load_targets()
    with api.open(db, clock=SystemClock()) as ledger, bar() as progress:
        summary = rejudge(ledger, load_model(model, targets), targets, progress, only_new=only_new)
    for line in lines(summary):
        click.echo(line)


def lines(summary: RejudgeSummary) -> list[str]:
    """Return what was judged again and what that changed, one fact a line."""
    from narrative.tell.layout import count

    elsewhere = (
        [f"left alone  {summary.elsewhere} judged by another model or code: run without --targets"]
        if summary.elsewhere
        else []
    )
    if not summary.articles:
        return [
            "nothing to do: this model, code and vocabulary have judged all there is to judge",
            *elsewhere,
        ]
    before, after = summary.before, summary.after
    return [
        f"vintage     {summary.vintage.model}",
        f"articles    {summary.articles}",
        f"statements  {summary.statements}",
        *([f"targets     {len(summary.added)} new ones asked about"] if summary.added else []),
        f"views       {summary.views} made; {after.views} speak now, before {before.views}",
        f"judgement   {count(summary.otherwise, 'view')} on the same words changed stance",
        *elsewhere,
    ]
