"""What a view hangs on: its condition, horizon, hedges, and whether it is a view given up.

All four are read off the words of the statement and its sentence, and quoted as written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_STOP = r"(?=,|;|\.(?:\s|$|[”\"])|:|—|–|”|\"|\?|!|$|\sthen\b)"
_POLICY = r"(?:the\s)?(?:Fed|Federal Reserve|central bank|rate|rates|policy|policymakers|yields|ECB|Bank of England|cuts|easing)"
_CONDITION = re.compile(
    rf"\b(?:(?<!asked )(?<!ask )(?<!know )(?<!wonder )(?:(?:only|even)\s)?if\s(?!anything|not\b|so\b|only because|it (?:was|were|took)\b|you\b\s(?:will|like|press|forced?|leave)|(?:I|we|he|she)\s(?:could|were|was|owned|had|weren[’']t)\b|we are (?:polite|honest))|unless\s|provided(?:\sthat)?\s|providing\s|assuming(?:\sthat)?\s|as long as\s|so long as\s|on condition that\s|contingent on\s|conditional on\s|in the event\s"
    rf"|(?-i:Should)\s(?!(?:we|I|you|they)\sbe\b)|should\s(?=(?:the|rates|yields|inflation|growth|earnings|policy|credit|that|this|we|they|data|oil)\b[^.?]{{3,60}}?\b(?!be\b))"
    rf"|depending on\s|(?<=it )depends on\s|(?<=that )depends on\s|hinges? on\s|once\s(?!again|more|a\b|upon)|(?:after|until|till)\s(?={_POLICY}\b))"
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
    rf"|(?:in|within)\s(?:the\s)?(?:(?:early|late|mid)[\s-])?(?:{_MONTH}|{_COUNT}\s{_SPAN}|{_SEASON})(?!\w)|the next {_COUNT} {_SPAN}|over (?:the (?:next|coming) )?{_COUNT} {_SPAN}|in a (?:year|decade|month)(?:[’']s time)?|(?:for|over) (?:the rest|most|the remainder|the balance) of (?:the\s)?(?:year|quarter|decade|month|20\d\d|{_SEASON})|(?:the\s)(?:rest|remainder) of (?:the year|20\d\d)"
    rf"|for (?:the (?:quarter|decade)|next (?:year|quarter|{_MONTH}|{_SEASON}))|(?:through|into|by) (?:the\s)?(?:next\s)?{_SEASON}|all year|(?:a\s)?year[\s-]end|before (?:the|they|he|she|it|their|its)\s[^,.;:”\"]{{3,60}}?(?=[,.;:”\"]|$)|{_COUNT} {_SPAN} (?:out|off|away|from now)|for (?:months|years|weeks|decades) to come|for the year(?! (?:ended|to)\b)|at {_SEASON}"
    rf"|next (?:year|quarter|month|week)|(?:until|till)\s[^,.;:”\"]{{3,70}}?(?=[,.;:”\"]|$)|into the election"
    rf"|before the (?:year|month|quarter|decade) is (?:out|over)|for now|for the time being|for years|for (?:at least )?(?:a|another) (?:year|decade|quarter)(?: or (?:longer|more|two))?|in the years? (?:after|behind|that follows?)\s[^,.;]{{3,40}}"
    rf"|(?:this|next|coming)\s(?:year|quarter|month|week|{_SEASON}|decade)|(?:in|into|through|for|during|heading into)\s(?:(?:early|late|mid)[\s-])?(?:the (?:first|second) half of\s)?20\d\d|(?:the\s)?year as a whole|year-ahead|(?:in the\s)?(?:near|short|medium|long|longer)[\s-](?:term|run)|\d{{1,2}}-month|(?:six|three|twelve|nine)-month|first year after[^,.;]{{3,50}})",
    re.IGNORECASE,
)
#: "has risen 15% this year", "down 6% in the year": a span of what has been, not of what is expected
_BEHIND = re.compile(
    r"(?i)(?:\b(?:has|have|had)\s(?:\w+\s){1,4}|\b(?:rose|fell|gained|lost|climbed|dropped|slid|up|down|marked down|added|returned|(?<!to )(?:higher|lower)(?!\s(?:its|the|rates)))\b[^.;]{0,40})$"
)
_CLAUSE = re.compile(
    r"\s?[;…]\s|\s[—–]\s|\.\s|,\s(?:and|but|while|which|who|whose|where|with|because|so|though|although|yet|as)\s|\s(?:but|while|because|though|although|whereas|and that|and (?=(?:he|she|they|we|I|it|the|his|her|their)\s))\s?"
)
#: spans that may lie behind as well as ahead
_EITHER_WAY = re.compile(
    r"(?i)(?:in|this|within|during|at|over|until|till|before|for)\b(?! (?:now|the time being|the next|the coming))"
)
_SENTENCE = re.compile(r"\s?[;…]\s|[.?!]\s(?=[A-Z])")
_TOLD = re.compile(
    r"\b(?:was|were|did|had|has|have|told|said|made|won|led|fell|rose|came|went|[a-z]{3,}ed)\b"
)
_AHEAD = re.compile(
    r"(?i)\b(?:will|would|should|could|may|might|must|can|shall|to|going|expects?|sees?|forecasts?|predicts?|target|by|until|till|next)\b|[’']ll\b|[’']d\b"
)
_HEDGE = re.compile(
    r"\b(?:(?<!I )could(?!\s(?:make you|argue|not care))|(?<!you )may|might(?!\swell be asked)|perhaps|possibly|potential(?:ly)?|arguably|tentative(?:ly)?|cautious(?:ly)?|still early|early days|not (?:yet )?convinced"
    r"|(?:it|there) is (?:a )?possib\w+|certainly possible|(?:some|a little|modest(?:ly)?) (?:room|upside|optimism)|not guaranteed|no guarantee|cannot rule out|can[’']t rule out|remains to be seen)\b",
    re.IGNORECASE,
)
_ONE = r"(?:I|we|We|he|He|she|She|they|They|who|which|the (?:firm|house|bank|broker|team))"
_OPINED = r"(?:thought|told|called|expected|wrote|believed|argued|said|liked|loved|owned|favou?red|recommended|preferred|advised|urged|praised|been (?:bullish|bearish|positive|negative|overweight|underweight|buyers?|sellers?))"
_HELD = r"(?:like|love|own|favou?r|recommend|prefer|think|expect|be (?:bullish|bearish|overweight|underweight|positive|a (?:fan|buyer|seller|believer)))"
#: a view that somebody held: a time that is over in front of it, the past perfect, "used to", "no longer"
_PAST = re.compile(
    rf"(?:^|[.…;,]\s|\bthat\s)(?:(?i:for|in|at|until|back in|last|a year ago|once|during)\b[^,.;…]{{2,40}}?,?\s){_ONE}\s(?:had\s|was\s|were\s)?(?:{_OPINED}|telling)\b"
    rf"|\b{_ONE}\shad\s(?:once\s|long\s|earlier\s|previously\s|always\s)?{_OPINED}\b|\bused to {_HELD}\b|\bonce (?:favou?red|liked|loved|owned|recommended|argued|called)\b|\bno longer (?:likes?|loves?|recommends?|favou?rs?|owns?|expects?|sees?|prefers?)\b"
    rf"|\b(?:was|were|had been) (?:bullish|bearish|overweight|underweight) (?:on|until|through|for)\b|\b(?:that|the) (?:advice|call|recommendation|view) (?:is|was|has been) (?:withdrawn|dropped|abandoned)\b|\bspent [^.;]{{3,40}} (?:urging|telling|recommending|certain)\b"
)
_AROUND = re.compile(
    rf"\bhad (?:previously |earlier |long |once )?{_OPINED}\b|\bno longer (?:likes?|recommends?|favou?rs?|expects?|sees?|prefers?)\b|\bused to {_HELD}\b"
)
#: words that bring the old stance up to date: then the row is the new one
_UPDATED = re.compile(
    r"(?i)\b(?:now|has since|have since|today|and had (?:now|since|covered|put|brought)|has brought|is short|are short|am short|back to)\b"
)


class Qualifiers(NamedTuple):
    """Condition and horizon as written, or None; whether the words hedge, and whether they tell of a past view."""

    condition: str | None
    horizon: str | None
    hedged: bool
    past: bool


def qualifiers(said: str, sentence: str, names: Sequence[str] = ()) -> Qualifiers:
    """Read the qualifiers of a statement from what is said, and conditions also from its whole sentence.

    `names` are the words of the judged target: where they stand, the horizon is that of their clauses, since "cuts by
    May would help Treasuries" dates the cuts. A view that is dropped ("was bullish until March, and no longer is") keeps
    its old stance and is marked past.
    """
    own = _parts_with(_CLAUSE, said, names)
    whole = _parts_with(_SENTENCE, said, names)
    condition = _condition(whole) or (_condition(sentence) if whole == said else None)
    horizon = _horizon(own)
    return Qualifiers(
        condition,
        horizon,
        bool(_HEDGE.search(own)) or _hedging_cue(said, sentence),
        _is_past(said, sentence),
    )


def _is_past(said: str, sentence: str) -> bool:
    told = _PAST.search(said) is not None or _AROUND.search(sentence.replace(said, "")) is not None
    return told and _UPDATED.search(said) is None


def _parts_with(cut: re.Pattern[str], said: str, names: Sequence[str]) -> str:
    """The parts of a statement that hold one of the names; all of it when none does."""
    own = [part for part in cut.split(said) if any(name and name in part for name in names)]
    return " … ".join(own) or said


def _horizon(words: str) -> str | None:
    """The first span of time that lies ahead."""
    for match in _HORIZON.finditer(words):
        before = words[max(0, match.start() - 60) : match.start()]
        clause = _CLAUSE.split(words[: match.start()])[-1]
        told = _EITHER_WAY.match(match.group()) and _TOLD.search(clause) and not _AHEAD.search(clause)
        if not _BEHIND.search(before) and not told:
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
