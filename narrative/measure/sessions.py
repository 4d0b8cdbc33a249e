"""Trading sessions of the New York Stock Exchange (XNYS) and the rule that gives each instant one.

A session is labelled by its day. Its cut-off is its close less `cutoff_minutes`; an instant belongs to the
first session whose cut-off is strictly after it, so something read at exactly 16:00:00 New York time
belongs to the next one. Holidays, half days, daylight saving time and unscheduled closures are in the
table, not in arithmetic.

The table is `narrative/data/xnys.csv`, written by `write_sessions` from exchange_calendars. Reading it
needs neither that package nor pandas, which would cost the answer path half a second.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from narrative import bundled
from narrative.errors import NarrativeError

FIRST_DAY = date(1990, 1, 1)
LAST_DAY = date(2030, 12, 31)  # far enough for a view of today that stands for a year


class Sessions:
    """An ordered table of sessions. `calendar` names where it came from and goes with every exported row."""

    def __init__(self, rows: Sequence[tuple[date, datetime]], calendar: str) -> None:
        if not rows or any(a >= b for a, b in pairwise(rows)):
            raise NarrativeError(f"session table {calendar!r} is empty or out of order; reinstall narrative")
        self.calendar = calendar
        self.labels = tuple(label for label, _ in rows)
        self._closes = [close for _, close in rows]
        self._positions = {label: position for position, label in enumerate(self.labels)}
        self._begins = self.first.replace(day=1)

    @property
    def first(self) -> date:
        """The earliest session of the table."""
        return self.labels[0]

    @property
    def last(self) -> date:
        """The latest session of the table."""
        return self.labels[-1]

    def __contains__(self, day: object) -> bool:
        return day in self._positions

    def position(self, session: date) -> int:
        """Return the place of a session in `labels`. Raises NarrativeError for a day without trading."""
        try:
            return self._positions[session]
        except KeyError:
            if self.first <= session <= self.last:
                raise NarrativeError(f"{session} is not a trading session") from None
            raise self._outside(str(session)) from None

    def position_of(self, instant: datetime, cutoff_minutes: int = 0) -> int:
        """Return the place in `labels` of the session that `instant` belongs to; see `session_of`."""
        if instant.tzinfo is None:
            raise ValueError("sessions need an aware instant")
        seen = instant + timedelta(minutes=cutoff_minutes) if cutoff_minutes else instant
        position = bisect_right(self._closes, seen)
        if position == len(self.labels) or instant.date() < self._begins:
            raise self._outside(instant.isoformat())
        return position

    def session_of(self, instant: datetime, cutoff_minutes: int = 0) -> date:
        """Return the first session whose cut-off is strictly after `instant`; NarrativeError out of range."""
        return self.labels[self.position_of(instant, cutoff_minutes)]

    def cutoff(self, session: date, cutoff_minutes: int = 0) -> datetime:
        """Return the instant (UTC) from which nothing belongs to `session` any more."""
        return self._closes[self.position(session)] - timedelta(minutes=cutoff_minutes)

    def shift(self, session: date, count: int) -> date:
        """Return the session `count` later (earlier when negative). Raises NarrativeError out of range."""
        position = self.position(session) + count
        if not 0 <= position < len(self.labels):
            raise self._outside(f"{session} {count:+d} sessions")
        return self.labels[position]

    def distance(self, start: date, end: date) -> int:
        """Return the number of sessions from `start` to `end`, negative when `end` is earlier."""
        return self.position(end) - self.position(start)

    def between(self, start: date, end: date) -> tuple[date, ...]:
        """Return the sessions from day `start` to day `end`, both included; the days need not be sessions."""
        for day in (start, end):
            if not self._begins <= day <= self.last:
                raise self._outside(str(day))
        return self.labels[bisect_left(self.labels, start) : bisect_right(self.labels, end)]

    def last_until(self, day: date) -> int:
        """Return the place of the last session on or before `day`, within the table; -1 before its first."""
        return bisect_right(self.labels, day) - 1

    @staticmethod
    def week_of(session: date) -> str:
        """Return the ISO week of a session label, such as `2026-W03`."""
        year, week, _ = session.isocalendar()
        return f"{year}-W{week:02d}"

    @staticmethod
    def month_of(session: date) -> str:
        """Return the month of a session label, such as `2026-01`."""
        return f"{session:%Y-%m}"

    def _outside(self, what: str) -> NarrativeError:
        return NarrativeError(
            f"{what} is outside the trading calendar, which covers {self.first} to {self.last}"
        )


@lru_cache(maxsize=4)
def load_sessions(path: Path | None = None) -> Sessions:
    """Read a session table; without a path, the built-in one. Raises NarrativeError naming the file."""
    path = path or bundled.data("xnys.csv")
    try:
        title, _, *lines = path.read_text(encoding="ascii").splitlines()
        rows = [_row(line) for line in lines]
    except (OSError, ValueError) as error:
        raise NarrativeError(f"cannot read the session table {path}: {error}") from error
    return Sessions(rows, title.lstrip("# ").strip())


def _row(line: str) -> tuple[date, datetime]:
    day, _, close = line.partition(",")
    return date.fromisoformat(day), datetime.fromisoformat(f"{day}T{close}:00+00:00")


def xnys_table(first: date = FIRST_DAY, last: date = LAST_DAY) -> str:
    """Return the text of `xnys.csv` as exchange_calendars gives it: title, header, `session,close_utc`."""
    import exchange_calendars

    closes = exchange_calendars.get_calendar("XNYS", start=str(first), end=str(last)).closes
    title = f"# XNYS exchange_calendars {exchange_calendars.__version__}"
    rows = (f"{session:%Y-%m-%d},{close:%H:%M}" for session, close in closes.items())
    return "\n".join([title, "session,close_utc", *rows, ""])


def write_sessions(path: Path) -> None:
    """Write the session table anew, after an upgrade of exchange_calendars: a new version of the calendar.

    `python -c "from narrative import bundled; from narrative.measure.sessions import write_sessions as w;
    w(bundled.data('xnys.csv'))"`
    """
    draft = path.with_suffix(".new")
    draft.write_text(xnys_table(), encoding="ascii")
    draft.replace(path)
