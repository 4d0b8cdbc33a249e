"""What narrative voices prints: lists, doubts, one voice, events; as text, as data, and as whole processes."""

from __future__ import annotations

import json
import re
import shlex
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_rows import Quote, day, ledger, reading

from narrative.ledger.lookalikes import Doubt
from narrative.ledger.roster import Met, ToldEvent, Voice, shortened, voice_id
from narrative.ledger.voice_events import VoiceEvent
from narrative.tell.voices import (
    doubts_json,
    event_line,
    render_doubts,
    render_voice,
    render_voices,
    voice_json,
    voices_json,
)
from tests.shell import Ran, narrative

HOSTILE = "Ann\x1b[31m Lee\u202e\n\x07" + "x" * 90


def voice(key: str, name: str, firms: tuple[str, ...] = (), views: int = 3) -> Voice:
    """A voice met on two days."""
    met = tuple(Met(firm, 1, day(0), day(number)) for number, firm in enumerate(firms))
    names = (Met(name, 2, day(0), day(1)), Met("Another Name", 1, day(0), day(0)))
    return Voice(
        voice_id(key), key, "person" if firms else "house", name, names, met, 2, views, day(0), day(1)
    )


def event(kind: str, note: str = "", **more: str | None) -> ToldEvent:
    fields = {"name": None, "firm": None} | more
    made = VoiceEvent(1, "ab" * 10, kind, "a@", "b@", **fields, undoes=None, note=note, recorded_at=day(2))  # type: ignore[arg-type]
    return ToldEvent(made, "Ann Lee, Kestrel", "A. Lee, Harbor")


WILSON = voice("mike-wilson@kestrel", "Mike Wilson", ("Kestrel", "", "Harbor"), 41)
LEE = voice("ann-lee@", "Ann Lee", ("",), 1)
SHORT = {WILSON.id: "aaaa", LEE.id: "bbbb", "ab" * 10: "abab"}

LINES = [
    (event("merge"), "Ann Lee, Kestrel: merged with A. Lee, Harbor on 2026-01-14 15:00 UTC by hand", "merge"),
    (event("merge", "moved"), "by hand: moved", "note"),
    (
        event("split", name="A. Lee"),
        "Ann Lee, Kestrel: split, statements as A. Lee are another voice on",
        "by name",
    ),
    (event("split", firm="Harbor"), "statements at Harbor are another voice", "by firm"),
    (event("split", firm=""), "statements without a firm are another voice", "without a firm"),
]


@pytest.mark.parametrize(("told", "words", "why"), LINES, ids=[row[2] for row in LINES])
def test_an_event_is_a_sentence(told: ToldEvent, words: str, why: str) -> None:
    assert words in event_line(told)


def test_a_list_shows_names_firms_and_times() -> None:
    assert render_voices([WILSON, LEE], SHORT, limit=1).splitlines() == [
        "2 voices, most views first",
        "",
        f"{'aaaa  Mike Wilson, Kestrel':<72}41 views",
        "  person; 12 Jan 2026 to 13 Jan 2026; also Another Name; before at Harbor",
        "",
        "and 1 more (--limit)",
    ]
    assert render_voices([], {}, limit=1) == "no voice\n"


def test_a_doubt_comes_with_its_command() -> None:
    doubt = Doubt(WILSON, LEE, ("the same name", "at different firms"))
    assert render_doubts([doubt], SHORT, ledger=" --db 'my ledger.db'", limit=9).splitlines() == [
        "1 pair of voices that may be one, most views first",
        "",
        "Mike Wilson, Kestrel (41 views) and Ann Lee (1 view)",
        "  the same name; at different firms",
        "  narrative voices merge aaaa bbbb --db 'my ledger.db'",
    ]
    assert render_doubts([], {}, limit=1) == "no two voices look like one\n"
    (pair,) = json.loads(doubts_json([doubt], SHORT))["pairs"]
    assert (pair["command"], pair["views"]) == ("narrative voices merge aaaa bbbb", 42)


def test_a_voice_is_shown_whole() -> None:
    shown = render_voice(WILSON, [event("merge", "moved")], SHORT)
    for words in (
        "key mike-wilson@kestrel",
        "Another Name: 1 statement, 12 Jan 2026",
        "without a firm: 1 statement",
    ):
        assert words in shown
    assert "abab  Ann Lee, Kestrel: merged with" in shown
    document = json.loads(voice_json(WILSON, [event("split", firm="")]))
    assert [met["name"] for met in document["firms"]] == ["Kestrel", None, "Harbor"]
    assert (document["events"][0]["kind"], document["events"][0]["firm"]) == ("split", "")


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60), st.text(max_size=60), st.integers(40, 120))
def test_any_name_is_printed_safely_within_the_width(name: str, firm: str, width: int) -> None:
    for written in (name, HOSTILE + name):
        one = voice(written, written, (firm or "F", ""))
        short = {one.id: "aaaa", LEE.id: "bbbb", "ab" * 10: "abab"}
        told = event("split", written, name=written)
        for text in (
            render_voices([one], short, width=width, limit=1),
            render_doubts([Doubt(one, LEE, ("r",))], short, width=width, limit=1),
            render_voice(one, [told], short, width=width),
        ):
            assert not [line for line in text.splitlines() if len(line) > max(width, 44)]
            assert not [
                c
                for c in text
                if c != "\n" and unicodedata.category(c) in ("Cc", "Cf") and c in "\x1b\x07\u202e"
            ]
        json.loads(voices_json([one]))
        json.loads(voice_json(one, [told]))


@given(st.sets(st.text("0123456789abcdef", min_size=20, max_size=20), min_size=1, max_size=30))
def test_short_ids_are_unique_beginnings(ids: set[str]) -> None:
    for one, short in shortened(ids, ids).items():
        assert len(short) >= 4
        assert [other for other in ids if other.startswith(short)] == [one]
        assert len(short) == 4 or len([other for other in ids if other.startswith(short[:-1])]) > 1


# --- as a person meets it ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("room")
    book, clock = ledger(folder)
    with book:
        for number, (speaker, firm) in enumerate([("Mike Wilson", "Kestrel"), ("Michael Wilson", "Harbor")]):
            clock.advance_to(day(number))
            quote = Quote(f"{'ab'[number] * 9} is remark number {number} about nothing else", speaker, firm)
            book.keep_reading(reading(quote, url=f"https://one.example/{number}", at=day(number)))
    return folder


def run(room: Path, *arguments: str) -> Ran:
    ran = narrative("voices", *arguments, cwd=room)
    assert not [line for line in ran.out.splitlines() if len(line) > 80]
    return ran


def test_from_a_doubt_to_a_merge_and_back(room: Path) -> None:
    doubts = run(room, "list", "--doubtful")
    assert (doubts.code, doubts.err) == (0, "")
    (command,) = re.findall(r"narrative voices (merge .*)", doubts.out)
    merged = run(room, *shlex.split(command), "--note", "moved in January")
    assert merged.code == 0
    assert "merged with" in " ".join(merged.out.split())
    asked = narrative("ask", "who is bullish on small caps", "--as-of", "2026-01-20", cwd=room)
    assert "1 bullish" in asked.out
    assert "1 voice" in run(room, "list").out
    shown = json.loads(run(room, "show", "Michael Wilson", "--json").out)
    assert [told["note"] for told in shown["events"]] == ["moved in January"]
    before = json.loads(run(room, "list", "--json", "--known-at", "2026-01-20").out)
    assert len(before["voices"]) == 2
    again = run(room, *shlex.split(command))
    assert (again.code, again.out, again.err.count("\n")) == (2, "", 1)
    assert "one voice already" in again.err
    undone = run(room, "undo", shown["events"][0]["id"][:6])
    assert "(undone on" in " ".join(undone.out.split())
    assert "2 voices" in run(room, "list").out


@pytest.mark.parametrize(
    "arguments",
    [("show", "Nobody"), ("split", "Mike Wilson"), ("undo", "feed"), ("merge", "Mike Wilson", "zzzz")],
)
def test_bad_input_is_one_line(room: Path, arguments: tuple[str, ...]) -> None:
    ran = run(room, *arguments)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith("narrative: ")
