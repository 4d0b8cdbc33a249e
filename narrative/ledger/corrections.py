"""Corrections: a stance that somebody set by hand, an event over the judgement and never in its place.

A correction holds from its recording on, and it holds for what was said: for the statement that was corrected and for all
that the ledger takes for the same words (its echo group: copies, the same page read again), on that target, by whichever
vintage they are judged. Of several the last one recorded by a moment holds at that moment. "none" says that the words do not
judge the target; "model" takes earlier corrections back. Where a later vintage finds no view to correct, the corrected one
is kept on under it, on its own page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Row
from typing import TYPE_CHECKING, Literal, NamedTuple

from narrative.errors import UsageError
from narrative.ledger import columns
from narrative.ledger.columns import storable
from narrative.ledger.migrations import append_only, migration
from narrative.ledger.opening import Part, Store
from narrative.ledger.voice_events import recorded
from narrative.terms import Correction, content_id

if TYPE_CHECKING:
    from sqlite_utils.db import Database

Ruling = Literal["bullish", "bearish", "neutral", "none", "model"]
Said = tuple[int, str]  # an echo group and a target: what a correction is about


@migration
def m0010_corrections(db: Database) -> None:
    """Make room for stances set by hand."""
    db.executescript("""
        CREATE TABLE corrections (
            number INTEGER PRIMARY KEY, view TEXT NOT NULL, statement INTEGER NOT NULL REFERENCES statements,
            target TEXT NOT NULL,
            stance TEXT NOT NULL CHECK (stance IN ('bullish', 'bearish', 'neutral', 'none', 'model')),
            note TEXT NOT NULL, recorded_at TEXT NOT NULL
        ) STRICT;
        CREATE INDEX corrections_statement ON corrections (statement);
    """)
    append_only(db, ("corrections",))


@dataclass(frozen=True, slots=True)
class Corrected:
    """One correction as it was recorded: the view it named, what somebody ruled, why and when."""

    view: str
    target: str
    stance: Ruling
    note: str
    recorded_at: datetime


class Ruled(NamedTuple):
    """What was decided by hand: since when the words that it is about were there, and when it was recorded."""

    available_at: datetime
    recorded_at: datetime


class Corrections(Part):
    """The ledger's side of correcting by hand."""

    def correct(self, view: str, stance: Ruling, note: str) -> Corrected | None:
        """Record what somebody rules on a view, given by its whole id; None when just this holds already.

        Raises UsageError for an empty note, for an id that no view has, and for taking back what was never
        corrected.
        """
        note = " ".join(storable(note).split())
        if not note:
            raise UsageError("a correction needs a note that says why: --note TEXT")
        with self.store.write():
            row = self.store.row(_NEWEST, (view,))
            if row is None:
                raise UsageError(f"no view has the id {view!r}; narrative ask prints the ids")
            said = (row["echo_group"], row["target"])
            past = history(self.store, said, None)
            if past and (past[-1].stance, past[-1].note) == (stance, note):
                return None
            if stance == "model" and said not in in_force(self.store, None):
                raise UsageError(f"view {view} is not corrected; there is nothing to take back")
            at = columns.stamp(self.store.clock.now())
            event = {"target": row["target"], "stance": stance, "note": note, "recorded_at": at}
            self.store.insert("corrections", {"view": view, "statement": row["number"], **event})
        return history(self.store, said, None)[-1]

    def corrected_views(self, *, known_at: datetime | None = None) -> tuple[Corrected, ...]:
        """Return the corrections in force at a moment, by default now, in the order they were recorded."""
        held = in_force(self.store, known_at).values()
        return tuple(_corrected(row) for row in sorted(held, key=lambda row: int(row["number"])))

    def ruled_by_hand(self, targets: Iterable[str], *, known_at: datetime | None = None) -> tuple[Ruled, ...]:
        """Return the corrections, and the merges and splits of voices, in force that bear on some targets."""
        wanted, known = set(targets), columns.stamp_or_none(known_at)
        held = in_force(self.store, known_at).values()
        found = [
            Ruled(columns.instant(row["available_at"]), columns.instant(row["recorded_at"]))
            for row in held
            if row["target"] in wanted
        ]
        for event in recorded(self.store, known_at):
            if event.holds and event.kind != "undo":
                keys = columns.words_column([event.voice, event.other])
                asked = {"keys": keys, "targets": columns.words_column(sorted(wanted)), "known": known}
                since = self.store.value(_SPOKEN_SINCE, asked)
                if since is not None:
                    found.append(Ruled(columns.instant(since), event.recorded_at))
        return tuple(found)


_SPOKEN_SINCE = """
SELECT min(s.available_at) FROM json_each(:keys) j JOIN voices o ON o.key = j.value
JOIN statements s ON s.voice = o.number JOIN readings r ON r.number = s.reading
WHERE (:known IS NULL OR r.judged_at <= :known)
AND EXISTS (SELECT 1 FROM views v WHERE v.statement = s.number AND v.target IN (SELECT value FROM json_each(:targets)))
"""

_NEWEST = """
SELECT s.number, s.echo_group, v.target FROM views v JOIN statements s ON s.number = v.statement
WHERE v.id = ? ORDER BY s.number DESC
"""

_RECORDED = """
SELECT c.*, s.echo_group, s.available_at, coalesce(a.revision_of, a.number) AS page
FROM corrections c JOIN statements s ON s.number = c.statement
JOIN readings r ON r.number = s.reading JOIN articles a ON a.number = r.article
WHERE (:known IS NULL OR c.recorded_at <= :known) ORDER BY c.number
"""

_OF_ONE = """
SELECT c.* FROM statements s JOIN corrections c ON c.statement = s.number
WHERE s.echo_group = :group AND c.target = :target AND (:known IS NULL OR c.recorded_at <= :known)
ORDER BY c.number
"""


def in_force(store: Store, known_at: datetime | None) -> dict[Said, Row]:
    """Return the corrections that hold at a moment, None for now, by what they are about."""
    held: dict[Said, Row] = {}
    for row in store.rows(_RECORDED, {"known": columns.stamp_or_none(known_at)}):
        said = (row["echo_group"], row["target"])
        if row["stance"] == "model":
            held.pop(said, None)
        else:
            held[said] = row
    return held


def rulings(store: Store, known_at: datetime | None) -> Mapping[Said, Correction]:
    """Return the stances that hold by hand at a moment, None for now, by what they are about."""
    return {said: row["stance"] for said, row in in_force(store, known_at).items()}


def history(store: Store, said: Said, known_at: datetime | None) -> tuple[Corrected, ...]:
    """Return all that was recorded by a moment on one saying and target, the first correction first."""
    values = {"group": said[0], "target": said[1], "known": columns.stamp_or_none(known_at)}
    return tuple(_corrected(row) for row in store.rows(_OF_ONE, values))


def _corrected(row: Row) -> Corrected:
    return Corrected(
        row["view"], row["target"], row["stance"], row["note"], columns.instant(row["recorded_at"])
    )


def corrected_pages(store: Store) -> frozenset[int]:
    """Return the pages, by the row of their first article, on which corrections are kept on under new readings."""
    return frozenset(row["page"] for row in in_force(store, None).values() if row["stance"] != "none")


def keep_corrected(store: Store, reading: int, vintage: str) -> None:
    """Keep corrected views of a page on under a reading that finds none on their targets.

    Called inside the transaction that keeps the reading of a vintage, the first given by its row, the other by its
    id. The probabilities are those of the view that was corrected; what counts is the correction over them.
    """
    for row in in_force(store, None).values():
        if row["stance"] == "none":
            continue
        asked = {"reading": reading, "group": row["echo_group"], "target": row["target"], "page": row["page"]}
        bare = store.row(_BARE, asked)
        if bare is not None:
            view = dict(store.rows(_JUDGED, (row["view"],))[0])
            view |= {"statement": bare["number"], "available_at": bare["available_at"]}
            store.insert("views", view | {"id": content_id("view", bare["id"], row["target"], vintage)})


_BARE = """
SELECT s.number, s.id, s.available_at FROM readings r JOIN articles a ON a.number = r.article
JOIN statements s ON s.reading = r.number
WHERE r.number = :reading AND coalesce(a.revision_of, a.number) = :page AND s.echo_group = :group AND NOT s.dup
AND NOT EXISTS (SELECT 1 FROM statements t JOIN views v ON v.statement = t.number
                WHERE t.reading = :reading AND t.echo_group = :group AND v.target = :target)
ORDER BY s.number
"""

_JUDGED = """
SELECT target, stance, bullish, bearish, neutral, abstained, condition, horizon, hedged, past, figures, named
FROM views WHERE id = ? ORDER BY number DESC
"""
