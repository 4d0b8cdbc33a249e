"""The printed table and the machine it holds for."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what was measured, what it gave, and a remark."""

    name: str
    value: str
    remark: str


def table(rows: Sequence[Row]) -> str:
    """Return the rows in aligned columns."""
    first, second = (max(len(getattr(row, part)) for row in rows) for part in ("name", "value"))
    return "\n".join(f"{row.name:<{first}}  {row.value:>{second}}  {row.remark}" for row in rows)


def machine() -> str:
    """Return what the numbers hold for: cores, load, system and Python."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores (load {load:.1f}), {system}"
