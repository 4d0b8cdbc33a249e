"""A week of a narrative as facts: what changed first, then who stands where, then what was not seen.

The page and its Markdown twin are both drawn from the same `Digest`, so they cannot tell different
stories. A line is printed only if its words are what the ledger's spans cut from the page; the others are
dropped and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from narrative.errors import UsageError
from narrative.targets import Narrative, Targets
from narrative.tell.digest_words import coverage_notes, headline, market_notes, method_notes, tiles
from narrative.tell.layout import day, short_ids
from narrative.tell.selection import oriented
from narrative.tell.shapes import Coverage, Standing
from narrative.terms import Entry, Point, Stance

QUOTE_WORDS = 40
MOST_LINES = 12  # lines of one section; more are counted
_NEWS = 3  # the first sections of changes are news: flips, new voices, new words
_TOLD = 2  # flips that the opening paragraph names
MOST_VOICES = 60  # rows of the table of voices


@dataclass(frozen=True, slots=True)
class Tile:
    """One number with its label and what it is set against."""

    label: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class Line:
    """One view as printed: its row, the words up to the cap, its camp in the narrative, its stance before."""

    entry: Entry
    words: str
    camp: Stance
    target: str
    state: str
    was: Stance | None = None
    was_view: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, sentences and lines; `more` lines did not fit. Empty sections say `empty`."""

    heading: str
    lines: tuple[Line, ...] = ()
    notes: tuple[str, ...] = ()
    empty: str = ""
    more: int = 0
    paired: bool = False  # lines come in pairs that face each other


@dataclass(frozen=True, slots=True)
class Digest:
    """All facts of one week. `ids` gives the short form of every view id that is printed."""

    narrative: str
    title: str
    hypothesis: str
    week: str
    days: str
    banners: tuple[str, ...]
    headline: tuple[str, ...]
    tiles: tuple[Tile, ...]
    points: tuple[Point, ...]
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
    targets: Targets,
    check: Callable[[Entry], bool],
    quote_words: int = QUOTE_WORDS,
    spread: str = "",
    banners: Iterable[str] = (),
    root: str | None = None,
    short: Mapping[str, str] | None = None,
) -> Digest:
    """Return the facts of ISO week `week` ("2026-W03").

    `points` are weekly and end with this week; `standings` are those at its end, `before` those at the
    end of the week before; `entries` are all rows on the narrative's legs known then. `spread` names the
    market spread in words ("IWM − QQQ"), `root` is the ledger's (DAY:ROOT). Raises UsageError for a week
    that is none, or that `points` do not have.
    """
    monday, sunday = week_days(week)
    place = _place(points, week, narrative.name)
    point, previous = points[place], points[place - 1] if place else None
    clerk = _Clerk(narrative, targets, check, quote_words)
    changes, voices = _changes(clerk, standings, before), _voices(clerk, standings)
    fresh, flips = sum(map(_size, changes[:_NEWS])), _size(changes[0])
    market = Section("Beside it, the market", notes=tuple(market_notes(point, previous, spread)))
    return Digest(
        narrative=narrative.name,
        title=narrative.title,
        hypothesis=narrative.hypothesis,
        week=week,
        days=_days(monday, sunday),
        banners=tuple(banners),
        headline=tuple(headline(point, previous, _turned(changes[0]), fresh, coverage)),
        tiles=tuple(Tile(*tile) for tile in tiles(point, previous, flips, spread)),
        points=tuple(points[: place + 1]),
        spread=spread,
        changes=(*changes, market),
        voices=voices,
        coverage=tuple(coverage_notes(coverage, clerk.dropped)),
        method=tuple(method_notes(narrative.legs, *_vintages(entries, targets), quote_words, entries, root)),
        ids=short_ids([view for section in (*changes, voices) for view in _printed(section)], short),
        dropped=len(clerk.dropped),
    )


def _place(points: Sequence[Point], week: str, narrative: str) -> int:
    """Return where in the series a week is. Raises UsageError when it is not there."""
    for place, point in enumerate(points):
        if point.label == week:
            return place
    have = f"there are {points[0].label} to {points[-1].label}" if points else "there are none"
    raise UsageError(f"no point for {week} in {narrative}; {have}")


def _size(section: Section) -> int:
    return len(section.lines) + section.more


def _vintages(entries: Sequence[Entry], targets: Targets) -> tuple[list[str], str]:
    """Return the models and the target definitions that judged the rows."""
    versions = sorted({entry.targets_version for entry in entries}) or [targets.digest]
    return sorted({entry.model for entry in entries}), ", ".join(versions)


def _printed(section: Section) -> Iterator[str]:
    for line in section.lines:
        yield line.entry.view
        if line.was_view:
            yield line.was_view


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


class _Clerk:
    """Turns rows into lines, checks each against its page once, and keeps the ids of those it had to drop."""

    def __init__(
        self, narrative: Narrative, targets: Targets, check: Callable[[Entry], bool], quote_words: int
    ) -> None:
        self.legs = narrative.legs
        self.targets = targets
        self.dropped: set[str] = set()
        self._check = check
        self._limit = quote_words
        self._sound: dict[str, bool] = {}

    def section(
        self, heading: str, standings: Iterable[Standing], empty: str, most: int = MOST_LINES
    ) -> Section:
        lines = [line for standing in standings if (line := self.line(standing))]
        return Section(heading, tuple(lines[:most]), (), empty, max(0, len(lines) - most))

    def line(self, standing: Standing, was: Entry | None = None) -> Line | None:
        entry = standing.entry
        if not (self._holds(entry) and (was is None or self._holds(was))):
            return None
        return Line(
            entry=entry,
            words=capped(entry.words, self._limit),
            camp=oriented(entry.stance, self.legs[entry.target]),
            target=self.targets[entry.target].name,
            state=standing.state,
            was=was.stance if was else None,
            was_view=was.view if was else None,
        )

    def _holds(self, entry: Entry) -> bool:
        if entry.view not in self._sound:
            self._sound[entry.view] = self._check(entry)
            if not self._sound[entry.view]:
                self.dropped.add(entry.view)
        return self._sound[entry.view]


def capped(words: str, limit: int) -> str:
    """Return at most `limit` words of a quote, with an ellipsis where it was cut."""
    some = words.split()
    return words if len(some) <= limit else " ".join(some[:limit]) + " …"


def _changes(clerk: _Clerk, now: Sequence[Standing], before: Sequence[Standing]) -> tuple[Section, ...]:
    """Return what is not as it was a week ago, in order of weight, and then where the camps meet."""
    live = [s for s in now if s.target in clerk.legs and s.state != "expired"]
    old = {(s.voice, s.target): s for s in before if s.state != "expired"}
    known = [(s, old[s.voice, s.target]) for s in live if (s.voice, s.target) in old]
    flips = [(s, past.entry) for s, past in known if past.stance != s.stance]
    again = [s for s, past in known if past.stance == s.stance and past.entry.view != s.entry.view]
    new = [s for s in live if (s.voice, s.target) not in old]
    gone = [s for s in now if s.state == "expired" and (s.voice, s.target) in old and s.target in clerk.legs]
    turned = [line for s, past in flips if (line := clerk.line(s, past))]
    return (
        Section("Who flipped", tuple(turned[:MOST_LINES]), (), "Nobody.", max(0, len(turned) - MOST_LINES)),
        clerk.section("New voices", new, "None."),
        clerk.section("New words from known voices", again, "None."),
        clerk.section("Views that ran out", gone, "None."),
        _disagreement(clerk, live),
    )


def _turned(flips: Section) -> list[str]:
    """Return a sentence for each of the first flips."""
    lines = flips.lines[:_TOLD]
    return [
        f"{line.entry.voice_name} turned from {line.was} to {line.entry.stance} on {line.target}."
        for line in lines
    ]


def _disagreement(clerk: _Clerk, live: Sequence[Standing]) -> Section:
    """On each leg the surest voice for and the surest against, when there are both."""
    chosen: list[Standing] = []
    for target in clerk.legs:
        here = sorted(
            (s for s in live if s.target == target), key=lambda s: (-abs(s.entry.score), s.entry.view)
        )
        sound = [s for s in here if clerk.line(s)]
        camps = {oriented(s.stance, clerk.legs[target]): s for s in reversed(sound)}
        sides = [camps.get("bullish"), camps.get("bearish")]
        if all(sides):
            chosen += [side for side in sides if side]
    section = clerk.section("Where they disagree", chosen, "No leg has a voice on both sides.")
    return replace(section, paired=True)


def _voices(clerk: _Clerk, standings: Sequence[Standing]) -> Section:
    """All views that stand, by camp, the surest first."""
    camps = ("bullish", "bearish", "neutral")
    live = [s for s in standings if s.target in clerk.legs and s.state != "expired"]
    live.sort(
        key=lambda s: (
            camps.index(oriented(s.stance, clerk.legs[s.target])),
            -abs(s.entry.score),
            s.entry.view,
        )
    )
    return clerk.section("Who stands where", live, "No voice has a view that stands.", MOST_VOICES)
