"""Names of people and firms taken apart: what is compared when two of them may be one."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from narrative.ledger.nicknames import same_given


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_HONORIFICS = _set("mr mrs ms miss mx dr prof professor sir dame lord lady")
_SUFFIXES = _set("jr sr ii iii iv cfa phd md mba cpa cmt caia frm esq")
_PARTICLES = _set("van von der den ter ten de del della di da dos das do du la le el al bin ibn st san santa")
_LEGAL = _set(
    "inc incorporated corp corporation co company llc llp lp ltd limited plc sa ag nv se spa ab asa oyj gmbh"
    " group and na"
)
_WORD = re.compile(r"[^\W_]+")
_PAREN = re.compile(r"\([^)]*\)")


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name taken apart: given names and initials in lower case, and the surname with its particles."""

    given: tuple[str, ...]
    surname: str

    def key(self, firm: str) -> str:
        """Return the key of this person at a firm (a firm key, empty for none)."""
        return f"{'-'.join((*self.given, self.surname))}@{firm}"


def person_name(name: str) -> PersonName:
    """Take a printed name apart. Honorifics and suffixes fall away; of a single word all is surname."""
    tokens = [token for part in re.split(r"[\s,]+", name) for token in _tokens(part, shouted=name.isupper())]
    while len(tokens) > 1 and tokens[0].lower() in _HONORIFICS:
        tokens = tokens[1:]
    while len(tokens) > 1 and tokens[-1].lower() in _SUFFIXES:
        tokens = tokens[:-1]
    if not tokens:
        return PersonName((), _plain(name).casefold().strip() or "?")
    first = len(tokens) - 1
    while first > 0 and _is_particle(tokens[first - 1], at_start=first == 1):
        first -= 1
    given = tuple(piece for token in tokens[:first] for piece in token.lower().split("-") if piece)
    return PersonName(given, "-".join(token.lower() for token in tokens[first:]))


def firm_key(firm: str | None) -> str:
    """Return a firm's name as a key: lower case, joined by hyphens, without legal form; empty for None."""
    if not firm:
        return ""
    words = [word.lower() for word in _WORD.findall(_plain(_PAREN.sub(" ", firm)).casefold())]
    kept = words[1:] if len(words) > 1 and words[0] == "the" else words
    while len(kept) > 1 and kept[-1] in _LEGAL:
        kept = kept[:-1]
    return "-".join(kept) or firm.casefold().strip()


def compatible(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Return whether two rows of given names can be one person's: a missing one says nothing against it."""
    if not a or not b:
        return True
    if same_given(a[0], b[0]):
        return all(same_given(x, y) for x, y in zip(a[1:], b[1:], strict=False))
    return _goes_by_middle_name(a, b) or _goes_by_middle_name(b, a)


def is_full(given: tuple[str, ...]) -> bool:
    """Return whether given names hold more than initials."""
    return any(len(name) > 1 for name in given)


def same_house(one: str, other: str) -> bool:
    """Return whether two firm keys are one house, one of them shortened: larkmoor and larkmoor-securities."""
    short, long = sorted((one, other), key=len)
    return bool(short) and (long == short or long.startswith(f"{short}-"))


def _goes_by_middle_name(full: tuple[str, ...], short: tuple[str, ...]) -> bool:
    """R. Scott Bell is Scott Bell."""
    return len(full) > 1 and len(full[0]) == 1 and len(short[0]) > 1 and same_given(full[1], short[0])


def _tokens(part: str, *, shouted: bool) -> list[str]:
    """Split one written word into names and initials.

    "J.P." and "JP" are two initials, "Smith-Jones" is one name.
    """
    plain = _plain(part).strip("-'’.")
    if "." in plain:
        return [piece for dotted in plain.split(".") for piece in _tokens(dotted, shouted=shouted)]
    if len(plain) == 2 and plain.isupper() and not shouted:
        return [] if plain.lower() in _SUFFIXES else list(plain)
    letters = re.sub(r"[^\w-]", "", plain)
    return [letters] if letters else []


def _is_particle(token: str, *, at_start: bool) -> bool:
    """Whether a word belongs to the surname after it.

    At the very start "Di" and "Al" are given names, "de" is not.
    """
    return token.lower() in _PARTICLES and (not at_start or token.islower())


def _plain(text: str) -> str:
    """Return the text without accents."""
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
