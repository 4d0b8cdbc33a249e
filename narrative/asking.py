"""Asking: joins ledger -> measure -> tell for a question in words, in options, or both. Loads no model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from narrative.clock import Clock
from narrative.errors import UsageError
from narrative.firms import known_as
from narrative.ledger import Ledger
from narrative.measure.horizon import horizon_end
from narrative.measure.net import net
from narrative.measure.sessions import Sessions, load_sessions
from narrative.measure.stance import MEMORY_SESSIONS, Standing, current, not_counted, remembered_from
from narrative.measure.timing import said_at
from narrative.moments import day_end, moment
from narrative.targets import Narrative, Targets, load_narrative, load_targets
from narrative.targets import narratives as known_narratives
from narrative.tell import ask as answering
from narrative.tell import ask_data, ask_text
from narrative.tell.flags import Flags, with_flags
from narrative.tell.question import Question, parse
from narrative.tell.shapes import day_of
from narrative.terms import Entry

_WHOLE_PAST = ("said", "first", "opposite")  # kinds of questions that look back without an end
_FIRST_NARRATIVES = ("rotation", "soft-landing", "ai-spending")


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer with its renderings."""

    answer: answering.Answer
    short: dict[str, str]

    def text(self, *, width: int = 80, color: bool = False, limit: int | None = None) -> str:
        """The answer for a terminal."""
        return ask_text.render_text(self.answer, width=width, color=color, limit=limit, short=self.short)

    def json(self, *, limit: int | None = None) -> str:
        """The answer as one JSON object; `limit` leaves voices out of the list, not out of the counts."""
        return ask_data.render_json(self.answer, limit=limit)

    def csv(self, *, limit: int | None = None) -> str:
        """The voices as CSV."""
        return ask_data.render_csv(self.answer, limit=limit)

    def markdown(self, *, limit: int | None = None) -> str:
        """The answer as Markdown."""
        return ask_data.render_markdown(self.answer, short=self.short, limit=limit)


def ask(
    ledger: Ledger,
    question: str = "",
    *,
    flags: Flags | None = None,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    clock: Clock | None = None,
) -> Answered:
    """Answer a question from what was available at `as_of` (known at `known_at`), by default now.

    `flags` ask without words, or narrow the words. Raises UsageError, with the nearest questions, for a question
    that is not understood.
    """
    now = moment(as_of, known_at, clock)
    targets, sessions = load_targets(), load_sessions()
    asked = _asked(ledger, question, flags, now.date(), targets, known_at)
    if asked.known_at:
        if known_at:
            raise UsageError("what was known when stands in the question and in --known-at; give it once")
        known_at = day_end(asked.known_at)
        now = moment(as_of, known_at, clock) if asked.known_at < now.date() else now
    at = day_end(asked.state_day(now.date())) or now

    def state(at: datetime) -> tuple[tuple[Entry, ...], tuple[Standing, ...], datetime | None]:
        since = _since(asked, at, sessions)
        rows = _rows(ledger, asked, at, now, as_of, known_at, since)
        return rows, current(rows, at, sessions, memory_sessions=MEMORY_SESSIONS if since else None), since

    rows, standings, since = state(at)
    compared = day_end(asked.compared_day(now.date())) if asked.kind == "change" else None
    answer = answering.answer(
        asked,
        standings,
        not_counted(rows),
        rows,
        tally=net,
        targets=targets,
        at=at,
        known_at=known_at,
        before=state(compared)[1] if compared else (),
        holdings=lambda: answering.Holdings(
            ledger.articles_count(until=now, known_at=known_at),
            None if as_of or known_at else ledger.views_by_target(),
        ),
        since=since if since and ledger.has_views(asked.targets, before=since) else None,
        ends=_ends,
    )
    return Answered(answer, ledger.shorten(ask_text.views_of(answer), known_at=known_at))


def _since(asked: Question, at: datetime, sessions: Sessions) -> datetime | None:
    """Return from when on a view became available that has a part in the answer at `at`, None for all of the past.

    What ran out long before is left aside where the question names no time before that, and no voice whose past it
    could be about.
    """
    since = remembered_from(at, sessions)
    named = asked.voice or asked.firm or asked.reference or asked.kind in _WHOLE_PAST
    if since is None or named or (asked.since is None and (asked.past or asked.until)):
        return None
    return since if asked.since is None or asked.since > since.date() else None


def _asked(
    ledger: Ledger,
    question: str,
    flags: Flags | None,
    today: date,
    targets: Targets,
    known_at: datetime | None,
) -> Question:
    """Read a question in the ledger's own vocabulary; a firm or a voice asked for by an alias is that one."""
    names = ledger.names(known_at=known_at)
    aliases = {**ledger.voice_aliases(known_at=known_at), **known_as(names)}
    words, stories = (*names, *aliases), narratives()
    asked = (
        None if flags and not question else parse(question, today, targets, narratives=stories, names=words)
    )
    if flags or asked is None:
        asked = with_flags(flags or Flags(), asked, today, targets, narratives=stories, names=words)
    return replace(
        asked,
        voice=aliases.get(asked.voice or "", asked.voice),
        firm=aliases.get(asked.firm or "", asked.firm),
        reference=aliases.get(asked.reference or "", asked.reference),
    )


def _ends(entry: Entry) -> date | None:
    """Return the last day of the horizon that a view states."""
    return horizon_end(entry.horizon, day_of(entry))


def _rows(
    ledger: Ledger,
    asked: Question,
    at: datetime,
    now: datetime,
    as_of: datetime | None,
    known_at: datetime | None,
    since: datetime | None,
) -> tuple[Entry, ...]:
    """Return the rows behind the state at `at`, of those that became available from `since` on.

    "As of" a day, in words or by flag, means what could be read by then. A time in the question ("in 2024") means when things
    were said: then a row that came in later counts from its publication.
    """
    if at >= now or asked.as_of or as_of or known_at:
        return ledger.entries(targets=asked.targets, since=since, as_of=at, known_at=known_at)
    rows = ledger.entries(targets=asked.targets, since=since, as_of=now)
    said = (
        row if row.undated else replace(row, available_at=min(row.available_at, said_at(row))) for row in rows
    )
    return tuple(row for row in said if row.available_at <= at)


def narratives() -> list[Narrative]:
    """Return the narratives that a question may name: refusals offer those first that everybody has."""
    known = known_narratives()
    first = [name for name in _FIRST_NARRATIVES if name in known]
    return [load_narrative(name) for name in (*first, *sorted(known.keys() - set(first)))]
