"""A week of a narrative as facts: what changed first, then who stands where, then what was not seen.

The page, its Markdown twin and the mail are all drawn from the same `Digest`, so they cannot tell different
stories. A line is printed only if its words are what the ledger's spans cut from the page; the others are
dropped and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from narrative.errors import UsageError
from narrative.targets import Narrative, Targets
from narrative.tell.digest_lines import QUOTE_WORDS, Clerk, Section, printed, shorter
from narrative.tell.digest_sections import Dots, Lean, after_the_close, changes, dots, voices
from narrative.tell.digest_words import coverage_notes, headline, market_notes, method_notes, tiles
from narrative.tell.layout import day, short_ids
from narrative.tell.shapes import Coverage, Standing
from narrative.terms import Entry, Point

MOST_WEEKS = 52  # of the chart and its table
_NEWS = 3  # the first sections of changes are news: flips, new voices, new words
_TOLD = 2  # flips that the opening paragraph names
_NEW_YORK = ZoneInfo("America/New_York")


@dataclass(frozen=True, slots=True)
class Tile:
    """One number with its label and what it is set against."""

    label: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class Check:
    """What a digest asks of the stages before it, row by row.

    `supports` says whether a row's words are in its page as recorded, `lean` where a voice with some views leans,
    `short` gives view ids in a short form.
    """

    supports: Callable[[Entry], bool]
    lean: Lean
    short: Callable[[Sequence[str]], Mapping[str, str]] = short_ids


@dataclass(frozen=True, slots=True)
class Digest:
    """All facts of one week. `ids` gives the short form of every view id that is printed.

    `points` are the weeks of the chart, at most a year of them; `weeks` is how many the series has until then.
    """

    narrative: Narrative
    week: str
    days: str
    banners: tuple[str, ...]
    headline: tuple[str, ...]
    tiles: tuple[Tile, ...]
    points: tuple[Point, ...]
    weeks: int
    dots: Dots
    spread: str
    changes: tuple[Section, ...]
    voices: Section
    coverage: tuple[str, ...]
    method: tuple[str, ...]
    ids: Mapping[str, str]
    dropped: int


def digest(
    narrative: Narrative,
    points: Sequence[Point],
    standings: Sequence[Standing],
    before: Sequence[Standing],
    entries: Sequence[Entry],
    coverage: Coverage | None,
    week: str,
    *,
    check: Check,
    targets: Targets,
    quote_words: int = QUOTE_WORDS,
    spread: str = "",
    banners: Iterable[str] = (),
    root: str | None = None,
    since: datetime | None = None,
    late: Sequence[Standing] = (),
) -> Digest:
    """Return the facts of ISO week `week` ("2026-W03").

    `points` are weekly and end with this week; `standings` are those at the cut-off of its last session, as its point has them,
    `before` those at the cut-off before it; `entries` are all rows on the legs known then, `late` the latest word of each voice
    that spoke later. `since` is the first instant of the week, by default that of its Monday in New York, `spread` the market
    spread ("IWM − QQQ"), `root` the ledger's. Raises UsageError for a week not in `points`, and for quotes of no word.
    """
    (monday, sunday), place = week_days(week), place_of(points, week, narrative.name)
    since = since or datetime.combine(monday, time(), _NEW_YORK)
    point, previous = points[place], points[place - 1] if place else None
    clerk = Clerk(narrative, targets, check.supports, quote_words)
    changed = (*changes(clerk, standings, before, entries, since), *after_the_close(clerk, standings, late))
    standing, shown = voices(clerk, standings), dots(clerk, standings, since, sunday, check.lean)
    fresh = sum(map(_size, changed[:_NEWS])) or point.n_new
    return Digest(
        narrative=narrative,
        week=week,
        days=_days(monday, sunday),
        banners=tuple(banners),
        headline=tuple(headline(point, previous, _turned(changed[0]), fresh, coverage)),
        tiles=tuple(Tile(*tile) for tile in tiles(point, previous, _size(changed[0]), spread)),
        points=tuple(points[max(0, place + 1 - MOST_WEEKS) : place + 1]),
        weeks=place + 1,
        dots=shown,
        spread=spread,
        changes=(*changed, _market(point, previous, spread)),
        voices=standing,
        coverage=tuple(coverage_notes(coverage, clerk.dropped)),
        method=tuple(method_notes(narrative.legs, *_vintages(entries, targets), quote_words, entries, root)),
        ids=check.short([*printed((*changed, standing)), *(dot.view for dot in shown.marks)]),
        dropped=len(clerk.dropped),
    )


def reduced(digest: Digest, most: int) -> Digest:
    """Return a digest with at most `most` lines a section and three times as many dots; the others are counted."""
    kept = digest.dots.marks[-3 * most :] if most else ()
    left = digest.dots.left + len(digest.dots.marks) - len(kept)
    return replace(
        digest,
        changes=tuple(shorter(section, most) for section in digest.changes),
        voices=shorter(digest.voices, most),
        dots=replace(digest.dots, marks=kept, left=left),
    )


def place_of(points: Sequence[Point], week: str, narrative: str) -> int:
    """Return where in the series a week is. Raises UsageError when it is not there."""
    for place, point in enumerate(points):
        if point.label == week:
            return place
    have = f"there are {points[0].label} to {points[-1].label}" if points else "there are none"
    raise UsageError(f"no point for {week} in {narrative}; {have}")


def _market(point: Point, previous: Point | None, spread: str) -> Section:
    return Section("Beside it, the market", notes=tuple(market_notes(point, previous, spread)))


def _size(section: Section) -> int:
    return len(section.lines) + section.more


def _vintages(entries: Sequence[Entry], targets: Targets) -> tuple[list[str], str]:
    """Return the models and the target definitions that judged the rows."""
    versions = sorted({entry.targets_version for entry in entries})
    return sorted({entry.model for entry in entries}), ", ".join(versions or [targets.version])


def week_days(week: str) -> tuple[date, date]:
    """Return Monday and Sunday of an ISO week. Raises UsageError unless it is written like 2026-W03."""
    try:
        if len(week) != 8 or week[4:6] != "-W":
            raise ValueError(week)
        monday = date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
    except ValueError:
        raise UsageError(f"no such week {week!r}; write it like 2026-W03") from None
    return monday, monday + timedelta(days=6)


def _days(first: date, last: date) -> str:
    """Return "12 to 18 Jan 2026", with month and year of the first day where they differ."""
    same = (first.year, first.month) == (last.year, last.month)
    return f"{first.day if same else day(first)} to {day(last)}"


def _turned(flips: Section) -> list[str]:
    """Return a sentence for each of the first flips."""
    lines = flips.lines[:_TOLD]
    return [
        f"{line.entry.voice_name} turned from {line.was} to {line.entry.stance} on {line.target}."
        for line in lines
    ]
