"""Finds the time window in a question: "since July", "last 30 days", "in 2024", "week of 14 July 2024".

A window is two days, both included, either of them open. A month or a day without a year is the latest one
that is not in the future. Days written as 14/7/2024 are not read: they mean two things.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from narrative.errors import UsageError

Days = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Period:
    """Days from and to, both included; None is open.

    `as_of` asks for what could be read by the end of a day, `known_at` for what the ledger knew by then. `now` tells
    that the window is the word "today", which beside what stands today is none.
    """

    since: date | None = None
    until: date | None = None
    as_of: date | None = None
    known_at: date | None = None
    now: bool = False

    @property
    def windowed(self) -> bool:
        """Whether it bounds when things were said."""
        return self.since is not None or self.until is not None

    def joined(self, other: Period) -> Period | None:
        """Return both in one, a window and a state of the ledger; None for two of a kind."""
        if self.windowed == other.windowed:
            return None
        window, state = (self, other) if self.windowed else (other, self)
        return Period(window.since, window.until, state.as_of, state.known_at, window.now)


_MONTHS = {name.lower(): n for n, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name.lower(): n for n, name in enumerate(calendar.month_abbr) if name} | {"sept": 9}
_NUMBERS = dict(
    zip(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
        range(1, 13),
        strict=True,
    )
) | {"a": 1, "couple of": 2, "a couple of": 2}
_MONTH_BACK = 30  # days in "over the last month"
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_WEEKDAYS = [name.lower() for name in calendar.day_name]
_UNITS = {"day": 1, "week": 7, "fortnight": 14}

_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
COUNT = r"\d{1,4}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True))
_ORDINAL = "|".join(_ORDINALS)
_YEAR = r"(?:19|20)\d\d"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_Build = Callable[[re.Match[str], date], Days]
_WHENS: dict[str, _Build] = {}


def _when(pattern: str) -> Callable[[_Build], _Build]:
    """Register how the words that `pattern` matches become a first and a last day."""

    def keep(function: _Build) -> _Build:
        _WHENS[pattern] = function
        return function

    return keep


@_when(rf"(?P<y>{_YEAR})-(?P<m>\d\d)-(?P<d>\d\d)")
def _iso_day(m: re.Match[str], _: date) -> Days:
    day = date(int(m["y"]), int(m["m"]), int(m["d"]))
    return day, day


@_when(rf"(?:(?P<y>{_YEAR})-?w(?P<w>\d{{1,2}})|week (?P<w2>\d{{1,2}}),? (?:of )?(?P<y2>{_YEAR}))")
def _iso_week(m: re.Match[str], _: date) -> Days:
    monday = date.fromisocalendar(int(m["y"] or m["y2"]), int(m["w"] or m["w2"]), 1)
    return monday, monday + timedelta(days=6)


@_when(rf"(?P<y>{_YEAR})-(?P<m>\d\d)(?![-\d])")
def _iso_month(m: re.Match[str], _: date) -> Days:
    return _month(int(m["y"]), int(m["m"]))


@_when(
    r"(?:the )?week (?:of|beginning|starting) "
    rf"(?:(?P<d>{_DAY}) (?:of )?(?P<m>{_MONTH})\.?|(?P<m2>{_MONTH})\.? (?P<d2>{_DAY}))"
    rf"(?:,? (?P<y>{_YEAR}))?"
)
def _week_of(m: re.Match[str], today: date) -> Days:
    return _week(_written_day(m, today))


@_when(rf"(?:the )?week (?:of|beginning|starting) (?P<y>{_YEAR})-(?P<m>\d\d)-(?P<d>\d\d)")
def _week_of_iso(m: re.Match[str], _: date) -> Days:
    return _week(date(int(m["y"]), int(m["m"]), int(m["d"])))


@_when(
    rf"(?:the )?(?:(?P<d>{_DAY}) (?:of )?(?P<m>{_MONTH})\.?|(?P<m2>{_MONTH})\.? (?P<d2>{_DAY}))"
    rf"(?:,? (?P<y>{_YEAR}))?"
)
def _day_of_month(m: re.Match[str], today: date) -> Days:
    day = _written_day(m, today)
    return day, day


@_when(rf"(?:the )?(?:q(?P<q>[1-4])|(?P<o>{_ORDINAL}) quarter)(?:,? (?:of )?(?P<y>{_YEAR}))?")
def _quarter_words(m: re.Match[str], today: date) -> Days:
    number = int(m["q"]) if m["q"] else _ORDINALS[m["o"]]
    year = int(m["y"]) if m["y"] else today.year - (3 * number - 2 > today.month)
    return date(year, 3 * number - 2, 1), _month(year, 3 * number)[1]


@_when(rf"(?:h(?P<h>[12])|the (?P<o>first|second) half(?: of)?) (?P<y>{_YEAR})")
def _half(m: re.Match[str], _: date) -> Days:
    last = 6 * (int(m["h"]) if m["h"] else _ORDINALS[m["o"]])
    return date(int(m["y"]), last - 5, 1), _month(int(m["y"]), last)[1]


@_when(rf"(?P<m>{_MONTH})\.?(?:,? (?:of )?(?P<y>{_YEAR}))?(?! \d)")
def _named_month(m: re.Match[str], today: date) -> Days:
    number = _MONTHS[m["m"]]
    return _month(int(m["y"]) if m["y"] else today.year - (number > today.month), number)


@_when(rf"(?P<y>{_YEAR})(?![-\d])")
def _year_number(m: re.Match[str], _: date) -> Days:
    return date(int(m["y"]), 1, 1), date(int(m["y"]), 12, 31)


@_when(r"the (?:start|beginning) of (?:the|this) (?P<u>year|month|quarter|week)")
def _start_of(m: re.Match[str], today: date) -> Days:
    first = _calendar(m["u"], today)[0]
    return first, first


@_when(r"(?P<w>this|last|previous) (?P<u>year|month|quarter|week)")
def _calendar_unit(m: re.Match[str], today: date) -> Days:
    days = _calendar(m["u"], today)
    return days if m["w"] == "this" else _calendar(m["u"], days[0] - timedelta(days=1))


@_when(rf"(?P<n>{COUNT}) (?P<u>day|week|fortnight|month|quarter|year)s? ago")
def _ago(m: re.Match[str], today: date) -> Days:
    day = _back(m["n"], m["u"], today)
    return day, day


@_when(rf"(?:(?P<l>last|previous) )?(?P<w>{'|'.join(_WEEKDAYS)})")
def _weekday(m: re.Match[str], today: date) -> Days:
    """Return the latest such day, with "last" the latest before today."""
    back = (today.weekday() - _WEEKDAYS.index(m["w"])) % 7
    day = today - timedelta(days=back or (7 if m["l"] else 0))
    return day, day


@_when(r"(?P<w>yesterday|today)")
def _near_day(m: re.Match[str], today: date) -> Days:
    day = today - timedelta(days=m["w"] == "yesterday")
    return day, day


_ANY = "|".join(f"(?:{re.sub(r'[?]P<[a-z0-9]+>', '?:', pattern)})" for pattern in _WHENS)
_ROLLING = re.compile(
    rf"\b(?:(?:in|over|during|within|for) )?(?P<the>the )?(?:last|past|previous) (?:(?P<n>{COUNT}) )?"
    r"(?P<u>day|week|fortnight|month|quarter|year)(?P<s>s?)\b"
)
_BETWEEN = re.compile(rf"\b(?:between|from) (?P<a>{_ANY}) (?:and|to|until|through) (?P<b>{_ANY})(?![\w-])")
_YTD = re.compile(r"\b(?:ytd|(?:the )?year[- ]to[- ]date|so far this year)\b")
_SIDED = re.compile(
    rf"\b(?P<p>as of|as at|(?:as )?known (?:on|at|by)|since|after|before|until|till|up to|by|starting in|starting|from)"
    rf" (?P<a>{_ANY})(?: onwards?)?(?![\w-])"
)
_BARE = "|".join(  # a year or a month alone may be a name ("Russell 2000") or a verb ("may")
    f"(?:{re.sub(r'[?]P<[a-z0-9]+>', '?:', pattern)})"
    for pattern, build in _WHENS.items()
    if build not in (_named_month, _year_number)
)
_WITHIN = re.compile(rf"\b(?:(?:in|during|on|over|for|throughout) (?P<a>{_ANY})|(?P<b>{_BARE}))(?![\w-])")


_TIMES = (
    "since last past previous days weeks months quarters years week month quarter year yesterday today before "
    "after until between during throughout"
)
WORDS = frozenset((*_MONTHS, *_WEEKDAYS, *_TIMES.split()))


def find_period(text: str, today: date) -> tuple[Period | None, str]:
    """Return the window that `text` (single spaces, any case) names, and the text with `|` in its place.

    None when it names none. Raises UsageError for a day that does not exist, a window that begins in the
    future or ends before it begins, and for two times other than a window and a state of the ledger.
    """
    try:
        period, rest = _find(text, today)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"no such day in {text!r}; write it like 2026-01-14") from error
    if period is None:
        return None, text
    second, rest = _find(rest, today)
    joined = period.joined(second) if second else period
    if joined is None or _find(rest, today)[0] is not None:
        raise UsageError(f"two times in {text!r}; ask with one, like since July or in 2024")
    period = joined
    first = max(filter(None, (period.since, period.as_of, period.known_at)), default=None)
    if first is not None and first > today:
        raise UsageError(f"{first} in {text!r} lies in the future; today is {today}")
    if period.since and period.until and period.since > period.until:
        raise UsageError(f"{period.since} to {period.until} in {text!r} runs backwards; swap the two")
    return period, rest


def _find(text: str, today: date) -> tuple[Period | None, str]:
    for pattern, build in (
        (_BETWEEN, _between),
        (_YTD, _year_to_date),
        (_SIDED, _sided),
        (_ROLLING, _rolling),
        (_WITHIN, _within),
    ):
        match = pattern.search(_lower(text))
        if match:
            return build(match, today), " ".join(f"{text[: match.start()]} | {text[match.end() :]}".split())
    return None, text


def _lower(text: str) -> str:
    """Lower case, letter by letter, so that offsets stay."""
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


def _between(m: re.Match[str], today: date) -> Period:
    return Period(_days(m["a"], today)[0], _days(m["b"], today)[1])


def _year_to_date(_: re.Match[str], today: date) -> Period:
    return Period(date(today.year, 1, 1))


def _sided(m: re.Match[str], today: date) -> Period:
    first, last = _days(m["a"], today)
    word = m["p"]
    state = min(last, today) if first <= today else first
    if word in ("as of", "as at"):
        return Period(as_of=state)
    if "known" in word:
        return Period(known_at=state)
    if word == "after":
        return Period(since=last + timedelta(days=1))
    if word == "before":
        return Period(until=first - timedelta(days=1))
    return Period(until=last) if word in ("until", "till", "up to", "by") else Period(since=first)


def _rolling(m: re.Match[str], today: date) -> Period:
    """Return a count of units back from today; "last month" is that of the calendar, "over the last month" 30 days."""
    words = m[0].split()
    rolls = "past" in words or words[0] in ("over", "within", "for") or (m["the"] and words[0] != "the")
    if m["n"] is None and not m["s"] and rolls and m["u"] == "month":
        return Period(since=today - timedelta(days=_MONTH_BACK))
    if m["n"] is None and not m["s"] and not rolls:
        days = _calendar(m["u"], today)
        return Period(*_calendar(m["u"], days[0] - timedelta(days=1)))
    return Period(since=_back(m["n"] or "one", m["u"], today))


def _within(m: re.Match[str], today: date) -> Period:
    return Period(*_days(m["a"] or m["b"], today), now=m["b"] == "today")


def _days(words: str, today: date) -> Days:
    for pattern, build in _WHENS.items():
        match = re.fullmatch(pattern, words)
        if match:
            return build(match, today)
    raise ValueError(words)


def _back(count: str, unit: str, today: date) -> date:
    return moved(today, -number_of(count), unit)


def number_of(count: str) -> int:
    """Return a count in digits or words."""
    return _NUMBERS.get(count) or int(count)


def moved(day: date, number: int, unit: str) -> date:
    """Return the day `number` units later; months keep the day of the month where it exists."""
    if unit in _UNITS:
        return day + timedelta(days=number * _UNITS[unit])
    months = number * {"month": 1, "quarter": 3, "year": 12}[unit]
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _calendar(unit: str, day: date) -> Days:
    if unit == "week":
        return _week(day)
    if unit == "fortnight":
        return _week(day)[0] - timedelta(days=7), _week(day)[1]
    if unit == "day":
        return day, day
    if unit == "month":
        return _month(day.year, day.month)
    if unit == "year":
        return date(day.year, 1, 1), date(day.year, 12, 31)
    first = 3 * ((day.month - 1) // 3) + 1
    return date(day.year, first, 1), _month(day.year, first + 2)[1]


def _week(day: date) -> Days:
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def _month(year: int, month: int) -> Days:
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _written_day(m: re.Match[str], today: date) -> date:
    number = int(re.sub(r"\D", "", m["d"] or m["d2"]))
    month = _MONTHS[m["m"] or m["m2"]]
    if m["y"]:
        return date(int(m["y"]), month, number)
    return date(today.year - ((month, number) > (today.month, today.day)), month, number)
