"""Which articles are copies of one story: online leader clustering on shingles of five words.

Similarity to the first seen article of a story proposes (Jaccard >= .6 or containment >= .9); a publication
within two days and agreeing numbers dispose. An article's story is decided once, when it is kept, from what
the ledger held then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from narrative.ledger import columns, wording
from narrative.ledger.opening import Store
from narrative.terms import Article, Claim

if TYPE_CHECKING:
    from sqlite_utils.db import Database

WINDOW = timedelta(days=2)
SAMPLE = (
    8  # of a long text every eighth shingle is indexed, of a short one all: a brief keeps enough to be found
)
SHORT = 64  # shingles
BRIEF = 12  # words; under this a text is a label, and its title must agree too
CANDIDATES = 8


@dataclass(frozen=True, slots=True)
class Period:
    """When a text was published, as far as anybody knows: an instant, or the whole of a day."""

    start: datetime
    end: datetime

    def gap(self, other: Period) -> timedelta:
        """Return the time between two periods; nothing when they touch."""
        return max(self.start - other.end, other.start - self.end, timedelta(0))


def is_undated(published: Claim | None, available_at: datetime) -> bool:
    """Return whether a publication is unknown, or lies more than a day after the text could be read."""
    return published is None or period(published, available_at).start > available_at + timedelta(days=1)


def period(published: Claim | None, available_at: datetime) -> Period:
    """Return the period a claim names; without a claim the moment the text could first be read."""
    if published is None:
        return Period(available_at, available_at)
    value = published.value
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        return Period(moment, moment)
    start = datetime.combine(value, time(0), UTC)
    return Period(start, start + timedelta(days=1))


class Wording:
    """One article as the clustering sees it: its words, computed once and only when asked for."""

    def __init__(self, title: str, text: str, when: Period) -> None:
        self.title = wording.normal_words(title)
        self.words = wording.normal_words(text)
        self.when = when

    @cached_property
    def hashes(self) -> frozenset[int]:
        """The shingles as numbers."""
        return wording.shingle_hashes(self.words)

    @property
    def sample(self) -> frozenset[int]:
        """The shingles that go into the index."""
        return (
            self.hashes if len(self.hashes) <= SHORT else frozenset(h for h in self.hashes if h % SAMPLE == 0)
        )

    def resembles(self, other: Wording) -> bool:
        """Return whether similarity alone would call the two copies."""
        if min(len(self.words), len(other.words)) < BRIEF and self.title != other.title:
            return False
        return wording.close(self.hashes, other.hashes)

    def copies(self, other: Wording) -> bool:
        """Return whether the two are one story: similar, published within two days, with the same numbers."""
        return (
            self.when.gap(other.when) <= WINDOW
            and wording.numbers_agree(wording.numbers(self.words), wording.numbers(other.words))
            and self.resembles(other)
        )


def wording_of(article: Article, available_at: datetime) -> Wording:
    """Return an article as the clustering sees it; a publication that is no date counts as unknown."""
    dated = None if is_undated(article.published, available_at) else article.published
    return Wording(article.title, article.text, period(dated, available_at))


def story_of(store: Store, article: Article, seen: Wording, first: int | None) -> str:
    """Return the story an article belongs to.

    That of the best leader it copies, else a new one named by its own id.

    `first` is the row of the article it revises. A rewritten page stays in its story for as long as it
    resembles it, whatever its numbers and however late. A stub is nobody's copy: all teasers of a publisher
    look alike.
    """
    if article.stub is not None:
        return article.id
    if first is not None:
        original, story = _stored(store, first)
        if seen.resembles(original):
            return story
    best, story = 0.0, article.id
    for number in _candidates(store, seen):
        leader, name = _stored(store, number)
        likeness = wording.jaccard(seen.hashes, leader.hashes)
        if likeness > best and seen.copies(leader):
            best, story = likeness, name
    return story


def index_leader(db: Database, number: int, seen: Wording) -> None:
    """Make the first article of a story findable by the copies to come."""
    day = seen.when.start.date().toordinal()
    rows = [(shingle, day, number) for shingle in sorted(seen.sample)]
    db.conn.executemany("INSERT OR IGNORE INTO shingles (hash, day, article) VALUES (?, ?, ?)", rows)


def _candidates(store: Store, seen: Wording) -> list[int]:
    """Return the leaders of the days around that share most indexed shingles, the most first."""
    first = (
        _ordinal(seen.when.start - WINDOW) - 1
    )  # a leader known by its day is indexed at the start of that day
    last = _ordinal(seen.when.end + WINDOW)
    rows = store.rows(
        """SELECT s.article FROM json_each(?) h JOIN shingles s ON s.hash = h.value AND s.day BETWEEN ? AND ?
           GROUP BY s.article ORDER BY count(*) DESC, s.article LIMIT ?""",
        (f"[{','.join(map(str, seen.hashes))}]", first, last, CANDIDATES),
    )
    return [row["article"] for row in rows]


def _ordinal(moment: datetime | date) -> int:
    return moment.toordinal()


def _stored(store: Store, number: int) -> tuple[Wording, str]:
    """Return an article of the ledger as the clustering sees it, and its story."""
    row = store.rows(
        """SELECT a.title, a.published, a.published_origin, a.published_zone, a.available_at, a.story, t.text
           FROM articles a JOIN texts t ON t.article = a.number WHERE a.number = ?""",
        (number,),
    )[0]
    claim = columns.claim(row["published"], row["published_origin"], row["published_zone"])
    available_at = columns.instant(row["available_at"])
    dated = None if is_undated(claim, available_at) else claim
    return Wording(row["title"], row["text"], period(dated, available_at)), row["story"]
