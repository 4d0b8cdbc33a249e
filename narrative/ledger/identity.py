"""How one statement came to its voice, beyond what its page says: known again at a new firm, merged or split by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from narrative.ledger import columns
from narrative.ledger.naming import firm_key
from narrative.ledger.opening import Store
from narrative.ledger.roster import ToldEvent, told
from narrative.ledger.voice_events import Identities, final, recorded
from narrative.terms import Entry


@dataclass(frozen=True, slots=True)
class Identity:
    """What made a statement's voice this one.

    `known_again` says why somebody met at a firm for the first time was taken for a known person, None when
    nothing had to. `events` are the merges and splits that hold and that are about the voice.
    """

    known_again: str | None
    events: tuple[ToldEvent, ...]


def identity_of(store: Store, entry: Entry, known_at: datetime | None) -> Identity:
    """Return what made the voice of an entry, as known at a moment, None for now."""
    if entry.voice is None:
        return Identity(None, ())
    row = store.row(_KEPT, (entry.statement, entry.article, entry.model, entry.targets_version))
    kept = {
        "voice": row and row["voice"],
        "firm": firm_key(entry.firm),
        "known": columns.stamp_or_none(known_at),
    }
    how: str | None = store.value(_HOW, kept)
    events = recorded(store, known_at)
    known = Identities(events)
    key, steps = known.steps(row["key"], entry.speaker, entry.firm) if row else (entry.voice, ())
    about = [
        event
        for event in known.events
        if event in steps or key in (final(known.events, event.voice), final(known.events, event.other))
    ]
    return Identity(how, told(store, events, about))


_KEPT = """
SELECT s.voice, o.key FROM articles a JOIN readings r ON r.article = a.number
JOIN vintages g ON g.number = r.vintage JOIN statements s ON s.reading = r.number
JOIN voices o ON o.number = s.voice
WHERE s.id = ? AND a.id = ? AND g.model = ? AND g.targets = ?
"""

_HOW = """
SELECT how FROM voice_firms WHERE voice = :voice AND firm = :firm AND (:known IS NULL OR recorded_at <= :known)
"""
