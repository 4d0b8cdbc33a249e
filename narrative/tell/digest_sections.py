"""The sections of a digest: what is not as it was a week ago, who is loudest, where the camps meet, who stands where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from narrative.tell.digest_lines import MOST_LINES, Clerk, Section
from narrative.tell.layout import count
from narrative.tell.novelty import LEAST_BEFORE, MOST_SHOWN, WEEKS, new_arguments
from narrative.tell.selection import oriented
from narrative.tell.shapes import Standing, day_of
from narrative.terms import Entry, Stance

MOST_VOICES = 60  # rows of the table of voices
MOST_DOTS = 300  # voices of the chart, the latest heard first
_FEW = 5  # lines of the sections that show the top of something
_HEDGE = (
    "By words that nobody had used on these legs; whether they make an argument is for the reader to say."
)


class Leaning(Protocol):
    """Where a voice leans with all its views that stand."""

    @property
    def label(self) -> Stance:
        """Its camp."""
        ...

    @property
    def support(self) -> float:
        """Probability for less probability against, in [-1, 1]."""
        ...


Lean = Callable[[Iterable[Entry], Mapping[str, int]], Leaning | None]


@dataclass(frozen=True, slots=True)
class Dot:
    """A voice of the chart: the day of its latest view that stands, and how far it is for (+1) or against (−1)."""

    name: str
    view: str
    day: date
    support: float
    camp: Stance
    fresh: bool  # heard in this week


@dataclass(frozen=True, slots=True)
class Dots:
    """The chart of voices: its dots, oldest first, how many did not fit, and the last day of the week."""

    marks: tuple[Dot, ...]
    left: int
    last: date


def changes(
    clerk: Clerk,
    now: Sequence[Standing],
    before: Sequence[Standing],
    entries: Sequence[Entry],
    since: datetime,
) -> tuple[Section, ...]:
    """Return what is not as it was a week ago, in order of weight, and then where the camps meet and who is loudest.

    `since` is the first instant of the week, the cut-off before it.
    """
    live = [s for s in now if s.target in clerk.legs and s.state != "expired"]
    old = {(s.voice, s.target): s for s in before if s.state != "expired"}
    known = [(s, old[s.voice, s.target]) for s in live if (s.voice, s.target) in old]
    flips = [(s.entry, s.state, past.entry, "") for s, past in known if past.stance != s.stance]
    again = [s for s, past in known if past.stance == s.stance and past.entry.view != s.entry.view]
    new = [s for s in live if (s.voice, s.target) not in old]
    gone = [s for s in now if s.state == "expired" and (s.voice, s.target) in old and s.target in clerk.legs]
    states = {s.entry.view: s.state for s in live}
    return (
        clerk.gather("Who flipped", flips, "Nobody."),
        clerk.section("New voices", new, "None."),
        clerk.section("New words from known voices", again, "None."),
        _arguments(clerk, entries, since, states),
        clerk.section("Views that ran out", gone, "None."),
        _disagreement(clerk, live),
        _loudest(clerk, entries, since, states),
    )


def after_the_close(
    clerk: Clerk, standings: Sequence[Standing], late: Iterable[Standing]
) -> tuple[Section, ...]:
    """Return what came after the last cut-off of the week, a row for each voice on each leg; nothing without any.

    Each is told against what stood at the cut-off.
    """
    stood = {(s.voice, s.target): s.entry for s in standings if s.state != "expired"}
    rows = []
    for s in late:
        old = stood.get((s.voice, s.target))
        turned = old is not None and old.stance != s.stance
        state = "new" if old is None else "flipped" if turned else "reiterated"
        rows.append((s.entry, state, old if turned else None, ""))
    if not rows:
        return ()
    section = clerk.gather("After the last close", rows, "None.")
    return (replace(section, notes=("In no number of this week: they count from the next session on.",)),)


def voices(clerk: Clerk, standings: Sequence[Standing]) -> Section:
    """Return all views that stand, by camp, the surest first."""
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


def dots(clerk: Clerk, standings: Sequence[Standing], since: datetime, last: date, lean: Lean) -> Dots:
    """Return a dot for each voice with a view that stands; `since` is the first instant of the week, `last` its last day.

    A voice with a view that is not in its page as recorded has none.
    """
    stands: dict[str, list[Entry]] = defaultdict(list)
    for s in standings:
        if s.target in clerk.legs and s.state != "expired":
            stands[s.voice].append(s.entry)
    latest = {voice: max(mine, key=lambda row: (day_of(row), row.view)) for voice, mine in stands.items()}
    order = sorted(latest, key=lambda voice: (day_of(latest[voice]), voice), reverse=True)
    found = []
    for voice in order[:MOST_DOTS]:
        row, leaning = latest[voice], lean(stands[voice], clerk.legs)
        sound = [clerk.holds(entry) for entry in stands[voice]]  # all of them, so that each is counted
        if leaning and all(sound):
            fresh = row.available_at >= since
            name = clerk.name(row)
            found.append(Dot(name, row.view, day_of(row), leaning.support, leaning.label, fresh))
    return Dots(tuple(found[::-1]), max(0, len(order) - MOST_DOTS), last)


def _arguments(clerk: Clerk, entries: Sequence[Entry], since: datetime, states: Mapping[str, str]) -> Section:
    legs = [name for leg in clerk.legs for name in (clerk.targets[leg].name, *clerk.targets[leg].aliases)]
    rows = [row for row in _this_week(clerk, entries, since) if row.counted]
    found = new_arguments(rows, [row for row in entries if clerk.heard(row)], since, legs)
    if found is None:
        few = f"Too little was said in the {WEEKS} weeks before (under {LEAST_BEFORE} views) to tell what is new."
        return Section("New arguments", empty=few)
    seen: set[str | None] = set()  # one line a voice
    lines = []
    for row, words in found:
        if row.voice not in seen:
            told = f"not said here before: {', '.join(words[:MOST_SHOWN])}"
            lines.append((row, states.get(row.view, "earlier"), None, told))
        seen.add(row.voice)
    empty = f"None: no words that were not used in the {WEEKS} weeks before."
    section = clerk.gather("New arguments", lines, empty, _FEW)
    return replace(section, notes=(_HEDGE,)) if section.lines else section


def _loudest(clerk: Clerk, entries: Sequence[Entry], since: datetime, states: Mapping[str, str]) -> Section:
    """Return the voices of the week that were in more than one story, those in most stories first."""
    said: dict[str, list[Entry]] = defaultdict(list)
    for row in _this_week(clerk, entries, since):
        if row.voice:
            said[row.voice].append(row)
    heard = []
    for voice, rows in said.items():
        stories = len({row.story for row in rows})
        counted = [row for row in rows if row.counted]
        if stories > 1 and counted:
            outlets = len({outlet for row in rows for outlet in (row.outlet, *row.outlets) if outlet})
            heard.append((-stories, -outlets, voice, counted))
    lines = []
    for stories, outlets, _, counted in sorted(heard, key=lambda loud: loud[:3]):
        last = max(counted, key=lambda row: (row.available_at, row.view))
        told = f"{count(-stories, 'story', 'stories')} in {count(-outlets, 'outlet')} this week"
        lines.append((last, states.get(last.view, "earlier"), None, told))
    return clerk.gather("Loudest voices", lines, "No voice was in more than one story.", _FEW)


def _this_week(clerk: Clerk, entries: Iterable[Entry], since: datetime) -> Iterator[Entry]:
    """Give the rows of the week that say something about a leg, echoes too."""
    return (row for row in entries if row.available_at >= since and clerk.heard(row))


def _disagreement(clerk: Clerk, live: Sequence[Standing]) -> Section:
    """On each leg the surest voice for and the surest against, when there are both."""
    chosen: list[Standing] = []
    for target in clerk.legs:
        here = sorted(
            (s for s in live if s.target == target), key=lambda s: (-abs(s.entry.score), s.entry.view)
        )
        sides = [
            next(
                (s for s in here if oriented(s.stance, clerk.legs[target]) == camp and clerk.holds(s.entry)),
                None,
            )
            for camp in ("bullish", "bearish")
        ]
        if all(sides):
            chosen += [side for side in sides if side]
    section = clerk.section("Where they disagree", chosen, "No leg has a voice on both sides.", MOST_LINES)
    return replace(section, paired=True)
