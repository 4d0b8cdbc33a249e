"""Content: what is left of a segment when the attribution clause is taken out, cut into spans.

Which side of the clause is said, before it, behind it or both, follows from quotation marks, commas and the order of verb and source.
"""

from __future__ import annotations

import re

from narrative.read.lexicon import FIRM, LEAD, PERSON, QUOTED
from narrative.read.quotes import Quote
from narrative.read.reporting import Clause
from narrative.read.segments import Segment
from narrative.terms import Mode, Span

Side = tuple[int, int]
_AUTHOR = re.compile(
    r",\s(?:even as|just as|a day after|hours after|days after)\s"
)  # what the author sets beside it
_CONJUNCTION = re.compile(r"\s?,\s(?:while|and|but|though|although|because|so|or)\s|\s?:\s")
_SUBORDINATE = re.compile(
    r"^(?:[Ww]hile|[Aa]lthough|[Tt]hough|[Aa]fter|[Bb]efore|[Ww]hen|[Ss]ince|[Dd]espite|[Ii]n|[Oo]n|[Ww]ith|[Ff]or|[Ee]ven|[Aa]s|[Ff]ollowing|[Aa]t|[Bb]ecause|[Uu]nlike|[Bb]y|[Dd]uring|[Aa]head|[Ff]rom|[Oo]ver|[Uu]ntil|[Aa]sked|[Rr]ather|[Aa]mong|[Aa]gainst|[Gg]iven|[Tt]o|[Ww]riting|[Ss]peaking|[Cc]iting|[Pp]ointing|[Bb]eyond|[Aa]side)\b"
)


def sides(mask: str, clause: Clause, low: int, high: int) -> tuple[Side | None, Side | None]:
    """Decide which sides of the attribution clause are said: before it, behind it, or both."""
    lead = LEAD.match(mask, low, clause.start)
    start = lead.end() if lead else low
    before, behind = mask[start : clause.start], mask[clause.end : high]
    colon = before.rfind(": ")
    introduced = PERSON in before[:colon] or FIRM in before[:colon]
    if colon >= 0 and len(before[colon:].split()) > (1 if introduced else 4):
        start, before = start + colon + 2, before[colon + 2 :]
    left = (start, clause.start) if not clause.chained and len(before.strip(" ,;:–—-")) > 2 else None
    right = (clause.end, high) if says_something(behind) else None
    if left and right:
        if QUOTED not in behind and (QUOTED in before or clause.inverted or clause.phrase):
            right = right if QUOTED not in before and _goes_on(clause, before, behind) else None
        elif QUOTED in behind and QUOTED not in before and not re.match(r"\s?,", behind):
            left = None
        elif not (QUOTED in before and QUOTED in behind) and not _is_inserted(before, behind):
            left = None if not re.match(r"\s?[,.]", behind) or _SUBORDINATE.match(before) else left
            right = None if left else right
    if (
        left
        and not right
        and QUOTED not in before
        and not before.rstrip().endswith((",", "—", "–"))
        and clause.cls not in ("say", "think")
    ):
        left = None
    return left, right


def _goes_on(clause: Clause, before: str, behind: str) -> bool:
    """Whether an indirect clause goes on behind the source; else the rest is the author's ("said X, as the index fell")."""
    if clause.phrase:
        return _is_inserted(before, behind) and not _CONJUNCTION.match(behind)
    return _CONJUNCTION.match(behind) is not None


def _is_inserted(before: str, behind: str) -> bool:
    """ "Small caps, she said, will lag": commas on both sides, and what stands before is no opening adverbial."""
    if not before.rstrip().endswith(",") or not re.match(r"\s?,\s", behind) or _SUBORDINATE.match(before):
        return False
    return len(before.split()) <= 12 or _CONJUNCTION.match(behind) is not None


def says_something(behind: str) -> bool:
    """Whether words beside a clause can be content: a quotation, or two words and more."""
    rest = behind.strip(" ,.;:–—-")
    return QUOTED in rest or len(rest.split()) >= 2


def spans(text: str, segment: Segment, side: Side) -> tuple[tuple[Span, ...], tuple[Mode, ...]]:
    """Cut one side into content spans: the clause, and each quotation that is a sentence or clause of its own."""
    offset = segment.span.start
    start, end = side
    mask = segment.mask
    head = re.match(
        r"[\s,:;–—-]*(?:the\s(?:view|position)\sthat\s|that\s|to\s(?=\w))?(?:[\s,:]*)", mask[start:end]
    )
    start += head.end() if head else 0
    aside = _AUTHOR.search(mask, start, end)
    end = aside.start() if aside else end
    inside = [
        q for q in segment.quotes if start <= q.outer.start - offset < end or start == q.outer.start - offset
    ]
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
    trimmed = [(trim(text, span, quoted=mode == "direct"), mode) for span, mode in out]
    kept = [(span, mode) for span, mode in trimmed if span.end - span.start > 1]
    return tuple(span for span, _ in kept), tuple(mode for _, mode in kept)


def _stands_alone(text: str, before: str, quote: Quote) -> bool:
    """Whether a quotation is a span of its own: nothing before it, a colon or stop before it, or a capital inside."""
    lead = before.strip()
    return (
        not lead.strip(",:;.–—- ")
        or lead[-1] in ":,."
        or (text[quote.inner.start].isupper() and len(lead.split()) < 3)
        or (text[quote.inner.start].isupper() and text[quote.inner.end - 1] in ".!?" and lead[-1:] in ",.:;")
    )


def trim(text: str, span: Span, *, quoted: bool) -> Span:
    """Drop blanks, joining commas and, outside quotations, the full stop of the sentence."""
    start, end = span
    while start < end and (text[start].isspace() or text[start] in ",;:–—-"):
        start += 1
    drop = ",;:–—- \n\t" if quoted else ",;:–—-. \n\t"
    while end > start and (text[end - 1] in drop or text[end - 1].isspace()):
        end -= 1
    if not quoted and text[start:end].count("“") > text[start:end].count("”") and text[end : end + 1] == "”":
        end += 1
    return Span(start, end)
