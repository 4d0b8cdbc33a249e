"""Copies, look-alikes and echoes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_rows import SMALL, Quote, day, filler, ledger, reading
from story_texts import (
    BREAD,
    BRIEFS,
    COLUMN,
    CORRECTED,
    FOOTER,
    MONDAY,
    OATS,
    OBJECTION,
    ON_A_WIRE,
    ON_AN_EXCHANGE,
    OWN_FOOT,
    SCREEN,
    STRIKE,
    SYMPATHY,
    TAKEOVER,
    TAKEOVER_IN_BRITAIN,
    TUESDAY,
    UPDATE,
    Text,
    earnings_stub,
    fund_notice,
    rate_decision,
)

from narrative.ledger import Ledger
from narrative.ledger.stories import Period, Wording
from narrative.ledger.wording import (
    close,
    containment,
    figures,
    figures_agree,
    jaccard,
    names,
    normal_words,
    same_claim,
    shingle_hashes,
    shingles,
    spelt_alike,
)
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
    (pair(WIRE, days=3), True, "three days later: two dates may both be off by a day and a half"),
    (pair(WIRE, days=4), False, "four days later: the same text again is another event"),
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
        pair(WIRE, days=4.5, published=Claim(date(2026, 1, 15), "page")),
        True,
        "its day begins within three days",
    ),
    (
        pair(WIRE, days=5, published=Claim(date(2026, 1, 16), "page")),
        False,
        "its day begins after three days",
    ),
    (pair(WIRE, published=Claim(day(400), "meta")), True, "a date in the future is no date"),
    (pair(WIRE, published=Claim(date.max, "meta")), True, "nor is the last one there is"),
    (pair(WIRE, published=Claim(date.min, "meta")), False, "what a program writes for none is long ago"),
]


@pytest.mark.parametrize(("two", "one", "why"), COPIES, ids=[row[2] for row in COPIES])
def test_copies_and_look_alikes(tmp_path: Path, two: tuple[Reading, Reading], one: bool, why: str) -> None:
    book, clock = ledger(tmp_path)
    clock.advance_to(day(10))
    with book:
        first, second = stories(book, *two)
    assert first == two[0].article.id
    assert (first == second) is one


def of(text: Text, url: str, hours: float = 0) -> Reading:
    return reading(lead=text.text, title=text.title, url=url, at=day(hours / 24))


RELEASE = earnings_stub("Alderbrook", "ALDR", "1.20", "1.10", "812")
NEXT_RELEASE = earnings_stub("Alderbrook", "ALDR", "1.31", "1.22", "840")
HELD = rate_decision("4.25", "unanimously")
NOTICE = fund_notice("Alder Small Cap", "0.041")
NEWSROOM = [
    (TAKEOVER, UPDATE, 5, True, "an update adds below what it updates, and its wire's slug to the title"),
    (TAKEOVER, TAKEOVER.headed("What the deal says about measuring"), 9, True, "another headline"),
    (TAKEOVER, TAKEOVER_IN_BRITAIN, 9, True, "British spelling, figures in another house's style"),
    (TAKEOVER, TAKEOVER.only(1, 0, 2, 3, 4), 2, True, "its first paragraphs changed places"),
    (TAKEOVER, TAKEOVER.only(0, 1), 2, True, "its first two paragraphs"),
    (TAKEOVER, TAKEOVER.only(0, 1).around(foot=OWN_FOOT), 2, True, "the same, above a foot of its own"),
    (TAKEOVER, CORRECTED, 3, True, "a correction names the wrong figure beside the right one"),
    (TAKEOVER, OBJECTION, 20, False, "what came of it, over the same paragraph of background"),
    (ON_A_WIRE, ON_AN_EXCHANGE, 1, True, "one press release under two heads, filed and stamped"),
    (MONDAY, MONDAY.headed("Calder 100 ends up 12.3 points"), 2, True, "a market report printed by another"),
    (MONDAY, TUESDAY, 24, False, "the market report of the next day on the same skeleton"),
    (HELD, HELD.headed("Committee holds its rate at 4.25 percent"), 2, True, "a statement under a headline"),
    (HELD, HELD, 7 * 24, False, "the same decision again a week later"),
    (HELD, rate_decision("4.00", "7 to 4"), 1, False, "nine tenths of the words, another decision"),
    (HELD.headed("Decision, 2026-01-12"), HELD.headed("Decision, 2026-01-13"), 24, False, "two in a series"),
    (RELEASE, RELEASE.headed("Alderbrook tops forecasts"), 1, True, "one report written by a machine, twice"),
    (RELEASE, earnings_stub("Castellan", "CSTL", "0.84", "0.80", "455"), 1, False, "its form, another firm"),
    (RELEASE, NEXT_RELEASE, 48, False, "its form, other figures"),
    (NOTICE, NOTICE, 1, True, "a notice at two places"),
    (NOTICE, fund_notice("Birch Income", "0.041"), 1, False, "the notice of another fund: the rest is law"),
    (NOTICE, fund_notice("Alder Small Cap", "0.043"), 24, False, "the same fund, another amount"),
    (BREAD, BREAD.around(foot=FOOTER), 1, True, "a brief, and the same above a footer four times its length"),
    (BREAD.around(foot=FOOTER), STRIKE.around(foot=FOOTER), 1, False, "two briefs above one footer"),
    (BRIEFS, OATS, 1, True, "a round-up begins with this brief"),
    (BRIEFS, STRIKE, 1, False, "a round-up holds this brief whole"),
    (BREAD, BREAD.edited(labor="labour"), 1, True, "a line in another spelling"),
    (BREAD, BREAD.edited(labor="sugar"), 1, False, "a line with another word"),
    (COLUMN, COLUMN.headed("Tarn's quick answers: wait for Dunmore"), 24, False, "a standing line"),
    (COLUMN, COLUMN.headed("Tarn on ovens: Castellan has better"), 2, True, "its line under the same words"),
    (BREAD, BREAD.headed("Dearer flour makes Castellan charge more"), 2, True, "a brief and its headline"),
    (
        SYMPATHY,
        SYMPATHY.edited(industrial_companies="consumer staples"),
        1,
        False,
        "a form with another subject",
    ),
    (SCREEN, SCREEN.edited(profit="trading"), 1, False, "a headline of a series, one word apart"),
]


@pytest.mark.parametrize("turned", [False, True], ids=["", "turned"])
@pytest.mark.parametrize(
    ("one", "two", "hours", "copy"), [row[:4] for row in NEWSROOM], ids=[row[4] for row in NEWSROOM]
)
def test_what_newsrooms_make_of_a_text(
    tmp_path: Path, one: Text, two: Text, hours: float, copy: bool, turned: bool
) -> None:
    book, clock = ledger(tmp_path)
    clock.advance_to(day(10))
    if turned:
        one, two = two, one
    with book:
        first, second = stories(
            book, of(one, "https://one.example/a"), of(two, "https://two.example/b", hours)
        )
    assert (first == second) is copy


def test_a_copy_is_found_among_more_pages_above_the_same_footer_than_are_compared(tmp_path: Path) -> None:
    book, clock = ledger(tmp_path)
    clock.advance_to(day(1))
    brief = filler("brief", 40)
    pages = [
        reading(lead=f"{filler(f'p{n}', 80)} {FOOTER}", url=f"https://one.example/{n}") for n in range(60)
    ]
    with book:
        *_, first, copy = stories(
            book,
            *pages,
            reading(lead=brief, url="https://two.example/b"),
            reading(lead=f"{brief} {FOOTER}", url="https://one.example/b"),
        )
        assert book.store.value("SELECT count(DISTINCT story) FROM articles") == 61
    assert first == copy


def test_a_ledger_indexed_by_every_eighth_shingle_still_finds_copies(tmp_path: Path) -> None:
    book, clock = ledger(tmp_path)
    clock.advance_to(day(1))
    original, copy = pair(WIRE)
    with book:
        book.keep_reading(original)
        with book.store.write() as db:
            number, on = book.store.rows("SELECT article, day FROM shingles LIMIT 1")[0]
            eighth = [(value, on, number) for value in shingle_hashes(normal_words(WIRE)) if value % 8 == 0]
            db.execute("DELETE FROM shingles")
            db.conn.executemany("INSERT INTO shingles (hash, day, article) VALUES (?, ?, ?)", eighth)
        first, second = stories(book, copy)
    assert first == second


PRINTS = [text for row in NEWSROOM for text in row[:2]]
UNLIKE = [
    TAKEOVER,
    OBJECTION,
    MONDAY,
    TUESDAY,
    RELEASE,
    NOTICE,
    BREAD,
    STRIKE,
    fund_notice("Birch Income", "0.04"),
]
BASES = [filler(f"base {number}", 90) for number in range(3)]


@st.composite
def arrivals(draw: st.DrawFn) -> list[tuple[int, Text, float]]:
    """Whole, cut and framed prints of a few unlike texts, with hours that drift by up to a day and a half."""
    found = []
    for _ in range(draw(st.integers(2, 7))):
        base = draw(st.integers(0, len(BASES) - 1))
        words = BASES[base].split()
        words = words[: draw(st.sampled_from([len(words), 60, 40]))]
        head, foot = (draw(st.sampled_from(["", "Reported by a wire."])) for _ in range(2))
        text = Text("Title", " ".join(words)).around(head, foot)
        found.append((base, text, draw(st.floats(-36, 36))))
    return found


def kept(arrived: list[tuple[int, Text, float]]) -> list[list[str]]:
    """The stories of all articles after each arrival."""
    with TemporaryDirectory() as folder:
        book, clock = ledger(Path(folder))
        clock.advance_to(day(9))
        with book, book.together():
            return [
                stories(book, of(text, f"https://one.example/{number}", hours))
                for number, (_, text, hours) in enumerate(arrived)
            ]


@settings(max_examples=25, deadline=None)
@given(arrivals())
def test_a_story_is_never_decided_again_and_never_holds_two_texts(
    arrived: list[tuple[int, Text, float]],
) -> None:
    states = kept(arrived)
    for before, after in pairwise(states):
        assert after[: len(before)] == before
    bases = [base for base, _, _ in arrived]
    by_story: dict[str, set[int]] = {}
    for base, story in zip(bases, states[-1], strict=True):
        by_story.setdefault(story, set()).add(base)
    assert all(len(found) == 1 for found in by_story.values())


@settings(max_examples=25, deadline=None)
@given(arrivals())
def test_a_copy_of_a_copy_lands_with_its_leader_or_alone(arrived: list[tuple[int, Text, float]]) -> None:
    earlier: dict[int, set[str]] = {}
    *_, last = kept(arrived)
    for (base, _, _), story in zip(arrived, last, strict=True):
        known = earlier.setdefault(base, set())
        assert story in known or story not in set().union(*earlier.values())
        known.add(story)


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(len(UNLIKE))))
def test_among_texts_that_are_no_copies_the_order_of_arrival_does_not_matter(order: list[int]) -> None:
    *_, last = kept([(number, UNLIKE[number], float(number)) for number in order])
    assert len(set(last)) == len(UNLIKE)


@given(st.sampled_from(PRINTS), st.sampled_from(PRINTS), st.floats(0, 100))
def test_being_a_copy_is_mutual(a: Text, b: Text, hours: float) -> None:
    one, two = (
        Wording(item.title, item.text, Period(moment, moment))
        for item, moment in ((a, day(0)), (b, day(hours / 24)))
    )
    assert one.copies(two) == two.copies(one)
    assert one.copies(one)


def test_a_leader_is_found_by_its_day_in_its_own_zone(tmp_path: Path) -> None:
    book, clock = ledger(tmp_path)
    clock.advance_to(day(9))
    far_east = day(0).astimezone(timezone(timedelta(hours=14)))
    original, copy = pair(WIRE, days=3, published=Claim(day(-3), "meta"))
    original = replace(original, article=replace(original.article, published=Claim(far_east, "meta")))
    with book:
        first, second = stories(book, original, copy)
    assert first == second


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


STYLES = [
    ("3.2bn and 12%", "3.2 billion and 12 percent", "units beside the figure and written out"),
    ("£4m, 7pc, 9 per cent", "4 million 7 percent 9 percent", "British ways"),
    ("1,250 at 9:02", "1250 at 9:02", "a clock time is one word"),
    ("The firm's café", "the firms cafe", "apostrophes and accents"),
    (
        "100 m per cent of %",
        "100 million per cent of",
        "no figure before it: no unit, and a sign says nothing",
    ),
    ("Q3", "q3", "a quarter is a word"),
]


@pytest.mark.parametrize(("written", "read", "why"), STYLES, ids=[row[2] for row in STYLES])
def test_one_way_to_write_it(written: str, read: str, why: str) -> None:
    assert normal_words(written) == tuple(read.split())


def test_figures_are_values_and_no_clock_times() -> None:
    words = normal_words("On 08 May, at 9:02, it was 4.50%; 1,000 and 0.0 and 10")
    assert figures(words) == {"8", "4.5", "1000", "0", "10"}


def test_names_are_always_capital() -> None:
    text = "The “Alderbrook-led” group said Shares of the firm fell. Shares rose; shares, Alderbrook’s."
    assert names(text) == {"alderbrook", "alderbrooks"}


PLACES = [
    (
        "sales rose to 12 million",
        "sales rose to 13 million",
        False,
        "the same two words before another figure",
    ),
    ("a rise of 12 points today", "a fall by 13 points today", False, "the same two words after it"),
    ("sales rose to 12 million", "sales rose to 12.0 million", True, "one value"),
    ("sales rose to 12 million", "we have 13 offices here", True, "figures of other things"),
    ("sales rose to 12 million", "sales rose to new heights", True, "one tells less"),
    ("it rose to 1 or 2 or 3 or 4 then 5", "it rose to 1 or 2 or 3 or 4 then 6", True, "four of five agree"),
    ("it rose to 1 or 2 or 3 then 5", "it rose to 1 or 2 or 3 then 6", False, "three of four agree"),
    (
        "from 25 (not 27) it rose to 25 there",
        "it rose to 27 there",
        True,
        "the other knows the wrong one too",
    ),
    ("posted at 9:02 by the desk", "posted at 14:31 by the desk", True, "clock times"),
    ("12 here", "13 here", True, "a place is two words"),
    ("", "", True, "nothing told"),
]


@pytest.mark.parametrize(("a", "b", "agree", "why"), PLACES, ids=[row[3] for row in PLACES])
def test_figures_disagree_in_the_same_place(a: str, b: str, agree: bool, why: str) -> None:
    assert figures_agree(normal_words(a), normal_words(b)) is agree
    assert figures_agree(normal_words(b), normal_words(a)) is agree


SPELLINGS = [
    ("labour", "labor", True),
    ("alders", "alder", True),
    ("organisation", "organization", True),
    ("centre", "center", True),
    ("million", "billion", False),
    ("profit", "operating", False),
    ("iran", "iraq", False),
    ("1000", "10000", False),
]


@pytest.mark.parametrize(("a", "b", "alike"), SPELLINGS)
def test_spellings_of_a_word(a: str, b: str, alike: bool) -> None:
    assert spelt_alike(a, b) is alike


@given(st.text())
def test_words_of_any_text_are_normal(text: str) -> None:
    once = normal_words(text)
    assert all(once)
    assert normal_words(" ".join(once)) == once
