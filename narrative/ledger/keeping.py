"""Readings on their way into the tables, many at once: what each needs to know of the ledger is asked once for all.

What is kept is the same as if they came one by one, down to the numbers of rows: each is put beside those in the
tables and those that wait here before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from narrative.ledger import columns, corrections, records, stories, voices
from narrative.ledger.columns import storable
from narrative.ledger.echoes import content_words
from narrative.ledger.leaders import Leaders, Place, Sayer, Spoken
from narrative.ledger.opening import Store
from narrative.ledger.staging import put
from narrative.terms import Article, Figure, Reading, Statement, View

_R = TypeVar("_R", Statement, View, Figure)
_NUMBERED = ("articles", "readings", "statements")
_TABLES = ("articles", "texts", "readings", "statements", "views", "mentions", "figures")


@dataclass(frozen=True, slots=True)
class Given:
    """A reading that is sound, the row of its vintage, and since when its article was there."""

    reading: Reading
    vintage: int
    available_at: datetime


class _Page(NamedTuple):
    """A reading with the row of its article, its place, its text as it is kept, its statements and whose they are.

    `place` is None when there is nothing new about it.
    """

    given: Given
    article: int
    place: Place | None
    text: str
    statements: list[Statement]
    voices: list[int | None]


@dataclass(slots=True)
class _Known:
    """The articles that are kept: by id, and by address the rows and digests of its versions, the first one first."""

    ids: dict[str, int] = field(default_factory=dict)
    versions: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    def add(self, number: int, article_id: str, url: str, digest: str) -> None:
        if number not in (row for row, _ in self.versions.get(url, ())):
            self.ids.setdefault(article_id, number)
            self.versions.setdefault(url, []).append((number, digest))

    def row_of(self, article: Article, digest: str) -> int | None:
        """Return the row of an article by its id, or by its address and words."""
        url = storable(article.url)
        found = [row for row, other in self.versions.get(url, ()) if other == digest]
        if article.id in self.ids:
            found.append(self.ids[article.id])
        return min(found, default=None)

    def first_at(self, url: str) -> int | None:
        """Return the first article kept from the same address. What has no address revises nothing."""
        versions = self.versions.get(storable(url)) if url else None
        return versions[0][0] if versions else None


class Batch:
    """Readings that are kept together, for one transaction, and what is known of the ledger for them.

    `how` are the columns that say how the articles of this batch came here.
    """

    def __init__(self, store: Store, now: datetime, how: dict[str, int]) -> None:
        self.now = now
        self._store, self._at, self._how = store, columns.stamp(now), how
        self._voices = voices.Voices(store, self._at)
        self._leaders, self._shelf = Leaders(store), stories.Shelf(store)
        self._known = _Known()
        self._corrected = corrections.corrected_pages(store)
        self._rows: dict[str, list[dict[str, Any]]] = {table: [] for table in _TABLES}
        self._places: dict[int, Place] = {}  # of articles that are not in the tables yet
        self._read: set[tuple[int, int]] = set()  # articles and vintages, likewise
        self._last = {
            table: store.value(f"SELECT coalesce(max(number), 0) FROM {table}")  # noqa: S608 -- own names
            for table in _NUMBERED
        }

    def keep(self, given: Sequence[Given]) -> list[tuple[int, bool]]:
        """Keep readings; return for each the row of its article and whether it was new."""
        digests = [records.digest(one.reading.article) for one in given]
        self._look_up([one.reading.article for one in given], digests)
        coming = [
            None if self._known.row_of(one.reading.article, digest) else _wording(one)
            for one, digest in zip(given, digests, strict=True)
        ]
        self._shelf.expect(filter(None, coming))
        met = self._voices.last
        pages = [self._page(*one) for one in zip(given, digests, coming, strict=True)]
        spoken = self._leaders.expect([(page.place, page.voices) for page in pages], met)
        new = [self._take(page, said) for page, said in zip(pages, spoken, strict=True)]
        self._write()
        self._places.clear()
        self._read.clear()
        return [(page.article, one) for page, one in zip(pages, new, strict=True)]

    def _look_up(self, articles: Sequence[Article], digests: Sequence[str]) -> None:
        self._known = _Known()
        asked = {
            "ids": columns.words_column([article.id for article in articles]),
            "urls": columns.words_column([article.url for article in articles if article.url]),
            "digests": columns.words_column(
                [digest for article, digest in zip(articles, digests, strict=True) if not article.url]
            ),
        }
        for sql in (_BY_URL, _BY_ID, *([_WITHOUT] if asked["digests"] != "[]" else [])):
            for row in self._store.rows(sql, asked):
                self._known.add(*row)

    def _page(self, given: Given, digest: str, seen: stories.Wording | None) -> _Page:
        """Return where a reading stands and who speaks in it, unless its vintage has read the article."""
        reading = given.reading
        article = self._known.row_of(reading.article, digest)
        if article is None:
            article = self._add_article(given, digest, seen or _wording(given))
        elif self._is_read(article, given.vintage):
            return _Page(given, article, None, "", [], [])
        self._read.add((article, given.vintage))
        place = self._places.get(article) or self._place(article)
        text = storable(reading.article.text)
        heard = voices.Heard(text, reading.mentions, place.available_at)
        statements = sorted(_distinct(reading.statements), key=lambda s: (s.dup, s.content))
        said_by = [self._voices.voice_of(statement, heard) for statement in statements]
        return _Page(given, article, place, text, statements, said_by)

    def _take(self, page: _Page, spoken: Spoken) -> bool:
        """Make the rows of a reading; return whether there is anything new about it."""
        if page.place is None:
            return False
        number = self._next("readings")
        vintage = page.given.vintage
        self._rows["readings"].append(
            {"number": number, "article": page.article, "vintage": vintage, "judged_at": self._at}
        )
        self._add_claims(number, page, page.place, spoken)
        if page.place.root in self._corrected:
            self._write()
            corrections.keep_corrected(self._store, number, page.given.reading.vintage.id)
        return True

    def _is_read(self, article: int, vintage: int) -> bool:
        known = "SELECT 1 FROM readings WHERE article = ? AND vintage = ?"
        read = (article, vintage)
        return read in self._read or self._store.value(known, read) is not None

    def _place(self, article: int) -> Place:
        row = self._store.rows(_PLACE, (article,))[0]
        return Place(article, row["story"], row["root"], columns.instant(row["available_at"]))

    # --- the rows of a reading -------------------------------------------------------------------------------

    def _add_article(self, given: Given, digest: str, seen: stories.Wording) -> int:
        article = given.reading.article
        number, first = self._next("articles"), self._known.first_at(article.url)
        story = self._shelf.story_of(article, seen, first)
        row = {"number": number, **records.article(article, digest)} | {
            "available_at": columns.stamp(given.available_at),
            "recorded_at": self._at,
            "story": story,
            "revision_of": first,
            **self._how,
        }
        self._rows["articles"].append(row)
        self._rows["texts"].append({"article": number, "text": storable(article.text)})
        self._shelf.add(number, article, story, seen)
        self._known.add(number, article.id, row["url"], digest)
        fresh = first is None and story == article.id
        self._places[number] = Place(
            number, story, first or number, given.available_at.astimezone(UTC), fresh
        )
        return number

    def _add_claims(self, number: int, page: _Page, place: Place, spoken: Spoken) -> None:
        reading, at = page.given.reading, columns.stamp(place.available_at)
        rows = [self._next("statements") for _ in page.statements]
        words = [content_words(page.text, statement.content) for statement in page.statements]
        sayers = [
            Sayer(voice, statement.firm)
            for voice, statement in zip(page.voices, page.statements, strict=True)
        ]
        groups = self._leaders.groups(place, rows, words, sayers, spoken)
        self._rows["statements"] += [
            {
                "number": row, "reading": number, "voice": voice, "echo_group": group, "available_at": at,
                **records.statement(statement),
            }
            for row, voice, group, statement in zip(rows, page.voices, groups, page.statements, strict=True)
        ]  # fmt: skip
        row_of = {statement.id: row for statement, row in zip(page.statements, rows, strict=True)}
        self._rows["views"] += [
            records.view(view, row_of[view.statement], at) for view in _distinct(reading.views)
        ]
        self._rows["mentions"] += [records.mention(mention, number) for mention in reading.mentions]
        self._rows["figures"] += [records.figure(figure, number) for figure in _distinct(reading.figures)]

    def _next(self, table: str) -> int:
        self._last[table] += 1
        return int(self._last[table])

    def _write(self) -> None:
        """Put all rows into the tables."""
        self._voices.write()
        for table, rows in self._rows.items():
            if table == "texts":  # long, and of two columns: nothing to be gained
                self._store.insert_all(table, rows)
            else:
                put(self._store, table, rows, ignore=table == "mentions")
            rows.clear()
            if table == "articles":
                self._shelf.write()


_BY_ID = "SELECT number, id, url, digest FROM articles WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY number"

_BY_URL = "SELECT number, id, url, digest FROM articles WHERE url IN (SELECT value FROM json_each(:urls)) ORDER BY number"

_WITHOUT = """
SELECT number, id, url, digest FROM articles
WHERE url = '' AND digest IN (SELECT value FROM json_each(:digests)) ORDER BY number
"""

_PLACE = "SELECT story, coalesce(revision_of, number) root, available_at FROM articles WHERE number = ?"


def _wording(given: Given) -> stories.Wording:
    return stories.wording_of(given.reading.article, given.available_at)


def _distinct(found: Iterable[_R]) -> list[_R]:
    """Return the records in order, each id once: a reader that finds one claim twice has found one claim."""
    kept: dict[str, _R] = {}
    for record in found:
        kept.setdefault(record.id, record)
    return list(kept.values())
