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
from typing import Any, NamedTuple, get_args, overload

from narrative.ledger import columns
from narrative.terms import Claim, Stance

STANCES: tuple[Stance, ...] = get_args(Stance)


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


@dataclass(frozen=True, slots=True, eq=False)
class BareViews(Sequence[BareView]):
    """Visible views, in no order. Each field is a numpy array with a value for each view.

    Texts are codes into the list beside them, -1 for None; `voices` are in order. Instants are microseconds, days are
    days since 1970-01-01 in UTC: `published` is an instant where `precision` is 2, a day where it is 1, and nothing
    where it is 0. `stance` is a place in STANCES. Of the articles, `claims` have the publication and `stamps` the
    availability as they are stored.
    """

    view: Any
    statement: Any
    statement_id: Any
    article: Any
    articles: Sequence[str]
    claims: Sequence[tuple[Any, ...]]
    stamps: Sequence[str]
    story: Any
    stories: Sequence[str]
    voice: Any
    voices: Sequence[str]
    target: Any
    targets: Sequence[str]
    condition: Any
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
        article = self.article[place]
        return BareView(
            self.view[place],
            self.statement_id[place],
            self.articles[article],
            self.stories[self.story[place]],
            _text(self.voices, self.voice[place]),
            self.targets[self.target[place]],
            STANCES[self.stance[place]],
            float(self.bullish[place]),
            float(self.bearish[place]),
            float(self.neutral[place]),
            self.condition[place],
            _text(self.horizons, self.horizon[place]),
            bool(self.hedged[place]),
            self.outlets[self.outlet[place]],
            columns.claim(*self.claims[article]),
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
