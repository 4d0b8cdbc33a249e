"""A tagger that knows the annotation: what the reader makes of its answers is the most that any model can give it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from narrative.read.annotated import GoldArticle
from narrative.read.corpus import gold_mentions
from narrative.read.encoder import Reader
from narrative.read.tags import COLUMNS, LINK, LINKS, WIDTH, Raw, columns
from narrative.read.windows import Window, Word
from narrative.terms import Passage, Span

_SURE = 12.0  # logits of what is so


class PerfectTagger:
    """Answers from an annotated article; cuts windows as the reader does."""

    def __init__(self, gold: GoldArticle, reader: Reader) -> None:
        self.topics = reader.topics
        self._gold, self._cut = gold, reader.windows
        self._keys = np.eye(LINK) * 4
        self._mentions = gold_mentions(gold)

    def windows(self, text: str, passages: Sequence[Passage]) -> tuple[Window, ...]:
        """Cut passages as the reader does."""
        return self._cut(text, passages)

    def tag(self, window: Window) -> Raw:
        """Return sure answers for every word, links between what belongs together, and judged targets."""
        rows = len(window.ids)
        labels, links = np.zeros((rows, WIDTH)), np.zeros((rows, LINKS))
        words = (*window.context, *window.words)
        for group, spans in self._spans().items():
            at = COLUMNS[group].start
            labels[:, at] = _SURE
            for kind, span in spans:
                for number, row in enumerate(_rows(words, span)):
                    labels[row, at] = 0.0
                    labels[row, at + 1 + 2 * kind + (number > 0)] = _SURE
        self._tie(words, links)
        return Raw(labels, links, np.full((rows, len(self.topics)), -_SURE))

    def _spans(self) -> dict[str, list[tuple[int, Span]]]:
        said = self._gold.statements
        return {
            "content": [(0, span) for s in said for span in s.content],
            "cue": [(0, s.cue) for s in said if s.cue],
            "source": [(0, s.source) for s in said if s.source],
            "name": [(0, s) for s in self._gold.people] + [(1, s) for s in self._gold.firms],
        }

    def _tie(self, words: Sequence[Word], links: np.ndarray) -> None:
        """Each statement asks with a key of its own; what belongs to it answers to that key."""
        for number, statement in enumerate(self._gold.statements):
            key = self._keys[number % LINK]
            asks = [row for span in statement.content for row in _rows(words, span)]
            for role, spans in (
                ("cue", [statement.cue]),
                ("source", [statement.source]),
                (
                    "person",
                    [m.span for m in self._mentions if m.kind == "person" and m.key == statement.speaker],
                ),
                (
                    "organization",
                    [m.span for m in self._mentions if m.kind == "firm" and m.key == statement.firm],
                ),
            ):
                links[asks, columns(f"asks {role}")] += key
                for span in filter(None, spans):
                    links[_rows(words, span), columns(role)] += key


def _rows(words: Iterable[Word], span: Span) -> list[int]:
    return [word.row for word in words if span.start <= word.span.start < span.end]
