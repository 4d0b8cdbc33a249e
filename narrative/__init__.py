"""Who said what about which part of the market: a point-in-time ledger of attributed market views.

`narrative.open`, `ask`, `series` and `factor` come from `narrative.library` when they are first used, so that an import
of the package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from narrative.library import ask, factor, open, series  # noqa: A004 -- named as a reader expects it

__all__ = ["ask", "factor", "open", "series"]


def __getattr__(name: str) -> Any:
    """Return one of the public functions. Raises AttributeError for any other name."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from narrative import library

    return getattr(library, name)


def __dir__() -> list[str]:
    """Name the public functions beside what is there."""
    return sorted({*globals(), *__all__})
