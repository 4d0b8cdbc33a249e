"""narrative stance: judge lines of text and target, as other tools hand them over."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TextIO

import click


@click.command()
@click.argument("file", type=click.File("r", encoding="utf-8"), default="-")
@click.option(
    "--model",
    "model_folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of another model.",
)
def command(file: TextIO, model_folder: Path | None) -> None:
    """Read JSON lines {"text", "target"} and add stance and probabilities to each.

    The target is an id of the vocabulary or free words.

    \b
    Example:
      echo '{"text": "We would fade small caps.", "target": "small_caps"}' | narrative stance
    """  # noqa: D301
    from narrative.errors import UsageError
    from narrative.read.encoder import load_reader
    from narrative.read.stance import judge_free
    from narrative.targets import load_targets

    model, targets = load_reader(model_folder), load_targets()
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            text, target = row["text"], row["target"]
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise UsageError(f'line {number} is not {{"text": ..., "target": ...}}: {error}') from error
        sys.stdout.write(
            json.dumps({**row, **judge_free(text, target, model, targets)}, ensure_ascii=False) + "\n"
        )
