"""A narrative and its file: a claim, and the sign that each of its legs has in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from narrative.errors import NarrativeError
from narrative.located import Located

if TYPE_CHECKING:
    from narrative.targets import Targets

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_KEYS = ("title", "hypothesis", "legs", "spreads")


@dataclass(frozen=True, slots=True)
class Narrative:
    """A named claim and the sign each of its legs has in it.

    `spreads` are the pairs of tickers (long, short) whose returns stand beside it, the first before all; without
    any, the proxies of its legs make one.
    """

    name: str
    title: str
    hypothesis: str
    legs: Mapping[str, int]
    spreads: tuple[tuple[str, str], ...] = ()


def narrative_of(name: str, document: Located, targets: Targets) -> Narrative:
    """Return the narrative that a file holds, over a vocabulary. Raises NarrativeError, with the line, for a mistake."""
    if not _NAME.fullmatch(name):
        raise NarrativeError(f"{document.path}: name the file in small letters, digits, - and _")
    for key in document.values:
        if key not in _KEYS:
            raise document.refuse((key,), f"unknown key {key!r}; known: {', '.join(_KEYS)}")
    texts = {key: document.values.get(key, default) for key, default in (("title", name), ("hypothesis", ""))}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise document.refuse((key,), f"{key} must be a text, not {value!r}")
    legs = document.values.get("legs", {})
    if not isinstance(legs, dict) or not legs:
        raise document.refuse(("legs",), "a narrative needs [legs], a line TARGET = 1 or TARGET = -1 each")
    for target, sign in legs.items():
        if target not in targets:
            near = get_close_matches(target, targets.rows, 3, 0.5)
            hint = f"; near: {', '.join(near)}" if near else "; narrative narratives list --targets names all"
            raise document.refuse(("legs", target), f"unknown target {target!r}{hint}")
        if isinstance(sign, bool) or sign not in (1, -1):
            raise document.refuse(("legs", target), f"the sign of {target} must be 1 or -1, not {sign!r}")
    return Narrative(name, texts["title"], texts["hypothesis"], legs, _spreads(document))


def _spreads(document: Located) -> tuple[tuple[str, str], ...]:
    """Return the pairs of tickers of a narrative. Raises NarrativeError for anything else."""
    listed = document.values.get("spreads", [])
    for pair in listed if isinstance(listed, list) else [listed]:
        tickers = pair if isinstance(pair, list) else []
        if len(tickers) != 2 or not all(isinstance(t, str) and t for t in tickers) or len(set(tickers)) != 2:
            raise document.refuse(("spreads",), f'a spread is two tickers, ["IWM", "QQQ"], not {pair!r}')
    return tuple((long, short) for long, short in listed)
