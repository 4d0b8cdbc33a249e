"""TOML files that people write: their values, and for a complaint the line on which a key stands.

The standard library's parser gives no lines. Here the text is taken statement by statement, each one the fewest lines that
parse together, and the keys of a statement stand on its first line.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from narrative.errors import NarrativeError

Key = tuple[str | int, ...]
"""A way into a document: ("legs", "small_caps"), or ("target", 1, "name") in the second [[target]]."""


class Located:
    """One TOML document. Raises NarrativeError, with the line, for a file that cannot be read or is no TOML."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._text = path.read_text(encoding="utf-8-sig")
            self.values: dict[str, Any] = tomllib.loads(self._text)
        except OSError as error:
            raise NarrativeError(f"cannot read {path}: {error.strerror or error}") from error
        except UnicodeDecodeError as error:
            raise NarrativeError(f"cannot read {path}: not UTF-8 (byte {error.start})") from error
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise NarrativeError(f"cannot read {path}: {error}") from error

    def line(self, *key: str | int) -> int:
        """Return the line on which a key stands, else that of what it stands in, else 1."""
        while key:
            if key in self._lines:
                return self._lines[key]
            key = key[:-1]
        return 1

    def refuse(self, key: Key, complaint: str) -> NarrativeError:
        """Return the error to raise about a key: file, line, complaint."""
        return NarrativeError(f"{self.path}:{self.line(*key)}: {complaint}")

    @cached_property
    def _lines(self) -> dict[Key, int]:
        found: dict[Key, int] = {}
        tables: Counter[Key] = Counter()
        header = ""
        for number, statement in _statements(self._text):
            if statement.lstrip().startswith("["):
                header = statement
                for way in _ways(tomllib.loads(header), tables, new=True):
                    found.setdefault(way, number)
                continue
            for way in _ways(tomllib.loads(f"{header}\n{statement}"), tables, new=False):
                found.setdefault(way, number)
        return found


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield the statements of a text that parses as a whole, each with the number of its first line."""
    begun, pending = 1, ""
    for number, line in enumerate(text.split("\n"), 1):
        if not pending:
            begun = number
        pending += line + "\n"
        try:
            tomllib.loads(pending)
        except tomllib.TOMLDecodeError:
            continue
        if pending.strip() and not pending.lstrip().startswith("#"):
            yield begun, pending
        pending = ""


def _ways(value: Any, tables: Counter[Key], *, new: bool, at: Key = ()) -> Iterator[Key]:
    """Yield the ways to all keys in a value; tables of an array are numbered in the order in which they come."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*at, name)
            yield from _ways(inner, tables, new=new, at=(*at, name))
    elif isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        tables[at] += new
        yield (*at, max(tables[at] - 1, 0))
        yield from _ways(value[0], tables, new=new, at=(*at, max(tables[at] - 1, 0)))
