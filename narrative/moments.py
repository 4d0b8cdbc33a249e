"""Moments of a question: now, as of, known at, the end of a day in New York, the last closed session."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from narrative.clock import Clock, SystemClock
from narrative.errors import NarrativeError
from narrative.measure.sessions import Sessions
from narrative.targets import Narrative

_NEW_YORK = ZoneInfo("America/New_York")


def moment(as_of: datetime | None, known_at: datetime | None, clock: Clock | None) -> datetime:
    """Return the instant at which an answer is given: the earlier of the two limits, without any the clock's now."""
    limits = [limit for limit in (as_of, known_at) if limit is not None]
    return min(limits) if limits else (clock or SystemClock()).now()


def day_at(instant: datetime) -> date:
    """Return the day in New York at an instant: at `end_of` a day it is that day."""
    return instant.astimezone(_NEW_YORK).date()


def end_of(day: date) -> datetime:
    """Return the last instant of a day in New York, in UTC."""
    start = datetime.combine(day + timedelta(days=1), time(), _NEW_YORK)
    return start.astimezone(UTC) - timedelta(microseconds=1)


def day_end(day: date | None) -> datetime | None:
    """Return `end_of` a day, None for no day."""
    return None if day is None else end_of(day)


def last_closed(sessions: Sessions, now: datetime) -> date:
    """Return the last session whose cut-off has passed."""
    return sessions.shift(sessions.session_of(now), -1)


class NothingYetError(NarrativeError):
    """There is no session to measure: no view, or none that a closed session could have known."""

    def __init__(self, story: Narrative, first: datetime | None) -> None:
        if first is not None:
            super().__init__(
                f"no session has closed since the first view could be read ({first:%Y-%m-%d}); "
                "old articles take their publication for that time when they are added with --trust-dates"
            )
        else:
            super().__init__(
                f"the ledger holds no views on {', '.join(story.legs)}; crawl or add pages first"
            )
