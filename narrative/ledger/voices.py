"""Who speaks: one key a person or house, decided once, when a statement is kept.

A person is a surname, a compatible given name and a firm: "Mike" and "Michael Wilson" of one firm are one
voice, two Wilsons at two firms are two. What the ledger held at that time decides. Linking is cautious: what
could be two people stays two. A person met without a firm is found again at one soon after, and one whose move
the page itself tells of is found again at the new firm. A key never changes; a merge is an event on top.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from narrative.ledger import columns
from narrative.ledger.columns import storable
from narrative.ledger.moves import says_moved
from narrative.ledger.naming import PersonName, compatible, firm_key, is_full, person_name, same_house
from narrative.ledger.opening import Store
from narrative.ledger.staging import put
from narrative.ledger.voice_events import merged_into
from narrative.terms import Mention, Statement

LATE_FIRM = timedelta(
    days=30
)  # how near a person without a firm must have been met to be the one with a firm


@dataclass(frozen=True, slots=True)
class Heard:
    """The page a statement stands in: its text, the names found there, and since when it can be read."""

    text: str
    mentions: tuple[Mention, ...]
    available_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """A person the ledger has: its row and key, every form of the given names and every firm it was met under.

    `firms` are firm keys, none for a person met without one. `one` is the key the person counts under: another
    one's after a merge.
    """

    number: int
    key: str
    one: str
    forms: tuple[tuple[str, ...], ...]
    firms: tuple[str, ...]

    def may_be(self, given: tuple[str, ...]) -> bool:
        """Return whether no form this person was met under speaks against `given`."""
        return all(compatible(form, given) for form in self.forms)

    def is_at(self, firm: str) -> bool:
        """Return whether this person was met at a firm, given by its key."""
        return any(same_house(own, firm) for own in self.firms)

    @property
    def has_full_name(self) -> bool:
        """Whether a given name is known, and not by its initial alone."""
        return any(is_full(form) for form in self.forms)


class Voices:
    """The voices of a ledger while statements are kept, for one transaction.

    The people of a surname are looked up once; who is met for the first time, or under another name or firm, joins
    them, and waits to be written. `at` is the time of recording, `last` the row of the last voice.
    """

    def __init__(self, store: Store, at: str) -> None:
        self._store, self._at = store, at
        self._merged = merged_into(store)
        self.last: int = store.value("SELECT coalesce(max(number), 0) FROM voices")
        self._rows: dict[str, list[dict[str, object]]] = {"voices": [], "voice_names": [], "voice_firms": []}
        self._houses: dict[str, int] = {}
        self._keys: dict[str, int] = {}  # of houses
        self._people: dict[str, tuple[Known, ...]] = {}  # by surname
        self._found: dict[tuple[str, str], tuple[str, tuple[Known, ...], int]] = {}  # among whom, and whom
        self._firmless: dict[int, list[datetime]] = {}  # when people without a firm spoke in this transaction

    def voice_of(self, statement: Statement, heard: Heard) -> int | None:
        """Return the row of the voice behind a statement, made now if nobody compatible is there.

        None for an unnamed source.
        """
        if statement.speaker and statement.speaker.strip():
            return self._person(storable(statement.speaker), storable(statement.firm or ""), heard)
        if statement.firm and statement.firm.strip():
            return self._house(storable(statement.firm))
        return None

    def _house(self, firm: str) -> int:
        found = self._houses.get(firm)
        if found is None:
            key = firm_key(firm)
            found = self._keys.get(key)
            if found is None:
                found = self._store.value("SELECT number FROM voices WHERE key = ?", (key,))
            if found is None:
                found = self._new(key, "house", firm, "", key)
            self._houses[firm] = self._keys[key] = found
        return found

    def _person(self, speaker: str, firm: str, heard: Heard) -> int:
        surname, people, number = self._found.get((speaker, firm), ("", (), 0))
        if not number or self._people[surname] is not people:  # somebody of that name was met since
            name, house = person_name(speaker), firm_key(firm)
            number = self._one_of(self._namesakes(name.surname), name, house, speaker, heard)
            self._found[speaker, firm] = (name.surname, self._people[name.surname], number)
        if not firm.strip():
            self._firmless.setdefault(number, []).append(heard.available_at)
        return number

    def _one_of(
        self, people: tuple[Known, ...], name: PersonName, house: str, speaker: str, heard: Heard
    ) -> int:
        """Return who of the people with this surname speaks, noted with what is new of them."""
        found = choose(people, name, house)
        if found is None and house and is_full(name.given) and not any(fitting(people, name, house)):
            met = _newcomer(people, name, heard, self._met_near)
            if met:
                found = replace(met[0], firms=(*met[0].firms, house))
                self._add("voice_firms", voice=found.number, firm=house, how=met[1], recorded_at=self._at)
        if found is None:
            key = name.key(house)
            number = self._new(key, "person", " ".join(speaker.split()), name.surname, house)
            found = Known(number, key, self._merged.get(key, key), (), (house,) if house else ())
        if name.given not in found.forms:
            found = replace(found, forms=(*found.forms, name.given))
            given = " ".join(name.given)
            self._add("voice_names", voice=found.number, given=given, name=speaker, recorded_at=self._at)
        if found not in people:
            others = [person for person in people if person.number != found.number]
            self._people[name.surname] = tuple(sorted([*others, found], key=lambda person: person.number))
        return found.number

    def _met_near(self, person: Known, when: datetime) -> bool:
        """Whether something this person said became available within the time for a late firm, before or after."""
        if any(abs(said - when) <= LATE_FIRM for said in self._firmless.get(person.number, ())):
            return True
        low, high = columns.stamp(when - LATE_FIRM), columns.stamp(when + LATE_FIRM)
        near = "SELECT 1 FROM statements WHERE voice = ? AND available_at BETWEEN ? AND ? LIMIT 1"
        return self._store.value(near, (person.number, low, high)) is not None

    def _namesakes(self, surname: str) -> tuple[Known, ...]:
        found = self._people.get(surname)
        if found is None:
            found = self._people[surname] = _namesakes(self._store, surname, self._merged)
        return found

    def write(self) -> None:
        """Put who is new into the tables."""
        for table, rows in self._rows.items():
            put(self._store, table, rows, ignore=table != "voices")
            rows.clear()

    def _new(self, key: str, kind: str, name: str, surname: str, firm: str) -> int:
        self.last += 1
        self._add(
            "voices",
            number=self.last, key=key, kind=kind, name=name, surname=surname, firm=firm, recorded_at=self._at,
        )  # fmt: skip
        return self.last

    def _add(self, table: str, **row: object) -> None:
        self._rows[table].append(row)


def choose(known: Iterable[Known], name: PersonName, firm: str) -> Known | None:
    """Return who of the people with this surname is meant by a name and a firm key (empty for none), or None.

    The same key is the same voice. Else it must be the only one that fits: with a firm, of that firm; without
    one, of any, and then a bare surname is not enough.
    """
    people = list(known)
    for person in people:
        if person.key == name.key(firm):
            return person
    return _the_only(fitting(people, name, firm))


def fitting(known: Iterable[Known], name: PersonName, firm: str) -> list[Known]:
    """Return who of the people with this surname fits a name at a firm, given by its key (empty for none)."""
    if not firm and not name.given:
        return []
    return [p for p in known if p.may_be(name.given) and (p.is_at(firm) if firm else any(p.forms))]


def _the_only(people: Sequence[Known]) -> Known | None:
    """Return the person that all of these are, None for nobody and for several."""
    if len({person.one for person in people}) != 1:
        return None
    return next((person for person in people if person.key == person.one), people[0])


# --- known people met at a firm for the first time ---------------------------------------------------------


def _newcomer(
    people: Sequence[Known],
    name: PersonName,
    heard: Heard,
    met_near: Callable[[Known, datetime], bool],
) -> tuple[Known, str] | None:
    """Return the known person who is met at another firm for the first time, and why it is the same one."""
    named = [p for p in people if any(p.forms) and p.may_be(name.given)]
    namesakes = [p for p in named if p.has_full_name]
    found = _the_only(named)
    if found and found in namesakes and not found.firms and met_near(found, heard.available_at):
        return (
            found,
            f"met without a firm within {LATE_FIRM.days} days, and nobody else of that name is known",
        )
    told = [(p, words) for p in namesakes if (words := says_moved(heard.text, heard.mentions, name, p.is_at))]
    found = _the_only([person for person, _ in told])
    return (found, f"the page says “{told[0][1]}”") if found else None


# --- rows --------------------------------------------------------------------------------------------------


def _namesakes(store: Store, surname: str, merged: Mapping[str, str]) -> tuple[Known, ...]:
    """Return the people with a surname in the order of their rows; `merged` gives the keys that count as others."""
    rows = store.rows(
        """SELECT v.number, v.key, v.firm, n.given FROM voices v JOIN voice_names n ON n.voice = v.number
           WHERE v.surname = ? AND v.kind = 'person' ORDER BY v.number""",
        (surname,),
    )
    if not rows:
        return ()
    later = store.rows(
        """SELECT v.number, f.firm FROM voices v JOIN voice_firms f ON f.voice = v.number
           WHERE v.surname = ? AND v.kind = 'person' ORDER BY f.recorded_at, f.firm""",
        (surname,),
    )
    forms: dict[int, list[tuple[str, ...]]] = {}
    firms: dict[int, list[str]] = {row["number"]: [row["firm"]] for row in rows if row["firm"]}
    for row in rows:
        forms.setdefault(row["number"], []).append(tuple(row["given"].split()))
    for row in later:
        firms.setdefault(row["number"], []).append(row["firm"])
    keys = {row["number"]: row["key"] for row in rows}
    return tuple(
        Known(n, keys[n], merged.get(keys[n], keys[n]), tuple(given), tuple(firms.get(n, ())))
        for n, given in forms.items()
    )
