"""Who is in the ledger: voices with their names, the firms they were met at and when, as merges and splits have them.

Nothing here is stored. Names and affiliations are those of the statements that are visible at a moment, each with
the first and the last time it could be read; a name or a firm is one more sighting, never a change of a row.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from narrative.errors import UsageError
from narrative.ledger import columns
from narrative.ledger.naming import firm_key, same_house
from narrative.ledger.opening import Part, Store
from narrative.ledger.selection import moment
from narrative.ledger.voice_events import Identities, VoiceEvent, final, names_of, recorded
from narrative.ledger.wording import normal_words
from narrative.terms import content_id

SHORTEST = 4
_ID = re.compile(r"[0-9a-f]{4,20}")
_SOME = 4  # voices or events named in a message


@dataclass(frozen=True, slots=True)
class Met:
    """A name or a firm that a voice was met under: as written last, how often, and first and last when.

    `name` is empty for statements without a firm. The instants are those at which a statement could be read.
    """

    name: str
    statements: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Voice:
    """One voice after merges and splits. `names` and `firms` come with the latest first; a house has no firms.

    `id` is the hash of `key`. Statements printed again in their own page are left out of all counts; `views`
    counts those of the last reading of each article, whether they enter a number or not.
    """

    id: str
    key: str
    kind: Literal["person", "house"]
    name: str
    names: tuple[Met, ...]
    firms: tuple[Met, ...]
    statements: int
    views: int
    first: datetime
    last: datetime

    @property
    def firm(self) -> str:
        """The firm the voice was last met at, empty for a house and for a person without one."""
        return next((firm.name for firm in self.firms if firm.name), "")

    @property
    def every_name(self) -> tuple[str, ...]:
        """The printed name and all it was met under."""
        return (self.name, *(met.name for met in self.names))

    @property
    def other_firms(self) -> tuple[str, ...]:
        """Firms the voice was met at that are not the last one, shortened or not, the latest first."""
        last = firm_key(self.firm)
        return tuple(met.name for met in self.firms if met.name and not same_house(firm_key(met.name), last))

    @property
    def called(self) -> str:
        """The name with the firm."""
        return f"{self.name}, {self.firm}" if self.firm else self.name

    @property
    def said_plainly(self) -> str:
        """The name with the firm for a message: on one line, without characters that steer a terminal."""
        return one_line(self.called)


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """An event with the voices as they are called: `voice` with what was merged into it or split from it, `other`."""

    event: VoiceEvent
    voice: str
    other: str


class Sighted(NamedTuple):
    """The visible statements kept under one voice with one speaker and firm as written."""

    kept: str
    speaker: str | None
    firm: str | None
    statements: int
    views: int
    first: str
    last: str


class Roster(Part):
    """The ledger's side of knowing who speaks."""

    def voices(
        self, *, name: str | None = None, as_of: datetime | None = None, known_at: datetime | None = None
    ) -> tuple[Voice, ...]:
        """Return the voices with a statement visible at a moment, those with most views first.

        `name` keeps those of which a name or firm has these whole words, case aside. Known at a moment, only
        merges and splits recorded by then apply.
        """
        known = Identities(recorded(self.store, known_at))
        by_voice: dict[str, list[Sighted]] = defaultdict(list)
        for seen in self._sighted(as_of, known_at):
            by_voice[known.voice(seen.kept, seen.speaker, seen.firm)].append(seen)
        called = {**_kept_names(self.store), **names_of(self.store, known.events)}
        found = [_voice(key, *called[key], sighted) for key, sighted in by_voice.items()]
        fitting = (voice for voice in found if name is None or has_name(voice, name))
        return tuple(sorted(fitting, key=lambda voice: (-voice.views, -voice.statements, voice.key)))

    def the_voice(
        self, wanted: str, *, as_of: datetime | None = None, known_at: datetime | None = None
    ) -> Voice:
        """Return the voice meant by the beginning of an id, or by a whole name that no other voice has.

        The id of a voice that was merged away means the one it counts as now. Raises UsageError for none and for
        several.
        """
        return self._meant(wanted, self.voices(as_of=as_of, known_at=known_at), known_at)

    def _meant(self, wanted: str, there: Sequence[Voice], known_at: datetime | None = None) -> Voice:
        events = [event for event in recorded(self.store, known_at) if event.holds]
        beginning = wanted.strip().lower()
        meant: set[str] = set()
        if _ID.fullmatch(beginning):
            meant = {final(events, key) for key in self._keys() if voice_id(key).startswith(beginning)}
        found = [voice for voice in there if voice.key in meant]
        if not found:
            name = _words(wanted)
            found = [voice for voice in there if name and name in map(_words, voice.every_name)]
        if not found:
            raise UsageError(
                f"no voice has an id beginning with {wanted!r}, or that name; narrative voices list shows them"
            )
        if len(found) > 1:
            short = self.shorten_voices(voice.id for voice in found)
            some = "; ".join(f"{short[voice.id]} = {voice.said_plainly}" for voice in found[:_SOME])
            raise UsageError(f"{wanted!r} can be {len(found)} voices: {some}; give the id")
        return found[0]

    def voice_history(self, voice: Voice, *, known_at: datetime | None = None) -> tuple[ToldEvent, ...]:
        """Return the events about a voice, those that were undone too, in the order they were recorded."""
        events = recorded(self.store, known_at)
        holding = [event for event in events if event.holds]
        about = [event for event in events if event.kind != "undo" and voice.key in _after(event, holding)]
        return told(self.store, events, about)

    def shorten_voices(self, ids: Iterable[str]) -> dict[str, str]:
        """Return for each voice id its shortest unique prefix, of four characters or more."""
        return shortened(ids, [voice_id(key) for key in self._keys()])

    def shorten_events(self, ids: Iterable[str]) -> dict[str, str]:
        """Return for each event id its shortest unique prefix, of four characters or more."""
        return shortened(ids, [event.id for event in recorded(self.store)])

    def voice_aliases(self, *, known_at: datetime | None = None) -> dict[str, str]:
        """Return {name: printed name} for names of one voice alone that is printed under another one."""
        rows = self.store.rows(_ALIASES, {"known": columns.stamp_or_none(known_at)})
        events = [event for event in recorded(self.store, known_at) if event.holds]
        printed = {row["key"]: row["printed"] for row in rows}
        bearers: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            key = final(events, row["key"])
            for name in (row["name"], row["printed"]):
                bearers[name].add(key)
        alone = {name: next(iter(keys)) for name, keys in bearers.items() if len(keys) == 1}
        pairs = ((name, printed[key]) for name, key in alone.items() if key in printed)
        return {name: shown for name, shown in pairs if name != shown and shown in alone}

    def _sighted(self, as_of: datetime | None, known_at: datetime | None) -> list[Sighted]:
        values = {
            "last": columns.stamp_or_none(moment(as_of, known_at)),
            "known": columns.stamp_or_none(known_at),
        }
        return [Sighted._make(row) for row in self.store.rows(_SIGHTED, values)]

    def _keys(self) -> list[str]:
        """Return the keys of all voices, those that a split made too."""
        kept = [str(row["key"]) for row in self.store.rows("SELECT key FROM voices")]
        return kept + [event.other for event in recorded(self.store) if event.kind == "split"]


_SIGHTED = """
SELECT o.key, s.speaker, s.firm, count(DISTINCT s.number), count(v.number),
       min(s.available_at), max(s.available_at)
FROM statements s JOIN readings r ON r.number = s.reading JOIN articles a ON a.number = r.article
JOIN voices o ON o.number = s.voice LEFT JOIN views v ON v.statement = s.number
WHERE NOT s.dup AND (:last IS NULL OR s.available_at <= :last)
AND (:known IS NULL OR (a.recorded_at <= :known AND r.judged_at <= :known))
AND r.number = (SELECT max(x.number) FROM readings x
                WHERE x.article = r.article AND (:known IS NULL OR x.judged_at <= :known))
GROUP BY s.voice, s.speaker, s.firm ORDER BY o.key, s.speaker, s.firm
"""

_ALIASES = """
SELECT o.key, o.name AS printed, n.name FROM voices o JOIN voice_names n ON n.voice = o.number
WHERE :known IS NULL OR n.recorded_at <= :known
"""


def voice_id(key: str) -> str:
    """Return the id of the voice with a key."""
    return content_id("voice", key)


def shortened(ids: Iterable[str], among: Collection[str]) -> dict[str, str]:
    """Return for each id the shortest prefix that no other id among these begins with, four characters or more."""
    taken: dict[str, int] = defaultdict(int)
    wanted = list(dict.fromkeys(ids))
    for one in set(among):
        for length in range(SHORTEST, len(one) + 1):
            taken[one[:length]] += 1
    return {one: next((p for p in _prefixes(one) if taken[p] <= 1), one) for one in wanted}


def _prefixes(one: str) -> Iterable[str]:
    return (one[:length] for length in range(SHORTEST, len(one) + 1))


def told(store: Store, events: Sequence[VoiceEvent], about: Iterable[VoiceEvent]) -> tuple[ToldEvent, ...]:
    """Return some of all events with their voices as they were called when they were first kept."""
    plain = {key: name for key, (name, _) in names_of(store, events).items()}
    names = dict(plain)
    for row in store.rows(_FIRST_FIRMS, (columns.words_column(sorted(names)),)):
        if row["firm"]:
            names[row["key"]] += f", {row['firm']}"
    for event in events:
        if event.kind == "split" and event.name is None:
            names[event.other] = f"{plain[event.voice]}, {event.firm or 'without a firm'}"
    return tuple(ToldEvent(event, names[event.voice], names[event.other]) for event in about)


_FIRST_FIRMS = """
SELECT o.key, (SELECT s.firm FROM statements s WHERE s.voice = o.number ORDER BY s.number LIMIT 1) AS firm
FROM voices o WHERE o.kind = 'person' AND o.key IN (SELECT value FROM json_each(?))
"""


def _after(event: VoiceEvent, holding: Sequence[VoiceEvent]) -> set[str]:
    """Return the keys that the voices of an event count under by now."""
    return {final(holding, key) for key in (event.voice, event.other)}


def _kept_names(store: Store) -> dict[str, tuple[str, Literal["person", "house"]]]:
    return {
        row["key"]: (row["name"], row["kind"]) for row in store.rows("SELECT key, name, kind FROM voices")
    }


def _voice(key: str, name: str, kind: Literal["person", "house"], sighted: Sequence[Sighted]) -> Voice:
    names: dict[str, list[tuple[str, Sighted]]] = defaultdict(list)
    firms: dict[str, list[tuple[str, Sighted]]] = defaultdict(list)
    for seen in sighted:
        written, firm = (" ".join((said or "").split()) for said in (seen.speaker, seen.firm))
        if kind == "person":
            names[written].append((written, seen))
            firms[firm_key(firm)].append((firm, seen))
        else:
            names[firm].append((firm, seen))
    return Voice(
        voice_id(key),
        key,
        kind,
        name,
        _met(names.values()),
        _met(firms.values()),
        sum(seen.statements for seen in sighted),
        sum(seen.views for seen in sighted),
        columns.instant(min(seen.first for seen in sighted)),
        columns.instant(max(seen.last for seen in sighted)),
    )


def _met(groups: Iterable[Sequence[tuple[str, Sighted]]]) -> tuple[Met, ...]:
    """Return each group of sightings under one name, as it was written last, the latest first."""
    found = []
    for group in groups:
        latest = max(group, key=lambda one: (one[1].last, one[0]))
        first = columns.instant(min(seen.first for _, seen in group))
        statements = sum(seen.statements for _, seen in group)
        found.append(Met(latest[0], statements, first, columns.instant(latest[1].last)))
    return tuple(sorted(found, key=lambda met: (met.last, met.first, met.name), reverse=True))


def one_line(text: str) -> str:
    """Return words of strangers on one line, without what is not seen but obeyed."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def has_name(voice: Voice, words: str) -> bool:
    """Return whether a name or a firm of a voice has these whole words, case aside."""
    wanted = _words(words)
    return any(
        f" {wanted} " in f" {_words(name)} " for name in (*voice.every_name, *(f.name for f in voice.firms))
    )


def _words(name: str) -> str:
    return " ".join(normal_words(name))
