"""How long a view stands when it says so: "this year", "next quarter", "six to 12 months", "by June".

Words become the last day of the period they name, seen from the day they were said. Words without a plain
period ("long term", "this cycle") give None, and the standard expiry holds.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache

Rule = Callable[[re.Match[str], date], date]

_NUMBERS = {
    word: number
    for number, words in {
        1: "a an one", 2: "two couple", 3: "three few several", 4: "four", 5: "five", 6: "six", 7: "seven",
        8: "eight", 9: "nine", 10: "ten", 12: "twelve", 18: "eighteen", 24: "twenty-four",
    }.items()
    for word in words.split()
}  # fmt: skip
_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "final": 4, "last": 4}
_LATE_HALVES = {"second", "back", "latter", "2"}
_NUMBER = rf"(?:\d{{1,2}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
_YEAR = r"(?:\W+(?:of\W+)?(?P<year>20\d\d))?"


@lru_cache(maxsize=8192)
def horizon_end(words: str | None, said: date) -> date | None:
    """Return the last day of the period that `words` name, seen from `said`; None when none is ahead."""
    named = _named_period(words) if words else None
    if named is None:
        return None
    rule, match = named
    end = rule(match, said)
    return end if end >= said else None


@lru_cache(maxsize=4096)
def _named_period(words: str) -> tuple[Rule, re.Match[str]] | None:
    """Return the first rule that knows the words, with what it matched; None when none does."""
    found = ((rule, pattern.search(words)) for pattern, rule in _RULES)
    return next(((rule, match) for rule, match in found if match), None)


@lru_cache(maxsize=1024)
def _month_end(year: int, month: int) -> date:
    """Return the last day of a month, where month 13 is January of the year after."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, calendar.monthrange(year, month)[1])


def _months_later(said: date, count: int) -> date:
    end = _month_end(said.year, said.month + count)
    return end.replace(day=min(said.day, end.day))


def _span(match: re.Match[str], said: date) -> date:
    """Add a count of units: "six months", "six to 12 months" (the longer), "coming weeks" (three)."""
    word = (match["count"] or "few").lower()
    count = int(word) if word.isdigit() else _NUMBERS[word]
    unit = match["unit"].lower()
    if unit in ("day", "week"):
        return said + timedelta(days=count * (7 if unit == "week" else 1))
    return _months_later(said, count * {"month": 1, "quarter": 3, "year": 12}[unit])


def _relative(match: re.Match[str], said: date) -> date:
    """Return the end of the calendar period ("this year", "rest of the month") or of the next one."""
    ahead = 1 if "next" in match["which"].lower() else 0
    unit = match["unit"].lower()
    if unit == "day":
        return said + timedelta(days=ahead)
    if unit == "week":
        return said + timedelta(days=6 - said.weekday() + 7 * ahead)
    if unit == "month":
        return _month_end(said.year, said.month + ahead)
    if unit == "quarter":
        return _month_end(said.year, (said.month - 1) // 3 * 3 + 3 + 3 * ahead)
    return date(said.year + ahead, 12, 31)


def _year_end(_match: re.Match[str], said: date) -> date:
    return date(said.year, 12, 31)


def _upcoming(month: int, match: re.Match[str], said: date) -> date:
    """Return the end of a month, of the named year or else the next one to come."""
    if match["year"]:
        return _month_end(int(match["year"]), month)
    end = _month_end(said.year, month)
    return end if end >= said else _month_end(said.year + 1, month)


def _quarter(match: re.Match[str], said: date) -> date:
    word = (match["digit"] or match["word"]).lower()
    return _upcoming(3 * (int(word) if word.isdigit() else _ORDINALS[word]), match, said)


def _half(match: re.Match[str], said: date) -> date:
    word = (match["digit"] or match["word"]).lower()
    return _upcoming(12 if word in _LATE_HALVES else 6, match, said)


def _named_month(match: re.Match[str], said: date) -> date:
    return _upcoming(_MONTHS[match["month"].lower()], match, said)


def _named_year(match: re.Match[str], _said: date) -> date:
    return date(int(match["year"]), 12, 31)


def _today(match: re.Match[str], said: date) -> date:
    return said + timedelta(days="morrow" in match.group().lower())


_ORDINAL = "|".join(_ORDINALS)
_UNIT = r"(?P<unit>day|week|month|quarter|year)"
_PATTERNS: tuple[tuple[Rule, str], ...] = (
    (_quarter, rf"\b(?:q(?P<digit>[1-4])|(?P<word>{_ORDINAL})[\s-]+quarter)\b{_YEAR}"),
    (_half, rf"\b(?:h(?P<digit>[12])|(?P<word>first|second|back|latter)[\s-]+half)\b{_YEAR}"),
    (_span, rf"\b(?P<count>{_NUMBER})[\s-]+(?:of\s+|more\s+)?{_UNIT}s?\b"),
    (_span, rf"\b(?:coming|next|following)\s+(?P<count>(?!))?{_UNIT}s\b"),
    (_relative, rf"\b(?P<which>next)[\s-]+{_UNIT}\b"),
    (_relative, rf"\b(?P<which>this|current|(?:end|rest|remainder)\s+of\s+(?:the|this))\s+{_UNIT}\b"),
    (_year_end, r"\byear[\s-]?end\b"),
    (
        _named_month,
        r"\b(?:by|in|until|till|through|before|of|into|during)\s+(?:late\s+|early\s+|mid-?\s*)?"
        rf"(?P<month>{'|'.join(_MONTHS)})\b{_YEAR}",
    ),
    (_named_year, r"\b(?P<year>20\d\d)\b"),
    (_today, r"\b(?:today|tomorrow)\b"),
)
_RULES = tuple((re.compile(pattern, re.IGNORECASE), rule) for rule, pattern in _PATTERNS)
