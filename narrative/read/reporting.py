"""Reporting clauses: a source phrase with its cue, found in a masked segment.

"according to X" and its kin, then reporting verbs with their subject on the left, or on the right where speech stands
before them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from narrative.read.agreement import agrees, is_noun, is_position, is_progressive
from narrative.read.lexicon import (
    ADVERBIAL,
    FIRM,
    PERSON,
    QUOTED,
    CueClass,
    Q,
    cue_forms,
    cue_pattern,
)
from narrative.read.segments import Segment
from narrative.read.sources import Source, first_source, source_left, source_right
from narrative.terms import Span

_ACCORDING = re.compile(
    r"(?<![\w-])(?:[Aa]ccording to|[Ii]n the (?:view|opinion|words|eyes|estimation|judgment|judgement) of|[Aa]s per|[Pp]er|[Ii]n a (?:\w+\s){0,2}(?:note|report) from)(?=\s)"
)
_VIEW_OF = re.compile(
    rf"(?<![\w-])[Ii]n (?P<who>{PERSON}+|{FIRM}+|his|her|their|its)(?:[’']s?)? (?:view|opinion|book|estimation|estimate|words|telling|judgment)(?![\w-])"
)
#: verbs of speech that take any source after a comma; others need a name ("cautioned Ignatius Feld")
_PLAIN = frozenset(
    [
        "said",
        "says",
        "wrote",
        "writes",
        "argued",
        "argues",
        "added",
        "adds",
        "noted",
        "notes",
        "warned",
        "warns",
    ]
)
#: "...," he frets: behind speech any verb of a name or pronoun is a verb of speech
_UNLISTED = re.compile(
    rf"(?:{QUOTED}|(?<=\w),)\s(?P<who>{PERSON}+|{FIRM}+|[Hh]e|[Ss]he|[Tt]hey)\s(?P<cue>[a-z]{{2,}}(?:ed|s))(?=[.,]|\s?$|\s(?:in|on|at|to)\b)"
)
#: a verb coordinated with one that attributes nothing: "X voted against and explained that", "X went the other way, cutting"
_COORDINATED = re.compile(
    r"(?:\b(?:and|but|then)\s(?P<finite>[a-z]+(?:ed|s|said))(?=\sthat\s)|,\s(?P<part>cutting|lifting|raising|lowering|trimming|upgrading|downgrading|setting|recommending|advising|urging|saying|arguing|predicting|warning)(?=\s))"
)
#: words behind a clause that open another attribution, or the author's own addition
_JOINT = re.compile(r"[,;–—]\s?(?:(?:and|but|while|whereas|though|although)\s)?")
_NEW_SUBJECT = re.compile(
    r"(?:[,;–—]|\.)\s(?:(?:and|but|while|whereas|though|although|with)\s)?(?:[\w’'.-]+\s){0,6}$"
)
#: 'on CNBC's "Squawk Box"', 'in a report titled "Small Caps"': where it was said
_PROGRAMME = re.compile(
    rf"\s(?:on|in|during)\s(?:[^,;:.“\"{QUOTED}]{{1,50}}?\s)?[“\"][^”\"]{{2,70}}[”\"](?=\sthat\b|[,.]|\s?$)"
)
#: 'in a report| titled "Small Caps" that'
_CALLED = re.compile(r"(?:\s(?:titled|entitled|called|headlined))?\s[“\"][^”\"]{2,70}[”\"](?=\sthat\b)")
TELLS = frozenset(("tell", "tells", "told", "telling"))
_LISTENER = re.compile(
    rf"\s(?:{FIRM}+(?:\s(?:clients|investors|shareholders|analysts|executives|employees|staff|members|officials|workers))?|{PERSON}+|(?:the|its|his|her|their|a|an)\s(?:[\w-]+\s?){{1,4}}?|(?:\w+\s)?(?:clients|investors|reporters|customers|shareholders|holders|analysts|people|subscribers|listeners|readers|viewers|executives|employees|staff|lawmakers|journalists|members|officials|workers|students|supporters|voters|delegates|lawyers|regulators|senators|parliament|Parliament|Congress)|us|me|them)"
    rf"(?=\s|,|:|\.|$)(?:[’']s?\s\w+)?(?:\s(?:in|at)\s(?:the\s|a\s)?[A-Z]\w+)?"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """The reporting clause of a segment, offsets into its mask; `[start, end)` is what content must leave out."""

    start: int
    end: int
    cue: tuple[int, int]
    source: Source
    cls: CueClass
    inverted: bool = False  # the verb stands before its source: "..., said X"
    phrase: bool = False  # no verb: "according to X"
    chained: bool = False  # its subject stands elsewhere: nothing before it is said


def clauses(segment: Segment) -> list[Clause]:
    """Return the reporting clauses of a segment, left to right, none inside another."""
    found = [*_according(segment), *_verbs(segment)] or _coordinated(segment) or _unlisted_verbs(segment)
    found.sort(key=lambda clause: (clause.start, -clause.end))
    found = _outermost(segment.mask, found)
    out: list[Clause] = []
    for clause in found:
        if not out or (clause.start >= out[-1].end and _separate(segment.mask, out[-1], clause)):
            out.append(clause)
    return out


def _outermost(mask: str, found: list[Clause]) -> list[Clause]:
    """ "Analysts expect $232, Estimata said": a source at the very end reports what stands before it, thoughts and all."""
    if len(found) < 2:
        return found
    last = found[-1]
    trails = not mask[last.end :].strip(" .") and mask[: last.start].rstrip().endswith(",")
    if not trails or QUOTED in mask or last.cls != "say":
        return found
    return [
        c
        for c in found
        if c is last or (c.cls == "say" and (_is_named(c.source) or _quote_before(mask, c.start)))
    ]


def _is_named(source: Source) -> bool:
    return source.kind in ("person", "firm", "name") or source.firm is not None


def _separate(mask: str, first: Clause, second: Clause) -> bool:
    """Whether a second clause is an attribution of its own and not part of what the first says."""
    between = mask[first.end : second.start]
    quoted = QUOTED in between or re.match(rf"[,:]?\s{QUOTED}", mask[second.end :])
    if QUOTED in mask[second.end :] and quoted:
        return True
    return "; " in between or (_is_named(second.source) and _NEW_SUBJECT.search(between) is not None)


def joint(mask: str, first: Clause, second: Clause) -> tuple[int, int]:
    """Where the content of the first clause ends, and where that of the second begins."""
    joints = list(_JOINT.finditer(mask[first.end : second.start]))
    if not joints:
        return second.start, second.start
    return first.end + joints[-1].start(), first.end + joints[-1].end()


# --- phrases without a verb -----------------------------------------------------------------------------------


def _according(segment: Segment) -> list[Clause]:
    mask, offset = segment.mask, segment.span.start
    out = []
    for match in _ACCORDING.finditer(mask):
        source = source_right(mask, match.end(), offset)
        if source is None or (match.group().lower() == "per" and source.kind not in ("person", "firm")):
            continue
        end = _past_phrase(mask, source.span.end - offset)
        out.append(Clause(match.start(), end, match.span(), source, "say", phrase=True))
    return out + [_view_of(segment, match) for match in _VIEW_OF.finditer(mask)]


def _view_of(segment: Segment, match: re.Match[str]) -> Clause:
    """ "In Lee's view", "in her opinion": the owner of the view is the source."""
    mask, offset = segment.mask, segment.span.start
    who = Span(match.start("who") + offset, match.end("who") + offset)
    if PERSON not in match["who"]:
        source = Source(who, who, "firm", firm=who) if FIRM in match["who"] else Source(who, who, "pronoun")
    else:
        found = source_right(mask, match.start("who"), offset)
        source = replace(found, span=who, head=who) if found else Source(who, who, "person", who)
    return Clause(match.start(), match.end(), match.span(), source, "think", phrase=True)


def _past_phrase(mask: str, end: int) -> int:
    """Step over what belongs to the source phrase behind "according to": a firm, an apposition, a paper, a day."""
    more = re.match(
        rf"(?:[’']s?)?(?:\s(?:at|of|from|by|in|published|dated|on|out|for|released|compiled|tracked|polled|surveyed)\s[^,.;:{QUOTED}]{{1,70}}?)?(?:,\s(?:an?|the)\s[\w\s-]{{3,40}}(?=:))?(?=[,.;:{QUOTED}]|\s(?:and|but)\s|$)",
        mask[end:],
    )
    return end + more.end() if more else end


# --- verbs ----------------------------------------------------------------------------------------------------


def _verbs(segment: Segment) -> list[Clause]:
    out = []
    for match in cue_pattern().finditer(segment.mask):
        form = cue_forms()[match.group()]
        if is_noun(segment.mask, match) or (
            form.participle and not is_progressive(segment.mask, match, form)
        ):
            continue
        if clause := _verb(segment, match):
            out.append(clause)
    return out


def _verb(segment: Segment, match: re.Match[str]) -> Clause | None:
    """The clause of one verb: its subject on the left, on the right, or, coordinated, that of the sentence."""
    mask, offset, form = segment.mask, segment.span.start, cue_forms()[match.group()]
    source, inverted = source_left(mask, match.start(), offset), False
    if source and re.search(r"\bwhat\s$", mask[: source.span.start - offset]):
        return None  # "what many analysts call a melt-up": a coinage, nobody's statement
    if source is None or not _quote_before(mask, source.span.start - offset):
        right = None
        if form.cls in ("say", "think") and match.group() not in TELLS:  # whoever is told stands behind
            right = _subject_behind(mask, match, offset)
        sure = source is None and (right is None or right.kind != "pronoun")
        if right is not None and (sure or _ends_clause(mask, right.span.end - offset)):
            source, inverted = right, True
    if source is None or not agrees(source, form, inverted, mask, match, offset):
        return None
    start = match.start() if inverted else source.span.start - offset
    end = _past_adverbial(mask, max(match.end(), source.span.end - offset), match.group())
    return Clause(start, end, match.span(), source, form.cls, inverted)


def _subject_behind(mask: str, match: re.Match[str], offset: int) -> Source | None:
    """ "...," said X: the verb follows a quotation or a comma, and its subject stands behind it."""
    before = mask[: match.start()].rstrip()
    if not before.endswith((QUOTED, ",", "—", "–", "?")):
        return None
    source = source_right(mask, match.end(), offset)
    if source is None:
        return None
    plain = before.endswith(QUOTED) or match.group() in _PLAIN
    return source if _is_named(source) or (plain and cue_forms()[match.group()].cls == "say") else None


def _coordinated(segment: Segment) -> list[Clause]:
    """A second predicate of the sentence's subject, when the first attributes nothing."""
    mask, offset = segment.mask, segment.span.start
    for match in _COORDINATED.finditer(mask):
        word, span = match[str(match.lastgroup)], match.span(str(match.lastgroup))
        form, source = cue_forms().get(word), first_source(mask, offset, match.start())
        if form and source and (form.cls == "say" or is_position(mask[match.end() :])):
            end = _past_adverbial(mask, match.end(), word)
            return [Clause(match.start(), end, span, source, form.cls, chained=True)]
    return []


def _unlisted_verbs(segment: Segment) -> list[Clause]:
    """ "...," he frets."""
    mask, offset = segment.mask, segment.span.start
    match = _UNLISTED.search(mask)
    source = source_left(mask, match.start("cue"), offset) if match else None
    if match is None or source is None:
        return []
    end = _past_adverbial(mask, match.end(), match["cue"])
    if not re.match(r"[.,]?\s*$", mask[end:]) and QUOTED not in mask:
        return []
    return [Clause(source.span.start - offset, end, match.span("cue"), source, "say")]


def _quote_before(mask: str, at: int) -> bool:
    return bool(re.search(rf"(?:{Q}|,)\s?$", mask[:at]))


def _ends_clause(mask: str, at: int) -> bool:
    return bool(re.match(rf"\s*(?:[,.;:{QUOTED}]|$|in\s|on\s|at\s|of\s|who\s|\()", mask[at:]))


def _past_adverbial(mask: str, end: int, cue: str) -> int:
    """Step over "told clients", "in a note on Monday", "out"."""
    if cue.startswith(("told", "tell", "urg", "advis", "remind")):
        listener = _LISTENER.match(mask, end)
        end = listener.end() if listener else end
    if cue.startswith("point") and (out := re.match(r"\s(?:out|to)\b", mask[end:])):
        end += out.end()
    if cue.startswith("look") and (out := re.match(r"\sfor\b", mask[end:])):
        end += out.end()
    while adverb := (ADVERBIAL.match(mask, end) or _PROGRAMME.match(mask, end)):
        end = adverb.end()
        if called := _CALLED.match(mask, end):
            end = called.end()
    colon = re.match(r"(?:\s[\w’'-]+){1,6}:\s", mask[end:])  # "shrugged down the line: ..."
    return end + colon.end() - 2 if colon else end
