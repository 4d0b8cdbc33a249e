"""Forecasters: who holds what a paper without a name only tells.

"Strategists at UBS expect small caps to lead, according to a note": the note tells it, the strategists expect it. What is said
is then what stands behind their verb.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from narrative.read.claim import Attribution
from narrative.read.sources import Source
from narrative.terms import Mention, Span

_OPENING = 60  # characters at the front of what is told, in which its holder is named
_STAFF = r"(?:analysts?|strategists?|economists?|researchers)"
#: "Strategists at |UBS", "The UBS|"
_STAFF_AT = re.compile(
    rf"(?:the\s)?(?:[\w-]+\s){{0,2}}?(?P<title>{_STAFF})\s(?:at|with|from|for)\s(?:the\s)?", re.IGNORECASE
)
_ARTICLE = re.compile(r"(?:the\s)?", re.IGNORECASE)
#: "UBS|'s equity strategists expect that ", "UBS| sees "
_HOLDS = re.compile(
    rf"(?P<owned>(?:[’']s?)?\s(?:[\w-]+\s){{0,2}}?(?P<title>{_STAFF}))?\s(?:(?:also|now|still|already)\s)?"
    r"(?P<cue>expects?|sees?|forecasts?|thinks?|believes?|predicts?|recommends?|prefers?|favou?rs?|anticipates?|estimates?)"
    r"\s(?:that\s)?(?=\w)"
)


def to_forecaster(text: str, attribution: Attribution, mentions: Sequence[Mention]) -> Attribution:
    """Return an attribution to those who hold what an unnamed paper tells; itself where nobody is named at its front."""
    source = attribution.source
    if source is None or source.kind != "paper" or source.firm is not None or not attribution.content:
        return attribution
    start, end = attribution.content[0]
    for mention in mentions:
        if mention.kind == "firm" and start <= mention.span.start < min(start + _OPENING, end):
            return _given(text, attribution, mention.span)
    return attribution


def _given(text: str, attribution: Attribution, firm: Span) -> Attribution:
    start, end = attribution.content[0]
    before = text[start : firm.start]
    at, verb = _STAFF_AT.fullmatch(before), _HOLDS.match(text, firm.end, end)
    if verb is None or not (at or _ARTICLE.fullmatch(before)) or (at and verb["owned"]):
        return attribution
    title = None
    if at:
        title = Span(start + at.start("title"), start + at.end("title"))
    elif verb["title"]:
        title = Span(*verb.span("title"))
    whole = Span(start, max(firm.end, title.end if title else firm.end))
    holder = Source(
        whole, title or firm, "role" if title else "firm", title=title, firm=firm, plural=title is not None
    )
    said = Span(verb.end(), end)
    return replace(
        attribution,
        source=holder,
        cue=Span(*verb.span("cue")),
        content=(said, *attribution.content[1:]),
        cls="think",
    )
