"""What was said before: the group of earlier statements that a new one repeats, found when it is kept.

A statement joins the group of an earlier one that says the same: of the same voice within seven days, of the same story
in that time, or of the page it revises.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from narrative.ledger import columns
from narrative.ledger.echoes import WINDOW, content_words, texts_of
from narrative.ledger.opening import Store
from narrative.ledger.wording import CLAIM_SHINGLE, same_claim, shingles


@dataclass(frozen=True, slots=True)
class Place:
    """Where a statement stands.

    Its article's row, story, the row of the page it revises (or its own), and when. `fresh`: nothing that the tables
    hold is of this page or of this story.
    """

    article: int
    story: str
    root: int
    available_at: datetime
    fresh: bool = False


class _Said(NamedTuple):
    """The words of a statement, and their pairs: contents without a pair in common are unlike, or too short."""

    words: tuple[str, ...]
    pairs: frozenset[tuple[str, ...]]

    def same(self, other: _Said) -> bool:
        return (self.words == other.words or not self.pairs.isdisjoint(other.pairs)) and same_claim(
            self.words, other.words
        )


def _said(words: tuple[str, ...]) -> _Said:
    return _Said(words, shingles(words, CLAIM_SHINGLE))


_Waiting = dict[int | str, list[tuple[datetime, int]]]  # statements that lead a group, and since when they could be read


class Leaders:
    """The statements that others may repeat, the first of their groups, for one transaction.

    Those in the tables are looked up for each page, those that are not there yet are waiting here.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.written()

    def written(self) -> None:
        """Take note that all statements told of so far are in the tables."""
        self._words: dict[int, _Said] = {}
        self._of_voice, self._of_story, self._of_root = (_Waiting(), _Waiting(), _Waiting())
        self._voices: int = self._store.value("SELECT coalesce(max(number), 0) FROM voices")

    def groups(
        self, place: Place, rows: Sequence[int], words: Sequence[tuple[str, ...]], voices: Sequence[int | None]
    ) -> list[int]:
        """Return the groups of the statements of a page that are about to be kept, by their rows, words and voices.

        The group of one is that of the earliest that says the same, or its own row for new words.
        """
        here = self._near(place)
        said = self._by_voices(place, {voice for voice in voices if voice is not None})
        groups = []
        for row, content, voice in zip(rows, map(_said, words), voices, strict=True):
            leaders = here if voice is None else here | said[voice]
            group = next((one for one in sorted(leaders) if content.same(self._words[one])), row)
            groups.append(group)
            if group == row:
                here.add(row)
                self._wait(place, row, content, voice)
        return groups

    def _wait(self, place: Place, row: int, content: _Said, voice: int | None) -> None:
        self._words[row] = content
        told = (place.available_at, row)
        self._of_story.setdefault(place.story, []).append(told)
        self._of_root.setdefault(place.root, []).append(told)
        if voice is not None:
            self._of_voice.setdefault(voice, []).append(told)

    def _near(self, place: Place) -> set[int]:
        """Return those of the same story, near in time, and those of the same page."""
        found = {row for _, row in self._of_root.get(place.root, ())}
        found |= _around(self._of_story.get(place.story, ()), place)
        if not place.fresh:
            kept = self._kept(_NEAR_PAGE, place, {"story": place.story, "root": place.root})
            found |= {row for row, _ in kept}
        return found

    def _by_voices(self, place: Place, voices: set[int]) -> Mapping[int, set[int]]:
        """Return those of each voice, near in time."""
        found = defaultdict(set, {one: _around(self._of_voice.get(one, ()), place) for one in voices})
        if known := [voice for voice in voices if voice <= self._voices]:
            for row, voice in self._kept(_OF_VOICES, place, {"voices": f"[{','.join(map(str, known))}]"}):
                found[voice].add(row)
        return found

    def _kept(self, sql: str, place: Place, more: dict[str, str | int]) -> list[tuple[int, int]]:
        """Return what a query finds, each with its voice, their words read."""
        near = {name: columns.stamp(place.available_at + gap) for name, gap in _GAPS.items()}
        rows = self._store.rows(sql, near | more)
        new = [row for row in rows if row["number"] not in self._words]
        texts = texts_of(self._store, (row["article"] for row in new)) if new else {}
        for row in new:
            words = content_words(texts[row["article"]], columns.spans(row["content"]))
            self._words[row["number"]] = _said(words)
        return [(row["number"], row["voice"]) for row in rows]


_GAPS = {"low": -WINDOW, "high": WINDOW}

_OF_VOICES = """
SELECT s.number, s.content, s.voice, r.article FROM json_each(:voices) v
CROSS JOIN statements s ON s.voice = v.value AND s.available_at BETWEEN :low AND :high
JOIN readings r ON r.number = s.reading WHERE s.echo_group = s.number
"""

_NEAR_PAGE = """
WITH near AS (
    SELECT number FROM articles WHERE story = :story AND available_at BETWEEN :low AND :high
    UNION
    SELECT number FROM articles WHERE number = :root OR revision_of = :root
)
SELECT s.number, s.content, s.voice, r.article FROM near JOIN readings r ON r.article = near.number
JOIN statements s ON s.reading = r.number WHERE s.echo_group = s.number
"""


def _around(told: Iterable[tuple[datetime, int]], place: Place) -> set[int]:
    return {row for when, row in told if abs(when - place.available_at) <= WINDOW}
