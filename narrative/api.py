"""The Python API, which the commands stand on too: joins ledger -> measure -> tell, and reads single texts.

Nothing here imports a model: functions that read or judge take one, and import the reading rooms when they are called, so that
asking stays fast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from narrative import bundled
from narrative.clock import Clock, SystemClock
from narrative.errors import NarrativeError, UsageError
from narrative.ledger import Evidence, Ledger, open_ledger
from narrative.measure.net import net
from narrative.measure.sessions import Sessions, load_sessions
from narrative.measure.stance import Standing, current, not_counted
from narrative.targets import Narrative, load_narrative, load_targets
from narrative.tell import ask as asking
from narrative.tell import ask_data, ask_text
from narrative.tell.question import parse
from narrative.terms import Claim, Entry, Point

if TYPE_CHECKING:
    from narrative.crawl.rows import PollSummary
    from narrative.measure.returns import Spread
    from narrative.pipeline import ReadSummary
    from narrative.read.encoder import StanceModel
    from narrative.tell.digest import Digest
    from narrative.terms import Article, Reading

_FIRST_NARRATIVES = ("rotation", "soft-landing", "ai-spending")


def open(path: str | Path, *, clock: Clock | None = None, create: bool = False, readonly: bool = False) -> Ledger:  # noqa: A001
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


def ask(
    ledger: Ledger, question: str, *, as_of: datetime | None = None, known_at: datetime | None = None, clock: Clock | None = None
) -> Answered:
    """Answer a question from what was available at `as_of` (known at `known_at`), by default now.

    Raises UsageError, with the nearest questions, for one that is not understood.
    """
    now = _moment(as_of, known_at, clock)
    targets, sessions = load_targets(), load_sessions()
    asked = parse(question, now.date(), targets, narratives=_narratives(), names=ledger.names())
    at = _day_end(asked.state_day(now.date())) or now
    rows = ledger.entries(targets=asked.targets, as_of=at, known_at=known_at)
    before = ()
    if asked.kind in ("change", "who") and (day := _day_end(asked.compared_day(now.date()))):
        before = current(ledger.entries(targets=asked.targets, as_of=day, known_at=known_at), day, sessions)
    answer = asking.answer(
        asked,
        current(rows, at, sessions),
        not_counted(rows),
        rows,
        tally=net,
        targets=targets,
        at=at,
        known_at=known_at,
        before=before,
        articles=ledger.articles_count(until=at),
        views_by_target=ledger.views_by_target(),
    )
    return Answered(answer, ledger.shorten(entry.view for entry in rows))


def why(ledger: Ledger, what: str, *, as_of: datetime | None = None, known_at: datetime | None = None) -> Evidence:
    """Return the evidence of the view whose id begins with `what`. Raises UsageError when none or several do."""
    return ledger.why(what, as_of=as_of, known_at=known_at)


# --- series, digest, factor ----------------------------------------------------------------------------------


def series(
    ledger: Ledger,
    narrative: str,
    *,
    frequency: str = "week",
    start: date | None = None,
    end: date | None = None,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    clock: Clock | None = None,
) -> tuple[Point, ...]:
    """Return a narrative's points by session, week or month; by default from the first view to now."""
    from narrative.measure.series import series as measure_series

    now, sessions, story = _moment(as_of, known_at, clock), load_sessions(), load_narrative(narrative)
    entries = ledger.entries(targets=story.legs, as_of=now, known_at=known_at)
    if not entries:
        return ()
    first = start or sessions.session_of(entries[0].available_at)
    last = min(end or now.date(), _last_closed(sessions, now))
    if last < first:
        return ()
    spread = _spread(ledger, story, known_at)
    return measure_series(entries, story.legs, sessions, start=first, end=last, frequency=frequency, spread=spread)  # type: ignore[arg-type]


def why_figure(ledger: Ledger, what: str, *, width: int = 80, color: bool = False, known_at: datetime | None = None, clock: Clock | None = None) -> str:
    """Return the rows and the formula behind a figure such as `rotation@2026-W03:net`."""
    from narrative.tell.figures import find_point, parse_reference, render_figure

    reference = parse_reference(what)
    story = load_narrative(reference.narrative)
    frequency = "week" if "W" in reference.label else "session" if len(reference.label) == 10 else "month"
    points = series(ledger, reference.narrative, frequency=frequency, known_at=known_at, clock=clock)
    point = find_point(reference, points)
    entries = ledger.entries(targets=story.legs, as_of=point.end, known_at=known_at)
    return render_figure(reference, point, entries, story.legs, width=width, color=color, short=ledger.shorten(point.views))


def factor(
    ledger: Ledger,
    narrative: str,
    *,
    start: date | None = None,
    end: date | None = None,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    clock: Clock | None = None,
) -> Sequence[Any]:
    """Return the factor's rows, one a session, the columns of the README's table. Raises NarrativeError without views."""
    from narrative.measure.factor import factor as measure_factor

    now, sessions, story = _moment(as_of, known_at, clock), load_sessions(), load_narrative(narrative)
    entries = ledger.entries(targets=story.legs, as_of=now, known_at=known_at)
    if not entries:
        raise NarrativeError(f"the ledger holds no views on {', '.join(story.legs)}; crawl or add pages first")
    first = start or sessions.session_of(entries[0].available_at)
    last = min(end or now.date(), _last_closed(sessions, now))
    return measure_factor(entries, narrative, story.legs, sessions, start=first, end=last, computed_at=now)


def write_factor(ledger: Ledger, narrative: str, path: Path, **selection: Any) -> int:
    """Write the factor as CSV, or Parquet when the path ends so; return the number of rows."""
    from narrative.measure.export import to_csv, to_parquet

    rows = factor(ledger, narrative, **selection)
    (to_parquet if path.suffix == ".parquet" else to_csv)(rows, path)
    return len(rows)


def _spread(ledger: Ledger, story: Narrative, known_at: datetime | None) -> Spread | None:
    """The return of the narrative's long leg less its short leg, by their proxies; None without prices of both."""
    from narrative.measure.returns import spread

    targets = load_targets()
    sides = {sign: next((targets[t].proxy for t, s in story.legs.items() if s == sign), None) for sign in (1, -1)}
    if not (sides[1] and sides[-1]):
        return None
    rows = ledger.prices([sides[1], sides[-1]], known_at=known_at)
    legs = [[row for row in rows if row.symbol == sides[sign]] for sign in (1, -1)]
    return spread(*legs) if all(legs) else None  # type: ignore[arg-type]


# --- reading -------------------------------------------------------------------------------------------------


def reading_of_file(path: Path, model: StanceModel) -> Reading:
    """Read one file, kept nowhere: `.txt` as it is, HTML extracted first. Raises NarrativeError for what cannot be read."""
    from narrative.read.reader import read_article

    return read_article(_article_of_file(path), model, load_targets())


def judge_text(text: str, target: str, model: StanceModel) -> dict[str, Any]:
    """Judge free text on a target (an id or free words); the whole text is taken for the statement."""
    from narrative.read.stance import judge_free

    return judge_free(text, target, model, load_targets())


def add(
    ledger: Ledger,
    place: str,
    model: StanceModel,
    clock: Clock,
    *,
    published: date | datetime | None = None,
    outlet: str = "",
    url: str = "",
    trust_dates: bool = False,
    contact: str | None = None,
) -> str:
    """Read a file or a page and keep it; return one line on what it gave."""
    from narrative.pipeline import keep_article, keep_page

    claim = Claim(published, "given") if published is not None else None
    if place.startswith(("http://", "https://")):
        capture = _fetched(place, outlet, clock, contact)
        article = _given(_article_of_page(capture), claim, outlet, trust_dates)
        reading, new = keep_page(capture, ledger, model, load_targets(), article)
    else:
        article = _given(_article_of_file(Path(place), url=url), claim, outlet, trust_dates)
        reading, new = keep_article(article, ledger, model, load_targets(), clock)
    said = sum(not statement.dup for statement in reading.statements)
    gave = f"a teaser, not read: {reading.article.stub}" if reading.article.stub else f"{said} statements, {len(reading.views)} views"
    return f"{place}: {gave}{'' if new else ' (was in the ledger already)'}"


def _given(article: Article, claim: Claim | None, outlet: str, trust_dates: bool) -> Article:
    """Put what the user says of an article over what its page says."""
    from dataclasses import replace

    article = replace(article, published=claim or article.published, outlet=outlet or article.outlet)
    if trust_dates and article.published is not None:
        from narrative.measure.timing import claimed_instant

        article = replace(article, available_at=claimed_instant(article.published))
    return article


def _article_of_file(path: Path, url: str = "") -> Article:
    from narrative.read.page import article_of_file

    return article_of_file(path, url=url)


def _article_of_page(capture: Any) -> Article:
    from narrative.read.page import article_of

    return article_of(capture)


def _fetched(url: str, outlet: str, clock: Clock, contact: str | None) -> Any:
    from narrative.crawl.fetch import Fetcher
    from narrative.crawl.poll import capture_url

    with Fetcher(None, clock, user_agent=user_agent(contact)) as fetcher:
        fetch, capture = capture_url(url, fetcher, clock, outlet)
    if capture is None:
        raise NarrativeError(f"{url}: not fetched ({fetch.outcome}): {fetch.note}")
    return capture


# --- crawling ------------------------------------------------------------------------------------------------


def default_feeds() -> Path:
    """The built-in list of feeds."""
    return bundled.data("feeds.toml")


def user_agent(contact: str | None) -> str:
    """The name the crawler gives itself. Raises UsageError without a contact address, which publishers are owed."""
    if not contact:
        raise UsageError("publishers are owed a contact: give --contact you@example.org, or set NARRATIVE_CONTACT")
    from importlib.metadata import version

    return f"narrative/{version('narrative')} (+{contact})"


_Row = TypeVar("_Row")


def total(rows: Iterable[_Row]) -> _Row:
    """Add up summaries of counts, field by field."""
    first, *rest = list(rows)
    for row in rest:
        first = type(first)(*(getattr(first, f.name) + getattr(row, f.name) for f in fields(first)))  # type: ignore[arg-type]
    return first


def crawl_lines(polled: PollSummary, read: ReadSummary) -> list[str]:
    """One summary line a stage."""
    return [
        f"polled      {polled.polled} feeds: {polled.new} new links, {polled.not_modified} unchanged, {polled.feeds_failed} failed",
        f"fetched     {polled.fetched} pages, {polled.unchanged} unchanged, {polled.failed} failed",
        f"refused     {polled.refused} by robots.txt",
        f"read        {read.read} articles, {read.stubs} teasers left out, {read.passed_over} passed over",
        f"statements  {read.statements}",
        f"views       {read.views}",
    ]


# --- moments -------------------------------------------------------------------------------------------------


def _moment(as_of: datetime | None, known_at: datetime | None, clock: Clock | None) -> datetime:
    limits = [limit for limit in (as_of, known_at) if limit is not None]
    return min(limits) if limits else (clock or SystemClock()).now()


def _day_end(day: date | None) -> datetime | None:
    """The last instant of a day in New York, as an instant in UTC."""
    if day is None:
        return None
    from datetime import time
    from zoneinfo import ZoneInfo

    start = datetime.combine(day + timedelta(days=1), time(), ZoneInfo("America/New_York"))
    return start.astimezone(UTC) - timedelta(microseconds=1)


def _last_closed(sessions: Sessions, now: datetime) -> date:
    """The last session whose cut-off has passed."""
    return sessions.shift(sessions.session_of(now), -1)


def _narratives() -> list[Narrative]:
    return [load_narrative(name) for name in _FIRST_NARRATIVES]
