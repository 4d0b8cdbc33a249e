"""The market beside a narrative: the returns of its long legs less those of its short ones, by their tickers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from narrative.ledger import Ledger
from narrative.targets import Narrative, load_targets

if TYPE_CHECKING:
    from narrative.measure.legs import Leg
    from narrative.measure.returns import Spread

Pair = tuple[str, str]


def spread_name(story: Narrative) -> str:
    """Return the first spread as printed, "IWM − QQQ", empty for a narrative that lacks a side."""
    pairs = pairs_of(story)
    return pair_name(pairs[0]) if pairs else ""


def pair_name(pair: Pair) -> str:
    """Return a pair of tickers as printed, "IWM − QQQ"."""
    return f"{pair[0]} \u2212 {pair[1]}"


def pairs_of(story: Narrative) -> tuple[Pair, ...]:
    """Return the pairs of tickers, long and short, whose spreads stand beside a narrative; the first before all.

    A narrative that names none has the proxies of its first leg of each sign, or no pair when it lacks a side.
    """
    if story.spreads:
        return story.spreads
    targets = load_targets()
    long, short = (
        next((targets[t].proxy for t, s in story.legs.items() if s == sign), None) for sign in (1, -1)
    )
    return ((long, short),) if long and short else ()


def spread_of(
    ledger: Ledger, story: Narrative, known_at: datetime | None, pair: Pair | None = None
) -> Spread | None:
    """Return the spread of a pair, by default the narrative's first, from the prices kept (and known at a moment).

    None without prices of both sides.
    """
    pairs = (pair,) if pair else pairs_of(story)[:1]
    return next(iter(_spreads(ledger, pairs, known_at).values()), None)


def spreads_of(
    ledger: Ledger, story: Narrative, known_at: datetime | None = None
) -> dict[Pair, Spread | None]:
    """Return each spread of a narrative as `spread_of` does, by its pair of tickers."""
    return _spreads(ledger, pairs_of(story), known_at)


def _spreads(ledger: Ledger, pairs: tuple[Pair, ...], known_at: datetime | None) -> dict[Pair, Spread | None]:
    from narrative.measure.legs import leg, spread_of_legs
    from narrative.measure.sessions import load_sessions

    sessions = load_sessions()
    legs: dict[str, Leg] = {}
    for symbol in {symbol for pair in pairs for symbol in pair}:
        if rows := ledger.prices([symbol], known_at=known_at):
            legs[symbol] = leg(rows, sessions)
    return {
        (long, short): spread_of_legs(legs[long], legs[short]) if long in legs and short in legs else None
        for long, short in pairs
    }
