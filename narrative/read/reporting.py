"""Attribution clauses: a source phrase with its cue, found in a masked segment.

"according to X" and its kin, then reporting verbs with their subject on the left, or on the right where speech stands
before them. Number agreement, the class of the verb and the kind of source keep nouns and price moves out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from narrative.read.lexicon import (
    ADVERBIAL,
    FIRM,
    PERSON,
    QUOTED,
    CueClass,
    CueForm,
    Q,
    cue_forms,
    cue_pattern,
)
from narrative.read.segments import Segment
from narrative.read.sources import Source, source_left, source_right
from narrative.terms import Span

_ACCORDING = re.compile(
    r"(?<![\w-])(?:[Aa]ccording to|[Ii]n the (?:view|opinion|words|eyes|estimation|judgment|judgement) of|[Aa]s per|[Pp]er|[Ii]n a (?:\w+\s){0,2}(?:note|report) from)(?=\s)"
)
_VIEW_OF = re.compile(
    rf"(?<![\w-])[Ii]n (?P<who>{PERSON}+|{FIRM}+|his|her|their|its)(?:[’']s?)? (?:view|opinion|book|estimation|words|telling|judgment)(?![\w-])"
)
_GENERIC_THINKERS = re.compile(
    r"(?i)(?:investor|trader|market participant|participant|buyer|seller|bull|bear|professional|owner|member|official)s?$"
)
_NOUNS = set(
    [
        "names",
        "notes",
        "views",
        "figures",
        "reports",
        "calls",
        "looks",
        "bets",
        "rates",
        "cuts",
        "shows",
        "moves",
        "holds",
        "claims",
        "states",
        "lists",
        "details",
        "questions",
        "backs",
        "estimates",
        "projects",
        "forecasts",
        "fears",
        "hopes",
        "worries",
        "finds",
        "feels",
    ]
)
_PLAIN = {
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
}
_LINKING = {
    "remain",
    "remains",
    "remained",
    "stay",
    "stays",
    "stayed",
    "turn",
    "turns",
    "turned",
    "keep",
    "keeps",
    "kept",
    "move",
    "moves",
    "moved",
    "shift",
    "shifts",
    "shifted",
}
_MOVES = {
    "cut",
    "cuts",
    "raised",
    "raises",
    "lifted",
    "lifts",
    "lowered",
    "named",
    "show",
    "shows",
    "showed",
    "makes",
    "made",
    "backed",
    "demonstrated",
} | _LINKING
_UNLISTED = re.compile(
    rf"(?:{QUOTED}|(?<=\w),)\s(?P<who>{PERSON}+|{FIRM}+|[Hh]e|[Ss]he|[Tt]hey)\s(?P<cue>[a-z]{{2,}}(?:ed|s))(?=[.,]|\s?$|\s(?:in|on|at|to)\b)"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """The attribution clause of a segment, offsets into its mask; `[start, end)` is what content must leave out."""

    start: int
    end: int
    cue: tuple[int, int]
    source: Source
    cls: CueClass
    inverted: bool = False  # the verb stands before its source: "..., said X"


def clauses(segment: Segment) -> list[Clause]:
    """Return the attribution clauses of a segment, left to right, none inside another."""
    found = [*_according(segment), *_verbs(segment)] or _unlisted_verbs(segment)
    found.sort(key=lambda clause: (clause.start, -clause.end))
    out: list[Clause] = []
    for clause in found:
        if not out or (clause.start >= out[-1].end and _separate(segment.mask, out[-1], clause)):
            out.append(clause)
    return out


def _separate(mask: str, first: Clause, second: Clause) -> bool:
    """Whether a second clause is an attribution of its own and not part of what the first says."""
    between = mask[first.end : second.start]
    if QUOTED in mask[second.end :] and (
        QUOTED in between or re.match(rf"[,:]?\s{QUOTED}", mask[second.end :])
    ):
        return True
    return bool(
        re.search(
            r"(?:[,;–—]|\.)\s(?:(?:and|but|while|whereas|though|although|with)\s)?(?:[\w’'.-]+\s){0,6}$",
            between,
        )
    ) and (second.source.kind in ("person", "firm", "name") or second.source.firm is not None)


def joint(mask: str, first: Clause, second: Clause) -> tuple[int, int]:
    """Where the content of the first clause ends, and where that of the second begins."""
    joints = list(
        re.finditer(
            r"[,;–—]\s?(?:(?:and|but|while|whereas|though|although)\s)?", mask[first.end : second.start]
        )
    )
    if not joints:
        return second.start, second.start
    return first.end + joints[-1].start(), first.end + joints[-1].end()


def _according(segment: Segment) -> list[Clause]:
    mask, offset = segment.mask, segment.span.start
    out = []
    for match in _ACCORDING.finditer(mask):
        source = source_right(mask, match.end(), offset)
        if source is None or (match.group().lower() == "per" and source.kind not in ("person", "firm")):
            continue
        end = source.span.end - offset
        out.append(Clause(match.start(), _past_phrase(mask, end), match.span(), source, "say"))
    for match in _VIEW_OF.finditer(mask):
        source = source_right(
            mask.replace("his", "he ", 1) if match["who"] == "his" else mask, match.start("who"), offset
        )
        who = Span(match.start("who") + offset, match.end("who") + offset)
        kind = "person" if PERSON in match["who"] else "firm" if FIRM in match["who"] else "pronoun"
        source = source or Source(who, who, kind)  # type: ignore[arg-type]
        source = replace(source, span=who, head=who, kind=kind, firm=who if kind == "firm" else source.firm)  # type: ignore[arg-type]
        out.append(Clause(match.start(), match.end(), match.span(), source, "think"))
    return out


def _past_phrase(mask: str, end: int) -> int:
    """Step over what belongs to the source phrase behind "according to": a firm, an apposition, a paper, a day."""
    more = re.match(
        rf"(?:[’']s?)?(?:\s(?:at|of|from|by|in|published|dated|on|out|for|released|compiled)\s[^,.;:{QUOTED}]{{1,70}}?)?(?=[,.;:{QUOTED}]|\s(?:and|but)\s|$)",
        mask[end:],
    )
    return end + more.end() if more else end


def _verbs(segment: Segment) -> list[Clause]:
    mask, offset, forms = segment.mask, segment.span.start, cue_forms()
    out: list[Clause] = []
    for match in cue_pattern().finditer(mask):
        form = forms[match.group()]
        if (
            _is_noun(mask, match)
            or (form.participle and form.cls == "think")
            or (
                form.participle
                and not re.search(r"\b(?:is|are|was|were|been)\s(?:\w+\s)?$", mask[: match.start()])
            )
        ):
            continue
        source = source_left(mask, match.start(), offset)
        if source and re.search(r"\bwhat\s$", mask[: source.span.start - offset]):
            continue  # "what many analysts call a melt-up": a coinage, nobody's statement
        inverted = False
        if (source is None or _quote_before(mask, source.span.start - offset) is False) and _may_invert(
            mask, match, form.cls
        ):
            right = source_right(mask, match.end(), offset)
            if right is not None and not _speaks_behind(mask, match, right):
                right = None
            if right is not None and (source is None or _ends_clause(mask, right.span.end - offset)):
                source, inverted = right, True
        if source is None or not _agrees(source, form, inverted, mask, match, offset):
            continue
        start = match.start() if inverted else source.span.start - offset
        end = max(match.end(), source.span.end - offset)
        out.append(
            Clause(start, _past_adverbial(mask, end, match.group()), match.span(), source, form.cls, inverted)
        )
    return out


def _unlisted_verbs(segment: Segment) -> list[Clause]:
    """ "...," he frets: behind speech any verb of a name or pronoun is a verb of speech."""
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


def _may_invert(mask: str, match: re.Match[str], cls: CueClass) -> bool:
    """ "...," said X: the verb follows a quotation, a plain verb of speech also a comma."""
    return cls == "say" and mask[: match.start()].rstrip().endswith((QUOTED, ",", "—", "–"))


def _speaks_behind(mask: str, match: re.Match[str], source: Source) -> bool:
    """After a comma only a plain verb of speech takes any source; others need a name ("cautioned Ignatius Feld")."""
    quoted = mask[: match.start()].rstrip().endswith(QUOTED)
    return (
        quoted
        or match.group() in _PLAIN
        or source.kind in ("person", "firm", "name")
        or source.firm is not None
    )


def _ends_clause(mask: str, at: int) -> bool:
    return bool(re.match(rf"\s*(?:[,.;:{QUOTED}]|$|in\s|on\s|at\s|of\s|who\s|\()", mask[at:]))


def _is_noun(mask: str, match: re.Match[str]) -> bool:
    """After an article, a preposition or an adjective ending, "report" and "views" are nouns."""
    before = mask[: match.start()].rstrip().rsplit(" ", 1)[-1].lower()
    return before in {
        "a",
        "an",
        "the",
        "this",
        "that",
        "these",
        "those",
        "its",
        "his",
        "her",
        "their",
        "of",
        "to",
        "for",
        "in",
        "on",
        "by",
        "with",
        "no",
        "any",
        "each",
        "every",
        "some",
        "into",
        "from",
        "and",
        "or",
        "as",
        "than",
        "such",
        "new",
        "latest",
        "recent",
    } and not (before in ("and", "or", "that") and match.group().endswith(("ed", "said", "wrote", "ys")))


def _agrees(
    source: Source, form: CueForm, inverted: bool, mask: str, match: re.Match[str], offset: int
) -> bool:
    """Number agreement and sense: a bare form wants a plural subject, a verb of position wants a position."""
    word, helped = match.group(), _auxiliary(mask, match)
    if form.participle and source.kind not in ("person", "firm", "name") and source.firm is None:
        return False
    if form.base and not helped and not (source.plural or source.kind in ("firm", "name")):
        return False
    if form.base and not helped and source.kind in ("firm", "name"):
        return word in ("see", "expect", "say", "think", "believe", "warn", "argue")
    if (
        source.kind == "role"
        and not inverted
        and form.cls != "say"
        and source.firm is None
        and _is_generic(source, mask, match)
    ):
        return False
    if form.cls in ("act", "describe") and source.kind in ("pronoun", "noun") and word in _MOVES:
        return False
    if source.kind == "paper" and form.cls == "act":
        return False
    if source.kind in ("name", "noun") and (word in _NOUNS or re.match(r"\s[\d$€£]", mask[match.end() :])):
        return False
    if (
        form.cls != "say"
        and word not in ("expects", "expected", "sees")
        and re.match(r"(?i)it\b", mask[source.head.start - offset :])
    ):
        return False
    return not (form.cls == "act" and word in _LINKING and not _stance_word(mask, match.end()))


def _auxiliary(mask: str, match: re.Match[str]) -> bool:
    return bool(re.search(r"(?:\bdo|\bdoes|\bdid|n[’']t|\bwould|\bnot)\s(?:\w+\s)?$", mask[: match.start()]))


def _is_generic(source: Source, mask: str, match: re.Match[str]) -> bool:
    """ "investors see", "traders bet": the market's opinion, not somebody's."""
    return (
        bool(_GENERIC_THINKERS.search(mask[: match.start()].rstrip().split(",")[0][-40:])) and source.plural
    )


def _stance_word(mask: str, at: int) -> bool:
    return bool(
        re.match(
            r"\s(?:\w+\s){0,3}?(?:bullish|bearish|neutral|positive|negative|constructive|cautious|overweight|underweight|upbeat|optimistic"
            r"|pessimistic|skeptical|sceptical|wary|long|short|convinced|confident|unconvinced|agnostic)",
            mask[at:],
        )
    )


def _past_adverbial(mask: str, end: int, cue: str) -> int:
    """Step over "told clients", "in a note on Monday", "out"."""
    if cue in ("told", "tells", "tell"):
        listener = re.match(
            rf"\s(?:{FIRM}+|{PERSON}+|(?:the|its|his|her|their|a|an)\s(?:[\w-]+\s?){{1,4}}?|clients|investors|reporters|customers|us|me|subscribers|listeners|readers|viewers)(?=\s|,|:|\.|$)(?:[’']s?\s\w+)?",
            mask[end:],
        )
        end += listener.end() if listener else 0
    if cue.startswith("point") and (out := re.match(r"\s(?:out|to)\b", mask[end:])):
        end += out.end()
    while adverb := ADVERBIAL.match(mask, end):
        end = adverb.end()
    colon = re.match(r"(?:\s[\w’'-]+){1,6}:\s", mask[end:])  # "shrugged down the line: ..."
    return end + colon.end() - 2 if colon else end
