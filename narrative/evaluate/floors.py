"""Floors: scores that may not fall. One TOML file holds a table for each set of gold; lowering a floor has to be asked for.

[corpus-dev]
gold = "1f2e3d4c5b6a"       # digest of the gold the scores were reached on
"found.statements.f1" = 0.71
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from narrative.errors import NarrativeError

#: scores that are pinned, as paths into a summary
PINNED = (
    "found.statements.f1",
    "found.people.f1",
    "found.firms.f1",
    "found.figures.f1",
    "found.targets.f1",
    "found.chain.f1",
    "right.speaker.rate",
    "right.firm.rate",
    "right.subject.rate",
    "stance given.macro_f1",
)
SLACK = 0.01  # what another processor's arithmetic may cost before a floor is broken


def broken(scores: Mapping[str, Any], floors: Path, name: str, gold: str) -> list[str]:
    """Return a line for each floor of table `name` that the scores do not reach, or one if the gold is another."""
    table = _read(floors).get(name)
    if table is None:
        return [f"{floors} has no floors for {name}; pin them with --pin {name}"]
    if table.get("gold") != gold:
        return [
            f"the gold is not the one that the floors of {name} were pinned on; pin them again with --pin {name}"
        ]
    out = []
    for path in PINNED:
        reached = _at(scores, path)
        if path in table and (reached is None or reached < table[path] - SLACK):
            out.append(f"{name}: {path} is {reached}, the floor is {table[path]}")
    return out


def pin(scores: Mapping[str, Any], floors: Path, name: str, gold: str, *, lower: bool) -> str:
    """Write the scores as floors of table `name`; return the file's new text.

    Raises NarrativeError when a floor would be lowered, or dropped, and `lower` does not allow it.
    """
    tables = _read(floors) if floors.exists() else {}
    old = tables.get(name, {})
    new = {path: value for path in PINNED if (value := _at(scores, path)) is not None}
    falling = [path for path in PINNED if path in old and new.get(path, -1.0) < old[path]]
    if falling and not lower:
        shown = ", ".join(f"{path} {old[path]} -> {new.get(path)}" for path in falling)
        raise NarrativeError(f"floors of {name} would be lowered ({shown}); say --lower if that is meant")
    tables[name] = {"gold": gold, **new}
    return _text(tables)


def _read(floors: Path) -> dict[str, dict[str, Any]]:
    try:
        return tomllib.loads(floors.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise NarrativeError(f"cannot read {floors}: {error}") from error


def _at(scores: Mapping[str, Any], path: str) -> float | None:
    value: Any = scores
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return None if value is None else float(value)


def _text(tables: Mapping[str, Mapping[str, Any]]) -> str:
    head = "# Scores that may not fall. Written by `narrative evaluate --floors FILE --pin NAME`; lowering one needs --lower.\n"
    rows = (
        f"\n[{name}]\n" + "".join(f"{_key(key)} = {_value(value)}\n" for key, value in table.items())
        for name, table in sorted(tables.items())
    )
    return head + "".join(rows)


def _key(key: str) -> str:
    return key if key.isidentifier() else f'"{key}"'


def _value(value: str | float) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)
