"""Names by tags: the people and organisations that the model marks, joined with what shape and context give.

The model finds names that no list has and whose shape says little; the rules find those it misses. Where both see a
name, the tag decides what it is, unless somebody speaks for a house by its possessive. A rule's find that the model is
sure is no name is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from narrative.read.gazetteer import legal_form
from narrative.read.houses import House
from narrative.read.people import Person, role, speech
from narrative.read.tags import Tag, Tags
from narrative.read.vocabulary import words
from narrative.terms import Passage, Span

_SURE = 0.7  # mean chance of a tagged name's words, from which it counts
_NO_NAME = 0.15  # below, a rule's find is none
_TITLE = re.compile(r"(?:Mr|Mrs|Ms|Dr|Sir|Dame|Prof)\.?\s+")
_FRONT = re.compile(
    r"(?i:the )|(?:Brokerage|Broker|Lender|Retailer|Chipmaker|Carmaker|Automaker|Drugmaker|Airline|Rival) (?=[A-Z])"
)
#: "MILWAUKEE (Reuters) -": where a story was filed
_DATELINE = re.compile(r"\s*(?:\([^()]{2,20}\)\s*)?(?:-|–|—)\s")


def with_tags(
    text: str, passage: Passage, taken: Sequence[Span], firms: list[House], persons: list[Person], tags: Tags
) -> tuple[list[House], list[Person]]:
    """Join the unlisted firms and people of one passage with those tagged, outside `taken`."""
    named = [
        t for kind in ("person", "organization") for t in tags.within(kind, passage.span) if t.chance >= _SURE
    ]
    spans = [(tag, _bounds(text, tag)) for tag in named]
    houses = [*taken, *(h.span for h in firms), *(s for t, s in spans if t.kind == "organization")]
    staff = [p.span for p in persons if _is_staff(text, p.span, houses)]
    spans = [(tag, span) for tag, span in spans if _is_name(text, span) and span.free_of(taken)]
    spans = [(tag, span) for tag, span in spans if tag.kind == "person" or span.free_of(staff)]
    living = [span for tag, span in spans if tag.kind == "person"] + [p.span for p in persons]
    spans = [
        (tag._replace(kind="organization") if _employs(text, span, living) else tag, span)
        for tag, span in spans
    ]
    firms = [h for h in firms if _stays(h.span, [s for t, s in spans if t.kind == "person"], tags)]
    persons = [p for p in persons if _stays(p.span, [s for t, s in spans if t.kind == "organization"], tags)]
    for tag, span in spans:
        name = " ".join(text[slice(*span)].split())
        if tag.kind == "organization":
            firms = [h for h in firms if h.span.free_of([span]) or _covers(h.span, span)]
            if span.free_of([h.span for h in firms]):
                firms.append(House(span, name))
        elif " " in name or "-" in name:
            persons = [p for p in persons if p.span.free_of([span]) or _covers(p.span, span)]
            if span.free_of([p.span for p in persons]):
                persons.append(Person(span, name))
    return sorted(firms), sorted(persons)


def lone_people(text: str, passages: Iterable[Passage], taken: Sequence[Span], tags: Tags) -> list[Person]:
    """Return tagged people of one word that nobody introduced: the word is all the article gives."""
    out = []
    for passage in passages:
        for tag in tags.within("person", passage.span):
            span = _bounds(text, tag)
            word = text[slice(*span)]
            if tag.chance >= _SURE and " " not in word and _is_name(text, span) and span.free_of(taken):
                out.append(Person(span, word))
    return out


def houses_among(text: str, persons: Sequence[Person]) -> frozenset[str]:
    """Return the names taken for people that the article uses as houses ("strategist at Galt Harrow")."""
    employs, lives = set(), set()
    for person in persons:
        before, behind = (
            text[max(0, person.span.start - 90) : person.span.start],
            text[person.span.end : person.span.end + 60],
        )
        if _works_at().search(before) or _has_staff().match(behind):
            employs.add(person.name)
        if _lives_before().search(before) or _lives_behind().match(behind):
            lives.add(person.name)
    return frozenset(employs - lives)


@lru_cache(maxsize=1)
def _works_at() -> re.Pattern[str]:
    return re.compile(
        rf"(?<![\w-])(?i:{role()})(?:\s(?:of|for)\s[\w& -]{{1,40}}?)?,?\s(?:at|with|from)\s(?:the\s)?$"
        r"|\b(?:analysts|strategists|economists|researchers)\s(?:at|of|for|from|with)\s(?:the\s)?$"
    )


@lru_cache(maxsize=1)
def _has_staff() -> re.Pattern[str]:
    return re.compile(
        rf"\s(?:[a-z][\w-]*\s){{0,3}}?{role()}\s[A-Z]|(?:[’']s?)?\s(?:analysts|strategists|economists)\b|\s{speech()}\s(?:that\s)?its\b"
    )


@lru_cache(maxsize=1)
def _lives_before() -> re.Pattern[str]:
    return re.compile(rf"\b(?:Mr|Mrs|Ms|Mx|Dr|Prof|Sen|Rep|Gov|Sir|Rev)\.?\s$|(?<![\w-])(?i:{role()}),?\s$")


@lru_cache(maxsize=1)
def _lives_behind() -> re.Pattern[str]:
    return re.compile(
        rf",\s(?:an?\s|the\s)?(?:[\w’'.&/-]+\s){{0,5}}?(?i:{role()})\b|,\s(?:who\b|\d\d\b)|\s{speech()}\s(?:that\s)?(?:he|she|his|her)\b"
    )


def _is_staff(text: str, span: Span, houses: Sequence[Span]) -> bool:
    """Whether a name that looks like a person's stands behind a house's possessive and speaks: "UBS's Ann Lee said"."""
    owner = re.search(r"[’']s?\s$", text[max(0, span.start - 4) : span.start])
    if owner is None or re.match(rf",?\s{speech()}\b", text[span.end : span.end + 30]) is None:
        return False
    at = span.start - len(owner.group())
    return any(house.start < at <= house.end + 2 for house in houses)


def _employs(text: str, span: Span, persons: Sequence[Span]) -> bool:
    """Whether somebody's name stands right behind a possessive: "Ark's Cathie Wood"; people have no people."""
    owner = re.match(r"[’']s?\s", text[span.end : span.end + 4])
    return owner is not None and any(person.start == span.end + owner.end() for person in persons)


def _bounds(text: str, tag: Tag) -> Span:
    """The tag without title, article and possessive, and with the legal form or the point that belongs to it."""
    start, end = tag.span
    if tag.kind == "person" and (title := _TITLE.match(text, start, end)):
        start = title.end()
    if tag.kind == "organization" and (front := _FRONT.match(text, start, end)):
        start = front.end()
    while end > start and text[end - 1] in "’'\"”,;:–—- ":
        end -= 1
    if re.search(r"[’']s$", text[start:end]):
        end -= 2
    return Span(start, legal_form(text, end) if tag.kind == "organization" else end)


def _is_name(text: str, span: Span) -> bool:
    word = text[slice(*span)]
    plain = (
        word in words("places", "names")
        or word in words("places", "others")
        or word in words("people", "titles")
    )
    dateline = word.isupper() and len(word) > 4 and _DATELINE.match(text, span.end) is not None
    return (
        bool(word)
        and word[0].isalnum()
        and not word.islower()
        and not plain
        and not dateline
        and "\n" not in word
    )


def _stays(span: Span, others: Sequence[Span], tags: Tags) -> bool:
    """Whether a rule's find is kept: no tag says that it is the other kind, and the model sees some name there."""
    return span.free_of(others) and tags.chance("name", span) >= _NO_NAME


def _covers(a: Span, b: Span) -> bool:
    return a.start <= b.start and b.end <= a.end
