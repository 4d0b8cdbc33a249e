"""Targets and narratives of the user's own: where they lie, what is refused on which line, and what their names match."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from narrative.aliases import check
from narrative.clock import SimulatedClock, SystemClock
from narrative.commands import cli
from narrative.errors import NarrativeError, UsageError
from narrative.home import home
from narrative.ledger import Ledger, open_ledger
from narrative.ledger.spoken import Spoken
from narrative.located import Located
from narrative.read.page import article_of_text
from narrative.read.reader import read_article
from narrative.rejudging import rejudge
from narrative.targets import Targets, load_narrative, load_targets, narratives
from tests import ledger_rows
from tests.scripted_model import BULLISH, NO_VIEW, Scripted
from tests.shell import Ran, narrative

URANIUM = """\
[[target]]
id = "uranium"
name = "uranium"
kind = "commodity"
aliases = ["uranium", "yellowcake", "nuclear fuel"]
tickers = ["URA"]
hypothesis = "The price of uranium will rise."
"""
ATOMS = 'title = "The atom returns"\n\n[legs]\nuranium = 1\nenergy = -1\n'


def folder(place: Path, targets: str = URANIUM, **stories: str) -> Path:
    """A user's folder with these targets and narratives."""
    (place / "narratives").mkdir(parents=True)
    (place / "targets.toml").write_text(targets, encoding="utf-8")
    for name, body in stories.items():
        (place / "narratives" / f"{name}.toml").write_text(body, encoding="utf-8")
    return place


def run(place: Path, *arguments: str | Path) -> Result:
    return CliRunner(env={"NARRATIVE_HOME": str(place), "COLUMNS": "80"}).invoke(
        cli, list(map(str, arguments))
    )


# --- where ----------------------------------------------------------------------------------------------------

PLACES = [
    ({"NARRATIVE_HOME": "/a", "XDG_CONFIG_HOME": "/b", "HOME": "/c"}, "/a", "named before all"),
    ({"XDG_CONFIG_HOME": "/b", "HOME": "/c"}, "/b/narrative", "the folder of settings"),
    ({"XDG_CONFIG_HOME": "b", "HOME": "/c"}, "/c/.config/narrative", "a relative one is none"),
    ({"NARRATIVE_HOME": "", "XDG_CONFIG_HOME": "", "HOME": "/c"}, "/c/.config/narrative", "empty is unset"),
]


@pytest.mark.parametrize(("environment", "place", "reason"), PLACES, ids=[row[2] for row in PLACES])
def test_the_user_s_folder(environment: dict[str, str], place: str, reason: str) -> None:
    assert home(environment) == Path(place), reason


# --- lines ----------------------------------------------------------------------------------------------------

DOCUMENT = '''\
# a comment
title = "x"
text = """
[legs]
two = 2
"""

[legs]   # of it
small = 1
list = [
  1,
  [2]
]
dotted.inner = 3

[[target]]
id = "a"

[[target]]
id = "b"
inline = { deep = 1 }
'''
KEYS = [
    (("title",), 2, "after a comment"),
    (("text",), 3, "a text of several lines"),
    (("legs",), 8, "a header"),
    (("legs", "small"), 9, "under a header"),
    (("legs", "list"), 10, "a list of several lines"),
    (("legs", "dotted", "inner"), 14, "a dotted key"),
    (("target", 0), 16, "the first of an array of tables"),
    (("target", 0, "id"), 17, "in the first"),
    (("target", 1, "id"), 20, "in the second"),
    (("target", 1, "inline", "deep"), 21, "an inline table"),
    (("target", 1, "nothing"), 19, "what is not there stands where it would"),
    (("nothing",), 1, "nowhere"),
]


@pytest.mark.parametrize(("key", "line", "reason"), KEYS, ids=[row[2] for row in KEYS])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_the_line_of_a_key(
    key: tuple[str | int, ...], line: int, reason: str, ends: str, tmp_path: Path
) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(DOCUMENT.replace("\n", ends).encode())
    assert Located(path).line(*key) == line, reason


PARTS = st.tuples(st.sampled_from(["", "# c\n", "\n"]), st.sampled_from(['"x"', "[\n1,\n2]", "'''\n#\n'''"]))


@given(parts=st.lists(PARTS))
def test_each_key_stands_on_the_line_it_was_written_on(
    parts: list[tuple[str, str]], tmp_path_factory
) -> None:
    text, expected = "", {}
    for number, (before, value) in enumerate(parts):
        text += before
        expected[f"k{number}"] = text.count("\n") + 1
        text += f"k{number} = {value}\n"
    path = tmp_path_factory.mktemp("lines") / "x.toml"
    path.write_text(text, encoding="utf-8")
    found = Located(path)
    assert {key: found.line(key) for key in expected} == expected


# --- what is refused ------------------------------------------------------------------------------------------

ROW = '[[target]]\nid = "x"\nname = "x"\nkind = "claim"\n'
TARGETS = [
    (ROW + 'colour = "red"\n', "5: unknown key 'colour' in a target", "an unknown key"),
    ('shade = 1\n' + ROW, "1: unknown key 'shade'", "an unknown key outside"),
    (URANIUM + ROW.replace('"claim"', '"mood"'), "11: kind 'mood' is not one of", "an unknown kind, second row"),
    ('[[target]]\nid = "x"\n', "1: a target needs name, kind", "keys that miss"),
    (ROW.replace('"x"', '"small_caps"', 1), "2: small_caps is a built-in target", "a built-in id"),
    (ROW + ROW, "6: a second target x", "an id twice"),
    (ROW.replace('"x"', '"X y"', 1), "2: 'X y' is no id", "an id that is none"),
    (ROW + 'aliases = "oil"\n', "5: aliases must be a list of texts", "a text for a list"),
    (ROW + "aliases = [1]\n", "5: aliases must be a list of texts", "a number in a list"),
    (ROW.replace('name = "x"', "name = 3"), "3: name must be a text", "a number for a text"),
    (ROW + 'aliases = ["oil", ""]\n', "5: '' is no name", "an empty name"),
    (ROW + 'bare = ["a.*|(b"]\n', "5: 'a.*|(b' is no name", "a pattern for a name"),
    ("target = 3\n", "1: a target is a row that begins", "no row"),
    ("target = [3]\n", "1: a target is a row that begins", "no row in a list"),
    ("[[target]\n", "at line 1", "no TOML"),
]  # fmt: skip
STORIES = [
    ('title = "x"\ncolour = "red"\n[legs]\ngold = 1\n', "2: unknown key 'colour'", "an unknown key"),
    ('title = "x"\n', "1: a narrative needs [legs]", "no legs"),
    ("[legs]\ngold = 1\nsmal_caps = 1\n", "3: unknown target 'smal_caps'; near: small_caps", "a slip in a leg"),
    ("[legs]\ngold = 1\n\nenergy = 2\n", "4: the sign of energy must be 1 or -1, not 2", "a sign that is none"),
    ("[legs]\ngold = true\n", "2: the sign of gold must be 1 or -1, not True", "true is no sign"),
    ("title = 3\n[legs]\ngold = 1\n", "1: title must be a text", "a number for a title"),
    ('\nspreads = [["A"]]\n[legs]\ngold = 1\n', "2: a spread is two tickers", "half a spread"),
    ("legs = 3\n", "1: a narrative needs [legs]", "legs that are none"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "complaint", "reason"), TARGETS, ids=[row[2] for row in TARGETS])
def test_a_mistake_in_a_target_is_told_with_its_line(
    body: str, complaint: str, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(NarrativeError) as refused:
        load_targets(folder=folder(tmp_path, body)).whole()
    assert str(tmp_path / "targets.toml") in str(refused.value)
    assert complaint in str(refused.value), reason


@pytest.mark.parametrize(("body", "complaint", "reason"), STORIES, ids=[row[2] for row in STORIES])
def test_a_mistake_in_a_narrative_is_told_with_its_line(
    body: str, complaint: str, reason: str, tmp_path: Path
) -> None:
    place = folder(tmp_path, mine=body) / "narratives"
    with pytest.raises(NarrativeError) as refused:
        load_narrative("mine", place)
    assert f"mine.toml:{complaint}" in str(refused.value), reason


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    place = folder(tmp_path)
    (place / "targets.toml").write_bytes(b'title = "\xff"')
    with pytest.raises(NarrativeError, match="not UTF-8"):
        load_targets(folder=place).whole()


# --- who goes on beside a mistake -----------------------------------------------------------------------------

ASKED = "who is bullish on small caps"
GOES_ON = [
    # what is asked, the faulty file, why it goes on
    (("ask", ASKED), "narratives/mine.toml:2:", "a narrative that nobody asked for"),
    (("narratives", "list"), "narratives/mine.toml:2:", "the list has the others"),
    (("audit",), "narratives/mine.toml:2:", "the figures of the others are recomputed"),
    (("ask", ASKED), "targets.toml:5:", "the built-in targets answer"),
    (("digest", "rotation"), "targets.toml:5:", "its legs are built in"),
    (("why", "rotation@2026-W03:net"), "targets.toml:5:", "its legs are built in"),
    (("why", "VIEW"), "targets.toml:5:", "a view there is"),
    (("factor", "rotation"), "targets.toml:5:", "its legs are built in"),
    (("narratives", "list"), "targets.toml:5:", "the list has the built-in ones"),
]
STOPS = [
    # what is asked, the faulty file, why it stops
    (("digest", "mine"), "narratives/mine.toml:2:", "the narrative that is asked for"),
    (("narratives", "check"), "narratives/mine.toml:2:", "it looks for mistakes"),
    (("narratives", "check"), "targets.toml:5:", "it looks for mistakes"),
    (("read", "story.txt"), "targets.toml:5:", "a reading states its vocabulary"),
    (("add", "story.txt", "--db", "new.db"), "targets.toml:5:", "views are kept with their vocabulary"),
    (("crawl", "--contact", "a@b", "--feeds", "feeds.toml", "--db", "new.db"), "targets.toml:5:", "so does a poll"),
    (("crawl", "--jsonl", "dump.jsonl", "--db", "new.db"), "targets.toml:5:", "and a backfill"),
    (("import-views", "views.csv", "--source", "Desk", "--db", "new.db"), "targets.toml:5:", "and an import"),
    (("rejudge", "--targets"), "targets.toml:5:", "it would find nothing new"),
    (("reread",), "targets.toml:5:", "views are kept with their vocabulary"),
    (("stance",), "targets.toml:5:", "a target may be one of the user's"),
    (("demo",), "targets.toml:5:", "views are kept with their vocabulary"),
]  # fmt: skip
FAULTY = {
    "narratives/mine.toml:2:": {"mine": 'title = "x"\ncolour = "red"\n[legs]\ngold = 1\n'},
    "targets.toml:5:": {"targets": ROW + 'colour = "red"\n'},
}


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """A folder with a ledger and something to read, where the user's own files are yet to be made."""
    book, _ = ledger_rows.ledger(tmp_path)
    with book:
        book.keep_reading(ledger_rows.reading(ledger_rows.SMALL, ledger_rows.LARGE))
    feed = '[[feed]]\nurl = "http://127.0.0.1:9/f"\noutlet = "N"\nkind = "rss"\ninterval_minutes = 60\nuse = "none"\n'
    (tmp_path / "feeds.toml").write_text(feed + 'checked = "never"\n', encoding="utf-8")
    for name in ("story.txt", "dump.jsonl", "views.csv"):
        (tmp_path / name).write_text("{}\n", encoding="utf-8")
    return tmp_path


def in_order(beside: Path, asked: tuple[str, ...], fault: str) -> tuple[Ran, list[str]]:
    """Run a command beside a faulty file; return what came and the lines it complained in."""
    folder(beside / "home", **FAULTY[fault])
    with open_ledger(beside / "narrative.db", SystemClock(), readonly=True) as book:
        view = book.entries()[0].view
    ran = narrative(*(view if word == "VIEW" else word for word in asked), cwd=beside)
    return ran, [line for line in ran.err.splitlines() if not line.startswith("root ")]


@pytest.mark.parametrize(
    ("asked", "fault", "reason"), GOES_ON, ids=[" ".join(r[0]) + r[1][:1] for r in GOES_ON]
)
def test_an_answer_goes_on_without_a_faulty_file(
    asked: tuple[str, ...], fault: str, reason: str, beside: Path
) -> None:
    ran, told = in_order(beside, asked, fault)
    assert ran.code == 0, (reason, ran.err)
    assert ran.out
    assert len(told) == 1, told
    assert told[0].startswith("narrative: left out: ")
    assert f"{fault} unknown key 'colour'" in told[0]


@pytest.mark.parametrize(("asked", "fault", "reason"), STOPS, ids=[" ".join(r[0]) + r[1][:1] for r in STOPS])
def test_what_needs_a_faulty_file_stops(
    asked: tuple[str, ...], fault: str, reason: str, beside: Path
) -> None:
    ran, told = in_order(beside, asked, fault)
    assert ran.code != 0, reason
    assert (ran.out, f"{fault} unknown key 'colour'" in " ".join(told)) == ("", True)
    assert all(line.startswith("narrative: ") for line in told)
    assert not (beside / "new.db").exists()
    assert not (beside / "narrative-demo").exists()


def test_a_faulty_file_is_told_again_when_it_has_changed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = folder(tmp_path, ROW + "colour = 1\n")
    for _ in range(3):
        assert load_targets(folder=place).own == ()
    assert len(caplog.records) == 1
    with pytest.raises(NarrativeError, match="5: unknown key"):
        _ = load_targets(folder=place).digest
    (place / "targets.toml").write_text(ROW + "\n\ncolour = 1\n", encoding="utf-8")
    assert "7: unknown key" in load_targets(folder=place).fault
    assert len(caplog.records) == 2
    (place / "targets.toml").write_text(ROW, encoding="utf-8")
    assert [row.id for row in load_targets(folder=place).whole().own] == ["x"]


# --- what they add --------------------------------------------------------------------------------------------


def test_own_targets_stand_behind_the_built_in_ones(tmp_path: Path) -> None:
    found, built_in = load_targets(folder=folder(tmp_path)), load_targets()
    assert [row.id for row in found] == [*(row.id for row in built_in), "uranium"]
    assert [hit.target for hit in found.find("Yellowcake and small caps")] == ["uranium", "small_caps"]
    assert found.resolve("URA") == found["uranium"]


def test_the_definitions_of_own_targets_are_in_the_digest(tmp_path: Path) -> None:
    place = folder(tmp_path)
    digests = {load_targets().digest, load_targets(folder=place).digest}
    (place / "targets.toml").write_text(URANIUM.replace("will rise", "will rise soon"), encoding="utf-8")
    digests.add(load_targets(folder=place).digest)
    assert len(digests) == 3
    (place / "targets.toml").unlink()
    assert load_targets(folder=place).digest == load_targets().digest


def test_an_own_narrative_stands_beside_or_in_the_place_of_one(tmp_path: Path) -> None:
    mine = "[legs]\ngold = 1\n"
    place = folder(tmp_path, mine=mine, rotation=mine) / "narratives"
    assert set(narratives(place)) == {"ai-spending", "mine", "rotation", "soft-landing"}
    assert load_narrative("mine", place).legs == load_narrative("rotation", place).legs == {"gold": 1}
    with pytest.raises(UsageError, match="unknown narrative 'cheese'; known: ai-spending, mine, rotation"):
        load_narrative("cheese", place)


# --- what names match -----------------------------------------------------------------------------------------


def spoken(words: str, *judged: str) -> Spoken:
    return Spoken("s", "a", "One", "Ann Lee", None, words, frozenset(judged))


NEAR = [
    ("fuel for nuclear plants", "fuel for nuclear", "another order, a word between"),
    ("nuclear and other fuel", "nuclear and other fuel", "two words between"),
    ("nuclear plants may soon burn fuel", None, "too far apart"),
    ("uranum is scarce", "uranum", "a letter left out"),
    ("urainum is scarce", "urainum", "two letters changed over"),
    ("ukraine is at war", None, "another word"),
    ("fuel is dear", None, "half a name"),
    ("uraniumlike", None, "too long an ending"),
    ("nuclear fuels", "matched", "a plural is a match"),
    ("Uranium", "matched", "letter case does not count for a small name"),
]


@pytest.mark.parametrize(("words", "near", "reason"), NEAR, ids=[row[2] for row in NEAR])
def test_what_comes_near_a_name(words: str, near: str | None, reason: str, tmp_path: Path) -> None:
    (found,) = check([spoken(words)], load_targets(folder=folder(tmp_path)), ["uranium"])
    assert (found.statements, list(found.near)) == (
        (1, []) if near == "matched" else (0, [near] if near else [])
    ), reason


def test_matches_are_counted_and_names_that_others_have_are_told(tmp_path: Path) -> None:
    targets = load_targets(
        folder=folder(tmp_path, URANIUM.replace('"yellowcake"', '"yellowcake", "small cap"'))
    )
    rows = [
        spoken("uranium and Uranium", "uranium"),
        spoken("yellowcake, then uranium"),
        spoken("small caps"),
    ]
    (found,) = check(rows, targets, ["uranium"])
    assert (found.statements, found.judged) == (2, 1)
    assert found.by_words == {"uranium": 2, "yellowcake": 1}
    assert found.shared == {"small cap": "small_caps"}


@given(st.text(max_size=60))
def test_no_text_breaks_the_look_for_names(text: str) -> None:
    targets = load_targets()
    for found in check([spoken(text)], targets, ["small_caps", "soft_landing"]):
        assert all(hit.words in text for hit in (*found.examples, *found.near_examples))


# --- the way through ------------------------------------------------------------------------------------------

SAID = "“{},” said {}, chief strategist at Harbor Lane Capital."
AROUND = (
    "The desks that watch the market have had a busy start to the year, and most of them say so. Trading was quiet "
    "through the afternoon, with little news and fewer orders than usual, and most sectors ended higher than they began."
)


def read(ledger: Ledger, targets: Targets, words: str, speaker: str) -> None:
    article = article_of_text(
        f"{AROUND}\n{SAID.format(words, speaker)}", available_at=datetime(2026, 1, 9, 8, 30, tzinfo=UTC)
    )
    ledger.keep_reading(read_article(article, Scripted(default=NO_VIEW), targets))


def test_a_new_target_is_judged_on_what_is_kept_and_its_narrative_answers(
    tmp_path: Path, ledger: Ledger, clock: SimulatedClock
) -> None:
    read(ledger, load_targets(), "We bought uranium on Monday and will buy more yellowcake", "Ann Bell")
    read(ledger, load_targets(), "Nuclear power needs more fuel than it gets", "Tom Ode")
    place = folder(tmp_path / "home", atoms=ATOMS)
    book = ledger.path

    before = run(place, "narratives", "check", "--db", book)
    assert before.exit_code == 0, before.output
    assert "named in 1 of 2 statements" in before.output
    assert "no view yet: narrative rejudge --targets" in before.output
    assert "[uranium]" in before.output
    assert "nearly: nuclear power needs more fuel 1" not in before.output  # three words between

    clock.sleep(3600)
    rejudge(
        ledger, Scripted({"uranium": BULLISH}, default=NO_VIEW), load_targets(folder=place), only_new=True
    )
    after = run(place, "narratives", "check", "atoms", "--json", "--db", book)
    first = json.loads(after.output.splitlines()[0])
    assert (first["target"], first["statements"], first["judged"]) == ("uranium", 1, 1)
    asked = run(place, "ask", "who is bullish on uranium", "--as-of", "2026-01-16", "--db", book)
    assert "uranium: 1 bullish" in asked.output
    assert "Ann Bell" in asked.output


def test_the_list_says_whose_they_are(tmp_path: Path) -> None:
    place = folder(tmp_path, atoms=ATOMS, rotation="[legs]\ngold = 1\n")
    told = run(place, "narratives", "list").output
    assert "atoms: The atom returns\n  + uranium, − energy" in told
    assert "(in the place of the built-in one)" in told
    assert "uranium: uranium" in told
    document = json.loads(run(place, "narratives", "list", "--json").output)
    own = {story["name"]: story["own"] for story in document["narratives"]}
    assert own == {"ai-spending": False, "atoms": True, "rotation": True, "soft-landing": False}
    assert document["targets"] == [{"id": "uranium", "name": "uranium", "own": True}]
    everything = run(place, "narratives", "list", "--targets").output
    assert "small_caps" in everything


def test_an_unknown_word_to_check_is_refused(tmp_path: Path, ledger: Ledger) -> None:
    refused = run(folder(tmp_path / "home"), "narratives", "check", "cheese", "--db", ledger.path)
    assert isinstance(refused.exception, UsageError)
