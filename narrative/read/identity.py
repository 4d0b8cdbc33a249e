"""Identity: the title and the firm that stand around a person's name, in any of the orders of the news.

"Ann Lee, chief strategist at Harbor Pine", "Harbor Pine's chief strategist Ann Lee", "Ann Lee (Harbor Pine)", "Ann Lee, who
runs the fund at Harbor Pine". Patterns run over a masked segment and are tried in order.
"""

from __future__ import annotations

import re
from functools import lru_cache

from narrative.read.lexicon import POSSESSIVE, QUOTED, F, P, cue_forms, title

#: "a", "its", "the broker's" before a title
_DET = r"(?:who\sis\s)?(?:an?\s|the\s(?:[a-z]+[’']s\s)?|its\s|their\s)?"
Pair = tuple[int, int]
#: "Ann Lee and Bob Ray of Harbor Pine": what stands behind the last belongs to all
_PARTNERS = re.compile(rf"(?:,\s{P})*,?\s(?:and|&)\s{P}")
#: capitalised words that begin no name
NOT_NAMES = (
    "The|A|An|But|And|So|Yet|If|When|While|As|In|On|At|For|From|With|That|This|These|Those|There|It|He|She|They|We|I|You|What|Who|Why|How|Still|Even|After|Before|Since"
    "|Although|Though|Because|Many|Most|Some|Few|Several|One|Two|Three|Both|All|No|None|Not|Its|His|Her|Their|Our|My|Your|Also|Now|Then|Here|Meanwhile|However|Investors|Markets|Stocks|Shares|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
    "|Wall|Street|January|February|March|April|May|June|July|August|September|October|November|December|Instead|Indeed|Earlier|Later|Last|Next|Other|Others|Such|Chief|President|Chairman|Chairwoman|Director|Head|Senior|Managing|Portfolio|Vice|Executive|Analysts|Strategists|Economists|Economist|Strategist|Analyst|CEO|CFO|Nobody|Nothing|Something|Anything|Everything|Everyone|Every|Each|Another|Asked|People|Employers|Maker|Makers|Volumes|Officials|Publication"
)
CAPITAL = r"(?:[A-Z]['’])?[A-Z][\w-]*[a-z]"
_UNLISTED = rf"(?!(?:{NOT_NAMES})\b){CAPITAL}(?:\s(?:&\s|and\s|of\s)?{CAPITAL}){{0,4}}"  # a firm that no list knows, where only a firm can stand


def has_verb(words: str) -> bool:
    """Whether the words hold a reporting verb in a finite form that cannot be a noun or an adjective."""
    forms = cue_forms()
    return any(
        word in forms and not forms[word].base and not forms[word].participle and forms[word].cls == "say"
        for word in re.findall(r"[a-z]+", words)
    )


def identity(mask: str, start: int, end: int, limit: int) -> tuple[int, int, Pair | None, Pair | None]:
    """Read title and firm around the person at `mask[start:end]`; return the grown phrase, title and firm offsets."""
    pair = _PARTNERS.match(mask, end, limit)
    end = pair.end() if pair else end
    behind = mask[end:limit]
    title_at = firm_at = None
    new_start, new_end = start, end
    for pattern in _after():
        if found := pattern.match(behind):
            new_end = end + found.end()
            title_at = _group(found, "title", end)
            firm_at = _group(found, "firm", end)
            break
    before = mask[:start]
    for pattern in _ahead():
        if (found := pattern.search(before)) and not has_verb(found.group()):
            new_start = found.start()
            title_at = title_at or _group(found, "title", 0)
            firm_at = firm_at or _group(found, "firm", 0)
            break
    return new_start, new_end, title_at, firm_at


def _group(found: re.Match[str], name: str, shift: int) -> Pair | None:
    if found.groupdict().get(name) is None:
        return None
    return found.start(name) + shift, found.end(name) + shift


@lru_cache(maxsize=1)
def _after() -> tuple[re.Pattern[str], ...]:
    at = r"(?:at|of|for|with|from|in charge of|on behalf of)"
    one = rf"(?P<title>{title()})"
    firm = rf"(?P<firm>{F})"
    named = rf"(?P<firm>{F}|{_UNLISTED})"
    any_words = r"(?:[\w’'&.-]+\s){0,6}?"
    return tuple(
        re.compile(pattern)
        for pattern in (
            rf",\s{_DET}{one}(?:,?\s{at}\s(?:the\s)?{any_words}{firm})",
            rf",\s(?:the\s)?{firm}{POSSESSIVE}\s{one}",
            rf",\swho\s[^,;:{QUOTED}]{{2,90}}?\s(?:at|for|with)\s(?:the\s)?{firm}",
            rf",\swho\s(?:(?:has|have|had|also|now|jointly)\s)*(?:joined|runs?|manage[sd]?|leads?|heads?|oversees?|owns?|founded)\s[^,;:{QUOTED}]{{0,60}}?{firm}",
            rf",\s{_DET}{one},\s(?:the\s)?{firm}",
            rf",\s(?:an?\s|the\s)?{any_words}{firm}\s{one}",
            rf"\s\((?:(?P<title>{title()}),?\s(?:{at}\s)?)?{firm}\)",
            rf",?\s(?:of|at|from|with)\s(?:the\s)?{any_words}{firm}(?:,\s{_DET}{one}(?=,|\s?$|\.))?",
            rf",\s{_DET}{one},?\s(?:at|for|with|of)\s(?:the\s)?{named}",
            rf",?\s(?:of|at|from|with)\s(?:the\s)?{named}(?:,\s{_DET}{one}(?=,|\s?$|\.))?",
            rf",\s{_DET}{one}(?=,|\.|\s?$|:|;|\))",
            rf",\s{firm}(?=,|\.|\s?$)",
        )
    )


@lru_cache(maxsize=1)
def _ahead() -> tuple[re.Pattern[str], ...]:
    one = rf"(?P<title>{title()})"
    firm = rf"(?P<firm>{F})"
    return tuple(
        re.compile(pattern)
        for pattern in (
            rf"{firm}{POSSESSIVE}\s{one},?\s$",
            rf"(?:(?<![\w])(?:the|an?|its)\s)?(?<![\w’'-]){one}\s(?:at|of|for|with|from)\s(?:the\s)?{firm},?\s$",
            rf"(?:(?<![\w])(?:the|an?|its)\s)?(?<![\w’'-]){one}\s(?:at|of|for|with|from)\s(?:the\s)?(?P<firm>{_UNLISTED}),\s$",
            rf"(?:(?<![\w])(?:the|an?|its|their)\s)?(?<![\w’'-]){one},?\s$",
            rf"(?:^|[.;,]\s)(?:[Aa]t|[Oo]ver at|[Ff]rom)\s(?:the\s)?{firm},\s(?:{one},?\s)?$",
            rf"{firm}{POSSESSIVE}\s(?:[\w-]+\s){{1,5}}led by\s$",
            rf"{firm}(?:[’']s?)\s$",
            rf"{firm}\s$",
        )
    )
