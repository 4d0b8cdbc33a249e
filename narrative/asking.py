"""Asking: joins ledger -> measure -> tell for a question in words, in options, or both. Loads no model."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

from narrative.clock import Clock
from narrative.collecting import paused
from narrative.errors import UsageError
from narrative.firms import known_as
from narrative.ledger import Ledger
from narrative.measure.horizon import horizon_end
from narrative.measure.net import net
from narrative.measure.sessions import Sessions, load_sessions
from narrative.measure.stance import MEMORY_SESSIONS, Standing, current, not_counted, remembered_from
from narrative.measure.timing import said_at
from narrative.moments import day_at, day_end, moment
from narrative.targets import STOCK, Narrative, Targets, load_narrative, load_targets
from narrative.targets import narratives as known_narratives
from narrative.tell import ask as answering
from narrative.tell import ask_data, ask_text
from narrative.tell.flags import Flags, with_flags
from narrative.tell.question import Question, parse
from narrative.tell.refusal import Lately
from narrative.tell.selection import named
from narrative.tell.shapes import day_of
from narrative.terms import Entry

_RECENT = (30, 365, None)  # days, the fewest that hold a voice to suggest
_WHOLE_PAST = ("said", "first", "opposite", "when")  # kinds of questions that look back without an end
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


@paused()
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
    targets = load_targets()
    asked = _asked(ledger, question, flags, now, targets, known_at)
    if asked.known_at:
        if known_at:
            raise UsageError("what was known when stands in the question and in --known-at; give it once")
        known_at = day_end(asked.known_at)
        now = moment(as_of, known_at, clock) if asked.known_at < day_at(now) else now
    asking = _Asking(ledger, asked, targets, now, as_of, known_at)
    sayers = asking.sayers()
    answer = asking.answer(sayers)
    if sayers is not None and not answer.rows:
        answer = asking.answer(None)  # it names who there is instead
    return Answered(answer, ledger.shorten(ask_text.views_of(answer), known_at=known_at))


@dataclass(frozen=True, slots=True)
class _Asking:
    """A question to a ledger at a moment."""

    ledger: Ledger
    asked: Question
    targets: Targets
    now: datetime
    as_of: datetime | None
    known_at: datetime | None

    def sayers(self) -> tuple[str, ...] | None:
        """Return the names in the ledger that the voice or firm asked for may go by, None for everybody."""
        wanted = self.asked.voice or self.asked.firm
        if wanted is None:
            return None
        return tuple(name for name in self.ledger.names(known_at=self.known_at) if named(wanted, (name,)))

    def answer(self, sayers: Collection[str] | None) -> answering.Answer:
        """Return the answer, made of the rows of some names only where these are given."""
        asked, ledger, today = self.asked, self.ledger, day_at(self.now)
        at = day_end(asked.state_day(today)) or self.now
        rows, standings, since = self._state(at, sayers)
        compared = day_end(asked.compared_day(today)) if asked.kind == "change" else None
        return answering.answer(
            asked,
            standings,
            not_counted(rows),
            rows,
            tally=net,
            targets=self.targets,
            at=at,
            known_at=self.known_at,
            before=self._state(compared, sayers)[1] if compared else (),
            holdings=lambda: answering.Holdings(
                ledger.articles_count(until=self.now, known_at=self.known_at),
                None if self.as_of or self.known_at else ledger.views_by_target(),
            ),
            since=since if since and ledger.has_views(asked.targets, before=since) else None,
            ends=_ends,
            today=today,
        )

    def _state(
        self, at: datetime, sayers: Collection[str] | None
    ) -> tuple[tuple[Entry, ...], tuple[Standing, ...], datetime | None]:
        """Return the rows behind the state at `at`, what stood then, and from when on rows were looked at."""
        sessions = load_sessions()
        since = _since(self.asked, at, sessions)
        rows = self._rows(at, since, sayers)
        return rows, current(rows, at, sessions, memory_sessions=MEMORY_SESSIONS if since else None), since

    def _rows(
        self, at: datetime, since: datetime | None, sayers: Collection[str] | None
    ) -> tuple[Entry, ...]:
        """Return the rows behind the state at `at`, of those that became available from `since` on.

        "As of" a day, in words or by flag, means what could be read by then. A time in the question ("in 2024") means
        when things were said: then a row that came in later counts from its publication.
        """
        which: dict[str, Any] = {"targets": self.asked.targets, "since": since, "names": sayers}
        if at >= self.now or self.asked.as_of or self.as_of or self.known_at:
            return self.ledger.entries(**which, as_of=at, known_at=self.known_at)
        said = (
            row if row.undated else replace(row, available_at=min(row.available_at, said_at(row)))
            for row in self.ledger.entries(**which, as_of=self.now)
        )
        return tuple(row for row in said if row.available_at <= at)


def _since(asked: Question, at: datetime, sessions: Sessions) -> datetime | None:
    """Return from when on a view became available that has a part in the answer at `at`, None for all of the past.

    What ran out long before is left aside where the question names no time before that, and no voice whose past it
    could be about.
    """
    since = remembered_from(at, sessions)
    whole = asked.voice or asked.firm or asked.reference or asked.kind in _WHOLE_PAST
    if since is None or whole or (asked.since is None and (asked.past or asked.until)):
        return None
    return since if asked.since is None or asked.since > since.date() else None


def _asked(
    ledger: Ledger,
    question: str,
    flags: Flags | None,
    now: datetime,
    targets: Targets,
    known_at: datetime | None,
) -> Question:
    """Read a question in the ledger's own vocabulary; a firm or a voice asked for by an alias is that one."""
    names = ledger.names(known_at=known_at)
    aliases = {**ledger.voice_aliases(known_at=known_at), **known_as(names)}
    words, stories = (*names, *aliases), narratives()
    today = day_at(now)  # words for days mean those of the moment asked, in New York

    def recall(target: str | None) -> Lately:
        return _lately(ledger, target, now, known_at)

    asked = None
    if question or not flags:
        asked = parse(question, today, targets, narratives=stories, names=words, recall=recall)
    if flags or asked is None:
        asked = with_flags(flags or Flags(), asked, today, targets, narratives=stories, names=words)
    if asked.everywhere:  # the vocabulary does not list single companies
        stocks = sorted(target for target in ledger.views_by_target() if target.startswith(STOCK))
        asked = replace(asked, legs=(*asked.legs, *((stock, 1) for stock in stocks)))
    return replace(
        asked,
        voice=aliases.get(asked.voice or "", asked.voice),
        firm=aliases.get(asked.firm or "", asked.firm),
        reference=aliases.get(asked.reference or "", asked.reference),
    )


def _lately(ledger: Ledger, target: str | None, now: datetime, known_at: datetime | None) -> Lately:
    """Return who last spoke about a target, and when; of a target that nobody spoke of, of any."""
    for targets, days in product(((target,), None) if target else (None,), _RECENT):
        since = None if days is None else now - timedelta(days=days)
        rows = ledger.entries(targets=targets, since=since, as_of=now, known_at=known_at)
        if heard := [row for row in rows if row.voice is not None]:
            heard.sort(key=lambda row: row.available_at, reverse=True)
            return Lately(tuple(dict.fromkeys(row.voice_name for row in heard)), day_of(heard[0]))
    return Lately()


def _ends(entry: Entry) -> date | None:
    """Return the last day of the horizon that a view states."""
    return horizon_end(entry.horizon, day_of(entry))


def narratives() -> list[Narrative]:
    """Return the narratives that a question may name: refusals offer those first that everybody has."""
    known = known_narratives()
    first = [name for name in _FIRST_NARRATIVES if name in known]
    return [load_narrative(name) for name in (*first, *sorted(known.keys() - set(first)))]
