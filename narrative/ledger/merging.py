"""Merging and splitting voices by hand: each ruling is an event from now on, and can be undone by another one."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from narrative.errors import UsageError
from narrative.ledger import columns
from narrative.ledger.columns import storable
from narrative.ledger.lookalikes import Doubt, lookalikes
from narrative.ledger.roster import Roster, ToldEvent, Voice, has_name, one_line, shortened, told
from narrative.ledger.voice_events import EventKind, Identities, VoiceEvent, final, recorded
from narrative.terms import content_id

if TYPE_CHECKING:
    from collections.abc import Sequence

_SOME = 6  # names or firms listed in a message


class Merging(Roster):
    """The ledger's side of ruling on voices. Voices are given as `the_voice` takes them."""

    def merge_voices(self, kept: str, other: str, note: str = "") -> ToldEvent:
        """Let `other` count as `kept`, under the name of `kept`, from now on.

        Raises UsageError when they are one already, and for a person and a house.
        """
        with self.store.write():
            there = self.voices()
            a, b = self._meant(kept, there), self._meant(other, there)
            if a.key == b.key:
                raise UsageError(f"{kept!r} and {other!r} are one voice already: {a.said_plainly}")
            if a.kind != b.kind:
                person, house = (a, b) if a.kind == "person" else (b, a)
                raise UsageError(
                    f"{person.said_plainly} is a person and {house.said_plainly} a house; they stay two"
                )
            return self._record("merge", a.key, b.key, note)

    def split_voice(
        self, voice: str, *, name: str | None = None, firm: str | None = None, note: str = ""
    ) -> ToldEvent:
        """Let the statements of a voice under `name`, or at `firm` ("" for without one), be another voice from now on.

        Raises UsageError unless one of the two is given and it tells some statements from others.
        """
        if (name is None) == (firm is None):
            raise UsageError("say what to split off: --name FORM or --firm FIRM, one of the two")
        with self.store.write():
            one = self.the_voice(voice)
            if name is not None and one.kind == "house":
                raise UsageError(
                    f"{one.said_plainly} is a house; split it with --firm and the name it was met under"
                )
            event = VoiceEvent(0, "", "split", one.key, "", name, firm, None, "", self.store.clock.now())
            known = Identities(recorded(self.store))
            taken = {
                event.splits_off(seen.speaker, seen.firm)
                for seen in self._sighted(None, None)
                if known.voice(seen.kept, seen.speaker, seen.firm) == one.key
            }
            if taken != {True, False}:
                which = "all" if True in taken else "none"
                raise UsageError(
                    f"{which} of the statements of {one.said_plainly} are such; {_choice(one, name)}"
                )
            return self._record("split", one.key, None, note, name=name, firm=firm)

    def undo_voice_event(self, event: str, note: str = "") -> ToldEvent:
        """Take back a merge or a split, given by the beginning of its id, from now on; return it.

        Raises UsageError for none and several, for what was undone before, and for a split whose voice later
        events use.
        """
        with self.store.write():
            events = recorded(self.store)
            undone = _the_event(event, events)
            short = shortened([one.id for one in events], [one.id for one in events])
            if undone.kind == "undo":
                raise UsageError(f"event {event} is itself an undo; merge or split again instead")
            if undone.undone_at:
                raise UsageError(f"event {event} was undone on {undone.undone_at:%Y-%m-%d}")
            users = [
                one
                for one in events
                if undone.kind == "split"
                and one.holds
                and one.number > undone.number
                and undone.other in (one.voice, one.other)
            ]
            if users:
                raise UsageError(
                    f"event {short[users[-1].id]} uses the voice that {event} made; undo that one first"
                )
            return self._record("undo", undone.voice, undone.other, note, undoes=undone.number)

    def voice_events(self, *, known_at: datetime | None = None) -> tuple[ToldEvent, ...]:
        """Return all events recorded by a moment, None for now, undone ones and undoings too."""
        events = recorded(self.store, known_at)
        return told(self.store, events, events)

    def doubtful_voices(
        self, *, name: str | None = None, as_of: datetime | None = None, known_at: datetime | None = None
    ) -> tuple[Doubt, ...]:
        """Return the pairs of voices that may be one, those with most views first; `name` as in `voices`.

        A pair that somebody told apart is left out: by a split, or by undoing a merge of the two.
        """
        events = recorded(self.store, known_at)
        holding = [event for event in events if event.holds]
        apart = [e for e in events if (e.kind == "merge" and e.undone_at) or (e.kind == "split" and e.holds)]
        told_apart = {frozenset(final(holding, key) for key in (event.voice, event.other)) for event in apart}
        pairs = lookalikes(self.voices(as_of=as_of, known_at=known_at), told_apart)
        if name is None:
            return pairs
        return tuple(pair for pair in pairs if has_name(pair.kept, name) or has_name(pair.other, name))

    def _record(self, kind: EventKind, voice: str, other: str | None, note: str, **more: Any) -> ToldEvent:
        """Append an event; the voice that a split makes is called after it."""
        number: int = self.store.value("SELECT coalesce(max(number), 0) + 1 FROM voice_events")
        other = f"{voice}#{number}" if other is None else other
        at = columns.stamp(self.store.clock.now())
        row = {"number": number, "kind": kind, "voice": voice, "other": other, **more}
        row = {key: storable(value) if isinstance(value, str) else value for key, value in row.items()}
        row |= {"note": " ".join(storable(note).split()), "recorded_at": at}
        row["id"] = content_id("voice event", *(f"{key}={value}" for key, value in sorted(row.items())))
        self.store.insert("voice_events", row)
        events = recorded(self.store)
        shown = events[-1] if kind != "undo" else next(e for e in events if e.number == more["undoes"])
        return told(self.store, events, [shown])[0]


def _the_event(wanted: str, events: Sequence[VoiceEvent]) -> VoiceEvent:
    beginning = wanted.strip().lower()
    found = [event for event in events if beginning and event.id.startswith(beginning)]
    if not found:
        raise UsageError(
            f"no event has an id beginning with {wanted!r}; narrative voices show prints the ids"
        )
    if len(found) > 1:
        raise UsageError(f"several events have ids beginning with {wanted!r}; add a character")
    return found[0]


def _choice(voice: Voice, name: str | None) -> str:
    """Return in words what there is to split by."""
    met = voice.firms if name is None and voice.kind == "person" else voice.names
    some = ", ".join(one_line(one.name) or '"" (without a firm)' for one in met[:_SOME])
    return f"it was met {'under' if name is not None else 'at'} {some}{', ...' if len(met) > _SOME else ''}"
