"""What was looked at and what was not: polls, refusals, pages, stubs and silences, counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from sqlite3 import Row
from statistics import median

from narrative.ledger import columns
from narrative.ledger.opening import Part

_ANSWERED = frozenset({"ok", "not_modified"})
_REFUSED = frozenset({"robots", "reserved", "blocked"})
SILENCE = 3  # times the usual pause between two polls of a feed without a good one is a gap


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which a feed could not be read; `end` is where the good polls, or the window, go on."""

    feed: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class FeedCoverage:
    """The polls of one feed in a window, counted by how they ended. `stopped` is why it is polled no more."""

    feed: str
    ok: int
    failed: int
    refused: int
    entries: int
    gaps: tuple[Gap, ...]
    stopped: str | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the crawler saw in a window. Pages are counted by fetch, so a page tried twice is two fetches.

    `stubs` and `unread` are kept pages that gave only a teaser, and none yet; `passed_over` has the other reasons
    why a page gave no article, with how many did. `crawled` is whether any feed had been polled by the end of the window.
    """

    since: datetime
    until: datetime
    polls_ok: int
    polls_failed: int
    polls_refused: int
    pages_ok: int
    pages_failed: int
    pages_refused: int
    articles: int
    stubs: int
    unread: int
    passed_over: tuple[tuple[str, int], ...]
    feeds: tuple[FeedCoverage, ...]
    crawled: bool

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The gaps of all feeds, the earliest first."""
        return tuple(
            sorted((gap for feed in self.feeds for gap in feed.gaps), key=lambda gap: (gap.start, gap.feed))
        )


@dataclass(frozen=True, slots=True)
class Summary:
    """What a ledger holds, in counts.

    The two instants are the first and last availability, None when it is empty.
    """

    articles: int
    stories: int
    statements: int
    views: int
    voices: int
    vintages: int
    feeds: int
    polls: int
    captures: int
    unread: int
    prices: int
    first: datetime | None
    last: datetime | None


class Counts(Part):
    """The ledger counted."""

    def coverage(self, since: datetime, until: datetime, *, known_at: datetime | None = None) -> Coverage:
        """Return what was polled, fetched and read in [since, until), with `known_at` as far as it was recorded by then."""
        window = (columns.stamp(since), columns.stamp(until))
        polls = self.store.rows(
            "SELECT feed, at, outcome, entries FROM polls WHERE at >= ? AND at < ? ORDER BY at, number",
            window,
        )
        fetches = self.store.rows("SELECT outcome FROM fetches WHERE at >= ? AND at < ?", window)
        known = columns.stamp_or_none(known_at)
        results = self.store.rows(_RESULTS, {"since": window[0], "until": window[1], "known": known})
        asked, fetched = _by_end(polls), _by_end(fetches)
        reasons = Counter(_reason(row["reason"], row["final_url"]) for row in results if row["reason"])
        return Coverage(
            since=since,
            until=until,
            polls_ok=asked["ok"],
            polls_failed=asked["failed"],
            polls_refused=asked["refused"],
            pages_ok=fetched["ok"],
            pages_failed=fetched["failed"],
            pages_refused=fetched["refused"],
            articles=self.articles_count(since, until, known_at=known_at),
            stubs=reasons.pop("stub", 0),
            unread=sum(row["read"] is None for row in results),
            passed_over=tuple(sorted(reasons.items())),
            feeds=self._feeds(polls, since, until),
            crawled=self.store.value("SELECT 1 FROM polls WHERE at < ? LIMIT 1", window[1:]) is not None,
        )

    def articles_count(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        *,
        known_at: datetime | None = None,
    ) -> int:
        """Return how many articles (stubs left out) became available in [since, until)."""
        found = self.store.value(
            """SELECT count(*) FROM articles WHERE stub IS NULL AND (:since IS NULL OR available_at >= :since)
               AND (:until IS NULL OR available_at < :until)
               AND (:known IS NULL OR recorded_at <= :known)""",
            {
                "since": columns.stamp_or_none(since),
                "until": columns.stamp_or_none(until),
                "known": columns.stamp_or_none(known_at),
            },
        )
        return int(found)

    def summary(self) -> Summary:
        """Return what the ledger holds."""
        row = self.store.rows(_SUMMARY)[0]
        times = {name: columns.instant_or_none(row[name]) for name in ("first", "last")}
        return Summary(**{**dict(row), **times})

    def _feeds(self, polls: Sequence[Row], since: datetime, until: datetime) -> tuple[FeedCoverage, ...]:
        stops = {
            row["url"]: row["stop"] for row in self.store.rows("SELECT url, stop FROM feeds ORDER BY url")
        }
        end = min(until, max(self.store.clock.now(), since))
        return tuple(
            _feed(feed, [row for row in polls if row["feed"] == feed], end, stop)
            for feed, stop in stops.items()
        )


def _reason(noted: str, address: str) -> str:
    """What was noted of a page that gave no article, without its address and without what holds for this page alone."""
    return re.split(r"[:,]| \(", noted.removeprefix(f"{address}: "), maxsplit=1)[0]


_RESULTS = """
SELECT c.number, c.final_url, r.capture AS read, r.reason FROM captures c
LEFT JOIN results r ON r.capture = c.number AND (:known IS NULL OR r.at <= :known)
WHERE c.fetched_at >= :since AND c.fetched_at < :until
AND (:known IS NULL OR r.capture IS NOT NULL
     OR EXISTS (SELECT 1 FROM fetches f WHERE f.at = c.fetched_at AND f.capture = c.number AND f.at <= :known))
"""

_SUMMARY = """
SELECT (SELECT count(*) FROM articles WHERE stub IS NULL) AS articles,
       (SELECT count(DISTINCT story) FROM articles WHERE stub IS NULL) AS stories,
       (SELECT count(*) FROM statements) AS statements,
       (SELECT count(*) FROM views) AS views,
       (SELECT count(*) FROM voices) AS voices,
       (SELECT count(*) FROM vintages) AS vintages,
       (SELECT count(*) FROM feeds) AS feeds,
       (SELECT count(*) FROM polls) AS polls,
       (SELECT count(*) FROM captures) AS captures,
       (SELECT count(*) FROM captures WHERE number NOT IN (SELECT capture FROM results)) AS unread,
       (SELECT count(*) FROM prices) AS prices,
       (SELECT min(available_at) FROM articles) AS first,
       (SELECT max(available_at) FROM articles) AS last
"""


def _end(outcome: str) -> str:
    return "ok" if outcome in _ANSWERED else "refused" if outcome in _REFUSED else "failed"


def _by_end(rows: Sequence[Row]) -> Counter[str]:
    return Counter(_end(row["outcome"]) for row in rows)


def _feed(feed: str, polls: Sequence[Row], end: datetime, stop: str | None) -> FeedCoverage:
    ends = _by_end(polls)
    entries = sum(row["entries"] for row in polls)
    return FeedCoverage(
        feed, ends["ok"], ends["failed"], ends["refused"], entries, _gaps(feed, polls, end), stop
    )


def _gaps(feed: str, polls: Sequence[Row], end: datetime) -> tuple[Gap, ...]:
    """Return the stretches between good polls, or after the last one, that are too long."""
    times = [columns.instant(row["at"]) for row in polls]
    good = [at for at, row in zip(times, polls, strict=True) if row["outcome"] in _ANSWERED]
    if not times:
        return ()
    pauses = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    longest = timedelta(seconds=SILENCE * median(pauses)) if pauses else end - times[0]
    bounds = [*([times[0]] if not good or good[0] > times[0] else []), *good, end]
    return tuple(Gap(feed, a, b) for a, b in pairwise(bounds) if b - a > longest or (not good and b > a))
