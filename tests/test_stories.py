"""Copies, look-alikes and echoes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_rows import SMALL, Quote, day, filler, ledger, reading

from narrative.ledger import Ledger
from narrative.ledger.wording import close, containment, jaccard, normal_words, same_claim, shingles
from narrative.terms import Claim, Reading

WIRE = filler("wire", 200)
TRIMMED = " ".join(WIRE.split()[:70])
REWORDED = " ".join(word if number % 25 else "changed" for number, word in enumerate(WIRE.split()))
DECISION = WIRE + " The committee left its rate at 4.25 percent, with 9 members for and 2 against."
NEXT_DECISION = WIRE + " The committee cut its rate to 4.00 percent, with 7 members for and 4 against."


def stories(book: Ledger, *readings: Reading) -> list[str]:
    for item in readings:
        book.keep_reading(item)
    rows = book.store.rows("SELECT story FROM articles ORDER BY number")
    return [row["story"] for row in rows]


def pair(second: str, first: str = WIRE, days: float = 0.1, **more: object) -> tuple[Reading, Reading]:
    original = reading(lead=first, url="https://one.example/a")
    return original, reading(lead=second, url="https://two.example/b", at=day(days), **more)


COPIES = [
    (pair(WIRE), True, "syndicated word for word"),
    (pair(TRIMMED), True, "trimmed to a third"),
    (pair(WIRE, TRIMMED), True, "the trimmed copy was seen first"),
    (pair(REWORDED), True, "one word in twenty-five changed"),
    (pair(filler("other", 200)), False, "another article"),
    (pair(WIRE, days=2), True, "two days later"),
    (pair(WIRE, days=3), False, "three days later: the same text again is another event"),
    (pair(NEXT_DECISION, DECISION), False, "the same form with other numbers"),
    (pair(DECISION, DECISION), True, "the same form with the same numbers"),
    (pair("Subscribe to read on", "Subscribe to read on", title="Other"), False, "labels are not copies"),
    (pair("Subscribe to read on", "Subscribe to read on"), True, "short, with the same title"),
    (pair(WIRE, stub="paywall"), False, "a stub is nobody's copy"),
    (
        pair(WIRE, days=9, published=Claim(day(0), "meta")),
        True,
        "found late, but published the same day",
    ),
    (pair(WIRE, days=0.1, published=Claim(date(2025, 11, 3), "meta")), False, "published months before"),
    (pair(WIRE, published=Claim(date(2026, 1, 13), "page")), True, "known by its day"),
    (
        pair(WIRE, days=3.5, published=Claim(date(2026, 1, 14), "page")),
        True,
        "its day begins within two days",
    ),
    (pair(WIRE, days=4, published=Claim(date(2026, 1, 15), "page")), False, "its day begins after two days"),
    (pair(WIRE, published=Claim(day(400), "meta")), True, "a date in the future is no date"),
]


@pytest.mark.parametrize(("two", "one", "why"), COPIES, ids=[row[2] for row in COPIES])
def test_copies_and_look_alikes(tmp_path: Path, two: tuple[Reading, Reading], one: bool, why: str) -> None:
    book, clock = ledger(tmp_path)
    clock.advance_to(day(10))
    with book:
        first, second = stories(book, *two)
    assert first == two[0].article.id
    assert (first == second) is one


def test_a_story_is_named_by_the_first_article_seen_and_never_changed(tmp_path: Path) -> None:
    book, clock = ledger(tmp_path)
    clock.advance_to(day(1))
    late, early = pair(WIRE, days=-1)
    with book:
        assert stories(book, late, early) == [late.article.id] * 2


def test_a_page_printed_anew_stays_in_its_story_while_it_resembles_it(tmp_path: Path) -> None:
    book, clock = ledger(tmp_path)
    clock.advance_to(day(9))
    first = reading(lead=DECISION)
    edited = reading(lead=NEXT_DECISION, at=day(5))
    replaced = reading(lead=filler("new", 200), at=day(9))
    with book:
        assert stories(book, first, edited, replaced) == [
            first.article.id,
            first.article.id,
            replaced.article.id,
        ]
        rows = book.store.rows("SELECT revision_of FROM articles ORDER BY number")
    assert [row["revision_of"] for row in rows] == [None, 1, 1]


# --- echoes ------------------------------------------------------------------------------------------------

REWRITES = [
    SMALL.words,
    "Small caps will lead the market through the summer",
    "We think that small caps will lead the market through the summer",
    "We think small caps will lead the market through the summer, and value beside them",
    "we think small-caps will lead the market through the summer.",
    "we think small caps will lead the market",
]


def six(outlets: str = "ABCDEF") -> list[Reading]:
    return [
        reading(replace(SMALL, words=words), url=f"https://{name}.example/x", outlet=name, at=day(number / 2))
        for number, (name, words) in enumerate(zip(outlets, REWRITES, strict=True))
    ]


def test_one_quote_in_six_rewritten_stories_counts_once(tmp_path: Path) -> None:
    book, clock = ledger(tmp_path)
    clock.advance_to(day(4))
    with book:
        for item in six():
            book.keep_reading(item)
        first, *others = book.entries()
    assert [entry.echo_of for entry in others] == [first.view] * 5
    assert (first.echo_of, first.reach, first.outlets) == (None, 6, tuple("ABCDEF"))
    assert [entry.counted for entry in (first, *others)] == [True] + [False] * 5


@pytest.mark.parametrize("moment", range(6))
def test_reach_is_that_of_the_moment(tmp_path: Path, moment: int) -> None:
    book, clock = ledger(tmp_path)
    clock.advance_to(day(4))
    with book:
        for item in six():
            book.keep_reading(item)
        first = book.entries(as_of=day(moment / 2))[0]
    assert (first.reach, first.outlets) == (moment + 1, tuple("ABCDEF"[: moment + 1]))


ECHOES = [
    (SMALL, 6.9, "two.example", True, "the same voice within a week"),
    (SMALL, 7.1, "two.example", False, "after a week it is said again"),
    (SMALL, 30, "one.example", True, "the same page, edited a month later"),
    (
        replace(SMALL, speaker="Tom Ode", firm="Kestrel"),
        1,
        "two.example",
        False,
        "another voice, another page",
    ),
    (
        replace(SMALL, words="We think small caps will not lead the market through the summer"),
        1,
        "two.example",
        False,
        "a negation is no echo",
    ),
    (replace(SMALL, words="Small banks look cheap to us this year"), 1, "two.example", False, "other words"),
]


@pytest.mark.parametrize(("quote", "days", "host", "echo", "why"), ECHOES, ids=[row[4] for row in ECHOES])
def test_what_is_an_echo(tmp_path: Path, quote: Quote, days: float, host: str, echo: bool, why: str) -> None:
    book, clock = ledger(tmp_path)
    clock.advance_to(day(40))
    with book:
        book.keep_reading(reading(SMALL, url="https://one.example/a"))
        book.keep_reading(reading(quote, url=f"https://{host}/a", lead="New words on top.", at=day(days)))
        first, second = book.entries()
    assert second.echo_of == (first.view if echo else None)


def test_another_target_of_the_same_words_is_its_own_view(tmp_path: Path) -> None:
    book, _ = ledger(tmp_path)
    both = replace(SMALL, stances={"small_caps": "bullish", "mega_cap_tech": "bearish"})
    with book:
        book.keep_reading(reading(both))
        assert [entry.echo_of for entry in book.entries()] == [None, None]


def test_words_printed_again_in_their_page_echo_their_twin(tmp_path: Path) -> None:
    book, _ = ledger(tmp_path)
    item = reading(replace(SMALL, dup=True), SMALL)
    again, twin = (view.id for view in item.views)
    with book:
        book.keep_reading(item)
        assert {entry.view: (entry.echo_of, entry.reach) for entry in book.entries()} == {
            again: (twin, 1),
            twin: (None, 1),
        }


def test_a_repeated_print_without_a_twin_is_still_not_counted(tmp_path: Path) -> None:
    book, _ = ledger(tmp_path)
    with book:
        book.keep_reading(reading(replace(SMALL, dup=True)))
        (entry,) = book.entries()
    assert entry.echo_of == entry.view
    assert not entry.counted


def test_copies_of_a_story_are_one_view_whoever_the_speaker_is_taken_for(tmp_path: Path) -> None:
    book, _ = ledger(tmp_path)
    other = replace(SMALL, speaker=None, firm=None)
    with book:
        book.keep_reading(reading(other, lead=WIRE))
        book.keep_reading(reading(SMALL, lead=WIRE, url="https://two.example/b", at=day(0.2)))
        first, second = book.entries()
    assert (first.counted, second.counted) == (False, True), "the first copy that names the voice counts"


def test_an_abstention_does_not_silence_its_echo(tmp_path: Path) -> None:
    book, clock = ledger(tmp_path)
    clock.advance_to(day(2))
    with book:
        book.keep_reading(reading(replace(SMALL, abstained=True)))
        book.keep_reading(reading(SMALL, url="https://two.example/b", at=day(1)))
        book.keep_reading(reading(SMALL, url="https://three.example/c", at=day(2)))
        assert [entry.counted for entry in book.entries()] == [False, True, False]


CLAIMS = [
    ("we like small caps", "We like small-caps!", True, "punctuation and case"),
    ("buy small caps", "buy small caps now", False, "too short for anything but equality"),
    ("", "", False, "nothing said"),
    ("rates will fall by 50 points this year", "rates will fall by 75 points this year", False, "numbers"),
    ("small caps don't look cheap to us", "small caps do look cheap to us", False, "a contracted negation"),
    ("we see upside of 10 percent in small caps", "we see upside of 10% in small caps", True, "percent sign"),
]


@pytest.mark.parametrize(("a", "b", "same", "why"), CLAIMS, ids=[row[3] for row in CLAIMS])
def test_same_claims(a: str, b: str, same: bool, why: str) -> None:
    assert same_claim(normal_words(a), normal_words(b)) is same
    assert same_claim(normal_words(b), normal_words(a)) is same


VOCABULARY = ["small", "caps", "will", "not", "lead", "the", "market", "by", "5", "or", "10", "this", "year"]
words = st.lists(st.sampled_from(VOCABULARY), max_size=25)


@given(words, words)
def test_sameness_is_symmetric_and_everything_said_is_the_same_as_itself(a: list[str], b: list[str]) -> None:
    assert same_claim(a, b) == same_claim(b, a)
    assert same_claim(a, a) == bool(a)


@given(words, words, st.integers(1, 6))
def test_measures_of_likeness_stay_in_bounds(a: list[str], b: list[str], size: int) -> None:
    x, y = shingles(a, size), shingles(b, size)
    assert 0 <= jaccard(x, y) <= containment(x, y) <= 1
    assert not x or close(x, x)


@given(st.text())
def test_words_of_any_text_are_normal(text: str) -> None:
    once = normal_words(text)
    assert all(once)
    assert normal_words(" ".join(once)) == once
