"""The Python API for answers, which the commands stand on too: joins ledger -> measure -> tell.

No model, no spaCy and no table library is loaded for a question; the factor and the digest import what they need
when they are called.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from narrative.clock import Clock, SystemClock
from narrative.collecting import paused
from narrative.firms import known_as
from narrative.ledger import BareViews, Evidence, Ledger, open_ledger
from narrative.measure.net import net
from narrative.measure.sessions import load_sessions
from narrative.measure.stance import Standing, current, not_counted
from narrative.measure.timing import said_at
from narrative.moments import NothingYetError, day_end, end_of, last_closed, moment
from narrative.proxies import spread_name, spread_of
from narrative.targets import Narrative, Targets, load_narrative, load_targets
from narrative.tell import ask as asking
from narrative.tell import ask_data, ask_text
from narrative.tell.question import Question, parse
from narrative.terms import Entry, Point

if TYPE_CHECKING:
    from narrative.evaluating import Evaluated
    from narrative.measure.evaluation.evaluation import Settings
    from narrative.measure.series import Frequency
    from narrative.tell.digest import Digest

_FIRST_NARRATIVES = ("rotation", "soft-landing", "ai-spending")


def open(
    path: str | Path, *, clock: Clock | None = None, create: bool = False, readonly: bool = False
) -> Ledger:
    """Open the ledger at `path`; `create` makes one. Raises UsageError or NarrativeError in one line."""
    return open_ledger(Path(path), clock or SystemClock(), create=create, readonly=readonly)


# --- asking --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer with its renderings."""

    answer: asking.Answer
    short: dict[str, str]

    def text(self, *, width: int = 80, color: bool = False, limit: int | None = None) -> str:
        """The answer for a terminal."""
        return ask_text.render_text(self.answer, width=width, color=color, limit=limit, short=self.short)

    def json(self) -> str:
        """The answer as one JSON object."""
        return ask_data.render_json(self.answer)

    def csv(self) -> str:
        """The voices as CSV."""
        return ask_data.render_csv(self.answer)

    def markdown(self) -> str:
        """The answer as Markdown."""
        return ask_data.render_markdown(self.answer, short=self.short)


@paused()
def ask(
    ledger: Ledger,
    question: str,
    *,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    clock: Clock | None = None,
) -> Answered:
    """Answer a question from what was available at `as_of` (known at `known_at`), by default now.

    Raises UsageError, with the nearest questions, for one that is not understood.
    """
    now = moment(as_of, known_at, clock)
    targets, sessions = load_targets(), load_sessions()
    asked = _asked(ledger, question, now.date(), targets, known_at)
    at = day_end(asked.state_day(now.date())) or now
    rows = _rows(ledger, asked, at, now, as_of, known_at)
    before: tuple[Standing, ...] = ()
    if asked.kind == "change" and (day := day_end(asked.compared_day(now.date()))):
        before = current(_rows(ledger, asked, day, now, as_of, known_at), day, sessions)
    found = asking.answer(
        asked,
        current(rows, at, sessions),
        not_counted(rows),
        rows,
        tally=net,
        targets=targets,
        at=at,
        known_at=known_at,
        before=before,
        articles=ledger.articles_count(until=now, known_at=known_at),
        views_by_target=None if as_of or known_at else ledger.views_by_target(),
    )
    printed = [*(row.entry for row in found.rows), *(entry for entry, _ in found.not_counted)]
    return Answered(found, ledger.shorten((entry.view for entry in printed), known_at=known_at))


def _asked(
    ledger: Ledger, question: str, today: date, targets: Targets, known_at: datetime | None
) -> Question:
    """Parse a question in the ledger's own vocabulary; a firm or a voice asked for by an alias is that one."""
    names = ledger.names()
    aliases = {**ledger.voice_aliases(known_at=known_at), **known_as(names)}
    asked = parse(question, today, targets, narratives=_narratives(), names=(*names, *aliases))
    return replace(
        asked,
        voice=aliases.get(asked.voice or "", asked.voice),
        firm=aliases.get(asked.firm or "", asked.firm),
    )


def _rows(
    ledger: Ledger,
    asked: Question,
    at: datetime,
    now: datetime,
    as_of: datetime | None,
    known_at: datetime | None,
) -> tuple[Entry, ...]:
    """Return the rows behind the state at `at`.

    "As of" a day, in words or by flag, means what could be read by then. A time in the question ("in 2024") means when things
    were said: then a row that came in later counts from its publication.
    """
    if at >= now or asked.as_of or as_of or known_at:
        return ledger.entries(targets=asked.targets, as_of=at, known_at=known_at)
    rows = ledger.entries(targets=asked.targets, as_of=now)
    said = (
        row if row.undated else replace(row, available_at=min(row.available_at, said_at(row))) for row in rows
    )
    return tuple(row for row in said if row.available_at <= at)


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


@dataclass(frozen=True, slots=True)
class Digested:
    """A week's digest with its renderings."""

    digest: Digest

    @property
    def week(self) -> str:
        """The ISO week, such as 2026-W03."""
        return self.digest.week

    @property
    def html(self) -> str:
        """One self-contained page."""
        from narrative.tell.digest_html import render_html

        return render_html(self.digest)

    @property
    def markdown(self) -> str:
        """The same facts as Markdown."""
        from narrative.tell.digest_markdown import render_markdown

        return render_markdown(self.digest)


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
) -> Digested:
    """Return the digest of an ISO week, by default the last one with a closed session.

    `notes` are printed as banners. Raises UsageError for a week without points, NarrativeError for a ledger without views.
    """
    from narrative.tell.digest import digest as tell_digest
    from narrative.tell.digest import week_days
    from narrative.tell.why import support_check

    now, sessions, story, targets = (
        moment(as_of, known_at, clock),
        load_sessions(),
        load_narrative(narrative),
        load_targets(),
    )
    points = _points(ledger, story, now, known_at)
    week = week or points[-1].label
    monday, sunday = week_days(week)
    end, eve = (min(now, limit) for limit in (end_of(sunday), end_of(monday - timedelta(days=1))))
    entries = ledger.entries(targets=story.legs, as_of=end, known_at=known_at)
    made = tell_digest(
        story,
        points,
        current(entries, end, sessions),
        current(entries, eve, sessions),
        entries,
        ledger.coverage(end_of(monday - timedelta(days=1)), end, known_at=known_at),
        week,
        targets=targets,
        check=support_check(lambda view: ledger.why(view, as_of=end, known_at=known_at)),
        spread=spread_name(story),
        banners=notes,
        root=ledger.sealed(known_at),
        short=ledger.shortened((entry.view for entry in entries), known_at=known_at),
    )
    return Digested(made)


def why_figure(
    ledger: Ledger,
    what: str,
    *,
    width: int = 80,
    color: bool = False,
    known_at: datetime | None = None,
    clock: Clock | None = None,
) -> str:
    """Return the rows and the formula behind a figure such as `rotation@2026-W03:net`."""
    from narrative.tell.figures import find_point, parse_reference, render_figure

    reference = parse_reference(what)
    story = load_narrative(reference.narrative)
    frequency: Frequency = (
        "week" if "W" in reference.label else "session" if len(reference.label) == 10 else "month"
    )
    points = _points(ledger, story, moment(None, known_at, clock), known_at, frequency=frequency)
    point = find_point(reference, points)
    entries = ledger.entries(targets=story.legs, as_of=point.end, known_at=known_at)
    short = ledger.shorten(point.views, known_at=known_at)
    return render_figure(reference, point, entries, story.legs, width=width, color=color, short=short)


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
    return measure_factor(views, narrative, story.legs, sessions, start=first, end=last, computed_at=now)


def evaluate_factor(
    ledger: Ledger, narrative: str, settings: Settings | None = None, **selection: Any
) -> Evaluated:
    """Return what a factor says of the market, with its renderings, and log it; `selection` is that of `factor`."""
    from narrative.evaluating import evaluate_rows

    rows, known_at = factor(ledger, narrative, **selection), selection.get("known_at")
    return evaluate_rows(ledger, load_narrative(narrative), rows, settings, known_at=known_at)


def _narratives() -> list[Narrative]:
    return [load_narrative(name) for name in _FIRST_NARRATIVES]
