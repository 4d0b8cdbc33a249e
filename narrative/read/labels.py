"""Labelled speech: a name and a colon instead of a reporting clause.

Turns of a transcript ("Solveig Brandt: ...", "BRANDT: ...", "SB: ..."), headlines ("Small caps to lag: Harbor Pine") and
lead-ins ("Orr shrugged down the line: cash is fine").
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from narrative.read.claim import Attribution
from narrative.read.content import says_something, spans, trim
from narrative.read.lexicon import FIRM, PERSON, QUOTED, F, P
from narrative.read.segments import Segment
from narrative.read.sources import HeadKind, Source, source_right
from narrative.terms import Mention, Passage, Span

_LABEL = re.compile(
    r"\**(?P<who>[A-Z][\w.’'-]*(?:\s[A-Z][\w.’'-]*){0,3}|[A-Z]{1,3})(?:\s\([^()\n]{2,60}\))?:\**\s+(?=\S)"
)
#: labels that are no speaker
_NO_SPEAKER = re.compile(
    r"Q|QUESTION|NOTE|UPDATE|UPDATED|CORRECTION|PHOTO|SOURCE|CEO|CFO|ETF|USA|AI|MODERATOR|OPERATOR|HOST|INTERVIEWER|EDITOR"
)
_WHO = rf"(?:{P}(?:,\s(?:of\s)?{F})?|{F}(?:[’']s?\s{P})?|(?:{F}[’']?s?\s)?(?:[a-z-]+\s)?(?i:analysts?|strategists?|economists?|investors?|experts?|traders?|(?:fund |money |portfolio )?managers?|chief executive|CEO|CIO|billionaire)(?:\s{P})?)"
#: a headline behind a firm's name claims something only with a verb or a word of position in it
_CLAIMS = re.compile(
    r"(?i)\b(?:to|will|is|are|isn[’']t|has|have|can|may|might|could|should|would|over|ahead|beats?|lags?|leads?|looks?|still|not|no|more|less|too|buy|sell|hold|overweight|underweight|neutral|prefers?|favors?)\b"
)
_LEAD_IN = re.compile(
    rf"(?P<lead>(?:[^:;{QUOTED}]{{0,80}}?[\s(])?(?:{P}|{F}|[Hh]e|[Ss]he|[Tt]hey)(?![\w])[^:;{QUOTED}]{{0,80}}):\s+(?=\S)"
)


def turn(text: str, index: int, passage: Passage, mentions: Sequence[Mention]) -> Attribution | None:
    """Return a paragraph of an interview as an attribution: everything behind the label is said."""
    match = _LABEL.match(text, *passage.span)
    if match is None or passage.kind == "heading":
        return None
    who, words = Span(*match.span("who")), match["who"]
    named = any(m.span == who and m.kind == "person" for m in mentions)
    body = trim(text, Span(match.end(), passage.span.end), quoted=True)
    if not (named or words.isupper()) or _NO_SPEAKER.fullmatch(words) or body.end - body.start < 2:
        return None
    kind: HeadKind = "person" if named else "noun" if words == "A" else "name"
    source = Source(who, who, kind, who if named else None)
    return Attribution((body,), None, source, index, passage.span, ("direct",), "say", label=words)


def without_questions(text: str, found: Sequence[Attribution]) -> list[Attribution]:
    """Drop the turns of those who ask: a label most of whose turns end in a question mark."""
    turns: dict[str, list[bool]] = defaultdict(list)
    for item in found:
        if item.label:
            turns[item.label].append(text[: item.content[-1].end].endswith("?"))
    asking = {label for label, asked in turns.items() if sum(asked) * 2 >= len(asked)}
    return [item for item in found if item.label not in asking]


def headline(text: str, index: int, segment: Segment) -> Attribution | None:
    """ "Small caps to lag: Ann Lee, Harbor Pine" and "Harbor Pine: small caps to lag"."""
    mask, offset = segment.mask, segment.span.start
    behind = re.fullmatch(rf"(?P<said>[^:]{{8,}}?)\s?[:–—-]\s(?P<who>{_WHO})\s?", mask)
    ahead = re.fullmatch(
        rf"(?P<who>{_WHO}|{P}(?=[’']s\s))(?:[’']s\s[a-z][^:{QUOTED}]{{2,40}})?:\s(?P<said>.{{12,}})", mask
    )
    match = behind or ahead
    named = ahead is not None and PERSON in ahead["who"]
    if not match or (
        ahead and not named and not _CLAIMS.search(match["said"]) and QUOTED not in match["said"]
    ):
        return None
    source = source_right(mask, match.start("who"), offset)
    if source is None:
        return None
    who = Span(match.start("who") + offset, match.end("who") + offset)
    said = trim(text, Span(match.start("said") + offset, match.end("said") + offset), quoted=False)
    return Attribution((said,), None, replace(source, span=who), index, segment.span, ("indirect",), "say")


def led_by_colon(text: str, index: int, segment: Segment) -> Attribution | None:
    """A person or firm, a few words without a known verb, a colon."""
    mask = segment.mask
    match = _LEAD_IN.match(mask)
    said_of = mask[match.end() :] if match else ""
    if match is None or not says_something(said_of) or not (QUOTED in said_of or _CLAIMS.search(said_of)):
        return None
    head = re.search(rf"{PERSON}+|{FIRM}+|(?<!\w)(?:[Hh]e|[Ss]he|[Tt]hey)(?!\w)", match["lead"])
    source = source_right(mask, head.start(), segment.span.start) if head else None
    said, modes = spans(text, segment, (match.end(), len(mask)))
    if source is None or not said:
        return None
    return Attribution(said, None, source, index, segment.span, modes, "say")
