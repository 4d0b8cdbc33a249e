"""Text files that are there whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from narrative.errors import NarrativeError


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
