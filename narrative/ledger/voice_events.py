"""What people rule on voices: that two are one (merge), that one is two (split), that a ruling was wrong (undo).

Events are appended and never changed. They are applied to the voice a statement was kept under, one after the
other in the order they were recorded, whenever rows are selected: a merge turns one voice into another, a split
turns the statements under one name or firm into a voice of their own. Known at a moment, only the events
recorded by then apply, so that no past answer moves. Keeping a statement asks them one thing: who counts as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

from narrative.ledger import columns
from narrative.ledger.migrations import append_only, migration
from narrative.ledger.naming import firm_key, person_name
from narrative.ledger.opening import Store

if TYPE_CHECKING:
    from sqlite_utils.db import Database

    from narrative.ledger.selection import Found

EventKind = Literal["merge", "split", "undo"]


@migration
def m0009_voice_events(db: Database) -> None:
    """Make room for merges and splits of voices, and for the firms a known person was met at later."""
    db.executescript("""
        CREATE TABLE voice_events (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL CHECK (kind IN ('merge', 'split', 'undo')),
            voice TEXT NOT NULL, other TEXT NOT NULL, name TEXT, firm TEXT,
            undoes INTEGER REFERENCES voice_events, note TEXT NOT NULL, recorded_at TEXT NOT NULL
        ) STRICT;
        CREATE TABLE voice_firms (
            voice INTEGER NOT NULL REFERENCES voices, firm TEXT NOT NULL, how TEXT NOT NULL,
            recorded_at TEXT NOT NULL, PRIMARY KEY (voice, firm)
        ) STRICT, WITHOUT ROWID;
    """)
    append_only(db, ("voice_events", "voice_firms"))


@dataclass(frozen=True, slots=True)
class VoiceEvent:
    """One ruling. Voices are given by their keys.

    A merge makes `other` a name of `voice`; a split takes the statements of `voice` under `name`, or at `firm`
    (written so that "" means without one), into a new voice `other`; an undo names the event it takes back.
    `undone_at` is when that happened to this one, None while it holds.
    """

    number: int
    id: str
    kind: EventKind
    voice: str
    other: str
    name: str | None
    firm: str | None
    undoes: int | None
    note: str
    recorded_at: datetime
    undone_at: datetime | None = None

    @property
    def holds(self) -> bool:
        """Whether it is a merge or a split that nobody took back."""
        return self.kind != "undo" and self.undone_at is None

    def takes(self, key: str, speaker: str | None, firm: str | None) -> bool:
        """Return whether a statement that counts under `key` is turned over to another voice."""
        if self.kind == "merge":
            return key == self.other
        return key == self.voice and self.splits_off(speaker, firm)

    def splits_off(self, speaker: str | None, firm: str | None) -> bool:
        """Return whether a split is about statements of this speaker and firm, as written there."""
        if self.name is not None:
            return speaker is not None and person_name(speaker) == person_name(self.name)
        return firm_key(firm) == firm_key(self.firm)

    @property
    def result(self) -> str:
        """The key under which the statements it takes count afterwards."""
        return self.voice if self.kind == "merge" else self.other


def recorded(store: Store, known_at: datetime | None = None) -> tuple[VoiceEvent, ...]:
    """Return all events recorded by a moment, None for now, in their order."""
    rows = store.rows(
        "SELECT * FROM voice_events WHERE :known IS NULL OR recorded_at <= :known ORDER BY number",
        {"known": columns.stamp_or_none(known_at)},
    )
    undone = {row["undoes"]: columns.instant(row["recorded_at"]) for row in rows if row["undoes"]}
    return tuple(
        VoiceEvent(
            **{name: row[name] for name in _PLAIN},
            recorded_at=columns.instant(row["recorded_at"]),
            undone_at=undone.get(row["number"]),
        )
        for row in rows
    )


_PLAIN = ("number", "id", "kind", "voice", "other", "name", "firm", "undoes", "note")


def merged_into(store: Store) -> dict[str, str]:
    """Return, for every voice that is merged into another by now, the one it counts as, both by key."""
    merges = [event for event in recorded(store) if event.kind == "merge" and event.holds]
    return {event.other: final(merges, event.other) for event in merges}


def final(events: Iterable[VoiceEvent], key: str) -> str:
    """Return the key that a voice counts under after the merges among some events, in their order."""
    for event in events:
        if event.kind == "merge" and event.other == key:
            key = event.voice
    return key


# --- applying them to rows ---------------------------------------------------------------------------------


class Kin(NamedTuple):
    """A row that events are about: the voice it was kept under, and the one it counts under."""

    kept: str
    voice: str


class Identities:
    """The events that hold at a moment, ready to be applied. Voices that none of them names stay as they are."""

    def __init__(self, events: Iterable[VoiceEvent]) -> None:
        self.events = tuple(event for event in events if event.holds)
        self._named = frozenset(key for event in self.events for key in (event.voice, event.other))
        self._found: dict[tuple[str, str | None, str | None], str] = {}

    def concern(self, key: str | None) -> bool:
        """Return whether an event names the voice."""
        return key in self._named

    def voice(self, key: str, speaker: str | None, firm: str | None) -> str:
        """Return the key that a statement counts under, given the one it was kept under."""
        if key not in self._named:
            return key
        known = (key, speaker, firm)
        if known not in self._found:
            self._found[known] = self.steps(*known)[0]
        return self._found[known]

    def steps(self, key: str, speaker: str | None, firm: str | None) -> tuple[str, tuple[VoiceEvent, ...]]:
        """Return the key that a statement counts under, and the events that led there."""
        taken = []
        for event in self.events:
            if event.takes(key, speaker, firm):
                key = event.result
                taken.append(event)
        return key, tuple(taken)

    def families(self) -> dict[str, str]:
        """Return, for each voice that events name, one key that is the same for all that are tied together."""
        head = {key: key for key in self._named}

        def first(key: str) -> str:
            while head[key] != key:
                key = head[key]
            return key

        for event in self.events:
            head[first(event.other)] = first(event.voice)
        return {key: first(key) for key in sorted(head)}


def identities(store: Store, known_at: datetime | None) -> Identities | None:
    """Return the events that hold at a moment, None for now; None when there are none."""
    found = Identities(recorded(store, known_at))
    return found if found.events else None


def names_of(store: Store, events: Sequence[VoiceEvent]) -> dict[str, tuple[str, Literal["person", "house"]]]:
    """Return the printed name and kind of every voice that some events name, by key.

    A voice that a split made is called by the name it was split off under, else as the voice it came from.
    """
    keys = columns.words_column(sorted({key for event in events for key in (event.voice, event.other)}))
    rows = store.rows(
        "SELECT key, name, kind FROM voices WHERE key IN (SELECT value FROM json_each(?))", (keys,)
    )
    names = {row["key"]: (row["name"], row["kind"]) for row in rows}
    for event in events:
        if event.kind == "split" and event.voice in names:
            name, kind = names[event.voice]
            names[event.other] = (event.name or name, kind)
    return names


def heard(
    store: Store, rows: Sequence[Found], known_at: datetime | None
) -> tuple[Sequence[Found], Mapping[int, Kin]]:
    """Return selected rows under the voices they count as, and by statement row those that events are about."""
    known = identities(store, known_at)
    if known is None:
        return rows, {}
    names = names_of(store, known.events)
    kin: dict[int, Kin] = {}
    found: list[Found] = []
    for row in rows:
        if row.voice is not None and known.concern(row.voice):
            voice = known.voice(row.voice, row.speaker, row.firm)
            kin[row.statement_row] = Kin(row.voice, voice)
            if voice != row.voice:
                name, kind = names[voice]
                row = row._replace(voice=voice, voice_name=name, voice_kind=kind)
        found.append(row)
    return found, kin
