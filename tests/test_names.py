"""Names: the table of cases, resolution over the article, the gazetteer, and what must hold for any text."""

from __future__ import annotations

import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import read_names

from narrative.read.gazetteer import gazetteer
from narrative.read.named import houses_among
from narrative.read.people import Person
from narrative.terms import Span

CASES = tomllib.loads((Path(__file__).parent / "tables" / "names.toml").read_text(encoding="utf-8"))["case"]


def found(text: str) -> list[list[str]]:
    return [[mention.kind, mention.text, mention.key] for mention in read_names(text)[2]]


def same(one: list[str], other: list[str]) -> bool:
    return one[:2] == other[:2] and other[2] in ("*", one[2])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_table(case: dict[str, Any]) -> None:
    rows = [row for row in found(case["text"]) if row not in case.get("also", [])]
    wanted = list(case["mentions"])
    assert sorted(row[:2] for row in rows) == sorted(row[:2] for row in wanted), case["why"]
    for row in rows:
        assert any(same(row, want) for want in wanted), (case["why"], row)


@pytest.mark.parametrize(
    ("text", "name", "is_house", "why"),
    [
        ("Galt Harrow analyst Lionel Puri likes banks.", "Galt Harrow", True, "an analyst of theirs follows"),
        ("The strategist at Paxton Weald likes banks.", "Paxton Weald", True, "somebody works there"),
        ("Wexly Dorn said its clients were selling.", "Wexly Dorn", True, "a house has clients of its own"),
        (
            "Ann Lee, a strategist at Harbor Pine, likes banks.",
            "Ann Lee",
            False,
            "a post stands behind a person",
        ),
        ("The strategist Ann Lee likes banks.", "Ann Lee", False, "a post stands before a person"),
        ("Ann Lee said she was selling.", "Ann Lee", False, "a person is she"),
    ],
)
def test_what_looks_like_a_person_may_be_a_house(text: str, name: str, is_house: bool, why: str) -> None:
    start = text.index(name)
    person = Person(Span(start, start + len(name)), name)
    assert (name in houses_among(text, [person])) is is_house, why


def test_of_two_with_one_surname_the_last_named_is_meant() -> None:
    text = "Ann Lee, a trader, bought. Lee was early. Bo Lee, an analyst, sold. Lee was late."
    keys = [mention.key for mention in read_names(text)[2] if mention.text == "Lee"]
    assert keys == ["Ann Lee", "Bo Lee"]


def test_a_surname_is_not_taken_for_a_first_mention() -> None:
    assert ["person", "Lee", "Ann Lee"] not in found("Lee was early, some say. Ann Lee, a trader, bought.")


def test_a_full_name_elsewhere_vouches_for_a_word_like_one() -> None:
    text = "Bespoke Investment Group counts short bets. They have grown, and on Friday Bespoke said so again."
    assert found(text).count(["firm", "Bespoke", "Bespoke Investment Group"]) == 1


def test_names_inside_junk_are_not_returned() -> None:
    text = "Small companies had their best week in years, and the buyers keep coming.\n\nPhoto by Ann Lee on Unsplash\n"
    assert found(text) == []


def test_headlines_in_title_case_give_no_people_of_plain_words() -> None:
    body = "The company said on Monday that it has fixed the line at its plant."
    text = f"Production Bottlenecks Resolved, Analyst Says\n\n{body}\n"
    assert found(text) == []


def test_the_gazetteer_folds_spelling_but_not_case() -> None:
    known = gazetteer()
    for text in ("J.P. Morgan", "JP Morgan"):
        assert [hit.entry.key for hit in known.find(text, 0, len(text))] == ["JPMorgan Chase"]
    assert known.find("the target of the gap", 0, 21) == []


def test_the_gazetteer_is_not_read_at_import() -> None:
    code = (
        "import narrative.read.names, narrative.read.gazetteer as g; print(g.gazetteer.cache_info().currsize)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "0"


def test_the_gazetteer_loads_quickly() -> None:
    gazetteer.cache_clear()
    start = time.process_time()
    gazetteer()
    assert time.process_time() - start < 0.5  # some 0.06 s on an idle machine


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_any_text_gives_mentions_that_slice_back(text: str) -> None:
    text = "Ann Lee of Harlow Point Capital (NYSE: CCL) said " + text
    for mention in read_names(text)[2]:
        assert text[mention.span.start : mention.span.end] == mention.text
        assert mention.key
