"""The cast of an article: its people and firms, and what it says of each wherever it introduces them.

Full names behind surnames, labels and initials; titles; the firm a person speaks for, read off appositions, off sentences of
employment ("Lee joined Harbor Pine in May") and off what refers back ("its head of research, Ann Lee"); and the pronoun
that goes with a name, so that "she" is not the man who spoke before.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from narrative.read.identity import identity
from narrative.read.lexicon import PERSON, QUOTED, F, P
from narrative.read.segments import Segment
from narrative.read.vocabulary import words as places
from narrative.terms import Mention, Span

_HONORIFIC = re.compile(r"^(?:Mr|Mrs|Ms|Dr|Sir|Dame|Prof|Rep|Sen|Gov)\.?\s")
#: verbs after which the first firm in the clause is where the person works
EMPLOYED = (
    r"(?:joined|came to|moved to|went to|runs?|ran|manage[sd]?|managing|leads?|led|heads?|headed|oversees?|founded|co-founded|owns?|chairs?|directs?"
    r"|works?\s(?:at|for)|worked\s(?:at|for)|works?|spoke\sfor|is\s(?:an?|the)\s[\w\s-]{2,40}?\s(?:at|of|for|with)|[a-z]+s?\s[^.;:,]{0,50}?\s(?:at|for))"
)
_EMPLOYMENT = re.compile(
    rf"(?P<who>{P}|(?<!\w)(?:[Hh]e|[Ss]he)(?!\w))(?P<link>,\swho|\swho)?\s(?:(?:has|have|had|also|now|recently|still|jointly)\s)*"
    rf"(?P<verb>{EMPLOYED})(?![\w-])(?P<between>[^.;:{QUOTED}{PERSON}]{{0,80}}?)\s(?P<firm>{F})"
)
#: a job that is over, or a firm that is not the employer
_FORMER = re.compile(
    r"\b(?:until|formerly|previously|before|once|left|from|against|than|said|says|told|like|about)\b"
)
#: "its founder, Ann Lee", "the bank's Ann Lee": the firm was named before
_BACK_BEFORE = re.compile(
    rf"(?:\b[Ii]ts|\b[Tt]heir|\b[Tt]he\s(?:same\s)?(?:[a-z]+\s){{0,2}}?[a-z]+[’']s)\s(?!colleague)[^,.;:{QUOTED}{P[:1]}]{{0,60}}?,?\s?$"
)
_BACK_AFTER = re.compile(
    r",\swho\s[^,.;]{2,60}?\s(?:for|at)\sthe\s(?:broker|brokerage|bank|firm|house|company|group|fund|lender)\b|,\s(?:its|their|the\s(?:same\s)?(?:[a-z]+\s){0,2}?[a-z]+[’']s)\s(?!colleague)[\w\s-]{3,60}"
)
#: "her colleague Ann Lee": of the firm of the person named before
_COLLEAGUE = re.compile(
    rf"\b(?:[Hh]er|[Hh]is|[Tt]heir|[Aa]|[Aa]nother)\s(?:[\w-]+\s){{0,2}}?colleague,?\s(?:[^,.;:{QUOTED}{PERSON}]{{2,60}}?,?\s)?$"
)
_OFFICER = re.compile(
    r"(?i)\b(?:chief executive|finance chief|finance director|chief financial|CEO|CFO|COO|president|chairman|chairwoman|operating chief|founder|treasurer|chief operating)"
)
_TITLE_LEAD = re.compile(
    r"^.*\b(?:according to|its|their|his|her|my|our|(?:she|he|who) (?:is|was)|[a-z]+[’']s)\s(?:an?\s|the\s)?|^(?:an?|the|one|said|says)\s"
)
_TITLE_TAIL = re.compile(
    r"\sof\s(?:the\s(?:company|firm|bank|group|fund|house|lender)|one of (?:them|the [a-z]+))$"
)
_FUND = re.compile(r"\b(?:Fund|Portfolio|Trust)$")  # what somebody manages; the house is another name
_NEAR_FIRM = 350  # characters between a firm's sentence and a title that needs no firm
_GENDERED = re.compile(r"(?<!\w)(?:(?P<he>[Hh]e|[Hh]is|[Hh]im|himself)|(?P<she>[Ss]he|[Hh]er|herself))(?!\w)")


@dataclass(slots=True)
class Cast:
    """The people and firms of one article and what it says of them; keys of the tables are full names."""

    text: str
    firms: dict[Span, str]
    people: dict[Span, str]
    titles: dict[str, str] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    genders: dict[str, str] = field(default_factory=dict)
    possessed: set[Span] = field(default_factory=set)  # "Lee's": named, not acting
    subjects: list[tuple[int, str]] = field(default_factory=list)  # firms that open a sentence, by position

    def firm_at(self, span: Span | None) -> str | None:
        """Canonical name of the firm mentioned at `span`, as written when it is not known; None for a place."""
        if span is None:
            return None
        for mention, key in self.firms.items():
            if mention.start < span.end and span.start < mention.end:
                return key
        words = re.sub(r"[’']s?$", "", self.text[span.start : span.end])
        return None if words in places("places", "names") else words

    def person_at(self, span: Span) -> str:
        """Full name of the person mentioned at `span`."""
        return self.people.get(span) or self.text[span.start : span.end]

    def named_at(self, span: Span | None, kind: Literal["person", "firm"]) -> str | None:
        """Full name of the person, or canonical name of the firm, mentioned anywhere in `span`; None where none is."""
        if span is None:
            return None
        known = self.people if kind == "person" else self.firms
        touching = [m for m in known if m.start < span.end and span.start < m.end]
        return known[max(touching, key=lambda m: m.end - m.start)] if touching else None

    def home_of(self, name: str, named: str | None) -> str | None:
        """The firm a person speaks for: the one named beside them; for a fund, the house that runs it when the article names it."""
        firm = named or self.homes.get(name)
        if firm is None or not _FUND.search(firm):
            return firm
        houses = [
            key for key in self.firms.values() if key.split()[0] == firm.split()[0] and not _FUND.search(key)
        ]
        known = self.homes.get(name, firm)
        return houses[0] if houses else known

    def firm_before(self, at: int) -> str | None:
        """The firm that opened the nearest sentence before `at`, else the one named last before it."""
        subjects = [(place, key) for place, key in self.subjects if place < at]
        named = [(span.start, key) for span, key in self.firms.items() if span.end <= at]
        return max(subjects or named)[1] if subjects or named else None

    def full_name(self, words: str) -> str | None:
        """The person introduced elsewhere whom a surname, a label in capitals or initials stand for."""
        return _full_name(words, self.people.values())


def cast_of(text: str, segments: Iterable[Segment], mentions: Sequence[Mention]) -> Cast:
    """Collect what the article says of each person and firm; the first word on each counts."""
    keys = [m.key for m in mentions if m.kind == "person"]
    cast = Cast(
        text,
        {m.span: m.key for m in mentions if m.kind == "firm"},
        {m.span: _full_name(m.key, keys) or m.key for m in mentions if m.kind == "person"},
    )
    cut = list(segments)
    for segment in cut:
        _note_subject(cast, segment)
        for span in _inside(cast.people, segment):
            _introduce(cast, segment, span)
    for segment in cut:
        _employ(cast, segment)
    for name in dict.fromkeys(cast.people.values()):
        _lodge(cast, name)
    _note_genders(cast, cut)
    return cast


def _full_name(words: str, names: Iterable[str]) -> str | None:
    bare = _HONORIFIC.sub("", words)
    if " " in bare.strip():
        return None
    for full in dict.fromkeys(names):
        parts = full.split()
        if len(parts) > 1 and (
            parts[-1].casefold() == bare.casefold() or "".join(p[0] for p in parts) == bare.replace(".", "")
        ):
            return full
    return None


def _inside(spans: Iterable[Span], segment: Segment) -> list[Span]:
    return sorted(s for s in spans if segment.span.start <= s.start < segment.span.end)


def _introduce(cast: Cast, segment: Segment, span: Span) -> None:
    """Read title and firm off the words around one mention of a person."""
    offset, mask, name = segment.span.start, segment.mask, cast.people[span]
    start, end = span.start - offset, span.end - offset
    if mask[start:end].strip(PERSON):
        return  # inside a quotation: not the article's own words on the person
    _, _, title, firm = identity(mask, start, end, len(mask))
    if re.match(r"[’']s?\s", mask[end:]):
        cast.possessed.add(span)
    if title and (words := _plain_title(cast.text[title[0] + offset : title[1] + offset])):
        cast.titles.setdefault(name, words)
    home = (
        cast.firm_at(Span(firm[0] + offset, firm[1] + offset))
        if firm
        else _referred(cast, mask, span, offset)
    )
    if home and (name not in cast.homes or _FUND.search(cast.homes[name])):
        cast.homes[name] = home


def _plain_title(words: str) -> str:
    """A title without what leads up to it ("according to", "where she is", "its") and without "of the company"."""
    return _TITLE_TAIL.sub("", _TITLE_LEAD.sub("", words))


def _referred(cast: Cast, mask: str, span: Span, offset: int) -> str | None:
    """The firm that an introduction refers back to: "its founder", "the bank's", "her colleague", a bare "chief executive"."""
    before, behind = mask[: span.start - offset], mask[span.end - offset :]
    if _COLLEAGUE.search(before):
        earlier = [s for s in cast.people if s.end < span.start and cast.people[s] in cast.homes]
        return cast.homes[cast.people[max(earlier)]] if earlier else None
    title = cast.titles.get(cast.people[span])
    officer = title is not None and _OFFICER.search(title) is not None
    if officer or _BACK_BEFORE.search(before) or _BACK_AFTER.match(behind):
        return cast.firm_before(span.start)
    return None


def _employ(cast: Cast, segment: Segment) -> None:
    """Read sentences of employment: "Lee has run the fund at Harbor Pine since 2009"."""
    offset = segment.span.start
    for match in _EMPLOYMENT.finditer(segment.mask):
        if _FORMER.search(match["verb"] + match["between"]):
            continue
        who = Span(match.start("who") + offset, match.end("who") + offset)
        names = [cast.people[who]] if who in cast.people else _people_before(cast, who.start)[-1:]
        home = cast.firm_at(Span(match.start("firm") + offset, match.end("firm") + offset))
        for name in names:
            if home and (
                name not in cast.homes or _FUND.search(cast.homes[name]) or match["verb"] == "joined"
            ):
                cast.homes[name] = home


def _lodge(cast: Cast, name: str) -> None:
    """Give somebody with a title and no firm the one whose sentence their introduction follows."""
    first = min(span for span, key in cast.people.items() if key == name)
    opened = [(at, firm) for at, firm in cast.subjects if first.start - _NEAR_FIRM <= at < first.start]
    if name in cast.titles and name not in cast.homes and opened:
        cast.homes[name] = max(opened)[1]


def _people_before(cast: Cast, at: int) -> list[str]:
    return [cast.people[span] for span in sorted(cast.people) if span.end <= at]


def _note_subject(cast: Cast, segment: Segment) -> None:
    """Keep the firm that opens a sentence: what "it" and "the bank" mean in the next one."""
    for span in _inside(cast.firms, segment)[:1]:
        ahead = segment.mask[: span.start - segment.span.start]
        if len(ahead) <= 45 and not re.search(rf"[,;:{QUOTED}{PERSON}]", ahead):
            cast.subjects.append((span.start, cast.firms[span]))


def _note_genders(cast: Cast, segments: Sequence[Segment]) -> None:
    """Count the pronouns in sentences that name one person; the majority goes with the name."""
    votes: dict[str, Counter[str]] = {}
    for segment in segments:
        spans = _inside(cast.people, segment)
        if len({cast.people[span] for span in spans}) != 1:
            continue
        tally = votes.setdefault(cast.people[spans[0]], Counter())
        for match in _GENDERED.finditer(segment.mask, spans[0].end - segment.span.start):
            tally[str(match.lastgroup)] += 1
    for name, tally in votes.items():
        if tally["he"] != tally["she"]:
            cast.genders[name] = "he" if tally["he"] > tally["she"] else "she"
