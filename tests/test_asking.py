"""Asking a ledger: options and words through the joiner and the command, states of the ledger named in words, every form."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from narrative import api
from narrative.clock import SimulatedClock
from narrative.commands.ask import command
from narrative.errors import NarrativeError, UsageError
from narrative.ledger import Ledger
from narrative.tell.flags import Flags
from tests.ledger_rows import Quote, day, ledger, reading

LEE = Quote("We think small caps will lead the market through the summer")
TURNED = Quote(
    "Small caps have run ahead of what they earn, and we step back", stances={"small_caps": "bearish"}
)
ODE = Quote("Small caps cannot carry their debt", "Tom Ode", "Kestrel", {"small_caps": "bearish"})
HOUSE = Quote("Gold is the only shelter that pays this year", None, "Kestrel", {"gold": "bullish"})


@dataclass
class Book:
    path: Path
    ledger: Ledger
    clock: SimulatedClock

    def ask(self, question: str = "", **options: Any) -> api.Answered:
        return api.ask(self.ledger, question, clock=self.clock, **options)

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(command, [*arguments, "--db", str(self.path)])


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """Lee is bullish on the 12th and bearish on the 16th, recorded as they came; Ode and Kestrel speak on the 14th."""
    folder = tmp_path_factory.mktemp("asking")
    made, clock = ledger(folder)
    with made:
        made.keep_reading(reading(LEE, url="https://one.example/a", outlet="One Wire"))
        clock.advance_to(day(2))
        made.keep_reading(reading(ODE, HOUSE, url="https://two.example/b", at=day(2), outlet="Two Post"))
        clock.advance_to(day(4))
        made.keep_reading(reading(TURNED, url="https://one.example/c", at=day(4), outlet="One Wire"))
        clock.advance_to(day(5))
        yield Book(folder / "narrative.db", made, clock)


def names(answered: api.Answered) -> list[str]:
    return [row.entry.voice_name for row in answered.answer.rows]


LISTED = [
    ("who disagrees with Tom Ode on small caps", [], "Lee has come over"),
    ("who agrees with Tom Ode on small caps", ["Ann Lee"], "she has"),
    ("who disagrees with Tom Ode on small caps as of 2026-01-15", ["Ann Lee"], "she had not yet"),
    (
        "who disagrees with Tom Ode on small caps as known on 2026-01-15",
        ["Ann Lee"],
        "nor did the ledger know",
    ),
    ("who disagrees with Tom Ode on small caps as known on 2026-01-12", [], "he had not spoken"),
    ("has Ann Lee said the opposite on small caps", ["Ann Lee"], "she has turned"),
    ("who was first to be bearish on small caps", ["Tom Ode", "Ann Lee"], "by the day they said it"),
    ("compare small caps and gold", ["Ann Lee", "Tom Ode", "Kestrel"], "one side after the other"),
    ("what did anyone at Kestrel say about small caps", ["Tom Ode"], "a firm's people"),
    ("who is bearish on small caps in One Wire", ["Ann Lee"], "an outlet the ledger knows"),
]


@pytest.mark.parametrize(("question", "voices", "reason"), LISTED, ids=[row[0] for row in LISTED])
def test_a_ledger_answers(book: Book, question: str, voices: list[str], reason: str) -> None:
    assert names(book.ask(question)) == voices, reason


def test_what_was_known_in_words_is_what_the_option_replays(book: Book) -> None:
    from narrative.moments import end_of

    words = book.ask("who is bullish on small caps as known on 2026-01-14").answer
    option = book.ask("who is bullish on small caps", known_at=end_of(date(2026, 1, 14))).answer
    assert (words.at, words.known_at, words.counts) == (option.at, option.known_at, option.counts)
    assert [row.entry for row in words.rows] == [row.entry for row in option.rows]
    assert words.rows


def test_a_replay_is_named_once(book: Book) -> None:
    with pytest.raises(UsageError, match="give it once"):
        book.ask("who is bullish on small caps as known on 2026-01-14", known_at=day(3))


def test_options_answer_as_words_do(book: Book) -> None:
    flags = Flags(targets=("small_caps",), stance="bearish", since=date(2026, 1, 13))
    by_flags, by_words = book.ask(flags=flags), book.ask("who is bearish on small caps since 2026-01-13")
    assert by_flags.answer.rows == by_words.answer.rows
    assert by_flags.answer.counts == by_words.answer.counts
    assert by_flags.answer.understood == by_words.answer.understood


def test_a_question_of_neither_words_nor_options_is_refused(book: Book) -> None:
    with pytest.raises(UsageError):
        book.ask("")
    assert book.run().exit_code == 2


AS_OF = ("--as-of", "2026-01-16")


@pytest.mark.parametrize("form", ["--json", "--csv", "--md", None])
def test_the_command_takes_options_in_every_form(book: Book, form: str | None) -> None:
    ran = book.run(
        "--target", "small_caps", "--stance", "bearish", "--limit", "1", *AS_OF, *([form] if form else [])
    )
    assert ran.exit_code == 0, ran.output
    assert "Ann Lee" in ran.output
    assert "Tom Ode" not in ran.output
    assert "\x1b" not in ran.output
    if form == "--json":
        document = json.loads(ran.output)
        assert (document["left_out"], document["counts"]["bearish"]) == (1, 2)
    elif form == "--csv":
        assert len(list(csv.DictReader(io.StringIO(ran.output)))) == 1
    else:
        assert "1 more" in ran.output
        assert "2 bearish" in ran.output


def test_the_command_takes_options_beside_words(book: Book) -> None:
    ran = book.run("who", "is", "bearish", "on", "small", "caps", "--voice", "Tom Ode", "--json", *AS_OF)
    assert [row["voice"] for row in json.loads(ran.output)["voices"]] == ["Tom Ode"]


def test_a_day_that_is_none_is_refused_by_the_command(book: Book) -> None:
    ran = book.run("--target", "small_caps", "--since", "14/7/2025")
    assert ran.exit_code == 2
    assert "--since" in ran.output


def test_options_against_the_words_stop_the_command(book: Book) -> None:
    ran = book.run("who is bullish on small caps", "--stance", "bearish")
    assert isinstance(ran.exception, NarrativeError)
    assert "--stance" in str(ran.exception)


# --- what ran out long ago -----------------------------------------------------------------------------------

AGES = [
    ("who is bullish on small caps", [], True, "what ran out years ago is not listed"),
    ("who flipped on small caps", [], True, "nor what changed then"),
    (
        "who is bullish on small caps since January 2020",
        ["Ann Lee"],
        False,
        "a time that is named is looked at",
    ),
    ("who was bullish on small caps", ["Ann Lee"], False, "as is the past as such"),
    ("is Ann Lee bullish on small caps", ["Ann Lee"], False, "and a voice that is named"),
    ("what did Ann Lee say about small caps", ["Ann Lee"], False, "what was said has no end"),
]


@pytest.mark.parametrize(("question", "voices", "aside", "reason"), AGES, ids=[row[3] for row in AGES])
def test_how_far_a_question_looks_back(
    tmp_path: Path, question: str, voices: list[str], aside: bool, reason: str
) -> None:
    made, clock = ledger(tmp_path)
    with made:
        made.keep_reading(reading(LEE))
        clock.advance_to(day(1200))
        answered = api.ask(made, question, clock=clock)
    assert [row.entry.voice_name for row in answered.answer.rows] == voices, reason
    assert ("are left aside" in answered.text()) == ("are left aside" in answered.markdown()) == aside, reason
    assert (json.loads(answered.json())["since"] is not None) == aside, reason
