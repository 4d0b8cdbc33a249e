"""Picks the views a question asks for out of standings and entries; knows nothing of how they are shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

from narrative.tell.qualities import Ends
from narrative.tell.question import Question
from narrative.tell.shapes import AnyStanding, Standing, State, Tally, day_of
from narrative.terms import Entry, Stance

OPPOSITE: dict[Stance, Stance] = {"bullish": "bearish", "bearish": "bullish", "neutral": "neutral"}
_OF_NOW = ("stance", "count", "compare", "agrees", "disagrees")  # kinds that ask who stands where


@dataclass(frozen=True, slots=True)
class Row:
    """One voice's line: the view shown, its state, and the stance before it where that is the point.

    `state` is that of the standing when the view is its latest, else "earlier".
    """

    entry: Entry
    state: State | Literal["earlier"]
    was: Stance | None = None
    expires: date | None = None


def is_asked(standing: Standing, question: Question) -> bool:
    """Return whether the question is about this voice and target at all."""
    return standing.target in question.targets and is_who(standing.entry, question, standing.history)


def is_who(entry: Entry, question: Question, others: Iterable[Entry] = ()) -> bool:
    """Return whether a row comes from the voice, firm, kind of voice and title asked for.

    `others` are rows of the same voice: a title that stands in one of them is its own.
    """
    if question.voice_kind and entry.voice_kind != question.voice_kind:
        return False
    if question.title and not _has_title(question.title, (entry, *others)):
        return False
    if question.voice and not named(question.voice, (entry.voice_name, entry.speaker, entry.firm)):
        return False
    return not question.firm or named(question.firm, (entry.firm, entry.voice_name))


def fits(entry: Entry, question: Question, ends: Ends) -> bool:
    """Return whether one view meets what is asked of a view: outlet, condition, confidence, horizon."""
    if question.outlet and not named(question.outlet, (entry.outlet, *entry.outlets)):
        return False
    if question.unconditional and entry.condition:
        return False
    if question.horizon is not None and not question.horizon.fits(entry, ends):
        return False
    return question.confidence is None or confidence(entry) >= question.confidence


def is_dated(entry: Entry, question: Question) -> bool:
    """Return whether a view is dated inside the window."""
    day = day_of(entry)
    return (question.since is None or day >= question.since) and (
        question.until is None or day <= question.until
    )


def in_stock(asked: Sequence[AnyStanding], question: Question, ends: Ends) -> list[AnyStanding]:
    """Return the standings the camps are counted from: those of the window, where the question has one."""
    windowed = question.kind in _OF_NOW and not (question.move or question.past)
    fit = [s for s in asked if fits(s.entry, question, ends)]
    return [s for s in fit if is_dated(s.entry, question)] if windowed else fit


def select_rows(
    question: Question,
    asked: Sequence[AnyStanding],
    before: Sequence[AnyStanding],
    entries: Sequence[Entry],
    standings: Sequence[AnyStanding],
    tally: Tally[AnyStanding],
    ends: Ends,
) -> list[Row]:
    """Return the views that answer the question: standing before expired, newest first, then surest.

    Of what is compared, one side comes after the other.
    """
    if question.kind == "said":
        rows = _said(question, entries, standings, ends)
    elif question.kind == "change":
        rows = _moved(asked, before)
    elif question.kind == "flipped" or question.move in ("turned", "flipped", "left"):
        rows = [row for s in asked if (row := _turn(s, question, ends))]
    elif question.past:
        rows = [row for s in asked if (row := _held(s, question, ends))]
    else:
        rows = holding(in_stock(asked, question, ends), question, tally)
    rows = newest_first(rows)
    if question.kind == "compare":
        order = [target for _, legs in question.sides for target, _ in legs]
        rows.sort(key=lambda row: order.index(row.entry.target))
    if question.top:
        return surest(rows, question.top)
    rows.sort(key=lambda row: row.state == "expired")
    return rows


def surest(rows: Sequence[Row], number: int) -> list[Row]:
    """Return those of so many voices whose standing views have the highest probability, the surest first."""
    ranked = sorted((row for row in rows if row.state != "expired"), key=lambda row: -confidence(row.entry))
    first = list(dict.fromkeys(row.entry.voice for row in ranked))[:number]
    return [row for row in ranked if row.entry.voice in first]


def newest_first(rows: Iterable[Row]) -> list[Row]:
    """Return rows by day, then by confidence; the id makes the order certain."""
    by_id = sorted(rows, key=lambda row: row.entry.view)
    return sorted(by_id, key=lambda row: (day_of(row.entry), confidence(row.entry)), reverse=True)


def holding(stock: Sequence[AnyStanding], question: Question, tally: Tally[AnyStanding]) -> list[Row]:
    """Return the voices of the camp asked for.

    A voice with views on several legs is in one camp with all, unless the legs are all targets there are.
    """
    legs = dict(question.legs)
    by_voice: dict[str, list[AnyStanding]] = {}
    for s in stock:
        by_voice.setdefault(s.voice, []).append(s)
    camps = {voice: camp_of(mine, legs, tally) for voice, mine in by_voice.items()}
    rows = []
    for s in stock:
        alone = s.state == "expired" or question.everywhere
        camp = oriented(s.stance, legs[s.target]) if alone else camps[s.voice]
        if question.wants(camp) and _moves(s, question):
            rows.append(row_of(s))
    return rows


def camp_of(mine: Sequence[AnyStanding], legs: Mapping[str, int], tally: Tally[AnyStanding]) -> Stance | None:
    """Return where one voice's standings put it over all legs; None where it has none."""
    balance = tally(mine, legs)
    if balance.n_bullish:
        return "bullish"
    if balance.n_bearish:
        return "bearish"
    return "neutral" if balance.n_neutral else None


def _moves(standing: Standing, question: Question) -> bool:
    if question.move == "new":
        return standing.state == "new"
    return question.move != "stays" or (standing.state != "expired" and standing.previous == standing.stance)


def _held(standing: Standing, question: Question, ends: Ends) -> Row | None:
    """Return the voice's latest view in the window with the stance asked for, whatever it holds today."""
    sign = dict(question.legs)[standing.target]
    for entry in reversed(standing.history):
        stance = oriented(entry.stance, sign)
        if question.wants(stance) and is_dated(entry, question) and fits(entry, question, ends):
            return row_of(standing, entry)
    return None


def _turn(standing: Standing, question: Question, ends: Ends) -> Row | None:
    """Return the voice's latest change of stance in the window that went the way asked for.

    Without a window, "turned" also asks that the voice is still there, "left" always that it has not come back.
    """
    sign = dict(question.legs)[standing.target]
    now, windowed = oriented(standing.stance, sign), question.since or question.until or question.past
    if question.move == "turned" and not windowed and not question.wants(now):
        return None
    if question.move == "left" and now == question.was:
        return None
    for old, new in reversed(turns(standing.history)):
        after, was = oriented(new.stance, sign), oriented(old.stance, sign)
        wanted = question.wants(after) and question.was in (None, was)
        if wanted and is_dated(new, question) and fits(new, question, ends):
            return row_of(standing, new, old.stance)
    return None


def turns(history: Sequence[Entry]) -> tuple[tuple[Entry, Entry], ...]:
    """Return the pairs of views between which a voice changed its label; one article is one occasion."""
    occasions = {entry.article: entry for entry in history}.values()
    steps = sorted(occasions, key=history.index)
    return tuple((old, new) for old, new in pairwise(steps) if old.stance != new.stance)


def _said(
    question: Question, entries: Sequence[Entry], standings: Sequence[Standing], ends: Ends
) -> list[Row]:
    """Return every counted view of the voice, the latest of each standing with its state."""
    latest = {s.entry.view: s for s in standings}
    histories = {s.voice: s.history for s in standings} if question.title else {}
    rows = []
    for entry in entries:
        others = histories.get(entry.voice or "", ())
        asked = entry.counted and entry.target in question.targets and is_who(entry, question, others)
        if asked and is_dated(entry, question) and fits(entry, question, ends):
            standing = latest.get(entry.view)
            rows.append(row_of(standing) if standing else Row(entry, "earlier"))
    return rows


def _moved(asked: Sequence[Standing], before: Sequence[Standing]) -> list[Row]:
    """Return the voices that are not where they were: new, of another stance, or with a view run out."""
    old = {(s.voice, s.target): s for s in before if s.state != "expired"}
    rows = []
    for s in asked:
        past = old.get((s.voice, s.target))
        if s.state == "expired":
            if past:
                rows.append(row_of(s))
        elif past is None or past.stance != s.stance:
            rows.append(Row(s.entry, s.state, past.stance if past else None, s.expires))
    return rows


def row_of(standing: Standing, entry: Entry | None = None, was: Stance | None = None) -> Row:
    """Return the line of a standing, or of an earlier view of it."""
    if entry is not None and entry.view != standing.entry.view:
        return Row(entry, "earlier", was)
    before = was or (standing.previous if standing.state == "flipped" else None)
    return Row(standing.entry, standing.state, before, standing.expires)


def named(asked: str, names: Iterable[str | None]) -> bool:
    """Return whether `asked` is a name or whole words of one: Lee is Ann Lee, Citi is not Citizens."""
    wanted = _words(asked)
    return any(f" {wanted} " in f" {_words(name)} " for name in names if name)


def _has_title(asked: str, rows: Iterable[Entry]) -> bool:
    """Return whether a voice has a title; a house has none, even where one speaks for it under his."""
    return any(row.voice_kind != "house" and titled(asked, row.title) for row in rows)


def titled(asked: str, title: str | None) -> bool:
    """Return whether a title has the words asked for, in either number: a senior strategist is a strategist."""
    return title is not None and named(asked, (re.sub(r"(?<=[^s])s\b", "", title),))


def _words(name: str) -> str:
    return " ".join(re.findall(r"\w+", re.sub(r"['’]s?\b", "", name.casefold())))


def oriented(stance: Stance, sign: int) -> Stance:
    """Return a stance on a target as one on what the leg stands for."""
    return stance if sign > 0 else OPPOSITE[stance]


def confidence(entry: Entry) -> float:
    """Return the probability of the entry's own label."""
    return {"bullish": entry.bullish, "bearish": entry.bearish, "neutral": entry.neutral}[entry.stance]
