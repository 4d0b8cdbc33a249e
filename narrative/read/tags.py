"""Tags: what the tagging heads say about the words of an article, as spans with chances and links.

For each word the model gives the chances of beginning, being inside and being outside a content, a cue, a source, a
person and an organisation. The most likely sequence in which nothing is inside without a beginning (Viterbi) gives the
spans. A content is tied to its cue and its source, and a figure to what it measures, by what the model learned of which
belong together.
"""

from __future__ import annotations

import bisect
import math
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from typing import Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from narrative.read.parallel import in_parallel
from narrative.read.windows import Window
from narrative.terms import Passage, Span

#: groups of labels; in each, O comes first, then begin and inside of every kind
GROUPS: dict[str, tuple[str, ...]] = {
    "content": ("content",),
    "cue": ("cue",),
    "source": ("source",),
    "name": ("person", "organization"),
}
LABELS = {group: 1 + 2 * len(kinds) for group, kinds in GROUPS.items()}
WIDTH = sum(LABELS.values())
_ENDS = tuple(accumulate(LABELS.values()))
#: where the labels of each group stand among all
COLUMNS = {group: slice(end - LABELS[group], end) for group, end in zip(LABELS, _ENDS, strict=True)}
#: what the vectors of a token are for: asking and answering which cue, source, speaker and firm a content has, and between
#: which words stands what a figure measures
# fmt: off
ROLES = (
    "asks cue", "asks source", "cue", "source", "asks first", "asks last", "first", "last",
    "asks person", "asks organization", "person", "organization",
)
# fmt: on
Part = Literal["cue", "source", "person", "organization"]
LINK = 64  # numbers in each of these vectors
LINKS = len(ROLES) * LINK
_SUBJECT_WORDS = 10


class Raw(NamedTuple):
    """What the model gives for one window, one row a token: label logits, link vectors, chances of targets."""

    labels: np.ndarray  # tokens x WIDTH
    links: (
        np.ndarray
    )  # tokens x 4 LINK: content asks a cue, content asks a source, cue answers, source answers
    topics: np.ndarray  # tokens x targets, logits


@runtime_checkable
class Tagger(Protocol):
    """What the reader needs of a model to find statements and names."""

    topics: tuple[str, ...]  # ids of the targets that `Raw.topics` answers for

    def windows(self, text: str, passages: Sequence[Passage]) -> tuple[Window, ...]:
        """Cut passages into the windows that `tag` reads."""
        ...

    def tag(self, window: Window) -> Raw:
        """Return the raw answers for one window."""
        ...


class Tag(NamedTuple):
    """A tagged span; `chance` is the mean over its words of the chance to be part of such a span."""

    kind: str
    span: Span
    chance: float


class _Place(NamedTuple):
    """Where a word stands: in which window, and at which row."""

    span: Span
    window: int
    row: int


class _Answer(NamedTuple):
    """A tag as the words of one window can be tied to it: its mean vector in the role that answers."""

    tag: Tag
    vector: np.ndarray


class Tags:
    """What the model says of one article: spans by kind, chances of any stretch of words, links, and targets."""

    def __init__(self, text: str, passages: Sequence[Passage], tagger: Tagger) -> None:
        self._windows = tagger.windows(text, passages)
        self._raw = in_parallel(tagger.tag, self._windows)
        self._topics = tagger.topics
        self._places: list[_Place] = []
        self._chances: dict[str, list[float]] = {group: [] for group in GROUPS}  # of each place
        self._answers: dict[tuple[int, Part], list[_Answer]] = {}
        self.found: dict[str, list[Tag]] = {kind: [] for kinds in GROUPS.values() for kind in kinds}
        for number, (window, raw) in enumerate(zip(self._windows, self._raw, strict=True)):
            self._read(number, window, raw)
        self._starts = [place.span.start for place in self._places]

    def _read(self, number: int, window: Window, raw: Raw) -> None:
        log = chances(raw.labels[[word.row for word in window.words]])
        inside = {group: (1 - np.exp(part[:, 0])).tolist() for group, part in log.items()}
        self._places += [_Place(word.span, number, word.row) for word in window.words]
        for group, part in log.items():
            self._chances[group] += inside[group]
            for kind, first, last in runs(part):
                span = Span(window.words[first].span.start, window.words[last - 1].span.end)
                chance = sum(inside[group][first:last]) / (last - first)
                self.found[GROUPS[group][kind]].append(Tag(GROUPS[group][kind], span, chance))

    def within(self, kind: str, span: Span) -> list[Tag]:
        """The tags of a kind that begin inside a span."""
        tags = self.found[kind]
        first, last = (bisect.bisect_left(tags, at, key=lambda tag: tag.span.start) for at in span)
        return tags[first:last]

    def chance(self, group: str, span: Span) -> float:
        """Mean over the words of a span of the chance to belong to the group; 0 where there are no words."""
        first, last = self._range(span)
        return sum(self._chances[group][first:last]) / (last - first) if last > first else 0.0

    def link(self, content: Sequence[Span], part: Part) -> Tag | None:
        """What a content belongs to by what the model has learned, or None: its cue, source, speaker ("person") or firm.

        Looked for among the tags of the window that holds the content; None when "none of them" is likelier.
        """
        places = [place for span in content for place in self._inside(span)]
        if not places:
            return None
        counts = Counter(place.window for place in places)
        number = max(counts, key=counts.__getitem__)
        rows = [place.row for place in places if place.window == number]
        asked = vectors(self._raw[number].links, rows, f"asks {part}").mean(axis=0)
        best, highest = None, 0.0  # "none" answers with a score of zero
        for tag, vector in self._answering(number, part):
            score = float(asked @ vector)
            if score > highest:
                best, highest = tag, score
        return best

    def _answering(self, number: int, part: Part) -> list[_Answer]:
        """The tags of a part among the words of a window, context included; made once for all contents."""
        if (number, part) not in self._answers:
            window, links = self._windows[number], self._raw[number].links
            around = (*window.context, *window.words)
            starts = [word.span.start for word in around]
            out = []
            for tag in self.within(part, Span(starts[0], around[-1].span.end)):
                first, last = (bisect.bisect_left(starts, at) for at in tag.span)
                if last > first:
                    rows = [word.row for word in around[first:last]]
                    out.append(_Answer(tag, vectors(links, rows, part).mean(axis=0)))
            self._answers[number, part] = out
        return self._answers[number, part]

    def subject(self, figure: Span) -> Span | None:
        """The words that a figure measures, by what the model has learned; None when none in reach is likelier."""
        places = self._inside(figure)
        if not places:
            return None
        window, links = self._windows[places[0].window], self._raw[places[0].window].links
        asked = [p.row for p in places if p.window == places[0].window]
        around = [word for word in (*window.context, *window.words) if not word.span.touches(figure)]
        if not around:
            return None
        rows = [word.row for word in around]
        first = vectors(links, rows, "first") @ vectors(links, asked, "asks first").mean(axis=0)
        last = vectors(links, rows, "last") @ vectors(links, asked, "asks last").mean(axis=0)
        padded = np.append(last, np.full(_SUBJECT_WORDS - 1, -np.inf, last.dtype))
        ends = np.arange(len(around)) + sliding_window_view(padded, _SUBJECT_WORDS).argmax(axis=1)
        scores = first + last[ends]
        begin = int(scores.argmax())
        if not scores[begin] > 0.0:
            return None
        return Span(around[begin].span.start, around[ends[begin]].span.end)

    def topics(self, content: Sequence[Span]) -> list[tuple[str, float]]:
        """Targets of the vocabulary that a content may judge, likeliest first, with their chances."""
        places = [place for span in content for place in self._inside(span)]
        if not places:
            return []
        logits = np.mean([self._raw[p.window].topics[p.row] for p in places], axis=0)
        shares = 1 / (1 + np.exp(-logits))
        order = np.argsort(-shares)
        return [(self._topics[i], float(shares[i])) for i in order]

    def _inside(self, span: Span) -> list[_Place]:
        first, last = self._range(span)
        return self._places[first:last]

    def _range(self, span: Span) -> tuple[int, int]:
        return bisect.bisect_left(self._starts, span.start), bisect.bisect_left(self._starts, span.end)


def vectors(links: np.ndarray, rows: Sequence[int], role: str) -> np.ndarray:
    """The vectors of some rows in one role, rows x LINK."""
    return np.asarray(links[list(rows), columns(role)])


def columns(role: str) -> slice:
    """Where the numbers of one role stand among those of a token."""
    at = ROLES.index(role) * LINK
    return slice(at, at + LINK)


def chances(labels: np.ndarray) -> dict[str, np.ndarray]:
    """Split label logits by group and turn each into log chances (log-softmax)."""
    out = {}
    for group, where in COLUMNS.items():
        part = labels[:, where].astype(np.float64)
        part = part - part.max(axis=1, keepdims=True)
        out[group] = part - np.log(np.exp(part).sum(axis=1, keepdims=True))
    return out


def runs(log: np.ndarray) -> list[tuple[int, int, int]]:
    """Return (kind, first, last + 1) of the most likely sequence in which no span goes on that has not begun."""
    freely = log.argmax(axis=1)
    if _goes(freely):
        return _runs_of(freely.tolist())
    kinds = (log.shape[1] - 1) // 2
    best = [0.0] + [-math.inf] * (2 * kinds)  # before the first word everything is outside
    back: list[list[int]] = []
    for row in log.tolist():
        highest = max(best)
        top = best.index(highest)
        fresh, origin = [highest + row[0]], [top]
        for begin in range(1, 2 * kinds, 2):
            inside = begin + 1
            stay = begin if best[begin] >= best[inside] else inside
            fresh += (highest + row[begin], best[stay] + row[inside])
            origin += (top, stay)
        best = fresh
        back.append(origin)
    path = [max(range(len(best)), key=best.__getitem__)]
    for origin in reversed(back):
        path.append(origin[path[-1]])
    return _runs_of(path[-2::-1])


def _goes(states: np.ndarray) -> bool:
    """Whether nothing is inside without a beginning: then what is likeliest word by word is likeliest as a whole."""
    inside = (states > 0) & (states % 2 == 0)
    before = np.concatenate(([0], states[:-1]))
    return bool(np.all(~inside | (before == states) | (before == states - 1)))


def _runs_of(path: Sequence[int]) -> list[tuple[int, int, int]]:
    out: list[tuple[int, int, int]] = []
    for place, state in enumerate(path):
        if state == 0:
            continue
        kind = (state - 1) // 2
        if state % 2 == 1 or not out or out[-1][2] != place:
            out.append((kind, place, place + 1))
        else:
            out[-1] = (out[-1][0], out[-1][1], place + 1)
    return out
