"""Agreement and sense: whether a word that looks like a reporting verb is one, for the source phrase beside it.

Number agreement, the class of the verb, its complement and the kind of source keep nouns ("its forecasts"), price moves ("the index
added 2%") and deeds ("the central bank cut rates") out.
"""

from __future__ import annotations

import re

from narrative.read.lexicon import CueForm
from narrative.read.sources import Source

#: the market's opinion, not somebody's: "investors see", "traders bet"
_GENERIC_THINKERS = re.compile(
    r"(?i)(?:investor|trader|market participant|participant|buyer|seller|bull|bear|professional|owner|member|official)s?$"
)
#: forms that are nouns as often as verbs; too weak beside a source that no list knows
_NOUNS = frozenset(
    [
        "names",
        "notes",
        "views",
        "figures",
        "reports",
        "calls",
        "looks",
        "bets",
        "rates",
        "cuts",
        "shows",
        "moves",
        "holds",
        "claims",
        "states",
        "lists",
        "details",
        "questions",
        "backs",
        "estimates",
        "projects",
        "forecasts",
        "fears",
        "hopes",
        "worries",
        "finds",
        "feels",
        "sets",
        "marks",
        "records",
    ]
)
#: a word before the cue that makes it a noun or an infinitive
_BEFORE_NOUN = frozenset(
    [
        "a",
        "an",
        "the",
        "this",
        "that",
        "these",
        "those",
        "its",
        "his",
        "her",
        "their",
        "of",
        "to",
        "for",
        "in",
        "on",
        "by",
        "with",
        "no",
        "any",
        "each",
        "every",
        "some",
        "into",
        "from",
        "and",
        "or",
        "as",
        "than",
        "such",
        "new",
        "latest",
        "recent",
    ]
)
_LINKING = frozenset(
    [
        "remain",
        "remains",
        "remained",
        "stay",
        "stays",
        "stayed",
        "turn",
        "turns",
        "turned",
        "keep",
        "keeps",
        "kept",
        "move",
        "moves",
        "moved",
        "moving",
        "shift",
        "shifts",
        "shifted",
    ]
)
_LINKING_ONLY = frozenset(
    ["remain", "remains", "remained", "stay", "stays", "stayed", "turn", "turns", "turned"]
)
#: deeds: only with words of position behind them are they views
_DEEDS = _LINKING | frozenset(
    [
        "cut",
        "cuts",
        "cutting",
        "raise",
        "raises",
        "raised",
        "raising",
        "lift",
        "lifts",
        "lifted",
        "lifting",
        "lower",
        "lowers",
        "lowered",
        "lowering",
        "trim",
        "trims",
        "trimmed",
        "back",
        "backs",
        "backed",
        "open",
        "opens",
        "opened",
        "start",
        "starts",
        "started",
        "set",
        "sets",
        "setting",
        "name",
        "names",
        "named",
        "take",
        "takes",
        "took",
        "taken",
        "initiate",
        "initiates",
        "initiated",
    ]
)
_FOLLOWED = {
    "continue": r":",
    "look": r"\s(?:for|to)\b",
    "point": r"\s(?:out|to)\b",
    "agree": r"\s(?:that|with)\b",
    "disagree": r"\s(?:that|with)\b",
}
_PROGRESSIVE = frozenset(
    [
        "expecting",
        "predicting",
        "forecasting",
        "betting",
        "looking",
        "hoping",
        "projecting",
        "assuming",
        "anticipating",
    ]
)
#: words that say how to be positioned, or a forecast; without one a deed is only a deed
_POSITION = re.compile(
    r"(?i)\b(?:overweight|underweight|neutral|buy|sell|hold|outperform|underperform|reduce|accumulate|(?:market|equal|benchmark)[\s-]weight|weightings?|ratings?"
    r"|target|mark|forecasts?|estimates?|outlook|views?|stance|recommendations?|grade|exposure|allocations?|odds|probability|projections?|guidance|tilt|preferred|favou?rites?|segments?)\b"
)
_STANCE = re.compile(
    r"\s(?:\w+\s){0,3}?(?:bullish|bearish|neutral|positive|negative|constructive|cautious|overweight|underweight|upbeat|optimistic|at\s[\w-]+\sweight"
    r"|pessimistic|skeptical|sceptical|wary|long|short|convinced|confident|unconvinced|agnostic|sidelined|unmoved|a\s(?:buyer|seller|bull|bear|holder))\b"
)
_AUXILIARY = re.compile(r"(?:\bdo|\bdoes|\bdid|n[’']t|\bwould|\bnot)\s(?:\w+\s)?$")
_BEING = re.compile(r"\b(?:is|are|was|were|been|be)\s(?:(?:now|also|still|already|\w+ly)\s)?$")


def is_noun(mask: str, match: re.Match[str]) -> bool:
    """Whether the word at `match` is a noun by what stands before it ("the report", "of views")."""
    before = mask[: match.start()].rstrip().rsplit(" ", 1)[-1].lower()
    coordinated = before in ("and", "or", "that") and match.group().endswith(("ed", "said", "wrote", "ys"))
    return before in _BEFORE_NOUN and not coordinated


def is_position(words: str) -> bool:
    """Whether the words behind a deed say how to be positioned, or a forecast."""
    return _POSITION.search(words[:160]) is not None


def is_progressive(mask: str, match: re.Match[str], form: CueForm) -> bool:
    """Whether an "-ing" form is a finite verb here: "is telling clients", but not "telling" alone nor "was believing"."""
    return (form.cls != "think" or match.group() in _PROGRESSIVE) and _BEING.search(
        mask[: match.start()]
    ) is not None


def agrees(
    source: Source, form: CueForm, inverted: bool, mask: str, match: re.Match[str], offset: int
) -> bool:
    """Whether verb and source agree in number and sense; `mask` is the segment that begins at `offset`."""
    word, behind = match.group(), mask[match.end() :]
    known = source.kind in ("person", "firm") or source.firm is not None
    for stem, wanted in _FOLLOWED.items():
        if word.startswith(stem) and not inverted and not re.match(rf"{wanted}|\s?[,.]", behind):
            return False
    if (
        form.participle
        and not known
        and (
            source.kind not in ("name", "pronoun", "role")
            or (source.plural and not source.definite and source.kind == "role")
        )
    ):
        return False
    if form.base and not _AUXILIARY.search(mask[: match.start()]):
        if not (source.plural or source.kind in ("firm", "name")):
            return False
        if source.kind in ("firm", "name"):
            return word in ("see", "expect", "say", "think", "believe", "warn", "argue")
    if source.kind in ("name", "noun") and (word in _NOUNS or re.match(r"\s[\d$€£]", behind)):
        return False
    if form.cls == "say" or re.match(r"\sthat\s", behind):
        return True
    return _means_it(source, form, inverted, mask, match, offset)


def _means_it(
    source: Source, form: CueForm, inverted: bool, mask: str, match: re.Match[str], offset: int
) -> bool:
    """Whether a verb of thought, position or description says what this source holds."""
    word, behind = match.group(), mask[match.end() :]
    if word in _DEEDS and form.cls == "act":
        if source.kind in ("noun", "paper"):
            return False
        return _STANCE.match(behind) is not None or (word not in _LINKING_ONLY and is_position(behind))
    if (
        source.kind == "role"
        and not inverted
        and source.firm is None
        and source.plural
        and _is_generic(mask, match)
    ):
        return False
    if (
        form.cls in ("act", "describe")
        and source.kind in ("pronoun", "noun")
        and word in ("show", "shows", "showed")
    ):
        return False
    if source.kind == "paper" and form.cls == "act":
        return False
    it = re.match(r"(?i)it\b", mask[source.head.start - offset :])
    return not it or word in ("expects", "expected", "sees", "prefers", "favors", "recommends", "recommended")


def _is_generic(mask: str, match: re.Match[str]) -> bool:
    return bool(_GENERIC_THINKERS.search(mask[: match.start()].rstrip().split(",")[0][-40:]))
