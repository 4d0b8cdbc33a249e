"""Articles without end: the annotated ones with other people, firms and numbers, one in so many of them on markets.

The others are the same articles with every target, instrument and word of markets swapped for one of a garden: as long, as
full of quotations, and about nothing that can be judged. Everything follows from the number of the article.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from narrative.read.corpus import read_corpus
from narrative.read.gold import GoldArticle
from narrative.read.page import article_of_text
from narrative.targets import load_targets
from narrative.terms import Article, Span
from tests.bench.material import ROOT

RELEVANT_ONE_IN = 20
_NUMBER = re.compile(r"(?<![\w.,])[1-9]\d(?![\w]|[.,]\d)")
_SYMBOL = re.compile(r"\((?:NYSE|NASDAQ|Nasdaq|AMEX|LSE|TSX)\b[^)]*\)|\$[A-Z]{1,5}\b")
_GARDEN = (
    "tomatoes",
    "hedges",
    "roses",
    "seedlings",
    "orchards",
    "compost",
    "bees",
    "beetroot",
    "lawns",
    "ponds",
)
_MARKET = re.compile(
    r"(?i)\b(?:stocks?|shares?|equit(?:y|ies)|bonds?|treasur(?:y|ies|ys)|yields?|invest(?:ors?|ments?|ing|ed)?|shareholders?|traders?|trading|bull(?:s|ish)?"
    r"|bear(?:s|ish)?|analysts?|strategists?|economists?|brokers?|brokerages?|earnings|dividends?|valuations?|overweight|underweight"
    r"|outperform(?:ed|s)?|underperform(?:ed|s)?|upgrade[sd]?|downgrade[sd]?|sell-?offs?|etfs?|nasdaq|portfolios?|inflation|recession|markets?"
    r"|funds?|rally|rallie[sd]|sectors?|index(?:es)?|indices|futures|currenc(?:y|ies)|commodit(?:y|ies)|hedge|crude"
    r"|gdp|ipos?|fed|federal reserve|central banks?|interest rates?|rate (?:cut|hike)s?|basis points?|price targets?"
    r"|wall street|dow jones|s&p)\b"
)


def article(number: int) -> Article:
    """Return the article of that number; each `RELEVANT_ONE_IN`th is on markets."""
    golds = _golds()
    gold = golds[number % len(golds)]
    text = _renamed(gold, number)
    if number % RELEVANT_ONE_IN:
        text = _replanted(text, number)
    return article_of_text(text, path=f"swapped-{number}", url="", title="", outlet="", published=None)


@lru_cache(maxsize=1)
def _golds() -> Sequence[GoldArticle]:
    """All annotated articles, neighbours far apart."""
    found = list(read_corpus(ROOT / "corpus" / "articles"))
    return [gold for first in range(17) for gold in found[first::17]]


@lru_cache(maxsize=1)
def _names() -> tuple[list[str], list[str]]:
    """Full names of people, and names of firms, that the corpus knows."""
    people = {gold.text[s:e] for gold in _golds() for s, e in gold.people if " " in gold.text[s:e]}
    firms = {gold.text[s:e] for gold in _golds() for s, e in gold.firms}
    return sorted(people), sorted(firms)


def _renamed(gold: GoldArticle, number: int) -> str:
    """The text with other names, the same one for the same name, and other numbers."""
    people, firms = _names()
    given: dict[str, str] = {}
    cuts: list[tuple[Span, str]] = []
    for spans, pool in ((gold.people, people), (gold.firms, firms)):
        for span in spans:
            name = gold.text[slice(*span)]
            known = next((full for full in given if name in full.split()), None) if pool is people else None
            if known is not None:  # a surname alone
                cuts.append((span, given[known].split()[-1]))
                continue
            own = given.setdefault(name, pool[(number * 31 + len(given) * 101 + 7) % len(pool)])
            cuts.append((span, own))
    text = _cut(gold.text, cuts)
    return _NUMBER.sub(lambda m: str(10 + (int(m.group()) + number) % 90), text)


def _replanted(text: str, number: int) -> str:
    """The text without a word that names a target or speaks of markets."""
    text = _SYMBOL.sub("", text)
    text = _MARKET.sub(lambda m: _GARDEN[(m.start() + number) % len(_GARDEN)], text)
    lines = []
    for line in text.split("\n"):
        while found := load_targets().find(line):
            line = _cut(
                line, [(hit.span, _GARDEN[(hit.span.start + number) % len(_GARDEN)]) for hit in found]
            )
        lines.append(line)
    return "\n".join(lines)


def _cut(text: str, cuts: Sequence[tuple[Span, str]]) -> str:
    out, at = [], 0
    for (start, end), words in sorted(cuts):
        if start >= at:
            out += [text[at:start], words]
            at = end
    return "".join([*out, text[at:]])
