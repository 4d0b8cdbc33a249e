"""Tickers of listed companies by name, for a question that names one as if it were a target."""

from __future__ import annotations

import csv
from functools import lru_cache

from narrative import bundled


@lru_cache(maxsize=1)
def _tickers() -> dict[str, str]:
    """Return tickers by ticker, name and alias, case aside; where two companies share a name, the large one's."""
    found: dict[str, str] = {}
    with bundled.data("instruments.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "stock"]
    for row in sorted(rows, key=lambda row: not row["large"]):
        for name in (row["name"], *row["aliases"].split("|")):
            found.setdefault(name.lower(), row["symbol"])
    for row in rows:
        if len(row["symbol"]) > 1:
            found.setdefault(row["symbol"].lower(), row["symbol"])
    return found


def ticker(company: str) -> str | None:
    """Return the ticker of a company given by name or ticker, None for one that is not listed."""
    return _tickers().get(company.lower()) if company else None
