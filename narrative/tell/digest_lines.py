"""The lines of a digest: rows as printed, each checked against its page and cut to a length that may be shared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from narrative.errors import UsageError
from narrative.targets import Narrative, Targets
from narrative.tell.escaping import plain
from narrative.tell.selection import oriented
from narrative.tell.shapes import Standing
from narrative.terms import Entry, Stance

QUOTE_WORDS = 40
LONGEST_WORD = 12  # a quote is also cut at this many characters a word: not every script has spaces
MOST_LINES = 12  # lines of one section; more are counted
_NAME, _CLAUSE, _ADDRESS = (
    90,
    240,
    600,
)  # most characters of a name, of a condition, of an address that is linked


@dataclass(frozen=True, slots=True)
class Line:
    """One view as printed: its row, the words up to the cap, its camp in the narrative, its stance before.

    `told` says what made it one of its section, where the heading does not.
    """

    entry: Entry
    words: str
    camp: Stance
    target: str
    state: str
    was: Stance | None = None
    was_view: str | None = None
    told: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, sentences and lines; `more` lines did not fit. Empty sections say `empty`."""

    heading: str
    lines: tuple[Line, ...] = ()
    notes: tuple[str, ...] = ()
    empty: str = ""
    more: int = 0
    paired: bool = False  # lines come in pairs that face each other


class Clerk:
    """Turns rows into lines, checks each against its page once, and keeps the ids of those it had to drop.

    Raises UsageError for quotes of no word.
    """

    def __init__(
        self, narrative: Narrative, targets: Targets, check: Callable[[Entry], bool], quote_words: int
    ) -> None:
        if quote_words < 1:
            raise UsageError(f"quotes cannot be capped at {quote_words} words; give 1 or more")
        self.legs = narrative.legs
        self.targets = targets
        self.dropped: set[str] = set()
        self._check = check
        self._limit = quote_words
        self._sound: dict[str, bool] = {}

    def section(
        self, heading: str, standings: Iterable[Standing], empty: str, most: int = MOST_LINES
    ) -> Section:
        """Return a section with a line for each standing that holds, `most` at most."""
        return self.gather(heading, ((s.entry, s.state, None, "") for s in standings), empty, most)

    def gather(
        self,
        heading: str,
        rows: Iterable[tuple[Entry, str, Entry | None, str]],
        empty: str,
        most: int = MOST_LINES,
    ) -> Section:
        """Return a section of rows, each with its state, the row before it, and what is told of it."""
        lines: list[Line] = []
        more = 0
        for row in rows:
            if len(lines) == most:
                more += 1  # not printed, so not checked
            elif line := self.line(*row):
                lines.append(line)
        return Section(heading, tuple(lines), (), empty, more)

    def line(self, entry: Entry, state: str, was: Entry | None = None, told: str = "") -> Line | None:
        """Return the line of a row, or None when its words, or those it turned from, are not in the page."""
        if not (self.holds(entry) and (was is None or self.holds(was))):
            return None
        return Line(
            entry=_fitted(entry),
            words=capped(entry.words, self._limit),
            camp=oriented(entry.stance, self.legs[entry.target]),
            target=self.targets[entry.target].name,
            state=state,
            was=was.stance if was else None,
            was_view=was.view if was else None,
            told=told,
        )

    def heard(self, entry: Entry) -> bool:
        """Return whether a row says something about a leg now: not of the past, not withheld, not ruled out by hand."""
        return entry.target in self.legs and not (
            entry.past or entry.abstained or entry.correction == "none" or entry.imported
        )

    def name(self, entry: Entry) -> str:
        """Return the name of a row's voice as it is printed."""
        return _cut(entry.voice_name, _NAME)

    def holds(self, entry: Entry) -> bool:
        """Return whether a row stands as it was recorded; one that does not is counted as dropped."""
        if entry.view not in self._sound:
            self._sound[entry.view] = self._check(entry)
            if not self._sound[entry.view]:
                self.dropped.add(entry.view)
        return self._sound[entry.view]


def capped(words: str, limit: int) -> str:
    """Return at most `limit` words of a quote, and no more characters than such have, with an ellipsis where it was cut."""
    some = words.split()
    cut = words if len(some) <= limit else " ".join(some[:limit])
    cut = cut[: limit * LONGEST_WORD].rstrip()
    return words if cut == words.rstrip() else f"{cut} …"


def shorter(section: Section, most: int) -> Section:
    """Return a section with at most `most` lines, the others counted; pairs stay together."""
    most -= most % 2 if section.paired else 0
    left = max(0, len(section.lines) - most)
    return replace(section, lines=section.lines[:most], more=section.more + left) if left else section


def printed(sections: Sequence[Section]) -> list[str]:
    """Return the ids of all views that some sections print."""
    lines = [line for section in sections for line in section.lines]
    return [view for line in lines for view in (line.entry.view, line.was_view) if view]


def _fitted(entry: Entry) -> Entry:
    """Return a row whose names and clauses are no longer than a page can bear; hostile ones may fill megabytes."""
    return replace(
        entry,
        voice_name=_cut(entry.voice_name, _NAME),
        title=_cut(entry.title, _NAME) if entry.title else None,
        firm=_cut(entry.firm, _NAME) if entry.firm else None,
        outlet=_cut(entry.outlet, _NAME) or _cut(entry.url, _NAME),
        condition=_cut(entry.condition, _CLAUSE) if entry.condition else None,
        horizon=_cut(entry.horizon, _CLAUSE) if entry.horizon else None,
        url=entry.url if len(entry.url) <= _ADDRESS else "",
    )


def _cut(text: str, most: int) -> str:
    shown = plain(text)
    return shown if len(shown) <= most else f"{shown[: most - 1].rstrip()}…"
