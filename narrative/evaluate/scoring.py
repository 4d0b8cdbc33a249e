"""The room's two verbs: score a model on gold, and compare two annotations."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from narrative.errors import NarrativeError
from narrative.evaluate.annotation import annotation_of, annotation_of_reading
from narrative.evaluate.given import judge_given
from narrative.evaluate.outcome import Outcome
from narrative.evaluate.stages import compare
from narrative.read.annotated import GoldArticle
from narrative.read.encoder import StanceModel
from narrative.read.page import article_of_text
from narrative.read.reader import read_article
from narrative.targets import Targets


def score_model(
    gold: Sequence[GoldArticle],
    model: StanceModel,
    targets: Targets,
    progress: Callable[[int], None] = lambda _: None,
) -> list[Outcome]:
    """Read each annotated text as an article nobody has seen, and compare; one outcome an article, in order.

    The reader meets the plain text: that a region is junk or a second printing is for it to find.
    """
    out = []
    for number, article in enumerate(gold, 1):
        outlet = str(article.header["outlet"])
        fresh = article_of_text(
            article.text, path=article.id, url="", title="", outlet=outlet, published=None, available_at=None
        )
        outcome = compare(annotation_of(article), annotation_of_reading(read_article(fresh, model, targets)))
        judge_given(article, model, targets, outcome)
        out.append(outcome)
        progress(number)
    return out


def compare_annotations(one: Sequence[GoldArticle], other: Sequence[GoldArticle]) -> list[Outcome]:
    """Compare two annotations of the articles that both have, `one` in the place of gold, in the order of `other`.

    Raises NarrativeError when they have no article in common, or one with two texts.
    """
    known = {article.id: article for article in one}
    out = []
    for theirs in other:
        mine = known.get(theirs.id)
        if mine is None:
            continue
        if mine.text != theirs.text:
            raise NarrativeError(f"{theirs.path}: the text is not that of {mine.path}")
        out.append(compare(annotation_of(mine), annotation_of(theirs)))
    if not out:
        raise NarrativeError("the two annotations have no article in common")
    return out
