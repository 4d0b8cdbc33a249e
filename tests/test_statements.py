"""Statements: each block of tables/statements.txt is marked in the corpus markup, with its reason on top."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrative.read.annotated import GoldArticle
from narrative.read.candidates import Scene
from narrative.read.corpus import as_article, gold_mentions
from narrative.read.gold import parse_gold
from narrative.read.names import names
from narrative.read.passages import passages
from narrative.read.statements import statements
from narrative.targets import load_targets
from narrative.terms import Article, Mention, Passage, Span, Statement, content_id

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


ADOPTED = [
    (
        "a surname that follows vouches for the person",
        "Wexly Dorn said bonds look dear. Dorn said so twice.",
        "Wexly Dorn",
        None,
    ),
    ("a house noun makes a firm", "Wexly Dorn Partners said bonds look dear.", None, "Wexly Dorn Partners"),
    ("a team makes a firm", "Wexly Dorn analysts said bonds look dear.", None, "Wexly Dorn"),
    (
        "a trade behind the name makes a firm",
        "Brixoline, a data company, said bonds look dear.",
        None,
        "Brixoline",
    ),
    (
        "a title places a person at a firm",
        "Ann Lee, a strategist at Wexly Dorn, said bonds look dear.",
        "Ann Lee",
        "Wexly Dorn",
    ),
    ("a place is nobody", "Bonds look dear, according to Paris.", None, None),
]


@pytest.mark.parametrize(
    ("text", "speaker", "firm"), [row[1:] for row in ADOPTED], ids=[row[0] for row in ADOPTED]
)
def test_names_that_no_list_knows_are_adopted_when_they_speak(
    text: str, speaker: str | None, firm: str | None
) -> None:
    article = Article(content_id(text), "", "", "", text)
    found = tuple(Passage(p.span, "paragraph", p.sentences) for p in passages(article))
    people = tuple(
        Mention("person", Span(m.start(), m.end()), m.group(), "Ann Lee")
        for m in re.finditer("Ann Lee", text)
    )
    first = statements(article, found, people)[0]
    assert (first.speaker, first.firm) == (speaker, firm)


TEAMS = [
    ("Ann Lee of Harbor Pine said bonds look dear. Her team sees gold at 3,000.", (None, "Harbor Pine")),
    ("Ann Lee said bonds look dear. Her team sees gold at 3,000.", (None, None)),
]


@pytest.mark.parametrize(("text", "who"), TEAMS, ids=["her house is named", "it is not"])
def test_her_team_speaks_for_her_house_and_not_as_her(text: str, who: tuple[str | None, str | None]) -> None:
    article = Article(content_id(text), "", "", "", text)
    marked = [Mention("person", Span(0, 7), "Ann Lee", "Ann Lee")]
    if "Harbor" in text:
        marked.append(Mention("firm", Span(11, 22), "Harbor Pine", "Harbor Pine"))
    second = statements(article, passages(article), marked)[1]
    assert (second.speaker, second.firm) == who


TITLES = [
    (
        "Ann Lee, Harbor Pine's chief U.S. equity strategist, said bonds look dear.",
        "chief U.S. equity strategist",
    ),
    ("Ann Lee, Harbor Pine's chief strategist, said bonds look dear.", "chief strategist"),
    ("Ann Lee, Harbor Pine's chief, said bonds look dear.", "chief"),
    (
        "Ann Lee, analyst and portfolio manager at Harbor Pine, said bonds look dear.",
        "analyst and portfolio manager",
    ),
]


@pytest.mark.parametrize(("text", "title"), TITLES, ids=[row[1] for row in TITLES])
def test_titles_are_whole(text: str, title: str) -> None:
    article = Article(content_id(text), "", "", "", text)
    at = text.index("Harbor Pine")
    marked = [
        Mention("person", Span(0, 7), "Ann Lee", "Ann Lee"),
        Mention("firm", Span(at, at + 11), "Harbor Pine", "Harbor Pine"),
    ]
    (said,) = statements(article, passages(article), marked)
    assert (said.speaker, said.title, said.firm) == ("Ann Lee", title, "Harbor Pine")


CANDIDATES = [
    ("named inside", "Ann Lee said small caps will lead.", "small caps will lead", ["small_caps"]),
    (
        "a firm that speaks is no stock",
        "Harbor Pine analysts met. Bonds fell. Ann Lee said they look dear.",
        "they look dear",
        ["bonds"],
    ),
    (
        "nothing near: the nearest earlier sentence",
        "Small caps fell. It rained. He slept. She ate. They left. It snowed. Ann Lee said buy now.",
        "buy now",
        ["small_caps"],
    ),
]


@pytest.mark.parametrize(
    ("text", "said", "expected"), [row[1:] for row in CANDIDATES], ids=[row[0] for row in CANDIDATES]
)
def test_the_targets_a_statement_may_be_about(text: str, said: str, expected: list[str]) -> None:
    article = Article(content_id(text), "", "", "", text)
    firms = [Mention("firm", Span(0, 11), "Harbor Pine", "Harbor Pine")] if text[:6] == "Harbor" else []
    at = text.index(said)
    scene = Scene(text, passages(article), firms, load_targets())
    assert [c.target for c in scene.candidates([Span(at, at + len(said))], None)] == expected


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
