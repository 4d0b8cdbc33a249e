"""Voices, not echoes: the same words on one target, carried by many pages, are one view.

When a statement is kept it joins the group of an earlier one that says the same: of the same voice within
seven days, of the same story, or of the page it revises. Which row of a group counts is decided on read, from
the rows that are visible there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from narrative.ledger import columns
from narrative.ledger.opening import Store
from narrative.ledger.wording import normal_words, same_claim
from narrative.terms import Span

WINDOW = timedelta(days=7)


# --- when a statement is kept ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where a statement stands.

    Its article's row, story, the row of the page it revises (or its own), and when.
    """

    article: int
    story: str
    root: int
    available_at: datetime


def content_words(text: str, content: Iterable[Span]) -> tuple[str, ...]:
    """Return the normalised words of a content."""
    return normal_words(" ".join(text[start:end] for start, end in content))


def group_of(store: Store, words: Sequence[str], voice: int | None, place: Place) -> int | None:
    """Return the group of the earliest kept statement that says the same, or None for new words."""
    low, high = columns.stamp(place.available_at - WINDOW), columns.stamp(place.available_at + WINDOW)
    near = {"voice": voice, "low": low, "high": high, "story": place.story, "root": place.root}
    leaders = store.rows(_LEADERS, near)
    texts = texts_of(store, (row["article"] for row in leaders))
    for row in leaders:
        if same_claim(words, content_words(texts[row["article"]], columns.spans(row["content"]))):
            return int(row["number"])
    return None


_LEADERS = """
WITH near AS (
    SELECT number FROM statements WHERE voice = :voice AND available_at BETWEEN :low AND :high
    UNION
    SELECT s.number FROM articles a JOIN readings r ON r.article = a.number
    JOIN statements s ON s.reading = r.number
    WHERE a.story = :story AND a.available_at BETWEEN :low AND :high
    UNION
    SELECT s.number FROM articles a JOIN readings r ON r.article = a.number
    JOIN statements s ON s.reading = r.number
    WHERE a.number = :root OR a.revision_of = :root
)
SELECT s.number, s.content, r.article FROM near
JOIN statements s ON s.number = near.number JOIN readings r ON r.number = s.reading
WHERE s.echo_group = s.number ORDER BY s.number
"""


def texts_of(store: Store, articles: Iterable[int]) -> dict[int, str]:
    """Return the texts of article rows."""
    wanted = ",".join(map(str, sorted(set(articles))))
    rows = store.rows(
        "SELECT article, text FROM texts WHERE article IN (SELECT value FROM json_each(?))", (f"[{wanted}]",)
    )
    return {row["article"]: row["text"] for row in rows}


# --- when rows are selected ------------------------------------------------------------------------------


class Sighting(NamedTuple):
    """A visible view as the folding sees it. `countable`: it could enter a number if it is no echo."""

    view: str
    group: int
    target: str
    article: int
    root: int
    story: str
    outlet: str
    available_at: datetime
    dup: bool
    countable: bool


@dataclass(slots=True)
class Cluster:
    """One view and its echoes; the leader is the first one that could count."""

    leader: Sighting
    members: list[Sighting] = field(default_factory=list)

    def takes(self, other: Sighting) -> bool:
        """Return whether a later view repeats this one: soon after it, or on a page that carried it."""
        soon = other.available_at - self.leader.available_at <= WINDOW
        return soon or any(other.root == member.root for member in self.members)

    def add(self, other: Sighting) -> str | None:
        """Count `other` in; return the view it repeats, or None if it leads from now on."""
        self.members.append(other)
        if other.countable and not self.leader.countable:
            self.leader = other
        return None if self.leader is other else self.leader.view

    @property
    def stories(self) -> int:
        """How many stories carried the view."""
        return len({member.story for member in self.members})

    @property
    def outlets(self) -> tuple[str, ...]:
        """The outlets that carried the view, the first first."""
        return tuple(dict.fromkeys(member.outlet for member in self.members if member.outlet))


class Echo(NamedTuple):
    """What folding found out about one view."""

    echo_of: str | None
    reach: int
    outlets: tuple[str, ...]


def fold(sightings: Sequence[Sighting]) -> list[Echo]:
    """Return which views repeat which, and how far each reached; the views come in order of availability.

    A leader carries the reach of its echoes, an echo only its own page. What a row is depends on no later
    row; its reach does. A view printed again in its own page (`dup`) is always an echo, of its twin or, for
    want of one, of itself, and adds no reach.
    """
    clusters: dict[tuple[int, str], list[Cluster]] = {}
    repeats = [None if seen.dup else _place(clusters, seen) for seen in sightings]
    led = {id(cluster.leader): cluster for found in clusters.values() for cluster in found}
    return [_echo(seen, repeated, led, clusters) for seen, repeated in zip(sightings, repeats, strict=True)]


def _place(clusters: dict[tuple[int, str], list[Cluster]], seen: Sighting) -> str | None:
    """Put a view into the cluster that takes it, or into one of its own; return the view it repeats."""
    found = clusters.setdefault((seen.group, seen.target), [])
    for cluster in found:
        if cluster.takes(seen):
            return cluster.add(seen)
    found.append(Cluster(seen, [seen]))
    return None


def _echo(
    seen: Sighting,
    repeated: str | None,
    led: dict[int, Cluster],
    clusters: dict[tuple[int, str], list[Cluster]],
) -> Echo:
    own = (seen.outlet,) if seen.outlet else ()
    if seen.dup:
        return Echo(_twin(seen, clusters.get((seen.group, seen.target), [])), 1, own)
    cluster = led.get(id(seen))
    return Echo(repeated, cluster.stories, cluster.outlets) if cluster else Echo(repeated, 1, own)


def _twin(seen: Sighting, clusters: Sequence[Cluster]) -> str:
    """Return the view that a repeated print repeats.

    On its own page, else the first one anywhere, else itself.
    """
    earlier = [c.members[0] for c in clusters if c.members[0].available_at <= seen.available_at]
    here = [m for c in clusters for m in c.members if m.article == seen.article]
    return next((m.view for m in (*here, *earlier)), seen.view)
