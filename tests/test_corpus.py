"""The annotated articles: every file parses, draws back to itself, and uses words that exist."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from narrative.read.corpus import gold_pairs, read_corpus, split_of
from narrative.read.gold import GoldArticle, read_gold
from narrative.read.markup import draw
from narrative.targets import Targets

FOLDER = Path(__file__).resolve().parents[1] / "corpus" / "articles"
PATHS = sorted(FOLDER.rglob("*.txt"))


@pytest.fixture(scope="module")
def articles() -> list[GoldArticle]:
    return list(read_corpus(FOLDER))


@pytest.mark.parametrize("batch", sorted({path.parent.name for path in PATHS}))
def test_every_article_draws_back_to_its_file(batch: str, targets: Targets) -> None:
    for path in sorted((FOLDER / batch).glob("*.txt")):
        article = read_gold(path)
        assert path.read_text(encoding="utf-8").endswith(f"+++\n{draw(article.text, article.marks)}"), path
        for view in article.views:
            assert targets[view.target]


def test_ids_are_unique_and_families_keep_to_one_split(articles: list[GoldArticle]) -> None:
    assert not [name for name, count in Counter(a.id for a in articles).items() if count > 1]
    splits: dict[str, set[str]] = {}
    for article in articles:
        splits.setdefault(article.family, set()).add(split_of(article))
    assert not [family for family, where in splits.items() if len(where) > 1]


def test_strong_dollar_is_never_trained_on(articles: list[GoldArticle]) -> None:
    for article in articles:
        if any(view.target == "strong_dollar" for view in article.views):
            assert split_of(article) == "test"


def test_there_are_at_least_sixty_articles_with_all_stances(articles: list[GoldArticle]) -> None:
    stances = Counter(view.stance for article in articles for view in article.views)
    assert len(articles) >= 60
    assert min(stances["bullish"], stances["bearish"], stances["neutral"]) > 0.1 * stances.total()


def test_pairs_hold_the_statement_and_mark_it(articles: list[GoldArticle], targets: Targets) -> None:
    for article in articles[:40]:
        for pair in gold_pairs(article, targets):
            assert all(pair.pair.text[slice(*span)].strip() for span in pair.pair.said)
            assert pair.label in ("bullish", "bearish", "neutral", "unjudged")
