"""Segments: the pieces of a passage in which attributions are looked for, with names and quotations masked.

A segment is a sentence, or several that one quotation holds together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from narrative.read.lexicon import FIRM, MARKET, PERSON, QUOTED
from narrative.read.quotes import Quote, quotes
from narrative.terms import Mention, Passage, Span

#: "U.S. ", "U.K.'s": their points end no phrase
_ABBREVIATED = re.compile(r"\b(?:[A-Z]\.){2,}(?=[’']s|\s\S)")
_SYMBOLS = {"person": PERSON, "firm": FIRM}


@dataclass(frozen=True, slots=True)
class Segment:
    """A sentence, or several that a quotation holds together, with its mask."""

    span: Span
    mask: str
    quotes: tuple[Quote, ...]


def segments(text: str, passage: Passage, mentions: Iterable[Mention]) -> list[Segment]:
    """Cut a passage into segments and mask names and quotations in each."""
    speech = tuple(q for q in quotes(text, *passage.span) if not q.is_label(text))
    merged: list[Span] = []
    for sentence in passage.sentences or (passage.span,):
        if merged and any(q.outer.start < sentence.start < q.outer.end for q in speech):
            merged[-1] = Span(merged[-1].start, sentence.end)
        else:
            merged.append(sentence)
    masked = list(text[passage.span.start : passage.span.end])
    for mention in (m for m in mentions if passage.span.start <= m.span.start < passage.span.end):
        _overwrite(masked, mention.span, _SYMBOLS.get(mention.kind, MARKET), passage.span.start)
    for quote in speech:
        _overwrite(masked, quote.outer, QUOTED, passage.span.start)
    whole = _ABBREVIATED.sub(lambda found: found.group().replace(".", "_"), "".join(masked))
    cut = passage.span.start
    return [
        Segment(
            span,
            whole[span.start - cut : span.end - cut],
            tuple(q for q in speech if span.start <= q.outer.start < span.end),
        )
        for span in merged
    ]


def _overwrite(masked: list[str], span: Span, symbol: str, cut: int) -> None:
    masked[span.start - cut : span.end - cut] = symbol * (span.end - span.start)
