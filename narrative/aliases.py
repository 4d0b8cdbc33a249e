"""What the names of targets match in the statements of a ledger, and what they nearly match.

A name matches where the reader finds it (`Targets.find`), so a longer name of another target wins. It nearly matches where
its words stand otherwise: in another order, with up to two words between them, with another ending, one letter off, or in
other letter case where case counts. What comes near is a hint for whoever writes the names, never a view.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from narrative.ledger.spoken import Spoken
from narrative.targets import Target, Targets

_WORD = re.compile(r"[^\W_]+(?:[’'&.][^\W_]+)*")
_BETWEEN = 2  # words that may stand between those of a name
_STEM = 5  # letters from which words with the same beginning, or one letter apart, are taken for forms of one
_EXAMPLES = 200  # kept of each kind, to be shown in part


@dataclass(frozen=True, slots=True)
class Hit:
    """Words in one statement: as they stand there, and the whole statement."""

    words: str
    spoken: Spoken


@dataclass(slots=True)
class Matches:
    """What the names of one target came to. `judged` of the `statements` that name it have a view on it.

    `by_words` counts the words matched as they stand, lower case; `elsewhere` the names that a name of another target took.
    """

    target: Target
    statements: int = 0
    judged: int = 0
    by_words: Counter[str] = field(default_factory=Counter)
    examples: list[Hit] = field(default_factory=list)
    near: Counter[str] = field(default_factory=Counter)
    near_examples: list[Hit] = field(default_factory=list)
    shared: dict[str, str] = field(default_factory=dict)


def check(spoken: Iterable[Spoken], targets: Targets, wanted: Sequence[str]) -> tuple[Matches, ...]:
    """Look through statements for the names of some targets, given by id. Raises UsageError for an unknown one."""
    found = {target: Matches(targets[target]) for target in wanted}
    names = {target: _names(targets[target]) for target in wanted}
    for matches in found.values():
        matches.shared = _shared(matches.target, targets)
    for one in spoken:
        hits = targets.find(one.words)
        for target, matches in found.items():
            mine = [hit.words for hit in hits if hit.target == target]
            if mine:
                _matched(matches, one, mine)
            elif near := next(filter(None, (_near(one.words, name) for name in names[target])), None):
                matches.near[near.lower()] += 1
                if len(matches.near_examples) < _EXAMPLES:
                    matches.near_examples.append(Hit(near, one))
    return tuple(found.values())


def _matched(matches: Matches, spoken: Spoken, words: Sequence[str]) -> None:
    matches.statements += 1
    matches.judged += matches.target.id in spoken.targets
    matches.by_words.update({" ".join(each.lower().split()) for each in words})
    if len(matches.examples) < _EXAMPLES:
        matches.examples.append(Hit(words[0], spoken))


def _shared(target: Target, targets: Targets) -> dict[str, str]:
    """Return the names of a target that, standing alone, are found as a name of another one."""
    found = {}
    for name in (*target.aliases, *target.members):
        whole = name.replace(" ~ ", " ").removeprefix("the ")
        for hit in targets.find(whole):
            if hit.span == (0, len(whole)) and hit.target != target.id:
                found[name] = hit.target
    return found


def _names(target: Target) -> tuple[tuple[str, ...], ...]:
    """Return the names of a target as words in lower case; general words and styles come near everywhere and are left out."""
    named = (target.name, *target.aliases, *target.members)
    return tuple(dict.fromkeys(tuple(_WORD.findall(name.replace("-", " ").lower())) for name in named))


def _near(text: str, name: Sequence[str]) -> str | None:
    """Return the words of a text that come near a name, as they stand there, or None."""
    if not name:
        return None
    places = [(match.start(), match.end(), match.group().lower()) for match in _WORD.finditer(text)]
    if not all(any(_alike(word, place[2]) for place in places) for word in name):
        return None
    reach = len(name) + (_BETWEEN if len(name) > 1 else 0)
    for first in range(len(places)):
        window = places[first : first + reach]
        if len(window) < len(name) or not any(_alike(word, window[0][2]) for word in name):
            continue
        taken = _seats(name, [place[2] for place in window])
        if taken is not None:
            return text[window[0][0] : window[taken][1]]
    return None


def _seats(name: Sequence[str], window: Sequence[str]) -> int | None:
    """Return the place of the last word of a window that a name needs, a seat for each of its words; None without."""
    free = list(range(len(window)))
    last = 0
    for word in name:
        seat = next((place for place in free if _alike(word, window[place])), None)
        if seat is None:
            return None
        free.remove(seat)
        last = max(last, seat)
    return last


def _alike(word: str, other: str) -> bool:
    """Whether two words in lower case are the same, forms of one word, or one letter apart."""
    if word == other:
        return True
    shorter, longer = sorted((word, other), key=len)
    if len(longer) - len(shorter) > 2 or len(shorter) < _STEM:
        return False
    return longer.startswith(shorter[: max(_STEM, len(shorter) - 1)]) or _one_letter_apart(shorter, longer)


def _one_letter_apart(shorter: str, longer: str) -> bool:
    """Whether one letter put in, taken out, changed or changed over with its neighbour makes the words one."""
    if len(longer) - len(shorter) > 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(shorter, longer, strict=False)) if a != b), len(shorter))
    if len(shorter) < len(longer):
        return shorter[at:] == longer[at + 1 :]
    return shorter[at + 1 :] == longer[at + 1 :] or (
        shorter[at : at + 2] == longer[at : at + 2][::-1] and shorter[at + 2 :] == longer[at + 2 :]
    )
