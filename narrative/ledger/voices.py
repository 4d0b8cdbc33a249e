"""Who speaks: one key a person or house, decided once, when a statement is kept.

A person is a surname, a compatible given name and a firm: "Mike" and "Michael Wilson" of one firm are one
voice, two Wilsons at two firms are two. What the ledger held at that time decides. Linking is cautious: what
could be two people stays two. A person met without a firm is found again at one soon after, and one whose move
the page itself tells of is found again at the new firm. A key never changes; a merge is an event on top.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from narrative.ledger import columns
from narrative.ledger.columns import storable
from narrative.ledger.moves import says_moved
from narrative.ledger.naming import PersonName, compatible, firm_key, is_full, person_name, same_house
from narrative.ledger.opening import Store
from narrative.ledger.voice_events import merged_into
from narrative.terms import Mention, Statement

if TYPE_CHECKING:
    from sqlite_utils.db import Database

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


def voice_of(store: Store, db: Database, statement: Statement, heard: Heard, at: str) -> int | None:
    """Return the row of the voice behind a statement, made now if nobody compatible is there.

    None for an unnamed source.
    """
    if statement.speaker and statement.speaker.strip():
        return _person(store, db, storable(statement.speaker), storable(statement.firm or ""), heard, at)
    if statement.firm and statement.firm.strip():
        return _house(store, storable(statement.firm), at)
    return None


def _house(store: Store, firm: str, at: str) -> int:
    key = firm_key(firm)
    found: int | None = store.value("SELECT number FROM voices WHERE key = ?", (key,))
    return found if found is not None else _new(store, key, "house", firm, "", key, at)


def _person(store: Store, db: Database, speaker: str, firm: str, heard: Heard, at: str) -> int:
    name, house = person_name(speaker), firm_key(firm)
    people = _namesakes(store, name.surname)
    found = choose(people, name, house)
    if found is None and house and is_full(name.given) and not any(fitting(people, name, house)):
        found = _newcomer(store, db, people, name, house, heard, at)
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
    store: Store, db: Database, people: Sequence[Known], name: PersonName, firm: str, heard: Heard, at: str
) -> Known | None:
    """Return the known person who is now met at a firm for the first time, and note why it is the same one."""
    named = [p for p in people if any(p.forms) and p.may_be(name.given)]
    namesakes = [p for p in named if p.has_full_name]
    found = _the_only(named)
    if found and found in namesakes and not found.firms and _met_near(store, found, heard.available_at):
        how = f"met without a firm within {LATE_FIRM.days} days, and nobody else of that name is known"
    else:
        told = [
            (p, words) for p in namesakes if (words := says_moved(heard.text, heard.mentions, name, p.is_at))
        ]
        found = _the_only([person for person, _ in told])
        how = f"the page says “{told[0][1]}”" if told else ""
    if found:
        db.execute(
            "INSERT OR IGNORE INTO voice_firms (voice, firm, how, recorded_at) VALUES (?, ?, ?, ?)",
            (found.number, firm, how, at),
        )
    return found


def _met_near(store: Store, person: Known, when: datetime) -> bool:
    """Whether something this person said became available within the time for a late firm, before or after."""
    low, high = columns.stamp(when - LATE_FIRM), columns.stamp(when + LATE_FIRM)
    near = "SELECT 1 FROM statements WHERE voice = ? AND available_at BETWEEN ? AND ? LIMIT 1"
    return store.value(near, (person.number, low, high)) is not None


# --- rows --------------------------------------------------------------------------------------------------


def _namesakes(store: Store, surname: str) -> list[Known]:
    rows = store.rows(
        """SELECT v.number, v.key, v.firm, n.given FROM voices v JOIN voice_names n ON n.voice = v.number
           WHERE v.surname = ? AND v.kind = 'person' ORDER BY v.number""",
        (surname,),
    )
    if not rows:
        return []
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
    keys, merged = {row["number"]: row["key"] for row in rows}, merged_into(store)
    return [
        Known(n, keys[n], merged.get(keys[n], keys[n]), tuple(given), tuple(firms.get(n, ())))
        for n, given in forms.items()
    ]


def _new(store: Store, key: str, kind: str, name: str, surname: str, firm: str, at: str) -> int:
    return store.insert(
        "voices",
        {"key": key, "kind": kind, "name": name, "surname": surname, "firm": firm, "recorded_at": at},
    )
