"""Whether a page says that a person was at another firm before: "formerly of Kestrel", "ex-Kestrel", "joined from Kestrel".

Only words that tie the person and the old firm together in one sentence count. Names and firms are those that
the reader found; nothing is guessed from names alone.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence

from narrative.ledger.naming import PersonName, compatible, firm_key, is_full, person_name
from narrative.terms import Mention, Span

_FAR = 120  # characters between a person and the words about the old firm
_LONGEST = 300  # characters before a firm that are looked at
_DETERMINER = r"(?:the |its |his |her |their )?(?:rival |competitor |peer )?"
_TITLE = r"(?:(?:an? |the )?(?:[\w&’'-]+ ){1,6}?)?"

#: words that end at the old firm and speak of the person before them
_BEHIND = re.compile(
    rf"(?:\b(?:formerly|previously|until recently|most recently) {_TITLE}(?:of|at|with|for) "
    rf"|\b(?:joined|joins|joining|moved|came|arrived|switched|defected|hired|poached|recruited|lured)"
    rf"\b[^.;:“”\"]{{0,60}} from )"
    rf"{_DETERMINER}$",
    re.IGNORECASE,
)
_LEFT = re.compile(rf"\b(?:left|leaving|quit|departed) {_DETERMINER}$", re.IGNORECASE)
_FOR = re.compile(r" (?:\w+ ){0,4}?(?:for|to join|and joined|to become)\b", re.IGNORECASE)

#: words of which the person may stand on either side
_FORMER = re.compile(
    rf"(?:\bex[- ‐‑]|\bformer |\bformer {_TITLE}(?:of|at|with|for) ){_DETERMINER}$", re.IGNORECASE
)
_POSSESSIVE = re.compile(r"['’]s? former\b", re.IGNORECASE)
_OFFICE = re.compile(r"(?:['’]s?)?(?: (?:[a-z][\w&’'-]*|[A-Z&]{2,4}))*,? ")
_APPOSITION = re.compile(r"(?:,| is| was| \(|, now [^“”\"]*,)(?: an?| the| himself an?| herself an?)? ?")

_END = re.compile(r"[.!?][”\"’']?\s+(?=[“\"‘'(]?[A-Z0-9])|\n")


def says_moved(
    text: str, mentions: Iterable[Mention], person: PersonName, was_at: Callable[[str], bool]
) -> str | None:
    """Return the words by which a text says that a person was before at a firm that `was_at` knows, by its key.

    None when it does not. The person must be named in full in the same sentence.
    """
    found = sorted(mentions, key=lambda mention: mention.span)
    people = [mention for mention in found if mention.kind == "person"]
    ends = [end.end() for end in _END.finditer(text)]
    for firm in found:
        if firm.kind == "firm" and was_at(firm_key(firm.key)):
            sentence = _sentence(firm.span, ends, len(text))
            told = _told(text, sentence, firm, [p for p in people if p.span.touches(sentence)])
            if told and _is(told[0], person):
                return " ".join(text[slice(*told[1])].split())
    return None


def _sentence(span: Span, ends: Sequence[int], length: int) -> Span:
    place = bisect_right(ends, span.start)
    return Span(ends[place - 1] if place else 0, ends[place] if place < len(ends) else length)


def _is(mention: Mention, person: PersonName) -> bool:
    name = person_name(mention.key)
    return name.surname == person.surname and is_full(name.given) and compatible(name.given, person.given)


def _told(text: str, sentence: Span, firm: Mention, people: Sequence[Mention]) -> tuple[Mention, Span] | None:
    """Return whose old firm this is by the words around it, and where those words stand."""
    start = max(sentence.start, firm.span.start - _LONGEST)
    before, after = text[start : firm.span.start], text[firm.span.end : sentence.end]
    ahead = [p for p in people if p.span.end <= firm.span.start]
    behind = [p for p in people if p.span.start >= firm.span.end]
    cue = _BEHIND.search(before)
    if cue is None and _FOR.match(after):
        cue = _LEFT.search(before)
    if cue:
        near = ahead[-1] if ahead else None
        return _if_near(near, Span(start + cue.start(), firm.span.end))
    return _former(text, Span(start, sentence.end), firm, ahead, behind)


def _if_near(person: Mention | None, words: Span) -> tuple[Mention, Span] | None:
    return (person, words) if person and words.start - person.span.end <= _FAR else None


def _former(
    text: str, sentence: Span, firm: Mention, ahead: Sequence[Mention], behind: Sequence[Mention]
) -> tuple[Mention, Span] | None:
    """Read "ex-Kestrel strategist Mike Wilson", "Kestrel's former strategist ..." and "..., a former Kestrel strategist"."""
    cue = _FORMER.search(text[sentence.start : firm.span.start])
    start = sentence.start + cue.start() if cue else firm.span.start
    if not cue and not _POSSESSIVE.match(text, firm.span.end):
        return None
    if behind and _OFFICE.fullmatch(text, firm.span.end, behind[0].span.start):
        return behind[0], Span(start, behind[0].span.start)
    if cue and ahead and _APPOSITION.fullmatch(text, ahead[-1].span.end, start):
        return _if_near(ahead[-1], Span(start, firm.span.end))
    return None
