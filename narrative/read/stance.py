"""Stance: what each statement means for each target it may judge.

The model answers for one (statement in context, target) pair at a time. Three probabilities come back, and the chance that
there is a view at all: a target that is only mentioned makes none. A view whose best class stays under the model's threshold
is kept and marked as abstained; it is shown and never counted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from narrative.read.candidates import Candidate, Scene
from narrative.read.encoder import CLASSES, Judged, Pair, StanceModel
from narrative.read.parallel import in_parallel
from narrative.read.qualifiers import qualifiers
from narrative.read.tags import Tags
from narrative.read.voice import FREE_TEXT, voice
from narrative.targets import Targets
from narrative.terms import (
    Article,
    Figure,
    Mention,
    Passage,
    Span,
    Stance,
    Statement,
    View,
    Vintage,
    content_id,
)


def views(
    article: Article,
    passages: Sequence[Passage],
    mentions: Sequence[Mention],
    figures: Sequence[Figure],
    statements: Sequence[Statement],
    model: StanceModel,
    targets: Targets,
    vintage: Vintage,
    tags: Tags | None = None,
) -> tuple[View, ...]:
    """Judge every statement of an article on every target it may be about; statements in repeated bodies are skipped."""
    scene = Scene(article.text, passages, mentions, targets)
    asked: list[tuple[Statement, Candidate]] = []
    for statement in statements:
        if statement.dup:
            continue
        chances = dict(tags.topics(statement.content)) if tags else {}
        who = voice(statement.speaker, statement.title, statement.firm)
        asked += [(statement, c) for c in scene.candidates(statement.content, statement.firm, chances, who)]
    answers = in_parallel(model.judge, [candidate.pair for _, candidate in asked])
    return tuple(
        _view(article, statement, candidate, judged, model, vintage, figures, passages)
        for (statement, candidate), judged in zip(asked, answers, strict=True)
        if judged.judged >= model.view_above
    )


def _view(
    article: Article,
    statement: Statement,
    candidate: Candidate,
    judged: Judged,
    model: StanceModel,
    vintage: Vintage,
    figures: Sequence[Figure],
    passages: Sequence[Passage],
) -> View:
    stance, abstained = likeliest(judged[:3], model)
    said = statement.words(article.text)
    names = [candidate.pair.text[slice(*span)] for span in candidate.pair.named]
    noted = qualifiers(said, _sentences_of(article.text, statement, passages), names)
    return View(
        id=content_id("view", statement.id, candidate.target, vintage.id),
        statement=statement.id,
        target=candidate.target,
        stance=stance,
        bullish=round(judged.bullish, 6),
        bearish=round(judged.bearish, 6),
        neutral=round(judged.neutral, 6),
        abstained=abstained,
        condition=noted.condition,
        horizon=noted.horizon,
        hedged=noted.hedged,
        past=noted.past,
        figures=tuple(f.id for f in figures if any(s <= f.span.start < e for s, e in statement.content)),
        named=candidate.words
        if not candidate.resolved
        else f"resolved from an earlier sentence: {candidate.words}",
    )


def likeliest(shares: Sequence[float], model: StanceModel) -> tuple[Stance, bool]:
    """Return the stance with the largest of three shares, and whether that is too small to count."""
    best = max(range(3), key=lambda index: shares[index])
    return CLASSES[best], shares[best] < model.abstain_below  # type: ignore[return-value]


def _sentences_of(text: str, statement: Statement, passages: Sequence[Passage]) -> str:
    """The sentences that hold the statement, white space collapsed."""
    spans = [
        sentence
        for passage in passages
        if any(passage.span.start <= s < passage.span.end for s, _ in statement.content)
        for sentence in passage.sentences
        if any(sentence.start < e and s < sentence.end for s, e in statement.content)
    ]
    return " ".join(" ".join(text[s:e].split()) for s, e in spans)


def judge_free(text: str, target: str, model: StanceModel, targets: Targets) -> dict[str, float | str | bool]:
    """Judge free text on a target given as an id or in free words; the whole text is taken for the statement.

    Here "no view on it" reads as neutral, as in most labelled sets: the chance of no view is added to p(neutral).
    """
    row = targets.resolve(target)
    name = row.name if row else target
    named = [hit.span for hit in targets.find(text) if row and hit.target == row.id]
    if not named:
        named = [Span(*match.span()) for match in re.finditer(re.escape(target), text, re.IGNORECASE)]
    judged = model.judge(Pair(name, text, (Span(0, len(text)),), tuple(named), FREE_TEXT))
    shares = [
        judged.judged * judged.bullish,
        judged.judged * judged.bearish,
        1 - judged.judged * (1 - judged.neutral),
    ]
    stance, abstained = likeliest(shares, model)
    bullish, bearish, neutral = (round(share, 6) for share in shares)
    return {
        "stance": stance,
        "bullish": bullish,
        "bearish": bearish,
        "neutral": neutral,
        "abstained": abstained,
    }
