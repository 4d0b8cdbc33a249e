"""A question by options instead of words, or options beside words: --target small_caps --stance bullish --since 2026-01-01.

An option sets a field that the words leave open. One that says something else than the words is refused.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Literal

from narrative.errors import UsageError
from narrative.targets import Narrative, Targets
from narrative.tell.qualities import read_horizon
from narrative.tell.question import Move, Question, about, everything
from narrative.tell.vocabulary import Legs, Vocabulary
from narrative.terms import Stance

_NOISE = frozenset("_K")


@dataclass(frozen=True, slots=True)
class Flags:
    """What the options ask. Fields are those of `Question`; `targets` and `horizon` are in words.

    `move` "flipped" asks for any change of stance, with a `stance` for one to it.
    """

    targets: tuple[str, ...] = ()
    stance: Stance | None = None
    move: Move | Literal["flipped"] | None = None
    voice: str | None = None
    voice_kind: Literal["person", "house"] | None = None
    title: str | None = None
    firm: str | None = None
    outlet: str | None = None
    since: date | None = None
    until: date | None = None
    unconditional: bool = False
    confidence: float | None = None
    horizon: str | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) not in (None, False, ()) for field in fields(self))

    def __str__(self) -> str:
        """The options as they are typed."""
        words: list[str] = []
        for field in fields(self):
            value = getattr(self, field.name)
            name = _NAMES.get(field.name, f"--{field.name}")
            if value is True:
                words.append(name)
            elif isinstance(value, tuple):
                words += [part for one in value for part in (name, one)]
            elif value is not None and value is not False:
                words += [name, str(value)]
        return shlex.join(words)


_NAMES = {"targets": "--target", "voice_kind": "--by", "confidence": "--min-confidence"}


def with_flags(
    flags: Flags,
    question: Question | None,
    today: date,
    targets: Targets,
    *,
    narratives: Iterable[Narrative] = (),
    names: Collection[str] = (),
) -> Question:
    """Return the question that options alone ask, or `question` with what they add.

    Without a target, a voice or a firm is asked about on all. Raises UsageError for options with none of these, for a
    target that is none, and for options that contradict the words.
    """
    found = _fields(flags, today, targets, Vocabulary(targets, narratives, names))
    if question is None:
        everywhere = "legs" not in found
        if everywhere and not (flags.voice or flags.firm):
            raise UsageError(
                "options need a target, a voice or a firm, or a question in words: --target small_caps, "
                'or "who is bullish on small caps"'
            )
        legs, subject, _ = everything(targets)
        blank = Question(text=str(flags), kind="stance", legs=legs, subject=subject, everywhere=everywhere)
        return replace(blank, **found)
    for name, value in found.items():
        held = None if name == "legs" and question.everywhere else getattr(question, name)
        blank_kind = name == "kind" and held == "stance" and question.move is None
        # what an option adds must be open in the words
        if held not in (None, False, value) and not blank_kind and name not in ("subject", "narrative"):
            said = _NAMES.get(name, f"--{name}" if name not in ("legs", "kind") else _FOR[name])
            raise UsageError(f"{said} says something else than the question; give it once")
    text = f"{question.text} {flags}"
    if question.everywhere and "legs" in found:
        return replace(question, **found, everywhere=False, text=text)
    return replace(
        question, **{k: v for k, v in found.items() if k not in ("subject", "narrative")}, text=text
    )


_FOR = {"legs": "--target", "kind": "--move"}


def _fields(flags: Flags, today: date, targets: Targets, vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the fields of a question that the options set."""
    if flags.since and flags.since > today:
        raise UsageError(f"--since {flags.since} lies in the future; today is {today}")
    if flags.since and flags.until and flags.since > flags.until:
        raise UsageError(f"--since {flags.since} is after --until {flags.until}; swap the two")
    plain = (
        "stance",
        "voice",
        "voice_kind",
        "title",
        "firm",
        "outlet",
        "since",
        "until",
        "unconditional",
        "confidence",
    )
    found = {name: getattr(flags, name) for name in plain if getattr(flags, name) not in (None, False)}
    if flags.move == "flipped":
        found["kind"] = "flipped"
    elif flags.move:
        found["move"] = flags.move
    if flags.horizon is not None:
        found["horizon"] = read_horizon(flags.horizon)
    if flags.targets:
        legs, subject, narrative = _about(flags.targets, targets, vocabulary)
        found |= {"legs": legs, "subject": subject, "narrative": narrative}
    return found


def _about(words: Iterable[str], targets: Targets, vocabulary: Vocabulary) -> tuple[Legs, str, str | None]:
    named = []
    for word in words:
        tokens = [token for token in vocabulary.tokens(word) if token.letter not in _NOISE]
        if not tokens or any(token.letter != "T" for token in tokens):
            raise UsageError(
                f"--target {word!r} is no target or narrative; a single company is written stock:TICKER, the others "
                "are those of a question, such as small_caps or rotation"
            )
        named += tokens
    subjects = about(named, targets)
    if subjects is None:
        raise UsageError("a narrative or a contrary stands alone; give one --target")
    return subjects
