"""The bytes of pages, compressed, and what became of them: an article, or a reason why there is none."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from narrative.ledger import columns, links
from narrative.ledger.columns import storable, storable_or_none
from narrative.ledger.migrations import migration
from narrative.ledger.opening import Store
from narrative.ledger.rereadings import Rereadings
from narrative.terms import Capture, Vintage, content_id

if TYPE_CHECKING:
    from sqlite_utils.db import Database


@migration
def m0008_stated(db: Database) -> None:
    """Make room for what a site states about machines, and for the rest of what a page says of its dates.

    For pages kept before, nobody looked: no restriction is known of them.
    """
    for table, column in (
        ("captures", "may_train INTEGER NOT NULL DEFAULT 1 CHECK (may_train IN (0, 1))"),
        ("captures", "stated TEXT NOT NULL DEFAULT '[]'"),
        ("articles", "published_offset INTEGER"),
        ("articles", "updated TEXT"),
        ("articles", "updated_origin TEXT"),
        ("articles", "updated_zone INTEGER"),
        ("articles", "updated_offset INTEGER"),
    ):
        db.execute(f"ALTER TABLE {table} ADD COLUMN {column}")


class Bodies(Rereadings):
    """Pages between fetching and reading: what is fetched is kept until somebody says what it gave."""

    def keep_capture(self, capture: Capture) -> None:
        """Keep the bytes of a page; the same bytes of the same address are kept once."""
        with self.store.write() as db:
            keep(self.store, db, capture)

    def holds(self, capture: Capture) -> bool:
        """Return whether the same bytes of the same address are kept."""
        known = "SELECT 1 FROM captures WHERE id = ?"
        return self.store.value(known, (capture_id(capture),)) is not None

    def captures(self, since: datetime | None = None, until: datetime | None = None) -> Iterator[Capture]:
        """Yield the pages fetched in [since, until], in the order they were kept, one body in memory at a time."""
        for row in self.store.rows(f"SELECT number {_KEPT} ORDER BY number", _window(since, until)):
            yield _capture(self.store, row["number"])

    def captures_count(self, since: datetime | None = None, until: datetime | None = None) -> int:
        """Return how many pages `captures` yields."""
        return int(self.store.value(f"SELECT count(*) {_KEPT}", _window(since, until)))

    def captures_to_read(self) -> Iterator[Capture]:
        """Yield the kept pages that were never read, oldest first, one body in memory at a time."""
        numbers = self.store.rows(
            "SELECT number FROM captures WHERE number NOT IN (SELECT capture FROM results) ORDER BY number"
        )
        for row in numbers:
            yield _capture(self.store, row["number"])

    def captures_to_reread(self, vintage: Vintage) -> list[int]:
        """Return the rows of the pages of which it is not noted what a vintage made of them, oldest first."""
        rows = self.store.rows(
            """SELECT c.number FROM captures c WHERE NOT EXISTS
               (SELECT 1 FROM rereadings r WHERE r.capture = c.number AND r.vintage = ?) ORDER BY c.number""",
            (vintage.id,),
        )
        return [row["number"] for row in rows]

    def capture(self, number: int) -> Capture:
        """Return the page of a row."""
        return _capture(self.store, number)

    def pass_over(self, capture: Capture, reason: str) -> None:
        """Note why a kept page gives no article ("empty", "unreadable: ..."); it is not tried again."""
        with self.store.write():
            record_result(self.store, capture, None, reason)

    def settle(self, capture: Capture, addresses: Iterable[str]) -> None:
        """Mark the addresses of a page that came from an archive as captured: no crawl need fetch them again."""
        if capture.link is None:
            return
        at = columns.stamp(capture.fetched_at)
        with self.store.write() as db:
            link = links.keep(self.store, db, capture.link, capture.fetched_at)
            for address in dict.fromkeys(addresses):
                db.execute(_SETTLED, {"url": storable(address), "link": link, "at": at})


_KEPT = "FROM captures WHERE (:since IS NULL OR fetched_at >= :since) AND (:until IS NULL OR fetched_at <= :until)"

_SETTLED = """
INSERT INTO pages (url, state, link, attempts, captured_at, fetched_at) VALUES (:url, 'captured', :link, 0, :at, :at)
ON CONFLICT (url) DO UPDATE SET state = 'captured', retry_at = NULL,
    captured_at = coalesce(captured_at, excluded.captured_at), fetched_at = coalesce(fetched_at, excluded.fetched_at)
    WHERE state <> 'captured'
"""


def _window(since: datetime | None, until: datetime | None) -> dict[str, str | None]:
    return {"since": columns.stamp_or_none(since), "until": columns.stamp_or_none(until)}


def capture_id(capture: Capture) -> str:
    """Return the id of a page's bytes: the address asked for and the content, not the time."""
    return content_id(
        "capture", storable(capture.url), hashlib.blake2b(capture.body, digest_size=16).hexdigest()
    )


def keep(store: Store, db: Database, capture: Capture) -> int:
    """Keep a page's bytes, compressed, inside a transaction, and return their row.

    The same bytes keep the restrictions they first came with; a later word stands in the row of its fetch.
    """
    link = None if capture.link is None else links.keep(store, db, capture.link, capture.fetched_at)
    db.execute(
        """INSERT INTO captures
               (id, url, final_url, fetched_at, content_type, outlet, link, size, body, may_train, stated)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING""",
        (
            capture_id(capture),
            storable(capture.url),
            storable(capture.final_url),
            columns.stamp(capture.fetched_at),
            storable(capture.content_type),
            storable(capture.outlet),
            link,
            len(capture.body),
            zlib.compress(capture.body),
            int(capture.may_train),
            columns.words_column(capture.stated),
        ),
    )
    number: int = store.value("SELECT number FROM captures WHERE id = ?", (capture_id(capture),))
    return number


def record_result(store: Store, capture: Capture, article: int | None, reason: str | None) -> None:
    """Note, inside a transaction, what became of a page's bytes; the first word on them stands."""
    number = keep(store, store.database, capture)
    if store.value("SELECT 1 FROM results WHERE capture = ?", (number,)) is None:
        at = columns.stamp(store.clock.now())
        row = {"capture": number, "at": at, "article": article, "reason": storable_or_none(reason)}
        store.insert("results", row)


def _capture(store: Store, number: int) -> Capture:
    row = store.rows("SELECT * FROM captures WHERE number = ?", (number,))[0]
    found = links.by_number(store, row["link"])
    return Capture(
        url=row["url"],
        final_url=row["final_url"],
        fetched_at=columns.instant(row["fetched_at"]),
        content_type=row["content_type"],
        body=zlib.decompress(row["body"]),
        outlet=row["outlet"],
        link=found,
        may_train=bool(row["may_train"]),
        stated=columns.words(row["stated"]),
    )
