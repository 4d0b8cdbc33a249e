"""Windows: every word is tagged once, within the limit, with the shape it was written in and what stood before it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from narrative.read.encoder import Reader
from narrative.read.passages import passages
from narrative.read.windows import CONTEXT_TOKENS, KINDS, MAX_TOKENS, Window
from narrative.terms import Article, Passage, Span

SENTENCES = (
    "Small caps have room to run, said Ann Lee.",
    "“We would sell,” she added.",
    "The index closed 1.2% higher at 2,410.15 on Tuesday.",
    "UBS and BTIG disagree about McKinley & Co.",
    "Überbewertet, sagte er – 東京市場は小動き.",
    "It was a quiet week in which nothing at all happened to anybody who owns shares of banks. " * 4,
)
LOOSE = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ARTICLES = st.lists(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=9), min_size=1, max_size=8)


def cut(text: str, reader: Reader) -> tuple[tuple[Passage, ...], tuple[Window, ...]]:
    found = passages(Article("a", "", "", text.split("\n", 1)[0], text))
    return found, reader.windows(text, found)


def written(text: str, window: Window) -> list[tuple[str, int]]:
    return [(text[slice(*word.span)], window.kinds[word.row]) for word in window.words]


@LOOSE
@given(article=ARTICLES)
def test_every_word_is_tagged_in_exactly_one_window(article: list[list[str]], reader: Reader) -> None:
    text = "\n\n".join(" ".join(paragraph) for paragraph in article)
    found, windows = cut(text, reader)
    spans = [word.span for window in windows for word in window.words]
    assert spans == sorted(set(spans))
    covered = {at for start, end in spans for at in range(start, end)}
    wanted = {
        at
        for p in found
        if p.kind != "row"
        for at in range(*p.span)
        if text[at].isalnum() and text[at].isascii()
    }
    assert wanted <= covered


@LOOSE
@given(article=ARTICLES)
def test_windows_keep_to_their_limits(article: list[list[str]], reader: Reader) -> None:
    text = "\n\n".join(" ".join(paragraph) for paragraph in article)
    _, windows = cut(text, reader)
    for window in windows:
        assert len(window.ids) == len(window.kinds) <= MAX_TOKENS
        assert len(window.context) <= CONTEXT_TOKENS
        assert all(0 <= kind < KINDS for kind in window.kinds)
        assert all(0 < word.row < len(window.ids) - 1 for word in (*window.context, *window.words))


def test_the_context_is_the_end_of_the_window_before(reader: Reader) -> None:
    text = "\n\n".join(["Nothing happened in the market on Monday, or on the day after it. " * 5] * 6)
    _, windows = cut(text, reader)
    assert len(windows) > 1
    for before, window in pairwise(windows):
        spans = [word.span for word in window.context]
        assert spans == [word.span for word in before.words][-len(spans) :]


SHAPES = [
    # words, shape x place, why
    ("rose", 2, "lower case, running text"),
    ("Lee", 3, "title case"),
    ("UBS", 4, "capitals"),
    ("McKinley", 5, "mixed"),
    ("2026", 6, "digits"),
    ("&", 7, "neither letter nor digit"),
    ("sell", 8, "lower case, inside speech"),
]


@pytest.mark.parametrize(("word", "kind", "why"), SHAPES, ids=[row[0] for row in SHAPES])
def test_the_shape_of_a_word_and_its_place_are_kept(word: str, kind: int, why: str, reader: Reader) -> None:
    text = "Lee rose at UBS in 2026 & McKinley said: “We would sell all of it today.”"
    _, (window,) = cut(text, reader)
    assert dict(written(text, window))[word] == kind, why


def test_a_window_does_not_depend_on_what_follows(reader: Reader) -> None:
    short = "\n\n".join(["Small caps have room to run, said Ann Lee of Harbor Pine. " * 6] * 3)
    longer = f"{short}\n\nAnother paragraph follows."
    _, one = cut(short, reader)
    _, two = cut(longer, reader)
    assert one[:-1] == two[: len(one) - 1]


def test_table_rows_are_not_tagged(reader: Reader) -> None:
    text = "A table"
    row = Passage(Span(0, 7), "row", (Span(0, 7),))
    assert reader.windows(text, [row]) == ()
