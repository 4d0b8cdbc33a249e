"""How the records of `narrative.terms` look as columns, and how columns become records again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import cast

from narrative.terms import Claim, Origin, Span

_encoded = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":")
).encode  # made once: rows have many such columns


def stamp(instant: datetime) -> str:
    """Return an instant as text of one width in UTC, so that text order is time order.

    A naive one counts as UTC.
    """
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    return instant.isoformat(timespec="microseconds")


def stamp_or_none(instant: datetime | None) -> str | None:
    """Return `stamp` of an instant that may be missing."""
    return None if instant is None else stamp(instant)


def instant(text: str) -> datetime:
    """Return the instant that `stamp` wrote."""
    return datetime.fromisoformat(text)


def instant_or_none(text: str | None) -> datetime | None:
    """Return the instant that `stamp_or_none` wrote."""
    return None if text is None else datetime.fromisoformat(text)


def storable(text: str) -> str:
    """Return `text` with lone surrogates, which no database takes, replaced one for one."""
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")


def storable_or_none(text: str | None) -> str | None:
    """Return `storable` of a text that may be missing."""
    return None if text is None else storable(text)


def claim_columns(claim: Claim | None, name: str = "published") -> dict[str, str | int | None]:
    """Return the four columns of a claim under its name; all NULL when nobody claims anything."""
    names = (name, f"{name}_origin", f"{name}_zone", f"{name}_offset")
    return dict(zip(names, claim_values(claim), strict=True))


def claim_values(claim: Claim | None) -> tuple[str | None, str | None, int | None, int | None]:
    """Return the values of the four columns of a claim."""
    if claim is None:
        return None, None, None, None
    return claim.value.isoformat(), claim.origin, int(claim.zone_known), claim.offset_minutes


def claim(value: str | None, origin: str | None, zone: int | None, offset: int | None = None) -> Claim | None:
    """Return the claim that `claim_columns` wrote. Ten characters are a day, more are an instant."""
    if value is None:
        return None
    moment = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    return Claim(moment, cast("Origin", origin), bool(zone), offset)


def spans_column(spans: Iterable[Span]) -> str:
    """Return spans as a JSON list of pairs."""
    return f"[{','.join(f'[{start},{end}]' for start, end in spans)}]"


def spans(column: str) -> tuple[Span, ...]:
    """Return the spans of a JSON list of pairs."""
    return tuple(Span(start, end) for start, end in json.loads(column))


def span_column(span: Span | None) -> str | None:
    """Return one span, or NULL, as a JSON pair."""
    return None if span is None else f"[{span[0]},{span[1]}]"


def span(column: str | None) -> Span | None:
    """Return the span of a JSON pair, or None for NULL."""
    return None if column is None else Span(*json.loads(column))


def words_column(words: Sequence[str]) -> str:
    """Return a list of texts as JSON."""
    return _encoded([storable(word) for word in words]) if words else "[]"


def words(column: str) -> tuple[str, ...]:
    """Return the texts of a JSON list."""
    return tuple(json.loads(column))
