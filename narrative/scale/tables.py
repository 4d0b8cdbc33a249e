"""The files a backfill writes: the columns of readings, views and failures, and how records become rows and records again.

Spans are pairs of offsets into the article's text, instants are in UTC, an absent value is null. A reading's views stand in the
file of views beside it; so do who spoke and where, for whoever asks the files and no ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from narrative.material import Taken
from narrative.terms import (
    Article,
    Capture,
    Claim,
    Figure,
    Link,
    Mention,
    Reading,
    Span,
    Statement,
    View,
    Vintage,
)

_TEXT, _WHOLE, _YES, _REAL = pa.string(), pa.int32(), pa.bool_(), pa.float64()
_TEXTS, _SPAN = pa.list_(pa.string()), pa.list_(pa.int32())
_SPANS, _AT = pa.list_(_SPAN), pa.timestamp("us", "UTC")


def _struct(**fields: pa.DataType) -> pa.DataType:
    return pa.struct(list(fields.items()))


_CLAIM = _struct(value=_TEXT, origin=_TEXT, zone_known=_YES, offset_minutes=_WHOLE)
_LINK = _struct(url=_TEXT, feed=_TEXT, entry=_TEXT, title=_TEXT, published=_CLAIM)
_CAPTURE = _struct(
    url=_TEXT, final_url=_TEXT, fetched_at=_AT, content_type=_TEXT, body=pa.binary(), outlet=_TEXT, link=_LINK,
    may_train=_YES, stated=_TEXTS,
)  # fmt: skip
_STATEMENT = _struct(
    id=_TEXT, mode=_TEXT, content=_SPANS, cue=_SPAN, source=_SPAN, speaker=_TEXT, title=_TEXT, firm=_TEXT, dup=_YES,
    resolution=_TEXTS,
)  # fmt: skip
_MENTION = _struct(kind=_TEXT, span=_SPAN, text=_TEXT, key=_TEXT)
_FIGURE = _struct(
    id=_TEXT, span=_SPAN, text=_TEXT, value=_REAL, unit=_TEXT, subject=_TEXT, period=_TEXT, direction=_TEXT
)

#: `number` is the place in the input file, over all three tables
READINGS = pa.schema(
    {
        "number": _WHOLE, "id": _TEXT, "url": _TEXT, "outlet": _TEXT, "title": _TEXT, "text": _TEXT, "authors": _TEXTS,
        "byline": _TEXT, "published": _CLAIM, "available_at": _AT, "language": _TEXT, "stub": _TEXT, "flags": _TEXTS,
        "repeats": _SPANS, "updated": _CLAIM, "trusted": _YES, "model": _TEXT, "targets": _TEXT,
        "trained_through": pa.date32(), "statements": pa.list_(_STATEMENT), "mentions": pa.list_(_MENTION),
        "figures": pa.list_(_FIGURE), "capture": _CAPTURE,
    }
)  # fmt: skip
VIEWS = pa.schema(
    {
        "number": _WHOLE, "id": _TEXT, "statement": _TEXT, "article": _TEXT, "target": _TEXT, "stance": _TEXT,
        "bullish": _REAL, "bearish": _REAL, "neutral": _REAL, "abstained": _YES, "condition": _TEXT, "horizon": _TEXT,
        "hedged": _YES, "past": _YES, "figures": _TEXTS, "named": _TEXT, "speaker": _TEXT, "title": _TEXT,
        "firm": _TEXT, "words": _TEXT, "url": _TEXT, "outlet": _TEXT, "headline": _TEXT, "published": _TEXT,
        "available_at": _AT, "may_train": _YES, "model": _TEXT, "targets": _TEXT,
    }
)  # fmt: skip
FAILURES = pa.schema(
    {"number": _WHOLE, "url": _TEXT, "line": _WHOLE, "at": _AT, "reason": _TEXT, "capture": _CAPTURE}
)
SCHEMAS = {"readings": READINGS, "views": VIEWS, "failures": FAILURES}
_VIEW_FIELDS = tuple(View.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Kept:
    """One row that a ledger takes: what was read, or why nothing was; of a page, its capture."""

    number: int
    taken: Taken | str
    capture: Capture | None


# --- records as rows -------------------------------------------------------------------------------------------


def reading_row(number: int, taken: Taken, capture: Capture | None) -> dict[str, Any]:
    """Return the row of a reading, its views left out."""
    article, vintage, reading = taken.reading.article, taken.reading.vintage, taken.reading
    row = asdict(article) | {
        "number": number,
        "published": _claim_row(article.published),
        "updated": _claim_row(article.updated),
        "trusted": taken.trusted,
        "model": vintage.model,
        "targets": vintage.targets,
        "trained_through": vintage.trained_through,
        "statements": [asdict(statement) for statement in reading.statements],
        "mentions": [asdict(mention) for mention in reading.mentions],
        "figures": [asdict(figure) for figure in reading.figures],
        "capture": _capture_row(capture),
    }
    return dict(storable(row))


def view_rows(number: int, taken: Taken, capture: Capture | None) -> list[dict[str, Any]]:
    """Return the rows of a reading's views, each with who spoke, where, and in which words."""
    article, vintage = taken.reading.article, taken.reading.vintage
    statements = {statement.id: statement for statement in taken.reading.statements}
    page = {
        "number": number,
        "article": article.id,
        "url": article.url,
        "outlet": article.outlet,
        "headline": article.title,
        "published": article.published and article.published.value.isoformat(),
        "available_at": article.available_at,
        "may_train": capture is None or capture.may_train,
        "model": vintage.model,
        "targets": vintage.targets,
    }
    rows = []
    for view in taken.reading.views:
        said = statements[view.statement]
        who = {
            "speaker": said.speaker,
            "title": said.title,
            "firm": said.firm,
            "words": said.words(article.text),
        }
        rows.append(storable(asdict(view) | page | who))
    return rows


def failure_row(
    number: int,
    reason: str,
    at: datetime,
    *,
    url: str = "",
    line: int | None = None,
    capture: Capture | None = None,
) -> dict[str, Any]:
    """Return the row of a page or a row of a dump that gave no article; a page that a ledger keeps comes with its bytes."""
    row = {
        "number": number,
        "url": url,
        "line": line,
        "at": at,
        "reason": reason,
        "capture": _capture_row(capture),
    }
    return dict(storable(row))


def _capture_row(capture: Capture | None) -> dict[str, Any] | None:
    if capture is None:
        return None
    row = {name: getattr(capture, name) for name in Capture.__dataclass_fields__}
    link = capture.link
    return row | {"link": link and asdict(link) | {"published": _claim_row(link.published)}}


def _claim_row(claim: Claim | None) -> dict[str, Any] | None:
    return None if claim is None else asdict(claim) | {"value": claim.value.isoformat()}


def storable(value: Any) -> Any:
    """Return a value whose texts have lone surrogates, which no file takes, replaced one for one, as a ledger does."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {name: storable(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [storable(one) for one in value]
    return value


# --- rows as records -------------------------------------------------------------------------------------------


def kept_reading(row: dict[str, Any], views: Iterable[dict[str, Any]]) -> Kept:
    """Return what `reading_row` and `view_rows` wrote."""
    vintage = Vintage(row["model"], row["targets"], row["trained_through"])
    reading = Reading(
        _article(row),
        vintage,
        mentions=tuple(Mention(**one | {"span": Span(*one["span"])}) for one in row["mentions"]),
        figures=tuple(Figure(**one | {"span": Span(*one["span"])}) for one in row["figures"]),
        statements=tuple(_statement(one) for one in row["statements"]),
        views=tuple(_view(one) for one in views),
    )
    return Kept(row["number"], Taken(reading, row["trusted"]), _capture(row["capture"]))


def kept_failure(row: dict[str, Any]) -> Kept:
    """Return what `failure_row` wrote."""
    return Kept(row["number"], row["reason"], _capture(row["capture"]))


def _article(row: dict[str, Any]) -> Article:
    plain = {
        name: row[name] for name in ("id", "url", "outlet", "title", "text", "byline", "language", "stub")
    }
    lists = {name: tuple(row[name]) for name in ("authors", "flags")}
    claims = {name: _claim(row[name]) for name in ("published", "updated")}
    times = {"available_at": _instant(row["available_at"]), "repeats": _spans(row["repeats"])}
    return Article(**{**plain, **lists, **claims, **times})


def _statement(row: dict[str, Any]) -> Statement:
    changed = {
        "content": _spans(row["content"]),
        "cue": _span(row["cue"]),
        "source": _span(row["source"]),
        "resolution": tuple(row["resolution"]),
    }
    return Statement(**row | changed)


def _view(row: dict[str, Any]) -> View:
    return View(**{name: row[name] for name in _VIEW_FIELDS} | {"figures": tuple(row["figures"])})


def _capture(row: dict[str, Any] | None) -> Capture | None:
    if row is None:
        return None
    link = row["link"] and Link(**row["link"] | {"published": _claim(row["link"]["published"])})
    changed = {"link": link, "fetched_at": _instant(row["fetched_at"]), "stated": tuple(row["stated"])}
    return Capture(**row | changed)


def _claim(row: dict[str, Any] | None) -> Claim | None:
    if row is None:
        return None
    value = row["value"]
    moment = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    return Claim(**row | {"value": moment})


def _instant(value: datetime | None) -> Any:
    return None if value is None else value.astimezone(UTC)


def _span(pair: Sequence[int] | None) -> Span | None:
    return None if pair is None else Span(*pair)


def _spans(pairs: Iterable[Sequence[int]]) -> tuple[Span, ...]:
    return tuple(Span(*pair) for pair in pairs)
