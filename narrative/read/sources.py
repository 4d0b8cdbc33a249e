"""Source phrases: who an attribution names, found beside its cue in a masked segment.

A source phrase has a head (a person, a firm, a pronoun, a role noun, a paper) and what identifies it: a title and a firm before or
behind the head, in any order. Looking left from a cue, the leftmost head wins whose way to the cue holds nothing
but an apposition and adverbs; looking right, the nearest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from narrative.read.identity import CAPITAL, NOT_NAMES, Pair, has_verb, identity
from narrative.read.lexicon import (
    FIRM,
    PERSON,
    POSSESSIVE,
    PRONOUN,
    QUOTED,
    F,
    P,
    cue_forms,
    house_noun,
    paper_noun,
    role_noun,
)
from narrative.terms import Span

HeadKind = Literal["person", "firm", "pronoun", "role", "house", "paper", "name", "noun"]

_ADVERB = (
    r"(?:also|has|have|had|then|later|still|now|further|recently|already|previously|separately|nonetheless|however|himself|herself|themselves|itself"
    r"|would|is|was|are|were|been|does not|do not|did not|doesn[’']t|don[’']t|didn[’']t|isn[’']t|does|did|never|even|again|once|only|just|long|often|too|in turn|for one|and colleagues|and team|there|here|\w+ly)"
)
#: what may stand between a head and its cue: a firm or place, an apposition or relative clause in commas, adverbs
_GAP = re.compile(
    rf"(?:{POSSESSIVE})?(?:\s\([^()]{{1,40}}\))?(?:\s(?:and|&)\s(?:{P}|{F}|colleagues))?"
    rf"(?:\s(?:at|of|from|with|for|by|in|on|to|near|led by)\s(?:the\s)?[^,;:{QUOTED}“\"]{{1,70}}?)?"
    rf"(?:,\s(?!(?:and|but|while|as)\b)[^;:{QUOTED}“\"]{{1,140}}?,)?"
    rf"(?:\s(?:published|released|dated|out|titled|called|(?:gathered|compiled|collected|tracked|produced|published) by|polled by|surveyed by|interviewed by|quoted by)\s[^,;:{QUOTED}]{{1,40}}?)?"
    rf"(?:,?\swho(?:\s[^,;:{QUOTED}“\"]{{1,60}}?)??)?"
    rf"(?:,?\s(?:on|late on|early on)\s(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,?)?"
    rf"\s(?:{_ADVERB},?\s){{0,4}}"
)
_BEFORE = re.compile(
    rf"(?:(?:(?:[Aa]n?|[Tt]he|[Oo]ne|[Ss]ome|[Mm]any|[Mm]ost|[Ss]everal|[Oo]ther|[Tt]wo|[Tt]hree|[Tt]his|[Tt]hese|[Tt]hose|[Ff]ew|[Ii]ts|[Hh]is|[Hh]er|[Tt]heir|[Cc]ertain|[Aa]nother|[Ww]all Street)"
    rf"|{F}{POSSESSIVE}|same|(?:bank|firm|house|broker|group|company|fund|team)[’']s|[\w’'&-]*(?:cap|term|side|quant|technical|strategy|research|equity|market|investment|portfolio|recent|new|latest|separate|weekly|monthly|quarterly|annual|global|macro|senior|former|bullish|bearish|chief|lead|veteran|longtime|fixed|income|credit|options|derivatives|fund|money|asset|wealth|bond|stock|analyst|economics|sector|internal|fresh|year-ahead|mid-year|midyear|own|top|head|prominent|independent|European|U_S_|U_K_|US|UK|British|regional|deputy|joint|quantitative|data|local|large|small|big|private|institutional|retail))\s)+$"
)


_HONORIFIC = re.compile(r"(?<!\w)(?:Mr|Mrs|Ms|Dr|Sir|Prof|Rep|Sen|Gov|Reps|Sens|Messrs)\.?\s$")
_RELATIVE = re.compile(r",\s(?:which|who|whose)\s(?:[^,]|,(?=\d))*,")
_INTRODUCES = re.compile(rf"(?:\s(?:of|at|for|in)\s[^,;:{QUOTED}]{{1,50}})?,\s|s?\sled by\s")
_FINITE = re.compile(r"\b(?:had|has|have|was|were|is|are|will|would|where|when|that|which)\b")
_LOOSE = re.compile(
    r"(?i)(?:and|but|as|when|while|if|that|which|what|who|than|to|have|has|had|it|there|then|also|is|was|in|on|at|for|i|you)\b"
)


_JOINS = re.compile(r"\b(?:but|and|or|yet)\s$")  # then the verb goes on with a subject further left
_MODIFIER = re.compile(r"(?<![\w’'.-])(?P<word>[A-Za-z][\w&-]*\.?)\s$")
#: words in front of a role noun that are no part of the title
_NO_MODIFIER = frozenset(
    [
        "a",
        "an",
        "the",
        "and",
        "or",
        "but",
        "of",
        "for",
        "to",
        "in",
        "on",
        "at",
        "by",
        "with",
        "from",
        "as",
        "that",
        "which",
        "who",
        "when",
        "while",
        "if",
        "than",
        "then",
        "so",
        "yet",
        "nor",
        "is",
        "was",
        "are",
        "were",
        "be",
        "been",
        "has",
        "have",
        "had",
        "not",
        "no",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "some",
        "many",
        "most",
        "several",
        "other",
        "others",
        "this",
        "these",
        "those",
        "such",
        "few",
        "its",
        "his",
        "her",
        "their",
        "my",
        "our",
        "your",
        "certain",
        "another",
        "each",
        "every",
        "both",
        "all",
        "any",
        "same",
        "more",
        "fewer",
        "among",
        "about",
        "like",
        "unlike",
        "including",
        "meanwhile",
        "still",
        "however",
        "also",
        "even",
        "only",
        "former",
        "veteran",
        "longtime",
        "unnamed",
        "anonymous",
        "leading",
        "top",
        "prominent",
        "own",
        "old",
        "new",
        "street",
        "wall",
    ]
)


@dataclass(frozen=True, slots=True)
class Source:
    """A source phrase in one masked segment; spans are offsets into the article's text."""

    span: Span
    head: Span
    kind: HeadKind
    person: Span | None = None
    title: Span | None = None
    firm: Span | None = None
    plural: bool = False
    definite: bool = False  # "the report", "the strategist": something named before


@lru_cache(maxsize=1)
def _heads() -> re.Pattern[str]:
    return re.compile(
        rf"(?P<person>{P})|(?P<firm>{F})|(?<![\w’'-])(?:(?P<pronoun>{PRONOUN})(?![\w’'-])|(?P<paper>(?i:{paper_noun()}))"
        rf"|(?P<role>(?i:{role_noun()}))|(?P<house>(?i:{house_noun()}))"
        rf"|(?P<name>(?:(?:Mr|Mrs|Ms|Dr|Sir|Rep|Sen|Gov|Prof)\.?\s)?(?!(?:{NOT_NAMES})\b)(?!(?:{CAPITAL}\s){{0,4}}(?i:{role_noun()})\s{PERSON}){CAPITAL}(?:\s(?:[A-Z]\.\s|&\s)?{CAPITAL}){{0,3}}))"
    )


def source_left(mask: str, cue_start: int, offset: int) -> Source | None:
    """Return the subject of the cue at `cue_start` of the masked segment, looking left, or None.

    `offset` is where the segment begins in the article; spans of the result are absolute.
    """
    for match in _heads().finditer(mask, 0, cue_start):
        gap = mask[match.end() : cue_start]
        if len(gap) <= 190 and _GAP.fullmatch(gap) and not has_verb(_RELATIVE.sub("", gap)):
            return _around(mask, _named_behind(mask, match, cue_start) or match, offset, cue_start)
    return _noun_between(mask, cue_start, offset)


def _named_behind(mask: str, match: re.Match[str], cue_start: int) -> re.Match[str] | None:
    """The person whom a role noun introduces: "its founder, Ann Lee, told", "strategists led by Ann Lee wrote"."""
    if match.lastgroup != "role":
        return None
    person = _heads().search(mask, match.end(), cue_start)
    link = mask[match.end() : person.start()] if person else ""
    return person if person and person.lastgroup == "person" and _INTRODUCES.fullmatch(link) else None


def first_source(mask: str, offset: int, before: int) -> Source | None:
    """Return the person or firm that opens the segment as the subject of its main clause, or None."""
    match = _heads().search(mask, 0, before)
    if match is None or match.lastgroup not in ("person", "firm") or len(mask[: match.start()].split()) > 5:
        return None
    return _around(mask, match, offset, before)


def _noun_between(mask: str, cue_start: int, offset: int) -> Source | None:
    """ "...," the mayor said; people close to the fund said: beside a plain verb of speech any noun phrase is a source."""
    if not re.match(
        r"(?:said|says|say|told|tells|argued?s?|wrote|writes|warn(?:ed|s)?|added|adds|believed?s?)\b",
        mask[cue_start:],
    ):
        return None
    match = re.search(
        rf"(?:^|{QUOTED}\s|(?P<comma>,\s))(?P<noun>(?:[\w’'.()&{PERSON}{FIRM}-]+\s){{1,7}})$",
        mask[:cue_start],
    )
    if (
        match is None
        or has_verb(match["noun"])
        or _LOOSE.match(match["noun"])
        or _FINITE.search(match["noun"])
        or _JOINS.search(match["noun"])
    ):
        return None
    if match["comma"] and not re.match(r"\w+(?:\.|$|\s(?:in|on|at)\b)", mask[cue_start:]):
        return None
    span = Span(match.start("noun") + offset, match.end("noun") - 1 + offset)
    return Source(
        span,
        span,
        "noun",
        plural=match["noun"].rstrip().endswith("s"),
        definite=match["noun"].lower().startswith("the "),
    )


def source_right(mask: str, at: int, offset: int, *, reach: int = 90) -> Source | None:
    """Return the source phrase that begins at `at`, as after *said* or *according to*, or None."""
    start = at + len(mask[at:]) - len(mask[at:].lstrip())
    for match in _heads().finditer(mask, start, min(len(mask), start + reach)):
        before = mask[start : match.start()]
        if re.search(rf"[,.;:{QUOTED}]", before) or has_verb(before):
            return None
        if match.lastgroup in ("role", "house", "firm") and _leads_on(mask, match):
            continue  # "strategist Ann Lee", "Harbor Pine's Ann Lee": the head is still to come
        return _around(mask, match, offset, len(mask), left=start)
    return None


def source_within(mask: str, start: int, end: int, offset: int) -> Source:
    """Return the source phrase that is known to stand at `mask[start:end]`: its head, and title and firm around it."""
    heads = list(_heads().finditer(mask, start, end))
    for match in heads:
        if match.lastgroup in ("role", "house", "firm") and _leads_on(mask[:end], match):
            continue  # "strategist Ann Lee", "Harbor Pine's Ann Lee": the head is still to come
        named = _named_behind(mask, match, end) or match
        found = _around(mask, named, offset, len(mask), left=start)
        return replace(found, span=Span(start + offset, max(end + offset, found.head.end)))
    span = Span(start + offset, end + offset)
    words = mask[start:end]
    return Source(span, span, "noun", plural=words.endswith("s"), definite=words.lower().startswith("the "))


def _leads_on(mask: str, match: re.Match[str]) -> bool:
    """Whether a person, or for a firm a role or paper noun, follows as part of the same phrase."""
    tail = mask[match.end() :]
    link = rf"{POSSESSIVE}(?:\s(?:at|of|for|with|in)\s(?:the\s)?[^,;:.{QUOTED}]{{1,60}}?)?,?\s(?:(?!said|says)[\w.’'&/-]+\s){{0,7}}?"
    found = re.match(rf"{link}({P})", tail)
    if found and not has_verb(found.group()[: found.start(1) - found.start()]):
        return True
    if match.lastgroup != "firm":
        return False
    noun = re.match(rf"{POSSESSIVE}\s(?:[\w’'-]+\s){{0,4}}?(?:{role_noun()}|{paper_noun()})", tail)
    return noun is not None and not has_verb(noun.group().rsplit(" ", 1)[0])


def _with_modifiers(mask: str, role: int) -> int:
    """Where the title begins of which the role noun is the last word: "energy minister", "quantitative strategists"."""
    start = role
    for _ in range(3):
        word = _MODIFIER.search(mask, 0, start)
        if word is None or word["word"].lower() in _NO_MODIFIER or word["word"] in cue_forms():
            return start
        start = word.start("word")
    return start


def _owned(mask: str, match: re.Match[str]) -> re.Match[str] | None:
    """ "Harbor Pine's prime brokerage| desk": the house in front of what is its own, whatever words stand between."""
    if match.lastgroup not in ("role", "house", "paper"):
        return None
    owner = re.search(rf"{F}{POSSESSIVE}\s(?:[\w-]+\s){{0,4}}$", mask[: match.start()])
    return None if owner and has_verb(owner.group()) else owner


def _around(mask: str, match: re.Match[str], offset: int, limit: int, *, left: int | None = None) -> Source:
    """Grow a head into its phrase and read title and firm off it."""
    kind: HeadKind = match.lastgroup  # type: ignore[assignment]
    start, end = match.span()
    title_span = firm_span = None
    if kind == "person":
        start, end, title_span, firm_span = identity(mask, match.start(), match.end(), limit)
        honorific = _HONORIFIC.search(mask, 0, start)
        start = honorific.start() if honorific else start
    else:
        if before := _BEFORE.search(mask[:start]) or _owned(mask, match):
            start = before.start()
        if own := re.search(F, mask[start:end]):
            firm_span = (start + own.start(), start + own.end())
        behind = re.match(
            rf"(?:{POSSESSIVE})?(?:\s(?:compiled|published|gathered|collected|tracked|released)(?:\son\s\w+day)?)?\s(?:at|of|from|with|by|for|provider)\s(?:the\s)?(?:[\w’'-]+\s){{0,5}}?({F}){POSSESSIVE}",
            mask[match.end() :],
        )
        if behind and not has_verb(behind.group()):
            end = match.end() + behind.end(1)
            firm_span = (match.end() + behind.start(1), end)
        if kind == "role":
            title_span = (_with_modifiers(mask, match.start()), match.end())
    if left is not None:
        start = min(start, left) if kind != "person" else start

    def shift(pair: Pair | None) -> Span | None:
        return Span(pair[0] + offset, pair[1] + offset) if pair else None

    phrase = mask[start : match.end()]
    return Source(
        span=Span(start + offset, max(end, match.end()) + offset),
        head=Span(match.start() + offset, match.end() + offset),
        kind=kind,
        person=shift(match.span()) if kind == "person" else None,
        title=shift(title_span),
        firm=shift(firm_span),
        plural=match.group().lower() in ("they", "team", "data")
        or (kind in ("role", "paper") and match.group().endswith("s")),
        definite=bool(re.match(r"(?:[Tt]he|[Tt]hat|[Tt]his|[Tt]hese|[Ii]ts|[Tt]heir)\b", phrase)),
    )
