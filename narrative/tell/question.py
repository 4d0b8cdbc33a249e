"""A question in words becomes a question in fields, or a refusal that names the nearest questions.

The grammar is small and certain: every word must be known, noise or part of a name. One-letter slips of
known words are repaired and said. Nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations, product
from typing import Literal, cast

from narrative.errors import UsageError
from narrative.targets import Narrative, Targets
from narrative.tell.escaping import plain
from narrative.tell.grammar import Kind, Parsed, recognize
from narrative.tell.lexicon import OPENERS, STRANGERS, TITLE
from narrative.tell.modifiers import take_modifiers
from narrative.tell.periods import Period, find_period
from narrative.tell.qualities import Horizon, find_qualities
from narrative.tell.refusal import Lately, Recall, Refused
from narrative.tell.spelling import repairs
from narrative.tell.vocabulary import NARRATIVE, Legs, Token, Vocabulary, is_name, same_words
from narrative.terms import Stance

Move = Literal["new", "turned", "stays", "flipped", "left"]

LONGEST_QUESTION = 300
CHANGE_DAYS = 28  # what "changed" is measured over when no time is given

EVERYWHERE = "any target"  # the subject of a question about a voice that names no target

_MOVES: dict[str, Move] = {"L": "new", "U": "turned", "Y": "stays", "F": "flipped"}
_PAST = frozenset(
    {"was", "were", "did", "had", "has been", "have been", "had been"}
    | {
        "liked",
        "loved",
        "favored",
        "favoured",
        "preferred",
        "been",
        "thought",
        "believed",
        "expected",
        "predicted",
    }
    | {"said", "felt"}
)
_EVER = "ever"
_OF_ALL_TIME = ("said", "first", "opposite", "when")
_NOW = ("stance", "count", "compare", "agrees", "disagrees")
Side = tuple[str, Legs]
_SIDES: dict[str | None, Kind] = {"with": "agrees", "against": "disagrees"}
_QUOTES = str.maketrans("‘’“”‐‑–", "''\"\"---")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `legs` are (target id, +1 or -1): -1 where its contrary was named, or by a narrative.

    `since` and `until` are days, both included; `as_of` asks for what could be read by the end of a day,
    `known_at` for what the ledger knew by then. `firm` fits a speaker's firm or a house itself. `past` asks who
    held the stance at any time in the window, not who holds it. `was` is the stance left behind. `move` is how a voice
    came to its stance; "flipped" is any change, "left" one away from `was` that has not been taken back. `denied` asks for
    views that are not of the stance, `top` for so many voices with the highest probability, `title` for those with that word
    in their title. `everywhere` names no target and has all as legs. `reference` is the voice that others agree or
    disagree with, `sides` what is compared, each with its own legs. `repaired` are pairs (as written, as read).
    """

    text: str
    kind: Kind
    legs: Legs
    subject: str
    stance: Stance | None = None
    was: Stance | None = None
    move: Move | None = None
    past: bool = False
    voice: str | None = None
    voice_kind: Literal["person", "house"] | None = None
    title: str | None = None
    firm: str | None = None
    outlet: str | None = None
    since: date | None = None
    until: date | None = None
    as_of: date | None = None
    known_at: date | None = None
    unconditional: bool = False
    confidence: float | None = None
    horizon: Horizon | None = None
    narrative: str | None = None
    reference: str | None = None
    sides: tuple[Side, ...] = ()
    denied: bool = False
    top: int | None = None
    everywhere: bool = False
    repaired: tuple[tuple[str, str], ...] = ()

    @property
    def targets(self) -> tuple[str, ...]:
        """Target ids."""
        return tuple(target for target, _ in self.legs)

    def wants(self, stance: Stance | None) -> bool:
        """Whether a view of that stance is asked for."""
        return self.stance is None or (stance == self.stance) != self.denied

    def state_day(self, today: date) -> date | None:
        """Return the day at whose end the standings are to be taken; None for now."""
        day = self.as_of or self.until
        return None if day is None or day >= today else day

    def compared_day(self, today: date) -> date:
        """Return the day at whose end the standings before a change are taken: the eve of the window."""
        end = self.state_day(today) or today
        return self.since - timedelta(days=1) if self.since else end - timedelta(days=CHANGE_DAYS)


def parse(
    question: str,
    today: date,
    targets: Targets,
    *,
    narratives: Iterable[Narrative] = (),
    names: Collection[str] = (),
    recall: Recall | None = None,
) -> Question:
    """Return what `question` asks. Raises UsageError with the nearest questions when it is not understood.

    `names` are voices, firms and outlets of the ledger: they are then found in any case. Without them a
    name needs capitals or quote marks. `recall` tells what was last said about a target, so that the nearest questions
    can be answered.
    """
    text = " ".join(plain(question[: LONGEST_QUESTION + 1]).translate(_QUOTES).split())
    if not text or len(text) > LONGEST_QUESTION:
        raise UsageError(
            f'a question has 1 to {LONGEST_QUESTION} characters; try "who is bullish on small caps"'
        )
    vocabulary = Vocabulary(targets, narratives, names)

    def readable(other: str) -> bool:
        with suppress(UsageError):
            return _read(other, today, vocabulary) is not None
        return False

    def refused(rest: str) -> Refused:
        lately = recall or (lambda _: Lately(tuple(names), today))
        return Refused(text, vocabulary.tokens(rest), readable, lately, names)

    try:
        found = _read(text, today, vocabulary) or _repaired(text, today, vocabulary)
    except UsageError as error:
        raise UsageError(refused(_bare(text)).beside(str(error))) from error
    if found is None:
        raise UsageError(refused(find_qualities(find_period(_bare(text), today)[1])[1]).message())
    return replace(found, text=plain(question))


def _repaired(text: str, today: date, vocabulary: Vocabulary) -> Question | None:
    """Return the only question that the fewest one-letter repairs lead to, if there is exactly one."""
    known = vocabulary.words()
    slips = [(word, repairs(word.lower(), known)) for word in dict.fromkeys(re.findall(r"[^\W\d_]+", text))]
    slips = [(word, right) for word, right in slips if right and word.lower() not in known | STRANGERS]
    for count in range(1, min(3, len(slips)) + 1):
        readings: dict[Question, tuple[tuple[str, str], ...]] = {}
        for some in combinations(slips, count):
            for choice in product(*(right for _, right in some)):
                pairs = tuple(zip((word for word, _ in some), choice, strict=True))
                found = _read(_replaced(text, pairs), today, vocabulary)
                if found:
                    readings.setdefault(found, pairs)
        if readings:
            (found, pairs), *others = readings.items()
            return None if others else replace(found, repaired=pairs)
    return None


def _replaced(text: str, pairs: Iterable[tuple[str, str]]) -> str:
    for wrong, right in pairs:
        text = re.sub(rf"\b{re.escape(wrong)}\b", right, text)
    return text


def _bare(text: str) -> str:
    return re.sub(OPENERS, "", text.rstrip(" ?!."), count=1, flags=re.IGNORECASE)


def _read(text: str, today: date, vocabulary: Vocabulary) -> Question | None:
    """Read one spelling of the question; None when it is not understood."""
    period, rest = find_period(_bare(text), today)
    qualities, rest = find_qualities(rest)
    tokens = [token for token in vocabulary.tokens(rest) if token.letter not in "_|"]
    tokens, taken = take_modifiers(tokens)
    parsed = recognize("".join(token.letter for token in tokens))
    strangers = [token for token in (*tokens, *taken.names) if token.letter == "X"]
    if parsed is None or not all(map(is_name, strangers)):
        return None
    made = _question(parsed, tokens, vocabulary.targets, taken.kinds)
    if made is None or (made.everywhere and not _spoken_of(made, tokens, taken.firm)):
        return None
    return replace(
        _timed(made, period or Period()),
        firm=_name(taken.firm),
        outlet=_name(taken.outlet),
        unconditional=taken.unconditional,
        confidence=qualities.confidence,
        horizon=qualities.horizon,
    )


def _spoken_of(made: Question, tokens: Sequence[Token], firm: Token | None) -> bool:
    """Whether a question without a target is about a voice: a name alone must be one that is known."""
    alone = "".join(token.letter for token in tokens) in ("X", "XN")
    return bool(firm or made.voice) and (not alone or tokens[0].value is not None)


def _name(token: Token | None) -> str | None:
    return (token.value or token.words) if token else None


def _question(
    parsed: Parsed, tokens: Sequence[Token], targets: Targets, alone: frozenset[str]
) -> Question | None:
    """Return the fields that the tokens give; None when legs, stances or kinds of voice contradict."""

    def at(name: str) -> Token | None:
        place = parsed.places.get(name)
        return tokens[place[0]] if place else None

    named = tokens[slice(*parsed.places["t"])] if "t" in parsed.places else ()
    sides = _sides(named, targets) if parsed.kind == "compare" else ()
    subjects = everything(targets) if not named else _together(sides) if sides else about(named, targets)
    held, was, side, most = at("s") or at("v") or at("g"), at("w"), at("d"), at("k")
    move, past = _moved(parsed.kind, at("m"), was, at("n")), _past(parsed.kind, tokens, held)
    who = {token.value for token in tokens if token.letter == "W" and token.value} | alone
    titles = {value for value in who if value.startswith(TITLE)}
    kinds = who - titles
    if subjects is None or sides is None or _is_nobody(kinds, titles):
        return None
    if (held and was and held.value == was.value) or (parsed.kind == "first" and move and not held):
        return None
    if at("n") and {token.words.lower() for token in tokens} & _PAST:
        return None  # no longer then: when
    if past is None or (past and (move in ("new", "stays", "left") or at("z") or most)):
        return None
    legs, subject, narrative = subjects
    return Question(
        text="",
        kind=_SIDES[side.value] if side else parsed.kind,
        legs=legs,
        subject=subject,
        stance=cast("Stance | None", held.value if held else None),
        was=cast("Stance | None", was.value if was else None),
        move=move,
        past=past,
        voice=_name(at("x")),
        voice_kind=cast("Literal['person', 'house'] | None", kinds.pop() if kinds else None),
        narrative=narrative,
        reference=_name(at("r")),
        sides=sides,
        title=titles.pop()[len(TITLE) :] if titles else None,
        denied=at("z") is not None,
        top=int(most.value or 0) if most else None,
        everywhere=not named,
    )


def _is_nobody(kinds: Collection[str], titles: Collection[str]) -> bool:
    """Whether nobody is all of this: two kinds of voice, two titles, a house with a title."""
    return len(kinds) > 1 or len(titles) > 1 or (bool(titles) and "house" in kinds)


def _moved(kind: Kind, move: Token | None, was: Token | None, left: Token | None) -> Move | None:
    """Return how voices came to their stance; a question of the kind "flipped" asks for any change as it is."""
    if left:
        return "left"
    if kind == "count" and was:
        return "flipped"
    found = _MOVES[move.letter] if move else None
    return None if found == "flipped" and kind == "flipped" else found


def _past(kind: Kind, tokens: Sequence[Token], held: Token | None) -> bool | None:
    """Return whether it asks for any time in the past; None for a kind of question that "ever" has no place in."""
    words = {token.words.lower() for token in tokens}
    if _EVER in words and kind not in _OF_ALL_TIME:
        return True if kind in ("stance", "count", "flipped") else None
    changes = any(token.letter in "ULYF" for token in tokens)
    return kind in ("stance", "count") and held is not None and not changes and bool(words & _PAST)


def everything(targets: Targets) -> tuple[Legs, str, str | None]:
    """Legs and printed subject of a question that names no target."""
    return tuple((target.id, 1) for target in targets), EVERYWHERE, None


def _sides(tokens: Sequence[Token], targets: Targets) -> tuple[Side, ...] | None:
    """Return what is compared, each with its legs; None when one of them stands there twice."""
    named = [token for token in tokens if token.letter == "T"]
    sides = tuple((_shown(token, targets), token.legs) for token in named)
    return sides if len({legs for _, legs in sides}) == len(sides) else None


def _together(sides: Sequence[Side]) -> tuple[Legs, str, str | None]:
    """Return the legs of all sides, the first one's sign where two differ, and their names."""
    legs: dict[str, int] = {}
    for target, sign in (leg for _, own in sides for leg in own):
        legs.setdefault(target, sign)
    return tuple(legs.items()), " and ".join(name for name, _ in sides), None


def _shown(token: Token, targets: Targets) -> str:
    return token.words if (token.value or "").startswith(NARRATIVE) else printed(token, targets)


def about(tokens: Sequence[Token], targets: Targets) -> tuple[Legs, str, str | None] | None:
    """Legs, printed subject and narrative of the target words; None when they do not go together."""
    named = [token for token in tokens if token.letter == "T"]
    narratives = [token.words for token in named if (token.value or "").startswith(NARRATIVE)]
    legs = dict(leg for token in named for leg in token.legs)
    if len(named) > 1 and (narratives or -1 in legs.values()):
        return None
    names = narratives or [printed(token, targets) for token in named]
    return tuple(legs.items()), " and ".join(dict.fromkeys(names)), narratives[0] if narratives else None


def printed(token: Token, targets: Targets) -> str:
    """Return the target's own name, with the words that were taken for it where they look different."""
    name = targets[token.legs[0][0]].name
    if token.legs[0][1] < 0:
        return f"{token.words} (the contrary of {name})"
    return name if same_words(token.words, name) else f'{name} ("{token.words}")'


def _timed(question: Question, period: Period) -> Question:
    """Return the question with its times; "today" beside what stands today is no window."""
    times = {name: getattr(period, name) for name in ("since", "until", "as_of", "known_at")}
    if period.now and question.kind in _NOW and question.move in (None, "stays") and not question.past:
        times |= {"since": None, "until": None}
    return replace(question, **times)
