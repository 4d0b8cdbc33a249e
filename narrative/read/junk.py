"""Telling a page's furniture from its article, one block at a time.

Three signs are used, none of them tied to a site: the vocabulary of notices (law, cookies, accounts) together
with an address to the reader, the wording of controls ("sign in", "share this"), and the shape of credits,
bylines and date lines. What is neither clearly news nor clearly furniture is left open; its neighbors decide,
in `passages`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from narrative.read.vocabulary import phrases

Verdict = Literal["junk", "body", "open"]

_WORD = re.compile(r"[^\W_]+(?:[.'’&/-][^\W_]+)*")
_ADDRESS = re.compile(r"(?i)\b(?:we|our|us|you|your|yours)\b")
_TALK = re.compile(
    r"(?i)\b(?:said|says|told|wrote|writes|added|noted|argued|according to|analysts?|strategists?|economists?"
    r"|investors|stocks|shares fell|shares rose|index|percent|earnings)\b|\d\s?%"
)
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*$|[”\"]$")
_INNER_END = re.compile(r"[a-z0-9%][.!?][\"'”’)]*\s[A-Z]")
_NAME = r"[A-Z][\w.'’-]++"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_CLOCK = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?\s?(?:[ap]\.?m\.?)?|\d{1,2}\s?[ap]\.?m\.?"
_STAMP = (
    rf"(?:{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?,?\s(?:at\s)?(?:\d{{4}})?|\d{{1,2}}(?:st|nd|rd|th)?\s{_MONTH},?\s\d{{4}}"
    r"|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}-\d{2}-\d{2}"
    r"|(?:a|an|one|about\s)?\s?\d{0,4}\s?(?:second|minute|min|hour|hr|day|week|month|year)s?\sago"
    rf"|yesterday|today|just now|{_CLOCK}|\d{{1,4}}\s?-?(?:min|minute)s?\s(?:read|listen|watch))"
)
_FILLER = (
    r"(?i:published|updated|posted|last|modified|created|first|on|at|about|by|et|est|edt|pt|gmt|utc|bst|ist|cet|am|pm"
    r"|(?:mon|tues?|wednes|thurs?|fri|satur|sun)(?:day)?)"
)
_DATE_LINE = re.compile(rf"(?:(?>{_FILLER}|{_STAMP})[\s,.:;|·•–—/()-]*+)++")  # possessive: else exponential
_HAS_STAMP = re.compile(_STAMP)
_BYLINE = re.compile(
    rf"(?:(?i:by|written by|words by|story by|reported by|posted by|authored by)\s)"
    rf"(?:the\s)?{_NAME}(?:(?:,?\s(?:and|&|for|of|at|in|with)\s|,\s|\s|\s?[|·•/–—-]\s?)(?:the\s)?[\w.'’@-]++){{0,11}}"
)
_DESK = re.compile(
    rf"(?:{_NAME}\s){{0,4}}(?i:editorial team|editorial staff|staff writers?|staff reporters?|staff|newsroom|news desk"
    r"|contributors?|contributing writer|correspondents?|senior reporter|reporter)"
)
_AGENCY = (
    r"(?:Getty(?: Images)?|AFP|AP(?: Photo)?|Reuters|Bloomberg|Shutterstock|Unsplash|Pexels|iStock(?:photo)?|EPA|PA"
    r"|Alamy|Zuma|Pixabay|Adobe Stock)"
)
_CREDIT = re.compile(
    r"(?:(?:Photo|Image|Picture|Illustration|Graphic|Photograph)s?\s?(?:\w+\s){0,2}(?:by|:|via|from|courtesy)\b.{0,90}"
    rf"|.{{0,120}}(?:/|\bvia\s|\bby\s.{{2,40}}\son\s|©\s?|\()\s?{_AGENCY}[)\s.]*"
    r"|.{0,160}\b(?:Getty Images|Shutterstock|iStock|Alamy)\)?)"
)
_ICON = re.compile(r"(?:[\w'’&.-]+\s){1,4}(?i:logo|icon|avatar|thumbnail|banner|headshot)")
_TAGS = re.compile(r"[a-z]{15,}+(?:\s[a-z]++)*+")
_SYMBOL = re.compile(r"[\W\d_]*")
_LINK = re.compile(r"(?i)(?:https?://|www\.)\S+(?:\s(?:is|are)\s.{0,120})?")
_COPYRIGHT = re.compile(r"(?i)(?:©|\(c\)\s|copyright\s).{0,200}")
_AUTHOR_BOX = re.compile(
    r"(?i)(?:(?:he|she|they|\w+ \w+) (?:is|are|was) an? [^.]{0,60}(?:reporter|writer|editor|journalist|correspondent)\b.*"
    r"\b(?:based in|covers|covering|joined|follow|reach|contact)\b.*)"
)


def verdict(block: str) -> Verdict:
    """Judge one block of a page by itself: `junk`, `body` (a sentence or more of running text) or `open`."""
    text = " ".join(block.split()).lstrip("•·▪◦‣*–—- ").strip()
    count = len(_WORD.findall(text))
    if not count or is_control(text) or _is_notice(text, count) or _is_credit(text, count):
        return "junk"
    ended = (count >= 4 and _SENTENCE_END.search(text)) or (count >= 7 and text.endswith(":"))
    return "body" if count >= 25 or ended or (count >= 12 and _INNER_END.search(text)) else "open"


def is_control(text: str) -> bool:
    """Whether a short text is a control of the page: a button, a link, an invitation, a byline, a date line."""
    count = len(text.split())
    folded = text.lower().replace("’", "'").strip(" .:!»›→")
    if count <= 4 and folded in _whole():
        return True
    if count <= 12 and (_DESK.fullmatch(text) or _ICON.fullmatch(text) or _TAGS.fullmatch(text)):
        return True
    if count <= 16 and (_dated(text) or _BYLINE.fullmatch(text)):
        return True
    opens = _opening().match(text)
    if opens and (count <= 9 or (count <= 30 and not _TALK.search(text))):
        return not (_SENTENCE_END.search(text) and _TALK.search(text)) or ":" in opens.group()
    return count <= 60 and bool(_certain().search(text)) and not _says(text)


def leans_to_notice(text: str) -> bool:
    """Whether a sentence could belong to a notice: one of its words, an address to the reader, no market talk."""
    return bool(_notice().search(text)) and len(_ADDRESS.findall(text)) >= 2 and not _TALK.search(text)


def _dated(text: str) -> bool:
    return bool(_HAS_STAMP.search(text) and _DATE_LINE.fullmatch(text + " "))


def _is_credit(text: str, count: int) -> bool:
    if _LINK.fullmatch(text) or _COPYRIGHT.fullmatch(text):
        return True
    return (count <= 35 and bool(_CREDIT.fullmatch(text))) or (
        count <= 60 and bool(_AUTHOR_BOX.fullmatch(text))
    )


def _is_notice(text: str, count: int) -> bool:
    """Whether a paragraph is a legal, cookie or shop notice: several of its words, addressed to the reader."""
    legal = len({match.group().lower() for match in _notice().finditer(text)})
    if legal < 2:
        return False
    score = legal + 0.5 * min(len(_ADDRESS.findall(text)), 4) + (1.0 if _certain().search(text) else 0.0)
    needed = 3.0 if count <= 80 else 4.0
    return score >= needed + (2.0 if _TALK.search(text) else 0.0) + (2.0 if _says(text) else 0.0)


def _says(text: str) -> bool:
    return bool(re.search(r"\b(?:said|says|told|wrote|according to)\b", text)) and bool(
        re.search('["“”]', text)
    )


@lru_cache(maxsize=1)
def _notice() -> re.Pattern[str]:
    return _any_of(phrases("junk", "notice"))


@lru_cache(maxsize=1)
def _certain() -> re.Pattern[str]:
    return _any_of(phrases("junk", "certain"))


@lru_cache(maxsize=1)
def _opening() -> re.Pattern[str]:
    return _any_of(phrases("junk", "opening"))


@lru_cache(maxsize=1)
def _whole() -> frozenset[str]:
    return frozenset(phrases("junk", "whole"))


def _any_of(entries: Iterable[str]) -> re.Pattern[str]:
    """Return one pattern for all phrases: spaces match hyphens too, `*` any ending, capitals count for nothing."""
    ordered = sorted(entries, key=len, reverse=True)
    bodies = [
        re.escape(entry.rstrip("*")).replace(r"\ ", r"[\s-]").replace("'", "['’]")
        + (r"\w*" if entry.endswith("*") else "" if entry.endswith(":") else r"(?!\w)")
        for entry in ordered
    ]
    return re.compile(rf"(?i)(?<!\w)(?:{'|'.join(bodies)})")
