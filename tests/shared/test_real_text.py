"""The real-text set: its texts are those that were annotated, its annotations point into them, and the reader's scores hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from narrative.evaluate.documents import digest_of, read_documents
from narrative.evaluate.floors import broken, read_floors
from narrative.evaluate.scoring import score_model
from narrative.evaluate.summary import summary
from narrative.read.annotated import GoldArticle
from narrative.read.encoder import Reader
from narrative.targets import Targets
from tests.shared.real_texts import HERE, write_texts

ROOT = HERE.parents[1]
GOLD = HERE / "real" / "gold.jsonl"


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> list[GoldArticle]:
    """The annotated real texts; reading them checks every hash."""
    return read_documents(GOLD, write_texts(tmp_path_factory.mktemp("texts"), shared))


def test_there_are_the_five_seeds_and_sixty_more(documents: list[GoldArticle]) -> None:
    names = [article.id for article in documents]
    assert [f"seed-00{n}" for n in range(5)] == [name for name in names if name.startswith("seed-")]
    assert len(names) >= 65
    assert sum(len(article.statements) for article in documents) >= 400


def test_annotations_point_at_words(documents: list[GoldArticle], targets: Targets) -> None:
    for article in documents:
        spans = [s for st in article.statements for s in (*st.content, *filter(None, (st.cue, st.source)))]
        spans += [f.span for f in article.figures] + [*article.people, *article.firms]
        for start, end in spans:
            words = article.text[start:end]
            assert words
            assert words == words.strip(), (article.id, words)
        for view in article.views:
            assert targets[view.target]


def test_no_text_travels_with_the_annotations() -> None:
    def words(value: object) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | list):
            for item in value.values() if isinstance(value, dict) else value:
                yield from words(item)

    for line in GOLD.read_text(encoding="utf-8").splitlines():
        assert not [told for told in words(json.loads(line)) if len(told.split()) > 12]


def test_the_reader_does_not_fall_on_real_text(
    documents: list[GoldArticle], reader: Reader, targets: Targets
) -> None:
    scores = summary(score_model(documents, reader, targets))
    floors = read_floors(ROOT / "corpus" / "floors.toml", "real")
    assert not broken(scores, floors, "real", digest_of(documents))
