"""Stance alone: the model judges the annotated statements on the annotated targets, so that no earlier stage's error counts."""

from __future__ import annotations

from narrative.evaluate.counting import shortened
from narrative.evaluate.outcome import Difference, JudgedPair, Outcome
from narrative.read.annotated import GoldArticle
from narrative.read.corpus import gold_pairs
from narrative.read.encoder import CLASSES, StanceModel
from narrative.read.stance import likeliest
from narrative.targets import Targets
from narrative.terms import said


def judge_given(article: GoldArticle, model: StanceModel, targets: Targets, outcome: Outcome) -> None:
    """Add the model's answer on every judged pair of an article to the outcome, and the differences."""
    statements = {statement.name: statement for statement in article.statements}
    for gold in gold_pairs(article, targets):
        if gold.label == CLASSES[3]:
            continue
        judged = model.judge(gold.pair)
        shares = (judged.bullish, judged.bearish, judged.neutral)
        pair = JudgedPair(gold.label, *likeliest(shares, model), shares)
        outcome.traces[gold.statement].given.append(pair)
        if pair.other != pair.stance:
            statement = statements[gold.statement]
            words = shortened(said(article.text, statement.content))
            answer = f"{pair.other} {max(shares):.2f}{', abstained' if pair.abstained else ''}"
            outcome.differences.append(
                Difference(
                    "given",
                    article.id,
                    statement.content[0].start,
                    words,
                    f"{pair.stance} on {gold.target}",
                    answer,
                )
            )
