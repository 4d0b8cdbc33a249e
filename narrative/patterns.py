"""How a name of a target is looked for in a text: one regular expression a name, as `data/targets.toml` promises."""

from __future__ import annotations

import re

_HEADS = (
    r"(?:stocks?|shares?|names?|compan(?:y|ies)|equities|sectors?|funds?|index|indices|indexes|ETFs?|group|cohort"
    r"|peers?|trades?|leadership|exposure|plays?|areas?|segments?|factors?|style|baskets?|producers?)"
)
_BETWEEN = r"(?:[\s,/-]+(?!(?:of|to|in|for|at|is|are|was|the|from|as|that|on|by|with)\b)[\w&'-]+){0,3}?"
# fmt: off
_ALLOCATION = (
    "into", "out of", "over", "than", "from", "toward", "towards", "favor", "favors", "favour", "favours",
    "prefer", "prefers", "overweight", "underweight", "versus", "vs", "like", "own", "between", "and",
)
# fmt: on
# Words behind which a general word ("stocks") stands for the market.
# fmt: off
_LEADS = (
    "in", "into", "on", "own", "that", "for", "buy", "sell", "hold", "see", "sees", "expects", "expect",
    "from", "with", "when", "if", "and", "but", "as", "at", "take", "than", "says", "said", "think",
    "thinks", "while", "because", "so",
)
# fmt: on
_STYLE_END = (
    r"(?=\s*(?:[.,;:!?)\"”’']|$|\b(?:and|or|over|than|to|as|versus|vs|this|next|in|for|while|but|at|on"
    r"|is|are|has|have|will|would|should|can|could|may|might|looks?|remains?|trades?)\b))"
)
_CAPS = r"(?:micro|small|smaller|mid|large|mega|big)"


def alias_pattern(alias: str) -> str:
    """Pattern of one alias: spaces match hyphens, the last word may be plural, capitals match only themselves."""
    if alias.startswith("the "):  # the article is asked for and not matched, so that a longer name can win
        return rf"(?<=\b[Tt]he )(?:{alias_pattern(alias[4:])})"
    words = [re.escape(word) for word in re.split(r"[\s-]+", alias)]
    body = (
        r"[\s\-‐‑–]+".join(words).replace(r"[\s\-‐‑–]+\~", r"(?:[\s\-‐‑–]+[\w.’'&-]+)?").replace("\\~", "~")
    )
    if alias.endswith("y") and len(words[-1]) > 3:
        body = body[:-1] + r"(?:y|ies)"
    elif alias[-1].isalpha():
        body += r"(?:s|es)?"
    if re.fullmatch(rf"{_CAPS} cap", alias):  # "small- and mid-cap": the first of a pair has lost its head
        head = alias.split()[0]
        pair = rf"(?:[,/&]|\s|and\b|or\b|to\b|{_CAPS}-)+{_CAPS}[\s-]?caps?"
        body = rf"(?:{body}|{head}-?(?={pair}))"
    flag = "i:" if alias == alias.lower() else ":"
    return rf"(?<![\w$])(?{flag}{body})(?!\w)"


def bare_pattern(words: str) -> str:
    """Pattern of a general word: only where no other word before it makes it a part of a longer name."""
    lead = "|".join(rf"(?<=\b{word} )" for word in _LEADS)
    return rf"(?:\A|(?<=[.;:,“\"(] )|(?<=[“\"(])|{lead})(?i:{re.escape(words)})\b(?![\s-](?:of|in the [A-Z]|fund|price|buyback))"


def style_pattern(style: str) -> str:
    """Pattern of a style word: only before a market noun or behind a word of allocation."""
    word = re.escape(style).replace(r"\ ", r"[\s-]")
    before = rf"\b(?i:{word})(?=(?i:{_BETWEEN}[\s-]+{_HEADS}\b))"
    lead = "|".join(rf"(?<=\b{word} )" for word in _ALLOCATION)
    return rf"(?:{before}|(?i:{lead})(?i:{word})\b{_STYLE_END})"
