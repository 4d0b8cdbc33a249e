"""What to say to a question that is not understood: why, and the nearest ones that would be."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from narrative.tell.vocabulary import Token, is_name

Readable = Callable[[str], bool]

_SHOWN = 3
#: a question -> the letters of the words that ask it; one that has such a word is nearer than one that only looks alike
_TEMPLATES = {
    "who is {stance} on {target}": "",
    "who turned {stance} on {target}": "U",
    "who flipped on {target}": "F",
    "how many are {stance} on {target}": "M",
    "what did {voice} say about {target}": "Q",
    "who disagrees with {voice} on {target}": "d",
    "has {voice} said the opposite on {target}": "o",
    "who was first to be {stance} on {target}": "e",
    "compare {target} and {other}": "cv",
    "how has sentiment on {target} changed since {since}": "C",
    "who was {stance} on {target} in 2025": "",
}


def refusal(text: str, tokens: Sequence[Token], readable: Readable) -> str:
    """Return one line: the words or the order that stand in the way, then the nearest questions."""
    strangers = [token.words for token in tokens if token.letter == "X" and not token.value]
    return with_nearest(f'cannot read "{text}": {_reason(strangers, tokens)}', text, tokens, readable)


def with_nearest(message: str, text: str, tokens: Sequence[Token], readable: Readable) -> str:
    """Return a message with the nearest questions behind it."""
    nearest = ", or ".join(f'"{question}"' for question in suggestions(text, tokens, readable))
    return f"{message}; try {nearest}" if nearest else message


def suggestions(text: str, tokens: Sequence[Token], readable: Readable) -> tuple[str, ...]:
    """Return the three nearest questions that are `readable`, with the targets, stance and name of `text`."""
    targets = list(dict.fromkeys(token.words for token in tokens if token.letter == "T"))
    target = targets[0] if targets else "small caps"
    stance = next((token.value for token in tokens if token.letter in "SVG"), "bullish")
    voice = next(filter(None, (_written(token) for token in tokens if token.letter == "X")), "Citi")
    words = {"target": target, "stance": stance, "voice": voice, "since": "July"}
    # another target that stands there may be the other side of a comparison
    others = [*targets[1:], "mega-cap tech", "small caps"]
    letters = {token.letter for token in tokens}
    filled = {
        template.format(other=other, **words): bool(letters & set(own))
        for template, own in _TEMPLATES.items()
        for other in (others if "{other}" in template else others[:1])
    }

    def distance(question: str) -> tuple[bool, float]:
        alike = SequenceMatcher(None, text.lower(), question.lower(), autojunk=False).ratio()
        return not filled[question], -alike

    ranked = sorted(filled, key=distance)
    found = [question for question in ranked if readable(question)]
    return tuple(found[:_SHOWN])


def _written(token: Token) -> str | None:
    """Return a name as a question may write it, None for words that are none."""
    name = token.value or token.words
    return name if re.fullmatch(r"[\w .&-]+", name) and is_name(Token("X", name)) else None


def _reason(strangers: Sequence[str], tokens: Sequence[Token]) -> str:
    targets = [token for token in tokens if token.letter == "T"]
    if strangers:
        words = ", ".join(f'"{words}"' for words in strangers)
        more = "" if targets else " (a single company is written stock:TICKER)"
        return f"{words} has no place in a question it knows{more}"
    if not targets:
        return "it names no target"
    return "its words are known but not in this order"
