"""When two names mean the same person, house or target, and two quoted words the same thing.

An annotation gives names as the text writes them, a reading gives canonical ones; both are right. How far that goes is
stated in each function.
"""

from __future__ import annotations

import re
from functools import lru_cache

from narrative.evaluate.annotation import Judgement
from narrative.firms import canonical
from narrative.targets import STOCK

_COURTESY = re.compile(r"\b(?:mr|mrs|ms|dr|sir|dame|lord|lady|prof|professor|jr|sr)\b\.?", re.IGNORECASE)
_LEGAL = frozenset(
    {
        "the",
        "inc",
        "corp",
        "corporation",
        "co",
        "company",
        "plc",
        "ltd",
        "llc",
        "lp",
        "group",
        "holdings",
        "&",
        "and",
        "s",
    }
)
_GENERIC = _LEGAL | frozenset(
    {
        "bank",
        "capital",
        "securities",
        "research",
        "asset",
        "management",
        "partners",
        "fund",
        "funds",
        "data",
        "of",
    }
)
_FILLERS = frozenset(
    {"the", "a", "an", "of", "in", "on", "for", "its", "their", "index", "shares", "stocks", "stock"}
)


def same_person(one: str | None, other: str | None) -> bool:
    """Whether two full names are one name, titles of courtesy and case aside."""
    return _plain(one) == _plain(other)


def same_firm(one: str | None, other: str | None) -> bool:
    """Whether two names of firms mean one house.

    Two names that the gazetteer knows are the same when it gives them one canonical name. Otherwise one must be the other's
    beginning, legal words aside, with at least one word that is not generic ("Harbor Pine", "Harbor Pine Capital").
    """
    if one is None or other is None:
        return one is other
    a, b = canonical(one), canonical(other)
    if a is not None and b is not None:
        return a == b
    return _begins(one, other)


def same_target(one: Judgement, other: Judgement) -> bool:
    """Whether two judgements are on one target; a company may go by its name, its short name or its ticker."""
    if same_key(one, other):
        return True
    if not (one.target.startswith(STOCK) and other.target.startswith(STOCK)):
        return False
    a, b = ({_bare(j.target), *j.also} for j in (one, other))
    return bool(a & b) or any(_begins(x, y) for x in a for y in b)


def same_key(one: Judgement, other: Judgement) -> bool:
    """Whether two judgements name their target by the same key, case aside."""
    return one.target.lower() == other.target.lower()


def same_subject(one: str | None, other: str | None) -> bool:
    """Whether two subjects of figures share their telling words: one's are all among the other's."""
    if one is None or other is None:
        return one is other
    a, b = _telling(one), _telling(other)
    return a == b or (bool(a) and bool(b) and (a <= b or b <= a))


def same_words(one: str | None, other: str | None) -> bool:
    """Whether two quoted conditions, horizons or titles are the same words, or share more than half of all their words."""
    if one is None or other is None:
        return one is other
    a, b = (frozenset(re.findall(r"[\w&]+", words.lower())) for words in (one, other))
    return a == b or 2 * len(a & b) > len(a | b)


def _plain(name: str | None) -> str | None:
    return None if name is None else " ".join(_COURTESY.sub("", name).lower().replace("’", "'").split())


def _bare(target: str) -> str:
    return target.removeprefix(STOCK).lower()


def _begins(one: str, other: str) -> bool:
    """Whether one name is the beginning of the other, legal words aside; generic words alone name nobody."""
    a, b = sorted((_house(one), _house(other)), key=len)
    return bool(set(a) - _GENERIC) and b[: len(a)] == a


@lru_cache(maxsize=4096)
def _house(name: str) -> tuple[str, ...]:
    words = re.findall(r"[\w&]+", re.sub(r"[’']s\b", "", name).lower())
    return tuple(word for word in words if word not in _LEGAL)


def _telling(words: str) -> frozenset[str]:
    return frozenset(re.findall(r"[\w&]+", words.lower())) - _FILLERS
