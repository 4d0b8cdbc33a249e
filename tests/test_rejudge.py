"""Judging again: the statements stay, the new judgement speaks, and nothing that was known before moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from narrative.clock import SimulatedClock
from narrative.commands import rejudge as rejudge_command
from narrative.ledger import Ledger
from narrative.read.encoder import Judged, Pair, Reader, load_reader
from narrative.read.gold import read_gold
from narrative.read.page import article_of, article_of_text
from narrative.read.reader import read_article, vintage_of
from narrative.rejudging import RejudgeSummary, rejudge
from narrative.rereading import reread
from narrative.targets import Target, Targets
from narrative.terms import Capture, Reading
from tests.scripted_model import BEARISH, BULLISH, NO_VIEW, Scripted

THEN = datetime(2026, 1, 9, 8, 30, tzinfo=UTC)
AROUND = (
    "The desks that watch the market have had a busy start to the year, and most of them say so. Trading was quiet "
    "through the afternoon, with little news and fewer orders than usual, and most sectors ended higher than they began."
)
QUOTE = "“{},” said {}, chief strategist at Harbor Lane Capital."
WORDS = {
    "Ann Bell": "We bought more small caps on Monday and will buy again",
    "Tom Ode": "The small caps we own are cheap, and gold is not",
    "Mia Roe": "Nobody here doubts that small caps have the better year ahead of gold",
}


def text_of(speaker: str) -> str:
    return f"{AROUND}\n{QUOTE.format(WORDS[speaker], speaker)}"


def model(name: str = "newer", answer: Judged = BULLISH, **answers: Judged) -> Scripted:
    named = {key.replace("_", " "): value for key, value in answers.items()}
    made = Scripted({"small caps": answer, **named}, default=NO_VIEW)
    made.name = name
    return made


class Room:
    """A ledger that one model has read, and the means to judge it again."""

    def __init__(self, ledger: Ledger, clock: SimulatedClock, targets: Targets) -> None:
        self.ledger = ledger
        self.clock = clock
        self.targets = targets

    def keep(
        self, *speakers: str, by: Scripted | None = None, targets: Targets | None = None
    ) -> list[Reading]:
        """Keep an article a speaker, as a model reads it."""
        found = []
        for speaker in speakers or WORDS:
            article = article_of_text(text_of(speaker), available_at=THEN)
            found.append(read_article(article, by or model("older"), targets or self.targets))
            self.ledger.keep_reading(found[-1])
        return found

    def again(self, by: Scripted | None = None, *, only_new: bool = False) -> RejudgeSummary:
        self.clock.sleep(3600)
        return rejudge(self.ledger, by or model(), self.targets, only_new=only_new)

    def dump(self) -> list[str]:
        return list(self.ledger.store.connection.iterdump())

    def says(self, known_at: datetime | None = None) -> dict[tuple[str, str], str]:
        """The stance of each voice on each target, counted rows only."""
        return {
            (entry.voice_name, entry.target): entry.stance
            for entry in self.ledger.entries(known_at=known_at)
            if entry.counted
        }


@pytest.fixture
def room(ledger: Ledger, clock: SimulatedClock, targets: Targets) -> Room:
    return Room(ledger, clock, targets)


def without(targets: Targets, *ids: str) -> Targets:
    """An older vocabulary."""
    return Targets([row for row in targets if row.id not in ids], "older")


# --- what stays and what is new --------------------------------------------------------------------------


def test_the_new_judgement_speaks_and_the_old_one_stays(room: Room) -> None:
    room.keep()
    then, before = room.clock.now(), repr(room.ledger.entries())
    summary = room.again(model(answer=BEARISH))
    assert room.says() == {(name, "small_caps"): "bearish" for name in WORDS}
    assert repr(room.ledger.entries(known_at=then)) == before
    assert (summary.articles, summary.statements, summary.views, summary.otherwise) == (3, 3, 3, 3)
    assert summary.vintage.model == f"{vintage_of(model(), room.targets).model}/rejudged"


def test_words_speakers_and_echoes_are_those_that_were_kept(room: Room) -> None:
    room.keep()
    before = room.ledger.entries()
    room.again(model(answer=BEARISH))
    judged = ("view", "stance", "bullish", "bearish", "neutral", "model", "judged_at")
    after = room.ledger.entries()
    assert len(after) == len(before) == 3
    for new in after:
        mate = next(entry for entry in before if entry.voice == new.voice)
        assert replace(new, **{name: getattr(mate, name) for name in judged}) == mate
        assert new.view not in {entry.view for entry in before}
        assert room.ledger.why(mate.view).entry.model.startswith("older/")
        evidence, first = room.ledger.why(new.view), room.ledger.why(mate.view)
        assert (evidence.content, evidence.resolution, evidence.figures) == (
            first.content,
            first.resolution,
            first.figures,
        )
    groups = room.ledger.store.rows("SELECT id, count(DISTINCT echo_group) AS n FROM statements GROUP BY id")
    assert {row["n"] for row in groups} == {1}


def test_judging_again_gives_what_reading_gives(room: Room, reader: Reader) -> None:
    """The shipped model under another name, on three articles of the corpus: every view comes out as when it was read."""
    renamed = load_reader()
    renamed.name = "renamed"
    folder = Path(__file__).parents[1] / "corpus" / "articles"
    texts = [
        read_gold(folder / shape / f"{shape[0]}-0001.txt").text for shape in ("a-desk", "d-wire", "h-long")
    ]
    read = [read_article(article_of_text(text, available_at=THEN), reader, room.targets) for text in texts]
    for reading in read:
        room.ledger.keep_reading(reading)
    room.clock.sleep(3600)
    summary = rejudge(room.ledger, renamed, room.targets)
    assert summary.articles == sum(bool(reading.statements) for reading in read) > 0
    numbers = {row["id"]: row["number"] for row in room.ledger.store.rows("SELECT id, number FROM articles")}
    for reading in read:
        kept = room.ledger.last_reading(numbers[reading.article.id])
        assert kept.vintage == summary.vintage
        assert kept.mentions == reading.mentions
        assert sorted(kept.statements, key=lambda s: s.id) == sorted(reading.statements, key=lambda s: s.id)
        assert sorted((replace(view, id="") for view in kept.views), key=repr) == sorted(
            (replace(view, id="") for view in reading.views), key=repr
        )
    assert sum(len(reading.views) for reading in read) > 0


def test_what_the_model_has_read_itself_is_not_judged_again(room: Room) -> None:
    room.keep("Ann Bell", by=model("older"))
    room.keep("Tom Ode", by=model("newer"))
    judge = model("newer")
    assert room.again(judge).articles == 1
    assert {pair.text.count("Monday") for pair in judge.asked} == {1}


def test_an_article_that_fell_silent_stays_silent(room: Room) -> None:
    (read,) = room.keep("Ann Bell")
    room.clock.sleep(60)
    room.ledger.keep_reading(Reading(read.article, vintage_of(model("between"), room.targets)))
    assert room.again().articles == 0
    assert room.says() == {}


def test_reading_again_speaks_after_judging_again(room: Room) -> None:
    page = Capture("http://one.example/a", "http://one.example/a", THEN, "text/html", b"", "One")
    body = f"<html><body><article><p>{AROUND}</p><p>{QUOTE.format(WORDS['Ann Bell'], 'Ann Bell')}</p></article></body></html>"
    page = replace(page, body=body.encode())
    room.ledger.keep_capture(page)
    room.ledger.keep_reading(read_article(article_of(page), model("older"), room.targets), capture=page)
    room.keep("Tom Ode", by=model("newer"))  # so that the vintage of reading is older than that of judging
    room.again(model("newer", answer=BEARISH))
    assert room.says()["Ann Bell", "small_caps"] == "bearish"
    room.clock.sleep(3600)
    reread(room.ledger, model("newer"), room.targets)
    assert room.says()["Ann Bell", "small_caps"] == "bullish"


def test_a_correction_stands_over_every_judgement(room: Room) -> None:
    room.keep("Ann Bell", "Tom Ode")
    by_voice = {entry.voice_name: entry.view for entry in room.ledger.entries()}
    room.ledger.correct(by_voice["Ann Bell"], "neutral", "she only reports her trades")
    room.again(model(answer=BEARISH))
    assert room.says() == {("Ann Bell", "small_caps"): "neutral", ("Tom Ode", "small_caps"): "bearish"}
    room.again(model("newest", answer=NO_VIEW))
    assert room.says() == {("Ann Bell", "small_caps"): "neutral"}


# --- new targets -----------------------------------------------------------------------------------------


def test_a_new_target_is_judged_on_kept_statements(room: Room) -> None:
    old = without(room.targets, "gold")
    room.keep(by=model(gold=BEARISH), targets=old)
    assert {target for _, target in room.says()} == {"small_caps"}
    summary = room.again(model(gold=BEARISH))
    assert (summary.articles, summary.otherwise) == (3, 0)
    assert room.says() == {(name, "small_caps"): "bullish" for name in WORDS} | {
        ("Tom Ode", "gold"): "bearish",
        ("Mia Roe", "gold"): "bearish",
    }


def test_only_new_targets_are_asked_about_and_the_rest_is_taken_over(room: Room) -> None:
    room.keep(by=model(), targets=without(room.targets, "gold"))
    before = {entry.view: entry for entry in room.ledger.entries()}
    judge = model(answer=BEARISH, gold=BEARISH)
    summary = room.again(judge, only_new=True)
    assert {pair.target for pair in judge.asked} == {"gold"}
    assert (summary.articles, summary.views, summary.elsewhere) == (3, 2, 0)
    assert "gold" in summary.added
    assert "small_caps" not in summary.added
    entries = room.ledger.entries()
    taken = [entry for entry in entries if entry.target == "small_caps"]
    assert {entry.view for entry in taken} == set(before)
    for entry in taken:
        moved = {"model": entry.model, "targets_version": entry.targets_version, "judged_at": entry.judged_at}
        assert replace(before[entry.view], **moved) == entry
    assert sorted(e.stance for e in entries if e.target == "gold") == ["bearish", "bearish"]
    assert room.ledger.why(taken[0].view).entry == taken[0]


def own(*ids: str) -> tuple[Target, ...]:
    """Rows of the user's own."""
    return tuple(
        Target(one, one.replace("_", " "), "commodity", aliases=(one.replace("_", " "),)) for one in ids
    )


ADDED = [
    # the user's rows then, those of now, (which are asked about, whether they are known to be new), why
    ((), ("tin",), (("tin",), True), "the first row of one's own"),
    ((), ("tin", "silver_foil"), (("tin", "silver_foil"), True), "two of them"),
    (("tin",), ("tin", "zinc"), (("zinc",), True), "a second one, behind the first"),
    (("zinc",), ("tin", "zinc"), (("tin",), True), "a second one, before the first"),
    (("tin",), ("zinc",), (None, False), "one in the place of another: what was there then cannot be told"),
]


@pytest.mark.parametrize(("then", "now", "asked", "reason"), ADDED, ids=[row[3] for row in ADDED])
def test_only_what_came_to_the_vocabulary_is_asked_about(
    room: Room, targets: Targets, then: tuple[str, ...], now: tuple[str, ...], asked: tuple, reason: str
) -> None:
    room.keep(by=model(), targets=Targets(targets, "built-in", own(*then)))
    room.targets = Targets(targets, "built-in", own(*now))
    summary = room.again(model(), only_new=True)
    wanted = asked[0] or tuple(row.id for row in room.targets if row.id != "small_caps")
    assert (set(summary.added), summary.certain) == (set(wanted), asked[1]), reason
    names = {row.id: row.name for row in room.targets}
    (told,) = [line for line in rejudge_command.lines(summary, names) if line.startswith("targets")]
    assert told.split("     ")[1].startswith(
        ", ".join(names[one] for one in asked[0]) if asked[1] else f"{len(wanted)} targets without a view"
    )


def test_a_stopped_run_over_new_targets_goes_on(room: Room) -> None:
    room.keep(by=model(), targets=without(room.targets, "gold"))
    with pytest.raises(KeyboardInterrupt):
        room.again(Stopping(1, gold=BEARISH), only_new=True)
    room.again(model(gold=BEARISH), only_new=True)
    assert {key: stance for key, stance in room.says().items() if key[1] == "gold"} == {
        ("Tom Ode", "gold"): "bearish",
        ("Mia Roe", "gold"): "bearish",
    }
    assert room.again(model(gold=BEARISH), only_new=True).articles == 0


def test_new_targets_leave_the_views_of_another_model_alone(room: Room) -> None:
    room.keep(by=model("older"), targets=without(room.targets, "gold"))
    summary = room.again(only_new=True)
    assert (summary.articles, summary.elsewhere) == (0, 3)


def test_all_targets_can_be_asked_about_after_the_new_ones(room: Room) -> None:
    room.keep(by=model(), targets=without(room.targets, "gold"))
    room.again(model(gold=BEARISH), only_new=True)
    assert room.again(model(answer=BEARISH, gold=BEARISH)).articles == 3
    assert set(room.says().values()) == {"bearish"}
    assert room.again(model(answer=BEARISH, gold=BEARISH), only_new=True).articles == 0


# --- stopping, repeating, coming back --------------------------------------------------------------------


class Stopping(Scripted):
    """A model that fails like a power cut at its nth question."""

    def __init__(self, after: int, **answers: Judged) -> None:
        super().__init__({"small caps": BULLISH, **answers}, default=NO_VIEW)
        self.name = "newer"
        self._after = after

    def judge(self, pair: Pair) -> Judged:
        if len(self.asked) == self._after:
            raise KeyboardInterrupt
        return super().judge(pair)


def test_a_second_run_finds_nothing(room: Room) -> None:
    room.keep()
    room.again()
    before, judge = room.dump(), model()
    assert (room.again(judge).articles, judge.asked) == (0, [])
    assert room.dump() == before


@pytest.mark.parametrize("after", range(5))
def test_a_stopped_run_goes_on_where_it_was(room: Room, after: int) -> None:
    room.keep(by=model("older", answer=BEARISH))
    then = room.clock.now()
    before = repr(room.ledger.entries(known_at=then))
    with pytest.raises(KeyboardInterrupt):
        room.again(Stopping(after))
    done = room.ledger.store.value("SELECT count(*) FROM readings") - 3
    assert room.again().articles == 3 - done
    assert room.says() == {(name, "small_caps"): "bullish" for name in WORDS}
    assert repr(room.ledger.entries(known_at=then)) == before
    vintages = [one.model.rpartition("/")[2] for one in room.ledger.vintages()]
    assert vintages.count("rejudged") == 1


def test_what_is_read_anew_meanwhile_is_not_judged_over(room: Room) -> None:
    (read,) = room.keep("Ann Bell")
    kept = room.ledger.last_reading(1)
    room.clock.sleep(60)
    room.ledger.keep_reading(replace(read, vintage=vintage_of(model("between"), room.targets), views=()))
    before, late = room.dump(), vintage_of(model("late"), room.targets)
    assert not room.ledger.keep_judgement(1, kept.vintage, late, ())
    assert room.dump() == before


def test_coming_back_to_a_model_makes_it_speak_again(room: Room) -> None:
    room.keep(by=model("shipped"))
    moments = []
    for name, answer in (("other", BEARISH), ("shipped", BULLISH), ("other", BEARISH), ("shipped", BULLISH)):
        assert room.again(model(name, answer=answer)).articles == 3
        moments.append((room.clock.now(), answer))
    names = [one.model.replace(one.model.split("/")[1], "CODE") for one in room.ledger.vintages()]
    assert names == [
        "shipped/CODE",
        "other/CODE/rejudged",
        "shipped/CODE/rejudged",
        "other/CODE/rejudged2",
        "shipped/CODE/rejudged2",
    ]
    for moment, answer in moments:
        assert set(room.says(known_at=moment).values()) == {"bearish" if answer == BEARISH else "bullish"}


def test_progress_is_told(room: Room) -> None:
    room.keep()
    told: list[tuple[str, int, int]] = []
    rejudge(room.ledger, model(), room.targets, lambda *step: told.append(step))
    assert told == [("articles", n, 3) for n in range(1, 4)]


# --- the command -----------------------------------------------------------------------------------------


def run(room: Room, *options: str) -> list[str]:
    arguments = ["--db", str(room.ledger.path), *options]
    ran = CliRunner().invoke(rejudge_command.command, arguments, catch_exceptions=False)
    assert all(len(line) <= 80 for line in ran.output.splitlines())
    return ran.output.splitlines()


def test_the_command_says_what_changed(room: Room) -> None:
    room.keep()
    alone = run(room, "--targets")
    assert [line.split()[0] for line in alone] == ["nothing", "left"]
    assert "3 judged by another model" in alone[1]
    lines = run(room)
    assert [line.split()[0] for line in lines] == ["vintage", "articles", "statements", "views", "judgement"]
    assert lines[1:3] == ["articles    3", "statements  3"]
    assert run(room) == ["nothing to do: this model, code and vocabulary have judged all there is to judge"]


def test_no_such_model_is_one_line_and_nothing_is_kept(room: Room) -> None:
    room.keep()
    before = room.dump()
    ran = CliRunner().invoke(
        rejudge_command.command, ["--db", str(room.ledger.path), "--model", "no such folder"]
    )
    assert "no usable model at no such folder" in str(ran.exception)
    assert room.dump() == before
