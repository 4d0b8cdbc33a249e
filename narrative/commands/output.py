"""Files that are written: in the form that their name says, there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from narrative.errors import NarrativeError, UsageError


def form_of(path: Path | None, forms: Mapping[str, str], instead: str) -> str | None:
    """Return the form that the ending of a file stands for, None for a file without one or no file.

    `instead` says what to give otherwise. Raises UsageError for an ending of another kind of file, which nobody could open.
    """
    ending = path.suffix.lower() if path is not None else ""
    if ending and ending not in forms:
        raise UsageError(f"{path}: nothing is written as {ending} (but as {', '.join(forms)}); {instead}")
    return forms.get(ending)


def write_whole(path: Path, text: str) -> None:
    """Write beside the target in UTF-8 and move into place. Raises NarrativeError when that cannot be done."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise NarrativeError(f"cannot write {path}: {error.strerror or error}") from error
