"""The annotated articles as a set: where they lie, which split each belongs to, and the pairs they teach.

A split is decided by a hash of the article's family, so that mirrored articles and rewrites never sit on both sides.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from narrative.read.annotated import GoldArticle
from narrative.read.candidates import Scene
from narrative.read.encoder import CLASSES, Pair
from narrative.read.gold import read_gold
from narrative.read.passages import passages
from narrative.read.voice import voice
from narrative.targets import STOCK, Targets
from narrative.terms import Article, Mention

Split = Literal["train", "dev", "test"]
_TEST_ONLY = "strong_dollar"  # one whole narrative is never trained on: it measures an unseen target


@dataclass(frozen=True, slots=True)
class GoldPair:
    """A (statement, target) pair of the corpus with its class; "unjudged" for a target that is only mentioned."""

    article: str
    statement: str
    target: str
    label: str
    pair: Pair
    resolved: bool


def read_corpus(folder: Path) -> Iterator[GoldArticle]:
    """Read every annotated article below `folder`, in the order of their paths."""
    for path in sorted(folder.rglob("*.txt")):
        yield read_gold(path)


def split_of(article: GoldArticle) -> Split:
    """Return the split of an article: 70 / 15 / 15 by family."""
    if any(view.target == _TEST_ONLY for view in article.views):
        return "test"
    place = int(hashlib.sha256(article.family.encode()).hexdigest()[:8], 16) % 100
    return "train" if place < 70 else "dev" if place < 85 else "test"


def as_article(gold: GoldArticle) -> Article:
    """Return the clean text as an article, as the reader would meet it."""
    repeats = (*gold.dups, *gold.junk)
    return Article(
        gold.id, "", str(gold.header["outlet"]), gold.text.split("\n", 1)[0], gold.text, repeats=repeats
    )


def gold_mentions(gold: GoldArticle) -> tuple[Mention, ...]:
    """Return the annotated people and firms as mentions; a short form has the longest name that holds it as key."""
    out = []
    for kind, spans in (("person", gold.people), ("firm", gold.firms)):
        names = sorted({gold.text[s:e] for s, e in spans}, key=len, reverse=True)
        for span in spans:
            words = gold.text[span.start : span.end]
            key = next(name for name in names if re.search(rf"(?<!\w){re.escape(words)}(?!\w)", name))
            out.append(Mention(kind, span, words, key))  # type: ignore[arg-type]
    return tuple(sorted(out, key=lambda mention: mention.span))


def gold_pairs(gold: GoldArticle, targets: Targets) -> Iterator[GoldPair]:
    """Yield the pairs of one article: every judged target, and every candidate that the statement only mentions."""
    scene = Scene(gold.text, passages(as_article(gold)), gold_mentions(gold), targets)
    for statement in gold.statements:
        judged = {view.target: view.stance for view in gold.views if view.statement == statement.name}
        who = voice(statement.speaker, statement.title, statement.firm)
        near = {_key(c.target): c for c in scene.candidates(statement.content, statement.firm, voice=who)}
        for target, stance in judged.items():
            known = near.get(_key(target))
            pair = known.pair if known else scene.pair(target, statement.content, who)
            yield GoldPair(gold.id, statement.name, target, stance, pair, known is None or known.resolved)
        for key, candidate in near.items():
            if key not in {_key(target) for target in judged}:
                yield GoldPair(
                    gold.id, statement.name, candidate.target, CLASSES[3], candidate.pair, candidate.resolved
                )


def _key(target: str) -> str:
    return target.lower() if target.startswith(STOCK) else target
