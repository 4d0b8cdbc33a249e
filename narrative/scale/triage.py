"""Triage: a cheap look that keeps most pages of an archive from the extractor and the model, and says why.

A page's running text is taken by a few patterns from its markup: its lines of eight words and more, whatever tags they stand
in. It is worth reading when it is English, long enough, when a line near an attributing word or a quotation mark has a target's
name or a word of the market, and when such words are not too rare in all. The reader finds views without them now and then, on
firms that no vocabulary knows: how many is measured, not proven (tests/test_scale_triage.py prints and holds the recall).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import unescape
from itertools import pairwise

from narrative.crawl.dumps import DumpRow
from narrative.errors import NarrativeError
from narrative.read.extraction import decoded
from narrative.read.language import is_english
from narrative.read.lexicon import cue_pattern
from narrative.targets import Targets
from narrative.terms import Capture

DENSITY = 3.0
"""Names of targets and words of the market in a thousand words, below which a page is not read."""

_RUNNING = 8  # words from which a line of a page is running text and no menu
_SHORTEST = 12  # words of running text from which a page can be an article
_BEFORE, _BEHIND = (
    4,
    1,
)  # lines around one that attributes, in which what it is about may be named: the reader looks back as far
_MOST = 3_000_000  # characters of markup that are looked at
_BLOCK = re.compile(
    r"(?i)</?(?:p|div|h[1-6]|li|ul|ol|dl|dt|dd|table|tr|td|th|br|hr|pre|section|article|blockquote|header|footer|nav|aside"
    r"|main|figure|figcaption|form|option|button|title|body|head)\b[^<>]*>"
)
_TAG = re.compile(r"<[^<>]*>")
_UNSEEN = "script|style|noscript|template|svg"
_HIDDEN = (
    (re.compile(r"<!--"), re.compile(r"-->")),
    (
        re.compile(r"(?i)<(?:script|style|noscript|template|svg)\b"),
        re.compile(r"(?i)</(?:script|style|noscript|template|svg)\s*>"),
    ),
)
_QUOTED = re.compile('["“”‘]')
_WORD = re.compile(r"[^\W_]+")
_MARKET = """
stock stocks share shares shareholder shareholders equity equities bond bonds yield yields treasury treasuries futures index
indexes indices etf etfs fund funds investor investors investment investments investing portfolio portfolios analyst analysts
strategist strategists economist economists trader traders broker brokers brokerage brokerages bullish bearish rally rallies
rallied selloff selloffs earnings valuation valuations dividend dividends commodity commodities currency currencies inflation
recession gdp market markets nasdaq nyse fed hedge overweight underweight upgrade upgrades upgraded downgrade downgrades
downgraded crude bitcoin ipo ipos
"""
#: pairs of words that are one of the market: "S&P" is two here
_MARKET_PAIRS = """
interest rate, interest rates, rate cut, rate cuts, rate hike, rate hikes, basis points, wall street, s p, dow jones,
federal reserve, central bank, central banks, price target, price targets, sell off, sell offs, small cap, small caps,
large cap, large caps, mega cap, mega caps
"""
_WORDS = frozenset(_MARKET.split())
_PAIRS = frozenset(tuple(pair.split()) for pair in _MARKET_PAIRS.split(","))


@dataclass(frozen=True, slots=True)
class Triage:
    """What is worth reading on these targets: `density` is how many words in a thousand must be of the market."""

    targets: Targets
    density: float = DENSITY
    _first: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_first", frozenset(_first_words(self.targets)))

    def page(self, capture: Capture) -> str | None:
        """Return why a page is not worth reading, None when it is."""
        try:
            markup = decoded(capture.body, capture.content_type, capture.final_url)
        except NarrativeError:
            return "no readable text"
        lines = [line for line in running_lines(markup) if line.count(" ") >= _RUNNING - 1]
        if sum(line.count(" ") + 1 for line in lines) < _SHORTEST:
            return "too short"
        return self._text(lines)

    def row(self, row: DumpRow) -> str | None:
        """Return why a row of a dump is not worth reading, None when it is. A headline alone may be."""
        return self._text([line for line in map(_plain, row.text.splitlines()) if line])

    def _text(self, lines: Sequence[str]) -> str | None:
        if not is_english("\n".join(lines)):
            return "not in English"
        found = [self._found(line) for line in lines]
        if not any(found):
            return "nothing of the market"
        if not any(
            any(found[max(0, at - _BEFORE) : at + _BEHIND + 1]) and _attributes(line)
            for at, line in enumerate(lines)
        ):
            return "nothing of the market near an attribution"
        words = sum(line.count(" ") + 1 for line in lines)
        return None if 1000 * sum(found) >= self.density * words else "few words of the market"

    def _found(self, line: str) -> int:
        """Count the names of targets and the words of the market in a line."""
        words = _WORD.findall(line.lower())
        market = sum(word in _WORDS for word in words) + sum(pair in _PAIRS for pair in pairwise(words))
        return market if self._first.isdisjoint(words) else market + len(self.targets.find(line))


def _first_words(targets: Targets) -> Iterator[str]:
    """Yield the words, in lower case, one of which stands in every name that `Targets.find` finds; plurals with them."""
    for row in targets:
        for name in (*row.aliases, *row.members, *row.styles, *row.bare):
            first = _WORD.findall(name.removeprefix("the ").lower())[0]
            yield from (first, f"{first}s", f"{first}es", f"{first.removesuffix('y')}ies")


def running_lines(markup: str) -> list[str]:
    """Return the visible lines of a page, tags taken out, white space collapsed. Linear in the page, whatever it is."""
    text = markup[:_MOST]
    for opening, closing in _HIDDEN:
        text = _without(text, opening, closing)
    text = unescape(_TAG.sub("", _BLOCK.sub("\n", text)))
    return [line for line in map(_plain, text.split("\n")) if line]


def _plain(line: str) -> str:
    return " ".join(line.split())


def _attributes(line: str) -> bool:
    return _QUOTED.search(line) is not None or cue_pattern().search(line) is not None


def _without(text: str, opening: re.Pattern[str], closing: re.Pattern[str]) -> str:
    """Cut what stands between two marks; an articleBody for machines stays, and so does what is never closed."""
    kept, at = [], 0
    while (begin := opening.search(text, at)) and (end := closing.search(text, begin.end())):
        kept.append(text[at : begin.start()])
        if text.find('"articleBody"', begin.end(), end.start()) >= 0:
            kept.append(f"\n{text[begin.end() : end.start()]}\n")
        at = end.end()
    return " ".join([*kept, text[at:]])
