"""The Python API for answers, which the commands stand on too: joins ledger -> measure -> tell.

No model, no spaCy and no table library is loaded for a question; the factor and the digest import what they need
when they are called.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from narrative.asking import Answered, ask
from narrative.clock import Clock, SystemClock
from narrative.collecting import paused
from narrative.digested import Digested
from narrative.ledger import BareViews, Evidence, Ledger, open_ledger
from narrative.measure.sessions import load_sessions
from narrative.measure.stance import MEMORY_SESSIONS, Standing, current, remembered_from
from narrative.moments import NothingYetError, end_of, last_closed, moment
from narrative.proxies import spread_name, spread_of
from narrative.targets import Narrative, load_narrative, load_targets
from narrative.terms import Point

if TYPE_CHECKING:
    from narrative.evaluating import Evaluated
    from narrative.measure.evaluation.evaluation import Settings
    from narrative.measure.series import Frequency

__all__ = [
    "Answered",
    "Digested",
    "ask",
    "digest",
    "evaluate_factor",
    "factor",
    "open",
    "series",
    "why",
    "why_figure",
]


def open(
    path: str | Path, *, clock: Clock | None = None, create: bool = False, readonly: bool = False
) -> Ledger:
    """Open the ledger at `path`; `create` makes one. Raises UsageError or NarrativeError in one line."""
    return open_ledger(Path(path), clock or SystemClock(), create=create, readonly=readonly)


def why(
    ledger: Ledger, what: str, *, as_of: datetime | None = None, known_at: datetime | None = None
) -> Evidence:
    """Return the evidence of the view whose id begins with `what`. Raises UsageError when none or several do."""
    return ledger.why(what, as_of=as_of, known_at=known_at)


# --- series, digest, factor ----------------------------------------------------------------------------------


def series(
    ledger: Ledger,
    narrative: str,
    *,
    frequency: Frequency = "week",
    start: date | None = None,
    end: date | None = None,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    clock: Clock | None = None,
) -> tuple[Point, ...]:
    """Return a narrative's points by session, week or month; by default from the first view to now."""
    now, story = moment(as_of, known_at, clock), load_narrative(narrative)
    try:
        return _points(ledger, story, now, known_at, frequency=frequency, start=start, end=end)
    except NothingYetError:
        return ()


@paused()
def _points(
    ledger: Ledger,
    story: Narrative,
    now: datetime,
    known_at: datetime | None,
    *,
    frequency: Frequency = "week",
    start: date | None = None,
    end: date | None = None,
) -> tuple[Point, ...]:
    """Return the points of a series. Raises NothingYetError when no closed session could have known a view."""
    from narrative.measure.series import series as measure_series

    views, first, last = _measurable(ledger, story, now, known_at, start, end)
    spread = spread_of(ledger, story, known_at)
    return measure_series(
        views, story.legs, load_sessions(), start=first, end=last, frequency=frequency, spread=spread
    )


def _measurable(
    ledger: Ledger,
    story: Narrative,
    now: datetime,
    known_at: datetime | None,
    start: date | None,
    end: date | None,
    vintage: str | None = None,
) -> tuple[BareViews, date, date]:
    """Return the views of a narrative with the first and last session day to measure. Raises NothingYetError."""
    sessions = load_sessions()
    views = ledger.bare_views(targets=story.legs, as_of=now, known_at=known_at, vintage=vintage)
    first = start or (sessions.session_of(views.since) if views.since else now.date())
    last = min(end or now.date(), last_closed(sessions, now))
    if not views or last < first:
        raise NothingYetError(story, views.since)
    return views, first, last


@paused()
def digest(
    ledger: Ledger,
    narrative: str,
    *,
    week: str | None = None,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    clock: Clock | None = None,
    notes: Iterable[str] = (),
    quote_words: int = 40,
) -> Digested:
    """Return the digest of an ISO week, by default the last one with a closed session.

    A week goes from cut-off to cut-off of its sessions, for numbers and lines alike; what came after is told apart.
    `notes` are printed as banners, quotes end at `quote_words` words. Raises UsageError for a week without points,
    NarrativeError for a ledger without views.
    """
    from narrative.measure.support import lean
    from narrative.tell.digest import Check, place_of, week_days
    from narrative.tell.digest import digest as tell_digest

    now, story, targets = moment(as_of, known_at, clock), load_narrative(narrative), load_targets()
    points = _points(ledger, story, now, known_at)
    week = week or points[-1].label
    days = week_days(week)
    span = _span(points[place_of(points, week, story.name)], days, now)
    since = remembered_from(span.eve, load_sessions())
    entries = ledger.entries(targets=story.legs, since=since, as_of=span.close, known_at=known_at)
    standings, before = (
        current(entries, at, load_sessions(), memory_sessions=MEMORY_SESSIONS)
        for at in (span.close, span.eve)
    )
    made = tell_digest(
        story,
        points,
        standings,
        before,
        entries,
        ledger.coverage(span.begins, span.ends, known_at=known_at),
        week,
        targets=targets,
        check=Check(ledger.supports, lean, lambda views: ledger.shorten(views, known_at=known_at)),
        quote_words=quote_words,
        spread=spread_name(story),
        banners=notes,
        since=span.opens,
        late=_late(ledger, story, span.cutoff, span.ends, known_at),
        root=ledger.sealed(known_at),
    )
    return Digested(made, now)


class _Span(NamedTuple):
    """The instants of a digest's week: of its days, and of its sessions, from the cut-off before the first to its last.

    `eve` and `close` are the last instants before these two.
    """

    begins: datetime
    ends: datetime
    opens: datetime
    cutoff: datetime
    eve: datetime
    close: datetime


def _span(point: Point, days: tuple[date, date], now: datetime) -> _Span:
    begins, ends = end_of(days[0] - timedelta(days=1)), min(now, end_of(days[1]))
    sessions, tick = load_sessions(), timedelta.resolution
    opens = sessions.cutoff(last_closed(sessions, begins))
    return _Span(begins, ends, opens, point.end, opens - tick, point.end - tick)


def _late(
    ledger: Ledger, story: Narrative, cutoff: datetime, at: datetime, known_at: datetime | None
) -> list[Standing]:
    """Return what each voice says on each leg with the rows that became available from a cut-off to `at`."""
    rows = ledger.entries(targets=story.legs, since=cutoff, as_of=at, known_at=known_at)
    return [one for one in current(rows, at, load_sessions()) if one.counted]


def why_figure(
    ledger: Ledger,
    what: str,
    *,
    width: int = 80,
    color: bool = False,
    as_json: bool = False,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    clock: Clock | None = None,
) -> str:
    """Return the rows and the formula behind a figure such as `rotation@2026-W03:net`, as text or as a JSON object."""
    from narrative import figures
    from narrative.tell.figures import parse_reference

    story = load_narrative(parse_reference(what).narrative)
    points = _points(
        ledger, story, moment(as_of, known_at, clock), known_at, frequency=figures.frequency_of(what)
    )
    return figures.why_figure(
        ledger,
        what,
        points,
        width=width,
        color=color,
        as_json=as_json,
        as_of=as_of,
        known_at=known_at,
    )


@paused()
def factor(
    ledger: Ledger,
    narrative: str,
    *,
    start: date | None = None,
    end: date | None = None,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    vintage: str | None = None,
    clock: Clock | None = None,
) -> Sequence[Any]:
    """Return the factor's rows, one a session, the columns of the README's table. Raises NarrativeError without views.

    With a `vintage`, such as `import:Vendor`, only its views count.
    """
    from narrative.measure.factor import factor as measure_factor

    now, story = moment(as_of, known_at, clock), load_narrative(narrative)
    views, first, last = _measurable(ledger, story, now, known_at, start, end, vintage)
    sessions = load_sessions()
    ruled = ledger.ruled_by_hand(story.legs, known_at=known_at)
    return measure_factor(
        views, narrative, story.legs, sessions, start=first, end=last, computed_at=now, ruled=ruled
    )


def evaluate_factor(
    ledger: Ledger,
    narrative: str,
    settings: Settings | None = None,
    *,
    pair: tuple[str, str] | None = None,
    **selection: Any,
) -> Evaluated:
    """Return what a factor says of the market, with its renderings, and log it; `selection` is that of `factor`.

    `pair` are the tickers, long and short, of the spread that it is set beside, by default the narrative's first.
    """
    from narrative.evaluating import evaluate_rows

    rows, known_at = factor(ledger, narrative, **selection), selection.get("known_at")
    return evaluate_rows(ledger, load_narrative(narrative), rows, settings, pair=pair, known_at=known_at)
