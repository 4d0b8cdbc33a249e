"""Floors: a model's scores that may not fall. One TOML file holds a table for each set of gold.

[corpus-dev]
gold = "1f2e3d4c5b6a"       # digest of the gold the scores were reached on
"found.statements.f1" = 0.71
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from narrative.errors import NarrativeError, UsageError
from narrative.evaluate.summary import score_at

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
    "stance given.answered",
)
SLACK = 0.01  # what another processor's arithmetic may cost before a floor is broken
_NAME = re.compile(r"[A-Za-z0-9_-]+")

Tables = dict[str, dict[str, Any]]


def read_floors(path: Path, name: str | None = None, *, missing: bool = False) -> Tables:
    """Read a floors file; an absent one is empty if `missing` allows it. `name` is a table that must be there.

    Raises NarrativeError for a file that is no floors file or lacks the table.
    """
    if not path.exists():
        if missing:
            return {}
        raise NarrativeError(f"there is no {path} yet; write it with --pin NAME")
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise NarrativeError(f"cannot read {path}: {error}") from error
    for key, table in tables.items():
        good = isinstance(table, dict) and isinstance(table.get("gold"), str)
        if not good or not all(isinstance(table[path], int | float) for path in set(table) - {"gold"}):
            raise NarrativeError(f"{path}: {key} is no table of floors: the digest `gold` and numbers")
    if name is not None:
        require(tables, name, path)
    return tables


def require(tables: Tables, name: str, path: Path) -> None:
    """Raise NarrativeError when the floors read from `path` have no table of that name."""
    if name not in tables:
        there = ", ".join(sorted(tables)) or "none"
        raise NarrativeError(
            f"{path} has no floors for {name}, but {there}; choose with --set or pin with --pin"
        )


def broken(scores: Mapping[str, Any], tables: Tables, name: str, gold: str) -> list[str]:
    """Return a line for each floor of table `name` that the scores do not reach, or one if the gold is another."""
    table = tables[name]
    if table["gold"] != gold:
        again = f"pin them again with --pin {name}, and --lower where scores fall"
        return [f"the gold is not the one that the floors of {name} were pinned on; {again}"]
    out = []
    for path in PINNED:
        reached = score_at(scores, path)
        if path in table and (reached is None or reached < table[path] - SLACK):
            out.append(f"{name}: {path} is {reached}, the floor is {table[path]}")
    return out


def pinned(
    scores: Mapping[str, Any], tables: Tables, name: str, gold: str, *, lower: bool
) -> tuple[str, list[str]]:
    """Return the file's new text with the scores as floors of table `name`, and what was lowered.

    Raises UsageError for a name that cannot be one, NarrativeError when a floor would fall by more than SLACK and `lower` does
    not allow it.
    """
    checked(name)
    old = tables.get(name, {})
    new = {path: value for path in PINNED if (value := score_at(scores, path)) is not None}
    falling = [
        f"{path} {old[path]} -> {new.get(path)}"
        for path in PINNED
        if path in old and new.get(path, -1.0) < old[path] - SLACK
    ]
    if falling and not lower:
        raise NarrativeError(
            f"floors of {name} would be lowered ({', '.join(falling)}); say --lower if that is meant"
        )
    return _text({**tables, name: {"gold": gold, **new}}), falling


def checked(name: str) -> str:
    """Return a table's name. Raises UsageError for one that is not made of letters, digits, - and _."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot name floors; use letters, digits, - and _")
    return name


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
