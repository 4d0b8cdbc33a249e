"""Dates as feeds write them: RFC 822 with its zone names, W3C date-times, and what is missing from either."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_tz

from narrative.terms import Claim

_W3C = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[Tt ](?P<time>\d{2}:\d{2}(?::\d{2})?)(?:[.,]\d+)?\s*(?P<zone>[Zz]|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
)
_ZONE = re.compile(r"(?<=[\d\s])(?P<name>[A-Za-z]{1,5})$|(?P<offset>[+-]\d{2}:?\d{2})(?:\s*\([^)]*\))?$")
_SLASHES = re.compile(r"^(\d{4})/(\d{2})/(\d{2})(?!\d)")
_CLOCK = re.compile(r"\d:\d\d")
_LONGEST = 200  # characters of a date
_YEARS = range(1985, 9999)  # before them lies what is printed for "no date", behind them the calendar ends
# Hours east of Greenwich. IST is left out: India, Ireland and Israel all use it. BST is Britain's.
_HOURS = {
    "UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7,
    "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10, "AST": -4, "ADT": -3, "BST": 1,
    "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "JST": 9, "KST": 9, "HKT": 8, "SGT": 8,
    "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip


def feed_claim(text: str) -> Claim | None:
    """Return the publication time that `text` states, with origin "feed"; None when it states no day.

    A time without a zone is taken as UTC with `zone_known` False; a day without a time has day precision. A
    year or a month alone is no claim, because a Claim has no such precision; nor is a year before the web's.
    """
    if len(text) > _LONGEST:
        return None
    text = _SLASHES.sub(r"\1-\2-\3", " ".join(text.split()))
    try:
        return _usable(_w3c(text) or _rfc822(text))
    except (ValueError, OverflowError, TypeError):
        return None


def _usable(claim: Claim | None) -> Claim | None:
    return claim if claim is not None and claim.value.year in _YEARS else None


def _w3c(text: str) -> Claim | None:
    match = _W3C.fullmatch(text)
    if match is None:
        return None
    if match["time"] is None:
        return Claim(date.fromisoformat(match["day"]), "feed", zone_known=False)
    moment = datetime.fromisoformat(f"{match['day']}T{match['time']}")
    return _instant(moment, _offset(f" {match['zone']}") if match["zone"] else None)


def _rfc822(text: str) -> Claim | None:
    timed = _CLOCK.search(text) is not None
    fields = parsedate_tz(text if timed else f"{text} 00:00:00")
    if fields is None:
        return None
    if not timed:
        return Claim(date(*fields[:3]), "feed", zone_known=False)
    return _instant(datetime(*fields[:6]), _offset(text))  # noqa: DTZ001 - the zone is joined in _instant


def _instant(moment: datetime, offset: timedelta | None) -> Claim:
    zone = timezone(offset or timedelta())
    return Claim(moment.replace(tzinfo=zone).astimezone(UTC), "feed", zone_known=offset is not None)


def _offset(text: str) -> timedelta | None:
    """Return the offset that ends `text`, None for a missing or unknown zone (RFC 2822: -0000 is unknown)."""
    match = _ZONE.search(text)
    if match is None or match["offset"] == "-0000":
        return None
    if match["name"]:
        hours = _HOURS.get(match["name"].upper())
        return None if hours is None else timedelta(hours=hours)
    sign = -1 if match["offset"][0] == "-" else 1
    digits = match["offset"][1:].replace(":", "")
    return sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
