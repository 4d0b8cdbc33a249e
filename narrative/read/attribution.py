"""Local attribution: inside one passage, which words are said, by which cue and which source phrase.

In each segment the attribution clause, a source phrase with its cue, is found first; what is left of the segment is the content.
Who "he" or "the bank" is remains open here: that is decided over the whole article in `speakers`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from narrative.read.reporting import Clause, clauses, joint
from narrative.read.content import says_something, sides, spans, trim
from narrative.read.lexicon import FIRM, PERSON, QUOTED, CueClass
from narrative.read.segments import Segment, segments
from narrative.read.sources import HeadKind, Source, source_right
from narrative.terms import Mention, Mode, Passage, Span

_ADDING = re.compile(
    r",\s(?:and\s)?(?P<cue>adding|noting|saying|arguing|warning|cautioning|stressing|predicting|pointing out|telling clients)(?=\s)(?:\sthat)?\s"
)


@dataclass(frozen=True, slots=True)
class Attribution:
    """One attributed content inside one passage, speaker not yet resolved.

    `passage` is the index of its passage; `continues` marks a quotation with no attribution of its own, which belongs to the
    attribution before it.
    """

    content: tuple[Span, ...]
    cue: Span | None
    source: Source | None
    passage: int
    segment: Span
    modes: tuple[Mode, ...]  # of each content span
    cls: CueClass | None = None
    continues: bool = False
    same_source: bool = False
    open_ended: bool = False  # a quotation that no mark closes: the next paragraph goes on with it


def attributions(text: str, index: int, passage: Passage, mentions: Iterable[Mention]) -> list[Attribution]:
    """Return the attributions of one passage in reading order."""
    if passage.kind == "row":
        return []
    near = [m for m in mentions if passage.span.start <= m.span.start < passage.span.end]
    if labelled := _transcript(text, index, passage, near):
        return [labelled]
    out: list[Attribution] = []
    for segment in segments(text, passage, near):
        if passage.kind == "heading" and (found := _headline(text, index, segment)):
            out.append(found)
        else:
            out += _segment_attributions(text, index, segment)
    return out


def _segment_attributions(text: str, index: int, segment: Segment) -> list[Attribution]:
    found = clauses(segment)
    if not found:
        led = _led_by_colon(text, index, segment)
        return [led] if led else _bare_quotes(text, index, segment)
    joints = [joint(segment.mask, a, b) for a, b in zip(found, found[1:], strict=False)]
    lows = [0, *(end for _, end in joints)]
    highs = [*(start for start, _ in joints), len(segment.mask)]
    out = []
    for clause, low, high in zip(found, lows, highs, strict=True):
        out += _content_of(text, index, segment, clause, low, high)
    return out


def _led_by_colon(text: str, index: int, segment: Segment) -> Attribution | None:
    """ "Orr shrugged down the line: cash is fine": a person or firm, a few words without a known verb, a colon."""
    mask, offset = segment.mask, segment.span.start
    match = re.match(
        rf"(?P<lead>(?:[^:;{QUOTED}]{{0,80}}?[\s(])?(?:{PERSON}+|{FIRM}+|[Hh]e|[Ss]he|[Tt]hey)(?![\w])[^:;{QUOTED}]{{0,80}}):\s+(?=\S)",
        mask,
    )
    if match is None or not says_something(mask[match.end() :]):
        return None
    heads = re.finditer(rf"{PERSON}+|{FIRM}+|(?<!\w)(?:[Hh]e|[Ss]he|[Tt]hey)(?!\w)", match["lead"])
    source = source_right(mask, next(heads).start(), offset)
    said, modes = spans(text, segment, (match.end(), len(mask)))
    if source is None or not said:
        return None
    return Attribution(said, None, source, index, segment.span, modes, "say")


def _bare_quotes(text: str, index: int, segment: Segment) -> list[Attribution]:
    """A segment that is nothing but quotation goes on with whoever spoke before."""
    rest = segment.mask.replace(QUOTED, "").strip(" .,;:–—-")
    if not segment.quotes or len(rest.split()) > 2:
        return []
    said = tuple(trim(text, q.inner, quoted=True) for q in segment.quotes)
    modes: tuple[Mode, ...] = tuple("direct" for _ in said)
    open_ended = segment.quotes[-1].open_ended
    return [Attribution(said, None, None, index, segment.span, modes, continues=True, open_ended=open_ended)]


def _content_of(
    text: str, index: int, segment: Segment, clause: Clause, low: int, high: int
) -> list[Attribution]:
    left, right = sides(segment.mask, clause, low, high)
    added = _ADDING.search(segment.mask, right[0], right[1]) if right else None
    extra: list[Attribution] = []
    cue = _absolute((added.start("cue"), added.end("cue")), segment) if added else None
    if added and right:
        said, modes = spans(text, segment, (added.end(), right[1]))
        if said:
            extra = [
                Attribution(said, cue, clause.source, index, segment.span, modes, "say", same_source=True)
            ]
        right = (right[0], added.start())
    pieces: list[Span] = []
    flags: list[Mode] = []
    for side in (left, right):
        if side:
            said, modes = spans(text, segment, side)
            pieces += said
            flags += modes
    if pieces and _is_aside(text, pieces[0], flags[0], segment.mask[slice(*clause.cue)]):
        return extra
    own = Attribution(
        tuple(pieces),
        _absolute(clause.cue, segment),
        clause.source,
        index,
        segment.span,
        tuple(flags),
        clause.cls,
    )
    return [own, *extra]


def _is_aside(text: str, span: Span, mode: Mode, cue: str) -> bool:
    """ "has written about markets since 1998", "said Ann Lee and Bob Ray": words behind a cue that are not what is said."""
    words = text[span.start : span.start + 40]
    if mode != "indirect" or cue.startswith(
        ("warn", "caution", "call", "argu", "worr", "look", "bet", "push", "advocat", "ask", "point")
    ):
        return False
    return bool(re.match(r"(?:about|for|with|from|of|by|and [A-Z]\w+ [A-Z])\b", words))


def _absolute(pair: tuple[int, int], segment: Segment) -> Span:
    return Span(pair[0] + segment.span.start, pair[1] + segment.span.start)


# --- transcripts and headlines ---------------------------------------------------------------------------------

_LABEL = re.compile(
    r"\**(?P<who>[A-Z][\w.’'-]*(?:\s[A-Z][\w.’'-]*){0,3}|[A-Z]{1,3})(?:\s\([^()\n]{2,60}\))?:\**\s+(?=\S)"
)


def _transcript(text: str, index: int, passage: Passage, mentions: list[Mention]) -> Attribution | None:
    """A paragraph of an interview: "Solveig Brandt: ...", "BRANDT: ...", "SB: ...". Everything behind the label is said."""
    match = _LABEL.match(text, *passage.span)
    if match is None or passage.kind == "heading":
        return None
    who = Span(*match.span("who"))
    words = match["who"]
    spoken = any(m.span == who and m.kind == "person" for m in mentions) or words.isupper()
    body = trim(text, Span(match.end(), passage.span.end), quoted=True)
    if (
        not spoken
        or len(text[body.start : body.end].split()) < 3
        or re.fullmatch(
            r"(?:Q|QUESTION|NOTE|UPDATE|UPDATED|CORRECTION|PHOTO|SOURCE|CEO|CFO|ETF|USA|AI)", words
        )
    ):
        return None
    person = who if any(m.span == who for m in mentions) else None
    kind: HeadKind = "person" if person else "noun" if words == "A" else "name"
    return Attribution((body,), None, Source(who, who, kind, person), index, passage.span, ("direct",), "say")


def _headline(text: str, index: int, segment: Segment) -> Attribution | None:
    """ "Small caps to lag: Ann Lee, Harbor Pine" and "Harbor Pine: small caps to lag"."""
    mask, offset = segment.mask, segment.span.start
    name = rf"(?:{PERSON}+(?:,\s(?:of\s)?{FIRM}+)?|{FIRM}+(?:[’']s?\s{PERSON}+)?|{FIRM}+\s(?:analysts?|strategists?|economists?))"
    behind = re.fullmatch(rf"(?P<said>.{{12,}}?)\s?[:–—-]\s(?P<who>{name})\s?", mask)
    ahead = re.fullmatch(rf"(?P<who>{name}):\s(?P<said>.{{12,}})", mask)
    match = behind or ahead
    if not match or QUOTED * 3 in match["who"]:
        return None
    source = source_right(mask, match.start("who"), offset)
    if source is None:
        return None
    who = Span(match.start("who") + offset, match.end("who") + offset)
    said = trim(text, Span(match.start("said") + offset, match.end("said") + offset), quoted=False)
    return Attribution((said,), None, replace(source, span=who), index, segment.span, ("indirect",), "say")
