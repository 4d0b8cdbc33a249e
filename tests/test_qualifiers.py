"""Conditions, horizons, hedges and past views: each row gives what is said and what it hangs on."""

from __future__ import annotations

import pytest

from narrative.read.qualifiers import qualifiers

CONDITIONS = [
    (
        "If the central bank cuts in March, small caps lead",
        "If the central bank cuts in March",
        "a clause in front",
    ),
    ("the rally goes on as long as earnings hold up", "as long as earnings hold up", "a clause behind"),
    (
        "small caps lead after the Fed lowers interest rates",
        "after the Fed lowers interest rates",
        "a policy move is a condition",
    ),
    ("small caps led after the war", None, "another event in the past is none"),
    ("unless yields rise, we stay", "unless yields rise", "a condition turned round"),
    ("we like value", None, "none at all"),
]
HORIZONS = [
    ("small caps will lag this year", "this year", "a calendar period"),
    ("they beat the giants over the next twelve months", "over the next twelve months", "a length of time"),
    ("a target of 2,700 by year-end", "by year-end", "an end"),
    ("it gets to $75 in two years", "in two years", "a length of time ahead"),
    ("expects the Fed to lower its rate by a quarter point next week", "next week", "lowering is no fall"),
    ("stay neutral until the meeting", "until the meeting", "what ends it"),
    ("they rose in January", None, "a month that is over"),
    ("we like value", None, "none at all"),
]
HEDGES = [
    ("the move could continue", True, "could"),
    ("a rotation is certainly possible", True, "possible"),
    ("small caps will lead", False, "plain"),
]


@pytest.mark.parametrize(("said", "condition", "reason"), CONDITIONS, ids=[row[-1] for row in CONDITIONS])
def test_conditions_are_quoted(said: str, condition: str | None, reason: str) -> None:
    assert qualifiers(said, said).condition == condition


@pytest.mark.parametrize(("said", "horizon", "reason"), HORIZONS, ids=[row[-1] for row in HORIZONS])
def test_horizons_are_quoted(said: str, horizon: str | None, reason: str) -> None:
    assert qualifiers(said, said).horizon == horizon


@pytest.mark.parametrize(("said", "hedged", "reason"), HEDGES, ids=[row[-1] for row in HEDGES])
def test_hedges_are_seen(said: str, hedged: bool, reason: str) -> None:
    assert qualifiers(said, said).hedged is hedged


def test_a_hedge_may_stand_beside_the_quotation() -> None:
    sentence = 'The market is "seeing a rotation," according to Lee, but it is still early.'
    assert qualifiers('The market is "seeing a rotation,"', sentence).hedged


@pytest.mark.parametrize(
    ("said", "past"),
    [("We used to like small caps", True), ("He had favored value", True), ("We like small caps", False)],
)
def test_views_given_up_are_past(said: str, past: bool) -> None:
    assert qualifiers(said, said).past is past


def test_a_horizon_belongs_to_the_clause_of_its_target() -> None:
    said = "the first cut comes by May, which would be a fine thing for anybody in Treasuries"
    assert qualifiers(said, said, ["cut"]).horizon == "by May"
    assert qualifiers(said, said, ["Treasuries"]).horizon is None
