"""Firm aliases for questions: "Citi" is Citigroup. The reader's own gazetteer, with its contexts, is in `read/gazetteer`."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import lru_cache

from narrative import bundled


@lru_cache(maxsize=1)
def _aliases() -> dict[str, tuple[str, ...]]:
    """Aliases by canonical name."""
    with bundled.data("firms.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["canonical"]: tuple(filter(None, row["aliases"].split("|"))) for row in csv.DictReader(file)
        }


def known_as(firms: Iterable[str]) -> dict[str, str]:
    """Return {alias: firm} for those of `firms` that have aliases, names of other firms among them left out."""
    present = set(firms)
    return {alias: firm for firm in present for alias in _aliases().get(firm, ()) if alias not in present}


def canonical(name: str) -> str | None:
    """Return the canonical name of a firm given under that name or an alias, case aside; None for one that is not listed."""
    return _canonicals().get(name.lower())


@lru_cache(maxsize=1)
def _canonicals() -> dict[str, str]:
    found = {alias.lower(): firm for firm, aliases in _aliases().items() for alias in aliases}
    return {**found, **{firm.lower(): firm for firm in _aliases()}}
