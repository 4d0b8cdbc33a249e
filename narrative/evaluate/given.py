"""Stance alone: the model judges the annotated statements on the annotated targets, so that no earlier stage's error counts."""

from __future__ import annotations

from collections.abc import Iterator

from narrative.evaluate.outcome import Difference, JudgedPair
from narrative.read.corpus import gold_pairs
from narrative.read.encoder import CLASSES, StanceModel
from narrative.read.gold import GoldArticle
from narrative.targets import Targets


def judged_pairs(
    article: GoldArticle, model: StanceModel, targets: Targets
) -> Iterator[tuple[JudgedPair, Difference | None]]:
    """Yield every judged pair of an article with the model's answer, and the difference if there is one."""
    for gold in gold_pairs(article, targets):
        if gold.label == CLASSES[3]:
            continue
        judged = model.judge(gold.pair)
        shares = (judged.bullish, judged.bearish, judged.neutral)
        best = max(range(3), key=lambda index: shares[index])
        pair = JudgedPair(gold.label, CLASSES[best], shares[best] < model.abstain_below, shares)
        if pair.other == pair.stance:
            yield pair, None
            continue
        statement = next(s for s in article.statements if s.name == gold.statement)
        words = " … ".join(article.text[s:e] for s, e in statement.content)
        at = statement.content[0].start
        note = f"{words[:90]} [{gold.target}]"
        yield pair, Difference("given", article.id, at, note, pair.stance, f"{pair.other} {max(shares):.2f}")
