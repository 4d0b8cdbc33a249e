"""Visible views as measuring takes them: the rows and echoes of the one selection, without words and pages to show.

A number over a hundred thousand views needs no text of any. What is left out here is only what no number is made of;
which row is visible, whose it is and whether it counts comes from the same query, rulings and folding as an entry.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from narrative.ledger import columns
from narrative.ledger.echoes import fold, texts_of
from narrative.ledger.opening import Store
from narrative.ledger.selection import Bare, in_order
from narrative.ledger.sightings import Times, countable, related, sighting
from narrative.ledger.voice_events import Kin, identities
from narrative.terms import Claim, Stance, said


class BareView(NamedTuple):
    """One visible view with what a number needs of it; the fields mean what they mean in an `Entry`."""

    view: str
    statement: str
    article: str
    story: str
    voice: str | None
    target: str
    stance: Stance
    bullish: float
    bearish: float
    neutral: float
    condition: str | None
    horizon: str | None
    hedged: bool
    outlet: str
    published: Claim | None
    available_at: datetime
    model: str
    undated: bool
    in_sample: bool
    backfilled: bool
    weight: float
    imported: str | None
    counted: bool

    @property
    def score(self) -> float:
        """p(bullish) - p(bearish), in [-1, 1]."""
        return self.bullish - self.bearish


def bare_views(store: Store, rows: Sequence[Bare], known_at: datetime | None) -> list[BareView]:
    """Return selected rows ready for measuring, in the order they come: voices merged and split, echoes told."""
    rows, kin, words = _heard(store, rows, known_at)
    times = Times()
    echoes = _echoes(rows, kin, words, times)
    return [_view(row, place in echoes, times) for place, row in enumerate(rows)]


def _heard(
    store: Store, rows: Sequence[Bare], known_at: datetime | None
) -> tuple[Sequence[Bare], dict[int, Kin], dict[int, str]]:
    """Return rows under the voices they count as, and by statement row the kin and the words of those ruled on."""
    known = identities(store, known_at)
    if known is None:
        return rows, {}, {}
    spoken = _spoken(store, {row.statement_row for row in rows if known.concern(row.voice)})
    texts = texts_of(store, (told["article"] for told in spoken.values()))
    words = {n: said(texts[told["article"]], columns.spans(told["content"])) for n, told in spoken.items()}
    kin: dict[int, Kin] = {}
    found = []
    for row in rows:
        told = spoken.get(row.statement_row)
        if told is None or row.voice is None:
            found.append(row)
            continue
        voice = known.voice(row.voice, told["speaker"], told["firm"])
        kin[row.statement_row] = Kin(row.voice, voice)
        found.append(row._replace(voice=voice))
    return found, kin, words


def _spoken(store: Store, statements: Iterable[int]) -> dict[int, sqlite3.Row]:
    """Return, by statement row, speaker and firm as written, the content and its article."""
    rows = store.rows(
        """SELECT s.number, s.speaker, s.firm, s.content, r.article
           FROM statements s JOIN readings r ON r.number = s.reading
           WHERE s.number IN (SELECT value FROM json_each(?))""",
        (f"[{','.join(map(str, statements))}]",),
    )
    return {row["number"]: row for row in rows}


def _echoes(rows: Sequence[Bare], kin: Mapping[int, Kin], words: Mapping[int, str], times: Times) -> set[int]:
    """Return the places of the rows that repeat another one.

    Only a row that shares its group and target, is printed twice on its page or has a voice that was ruled on
    can be one, so only those are folded, in the order of the selection.
    """
    shared = Counter([(row.echo_group, row.target) for row in rows])
    asked = [
        place
        for place, row in enumerate(rows)
        if row.dup or shared[row.echo_group, row.target] > 1 or row.statement_row in kin
    ]
    asked.sort(key=lambda place: in_order(rows[place]))
    seen = [related(sighting(rows[place], times), rows[place], kin, words) for place in asked]
    return {place for place, echo in zip(asked, fold(seen), strict=True) if echo.echo_of is not None}


def _view(row: Bare, repeats: bool, times: Times) -> BareView:
    published, undated, in_sample = times.published(row)
    return BareView(
        row.view,
        row.statement,
        row.article,
        row.story,
        row.voice,
        row.target,
        row.stance,
        row.bullish,
        row.bearish,
        row.neutral,
        row.condition,
        row.horizon,
        bool(row.hedged),
        row.outlet,
        published,
        times.instant(row.available_at),
        row.model,
        undated,
        in_sample,
        bool(row.backfilled),
        1.0 if row.weight is None else row.weight,
        row.imported,
        not repeats and countable(row),
    )
