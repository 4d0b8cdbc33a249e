"""The machine-readable reading: one JSON object an article, the same for every consumer.

Keys and their meaning stand in the README under "The machine-readable reading". Absent values are null, offsets are code
points into `text`, end exclusive.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from narrative.terms import Claim, Figure, Mention, Reading, Span, Statement, View

SCHEMA = "narrative.reading/1"


def reading_json(reading: Reading, path: str | None = None) -> dict[str, Any]:
    """Return the reading as plain values, ready for json.dumps."""
    article = reading.article
    return {
        "schema": SCHEMA,
        "model": reading.vintage.model,
        "id": article.id,
        "path": path,
        "url": article.url or None,
        "title": article.title or None,
        "published": claim_text(article.published),
        "text": article.text,
        "mentions": [_mention(m) for m in reading.mentions],
        "figures": [_figure(f) for f in reading.figures],
        "statements": [_statement(s) for s in reading.statements],
        "views": [_view(v) for v in reading.views],
    }


def claim_text(claim: Claim | None) -> str | None:
    """A publication claim as ISO 8601: an instant in its zone, or a day."""
    if claim is None:
        return None
    if isinstance(claim.value, datetime) and not claim.zone_known:
        return claim.value.replace(tzinfo=None).isoformat()
    return claim.value.isoformat()


def _pair(span: Span | None) -> list[int] | None:
    return list(span) if span is not None else None


def _mention(mention: Mention) -> dict[str, Any]:
    start, end = mention.span
    return {"kind": mention.kind, "start": start, "end": end, "text": mention.text, "key": mention.key}


def _figure(figure: Figure) -> dict[str, Any]:
    start, end = figure.span
    facts = {"value": figure.value, "unit": figure.unit, "subject": figure.subject, "period": figure.period}
    return {
        "id": figure.id,
        "start": start,
        "end": end,
        "text": figure.text,
        **facts,
        "direction": figure.direction,
    }


def _statement(statement: Statement) -> dict[str, Any]:
    return {
        "id": statement.id,
        "mode": statement.mode,
        "content": [list(span) for span in statement.content],
        "cue": _pair(statement.cue),
        "source": _pair(statement.source),
        "speaker": statement.speaker,
        "title": statement.title,
        "firm": statement.firm,
        "voice": statement.voice,
        "dup": statement.dup,
    }


def _view(view: View) -> dict[str, Any]:
    judged = {
        "stance": view.stance,
        "bullish": view.bullish,
        "bearish": view.bearish,
        "neutral": view.neutral,
    }
    noted = {"condition": view.condition, "horizon": view.horizon, "hedged": view.hedged, "past": view.past}
    ids = {"id": view.id, "statement": view.statement, "target": view.target}
    return {**ids, **judged, "abstained": view.abstained, **noted, "figures": list(view.figures)}
