"""The records of a reading as rows: one function a table, the keys are its columns."""

from __future__ import annotations

from typing import Any

from narrative.ledger import columns
from narrative.ledger.columns import storable, storable_or_none
from narrative.terms import Article, Figure, Mention, Statement, View, content_id


def digest(article: Article) -> str:
    """Return what tells one text at an address from another."""
    return content_id("text", storable(article.text))


def article(record: Article, words: str) -> dict[str, Any]:
    """Return the columns an article brings along, given its digest; times, story and first version are the ledger's to say."""
    return {
        "id": record.id,
        "url": storable(record.url),
        "outlet": storable(record.outlet),
        "title": storable(record.title),
        "authors": columns.words_column(record.authors),
        "byline": storable(record.byline),
        **columns.claim_columns(record.published),
        "language": record.language,
        "stub": storable_or_none(record.stub),
        "flags": columns.words_column(record.flags),
        "repeats": columns.spans_column(record.repeats),
        "digest": words,
        **columns.claim_columns(record.updated, "updated"),
    }


def statement(record: Statement) -> dict[str, Any]:
    """Return the columns of a statement, spans as offsets into the text."""
    return {
        "id": record.id,
        "mode": record.mode,
        "content": columns.spans_column(record.content),
        "cue": columns.span_column(record.cue),
        "source": columns.span_column(record.source),
        "speaker": storable_or_none(record.speaker),
        "title": storable_or_none(record.title),
        "firm": storable_or_none(record.firm),
        "dup": int(record.dup),
        "resolution": columns.words_column(record.resolution),
    }


def view(record: View, statement_row: int, available_at: str) -> dict[str, Any]:
    """Return the columns of a view."""
    return {
        "statement": statement_row,
        "id": record.id,
        "target": storable(record.target),
        "available_at": available_at,
        "stance": record.stance,
        "bullish": float(record.bullish),
        "bearish": float(record.bearish),
        "neutral": float(record.neutral),
        "abstained": int(record.abstained),
        "condition": storable_or_none(record.condition),
        "horizon": storable_or_none(record.horizon),
        "hedged": int(record.hedged),
        "past": int(record.past),
        "figures": columns.words_column(record.figures),
        "named": storable_or_none(record.named),
    }


def mention(record: Mention, reading: int) -> dict[str, Any]:
    """Return the columns of a mention."""
    return {
        "reading": reading,
        "kind": record.kind,
        "span": columns.span_column(record.span),
        "text": storable(record.text),
        "key": storable(record.key),
    }


def figure(record: Figure, reading: int) -> dict[str, Any]:
    """Return the columns of a figure."""
    return {
        "reading": reading,
        "id": record.id,
        "span": columns.span_column(record.span),
        "text": storable(record.text),
        "value": float(record.value),
        "unit": record.unit,
        "subject": storable_or_none(record.subject),
        "period": storable_or_none(record.period),
        "direction": record.direction,
    }
