"""narrative rejudge: the statements that are kept, judged again by another model or for new targets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import wrap
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

    targets = load_targets().whole()
    names = {target.id: target.name for target in targets}
    with api.open(db, clock=SystemClock()) as ledger, bar() as progress:
        summary = rejudge(ledger, load_model(model, targets), targets, progress, only_new=only_new)
    for line in lines(summary, names):
        click.echo(line)


def lines(summary: RejudgeSummary, names: Mapping[str, str]) -> list[str]:
    """Return what was judged again and what that changed, one fact a line; `names` are those of the targets."""
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
        *_asked(summary, names),
        f"views       {summary.views} made; {after.views} speak now, before {before.views}",
        f"judgement   {count(summary.otherwise, 'view')} on the same words changed stance",
        *elsewhere,
    ]


def _asked(summary: RejudgeSummary, names: Mapping[str, str]) -> list[str]:
    """Return which targets were asked about, when not all were: those that are new, or that no view was on."""
    from narrative.tell.layout import count

    if not summary.added:
        return []
    if not summary.certain:
        return [f"targets     {count(len(summary.added), 'target')} without a view before asked about"]
    told = f"{', '.join(names[target] for target in summary.added)}: new, so asked about"
    return wrap(told, 80, initial_indent="targets     ", subsequent_indent=" " * 12)
