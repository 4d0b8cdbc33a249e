"""What a view hangs on: its condition, horizon, hedges, and whether it is a view given up.

All four are read off the words of the statement and its sentence, and quoted as written.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_STOP = r"(?=,|;|\.(?:\s|$|[”\"])|:|—|–|”|\"|\?|!|$|\sthen\b)"
_POLICY = r"(?:the\s)?(?:Fed|Federal Reserve|central bank|rate|rates|policy|policymakers|yields|ECB|Bank of England|cuts|easing)"
_CONDITION = re.compile(
    rf"\b(?:(?:(?:only|even)\s)?if\s(?!anything|not\b|so\b|you\b\s(?:will|like))|unless\s|provided(?:\sthat)?\s|providing\s|assuming(?:\sthat)?\s|as long as\s|so long as\s|on condition that\s|contingent on\s|conditional on\s|in the event\s"
    rf"|should\s(?=(?:the|rates|yields|inflation|growth|earnings|policy|credit|that|this|we|they|data|oil)\b[^.?]{{3,60}}?\b(?!be\b))"
    rf"|depends? on\s|depending on\s|hinges? on\s|(?:once|when|after|until|till)\s(?={_POLICY}\b))"
    rf"(?P<rest>[^;.?!]{{3,160}}?){_STOP}",
    re.IGNORECASE,
)
_HORIZON = re.compile(
    r"\b(?:(?:over|in|for|within|during|through|throughout)\s(?:the\s)?(?:next|coming|first|second|back|front|rest of|remainder of|balance of)\s?(?:few|couple of|half|year|quarter|month|week|several|two|three|four|five|six|nine|twelve|\d{1,2}|the)?(?:\s?(?:to|or|-)\s?\w+)?\s?(?:of\s(?:the\s)?(?:year|\d{4})|years?|quarters?|months?|weeks?|days?|sessions?|half|decade)?"
    r"|(?:by|before|at|into|until)\s(?:the\s)?(?:year[\s-]?end|end of (?:the\s)?(?:year|quarter|month|\d{4})|(?:mid|late|early)[\s-]?\d{4}|spring|summer|autumn|fall|winter)"
    r"|(?:this|next|coming)\s(?:year|quarter|month|week|spring|summer|autumn|fall|winter|cycle|decade)|(?:in|into|through|for|during|heading into)\s(?:early\s|late\s|mid-?|the (?:first|second) half of\s)?20\d\d|year-ahead|(?:near|short|medium|long|longer)[\s-]term|\d{1,2}-month|(?:six|three|twelve|nine)-month|first year after[^,.;]{3,50})",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(?:could|may|might|perhaps|possibly|possible|potential(?:ly)?|arguably|tentative(?:ly)?|cautious(?:ly)?|still early|too early|early days|not (?:yet )?convinced|not sure|uncertain|probably|appears?|seems?|suggests?|(?:some|a little|modest(?:ly)?) (?:room|upside|optimism)|not guaranteed|no guarantee|cannot rule out|can[’']t rule out|remains to be seen)\b",
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
    horizon = _HORIZON.search(said) or _HORIZON.search(sentence)
    return Qualifiers(
        condition,
        " ".join(horizon.group().split()) if horizon else None,
        bool(_HEDGE.search(said)) or _hedging_cue(said, sentence),
        bool(_PAST.search(said)) or bool(_PAST.search(sentence.replace(said, ""))),
    )


def _condition(words: str) -> str | None:
    match = _CONDITION.search(words)
    return " ".join(match.group().split()) if match else None


def _hedging_cue(said: str, sentence: str) -> bool:
    """ "..., but it is still early": the hedge may stand beside the quotation in the same sentence."""
    behind = sentence.partition(said)[2]
    return bool(
        re.search(r"\bbut (?:it is |it[’']s )?(?:still early|too early|early days|only cautiously)", behind)
    )
