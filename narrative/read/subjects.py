"""Subjects: what a figure measures, as written. Rules over one sentence, from the surest to the weakest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from narrative.read.clauses import BLANK, change, clause_start, masked, one_of, verb
from narrative.terms import Mention

_DETERMINER = r"(?:the\s|its\s|their\s|all\s)?"
_ABOUT = (
    r"(?:(?:about|roughly|nearly|almost|around|just|only|some|more than|less than|at least|at most|up to|under|over|as much as"
    r"|an?|another|the|now|between|from|still)\s)*"
)
_COUNTED = re.compile(
    rf"[\s\u00a0]((?:of\s{_DETERMINER})?(?:[A-Za-z][\w&.’'/-]*\s){{0,3}}?(?:[a-z][\w-]*s|people|staff|women|men))\b"
)
_OF_WHAT = re.compile(
    rf"\sof\s{_DETERMINER}((?:[\w&’'/-]+\s){{0,4}}?"
    r"(?:[a-z][\w-]*s|people|revenue|index|market|fund|portfolio|debt|capital|money))\b"
)
_ADJACENT = re.compile(r"(?:['’]s)?,?\s(?:(?:by|about|nearly|roughly|some|at|only)\s)*")
_BEHIND = re.compile(rf"(?:[\s-](?:[a-z][\w-]*\s){{0,3}}?|\s)(?:for|in|of|by|on)\s{_DETERMINER}")
_OBJECT = re.compile(
    rf"\s(?:the\s|its\s|their\s|a\s|an\s)?((?:[\w’'&/-]+\s){{0,7}}?[\w’'&/-]+)\s(?:at|to|by|of|from|above|below|near)\s{_ABOUT}"
)
_CHANGE_NOUN = re.compile(
    r"(?i)(?<![\w-])(?:gains?|rise|drop|increase|decline|fall|jump|cut|loss|losses|return|advance|slide|more|another|than|about"
    r"|least|much|high|low|record|as)(?![\w-])"
)
_REPORTING = re.compile(r"(?i)\b(?:expect(?:s|ed)?|sees?|saw|report(?:s|ed)?|puts?)\b")
_LEAD = re.compile(
    r"^(?:[\s\"“‘'(,]|(?:and|but|or|so|yet|also|still|meanwhile|however|now|then|while|as|with|when|that|whether|because|since"
    r"|after|if|though|although|despite|even|for|in|on|at|the|a|an|their|its|his|her|our|some|of|by|analysts|strategists|they"
    r"|she|he|we|it|said|says|say|noted|to)\b[\s,]*)+",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"(?:[\s,\"”’']|\b(?:has|have|had|is|are|was|were|will|would|could|can|may|might|should|be|been|that|which|who|to|also|only"
    r"|just|still|now|already|even|further|nearly|about|roughly|more|than|alone|a|an|the|by|at|of|from|and|so far|this year"
    r"|today)\b)+$",
    re.IGNORECASE,
)
_CONJUNCTION = re.compile(r"^.*\b(?:that|because|when|if)\s(?:the\s|its\s)?")
_PRONOUN = re.compile(
    r"(?i)^(?:it|they|he|she|we|you|i|this|that|these|those|which|who|there|what|one|another|each|both|all|many|most|some|others"
    r"|investors|shares|stock)$"
)
_PART_OF = re.compile(r"((?:[\w’'/-]+\s){1,4}(?:of|in|for|on)\s(?:the\s)?)$")
_SHARES_OF = re.compile(r"(?i)\b(?:shares|stock|index)\sof")
_MAX_WORDS = 10


@dataclass(frozen=True, slots=True)
class _Place:
    """A figure in its sentence: what stands before it, masked, and the names around, as (start, end, text)."""

    sentence: str
    start: int
    end: int
    low: int
    mask: str
    names: tuple[tuple[int, int, str], ...]


def subject_of(
    sentence: str, start: int, end: int, mentions: Sequence[Mention], offset: int, unit: str
) -> str | None:
    """Return what the figure at `sentence[start:end]` measures, as written, or None.

    A count measures what is counted. Else, in this order: the name right before the figure; what it is a share of; the
    measure it is joined to ("revenue of"); the name behind it; the object or the subject of its verb; the nearest name.
    `mentions` are those of the sentence, which begins at `offset` in the article.
    """
    if unit == "count" and (counted := _COUNTED.match(sentence, end)):
        return re.sub(rf"^of\s{_DETERMINER}", "", counted.group(1))
    names = tuple(
        (m.span.start - offset, m.span.end - offset, m.text) for m in mentions if m.kind != "person"
    )
    place = _Place(sentence, start, end, clause_start(sentence, start), masked(sentence, start), names)
    beside = [name for _, stop, name in names if stop < start and _ADJACENT.fullmatch(sentence, stop, start)]
    if beside:
        return beside[-1]
    share = _OF_WHAT.match(sentence, end)
    if share and len(sentence[place.low : start].split()) <= 2:
        return share.group(1)
    found = _joined_measure(place) or _owner(place)
    return found or (share.group(1) if share else None) or (names[0][2] if names else None)


def _joined_measure(place: _Place) -> str | None:
    """The measure that the figure is joined to: "revenue of", "a price target on Corvid Rail to"."""
    match = _measure_of().search(place.mask, place.low, place.start)
    if match is None:
        return None
    low, high = match.span("measure")
    verbs = list(verb().finditer(place.mask, low, high - 1))
    words = place.sentence[verbs[-1].end() if verbs else low : high]
    return _LEAD.sub("", " ".join(words.split())) or None


def _owner(place: _Place) -> str | None:
    """What owns the figure: a name behind it, the object or the subject of its verb, the name before it."""
    behind = _name_behind(place)
    hits = list(verb().finditer(place.mask, place.low, place.start))
    if behind and not (hits and _tells_change(place, hits[-1].span())):
        return behind
    if hits:
        low, high = hits[-1].span()
        measured = _object(place.sentence[high : place.start]) or _measure_behind(place)
        if not measured and not _REPORTING.search(place.sentence, low, high):
            measured = _phrase(place, low)
        if measured:
            return measured
    before = [entry for entry in place.names if entry[1] <= place.start and place.mask[entry[0]] != BLANK]
    return _extended(place.sentence, before[-1]) if before else _measure_behind(place) or behind


def _tells_change(place: _Place, span: tuple[int, int]) -> bool:
    """Whether the verb tells a change of which the figure is the size: "rose 3%"."""
    return (
        len(place.sentence[span[1] : place.start].split()) <= 4
        and change().search(place.sentence, *span) is not None
    )


def _name_behind(place: _Place) -> str | None:
    """A name behind the figure that owns it: "a 17% gain for the S&P 500"."""
    match = _BEHIND.match(place.sentence, place.end)
    return next((name for start, _, name in place.names if match and start == match.end()), None)


def _object(between: str) -> str | None:
    """The object of a verb, of which the figure is then said: "sees inflation at 2.5%"."""
    match = _OBJECT.fullmatch(between)
    if not match or _CHANGE_NOUN.search(match.group(1)) or _PRONOUN.match(match.group(1)):
        return None
    return _LEAD.sub("", match.group(1)) or None


def _measure_behind(place: _Place) -> str | None:
    match = _measure_after().match(place.sentence, place.end)
    return match.group(1) if match else None


def _phrase(place: _Place, low: int) -> str | None:
    """The noun phrase before the verb at `low`; a bare name in it, when the phrase is no more than the name."""
    raw = place.mask[place.low : low].split(BLANK, 1)[0]
    if not raw.strip() and place.low:
        return _shared_subject(place)
    words = _CONJUNCTION.sub("", _TAIL.sub("", _LEAD.sub("", " ".join(raw.split()))))
    inside = [entry for entry in place.names if place.low <= entry[0] < low and place.mask[entry[0]] != BLANK]
    if inside:
        return _named_phrase(place, words, inside[-1], low)
    if not words or _PRONOUN.match(words) or len(words.split()) > _MAX_WORDS:
        return None
    return words


def _shared_subject(place: _Place) -> str | None:
    """The subject of the clause before, for a predicate without its own: "has narrowed but is still in"."""
    before = replace(place, low=clause_start(place.sentence, place.low - 1))
    first = verb().search(before.mask, before.low, place.low)
    return _phrase(before, first.start()) if first and first.start() > before.low else None


def _named_phrase(place: _Place, words: str, entry: tuple[int, int, str], low: int) -> str:
    start, end, name = entry
    if " between " in words:
        return words[: words.index(" between ")]
    tail = place.mask[end:low].split(BLANK, 1)[0]
    more = _TAIL.sub("", re.sub(r"\([^)]*\)|['’]s\b", "", tail).strip(" ,")).strip()
    if 1 <= len(more.split()) <= 4 and re.fullmatch(r"[a-z][\w\s’'/-]*", more) and not verb().search(more):
        return " ".join(place.sentence[start : end + tail.find(more) + len(more)].split())
    part = _PART_OF.search(words[: words.find(name)] if name in words else "")
    if part and not _SHARES_OF.search(part.group(1)):
        return _LEAD.sub("", part.group(1)) + name
    return name


def _extended(sentence: str, entry: tuple[int, int, str]) -> str:
    """A name with the measure it owns: "S&P 500's gain" stays the index, "S&P 500 earnings" is the earnings."""
    _, end, name = entry
    measure = _owned_measure().match(sentence, end)
    return f"{name} {measure.group(1)}" if measure else name


@lru_cache(maxsize=1)
def _measure_of() -> re.Pattern[str]:
    stop = r"(?!(?:a|an|the|its|their|his|her|with|on|to|from|of|at|for|and)\s)"
    range_ = r"(?:[-−–]?[$£€]?[\d.,]+(?:\s?\w+)?\s(?:from|and|to)\s)?"
    return re.compile(
        rf"(?P<measure>(?<![\w-])(?:{stop}[\w’'&-]+\s){{0,3}}(?:{one_of('change', 'measures')})"
        r"(?:\s(?:of|on|for|in)\s(?:the\s)?(?:[A-Z][\w&.’'-]*\s?){1,4})?)"
        rf"\s(?:of|at|to|from|between|near|around|is|was|by)\s{_ABOUT}{range_}$"
    )


@lru_cache(maxsize=1)
def _measure_after() -> re.Pattern[str]:
    return re.compile(
        r"(?:\s(?:drop|rise|fall|gain|increase|decline|jump|growth))?\s(?:in|of)\s(?:the\s|its\s)?"
        rf"((?:[a-z][\w-]*\s){{0,2}}?(?:{one_of('change', 'measures')}))\b"
    )


@lru_cache(maxsize=1)
def _owned_measure() -> re.Pattern[str]:
    return re.compile(rf"(?:['’]s)?\s((?:\w+\s)?(?:{one_of('change', 'measures')}))\b")
