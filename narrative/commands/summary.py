"""The summary of a crawl: one line a stage."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from narrative.crawl.rows import PollSummary
    from narrative.pipeline import ReadSummary

_Row = TypeVar("_Row")


def total(rows: Iterable[_Row]) -> _Row:
    """Add up summaries of counts, field by field."""
    first, *rest = list(rows)
    counts: Any = first
    for row in rest:
        counts = type(counts)(*(getattr(counts, f.name) + getattr(row, f.name) for f in fields(counts)))
    result: _Row = counts
    return result


def lines(polled: PollSummary, read: ReadSummary) -> list[str]:
    """Return what was polled, fetched, refused, read, and how much was said in it; where feeds failed, where to look."""
    from narrative.tell.layout import count

    new = count(polled.new, "new link")
    feeds = f"{new}, {polled.not_modified} unchanged, {polled.feeds_failed} failed"
    kept = f"{count(read.read, 'article')}, {count(read.stubs, 'teaser')} left out"
    why = ["            narrative status says why feeds failed"] if polled.feeds_failed else []
    pages = f"{polled.unchanged} unchanged, {polled.failed} failed"
    reserved = f", {polled.reserved} reserved by their site" if polled.reserved else ""
    return [
        f"polled      {count(polled.polled, 'feed')}: {feeds}",
        *why,
        f"fetched     {count(polled.fetched, 'page')}, {pages}",
        f"refused     {polled.refused} by robots.txt{reserved}",
        f"read        {kept}, {read.passed_over} passed over",
        f"statements  {read.statements}",
        f"views       {read.views}",
    ]
