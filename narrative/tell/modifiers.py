"""Takes out of a question's tokens what may stand anywhere in it: a firm, an outlet, a kind of voice, no conditions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from narrative.tell.lexicon import HOUSES, PEOPLE
from narrative.tell.vocabulary import Token

_PRONOUNS = frozenset({"who", "whos", "anyone", "anybody", "everyone", "everybody", "someone", "somebody"})


@dataclass(frozen=True, slots=True)
class Modifiers:
    """What was taken out: the names as tokens, and the kinds of voice that were asked for alone."""

    firm: Token | None = None
    outlet: Token | None = None
    kinds: frozenset[str] = frozenset()
    unconditional: bool = False

    @property
    def names(self) -> tuple[Token, ...]:
        """The names among them."""
        return tuple(token for token in (self.firm, self.outlet) if token)


def take_modifiers(tokens: Sequence[Token]) -> tuple[list[Token], Modifiers]:
    """Return the tokens without the modifiers, and the modifiers."""
    letters = "".join(token.letter for token in tokens)
    firm, outlet = _firm(letters, tokens), _outlet(letters, tokens)
    drop = {at for place in (firm, outlet) if place for at in range(*place)}
    drop |= {at for at, letter in enumerate(letters) if letter in "Jk"}
    kinds = frozenset(token.value for token in tokens if token.letter == "k" and token.value)
    found = Modifiers(
        firm and next(token for token in tokens[slice(*firm)] if token.letter == "X"),
        outlet and tokens[outlet[1] - 1],
        kinds,
        "J" in letters,
    )
    return [token for at, token in enumerate(tokens) if at not in drop], found


def _firm(letters: str, tokens: Sequence[Token]) -> tuple[int, int] | None:
    """Return where a firm stands: "at FIRM", "analysts of FIRM", "FIRM analysts"."""
    for match in re.finditer("AX|(?<=W)PX|X(?=W)", letters):
        first, last = tokens[match.start()], tokens[match.end() - 1]
        before = first if match[0] == "AX" else tokens[match.start() - 1]
        after = tokens[match.end()] if match[0] == "X" else None
        speaks = after is None or (
            after.words.lower() not in _PRONOUNS and after.value not in (HOUSES, PEOPLE)
        )
        of = match[0] != "PX" or (first.words.lower() == "of" and before.words.lower() not in _PRONOUNS)
        if last.letter == "X" and speaks and of:
            return match.span()
    return None


def _outlet(letters: str, tokens: Sequence[Token]) -> tuple[int, int] | None:
    """Return where an outlet stands: "quoted in OUTLET", and "in OUTLET" for one that the ledger knows."""
    for match in re.finditer("IX|PX", letters):
        known = tokens[match.end() - 1].value is not None
        if match[0] == "IX" or (tokens[match.start()].words.lower() == "in" and known):
            return match.span()
    return None
