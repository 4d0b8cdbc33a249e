"""The words that attribute, compiled once from `data/cues.toml` into patterns.

Patterns run over a *masked* segment, in which each person, firm and quotation is overwritten by as many copies of one private
character. A name inside a pattern is then a single symbol, offsets stay those of the text, and no word inside a
quotation can be mistaken for a cue.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from typing import Literal, NamedTuple

from narrative import bundled

PERSON, FIRM, QUOTED, MARKET = "\ue000", "\ue001", "\ue002", "\ue003"
P, F, Q = f"{PERSON}+", rf"{FIRM}+", f"{QUOTED}+"
POSSESSIVE = r"(?:[’']s?)?"

CueClass = Literal["say", "think", "act", "describe"]
_CLASSES: tuple[CueClass, ...] = ("say", "think", "act", "describe")

_PAPER_PLACES = (
    r"(?:notes?|reports?|interviews?|calls?|memos?|e-?mails?|phone|letters?|conference|podcast|clients|investors|reporters"
    r"|customers|commentary|outlook|blog|post|statement|presentation|webinar|research|piece|update|publication|column|paper"
    r"|dispatch|briefing|subscribers|event|panel|segment|television|TV|study|survey|analysis|review|message|forecast|listeners|readers)"
)
_DAY = r"(?:(?:on|late|early|late on|early on|earlier on)\s)?(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day(?:\s(?:morning|afternoon|evening|night))?"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)[a-z]*\.?"

#: "in a note to clients on Monday", "by phone", "last week": what may stand between a cue and what is said
ADVERBIAL = re.compile(
    rf"(?:,?\s(?:(?:in|during|on|at|via|to|by|through|for|from|with)\s(?:[\w’'.&-]+\s|{F}{POSSESSIVE}\s){{0,5}}?{_PAPER_PLACES}"
    rf"(?:\s(?:to|with|for|from|on|in|of|by|about|published|dated|sent|released|titled|called|headed)\s[^,.:;{QUOTED}“\"]{{1,50}}?)??"
    rf"(?=[,.:;\s])|{_DAY}|(?:on\s)?{_MONTH}\s\d{{1,2}}|in\s(?:early\s|late\s|mid-)?{_MONTH}(?:\s20\d\d)?|(?:earlier\s)?(?:last|this)\s(?:week|month|year|quarter|morning)"
    rf"|over the weekend|in (?:plain|so many|as many) words|back(?:\swithin the hour|\slater)?|(?:before|after|at) the (?:open|close|bell)|earlier|recently|today|yesterday|at the time|bluntly|flatly|plainly|simply|dryly|of the [\w\s-]{{1,30}}?(?=[,.:]))(?![\w-]))"
)
LEAD = re.compile(
    r"(?:(?:Meanwhile|But|And|Still|However|Yet|So|Also|Separately|Lastly|Finally|Indeed|Instead|Moreover|Furthermore|Similarly|Conversely"
    r"|Elsewhere|Nevertheless|Nonetheless|Even so|In addition|By contrast|In contrast|In turn|For (?:his|her|their|its) part|On the other hand"
    r"|At the same time|Also weighing in on this matter|Then|Now|Overall|Likewise|Or|Nor|In short|In a nutshell|As a result|To be sure|Of course|Asked [^,]{3,60})"
    r"(?:,\s?|\s|$))+"
)
PRONOUN = r"(?:[Hh]e|[Ss]he|[Tt]hey|[Ii]t)"


class CueForm(NamedTuple):
    """How one form of a reporting verb may be used."""

    cls: CueClass
    base: bool  # the bare form: only after a plural subject, since it may be a noun ("the UBS report")
    participle: bool  # "-ing": only in ", adding that ..."


@lru_cache(maxsize=1)
def cue_forms() -> dict[str, CueForm]:
    """Return every form of every reporting verb with its class; of two classes the first named wins."""
    forms: dict[str, CueForm] = {}
    table = _table()
    for cls in _CLASSES:
        for verb in table[cls]:
            base, *others = verb.split()
            forms.setdefault(base, CueForm(cls, base not in ("put", "cut"), False))
            for form in others:
                forms.setdefault(form, CueForm(cls, False, form.endswith("ing")))
    return forms


@lru_cache(maxsize=1)
def cue_pattern() -> re.Pattern[str]:
    """Any reporting verb as a whole word."""
    words = sorted(cue_forms(), key=len, reverse=True)
    return re.compile(rf"(?<![\w’'-])(?:{'|'.join(words)})(?![\w-])")


@lru_cache(maxsize=1)
def role_noun() -> str:
    """Pattern of a noun for people who speak, singular or plural."""
    words = sorted((re.escape(word) for word in _table()["heads"]), key=len, reverse=True)
    return rf"(?:co-)?(?:{'|'.join(words)})s?(?![\w-])"


@lru_cache(maxsize=1)
def house_noun() -> str:
    """Pattern of a noun for a firm that speaks: "the bank"."""
    return rf"(?:{'|'.join(sorted(map(re.escape, _table()['houses']), key=len, reverse=True))})(?![\w-])"


@lru_cache(maxsize=1)
def paper_noun() -> str:
    """Pattern of a noun for what is written: "the note"."""
    return rf"(?:{'|'.join(sorted(map(re.escape, _table()['papers']), key=len, reverse=True))})s?(?![\w-])"


#: words that open a sentence in front of a title in capitals
_OPENERS = (
    "The|A|An|But|And|So|Yet|If|When|While|As|In|On|At|For|From|With|After|Before|Since|Although|Though|Because|However|Still|Meanwhile|Yesterday|Today|Earlier|Later|Then|Now"
    "|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|Also|Former|Outgoing|Mr|Mrs|Ms|Dr|Sir"
)


@lru_cache(maxsize=1)
def title() -> str:
    """Pattern of a job title: up to seven words that end in a role noun, with "of small-cap research" behind it."""
    word = r"(?:(?!(?:said|says|at|the|and their|who|which)\b)[A-Za-z][\w.&/-]*)"
    tail = (
        r"(?:\s(?:of|for|in|on)\s(?!the\s\w+\sto\b)(?:(?:the|its|and|&)\s)?[A-Za-z][\w.’'&/-]*(?:\s(?:and\s|&\s)?[A-Za-z][\w.’'&/-]*){0,4}?(?=,|\sat\b|\sfor\b|\sof\b|\swith\b|\s?$|\s?[.;)]|\s"
        + PERSON
        + "))?"
    )
    # "chief U.S. equity strategist": "chief" is a noun of its own, but not here
    more = (
        r"(?!\s(?:(?!(?:and|or|at|of|for|in|on|with|who|said|says|told)\b)[A-Za-z][\w.&/-]*\s){0,3}?"
        + role_noun()
        + ")"
    )
    single = rf"(?:{word}\s){{0,6}}?{role_noun()}{more}{tail}"
    office = rf"(?:(?!(?:{_OPENERS})\b)[A-Z][\w’'&-]*\s(?:of\s|and\s|&\s)?){{0,5}}?(?!(?-i:[a-z]))(?i:{role_noun()})"
    return rf"(?:{single}(?:\s(?:and|&)\s{single})?|{office})"


@lru_cache(maxsize=1)
def _table() -> dict[str, list[str]]:
    return tomllib.loads(bundled.data("cues.toml").read_text(encoding="utf-8"))
