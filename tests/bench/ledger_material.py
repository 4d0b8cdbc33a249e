"""Invented readings for a ledger of any size: pages of a few quotations over twenty years, some copied, some undated.

Every page has five statements of two views each, or of as many as are asked for; one view in ten is on a leg of
`rotation`. The same seed gives the same readings.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from narrative.terms import (
    Article,
    Claim,
    Reading,
    Span,
    Stance,
    Statement,
    View,
    Vintage,
    content_id,
)

YEARS = 20
END = datetime(2025, 12, 31, 12, tzinfo=UTC)
BEGIN = END - timedelta(days=round(365.25 * YEARS))
VINTAGE = Vintage("bench", "bench")
STATEMENTS, VIEWS = 5, 2  # on a page, of a statement
LEGS = ("small_caps", "mega_cap_tech")
_OTHERS = tuple(f"bench_{number}" for number in range(18))
_HORIZONS = (None, None, None, None, "this year", "next quarter", "six to 12 months")
_STANCES: tuple[Stance, ...] = ("bullish", "bearish", "neutral")
_COPIED = 0.15  # share of pages that print an earlier one again
_PEOPLE = 4000
_WORDS = 3000


def readings(views: int, seed: int = 1, each: int = VIEWS) -> Iterator[Reading]:
    """Yield readings with so many views in all, `each` to a statement, in the order in which their pages could be read."""
    maker = _Maker(Random(seed), each)
    pages = views // (STATEMENTS * each)
    moments = sorted(maker.random.random() for _ in range(pages))
    for number, share in enumerate(moments):
        yield maker.page(number, BEGIN + share * (END - BEGIN))


class _Maker:
    """Makes one page after the other."""

    def __init__(self, random: Random, each: int) -> None:
        self.random, self.each = random, each
        letters = str.maketrans("0123456789", "ghijklmnop")
        self._words = [content_id("word", n)[:7].translate(letters) for n in range(_WORDS)]
        self._printed: list[tuple[list[str], list[str]]] = []

    def page(self, number: int, when: datetime) -> Reading:
        """Return a new page, or a copy of one of the last at another outlet."""
        random = self.random
        if self._printed and random.random() < _COPIED:
            lines, speakers = random.choice(self._printed)
        else:
            lines = [" ".join(random.choices(self._words, k=14)) for _ in range(STATEMENTS)]
            speakers = [f"{_name(n)} {_name(n * 7)}n" for n in random.choices(range(_PEOPLE), k=STATEMENTS)]
            self._printed = [*self._printed[-9:], (lines, speakers)]
        lag = timedelta(hours=random.choice((0, 0, 0, 1, 5, 30, 100)))
        published = None if random.random() < 0.02 else Claim(when - lag, "meta")
        outlet = f"Outlet {number % 50}"
        page = content_id("bench page", number)
        text, spans = "", []
        for line, speaker in zip(lines, speakers, strict=True):
            content = Span(len(text), len(text) + len(line))
            text += f"{line} said {speaker}. "
            spans.append((content, Span(content.end + 6, len(text) - 2)))
        article = Article(
            page, f"https://outlet{number % 50}.example/{number}", outlet, "A page", text,
            published=published, available_at=when,
        )  # fmt: skip
        statements = tuple(
            Statement(
                content_id(page, place), "direct", (content,), Span(content.end + 1, content.end + 5), source,
                speaker=speaker, title="strategist", firm=f"Firm {len(speaker)}",
            )
            for place, ((content, source), speaker) in enumerate(zip(spans, speakers, strict=True))
        )  # fmt: skip
        views = tuple(view for statement in statements for view in self._views(statement.id))
        return Reading(article, VINTAGE, statements=statements, views=views)

    def _views(self, statement: str) -> Iterator[View]:
        random = self.random
        for target in random.sample((*LEGS, *_OTHERS), self.each):
            shares = [random.random() for _ in _STANCES]
            bullish, bearish, neutral = (share / sum(shares) for share in shares)
            stance = _STANCES[shares.index(max(shares))]
            yield View(
                content_id(statement, target), statement, target, stance, bullish, bearish, neutral,
                abstained=random.random() < 0.05, horizon=random.choice(_HORIZONS), hedged=random.random() < 0.1,
            )  # fmt: skip


def _name(number: int) -> str:
    """Return a made-up name of letters."""
    syllables = ("ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "za", "do", "fe")
    found = syllables[number % 12]
    while number := number // 12:
        found += syllables[number % 12]
    return found.capitalize()
