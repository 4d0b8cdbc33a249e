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
    """Return what was polled, fetched, refused, read, and how much was said in it."""
    feeds = f"{polled.new} new links, {polled.not_modified} unchanged, {polled.feeds_failed} failed"
    pages = f"{polled.unchanged} unchanged, {polled.failed} failed"
    reserved = f", {polled.reserved} reserved by their site" if polled.reserved else ""
    return [
        f"polled      {polled.polled} feeds: {feeds}",
        f"fetched     {polled.fetched} pages, {pages}",
        f"refused     {polled.refused} by robots.txt{reserved}",
        f"read        {read.read} articles, {read.stubs} teasers left out, {read.passed_over} passed over",
        f"statements  {read.statements}",
        f"views       {read.views}",
    ]
