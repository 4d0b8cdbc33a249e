"""Ledger rows for the tests of measure: invented people and outlets, times written in New York."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

from narrative.measure.factor import FactorRow, factor
from narrative.measure.flow import Parameters
from narrative.measure.sessions import load_sessions
from narrative.terms import Claim, Entry, Stance

NEW_YORK = ZoneInfo("America/New_York")
ROTATION = {"small_caps": 1, "mega_cap_tech": -1}
SMALL = {"small_caps": 1}
XNYS = load_sessions()
LATER = datetime(2027, 1, 1, tzinfo=UTC)


def ny(text: str) -> datetime:
    """An instant written as New York wall time."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def probabilities(score: float) -> tuple[float, float, float]:
    """The surest (bullish, bearish, neutral) with this score."""
    return max(score, 0.0), max(-score, 0.0), 1 - abs(score)


def row(available: str | datetime, score: float = 1.0, **changes: Any) -> Entry:
    """A counted view of Ana Ruiz on small caps, published when it was read unless `published` is given."""
    seen = ny(available) if isinstance(available, str) else available
    said = changes.pop("published", seen)
    said = ny(said) if isinstance(said, str) and len(said) > 10 else said
    said = date.fromisoformat(said) if isinstance(said, str) else said
    bullish, bearish, neutral = probabilities(score)
    stance = get_args(Stance)[max(range(3), key=(bullish, bearish, neutral).__getitem__)]
    voice = changes.get("voice", "ana-ruiz")
    story = changes.get("story", f"story-{seen.isoformat()}-{voice}")
    article = changes.get("article", f"page-{story}")
    target = changes.get("target", "small_caps")
    statement = changes.get("statement", f"{voice}/{article}")
    plain: dict[str, Any] = dict(  # noqa: C408 - names without quotes read better here
        view=f"{statement}/{target}",
        statement=statement,
        article=article,
        story=story,
        voice=voice,
        voice_name="Ana Ruiz",
        voice_kind="person",
        speaker="Ana Ruiz",
        title=None,
        firm="Harlow Point",
        target=target,
        stance=stance,
        bullish=bullish,
        bearish=bearish,
        neutral=neutral,
        abstained=False,
        condition=None,
        horizon=None,
        hedged=False,
        past=False,
        mode="direct",
        words="they will lead",
        url="http://news.test/a",
        outlet="Ledger Post",
        article_title="A title",
        available_at=seen,
        published=None if said is None else Claim(said, "meta"),
        recorded_at=seen,
        judged_at=seen,
        model="m1",
        targets_version="t1",
    )
    return Entry(**{**plain, **changes})


def rows(
    *entries: Entry, legs=SMALL, start="2026-01-12", end="2026-01-23", computed_at=LATER, **options: Any
) -> dict[str, FactorRow]:
    """Factor rows by session label."""
    found = factor(
        entries,
        "rotation",
        legs,
        XNYS,
        start=date.fromisoformat(start),
        end=date.fromisoformat(end),
        computed_at=computed_at,
        parameters=Parameters(**options),
    )
    return {str(one.date): one for one in found}
