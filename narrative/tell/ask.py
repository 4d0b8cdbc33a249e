"""Answers a question from standings: who holds what, both camps counted, and what is shown but not counted.

What is listed is what was counted: standings, their expiry and their net all come from the caller
(`measure`), this room only picks those that the question asks for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from difflib import get_close_matches

from narrative.targets import Targets
from narrative.tell import contrast as contrasting
from narrative.tell.qualities import Ends
from narrative.tell.question import Question
from narrative.tell.selection import (
    Row,
    fits,
    in_stock,
    is_asked,
    is_dated,
    is_who,
    named,
    oriented,
    select_rows,
    titled,
)
from narrative.tell.shapes import AnyStanding, Tally
from narrative.tell.understanding import understood
from narrative.terms import Entry

_NEAREST = 3


@dataclass(frozen=True, slots=True)
class Counts:
    """Voices by camp, oriented by the question's legs; `expired` are listed and in no camp."""

    bullish: int = 0
    bearish: int = 0
    neutral: int = 0
    expired: int = 0
    # of a question that names no target: views, one a voice and target, which have no net
    net: float | None = None

    @property
    def voices(self) -> int:
        """Voices counted."""
        return self.bullish + self.bearish + self.neutral


@dataclass(frozen=True, slots=True)
class SideCounts:
    """One side of a comparison: what it is called, the camps on it, oriented by its own legs."""

    name: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class Holdings:
    """How many articles the ledger holds, and how many views by target, None for those in the rows at hand."""

    articles: int = 0
    views: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the ledger says to a question. `before` are the camps that a change is measured from.

    `reference` are the views that the rows are set beside ("who disagrees with X": those of X), `finding` is
    what that comes to in a sentence, `sides` the camps of a comparison. `at` is the instant the standings
    were taken, `known_at` what the ledger was rolled back to, if it was; `since` that there are views from before, which
    were left aside because they ran out long ago.
    """

    question: Question
    understood: str
    at: datetime
    known_at: datetime | None
    counts: Counts
    rows: tuple[Row, ...]
    not_counted: tuple[tuple[Entry, str], ...]
    before: Counts | None = None
    before_day: date | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    note: str | None = None
    reference: tuple[Row, ...] = ()
    finding: str | None = None
    sides: tuple[SideCounts, ...] = ()
    since: datetime | None = None


def answer(
    question: Question,
    standings: Sequence[AnyStanding],
    not_counted: Sequence[tuple[Entry, str]],
    entries: Sequence[Entry],
    *,
    tally: Tally[AnyStanding],
    ends: Ends,
    targets: Targets,
    at: datetime,
    known_at: datetime | None = None,
    before: Sequence[AnyStanding] = (),
    holdings: Callable[[], Holdings] = Holdings,
    since: datetime | None = None,
    today: date | None = None,
) -> Answer:
    """Return the answer to `question`.

    `standings` are those at `question.state_day` (or now), `before` those at `question.compared_day`,
    needed only for a question about change; `entries` are all rows on the question's targets,
    `not_counted` those of them that enter no number, with the reason. `tally` gives the net of some
    standings on legs, `ends` the last day of the horizon that a view states, `holdings` what the ledger has,
    asked for an answer that is empty. `today` is the day of the question, by default that of `at`.
    """
    asked, earlier = ([s for s in some if is_asked(s, question)] for some in (standings, before))
    if question.kind in contrasting.KINDS:
        found = contrasting.contrast(question, asked, standings, tally, ends)
    else:
        rows = select_rows(question, asked, before, entries, standings, tally, ends)
        found = contrasting.Contrast(tuple(rows))
    legs = dict(question.legs)
    left_out = [(entry, why) for entry, why in not_counted if _beside(entry, question, legs, ends)]
    change = question.kind == "change"
    made = Answer(
        question=question,
        understood=understood(question),
        at=at,
        known_at=known_at,
        counts=_camps(in_stock(asked, question, ends), question, tally),
        rows=found.rows,
        not_counted=tuple(left_out),
        before=_counts(earlier, legs, tally) if change else None,
        before_day=question.compared_day(today or at.date()) if change else None,
        names={target: targets[target].name for target in {*question.targets, *(e.target for e in entries)}},
        reference=found.reference,
        finding=found.finding,
        sides=_sides(question, asked, tally, ends),
        since=since,
    )
    return made if found.rows else _empty(made, entries, holdings(), targets)


def _camps(stock: Sequence[AnyStanding], question: Question, tally: Tally[AnyStanding]) -> Counts:
    """Return the camps of voices; where no target is named, views on different things make no voice's camp and no net."""
    if not question.everywhere:
        return _counts(stock, dict(question.legs), tally)
    stances = Counter(s.stance for s in stock if s.state != "expired")
    expired = sum(s.state == "expired" for s in stock)
    return Counts(stances["bullish"], stances["bearish"], stances["neutral"], expired)


def _counts(standings: Sequence[AnyStanding], legs: Mapping[str, int], tally: Tally[AnyStanding]) -> Counts:
    live = [s for s in standings if s.state != "expired"]
    balance = tally(live, legs)
    expired = {s.voice for s in standings} - {s.voice for s in live}
    return Counts(balance.n_bullish, balance.n_bearish, balance.n_neutral, len(expired), balance.value)


def _sides(
    question: Question, asked: Sequence[AnyStanding], tally: Tally[AnyStanding], ends: Ends
) -> tuple[SideCounts, ...]:
    stock = in_stock(asked, question, ends)
    found = []
    for name, legs in question.sides:
        signs = dict(legs)
        found.append(SideCounts(name, _counts([s for s in stock if s.target in signs], signs, tally)))
    return tuple(found)


def _beside(entry: Entry, question: Question, legs: Mapping[str, int], ends: Ends) -> bool:
    """Whether a row that is not counted belongs beside this answer."""
    if entry.target not in legs or not is_who(entry, question):
        return False
    stance = oriented(entry.stance, legs[entry.target])
    return question.wants(stance) and is_dated(entry, question) and fits(entry, question, ends)


def _empty(
    made: Answer,
    entries: Sequence[Entry],
    holdings: Holdings,
    targets: Targets,
) -> Answer:
    """Return the same answer with a note that says what there is instead."""
    held = holdings.views if holdings.views is not None else Counter(entry.target for entry in entries)
    who = "Nothing" if made.question.kind == "opposite" else "Nobody"
    notes = [f"{who} fits; the ledger holds {holdings.articles} articles"]
    about = sum(held.get(target, 0) for target in made.question.targets)
    notes.append(f"{about} views on {made.question.subject}")
    others = sorted(((n, t) for t, n in held.items() if n and t not in made.question.targets), reverse=True)
    if others and not about:
        notes.append(
            "most views are on " + ", ".join(f"{targets[t].name} ({n})" for n, t in others[:_NEAREST])
        )
    unknown = _unknown_name(made.question, entries)
    note = ", ".join(notes) + "."
    return replace(made, note=f"{unknown} {note}" if unknown else note)


def _unknown_name(question: Question, entries: Iterable[Entry]) -> str | None:
    """Return a sentence about a name that no row on the targets has, with the nearest that some have."""
    rows = tuple(entries)
    known = {
        "voice": {name for e in rows for name in (e.voice_name, e.firm) if name},
        "reference": {name for e in rows for name in (e.voice_name, e.firm) if name},
        "firm": {name for e in rows for name in (e.firm, e.voice_name) if name},
        "outlet": {name for e in rows for name in (e.outlet, *e.outlets) if name},
    }
    titles = {e.title for e in rows if e.title}
    if question.title and not any(titled(question.title, title) for title in titles):
        some = ", ".join(sorted(titles)[:_NEAREST])
        return f'No title on {question.subject} has "{question.title}" in it' + (
            f"; some are: {some}." if some else "."
        )
    for part, names in known.items():
        asked = getattr(question, part)
        if asked and not named(asked, names):
            near = get_close_matches(asked, sorted(names), _NEAREST, 0.5)
            on = "" if question.everywhere else f" on {question.subject}"
            return f"No {'voice' if part == 'reference' else part}{on} is called {asked}" + (
                f"; near: {', '.join(near)}." if near else "."
            )
    return None
