"""Publication times: every claim about one page, the one to believe, and the doubts about it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from narrative.terms import Claim, Origin

_COUNT = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
}
_AGO = re.compile(
    r"(?<![\w-])(?:(?:about|almost|over|nearly)\s)?(?P<count>\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten)\s?"
    r"(?P<unit>second|sec|minute|min|hour|hr|day|week|month|h|m|d|w)s?\.?\sago(?!\w)",
    re.IGNORECASE,
)
_HOURS = {
    "second": 0.0,
    "sec": 0.0,
    "minute": 1 / 60,
    "min": 1 / 60,
    "m": 1 / 60,
    "hour": 1.0,
    "hr": 1.0,
    "h": 1.0,
}
_DAYS = {"day": 1, "d": 1, "week": 7, "w": 7, "month": 30}
_W3C = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})(?:[T\s]\s*(?P<time>\d{1,2}:\d{2}(?::\d{2})?)(?:[.,]\d+)?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?.*",
    re.IGNORECASE | re.DOTALL,
)
_ORDER: tuple[tuple[Origin, str], ...] = (
    ("given", "instant"),
    ("given", "day"),
    ("json-ld", "instant"),
    ("meta", "instant"),
    ("feed", "instant"),
    ("json-ld", "day"),
    ("meta", "day"),
    ("page", "day"),
    ("feed", "day"),
    ("relative", "instant"),
    ("relative", "day"),
)
_YEARS = range(1985, 9999)  # the web's first, and one before the calendar's last, so that zones can be added
_ALLOWANCE = timedelta(minutes=10)  # clocks of servers differ
_ZONELESS = timedelta(hours=14)  # the furthest that a time without a zone can lie from UTC


def stated(text: str, origin: Origin) -> Claim | None:
    """Return the claim of a date as machines write it (ISO 8601), or None for anything else.

    A time without a zone is taken as UTC, with `zone_known` False. A year before the web's is no claim.
    """
    match = _W3C.match(text.strip())
    if match is None:
        return None
    if int(match["day"][:4]) not in _YEARS:
        return None  # what a content system prints for "no date": 0001-01-01, 1970-01-01
    try:
        if match["time"] is None:
            return Claim(date.fromisoformat(match["day"]), origin, zone_known=False)
        clock = match["time"] if len(match["time"].split(":")[0]) == 2 else f"0{match['time']}"
        zone = (match["zone"] or "").upper().replace("UTC", "Z").replace("GMT", "Z")
        moment = datetime.fromisoformat(f"{match['day']}T{clock}{zone.replace('Z', '+00:00')}")
        offset = moment.utcoffset()
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        minutes = None if offset is None else offset // timedelta(minutes=1)
        return Claim(moment.astimezone(UTC), origin, bool(zone), minutes)
    except (ValueError, OverflowError):
        return None


def relative(text: str, seen_at: datetime) -> Claim | None:
    """Return the claim of "11 hours ago", counted back from when the page was seen; days and weeks give a day.

    An age beyond the web's is none.
    """
    match = _AGO.search(text)
    if match is None:
        return None
    count = _COUNT.get(match["count"].lower()) or int(match["count"]) if match["count"] != "0" else 0
    unit = match["unit"].lower()
    if unit in _HOURS:
        return Claim(seen_at - timedelta(hours=count * _HOURS[unit]), "relative")
    day = (seen_at - timedelta(days=count * _DAYS[unit])).date()
    return Claim(day, "relative") if day.year in _YEARS else None


def chosen(claims: Sequence[Claim]) -> Claim | None:
    """Return the claim to believe: instants before days, the page's own words to machines before what is found in its text."""
    ranked = {key: rank for rank, key in enumerate(_ORDER)}
    usable = [claim for claim in claims if (claim.origin, claim.precision) in ranked]
    return min(usable, key=lambda claim: ranked[claim.origin, claim.precision], default=None)


def doubts(claims: Sequence[Claim], best: Claim | None, seen_at: datetime | None) -> tuple[str, ...]:
    """Return what is doubtful.

    "future_date": the best claim lies after `seen_at`; "dates_disagree": two claims lie more than a day apart.
    """
    out = []
    if best and seen_at and _is_future(best, seen_at):
        out.append("future_date")
    days = [_day(claim) for claim in claims if claim.origin != "relative"]
    if days and max(days) - min(days) > timedelta(days=1):
        out.append("dates_disagree")
    return tuple(out)


def _is_future(claim: Claim, seen_at: datetime) -> bool:
    if isinstance(claim.value, datetime):
        return claim.value > seen_at + (_ALLOWANCE if claim.zone_known else _ZONELESS)
    return claim.value > (seen_at + _ZONELESS).date()


def _day(claim: Claim) -> date:
    return claim.value.date() if isinstance(claim.value, datetime) else claim.value
