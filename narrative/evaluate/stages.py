"""Compares two annotations of one text stage by stage: statements, names, figures, targets, stance, and the whole chain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from narrative.evaluate.annotation import Annotation, Judgement
from narrative.evaluate.matching import matched
from narrative.evaluate.outcome import Difference, JudgedPair, Outcome, Tally
from narrative.evaluate.sameness import overlapping, same_firm, same_person, same_subject, same_target
from narrative.read.gold import GoldFigure, GoldStatement
from narrative.terms import Span

Pairs = Sequence[tuple[GoldStatement, GoldStatement]]
Item = TypeVar("Item")
_LONG = 90  # letters of a text that a difference shows


def compare(gold: Annotation, other: Annotation) -> Outcome:
    """Return what `other` finds of `gold`, with every difference. Both are of one text."""
    outcome = Outcome(cells=gold.cells)
    pairs = matched(gold.statements, other.statements, gold.text)
    _statements(gold, other, pairs, outcome)
    _attributes(gold, pairs, outcome)
    _names(gold, other, outcome)
    _figures(gold, other, outcome)
    judged = _targets(gold, other, pairs, outcome)
    _stances(gold, judged, outcome)
    _chain(gold, other, pairs, outcome)
    return outcome


# --- statements ----------------------------------------------------------------------------------------------


def _statements(gold: Annotation, other: Annotation, pairs: Pairs, outcome: Outcome) -> None:
    found = {id(a) for a, _ in pairs} | {id(b) for _, b in pairs}
    for a, b in pairs:
        _count(outcome, ("statements", f"statements {a.mode}"), hit=1)
        outcome.shares["mode"].count(a.mode == b.mode)
    for statement in gold.statements:
        if id(statement) not in found:
            _count(outcome, ("statements", f"statements {statement.mode}"), missed=1)
            words = _words(gold.text, statement)
            _note(outcome, gold, "statements", statement.content[0].start, words, "there", "missed")
    for statement in other.statements:
        if id(statement) not in found:
            _count(outcome, ("statements", f"statements {statement.mode}"), extra=1)
            words = _words(gold.text, statement)
            _note(outcome, gold, "statements", statement.content[0].start, words, "none", "found")


def _attributes(gold: Annotation, pairs: Pairs, outcome: Outcome) -> None:
    """Who said it, on matched statements; absent must be absent on both sides."""
    tests: dict[str, Callable[[str | None, str | None], bool]] = {
        "speaker": same_person,
        "firm": same_firm,
        "title": overlapping,
    }
    for a, b in pairs:
        right = {}
        for name, same in tests.items():
            one, two = getattr(a, name), getattr(b, name)
            right[name] = same(one, two)
            outcome.shares[name].count(right[name])
            if not right[name]:
                at, words = a.content[0].start, _words(gold.text, a)
                _note(outcome, gold, name, at, words, one or "none", two or "none")
        outcome.shares["speaker and firm"].count(right["speaker"] and right["firm"])
        outcome.shares["source"].count(_touch(a.source, b.source))
        outcome.shares["cue"].count(_touch(a.cue, b.cue))


# --- names and figures ---------------------------------------------------------------------------------------


def _names(gold: Annotation, other: Annotation, outcome: Outcome) -> None:
    for name in ("people", "firms"):
        one, two = set(getattr(gold, name)), set(getattr(other, name))
        _count(outcome, (name,), hit=len(one & two), missed=len(one - two), extra=len(two - one))
        for span in sorted(one ^ two):
            there, found = ("there", "missed") if span in one else ("none", "found")
            _note(outcome, gold, name, span.start, gold.text[span.start : span.end], there, found)


def _figures(gold: Annotation, other: Annotation, outcome: Outcome) -> None:
    one, two = ({figure.span: figure for figure in side.figures} for side in (gold, other))
    shared = set(one) & set(two)
    _count(
        outcome, ("figures",), hit=len(shared), missed=len(one) - len(shared), extra=len(two) - len(shared)
    )
    for span in sorted(set(one) ^ set(two)):
        there, found = ("there", "missed") if span in one else ("none", "found")
        _note(outcome, gold, "figures", span.start, gold.text[span.start : span.end], there, found)
    for span in sorted(shared):
        _figure(gold, one[span], two[span], outcome)


def _figure(gold: Annotation, a: GoldFigure, b: GoldFigure, outcome: Outcome) -> None:
    """Attributes of a figure, where gold gives them."""
    at, words = a.span.start, gold.text[a.span.start : a.span.end]
    tests: list[tuple[str, str | None, str | None, bool]] = [("unit", a.unit, b.unit, a.unit == b.unit)]
    if a.subject:
        tests.append(("subject", a.subject, b.subject, same_subject(a.subject, b.subject)))
    if a.period:
        tests.append(("period", a.period, b.period, same_subject(a.period, b.period)))
    if a.direction:
        tests.append(("direction", a.direction, b.direction, a.direction == b.direction))
    for name, one, two, right in tests:
        outcome.shares[name].count(right)
        if not right:
            _note(outcome, gold, name, at, words, one or "none", two or "none")


# --- targets and stance --------------------------------------------------------------------------------------


def _targets(
    gold: Annotation, other: Annotation, pairs: Pairs, outcome: Outcome
) -> list[tuple[GoldStatement, Judgement, Judgement]]:
    """Which targets a matched statement judges, whatever the stance; returns what both sides judge."""
    both = []
    for a, b in pairs:
        mine, theirs = _of(gold, a), _of(other, b)
        hits, missed, extra = _aligned(mine, theirs, same_target)
        both += [(a, one, two) for one, two in hits]
        _count(outcome, ("targets",), hit=len(hits), missed=len(missed), extra=len(extra))
        for judgement in missed:
            words = _words(gold.text, a)
            _note(outcome, gold, "targets", a.content[0].start, words, judgement.target, "not judged")
        for judgement in extra:
            words = _words(gold.text, a)
            _note(outcome, gold, "targets", a.content[0].start, words, "not judged", judgement.target)
    return both


def _stances(
    gold: Annotation, judged: Iterable[tuple[GoldStatement, Judgement, Judgement]], outcome: Outcome
) -> None:
    for statement, one, two in judged:
        outcome.pairs.append(JudgedPair(one.stance, two.stance, two.abstained, two.probabilities))
        if one.stance != two.stance:
            words = f"{_words(gold.text, statement)} [{one.target}]"
            said = f"{two.stance}, abstained" if two.abstained else two.stance
            _note(outcome, gold, "stance", statement.content[0].start, words, one.stance, said)
        for name in ("hedged", "past"):
            _flag(outcome, name, getattr(one, name), getattr(two, name))
        for name in ("condition", "horizon"):
            mine, theirs = getattr(one, name), getattr(two, name)
            if mine and theirs and not overlapping(mine, theirs):
                _count(outcome, (name,), missed=1, extra=1)
            else:
                _flag(outcome, name, bool(mine), bool(theirs))


def _chain(gold: Annotation, other: Annotation, pairs: Pairs, outcome: Outcome) -> None:
    """Who said what stance on what: same words, speaker and firm, target and stance; counted views only."""
    partner = {id(a): b for a, b in pairs}
    hits = 0
    wanted = [(a, j) for a in gold.statements if a.speaker or a.firm for j in _counted(gold, a)]
    found = [(b, j) for b in other.statements if b.speaker or b.firm for j in _counted(other, b)]
    for a, judgement in wanted:
        b = partner.get(id(a))
        same_voice = b is not None and same_person(a.speaker, b.speaker) and same_firm(a.firm, b.firm)
        hits += same_voice and any(
            same_target(judgement, j) and j.stance == judgement.stance for j in _counted(other, b)
        )
    _count(outcome, ("chain",), hit=hits, missed=len(wanted) - hits, extra=len(found) - hits)


def _of(side: Annotation, statement: GoldStatement) -> list[Judgement]:
    return [j for j in side.judgements if j.statement == statement.name]


def _counted(side: Annotation, statement: GoldStatement | None) -> list[Judgement]:
    if statement is None:
        return []
    return [j for j in _of(side, statement) if not (j.abstained or j.past)]


# --- counting ------------------------------------------------------------------------------------------------


def _aligned(
    one: Sequence[Item], other: Sequence[Item], same: Callable[[Item, Item], bool]
) -> tuple[list[tuple[Item, Item]], list[Item], list[Item]]:
    """Pair the items that are the same, each once; return pairs, what is left of one, what is left of the other."""
    left = list(other)
    hits, missed = [], []
    for item in one:
        twin = next((x for x in left if same(item, x)), None)
        if twin is None:
            missed.append(item)
        else:
            left.remove(twin)
            hits.append((item, twin))
    return hits, missed, left


def _flag(outcome: Outcome, name: str, one: bool, other: bool) -> None:
    _count(
        outcome, (name,), hit=int(one and other), missed=int(one and not other), extra=int(other and not one)
    )


def _count(outcome: Outcome, names: Iterable[str], hit: int = 0, missed: int = 0, extra: int = 0) -> None:
    for name in names:
        outcome.tallies[name].add(Tally(hit, missed, extra))


def _note(outcome: Outcome, gold: Annotation, stage: str, at: int, words: str, one: str, other: str) -> None:
    outcome.differences.append(Difference(stage, gold.id, at, words, one, other))


def _words(text: str, statement: GoldStatement) -> str:
    words = " … ".join(" ".join(text[s:e].split()) for s, e in statement.content)
    return words if len(words) <= _LONG else f"{words[: _LONG - 1]}…"


def _touch(one: Span | None, other: Span | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.start < other.end and other.start < one.end
