"""Local attribution: inside one passage, which words are said, by which cue and which source phrase.

A passage is cut into segments (sentences, never cut inside a quotation). In each segment the attribution clause, a source phrase
with its cue, is found first; what is left of the segment is the content. Who "he" or "the bank" is remains open
here: that is decided over the whole article in `speakers`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from narrative.read.lexicon import ADVERBIAL, FIRM, LEAD, MARKET, PERSON, QUOTED, CueClass, CueForm, Q, cue_forms, cue_pattern
from narrative.read.quotes import Quote, quotes
from narrative.read.sources import HeadKind, Source, source_left, source_right
from narrative.terms import Mention, Mode, Passage, Span

_ACCORDING = re.compile(
    r"(?<![\w-])(?:[Aa]ccording to|[Ii]n the (?:view|opinion|words|eyes|estimation|judgment|judgement) of|[Aa]s per|[Pp]er|[Ii]n a (?:\w+\s){0,2}(?:note|report) from)(?=\s)"
)
_VIEW_OF = re.compile(rf"(?<![\w-])[Ii]n (?P<who>{PERSON}+|{FIRM}+|his|her|their|its)(?:[’']s?)? (?:view|opinion|book|estimation|words|telling|judgment)(?![\w-])")
_ADDING = re.compile(r",\s(?:and\s)?(?P<cue>adding|noting|saying|arguing|warning|cautioning|stressing|predicting|pointing out|telling clients)(?=\s)(?:\sthat)?\s")
_SUBORDINATE = re.compile(
    r"^(?:[Ww]hile|[Aa]lthough|[Tt]hough|[Aa]fter|[Bb]efore|[Ww]hen|[Ss]ince|[Dd]espite|[Ii]n|[Oo]n|[Ww]ith|[Ff]or|[Ee]ven|[Aa]s|[Ff]ollowing|[Aa]t|[Bb]ecause|[Uu]nlike|[Bb]y|[Dd]uring|[Aa]head|[Ff]rom|[Oo]ver|[Uu]ntil|[Aa]sked|[Rr]ather|[Aa]mong|[Aa]gainst|[Gg]iven|[Tt]o|[Ww]riting|[Ss]peaking|[Cc]iting|[Pp]ointing|[Bb]eyond|[Aa]side)\b"
)
_GENERIC_THINKERS = re.compile(r"(?i)(?:investor|trader|market participant|participant|buyer|seller|bull|bear|professional|owner|member|official)s?$")
_SYMBOLS = {"person": PERSON, "firm": FIRM}
_NOUNS = set("names notes views figures reports calls looks bets rates cuts shows moves holds claims states lists details questions backs estimates projects forecasts fears hopes worries finds feels".split())
_PLAIN = {"said", "says", "wrote", "writes", "argued", "argues", "added", "adds", "noted", "notes", "warned", "warns"}
_LINKING = {"remain", "remains", "remained", "stay", "stays", "stayed", "turn", "turns", "turned", "keep", "keeps", "kept", "move", "moves", "moved", "shift", "shifts", "shifted"}
_MOVES = {"cut", "cuts", "raised", "raises", "lifted", "lifts", "lowered", "named", "show", "shows", "showed", "makes", "made", "backed", "demonstrated"} | _LINKING


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


@dataclass(frozen=True, slots=True)
class Segment:
    """A sentence, or several that a quotation holds together, with its mask."""

    span: Span
    mask: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class _Clause:
    """The attribution clause of a segment, offsets into its mask; `[start, end)` is what content must leave out."""

    start: int
    end: int
    cue: tuple[int, int]
    source: Source
    cls: CueClass
    inverted: bool = False  # the verb stands before its source: "..., said X"


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


def segments(text: str, passage: Passage, mentions: Iterable[Mention]) -> list[Segment]:
    """Cut a passage into segments and mask names and quotations in each."""
    found = [q for q in quotes(text, *passage.span)]
    speech = tuple(q for q in found if not q.is_label(text))
    merged: list[Span] = []
    for sentence in passage.sentences or (passage.span,):
        if merged and any(q.outer.start < sentence.start < q.outer.end for q in speech):
            merged[-1] = Span(merged[-1].start, sentence.end)
        else:
            merged.append(sentence)
    masked = list(text[passage.span.start : passage.span.end])
    for mention in mentions:
        _overwrite(masked, mention.span, _SYMBOLS.get(mention.kind, MARKET), passage.span.start)
    for quote in speech:
        _overwrite(masked, quote.outer, QUOTED, passage.span.start)
    whole = "".join(masked)
    cut = passage.span.start
    return [
        Segment(span, whole[span.start - cut : span.end - cut], tuple(q for q in speech if span.start <= q.outer.start < span.end))
        for span in merged
    ]


def _overwrite(masked: list[str], span: Span, symbol: str, cut: int) -> None:
    masked[span.start - cut : span.end - cut] = symbol * (span.end - span.start)


# --- one segment ---------------------------------------------------------------------------------------------


def _segment_attributions(text: str, index: int, segment: Segment) -> list[Attribution]:
    clauses = _clauses(segment)
    if not clauses:
        led = _led_by_colon(text, index, segment)
        return [led] if led else _bare_quotes(text, index, segment)
    joints = [_joint(segment.mask, a, b) for a, b in zip(clauses, clauses[1:], strict=False)]
    lows = [0, *(end for _, end in joints)]
    highs = [*(start for start, _ in joints), len(segment.mask)]
    out = []
    for clause, low, high in zip(clauses, lows, highs, strict=True):
        out += _content_of(text, index, segment, clause, low, high)
    return out


def _led_by_colon(text: str, index: int, segment: Segment) -> Attribution | None:
    """ "Orr shrugged down the line: cash is fine": a person or firm, a few words without a known verb, a colon."""
    mask, offset = segment.mask, segment.span.start
    match = re.match(rf"(?P<lead>(?:[^:;{QUOTED}]{{0,80}}?[\s(])?(?:{PERSON}+|{FIRM}+|[Hh]e|[Ss]he|[Tt]hey)(?![\w])[^:;{QUOTED}]{{0,80}}):\s+(?=\S)", mask)
    if match is None or not _says_something(mask[match.end() :]):
        return None
    heads = re.finditer(rf"{PERSON}+|{FIRM}+|(?<!\w)(?:[Hh]e|[Ss]he|[Tt]hey)(?!\w)", match["lead"])
    source = source_right(mask, next(heads).start(), offset)
    spans, modes = _spans(text, segment, (match.end(), len(mask)))
    if source is None or not spans:
        return None
    return Attribution(spans, None, source, index, segment.span, modes, "say")


def _bare_quotes(text: str, index: int, segment: Segment) -> list[Attribution]:
    """A segment that is nothing but quotation goes on with whoever spoke before."""
    rest = segment.mask.replace(QUOTED, "").strip(" .,;:–—-")
    if not segment.quotes or len(rest.split()) > 2:
        return []
    spans = tuple(_trim(text, q.inner, quoted=True) for q in segment.quotes)
    modes: tuple[Mode, ...] = ("direct",) * len(spans)
    open_ended = segment.quotes[-1].open_ended
    return [Attribution(spans, None, None, index, segment.span, modes, continues=True, open_ended=open_ended)]


def _clauses(segment: Segment) -> list[_Clause]:
    """Return the attribution clauses of a segment, left to right, none inside another."""
    found = [*_according(segment), *_verbs(segment)] or _unlisted_verbs(segment)
    found.sort(key=lambda clause: (clause.start, -clause.end))
    out: list[_Clause] = []
    for clause in found:
        if not out or (clause.start >= out[-1].end and _separate(segment.mask, out[-1], clause)):
            out.append(clause)
    return out


def _separate(mask: str, first: _Clause, second: _Clause) -> bool:
    """Whether a second clause is an attribution of its own and not part of what the first says."""
    between = mask[first.end : second.start]
    if QUOTED in mask[second.end :] and (QUOTED in between or re.match(rf"[,:]?\s{QUOTED}", mask[second.end :])):
        return True
    return bool(re.search(r"(?:[,;–—]|\.)\s(?:(?:and|but|while|whereas|though|although|with)\s)?(?:[\w’'.-]+\s){0,6}$", between)) and (
        second.source.kind in ("person", "firm", "name") or second.source.firm is not None
    )


def _joint(mask: str, first: _Clause, second: _Clause) -> tuple[int, int]:
    """Where the content of the first clause ends, and where that of the second begins."""
    joints = list(re.finditer(r"[,;–—]\s?(?:(?:and|but|while|whereas|though|although)\s)?", mask[first.end : second.start]))
    if not joints:
        return second.start, second.start
    return first.end + joints[-1].start(), first.end + joints[-1].end()


def _according(segment: Segment) -> list[_Clause]:
    mask, offset = segment.mask, segment.span.start
    out = []
    for match in _ACCORDING.finditer(mask):
        source = source_right(mask, match.end(), offset)
        if source is None or (match.group().lower() == "per" and source.kind not in ("person", "firm")):
            continue
        end = source.span.end - offset
        out.append(_Clause(match.start(), _past_phrase(mask, end), match.span(), source, "say"))
    for match in _VIEW_OF.finditer(mask):
        source = source_right(mask.replace("his", "he ", 1) if match["who"] == "his" else mask, match.start("who"), offset)
        who = Span(match.start("who") + offset, match.end("who") + offset)
        kind = "person" if PERSON in match["who"] else "firm" if FIRM in match["who"] else "pronoun"
        source = source or Source(who, who, kind)  # type: ignore[arg-type]
        source = replace(source, span=who, head=who, kind=kind, firm=who if kind == "firm" else source.firm)  # type: ignore[arg-type]
        out.append(_Clause(match.start(), match.end(), match.span(), source, "think"))
    return out


def _past_phrase(mask: str, end: int) -> int:
    """Step over what belongs to the source phrase behind "according to": a firm, an apposition, a paper, a day."""
    more = re.match(rf"(?:[’']s?)?(?:\s(?:at|of|from|by|in|published|dated|on|out|for|released|compiled)\s[^,.;:{QUOTED}]{{1,70}}?)?(?=[,.;:{QUOTED}]|\s(?:and|but)\s|$)", mask[end:])
    return end + more.end() if more else end


def _verbs(segment: Segment) -> list[_Clause]:
    mask, offset, forms = segment.mask, segment.span.start, cue_forms()
    out: list[_Clause] = []
    for match in cue_pattern().finditer(mask):
        form = forms[match.group()]
        if _is_noun(mask, match) or (form.participle and form.cls == "think") or (form.participle and not re.search(r"\b(?:is|are|was|were|been)\s(?:\w+\s)?$", mask[: match.start()])):
            continue
        source = source_left(mask, match.start(), offset)
        if source and re.search(r"\bwhat\s$", mask[: source.span.start - offset]):
            continue  # "what many analysts call a melt-up": a coinage, nobody's statement
        inverted = False
        if (source is None or _quote_before(mask, source.span.start - offset) is False) and _may_invert(mask, match, form.cls):
            right = source_right(mask, match.end(), offset)
            if right is not None and not _speaks_behind(mask, match, right):
                right = None
            if right is not None and (source is None or _ends_clause(mask, right.span.end - offset)):
                source, inverted = right, True
        if source is None or not _agrees(source, form, inverted, mask, match, offset):
            continue
        start = match.start() if inverted else source.span.start - offset
        end = max(match.end(), source.span.end - offset)
        out.append(_Clause(start, _past_adverbial(mask, end, match.group()), match.span(), source, form.cls, inverted))
    return out


_UNLISTED = re.compile(
    rf"(?:{QUOTED}|(?<=\w),)\s(?P<who>{PERSON}+|{FIRM}+|[Hh]e|[Ss]he|[Tt]hey)\s(?P<cue>[a-z]{{2,}}(?:ed|s))(?=[.,]|\s?$|\s(?:in|on|at|to)\b)"
)


def _unlisted_verbs(segment: Segment) -> list[_Clause]:
    """ "...," he frets: behind speech any verb of a name or pronoun is a verb of speech."""
    mask, offset = segment.mask, segment.span.start
    match = _UNLISTED.search(mask)
    source = source_left(mask, match.start("cue"), offset) if match else None
    if match is None or source is None:
        return []
    end = _past_adverbial(mask, match.end(), match["cue"])
    if not re.match(r"[.,]?\s*$", mask[end:]) and QUOTED not in mask:
        return []
    return [_Clause(source.span.start - offset, end, match.span("cue"), source, "say")]


def _quote_before(mask: str, at: int) -> bool:
    return bool(re.search(rf"(?:{Q}|,)\s?$", mask[:at]))


def _may_invert(mask: str, match: re.Match[str], cls: CueClass) -> bool:
    """ "...," said X: the verb follows a quotation, a plain verb of speech also a comma."""
    return cls == "say" and mask[: match.start()].rstrip().endswith((QUOTED, ",", "—", "–"))


def _speaks_behind(mask: str, match: re.Match[str], source: Source) -> bool:
    """After a comma only a plain verb of speech takes any source; others need a name ("cautioned Ignatius Feld")."""
    quoted = mask[: match.start()].rstrip().endswith(QUOTED)
    return quoted or match.group() in _PLAIN or source.kind in ("person", "firm", "name") or source.firm is not None


def _ends_clause(mask: str, at: int) -> bool:
    return bool(re.match(rf"\s*(?:[,.;:{QUOTED}]|$|in\s|on\s|at\s|of\s|who\s|\()", mask[at:]))


def _is_noun(mask: str, match: re.Match[str]) -> bool:
    """After an article, a preposition or an adjective ending, "report" and "views" are nouns."""
    before = mask[: match.start()].rstrip().rsplit(" ", 1)[-1].lower()
    return before in {"a", "an", "the", "this", "that", "these", "those", "its", "his", "her", "their", "of", "to", "for", "in", "on", "by", "with", "no", "any", "each", "every", "some", "into", "from", "and", "or", "as", "than", "such", "new", "latest", "recent"} and not (
        before in ("and", "or", "that") and match.group().endswith(("ed", "said", "wrote", "ys"))
    )


def _agrees(source: Source, form: CueForm, inverted: bool, mask: str, match: re.Match[str], offset: int) -> bool:
    """Number agreement and sense: a bare form wants a plural subject, a verb of position wants a position."""
    word, helped = match.group(), _auxiliary(mask, match)
    if form.participle and source.kind not in ("person", "firm", "name") and source.firm is None:
        return False
    if form.base and not helped and not (source.plural or source.kind in ("firm", "name")):
        return False
    if form.base and not helped and source.kind in ("firm", "name"):
        return word in ("see", "expect", "say", "think", "believe", "warn", "argue")
    if source.kind == "role" and not inverted and form.cls != "say" and source.firm is None and _is_generic(source, mask, match):
        return False
    if form.cls in ("act", "describe") and source.kind in ("pronoun", "noun") and word in _MOVES:
        return False
    if source.kind == "paper" and form.cls == "act":
        return False
    if source.kind in ("name", "noun") and (word in _NOUNS or re.match(r"\s[\d$€£]", mask[match.end() :])):
        return False
    if form.cls != "say" and word not in ("expects", "expected", "sees") and re.match(r"(?i)it\b", mask[source.head.start - offset :]):
        return False
    return not (form.cls == "act" and word in _LINKING and not _stance_word(mask, match.end()))


def _auxiliary(mask: str, match: re.Match[str]) -> bool:
    return bool(re.search(r"(?:\bdo|\bdoes|\bdid|n[’']t|\bwould|\bnot)\s(?:\w+\s)?$", mask[: match.start()]))


def _is_generic(source: Source, mask: str, match: re.Match[str]) -> bool:
    """ "investors see", "traders bet": the market's opinion, not somebody's."""
    return bool(_GENERIC_THINKERS.search(mask[: match.start()].rstrip().split(",")[0][-40:])) and source.plural


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
        listener = re.match(rf"\s(?:{FIRM}+|{PERSON}+|(?:the|its|his|her|their|a|an)\s(?:[\w-]+\s?){{1,4}}?|clients|investors|reporters|customers|us|me|subscribers|listeners|readers|viewers)(?=\s|,|:|\.|$)(?:[’']s?\s\w+)?", mask[end:])
        end += listener.end() if listener else 0
    if cue.startswith("point") and (out := re.match(r"\s(?:out|to)\b", mask[end:])):
        end += out.end()
    while adverb := ADVERBIAL.match(mask, end):
        end = adverb.end()
    colon = re.match(r"(?:\s[\w’'-]+){1,6}:\s", mask[end:])  # "shrugged down the line: ..."
    return end + colon.end() - 2 if colon else end


# --- content -------------------------------------------------------------------------------------------------


def _content_of(text: str, index: int, segment: Segment, clause: _Clause, low: int, high: int) -> list[Attribution]:
    left, right = _sides(segment.mask, clause, low, high)
    added = _ADDING.search(segment.mask, right[0], right[1]) if right else None
    extra: list[Attribution] = []
    cue = _absolute((added.start("cue"), added.end("cue")), segment) if added else None
    if added and right:
        spans, modes = _spans(text, segment, (added.end(), right[1]))
        if spans:
            extra = [Attribution(spans, cue, clause.source, index, segment.span, modes, "say", same_source=True)]
        right = (right[0], added.start())
    pieces: list[Span] = []
    flags: list[Mode] = []
    for side in (left, right):
        if side:
            spans, modes = _spans(text, segment, side)
            pieces += spans
            flags += modes
    if pieces and _is_aside(text, pieces[0], flags[0], segment.mask[slice(*clause.cue)]):
        return extra
    own = Attribution(tuple(pieces), _absolute(clause.cue, segment), clause.source, index, segment.span, tuple(flags), clause.cls)
    return [own, *extra]


def _is_aside(text: str, span: Span, mode: Mode, cue: str) -> bool:
    """ "has written about markets since 1998", "said Ann Lee and Bob Ray": words behind a cue that are not what is said."""
    words = text[span.start : span.start + 40]
    if mode != "indirect" or cue.startswith(("warn", "caution", "call", "argu", "worr", "look", "bet", "push", "advocat", "ask", "point")):
        return False
    return bool(re.match(r"(?:about|for|with|from|of|by|and [A-Z]\w+ [A-Z])\b", words))


def _absolute(pair: tuple[int, int], segment: Segment) -> Span:
    return Span(pair[0] + segment.span.start, pair[1] + segment.span.start)


def _sides(mask: str, clause: _Clause, low: int, high: int) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    """Decide which sides of the attribution clause are said: before it, behind it, or both."""
    lead = LEAD.match(mask, low, clause.start)
    start = lead.end() if lead else low
    before, behind = mask[start : clause.start], mask[clause.end : high]
    colon = before.rfind(": ")
    if colon >= 0 and len(before[colon:].split()) > 4:
        start, before = start + colon + 2, before[colon + 2 :]
    left = (start, clause.start) if len(before.strip(" ,;:–—-")) > 2 else None
    right = (clause.end, high) if _says_something(behind) else None
    if left and right:
        if QUOTED not in behind and (QUOTED in before or clause.inverted):
            right = None  # "..." said X, as the index fell: the rest is the author's
        elif QUOTED in behind and QUOTED not in before and not re.match(r"\s?,", behind):
            left = None
        elif not (QUOTED in before and QUOTED in behind) and not _is_inserted(before, behind):
            left = None if not re.match(r"\s?[,.]", behind) or _SUBORDINATE.match(before) else left
            right = None if left else right
    if left and not right and QUOTED not in before and not before.rstrip().endswith((",", "—", "–")) and clause.cls not in ("say", "think"):
        left = None
    return left, right


def _is_inserted(before: str, behind: str) -> bool:
    """ "Small caps, she said, will lag": commas on both sides, and what stands before is no opening adverbial."""
    if not before.rstrip().endswith(",") or not re.match(r"\s?,\s", behind) or _SUBORDINATE.match(before):
        return False
    return len(before.split()) <= 12 or bool(re.match(r"\s?,\s(?:while|and|but|though|although|because)\s", behind))


def _says_something(behind: str) -> bool:
    rest = behind.strip(" ,.;:–—-")
    return QUOTED in rest or len(rest.split()) >= 2


def _spans(text: str, segment: Segment, side: tuple[int, int]) -> tuple[tuple[Span, ...], tuple[Mode, ...]]:
    """Cut one side into content spans: the clause, and each quotation that is a sentence or clause of its own."""
    offset = segment.span.start
    start, end = side
    mask = segment.mask
    head = re.match(r"[\s,:;–—-]*(?:that\s|to\s(?=\w))?(?:[\s,:]*)", mask[start:end])
    start += head.end() if head else 0
    inside = [q for q in segment.quotes if start <= q.outer.start - offset < end or start == q.outer.start - offset]
    out: list[tuple[Span, Mode]] = []
    at = start
    for quote in inside:
        opening = quote.outer.start - offset
        if _stands_alone(text, mask[at:opening], quote):
            if len(mask[at:opening].strip(" ,:;.–—-").split()) >= 3:
                out.append((Span(at + offset, opening + offset), "indirect"))
            out.append((quote.inner, "direct"))
            at = quote.outer.end - offset
    if len(mask[at:end].strip(" ,:;.–—-").split()) >= (3 if out else 1):
        out.append((Span(at + offset, end + offset), "mixed" if QUOTED in mask[at:end] else "indirect"))
    trimmed = [(_trim(text, span, quoted=mode == "direct"), mode) for span, mode in out]
    kept = [(span, mode) for span, mode in trimmed if span.end - span.start > 1]
    return tuple(span for span, _ in kept), tuple(mode for _, mode in kept)


def _stands_alone(text: str, before: str, quote: Quote) -> bool:
    """Whether a quotation is a span of its own: nothing before it, a colon or stop before it, or a capital inside."""
    lead = before.strip()
    return not lead.strip(",:;.–—- ") or lead[-1] in ":,." or (text[quote.inner.start].isupper() and len(lead.split()) < 3) or (
        text[quote.inner.start].isupper() and text[quote.inner.end - 1] in ".!?" and lead[-1:] in ",.:;"
    )


def _trim(text: str, span: Span, *, quoted: bool) -> Span:
    """Drop blanks, joining commas and, outside quotations, the full stop of the sentence."""
    start, end = span
    while start < end and (text[start].isspace() or text[start] in ",;:–—-"):
        start += 1
    drop = ",;:–—- \n\t" if quoted else ",;:–—-. \n\t"
    while end > start and (text[end - 1] in drop or text[end - 1].isspace()):
        end -= 1
    if not quoted and text[start:end].count("“") > text[start:end].count("”") and text[end : end + 1] in "”":
        end += 1
    return Span(start, end)


# --- transcripts and headlines -----------------------------------------------------------------------------------------------


_LABEL = re.compile(r"\**(?P<who>[A-Z][\w.’'-]*(?:\s[A-Z][\w.’'-]*){0,3}|[A-Z]{1,3})(?:\s\([^()\n]{2,60}\))?:\**\s+(?=\S)")


def _transcript(text: str, index: int, passage: Passage, mentions: list[Mention]) -> Attribution | None:
    """A paragraph of an interview: "Solveig Brandt: ...", "BRANDT: ...", "SB: ...". Everything behind the label is said."""
    match = _LABEL.match(text, *passage.span)
    if match is None or passage.kind == "heading":
        return None
    who = Span(*match.span("who"))
    words = match["who"]
    spoken = any(m.span == who and m.kind == "person" for m in mentions) or words.isupper()
    body = _trim(text, Span(match.end(), passage.span.end), quoted=True)
    if not spoken or len(text[body.start : body.end].split()) < 3 or re.fullmatch(r"(?:Q|QUESTION|NOTE|UPDATE|UPDATED|CORRECTION|PHOTO|SOURCE|CEO|CFO|ETF|USA|AI)", words):
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
    said = _trim(text, Span(match.start("said") + offset, match.end("said") + offset), quoted=False)
    return Attribution((said,), None, replace(source, span=who), index, segment.span, ("indirect",), "say")
