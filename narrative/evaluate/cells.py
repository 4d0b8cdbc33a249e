"""The coverage list: the kinds of article, quotation, source, stance and junk that annotated articles should have.

An article declares in `covers` what it was written for. What its marks can show is taken from them instead: a cell that is only
declared helps nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from narrative.read.annotated import GoldArticle, GoldStatement

# fmt: off
GROUPS = {
    "shape": ("wire", "column", "blog", "list", "earnings", "transcript", "wrap", "interview", "opinion", "research"),
    "quote form": ("direct", "split", "continued", "nested", "british", "mixed_marks", "scare", "indirect", "indirect_bare", "mixed", "headline"),
    "source form": ("name_title_firm", "title_name_firm", "firm_name", "firm_only", "team", "pronoun", "they_wrote", "surname", "unnamed", "report", "two_people", "moved_firm", "same_surname"),
    "stance form": ("plain", "relative", "conditional", "hedged", "negated", "conceded", "past", "downgrade", "price_target", "allocation", "metaphor", "reported_disagreement", "question", "sarcasm", "mirror"),
    "none": ("no_view", "price_reading", "consensus", "guidance", "central_bank", "author_opinion"),
    "junk": ("cookie", "broker_footer", "share", "repeated_body", "pull_quote", "mashed_table", "glued_code", "photo_credit"),
}
CELLS = tuple(cell for cells in GROUPS.values() for cell in cells)
#: cells that the marks show; the rest is as declared
SHOWN = frozenset({
    "direct", "split", "continued", "nested", "british", "mixed_marks", "indirect", "indirect_bare", "mixed", "headline",
    "name_title_firm", "title_name_firm", "firm_name", "firm_only", "team", "pronoun", "they_wrote", "surname", "unnamed", "report",
    "plain", "relative", "conditional", "hedged", "past", "no_view",
})
# fmt: on
_DOUBLE = '"“”'
_PAPER = re.compile(r"(?i)\b(?:report|note|survey|analysis|study|data|letter|poll|paper|research|review)\b")
_PRONOUN = re.compile(r"(?i)(?:he|she|they|it|who|which)")


def cells_of(article: GoldArticle) -> frozenset[str]:
    """Return the cells an article belongs to: its own, and those of its statements."""
    seen = {cell for statement in article.statements for cell in cells_of_statement(statement, article)}
    return cells_of_article(article) | seen


def cells_of_article(article: GoldArticle) -> frozenset[str]:
    """Return the cells that are an article's as a whole: its shape, what it declares beyond the marks, no view, mixed quote marks."""
    own = {str(article.header["shape"]), *article.header.get("covers", [])} - SHOWN - {""}
    if not article.views:
        own.add("no_view")
    if '"' in article.text and ("“" in article.text or "‘" in article.text):
        own.add("mixed_marks")
    return frozenset(own)


def cells_of_statement(statement: GoldStatement, article: GoldArticle) -> frozenset[str]:
    """Return the cells that the marks and views of one statement show."""
    return frozenset(
        (*_of_quotation(statement, article), *_of_source(statement, article), *_of_views(statement, article))
    )


def _of_quotation(statement: GoldStatement, article: GoldArticle) -> Iterator[str]:
    text, content, cue = article.text, statement.content, statement.cue
    yield statement.mode
    if content[0].start < text.find("\n"):
        yield "headline"
    if any("\n" in text[a.end : b.start] for a, b in pairwise(content)):
        yield "continued"
    if cue and any(a.end <= cue.start < b.start for a, b in pairwise(content)):
        yield "split"
    if statement.mode == "direct":
        if any(text[s - 1 : s] in ("'", "‘") for s, _ in content):
            yield "british"
        if any(set(text[s + 1 : e - 1]) & set(f"{_DOUBLE}‘") for s, e in content):
            yield "nested"
    before = text[cue.end : content[0].start] if cue and cue.end < content[0].start else None
    if statement.mode == "indirect" and before is not None and not re.search(r"\bthat\b", before):
        yield "indirect_bare"


def _of_source(statement: GoldStatement, article: GoldArticle) -> Iterator[str]:
    source = article.text[slice(*statement.source)] if statement.source else ""
    if _PRONOUN.fullmatch(source):
        yield "pronoun"
        if source.lower() == "they":
            yield "they_wrote"
    elif _PAPER.search(source):
        yield "report"
    if not statement.speaker and not statement.firm:
        yield "unnamed"
    if not statement.speaker and statement.firm:
        yield "team" if statement.title else "firm_only"
    if statement.speaker and source == statement.speaker.split()[-1]:
        yield "surname"
    yield from _order_of(statement, source)


def _order_of(statement: GoldStatement, source: str) -> Iterator[str]:
    """In which order a source mark gives name, title and firm."""
    places = {part: source.find(getattr(statement, part) or "\0") for part in ("speaker", "title", "firm")}
    order = sorted((at, part) for part, at in places.items() if at >= 0)
    match [part for _, part in order]:
        case ["speaker", "title", "firm"]:
            yield "name_title_firm"
        case ["title", "speaker", "firm"] | ["title", "firm", "speaker"]:
            yield "title_name_firm"
        case ["firm", "speaker"] | ["firm", "title", "speaker"] | ["firm", "speaker", "title"]:
            yield "firm_name"


def _of_views(statement: GoldStatement, article: GoldArticle) -> Iterator[str]:
    views = [view for view in article.views if view.statement == statement.name]
    for view in views:
        flags = {"hedged": view.hedged, "past": view.past, "conditional": view.condition}
        yield from [name for name, given in flags.items() if given] or ["plain"]
    if {"bullish", "bearish"} <= {view.stance for view in views}:
        yield "relative"
