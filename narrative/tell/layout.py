"""Lines for a terminal, wrapped to a width and colored where wanted; dates and numbers in words."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from narrative.tell.escaping import plain
from narrative.tell.shapes import day_of
from narrative.terms import Entry

_STYLES = {"bold": "1", "dim": "2", "underline": "4", "bullish": "32", "bearish": "31", "neutral": "33"}
NARROWEST = 40
SHORTEST_ID = 6

Style = Literal["bold", "dim", "underline", "bullish", "bearish", "neutral"]


@dataclass(frozen=True, slots=True)
class Page:
    """How wide the terminal is and whether it takes color."""

    width: int = 80
    color: bool = False

    def paint(self, text: str, *styles: Style) -> str:
        """Return safe text in some styles, or as it is without color."""
        if not self.color or not text:
            return text
        return f"\x1b[{';'.join(_STYLES[style] for style in styles)}m{text}\x1b[0m"

    def wrap(self, text: str, indent: int = 0, hang: int = 0) -> list[str]:
        """Return `text` in lines no wider than the page, following lines `hang` deeper than the first."""
        return textwrap.wrap(
            plain(text),
            max(self.width, NARROWEST),
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent + hang),
        ) or [""]

    def paragraph(self, text: str, indent: int = 0, hang: int = 0, *styles: Style) -> list[str]:
        """Return wrapped and painted lines."""
        return [self.paint(line, *styles) for line in self.wrap(text, indent, hang)]

    def spread(self, left: str, right: str, *styles: Style) -> list[str]:
        """Return one line with `right` at the right margin, or two where both do not fit."""
        left, right = plain(left), plain(right)
        room = max(self.width, NARROWEST) - len(left) - len(right)
        if room >= 2:
            return [self.paint(left, "bold") + " " * room + self.paint(right, *styles)]
        return [*self.paragraph(left, 0, 2, "bold"), *self.paragraph(right, 2, 2, *styles)]


def short_ids(views: Collection[str], known: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return for each id the short form the ledger gave, else the shortest prefix unique among these."""
    length = SHORTEST_ID
    while len({view[:length] for view in views}) < len(set(views)):
        length += 1
    return {view: (known or {}).get(view, view[:length]) for view in views}


def signed(value: float | None, digits: int = 2) -> str:
    """Return a number with its sign and a real minus, "none" for a missing one."""
    return "none" if value is None else f"{value:+.{digits}f}".replace("-", "−")


def percent(value: float | None) -> str:
    """Return a return with sign and one decimal, in percent."""
    return "none" if value is None else f"{value * 100:+.1f} %".replace("-", "−")


def day(value: date) -> str:
    """Return a day like 5 Jan 2026."""
    return f"{value.day} {value:%b %Y}"


def minute(value: datetime) -> str:
    """Return an instant to the minute, with its zone."""
    return f"{value:%Y-%m-%d %H:%M} {value.tzname() or 'UTC'}"


def dated(entry: Entry) -> str:
    """Return the day of a view; one without a publication date says when it was seen."""
    shown = day(day_of(entry))
    return f"seen {shown}, undated" if entry.undated or entry.published is None else shown


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def speaker(entry: Entry) -> str:
    """Return who speaks: name, title, firm, as far as known."""
    firm = entry.firm if entry.firm != entry.voice_name else None
    return ", ".join(part for part in (entry.voice_name, entry.title, firm) if part)


def quoted(entry: Entry, words: str) -> str:
    """Return words of a row, given as the medium wants them, in quotation marks; a view from outside has none."""
    return "(no words: imported)" if entry.imported else f"“{words}”"


def in_sample(entries: Collection[Entry]) -> str | None:
    """Return in a sentence how many rows were published before the model's training cut-off; None for none."""
    seen = sum(entry.in_sample for entry in entries)
    if not seen:
        return None
    share = "All rows were" if seen == len(entries) else f"{seen} of {len(entries)} rows were"
    return f"{share} published before the model's training cut-off: good for reading, not for a back-test."


def notes(entry: Entry) -> str:
    """Return what qualifies a view: condition, horizon, hedge, whether it was filled in later or corrected."""
    condition = entry.condition
    if condition and not condition.lower().startswith(
        ("if ", "unless ", "provided ", "as long ", "once ", "when ")
    ):
        condition = f"if {condition}"
    parts = (
        condition,
        f"horizon: {entry.horizon}" if entry.horizon else None,
        "hedged" if entry.hedged else None,
        "backfilled" if entry.backfilled else None,
        "corrected by hand" if entry.correction else None,
    )
    return "; ".join(part for part in parts if part)
