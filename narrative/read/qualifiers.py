"""What a view hangs on: its condition, horizon, hedges, and whether it is a view given up.

All four are read off the words of the statement and its sentence, and quoted as written.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_STOP = r"(?=,|;|\.(?:\s|$|[”\"])|:|—|–|”|\"|\?|!|$|\sthen\b)"
_POLICY = r"(?:the\s)?(?:Fed|Federal Reserve|central bank|rate|rates|policy|policymakers|yields|ECB|Bank of England|cuts|easing)"
_CONDITION = re.compile(
    rf"\b(?:(?<!asked )(?<!ask )(?<!know )(?<!wonder )(?:(?:only|even)\s)?if\s(?!anything|not\b|so\b|you\b\s(?:will|like)|we are (?:polite|honest))|unless\s|provided(?:\sthat)?\s|providing\s|assuming(?:\sthat)?\s|as long as\s|so long as\s|on condition that\s|contingent on\s|conditional on\s|in the event\s"
    rf"|(?-i:Should)\s(?!(?:we|I|you|they)\sbe\b)|should\s(?=(?:the|rates|yields|inflation|growth|earnings|policy|credit|that|this|we|they|data|oil)\b[^.?]{{3,60}}?\b(?!be\b))"
    rf"|depends? on\s|depending on\s|hinges? on\s|once\s(?!again|more|a\b|upon)|(?:after|until|till)\s(?={_POLICY}\b))"
    rf"(?P<rest>(?:[^;.?!]|\.(?=\d)){{3,160}}?){_STOP}",
    re.IGNORECASE,
)
_MONTH = r"(?-i:January|February|March|April|May|June|July|August|September|October|November|December)"
_SEASON = r"(?:spring|summer|autumn|fall|winter|Christmas|Easter|Thanksgiving|Halloween|New Year(?:[’']s)?)"
_SPAN = r"(?:years?|quarters?|months?|weeks?|days?|sessions?|half|decade|cycle)"
_COUNT = r"(?:few|couple of|several|two|three|four|five|six|nine|ten|twelve|eighteen|\d{1,2})"
_HORIZON = re.compile(
    rf"\b(?:(?:over|in|for|within|during|through|throughout)\s(?:the\s)?(?:(?:next|coming|first|second|back|front|rest of|remainder of|balance of)\s)(?:{_COUNT}\s?(?:to|or|-)?\s?)*(?:half\s)?(?:of\s(?:the\s)?(?:year|\d{{4}})|{_SPAN})(?:\sof\s(?:the\s)?(?:year|\d{{4}}))?"
    rf"|(?:by|before|at|into|until|till|through|toward|towards|around|after)\s(?:the\s)?(?:year[\s-]?end|end of (?:the\s)?(?:year|quarter|month|decade|cycle|summer|\d{{4}})|(?:(?:mid|late|early|next)[\s-]?)?(?:{_MONTH}(?:\s20\d\d)?|{_SEASON}|20\d\d|year|quarter|week|month)(?!\w))"
    rf"|before the (?:year|month|quarter|decade) is (?:out|over)|for now|for the time being|for years|for (?:at least )?(?:a|another) (?:year|decade|quarter)(?: or (?:longer|more|two))?|in the years? (?:after|behind|that follows?)\s[^,.;]{{3,40}}"
    rf"|(?:this|next|coming)\s(?:year|quarter|month|week|{_SEASON}|decade)|(?:in|into|through|for|during|heading into)\s(?:(?:early|late|mid)[\s-])?(?:the (?:first|second) half of\s)?20\d\d|(?:the\s)?year as a whole|year-ahead|(?:in the\s)?(?:near|short|medium|long|longer)[\s-](?:term|run)|\d{{1,2}}-month|(?:six|three|twelve|nine)-month|first year after[^,.;]{{3,50}})",
    re.IGNORECASE,
)
#: "has risen 15% this year", "down 6% in the year": a span of what has been, not of what is expected
_BEHIND = re.compile(
    r"(?i)(?:\b(?:has|have|had)\s(?:\w+\s){1,4}|\b(?:rose|fell|gained|lost|climbed|dropped|slid|up|down|higher|lower|marked down|added|returned)\b[^.;]{0,40})$"
)
_HEDGE = re.compile(
    r"\b(?:(?<!I )could(?!\s(?:make you|argue|not care))|(?<!you )may|might(?!\swell be asked)|perhaps|possibly|potential(?:ly)?|arguably|tentative(?:ly)?|cautious(?:ly)?|still early|early days|not (?:yet )?convinced"
    r"|(?:it|there) is (?:a )?possib\w+|certainly possible|(?:some|a little|modest(?:ly)?) (?:room|upside|optimism)|not guaranteed|no guarantee|cannot rule out|can[’']t rule out|remains to be seen)\b",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:had been|used to be|used to|was once|were once|once (?:favou?red|liked|owned|recommended|argued)|(?:had|has|have) (?:previously|earlier|long) (?:favou?red|liked|been|recommended|argued|expected)|previously (?:favou?red|liked|recommended|bullish|bearish|expected|argued)"
    r"|(?:had|have) (?:favou?red|liked|recommended|expected|preferred)|formerly|was (?:bullish|bearish|overweight|underweight) (?:on|until|through|for)|(?:last|a) year ago|gave up on|abandon(?:ed|ing))\b",
    re.IGNORECASE,
)


class Qualifiers(NamedTuple):
    """Condition and horizon as written, or None; whether the words hedge, and whether they tell of a past view."""

    condition: str | None
    horizon: str | None
    hedged: bool
    past: bool


def qualifiers(said: str, sentence: str) -> Qualifiers:
    """Read the qualifiers of a statement from what is said, and conditions also from its whole sentence.

    A view that is dropped ("was bullish until March, and no longer is") keeps its old stance and is marked past.
    """
    condition = _condition(said) or _condition(sentence)
    horizon = _horizon(said) or _horizon(sentence)
    return Qualifiers(
        condition,
        horizon,
        bool(_HEDGE.search(said)) or _hedging_cue(said, sentence),
        bool(_PAST.search(said)) or bool(_PAST.search(sentence.replace(said, ""))),
    )


def _horizon(words: str) -> str | None:
    """The first span of time that lies ahead."""
    for match in _HORIZON.finditer(words):
        if not _BEHIND.search(words[max(0, match.start() - 60) : match.start()]):
            return " ".join(match.group().split())
    return None


def _condition(words: str) -> str | None:
    match = _CONDITION.search(words)
    return " ".join(match.group().split()) if match else None


def _hedging_cue(said: str, sentence: str) -> bool:
    """ "..., but it is still early": the hedge may stand beside the quotation in the same sentence."""
    behind = sentence.partition(said)[2]
    return bool(
        re.search(r"\bbut (?:it is |it[’']s )?(?:still early|too early|early days|only cautiously)", behind)
    )
