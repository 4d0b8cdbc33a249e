"""What a figure is about: the thing measured, the period, and which way it went. Rules over one sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from narrative.terms import Direction, Mention

_UP = (
    r"(?:r(?:ose|ise|ises|isen|ising)|gain(?:s|ed|ing)?|climb(?:s|ed|ing)?|jump(?:s|ed|ing)?|surg(?:e|es|ed|ing)|soar(?:s|ed|ing)?|rall(?:y|ies|ied|ying)"
    r"|advanc(?:e|es|ed|ing)|add(?:s|ed|ing)?|increas(?:e|es|ed|ing)|gr(?:ew|ow|ows|own|owing|owth)|up|higher|upside|rais(?:e|es|ed|ing)|lift(?:s|ed|ing)?|return(?:s|ed|ing)?"
    r"|rebound(?:s|ed|ing)?|bounc(?:e|es|ed|ing)|spik(?:e|es|ed|ing)|leap(?:s|t|ed)?|improv(?:e|es|ed|ing)|accelerat(?:e|es|ed|ing)|outperform(?:s|ed|ing|ance)?|inflows?|beat)"
)
_DOWN = (
    r"(?:f(?:ell|all|alls|allen|alling)|drop(?:s|ped|ping)?|declin(?:e|es|ed|ing)|los(?:e|es|t|s|ing)|sl(?:id|ides?|iding|ip|ips|ipped|ump|umps|umped)|s(?:ank|ink|inks|unk)"
    r"|tumbl(?:e|es|ed|ing)|plung(?:e|es|ed|ing)|plummet(?:s|ed|ing)?|down|lower|lowered|decreas(?:e|es|ed|ing)|cut(?:s|ting)?|shr(?:ank|ink|inks|unk)|eas(?:e|es|ed|ing)|dip(?:s|ped|ping)?"
    r"|retreat(?:s|ed|ing)?|shed(?:s|ding)?|downside|slash(?:es|ed)?|trim(?:s|med)?|underperform(?:s|ed|ing|ance)?|outflows?|contract(?:s|ed|ion)|narrow(?:s|ed)?|below|off|drawdown|losses|sell-?off|correction|miss(?:ed)?|reduc(?:e|es|ed|tion))"
)
_UP_PHRASE = r"(?:put on|puts on|took in|take in|taken in|tack(?:ed)? on|won back|ahead(?: of)?|outr[au]n|outpaced|beaten|above|more than the)"
_DOWN_PHRASE = (
    r"(?:g[ia]ve[ns]? (?:back|up)|hand(?:ed)? back|short of|came out of|taken out of|behind|trailed)"
)
_FLAT = r"(?:unchanged|flat|steady|(?:held|kept|left)(?=\s(?:[\w’'-]+\s){0,5}at\s))"
_DIRECTION = re.compile(
    rf"(?<![\w-])(?:(?P<up>{_UP_PHRASE}|{_UP})|(?P<down>{_DOWN_PHRASE}|{_DOWN})|(?P<flat>{_FLAT}))(?![\w-])",
    re.IGNORECASE,
)
_DIRECTION_AFTER = re.compile(
    rf"[\s-](?:(?P<more>more\b)|(?P<less>less\b|fewer\b|short\b|of reductions)|(?:[a-z][\w-]*\s){{0,2}}?(?:(?P<up>{_UP}|above)|(?P<down>{_DOWN})))(?![\w-])",
    re.IGNORECASE,
)
_BOUNDARY = re.compile(
    r"[;:—(]\s?|\s–\s|,\s(?:and|but|while|whereas|compared|versus|with|after|including|though|although|as|against|helped|led|outpacing|beating|from)\s"
    r"|\s(?:while|whereas|compared (?:to|with)|versus|vs\.?|against|and|but|than)\s|,\s(?=\w+ing\s)|,\s"
)
_RELATIVE = re.compile(r",\s(?:which|who|whose|a|an|the)\s[^,;]{3,90},")
_LIST = re.compile(
    r"\s(?:such as|including|like)\s.{3,140}?(?=\s(?:have|has|had|are|were|is|was|will|would|could|rose|fell|gained|lost|surged|jumped|dropped)\s)"
)
_VERB = re.compile(
    rf"(?<![\w-])(?:(?:has|have|had|is|are|was|were|will|would|could|can|should|may|might|to|be|been|being|also|still|only|just|now|already|even|further)\s)*"
    rf"(?:{_UP}|{_DOWN}|{_FLAT}|is|are|was|were|be|been|stood|stands?|trad(?:e|es|ed|ing)|reach(?:ed|es)?|hit|hits|total(?:ed|led|s)?|came|yield(?:s|ed)?|clos(?:ed|es)|finish(?:ed)?|end(?:ed)?|open(?:ed)?"
    r"|account(?:s|ed)?|ma(?:kes?|de)(?: up)?|puts?|holds?|held|pays?|paid|post(?:ed|s)?|report(?:ed|s)?|earn(?:ed|s)?|cost(?:s)?|averag(?:e|ed|es)|expect(?:s|ed)?|see(?:s)?|saw|sell(?:s)?|sold|bought|represent(?:s|ed)?|command(?:s|ed)?"
    r"|fetch(?:es|ed)?|number(?:s|ed)?|employ(?:s|ed)?|manag(?:es|ed|ing)|oversee(?:s|ing)|valued|priced|worth|move(?:s|d)?|slow(?:ed|s)?|outpac(?:e|es|ed)|doubl(?:e|ed)|tripl(?:e|ed)|exceed(?:s|ed)?|tops?|topped|trail(?:s|ed)?)(?![\w-])",
    re.IGNORECASE,
)
_NOUN_OF = re.compile(
    r"(?:[\s-](?:[a-z][\w-]*\s){0,3}?|\s)(?:for|in|of|by|on)\s(?:the\s|its\s|their\s|all\s)?"
)
_COUNTED = re.compile(
    r"[\s\u00a0]((?:of\s(?:the\s|its\s|their\s|all\s)?)?(?:[A-Za-z][\w&.’'/-]*\s){0,3}?[a-z][\w-]*(?:s|people|staff|women|men))\b"
)
_OF_WHAT = re.compile(
    r"\s(?:of)\s(?:the\s|its\s|their\s|all\s)?((?:[\w&’'/-]+\s){0,4}?[a-z][\w-]*(?:s|people|companies|revenue|index|market|fund|portfolio))\b"
)
_MEASURE = (
    r"(?:target|revenues?|sales|earnings|profits?|yields?|rates?|dividend|ratio|multiple|average|valuation|value|growth|inflation|backlog|stake|margins?|volume"
    r"|capitalization|deficit|surplus|mark|estimates?|forecast|spending|assets|debt|prices?|unemployment|payrolls|cash flow|flows|inflows|outflows|spread|gap|weighting|share|weight|odds|probability|chance)"
)
_ABOUT = r"(?:(?:about|roughly|nearly|almost|around|just|only|some|more than|less than|at least|at most|up to|under|over|as much as|an?|another|the|now|between|from|still)\s)*"
_MEASURE_OF = re.compile(
    rf"(?P<measure>(?<![\w-])(?:(?!(?:a|an|the|its|their|his|her|with|on|to|from|of|at|for|and)\s)[\w’'&-]+\s){{0,3}}{_MEASURE}(?:\s(?:of|on|for|in)\s(?:the\s)?(?:[A-Z][\w&.’'-]*\s?){{1,4}})?)"
    rf"(?P<rest>)\s(?:of|at|to|from|between|near|around|is|was|by)\s{_ABOUT}(?:[-−–]?[$£€]?[\d.,]+(?:\s?\w+)?\s(?:from|and|to)\s)?$"
)
_OBJECT = re.compile(
    rf"\s(?:the\s|its\s|their\s|a\s|an\s)?((?:[\w’'&/-]+\s){{0,7}}?[\w’'&/-]+)\s(?:at|to|by|of|from|above|below|near)\s{_ABOUT}"
)
_CHANGE_NOUN = re.compile(
    r"(?i)(?<![\w-])(?:gains?|rise|drop|increase|decline|fall|jump|cut|loss|losses|return|advance|slide|more|another|than|about|least|much|high|low|record|as)(?![\w-])"
)
_MEASURE_AFTER = re.compile(
    r"(?:\s(?:drop|rise|fall|gain|increase|decline|jump|growth))?\s(?:in|of)\s(?:the\s|its\s)?((?:[a-z][\w-]*\s){0,2}?(?:sales|revenues?|profits?|assets|earnings|deposits|orders|debt|prices|spending|cuts|reductions|equities|stocks|shares|bonds|costs|inventory|premiums))\b"
)
_REPORTING = re.compile(r"(?i)\b(?:expect(?:s|ed)?|sees?|saw|report(?:s|ed)?|put|puts)\b")
_ADJACENT = re.compile(r"(?:['’]s)?,?\s(?:by\s|about\s|nearly\s|roughly\s|some\s|at\s|only\s)*")
_STRIP = re.compile(
    r"^(?:[\s\"“‘'(,]|(?:and|but|or|so|yet|also|still|meanwhile|however|now|then|while|as|with|when|that|whether|because|since|after|if|though|although|despite|even|for|in|on|at|the|a|an|their|its|his|her|our|some|of|by"
    r"|analysts|strategists|they|she|he|we|it|said|says|say|noted|to)\b[\s,]*)+",
    re.IGNORECASE,
)
_TRAIL = re.compile(
    r"(?:[\s,\"”’']|\b(?:has|have|had|is|are|was|were|will|would|could|can|may|might|should|be|been|that|which|who|to|also|only|just|still|now|already|even|further|nearly|about|roughly|more|than|alone|a|an|the|by|at|of|from|and|so far|this year|today)\b)+$",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"(?i)^(?:it|they|he|she|we|you|i|this|that|these|those|which|who|there|what|one|another|each|both|all|many|most|some|others|investors|shares|stock)$"
)
_MONTHS = r"(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan\.|Feb\.|Mar\.|Apr\.|Aug\.|Sept\.|Oct\.|Nov\.|Dec\.)"
_COUNT = r"(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|12|few|several|couple of|half)"
_SPAN = r"(?:days?|weeks?|months?|quarters?|years?|sessions?|decades?|hours?|trading days|half)"
_PERIOD = re.compile(
    rf"(?<![\w-])(?:so far (?:this|in) (?:{_MONTHS}|year|month|week|quarter)|year[\s-]to[\s-]date|month[\s-]to[\s-]date|quarter[\s-]to[\s-]date|YTD|(?:year|month|quarter)[\s-](?:on|over)[\s-](?:year|month|quarter)"
    rf"|(?:this|last|next|the same|same|previous|prior|current) (?:{_SPAN}|spring|summer|autumn|fall|winter|fiscal year|period)"
    rf"|(?:past|last|next|previous|prior|coming|first|final|over|in|within|for) (?:the )?(?:past |last |next |previous |first |final |coming )?(?:{_COUNT}\s)?(?:trading\s)?{_SPAN}"
    rf"|(?:first|second|third|fourth|1st|2nd|3rd|4th|latest|most recent|current|holiday|June|March|September|December)[\s-](?:quarter|half)(?: of (?:20\d\d|the year|next year|last year))?"
    rf"|[QH][1-4](?: (?:FY)?\s?20\d\d)?|(?:full|fiscal)[\s-]year(?: 20\d\d)?|a (?:year|month|quarter|week) (?:earlier|ago|before)|(?:one|two|three|five|ten|six|12|\d+)[\s-](?:year|month|week|day)(?!\w)(?=\s(?:performance|return|change|gain|high|low|average|total|trailing|period))?"
    rf"|(?:by|at|through|into|before|until) (?:the )?(?:year[\s-]?end|end of (?:the year|20\d\d|{_MONTHS}|next year|this year)|mid-?year|20\d\d)|(?:in|during|for|since|through|by) (?:(?:early|late|mid)[\s-])?(?:{_MONTHS})(?: \d{{1,2}}(?!\d))?(?:,? 20\d\d)?"
    rf"|(?:in|during|for|since) (?:(?:early|late|mid)[\s-])?(?:19|20)\d\d|since (?:last (?:week|month|year|quarter)|the (?:start|beginning) of the year)|annually|annualized|per year|a year|at (?:midday|noon|the close|the open)|(?:in|over|for) the (?:day|week|month|quarter|year)|(?:on|since|by|through|last|early|late) (?:Mon|Tues|Wednes|Thurs|Fri)day|today|yesterday|overnight|premarket|after hours|intraday)(?!\w)"
)
_PERIOD_LEAD = re.compile(
    r"^(?:in|during|for|over|on|within|by|at|through|the|early|late)\s+(?:the\s+)?", re.IGNORECASE
)


def direction_of(sentence: str, start: int, end: int) -> Direction | None:
    """Return which way the figure at `sentence[start:end]` went: the word beside it, in its own clause."""
    clause = sentence[_clause_start(sentence, start) : start]
    after = _DIRECTION_AFTER.match(_clause_after(sentence, end))
    hits = list(_DIRECTION.finditer(clause))
    near = hits[-1] if hits and len(clause) - hits[-1].end() <= 45 else None
    if near and near.lastgroup and (not after or len(clause) - near.end() <= 22):
        return near.lastgroup  # type: ignore[return-value]
    if after and after.lastgroup:
        return "up" if after.lastgroup in ("up", "more") else "down"
    return _carried(sentence, start)


def period_of(sentence: str, start: int, end: int) -> str | None:
    """Return the stretch of time the figure is over, as written, without its preposition."""
    after = _PERIOD.search(sentence[:], end, min(len(sentence), end + 75))
    boundary = re.search(
        r";|,\s(?:while|but|compared|versus|and the)\s|\s(?:while|versus|compared)\s|\d%", sentence[end:]
    )
    if after and (not boundary or after.start() - end < boundary.start()):
        return _bare_period(after.group())
    before = [match for match in _PERIOD.finditer(sentence, 0, start)]
    if before:
        return _bare_period(before[-1].group())
    return None


def period_in(head: str) -> str | None:
    """Return the period that a column's head names, or None."""
    match = _PERIOD.search(head) or re.search(
        r"(?i)\b(?:YTD|(?:one|two|three|five|ten|\d+)[\s-]?(?:year|month|week|day|yr|mo|Y|M|D))\b|(?:19|20)\d\d",
        head,
    )
    return _bare_period(match.group()) if match else None


def subject_of(
    sentence: str, start: int, end: int, mentions: Sequence[Mention], offset: int, unit: str
) -> str | None:
    """Return the thing measured, as written: a name, or the phrase before the verb that leads to the figure.

    `mentions` are those of the sentence, `offset` is where the sentence begins in the article.
    """
    named = [(m.span.start - offset, m.span.end - offset, m.text) for m in mentions if m.kind != "person"]
    if unit == "count" and (counted := _COUNTED.match(sentence, end)):
        return re.sub(r"^of\s(?:the\s|its\s|their\s|all\s)?", "", counted.group(1))
    low = _clause_start(sentence, start)
    masked = _masked(sentence, start)
    beside = [entry for entry in named if _ADJACENT.fullmatch(sentence, entry[1], start)] if start else []
    if beside:
        return beside[-1][2]
    share = _OF_WHAT.match(sentence, end)
    if share and len(sentence[low:start].split()) <= 2:
        return share.group(1)
    return (
        _before_of(sentence, masked, low, start)
        or _owner(sentence, masked, low, start, end, named)
        or (share.group(1) if share else None)
        or (named[0][2] if named else None)
    )


def _owner(
    sentence: str, masked: str, low: int, start: int, end: int, named: Sequence[tuple[int, int, str]]
) -> str | None:
    """What owns the figure: a name behind it, the object or the subject of its verb, the name before it."""
    behind = _behind(sentence, end, named)
    verb = _last_verb(masked, low, start)
    if behind and not (
        verb and len(sentence[verb[1] : start].split()) <= 4 and _DIRECTION.search(sentence, *verb)
    ):
        return behind
    if verb is not None:
        measured = _object(sentence[verb[1] : start]) or _measure_behind(sentence, end)
        if measured:
            return measured
        phrase = (
            None if _REPORTING.search(sentence, *verb) else _phrase(sentence, masked, low, verb[0], named)
        )
        if phrase:
            return phrase
    before = [entry for entry in named if entry[1] <= start and masked[entry[0]] != "\x00"]
    return _extended(sentence, before[-1]) if before else _measure_behind(sentence, end) or behind


def _before_of(sentence: str, masked: str, low: int, start: int) -> str | None:
    """The measure that the figure is joined to: "revenue of", "a price target on Corvid Rail to"."""
    match = _MEASURE_OF.search(masked, low, start)
    if not match or _VERB.search(match.group("rest") or ""):
        return None
    words = " ".join(sentence[match.start("measure") : match.end("measure")].split())
    return _STRIP.sub("", words) or None


def _object(between: str) -> str | None:
    """The object of a verb, of which the figure is then said: "sees inflation at 2.5%"."""
    match = _OBJECT.fullmatch(between)
    if not match or _CHANGE_NOUN.search(match.group(1)) or _PRONOUN.match(match.group(1)):
        return None
    return _STRIP.sub("", match.group(1)) or None


def _measure_behind(sentence: str, end: int) -> str | None:
    match = _MEASURE_AFTER.match(sentence, end)
    return match.group(1) if match else None


def _clause_start(sentence: str, at: int) -> int:
    masked = _masked(sentence, at)
    last = 0
    for match in _BOUNDARY.finditer(masked, 0, at):
        rest = masked[match.end() : at]
        if match.group().strip(" ,") in ("and", "than", "") and not (
            _VERB.search(rest) or _DIRECTION.search(rest)
        ):
            continue
        last = match.end()
    return last


def _clause_after(sentence: str, at: int) -> str:
    rest = sentence[at : at + 50]
    cut = re.search(r"[,;:—]|\s(?:and|while|but|versus|compared|from|to|against)\s|\d", rest)
    return rest[: cut.start()] if cut else rest


@lru_cache(maxsize=256)
def _masked(sentence: str, at: int) -> str:
    """The sentence up to a figure, with relative clauses, appositions and examples blanked, so that its subject stands out."""
    text = sentence[:at]
    for pattern in (_RELATIVE, _LIST):
        for match in pattern.finditer(sentence):
            if match.end() <= at:
                text = text[: match.start()] + "\x00" * (match.end() - match.start()) + text[match.end() :]
    return text


def _carried(sentence: str, start: int) -> Direction | None:
    """A second figure of a pair goes with the first: "a 17% gain for one and nearly 18% for the other"."""
    before = sentence[:start]
    if not re.search(r"(?:\band|,|\bto|\bor|\bversus|\bvs\.?)\s(?:\w+\s){0,4}$", before):
        return None
    hits = list(_DIRECTION.finditer(before))
    if not hits or start - hits[-1].start() > 70 or not re.search(r"\d", before[hits[-1].start() - 12 :]):
        return None
    return hits[-1].lastgroup  # type: ignore[return-value]


def _last_verb(masked: str, low: int, start: int) -> tuple[int, int] | None:
    hits = [m for m in _VERB.finditer(masked, low, start) if m.group().strip()]
    return hits[-1].span() if hits else None


def _phrase(
    sentence: str, masked: str, low: int, verb: int, named: Sequence[tuple[int, int, str]]
) -> str | None:
    """The noun phrase before the verb; a bare name in it, when the phrase is no more than the name."""
    inside = [entry for entry in named if low <= entry[0] < verb and masked[entry[0]] != "\x00"]
    raw = masked[low:verb].split("\x00", 1)[0]
    words = _TRAIL.sub("", _STRIP.sub("", " ".join(raw.split())))
    words = re.sub(r"^.*\b(?:that|because|when|if)\s(?:the\s|its\s)?", "", words)
    if inside:
        start, end, name = inside[-1]
        if " between " in words:
            return words[: words.index(" between ")]
        tail = masked[end:verb].split("\x00", 1)[0]
        more = _TRAIL.sub("", re.sub(r"\([^)]*\)|['’]s\b", "", tail).strip(" ,")).strip()
        if (
            len(more.split()) in (1, 2, 3, 4)
            and re.fullmatch(r"[a-z][\w\s’'/-]*", more)
            and not _VERB.search(more)
        ):
            return " ".join(sentence[start : end + tail.find(more) + len(more)].split())
        before = words[: words.find(name)] if name in words else ""
        of = re.search(r"((?:[\w’'/-]+\s){1,4}(?:of|in|for|on)\s(?:the\s)?)$", before)
        if of and not re.search(r"(?i)\b(?:shares|stock|index)\sof", of.group(1)):
            return _STRIP.sub("", of.group(1)) + name
        return name
    if not words or _PRONOUN.match(words) or len(words.split()) > 10:
        return None
    return words


def _behind(sentence: str, end: int, named: Sequence[tuple[int, int, str]]) -> str | None:
    """A name behind the figure that owns it: "a 17% gain for the S&P 500"."""
    match = _NOUN_OF.match(sentence, end)
    if not match:
        return None
    return next((text for start, _, text in named if start == match.end()), None)


def _extended(sentence: str, entry: tuple[int, int, str]) -> str:
    """A name, with the measure that it owns: "S&P 500's gain" stays the index, "S&P 500 earnings" is the earnings."""
    _, end, name = entry
    measure = re.match(
        r"(?:['’]s)?\s((?:\w+\s)?(?:earnings|revenue|sales|profits?|margins?|dividend|yield|estimates|valuation|multiple|target|inflows|outflows))\b",
        sentence[end : end + 40],
    )
    return f"{name} {measure.group(1)}" if measure else name


def _bare_period(words: str) -> str:
    return _PERIOD_LEAD.sub("", " ".join(words.split()))
