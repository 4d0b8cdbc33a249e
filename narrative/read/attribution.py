"""Local attribution: inside one passage, which words are said, by which cue and which source phrase.

In each segment the reporting clause, a source phrase with its cue, is found first; what is left of the segment is the content.
Who "he" or "the bank" is remains open here: that is decided over the whole article in `speakers`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from narrative.read.claim import Attribution
from narrative.read.content import Side, sides, spans, trim
from narrative.read.labels import headline, led_by_colon, turn
from narrative.read.lexicon import FIRM, PERSON, QUOTED, cue_forms
from narrative.read.reporting import Clause, clauses, joint
from narrative.read.segments import Segment, segments
from narrative.terms import Mention, Mode, Passage, Span

_SPEECH = r"said|added|adds|argued|argues|warned|warns|noted|notes|wrote|predicted|predicts"
_THOUGHT = r"says|thinks|believes|expects|sees|granted|conceded|concedes|insists|reckons|called|calls"
#: a second cue of the same source: ", adding that", "and said", ", though he granted that"
_CHAINED = re.compile(
    r"(?:,\s(?:and\s|while\s)?(?P<part>adding|noting|saying|arguing|warning|cautioning|stressing|predicting|pointing out|telling clients|writing)(?=\s)"
    rf"|,\s(?:and|but|though|although|yet)\s(?:(?:he|she|they|it)\s)?(?:also\s|then\s|now\s)?(?P<comma>{_SPEECH}|{_THOUGHT})(?=\s)"
    rf"|\s(?:and|but)\s(?:also\s)?(?P<bare>{_SPEECH})(?=\s)"
    rf"|,?\s(?:and|but)\s(?:also\s)?(?P<clause>[a-z]{{3,}}(?:s|ed|d|said))(?=\sthat\s))(?:\sthat\b)?\s"
)
#: headlines set predicates side by side: "Lee praises the giants, says investors can buy"
_CHAINED_HEAD = re.compile(
    rf",\s(?P<head>says|adds|{_THOUGHT}|warns|predicts|argues|notes)(?=\s(?!{PERSON}|{FIRM}))(?:\sthat\b)?\s"
)
#: words behind a cue that are not what is said: "has written about markets since 1998", "said Ann Lee and Bob Ray"
_ASIDE = re.compile(r"(?:about|for|with|from|of|by|in|on|at|and [A-Z]\w+ [A-Z])\b")
_TAKES_OBJECT = (
    "warn",
    "caution",
    "call",
    "worr",
    "look",
    "bet",
    "push",
    "advocat",
    "ask",
    "stay",
    "remain",
    "turn",
    "rate",
    "overweight",
    "underweight",
)
#: "moved to underweight" of what? one word behind a deed says nothing
_ONE_WORD_IS_NONE = frozenset(
    [
        "cut",
        "cuts",
        "moves",
        "moved",
        "raised",
        "lifted",
        "lowered",
        "trimmed",
        "set",
        "sets",
        "took",
        "takes",
    ]
)


def attributions(text: str, index: int, passage: Passage, mentions: Iterable[Mention]) -> list[Attribution]:
    """Return the attributions of one passage in reading order."""
    if passage.kind == "row":
        return []
    near = [m for m in mentions if passage.span.start <= m.span.start < passage.span.end]
    if labelled := turn(text, index, passage, near):
        return [labelled]
    out: list[Attribution] = []
    for segment in segments(text, passage, near):
        if passage.kind == "heading" and (found := headline(text, index, segment)):
            out.append(found)
        else:
            out += _segment_attributions(text, index, segment, passage.kind == "heading")
    return out


def _segment_attributions(text: str, index: int, segment: Segment, heading: bool) -> list[Attribution]:
    found = clauses(segment)
    if not found:
        led = None if heading else led_by_colon(text, index, segment)
        return [led] if led else _bare_quotes(text, index, segment)
    joints = [joint(segment.mask, a, b) for a, b in pairwise(found)]
    lows = [0, *(end for _, end in joints)]
    highs = [*(start for start, _ in joints), len(segment.mask)]
    out = []
    for clause, low, high in zip(found, lows, highs, strict=True):
        out += _content_of(text, index, segment, clause, (low, high), heading)
    return out


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
    text: str, index: int, segment: Segment, clause: Clause, room: Side, heading: bool
) -> list[Attribution]:
    left, right = sides(segment.mask, clause, *room)
    right, chained = _chain(text, index, segment, clause, right, heading)
    pieces: list[Span] = []
    modes: list[Mode] = []
    for side in (left, right):
        if side:
            said, flags = spans(text, segment, side)
            pieces += said
            modes += flags
    if pieces and _is_aside(text, pieces[0], modes[0], segment.mask[slice(*clause.cue)]):
        return chained
    cue = _absolute(clause.cue, segment)
    own = Attribution(tuple(pieces), cue, clause.source, index, segment.span, tuple(modes), clause.cls)
    return [own, *chained]


def _chain(
    text: str, index: int, segment: Segment, clause: Clause, right: Side | None, heading: bool
) -> tuple[Side | None, list[Attribution]]:
    """Cut what follows at further cues of the same source; return what is left for the first, and the others."""
    cuts = [cut for cut in _CHAINED.finditer(segment.mask, *right) if _reports(cut)] if right else []
    if right and heading:
        cuts = sorted((*cuts, *_CHAINED_HEAD.finditer(segment.mask, *right)), key=lambda cut: cut.start())
    if clause.cls == "act":  # "lowered the group to neutral, saying ...": one event, with its reason
        cuts = [cut for cut in cuts if cut["part"] in (None, "adding", "noting")]
    out: list[Attribution] = []
    ends = [cut.start() for cut in cuts[1:]] + [right[1] if right else 0]
    for cut, end in zip(cuts, ends, strict=True) if cuts else ():
        said, modes = spans(text, segment, (cut.end(), end))
        cue = _absolute(cut.span(str(cut.lastgroup)), segment)
        if said:
            out.append(
                Attribution(said, cue, clause.source, index, segment.span, modes, "say", same_source=True)
            )
    return ((right[0], cuts[0].start()) if right and cuts else right), out


def _reports(cut: re.Match[str]) -> bool:
    """Whether a verb before "that" is one of reporting."""
    word = cut.group("clause")
    return word is None or (word in cue_forms() and cue_forms()[word].cls in ("say", "think"))


def _is_aside(text: str, span: Span, mode: Mode, cue: str) -> bool:
    if mode != "indirect":
        return False
    if cue in _ONE_WORD_IS_NONE and len(text[span.start : span.end].split()) < 2:
        return True
    return not cue.startswith(_TAKES_OBJECT) and _ASIDE.match(text, span.start) is not None


def _absolute(pair: tuple[int, int], segment: Segment) -> Span:
    return Span(pair[0] + segment.span.start, pair[1] + segment.span.start)
