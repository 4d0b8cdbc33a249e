"""What a later vintage made of a kept page or text: beside the first word on it, never over it.

A page that is extracted anew may give another text. That is an article of its own, a revision of the first; the
first then falls silent under the new vintage, because its words are no longer what the page is read to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Row
from typing import TYPE_CHECKING

from narrative.ledger import columns, records
from narrative.ledger.columns import storable, storable_or_none
from narrative.ledger.migrations import append_only, migration
from narrative.ledger.opening import Part, Store
from narrative.terms import Article, Claim, Vintage

if TYPE_CHECKING:
    from sqlite_utils.db import Database


@migration
def m0007_rereadings(db: Database) -> None:
    """Make room for what each later vintage made of a kept page."""
    db.executescript("""
        CREATE TABLE rereadings (
            number INTEGER PRIMARY KEY, capture INTEGER NOT NULL REFERENCES captures, vintage TEXT NOT NULL,
            at TEXT NOT NULL, article INTEGER REFERENCES articles, reason TEXT, UNIQUE (capture, vintage)
        ) STRICT;
        CREATE INDEX rereadings_article ON rereadings (article);
    """)
    append_only(db, ("rereadings",))


@dataclass(frozen=True, slots=True)
class Past:
    """What a kept page came to so far: the row of its article, None when it gave none, and what that states.

    `read` is False for a page nobody has looked at. `trusted` says that it became available at a print date taken on
    trust, `alone` that no other page gave the same article.
    """

    read: bool = False
    article: int | None = None
    title: str = ""
    published: Claim | None = None
    available_at: datetime | None = None
    backfilled: bool = False
    trusted: bool = False
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Speaking:
    """What the ledger says now: statements and views by the last reading of each article."""

    statements: int
    views: int


class Rereadings(Part):
    """The ledger's side of reading everything again."""

    def has_reading(self, article: Article, vintage: Vintage) -> bool:
        """Return whether a vintage has read an article, known by its id or by its url and text."""
        found = self.store.value(
            """SELECT 1 FROM readings r JOIN vintages g ON g.number = r.vintage
               WHERE r.article = ? AND g.id = ?""",
            (_row_of(self.store, article), vintage.id),
        )
        return found is not None

    def knows(self, article: Article) -> bool:
        """Return whether an article is kept, under any vintage."""
        return _row_of(self.store, article) is not None

    def note_rereading(
        self, capture: int, vintage: Vintage, article: Article | None, reason: str | None
    ) -> int | None:
        """Note what a vintage made of a kept page, given by its row; return the article's row."""
        number = None if article is None else _row_of(self.store, article)
        row = {
            "capture": capture,
            "vintage": vintage.id,
            "at": columns.stamp(self.store.clock.now()),
            "article": number,
            "reason": storable_or_none(reason),
        }
        with self.store.write():
            self.store.insert("rereadings", row)
        return number

    def past(self, capture: int) -> Past:
        """Return what a kept page, given by its row, came to so far."""
        last = self.store.row(_LAST, {"capture": capture})
        if last is None:
            return Past(backfilled=not self._fetched(capture))
        if last["article"] is None:
            return Past(read=True, backfilled=not self._fetched(capture))
        row = self.store.rows(_STATED, (last["article"],))[0]
        return Past(
            read=True,
            article=last["article"],
            title=row["title"],
            published=_published(row),
            available_at=columns.instant(row["available_at"]),
            backfilled=bool(row["backfilled"]),
            trusted=bool(row["trusted"]),
            alone=self.store.value(_PAGES, {"article": last["article"]}) == 1,
        )

    def replaced(self, vintage: Vintage) -> list[int]:
        """Return the rows of articles that a page gave once and none gives any more, unread by the vintage."""
        return [row["article"] for row in self.store.rows(_REPLACED, {"vintage": vintage.id})]

    def texts_to_reread(self, vintage: Vintage) -> list[int]:
        """Return the rows of articles with words that came without a page (files, dumps) and are unread by the vintage."""
        return [row["article"] for row in self.store.rows(_PAGELESS, {"vintage": vintage.id})]

    def kept_article(self, number: int) -> Article:
        """Return the article of a row as it was kept."""
        return _article(self.store, number)

    def speaking(self) -> Speaking:
        """Return how many statements and views there are, each article through its last reading."""
        row = self.store.rows(_SPEAKING)[0]
        return Speaking(row["statements"], row["views"])

    def judged_otherwise(self, vintage: Vintage) -> int:
        """Return how many views of a vintage take another stance than the reading before it on the same words."""
        return int(self.store.value(_OTHERWISE, {"vintage": vintage.id}))

    def _fetched(self, capture: int) -> bool:
        """Whether a page was fetched by this ledger's own crawl, at the time its capture states."""
        found = self.store.value(
            """SELECT 1 FROM captures c JOIN fetches f ON f.at = c.fetched_at AND f.capture = c.number
               WHERE c.number = ?""",
            (capture,),
        )
        return found is not None


_LAST = """
SELECT article FROM (
    SELECT article, number AS turn FROM rereadings WHERE capture = :capture
    UNION ALL SELECT article, 0 FROM results WHERE capture = :capture
) ORDER BY turn DESC LIMIT 1
"""

_STATED = """
SELECT title, published, published_origin, published_zone, published_offset, available_at, backfilled, trusted
FROM articles WHERE number = ?
"""

_PAGES = """
SELECT count(*) FROM (SELECT capture FROM results WHERE article = :article
                      UNION SELECT capture FROM rereadings WHERE article = :article)
"""

_UNREAD = """
NOT EXISTS (SELECT 1 FROM readings r JOIN vintages g ON g.number = r.vintage
            WHERE r.article = x.article AND g.id = :vintage)
"""

_REPLACED = f"""
SELECT x.article FROM (SELECT article FROM results UNION SELECT article FROM rereadings) x
WHERE x.article IS NOT NULL AND {_UNREAD}
AND NOT EXISTS (SELECT 1 FROM rereadings y WHERE y.article = x.article AND y.vintage = :vintage)
ORDER BY x.article
"""  # noqa: S608

_PAGELESS = f"""
SELECT x.article FROM texts x WHERE x.text <> '' AND {_UNREAD}
AND NOT EXISTS (SELECT 1 FROM results y WHERE y.article = x.article)
AND NOT EXISTS (SELECT 1 FROM rereadings z WHERE z.article = x.article)
ORDER BY x.article
"""  # noqa: S608

_SPEAKING = """
WITH newest AS (SELECT number FROM readings r
                WHERE number = (SELECT max(x.number) FROM readings x WHERE x.article = r.article))
SELECT (SELECT count(*) FROM statements WHERE NOT dup AND reading IN newest) AS statements,
       (SELECT count(*) FROM views v JOIN statements s ON s.number = v.statement
        WHERE s.reading IN newest) AS views
"""

_OTHERWISE = """
SELECT count(*) FROM vintages g JOIN readings r ON r.vintage = g.number
JOIN readings o ON o.article = r.article
    AND o.number = (SELECT max(x.number) FROM readings x WHERE x.article = r.article AND x.number < r.number)
JOIN statements s ON s.reading = r.number JOIN views v ON v.statement = s.number
JOIN statements t ON t.reading = o.number AND t.id = s.id
JOIN views w ON w.statement = t.number AND w.target = v.target
WHERE g.id = :vintage AND v.stance <> w.stance
"""


def _row_of(store: Store, article: Article) -> int | None:
    """Return the row of a kept article: the same id, or the same words at the same address."""
    found: int | None = store.value(
        "SELECT number FROM articles WHERE id = ? OR (url = ? AND digest = ?) ORDER BY number",
        (article.id, storable(article.url), records.digest(article)),
    )
    return found


def _article(store: Store, number: int) -> Article:
    """Return an article as it was kept."""
    row = store.rows(
        "SELECT a.*, t.text FROM articles a JOIN texts t ON t.article = a.number WHERE a.number = ?",
        (number,),
    )[0]
    return Article(
        id=row["id"],
        url=row["url"],
        outlet=row["outlet"],
        title=row["title"],
        text=row["text"],
        authors=columns.words(row["authors"]),
        byline=row["byline"],
        published=_published(row),
        available_at=columns.instant(row["available_at"]),
        language=row["language"],
        stub=row["stub"],
        flags=columns.words(row["flags"]),
        repeats=columns.spans(row["repeats"]),
        updated=columns.claim(
            row["updated"], row["updated_origin"], row["updated_zone"], row["updated_offset"]
        ),
    )


def _published(row: Row) -> Claim | None:
    return columns.claim(
        row["published"], row["published_origin"], row["published_zone"], row["published_offset"]
    )
