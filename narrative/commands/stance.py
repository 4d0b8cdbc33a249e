"""narrative stance: judge lines of text and target, as other tools hand them over."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

import click


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--model", help="Another model: a folder, or an id of the Hugging Face hub.")
def command(file: BinaryIO, model: str | None) -> None:
    """Read JSON lines {"text", "target"} and add stance and probabilities to each.

    The target is an id of the vocabulary or free words.

    \b
    Example:
      echo '{"text": "We would sell oil.", "target": "oil"}' | narrative stance
    """  # noqa: D301
    from narrative.errors import UsageError
    from narrative.read.foreign import load_model
    from narrative.read.stance import judge_free
    from narrative.targets import load_targets

    targets = load_targets().whole()
    judge = load_model(model, targets)
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        row = _row(line, number)
        try:
            judged = judge_free(row["text"], row["target"], judge, targets)
        except UsageError as error:
            raise UsageError(f"line {number}: {error}") from error
        click.echo(json.dumps({**row, **judged}, ensure_ascii=False))


def _row(line: bytes, number: int) -> dict[str, Any]:
    from narrative.errors import UsageError

    try:
        row = json.loads(line.decode("utf-8-sig"))
    except ValueError as error:
        raise UsageError(f"line {number} is not JSON in UTF-8: {error}") from error
    if not (
        isinstance(row, dict) and isinstance(row.get("text"), str) and isinstance(row.get("target"), str)
    ):
        raise UsageError(f'line {number} is not {{"text": "...", "target": "..."}}')
    return row
