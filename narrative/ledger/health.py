"""How the crawl is doing at a moment: each feed against its own habit, the pages it left, drift by week.

Computed from the rows of polls, links, fetches, captures, results, statements and views; nothing is stored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from sqlite3 import Row
from statistics import median
from typing import Literal

from narrative.ledger import columns
from narrative.ledger.opening import Part, Store
from narrative.ledger.stories import period

State = Literal["stopped", "failing", "silent", "unwatched", "stumbled", "well", "never polled"]

FAILING_AFTER = 3  # failed polls in a row
SILENT_AFTER = 3  # usual gaps without a new entry
WINDOW = timedelta(days=28)
WEEKS = 8
ASSUMED_GAP = timedelta(days=7)  # of a feed that has not shown its habit yet
_HABIT = 28  # gaps, the latest ones, that make a habit
_FEWEST_GAPS = 3
_DAY = timedelta(days=1)
_FIRST_MONDAY = datetime(1, 1, 1, tzinfo=UTC)  # the calendar begins with a Monday


@dataclass(frozen=True, slots=True)
class Failure:
    """One poll that brought no feed; `note` is what the crawler wrote down about it."""

    at: datetime
    outcome: str
    status: int | None
    note: str


@dataclass(frozen=True, slots=True)
class Pages:
    """Pages by what became of them: `waiting` and `unread` as it stands now, the others within the window.

    `passed_over` were fetched and gave no article, each with a reason in the ledger.
    """

    read: int = 0
    teasers: int = 0
    passed_over: int = 0
    refused: int = 0  # by robots.txt
    reserved: int = 0  # by their site's word on machines
    given_up: int = 0
    waiting: int = 0  # for a retry
    unread: int = 0

    def __add__(self, other: Pages) -> Pages:
        return Pages(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """One feed. An entry is an address that the feed had not announced before.

    It is new when it is first seen; what the very first good poll found is as old as its own date says, and
    of unknown age without one. `quiet_since` is the last new entry, else the first poll. The usual gap lies
    between days that brought something, never under a day, None while there are too few; `weekends` says
    whether Saturdays and Sundays count in it, which they do not for a feed that rests on them.
    """

    feed: str
    state: State = "never polled"
    polls: int = 0
    last_poll: datetime | None = None
    last_success: datetime | None = None
    next_poll: datetime | None = None
    failures: int = 0  # polls in a row, up to now
    last_failure: Failure | None = None
    stop: str | None = None
    last_new: datetime | None = None
    quiet_since: datetime | None = None
    usual_gap: timedelta | None = None
    weekends: bool = True
    usual: float | None = None  # new entries a day over the window; None when known for less than a day
    last_day: int = 0  # new entries in the last 24 hours
    last_week: int = 0  # and in the last 7 days
    pages: Pages = field(default_factory=Pages)

    @property
    def broken(self) -> bool:
        """Whether somebody has to look: stopped, failing, silent, or not looked at for as long."""
        return self.state in ("stopped", "failing", "silent", "unwatched")


@dataclass(frozen=True, slots=True)
class Week:
    """What one vintage read of the articles that became available in a week from Monday, UTC.

    `unresolved` statements have neither speaker nor firm; repeats of a body on its own page are left out.
    """

    vintage: str
    model: str
    targets: str
    monday: date
    articles: int = 0
    statements: int = 0
    unresolved: int = 0
    views: int = 0
    abstained: int = 0

    @property
    def label(self) -> str:
        """The ISO week, such as 2026-W03."""
        return f"{self.monday:%G-W%V}"

    @property
    def unresolved_share(self) -> float | None:
        """Unresolved statements among all, in [0, 1]; None without a statement."""
        return self.unresolved / self.statements if self.statements else None

    @property
    def abstained_share(self) -> float | None:
        """Abstained views among all, in [0, 1]; None without a view."""
        return self.abstained / self.views if self.views else None


@dataclass(frozen=True, slots=True)
class Health:
    """The whole crawl at a moment. `pages` counts those that came from no feed too."""

    at: datetime
    feeds: tuple[FeedHealth, ...]
    pages: Pages
    weeks: tuple[Week, ...]
    empty: bool  # nothing was ever polled, fetched or added


def health(ledger: Part, now: datetime, listed: Iterable[str] = ()) -> Health:
    """Return how the crawl is doing at `now`: the `listed` feeds in their order, then the others polled before."""
    store = ledger.store
    polled = {str(row["url"]): row for row in store.rows(_POLLS)}
    pages = _pages(store, now - WINDOW)
    arrivals = _arrivals(store, polled)
    feeds = tuple(
        _feed(polled[url], arrivals[url], pages[url], now) if url in polled else FeedHealth(url)
        for url in dict.fromkeys((*listed, *polled))
    )
    return Health(
        now, feeds, sum(pages.values(), Pages()), _weeks(store, now), empty=not store.value(_ANYTHING)
    )


_ANYTHING = (
    "SELECT EXISTS(SELECT 1 FROM polls) OR EXISTS(SELECT 1 FROM captures) OR EXISTS(SELECT 1 FROM articles)"
)

# --- feeds -----------------------------------------------------------------------------------------------

_POLLS = """
WITH good AS (SELECT feed, min(number) AS first, max(number) AS last FROM polls
              WHERE outcome IN ('ok', 'not_modified') GROUP BY feed),
     told AS (
         SELECT f.url, f.polled_at, f.next_at, f.stop, count(*) AS polls, min(p.at) AS begun_at,
                max(CASE WHEN p.number = g.last THEN p.at END) AS heard_at,
                min(CASE WHEN p.number > g.first THEN p.at END) AS second_at,
                sum(p.number > coalesce(g.last, 0)) AS failures,
                max(CASE WHEN p.outcome NOT IN ('ok', 'not_modified') THEN p.number END) AS failed
         FROM feeds f JOIN polls p ON p.feed = f.url LEFT JOIN good g ON g.feed = f.url GROUP BY f.url)
SELECT told.*, e.at AS failed_at, e.outcome, e.status, e.note
FROM told LEFT JOIN polls e ON e.number = told.failed ORDER BY told.url
"""

# The other columns are those of the row with the minimum: SQLite promises that.
_ENTRIES = """
SELECT feed, min(first_seen_at) AS seen, published, published_origin, published_zone
FROM links WHERE url <> '' GROUP BY feed, url
"""


def _arrivals(store: Store, polled: Mapping[str, Row]) -> defaultdict[str, list[datetime]]:
    """Return for each polled feed when its entries were new, in order; those of unknown age are left out."""
    found: defaultdict[str, list[datetime]] = defaultdict(list)
    for row in store.rows(_ENTRIES):
        poll = polled.get(row["feed"])
        if poll is None:
            continue
        moment = columns.instant(row["seen"])
        if poll["second_at"] is None or row["seen"] < poll["second_at"]:
            claim = columns.claim(row["published"], row["published_origin"], row["published_zone"])
            if claim is None:
                continue
            moment = min(moment, period(claim, moment).start)
        found[row["feed"]].append(moment)
    for moments in found.values():
        moments.sort()
    return found


def _feed(row: Row, arrivals: Sequence[datetime], pages: Pages, now: datetime) -> FeedHealth:
    begun, heard = columns.instant(row["begun_at"]), columns.instant_or_none(row["heard_at"])
    last_new = arrivals[-1] if arrivals else None
    gap, weekends = _habit(arrivals)
    failure = None
    if row["failed"] is not None:
        failure = Failure(columns.instant(row["failed_at"]), row["outcome"], row["status"], row["note"])
    return FeedHealth(
        feed=row["url"],
        state=_state(row, last_new or begun, heard, gap or ASSUMED_GAP, weekends=weekends, now=now),
        polls=row["polls"],
        last_poll=columns.instant(row["polled_at"]),
        last_success=heard,
        next_poll=columns.instant(row["next_at"]),
        failures=row["failures"],
        last_failure=failure,
        stop=row["stop"],
        last_new=last_new,
        quiet_since=last_new or begun,
        usual_gap=gap,
        weekends=weekends,
        usual=_usual(arrivals, begun, now),
        last_day=sum(moment > now - _DAY for moment in arrivals),
        last_week=sum(moment > now - 7 * _DAY for moment in arrivals),
        pages=pages,
    )


def _state(
    row: Row, quiet_since: datetime, heard: datetime | None, gap: timedelta, *, weekends: bool, now: datetime
) -> State:
    """Return the worst that is true of a feed; silence that nobody listened to is told from real silence."""
    if row["stop"] is not None:
        return "stopped"
    if row["failures"] >= FAILING_AFTER:
        return "failing"
    if _apart(quiet_since, now, weekends=weekends) > SILENT_AFTER * gap:
        listened = heard is not None and _apart(quiet_since, heard, weekends=weekends) > SILENT_AFTER * gap
        return "silent" if listened else "unwatched"
    return "stumbled" if row["failures"] else "well"


def _usual(arrivals: Sequence[datetime], begun: datetime, now: datetime) -> float | None:
    """Return the new entries a day over the window, or over the time for which the feed is known."""
    known = now - min(arrivals[0], begun) if arrivals else now - begun
    if known < _DAY:
        return None
    return sum(now - WINDOW < moment <= now for moment in arrivals) / (min(known, WINDOW) / _DAY)


def _habit(arrivals: Sequence[datetime]) -> tuple[timedelta | None, bool]:
    """Return the usual gap between two days with something new, and whether weekends count in it.

    A feed that brought nothing on Saturdays, or on Sundays, rests (one of the two alone may be the evening of
    another continent). Were its weekends counted, each long one would break every feed.
    """
    days = sorted({moment.date() for moment in arrivals})[-_HABIT - 1 :]
    if len(days) <= _FEWEST_GAPS:
        return None, True
    weekends = {5, 6} <= {day.weekday() for day in days}
    midnights = [datetime.combine(day, time(0), UTC) for day in days]
    gaps = [_apart(earlier, later, weekends=weekends) / _DAY for earlier, later in pairwise(midnights)]
    return max(_DAY, median(gaps) * _DAY), weekends


def _apart(start: datetime, end: datetime, *, weekends: bool) -> timedelta:
    """Return the time from `start` to `end`, with or without the weekends between them."""
    return end - start if weekends else _weekday_time(end) - _weekday_time(start)


def _weekday_time(moment: datetime) -> timedelta:
    """Return the time from the beginning of the calendar to `moment` that was no Saturday and no Sunday, UTC."""
    weeks, rest = divmod(moment - _FIRST_MONDAY, 7 * _DAY)
    return weeks * 5 * _DAY + min(rest, 5 * _DAY)


# --- pages -----------------------------------------------------------------------------------------------

_LAST_FETCHES = """
SELECT feed, at, outcome, retry_at FROM fetches WHERE number IN (
    SELECT max(f.number) FROM pages p JOIN fetches f ON f.url = p.url WHERE p.state <> 'captured' GROUP BY f.url)
"""

# A page that was read again is what the last reading made of it.
_KEPT = """
SELECT coalesce(l.feed, '') AS feed, sum(r.capture IS NULL) AS unread,
       sum(a.stub IS NULL AND a.number IS NOT NULL AND c.fetched_at >= :since) AS read,
       sum(a.stub IS NOT NULL AND c.fetched_at >= :since) AS teasers,
       sum(a.number IS NULL AND r.capture IS NOT NULL AND c.fetched_at >= :since) AS passed_over
FROM captures c LEFT JOIN results r ON r.capture = c.number LEFT JOIN links l ON l.number = c.link
LEFT JOIN rereadings w ON w.number = (SELECT max(number) FROM rereadings WHERE capture = c.number)
LEFT JOIN articles a ON a.number = CASE WHEN w.number IS NULL THEN r.article ELSE w.article END
GROUP BY 1
"""


def _pages(store: Store, since: datetime) -> defaultdict[str, Pages]:
    """Return the pages of each feed, those of none under ""."""
    found: defaultdict[str, Pages] = defaultdict(Pages)
    for row in store.rows(_LAST_FETCHES):
        if row["retry_at"] is not None:
            found[row["feed"]] += Pages(waiting=1)
        elif columns.instant(row["at"]) >= since:
            end = {"robots": "refused", "reserved": "reserved"}.get(row["outcome"], "given_up")
            found[row["feed"]] += Pages(**{end: 1})
    for row in store.rows(_KEPT, {"since": columns.stamp(since)}):
        found[row["feed"]] += Pages(row["read"], row["teasers"], row["passed_over"], unread=row["unread"])
    return found


# --- drift -----------------------------------------------------------------------------------------------

_READ = """
SELECT g.number, g.id, g.model, g.targets, max(r.number) AS latest,
       CAST((julianday(substr(a.available_at, 1, 10)) - julianday(:monday)) / 7 AS INTEGER) AS week,
       count(DISTINCT r.number) AS articles, count(DISTINCT s.number) AS statements,
       count(DISTINCT CASE WHEN s.speaker IS NULL AND s.firm IS NULL THEN s.number END) AS unresolved,
       count(v.number) AS views, coalesce(sum(v.abstained), 0) AS abstained
FROM articles a JOIN readings r ON r.article = a.number JOIN vintages g ON g.number = r.vintage
LEFT JOIN statements s ON s.reading = r.number AND s.dup = 0 LEFT JOIN views v ON v.statement = s.number
WHERE a.stub IS NULL AND a.available_at >= :monday AND a.available_at < :end
GROUP BY g.number, week ORDER BY g.number, week
"""

_COUNTS = ("articles", "statements", "unresolved", "views", "abstained")


def _weeks(store: Store, now: datetime) -> tuple[Week, ...]:
    """Return the last weeks of each vintage, the oldest vintage first.

    A week without articles between two others is a row of zeros; so is each one up to now for the vintage
    that read last, because nothing read is something to see.
    """
    today = now.astimezone(UTC).date()
    monday = today - timedelta(days=today.weekday(), weeks=WEEKS - 1)
    window = {"monday": monday.isoformat(), "end": (monday + timedelta(weeks=WEEKS)).isoformat()}
    rows = store.rows(_READ, window)
    latest = max(rows, key=lambda row: row["latest"], default=None)
    found: list[Week] = []
    for number in dict.fromkeys(row["number"] for row in rows):
        own = {row["week"]: row for row in rows if row["number"] == number}
        end = WEEKS if latest is not None and number == latest["number"] else max(own) + 1
        some = next(iter(own.values()))
        for week in range(min(own), end):
            counts = [own[week][name] for name in _COUNTS] if week in own else []
            start = monday + timedelta(weeks=week)
            found.append(Week(some["id"], some["model"], some["targets"], start, *counts))
    return tuple(found)
