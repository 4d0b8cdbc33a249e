"""The crawler's memory: feeds, polls, links and fetches.

This is what the crawler calls its book; it is met by shape, not by import.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from narrative.ledger import bodies, columns, links
from narrative.ledger.columns import storable, storable_or_none
from narrative.ledger.opening import Part
from narrative.ledger.shapes import FetchRow, PollRow, StoredValidators
from narrative.terms import Capture, Feed, Link

if TYPE_CHECKING:
    from sqlite_utils.db import Database

YOUNG = timedelta(days=3)
REVISIT_EVERY = timedelta(
    hours=20
)  # a daily poll that begins a little earlier than the day before skips no day


@dataclass(frozen=True, slots=True)
class Validators:
    """The two validators of a kept body, each on its own."""

    etag: str | None = None
    last_modified: str | None = None


class Captures(Part):
    """Everything the crawler asks and tells, one transaction a record."""

    # --- feeds -------------------------------------------------------------------------------------------

    def due(self, feed: Feed, now: datetime) -> bool:
        """Return whether a feed's next poll has come and nothing stopped it."""
        row = self.store.row("SELECT next_at, stop FROM feeds WHERE url = ?", (feed.url,))
        return row is None or (row["stop"] is None and columns.instant(row["next_at"]) <= now)

    def validators(self, url: str) -> StoredValidators:
        """Return the validators of a feed or of a captured page; both None for anything else."""
        row = self.store.row(
            """SELECT etag, last_modified FROM feeds WHERE url = :url
               UNION ALL SELECT etag, last_modified FROM pages WHERE url = :url AND state = 'captured'""",
            {"url": url},
        )
        return Validators() if row is None else Validators(row["etag"], row["last_modified"])

    def record_poll(self, poll: PollRow) -> None:
        """Keep one poll and what it says about the next one."""
        state = (
            poll.feed,
            columns.stamp(poll.at),
            columns.stamp(poll.next_at),
            storable_or_none(poll.etag),
            storable_or_none(poll.last_modified),
            poll.stop,
        )
        with self.store.write() as db:
            db.execute(_FEED_AFTER, state)
            self.store.insert("polls", _poll_columns(poll))

    # --- links -------------------------------------------------------------------------------------------

    def known(self, url: str) -> bool:
        """Return whether a page is captured already, under this address or behind it, or given up."""
        found = self.store.value(
            """SELECT 1 FROM pages WHERE url = :url AND state <> 'pending'
               UNION ALL SELECT 1 FROM captures WHERE url = :url OR final_url = :url LIMIT 1""",
            {"url": url},
        )
        return found is not None

    def record_link(self, link: Link, at: datetime) -> None:
        """Keep an announced link. A new title or date of the same entry is a new row beside the first."""
        with self.store.write() as db:
            links.keep(self.store, db, link, at)

    def pending(self, now: datetime) -> list[Link]:
        """Return the links without a capture that may be tried now, in the order they were first seen."""
        rows = self.store.rows(_PENDING, (columns.stamp(now),))
        return [links.link(row) for row in rows]

    # --- pages -------------------------------------------------------------------------------------------

    def attempts(self, url: str) -> int:
        """Return the requests spent on a page that is not captured yet."""
        spent = self.store.value("SELECT attempts FROM pages WHERE url = ? AND state <> 'captured'", (url,))
        return int(spent or 0)

    def record_fetch(self, link: Link, fetch: FetchRow, capture: Capture | None) -> None:
        """Keep one fetch and the bytes it brought, both or neither."""
        with self.store.write() as db:
            number = links.keep(self.store, db, link, fetch.at)
            body = None if capture is None else bodies.keep(self.store, db, capture)
            self.store.insert("fetches", _fetch_columns(fetch, link, body))
            for url in dict.fromkeys((fetch.url, link.url)):
                _page_after(db, url, number, fetch, captured=capture is not None)

    def revisit(self, now: datetime) -> list[tuple[Link, StoredValidators]]:
        """Return pages captured within three days and not looked at for one, with their validators."""
        rows = self.store.rows(_YOUNG, (columns.stamp(now - YOUNG), columns.stamp(now - REVISIT_EVERY)))
        return [(links.link(row), Validators(row["etag"], row["last_modified"])) for row in rows]


_PENDING = f"""
SELECT {links.SELECTED} FROM pages p JOIN links l ON l.number = p.link
WHERE p.state = 'pending' AND (p.retry_at IS NULL OR p.retry_at <= ?) ORDER BY l.number
"""  # noqa: S608

_YOUNG = f"""
SELECT {links.SELECTED}, p.etag, p.last_modified FROM pages p JOIN links l ON l.number = p.link
WHERE p.state = 'captured' AND p.captured_at > ? AND p.fetched_at <= ? ORDER BY l.number
"""  # noqa: S608

_FEED_AFTER = """
INSERT INTO feeds (url, polled_at, next_at, etag, last_modified, stop) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (url) DO UPDATE SET polled_at = excluded.polled_at, next_at = excluded.next_at,
    etag = excluded.etag, last_modified = excluded.last_modified, stop = excluded.stop
"""

_PAGE_AFTER = """
INSERT INTO pages (url, state, link, attempts, retry_at, captured_at, fetched_at, etag, last_modified)
VALUES (:url, :state, :link, :attempts, :retry_at, :captured_at, :at, :etag, :last_modified)
ON CONFLICT (url) DO UPDATE SET
    state = CASE WHEN state = 'captured' THEN state ELSE excluded.state END,
    attempts = excluded.attempts, retry_at = excluded.retry_at, fetched_at = excluded.fetched_at,
    captured_at = coalesce(captured_at, excluded.captured_at),
    etag = CASE WHEN :captured THEN excluded.etag ELSE coalesce(excluded.etag, etag) END,
    last_modified = CASE WHEN :captured THEN excluded.last_modified
                    ELSE coalesce(excluded.last_modified, last_modified) END
"""


def _poll_columns(poll: PollRow) -> dict[str, object]:
    return {
        "feed": poll.feed,
        "at": columns.stamp(poll.at),
        "outcome": poll.outcome,
        "status": poll.status,
        "entries": poll.entries,
        "new": poll.new,
        "note": storable(poll.note),
        "next_at": columns.stamp(poll.next_at),
        "stop": poll.stop,
    }


def _fetch_columns(fetch: FetchRow, link: Link, capture: int | None) -> dict[str, object]:
    return {
        "url": fetch.url,
        "feed": storable(link.feed),
        "at": columns.stamp(fetch.at),
        "outcome": fetch.outcome,
        "status": fetch.status,
        "note": storable(fetch.note),
        "attempts": fetch.attempts,
        "retry_at": columns.stamp_or_none(fetch.retry_at),
        "capture": capture,
    }


def _page_after(db: Database, url: str, link: int, fetch: FetchRow, *, captured: bool) -> None:
    """Move a page on: captured stays captured, whatever a later look brings; no retry time means given up."""
    at = columns.stamp(fetch.at)
    state = "captured" if captured else "pending" if fetch.retry_at else "given_up"
    kept = captured or fetch.outcome == "not_modified"
    db.execute(
        _PAGE_AFTER,
        {
            "url": storable(url),
            "state": state,
            "link": link,
            "attempts": fetch.attempts,
            "retry_at": columns.stamp_or_none(fetch.retry_at),
            "captured_at": at if captured else None,
            "at": at,
            "etag": storable_or_none(fetch.etag) if kept else None,
            "last_modified": storable_or_none(fetch.last_modified) if kept else None,
            "captured": int(captured),
        },
    )
