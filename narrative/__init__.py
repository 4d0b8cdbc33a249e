"""Who said what about which part of the market: a point-in-time ledger of attributed market views.

    from datetime import UTC, datetime
    from pathlib import Path

    import narrative

    then = datetime(2026, 2, 14, 22, tzinfo=UTC)
    with narrative.open("narrative.db") as db:
        print(narrative.ask(db, "who is bullish on small caps", as_of=then).text(limit=3))
        for point in narrative.series(db, "rotation", as_of=then):
            print(point.label, point.net, point.n_bullish, point.n_bearish, point.n_neutral)
        Path("digest.html").write_text(narrative.digest(db, "rotation", as_of=then).html, encoding="utf-8")
        print(narrative.factor(db, "rotation", as_of=then)[["date", "factor", "n_eff", "flag"]].tail(3))
    for view in narrative.reading("Small caps will lead, said Ann Lee, a strategist at Harbor Lane.").views:
        print(view.stance, view.target, view.bullish)

The functions come from `narrative.library` when they are first used, so that an import of the package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from narrative.library import Flags, ask, digest, factor, open, reading, series  # noqa: A004 -- named as a reader expects it

__all__ = ["Flags", "ask", "digest", "factor", "open", "reading", "series"]


def __getattr__(name: str) -> Any:
    """Return one of the public functions. Raises AttributeError for any other name."""
    if name == "read":
        raise AttributeError(
            "narrative.read is the package that reads; a text is read by narrative.reading(text)"
        )
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from narrative import library

    return getattr(library, name)


def __dir__() -> list[str]:
    """Name the public functions beside what is there."""
    return sorted({*globals(), *__all__})
