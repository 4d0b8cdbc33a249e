"""Readings made of quotations, for the tests of the ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from narrative.clock import SimulatedClock
from narrative.ledger import Ledger, open_ledger
from narrative.ledger.support import statement_id
from narrative.terms import (
    Article,
    Claim,
    Figure,
    Mention,
    Reading,
    Span,
    Statement,
    View,
    Vintage,
    content_id,
)

START = datetime(2026, 1, 12, 15, 0, tzinfo=UTC)
FIRST = Vintage("reader-1", "targets-1")
SECOND = Vintage("reader-2", "targets-1")
SHARES = {"bullish": (0.8, 0.1, 0.1), "bearish": (0.1, 0.8, 0.1), "neutral": (0.1, 0.2, 0.7)}


def day(number: float) -> datetime:
    """The instant so many days after the start."""
    return START + timedelta(days=number)


@dataclass(frozen=True)
class Quote:
    """Somebody's words and what they mean for which targets."""

    words: str
    speaker: str | None = "Ann Lee"
    firm: str | None = "Harbor Lane"
    stances: dict[str, str] = field(default_factory=lambda: {"small_caps": "bullish"})
    dup: bool = False
    abstained: bool = False
    past: bool = False


SMALL = Quote("We think small caps will lead the market through the summer")
LARGE = Quote(
    "The largest technology names have run too far for our taste",
    "Tom Ode",
    "Kestrel",
    {"mega_cap_tech": "bearish"},
)


def ledger(path: Path, at: datetime = START) -> tuple[Ledger, SimulatedClock]:
    """A new ledger and the clock it is stamped by."""
    clock = SimulatedClock(at)
    return open_ledger(path / "narrative.db", clock, create=True), clock


def reading(
    *quotes: Quote,
    url: str = "https://one.example/a",
    at: datetime | None = START,
    outlet: str = "One",
    published: Claim | None = None,
    lead: str | None = None,
    title: str = "Title",
    vintage: Vintage = FIRST,
    stub: str | None = None,
) -> Reading:
    """An article of its own wording around the quotations, read under `vintage`."""
    text = lead if lead is not None else filler(url)
    statements, views = [], []
    article = content_id("article", url, text, *(quote.words for quote in quotes), at if not url else "")
    for quote in quotes:
        start = len(text) + 2
        text += f"\n“{quote.words},” said {quote.speaker or quote.firm or 'analysts'}."
        content = Span(start, start + len(quote.words))
        source = Span(content.end + 7, len(text) - 1)
        statement = statement_id(article, [content])
        statements.append(
            Statement(
                statement,
                "direct",
                (content,),
                Span(content.end + 2, content.end + 6),
                source,
                quote.speaker,
                "strategist",
                quote.firm,
                quote.dup,
                ("named beside the cue",),
            )
        )
        for target, stance in quote.stances.items():
            shares = SHARES[stance]
            views.append(
                View(
                    content_id(statement, target),
                    statement,
                    target,
                    stance,
                    *shares,
                    quote.abstained,
                    past=quote.past,
                )
            )
    page = Article(article, url, outlet, title, text, published=published, available_at=at, stub=stub)
    return Reading(
        page,
        vintage,
        mentions=(Mention("person", Span(0, 3), text[:3], "someone"),),
        figures=(Figure(content_id(article, "f"), Span(0, 1), text[:1], 3.0, "percent"),),
        statements=tuple(statements),
        views=tuple(views),
    )


def filler(seed: str, words: int = 60) -> str:
    """Words that no two seeds share and no number among them, enough to make two articles unlike."""
    letters = str.maketrans("0123456789", "ghijklmnop")
    return " ".join(content_id(seed, number)[:7].translate(letters) for number in range(words)) + "."
