"""Announced links: a row for each thing a feed said of an entry, a changed title beside the first."""

from __future__ import annotations

from datetime import datetime
from sqlite3 import Row
from typing import TYPE_CHECKING

from narrative.ledger import columns
from narrative.ledger.columns import storable
from narrative.ledger.opening import Store
from narrative.terms import Link, content_id

if TYPE_CHECKING:
    from sqlite_utils.db import Database

_SEEN = """
INSERT INTO links (id, feed, entry, url, title, published, published_origin, published_zone,
                   first_seen_at, last_seen_at)
VALUES (:id, :feed, :entry, :url, :title, :published, :published_origin, :published_zone, :at, :at)
ON CONFLICT (id) DO UPDATE SET last_seen_at = max(last_seen_at, excluded.last_seen_at)
"""

SELECTED = "l.url, l.feed, l.entry, l.title, l.published, l.published_origin, l.published_zone"


def link(row: Row) -> Link:
    """Return the link of a row that holds the SELECTED columns."""
    claim = columns.claim(row["published"], row["published_origin"], row["published_zone"])
    return Link(row["url"], row["feed"], row["entry"], row["title"], claim)


def keep(store: Store, db: Database, announced: Link, at: datetime) -> int:
    """Keep an announced link and its page as one to fetch, inside a transaction; return the link's row."""
    claim = columns.claim_columns(announced.published)
    said = {
        "feed": storable(announced.feed),
        "entry": storable(announced.entry),
        "url": storable(announced.url),
        "title": storable(announced.title),
    }
    key = content_id("link", *said.values(), claim["published"])
    row = {
        "id": key,
        **said,
        **claim,
        "at": columns.stamp(at),
    }
    db.execute(_SEEN, row)
    number: int = store.value("SELECT number FROM links WHERE id = ?", (key,))
    db.execute(
        """INSERT INTO pages (url, state, link, attempts) VALUES (?, 'pending', ?, 0)
           ON CONFLICT (url) DO NOTHING""",
        (said["url"], number),
    )
    return number


def by_number(store: Store, number: int | None) -> Link | None:
    """Return the link of a row, None for none."""
    row = store.row(f"SELECT {SELECTED} FROM links l WHERE l.number = ?", (number,))  # noqa: S608
    return None if row is None else link(row)
