"""Statements: who said what. The room's one verb joins local attribution with resolution over the article."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from narrative.read.adoption import adopted
from narrative.read.attribution import attributions
from narrative.read.cast import cast_of
from narrative.read.claim import Attribution
from narrative.read.forecasters import to_forecaster
from narrative.read.labels import without_questions
from narrative.read.segments import segments
from narrative.read.speakers import Speaker, speakers
from narrative.read.tagged import tagged_attributions
from narrative.read.tags import Tags
from narrative.read.weighing import weighed
from narrative.terms import Article, Mention, Mode, Passage, Span, Statement, content_id


def statements(
    article: Article, passages: Sequence[Passage], mentions: Sequence[Mention], tags: Tags | None = None
) -> tuple[Statement, ...]:
    """Return every attributed statement of an article, in reading order, offsets into its text; without tags, by rules alone.

    Unnamed sources give statements too, without speaker and firm. Statements inside repeated bodies are marked `dup`.
    """
    by_rules = _reading(article, passages, mentions, None)
    return weighed(by_rules, _reading(article, passages, mentions, tags), tags) if tags else by_rules


def _reading(
    article: Article, passages: Sequence[Passage], mentions: Sequence[Mention], tags: Tags | None
) -> tuple[Statement, ...]:
    found = _attributions(article.text, passages, mentions, tags)
    if more := adopted(article.text, found, mentions):
        mentions = tuple(sorted((*mentions, *more), key=lambda m: m.span))
        found = _attributions(article.text, passages, mentions, tags)
    found = _join_quotations(article.text, without_questions(article.text, found), passages)
    cut = [s for passage in passages for s in segments(article.text, passage, mentions)]
    resolved = speakers(found, cast_of(article.text, cut, mentions))
    out = [
        _statement(article, attribution, speaker, passages[attribution.passage])
        for attribution, speaker in zip(found, resolved, strict=True)
        if attribution.content
    ]
    return tuple(_unique(out))


def _attributions(
    text: str, passages: Sequence[Passage], mentions: Sequence[Mention], tags: Tags | None
) -> list[Attribution]:
    local = partial(tagged_attributions, tags=tags) if tags else attributions
    found = (a for index, passage in enumerate(passages) for a in local(text, index, passage, mentions))
    return [to_forecaster(text, attribution, mentions) for attribution in found]


def _join_quotations(text: str, found: list[Attribution], passages: Sequence[Passage]) -> list[Attribution]:
    """Give quotations without an attribution of their own to the one before, and empty lead-ins to the one behind."""
    out: list[Attribution] = []
    held: Attribution | None = None
    for item in found:
        before = out[-1] if out else None
        if held is not None and not item.continues and _opens_for(text, held, item):
            item = replace(item, content=held.content + item.content, modes=held.modes + item.modes)
        held = None
        if item.continues and before is not None and _follows(text, before, item, passages):
            out[-1] = replace(before, content=before.content + item.content, modes=before.modes + item.modes)
        elif item.continues and _answers(text, item, passages):
            out.append(replace(item, continues=False, same_source=True))
        elif item.continues:
            held = item
        else:
            out.append(item)
    return out


def _opens_for(text: str, held: Attribution, item: Attribution) -> bool:
    """Whether an unattributed quotation runs on into the next line, which opens with a quotation and names its source."""
    near = item.passage == held.passage or (held.open_ended and item.passage == held.passage + 1)
    return near and bool(item.modes) and item.modes[0] == "direct" and text[item.segment.start] in "\"“'‘"


def _follows(text: str, before: Attribution, item: Attribution, passages: Sequence[Passage]) -> bool:
    """A quotation goes on in the same passage, or in the next one when that is nothing but quotation."""
    if item.passage == before.passage:
        return not item.open_ended or before.modes[-1:] == ("direct",)
    if item.passage != before.passage + 1 or passages[item.passage].dup != passages[before.passage].dup:
        return False
    ends_quoted = not before.content or before.modes[-1] == "direct"
    return ends_quoted or text[before.segment.end - 1] == ":"


def _answers(text: str, item: Attribution, passages: Sequence[Passage]) -> bool:
    """A paragraph of quotation behind the author's own question, as in an interview without labels."""
    if item.passage == 0 or item.segment.start != passages[item.passage].span.start:
        return False
    question = text[slice(*passages[item.passage - 1].span)].rstrip()
    return question.endswith("?") and not re.search('["“”‘]', question)


def _statement(article: Article, attribution: Attribution, speaker: Speaker, passage: Passage) -> Statement:
    return Statement(
        id=content_id("statement", article.id, *(f"{s}-{e}" for s, e in attribution.content)),
        mode=_mode(attribution.modes),
        content=attribution.content,
        cue=attribution.cue,
        source=attribution.source.span if attribution.source else None,
        speaker=speaker.name,
        title=speaker.title,
        firm=speaker.firm,
        dup=passage.dup,
        resolution=speaker.path,
    )


def _mode(modes: tuple[Mode, ...]) -> Mode:
    return modes[0] if len(set(modes)) == 1 else "mixed"


def _unique(found: list[Statement]) -> list[Statement]:
    """Drop a statement whose content another one already holds: one attribution event, one statement."""
    out: list[Statement] = []
    taken: set[Span] = set()
    for statement in found:
        if not taken.issuperset(statement.content):
            taken.update(statement.content)
            out.append(statement)
    return out
