"""The word lists of `data/words.toml`, read once."""

from __future__ import annotations

import tomllib
from functools import lru_cache

from narrative import bundled


@lru_cache(maxsize=64)
def words(section: str, name: str) -> frozenset[str]:
    """Return a list as a set of words. Raises KeyError for a list that does not exist."""
    return frozenset(_lists()[section][name].split())


@lru_cache(maxsize=64)
def phrases(section: str, name: str) -> tuple[str, ...]:
    """Return a list whose entries stand one a line. Raises KeyError for a list that does not exist."""
    return tuple(line.strip() for line in _lists()[section][name].splitlines() if line.strip())


@lru_cache(maxsize=1)
def _lists() -> dict[str, dict[str, str]]:
    return tomllib.loads(bundled.data("words.toml").read_text(encoding="utf-8"))
