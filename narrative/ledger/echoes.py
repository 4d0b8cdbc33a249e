"""Voices, not echoes: the same words on one target, carried by many pages, are one view.

When a statement is kept it joins the group of an earlier one that says the same: of the same voice within
seven days, of the same story, or of the page it revises. Which row of a group counts is decided on read, from
the rows that are visible there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile
from typing import NamedTuple

from narrative.ledger.opening import Store
from narrative.ledger.voice_events import Kin
from narrative.ledger.wording import normal_words, same_claim
from narrative.terms import Span

WINDOW = timedelta(days=7)


# --- when a statement is kept ----------------------------------------------------------------------------


def content_words(text: str, content: Iterable[Span]) -> tuple[str, ...]:
    """Return the normalised words of a content."""
    return normal_words(" ".join(text[start:end] for start, end in content))


def texts_of(store: Store, articles: Iterable[int]) -> dict[int, str]:
    """Return the texts of article rows."""
    wanted = ",".join(map(str, sorted(set(articles))))
    rows = store.rows(
        "SELECT article, text FROM texts WHERE article IN (SELECT value FROM json_each(?))", (f"[{wanted}]",)
    )
    return {row["article"]: row["text"] for row in rows}


# --- when rows are selected ------------------------------------------------------------------------------


class Sighting(NamedTuple):
    """A visible view as the folding sees it. `countable`: it could enter a number if it is no echo.

    `kin` and its normalised `words` are there for a view whose voice somebody merged or split.
    """

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
    kin: Kin | None = None
    words: tuple[str, ...] = ()


@dataclass(slots=True)
class Cluster:
    """One view and its echoes; the leader is the first one that could count."""

    leader: Sighting
    members: list[Sighting] = field(default_factory=list)

    def takes(self, other: Sighting) -> bool:
        """Return whether a later view repeats this one: soon after it, or on a page that carried it."""
        return self.is_near(other) or any(other.root == member.root for member in self.members)

    def is_near(self, other: Sighting) -> bool:
        """Return whether a later view comes soon after this one."""
        return other.available_at - self.leader.available_at <= WINDOW

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
    kindred: dict[tuple[str, str], list[Cluster]] = {}
    repeats = [None if seen.dup else _place(clusters, kindred, seen) for seen in sightings]
    led = {id(cluster.leader): cluster for found in clusters.values() for cluster in found}
    return [_echo(seen, repeated, led, clusters) for seen, repeated in zip(sightings, repeats, strict=True)]


def _place(
    clusters: dict[tuple[int, str], list[Cluster]],
    kindred: dict[tuple[str, str], list[Cluster]],
    seen: Sighting,
) -> str | None:
    """Put a view into the cluster that takes it, or into one of its own; return the view it repeats."""
    found = clusters.setdefault((seen.group, seen.target), [])
    if seen.kin is not None:
        return _place_kin(found, kindred.setdefault((seen.kin.voice, seen.target), []), seen)
    for cluster in found:
        if cluster.takes(seen):
            return cluster.add(seen)
    found.append(Cluster(seen, [seen]))
    return None


def _place_kin(found: list[Cluster], kindred: list[Cluster], seen: Sighting) -> str | None:
    """Place a view whose voice was merged or split.

    It may repeat what its voice said under another name, and no longer what only the voice it was split from
    said: as if the voices had been told apart like this when the statements were kept.
    """
    cluster = next((own for own in found if not _parted(own, seen) and own.takes(seen)), None)
    if cluster is None:
        near = takewhile(lambda one: one.is_near(seen), reversed(kindred))  # in the order of their leaders
        said = (one for one in reversed(list(near)) if _said_by_kin(one, seen))
        cluster = next(said, None) or Cluster(seen)
        found.append(cluster)
    repeated = cluster.add(seen)
    if cluster.leader is seen:
        kindred.append(cluster)
    return repeated


def _said_by_kin(cluster: Cluster, seen: Sighting) -> bool:
    """Whether the leader says the same and counts under the same voice, whatever group it was kept in."""
    ours, theirs = seen.kin, cluster.leader.kin
    return (
        ours is not None
        and theirs is not None
        and theirs.voice == ours.voice
        and same_claim(cluster.leader.words, seen.words)
    )


def _parted(cluster: Cluster, seen: Sighting) -> bool:
    """Whether only a voice that is two by now held the view and the leader together, no story and no page."""
    ours, theirs = seen.kin, cluster.leader.kin
    if ours is None or theirs is None or theirs.kept != ours.kept or theirs.voice == ours.voice:
        return False
    carried = any(seen.root == member.root for member in cluster.members)
    return not carried and seen.story != cluster.leader.story


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
