"""Triage: a cheap look that keeps most pages of an archive from the extractor and the model, and says why.

A page's running text is taken by a few patterns from its markup: its lines of eight words and more, whatever tags they stand
in. It is worth reading when it is English, long enough, when a line near an attributing word or a quotation mark has a target's
name or a word of the market, and when such words are not too rare in all. The reader finds views without them now and then, on
firms that no vocabulary knows: how many is measured, not proven (tests/test_scale_triage.py prints and holds the recall).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape

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
_MARKET = re.compile(
    r"(?i)(?<![\w-])(?:stocks?|shares?|shareholders?|equit(?:y|ies)|bonds?|yields?|treasur(?:y|ies)|futures|index(?:es)?|indices|etfs?"
    r"|funds?|investors?|investments?|investing|portfolios?|analysts?|strategists?|economists?|traders?|brokers?|brokerages?|bullish"
    r"|bearish|rall(?:y|ies|ied)|sell-?offs?|earnings|valuations?|dividends?|commodit(?:y|ies)|currenc(?:y|ies)|inflation|recession"
    r"|gdp|interest rates?|rate (?:cut|hike)s?|basis points|markets?|wall street|nasdaq|nyse|s&p|dow jones|federal reserve|fed"
    r"|central banks?|hedge|overweight|underweight|price targets?|upgrade[ds]?|downgrade[ds]?|(?:small|large|mega)[- ]caps?"
    r"|crude|bitcoin|ipos?)(?!\w)"
)


@dataclass(frozen=True, slots=True)
class Triage:
    """What is worth reading on these targets: `density` is how many words in a thousand must be of the market."""

    targets: Targets
    density: float = DENSITY

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
        found = [len(self.targets.find(line)) + len(_MARKET.findall(line)) for line in lines]
        if not any(found):
            return "nothing of the market"
        if not any(
            any(found[max(0, at - _BEFORE) : at + _BEHIND + 1]) and _attributes(line)
            for at, line in enumerate(lines)
        ):
            return "nothing of the market near an attribution"
        words = sum(line.count(" ") + 1 for line in lines)
        return None if 1000 * sum(found) >= self.density * words else "few words of the market"


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
