"""narrative evaluate: how well articles are read, against annotations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from narrative.errors import NarrativeError, UsageError

if TYPE_CHECKING:
    from narrative.evaluate.outcome import Outcome
    from narrative.read.gold import GoldArticle

_FILE = click.Path(path_type=Path)


@click.command()
@click.option(
    "--gold", type=_FILE, help="Folder or file of annotated articles, or a .jsonl of standoff annotations."
)
@click.option(
    "--texts",
    type=_FILE,
    help="Folder of the texts of standoff annotations  [default: texts, beside the .jsonl]",
)
@click.option(
    "--split",
    type=click.Choice(["train", "dev", "test", "all"]),
    help="Split of the corpus  [default: dev without --gold, else all]",
)
@click.option(
    "--against",
    type=_FILE,
    help="Score a second annotation of the same texts instead of the model: agreement.",
)
@click.option(
    "--errors", type=click.IntRange(min=1), metavar="N", help="Show up to N differences of each stage."
)
@click.option("--slices", is_flag=True, help="Scores by cell of the coverage list too.")
@click.option("--json", "as_json", is_flag=True, help="All scores as one JSON object.")
@click.option("--floors", type=_FILE, help="Fail when a score is below its floor in this file.")
@click.option("--pin", metavar="NAME", help="Write the scores as floors NAME into --floors.")
@click.option("--lower", is_flag=True, help="Allow --pin to lower a floor.")
@click.option(
    "--set", "name", metavar="NAME", help="Which floors to hold the scores to  [default: corpus-SPLIT]"
)
@click.option(
    "--model",
    "model_folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of another model.",
)
def command(**given: Any) -> None:
    """Score the reader on annotated articles, stage by stage: your own, or this project's.

    Without --gold the development split of the project's corpus is scored; the corpus comes with the source, not with the
    installed package. Annotate in the corpus markup (corpus/GUIDELINES.md) to score your own articles.

    \b
    Examples:
      narrative evaluate
      narrative evaluate --gold my-articles/ --errors 5
      narrative evaluate --gold real.jsonl --texts texts/ --json
      narrative evaluate --gold first/ --against second/
    """  # noqa: D301
    from narrative.evaluate.documents import digest_of
    from narrative.evaluate.report import render, render_differences
    from narrative.evaluate.summary import summary

    gold, name = _gold(given)
    outcomes = _outcomes(gold, given)
    scores = summary(outcomes)
    click.echo(
        json.dumps(scores, ensure_ascii=False) if given["as_json"] else render(scores, given["slices"])
    )
    if given["errors"] and not given["as_json"]:
        differences = [d for outcome in outcomes for d in outcome.differences]
        click.echo("\n" + render_differences(differences, given["errors"]))
    if given["floors"] or given["pin"]:
        _hold(scores, digest_of(gold), name, given)


def _gold(given: dict[str, Any]) -> tuple[list[GoldArticle], str]:
    """Return the annotated articles and the name of their floors."""
    from narrative.bundled import bundled
    from narrative.evaluate.documents import read_documents

    path, split = given["gold"], given["split"]
    if path is None:
        try:
            path, split = bundled("corpus/articles"), split or "dev"
        except NarrativeError as error:
            raise UsageError(
                "the corpus is not in this installation; give --gold with articles of your own"
            ) from error
    split = split or "all"
    return read_documents(path, given["texts"], split), given["name"] or given["pin"] or f"corpus-{split}"


def _outcomes(gold: list[GoldArticle], given: dict[str, Any]) -> list[Outcome]:
    from narrative.commands.progress import bar
    from narrative.evaluate.documents import read_documents
    from narrative.evaluate.scoring import compare_annotations, score_model
    from narrative.read.encoder import load_reader
    from narrative.targets import load_targets

    if given["against"]:
        return compare_annotations(gold, read_documents(given["against"], given["texts"]))
    model, targets = load_reader(given["model_folder"]), load_targets()
    with bar() as draw:
        return score_model(gold, model, targets, lambda done: draw("reading", done, len(gold)))


def _hold(scores: dict[str, Any], gold: str, name: str, given: dict[str, Any]) -> None:
    """Pin floors, or fail when one is broken."""
    from narrative.commands.output import write_whole
    from narrative.evaluate.floors import broken, pin

    floors = given["floors"]
    if floors is None:
        raise UsageError("--pin needs --floors FILE to write to")
    if given["pin"]:
        write_whole(floors, pin(scores, floors, given["pin"], gold, lower=given["lower"]))
        click.echo(f"\nfloors of {given['pin']} pinned in {floors}", err=True)
    elif lines := broken(scores, floors, name, gold):
        raise NarrativeError("; ".join(lines))
