"""narrative status: what the crawl hears and what it does not, for a person, for cron and for programs.

JSON keys, all always present, null where unknown: schema, at, ledger, list, exit_code, feeds [{name, listed, broken,
reason, silent_days, last_error, and the fields of FeedHealth}], pages {the fields of Pages}, weeks [{week,
unresolved_share, abstained_share, and the fields of Week}]. Times are ISO 8601 in UTC, stretches of time days.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import groupby
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from narrative.commands.options import database, own_feeds
from narrative.tell.escaping import json_text, plain

if TYPE_CHECKING:
    from narrative.ledger.health import Failure, FeedHealth, Health, Pages, Week
    from narrative.terms import Feed

SCHEMA = "narrative.status/1"
_WIDTH = 80
_DAY = timedelta(days=1)
_NAME = 35  # characters of a feed's name in the table
_SHOWN = {"unwatched": "not heard", "stumbled": "retrying"}  # states whose name says too little
_RECENT = timedelta(days=7)  # an error of a feed that is well again is told for so long
_STOPS = {
    "gone": "the publisher has taken this feed down; look for its new address",
    "blocked": "the site refuses access; ask the publisher, or take the feed off the list",
}
_PAGES = {
    "read": "read as articles",
    "teasers": "teasers, not counted",
    "passed_over": "without an article",
    "refused": "refused by robots.txt",
    "reserved": "reserved by the site",
    "given_up": "given up after failures",
    "waiting": "waiting for a retry now",
    "unread": "not read yet",
}
_ERRORS = {
    "robots": "its robots.txt keeps crawlers out",
    "reserved": "the site reserves it from machines",
    "http_error": "the site answered with an error",
    "blocked": "the site refuses access",
    "gone": "the publisher has taken it down",
    "busy": "the site wants a pause",
    "timeout": "the site was too slow",
    "network": "the site could not be reached",
    "too_large": "it sent more than is accepted",
    "wrong_type": "it sent something that is no feed",
    "not_a_feed": "it sent something that is no feed",
    "redirects": "it sends from address to address without end",
    "address": "it is no public web address",
}


@click.command()
@own_feeds
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@database
def command(feeds_file: Path | None, as_json: bool, db: Path) -> None:
    """Show what every feed last brought, which are broken, what was not seen, and how reading drifts by week.

    A feed is broken when it has stopped, failed three polls in a row, or brought nothing for three times its
    usual gap. Exit code 1 when one is, 0 when none is; the last line says so.

    \b
    Examples:
      narrative status
      narrative status --feeds my-feeds.toml --json
    """  # noqa: D301
    from narrative import api
    from narrative.clock import SystemClock
    from narrative.crawl.feedlist import feeds_in_use
    from narrative.ledger.health import health

    place, feeds = feeds_in_use(feeds_file)
    clock = SystemClock()
    with api.open(db, clock=clock, readonly=True) as ledger:
        found = health(ledger, clock.now(), [feed.url for feed in feeds])
    report = Report(found, feeds, place, db)
    click.echo(json_text(document(report)) if as_json else "\n".join(lines(report)))
    if report.broken:
        raise click.exceptions.Exit(1)


@dataclass(frozen=True)
class Report:
    """The health of the feeds joined with the list of those in use, which `place` holds."""

    health: Health
    feeds: Sequence[Feed]
    place: Path
    ledger: Path

    @cached_property
    def listed(self) -> tuple[FeedHealth, ...]:
        """The feeds of the list, in its order."""
        urls = {feed.url for feed in self.feeds}
        return tuple(feed for feed in self.health.feeds if feed.feed in urls)

    @cached_property
    def judged(self) -> tuple[FeedHealth, ...]:
        """The feeds that may break: the listed ones, or the polled ones when none of the list was ever polled."""
        polled = tuple(feed for feed in self.health.feeds if feed.polls)
        return self.listed if not polled or any(feed.polls for feed in self.listed) else polled

    @cached_property
    def broken(self) -> tuple[FeedHealth, ...]:
        """The feeds somebody has to look at."""
        return tuple(feed for feed in self.judged if feed.broken)

    @cached_property
    def names(self) -> dict[str, str]:
        """What to call each feed: its outlet, else its host; where two are alike, with the end of the address."""
        outlets = {feed.url: feed.outlet for feed in self.feeds}
        places = {feed.feed: urlsplit(feed.feed) for feed in self.health.feeds}
        called = {url: outlets.get(url) or place.netloc for url, place in places.items()}
        alike = {name for name, number in Counter(called.values()).items() if number > 1}
        ends = {url: place.path.rstrip("/").rpartition("/")[2] for url, place in places.items()}
        return {url: f"{name} {ends[url]}" if name in alike else name for url, name in called.items()}


# --- JSON ------------------------------------------------------------------------------------------------


def document(report: Report) -> dict[str, Any]:
    """Return the report as one object of plain values, ready for json.dumps."""
    health, feeds, weeks = report.health, [], []
    for feed in health.feeds:
        place = {"name": report.names[feed.feed], "listed": feed in report.listed}
        state = {"broken": feed in report.broken, "reason": _reason(feed, health.at)}
        quiet = {"silent_days": health.at - feed.quiet_since if feed.quiet_since else None}
        error = {"last_error": _error(feed.last_failure) if feed.last_failure else None}
        feeds.append(place | state | quiet | error | asdict(feed))
    for week in health.weeks:
        shares = {"unresolved_share": week.unresolved_share, "abstained_share": week.abstained_share}
        weeks.append({"week": week.label} | asdict(week) | shares)
    told = {"schema": SCHEMA, "at": health.at, "ledger": report.ledger, "list": report.place}
    told |= {"exit_code": int(bool(report.broken)), "feeds": feeds, "pages": asdict(health.pages)}
    text = json.dumps(told | {"weeks": weeks}, default=_value)
    made: dict[str, Any] = json.loads(text, parse_float=lambda number: round(float(number), 4))
    return made


def _value(value: object) -> float | str:
    """Return a stretch of time in days, a time or day as ISO 8601, a path as text."""
    if isinstance(value, timedelta):
        return round(value / _DAY, 3)
    return value.isoformat() if isinstance(value, date) else str(value)


# --- text ------------------------------------------------------------------------------------------------


def lines(report: Report) -> list[str]:
    """Return the report for a person: what is broken first, the verdict last; a single line for an empty ledger."""
    health = report.health
    if health.empty:
        return [f"nothing in {report.ledger} yet; begin: narrative crawl --contact you@example.org"]
    told = [f"time    {_minute(health.at)}", f"ledger  {report.ledger}", f"list    {report.place}"]
    if report.judged is not report.listed:
        told += ["", "none of the listed feeds was ever polled, so those of the ledger are judged"]
        told += ["name the list that is meant with --feeds FILE"]
    for feed in report.broken:
        told += ["", *_block(report, feed)]
    told += _table(report)
    told += _bare(report, "not polled yet", [feed for feed in report.judged if not feed.polls])
    known = {*report.listed, *report.judged}
    told += _bare(report, "no longer in the list", [feed for feed in health.feeds if feed not in known])
    told += ["", *_page_lines(health.pages)]
    for _, weeks in groupby(health.weeks, key=lambda week: week.vintage):
        told += ["", *_week_lines(list(weeks), health.at)]
    if not health.weeks:
        told += ["", "nothing was read in the last 8 weeks"]
    return [*told, "", *_verdict(report)]


def _block(report: Report, feed: FeedHealth) -> list[str]:
    """Return all about one feed, a fact a line."""
    now = report.health.at
    volume = f"{feed.last_day} in 24 hours, {feed.last_week} in 7 days"
    week = round(feed.usual * 7) if feed.usual is not None else 0
    usual = "usual not known yet" if feed.usual is None else f"usual {feed.usual:.1f} a day, {week} in 7 days"
    facts = [
        ("address", feed.feed),
        (_SHOWN.get(feed.state, feed.state), _reason(feed, now)),
        ("last success", _since(feed.last_success, now)),
        ("last new", _since(feed.last_new, now)),
        ("new entries", f"{volume}; {usual}"),
        ("next poll", _next(feed, now)),
    ]
    if feed.last_failure:
        facts.append(("last error", _error(feed.last_failure)))
    pages = [f"{number} {_PAGES[name]}" for name, number in asdict(feed.pages).items() if number]
    facts += [("pages", "; ".join(pages))] if pages else []
    told = [line for label, fact in facts for line in _wrapped(fact, label)]
    return [*_wrapped(report.names[feed.feed]), *told]


def _reason(feed: FeedHealth, now: datetime) -> str:
    """Return why a feed is in its state, in words."""
    quiet = _span(now - feed.quiet_since) if feed.quiet_since else ""
    reasons = {
        "stopped": _STOPS.get(feed.stop or "", feed.stop or ""),
        "failing": f"{feed.failures} polls failed in a row",
        "silent": f"no new entry for {quiet}; {_habit(feed)}",
        "unwatched": f"no good poll for so long that new entries are missed; {_habit(feed)}; run narrative crawl",
        "stumbled": f"polls failed in a row: {feed.failures}",
    }
    return reasons.get(feed.state, feed.state)


def _habit(feed: FeedHealth) -> str:
    if feed.usual_gap is None:
        return "its habit is not known yet, a week is assumed"
    days = round(feed.usual_gap / _DAY, 1)
    return f"usually one every {'day' if days == 1 else f'{days:g} days'}{'' if feed.weekends else ', weekends apart'}"


def _next(feed: FeedHealth, now: datetime) -> str:
    if feed.stop is not None or feed.next_poll is None:
        return "none, it has stopped"
    late = now - feed.next_poll
    return f"{_minute(feed.next_poll)}, {f'in {_span(-late)}' if late < timedelta(0) else f'due for {_span(late)}'}"


def _table(report: Report) -> list[str]:
    """Return one line a feed that is not broken, with the error of the last days below it."""
    now = report.health.at
    rows = [feed for feed in report.judged if feed.polls and not feed.broken]
    if not rows:
        return []
    heads = ("success", "new", "24 h", "7 days", "usual", "next")
    told = ["", "feeds that are heard: time since the last success and the last new entry, new"]
    told += ["entries in 24 hours, in 7 days and on a usual day, time to the next poll", ""]
    told.append(_row("", *heads))
    for feed in rows:
        quiet = _short(now - feed.last_new) if feed.last_new else "none"
        heard = _short(now - feed.last_success) if feed.last_success else "never"
        usual = "-" if feed.usual is None else f"{feed.usual:.1f}"
        due = "due" if feed.next_poll is None or feed.next_poll <= now else _short(feed.next_poll - now)
        name = report.names[feed.feed]
        told.append(_row(name, heard, quiet, str(feed.last_day), str(feed.last_week), usual, due))
        error = feed.last_failure
        if error and (feed.failures or now - error.at < _RECENT):
            told += _wrapped(f"last error {_error(error)}", indent=4)
    return told


def _row(name: str, *cells: str) -> str:
    name = plain(name)
    name = name if len(name) <= _NAME else f"{name[: _NAME - 16]}…{name[-15:]}"
    return f"  {name:<{_NAME}}" + "".join(f"{cell:>7}" for cell in cells)


def _bare(report: Report, title: str, feeds: Sequence[FeedHealth]) -> list[str]:
    rows = [line for feed in feeds for line in _wrapped(f"{report.names[feed.feed]}, {feed.feed}", indent=2)]
    return ["", f"{title}: {len(feeds)}", *rows] if feeds else []


def _page_lines(pages: Pages) -> list[str]:
    rows = [f"  {_PAGES[name]:<24}{number:>7}" for name, number in asdict(pages).items()]
    return ["pages of the last 28 days", *rows]


def _week_lines(weeks: Sequence[Week], now: datetime) -> list[str]:
    """Return a table of one vintage: what it read by week, and how much of it stayed open."""
    model, targets = weeks[0].model, weeks[0].targets
    told = _wrapped(f"read by week (from Monday, UTC) with model {model}, targets {targets}")
    told.append(
        f"  {'':<17}{'articles':>10}{'statements':>12}{'no speaker':>12}{'views':>8}{'abstained':>11}"
    )
    for week in weeks:
        name = f"{week.label} so far" if week.monday + 7 * _DAY > now.date() else week.label
        shares = _percent(week.unresolved_share), _percent(week.abstained_share)
        counts = f"{week.articles:>10}{week.statements:>12}{shares[0]:>12}{week.views:>8}{shares[1]:>11}"
        told.append(f"  {name:<17}{counts}")
    return told


def _verdict(report: Report) -> list[str]:
    """Return the feeds counted by state, and in the last line the verdict with the exit code."""
    if not report.judged:
        return ["there is no feed in the list (exit code 0)"]
    states = Counter(_SHOWN.get(feed.state, feed.state) for feed in report.judged)
    counts = _wrapped(f"feeds   {', '.join(f'{number} {state}' for state, number in states.items())}")
    number, code = len(report.broken), int(bool(report.broken))
    return [*counts, f"broken  {number} of {len(report.judged)} (exit code {code})"]


def _wrapped(text: str, label: str | None = None, indent: int = 0) -> list[str]:
    """Return text from a stranger or from here in lines that fit, below a label of its own column."""
    head = " " * indent if label is None else f"  {label:<14}"
    return wrap(
        plain(text), _WIDTH, initial_indent=head, subsequent_indent=" " * len(head), break_on_hyphens=False
    ) or [head.rstrip()]


def _error(error: Failure) -> str:
    meaning = _ERRORS.get(error.outcome, error.outcome)
    return f"{_minute(error.at)}: {meaning}{f' ({error.note})' if error.note else ''}"


def _since(moment: datetime | None, now: datetime) -> str:
    return f"{_minute(moment)}, {_span(now - moment)} ago" if moment else "never"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _span(span: timedelta) -> str:
    """Return a stretch of time in the largest unit that leaves two or more of it."""
    minutes = max(0, int(span.total_seconds() // 60))
    number, unit = (minutes, "minute")
    if minutes >= 48 * 60:
        number, unit = minutes // (24 * 60), "day"
    elif minutes >= 120:
        number, unit = minutes // 60, "hour"
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _short(span: timedelta) -> str:
    number, unit = _span(span).split()
    return f"{number} {'min' if unit.startswith('min') else 'h' if unit.startswith('h') else 'd'}"


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{share * 100:.0f} %"
