"""A move that the page itself tells of: who was at which firm before."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_rows import Quote, day, ledger, reading

from narrative.ledger.moves import says_moved
from narrative.ledger.naming import person_name
from narrative.terms import Mention, Span

_MARKED = re.compile(
    r"\[(?P<text>[^\]|]+)(?:\|(?P<key>[^\]]+))?\]|\{(?P<firm>[^}|]+)(?:\|(?P<house>[^}]+))?\}"
)


def marked(text: str) -> tuple[str, tuple[Mention, ...]]:
    """Read "[Wilson|Mike Wilson]" as a person and "{Kestrel|Kestrel Research}" as a firm."""
    out, mentions, last = "", [], 0
    for found in _MARKED.finditer(text):
        out += text[last : found.start()]
        words = found["text"] or found["firm"]
        kind, key = ("person", found["key"]) if found["text"] else ("firm", found["house"])
        mentions.append(Mention(kind, Span(len(out), len(out) + len(words)), words, key or words))
        out, last = out + words, found.end()
    return out + text[last:], tuple(mentions)


MOVES = [
    ("[Mike Wilson] of {Harbor}, formerly of {Kestrel}, said so.", "formerly of Kestrel", "formerly of"),
    (
        "[Mike Wilson], formerly chief strategist at {Kestrel}, said so.",
        "formerly chief strategist at Kestrel",
        "office",
    ),
    (
        "[Mike Wilson], until recently with {Kestrel}, said so.",
        "until recently with Kestrel",
        "until recently",
    ),
    ("[Mike Wilson], previously at rival {Kestrel}, said so.", "previously at rival Kestrel", "a rival"),
    (
        "[Mike Wilson], who joined {Harbor} from {Kestrel} in May, said so.",
        "joined Harbor from Kestrel",
        "joined X from Y",
    ),
    ("“No,” said [Mike Wilson], who joined from {Kestrel} in May.", "joined from Kestrel", "joined from Y"),
    ("{Harbor} hired [Mike Wilson] from {Kestrel} in May.", "hired Mike Wilson from Kestrel", "hired from Y"),
    (
        "[Wilson|Mike Wilson] left {Kestrel} for {Harbor} in May.",
        "left Kestrel",
        "left Y for X, by the surname",
    ),
    ("[Mike Wilson] left {Kestrel} last May to join {Harbor}.", "left Kestrel", "left Y to join X"),
    (
        "Ex-{Kestrel} strategist [Mike Wilson] of {Harbor} said so.",
        "Ex-Kestrel strategist",
        "ex-Y before the name",
    ),
    ("A former {Kestrel} CIO, [Michael Wilson], said so.", "former Kestrel CIO,", "former Y, nickname"),
    (
        "{Kestrel}’s former chief strategist [Mike Wilson] said so.",
        "Kestrel’s former chief strategist",
        "Y's former",
    ),
    ("[Mike Wilson], a former {Kestrel} strategist, said so.", "former Kestrel", "apposition"),
    (
        "[Mike Wilson], now at {Harbor}, an ex-{Kestrel} man, said so.",
        "ex-Kestrel",
        "apposition after the new firm",
    ),
    (
        "[Mike Wilson], a former strategist at {Kestrel}, said so.",
        "former strategist at Kestrel",
        "former ... at Y",
    ),
    (
        "[Mike Wilson], formerly of {the bank|Kestrel}, said so.",
        "formerly of the bank",
        "the firm by another name",
    ),
    (
        "[Michael J. Wilson], formerly of {Kestrel}, said so.",
        "formerly of Kestrel",
        "a middle initial ends no sentence",
    ),
    # what is no move
    ("[Mike Wilson] of {Harbor} said {Kestrel} was wrong.", None, "both firms, no move"),
    ("[M. Wilson], formerly of {Kestrel}, said so.", None, "an initial only"),
    ("[Mary Wilson], formerly of {Kestrel}, said so.", None, "another given name"),
    ("[Mike Wilson] succeeds [Tom Ode], formerly of {Kestrel}.", None, "the other one moved"),
    (
        "[Mike Wilson] said former {Kestrel} strategist [Tom Ode] was wrong.",
        None,
        "the other one, before his name",
    ),
    (
        "[Mike Wilson] of {Harbor} spoke. Shares of {Kestrel}, formerly of note, fell.",
        None,
        "another sentence",
    ),
    ("[Mike Wilson] spoke.\nFormer {Kestrel} clients left.", None, "another paragraph"),
    ("[Mike Wilson] of {Harbor} left {Kestrel} unmentioned.", None, "left, and went nowhere"),
    ("[Mike Wilson], formerly of {Foxglove}, said so.", None, "another old firm"),
    ("[Mike Wilson] said the former {Kestrel} building was sold.", None, "a former thing"),
    ("[Mike Wilson] joined {Kestrel} from {Foxglove}.", None, "the other way round"),
]


@pytest.mark.parametrize(("text", "words", "why"), MOVES, ids=[row[2] for row in MOVES])
def test_what_a_page_says_of_a_move(text: str, words: str | None, why: str) -> None:
    plain, mentions = marked(text)
    assert says_moved(plain, mentions, person_name("Mike Wilson"), lambda key: key == "kestrel") == words


@settings(deadline=None)
@given(st.text(max_size=200), st.integers(0, 200), st.integers(0, 200))
def test_any_text_is_read_and_what_is_found_stands_in_it(text: str, person: int, firm: int) -> None:
    at, place = min(person, len(text)), min(firm, len(text))
    mentions = (
        Mention("person", Span(at, len(text)), text[at:], "Mike Wilson"),
        Mention("firm", Span(place, len(text)), text[place:], "Kestrel"),
    )
    found = says_moved(text, mentions, person_name("Mike Wilson"), lambda key: key == "kestrel")
    assert found is None or found in " ".join(text.split())


def told(
    tmp_path: Path, lead: str, *, met: tuple[tuple[str, str], ...], then: tuple[str, str]
) -> list[str | None]:
    """The voices of remarks by `met` and then by one whose page begins with `lead`, by name and firm."""
    book, clock = ledger(tmp_path)
    with book:
        for number, (speaker, firm) in enumerate(met):
            clock.advance_to(day(number))
            quote = Quote(f"This is remark number {number} about nothing else", speaker, firm)
            book.keep_reading(reading(quote, url=f"https://one.example/{number}", at=day(number)))
        clock.advance_to(day(90))
        plain, mentions = marked(lead)
        page = reading(
            Quote("Now for something completely different", *then),
            url="https://one.example/z",
            at=day(90),
            lead=plain,
        )
        book.keep_reading(replace(page, mentions=mentions))
        again = Quote("And once more a thing nobody has said yet", *then)
        clock.advance_to(day(99))
        book.keep_reading(reading(again, url="https://one.example/zz", at=day(99)))
        return [entry.voice for entry in book.entries()]


MOVED = "[Mike Wilson], who joined {Harbor} from {Kestrel} in May, is cautious."


def test_a_move_by_words_keeps_the_record(tmp_path: Path) -> None:
    keys = told(tmp_path, MOVED, met=(("Michael Wilson", "Kestrel"),), then=("Mike Wilson", "Harbor"))
    assert keys == ["michael-wilson@kestrel"] * 3


def test_without_words_another_firm_is_another_person(tmp_path: Path) -> None:
    lead = "[Mike Wilson] of {Harbor} is cautious."
    keys = told(tmp_path, lead, met=(("Mike Wilson", "Kestrel"),), then=("Mike Wilson", "Harbor"))
    assert keys == ["mike-wilson@kestrel", "mike-wilson@harbor", "mike-wilson@harbor"]


def test_namesakes_at_a_third_firm_do_not_matter_to_a_move(tmp_path: Path) -> None:
    met = (("Mike Wilson", "Foxglove"), ("Mike Wilson", "Kestrel"))
    keys = told(tmp_path, MOVED, met=met, then=("Mike Wilson", "Harbor"))
    assert keys == ["mike-wilson@foxglove", *["mike-wilson@kestrel"] * 3]


def test_who_was_known_at_the_old_firm_by_an_initial_stays_another(tmp_path: Path) -> None:
    keys = told(tmp_path, MOVED, met=(("M. Wilson", "Kestrel"),), then=("Mike Wilson", "Harbor"))
    assert keys == ["m-wilson@kestrel", "mike-wilson@harbor", "mike-wilson@harbor"]


def test_two_who_fit_at_the_old_firm_stay_apart_from_who_comes_from_there(tmp_path: Path) -> None:
    met = (("Mike R. Wilson", "Kestrel"), ("Mike T. Wilson", "Kestrel"))
    keys = told(tmp_path, MOVED, met=met, then=("Mike Wilson", "Harbor"))
    assert len(set(keys)) == 3
