"""Gate: whether an article is worth the extractor and the model, told from its words in a few milliseconds.

A view needs something that is judged and somebody who says so. Passed over is an article that names no target and has no
word of markets (a long one: fewer than two of them in all), or nothing that could attribute or quote. Statements on
anything else are lost with it: the gate is for large collections of which most is no market news, never for chosen feeds.
Its recall is counted in views (`python -m tests.bench`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from narrative.read.containers import running
from narrative.read.doubts import stated
from narrative.read.extraction import decoded, opened
from narrative.read.lexicon import cue_forms
from narrative.read.metadata import facts_of
from narrative.targets import Targets
from narrative.terms import Capture

_WORD = re.compile(r"[^\W\d_]+")
_SPEECH = re.compile(r"""["“”„«‘]|''|``|(?m:^[^\n:]{3,60}:\s)""")
#: "(NYSE: CCL)", "$AAPL"
_SYMBOL = re.compile(r"\((?:NYSE|NASDAQ|Nasdaq|AMEX|LSE|TSX)\b|(?<![\w$])\$[A-Z]{1,5}\b")
#: one of them makes an article one on markets; "market" and "bank" are not among them, they are everywhere
# fmt: off
_MARKET = frozenset((
    "shares", "stock", "stocks", "equity", "equities", "bonds", "treasuries", "treasurys", "yields", "investors",
    "shareholders", "traders", "bulls", "bears", "bullish", "bearish", "analyst", "analysts", "strategist", "strategists",
    "economist", "economists", "brokerage", "brokerages", "earnings", "dividend", "dividends", "valuation", "valuations",
    "overweight", "underweight", "outperform", "underperform", "upgraded", "downgraded", "selloff", "etf", "etfs",
    "nasdaq", "portfolio", "portfolios", "inflation", "recession", "markets",
))
# fmt: on
_FEW, _MANY = (
    1,
    2,
)  # targets and words of markets that an article needs, a long one more: chance words are met in any
_LONG = 200  # words
_ENOUGH = 60  # words of running text, from which a page can be judged by them


class Glimpse(NamedTuple):
    """What a page prints and states of itself, before any extraction; `sure` when that is enough to be judged by."""

    text: str
    sure: bool


class Gate:
    """Tells articles on markets from others, for one vocabulary of targets."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets

    def passes(self, text: str) -> bool:
        """Whether a text is worth reading: it names a target or speaks of markets, and somebody may say something."""
        words = set(_WORD.findall(text.lower()))
        if not _SPEECH.search(text) and words.isdisjoint(_cues()):
            return False
        found = len(words & _MARKET)
        needed = _FEW if text.count(" ") < _LONG else _MANY
        if found >= needed or _SYMBOL.search(text):
            return True
        named = {hit.target for line in text.split("\n") for hit in self._targets.find(line)}
        return found + len(named) >= needed

    def passes_page(self, capture: Capture) -> bool:
        """Whether a page is worth the extractor. Raises NarrativeError for one that no extractor could read."""
        text, sure = glimpse(capture)
        return not sure or self.passes(text)


def glimpse(capture: Capture) -> Glimpse:
    """Return the headline, the running text and the stated body of a page without the extractor.

    Raises NarrativeError for a body that is no page.
    """
    name = capture.final_url or capture.url or "the page"
    page = opened(decoded(capture.body, capture.content_type, name), name)
    facts = facts_of(page.tree, name)
    pieces = (facts.heading or facts.headline, running(page.tree).text, *stated(facts))
    text = "\n".join(filter(None, pieces))
    return Glimpse(text, len(text.split()) >= _ENOUGH)


@lru_cache(maxsize=1)
def _cues() -> frozenset[str]:
    return frozenset(cue_forms()) | {"according"}
