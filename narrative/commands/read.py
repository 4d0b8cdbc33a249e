"""narrative read: articles from files, nothing kept."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import click

from narrative.commands.failures import Failures


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line (the README describes it).")
@click.option("--model", help="Another model: a folder, or an id of the Hugging Face hub.")
def command(files: tuple[Path, ...], as_json: bool, model: str | None) -> None:
    """Read articles (.txt as they are, .html extracted first) and print who said what.

    \b
    Examples:
      narrative read story.txt
      narrative read *.html --json > readings.jsonl
    """  # noqa: D301
    from narrative.contract import reading_json
    from narrative.intake import reading_of_file
    from narrative.read.foreign import load_model
    from narrative.targets import load_targets
    from narrative.tell.reading import render

    targets, failures = load_targets().whole(), Failures()
    judge = load_model(model, targets)
    width = min(shutil.get_terminal_size((80, 24)).columns, 120)
    for path in files:
        with failures.told():
            reading = reading_of_file(path, judge)
            click.echo(
                json.dumps(reading_json(reading, str(path)), ensure_ascii=False)
                if as_json
                else render(reading, targets, str(path), width=width)
            )
    failures.stop()
