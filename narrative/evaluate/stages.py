"""Compares two annotations of one text stage by stage: statements, who said them, targets, stance, and the whole chain."""

from __future__ import annotations

from collections.abc import Callable

from narrative.evaluate.annotation import Annotation, Judgement
from narrative.evaluate.counting import Counting, aligned
from narrative.evaluate.marks import compare_figures, compare_names
from narrative.evaluate.matching import matched
from narrative.evaluate.outcome import JudgedPair, Outcome, Trace
from narrative.evaluate.sameness import same_firm, same_key, same_person, same_target, same_words
from narrative.read.annotated import GoldStatement
from narrative.terms import Span

_VOICE: dict[str, Callable[[str | None, str | None], bool]] = {
    "speaker": same_person,
    "firm": same_firm,
    "title": same_words,
}
_FLAGS = ("hedged", "past")
_QUOTED = ("condition", "horizon")


def compare(gold: Annotation, other: Annotation) -> Outcome:
    """Return what `other` finds of `gold`, with every difference. Both are of one text."""
    counting = Counting(gold)
    for statement in gold.statements:
        cells = gold.cells | gold.statement_cells.get(statement.name, frozenset())
        counting.outcome.traces[statement.name] = Trace(cells)
    pairs = matched(gold.statements, other.statements, gold.text)
    _statements(gold, other, pairs, counting)
    chained: list[Judgement] = []
    for a, b in pairs:
        voice = _voice(a, b, counting)
        judged = _judgements(gold, other, a, b, counting)
        chained += _chain(a, judged, voice, counting)
    _close_chain(gold, other, chained, counting)
    compare_names(gold, other, counting)
    compare_figures(gold, other, counting)
    return counting.outcome


def _statements(
    gold: Annotation, other: Annotation, pairs: list[tuple[GoldStatement, GoldStatement]], counting: Counting
) -> None:
    """Which statements are found; by gold's mode only how many of them, since an extra one has no mode in gold."""
    matched_ids = {id(s) for pair in pairs for s in pair}
    missed = [s for s in gold.statements if id(s) not in matched_ids]
    extra = [s for s in other.statements if id(s) not in matched_ids]
    counting.tally("statements", len(pairs), len(missed), len(extra))
    for statement in gold.statements:
        counting.share(f"found {statement.mode}", id(statement) in matched_ids)
    for statement in missed:
        counting.note_statement("statements", statement, "there", "missed")
    for statement in extra:
        counting.note_statement("statements", statement, "none", "found")


def _voice(a: GoldStatement, b: GoldStatement, counting: Counting) -> bool:
    """Compare who said it; a share counts where either side names one. Returns whether speaker and firm are right."""
    right = {}
    for name, same in _VOICE.items():
        one, two = getattr(a, name), getattr(b, name)
        right[name] = same(one, two)
        if one or two:
            counting.share(name, right[name])
        if not right[name]:
            counting.note_statement(name, a, one, two)
    for name in ("source", "cue"):
        one, two = getattr(a, name), getattr(b, name)
        counting.share(name, _touch(one, two))
        if not _touch(one, two):
            text = counting.gold.text
            counting.note_statement(name, a, one and text[slice(*one)], two and text[slice(*two)])
    counting.share("mode", a.mode == b.mode)
    if a.mode != b.mode:
        counting.note_statement("mode", a, a.mode, b.mode)
    voice = right["speaker"] and right["firm"]
    if a.speaker or a.firm or b.speaker or b.firm:
        counting.share("speaker and firm", voice)
    trace = counting.outcome.traces[a.name]
    trace.found, trace.voice = True, voice
    return voice


# --- targets, stance, chain ----------------------------------------------------------------------------------


def _judgements(
    gold: Annotation, other: Annotation, a: GoldStatement, b: GoldStatement, counting: Counting
) -> list[tuple[Judgement, Judgement]]:
    """Which targets a matched statement judges, whatever the stance; returns what both sides judge."""
    hits, missed, extra = aligned(gold.judgements_of(a), other.judgements_of(b), same_key, same_target)
    counting.tally("targets", len(hits), len(missed), len(extra))
    for judgement in missed:
        counting.note_statement("targets", a, judgement.target, "not judged")
    for judgement in extra:
        counting.note_statement("targets", a, "not judged", judgement.target)
    for one, two in hits:
        counting.outcome.traces[a.name].pairs.append(
            JudgedPair(one.stance, two.stance, two.abstained, two.probabilities)
        )
        _stance(a, one, two, counting)
        _qualifiers(a, one, two, counting)
    return hits


def _stance(statement: GoldStatement, one: Judgement, two: Judgement, counting: Counting) -> None:
    if one.stance != two.stance:
        said = f"{two.stance}, abstained" if two.abstained else two.stance
        counting.note_statement("stance", statement, f"{one.stance} on {one.target}", said)


def _qualifiers(statement: GoldStatement, one: Judgement, two: Judgement, counting: Counting) -> None:
    """Flags, and quoted words, of a judgement on both sides: found, missed, or found where there are none."""
    for name in (*_FLAGS, *_QUOTED):
        mine, theirs = getattr(one, name), getattr(two, name)
        same = same_words(mine, theirs) if name in _QUOTED else mine == theirs
        counting.tally(
            name,
            hit=int(bool(mine) and same),
            missed=int(bool(mine) and not same),
            extra=int(bool(theirs) and not same),
        )
        if not same:
            counting.note_statement(name, statement, _shown(mine), _shown(theirs))


def _chain(
    a: GoldStatement, judged: list[tuple[Judgement, Judgement]], voice: bool, counting: Counting
) -> list[Judgement]:
    """Return the other side's views of a matched statement that are right from the words to the stance."""
    reached = [
        two
        for one, two in judged
        if _named(a) and _counted(one) and _counted(two) and voice and one.stance == two.stance
    ]
    counting.outcome.traces[a.name].reached = len(reached)
    return reached


def _close_chain(gold: Annotation, other: Annotation, reached: list[Judgement], counting: Counting) -> None:
    """Who said what stance on what: counted views (neither abstained nor past) of named voices, each side's in full."""
    wanted = 0
    for statement in filter(_named, gold.statements):
        counted = [j for j in gold.judgements_of(statement) if _counted(j)]
        trace = counting.outcome.traces[statement.name]
        trace.wanted = len(counted)
        wanted += len(counted)
        if trace.reached < trace.wanted:
            counting.note_statement("chain", statement, _told(statement, counted), f"{trace.reached} reached")
    found = 0
    right = {id(judgement) for judgement in reached}
    for statement in filter(_named, other.statements):
        counted = [j for j in other.judgements_of(statement) if _counted(j)]
        found += len(counted)
        if extra := [j for j in counted if id(j) not in right]:
            counting.note_statement("chain", statement, None, _told(statement, extra))
    counting.tally("chain", len(reached), wanted - len(reached), found - len(reached))


def _told(statement: GoldStatement, judgements: list[Judgement]) -> str:
    views = ", ".join(f"{j.stance} on {j.target}" for j in judgements)
    return f"{views} by {statement.speaker or statement.firm}"


def _named(statement: GoldStatement) -> bool:
    return bool(statement.speaker or statement.firm)


def _counted(judgement: Judgement) -> bool:
    return not (judgement.abstained or judgement.past)


def _shown(value: str | bool | None) -> str | None:
    return ("yes" if value else "no") if isinstance(value, bool) else value


def _touch(one: Span | None, other: Span | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.touches(other)
