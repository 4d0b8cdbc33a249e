"""Corrections by hand: from now on and for these words, whoever judges them; what was known before does not move."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from narrative.api import factor
from narrative.clock import SimulatedClock
from narrative.commands import correct as correct_command
from narrative.commands import why as why_command
from narrative.correcting import training_rows
from narrative.errors import UsageError
from narrative.ledger import Ledger, open_ledger
from narrative.measure.stance import not_counted
from narrative.read.encoder import CLASSES, Pair
from narrative.read.page import article_of
from narrative.read.reader import read_article
from narrative.targets import Targets
from narrative.terms import Capture, Claim, Entry, Reading, Span
from tests.ledger_rows import FIRST, LARGE, SECOND, SMALL, START, Quote, day, filler, ledger, reading
from tests.scripted_model import Scripted

NOTE = "he quotes the other camp"
BOTH = replace(SMALL, stances={"small_caps": "bullish", "mega_cap_tech": "bearish"})


@pytest.fixture
def opened(tmp_path: Path):
    book, clock = ledger(tmp_path)
    clock.advance_to(day(40))
    with book:
        yield book, clock


def dump(book: Ledger) -> list[str]:
    return list(book.store.connection.iterdump())


def small(book: Ledger, **moments: datetime) -> tuple[Entry, ...]:
    return book.entries(targets=["small_caps"], **moments)


def ruled(book: Ledger, clock: SimulatedClock, stance: str, note: str = NOTE) -> None:
    """Correct the first view on small caps, an hour later."""
    clock.sleep(3600)
    book.correct(small(book)[0].view, stance, note)


# --- what a correction says ------------------------------------------------------------------------------

RULINGS = [
    pytest.param("bearish", ("bearish", 0.0, 1.0, 0.0, "bearish", True), None, id="another stance, for sure"),
    pytest.param("neutral", ("neutral", 0.0, 0.0, 1.0, "neutral", True), None, id="neither"),
    pytest.param(
        "bullish", ("bullish", 1.0, 0.0, 0.0, "bullish", True), None, id="the same stance, for sure"
    ),
    pytest.param(
        "none",
        ("bullish", 0.8, 0.1, 0.1, "none", False),
        "corrected by hand: no view on the target",
        id="the words judge nothing: the model's word is shown and not counted",
    ),
]


@pytest.mark.parametrize(("stance", "becomes", "reason"), RULINGS)
def test_what_is_corrected_enters_the_selection(
    opened, stance: str, becomes: tuple, reason: str | None
) -> None:
    book, clock = opened
    book.keep_reading(reading(BOTH))
    other = book.entries(targets=["mega_cap_tech"])
    ruled(book, clock, stance)
    (entry,) = small(book)
    shown = (entry.stance, entry.bullish, entry.bearish, entry.neutral, entry.correction, entry.counted)
    assert shown == becomes
    assert [why for _, why in not_counted([entry])] == ([reason] if reason else [])
    assert book.entries(targets=["mega_cap_tech"]) == other


def test_an_abstention_that_is_corrected_counts(opened) -> None:
    book, clock = opened
    book.keep_reading(reading(replace(SMALL, abstained=True)))
    assert not small(book)[0].counted
    ruled(book, clock, "bearish")
    assert (small(book)[0].counted, small(book)[0].stance) == (True, "bearish")


STILL_OUT = [
    (replace(SMALL, past=True), "speaks of the past"),
    (replace(SMALL, speaker=None, firm=None), "unnamed source"),
]


@pytest.mark.parametrize(("quote", "reason"), STILL_OUT, ids=[row[1] for row in STILL_OUT])
def test_a_stance_mends_nothing_else(opened, quote: Quote, reason: str) -> None:
    book, clock = opened
    book.keep_reading(reading(quote))
    ruled(book, clock, "bearish")
    assert [why for _, why in not_counted(small(book))] == [reason]


def test_the_last_correction_holds_and_the_models_word_can_come_back(opened) -> None:
    book, clock = opened
    book.keep_reading(reading(SMALL))
    before = small(book)
    for stance in ("bearish", "none", "neutral"):
        ruled(book, clock, stance)
    assert small(book)[0].correction == "neutral"
    ruled(book, clock, "model", "the page was right")
    assert small(book) == before
    assert [one.stance for one in book.why(before[0].view).corrections] == [
        "bearish",
        "none",
        "neutral",
        "model",
    ]
    assert book.corrected_views() == ()


# --- when it holds ---------------------------------------------------------------------------------------


def test_a_factor_says_where_it_holds_what_was_decided_later(opened) -> None:
    """Day 2 is corrected on day 40: rows with a cut-off between the two hold hindsight, a replay of the time none."""
    book, clock = opened
    book.keep_reading(reading(SMALL, at=day(2), published=Claim(day(2), "meta")))
    book.keep_reading(
        reading(
            replace(SMALL, speaker="Tom Ode"),
            url="https://two.example/b",
            at=day(3),
            published=Claim(day(3), "meta"),
        )
    )
    clock.advance_to(day(41))
    known = clock.now()
    clock.advance_to(day(42))
    ruled(book, clock, "bearish")
    clock.advance_to(day(60))
    rows = factor(book, "rotation", clock=clock)
    marked = [row.date for row in rows if row.by_hand]
    assert marked == [row.date for row in rows if day(2) < row.cutoff_utc <= day(42)]
    assert len(marked) < len(rows)
    assert not any(row.by_hand for row in factor(book, "rotation", known_at=known, clock=clock))
    assert book.ruled_by_hand(["gold"]) == ()
    book.merge_voices("Ann Lee", "Tom Ode", "one person")
    assert max(row.by_hand for row in factor(book, "rotation", clock=clock)) == 2


def test_known_before_it_answers_stay_and_as_of_knows_it(opened) -> None:
    book, clock = opened
    book.keep_reading(reading(SMALL))
    then, before = clock.now(), repr(small(book))
    ruled(book, clock, "bearish")
    recorded = clock.now()
    assert repr(small(book, known_at=then)) == before
    assert small(book, known_at=recorded)[0].stance == "bearish"
    assert small(book, as_of=day(1))[0].stance == "bearish"
    assert [one.recorded_at for one in book.corrected_views()] == [recorded]
    assert book.corrected_views(known_at=then) == ()


@dataclass(frozen=True)
class Step:
    """Something that happens to a ledger: a page read by a vintage, or a correction of one of its views."""

    page: int
    vintage: int
    stance: str | None
    view: int


STEPS = st.lists(
    st.builds(
        Step,
        page=st.integers(0, 2),
        vintage=st.integers(0, 1),
        stance=st.sampled_from([None, None, "bullish", "bearish", "neutral", "none", "model"]),
        view=st.integers(0, 5),
    ),
    min_size=2,
    max_size=10,
)


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_no_answer_about_an_earlier_moment_moves(steps: list[Step]) -> None:
    """Two pages carry one wire story, so that corrections meet echoes and later vintages of the same words."""
    with TemporaryDirectory() as folder:
        book, clock = ledger(Path(folder), day(3))
        answers: list[tuple[datetime, str]] = []
        with book:
            for step in steps:
                clock.sleep(1)
                happen(book, step)
                answers.append((clock.now(), repr(book.entries())))
                clock.sleep(1)
            for moment, answer in answers:
                assert repr(book.entries(known_at=moment)) == answer


def happen(book: Ledger, step: Step) -> None:
    if step.stance is None:
        lead = filler("wire", 80) if step.page else None
        made = reading(
            SMALL, url=f"https://{step.page}.example/", lead=lead, vintage=(FIRST, SECOND)[step.vintage]
        )
        book.keep_reading(made)
        return
    views = [entry.view for entry in book.entries()]
    if not views:
        return
    try:
        book.correct(views[step.view % len(views)], step.stance, NOTE)
    except UsageError:
        assert step.stance == "model"


# --- for which words -------------------------------------------------------------------------------------


def test_it_holds_for_the_copies_of_a_story(opened) -> None:
    """Without that, a copy would take the place of the corrected view and count in its stead."""
    book, clock = opened
    for name in ("one", "two"):
        book.keep_reading(
            reading(SMALL, url=f"https://{name}.example/a", lead=filler("wire", 80), outlet=name)
        )
    assert [entry.counted for entry in small(book)].count(True) == 1
    ruled(book, clock, "none")
    assert [entry.correction for entry in small(book)] == ["none", "none"]
    assert not any(entry.counted for entry in small(book))


def test_other_words_of_the_same_voice_are_not_corrected(opened) -> None:
    book, clock = opened
    book.keep_reading(
        reading(SMALL, replace(SMALL, words="Valuations of the smaller companies are the lowest"))
    )
    ruled(book, clock, "bearish")
    assert sorted(entry.correction or "" for entry in small(book)) == ["", "bearish"]


def test_a_later_vintage_stays_corrected(opened) -> None:
    book, clock = opened
    book.keep_reading(reading(SMALL))
    ruled(book, clock, "bearish")
    clock.sleep(60)
    book.keep_reading(reading(replace(SMALL, stances={"small_caps": "neutral"}), vintage=SECOND))
    (entry,) = small(book)
    assert (entry.model, entry.stance, entry.correction) == ("reader-2", "bearish", "bearish")
    assert book.why(entry.view).judged.stance == "neutral"


LATER = [
    pytest.param("bearish", ["bearish"], id="a stance is kept on where the later one finds no view"),
    pytest.param("none", [], id="of no view there is nothing to keep"),
]


@pytest.mark.parametrize(("stance", "speaks"), LATER)
def test_a_later_vintage_without_the_view(opened, stance: str, speaks: list[str]) -> None:
    book, clock = opened
    book.keep_reading(reading(BOTH))
    ruled(book, clock, stance)
    clock.sleep(60)
    book.keep_reading(reading(replace(SMALL, stances={"mega_cap_tech": "bearish"}), vintage=SECOND))
    assert [(entry.model, entry.stance) for entry in small(book)] == [("reader-2", one) for one in speaks]
    assert [entry.stance for entry in book.entries(targets=["mega_cap_tech"])] == ["bearish"]


def test_another_page_with_the_words_gets_no_view_of_its_own(opened) -> None:
    book, clock = opened
    book.keep_reading(reading(SMALL))
    ruled(book, clock, "bearish")
    book.keep_reading(reading(replace(SMALL, stances={}), url="https://two.example/b"))
    assert len(small(book)) == 1


def test_a_page_read_anew_with_another_text_stays_corrected(opened) -> None:
    book, clock = opened
    book.keep_reading(reading(SMALL))
    ruled(book, clock, "bearish")
    anew = reading(SMALL, lead=filler("a better extraction"), vintage=SECOND)
    book.keep_reading(
        replace(reading(SMALL), vintage=SECOND, statements=(), views=())
    )  # the first text falls silent
    book.keep_reading(anew)
    (entry,) = small(book)
    assert (entry.article, entry.stance, entry.correction) == (anew.article.id, "bearish", "bearish")


# --- what is refused -------------------------------------------------------------------------------------


def test_what_cannot_be_corrected_is_said_and_changes_nothing(opened) -> None:
    book, clock = opened
    book.keep_reading(reading(SMALL))
    view = small(book)[0].view
    before = dump(book)
    for bad, words in (
        ((view, "bearish", "  "), "needs a note"),
        (("0" * 20, "bearish", NOTE), "no view has the id"),
        ((view, "model", NOTE), "nothing to take back"),
    ):
        with pytest.raises(UsageError, match=words):
            book.correct(*bad)
    assert dump(book) == before
    assert book.correct(view, "bearish", NOTE) is not None
    after = dump(book)
    clock.sleep(60)
    assert book.correct(view, "bearish", f" {NOTE}\n") is None
    assert dump(book) == after


def test_corrections_cannot_be_edited(opened) -> None:
    book, clock = opened
    book.keep_reading(reading(SMALL))
    ruled(book, clock, "bearish")
    with closing(sqlite3.connect(book.path)) as other:
        for change in ("DELETE FROM corrections", "UPDATE corrections SET stance = 'bullish'"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                other.execute(change)


# --- the commands ----------------------------------------------------------------------------------------


def run(command, *arguments: str) -> str:
    ran = CliRunner().invoke(command.command, list(arguments), catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return ran.output


def test_the_command_corrects_and_why_shows_it(opened) -> None:
    book, _ = opened
    book.keep_reading(reading(SMALL))
    view, where = small(book)[0].view, ("--db", str(book.path))
    said = " ".join(
        run(correct_command, view[:8], "--stance", "bearish", "--note", "\x1b[2Jirony", *where).split()
    )
    assert "Ann Lee, strategist, Harbor Lane is bearish on small caps, by hand" in said
    assert "by the model: bullish (bullish 0.80 · bearish 0.10 · neutral 0.10) counted;" in said
    shown = run(why_command, view, *where)
    assert "\x1b" not in shown
    assert "by hand: bearish, since 20" in shown
    assert "UTC: irony" in shown
    assert all(len(line) <= 80 for line in shown.splitlines())
    document = json.loads(run(why_command, view, "--json", *where))
    assert (document["stance"], document["by_model"]["stance"]) == ("bearish", "bullish")
    assert [one["stance"] for one in document["corrections"]] == ["bearish"]
    again = run(correct_command, view[:8], "--stance", "bearish", "--note", "\x1b[2Jirony", *where)
    assert again.startswith("nothing changed")
    none = " ".join(run(correct_command, view, "--stance", "none", "--note", "a question", *where).split())
    assert "has no view on small caps, by hand" in none
    assert "not counted: it was corrected to no view" in none
    back = run(correct_command, view, "--stance", "model", *where)  # what is taken back needs no reason
    assert "by hand: taken back, the model's word stands" in back


ARGUMENTS = [
    ([], "which view? give a VIEW"),
    (["--stance", "bearish", "--note", "x"], "which view? give a VIEW"),
    (["66ae"], "give --stance: bullish, bearish, neutral, none, model"),
    (["66ae", "--note", "x"], "give --stance: bullish, bearish, neutral, none, model"),
    (["66ae", "--stance", "bearish"], "give --note"),
    (["66ae", "--stance", "none"], "give --note"),
    (["66ae", "--stance", "sideways", "--note", "x"], "'sideways' is not one of"),
    (["66ae", "--export", "x.jsonl"], "--export stands alone"),
]


@pytest.mark.parametrize(
    ("arguments", "words"), ARGUMENTS, ids=[row[1] + str(len(row[0])) for row in ARGUMENTS]
)
def test_half_a_correction_is_refused(tmp_path: Path, arguments: list[str], words: str) -> None:
    ran = CliRunner().invoke(correct_command.command, [*arguments, "--db", str(tmp_path / "l.db")])
    assert (ran.exit_code, words in ran.output) == (2, True)


# --- training rows ---------------------------------------------------------------------------------------

PAGE = (
    "<html><head><title>Rates</title></head><body><article><h1>What the desks expect of small caps and rates</h1>"
    "<p>Trading was quiet through the afternoon, with little news and fewer orders than usual, and most sectors ended"
    " higher than they began. Many desks have turned to small caps this week.</p>"
    "<p>“We expect the group to lead the market through the summer,” said Ann Lee, chief strategist at Harbor Lane"
    " Capital. “Gold is a different matter, and we would rather own something else.”</p></article></body></html>"
)


def kept(
    book: Ledger, targets: Targets, *, name: str = "a", may_train: bool = True
) -> tuple[Reading, Scripted]:
    """A page read by a model that finds everything bullish, and the model with what it was asked."""
    url = f"http://one.example/{name}"
    page = Capture(url, url, START, "text/html", PAGE.encode(), "One", may_train=may_train)
    model = Scripted()
    made = read_article(article_of(page), model, targets)
    book.keep_reading(made, capture=page)
    return made, model


def test_a_training_row_is_the_question_that_the_model_was_asked(
    opened, targets: Targets, tmp_path: Path
) -> None:
    book, _ = opened
    made, model = kept(book, targets)
    views = sorted(made.views, key=lambda view: view.target)
    assert {"gold", "small_caps"} <= {view.target for view in views}
    for view in views:
        book.correct(view.id, "none" if view.target == "gold" else "bearish", f"on {view.target}")
    out = tmp_path / "rows.jsonl"
    assert run(correct_command, "--export", str(out), "--db", str(book.path)) == f"{out}: {len(views)} rows\n"
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    asked = [
        Pair(
            row["name"],
            row["text"],
            tuple(Span(*span) for span in row["said"]),
            tuple(Span(*span) for span in row["named"]),
            row["voice"],
        )
        for row in rows
    ]
    assert set(asked) == set(model.asked)
    assert all(pair.said and pair.voice == "chief strategist, harbor lane capital" for pair in asked)
    labels = {row["target"]: (row["label"], row["judged"], row["note"]) for row in rows}
    assert labels["gold"] == ("unjudged", "bullish", "on gold")
    assert labels["small_caps"] == ("bearish", "bullish", "on small_caps")
    assert {row["label"] for row in rows} <= set(CLASSES)


def test_what_is_taken_back_or_may_not_train_gives_no_row(opened, targets: Targets) -> None:
    book, clock = opened
    first, _ = kept(book, targets)
    book.correct(first.views[0].id, "bearish", NOTE)
    book.correct(first.views[0].id, "model", NOTE)
    clock.sleep(60)
    other = PAGE.replace("Ann Lee", "Tom Ode")
    url = "http://two.example/b"
    page = Capture(url, url, day(20), "text/html", other.encode(), "Two", may_train=False)
    second = read_article(article_of(page), Scripted(), targets)
    book.keep_reading(second, capture=page)
    book.correct(second.views[0].id, "bearish", NOTE)
    left_out: Counter[str] = Counter()
    assert list(training_rows(book, targets, left_out)) == []
    assert dict(left_out) == {"from a page that forbids training": 1}


def test_a_ledger_without_corrections_exports_an_empty_file(tmp_path: Path) -> None:
    ledger(tmp_path)[0].close()
    out = tmp_path / "rows.jsonl"
    assert (
        run(correct_command, "--export", str(out), "--db", str(tmp_path / "narrative.db"))
        == f"{out}: 0 rows\n"
    )
    assert out.read_text() == ""


def test_large_words_stay(opened) -> None:
    """A correction looks at no other target: the rows of another voice come back as they were."""
    book, clock = opened
    book.keep_reading(reading(SMALL, LARGE))
    before = book.entries(targets=["mega_cap_tech"])
    ruled(book, clock, "none")
    assert book.entries(targets=["mega_cap_tech"]) == before
    with open_ledger(book.path, clock, readonly=True) as other:
        assert small(other)[0].correction == "none"
