"""narrative read: articles from files, nothing kept."""

from __future__ import annotations

import json
import shutil
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from narrative.commands.failures import Failures

if TYPE_CHECKING:
    from narrative.read.encoder import StanceModel


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line (the README describes it).")
@click.option("--model", help="Another model: a folder, or an id of the Hugging Face hub.")
@click.option(
    "--jobs", type=click.IntRange(1), default=1, help="Processes to read many files on several cores."
)
def command(files: tuple[Path, ...], as_json: bool, model: str | None, jobs: int) -> None:
    """Read articles (.txt as they are, .html extracted first) and print who said what.

    \b
    Examples:
      narrative read story.txt
      narrative read *.html --json --jobs 2 > readings.jsonl
    """  # noqa: D301
    from narrative.read.workers import over_processes

    _judge(model)  # before all: a model that cannot be used is one error, not one a file
    width = None if as_json else min(shutil.get_terminal_size((80, 24)).columns, 120)
    failures = Failures()
    for told in over_processes(partial(_told, model=model, width=width), files, min(jobs, len(files))):
        with failures.told():
            click.echo(told())
    failures.stop()


def _told(path: Path, *, model: str | None, width: int | None) -> str:
    """What is printed of one file: JSON without a width."""
    from narrative.contract import reading_json
    from narrative.intake import reading_of_file
    from narrative.targets import load_targets
    from narrative.tell.reading import render

    reading = reading_of_file(path, _judge(model))
    if width is None:
        return json.dumps(reading_json(reading, str(path)), ensure_ascii=False)
    return render(reading, load_targets(), str(path), width=width)


@lru_cache(maxsize=1)
def _judge(model: str | None) -> StanceModel:
    """The model, once a process."""
    from narrative.read.foreign import load_model
    from narrative.targets import load_targets

    return load_model(model, load_targets().whole())
