"""The annotated articles: every file parses, draws back to itself, and uses words that exist."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from corpus import similarity
from corpus.card import MAIN, card
from corpus.checks import findings
from narrative.evaluate.cells import CELLS, cells_of
from narrative.evaluate.documents import digest_of, read_documents
from narrative.evaluate.floors import broken, read_floors
from narrative.evaluate.report import render
from narrative.evaluate.scoring import compare_annotations, score_model
from narrative.evaluate.stance_scores import STANCES
from narrative.evaluate.summary import summary
from narrative.read.annotated import GoldArticle
from narrative.read.corpus import Split, gold_pairs, read_corpus, split_of
from narrative.read.encoder import Reader
from narrative.read.gold import read_gold
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


def test_it_is_as_large_as_it_has_to_be(articles: list[GoldArticle]) -> None:
    assert len(articles) >= 600
    assert sum(len(a.text.split()) for a in articles) >= 250_000
    assert sum(len(a.statements) for a in articles) >= 6_000
    assert sum(len(a.views) for a in articles) >= 4_500
    assert sum(len(a.figures) for a in articles) >= 4_000


def test_much_of_it_carries_no_view(articles: list[GoldArticle]) -> None:
    statements = sum(len(a.statements) for a in articles)
    viewed = sum(len({view.statement for view in a.views}) for a in articles)
    assert viewed <= statements * 2 / 3
    assert sum(not a.views for a in articles) >= len(articles) / 8


def test_stances_are_in_balance_for_every_main_target(articles: list[GoldArticle]) -> None:
    counts: dict[str, Counter[str]] = {}
    for article in articles:
        for view in article.views:
            counts.setdefault(view.target, Counter())[view.stance] += 1
    main = {target: row for target, row in counts.items() if row.total() >= MAIN}
    assert len(main) >= 15
    for target, row in main.items():
        for stance in STANCES:
            assert 0.15 <= row[stance] / row.total() <= 0.5, (target, row)


def test_every_cell_of_the_coverage_list_is_filled(articles: list[GoldArticle]) -> None:
    counts = Counter(cell for article in articles for cell in cells_of(article))
    assert not [cell for cell in CELLS if counts[cell] < 10]


def test_one_mirrored_pair_for_ten_articles(articles: list[GoldArticle]) -> None:
    families = Counter(article.family for article in articles)
    assert sum(count > 1 for count in families.values()) >= len(articles) / 10


def test_it_does_not_repeat_itself(articles: list[GoldArticle]) -> None:
    assert not list(similarity.broken_limits(articles, similarity.near_duplicates(articles)))


#: rules of the checks whose findings may be false alarms; the others may have none
DOUBTFUL = (
    "a reporting word is no cue",
    "a known name is not marked here",
    "speaker is not a full name",
    "no source",
    "content begins with 'that' or 'to'",
)


def test_the_checks_find_no_slip(articles: list[GoldArticle], targets: Targets) -> None:
    slips = [(a.id, found) for a in articles for found in findings(a, targets) if found.rule not in DOUBTFUL]
    assert not slips


@pytest.fixture(scope="module")
def passes() -> list[list[GoldArticle]]:
    """The first pass and the second."""
    return [read_documents(FOLDER.parent / "passes" / folder) for folder in ("first", "second")]


def test_dev_and_test_were_annotated_twice(
    articles: list[GoldArticle], passes: list[list[GoldArticle]]
) -> None:
    held_out = {a.id: a for a in articles if split_of(a) != "train"}
    for side in passes:
        assert {a.id for a in side} == set(held_out)
        assert not [a.id for a in side if a.text != held_out[a.id].text]


def test_two_passes_agree(articles: list[GoldArticle], passes: list[list[GoldArticle]]) -> None:
    test = {a.id for a in articles if split_of(a) == "test"}
    scores = summary(compare_annotations(*([a for a in side if a.id in test] for side in passes)))
    assert scores["found"]["statements"]["f1"] >= 0.90
    assert scores["stance"]["kappa"] >= 0.80


def test_the_card_says_what_there_is() -> None:
    assert card() == (FOLDER.parent / "README.md").read_text(encoding="utf-8"), "run python -m corpus.card"


def test_the_card_s_scores_are_of_this_corpus(articles: list[GoldArticle]) -> None:
    for split in ("dev", "test"):
        scores = json.loads((FOLDER.parent / "scores" / f"corpus-{split}.json").read_text(encoding="utf-8"))
        assert scores["gold"] == digest_of(a for a in articles if split_of(a) == split)


def test_the_readme_shows_what_is_printed() -> None:
    readme = (FOLDER.parents[1] / "README.md").read_text(encoding="utf-8")
    shown = readme.split("$ narrative evaluate\n", 1)[1].split("```", 1)[0].strip().split("\n")
    printed = render(json.loads((FOLDER.parent / "scores" / "corpus-dev.json").read_text(encoding="utf-8")))
    assert [line for line in shown if line != "..." and line not in printed.split("\n")] == []


@pytest.mark.parametrize("split", ["dev", "test"])
def test_the_reader_does_not_fall(
    split: Split, articles: list[GoldArticle], reader: Reader, targets: Targets
) -> None:
    gold = [article for article in articles if split_of(article) == split]
    scores = summary(score_model(gold, reader, targets))
    floors = read_floors(FOLDER.parent / "floors.toml", f"corpus-{split}")
    assert not broken(scores, floors, f"corpus-{split}", digest_of(gold))


def test_pairs_hold_the_statement_and_mark_it(articles: list[GoldArticle], targets: Targets) -> None:
    for article in articles[:40]:
        for pair in gold_pairs(article, targets):
            assert all(pair.pair.text[slice(*span)].strip() for span in pair.pair.said)
            assert pair.label in ("bullish", "bearish", "neutral", "unjudged")
