"""Who speaks, for rows as arrays: the voice that each counts as after all that was ruled on voices."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import numpy as np

from narrative.ledger import columns
from narrative.ledger.echoes import texts_of
from narrative.ledger.opening import Store
from narrative.ledger.voice_events import Kin, identities
from narrative.terms import said


def heard(
    store: Store, voice: Any, statement: Any, known_at: datetime | None
) -> tuple[Any, list[str], Mapping[int, Kin], Mapping[int, str]]:
    """Return the voices of rows as codes into ordered keys, and by statement row the kin and the words of those ruled on.

    `voice` and `statement` are row numbers, -1 for no voice.
    """
    numbers = np.flatnonzero(np.bincount(voice[voice >= 0]))
    keys = dict(store.connection.execute("SELECT number, key FROM voices"))
    kept = [keys[number] for number in numbers.tolist()]
    known = identities(store, known_at)
    if known is None:
        return *_codes(voice, numbers, kept), {}, {}
    concerned = np.isin(
        voice, [number for number, key in zip(numbers.tolist(), kept, strict=True) if known.concern(key)]
    )
    spoken = _spoken(store, np.unique(statement[concerned]).tolist())
    texts = texts_of(store, (told["article"] for told in spoken.values()))
    words = {n: said(texts[told["article"]], columns.spans(told["content"])) for n, told in spoken.items()}
    kin = {
        n: Kin(keys[told["voice"]], known.voice(keys[told["voice"]], told["speaker"], told["firm"]))
        for n, told in spoken.items()
    }
    moved = voice.copy()
    taken = {one.voice: -2 - place for place, one in enumerate(kin.values())}  # no number of a row
    for row in np.flatnonzero(concerned):
        moved[row] = taken[kin[int(statement[row])].voice]
    there = np.unique(moved[moved != -1])
    names = {number: key for key, number in taken.items()}
    return *_codes(moved, there, [names[n] if n < 0 else keys[n] for n in there.tolist()]), kin, words


def _codes(voice: Any, numbers: Any, keys: list[str]) -> tuple[Any, list[str]]:
    """Return voices, given by sorted numbers with a key each, as codes into the ordered keys; -1 for none."""
    names = sorted(set(keys))
    place = {key: code for code, key in enumerate(names)}
    codes = np.array([*(place[key] for key in keys), -1], dtype=np.int64)
    return np.where(voice == -1, -1, codes[np.searchsorted(numbers, voice).clip(max=len(keys))]), names


def _spoken(store: Store, statements: Iterable[int]) -> dict[int, sqlite3.Row]:
    """Return, by statement row, voice, speaker and firm as kept, the content and its article."""
    rows = store.rows(
        """SELECT s.number, s.voice, s.speaker, s.firm, s.content, r.article
           FROM statements s JOIN readings r ON r.number = s.reading
           WHERE s.number IN (SELECT value FROM json_each(?))""",
        (f"[{','.join(map(str, statements))}]",),
    )
    return {row["number"]: row for row in rows}
