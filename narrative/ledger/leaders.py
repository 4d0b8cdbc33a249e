"""What was said before: the group of earlier statements that a new one repeats, found when it is kept.

A statement joins the group of an earlier one that says the same: of the same voice within seven days, of the same story
in that time, or of the page it revises. Two voices on one page are two views; a copy may name another speaker for the
same words.
"""

from __future__ import annotations

import json
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


class Sayer(NamedTuple):
    """Who says a statement: the row of the voice and the name of the firm, where these are known."""

    voice: int | None = None
    firm: str | None = None

    def is_another(self, other: Sayer) -> bool:
        """Return whether these are surely two: a house and its own people may have said one thing."""
        if self.voice is None or other.voice is None or self.voice == other.voice:
            return False
        return self.firm is None or self.firm != other.firm


class _Said(NamedTuple):
    """The words of a statement, and their pairs: contents without a pair in common are unlike, or too short."""

    words: tuple[str, ...]
    pairs: frozenset[tuple[str, ...]]
    voice: int | None

    def same(self, other: _Said) -> bool:
        return (self.words == other.words or not self.pairs.isdisjoint(other.pairs)) and same_claim(
            self.words, other.words
        )


def _said(words: tuple[str, ...], voice: int | None) -> _Said:
    return _Said(words, shingles(words, CLAIM_SHINGLE), voice)


_NONE: frozenset[int] = frozenset()
Spoken = dict[int, set[int]]  # statements near a page by voice
_Waiting = dict[
    int | str, list[tuple[datetime, int]]
]  # statements that lead a group, and since when they could be read


class Leaders:
    """The statements that others may repeat, the first of their groups, for one transaction.

    Those in the tables are looked up, those that are not there yet are waiting here.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._words: dict[int, _Said] = {}
        self._of_voice, self._of_story, self._of_root = _Waiting(), _Waiting(), _Waiting()

    def expect(self, pages: Sequence[tuple[Place | None, Sequence[int | None]]], known: int) -> list[Spoken]:
        """Return for each page what its voices said near it, looked up at once, and forget what is waiting.

        The statements told of before must be in the tables by now; voices after the row `known` have said nothing.
        """
        for waiting in (self._words, self._of_voice, self._of_story, self._of_root):
            waiting.clear()
        found: list[Spoken] = [{} for _ in pages]
        asked = [
            (page, voice, *_window(place))
            for page, (place, voices) in enumerate(pages)
            if place
            for voice in {voice for voice in voices if voice is not None and voice <= known}
        ]
        if asked:
            for row, page, voice in self._kept(_OF_VOICES, {"asked": json.dumps(asked)}):
                found[page].setdefault(voice, set()).add(row)
        return found

    def groups(
        self,
        place: Place,
        rows: Sequence[int],
        words: Sequence[tuple[str, ...]],
        sayers: Sequence[Sayer],
        spoken: Spoken,
    ) -> list[int]:
        """Return the groups of the statements of a page that are about to be kept, by their rows, words and who says them.

        The group of one is that of the earliest that says the same, of its own voice before others, or its own row for
        new words. `spoken` is what `expect` found for the page.
        """
        here = self._near(place)
        groups: list[int] = []
        heard: dict[int, list[Sayer]] = {}  # on this page, by group
        for row, said, sayer in zip(rows, words, sayers, strict=True):
            voice, leaders = sayer.voice, here
            content = _said(said, voice)
            if voice is not None:
                leaders = here | spoken.get(voice, _NONE) | _around(self._of_voice.get(voice, ()), place)
            alike = [
                one
                for one in leaders
                if content.same(self._words[one])
                and not any(sayer.is_another(other) for other in heard.get(one, ()))
            ]
            group = min(alike, key=lambda one: (self._words[one].voice != sayer.voice, one), default=row)
            groups.append(group)
            heard.setdefault(group, []).append(sayer)
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
            low, high = _window(place)
            page = {"low": low, "high": high, "story": place.story, "root": place.root}
            found |= {row for row, _, _ in self._kept(_NEAR_PAGE, page)}
        return found

    def _kept(self, sql: str, asked: Mapping[str, object]) -> list[tuple[int, int, int]]:
        """Return what a query finds, each with its page of those asked for and its voice, their words read."""
        rows = self._store.rows(sql, asked)
        new = [row for row in rows if row["number"] not in self._words]
        texts = texts_of(self._store, (row["article"] for row in new)) if new else {}
        for row in new:
            words = content_words(texts[row["article"]], columns.spans(row["content"]))
            self._words[row["number"]] = _said(words, row["voice"])
        return [(row["number"], row["page"], row["voice"]) for row in rows]


_OF_VOICES = """
SELECT s.number, s.content, s.voice, r.article, json_extract(j.value, '$[0]') AS page FROM json_each(:asked) j
CROSS JOIN statements s ON s.voice = json_extract(j.value, '$[1]')
    AND s.available_at BETWEEN json_extract(j.value, '$[2]') AND json_extract(j.value, '$[3]')
JOIN readings r ON r.number = s.reading WHERE s.echo_group = s.number
"""

_NEAR_PAGE = """
WITH near AS (
    SELECT number FROM articles WHERE story = :story AND available_at BETWEEN :low AND :high
    UNION
    SELECT number FROM articles WHERE number = :root OR revision_of = :root
)
SELECT s.number, s.content, s.voice, r.article, 0 AS page FROM near JOIN readings r ON r.article = near.number
JOIN statements s ON s.reading = r.number WHERE s.echo_group = s.number
"""


def _around(told: Iterable[tuple[datetime, int]], place: Place) -> set[int]:
    return {row for when, row in told if abs(when - place.available_at) <= WINDOW}


def _window(place: Place) -> tuple[str, str]:
    return columns.stamp(place.available_at - WINDOW), columns.stamp(place.available_at + WINDOW)
