"""Draws a whole article with everything that was marked in it, and under each paragraph who says there what.

    [1 source Ann Lee of [firm Harbor Lane]] [1 cue said] [1 content small caps will rise [figure 5%]]

Marks lie inside one another. Where two cross, the inner one is closed and opened again: both pieces bear its name. A number
is that of the statement, in the order of the text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from narrative.targets import Targets
from narrative.tell.escaping import plain
from narrative.tell.layout import Page, Style, count, minute, short_ids
from narrative.tell.shapes import Shown
from narrative.terms import Correction, Reading, Span, Statement, View


class Mark(NamedTuple):
    """A span of the text with what is written at its beginning. Of marks on the same words the lower rank lies outside."""

    span: Span
    label: str
    rank: int


_RANKS = {"content": 0, "source": 1, "cue": 2, "figure": 4}
_NAME = 3


def render_article(
    shown: Shown,
    targets: Targets,
    *,
    width: int = 80,
    color: bool = False,
    short: Mapping[str, str] | None = None,
) -> str:
    """Return an article with its marks in lines of at most `width` columns; styled only with `color`."""
    page, reading = Page(width, color), shown.reading
    article = reading.article
    ids = short_ids([view.id for view in reading.views], short)
    numbers = {statement.id: place for place, statement in enumerate(in_order(reading.statements), 1)}
    lines = page.paragraph(article.title or article.url or f"article {article.id}", 0, 2, "bold")
    lines += page.wrap(
        " · ".join(part for part in (article.outlet, article.url, f"article {article.id}") if part), 2, 2
    )
    lines += page.wrap(f"read by {reading.vintage.model}, {minute(shown.judged_at)}", 2, 2)
    if shown.imported:
        lines += page.wrap("There are no words: its views were imported.", 2, 2)
    if article.stub:
        lines += page.wrap(f"not read further: {article.stub}", 2, 2)
    marks = marks_of(reading, numbers)
    begun: set[str] = set()
    for paragraph in paragraphs(article.text):
        here = [statement for statement in in_order(reading.statements) if _begins_in(statement, paragraph)]
        lines += ["", *page.wrap(drawn(article.text, paragraph, marks))]
        for statement in here:
            begun.add(statement.id)
            views = [view for view in reading.views if view.statement == statement.id]
            lines += _told(statement, numbers[statement.id], views, shown, targets, ids, page)
    for statement in in_order(reading.statements):
        if statement.id not in begun:
            views = [view for view in reading.views if view.statement == statement.id]
            lines += _told(statement, numbers[statement.id], views, shown, targets, ids, page)
    lines += ["", *page.wrap(_sum(reading), 0, 2)]
    return "\n".join(lines) + "\n"


def in_order(statements: Sequence[Statement]) -> list[Statement]:
    """Return statements in the order of the text; those without a span stand last."""
    return sorted(statements, key=lambda s: (not s.content, s.content[:1], s.id))


def paragraphs(text: str) -> list[Span]:
    """Return the lines of a text that hold more than white space."""
    found, start = [], 0
    for line in text.split("\n"):
        if line.strip():
            found.append(Span(start, start + len(line)))
        start += len(line) + 1
    return found


def marks_of(reading: Reading, numbers: Mapping[str, int]) -> list[Mark]:
    """Return all marks that lie in the text of a reading, the outer before the inner."""
    size, found = len(reading.article.text), []
    for statement in reading.statements:
        number = numbers[statement.id]
        parts = [("content", span) for span in statement.content]
        parts += [
            (name, span) for name, span in (("source", statement.source), ("cue", statement.cue)) if span
        ]
        found += [Mark(Span(*span), f"{number} {name}", _RANKS[name]) for name, span in parts]
    found += [Mark(Span(*name.span), name.kind, _NAME) for name in reading.mentions]
    found += [Mark(Span(*figure.span), "figure", _RANKS["figure"]) for figure in reading.figures]
    inside = (mark for mark in found if 0 <= mark.span.start < mark.span.end <= size)
    return sorted(inside, key=lambda m: (m.span.start, -m.span.end, m.rank, m.label))


def drawn(text: str, paragraph: Span, marks: Sequence[Mark]) -> str:
    """Return one paragraph with its marks in brackets, safe, on one line."""
    here = [
        Mark(
            Span(max(mark.span.start, paragraph.start), min(mark.span.end, paragraph.end)),
            mark.label,
            mark.rank,
        )
        for mark in marks
        if mark.span.touches(paragraph)
    ]
    cuts = sorted({paragraph.start, paragraph.end, *(place for mark in here for place in mark.span)})
    pieces: list[str] = []
    stack: list[Mark] = []
    for start, end in zip(cuts, [*cuts[1:], cuts[-1]], strict=True):
        ending = [place for place, mark in enumerate(stack) if mark.span.end == start]
        again: list[Mark] = []
        if ending:
            again = [mark for mark in stack[ending[0] :] if mark.span.end > start]
            pieces.append("]" * (len(stack) - ending[0]))
            del stack[ending[0] :]
        for mark in (*again, *(mark for mark in here if mark.span.start == start < mark.span.end)):
            stack.append(mark)
            pieces.append(f"[{mark.label} ")
        pieces.append(_safe(text[start:end]))
    return "".join(pieces)


def _safe(text: str) -> str:
    """Return a piece of a line made safe; white space at its ends stays, as one blank."""
    words = plain(text)
    if not words:
        return " " if text[:1].isspace() else ""
    return " " * text[0].isspace() + words + " " * text[-1].isspace()


def _begins_in(statement: Statement, paragraph: Span) -> bool:
    return bool(statement.content) and paragraph.start <= statement.content[0][0] < paragraph.end


def _told(
    statement: Statement,
    number: int,
    views: Sequence[View],
    shown: Shown,
    targets: Targets,
    ids: Mapping[str, str],
    page: Page,
) -> list[str]:
    """Return who says it, how that was found, and what it was judged to mean."""
    who = ", ".join(part for part in (statement.speaker, statement.title, statement.firm) if part)
    repeated = "; repeated on the page, not judged" if statement.dup else ""
    lines = page.wrap(f"{number} {who or 'unnamed source'} ({statement.mode}{repeated})", 2, 2)
    if statement.id in shown.moved:
        lines += page.paragraph(
            "UNSUPPORTED: these are not the words that were recorded; narrative verify", 4, 2, "bearish"
        )
    lines += [line for found in statement.resolution for line in page.wrap(found, 4, 2)]
    for view in views:
        lines += _judged(view, shown.corrections.get(view.id), targets, ids, page)
    if not views and not statement.dup:
        lines += page.wrap("no view on any target", 4, 2)
    return lines


def _judged(
    view: View, correction: Correction | None, targets: Targets, ids: Mapping[str, str], page: Page
) -> list[str]:
    stance = correction or view.stance
    style: Style = "dim" if stance == "none" else stance
    facts = (
        f"bullish {view.bullish:.2f}, bearish {view.bearish:.2f}, neutral {view.neutral:.2f}",
        f"named: {view.named}" if view.named else None,
        f"condition: {view.condition}" if view.condition else None,
        f"horizon: {view.horizon}" if view.horizon else None,
        "hedged" if view.hedged else None,
        "speaks of the past" if view.past else None,
        "abstained" if view.abstained else None,
        f"by hand, the model said {view.stance}" if correction else None,
        f"view {ids[view.id]}",
    )
    name = targets.name(view.target)
    told = f"no view on {name}" if stance == "none" else f"{stance} on {name}"
    return page.paragraph(f"{told} ({'; '.join(fact for fact in facts if fact)})", 4, 2, style)


def _sum(reading: Reading) -> str:
    parts = (
        count(len(reading.statements), "statement"),
        count(len(reading.views), "view"),
        count(len(reading.mentions), "name"),
        count(len(reading.figures), "figure"),
    )
    return ", ".join(parts)
