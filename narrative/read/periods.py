"""Periods: the stretch of time that a figure is over, as the text has it."""

from __future__ import annotations

import re

_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan\.|Feb\.|Mar\.|Apr\.|Aug\.|Sept\.|Oct\.|Nov\.|Dec\.)"
)
_COUNT = r"(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|few|several|couple of|half)"
_UNIT = r"(?:days?|weeks?|months?|quarters?|years?|sessions?|decades?|hours?|trading days|half)"
_YEAR = r"(?:19|20)\d\d"
_FORMS = (
    rf"so far (?:this|in) (?:{_MONTH}|year|month|week|quarter)",
    r"(?:year|month|quarter)[\s-]to[\s-]date|YTD",
    r"(?:year|month|quarter)[\s-](?:on|over)[\s-](?:year|month|quarter)",
    rf"(?:this|last|next|the same|same|previous|prior|current) (?:{_UNIT}|spring|summer|autumn|fall|winter|fiscal year|period)",
    r"(?:past|last|next|previous|prior|coming|first|final|over|in|within|for) (?:the )?"
    rf"(?:past |last |next |previous |first |final |coming )?(?:{_COUNT}\s)?(?:trading\s)?{_UNIT}",
    r"(?:first|second|third|fourth|1st|2nd|3rd|4th|latest|most recent|current|holiday|June|March|September|December)[\s-]"
    rf"(?:quarter|half)(?: of (?:{_YEAR}|the year|next year|last year))?",
    rf"[QH][1-4](?: (?:FY)?\s?{_YEAR})?",
    rf"(?:full|fiscal)[\s-]year(?: {_YEAR})?",
    r"a (?:year|month|quarter|week) (?:earlier|ago|before)",
    rf"{_COUNT}[\s-](?:year|month|week|day)(?!\w)(?=\s(?:performance|return|change|gain|average|total|trailing|period))",
    rf"(?:by|at|through|into|before|until) (?:the )?(?:year[\s-]?end|end of (?:the year|{_YEAR}|{_MONTH}|next year|this year)"
    rf"|mid-?year|{_YEAR})",
    rf"(?:in|during|for|since|through|by) (?:(?:early|late|mid)[\s-])?{_MONTH}(?: \d{{1,2}}(?!\d))?(?:,? {_YEAR})?",
    rf"(?:in|during|for|since) (?:(?:early|late|mid)[\s-])?{_YEAR}",
    r"since (?:last (?:week|month|year|quarter)|the (?:start|beginning) of the year)",
    r"annually|annualized|per year|a year|at (?:midday|noon|the close|the open)",
    r"(?:in|over|for) the (?:day|week|month|quarter|year)",
    r"(?:on|since|by|through|last|early|late) (?:Mon|Tues|Wednes|Thurs|Fri)day",
    r"today|yesterday|overnight|premarket|after hours|intraday",
)
_PERIOD = re.compile(rf"(?<![\w-])(?:{'|'.join(_FORMS)})(?!\w)")
_HEAD = re.compile(
    rf"(?i)\b(?:YTD|(?:one|two|three|five|ten|\d+)[\s-]?(?:year|month|week|day|yr|mo|Y|M|D))\b|{_YEAR}"
)
_LEAD = re.compile(
    r"^(?:in|during|for|over|on|within|by|at|through|the|early|late)\s+(?:the\s+)?", re.IGNORECASE
)
_OTHER_CLAUSE = re.compile(r";|,\s(?:while|but|compared|versus|and the)\s|\s(?:while|versus|compared)\s|\d%")
_REACH = 75  # characters behind a figure


def period_of(sentence: str, start: int, end: int) -> str | None:
    """Return the period of the figure at `sentence[start:end]`, without preposition: the one behind, else before."""
    after = _PERIOD.search(sentence, end, min(len(sentence), end + _REACH))
    other = _OTHER_CLAUSE.search(sentence, end)
    if after and (other is None or after.start() < other.start()):
        return _bare(after.group())
    before = list(_PERIOD.finditer(sentence, 0, start))
    return _bare(before[-1].group()) if before else None


def period_in(head: str) -> str | None:
    """Return the period that a column's head names ("One Year Performance"), or None."""
    match = _PERIOD.search(head) or _PERIOD.search(head[:1].lower() + head[1:]) or _HEAD.search(head)
    return _bare(head[slice(*match.span())]) if match else None


def _bare(words: str) -> str:
    return _LEAD.sub("", " ".join(words.split()))
