"""Turns a question into tokens: words of the lexicon, targets, narratives, known names, and strangers.

The longest phrase wins. Targets are found by every id, name, alias, style, member and ticker of the
vocabulary, in either number and any case, since a question, unlike an article, has no other use for them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from narrative.targets import STOCK, Narrative, Target, Targets
from narrative.tell.lexicon import STRANGERS, phrases
from narrative.tell.periods import WORDS as PERIOD_WORDS
from narrative.tell.qualities import WORDS as QUALITY_WORDS

Legs = tuple[tuple[str, int], ...]

_TOKEN = re.compile(
    r"""(?P<stock>(?i:stock:)[\w.&-]+|\$[A-Za-z]{1,5}(?:\.[A-Z])?\b)|"(?P<quoted>[^"]+)"|[|]|[\w&.$%/]+(?:'(?!s\b)\w+)*|'s?|[-,;:]"""
)
_PAIR = re.compile(
    r"\b(micro|small|mid|large|mega)-?( ?(?:and|or|/|,) ?)(micro|small|mid|large|mega)([ -]caps?)\b",
    re.IGNORECASE,
)
_HEADS = frozenset(
    [
        "stock",
        "stocks",
        "share",
        "shares",
        "name",
        "names",
        "equity",
        "equities",
        "company",
        "companies",
        "sector",
        "sectors",
        "index",
        "etf",
        "etfs",
        "segment",
        "space",
    ]
)
_JOINERS = frozenset({"of", "&", "and", "de", "van", "von", "der", "-", "'s"})
LONGEST = 9
NARRATIVE = "narrative:"  # prefix of the value of a token that names one


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a question: its letter in the lexicon, its words as written, and its value."""

    letter: str
    words: str
    value: str | None = None
    legs: Legs = ()


class Vocabulary:
    """All phrases a question may use, for one set of targets, narratives and names."""

    def __init__(
        self, targets: Targets, narratives: Iterable[Narrative] = (), names: Collection[str] = ()
    ) -> None:
        self.targets = targets
        self._plain: dict[tuple[str, ...], Token] = {
            key: Token(letter, " ".join(key), value) for key, (letter, value) in phrases().items()
        }
        self._plain |= {_key(name): Token("X", name, name) for name in names if _key(name)}
        self._targets = _narrative_phrases(narratives) | _target_phrases(targets)

    def words(self) -> frozenset[str]:
        """Return every single word that a misspelling can be repaired to."""
        pieces = {word for key in self._plain if self._plain[key].letter != "X" for word in key}
        pieces |= {word for key in self._targets for word in key}
        spelled = {word for row in self.targets for name in _names(row) for word in _key(name)}
        return frozenset(pieces | spelled | PERIOD_WORDS | QUALITY_WORDS)

    def tokens(self, text: str) -> list[Token]:
        """Return the tokens of `text`; words that are not known get the letter X, runs of them joined."""
        pieces = list(_TOKEN.finditer(_PAIR.sub(r"\1 cap\2\3\4", text)))
        found: list[Token] = []
        at = 0
        while at < len(pieces):
            before = next((t.letter for t in reversed(found) if t.letter != "_"), "")
            token, used = self._longest(pieces, at, before)
            found.append(token)
            at += used
        return _join(found)

    def _longest(self, pieces: Sequence[re.Match[str]], at: int, before: str) -> tuple[Token, int]:
        piece = pieces[at]
        if piece["stock"]:
            return self._stock(piece[0]), 1
        if piece["quoted"]:
            return Token("X", piece["quoted"], piece["quoted"]), 1
        if piece[0] == "|":
            return Token("|", "|"), 1
        if _heads_a_name(pieces, at):
            return Token("X", piece[0]), 1
        for length in range(LONGEST, 0, -1):
            run = [p[0] for p in pieces[at : at + length]]
            if len(run) == length and (token := self._phrase(run, before)):
                used = length
                while (
                    token.letter == "T" and at + used < len(pieces) and pieces[at + used][0].lower() in _HEADS
                ):
                    used += 1
                return token, used
        return Token("X", piece[0]), 1

    def _phrase(self, run: Sequence[str], before: str) -> Token | None:
        """Return the token of a whole phrase; "banks" speak, but after "on" they are spoken about."""
        words = tuple(word for word in (w.lower().strip(".") for w in run) if word != "-")
        if not words or run[0] == "-":
            return Token("_", "-") if list(run) == ["-"] else None
        plain, target = self._plain.get(words), self._targets.get(tuple(map(_singular, words)))
        if plain and not (target and plain.letter == "W" and before in ("P", "V", "S")):
            return Token(plain.letter, " ".join(run), plain.value)
        if target is None:
            return None
        shown = target.words if (target.value or "").startswith(NARRATIVE) else " ".join(run)
        return Token("T", shown.replace(" - ", "-"), target.value, target.legs)

    def _stock(self, words: str) -> Token:
        ticker = words[1:] if words.startswith("$") else words[len(STOCK) :]
        known = self._targets.get((ticker.lower(),))
        target = STOCK + (ticker.upper() if len(ticker) <= 5 else ticker)
        return known or Token("T", words, target, ((target, 1),))


def is_name(token: Token) -> bool:
    """Whether it is known, in quote marks, or all in capitals and no word of it one that is never a name."""
    if token.value:
        return True
    words = [word for word in token.words.split() if word not in _JOINERS]
    return 0 < len(words) <= 6 and all(
        w[:1].isupper() and w.lower().replace("'", "") not in STRANGERS for w in words
    )


def same_words(one: str, other: str) -> bool:
    """Whether two names differ only in number, hyphens, case, an article, a head noun ("... stocks") or as an id does."""

    def core(name: str) -> list[str]:
        words = _key(name.replace("_", " "))
        return [_singular(word) for word in words if _singular(word) not in _HEADS] or list(words)

    return core(one) == core(other)


def _names(row: Target) -> tuple[str, ...]:
    """Return all that names a target; "~", a word or none in an article, is none in a question."""
    ids = (row.name, row.id, row.id.replace("_", " "))
    names = (*ids, *row.aliases, *row.members, *row.tickers, *row.styles)
    return tuple(name.replace(" ~", "") for name in names)


@lru_cache(maxsize=8)
def _target_phrases(targets: Targets) -> dict[tuple[str, ...], Token]:
    found: dict[tuple[str, ...], Token] = {}
    for row in targets:
        opposite = {name.replace(" ~", "") for name in row.opposite}
        for name in _names(row):
            sign = -1 if name in opposite else 1
            key = tuple(map(_singular, _key(name)))
            found.setdefault(key, Token("T", name, row.id, ((row.id, sign),)))
    return found


def _narrative_phrases(narratives: Iterable[Narrative]) -> dict[tuple[str, ...], Token]:
    found: dict[tuple[str, ...], Token] = {}
    for narrative in narratives:
        token = Token("T", narrative.name, NARRATIVE + narrative.name, _legs(narrative.legs))
        name = _key(narrative.name)
        for key in ((*name, "narrative"), ("narrative", *name), name, _key(narrative.title)):
            found[tuple(map(_singular, key))] = token
    return found


def _legs(legs: Mapping[str, int]) -> Legs:
    return tuple(legs.items())


def _key(name: str) -> tuple[str, ...]:
    words = [word.strip(".") for word in name.lower().replace("-", " ").replace("'", " ' ").split()]
    return tuple(words[1:] if words[:1] in (["the"], ["a"]) and len(words) > 1 else words)


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("ys") and len(word) > 4:
        return word[:-1]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def _heads_a_name(pieces: Sequence[re.Match[str]], at: int) -> bool:
    """Return whether a word begins a name like "Bank of Quay": capitals around "of"."""
    words = [piece[0] for piece in pieces[at : at + 3]]
    return len(words) == 3 and words[1] == "of" and words[0].istitle() and words[2][:1].isupper()


def _join(tokens: Sequence[Token]) -> list[Token]:
    """Join strangers that stand together, and those with "of" or "&" between capitals ("Bank of Quay")."""
    found: list[Token] = []
    for place, token in enumerate(tokens):
        before = found[-1] if found else None
        if token.letter == "X" and not token.value and before and before.letter == "X" and not before.value:
            found[-1] = Token("X", f"{before.words} {token.words}")
        elif _bridges(tokens, place, before) or (before and _ends_a_name(before, token)):
            found[-1] = Token("X", f"{before.words if before else ''} {token.words}")
        else:
            found.append(token)
    return found


def _ends_a_name(before: Token, token: Token) -> bool:
    """Return whether a target's word is part of a name: "Deutsche Bank", capitals after a stranger that is a name."""
    name = before.letter == "X" and not before.value and is_name(before)
    return name and token.letter == "T" and token.words.istitle() and " " not in token.words


def _bridges(tokens: Sequence[Token], place: int, before: Token | None) -> bool:
    after = tokens[place + 1] if place + 1 < len(tokens) else None
    if before is None or after is None or before.letter != "X" or after.letter != "X":
        return False
    if before.value or after.value or tokens[place].words.lower() not in _JOINERS:
        return False
    return before.words.split()[-1][:1].isupper() and after.words[:1].isupper()
