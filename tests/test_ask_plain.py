"""Questions as people put them, to the answer: counts of changes, days in New York, ranks, denials, a voice on anything."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from tell_rows import HOUSE, IBARRA, LEE, NARRATIVES, NOW, OKORO, TALLY, TARGETS, TODAY, VOSS, entry, held

from narrative import api
from narrative.errors import UsageError
from narrative.ledger import Ledger
from narrative.measure.horizon import horizon_end
from narrative.moments import day_at, end_of
from narrative.tell.ask import Answer, answer
from narrative.tell.ask_data import as_document, render_csv, render_markdown
from narrative.tell.ask_text import render_text
from narrative.tell.companies import ticker
from narrative.tell.flags import Flags
from narrative.tell.question import parse
from narrative.tell.shapes import day_of
from tests.ledger_rows import Quote, day, ledger, reading

# Lee came over and went back; Okoro turned bearish; Voss stays; the house speaks through a strategist
LEE_WAS = entry(LEE, "bullish", "2025-12-01")
LEE_LEFT = entry(LEE, "bearish", "2025-12-20")
LEE_NOW = entry(
    "Ann Lee, , Harbor Pine",
    "bullish",
    "2026-01-06",
    speaker="Ann Lee",
    firm="Harbor Pine",
    voice_kind="person",
    bullish=0.7,
)
OKORO_WAS = entry(OKORO, "bullish", "2026-01-05")
OKORO_NOW = entry(OKORO, "bearish", "2026-01-14")
VOSS_NOW = entry(VOSS, "bearish", "2026-01-15")
IBARRA_NOW = entry(IBARRA, "neutral", "2026-01-13")
HOUSE_NOW = entry(
    HOUSE,
    "bullish",
    "2026-01-16",
    title="strategist",
    outlet="Harborline",
    outlets=("Harborline", "The Ledger Post"),
)
OLD = entry("Petra Holm, analyst, Coldharbour", "bullish", "2025-08-01")
OLD_LEFT = entry("Petra Holm, analyst, Coldharbour", "bearish", "2025-08-20")
LEE_GOLD = entry(LEE, "bearish", "2026-01-07", target="gold")

STANDINGS = [
    held(LEE_WAS, LEE_LEFT, LEE_NOW),
    held(OKORO_WAS, OKORO_NOW),
    held(VOSS_NOW),
    held(IBARRA_NOW),
    held(HOUSE_NOW),
    held(OLD, OLD_LEFT, expired=True),
    held(LEE_GOLD),
]
ENTRIES = [row for standing in STANDINGS for row in standing.history]


def answered(question: str, **changes: Any) -> Answer:
    asked = parse(question, TODAY, TARGETS, narratives=NARRATIVES, names=("Ann Lee", "Harbor Pine"))
    return answer(
        asked,
        changes.pop("standings", STANDINGS),
        (),
        ENTRIES,
        tally=TALLY,
        ends=lambda row: horizon_end(row.horizon, day_of(row)),
        targets=TARGETS,
        at=NOW,
        **changes,
    )


LISTED = [
    ("how many flipped on small caps", "Daniel Okoro|Ann Lee|Petra Holm", "as those who flipped, whatever ran out"),
    ("how many flipped from bearish to bullish on small caps", "Ann Lee", "one way"),
    ("who is no longer bullish on small caps", "Daniel Okoro|Petra Holm", "Lee came back"),
    ("has Ann Lee ever turned bearish on small caps", "Ann Lee", "she did, and is not any more"),
    ("who turned bearish on small caps", "Daniel Okoro|Petra Holm", "without ever only who is still there"),
    ("has Ann Lee ever been bearish on small caps", "Ann Lee", "she has"),
    ("is Ann Lee bearish on small caps", "", "she is not"),
    ("who is not bullish on small caps", "Marta Voss|Daniel Okoro|Luis Ibarra|Petra Holm", "bearish or neutral"),
    ("who is not neutral on small caps", "Northmoor Securities|Marta Voss|Daniel Okoro|Ann Lee|Petra Holm", "a camp"),
    ("who is most bullish on small caps", "Northmoor Securities|Ann Lee", "by probability, none that expired"),
    ("top 1 bears on small caps", "Marta Voss", "as sure as Okoro, and newer"),
    ("top 2 bulls on small caps", "Northmoor Securities|Ann Lee", "as many as there are"),
    ("which strategists are bullish on small caps", "Ann Lee", "a title of her past; a house has none"),
    ("what did strategists say about small caps", "Ann Lee|Ann Lee|Ann Lee", "all her words, with and without it"),
    ("which economists are bullish on small caps", "", "he is neutral"),
    ("small caps", "Northmoor Securities|Marta Voss|Daniel Okoro|Luis Ibarra|Ann Lee|Petra Holm", "a target alone"),
    ("who expects small caps to outperform", "Northmoor Securities|Ann Lee", "bullish"),
    ("what does Ann Lee think", "Ann Lee|Ann Lee|Ann Lee|Ann Lee", "on anything"),
    ("latest views from Harbor Pine", "Ann Lee|Ann Lee", "one a target"),
    ("what is Ann Lee bullish on", "Ann Lee", "each target by itself"),
    ("when did Ann Lee turn bullish on small caps", "Ann Lee", "a change to it, not how she began"),
    ("when did Ann Lee flip on small caps", "Ann Lee|Ann Lee", "any change"),
    ("when did Marta Voss turn bearish on small caps", "", "she began so"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "voices", "reason"), LISTED, ids=[row[0] for row in LISTED])
def test_who_is_listed(question: str, voices: str, reason: str) -> None:
    made = answered(question)
    expired = [row for row in made.rows if row.state == "expired"]
    rows = [row for row in made.rows if row.state != "expired"] + expired
    assert "|".join(row.entry.voice_name for row in rows) == voices, reason


def test_a_count_of_changes_is_the_number_of_those_listed() -> None:
    many, who = answered("how many flipped on small caps"), answered("who flipped on small caps")
    assert many.rows == who.rows
    text = render_text(many)
    assert f"{len({row.entry.voice for row in who.rows})} voices fit the question" in text
    assert "in no count" not in text
    assert "how many voices changed stance on small caps" in text


def test_the_surest_come_first_and_the_camps_stay_whole() -> None:
    made = answered("top 2 bears on small caps")
    chances = [row.entry.bearish for row in made.rows]
    assert chances == sorted(chances, reverse=True)
    assert (len(made.rows), made.counts.voices) == (2, 5)


def test_without_a_target_views_are_counted_and_there_is_no_net() -> None:
    made = answered("what does Ann Lee think")
    assert (made.counts.bullish, made.counts.bearish, made.counts.net) == (1, 1, None)
    text = render_text(made)
    assert "any target: 1 bullish, 1 bearish, 0 neutral; 2 views that stand" in text
    assert "net is the stock" not in text
    assert "on gold" in text
    assert as_document(made)["net"] is None


FOUND = [
    ("when did Ann Lee turn bullish on small caps", "Changed: Ann Lee, 6 Jan 2026", "the day"),
    ("when did Ann Lee flip on small caps", "Changed: Ann Lee, 6 Jan 2026; Ann Lee, 20 Dec 2025", "both"),
    (
        "when did Marta Voss turn bearish on small caps",
        "No change in this ledger; Marta Voss was bearish from 15 Jan 2026 on",
        "she began so",
    ),
    ("when did Ann Lee turn neutral on small caps", None, "never"),
]


@pytest.mark.parametrize(("question", "finding", "reason"), FOUND, ids=[row[0] for row in FOUND])
def test_when_finds_days(question: str, finding: str | None, reason: str) -> None:
    assert answered(question).finding == finding, reason


def test_a_title_that_nobody_has_is_said_with_some_that_are() -> None:
    note = answered("which traders are bullish on small caps").note or ""
    assert note.startswith('No title on small caps has "trader" in it; some are: ')
    assert "economist" in note or "chief strategist" in note


def test_a_change_without_a_net_before_it_is_none() -> None:
    made = answered("how has sentiment on small caps changed since January")
    said = "cannot be told, there was none on 31 Dec 2025"
    assert f"Change of net: {said}" in " ".join(render_text(made).split())
    assert f"change of net: {said}" in render_markdown(made)
    nothing = answered("how has sentiment on small caps changed", standings=[])
    assert "and there is none at the end" in render_markdown(nothing)


def test_a_copy_names_the_outlet_that_was_asked_for() -> None:
    made = answered("who is bullish on small caps according to Ledger Post")
    assert [row.entry.voice_name for row in made.rows] == ["Northmoor Securities"]
    assert "Harborline, also in The Ledger Post" in render_text(made)
    assert "Harborline, also in The Ledger Post" in render_markdown(made)
    assert as_document(made)["voices"][0]["outlets"] == ["Harborline", "The Ledger Post"]
    assert next(csv.DictReader(io.StringIO(render_csv(made))))["outlets"] == "Harborline; The Ledger Post"
    assert "also in" not in render_text(answered("who is bullish on small caps according to Harborline"))


TICKERS = [
    ("Nvidia", "NVDA", "a name"),
    ("nvda", "NVDA", "a ticker, case aside"),
    ("Google", "GOOGL", "an alias"),
    ("unicorns", None, "none"),
    ("a", None, "one letter is a word"),
    ("", None, "nothing"),
]


@pytest.mark.parametrize(("name", "symbol", "reason"), TICKERS, ids=[row[2] for row in TICKERS])
def test_tickers(name: str, symbol: str | None, reason: str) -> None:
    assert ticker(name) == symbol, reason


# --- with a ledger -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """Lee is bullish on small caps on 12 January, Ode bearish on the 14th; a company is spoken of on the 15th."""
    made, clock = ledger(tmp_path_factory.mktemp("plain"))
    with made:
        made.keep_reading(reading(Quote("We think small caps will lead the market through the summer")))
        clock.advance_to(day(2))
        ode = Quote("Small caps cannot carry their debt", "Tom Ode", "Kestrel", {"small_caps": "bearish"})
        made.keep_reading(reading(ode, url="https://two.example/b", at=day(2), outlet="Two Post"))
        clock.advance_to(day(3))
        chips = Quote("Nvidia will sell every chip it makes", "Tom Ode", "Kestrel", {"stock:NVDA": "bullish"})
        made.keep_reading(reading(chips, url="https://two.example/c", at=day(3), outlet="Two Post"))
        yield made


DAYS = [
    ("who turned bullish on small caps this week", date(2026, 2, 8), "2026-02-02 to 2026-02-08", "a Sunday"),
    (
        "who is bullish on small caps this month",
        date(2026, 1, 31),
        "2026-01-01 to 2026-01-31",
        "the last day",
    ),
    ("who is bullish on small caps last month", date(2026, 1, 31), "2025-12-01 to 2025-12-31", "before it"),
    ("who is bullish on small caps yesterday", date(2026, 2, 13), "2026-02-12 to 2026-02-12", "one day"),
    ("who flipped on small caps today", date(2026, 2, 13), "2026-02-13 to 2026-02-13", "the day itself"),
    ("who is bullish on small caps in the last 30 days", date(2026, 2, 13), "since 2026-01-14", "30 days"),
    ("who flipped on small caps since Monday", date(2026, 2, 15), "since 2026-02-09", "a Sunday"),
]


@pytest.mark.parametrize(("question", "asked", "dated", "reason"), DAYS, ids=[row[0] for row in DAYS])
def test_days_in_words_are_those_of_new_york(
    book: Ledger, question: str, asked: date, dated: str, reason: str
) -> None:
    made = api.ask(book, question, as_of=end_of(asked))
    assert made.answer.understood.endswith(f"dated {dated}"), reason


def test_an_evening_in_new_york_is_still_that_day(book: Ledger) -> None:
    evening = datetime(2026, 2, 14, 2, 30, tzinfo=UTC)  # half past nine on the 13th
    assert day_at(evening) == date(2026, 2, 13)
    made = api.ask(book, "who flipped on small caps today", as_of=evening)
    assert made.answer.understood.endswith("dated 2026-02-13 to 2026-02-13")
    with pytest.raises(UsageError, match="today is 2026-02-13"):
        api.ask(book, flags=Flags(targets=("small_caps",), since=date(2026, 2, 14)), as_of=evening)
    change = api.ask(book, "how has sentiment on small caps changed", as_of=evening)
    assert change.answer.before_day == date(2026, 1, 16)


def test_today_beside_what_stands_is_now(book: Ledger) -> None:
    made = api.ask(book, "who is bearish on small caps today", as_of=end_of(date(2026, 1, 20)))
    assert [row.entry.voice_name for row in made.answer.rows] == ["Tom Ode"]


REFUSED = [
    ("what did they say about small caps", ("Tom Ode",), "the last voice"),
    ("how did sentiment on small caps wobble, changed", ("December 2025",), "the month before the last view"),
    ("in the past, who was bullish on small caps", ("in 2026",), "the year of the last view"),
    (
        "what did tim ode say about small caps",
        ("no voice is called tim ode; near: Tom Ode",),
        "the nearest name",
    ),
    ("who is bullish on Nvidia", ("stock:NVDA",), "a company"),
    ("who likes unicorns", ("small caps",), "no target at all"),
]


@pytest.mark.parametrize(("question", "says", "reason"), REFUSED, ids=[row[0] for row in REFUSED])
def test_suggestions_come_from_the_ledger(
    book: Ledger, question: str, says: tuple[str, ...], reason: str
) -> None:
    at = end_of(date(2026, 1, 20))
    with pytest.raises(UsageError) as refused:
        api.ask(book, question, as_of=at)
    message = str(refused.value)
    assert all(part in message for part in says), (message, reason)
    assert "Citi" not in message
    for suggested in message.rpartition('try "')[2].rstrip('"').split('", or "'):
        api.ask(book, suggested, as_of=at)


def test_an_empty_ledger_suggests_no_voice(tmp_path: Path) -> None:
    made, clock = ledger(tmp_path)
    with made, pytest.raises(UsageError) as refused:
        api.ask(made, "who says what", clock=clock)
    assert "try" in str(refused.value)
    assert "what did" not in str(refused.value)


def test_a_voice_on_anything_includes_companies(book: Ledger) -> None:
    at = end_of(date(2026, 1, 20))
    made = api.ask(book, "what does Tom Ode think", as_of=at)
    assert {row.entry.target for row in made.answer.rows} == {"small_caps", "stock:NVDA"}
    assert "on NVDA" in made.text()
    assert json.loads(made.json())["counts"]["voices"] == 2
    flagged = api.ask(book, flags=Flags(voice="Tom Ode"), as_of=at)
    assert {row.entry.target for row in flagged.answer.rows} == {"small_caps", "stock:NVDA"}
    titled = api.ask(book, flags=Flags(voice="Tom Ode", title="economist"), as_of=at).answer
    assert (titled.rows, titled.note is not None and "No title" in titled.note) == ((), True)
    one = api.ask(book, "what does Tom Ode think", flags=Flags(targets=("small_caps",)), as_of=at)
    assert {row.entry.target for row in one.answer.rows} == {"small_caps"}
    assert "any target" not in one.text()
