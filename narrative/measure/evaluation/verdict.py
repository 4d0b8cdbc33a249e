"""What may be said in one word, and what forbids it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from narrative.measure.evaluation.detectable import Detectable
from narrative.measure.evaluation.leadlag import LeadLag, Order

Obstacle = Literal["in_sample", "too_few", "untested"]

MOSTLY = 0.5  # share of weight in sample above which the past tells nothing of the future


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the factor leads the spread, follows it, both or neither; None where an obstacle forbids to say.

    Obstacles: most of the weight was published before the model's training cut-off (`in_sample`); the data could not
    have shown even a large IC, nor is the observed one large enough (`too_few`); the tests cannot be run (`untested`).
    """

    order: Order | None
    obstacles: tuple[Obstacle, ...]


def verdict(in_sample: float, power: Detectable, lead_lag: LeadLag) -> Verdict:
    """Return the verdict on a factor. `in_sample` is the mean share of its values' weight."""
    obstacles: list[Obstacle] = []
    if in_sample > MOSTLY:
        obstacles.append("in_sample")
    if not power.decides:
        obstacles.append("too_few")
    if lead_lag.order is None:
        obstacles.append("untested")
    return Verdict(None if obstacles else lead_lag.order, tuple(obstacles))
