"""Attribution by tags: what the model marks as said, tied to its cue and source, with quotation marks as hard bounds.

A quotation that the model takes for speech is said from mark to mark, whatever words it tags. Outside quotations the
tags give the bounds. Pieces that belong to one cue and one source are one attribution.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from narrative.read.claim import Attribution
from narrative.read.content import trim
from narrative.read.quotes import Quote, quotes
from narrative.read.reporting import TELLS
from narrative.read.segments import Segment, segments
from narrative.read.sources import Source, source_within
from narrative.read.tags import Tag, Tags
from narrative.terms import Mention, Mode, Passage, Span

_SPEECH_ABOVE = 0.4  # mean chance of a quotation's words to be content, from which it is speech
_BEHIND = 5  # characters between "told" and who is told, "the" among them
_BESIDE = 2  # words outside a quotation that make one content with it: "small caps “have further to go”"

Piece = tuple[Span, Mode]


def tagged_attributions(
    text: str, index: int, passage: Passage, mentions: Iterable[Mention], tags: Tags
) -> list[Attribution]:
    """Return the attributions of one passage in reading order."""
    cut = segments(text, passage, mentions)
    out: list[Attribution] = []
    last: tuple[Tag | None, Tag | None] | None = None
    for span, mode, open_ended in _pieces(text, passage, tags):
        tie = tags.link([span], "cue"), tags.link([span], "source")
        before = out[-1] if out else None
        if before is not None and tie == last and (tie[0] or (tie[1] and _joins(text, before, span))):
            out[-1] = _with(before, span, mode)
        else:
            out.append(_attribution(text, index, passage, cut, (span, mode), tie, open_ended, tags))
        last = tie
    return out


# --- pieces ---------------------------------------------------------------------------------------------------


def _pieces(text: str, passage: Passage, tags: Tags) -> list[tuple[Span, Mode, bool]]:
    """The stretches that are said, in order: whole quotations, clauses, and clauses with a quotation in them."""
    speech = [q for q in quotes(text, *passage.span) if not q.is_label(text)]
    out: list[tuple[Span, Mode, bool]] = []
    used: set[Span] = set()
    for tag in tags.within("content", passage.span):
        inside = [q for q in speech if q.outer.touches(tag.span)]
        for hull in _hulls(text, tag.span, inside):
            used.update(q.outer for q in inside if q.outer.touches(hull))
            if trimmed := _trimmed(text, hull):
                marked = any(mark in text[slice(*hull)] for mark in '“"')
                out.append((trimmed, "mixed" if marked else "indirect", False))
    out += [
        (trim(text, quote.inner, quoted=True), "direct", quote.open_ended)
        for quote in speech
        if quote.outer not in used and tags.chance("content", quote.inner) >= _SPEECH_ABOVE
    ]
    return sorted(piece for piece in out if piece[0].end - piece[0].start > 1)


def _trimmed(text: str, span: Span) -> Span | None:
    cut = trim(text, span, quoted=False)
    return cut if cut.end > cut.start else None


def _hulls(text: str, span: Span, inside: Sequence[Quote]) -> list[Span]:
    """What a tag covers outside quotations, each stretch with the quotations that it goes on with."""
    out: list[Span] = []
    at = span.start
    last: Quote | None = None
    for quote in (*inside, None):
        stretch = Span(at, quote.outer.start if quote else span.end)
        if stretch.end > stretch.start and len(_words(text, stretch)) >= (_BESIDE if inside else 1):
            leads = last is not None and _adjacent(text, last, stretch)
            if leads and last is not None and out and last.outer.touches(out[-1]):
                out[-1] = Span(out[-1].start, stretch.end)
            else:
                out.append(Span(last.outer.start if leads and last else stretch.start, stretch.end))
            if quote and _adjacent(text, quote, stretch):
                out[-1] = Span(out[-1].start, quote.outer.end)
        at, last = (max(at, quote.outer.end), quote) if quote else (at, last)
    return out


def _words(text: str, span: Span) -> list[str]:
    return [word for word in text[slice(*span)].split() if any(c.isalnum() for c in word)]


def _adjacent(text: str, quote: Quote, span: Span) -> bool:
    """Whether a quotation goes on with the clause beside it, without a stop or a comma and a capital between them."""
    if quote.outer.start >= span.end:
        between = text[span.end : quote.outer.start]
        return (
            not between.strip() and text[span.end - 1] not in ".:,;" and not text[quote.inner.start].isupper()
        )
    between = text[quote.outer.end : span.start]
    return not between.strip(" ,") and text[quote.inner.end - 1] not in ".!?,"


# --- attributions ---------------------------------------------------------------------------------------------


def _joins(text: str, before: Attribution, span: Span) -> bool:
    """Pieces without a cue are one statement only within one sentence or one run of quotation."""
    return "\n" not in text[before.content[-1].end : span.start]


def _with(before: Attribution, span: Span, mode: Mode) -> Attribution:
    return replace(before, content=(*before.content, span), modes=(*before.modes, mode))


def _is_told(text: str, cue: Tag, source: Tag) -> bool:
    """Whether somebody stands right behind "told": who listens, and not who speaks."""
    return text[slice(*cue.span)] in TELLS and 0 < source.span.start - cue.span.end <= _BEHIND


def _attribution(
    text: str,
    index: int,
    passage: Passage,
    cut: Sequence[Segment],
    piece: Piece,
    tie: tuple[Tag | None, Tag | None],
    open_ended: bool,
    tags: Tags,
) -> Attribution:
    span, mode = piece
    cue, tag = (part if part and _within(part.span, passage.span) else None for part in tie)
    if cue and tag and _is_told(text, cue, tag):
        before = [t for t in tags.within("source", passage.span) if t.span.end <= cue.span.start]
        tag = before[-1] if before else None
    source = _source(cut, tag) if tag else None
    alone = source is None and cue is None  # what it belongs to stands in an earlier paragraph, or nowhere
    return Attribution(
        content=(span,),
        cue=cue.span if cue else None,
        source=source,
        passage=index,
        segment=next((s.span for s in cut if _within(span, s.span)), passage.span),
        modes=(mode,),
        cls="say",
        continues=alone and mode == "direct",
        same_source=source is None and not (alone and mode == "direct"),
        open_ended=open_ended,
        speaker=_span(tags.link([span], "person")),
        house=_span(tags.link([span], "organization")),
    )


def _within(span: Span, outer: Span) -> bool:
    return outer.start <= span.start < outer.end


def _span(tag: Tag | None) -> Span | None:
    return tag.span if tag else None


def _source(cut: Sequence[Segment], tag: Tag) -> Source | None:
    for segment in cut:
        if segment.span.start <= tag.span.start < segment.span.end:
            offset = segment.span.start
            end = min(tag.span.end, segment.span.end)
            return source_within(segment.mask, tag.span.start - offset, end - offset, offset)
    return None
