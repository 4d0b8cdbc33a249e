"""Articles, polls and fetches as they were kept, one after the other: for whoever lists all of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from narrative.ledger import columns
from narrative.ledger.opening import Part, plainly
from narrative.ledger.selection import moment


class KeptArticle(NamedTuple):
    """One article; times are text as stored, and `published` is a day or an instant, None when unknown."""

    article: str
    title: str
    outlet: str
    url: str
    published: str | None
    available_at: str
    story: str
    stub: str | None
    text: str


class KeptPoll(NamedTuple):
    """One poll of a feed: what came of it, how many entries and new links it had."""

    feed: str
    at: str
    outcome: str
    status: int | None
    entries: int
    new: int
    note: str


class KeptFetch(NamedTuple):
    """One fetch of a page."""

    url: str
    at: str
    outcome: str
    status: int | None
    note: str


class Listing(Part):
    """All rows of a kind, in the order in which they were kept, as far as they were known at a moment."""

    def kept_articles(
        self, *, as_of: datetime | None = None, known_at: datetime | None = None
    ) -> Iterator[KeptArticle]:
        """Yield the articles with their texts."""
        values = {
            "last": columns.stamp_or_none(moment(as_of, known_at)) or "9",
            "known": columns.stamp_or_none(known_at) or "9",
        }
        with plainly(self.store.path):
            yield from map(KeptArticle._make, self.store.connection.execute(_ARTICLES, values))

    def kept_polls(self, until: datetime | None = None) -> Iterator[KeptPoll]:
        """Yield the polls until a moment."""
        with plainly(self.store.path):
            yield from map(KeptPoll._make, self.store.connection.execute(_POLLS, (_last(until),)))

    def kept_fetches(self, until: datetime | None = None) -> Iterator[KeptFetch]:
        """Yield the fetches until a moment."""
        with plainly(self.store.path):
            yield from map(KeptFetch._make, self.store.connection.execute(_FETCHES, (_last(until),)))


def _last(until: datetime | None) -> str:
    return columns.stamp_or_none(until) or "9"


_ARTICLES = """
SELECT a.id, a.title, a.outlet, a.url, a.published, a.available_at, a.story, a.stub, t.text
FROM articles a JOIN texts t ON t.article = a.number
WHERE a.available_at <= :last AND a.recorded_at <= :known ORDER BY a.number
"""
_POLLS = "SELECT feed, at, outcome, status, entries, new, note FROM polls WHERE at <= ? ORDER BY number"
_FETCHES = "SELECT url, at, outcome, status, note FROM fetches WHERE at <= ? ORDER BY number"
