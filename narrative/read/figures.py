"""Figures: numbers with their unit, what they measure, over which period, and which way it went."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from narrative.read.clauses import direction_of
from narrative.read.periods import period_in, period_of
from narrative.read.quantities import Quantity, quantities
from narrative.read.subjects import subject_of
from narrative.read.tables import cells, columns, label_end
from narrative.read.tags import Tags
from narrative.terms import Direction, Figure, Mention, Passage, Span, Unit, content_id

_LEVEL_BEFORE = re.compile(
    r"(?i)\b(?:at|to|of|above|below|near|around|past|through|toward|towards|reach(?:es|ed)?|touch(?:es|ed)?|hit|hits|record|from|under|over|roughly|about|level|target|and|or)\s$"
)
_TARGET_BEFORE = re.compile(
    r"(?i)\b(?:(?:target|mark|level|goal|forecast) (?:of|at|to)|sees|see|reach(?:es)?)\s$"
)
_GAUGE = re.compile(
    r"(?i)\b(?:index|gauge|PMI|VIX|survey|reading|composite|average|S&P 500|Dow|Nasdaq|barometer|indicator)\b"
)
_GAUGE_BEFORE = re.compile(r"\b(?:VIX|PMI|RSI)\b[^.;]{0,30}\s$")
_VERB_OF_CHANGE = re.compile(
    r"(?i)\b(?:added|lost|rose|fell|gained|by|payrolls|jobs|claims|openings|starts)\b"
)

_LONG = 800  # characters; a "sentence" beyond is a page without points


def figures(
    text: str,
    passages: Sequence[Passage],
    mentions: Sequence[Mention],
    article_id: str,
    tags: Tags | None = None,
) -> tuple[Figure, ...]:
    """Return the figures of the passages, in order; repeated passages are read once.

    What a figure measures is what the model ties to it; without tags, or where it finds nothing, rules over the sentence decide.

    Units: percent (percentage points too), an ISO currency, multiple, percentile, basis_points, index_points,
    count. `value` is as written, scaled by its magnitude word, with the sign written; a fall told in words is
    `direction`.
    """
    mentions = sorted(mentions, key=lambda mention: mention.span)
    out: list[Figure] = []
    heads: list[str] = []
    for i, passage in enumerate(passages):
        if passage.kind == "row":
            heads = _heads(text, passages, i, heads)
            found = [] if passage.dup else _row(text, passage, mentions, heads, article_id)
        else:
            heads = []
            found = [] if passage.dup else _prose(text, passage, mentions, article_id, tags)
        out += found
    return tuple(out)


# --- prose -----------------------------------------------------------------------------------------------


class _Context(NamedTuple):
    """The sentence around a figure, where it begins in the article, and the names in it."""

    words: str
    offset: int
    mentions: tuple[Mention, ...]


def _prose(
    text: str, passage: Passage, mentions: Sequence[Mention], article_id: str, tags: Tags | None
) -> list[Figure]:
    out: list[Figure] = []
    for sentence in passage.sentences:
        for quantity in quantities(text, *sentence):
            context = _context(text, sentence, quantity, mentions)
            if any(mention.span.touches(quantity.span) for mention in context.mentions):
                continue
            unit = quantity.unit or _open_unit(context, quantity)
            if unit:
                figure = _figure(text, context, quantity, unit, article_id)
                tied = tags.subject(quantity.span) if tags else None
                if tied is not None:
                    figure = replace(figure, subject=" ".join(text[slice(*tied)].split()))
                figure = replace(figure, subject=_antecedent(figure.subject, context, mentions))
                out.append(_dated(figure, out))
    return out


def _context(text: str, sentence: Span, quantity: Quantity, mentions: Sequence[Mention]) -> _Context:
    """The sentence, or of one longer than any writer's the part near the figure."""
    low, high = sentence
    if high - low > _LONG:
        low, high = max(low, quantity.span.start - _LONG // 2), min(high, quantity.span.end + _LONG // 2)
    first = bisect_left(mentions, low, key=lambda mention: mention.span.start)
    last = bisect_left(mentions, high, key=lambda mention: mention.span.start)
    return _Context(text[low:high], low, tuple(mentions[first:last]))


def _antecedent(subject: str | None, context: _Context, mentions: Sequence[Mention]) -> str | None:
    """Give "the index" and "the stock" the name they stand for: the last index or company named before."""
    if subject and re.fullmatch(r"(?i)(?:index|gauge|benchmark)", subject):
        named = [m.text for m in mentions if m.kind == "index" and m.span.start < context.offset]
        return named[-1] if named else subject
    if subject is None and re.match(r"(?:Its|The|Their)\s(?:shares|stock)\b", context.words):
        named = [m.text for m in mentions if m.kind == "firm" and m.span.start < context.offset]
        return f"{named[-1]} shares" if named else "shares"
    return subject


def _dated(figure: Figure, before: Sequence[Figure]) -> Figure:
    """A change told without its period, or over "the same period", has that of the change told before it in the paragraph."""
    if not before or not before[-1].period or before[-1].unit != figure.unit:
        return figure
    changes = figure.direction is not None and before[-1].direction is not None
    if figure.period in ("same period", "the same period") or (figure.period is None and changes):
        return replace(figure, period=before[-1].period)
    return figure


def _open_unit(context: _Context, quantity: Quantity) -> Unit:
    """The unit of a bare number: an index level, a count, or none."""
    before = context.words[: quantity.span.start - context.offset]
    written = context.words[quantity.span.start - context.offset : quantity.span.end - context.offset]
    gauge = any(m.kind == "index" for m in context.mentions) or bool(_GAUGE.search(context.words))
    exact = "," in written or "." in written
    if gauge and exact and _LEVEL_BEFORE.search(before):
        return "index_points"
    if "," in written and _TARGET_BEFORE.search(before):
        return "index_points"
    if 5 <= quantity.value <= 150 and _GAUGE_BEFORE.search(before):
        return "index_points"
    if "," in written and quantity.value == int(quantity.value) and _VERB_OF_CHANGE.search(context.words):
        return "count"
    return ""


def _figure(text: str, context: _Context, quantity: Quantity, unit: Unit, article_id: str) -> Figure:
    start, end = quantity.span.start - context.offset, quantity.span.end - context.offset
    return _made(
        text,
        quantity,
        unit,
        article_id,
        subject=subject_of(context.words, start, end, context.mentions, context.offset, unit),
        period=period_of(context.words, start, end),
        direction=direction_of(context.words, start, end),
    )


def _made(
    text: str,
    quantity: Quantity,
    unit: Unit,
    article_id: str,
    *,
    subject: str | None,
    period: str | None,
    direction: Direction | None = None,
) -> Figure:
    span = quantity.span
    return Figure(
        content_id("figure", article_id, span.start, span.end),
        span,
        text[span.start : span.end],
        quantity.value,
        unit,
        subject,
        period,
        direction,
    )


# --- tables ----------------------------------------------------------------------------------------------


def _heads(text: str, passages: Sequence[Passage], i: int, current: list[str]) -> list[str]:
    """The columns' heads that hold for a row: those of the first row of its table, when that has no figures."""
    if i and passages[i - 1].kind == "row":
        return current
    row = text[slice(*passages[i].span)]
    has_figures = any(q.unit for q in quantities(row, 0, len(row), in_row=True))
    return [] if has_figures else columns(row)


def _row(
    text: str, passage: Passage, mentions: Sequence[Mention], heads: Sequence[str], article_id: str
) -> list[Figure]:
    inside = [
        m for m in mentions if passage.span.start <= m.span.start < passage.span.end and m.kind != "person"
    ]
    out = []
    label = label_end(text, *passage.span)
    name = _row_name(text, passage, inside, label)
    slots = cells(text, label, passage.span.end)
    for index, slot in enumerate(slots):
        head = _head_of(heads, index, len(slots))
        for quantity in quantities(text, *slot, in_row=True):
            unit = quantity.unit or _unit_of(head)
            if unit and not any(m.span.touches(quantity.span) for m in inside):
                period = period_in(head)
                subject = name if period or not head or not name else f"{name} {head}"
                out.append(
                    _made(text, quantity, unit, article_id, subject=subject or head or None, period=period)
                )
    return out


def _row_name(text: str, passage: Passage, inside: Sequence[Mention], label: int) -> str:
    if inside and inside[0].span.start < label:
        longest = max((m for m in inside if m.span.start == inside[0].span.start), key=lambda m: m.span.end)
        return longest.text
    name = re.sub(r"\([A-Z.]{1,6}\)\s*$", "", text[passage.span.start : label].strip(" |\t")).strip(" |\t:")
    return " ".join(name.split())


def _head_of(heads: Sequence[str], index: int, count: int) -> str:
    """The head of the column: counted from the right, since the label's column may have none."""
    at = len(heads) - count + index
    return heads[at] if 0 <= at < len(heads) else ""


def _unit_of(head: str) -> Unit:
    """The unit that a column's head gives to bare numbers."""
    if re.search(r"%|(?i:\bpercent|\bpct)", head):
        return "percent"
    if match := re.search(r"[$£€¥]", head):
        return {"$": "USD", "£": "GBP", "€": "EUR", "¥": "JPY"}[match.group()]
    return "multiple" if re.search(r"(?i)\bP/E\b|multiple", head) else ""
