"""Rows by hand for the tests of tell: invented people and firms, and the least that stands behind a view."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from narrative.measure.net import net
from narrative.targets import load_narrative, load_targets
from narrative.terms import Claim, Entry, Figure, Point, Span, content_id

TARGETS = load_targets()
ROTATION = load_narrative("rotation")
NARRATIVES = tuple(load_narrative(name) for name in ("rotation", "soft-landing", "ai-spending"))
TODAY = date(2026, 1, 18)
NOW = datetime(2026, 1, 18, 21, tzinfo=UTC)
TALLY = net

_CHANCES = {"bullish": (0.9, 0.04, 0.06), "bearish": (0.05, 0.88, 0.07), "neutral": (0.1, 0.12, 0.78)}


def entry(voice: str | None, stance: str, day: str, words: str = "", **changes: Any) -> Entry:
    """Return a row: `voice` is "Name, title, Firm", a firm alone, or None for an unnamed source."""
    name, title, firm = ([*(voice or "").split(", "), "", ""])[:3]
    person = bool(title)
    bullish, bearish, neutral = _CHANCES[stance]
    seen = datetime.fromisoformat(day).replace(hour=14, tzinfo=UTC)
    words = words or f"{name or 'somebody'} expects this to go on"
    target = changes.get("target", "small_caps")
    made = Entry(
        view=content_id(voice, stance, day, target, words),
        statement=content_id("statement", voice, day, words),
        article=content_id("article", voice, day),
        story=content_id("story", voice, day),
        voice=None if voice is None else name.lower(),
        voice_name=name,
        voice_kind="unnamed" if voice is None else "person" if person else "house",
        speaker=name if person else None,
        title=title or None,
        firm=(firm if person else name) or None,
        target="small_caps",
        stance=stance,  # type: ignore[arg-type]
        bullish=bullish,
        bearish=bearish,
        neutral=neutral,
        abstained=False,
        condition=None,
        horizon=None,
        hedged=False,
        past=False,
        mode="direct",
        words=words,
        url=f"https://www.quaystreetwire.example/{day}",
        outlet="Quay Street Wire",
        article_title="Small stocks wake up",
        published=Claim(seen, "json-ld"),
        available_at=seen,
        recorded_at=seen + timedelta(minutes=5),
        judged_at=seen + timedelta(minutes=6),
        model="reader-1",
        targets_version="2026-11-21+abcd1234",
    )
    return replace(made, **changes)


@dataclass(frozen=True)
class Held:
    """A standing as measure makes it."""

    entry: Entry
    history: tuple[Entry, ...]
    state: str
    expires: date
    previous: str | None = None

    @property
    def voice(self) -> str:
        return str(self.entry.voice)

    @property
    def voice_name(self) -> str:
        return self.entry.voice_name

    @property
    def target(self) -> str:
        return self.entry.target

    @property
    def stance(self) -> Any:
        return self.entry.stance

    @property
    def counted(self) -> bool:
        return self.state != "expired"


def held(*history: Entry, expired: bool = False) -> Any:
    """Return the standing that some rows of one voice and target, oldest first, lead to."""
    last, before = history[-1], history[-2] if len(history) > 1 else None
    state = "new" if before is None else "reiterated" if before.stance == last.stance else "flipped"
    expires = last.available_at.date() + timedelta(days=92)
    return Held(last, history, "expired" if expired else state, expires, before.stance if before else None)


def point(
    label: str, net: float | None = None, camps: tuple[int, int, int] = (0, 0, 0), **changes: Any
) -> Point:
    """Return a weekly point with an interval of ±0.3."""
    end = datetime.fromisocalendar(int(label[:4]), int(label[6:]), 5).replace(hour=21, tzinfo=UTC)
    low, high = (None, None) if net is None else (max(net - 0.3, -1.0), min(net + 0.3, 1.0))
    made = Point(label, end, net, low, high, None, None, *camps, 2, 3, float(sum(camps)))
    if net is None:
        made = replace(made, flag="none", reason="no voice with a view that stands")
    return replace(made, **changes)


@dataclass(frozen=True)
class Copied:
    url: str
    outlet: str
    available_at: datetime = NOW


@dataclass(frozen=True)
class Judged:
    stance: str
    bullish: float
    bearish: float
    neutral: float
    abstained: bool = False


NO_DOUBT = Judged("bullish", 1.0, 0.0, 0.0)


@dataclass(frozen=True)
class Known:
    known_again: str | None = None
    events: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Proof:
    """The evidence of one view as the ledger makes it."""

    entry: Entry
    text: str
    content: tuple[Span, ...]
    cue: Span | None = None
    source: Span | None = None
    resolution: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    copies: tuple[Copied, ...] = ()
    other_views: tuple[Entry, ...] = ()
    updated: Claim | None = None
    judged: Any = NO_DOUBT
    corrections: tuple[Any, ...] = ()
    identity: Known = Known()
    intact: bool = True


@dataclass(frozen=True)
class Silence:
    feed: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Crawl:
    """What the crawl did, as the ledger counts it."""

    polls_ok: int = 70
    polls_failed: int = 0
    polls_refused: int = 0
    pages_ok: int = 18
    pages_failed: int = 1
    pages_refused: int = 1
    articles: int = 16
    stubs: int = 1
    passed_over: tuple[tuple[str, int], ...] = ()
    gaps: tuple[Silence, ...] = field(default=())
    crawled: bool = True


LEE = "Ann Lee, chief strategist, Harbor Pine"
OKORO = "Daniel Okoro, portfolio manager, Brackwater Capital"
VOSS = "Marta Voss, head of equities, Tidewell Partners"
IBARRA = "Luis Ibarra, economist, Cinder Hill Research"
HOUSE = "Northmoor Securities"
