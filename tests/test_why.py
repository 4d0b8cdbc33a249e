"""Evidence of one view, and of one figure: what is drawn, what is said, what is refused."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import fsum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tell_rows import LEE, NOW, ROTATION, TARGETS, VOSS, Copied, Proof, entry, point

from narrative.errors import UsageError
from narrative.tell.figures import FORMULAS, Reference, find_point, parse_reference, render_figure
from narrative.tell.passage import runs
from narrative.tell.why import render_view, render_view_json, supported, view_document
from narrative.terms import Claim, Figure, Span

TEXT = (
    "Markets were quiet on Tuesday.\n"
    "“Small caps will lead,” said Ann Lee, chief strategist at Harbor Pine, “because nobody owns them.”\n"
    "The Russell 2000 rose 1.2%."
)


def span(words: str) -> Span:
    start = TEXT.index(words)
    return Span(start, start + len(words))


CONTENT = (span("Small caps will lead,"), span("because nobody owns them."))
WORDS = "Small caps will lead, … because nobody owns them."
LED = entry(
    LEE,
    "bullish",
    "2026-01-06",
    WORDS,
    condition="rates fall",
    horizon="this year",
    hedged=True,
    reach=2,
    outlets=("Quay Street Wire", "Ledger Post"),
)
PROOF = Proof(
    LED,
    TEXT,
    CONTENT,
    cue=span("said"),
    source=span("Ann Lee"),
    resolution=("speaker: the source names Ann Lee", "firm: apposition after the source"),
    figures=(Figure("f1", span("1.2%"), "1.2%", 1.2, "percent", "Russell 2000", None, "up"),),
    copies=(Copied("https://ledgerpost.example/1", "Ledger Post"),),
    other_views=(entry(LEE, "bearish", "2026-01-06", WORDS, target="mega_cap_tech"),),
)


# --- a view ----------------------------------------------------------------------------------------------


def test_the_passage_is_drawn_with_its_parts() -> None:
    text = " ".join(render_view(PROOF, TARGETS).split())
    drawn = (
        "“[content Small caps will lead,]” [cue said] [source Ann Lee], chief strategist at Harbor Pine,"
        " “[content because nobody owns them.]”"
    )
    assert drawn in text
    assert "quiet on Tuesday" not in text


SAYS = [
    ("Ann Lee, chief strategist, Harbor Pine is bullish on small caps", "who, what, on what"),
    ("firm: apposition after the source", "how the firm was found"),
    ("bullish 0.90 · bearish 0.04 · neutral 0.06", "probabilities"),
    ("condition: rates fall", "condition"),
    ("horizon: this year", "horizon"),
    ("hedged", "hedge"),
    ("“1.2%”: 1.2 percent, Russell 2000, up", "figures"),
    ("bearish on mega-cap tech, view", "other views of the statement"),
    ("model reader-1; targets 2026-11-21+abcd1234; counted", "who judged, and that it counts"),
    ("https://www.quaystreetwire.example/2026-01-06", "page"),
    ("published 2026-01-06T14:00:00+00:00 (known to the instant, zone stated, from the", "publication"),
    ("available 2026-01-06 14:00 UTC", "when it could be read"),
    ("recorded 2026-01-06 14:05 UTC", "when it entered"),
    ("judged 2026-01-06 14:06 UTC", "when it was judged"),
    ("carried by 2 stories: Quay Street Wire, Ledger Post", "reach"),
    ("copy at Ledger Post, https://ledgerpost.example/1", "copies"),
]  # fmt: skip


@pytest.mark.parametrize(("says", "reason"), SAYS, ids=[row[1] for row in SAYS])
def test_all_that_stands_behind_a_view_is_said(says: str, reason: str) -> None:
    assert says in " ".join(render_view(PROOF, TARGETS).split()), reason


def test_a_date_that_was_taken_on_trust_is_said() -> None:
    proof = replace(PROOF, entry=replace(LED, trusted=True))
    told = "available 2026-01-06 14:00 UTC (its print date, taken on trust)"
    assert told in " ".join(render_view(proof, TARGETS).split())
    assert view_document(proof)["trusted"]
    assert not view_document(PROOF)["trusted"]


REASONS = [
    ({"voice": None}, "its source is unnamed"),
    ({"echo_of": "abc"}, "it repeats view abc"),
    ({"abstained": True}, "the model abstained"),
    ({"past": True}, "it speaks of the past"),
]


@pytest.mark.parametrize(("changes", "says"), REASONS, ids=[row[1] for row in REASONS])
def test_a_row_that_is_not_counted_says_why(changes: dict[str, Any], says: str) -> None:
    text = render_view(replace(PROOF, entry=replace(LED, **changes)), TARGETS)
    assert f"not counted: {says}" in " ".join(text.split())


def test_a_day_and_a_doubt_about_publication_are_said() -> None:
    doubted = replace(LED, published=Claim(date(2031, 1, 1), "page"), undated=True)
    text = " ".join(render_view(replace(PROOF, entry=doubted), TARGETS).split())
    assert "published 2031-01-01 (known to the day, from the visible page, not trusted: undated)" in text
    unknown = replace(LED, published=None, undated=True)
    assert "published: unknown" in render_view(replace(PROOF, entry=unknown), TARGETS)


def test_an_update_is_said_where_there_is_one() -> None:
    claim = Claim(datetime(2026, 1, 7, 9, tzinfo=UTC), "json-ld", offset_minutes=-300)
    lines = render_view(replace(PROOF, updated=claim), TARGETS, width=120).splitlines()
    told = "  updated 2026-01-07T09:00:00+00:00 (known to the instant, zone stated, from the page's JSON-LD)"
    assert lines.index(told) == 1 + next(n for n, line in enumerate(lines) if line.startswith("  published"))
    assert "updated" not in render_view(PROOF, TARGETS)
    assert view_document(PROOF)["updated"] is None
    assert view_document(replace(PROOF, updated=claim))["updated"] == {
        "value": "2026-01-07T09:00:00+00:00",
        "precision": "instant",
        "zone": "stated",
        "origin": "json-ld",
        "offset_minutes": -300,
    }


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("color", [False, True])
def test_width_and_color(width: int, color: bool) -> None:
    text = render_view(PROOF, TARGETS, width=width, color=color)
    bare = re.sub(r"\x1b\[[\d;]*m", "", text)
    assert ("\x1b" in text) == color
    assert max(len(line) for line in bare.splitlines()) <= width
    assert bare == render_view(PROOF, TARGETS, width=width)


def test_json_has_the_spans_with_their_texts() -> None:
    document = json.loads(render_view_json(PROOF))
    assert [part["part"] for part in document["parts"]] == ["content", "cue", "source", "content"]
    assert all(TEXT[part["start"] : part["end"]] == part["text"] for part in document["parts"])
    assert document["supported"] is True


BROKEN = [
    (CONTENT[:1], "a span is lost"),
    ((Span(CONTENT[0].start + 1, CONTENT[0].end), CONTENT[1]), "a span is off by one"),
    ((Span(0, 10_000),), "a span is beyond the text"),
    ((), "no span"),
]


@pytest.mark.parametrize(("content", "reason"), BROKEN, ids=[row[1] for row in BROKEN])
def test_words_that_are_not_in_the_page_are_called_unsupported(content: Any, reason: str) -> None:
    broken = replace(PROOF, content=content)
    assert not supported(broken), reason
    assert "UNSUPPORTED" in render_view(broken, TARGETS)


def test_words_that_were_edited_are_called_unsupported() -> None:
    """The spans still cut the row's words, but from another text than the one that was read."""
    assert supported(PROOF)
    assert not supported(replace(PROOF, intact=False))
    assert json.loads(render_view_json(replace(PROOF, intact=False)))["supported"] is False


def test_a_hostile_page_commands_nothing() -> None:
    text = "\x1b]0;x\x07Said \u202eAnn\x9b31m Lee: \x1b[2Jbuy small caps\n"
    at = text.index("buy")
    bad = replace(PROOF, text=text, content=(Span(at, at + 14),), cue=None, source=Span(5, 20), figures=())
    for printed in (render_view(bad, TARGETS), render_view_json(bad)):
        assert all(letter.isprintable() or letter == "\n" for letter in printed)


@settings(deadline=None)
@given(st.text(max_size=80), st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90)), max_size=4))
def test_any_spans_in_any_text_are_drawn_or_left_out(text: str, spans: list[tuple[int, int]]) -> None:
    some = replace(PROOF, text=text, content=tuple(Span(*s) for s in spans), cue=None, source=None)
    for piece, _ in runs(some):
        assert "\n" not in piece
    render_view(some, TARGETS, width=40)


def test_a_long_paragraph_is_cut_around_the_parts() -> None:
    text = "word " * 400 + "small caps lead " + "word " * 400
    at = text.index("small")
    long = replace(PROOF, text=text, content=(Span(at, at + 15),), cue=None, source=None)
    pieces = runs(long)
    assert pieces[0][0] == "… "
    assert pieces[-1][0] == " …"
    assert sum(len(piece) for piece, _ in pieces) < 900


# --- a figure --------------------------------------------------------------------------------------------

voss = entry(VOSS, "bearish", "2026-01-15", "We would sell the megacaps", target="mega_cap_tech")
SUPPORTS = (LED.score, -voss.score)
WEEK = point("2026-W03", fsum(SUPPORTS) / 2, (2, 0, 0), views=(LED.view, voss.view))


def test_a_figure_shows_its_formula_and_its_rows() -> None:
    text = " ".join(
        render_figure(Reference("rotation", "2026-W03"), WEEK, [LED, voss], ROTATION.legs).split()
    )
    assert "rotation 2026-W03 net: +0.8450" in text
    assert "mean over voices of their support" in text
    assert "small_caps +1 × (0.9000 − 0.0400), bullish" in text
    assert "mega_cap_tech −1 × (0.0500 − 0.8800), bearish" in text
    assert "mean over 2 voices = +0.8450: agrees with the figure" in text


def test_a_figure_that_its_rows_do_not_give_is_called_out() -> None:
    off = replace(WEEK, net=0.5)
    assert "DIFFERS" in render_figure(Reference("rotation", "2026-W03"), off, [LED, voss], ROTATION.legs)
    lost = render_figure(Reference("rotation", "2026-W03"), WEEK, [LED], ROTATION.legs)
    assert f"not found among the rows: {voss.view[:6]}" in lost


def test_a_missing_figure_says_why() -> None:
    text = render_figure(Reference("rotation", "2026-W02"), point("2026-W02"), [], ROTATION.legs)
    assert "net: none" in text
    assert "missing: no voice with a view that stands" in text


@pytest.mark.parametrize("field", sorted(FORMULAS))
def test_every_figure_of_a_point_has_a_formula(field: str) -> None:
    reference = parse_reference(f"rotation@2026-W03:{field}")
    text = render_figure(reference, WEEK, [LED, voss], ROTATION.legs)
    assert FORMULAS[field].split()[0] in text


REFERENCES = [
    ("rotation@2026-W03:net", Reference("rotation", "2026-W03", "net"), "all three"),
    ("soft-landing@2026-01-14:flow", Reference("soft-landing", "2026-01-14", "flow"), "a session"),
    ("rotation@2026-01", Reference("rotation", "2026-01", "net"), "net is meant"),
]


@pytest.mark.parametrize(("text", "reference", "reason"), REFERENCES, ids=[row[0] for row in REFERENCES])
def test_a_reference_is_read(text: str, reference: Reference, reason: str) -> None:
    assert parse_reference(text) == reference, reason


@pytest.mark.parametrize(
    "text", ["rotation", "rotation@", "@2026", "rotation@2026-W03:beauty", "a b@2026:net", ""]
)
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_reference(text)


def test_a_label_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(UsageError, match="2026-W03 to 2026-W03"):
        find_point(Reference("rotation", "2026-W09"), [WEEK])
    with pytest.raises(UsageError, match="empty"):
        find_point(Reference("rotation", "2026-W09"), [])


def test_the_sample_is_what_it_says() -> None:
    assert datetime(2026, 1, 18, 21, tzinfo=UTC) - NOW == timedelta(0)
    assert supported(PROOF)
