"""narrative evaluate: how well articles are read, against annotations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from narrative.errors import NarrativeError, UsageError

if TYPE_CHECKING:
    from narrative.evaluate.outcome import Outcome
    from narrative.read.annotated import GoldArticle

_FILE = click.Path(path_type=Path)
_SPLITS = ("train", "dev", "test", "all")


@click.command()
@click.option(
    "--gold", type=_FILE, help="Folder or file of annotated articles, or a .jsonl of standoff annotations."
)
@click.option(
    "--texts",
    type=_FILE,
    help="Folder of the texts of standoff annotations  [default: texts/ beside the .jsonl]",
)
@click.option(
    "--split",
    type=click.Choice(_SPLITS),
    help="Split by the corpus's rule  [default: dev without --gold, else all]",
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
@click.option("--floors", type=_FILE, help="Fail when a score of the model is below its floor in this file.")
@click.option(
    "--set",
    "name",
    metavar="NAME",
    help="Which floors of the file  [default: its only ones, or corpus-SPLIT]",
)
@click.option("--pin", metavar="NAME", help="Write the scores into --floors, as floors NAME.")
@click.option("--lower", is_flag=True, help="Allow --pin to lower a floor.")
@click.option("--model", help="Another model: a folder, or an id of the Hugging Face hub.")
def command(**given: Any) -> None:
    """Score the reader on annotated articles, stage by stage: your own, or this project's.

    Without --gold the development split of the project's corpus is scored; the corpus comes with the source, not with the
    installed package. corpus/GUIDELINES.md describes the markup for articles of your own.

    \b
    Examples:
      narrative evaluate
      narrative evaluate --gold my-articles/ --errors 5
      narrative evaluate --gold real.jsonl --texts texts/ --json
      narrative evaluate --gold first/ --against second/
    """  # noqa: D301
    from narrative.evaluate.documents import digest_of
    from narrative.evaluate.floors import checked, read_floors, require
    from narrative.evaluate.report import first_of_each, render, render_differences
    from narrative.evaluate.summary import summary

    _refuse_what_does_not_go_together(given)
    gold, split = _gold(given)
    floors = given["floors"]
    tables = read_floors(floors, missing=bool(given["pin"])) if floors else {}
    name = checked(given["pin"] or given["name"] or _only(tables, given) or f"corpus-{split}")
    if floors and not given["pin"]:
        require(tables, name, floors)
    model, gold, outcomes = _compared(gold, given) if given["against"] else _scored(gold, given)
    scores, digest = summary(outcomes), digest_of(gold)
    differences = [difference for outcome in outcomes for difference in outcome.differences]
    if given["as_json"]:
        head = {"model": model, "gold": digest}
        some = first_of_each(differences, given["errors"] or 0)
        shown = {"differences": [difference._asdict() for difference in some]} if given["errors"] else {}
        click.echo(json.dumps({**head, **scores, **shown}, ensure_ascii=False))
    else:
        click.echo(render(scores, given["slices"], agreement=given["against"] is not None))
        if given["errors"]:
            click.echo("\n" + render_differences(differences, given["errors"]))
    if floors:
        _hold(scores, tables, name, digest, given)


def _refuse_what_does_not_go_together(given: dict[str, Any]) -> None:
    standoff = given["gold"] is not None and given["gold"].suffix == ".jsonl"
    for wrong, words in (
        (given["pin"] and not given["floors"], "--pin needs --floors FILE to write to"),
        (given["lower"] and not given["pin"], "--lower goes with --pin"),
        (given["name"] and given["pin"], "--pin NAME names the floors; leave --set out"),
        (given["name"] and not given["floors"], "--set needs --floors FILE to look in"),
        (given["against"] and given["floors"], "floors are a model's; leave --against out"),
        (
            given["against"] and not given["gold"],
            "--against needs --gold, the annotation it is compared with",
        ),
        (given["against"] and given["model"], "--against scores an annotation; leave --model out"),
        (given["texts"] and not standoff, "--texts goes with --gold FILE.jsonl"),
        (given["split"] and standoff, "standoff annotations have no splits; leave --split out"),
    ):
        if wrong:
            raise UsageError(words)


def _gold(given: dict[str, Any]) -> tuple[list[GoldArticle], str]:
    """Return the annotated articles and their split."""
    from narrative.evaluate.documents import read_documents

    path, split = given["gold"], given["split"]
    if path is None:
        path, split = _corpus(), split or "dev"
    split = split or "all"
    if split in ("train", "all") and given["gold"] is None:
        click.echo(
            "narrative: the model was trained on the train split: its scores there say little", err=True
        )
    return read_documents(path, given["texts"], split), split


def _corpus() -> Path:
    """Return the project's corpus: that of the checkout one stands in, if the installation has none."""
    from narrative.bundled import bundled

    place = "corpus/articles"
    try:
        return bundled(place)
    except NarrativeError as error:
        if Path(place).is_dir():
            return Path(place)
        raise UsageError(
            "the corpus is not in this installation; run this in a checkout, or give --gold with articles of your own"
        ) from error


def _only(tables: dict[str, Any], given: dict[str, Any]) -> str | None:
    """Return the name of the file's only floors, for gold of one's own."""
    return next(iter(tables)) if given["gold"] is not None and len(tables) == 1 else None


#: the model's name when there is one, the articles that were scored, and an outcome for each
_Result = tuple[str | None, "list[GoldArticle]", "list[Outcome]"]


def _scored(gold: list[GoldArticle], given: dict[str, Any]) -> _Result:
    from narrative.commands.progress import bar
    from narrative.evaluate.scoring import score_model
    from narrative.read.foreign import load_model
    from narrative.read.reader import vintage_of
    from narrative.targets import load_targets

    targets = load_targets().whole()
    model = load_model(given["model"], targets)
    with bar() as draw:
        outcomes = score_model(gold, model, targets, lambda done: draw("reading", done, len(gold)))
    return vintage_of(model, targets).model, gold, outcomes


def _compared(gold: list[GoldArticle], given: dict[str, Any]) -> _Result:
    """Compare the articles that both annotations have, and say how many only one has."""
    from narrative.evaluate.documents import read_documents
    from narrative.evaluate.scoring import compare_annotations

    other = read_documents(given["against"], given["texts"])
    ids = {article.id for article in gold} & {article.id for article in other}
    outcomes = compare_annotations(gold, other)
    for one, side, there in ((gold, "--gold", "--against"), (other, "--against", "--gold")):
        if len(ids) < len(one):
            lacking = f"{len(one) - len(ids)} of the {len(one)} articles of {side} are not in {there}"
            click.echo(f"narrative: {lacking}", err=True)
    return None, [article for article in gold if article.id in ids], outcomes


def _hold(
    scores: dict[str, Any], tables: dict[str, Any], name: str, gold: str, given: dict[str, Any]
) -> None:
    """Pin floors, or fail when one is broken."""
    from narrative.commands.output import write_whole
    from narrative.evaluate.floors import broken, pinned

    if given["pin"]:
        text, lowered = pinned(scores, tables, name, gold, lower=given["lower"])
        write_whole(given["floors"], text)
        click.echo(f"narrative: floors of {name} pinned in {given['floors']}", err=True)
        for line in lowered:
            click.echo(f"narrative: lowered: {line}", err=True)
    elif lines := broken(scores, tables, name, gold):
        raise NarrativeError("; ".join(lines))
    else:
        click.echo(f"narrative: the floors of {name} hold", err=True)
