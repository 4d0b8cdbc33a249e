"""Which articles are copies of one story: online leader clustering on shingles of five words.

Similarity to the first seen article of a story proposes (Jaccard >= .5 or containment >= .75); the dates, the
figures and what the articles are about dispose. An article's story is decided once, when it is kept, from
what the ledger held then.

Leaders are found through the smallest hashes of their shingles and not through MinHash bands: a copy trimmed
to a fifth keeps nearly all of its own shingles, but its Jaccard is near .2. Of 48 such copies among 1,200
other articles this index (94 rows an article) proposed all, MinHash with 128 permutations in 32, 42 and 64
bands 5, 23 and 45.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cached_property

from narrative.ledger import columns, wording
from narrative.ledger.opening import Store
from narrative.terms import Article, Claim

WINDOW = timedelta(days=3)  # two pages of one text may both be off by a day and a half
JACCARD = 0.5
CONTAINMENT = 0.75
INDEXED = 64  # shingles of an article that are indexed at least, or all it has
SAMPLE = 8  # of a long text every eighth
COMMON = 10  # leaders of the days around; a shingle of more is a footer or a form and proposes nobody
CHANCE = 6  # shingles that two articles may share by chance, or one for 24 that the newer has
CANDIDATES = 8
BRIEF = 12  # words; under this a text is a label, and its title must agree too
LINE = 60  # words; under this every word counts
SHORT = 3  # letters
BEGUN = 0.5  # of the opening of a text, which another must hold to be its beginning
SLUGS = {"update", "wrapup", "corrected", "correction", "refile", "repeat", "rpt", "exclusive", "breaking"}
OPENING = 50  # words in which an article names what it is about
RECURRING = 3  # times that it then does


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
    return published is None or _begins(published) > available_at + timedelta(days=1)


def period(published: Claim | None, available_at: datetime) -> Period:
    """Return the period a claim names; without a claim the moment the text could first be read."""
    if published is None:
        return Period(available_at, available_at)
    begins, value = _begins(published), published.value
    if isinstance(value, datetime):
        return Period(begins, begins)
    return Period(begins, datetime.combine(value, time.max, UTC))


def _begins(published: Claim) -> datetime:
    """Return the first instant that a claim names."""
    value = published.value
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime.combine(value, time.min, UTC)


class Wording:
    """One article as the clustering sees it: its words, the rest computed once and only when asked for."""

    def __init__(self, title: str, text: str, when: Period) -> None:
        self.title = _headline(title)
        self._as_written = title, text
        self.words = wording.normal_words(text)
        self.when = when

    @cached_property
    def shingles(self) -> frozenset[tuple[str, ...]]:
        """The runs of five words."""
        return wording.shingles(self.words, wording.STORY_SHINGLE)

    @cached_property
    def hashes(self) -> frozenset[int]:
        """The shingles as the index knows them."""
        return wording.shingle_hashes(self.words)

    @property
    def sample(self) -> list[int]:
        """The shingles that go into the index: the smallest, so that two texts choose alike."""
        return sorted(self.hashes)[: max(INDEXED, len(self.hashes) // SAMPLE)]

    @cached_property
    def figures(self) -> frozenset[str]:
        """The values of the numbers in the text."""
        return wording.figures(self.words)

    @cached_property
    def known(self) -> frozenset[str]:
        """Every word and figure of title and text."""
        return frozenset(self.title).union(self.words, wording.figures(self.words + self.title))

    @cached_property
    def subject(self) -> frozenset[str]:
        """What the article is about: the figures and names of its title, and the names its opening keeps to.

        Of a line every word, and every name and longer word of its title: a column has one line under the
        titles of all its days.
        """
        capitals, names = map(wording.names, self._as_written)
        counts = Counter(self.words)
        recurring = {w for w in self.words[:OPENING] if w in names and counts[w] >= RECURRING}
        told = wording.figures(self.title) | names.intersection(self.title) | recurring
        if len(self.words) >= LINE:
            return told
        headline = {w for w in self.title if len(w) > SHORT or w in capitals}
        return told | self.figures | {w for w in headline.union(self.words) if not w[0].isdigit()}

    def resembles(self, other: Wording) -> bool:
        """Return whether similarity alone would call the two copies."""
        if min(len(self.words), len(other.words)) < BRIEF and self.title != other.title:
            return False
        return wording.close(self.shingles, other.shingles, JACCARD, CONTAINMENT)

    def copies(self, other: Wording) -> bool:
        """Return whether the two are one story.

        Similar, published within the window, with the same figures in the same places, begun alike, not two
        issues of a series, and not each about something that the other does not know.
        """
        return (
            self.when.gap(other.when) <= WINDOW
            and self.resembles(other)
            and wording.figures_agree(self.words, other.words)
            and self._begins_like(other)
            and not self._is_another_issue(other)
            and not (self._is_beyond(other) and other._is_beyond(self))
        )

    def _begins_like(self, other: Wording) -> bool:
        """Return whether the shorter text can be the longer one cut short, or one with much added below.

        A round-up holds many briefs whole and is a copy of none but its first.
        """
        if wording.jaccard(self.shingles, other.shingles) >= JACCARD:
            return True
        short, long = sorted((self, other), key=lambda one: len(one.words))
        opening = wording.shingles(long.words[: len(short.words)], wording.STORY_SHINGLE)
        return wording.containment(opening, short.shingles) >= BEGUN

    def _is_another_issue(self, other: Wording) -> bool:
        """Return whether the two titles are one form with other figures: "Minutes, 2026-01-28" and its next."""
        (mine, my_figures), (theirs, their_figures) = _form(self.title), _form(other.title)
        return mine == theirs and my_figures != their_figures

    def _is_beyond(self, other: Wording) -> bool:
        """Return whether a part of the subject is missing from the other article in every spelling."""
        return any(
            not any(wording.spelt_alike(word, known) for known in other.known)
            for word in self.subject - other.known
        )


def _headline(title: str) -> tuple[str, ...]:
    """Return the words of a title without the wire's slugs before it."""
    words = wording.normal_words(title)
    while words and words[0] in SLUGS:
        words = words[2:] if words[1:] and words[1].isdigit() else words[1:]
    return words


def _form(title: tuple[str, ...]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the words of a title that are no figures, and its figures."""
    return tuple(word for word in title if not word[0].isdigit()), wording.figures(title)


def wording_of(article: Article, available_at: datetime) -> Wording:
    """Return an article as the clustering sees it; a publication that is no date counts as unknown."""
    dated = None if is_undated(article.published, available_at) else article.published
    return Wording(article.title, article.text, period(dated, available_at))


class Shelf:
    """The first articles of stories, by which copies are found, for one transaction.

    Those in the tables are looked up, those of articles that are not there yet are waiting here.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._indexed: set[int] = set()  # of the shingles that were expected, those that the tables hold
        self._rows: list[tuple[int, int, int]] = []
        self._waiting: dict[int, tuple[tuple[int, int], ...]] = {}  # by shingle: days and articles
        self._articles: dict[int, tuple[Wording, str]] = {}  # not in the tables yet, each with its story

    def expect(self, coming: Iterable[Wording]) -> None:
        """Look up at once which shingles of the articles to come are in the tables at all."""
        seen = list(coming)
        self._indexed.clear()
        if seen:
            near = [_near(one.when) for one in seen]
            hashes = frozenset[int]().union(*(one.hashes for one in seen))
            days = min(first for first, _ in near), max(last for _, last in near)
            rows = self._store.rows(_INDEXED, (_listed(hashes), *days))
            self._indexed.update(row[0] for row in rows)

    def story_of(self, article: Article, seen: Wording, first: int | None) -> str:
        """Return the story an expected article belongs to.

        That of the nearest leader it copies, else a new one named by its own id.

        `first` is the row of the article it revises. A rewritten page stays in its story for as long as it
        resembles it, whatever its numbers and however late. A stub is nobody's copy: all teasers of a publisher
        look alike.
        """
        if article.stub is not None:
            return article.id
        if first is not None:
            original, story = self._article(first)
            if seen.resembles(original):
                return story
        for number in self._candidates(seen):
            leader, story = self._article(number)
            if seen.copies(leader):
                return story
        return article.id

    def add(self, number: int, article: Article, story: str, seen: Wording) -> None:
        """Put an article here under its story; the first one of a story can be found by the copies to come."""
        self._articles[number] = (seen, story)
        if story == article.id and article.stub is None:
            day = seen.when.start.toordinal()
            here: tuple[tuple[int, int], ...] = ((day, number),)
            sample = dict.fromkeys(seen.sample, here)
            self._rows.extend((shingle, day, number) for shingle in sample)
            for shingle in sample.keys() & self._waiting.keys():
                sample[shingle] += self._waiting[shingle]
            self._waiting.update(sample)

    def write(self) -> None:
        """Put what is waiting into the tables, where the articles themselves are by now."""
        self._rows.sort()  # neighbours lie on one page of the file
        sql = "INSERT OR IGNORE INTO shingles (hash, day, article) VALUES (?, ?, ?)"
        self._store.connection.executemany(sql, self._rows)
        self._indexed.update(self._waiting)
        for waiting in (self._rows, self._waiting, self._articles):
            waiting.clear()

    def _article(self, number: int) -> tuple[Wording, str]:
        return self._articles.get(number) or _stored(self._store, number)

    def _candidates(self, seen: Wording) -> list[int]:
        """Return the leaders of the days around that share most indexed shingles, the most first.

        What is common there proposes nobody, which also bounds the work. Of a leader at least one shingle in
        `SAMPLE` is indexed, and a copy shares three quarters of its own with it: a third of that is beyond chance.
        """
        first, last = _near(seen.when)
        shared: Counter[int] = Counter()
        kept = self._kept(seen.hashes & self._indexed, first, last)
        for shingle in (seen.hashes & self._waiting.keys()) | kept.keys():
            waiting = [article for day, article in self._waiting.get(shingle, ()) if first <= day <= last]
            leaders = kept.get(shingle, []) + waiting
            if len(leaders) <= COMMON:
                shared.update(leaders)
        least = max(1, min(CHANCE, len(seen.hashes) // (3 * SAMPLE)))
        ranked = sorted((-count, article) for article, count in shared.items() if count >= least)
        return [article for _, article in ranked[:CANDIDATES]]

    def _kept(self, hashes: Iterable[int], first: int, last: int) -> dict[int, list[int]]:
        """Return the leaders in the tables by shingle, one more than are common at most."""
        asked = {"hashes": _listed(hashes), "first": first, "last": last, "most": COMMON + 1}
        rows = self._store.rows(_LEADERS, asked) if hashes else []
        return {shingle: json.loads(leaders) for shingle, leaders in rows}


_INDEXED = """
SELECT value FROM json_each(?1) WHERE EXISTS (SELECT 1 FROM shingles WHERE hash = value AND day BETWEEN ?2 AND ?3)
"""

_LEADERS = """
SELECT h.value, (SELECT json_group_array(article) FROM (
    SELECT article FROM shingles WHERE hash = h.value AND day BETWEEN :first AND :last LIMIT :most
)) FROM json_each(:hashes) h
"""


def _near(when: Period) -> tuple[int, int]:
    """Return the first and the last day under which a leader of that time may be indexed."""
    days = WINDOW.days + 1  # by the start of its day, or by the day in its own zone
    return when.start.toordinal() - days, when.end.toordinal() + days


def _listed(numbers: Iterable[int]) -> str:
    return f"[{','.join(map(str, numbers))}]"


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
