"""Finds what a question asks of the views themselves: a minimum confidence, a stated horizon.

A horizon alone ("a horizon of 12 months") is refused, since it may mean at least or at most as much.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from narrative.errors import UsageError
from narrative.tell.periods import COUNT, moved, number_of
from narrative.tell.shapes import day_of
from narrative.terms import Entry

Span = tuple[int, str]
#: the last day of the horizon that a view states, None where it states none that can be dated
Ends = Callable[[Entry], date | None]

WORDS = frozenset({"confidence", "confident", "horizon", "horizons", "least", "minimum", "percent", "term"})


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far ahead a view must look: at least and at most, counted from its day; neither asks that it says so."""

    least: Span | None = None
    most: Span | None = None

    def __str__(self) -> str:
        parts = [
            f"{word} {number} {unit}{'s' if number != 1 else ''}"
            for word, (number, unit) in (
                ("at least", self.least or (0, "")),
                ("at most", self.most or (0, "")),
            )
            if unit
        ]
        return " and ".join(parts) or "stated"

    def fits(self, entry: Entry, ends: Ends) -> bool:
        """Return whether a view looks as far ahead as is asked."""
        if self.least is None and self.most is None:
            return bool(entry.horizon)
        end, day = ends(entry), day_of(entry)
        if end is None:
            return False
        far = self.least is None or end >= moved(day, *self.least)
        return far and (self.most is None or end <= moved(day, *self.most))


@dataclass(frozen=True, slots=True)
class Qualities:
    """What is asked of each view: a least probability of its label, and a horizon."""

    confidence: float | None = None
    horizon: Horizon | None = None


_TERMS = {
    "short": Horizon(most=(3, "month")),
    "near": Horizon(most=(3, "month")),
    "medium": Horizon((3, "month"), (12, "month")),
    "long": Horizon(least=(12, "month")),
}
_SHARE = r"(?:\d{1,3} ?(?:%|per ?cent)|[01]?\.\d+)"
_MORE = r"(?:at least|over|above|more than|greater than|higher than|>=?|a minimum of|no less than|not under)"
_CONFIDENCE = re.compile(
    rf"\b(?:with |at )?(?:a )?(?:minimum |min )?(?:confidence (?:of )?(?:{_MORE} ?|or )*(?P<a>{_SHARE})"
    rf"|(?:{_MORE} ?)(?P<b>{_SHARE}) (?:confidence|confident|sure|certain)"
    rf"|(?P<c>{_SHARE}) confidence(?= or (?:more|higher|better|above)))"
    r"(?: or (?:more|higher|better|above))?(?!\w)",
    re.IGNORECASE,
)
_UNIT = r"(?P<u>day|week|month|quarter|year)s?"
_LENGTH = re.compile(
    r"\b(?:(?:with|for|at) )?(?:a |an )?(?:stated )?horizons? (?:of |that is )?"
    r"(?:(?P<least>at least|over|above|more than|longer than|beyond|no less than)"
    r"|(?P<most>up to|at most|under|below|less than|shorter than|within|no more than)) "
    rf"(?P<n>{COUNT}) {_UNIT}\b",
    re.IGNORECASE,
)
_TERM = re.compile(
    r"\b(?:(?:over|for|in|on|with) )?(?:(?:the|a) )?(?P<t>long|short|medium|near)(?:er)?[- ](?:term|run)(?: horizons?)?\b"
    r"(?! (?:rate|yield|bond|treasur|debt|paper|bill|note|interest))",
    re.IGNORECASE,
)
_STATED = re.compile(
    r"\b(?:(?:with|giving|naming|stating) )(?:a |an )?(?:stated |given |named |dated )?horizons?\b"
    r"(?! (?:of|at|over|above|more|longer|beyond|up|under|below|less|shorter|within|no)\b)",
    re.IGNORECASE,
)


def find_qualities(text: str) -> tuple[Qualities, str]:
    """Return what `text` asks of each view, and the text with `|` in its place.

    Raises UsageError for a confidence over 100 %.
    """
    confidence, horizon = None, None
    if sure := _CONFIDENCE.search(text):
        confidence = _share(sure["a"] or sure["b"] or sure["c"])
        text = _cut(text, sure)
    if (long := _LENGTH.search(text)) or (long := _TERM.search(text)) or (long := _STATED.search(text)):
        horizon = _horizon(long)
        text = _cut(text, long)
    return Qualities(confidence, horizon), text


def read_horizon(words: str) -> Horizon:
    """Return the horizon that an option names: "at least 6 months", "up to a year", "long term", "stated"."""
    for form in (words, f"horizon {words}", f"with a {words} horizon"):
        found, rest = find_qualities(form)
        if found.horizon and found.confidence is None and not rest.strip(" |"):
            return found.horizon
    raise UsageError(
        f"{words!r} is no horizon; write it like at least 6 months, up to 1 year, long term or stated"
    )


def _horizon(match: re.Match[str]) -> Horizon:
    parts = match.groupdict()
    if parts.get("t"):
        return _TERMS[parts["t"].lower()]
    if not parts.get("n"):
        return Horizon()
    span = (number_of(parts["n"].lower()), parts["u"].lower())
    return Horizon(least=span) if parts["least"] else Horizon(most=span)


def _share(words: str) -> float:
    number = float(re.sub(r"(?i) ?(?:%|per ?cent)", "", words))
    share = number if re.fullmatch(r"[01]?\.\d+", words) else number / 100
    if share > 1:
        raise UsageError(f"a confidence of {words} is more than all; ask for 0 to 100 %, like at least 80%")
    return share


def _cut(text: str, match: re.Match[str]) -> str:
    return " ".join(f"{text[: match.start()]} | {text[match.end() :]}".split())
