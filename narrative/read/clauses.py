"""Clauses: the stretch of a sentence that a figure belongs to, and the words of change in it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import cast

from narrative.read.vocabulary import phrases
from narrative.terms import Direction

BLANK = "\x00"  # stands for what is masked, one for each character

_BOUNDARY = re.compile(
    r"[;:—(]\s?|\s–\s"
    r"|,\s(?:and|but|while|whereas|compared|versus|with|after|including|though|although|as|against|helped|led|from)\s"
    r"|\s(?:while|whereas|compared (?:to|with)|versus|vs\.?|against|and|but|than)\s|,\s(?=\w+ing\s)|,\s"
)
_RELATIVE = re.compile(r",\s(?:which|who|whose|a|an|the)\s[^,;]{3,90},")
_EXAMPLES = re.compile(
    r"\s(?:such as|including|like)\s.{3,140}?"
    r"(?=\s(?:have|has|had|are|were|is|was|will|would|could|rose|fell|gained|lost|surged|jumped|dropped)\s)"
)
_BETWEEN = re.compile(r"\bbetween\s[^,;]*$")
_CUT_AFTER = re.compile(r"[,;:—]|\s(?:and|while|but|versus|compared|from|to|against)\s|\d")
_PAIR = re.compile(r"(?:\band|,|\bto|\bor|\bversus|\bvs\.?)\s(?:\w+\s){0,4}$")
_REACH_BEFORE = 45  # characters between a word of change and the figure behind it
_BESIDE = 22  # nearer than this, the word before wins over the word behind
_REACH_PAIR = 70


def one_of(section: str, *names: str) -> str:
    """Pattern, not anchored, of any word or phrase of some lists."""
    found = {phrase for name in names for phrase in phrases(section, name)}
    return "|".join(re.escape(phrase) for phrase in sorted(found, key=lambda phrase: (-len(phrase), phrase)))


@lru_cache(maxsize=1)
def change() -> re.Pattern[str]:
    """A word of change; the group that matched is its direction."""
    flat = rf"{one_of('change', 'flat')}|(?:held|kept|left)(?=\s(?:[\w’'-]+\s){{0,5}}at\s)"
    return re.compile(
        rf"(?<![\w-])(?:(?P<up>{one_of('change', 'up')})|(?P<down>{one_of('change', 'down')})|(?P<flat>{flat}))(?![\w-])",
        re.IGNORECASE,
    )


@lru_cache(maxsize=1)
def verb() -> re.Pattern[str]:
    """A verb that a figure hangs on, with its auxiliaries and adverbs."""
    help_ = r"(?:has|have|had|is|are|was|were|will|would|could|can|should|may|might|to|be|been|being|also|still|only|just|now|already|even|further)"
    return re.compile(
        rf"(?<![\w-])(?:{help_}\s)*(?:{one_of('change', 'up', 'down', 'flat', 'links')})(?![\w-])",
        re.IGNORECASE,
    )


@lru_cache(maxsize=256)
def masked(sentence: str, at: int) -> str:
    """Return the sentence up to `at` with relative clauses, appositions and lists of examples blanked, lengths kept."""
    text = sentence[:at]
    for pattern in (_RELATIVE, _EXAMPLES):
        for match in pattern.finditer(sentence):
            if match.end() <= at:
                text = text[: match.start()] + BLANK * (match.end() - match.start()) + text[match.end() :]
    return text


def clause_start(sentence: str, at: int) -> int:
    """Return where the clause that holds `at` begins. An "and" or a comma with no verb behind it begins none."""
    text = masked(sentence, at)
    last = 0
    for match in _BOUNDARY.finditer(text, 0, at):
        weak = match.group().strip(" ,") in ("and", "than", "")
        if match.group() == " and " and _BETWEEN.search(text[last : match.start()]):
            continue
        if not weak or verb().search(text, match.end(), at):
            last = match.end()
    return last


def direction_of(sentence: str, start: int, end: int) -> Direction | None:
    """Return which way the figure at `sentence[start:end]` went: by the word beside it, in its own clause."""
    clause = sentence[clause_start(sentence, start) : start]
    behind = _change_behind(sentence, end)
    hits = list(change().finditer(clause))
    gap = len(clause) - hits[-1].end() if hits else _REACH_BEFORE + 1
    if gap <= (_BESIDE if behind else _REACH_BEFORE):
        return cast("Direction", hits[-1].lastgroup)
    return behind or _carried(sentence, start)


@lru_cache(maxsize=1)
def _behind_pattern() -> re.Pattern[str]:
    up, down = one_of("change", "up"), one_of("change", "down")
    return re.compile(
        rf"[\s-](?:(?P<more>more\b)|(?P<less>less\b|fewer\b|short\b|of reductions)"
        rf"|(?:[a-z][\w-]*\s){{0,2}}?(?:(?P<up>{up})|(?P<down>{down})))(?![\w-])",
        re.IGNORECASE,
    )


def _change_behind(sentence: str, end: int) -> Direction | None:
    rest = sentence[end : end + 50]
    cut = _CUT_AFTER.search(rest)
    match = _behind_pattern().match(rest[: cut.start()] if cut else rest)
    if match is None:
        return None
    return "up" if match.lastgroup in ("up", "more") else "down"


def _carried(sentence: str, start: int) -> Direction | None:
    """The second figure of a pair goes with the first: "a 17% gain for one and nearly 18% for the other"."""
    before = sentence[:start]
    hits = list(change().finditer(before)) if _PAIR.search(before) else []
    if not hits or start - hits[-1].start() > _REACH_PAIR:
        return None
    told = re.search(r"\d", before[max(0, hits[-1].start() - 12) :])
    return cast("Direction", hits[-1].lastgroup) if told else None
