"""The stock: what each voice stands for on each target at a moment, and until when.

A voice's latest word on a target is its standing view; it expires after 63 sessions or at its stated
horizon. Ask, digest, series and factor all take their voices from here, so that what is listed is what was
counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from narrative.measure.horizon import horizon_end
from narrative.measure.judged import Judged, Row
from narrative.measure.sessions import Sessions
from narrative.measure.timing import NEW_YORK, counts_from, said_at
from narrative.terms import Entry, Stance

State = Literal["new", "reiterated", "flipped", "expired"]

EXPIRY_SESSIONS = 63
LONGEST_SESSIONS = (
    252  # a stated horizon of years does not keep a view alive that nobody has repeated for one
)
MEMORY_SESSIONS = 252  # for so long a question about now remembers a view that has run out


@dataclass(frozen=True, slots=True)
class Standing:
    """A voice's latest view on one target.

    `history` holds the counted views of this voice on this target, in the order they were said, `entry`
    last. `expires` is the last session in which the view counts. `previous` is the label before this one: a
    view is `flipped` when it differs (to neutral counts), `reiterated` when it is the same and had not
    expired, else `new`.
    """

    voice: str
    voice_name: str
    target: str
    stance: Stance
    state: State
    entry: Entry
    history: tuple[Entry, ...]
    expires: date
    previous: Stance | None = None

    @property
    def counted(self) -> bool:
        """Whether the view still stands, and so enters net."""
        return self.state != "expired"


def current(
    entries: Iterable[Entry],
    at: datetime,
    sessions: Sessions,
    *,
    cutoff_minutes: int = 0,
    expiry_sessions: int = EXPIRY_SESSIONS,
    memory_sessions: int | None = None,
) -> tuple[Standing, ...]:
    """Return the standing view of each voice on each target as of `at`, the newest first.

    Expired views are returned with that state; with a memory those that ran out more than so many sessions ago are as if
    they had never been said. Raises NarrativeError when `at` is outside the calendar.
    """
    today = sessions.position_of(at, cutoff_minutes)
    known = (entry for entry in entries if counts_from(entry) <= at)
    if memory_sessions is not None:
        oldest = today - memory_sessions
        known = (
            row for row in known if last_session(row, sessions, cutoff_minutes, expiry_sessions) >= oldest
        )
    standings = [
        _standing(chain, today, sessions, cutoff_minutes, expiry_sessions) for chain in chains(known).values()
    ]
    standings.sort(key=lambda s: (s.voice, s.target))
    standings.sort(key=lambda s: said_at(s.entry), reverse=True)
    return tuple(standings)


def remembered_from(
    at: datetime, sessions: Sessions, memory_sessions: int = MEMORY_SESSIONS
) -> datetime | None:
    """Return the instant before which nothing became available that `current` remembers at `at`, None without such.

    No view stands for more than LONGEST_SESSIONS from when it was said, which is never after it became available.
    """
    oldest = sessions.position_of(at) - memory_sessions - LONGEST_SESSIONS
    return sessions.cutoff(sessions.labels[oldest - 1]) if oldest > 0 else None


def not_counted(entries: Iterable[Entry]) -> tuple[tuple[Entry, str], ...]:
    """Return the rows that enter no number, each with the reason in words, in the order given."""
    return tuple((entry, reason) for entry in entries if (reason := why_not(entry)) is not None)


def why_not(entry: Entry) -> str | None:
    """Return why a row is shown and not counted, or None when it counts."""
    if entry.voice is None:
        return "unnamed source"
    if entry.echo_of is not None:
        return f"repeats {entry.echo_of}"
    if entry.correction == "none":
        return "corrected by hand: no view on the target"
    if entry.abstained:
        return "the model abstained"
    if entry.past:
        return "speaks of the past"
    return None


def chains(entries: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
    """Return the counted rows by (voice, target), each list in the order the views were said."""
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for entry in entries:
        if entry.voice is not None and entry.counted:
            found[entry.voice, entry.target].append(entry)
    for chain in found.values():
        if len(chain) > 1:
            chain.sort(key=precedence)
    return dict(found)


def precedence(entry: Judged) -> tuple[datetime, datetime, bool, bool, float, str]:
    """Sort key whose greatest row is a voice's latest word.

    Publication decides, then availability; of views from one page the unconditional, the unhedged and the
    surer one stand.
    """
    surest = max(entry.bullish, entry.bearish, entry.neutral)
    return (
        said_at(entry),
        counts_from(entry),
        entry.condition is None,
        not entry.hedged,
        surest,
        entry.view,
    )


def last_session(
    entry: Judged, sessions: Sessions, cutoff_minutes: int = 0, expiry_sessions: int = EXPIRY_SESSIONS
) -> int:
    """Return the position of the last session in which the view counts: by stated horizon, else age."""
    said = said_at(entry)
    start = sessions.position_of(said, cutoff_minutes)
    end = horizon_end(entry.horizon, said.astimezone(NEW_YORK).date()) if entry.horizon else None
    longest = start + expiry_sessions if end is None else start + LONGEST_SESSIONS
    stated = longest if end is None else max(sessions.last_until(end), start)
    return min(longest, stated, len(sessions.labels) - 1)


def _standing(
    chain: list[Entry], today: int, sessions: Sessions, cutoff_minutes: int, expiry_sessions: int
) -> Standing:
    entry = chain[-1]
    last = last_session(entry, sessions, cutoff_minutes, expiry_sessions)
    before = _before(chain)
    state: State
    if today > last:
        state = "expired"
    elif before is None:
        state = "new"
    elif before.stance != entry.stance:
        state = "flipped"
    else:
        lapsed = last_session(before, sessions, cutoff_minutes, expiry_sessions)
        said = sessions.position_of(said_at(entry), cutoff_minutes)
        state = "new" if said > lapsed else "reiterated"
    return Standing(
        voice=str(entry.voice),
        voice_name=entry.voice_name,
        target=entry.target,
        stance=entry.stance,
        state=state,
        entry=entry,
        history=tuple(chain),
        expires=sessions.labels[last],
        previous=before.stance if before else None,
    )


def _before(chain: list[Entry]) -> Entry | None:
    """Return the view before the last one, from an earlier page, since one page is one occasion."""
    latest = chain[-1]
    for entry in reversed(chain[:-1]):
        if entry.article != latest.article:
            return entry
    return None


def by_voice(standings: Iterable[Standing], targets: Mapping[str, int]) -> dict[str, dict[str, Entry]]:
    """Return the views that still stand on some targets, by voice and then target."""
    found: dict[str, dict[str, Entry]] = defaultdict(dict)
    for standing in standings:
        if standing.counted and standing.target in targets:
            found[standing.voice][standing.target] = standing.entry
    return dict(found)
