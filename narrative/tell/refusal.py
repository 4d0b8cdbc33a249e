"""What to say to a question that is not understood: why, and the nearest ones that would be."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from narrative.tell.vocabulary import Token

_SHOWN = 3
_TEMPLATES = (
    "who is {stance} on {target}",
    "who turned {stance} on {target}",
    "who flipped on {target}",
    "how many are {stance} on {target}",
    "what did {voice} say about {target}",
    "how has sentiment on {target} changed since {since}",
    "who was {stance} on {target} in 2025",
)


def refusal(text: str, tokens: Sequence[Token]) -> str:
    """Return one line: the words or the order that stand in the way, then the nearest questions."""
    strangers = [token.words for token in tokens if token.letter == "X" and not token.value]
    reason = _reason(strangers, tokens)
    nearest = ", or ".join(f'"{question}"' for question in suggestions(text, tokens))
    return f'cannot read "{text}": {reason}; try {nearest}'


def suggestions(text: str, tokens: Sequence[Token]) -> tuple[str, ...]:
    """Return the three nearest questions that can be answered, with the target, stance and name of `text`."""
    target = next((token.words for token in tokens if token.letter == "T"), "small caps")
    stance = next((token.value for token in tokens if token.letter in "SVG"), "bullish")
    voice = next((t.words for t in tokens if t.letter == "X" and t.words.istitle()), "Citi")
    filled = [t.format(target=target, stance=stance, voice=voice, since="July") for t in _TEMPLATES]
    ranked = sorted(
        filled, key=lambda q: -SequenceMatcher(None, text.lower(), q.lower(), autojunk=False).ratio()
    )
    return tuple(ranked[:_SHOWN])


def _reason(strangers: Sequence[str], tokens: Sequence[Token]) -> str:
    targets = [token for token in tokens if token.letter == "T"]
    if strangers:
        words = ", ".join(f'"{words}"' for words in strangers)
        more = "" if targets else " (a single company is written stock:TICKER)"
        return f"{words} has no place in a question it knows{more}"
    if not targets:
        return "it names no target"
    return "its words are known but not in this order"
