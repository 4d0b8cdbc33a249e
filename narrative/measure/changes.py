"""What two judgements of the same words changed: the kind of each change, and what it did to net.

The effect of a change is a counterfactual: net of the old standing views with one voice's view on one target put to what
it is under the new ones, less net of the old. With S the sum of the supports of N voices, and a support that goes from s to t,

    effect = (S - s + t) / N - S / N,

where N grows or shrinks by one when the voice had, or keeps, no other view. Effects of several changes need not add up to
the whole change, since support is a mean over the legs of a voice and net a mean over voices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import fsum
from typing import Literal, get_args

from narrative.measure.stance import Standing, by_voice
from narrative.measure.support import support
from narrative.terms import Entry

Kind = Literal[
    "appeared", "disappeared", "counts", "counts no longer", "turned", "voice", "qualified", "shifted", "same"
]
KINDS: tuple[Kind, ...] = get_args(Kind)
_LEAST = 1e-12  # a smaller effect is rounding


@dataclass(frozen=True, slots=True)
class Mover:
    """A voice's standing view on one target before and after, None for none, and what that alone does to net.

    `effect` is None where net would appear or disappear with it: missing is not zero.
    """

    target: str
    before: Entry | None
    after: Entry | None
    effect: float | None


def kind(old: Entry | None, new: Entry | None) -> Kind:
    """Return how a view changed, the weightiest change first: whether it is there, counts, its stance, whose it is.

    "qualified" is another condition, horizon, hedge or past; "shifted" the same stance with other probabilities.
    """
    if old is None or new is None:
        return "appeared" if old is None else "disappeared"
    if old.counted != new.counted:
        return "counts" if new.counted else "counts no longer"
    differs: tuple[tuple[Kind, tuple[str, ...]], ...] = (
        ("turned", ("stance",)),
        ("voice", ("voice",)),
        ("qualified", ("condition", "horizon", "hedged", "past")),
        ("shifted", ("bullish", "bearish", "neutral", "abstained")),
    )
    for found, names in differs:
        if any(getattr(old, name) != getattr(new, name) for name in names):
            return found
    return "same"


def movers(
    before: Iterable[Standing], after: Iterable[Standing], legs: Mapping[str, int]
) -> tuple[Mover, ...]:
    """Return the changes between two sets of standing views on some legs {target: sign}, the largest effect first.

    Those without a number come last.
    """
    old, new = by_voice(before, legs), by_voice(after, legs)
    supports = {voice: _support(stands, legs) for voice, stands in old.items()}
    total, voices = fsum(supports.values()), len(supports)
    found = []
    for voice in sorted({*old, *new}):
        held, holds = old.get(voice, {}), new.get(voice, {})
        for target in sorted({*held, *holds}):
            was, now = held.get(target), holds.get(target)
            if was is not None and now is not None and was.score == now.score:
                continue
            stands = {leg: entry for leg, entry in held.items() if leg != target}
            stands |= {target: now} if now is not None else {}
            rest = total - supports.get(voice, 0.0)
            count = voices - (voice in supports) + bool(stands)
            net = (rest + (_support(stands, legs) if stands else 0.0)) / count if count else None
            effect = None if net is None or not voices else net - total / voices
            if effect is None or abs(effect) > _LEAST:
                found.append(Mover(target, was, now, effect))
    return tuple(sorted(found, key=lambda mover: -abs(mover.effect or 0.0)))


def _support(stands: Mapping[str, Entry], legs: Mapping[str, int]) -> float:
    return support(stands.values(), legs) or 0.0
