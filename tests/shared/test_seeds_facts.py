"""The five real articles: what is read, who is named, which numbers are told; and the people and firms of an open test set."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

from narrative.read.figures import figures
from narrative.read.names import names
from narrative.read.page import article_of_text
from narrative.read.passages import passages
from narrative.terms import Article, Figure, Mention, Passage
from tests.shared.labelled_sets import NAME_SETS, name_scores

PEOPLE_F1, FIRMS_F1 = 0.82, 0.45  # floors on FIRE test (CC BY 4.0), rules alone

PEOPLE = {
    "000": ["Mike Lippert", "Edward Overdevest"],
    "001": ["Michael Arone"],
    "002": ["Jordan Irving"],
    "003": [],
    "004": ["Donald Trump"],
}
FIRMS = {
    "000": ["Baron Capital", "Cascade Investment Group"],
    "001": ["MarketGauge", "Morningstar", "State Street"],
    "002": ["Bespoke Investment Group", "FactSet", "Jefferies", "Glenmede"],
    "003": ["BTIG", "Oracle"],
    "004": ["Citigroup", "UBS", "Bank of America", "Wells Fargo"],
}
TOLD = {
    "000": [("40%", "past month", "up"), ("6%", "so far this month", "up")],
    "001": [("7.9%", "year-to-date", "up")],
    "002": [],
    "004": [
        ("11.5%", "five days", "up"),
        ("3%", "since last week", "down"),
        ("0.2%", None, "up"),
        ("10.5%", "this year", "up"),
        ("17%", None, "up"),
        ("18%", None, "up"),
        ("15th percentile", "past 20 years", None),
        ("18%", None, "up"),
    ],
}
JUNK = [
    "cookie",
    "retail investor accounts",
    "Award",
    "payment methods",
    "Sign in",
    "Unsplash",
    "logo",
    "All Rights",
    "Editorial Team",
]


@lru_cache(maxsize=8)
def read(
    folder: Path, seed: str
) -> tuple[Article, tuple[Passage, ...], tuple[Mention, ...], tuple[Figure, ...]]:
    path = next(folder.glob(f"{seed}_*.txt"))
    article = article_of_text(path.read_text(encoding="utf-8"), path=str(path))
    found = passages(article)
    mentions = names(article.text, found, article)
    return article, found, mentions, figures(article.text, found, mentions, article.id)


@pytest.mark.parametrize("seed", PEOPLE)
def test_people_and_houses(shared: Path, seed: str) -> None:
    _, _, mentions, _ = read(shared / "seeds", seed)
    assert list(dict.fromkeys(m.key for m in mentions if m.kind == "person")) == PEOPLE[seed]
    assert set(FIRMS[seed]) <= {m.key for m in mentions if m.kind == "firm"}


@pytest.mark.parametrize("seed", TOLD)
def test_figures(shared: Path, seed: str) -> None:
    _, _, _, told = read(shared / "seeds", seed)
    assert [figure.text for figure in told] == [row[0] for row in TOLD[seed]]
    for figure, (_, period, direction) in zip(told, TOLD[seed], strict=True):
        assert figure.direction == direction
        assert period is None or figure.period == period


def test_the_mashed_table_is_read_by_company_and_column(shared: Path) -> None:
    _, _, _, told = read(shared / "seeds", "003")
    table = [(f.subject, f.value, f.period) for f in told if f.period in ("YTD", "One Year")]
    assert len(table) == 18
    assert table[:2] == [("Nvidia Corp.", 36.80, "YTD"), ("Nvidia Corp.", 34.94, "One Year")]
    assert table[-1] == ("Roundhill Magnificent Seven ETF", 17.30, "One Year")


def test_the_second_copy_of_the_body_is_marked(shared: Path) -> None:
    article, found, _, told = read(shared / "seeds", "003")
    assert len(article.repeats) == 1
    assert {p.dup for p in found if p.span.start >= article.repeats[0].start} == {True}
    assert all(figure.span.start < article.repeats[0].start for figure in told)


@pytest.mark.parametrize("seed", PEOPLE)
def test_nothing_of_the_page_s_furniture_is_read(shared: Path, seed: str) -> None:
    article, found, _, _ = read(shared / "seeds", seed)
    words = "\n".join(article.text[slice(*passage.span)] for passage in found)
    assert [phrase for phrase in JUNK if phrase in words] == []


def test_titles(shared: Path) -> None:
    assert [read(shared / "seeds", seed)[0].title.split()[0] for seed in PEOPLE] == [
        "Investors",
        "As",
        "Is",
        "The",
        "Rotation",
    ]


def test_people_and_firms_of_the_open_test_set(shared: Path) -> None:
    scores = name_scores(shared / "data" / "ner" / f"{NAME_SETS['FIRE']}.jsonl", None)
    assert scores["PERSON"] >= PEOPLE_F1
    assert scores["ORG"] >= FIRMS_F1
