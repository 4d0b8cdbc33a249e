"""Sets voices beside a voice and views beside a view: who disagrees, who was first, who said the opposite.

An answer of this kind has a finding, one sentence, and for a voice that others are set beside its own view.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from narrative.tell.layout import count, day
from narrative.tell.qualities import Ends
from narrative.tell.question import Question
from narrative.tell.selection import (
    OPPOSITE,
    Row,
    camp_of,
    fits,
    holding,
    in_stock,
    is_dated,
    named,
    newest_first,
    oriented,
    row_of,
    turns,
)
from narrative.tell.shapes import AnyStanding, Standing, Tally, day_of
from narrative.terms import Entry

KINDS = ("disagrees", "agrees", "first", "opposite", "when")


@dataclass(frozen=True, slots=True)
class Contrast:
    """The rows that answer, the views they are set beside, and what that comes to in a sentence."""

    rows: tuple[Row, ...] = ()
    reference: tuple[Row, ...] = ()
    finding: str | None = None


def contrast(
    question: Question,
    asked: Sequence[AnyStanding],
    standings: Sequence[AnyStanding],
    tally: Tally[AnyStanding],
    ends: Ends,
) -> Contrast:
    """Return what answers a question of one of `KINDS`.

    `asked` are the standings that fit its voice, firm and kind of voice; the voice that others are set beside is
    looked up among all `standings`.
    """
    if question.kind == "first":
        return _first(question, asked, ends)
    if question.kind == "opposite":
        return _opposite(question, asked, ends)
    if question.kind == "when":
        return _when(question, asked, ends)
    return _camps(question, asked, standings, tally, ends)


def _camps(
    question: Question,
    asked: Sequence[AnyStanding],
    standings: Sequence[AnyStanding],
    tally: Tally[AnyStanding],
    ends: Ends,
) -> Contrast:
    """Return the voices in the camp of one voice, or in the one against it."""
    name, legs = question.reference or "", dict(question.legs)
    live = [s for s in standings if s.target in legs and s.state != "expired"]
    mine = _called(name, live)
    shown = tuple(newest_first(row_of(s) for s in mine))
    voices = {s.voice: s.voice_name for s in mine}
    if not mine:
        return Contrast(finding=_unheard(name, question.subject, live))
    if len(voices) > 1:
        who = ", ".join(sorted(voices.values()))
        return Contrast(
            (), shown, f"{name} may be {count(len(voices), 'voice')}: {who}; ask with one of them"
        )
    camp, printed = camp_of(mine, legs, tally), mine[0].voice_name
    if camp is None or (camp == "neutral" and question.kind == "disagrees"):
        return Contrast((), shown, f"{printed} is neutral: nobody is in a camp against it")
    wanted = camp if question.kind == "agrees" else OPPOSITE[camp]
    others = [s for s in asked if s.voice not in voices and s.state != "expired"]
    rows = newest_first(holding(in_stock(others, question, ends), replace(question, stance=wanted), tally))
    heard = count(len({row.entry.voice for row in rows}), "voice is", "voices are")
    too = " too" if question.kind == "agrees" else ""
    return Contrast(tuple(rows), shown, f"{printed} is {camp}; {heard} {wanted}{too}")


def _called(name: str, standings: Sequence[AnyStanding]) -> list[AnyStanding]:
    """Return the standings of the voice of that name, else of those with it in their name; not of a firm's people."""
    exact = [s for s in standings if s.voice_name.casefold() == name.casefold()]
    return exact or [s for s in standings if named(name, (s.voice_name,))]


def _unheard(name: str, subject: str, live: Sequence[Standing]) -> str:
    people = sorted({s.voice_name for s in live if named(name, (s.entry.firm,))})
    said = f"{name} has no view on {subject} that stands"
    return f"{said}; its people have: {', '.join(people)}" if people else said


def _first(question: Question, asked: Sequence[Standing], ends: Ends) -> Contrast:
    """Return every voice's first view of the stance asked for, the earliest first; "turned" wants a change."""
    firsts: dict[str, Row] = {}
    for standing in asked:
        sign = dict(question.legs)[standing.target]
        steps: Sequence[tuple[Entry | None, Entry]] = (
            turns(standing.history) if question.move else [(None, entry) for entry in standing.history]
        )
        for old, new in steps:
            stance = oriented(new.stance, sign)
            if question.wants(stance) and is_dated(new, question) and fits(new, question, ends):
                row = row_of(standing, new, old.stance if old else None)
                rival = firsts.get(standing.voice)
                if rival is None or _moment(row) < _moment(rival):
                    firsts[standing.voice] = row
    rows = tuple(sorted(firsts.values(), key=_moment))
    if not rows:
        return Contrast()
    dawn = day_of(rows[0].entry)
    leaders = [row.entry.voice_name for row in rows if day_of(row.entry) == dawn]
    return Contrast(rows, (), f"First in this ledger: {' and '.join(leaders)}, {day(dawn)}")


def _moment(row: Row) -> tuple[object, ...]:
    """Return what decides which of two rows comes first; the id makes it certain."""
    return day_of(row.entry), row.entry.available_at, row.entry.view


def _opposite(question: Question, asked: Sequence[Standing], ends: Ends) -> Contrast:
    """Return the views of a voice that go against its latest one on the same target, the newest first."""
    rows, latest = [], []
    for standing in asked:
        latest.append(row_of(standing))
        rows += [
            row_of(standing, entry)
            for entry in standing.history
            if standing.stance != "neutral"
            and entry.stance == OPPOSITE[standing.stance]
            and is_dated(entry, question)
            and fits(entry, question, ends)
        ]
    rows, latest = newest_first(rows), newest_first(latest)
    return Contrast(tuple(rows), tuple(latest), _verdict(question, rows, latest))


def _when(question: Question, asked: Sequence[Standing], ends: Ends) -> Contrast:
    """Return every change of a voice to the stance asked for, the newest first; what it began with is none."""
    rows: list[Row] = []
    began: list[Row] = []
    for standing in asked:
        sign = dict(question.legs)[standing.target]
        steps = [(None, standing.history[0]), *turns(standing.history)]
        for old, new in steps:
            if (
                question.wants(oriented(new.stance, sign))
                and is_dated(new, question)
                and fits(new, question, ends)
            ):
                row = row_of(standing, new, old.stance if old else None)
                (rows if old else began).append(row)
    rows, began = newest_first(rows), newest_first(began)
    if rows:
        told = [f"{row.entry.voice_name}, {day(day_of(row.entry))}" for row in rows]
        return Contrast(tuple(rows), (), f"Changed: {'; '.join(told)}")
    told = [
        f"{row.entry.voice_name} was {row.entry.stance} from {day(day_of(row.entry))} on" for row in began
    ]
    return Contrast((), tuple(began), f"No change in this ledger; {'; '.join(told)}" if told else None)


def _verdict(question: Question, rows: Sequence[Row], latest: Sequence[Row]) -> str | None:
    if not latest:
        return None
    signs = dict(question.legs)
    held = " and ".join(dict.fromkeys(oriented(row.entry.stance, signs[row.entry.target]) for row in latest))
    if rows:
        return f"Yes: {count(len(rows), 'view goes', 'views go')} against the latest, which is {held}"
    if held == "neutral":
        return "The latest view is neutral, which has no opposite"
    return f"No view goes against the latest, which is {held}"
