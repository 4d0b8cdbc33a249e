"""Stored times by the array: the text of many columns at once, as microseconds or days since 1970-01-01 in UTC."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
A_DAY = timedelta(days=1) // timedelta(microseconds=1)
DAY, INSTANT = 1, 2  # precisions

_WIDTH = 32  # of an instant with microseconds and its zone
_UTC = np.frombuffer(b"+00:00", dtype=np.uint8)
_FIRST_DAY = EPOCH.date().toordinal()


class Parsed(NamedTuple):
    """What texts say: a number, whether it is an instant (2), a day (1) or nothing (0), and the day as it is written."""

    value: Any
    precision: Any
    day: Any


def microseconds(instant: datetime) -> int:
    """Return an instant as microseconds since 1970; a naive one counts as UTC."""
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return (aware - EPOCH) // timedelta(microseconds=1)


def instant_of(microseconds: int) -> datetime:
    """Return the instant (UTC) that so many microseconds since 1970 are."""
    return EPOCH + timedelta(microseconds=int(microseconds))


def parsed(texts: Sequence[str | None]) -> Parsed:
    """Parse days and instants in ISO 8601, or None. Raises ValueError for another text.

    What `columns.stamp` and a claim in UTC write is read by the array, the rest one by one.
    """
    size = len(texts)
    value, day = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    precision = np.zeros(size, dtype=np.int8)
    given = np.array([text is not None for text in texts], dtype=bool)
    raw = _bytes(texts)
    length = (raw != 0).sum(axis=1)
    rest = given.copy()
    for width, digits in ((_WIDTH, 26), (25, 19)):
        regular = rest & (length == width) & (raw[:, digits : digits + 6] == _UTC).all(axis=1)
        value[regular] = _numbers(raw[regular, :digits], "us")
        day[regular], precision[regular] = value[regular] // A_DAY, INSTANT
        rest &= ~regular
    days = rest & (length == 10)
    value[days] = day[days] = _numbers(raw[days, :10], "D")
    precision[days] = DAY
    for place in np.flatnonzero(rest & ~days):
        moment = datetime.fromisoformat(str(texts[int(place)]))
        value[place], precision[place] = microseconds(moment), INSTANT
        day[place] = moment.toordinal() - _FIRST_DAY
    return Parsed(value, precision, day)


def day_number(text: str) -> int:
    """Return a day, written in ISO 8601, as days since 1970."""
    return date.fromisoformat(text).toordinal() - _FIRST_DAY


def _bytes(texts: Sequence[str | None]) -> Any:
    """Return texts as rows of bytes, cut off or filled up with zeros; what is not ASCII has a length that fits nothing."""
    try:
        raw = np.array([text or "" for text in texts], dtype=f"S{_WIDTH + 1}")
    except UnicodeEncodeError:
        plain = [text if text and text.isascii() else "" for text in texts]
        raw = np.array(plain, dtype=f"S{_WIDTH + 1}")
    return raw.view(np.uint8).reshape(len(texts), _WIDTH + 1)


def _numbers(raw: Any, unit: str) -> Any:
    """Return what rows of bytes, each a time without a zone, come to in a unit since 1970."""
    width = raw.shape[1]
    return (
        np.ascontiguousarray(raw).view(f"S{width}").reshape(-1).astype(f"datetime64[{unit}]").astype(np.int64)
    )
