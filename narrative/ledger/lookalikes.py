"""Pairs of voices that may be one: what keeping would not decide, laid before a person.

People are a pair when they share a surname and no given name of one speaks against the other's; houses when one
name is the beginning of the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import combinations

from narrative.ledger.naming import PersonName, compatible, firm_key, is_full, person_name, same_house
from narrative.ledger.roster import Voice


@dataclass(frozen=True, slots=True)
class Doubt:
    """Two voices that may be one, and in words what speaks for it and against.

    `kept` is the better known one, whose name would stand: with a firm, a full name and more views.
    """

    kept: Voice
    other: Voice
    reasons: tuple[str, ...]

    @property
    def views(self) -> int:
        """Views of the two together."""
        return self.kept.views + self.other.views


@dataclass(frozen=True, slots=True)
class _Person:
    voice: Voice
    names: frozenset[PersonName]
    firms: frozenset[str]

    @property
    def given(self) -> frozenset[tuple[str, ...]]:
        return frozenset(name.given for name in self.names if name.given)

    @property
    def full(self) -> bool:
        return any(is_full(given) for given in self.given)


def lookalikes(voices: Iterable[Voice], told_apart: Set[frozenset[str]] = frozenset()) -> tuple[Doubt, ...]:
    """Return the pairs that may be one, those with most views first, without those told apart (by keys)."""
    there = list(voices)
    found = [*_people(voice for voice in there if voice.kind == "person"), *_houses(there)]
    left = (doubt for doubt in found if frozenset((doubt.kept.key, doubt.other.key)) not in told_apart)
    return tuple(sorted(left, key=lambda doubt: (-doubt.views, doubt.kept.key, doubt.other.key)))


def _people(voices: Iterable[Voice]) -> Iterator[Doubt]:
    by_surname: dict[str, list[_Person]] = defaultdict(list)
    for voice in voices:
        person = _person(voice)
        for surname in {name.surname for name in person.names}:
            by_surname[surname].append(person)
    done: set[frozenset[str]] = set()
    for people in by_surname.values():
        for one, other in _pairs(people):
            pair = frozenset((one.voice.key, other.voice.key))
            if pair not in done:
                done.add(pair)
                yield _doubt(one.voice, other.voice, (_by_name(one, other), _by_firm(one, other)))


def _pairs(people: Sequence[_Person]) -> Iterator[tuple[_Person, _Person]]:
    """Yield who may be one; a bare surname, which fits everybody, only with the one it fits."""
    named = [person for person in people if person.given]
    for one, other in combinations(named, 2):
        if all(compatible(a, b) for a in one.given for b in other.given):
            yield one, other
    if len(named) == 1:
        yield from ((named[0], person) for person in people if not person.given)


def _person(voice: Voice) -> _Person:
    names = frozenset(person_name(met.name) for met in voice.names)
    return _Person(voice, names, frozenset(key for met in voice.firms if (key := firm_key(met.name))))


def _by_name(one: _Person, other: _Person) -> str:
    if not (one.given and other.given):
        return "one is known by the surname only"
    if not (one.full and other.full):
        return "one is known by initials only"
    return "the same name" if one.given & other.given else "given names that can be one person's"


def _by_firm(one: _Person, other: _Person) -> str:
    if not (one.firms and other.firms):
        return "one was met without a firm" if one.firms or other.firms else "both were met without a firm"
    if any(same_house(a, b) for a in one.firms for b in other.firms):
        return "at one firm, where the name fits several"
    return "at different firms"


def _houses(voices: Iterable[Voice]) -> Iterator[Doubt]:
    by_word: dict[str, list[Voice]] = defaultdict(list)
    for voice in voices:
        if voice.kind == "house":
            by_word[firm_key(voice.name).split("-")[0]].append(voice)
    for houses in by_word.values():
        for one, other in combinations(houses, 2):
            if same_house(firm_key(one.name), firm_key(other.name)):
                yield _doubt(one, other, ("one name is the beginning of the other; it may be a division",))


def _doubt(one: Voice, other: Voice, reasons: tuple[str, ...]) -> Doubt:
    kept, lost = sorted((one, other), key=_standing, reverse=True)
    return Doubt(kept, lost, reasons)


def _standing(voice: Voice) -> tuple[bool, bool, int, int, str]:
    full = any(is_full(person_name(met.name).given) for met in voice.names)
    return bool(voice.firm), full, voice.views, voice.statements, voice.key
