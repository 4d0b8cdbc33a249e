"""Says in one line how a question was understood: a wrong reading is seen before its answer is used."""

from __future__ import annotations

from narrative.tell.question import CHANGE_DAYS, Question
from narrative.tell.vocabulary import Legs

_VERBS = {"new": "newly", "turned": "turned", "stays": "still"}
_OTHERS = {"bullish": "bearish or neutral", "bearish": "bullish or neutral", "neutral": "bullish or bearish"}
_BESIDE = {"agrees": "in the camp of", "disagrees": "in the camp against"}


def understood(question: Question) -> str:
    """Return the reading of a question in one line, repairs included."""
    parts = [_core(question), *_filters(question)]
    line = ", ".join(parts)
    if question.repaired:
        read = ", ".join(f'"{wrong}" as "{right}"' for wrong, right in question.repaired)
        line += f" (read {read})"
    return line


def _core(question: Question) -> str:
    who = question.voice or {"person": "people", "house": "houses", None: "voices"}[question.voice_kind]
    if question.title:
        who += f' with "{question.title}" in their title'
    on = _subject(question)
    if question.kind == "said":
        return f"what {who} said about {on}"
    if question.kind == "compare":
        return "voices with a view on " + ", set beside those on ".join(
            _side(name, legs) for name, legs in question.sides
        )
    if question.kind in _BESIDE:
        return f"{who} {_BESIDE[question.kind]} {question.reference} on {on}"
    if question.kind == "opposite":
        return f"what {who} said on {on} against their own latest view"
    if question.kind == "first":
        verb = "turned" if question.move else "were"
        return f"{who} in the order in which they {verb} {question.stance or 'heard'} on {on}"
    if question.kind == "change":
        return f"how the net of {who} on {on} changed"
    if question.kind == "when":
        return f"when {who} {_turned(question)} on {on}"
    count = "how many " if question.kind == "count" else ""
    if question.kind == "flipped" or question.move in ("flipped", "left"):
        relative = "" if question.kind == "count" else "that "
        since = f", and not back to {question.was}" if question.move == "left" else ""
        ever = " at any time" if question.past else ""
        return f"{count}{who} {relative}changed stance{_way(question)}{ever} on {on}{since}"
    if question.top:
        stance = question.stance or "with a view"
        return f"the {question.top} {who} now {stance} on {on} with the highest probability of it"
    return f"{count}{who} {_held(question)} on {on}"


def _turned(question: Question) -> str:
    return f"turned {question.stance}" if question.move == "turned" else f"changed stance{_way(question)}"


def _way(question: Question) -> str:
    before = f" from {question.was}" if question.was else ""
    return before + (f" to {question.stance}" if question.stance else "")


def _held(question: Question) -> str:
    stance: str = question.stance or "with a view"
    if question.denied and question.stance:
        stance = f"{_OTHERS[question.stance]} (not {question.stance})"
    if question.move:
        return f"{_VERBS[question.move]} {stance}" + (" at any time" if question.past else "")
    if question.past:
        return f"that {f'were {stance}' if question.stance else 'had a view'} at any time"
    return f"now {stance}"


def _subject(question: Question) -> str:
    if question.narrative:
        return _story(question.narrative, question.legs)
    return question.subject


def _side(name: str, legs: Legs) -> str:
    return _story(name, legs) if len(legs) > 1 else name


def _story(name: str, legs: Legs) -> str:
    signed = ", ".join(f"{'+' if sign > 0 else '-'}{target}" for target, sign in legs)
    return f"the narrative {name} ({signed})"


def _filters(question: Question) -> list[str]:
    found = []
    if question.firm:
        found.append(f"at {question.firm}")
    if question.outlet:
        found.append(f"in {question.outlet}")
    if question.unconditional:
        found.append("without a condition")
    if question.confidence is not None:
        found.append(f"confidence at least {question.confidence:.2f}")
    if question.horizon is not None:
        found.append(f"horizon {question.horizon}")
    return found + _state(question) + _window(question)


def _state(question: Question) -> list[str]:
    found = [f"as of the end of {question.as_of}"] if question.as_of else []
    return [*found, f"as known at the end of {question.known_at}"] if question.known_at else found


def _window(question: Question) -> list[str]:
    if question.since and question.until:
        return [f"dated {question.since} to {question.until}"]
    if question.since:
        return [f"dated since {question.since}"]
    if question.until:
        return [f"dated until {question.until}"]
    return [f"over the last {CHANGE_DAYS} days"] if question.kind == "change" else []
