"""The vocabulary of targets: each row draws the words that name a target, with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrative.errors import NarrativeError, UsageError
from narrative.targets import Targets, load_narrative, load_targets

ROWS = [
    (
        "[small_caps small caps] and [mega_cap_tech mega-cap tech]",
        "a space in an alias also matches a hyphen",
    ),
    (
        "fast-growing [small_caps small]- and [mid_caps mid-cap] companies",
        "the first of a pair has lost its head",
    ),
    ("[small_caps Smaller American companies] lead", "one word may stand inside"),
    ("rotation out of [growth Growth].", "a style after a word of allocation"),
    ("[value value] and [cyclicals cyclical stocks]", "styles joined before a market noun"),
    ("the value of stocks on the books", "a style word in another sense"),
    ("the [small_caps Russell 2000 Growth] index", "the longest name wins"),
    ("[small_caps small-cap tech] names", "a segment of a segment is the first"),
    ("[mega_cap_tech large-cap tech] and [defensives defensive sectors]", "tech giants under another name"),
    ("[broad_market Stocks] fell", "a general word at the start of a sentence"),
    ("[small_caps small-cap stocks] fell", "the general word inside a longer name is not the market"),
    ("he sees [soft_landing recession] ahead", "words for the contrary name the claim"),
    ("DOW chemical and the dow", "capitals match only themselves"),
]


@pytest.mark.parametrize(("drawn", "reason"), ROWS, ids=[reason for _, reason in ROWS])
def test_targets_are_found_where_they_are_drawn(drawn: str, reason: str, targets: Targets) -> None:
    text, expected = undraw(drawn)
    found = [(hit.target, hit.words) for hit in targets.find(text)]
    firsts = dict(expected)
    assert [target for target, _ in found] == [target for target, _ in expected]
    for target, words in found:
        assert words.startswith(firsts[target].rstrip("s")) or firsts[target].startswith(words)


def undraw(drawn: str) -> tuple[str, list[tuple[str, str]]]:
    text, found = "", []
    for piece in drawn.replace("]", "[").split("["):
        target, _, words = piece.partition(" ")
        if target in load_targets().rows:
            found.append((target, words))
            text += words
        else:
            text += piece
    return text, found


def test_the_contrary_of_a_claim_is_marked(targets: Targets) -> None:
    (hit,) = targets.find("a hard landing is the base case")
    assert (hit.target, hit.opposite) == ("soft_landing", True)


@pytest.mark.parametrize(
    ("words", "target"),
    [
        ("small_caps", "small_caps"),
        ("Small Caps", "small_caps"),
        ("IWM", "small_caps"),
        ("mega-cap tech", "mega_cap_tech"),
        ("stock:NVDA", "stock:NVDA"),
        ("cheese", None),
    ],
)
def test_whole_words_resolve(words: str, target: str | None, targets: Targets) -> None:
    row = targets.resolve(words)
    assert (row.id if row else None) == target


def test_an_unknown_target_names_the_known_ones(targets: Targets) -> None:
    with pytest.raises(UsageError, match=r"unknown target 'cheese'; known: .*small_caps"):
        targets["cheese"]


def test_an_unknown_narrative_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="unknown narrative 'cheese'; known: ai-spending, rotation"):
        load_narrative("cheese")


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ('[[target]]\nid = "x"\nname = "x"\nkind = "mood"\n', "kind 'mood' is not one of"),
        (
            '[[target]]\nid = "x"\nname = "x"\nkind = "claim"\ncolour = "red"\n',
            "targets.toml:5: unknown key 'colour'",
        ),
        ("[[target]\n", "cannot read"),
    ],
)
def test_a_broken_vocabulary_is_refused_with_its_file(body: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "targets.toml"
    path.write_text(body)
    with pytest.raises(NarrativeError, match=complaint):
        load_targets(path)


def test_rotation_has_two_legs() -> None:
    assert load_narrative("rotation").legs == {"small_caps": 1, "mega_cap_tech": -1}


@given(st.text(max_size=80))
def test_no_text_breaks_the_search(text: str) -> None:
    for hit in load_targets().find(text):
        assert text[slice(*hit.span)] == hit.words
