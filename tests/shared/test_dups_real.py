"""Copies found and look-alikes kept apart, on 478 labelled pairs; needs the folder ../shared beside the checkout."""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ledger_rows import ledger

from narrative.ledger import Ledger
from narrative.terms import Article, Claim, Reading, Vintage, content_id

PAIRS = Path(__file__).parents[2].parent / "shared" / "data" / "dups" / "pairs.jsonl.gz"

pytestmark = pytest.mark.skipif(not PAIRS.exists(), reason="needs the pairs in ../shared/data/dups")

VINTAGE = Vintage("reader-1", "targets-1")
FOUND = 0.98  # of the copies
END = datetime(9000, 1, 1, tzinfo=UTC)  # after all of them
APART = timedelta(days=30)  # between two pairs on their way into one ledger, so that each is judged alone


@dataclass(frozen=True, slots=True)
class Pair:
    """Two articles, as (title, text, published), and whether one is a copy of the other."""

    kind: str
    same: bool
    sides: tuple[tuple[str, str, datetime], ...]


def side(row: dict[str, str]) -> tuple[str, str, datetime]:
    """One article of a pair; a headline without a text is its own text, and a day is taken at noon."""
    claimed = datetime.fromisoformat(row["published"])
    moment = claimed.astimezone(UTC) if claimed.tzinfo else claimed.replace(hour=12, tzinfo=UTC)
    return row["title"], row["text"] or row["title"], moment


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    with gzip.open(PAIRS, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [Pair(row["kind"], row["same"], (side(row["a"]), side(row["b"]))) for row in rows]


def claim(moment: datetime, known: str) -> Claim | None:
    """What the page says of its publication."""
    if known == "nothing":
        return None
    return Claim(moment, "meta") if known == "the instant" else Claim(moment.date(), "page")


def joined(
    book: Ledger, pairs: list[Pair], hours: tuple[float, float], known: str, turned: bool
) -> list[bool]:
    """Keep all pairs one after the other and return which became one story.

    `hours` is how far the date of the one and of the other article may be off, either way.
    """
    chance = random.Random(20260112)
    start = datetime(1000, 1, 1, tzinfo=UTC)
    with book.together():
        for number, pair in enumerate(pairs):
            sides = pair.sides[::-1] if turned else pair.sides
            shift = timedelta(days=(start - min(moment for _, _, moment in sides)).days)
            for order, ((title, text, moment), drift) in enumerate(zip(sides, hours, strict=True)):
                when = moment + shift + timedelta(hours=chance.uniform(-drift, drift))
                start = max(start, when + APART)
                url = f"https://{order}.example/{number}"
                name = content_id(url, text)
                article = Article(
                    name, url, str(order), title, text, published=claim(when, known), available_at=when
                )
                book.keep_reading(Reading(article, VINTAGE))
    rows = [row["story"] for row in book.store.rows("SELECT story FROM articles ORDER BY number")]
    return [one == two for one, two in zip(rows[::2], rows[1::2], strict=True)]


WAYS = [
    ((0, 0), "the instant", False, "equal dates"),
    ((0, 0), "the day", False, "equal days"),
    ((0, 0), "nothing", True, "undated, the copy first"),
    ((0, 36), "the instant", False, "the later one drifts by up to a day and a half"),
    ((0, 36), "the day", True, "the same, known by the day, the copy first"),
    ((36, 36), "the instant", True, "both drift, the copy first"),
]


def check(book: Ledger, pairs: list[Pair], hours: tuple[float, float], known: str, turned: bool) -> None:
    with book:
        same = joined(book, pairs, hours, known, turned)
    copies = [one for one, pair in zip(same, pairs, strict=True) if pair.same]
    merged = Counter(pair.kind for one, pair in zip(same, pairs, strict=True) if one and not pair.same)
    assert len(copies) == 185
    assert sum(copies) >= FOUND * len(copies)
    assert not merged


@pytest.mark.parametrize(
    ("hours", "known", "turned"), [way[:3] for way in WAYS], ids=[way[3] for way in WAYS]
)
def test_copies_are_found_and_look_alikes_never_merged(
    tmp_path: Path, pairs: list[Pair], hours: tuple[float, float], known: str, turned: bool
) -> None:
    book, clock = ledger(tmp_path)
    clock.advance_to(END)
    check(book, pairs, hours, known, turned)


def test_look_alikes_stay_apart_by_what_they_say_even_on_one_day(tmp_path: Path, pairs: list[Pair]) -> None:
    noon = datetime(2026, 1, 12, 12, tzinfo=UTC)
    one_day = [
        replace(pair, sides=tuple((title, text, noon) for title, text, _ in pair.sides)) for pair in pairs
    ]
    book, clock = ledger(tmp_path)
    clock.advance_to(END)
    check(book, one_day, (0, 0), "the day", turned=False)
