"""Statements: each block of tables/statements.txt is marked in the corpus markup, with its reason on top."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrative.read.corpus import as_article, gold_mentions
from narrative.read.gold import GoldArticle, parse_gold
from narrative.read.names import names
from narrative.read.passages import passages
from narrative.read.statements import statements
from narrative.terms import Article, Passage, Statement, content_id

TABLE = Path(__file__).parent / "tables" / "statements.txt"
HEADER = '+++\nid = "t"\npublished = 2026-01-14\noutlet = "T"\nfamily = "t"\nshape = "wire"\n+++\n'
BLOCKS = [block.split("\n", 1) for block in TABLE.read_text(encoding="utf-8").strip().split("\n\n")]


def read(gold: GoldArticle) -> tuple[Statement, ...]:
    article = as_article(gold)
    found = passages(article)
    if found[0].kind != "heading" or ":" not in article.text:
        found = tuple(Passage(p.span, "paragraph", p.sentences) for p in found)
    return statements(article, found, gold_mentions(gold))


@pytest.mark.parametrize(
    ("reason", "marked"), BLOCKS, ids=[reason.removeprefix("# ") for reason, _ in BLOCKS]
)
def test_statements_are_found_where_they_are_marked(reason: str, marked: str) -> None:
    gold = parse_gold(HEADER + marked, TABLE)
    found = read(gold)
    assert [s.words(gold.text) for s in found] == [
        " … ".join(gold.text[a:b] for a, b in s.content) for s in gold.statements
    ]
    assert [(s.speaker, s.firm) for s in found] == [(s.speaker, s.firm) for s in gold.statements]


def test_a_repeated_body_gives_statements_marked_as_such() -> None:
    body = "Small caps will lead this year by a wide margin, said Ann Lee, chief strategist at Harbor Pine Capital.\n"
    text = (
        body + "\nThe market closed higher on Monday after a quiet day of trading in all sectors.\n\n" + body
    )
    article = Article(content_id(text), "", "", "", text)
    found = passages(article)
    assert [s.dup for s in statements(article, found, names(text, found, article))] == [False, True]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.sampled_from(
            [
                '"',
                "“",
                "”",
                "said",
                "Ann Lee",
                "that",
                "according to",
                ",",
                ".",
                "\n",
                "small caps",
                "analysts at",
                "he",
                ":",
            ]
        ),
        max_size=30,
    )
)
def test_no_text_breaks_the_reader(parts: list[str]) -> None:
    text = " ".join(parts)
    article = Article(content_id(text), "", "", "", text)
    found = passages(article)
    for statement in statements(article, found, names(text, found, article)):
        for start, end in statement.content:
            assert 0 <= start < end <= len(text)
            assert text[start:end] == text[start:end].strip()
