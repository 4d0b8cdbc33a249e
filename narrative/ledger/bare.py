"""Visible views as measuring takes them: the rows of the one selection, without words and pages to show.

A number over a hundred thousand views needs no text of any. What is left out here is only what no number is made of;
which row is visible, whose it is and whether it counts follows the same rules, rulings and folding as an entry, and the
tests hold the one to the other. Fields are kept side by side as arrays, so that a number is made by a few passes over
them; one by one they are there for those who ask.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, get_args, overload

from narrative.ledger import columns
from narrative.ledger.migrations import migration
from narrative.ledger.opening import Store
from narrative.terms import Claim, Stance

if TYPE_CHECKING:
    from sqlite_utils.db import Database

STANCES: tuple[Stance, ...] = get_args(Stance)


@migration
def m0017_measured(db: Database) -> None:
    """Let the views on a target be measured from their index alone, in the order in which they could be read.

    Their rows lie all over the file, one to a page and less.
    """
    db.execute("DROP INDEX views_target")
    db.execute("""
        CREATE INDEX views_target ON views (
            target, available_at, statement, id, stance, bullish, bearish, neutral, abstained, condition, horizon,
            hedged, past
        )
    """)


class BareView(NamedTuple):
    """One visible view with what a number needs of it; the fields mean what they mean in an `Entry`."""

    view: str
    statement: str
    article: str
    story: str
    voice: str | None
    target: str
    stance: Stance
    bullish: float
    bearish: float
    neutral: float
    condition: str | None
    horizon: str | None
    hedged: bool
    outlet: str
    published: Claim | None
    available_at: datetime
    model: str
    undated: bool
    in_sample: bool
    backfilled: bool
    trusted: bool
    weight: float
    imported: str | None
    counted: bool

    @property
    def score(self) -> float:
        """p(bullish) - p(bearish), in [-1, 1]."""
        return self.bullish - self.bearish


class Details:
    """Texts of views and articles that hardly any number needs, read from the ledger when the first is asked for.

    Rows are only ever added and never change, so that they are the same whenever they are read.
    """

    def __init__(self, store: Store, statements: Any, articles: Any) -> None:
        self._store = store
        self._statements, self._numbers = statements, articles
        self.articles = Ids(self)

    def said(self, statement: int, view: str) -> tuple[str, str | None]:
        """Return the id of a view's statement and its condition."""
        return self._said[statement, view]

    def claim(self, article: int) -> Claim | None:
        """Return the publication of an article, by its place."""
        return columns.claim(*self.pages[article][1:])

    @cached_property
    def _said(self) -> dict[tuple[int, str], tuple[str, str | None]]:
        rows = self._store.rows(
            """SELECT s.number, v.id, s.id, v.condition FROM json_each(?) j
               CROSS JOIN statements s ON s.number = j.value CROSS JOIN views v ON v.statement = s.number""",
            (_listed(sorted(set(self._statements.tolist()))),),
        )
        return {(number, view): (statement, condition) for number, view, statement, condition in rows}

    @cached_property
    def pages(self) -> list[tuple[Any, ...]]:
        """The ids and publications of the articles, as stored, in the order of their numbers."""
        rows = self._store.rows(
            """SELECT id, published, published_origin, published_zone, published_offset FROM articles
               WHERE number IN (SELECT value FROM json_each(?)) ORDER BY number""",
            (_listed(self._numbers.tolist()),),
        )
        return [tuple(row) for row in rows]


class Ids(Sequence[str]):
    """The ids of articles, in the order of their numbers."""

    def __init__(self, details: Details) -> None:
        self._details = details

    def __len__(self) -> int:
        return len(self._details.pages)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [str(page[0]) for page in self._details.pages[place]]
        return str(self._details.pages[place][0])


def _listed(numbers: Sequence[int]) -> str:
    return f"[{','.join(map(str, numbers))}]"


@dataclass(frozen=True, slots=True, eq=False)
class BareViews(Sequence[BareView]):
    """Visible views, in no order. Each field is a numpy array with a value for each view.

    Texts are codes into the list beside them, -1 for None; `voices` are in order. Instants are microseconds, days are
    days since 1970-01-01 in UTC: `published` is an instant where `precision` is 2, a day where it is 1, and nothing
    where it is 0. `stance` is a place in STANCES. `stamps` are the times from which the articles could be read, as
    stored; `details` is what only single views need.
    """

    view: Any
    statement: Any
    article: Any
    articles: Sequence[str]
    stamps: Sequence[str]
    details: Details
    story: Any
    stories: Sequence[str]
    voice: Any
    voices: Sequence[str]
    target: Any
    targets: Sequence[str]
    conditional: Any
    horizon: Any
    horizons: Sequence[str]
    outlet: Any
    outlets: Sequence[str]
    model: Any
    models: Sequence[str]
    stance: Any
    bullish: Any
    bearish: Any
    neutral: Any
    hedged: Any
    published: Any
    precision: Any
    available_at: Any
    undated: Any
    in_sample: Any
    backfilled: Any
    trusted: Any
    weight: Any
    imported: Any
    origins: Sequence[str | None]
    counted: Any

    @property
    def columns(self) -> BareViews:
        """The views field by field."""
        return self

    @property
    def since(self) -> datetime | None:
        """The first instant from which a view could be read; None without views."""
        if not len(self):
            return None
        return columns.instant(self.stamps[self.article[self.available_at.argmin()]])

    def __len__(self) -> int:
        return len(self.view)

    @overload
    def __getitem__(self, place: int) -> BareView: ...
    @overload
    def __getitem__(self, place: slice) -> list[BareView]: ...
    def __getitem__(self, place: int | slice) -> BareView | list[BareView]:
        if isinstance(place, slice):
            return [self._one(one) for one in range(*place.indices(len(self)))]
        return self._one(range(len(self))[place])

    def __iter__(self) -> Iterator[BareView]:
        return map(self._one, range(len(self)))

    def _one(self, place: int) -> BareView:
        article = int(self.article[place])
        statement, condition = self.details.said(int(self.statement[place]), self.view[place])
        return BareView(
            self.view[place],
            statement,
            self.articles[article],
            self.stories[self.story[place]],
            _text(self.voices, self.voice[place]),
            self.targets[self.target[place]],
            STANCES[self.stance[place]],
            float(self.bullish[place]),
            float(self.bearish[place]),
            float(self.neutral[place]),
            condition,
            _text(self.horizons, self.horizon[place]),
            bool(self.hedged[place]),
            self.outlets[self.outlet[place]],
            self.details.claim(article),
            columns.instant(self.stamps[article]),
            self.models[self.model[place]],
            bool(self.undated[place]),
            bool(self.in_sample[place]),
            bool(self.backfilled[place]),
            bool(self.trusted[place]),
            float(self.weight[place]),
            self.origins[place] if self.imported[place] else None,
            bool(self.counted[place]),
        )


def _text(texts: Sequence[str], code: int) -> str | None:
    return None if code < 0 else texts[code]
