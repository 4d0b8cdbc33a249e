"""The market beside a narrative: the return of its long leg less its short leg, by their proxies."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from narrative.ledger import Ledger
from narrative.targets import Narrative, load_targets

if TYPE_CHECKING:
    from narrative.measure.returns import Spread


def spread_name(story: Narrative) -> str:
    """Return the spread as printed, "IWM − QQQ", empty for a narrative that lacks a side."""
    sides = _proxies(story)
    return f"{sides[1]} \u2212 {sides[-1]}" if sides[1] and sides[-1] else ""


def spread_of(ledger: Ledger, story: Narrative, known_at: datetime | None) -> Spread | None:
    """Return the spread from the prices kept (and known at a moment), None without prices of both sides."""
    from narrative.measure.returns import spread

    sides = _proxies(story)
    if not (sides[1] and sides[-1]):
        return None
    rows = ledger.prices([sides[1], sides[-1]], known_at=known_at)
    legs = [[row for row in rows if row.symbol == sides[sign]] for sign in (1, -1)]
    return spread(*legs) if all(legs) else None


def _proxies(story: Narrative) -> dict[int, str | None]:
    """The ticker that stands for each side of a narrative: the proxy of its first leg of that sign."""
    targets = load_targets()
    return {
        sign: next((targets[t].proxy for t, s in story.legs.items() if s == sign), None) for sign in (1, -1)
    }
