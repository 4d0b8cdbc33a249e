"""Adoption: names that no list and no shape gave away, taken in because the article lets them speak.

A capitalised name beside a cue is a person or a firm; which of the two, the other places where the article uses it decide. All
its mentions, surnames and short forms then take part in a second reading of the article.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from narrative.read.cast import EMPLOYED
from narrative.read.claim import Attribution
from narrative.read.identity import CAPITAL, NOT_NAMES
from narrative.read.lexicon import cue_forms, role_noun
from narrative.read.vocabulary import words
from narrative.terms import Mention, MentionKind, Span

_NAME = rf"{CAPITAL}(?:\s(?:&\s|and\s)?{CAPITAL}){{1,3}}"
#: "analysts at Harbor Pine", "a note from Harbor Pine", "Harbor Pine analysts"
_TEAM_AT = re.compile(
    rf"\b(?:analysts|strategists|economists|researchers|(?:note|report|survey|poll|study|research|figures|data)(?:\s(?:published|compiled|released))?)\s(?:at|of|from|by|with)\s(?P<firm>{_NAME})"
)
_TEAM_OF = re.compile(rf"(?P<firm>{_NAME})(?:[’']s?)?\s(?:analysts|strategists|economists)\b")
_HONORIFIC = re.compile(r"^(?:Mr|Mrs|Ms|Dr|Sir|Dame|Prof)\.?\s")
#: last words of houses, beside the ampersand
_HOUSE = re.compile(
    r"(?:Research|Capital|Partners|Securities|Management|Advis[eo]rs|Bank|Group|Investments?|Trust|Markets|Economics|Analytics|Data|Monitor|Institute|Wealth|Technical"
    r"|Quantitative|Funds?|Corp|Inc|Systems|Technologies|Associates|Holdings|Financial|Insurance|Brothers|Sons|Co|Street|Asset|Equity|Strategy|Index|Agency|Department|Board|Council|Society|League|Union|Ministry|Office|Bureau|Reserve)\.?"
)
_TRADES = "company|firm|provider|publisher|service|broker|brokerage|bank|retailer|airline|maker|manufacturer|lender|group|consultancy|house|association|agency|vendor"
#: places, days and plain words that stand in front of a cue without being its source
_NEVER = frozenset(
    [
        "Street",
        "Europe",
        "Asia",
        "America",
        "Ohio",
        "Paris",
        "London",
        "Washington",
        "China",
        "Japan",
        "Germany",
        "Britain",
        "People",
        "Employers",
        "Staff",
        "Maker",
        "Makers",
        "Officials",
        "Publication",
        "Providence",
        "Mexico",
        "Congress",
        "Parliament",
    ]
)


def adopted(text: str, found: Iterable[Attribution], mentions: Sequence[Mention]) -> tuple[Mention, ...]:
    """Return the mentions to add for sources that are named and not yet known, and for the firms of people, in order of place."""
    out: list[Mention] = []
    for person in dict.fromkeys(_people_beside(text, mentions)):
        out += _mentions(text, person, "person", [*mentions, *out])
    for firm in dict.fromkeys(_firms_beside(text, mentions)):
        if not any(firm in m.key for m in mentions):
            out += _mentions(text, firm, "firm", [*mentions, *out])
    sources = (a.source for a in found if a.source is not None and a.source.kind == "name" and not a.label)
    surnames = {m.key.split()[-1] for m in mentions if m.kind == "person"}
    for name in dict.fromkeys(_HONORIFIC.sub("", text[slice(*source.head)]) for source in sources):
        known = name in surnames or any(name in m.key for m in out)
        full = None if known or _never(name) else _full(text, name)
        kind = _kind(text, full) if full else None
        if full and kind:
            out += _mentions(text, full, kind, [*mentions, *out])
    return tuple(sorted(out, key=lambda m: m.span))


def _never(name: str) -> bool:
    return name.split()[0] in _NEVER or name in words("places", "names")


def _firms_beside(text: str, mentions: Sequence[Mention]) -> Iterator[str]:
    """Names where only a firm can stand: behind "analysts at", before "strategists", around a person and a title."""
    people = [m.span for m in mentions if m.kind == "person"]
    matches = [*_TEAM_AT.finditer(text), *_TEAM_OF.finditer(text), *_post().finditer(text)]
    matches += [m for span in people if (m := _firm_behind().match(text, span.end))]
    matches += [
        m for span in people if (m := _firm_ahead().search(text, max(0, span.start - 120), span.start))
    ]
    matches += [m for span in people if (m := _employer().match(text, span.end))]
    matches += _pronoun_employer().finditer(text)
    for match in matches:
        span = Span(*match.span("firm"))
        if not _never(match["firm"]) and not any(
            m.span.start < span.end and span.start < m.span.end for m in mentions
        ):
            yield match["firm"]


def _people_beside(text: str, mentions: Sequence[Mention]) -> Iterator[str]:
    """Names where only a person can stand: behind a firm's possessive, behind "led by", between a name and a job."""
    for match in _person_place().finditer(text):
        span = Span(*match.span("who"))
        taken = any(m.span.start < span.end and span.start < m.span.end for m in mentions)
        if not taken and match["who"].split()[0] in words("people", "given"):
            yield match["who"]


@lru_cache(maxsize=1)
def _person_place() -> re.Pattern[str]:
    return re.compile(
        rf"(?:(?<=[’']s\s)|(?<=led by\s)|(?<=[a-z]\s))(?P<who>{CAPITAL}\s(?:[A-Z]\.\s)?{CAPITAL})(?![\w-]|\s[A-Z])"
    )


@lru_cache(maxsize=1)
def _firm_behind() -> re.Pattern[str]:
    """ ", chief strategist at Harbor Pine", " of Harbor Pine": two words and more, for one may be a place."""
    return re.compile(
        rf"(?:,\s(?:an?\s|the\s)?[\w’' -]{{0,50}}?{role_noun()}[\w’' -]{{0,40}}?)?,?\s(?:at|of|from|with|for)\s(?:the\s)?(?P<firm>{_NAME})"
    )


@lru_cache(maxsize=1)
def _post() -> re.Pattern[str]:
    """ "the co-head of multi-asset at Harbor Pine": a job without a name."""
    job = rf"(?<![\w-])(?:[a-z-]+\s){{0,3}}?{role_noun()}"
    return re.compile(
        rf"\b[Tt]he\s{job}(?:\s(?:of|for)\s[\w-]+(?:\s[\w-]+)?)?\s(?:at|of|for)\s(?P<firm>{_NAME})"
    )


@lru_cache(maxsize=1)
def _employer() -> re.Pattern[str]:
    """ "joined Harbor Pine in May", ", who manages Harbor Pine's global portfolio": what stands behind a person."""
    auxiliary = r"(?:(?:has|have|had|also|now|recently)\s)*"
    return re.compile(rf"(?:,?\swho)?\s{auxiliary}{EMPLOYED}(?![\w-])[^.;:\n]{{0,60}}?\s(?P<firm>{_NAME})")


@lru_cache(maxsize=1)
def _pronoun_employer() -> re.Pattern[str]:
    """ "She came to Harbor Pine in 2019": employment told of a pronoun."""
    return re.compile(rf"\b(?:He|She)\s(?:joined|came to|moved to)\s(?P<firm>{_NAME})")


@lru_cache(maxsize=1)
def _firm_ahead() -> re.Pattern[str]:
    """ "Harbor Pine's chief strategist", "Harbor Pine strategist": what stands before a person."""
    return re.compile(
        rf"(?P<firm>{_NAME})(?:[’']s?\s(?:[\w-]+\s){{0,5}}?|\s(?:[a-z-]+\s){{0,3}}?{role_noun()}\s)$"
    )


def _full(text: str, name: str) -> str | None:
    """The longest form of a name: a surname with the given name in front of it elsewhere."""
    if " " in name:
        return name
    full = re.search(
        rf"(?<![\w-])(?!(?:{NOT_NAMES})\b)(?:{CAPITAL}|[A-Z]\.)(?:\s[A-Z]\.)?\s{re.escape(name)}(?![\w-])",
        text,
    )
    return full.group() if full and not re.match(role_noun(), full.group().split()[0], re.I) else None


def _kind(text: str, name: str) -> MentionKind | None:
    """Person or firm, by the words around every place where the name stands; None for a surname that is all the article gives."""
    if "&" in name or _HOUSE.fullmatch(name.split()[-1]):
        return "firm"
    place, last = re.escape(name), re.escape(name.split()[-1])
    person = sum(bool(re.search(sign, text)) for sign in _person_signs(place, last))
    firm = sum(bool(re.search(sign, text)) for sign in _firm_signs(place))
    if " " not in name:
        return None if re.search(rf"\b(?:Mr|Mrs|Ms|Dr|Sir)\.?\s{place}", text) else "firm"
    return "person" if person + 2 * (name.split()[0] in words("people", "given")) > firm else "firm"


def _person_signs(place: str, last: str) -> tuple[str, ...]:
    verbs = "|".join(form for form, use in cue_forms().items() if use.cls == "say" and not use.participle)
    return (
        rf"{place},\s(?:(?:an?|the|[\w’'-]+)\s){{0,5}}?{role_noun()}|{place},\s(?:who\b|\d\d\b)",
        rf"{place}\s(?:of|at|from|and|&)\s[A-Z]",
        rf"(?i:{role_noun()})\s{place}",
        rf"(?<![\w’-]\s){last}\s(?:{verbs})\b|(?:said|says)\s{last}\b|\bwords of {place}",
        rf"{place}[^\n]{{0,200}}?\b(?:he|she|his|her)\b",
    )


def _firm_signs(place: str) -> tuple[str, ...]:
    return (
        rf"{place}(?:[’']s?)?\s(?:[\w-]+\s){{0,2}}?(?:analysts|strategists|economists|team|report|note|data|figures)\b",
        rf"\b(?:at|by|from|with)\s{place}",
        rf"{place}[^\n.]{{0,80}}\b(?:its|it|in a note|clients)\b",
        rf"{place},\s(?:an?|the)\s(?:[\w-]+\s){{0,3}}?(?:{_TRADES})\b",
        rf"{place},\swhich\b",
    )


def _mentions(text: str, full: str, kind: MentionKind, taken: Sequence[Mention]) -> list[Mention]:
    short = full.split()[-1] if kind == "person" else full.split()[0]
    forms = [full] + ([short] if len(short) > 3 and not _HOUSE.fullmatch(short) else [])
    pattern = re.compile(rf"(?<![\w’'-])(?:{'|'.join(map(re.escape, forms))})(?![\w-])")
    spans = (Span(*match.span()) for match in pattern.finditer(text))
    return [
        Mention(kind, span, text[slice(*span)], full)
        for span in spans
        if not any(span.start < m.span.end and m.span.start < span.end for m in taken)
    ]
