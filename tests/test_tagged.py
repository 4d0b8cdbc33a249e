"""From tags to statements: with a model that knows the annotation, what comes out is what was marked."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from narrative.read.encoder import Reader
from narrative.read.gold import parse_gold
from narrative.read.names import names
from narrative.read.page import article_of_text
from narrative.read.passages import passages
from narrative.read.statements import statements
from narrative.read.tags import Tags
from tests.perfect_tagger import PerfectTagger

HEAD = '+++\nid = "t-0001"\npublished = 2026-01-14\noutlet = "The Quay Street Wire"\n+++\nA week of arguments\n\n'


class Row(NamedTuple):
    """A marked text, and its statements as (words, mode, speaker, firm)."""

    why: str
    text: str
    wanted: list[tuple[str, str, str | None, str | None]]


LEE = "[s1.source [s1.speaker Ann Lee], [s1.title chief strategist] at [s1.firm Harbor Pine]]"
ROWS = [
    Row(
        "indirect speech, the source in front",
        f"{LEE}, [s1.cue said] [s1.content small caps will beat the giants this year].",
        [("small caps will beat the giants this year", "indirect", "Ann Lee", "Harbor Pine")],
    ),
    Row(
        "a quotation is said from mark to mark",
        f'"[s1.content Small caps are cheap and nobody owns them]," [s1.cue said] {LEE}.',
        [("Small caps are cheap and nobody owns them", "direct", "Ann Lee", "Harbor Pine")],
    ),
    Row(
        "two quotations around one cue are one statement",
        f'"[s1.content Small caps are cheap]," [s1.cue said] {LEE}. "[s1.content Nobody owns them.]"',
        [("Small caps are cheap … Nobody owns them.", "direct", "Ann Lee", "Harbor Pine")],
    ),
    Row(
        "a clause with a quotation in it",
        f'{LEE}, [s1.cue called] [s1.content the group "the cheapest corner of a dear market" and a place to hide].',
        [
            (
                'the group "the cheapest corner of a dear market" and a place to hide',
                "mixed",
                "Ann Lee",
                "Harbor Pine",
            )
        ],
    ),
    Row(
        "a pronoun in the next sentence",
        f"{LEE}, [s1.cue said] [s1.content small caps will rise]. [s2.source=s1 She] [s2.cue expects] "
        "[s2.content banks to follow by the summer].",
        [
            ("small caps will rise", "indirect", "Ann Lee", "Harbor Pine"),
            ("banks to follow by the summer", "indirect", "Ann Lee", "Harbor Pine"),
        ],
    ),
    Row(
        "a firm alone",
        "[s1.source [s1.firm Tern Hollow]] [s1.cue downgraded] [s1.content small caps to neutral on Tuesday].",
        [("small caps to neutral on Tuesday", "indirect", None, "Tern Hollow")],
    ),
    Row(
        "nobody is named",
        "[s1.source Some [s1.title analysts]] [s1.cue caution] that [s1.content the rally has run too far].",
        [("the rally has run too far", "indirect", None, None)],
    ),
    Row(
        "a quotation that is a paragraph of its own goes on with the speaker before",
        f"{LEE} [s1.cue was] blunt. "
        '"[s1.content Small caps are a trap.]"\n\n"[s1.content They always were, and those who sell them know it well.]"',
        [
            (
                "Small caps are a trap. … They always were, and those who sell them know it well.",
                "direct",
                "Ann Lee",
                "Harbor Pine",
            )
        ],
    ),
    Row(
        "two sources in one sentence",
        "[s1.source [s1.firm Tern Hollow]] [s1.cue likes] [s1.content value], while [s2.source [s2.firm Veldt & Rowan]] "
        "[s2.cue prefers] [s2.content growth at any price].",
        [
            ("value", "indirect", None, "Tern Hollow"),
            ("growth at any price", "indirect", None, "Veldt & Rowan"),
        ],
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=[row.why for row in ROWS])
def test_what_is_marked_comes_out(row: Row, reader: Reader) -> None:
    gold = parse_gold(HEAD + row.text + "\n", Path("t-0001.txt"))
    article = article_of_text(
        gold.text, path="t", url="", title="", outlet="", published=None, available_at=None
    )
    found = passages(article)
    tags = Tags(article.text, found, PerfectTagger(gold, reader))
    mentions = names(article.text, found, article, tags)
    got = [
        (s.words(article.text), s.mode, s.speaker, s.firm)
        for s in statements(article, found, mentions, tags)
        if not s.dup
    ]
    assert got == row.wanted


#: what the tags call wrongly and the words around set right: text, name, kind
KINDS = [
    ("[o Harbor Pine]'s [o Tavi Subramar] said small caps look cheap.", "Tavi Subramar", "person"),
    ("[o Harbor Pine]'s [o Tavi Subramar] was sold to a rival.", "Tavi Subramar", "firm"),
    ("[p Arkane]'s [p Ann Lee] said bonds look dear.", "Arkane", "firm"),
]


@pytest.mark.parametrize(("marked", "name", "kind"), KINDS, ids=[f"{row[1]} {row[2]}" for row in KINDS])
def test_a_possessive_tells_a_house_from_who_speaks_for_it(
    marked: str, name: str, kind: str, reader: Reader
) -> None:
    gold = parse_gold(HEAD + marked + "\n", Path("t-0001.txt"))
    article = article_of_text(gold.text, path="t")
    found = passages(article)
    mentions = names(article.text, found, article, Tags(article.text, found, PerfectTagger(gold, reader)))
    assert [(m.text, m.kind) for m in mentions if m.text == name] == [(name, kind)]
