"""Which of several views of one page stands: those of one voice on one target, the one that stands first."""

from __future__ import annotations

from datetime import datetime

from narrative.ledger import Ledger
from narrative.measure.stance import precedence
from narrative.terms import Entry


def same_page(
    ledger: Ledger, entry: Entry, *, as_of: datetime | None = None, known_at: datetime | None = None
) -> tuple[Entry, ...]:
    """Return the counted views of an entry's voice on its target in its page, by precedence; it is one of them.

    Nothing for an entry that is not counted, or that an article no longer speaks through.
    """
    if not entry.counted or entry.voice is None:
        return ()
    names = {name for name in (entry.voice_name, entry.speaker, entry.firm) if name}
    rows = ledger.entries(targets=(entry.target,), names=names, as_of=as_of, known_at=known_at)
    found = [row for row in rows if row.counted and (row.voice, row.article) == (entry.voice, entry.article)]
    views = {row.view for row in found}
    return tuple(sorted(found, key=precedence, reverse=True)) if entry.view in views else ()
