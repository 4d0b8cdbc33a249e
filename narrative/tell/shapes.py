"""What tell takes from the stages before it, as protocols: standings, evidence of a view, crawl coverage.

A stage imports no other stage, so the records of `measure` and `ledger` are described here by the
attributes that are read. Whatever has them fits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Literal, Protocol, TypeVar

from narrative.tell.correction_shapes import Corrected, Judgement
from narrative.tell.voice_shapes import Identity
from narrative.terms import Claim, Correction, Entry, Figure, Reading, Span, Stance

State = Literal["new", "reiterated", "flipped", "expired"]


class Standing(Protocol):
    """The latest counted stance of one voice on one target, and how it came about."""

    @property
    def voice(self) -> str:
        """Voice key."""
        ...

    @property
    def voice_name(self) -> str:
        """The voice as printed."""
        ...

    @property
    def target(self) -> str:
        """Target id."""
        ...

    @property
    def stance(self) -> Stance:
        """Stance of the latest entry."""
        ...

    @property
    def state(self) -> State:
        """How it relates to the entry before, or that it has run out."""
        ...

    @property
    def entry(self) -> Entry:
        """The latest counted entry."""
        ...

    @property
    def history(self) -> tuple[Entry, ...]:
        """Counted entries of this voice on this target, oldest first, the latest included."""
        ...

    @property
    def previous(self) -> Stance | None:
        """The label before this one."""
        ...

    @property
    def expires(self) -> date:
        """Last day the stance counts."""
        ...


class Balance(Protocol):
    """The balance of some standings on some legs: one voice, one vote."""

    @property
    def value(self) -> float | None:
        """Net in [-1, 1]; None without a voice."""
        ...

    @property
    def n_bullish(self) -> int:
        """Voices for."""
        ...

    @property
    def n_bearish(self) -> int:
        """Voices against."""
        ...

    @property
    def n_neutral(self) -> int:
        """Voices neither for nor against."""
        ...


AnyStanding = TypeVar("AnyStanding", bound=Standing)
Tally = Callable[[Sequence[AnyStanding], Mapping[str, int]], Balance]


class Copy(Protocol):
    """One page that carried the same story."""

    @property
    def url(self) -> str:
        """Where it was read."""
        ...

    @property
    def outlet(self) -> str:
        """Who published it."""
        ...

    @property
    def available_at(self) -> datetime:
        """When it could first be read, UTC."""
        ...


class Evidence(Protocol):
    """Everything behind one view: the row, the text it points into, and how its parts were found."""

    @property
    def entry(self) -> Entry:
        """The row itself."""
        ...

    @property
    def text(self) -> str:
        """Text of the article; the spans count its code points."""
        ...

    @property
    def content(self) -> tuple[Span, ...]:
        """What was said."""
        ...

    @property
    def intact(self) -> bool:
        """Whether text and spans are those first recorded."""
        ...

    @property
    def cue(self) -> Span | None:
        """The word of saying."""
        ...

    @property
    def source(self) -> Span | None:
        """Who said it, as written."""
        ...

    @property
    def resolution(self) -> tuple[str, ...]:
        """How speaker, title and firm were found, one step each."""
        ...

    @property
    def identity(self) -> Identity:
        """How the voice was told where the page does not say it."""
        ...

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Numbers in the content."""
        ...

    @property
    def updated(self) -> Claim | None:
        """The last change of the page as it states it."""
        ...

    @property
    def copies(self) -> Sequence[Copy]:
        """The other pages with the same story."""
        ...

    @property
    def other_views(self) -> Sequence[Entry]:
        """Views of the same statement on other targets."""
        ...

    @property
    def judged(self) -> Judgement:
        """What the model said, whatever was corrected."""
        ...

    @property
    def corrections(self) -> Sequence[Corrected]:
        """What was set by hand, the first one first."""
        ...


class Gap(Protocol):
    """A stretch in which a feed was not heard."""

    @property
    def feed(self) -> str:
        """Address of the feed."""
        ...

    @property
    def start(self) -> datetime:
        """Since when, UTC."""
        ...

    @property
    def end(self) -> datetime:
        """Until when, UTC."""
        ...


class Coverage(Protocol):
    """What the crawl did in a period: failure is not "no news"."""

    @property
    def crawled(self) -> bool:
        """Whether any feed had ever been polled by the end of the period."""
        ...

    @property
    def polls_ok(self) -> int:
        """Feed polls that were answered."""
        ...

    @property
    def polls_failed(self) -> int:
        """Feed polls that failed: time-outs, server errors, feeds that are no feeds."""
        ...

    @property
    def polls_refused(self) -> int:
        """Feed polls that robots.txt or the host refused."""
        ...

    @property
    def pages_ok(self) -> int:
        """Pages fetched."""
        ...

    @property
    def pages_failed(self) -> int:
        """Pages that could not be fetched."""
        ...

    @property
    def pages_refused(self) -> int:
        """Pages that robots.txt or the host refused."""
        ...

    @property
    def articles(self) -> int:
        """Articles kept."""
        ...

    @property
    def stubs(self) -> int:
        """Pages that were only teasers."""
        ...

    @property
    def passed_over(self) -> Sequence[tuple[str, int]]:
        """Why other pages gave no article, and how many for each reason."""
        ...

    @property
    def gaps(self) -> Sequence[Gap]:
        """Stretches in which a feed was not heard."""
        ...


def day_of(entry: Entry) -> date:
    """Return the day an entry is dated: publication, or availability when publication is unknown (UTC)."""
    return (
        claimed_day(entry.published) if entry.published and not entry.undated else entry.available_at.date()
    )


def claimed_day(claim: Claim) -> date:
    """Return the day a publication claim names, in the claim's own zone."""
    return claim.value.date() if isinstance(claim.value, datetime) else claim.value


class Shown(Protocol):
    """An article as it was last read by a moment."""

    @property
    def reading(self) -> Reading:
        """The article with all that was marked in it."""
        ...

    @property
    def judged_at(self) -> datetime:
        """When it was read."""
        ...

    @property
    def corrections(self) -> Mapping[str, Correction]:
        """Stances set by hand, by view id."""
        ...

    @property
    def imported(self) -> bool:
        """Whether it is no page but a view from outside."""
        ...

    @property
    def moved(self) -> Collection[str]:
        """Ids of the statements whose text or spans are not those first recorded."""
        ...
