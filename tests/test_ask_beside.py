"""Voices and targets beside each other, what is asked of the views themselves, and options beside words: who is listed."""

from __future__ import annotations

import csv
import io
import json
import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tell_rows import HOUSE, IBARRA, LEE, NARRATIVES, NOW, OKORO, TALLY, TARGETS, TODAY, VOSS, entry, held

from narrative.errors import UsageError
from narrative.measure.horizon import horizon_end
from narrative.tell.ask import Answer, Holdings, answer
from narrative.tell.ask_data import as_document, render_csv, render_json, render_markdown
from narrative.tell.ask_text import render_text
from narrative.tell.flags import Flags, with_flags
from narrative.tell.lexicon import phrases
from narrative.tell.qualities import find_qualities, read_horizon
from narrative.tell.question import Question, parse
from narrative.tell.shapes import day_of
from narrative.tell.understanding import understood
from narrative.terms import Entry

NAMES = ("Ann Lee", "Harbor Pine", "Quay Street Wire", "Northmoor Securities")
KEYS: dict[str, Any] = {"narratives": NARRATIVES, "names": NAMES}

lee = entry(LEE, "bullish", "2026-01-06", "Small caps will lead this year", horizon="this year")
okoro_then = entry(OKORO, "bullish", "2026-01-05", "We have added to small caps")
okoro_now = entry(
    OKORO, "bearish", "2026-01-14", "The rally has run ahead", horizon="over the next three months"
)
voss_then = entry(VOSS, "bearish", "2025-12-10", "Small companies cannot carry their debt")
voss_now = entry(VOSS, "bearish", "2026-01-15", "Nothing has changed for small companies")
ibarra = entry(IBARRA, "neutral", "2026-01-13", "It is a coin toss")
house = entry(
    HOUSE,
    "bullish",
    "2026-01-16",
    "Earnings favor the bottom of the market",
    horizon="over the next two years",
)
old = entry("Petra Holm, analyst, Coldharbour", "bullish", "2025-08-01", "The discount is too wide")
gold_lee = entry(LEE, "bearish", "2026-01-07", "Gold has had its run", target="gold")
gold_voss = entry(
    VOSS, "bullish", "2026-01-08", "Gold is the only safe place", target="gold", horizon="long term"
)

STANDINGS = [
    held(lee),
    held(okoro_then, okoro_now),
    held(voss_then, voss_now),
    held(ibarra),
    held(house),
    held(old, expired=True),
    held(gold_lee),
    held(gold_voss),
]
ENTRIES = [lee, okoro_then, okoro_now, voss_then, voss_now, ibarra, house, old, gold_lee, gold_voss]


def ends(row: Entry) -> date | None:
    return horizon_end(row.horizon, day_of(row))


def ask(question: str) -> Question:
    return parse(question, TODAY, TARGETS, **KEYS)


def answered(question: str | Question, standings: Any = STANDINGS) -> Answer:
    asked = ask(question) if isinstance(question, str) else question
    about = [s for s in standings if s.target in asked.targets]
    rows = [row for s in about for row in s.history]
    return answer(
        asked,
        about,
        [],
        rows,
        tally=TALLY,
        ends=ends,
        targets=TARGETS,
        at=NOW,
        holdings=lambda: Holdings(len(rows)),
    )


def voices(made: Answer) -> str:
    return "|".join(row.entry.voice_name for row in made.rows)


# --- voices beside voices --------------------------------------------------------------------------------

BESIDE = [
    (
        "who disagrees with Ann Lee on small caps",
        "Marta Voss|Daniel Okoro",
        "Ann Lee is bullish; 2 voices are bearish",
        "the other camp",
    ),
    (
        "who agrees with Ann Lee on small caps",
        "Northmoor Securities",
        "Ann Lee is bullish; 1 voice is bullish too",
        "her own camp without her, the expired left out",
    ),
    (
        "who disagrees with Okoro on small caps",
        "Northmoor Securities|Ann Lee",
        "Daniel Okoro is bearish; 2 voices are bullish",
        "a surname; where he stands now counts",
    ),
    (
        "which houses disagree with Okoro on small caps",
        "Northmoor Securities",
        "Daniel Okoro is bearish; 1 voice is bullish",
        "houses only; he is none and is still found",
    ),
    (
        "who disagrees with Ann Lee on gold",
        "Marta Voss",
        "Ann Lee is bearish; 1 voice is bullish",
        "another target, another camp",
    ),
    (
        "who disagrees with Luis Ibarra on small caps",
        "",
        "Luis Ibarra is neutral: nobody is in a camp against it",
        "a neutral has no camp against it",
    ),
    (
        "who agrees with Luis Ibarra on small caps",
        "",
        "Luis Ibarra is neutral; 0 voices are neutral too",
        "a neutral has company, here none",
    ),
    (
        "who disagrees with Harbor Pine on small caps",
        "",
        "Harbor Pine has no view on small caps that stands; its people have: Ann Lee",
        "a person's view is not the house's",
    ),
    (
        "who disagrees with Petra Holm on small caps",
        "",
        "Petra Holm has no view on small caps that stands",
        "hers has run out",
    ),
    (
        "who disagrees with Ann Lee on small caps since 2026-01-15",
        "Marta Voss",
        "Ann Lee is bullish; 1 voice is bearish",
        "the window is that of the others, not of the voice",
    ),
    (
        "who disagrees with Ann Lee on the rotation",
        "Marta Voss|Daniel Okoro",
        "Ann Lee is bullish; 2 voices are bearish",
        "a narrative",
    ),
    (
        "who was first to be bullish on small caps",
        "Petra Holm|Daniel Okoro|Ann Lee|Northmoor Securities",
        "First in this ledger: Petra Holm, 1 Aug 2025",
        "oldest first, expired and turned included",
    ),
    (
        "who was first to be bearish on small caps",
        "Marta Voss|Daniel Okoro",
        "First in this ledger: Marta Voss, 10 Dec 2025",
        "each voice once, its first word",
    ),
    (
        "who was first to turn bearish on small caps",
        "Daniel Okoro",
        "First in this ledger: Daniel Okoro, 14 Jan 2026",
        "turned, not born so",
    ),
    (
        "who was first to be bullish on small caps since 2026-01-01",
        "Daniel Okoro|Ann Lee|Northmoor Securities",
        "First in this ledger: Daniel Okoro, 5 Jan 2026",
        "in a window",
    ),
    (
        "who said it first on gold",
        "Ann Lee|Marta Voss",
        "First in this ledger: Ann Lee, 7 Jan 2026",
        "any stance",
    ),
    ("who was first to be neutral on gold", "", None, "nobody was"),
    (
        "has Okoro said the opposite on small caps",
        "Daniel Okoro",
        "Yes: 1 view goes against the latest, which is bearish",
        "he turned",
    ),
    (
        "has Marta Voss said the opposite on small caps",
        "",
        "No view goes against the latest, which is bearish",
        "said twice the same",
    ),
    (
        "has Luis Ibarra said the opposite on small caps",
        "",
        "The latest view is neutral, which has no opposite",
        "neutral",
    ),
    (
        "has Okoro said the opposite on small caps since 2026-01-10",
        "",
        "No view goes against the latest, which is bearish",
        "not in that window",
    ),
    ("has Anne Leigh said the opposite on small caps", "", None, "a name nobody has"),
]


@pytest.mark.parametrize(("question", "names", "finding", "reason"), BESIDE, ids=[row[0] for row in BESIDE])
def test_who_is_set_beside_whom(question: str, names: str, finding: str | None, reason: str) -> None:
    made = answered(question)
    assert (voices(made), made.finding) == (names, finding), reason


def test_the_voice_others_are_set_beside_is_shown_and_not_counted_among_them() -> None:
    made = answered("who disagrees with Ann Lee on small caps")
    assert [row.entry.view for row in made.reference] == [lee.view]
    assert lee.view not in {row.entry.view for row in made.rows}
    text = render_text(made)
    assert "Set beside" in text
    assert text.index(lee.view[:6]) < text.index(voss_now.view[:6])


def test_a_name_that_two_voices_have_is_asked_back() -> None:
    other = entry("Bo Lee, economist, Tidewell Partners", "bearish", "2026-01-09", "Not this year")
    made = answered("who disagrees with Lee on small caps", [*STANDINGS, held(other)])
    assert made.rows == ()
    assert made.finding == "Lee may be 2 voices: Ann Lee, Bo Lee; ask with one of them"
    exact = answered("who disagrees with Ann Lee on small caps", [*STANDINGS, held(other)])
    assert voices(exact) == "Marta Voss|Daniel Okoro|Bo Lee"


def test_an_unknown_voice_gets_the_nearest() -> None:
    note = answered("who disagrees with Anne Leigh on small caps").note or ""
    assert "near: Ann Lee" in note


def test_two_who_were_first_on_one_day_are_both_named() -> None:
    twin = entry("Bo Ames, economist, Tidewell Partners", "bearish", "2025-12-10", "Too much debt")
    made = answered("who was first to be bearish on small caps", [*STANDINGS, held(twin)])
    assert made.finding is not None
    assert "Marta Voss" in made.finding
    assert "Bo Ames" in made.finding


def test_first_orders_by_the_day_of_publication_not_by_when_it_was_read() -> None:
    late = entry(
        "Bo Ames, economist, Tidewell Partners",
        "bullish",
        "2025-07-01",
        "Cheap at last",
        available_at=datetime(2026, 1, 17, tzinfo=UTC),
    )
    assert voices(answered("who was first to be bullish on small caps", [*STANDINGS, held(late)])).startswith(
        "Bo Ames|"
    )


# --- targets beside targets ------------------------------------------------------------------------------


def test_a_comparison_counts_each_side_by_itself() -> None:
    made = answered("compare small caps and gold")
    sides = {
        side.name: (side.counts.bullish, side.counts.bearish, side.counts.neutral) for side in made.sides
    }
    assert sides == {"small caps": (2, 2, 1), "gold": (1, 1, 0)}
    alone = {name: answered(f"what is the sentiment on {name}").counts for name in sides}
    assert {side.name: side.counts for side in made.sides} == alone
    targets = [row.entry.target for row in made.rows if row.state != "expired"]
    assert targets == ["small_caps"] * 5 + ["gold"] * 2
    text = render_text(made)
    assert "small caps: 2 bullish, 2 bearish, 1 neutral" in text
    assert "gold: 1 bullish, 1 bearish, 0 neutral" in text
    assert "Net of small caps less net of gold: −0.01" in text  # .008 less .015


def test_a_contrary_is_compared_with_its_own_sign() -> None:
    calm = held(entry(LEE, "bearish", "2026-01-06", "No soft landing this time", target="soft_landing"))
    made = answered("compare a recession and gold", [*STANDINGS, calm])
    assert [(side.counts.bullish, side.counts.bearish) for side in made.sides] == [(1, 0), (1, 1)]


def test_a_narrative_is_compared_over_its_legs() -> None:
    tech = held(entry(IBARRA, "bearish", "2026-01-09", "Too dear", target="mega_cap_tech"))
    made = answered("compare the rotation and gold", [*STANDINGS, tech])
    alone = answered("what is the sentiment on the rotation", [*STANDINGS, tech])
    assert made.sides[0].counts == alone.counts


def test_a_comparison_in_a_window_counts_the_window() -> None:
    made = answered("compare small caps and gold since 2026-01-08")
    assert [side.counts.voices for side in made.sides] == [4, 1]


# --- what is asked of the views themselves ---------------------------------------------------------------

HORIZONS = [
    ("who is bullish on small caps with a stated horizon", "Northmoor Securities|Ann Lee", "any horizon"),
    (
        "who is bullish on small caps with a horizon of at least 6 months",
        "Northmoor Securities|Ann Lee",
        "to the end of the year and two years",
    ),
    ("who is bullish on small caps for the long term", "Northmoor Securities", "two years"),
    ("who is bullish on small caps with a horizon under 13 months", "Ann Lee", "within the year"),
    ("who is bearish on small caps in the short run", "Daniel Okoro", "three months to the day"),
    (
        "who is bearish on small caps with a horizon over 3 months",
        "Daniel Okoro",
        "at least includes the day itself",
    ),
    ("who is bearish on small caps with a horizon over 4 months", "", "not that far"),
    ("who is bullish on gold with a stated horizon", "Marta Voss", "stated, if without a last day"),
    ("who is bullish on gold for the long term", "", "a horizon without a last day is not measured"),
]


@pytest.mark.parametrize(("question", "names", "reason"), HORIZONS, ids=[row[0] for row in HORIZONS])
def test_a_horizon_keeps_the_views_that_look_so_far(question: str, names: str, reason: str) -> None:
    assert voices(answered(question)) == names, reason


@settings(deadline=None)
@given(st.integers(1, 400), st.sampled_from(["day", "week", "month", "quarter", "year"]))
def test_a_horizon_fits_at_least_or_at_most_or_on_the_day_both(number: int, unit: str) -> None:
    least, most = read_horizon(f"at least {number} {unit}s"), read_horizon(f"up to {number} {unit}s")
    row = entry(LEE, "bullish", "2026-01-06", horizon="a while")
    for days in (1, 30, 365, 4000):
        last = day_of(row) + timedelta(days=days)
        assert least.fits(row, lambda _, last=last: last) or most.fits(row, lambda _, last=last: last)
    assert not least.fits(row, lambda _: None)


@settings(deadline=None)
@given(st.text(max_size=80))
def test_no_text_has_a_confidence_outside_its_range(text: str) -> None:
    with suppress(UsageError):
        sure = find_qualities(text)[0].confidence
        assert sure is None or 0 <= sure <= 1


@settings(deadline=None)
@given(st.integers(0, 100))
def test_a_share_in_percent_is_the_one_in_decimals(percent: int) -> None:
    for words in (f"with at least {percent}% confidence", f"confidence over {percent} percent"):
        assert find_qualities(words)[0].confidence == pytest.approx(percent / 100)


# --- any row of known words ------------------------------------------------------------------------------

WORDS = [" ".join(phrase) for phrase in phrases()] + [
    "small caps",
    "gold",
    "the rotation",
    "recession",
    "IWM",
]
WORDS += [
    "Ann Lee",
    "Harbor Pine",
    "Quay Street Wire",
    "Bo Ames",
    "since July",
    "as of 2025-12-31",
    "long term",
    "80%",
]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join))
def test_any_row_of_known_words_is_understood_or_gets_questions_that_are(words: str) -> None:
    try:
        made = ask(words)
    except UsageError as refused:
        nearest = re.findall(r'try "(.*)"$', str(refused))
        assert nearest
        for question in nearest[0].split('", or "'):
            ask(question)
    else:
        assert made.legs
        assert (made.kind in ("agrees", "disagrees")) == (made.reference is not None)
        assert (made.kind == "compare") == (len(made.sides) > 1)
        assert understood(made) == understood(ask(words))


# --- options beside words --------------------------------------------------------------------------------


def flagged(words: str | None = None, **flags: Any) -> Question:
    return with_flags(Flags(**flags), ask(words) if words else None, TODAY, TARGETS, **KEYS)


SAME = [
    ({"targets": ("small_caps",), "stance": "bullish"}, "who is bullish on small caps", "target and stance"),
    (
        {"targets": ("small_caps",), "stance": "bullish", "since": date(2026, 1, 1)},
        "who is bullish on small caps since 2026-01-01",
        "with a day",
    ),
    (
        {"targets": ("small caps", "gold")},
        "what is the sentiment on small caps and gold",
        "two targets, in words",
    ),
    ({"targets": ("rotation",), "stance": "bearish"}, "who is bearish on the rotation", "a narrative"),
    ({"targets": ("stock:NVDA",), "stance": "bullish"}, "who is bullish on stock:NVDA", "a company"),
    ({"targets": ("recession",), "stance": "bullish"}, "who is bullish on recession", "a contrary"),
    ({"targets": ("small_caps",), "move": "flipped"}, "who flipped on small caps", "a flip"),
    (
        {"targets": ("small_caps",), "move": "turned", "stance": "bearish"},
        "who turned bearish on small caps",
        "turned",
    ),
    (
        {"targets": ("small_caps",), "stance": "bullish", "voice_kind": "house"},
        "which houses are bullish on small caps",
        "houses",
    ),
    (
        {"targets": ("small_caps",), "stance": "bullish", "firm": "Harbor Pine"},
        "who at Harbor Pine is bullish on small caps",
        "a firm",
    ),
    (
        {"targets": ("small_caps",), "stance": "bullish", "outlet": "Quay Street Wire"},
        "who is bullish on small caps in Quay Street Wire",
        "an outlet",
    ),
    (
        {"targets": ("small_caps",), "stance": "bullish", "unconditional": True, "confidence": 0.8},
        "who is unconditionally bullish on small caps with at least 80% confidence",
        "of the views",
    ),
    (
        {"targets": ("small_caps",), "stance": "bullish", "horizon": "long term"},
        "who is bullish on small caps for the long term",
        "a horizon",
    ),
    (
        {"targets": ("small_caps",), "voice": "Ann Lee", "stance": "bullish"},
        "is Ann Lee bullish on small caps",
        "a voice",
    ),
]


@pytest.mark.parametrize(("flags", "words", "reason"), SAME, ids=[row[2] for row in SAME])
def test_options_ask_what_words_ask(flags: dict[str, Any], words: str, reason: str) -> None:
    by_flags, by_words = flagged(**flags), ask(words)
    differ = {
        name
        for name in Question.__dataclass_fields__
        if getattr(by_flags, name) != getattr(by_words, name) and name not in ("text", "subject")
    }
    assert not differ, reason
    assert voices(answered(by_flags)) == voices(answered(by_words))


def test_options_narrow_words() -> None:
    asked = flagged("who is bullish on small caps", voice_kind="house", since=date(2026, 1, 10))
    assert (asked.stance, asked.voice_kind, asked.since) == ("bullish", "house", date(2026, 1, 10))
    assert voices(answered(asked)) == "Northmoor Securities"
    assert understood(asked) == "houses now bullish on small caps, dated since 2026-01-10"


def test_an_option_that_repeats_the_words_is_no_contradiction() -> None:
    assert flagged("who is bullish on small caps", targets=("IWM",), stance="bullish").stance == "bullish"


REFUSED = [
    (None, {"stance": "bullish"}, "need a target", "options without a target"),
    (None, {"targets": ("unicorns",)}, "is no target", "an unknown target"),
    (None, {"targets": ("",)}, "is no target", "an empty target"),
    (None, {"targets": ("bullish",)}, "is no target", "a word of a question that is no target"),
    (None, {"targets": ("rotation", "gold")}, "stands alone", "a narrative beside a target"),
    (None, {"targets": ("gold",), "since": date(2031, 1, 1)}, "future", "a day to come"),
    (None, {"targets": ("gold",), "since": date(2026, 1, 2), "until": date(2026, 1, 1)}, "swap", "backwards"),
    (None, {"targets": ("gold",), "horizon": "12 months"}, "is no horizon", "at least or at most"),
    ("who is bullish on small caps", {"stance": "bearish"}, "--stance", "another stance"),
    ("who is bullish on small caps", {"targets": ("gold",)}, "--target", "another target"),
    ("who is bullish on small caps since July", {"since": date(2026, 1, 1)}, "--since", "another day"),
    ("which houses like small caps", {"voice_kind": "person"}, "--by", "another kind of voice"),
    ("who stays bullish on small caps", {"move": "flipped"}, "--move", "another move"),
    ("compare small caps and gold", {"move": "flipped"}, "--move", "a comparison has no flip"),
]


@pytest.mark.parametrize(("words", "flags", "says", "reason"), REFUSED, ids=[row[3] for row in REFUSED])
def test_options_that_cannot_be_are_refused(
    words: str | None, flags: dict[str, Any], says: str, reason: str
) -> None:
    with pytest.raises(UsageError) as refused:
        flagged(words, **flags)
    assert says in str(refused.value), reason


def test_the_options_are_printed_as_they_are_typed() -> None:
    flags = Flags(
        targets=("small caps",), stance="bullish", voice_kind="house", unconditional=True, confidence=0.8
    )
    assert flagged(**{n: getattr(flags, n) for n in Flags.__dataclass_fields__}).text == (
        "--target 'small caps' --stance bullish --by house --unconditional --min-confidence 0.8"
    )


# --- the printing ----------------------------------------------------------------------------------------


def test_a_limit_leaves_rows_out_of_every_form_and_nothing_out_of_the_counts() -> None:
    made = answered("what is the sentiment on small caps")
    document = json.loads(render_json(made, limit=2))
    assert (len(document["voices"]), document["left_out"]) == (2, len(made.rows) - 2)
    assert document["counts"] == as_document(made)["counts"]
    assert len(list(csv.DictReader(io.StringIO(render_csv(made, limit=2))))) == 2
    markdown = render_markdown(made, limit=2)
    assert markdown.count("view `") == 2
    assert "4 more" in markdown


@pytest.mark.parametrize(
    "question",
    [
        "who disagrees with Ann Lee on small caps",
        "has Okoro said the opposite on small caps",
        "who was first to be bullish on small caps",
        "compare small caps and gold",
    ],
)
def test_every_form_tells_the_same(question: str) -> None:
    made = answered(question)
    document, rows = as_document(made), list(csv.DictReader(io.StringIO(render_csv(made))))
    views = [row["view"] for row in document["voices"]]
    assert [row["view"] for row in rows if row["part"] == "voice"] == views
    assert [row["view"] for row in rows if row["part"] == "reference"] == [
        row["view"] for row in document["reference"]
    ]
    text, markdown = render_text(made), render_markdown(made)
    for view in views:
        assert view[:6] in text
        assert view[:6] in markdown
    if made.finding:
        assert document["finding"] == made.finding
        assert made.finding in text
        assert made.finding in markdown
    for side in document["sides"]:
        assert f"{side['name']}: {side['counts']['bullish']} bullish" in text


@pytest.mark.parametrize("width", [40, 60, 80, 132])
@pytest.mark.parametrize(
    "question", ["who disagrees with Ann Lee on small caps", "compare small caps and gold"]
)
def test_no_line_is_wider_than_the_terminal(question: str, width: int) -> None:
    assert max(map(len, render_text(answered(question), width=width).splitlines())) <= width
