"""A stance model that follows a script, for tests in which labels matter and the trained one must not."""

from __future__ import annotations

from datetime import date

from narrative.read.encoder import Judged, Pair

BULLISH = Judged(0.8, 0.1, 0.1, 0.9)
BEARISH = Judged(0.1, 0.8, 0.1, 0.9)
UNSURE = Judged(0.4, 0.35, 0.25, 0.9)
NO_VIEW = Judged(0.3, 0.3, 0.4, 0.1)


class Scripted:
    """Answers by the name of the target, and keeps what it was asked."""

    def __init__(self, answers: dict[str, Judged] | None = None, default: Judged = BULLISH) -> None:
        self.name = "scripted"
        self.trained_through: date | None = None
        self.abstain_below = 0.5
        self.view_above = 0.5
        self.asked: list[Pair] = []
        self._answers = answers or {}
        self._default = default

    def judge(self, pair: Pair) -> Judged:
        """Return what the script says of the pair's target."""
        self.asked.append(pair)
        return self._answers.get(pair.target, self._default)
