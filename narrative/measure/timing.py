"""When a ledger row was said, from when it counts, and whether it is dated.

A view ages from its publication and counts from its availability. A day without a clock time stands for its
last second in New York, never later than the moment the text was read.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from zoneinfo import ZoneInfo

from narrative.measure.judged import Judged
from narrative.terms import Claim

NEW_YORK = ZoneInfo("America/New_York")
CLOCK_SKEW = timedelta(minutes=10)  # how far an honest publisher's clock may run ahead of the crawler's
_LAST_SECOND = clock_time(23, 59, 59)


def claimed_instant(claim: Claim) -> datetime:
    """Return the instant a claim names; for a day, 23:59:59 New York time of that day."""
    if isinstance(claim.value, datetime):
        return claim.value
    return end_of_day(claim.value)


def end_of_day(day: date) -> datetime:
    """Return the last second of a day in New York, in UTC."""
    return datetime.combine(day, _LAST_SECOND, NEW_YORK).astimezone(UTC)


def dated(entry: Judged) -> bool:
    """Whether the row has a publication time that is not in the future of the moment it was read."""
    claim = entry.published
    if entry.undated or claim is None:
        return False
    if isinstance(claim.value, datetime):
        return claim.value <= entry.available_at + CLOCK_SKEW
    # A day has begun somewhere in the world up to 14 hours before it begins in UTC.
    return claim.value <= (entry.available_at.astimezone(UTC) + timedelta(hours=14)).date()


def said_at(entry: Judged) -> datetime:
    """Return the instant a view ages from: its publication, else its availability."""
    if entry.undated or entry.published is None:
        return entry.available_at
    return min(claimed_instant(entry.published), entry.available_at)


def counts_from(entry: Judged) -> datetime:
    """Return the instant a view may be used from: its availability, not before its publication."""
    claim = entry.published
    if claim is None or not isinstance(claim.value, datetime) or claim.value <= entry.available_at:
        return entry.available_at
    return claim.value if dated(entry) else entry.available_at
