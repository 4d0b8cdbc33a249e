"""Who speaks: one key a person or house, decided once, when a statement is kept.

A person is a surname, a compatible given name and a firm: "Mike" and "Michael Wilson" of one firm are one
voice, two Wilsons at two firms are two. What the ledger held at that time decides. Linking is cautious: what
could be two people stays two. A key never changes; a merge is an event on top.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from narrative.ledger.columns import storable
from narrative.ledger.nicknames import same_given
from narrative.ledger.opening import Store
from narrative.terms import Statement

if TYPE_CHECKING:
    from sqlite_utils.db import Database


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


@dataclass(frozen=True, slots=True)
class Known:
    """A person the ledger has: its row, key, firm key and every form of the given names it was met under."""

    number: int
    key: str
    firm: str
    forms: tuple[tuple[str, ...], ...]

    def may_be(self, given: tuple[str, ...]) -> bool:
        """Return whether no form this person was met under speaks against `given`."""
        return all(compatible(form, given) for form in self.forms)


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


def voice_of(store: Store, db: Database, statement: Statement, at: str) -> int | None:
    """Return the row of the voice behind a statement, made now if nobody compatible is there.

    None for an unnamed source.
    """
    if statement.speaker and statement.speaker.strip():
        return _person(store, db, storable(statement.speaker), storable(statement.firm or ""), at)
    if statement.firm and statement.firm.strip():
        return _house(store, storable(statement.firm), at)
    return None


def same_house(one: str, other: str) -> bool:
    """Return whether two firm keys are one house, one of them shortened: larkmoor and larkmoor-securities."""
    short, long = sorted((one, other), key=len)
    return bool(short) and (long == short or long.startswith(f"{short}-"))


def _house(store: Store, firm: str, at: str) -> int:
    key = firm_key(firm)
    found: int | None = store.value("SELECT number FROM voices WHERE key = ?", (key,))
    return found if found is not None else _new(store, key, "house", firm, "", key, at)


def _person(store: Store, db: Database, speaker: str, firm: str, at: str) -> int:
    name, house = person_name(speaker), firm_key(firm)
    found = choose(_namesakes(store, name.surname), name, house)
    number = (
        found.number
        if found
        else _new(store, name.key(house), "person", " ".join(speaker.split()), name.surname, house, at)
    )
    db.execute(
        "INSERT OR IGNORE INTO voice_names (voice, given, name, recorded_at) VALUES (?, ?, ?, ?)",
        (number, " ".join(name.given), speaker, at),
    )
    return number


def choose(known: Iterable[Known], name: PersonName, firm: str) -> Known | None:
    """Return who of the people with this surname is meant by a name and a firm key (empty for none), or None.

    The same key is the same voice. Else it must be the only one that fits: with a firm, of that firm; without
    one, of any, and then a bare surname is not enough.
    """
    people = list(known)
    for person in people:
        if person.key == name.key(firm):
            return person
    if not firm and not name.given:
        return None
    fitting = [
        p for p in people if p.may_be(name.given) and (same_house(p.firm, firm) if firm else any(p.forms))
    ]
    return fitting[0] if len(fitting) == 1 else None


def _namesakes(store: Store, surname: str) -> list[Known]:
    rows = store.rows(
        """SELECT v.number, v.key, v.firm, n.given FROM voices v JOIN voice_names n ON n.voice = v.number
           WHERE v.surname = ? AND v.kind = 'person' ORDER BY v.number""",
        (surname,),
    )
    forms: dict[int, list[tuple[str, ...]]] = {}
    for row in rows:
        forms.setdefault(row["number"], []).append(tuple(row["given"].split()))
    firsts = {row["number"]: row for row in rows}
    return [Known(n, firsts[n]["key"], firsts[n]["firm"], tuple(given)) for n, given in forms.items()]


def _new(store: Store, key: str, kind: str, name: str, surname: str, firm: str, at: str) -> int:
    return store.insert(
        "voices",
        {"key": key, "kind": kind, "name": name, "surname": surname, "firm": firm, "recorded_at": at},
    )


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
