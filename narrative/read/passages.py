"""Passages: the paragraphs, bullets, headings and table rows of an article, without the page around them.

Blocks are cut at line breaks (hard-wrapped text is joined first), each is judged by itself, and then by its
place: short lines before the first and after the last running text, and runs of them in between, are the
page's menus, lists of links and footers. Repeated bodies and pull quotes stay, marked as duplicates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from narrative.read.junk import Verdict, is_control, leans_to_notice, verdict
from narrative.read.language import sentences
from narrative.read.repeats import echoes, folded
from narrative.read.tables import is_row, is_rule, joins_table
from narrative.terms import Article, Passage, Span

Kind = Literal["paragraph", "bullet", "heading", "row"]

_LINE = re.compile(r"[^\r\n\x0b\x0c\x85\u2028\u2029]+")
_BULLET = re.compile(r"(?:[•·▪◦‣●○■➤►✓✔*]|[-–—](?=\s)|\(?\d{1,2}[.)](?=\s)|\(?[a-z]\)(?=\s))\s*")
_END = re.compile(r"[.!?…;:,][\"'”’»)\]]*$|[”\"]$")
_GLUE = re.compile(
    r"(?<=[a-z0-9%)][.!?])(?=[A-Z][A-Za-z])"
    r"|(?<=[a-z]{3})(?=(?:Published|Updated|Posted|Photo by|Advertisement|Share this)\b)"
)
_MAX_GLUE = 40  # places in one line
_HEADING_WORDS = 16
_MENU = 4  # so many short lines in a row are a menu or a list of links
_MENU_WORDS = 8


@dataclass(slots=True)
class _Block:
    """A line, or the lines of a hard-wrapped paragraph, with what it is."""

    span: Span
    text: str
    kind: Kind
    verdict: Verdict
    wrapped: bool = False
    title: bool = False


def passages(article: Article) -> tuple[Passage, ...]:
    """Return what is worth reading in an article, in order; nothing is returned for junk.

    `dup` marks passages inside `article.repeats`, lines printed before, and pull quotes, which stand word for
    word in a longer passage.
    """
    blocks = _blocks(article)
    _settle(blocks)
    kept = [block for block in blocks if block.verdict != "junk"]
    again = echoes([block.text for block in kept])
    return tuple(
        Passage(
            block.span,
            block.kind,
            (block.span,)
            if block.kind == "row"
            else sentences(article.text, *block.span, wrapped=block.wrapped),
            dup=i in again or _inside(block.span, article.repeats),
        )
        for i, block in enumerate(kept)
    )


# --- cutting ---------------------------------------------------------------------------------------------


def _blocks(article: Article) -> list[_Block]:
    text = article.text
    title = folded(article.title)
    out: list[_Block] = []
    for group in _paragraphs(text):
        wrapped = len(group) > 1
        whole = Span(group[0].start, group[-1].end)
        for span in [whole] if wrapped else _unglued(text, whole):
            words = text[span.start : span.end]
            if is_rule(words):
                continue
            before = out[-1] if out else None
            kind = _kind(words, before is not None and before.kind == "row")
            block = _Block(span, words, kind, "body" if kind == "row" else verdict(words), wrapped)
            block.title = bool(title) and folded(words) == title
            if kind == "row" and before and before.kind == "heading" and joins_table(before.text, words):
                before.kind, before.verdict = "row", "body"
            out.append(block)
    return out


def _paragraphs(text: str) -> list[list[Span]]:
    """Lines, trimmed; those of a hard-wrapped paragraph together."""
    out: list[list[Span]] = []
    run: list[Span] = []
    last = 0
    for match in _LINE.finditer(text):
        span = _trimmed(text, *match.span())
        if span.start == span.end:
            continue
        if run and re.search(r"\n[^\S\n]*\r?\n|[\x0b\x0c\x85\u2028\u2029]", text[last : span.start]):
            out += _joined(text, run)
            run = []
        run.append(span)
        last = match.end()
    return out + _joined(text, run)


def _joined(text: str, run: Sequence[Span]) -> list[list[Span]]:
    """Lines between two blank lines: one paragraph when they are as long as a wrapped column, else one each."""
    lengths = [end - start for start, end in run]
    full = lengths[:-1]
    if (
        len(run) >= 2
        and 45 <= max(lengths) <= 110
        and min(full) >= 0.6 * max(lengths)
        and sum(not _END.search(text[s:e]) for s, e in run[:-1]) >= 0.6 * len(full)
        and not any(_BULLET.match(text, s) or is_row(text[s:e], False) for s, e in run)
    ):
        return [list(run)]
    return [[span] for span in run]


def _unglued(text: str, span: Span) -> list[Span]:
    """Cut a line where a control was glued to a sentence ("... nine minutes.Trader logo"), else leave it whole."""
    out: list[Span] = []
    rest = span
    for match in islice(_GLUE.finditer(text, *span), _MAX_GLUE):
        head, tail = _trimmed(text, rest.start, match.start()), _trimmed(text, match.start(), rest.end)
        if rest.start < match.start() and is_control(text[slice(*tail)]) != is_control(text[slice(*head)]):
            out.append(head)
            rest = tail
    return [*out, rest]


def _kind(words: str, after_row: bool) -> Kind:
    if is_row(words, after_row):
        return "row"
    if _BULLET.match(words):
        return "bullet"
    first = words.lstrip("\"'“‘([$")[:1]
    if (
        len(words.split()) <= _HEADING_WORDS
        and not first.islower()
        and (not _END.search(words) or words.endswith("?"))
    ):
        return "heading"
    return "paragraph"


def _trimmed(text: str, start: int, end: int) -> Span:
    while start < end and (text[start].isspace() or text[start] in "\u200b\ufeff"):
        start += 1
    while start < end and (text[end - 1].isspace() or text[end - 1] in "\u200b\ufeff"):
        end -= 1
    return Span(start, end)


# --- judging by place ------------------------------------------------------------------------------------


def _settle(blocks: list[_Block]) -> None:
    """Turn the blocks left open into body or junk by what stands around them."""
    bodies = [i for i, block in enumerate(blocks) if block.verdict == "body"]
    if not bodies:  # no running sentence: headlines stay, a pile of short lines is a menu
        _drop_menus(blocks)
        return
    for i, block in enumerate(blocks):
        if (
            block.verdict == "open"
            and not block.title
            and (i > bodies[-1] or _is_masthead(block, i < bodies[0]))
        ):
            block.verdict = "junk"
    _drop_menus(blocks)
    _drop_orphans(blocks)


def _is_masthead(block: _Block, before_body: bool) -> bool:
    return before_body and block.kind == "heading" and len(block.text.split()) <= 3


def _drop_menus(blocks: Sequence[_Block]) -> None:
    run: list[_Block] = []
    for block in [*blocks, None]:
        if block and block.verdict != "body" and len(block.text.split()) <= _MENU_WORDS:
            run.append(block)
            continue
        if sum(b.verdict == "open" for b in run) >= _MENU:
            for member in run:
                if not member.title:
                    member.verdict = "junk"
        run = []


def _drop_orphans(blocks: Sequence[_Block]) -> None:
    """Among junk, a short open block is junk too, and so is a sentence that leans to a notice."""
    for i, block in enumerate(blocks):
        before = [b.verdict for b in blocks[max(0, i - 2) : i]]
        after = [b.verdict for b in blocks[i + 1 : i + 3]]
        if block.verdict == "junk" or block.title or "junk" not in (before[-1:] or after[:1]):
            continue
        if block.verdict == "open":
            alone = (
                bool(before and after)
                and {*before, *after} == {"junk"}
                and len(block.text.split()) <= _MENU_WORDS
            )
        else:
            alone = leans_to_notice(block.text) and "junk" in after[:1]
        if alone:
            block.verdict = "junk"


def _inside(span: Span, repeats: Sequence[Span]) -> bool:
    return any(start <= span.start and span.end <= end for start, end in repeats)
