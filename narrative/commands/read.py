"""narrative read: articles from files, nothing kept."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line (the README describes it).")
@click.option(
    "--model",
    "model_folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of another model.",
)
def command(files: tuple[Path, ...], as_json: bool, model_folder: Path | None) -> None:
    """Read articles (.txt as they are, .html extracted first) and print who said what.

    \b
    Examples:
      narrative read story.txt
      narrative read *.html --json > readings.jsonl
    """  # noqa: D301
    from narrative.contract import reading_json
    from narrative.errors import NarrativeError
    from narrative.intake import reading_of_file
    from narrative.read.encoder import load_reader
    from narrative.tell.reading import render

    model = load_reader(model_folder)
    failed: list[NarrativeError] = []
    for path in files:
        try:
            reading = reading_of_file(path, model)
        except NarrativeError as error:
            failed.append(error)
            click.echo(f"narrative: {error}", err=True)
            continue
        click.echo(
            json.dumps(reading_json(reading, str(path)), ensure_ascii=False)
            if as_json
            else render(reading, str(path))
        )
    if failed:
        raise click.exceptions.Exit(1)
