"""Two vintages side by side: which views changed, what each change alone does to net, and what is left out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from narrative.clock import SimulatedClock
from narrative.commands import diff_vintage
from narrative.comparing import compare
from narrative.errors import UsageError
from narrative.ledger import Ledger
from narrative.measure.changes import KINDS, kind, movers
from narrative.measure.net import net
from narrative.measure.stance import Standing, current
from narrative.targets import load_targets
from narrative.tell.differences_data import render_comparison_json
from narrative.tell.differences_text import printed, render_comparison
from narrative.terms import Claim, Entry, Vintage
from tests.ledger_rows import FIRST, LARGE, SECOND, SMALL, Quote, day, filler, ledger, reading
from tests.measure_rows import ROTATION, XNYS, ny, row
from tests.measure_rows import SMALL as ON_SMALL

AT = ny("2026-02-02T12:00")
BULL = row("2026-01-12T10:00", 0.6)


# --- the kind of a change --------------------------------------------------------------------------------

PAIRS = [
    (None, BULL, "appeared", "only the new one has it"),
    (BULL, None, "disappeared", "only the old one has it"),
    (BULL, BULL, "same", "nothing differs"),
    (BULL, replace(BULL, stance="bearish", bullish=0.1, bearish=0.8), "turned", "another stance"),
    (BULL, replace(BULL, bullish=0.7), "shifted", "the same stance, other chances"),
    (BULL, replace(BULL, condition="if rates fall", bullish=0.7), "qualified", "a condition, and other chances"),
    (BULL, replace(BULL, voice="ben-cole", condition="if rates fall"), "voice", "somebody else says it"),
    (replace(BULL, abstained=True), BULL, "counts", "the model is sure now"),
    (BULL, replace(BULL, past=True, stance="bearish"), "counts no longer", "out of the numbers, whatever it says"),
    (replace(BULL, view="x", model="m0", judged_at=AT), BULL, "same", "ids, models and times are no change"),
    (replace(BULL, past=True), replace(BULL, past=True, stance="neutral"), "turned", "counted in neither"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected", "reason"), PAIRS, ids=[pair[3] for pair in PAIRS])
def test_a_change_has_the_weightiest_kind(
    old: Entry | None, new: Entry | None, expected: str, reason: str
) -> None:
    assert kind(old, new) == expected, reason
    assert expected in KINDS


# --- what moves net --------------------------------------------------------------------------------------


def standings(*entries: Entry) -> tuple[Standing, ...]:
    return current(entries, AT, XNYS)


def view(voice: str, score: float, target: str = "small_caps") -> Entry:
    return row("2026-01-12T10:00", score, voice=voice, target=target)


# Net of old: (0.6 + 0.2 - 0.4) / 3 = 0.4 / 3.
OLD = [view("ana", 0.6), view("ben", 0.2), view("cy", -0.4)]
MOVES = [
    pytest.param([("ana", 0.6), ("ben", 0.2), ("cy", -0.4)], {}, id="nothing moved"),
    pytest.param([("ana", -0.6), ("ben", 0.2), ("cy", -0.4)], {"ana": -1.2 / 3}, id="one voice turned"),
    pytest.param([("ana", 0.6), ("ben", 0.2)], {"cy": 0.8 / 2 - 0.4 / 3}, id="one fell silent: two are left"),
    pytest.param(
        [("ana", 0.6), ("ben", 0.2), ("cy", -0.4), ("di", 1.0)],
        {"di": 1.4 / 4 - 0.4 / 3},
        id="one is new: four speak",
    ),
    pytest.param(
        [("ana", 0.3), ("ben", 0.8), ("cy", -0.4)],
        {"ben": 0.6 / 3, "ana": -0.3 / 3},
        id="two moved, each by itself, the larger effect first",
    ),
]


@pytest.mark.parametrize(("now", "effects"), MOVES)
def test_effects_worked_out_by_hand(now: list[tuple[str, float]], effects: dict[str, float]) -> None:
    found = movers(standings(*OLD), standings(*(view(*one) for one in now)), ON_SMALL)
    voices = {(mover.after or mover.before).voice: mover.effect for mover in found}  # type: ignore[union-attr]
    assert list(voices) == list(effects)
    assert voices == pytest.approx(effects)


def test_a_voice_on_two_legs_moves_by_half() -> None:
    """Support is the mean over its legs: (0.6 + 0.2) / 2 becomes (0.6 - 0.8) / 2; of two voices."""
    old = [view("ana", 0.6), view("ana", -0.2, "mega_cap_tech"), view("ben", 0.0)]
    new = [view("ana", 0.6), view("ana", 0.8, "mega_cap_tech"), view("ben", 0.0)]
    (mover,) = movers(standings(*old), standings(*new), ROTATION)
    assert mover.target == "mega_cap_tech"
    assert mover.effect == pytest.approx((-0.1 - 0.4) / 2)


@pytest.mark.parametrize("forth", [True, False], ids=["net appears", "net disappears"])
def test_an_effect_on_no_net_is_missing_and_not_zero(forth: bool) -> None:
    sides = (standings(), standings(view("ana", 0.6)))
    (mover,) = movers(*(sides if forth else sides[::-1]), ON_SMALL)
    assert mover.effect is None


VIEWS = st.dictionaries(
    st.tuples(st.sampled_from(["ana", "ben", "cy", "di"]), st.sampled_from(sorted(ROTATION))),
    st.sampled_from([-1.0, -0.5, -0.25, 0.0, 0.25, 0.75, 1.0]),
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(VIEWS, VIEWS)
def test_an_effect_is_net_with_that_view_alone_put_to_the_new_one(old: dict, new: dict) -> None:
    def standing(views: dict) -> tuple[Standing, ...]:
        return standings(*(view(voice, score, target) for (voice, target), score in views.items()))

    before = net(standing(old), ROTATION).value
    found = movers(standing(old), standing(new), ROTATION)
    seen = set()
    for mover in found:
        there = mover.after or mover.before
        assert there is not None
        key = (str(there.voice), mover.target)
        seen.add(key)
        alone = {k: v for k, v in old.items() if k != key} | ({key: new[key]} if key in new else {})
        after = net(standing(alone), ROTATION).value
        expected = None if after is None or before is None else after - before
        assert mover.effect == (expected if expected is None else pytest.approx(expected, abs=1e-9))
    differ = {key for key in {*old, *new} if old.get(key) != new.get(key)}
    assert seen <= differ
    sizes = [abs(mover.effect or 0.0) for mover in found]
    assert sizes == sorted(sizes, reverse=True)


# --- in a ledger -----------------------------------------------------------------------------------------

TURNED = replace(SMALL, stances={"small_caps": "bearish"})


@pytest.fixture
def opened(tmp_path: Path):
    book, clock = ledger(tmp_path)
    with book:
        yield book, clock


def both(book: Ledger, clock: SimulatedClock, old: list[Quote], new: list[Quote], **where) -> None:
    """One article as each of the two vintages reads it."""
    claim = Claim(day(0), "meta")
    book.keep_reading(reading(*old, published=claim, **where))
    clock.sleep(60)
    made, first = reading(*new, published=claim, vintage=SECOND, **where), reading(*old, **where)
    views = tuple(replace(one, id=f"{one.id[:18]}ff") for one in made.views)
    book.keep_reading(replace(made, article=first.article, views=views))


def kinds(book: Ledger) -> dict[str, dict[str, int]]:
    found = compare(book, "reader-1", "reader-2", as_of=day(1))
    return {one.target: dict(one.kinds) for one in found.targets}


def test_what_changed_is_counted_by_target_and_kind(opened) -> None:
    book, clock = opened
    both(book, clock, [SMALL, LARGE], [TURNED, LARGE])
    both(
        book,
        clock,
        [replace(SMALL, speaker="Di Ray")],
        [replace(SMALL, speaker="Di Ray", stances={})],
        url="b",
    )
    other = replace(LARGE, speaker="Bo Fox", words="Nobody needs more of the largest names at this price")
    both(book, clock, [replace(other, stances={})], [other], url="c")
    assert kinds(book) == {
        "small_caps": {"disappeared": 1, "turned": 1},
        "mega_cap_tech": {"appeared": 1, "same": 1},
    }


def test_a_page_that_one_vintage_has_read_alone_is_left_out(opened) -> None:
    book, clock = opened
    both(book, clock, [SMALL], [TURNED])
    book.keep_reading(reading(LARGE, url="https://two.example/b"))
    found = compare(book, "reader-1", "reader-2", as_of=day(1))
    assert (len(found.pages.pages), found.pages.old_only, found.pages.new_only) == (1, 1, 0)
    assert kinds(book) == {"small_caps": {"turned": 1}}


def test_a_page_left_out_makes_no_echo(opened) -> None:
    """The same words stood on an earlier page that only the old vintage has read: there they were an echo."""
    book, clock = opened
    book.keep_reading(reading(SMALL, url="https://early.example/", lead=filler("wire", 80), at=day(-1)))
    both(book, clock, [SMALL], [SMALL], lead=filler("wire", 80))
    assert sum(not entry.counted for entry in book.entries(vintage="reader-1")) == 1
    assert kinds(book) == {"small_caps": {"same": 1}}


def test_a_page_extracted_anew_is_compared_by_its_words(opened) -> None:
    book, clock = opened
    book.keep_reading(reading(SMALL, LARGE))
    clock.sleep(60)
    book.keep_reading(reading(TURNED, LARGE, lead=filler("a better extraction"), vintage=SECOND))
    assert kinds(book) == {"small_caps": {"turned": 1}, "mega_cap_tech": {"same": 1}}


def test_words_said_twice_on_a_page_are_paired_each_with_itself(opened) -> None:
    book, clock = opened
    twice = [replace(SMALL, speaker="Ann Lee"), replace(SMALL, speaker="Bo Fox")]
    both(book, clock, twice, [replace(one, stances={"small_caps": "neutral"}) for one in twice])
    found = compare(book, "reader-1", "reader-2", as_of=day(1))
    changes = [(change.old, change.new) for change in found.changes]
    assert len(changes) == 2
    assert all(old and new and old.voice == new.voice for old, new in changes)


def test_a_correction_stands_over_both(opened) -> None:
    book, clock = opened
    both(book, clock, [SMALL], [TURNED])
    clock.sleep(60)
    book.correct(book.entries()[0].view, "neutral", "a reader of the page")
    assert kinds(book) == {"small_caps": {"same": 1}}


def test_net_and_movers_of_a_narrative(opened) -> None:
    book, clock = opened
    both(book, clock, [SMALL, LARGE], [TURNED, LARGE])
    found = compare(book, "reader-1", "reader-2", narrative="rotation", as_of=day(1))
    (balance,) = found.balances
    assert (balance.name, balance.before.value, balance.after.value) == (
        "rotation",
        pytest.approx(0.7),
        pytest.approx(0.0),
    )
    (mover,) = balance.movers
    assert mover.effect == pytest.approx(-0.7)
    assert mover.before is not None
    assert mover.after is not None
    assert (mover.before.words, mover.after.stance) == (SMALL.words, "bearish")


NAMED = [
    ("reader-1", "reader-1", "are one vintage"),
    ("reader-9", "reader-1", "'reader-9' is no vintage of this ledger"),
    ("reader-1", "reader", "'reader' names several vintages, give the id"),
    ("", "reader-1", "'' is no vintage of this ledger"),
]


@pytest.mark.parametrize(("old", "new", "words"), NAMED, ids=["twice", "unknown", "several", "empty"])
def test_vintages_that_cannot_be_compared(opened, old: str, new: str, words: str) -> None:
    book, clock = opened
    both(book, clock, [SMALL], [TURNED])
    with pytest.raises(UsageError, match=words):
        compare(book, old, new)


def test_a_vintage_is_named_by_the_beginning_of_its_id_or_model(opened) -> None:
    book, clock = opened
    both(book, clock, [SMALL], [TURNED])
    clock.sleep(60)
    book.keep_reading(reading(SMALL, vintage=Vintage("other/model", "targets-1")))
    assert book.vintage(FIRST.id[:6]).id == FIRST.id
    assert book.vintage("oth").model == "other/model"
    assert [one.articles for one in book.vintages()] == [1, 1, 1]
    assert book.entries(vintage=SECOND.id[:8]) == book.entries(vintage="reader-2")


# --- in words --------------------------------------------------------------------------------------------


def test_the_text_names_views_words_and_effects(opened) -> None:
    book, clock = opened
    both(book, clock, [SMALL, LARGE], [TURNED, LARGE])
    found = compare(book, "reader-1", "reader-2", narrative="rotation", as_of=day(1))
    short = book.shorten(printed(found, 5))
    text = render_comparison(found, load_targets(), limit=5, short=short)
    assert all(len(line) <= 80 for line in text.splitlines())
    told = " ".join(text.split())
    old, new = (found.changes[0].old, found.changes[0].new)
    assert old is not None
    assert new is not None
    for words in (
        "1 page read by both; 0 only by the old one, 0 only by the new one, left out",
        "rotation: net +0.70 of 2 voices → +0.00 of 2 voices",
        "small caps 1 view: 1 turned (1 bullish to bearish)",
        "1 view on 1 target the same",
        "−0.7000 rotation, small caps: Ann Lee, strategist, Harbor Lane",
        f"bullish +0.70, view {short[old.view]} → bearish −0.70, view {short[new.view]}",
        f"“{SMALL.words}”",
    ):
        assert words in told, words


def test_views_that_stand_no_more_move_nothing_and_it_is_said(opened) -> None:
    book, clock = opened
    both(book, clock, [SMALL], [TURNED])
    found = compare(book, "reader-1", "reader-2", as_of=day(300))
    text = " ".join(render_comparison(found, load_targets(), limit=5).split())
    assert found.movers == []
    assert "No view of these stands at that moment" in text
    assert "small caps: net none → none" in text


def test_the_json_lists_every_view_that_is_not_the_same(opened) -> None:
    book, clock = opened
    both(book, clock, [SMALL, LARGE], [TURNED, replace(LARGE, stances={})])
    document = json.loads(render_comparison_json(compare(book, "reader-1", "reader-2", as_of=day(1))))
    assert list(document) == ["as_of", "old", "new", "pages", "targets", "nets", "movers", "changes"]
    assert document["pages"] == {"both": 1, "old_only": 0, "new_only": 0}
    changes = {change["kind"]: change for change in document["changes"]}
    assert set(changes) == {"turned", "disappeared"}
    assert changes["disappeared"]["after"] is None
    assert changes["turned"]["before"]["words"] == SMALL.words
    by_target = {mover["target"]: mover for mover in document["movers"]}
    assert by_target["small_caps"]["effect"] == pytest.approx(-1.4)
    assert by_target["mega_cap_tech"]["effect"] is None


def run(book: Ledger, *arguments: str) -> str:
    options = [*arguments, "--db", str(book.path)]
    ran = CliRunner().invoke(diff_vintage.command, options, catch_exceptions=False)
    assert all(len(line) <= 80 for line in ran.output.splitlines())
    return ran.output


def test_the_command_lists_the_vintages_and_compares_two(opened) -> None:
    book, clock = opened
    assert run(book) == "no vintage: nothing has been read yet\n"
    both(book, clock, [SMALL], [replace(TURNED, words=SMALL.words)])
    listed = run(book)
    assert [line.split()[0] for line in listed.splitlines() if line[0] != " "] == [FIRST.id, SECOND.id]
    told = run(book, "reader-1", "reader-2", "--as-of", "2026-01-13")
    assert "1 turned (1 bullish to bearish)" in " ".join(told.split())
    assert json.loads(run(book, "reader-1", "reader-2", "--json"))["old"]["model"] == "reader-1"
    assert "name two vintages" in run(book, "reader-1")


def test_hostile_words_move_no_cursor(opened) -> None:
    book, clock = opened
    evil = replace(SMALL, words="small caps \x1b[2J\x1b]0;owned\x07 will lead the market")
    both(book, clock, [evil], [replace(evil, stances={"small_caps": "bearish"})])
    found = compare(book, "reader-1", "reader-2", as_of=day(1))
    assert "\x1b" not in render_comparison(found, load_targets(), limit=5) + render_comparison_json(found)
