"""Quotation marks: each row draws what is quoted in the text with ⟦ ⟧ and says why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrative.read.quotes import quotes

ROWS = [
    (
        '"⟦We like small caps⟧," she said.'.replace("⟧,", ",⟧"),
        "the comma before a closing mark is inside the marks",
    ),
    ("“⟦We like small caps.⟧” He paused.", "curly marks"),
    ('“⟦We like small caps.⟧" He paused.', "opened curly, closed straight"),
    ('He said "⟦one⟧" and "⟦two⟧".', "two quotations in one line"),
    ('"⟦We like small caps. They are cheap.⟧', "never closed: the next paragraph goes on with it"),
    ("'⟦We like small caps,⟧' said Lee. '⟦They are cheap.⟧'", "British single marks"),
    (
        "'⟦My clients say \"get out\" and I ask why,⟧' said Lee.",
        "double marks inside single ones are part of the quotation",
    ),
    ("Investors' money and the fund's gains", "apostrophes open nothing"),
    ("The bank’s view isn’t that “⟦cheap⟧” is enough", "curly apostrophes close nothing"),
    ("''⟦We like small caps,⟧'' she said.", "a typewriter's pairs of single marks"),
    ("``⟦We like small caps,⟧'' she said.", "the same with backquotes in front"),
    ('A 27" screen is no quotation', "an inch mark"),
]


@pytest.mark.parametrize(("drawn", "reason"), ROWS, ids=[reason for _, reason in ROWS])
def test_quotations_are_found_where_they_are_drawn(drawn: str, reason: str) -> None:
    text = drawn.replace("⟦", "").replace("⟧", "")
    found = quotes(text, 0, len(text))
    again, at = [], 0
    for quote in found:
        again += [text[at : quote.inner.start], "⟦", text[slice(*quote.inner)], "⟧"]
        at = quote.inner.end
    assert "".join([*again, text[at:]]) == drawn


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ('the so-called "safe haven" trade', True),
        ('"Never," she said.', True),
        ('"Not a chance," she said.', False),
        ('calls it "a lottery ticket with a balance sheet" these days', False),
    ],
)
def test_a_few_words_without_a_stop_are_a_label(text: str, label: bool) -> None:
    assert quotes(text, 0, len(text))[0].is_label(text) is label


@given(st.text(alphabet="ab \"'“”‘’.,!?\n", max_size=60))
def test_quotations_stay_in_order_and_in_range(text: str) -> None:
    end = 0
    for quote in quotes(text, 0, len(text)):
        assert end <= quote.outer.start < quote.inner.start <= quote.inner.end <= quote.outer.end <= len(text)
        end = quote.outer.end
