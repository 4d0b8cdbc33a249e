"""When two names mean the same person, house or target, and two subjects the same thing.

An annotation gives names as the text writes them, a reading gives canonical ones; both are right.
"""

from __future__ import annotations

import re

from narrative.evaluate.annotation import Judgement
from narrative.firms import known_as
from narrative.targets import STOCK

_TITLES = re.compile(r"\b(?:mr|mrs|ms|dr|sir|dame|lord|lady|prof|professor|jr|sr)\b\.?", re.IGNORECASE)
_LEGAL = {"the", "inc", "corp", "co", "company", "plc", "ltd", "llc", "lp", "group", "&", "and", "s"}
_FILLERS = {"the", "a", "an", "of", "in", "on", "for", "its", "their", "index", "shares", "stocks", "stock"}


def same_person(one: str | None, other: str | None) -> bool:
    """Whether two full names are one name, titles of courtesy and case aside."""
    return _plain(one) == _plain(other)


def same_firm(one: str | None, other: str | None) -> bool:
    """Whether two names of firms mean one house: the same words, one within the other, or an alias of the other."""
    if one is None or other is None:
        return one is other
    a, b = _house(one), _house(other)
    return (
        a == b or (bool(a) and bool(b) and (a <= b or b <= a)) or _aliased(one, other) or _aliased(other, one)
    )


def same_target(one: Judgement, other: Judgement) -> bool:
    """Whether two judgements are on one target; a company may go by its name or by its ticker."""
    if one.target == other.target:
        return True
    if not (one.target.startswith(STOCK) and other.target.startswith(STOCK)):
        return False
    a, b = ({_bare(j.target), *j.also} for j in (one, other))
    return bool(a & b) or any(_house(x) <= _house(y) or _house(y) <= _house(x) for x in a for y in b)


def same_subject(one: str | None, other: str | None) -> bool:
    """Whether two subjects of figures share their telling words: one's are all among the other's."""
    if one is None or other is None:
        return one is other
    a, b = _telling(one), _telling(other)
    return a == b or (bool(a) and bool(b) and (a <= b or b <= a))


def overlapping(one: str | None, other: str | None) -> bool:
    """Whether two quoted conditions or horizons share at least half of the shorter one's words."""
    if not one or not other:
        return bool(one) == bool(other)
    a, b = _telling(one), _telling(other)
    return bool(a) and bool(b) and 2 * len(a & b) >= min(len(a), len(b))


def _plain(name: str | None) -> str | None:
    return None if name is None else " ".join(_TITLES.sub("", name).lower().replace("’", "'").split())


def _bare(target: str) -> str:
    return target.removeprefix(STOCK).lower()


def _house(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[\w&]+", name.lower())) - _LEGAL


def _telling(words: str) -> frozenset[str]:
    return frozenset(re.findall(r"[\w&]+", words.lower())) - _FILLERS


def _aliased(alias: str, firm: str) -> bool:
    return firm in known_as([firm]).values() and alias.lower() in {a.lower() for a in known_as([firm])}
