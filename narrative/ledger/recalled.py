"""The rows of a reading as records again: what `records` wrote, one function a table."""

from __future__ import annotations

from sqlite3 import Row

from narrative.ledger import columns
from narrative.terms import Figure, Mention, Span, Statement, View

_NOWHERE = Span(0, 0)


def statement(row: Row) -> Statement:
    """Return the statement of a row."""
    return Statement(
        id=row["id"],
        mode=row["mode"],
        content=columns.spans(row["content"]),
        cue=columns.span(row["cue"]),
        source=columns.span(row["source"]),
        speaker=row["speaker"],
        title=row["title"],
        firm=row["firm"],
        dup=bool(row["dup"]),
        resolution=columns.words(row["resolution"]),
    )


def view(row: Row, of: str) -> View:
    """Return the view of a row on the statement with the id `of`."""
    return View(
        id=row["id"],
        statement=of,
        target=row["target"],
        stance=row["stance"],
        bullish=row["bullish"],
        bearish=row["bearish"],
        neutral=row["neutral"],
        abstained=bool(row["abstained"]),
        condition=row["condition"],
        horizon=row["horizon"],
        hedged=bool(row["hedged"]),
        past=bool(row["past"]),
        figures=columns.words(row["figures"]),
        named=row["named"],
    )


def mention(row: Row) -> Mention:
    """Return the mention of a row."""
    return Mention(row["kind"], columns.span(row["span"]) or _NOWHERE, row["text"], row["key"])


def figure(row: Row) -> Figure:
    """Return the figure of a row."""
    return Figure(
        id=row["id"],
        span=columns.span(row["span"]) or _NOWHERE,
        text=row["text"],
        value=row["value"],
        unit=row["unit"],
        subject=row["subject"],
        period=row["period"],
        direction=row["direction"],
    )
