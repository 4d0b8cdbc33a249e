"""Sets rows that arrive against those that are kept of the same symbol: what is new, and what contradicts.

Raw prices of a session are one fact, so two sources must agree on them within a cent. Adjusted prices change level
with every later dividend; their returns do not, so these must agree, and levels are never compared or joined. Rows
must adjoin those that are kept, so that no return spans sessions of which nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from narrative.errors import NarrativeError
from narrative.measure.returns import PriceRow, adjoin, total_returns
from narrative.measure.seams import TOLERANCE, Seam, jumps, rounding, seams
from narrative.measure.sessions import Sessions

CENT = 0.01 + 1e-9
_DIVIDEND = 0.001 + 1e-9  # sources round dividends to three decimals


@dataclass(frozen=True, slots=True)
class Difference:
    """A session in which a row that arrives says something else than the kept one, in words."""

    session: date
    words: str


@dataclass(frozen=True, slots=True)
class Merged:
    """What one symbol's new rows amount to beside its kept ones of the same kind.

    `rows` are to be kept: new sessions, and kept ones completed by what was not known of them. `corrections` are
    the rows behind `differences`, to be kept only when somebody says so.
    """

    rows: tuple[PriceRow, ...]
    differences: tuple[Difference, ...]
    corrections: tuple[PriceRow, ...]


def merged(new: Sequence[PriceRow], kept: Sequence[PriceRow], sessions: Sessions) -> Merged:
    """Return what ordered new rows of one symbol and kind add to the kept ones.

    Raises NarrativeError when they do not adjoin: raw rows have to follow without a session between, adjusted
    ones to share one, because the return between two downloads is in neither.
    """
    if not new or not kept:
        return Merged(tuple(new), (), ())
    _check_joined(new, kept, sessions)
    known = {row.session: row for row in kept}
    compared = _raw if new[0].kind == "raw" else _adjusted
    found = list(compared(new, known))
    return Merged(
        tuple(row for row, words in found if not words),
        tuple(Difference(row.session, words) for row, words in found if words),
        tuple(row for row, words in found if words),
    )


def _check_joined(new: Sequence[PriceRow], kept: Sequence[PriceRow], sessions: Sessions) -> None:
    first, last = min(row.session for row in kept), max(row.session for row in kept)
    raw = new[0].kind == "raw"
    for early, late in ((last, new[0].session), (new[-1].session, first)):
        if early < late and not (raw and adjoin(early, late, sessions)):
            need = "adjoin them" if raw else "share a session with them, since two downloads differ in level"
            raise NarrativeError(
                f"{new[0].symbol} is kept from {first} to {last} and these {new[0].kind} prices go from "
                f"{new[0].session} to {new[-1].session}: they have to {need}"
            )


def _raw(new: Sequence[PriceRow], known: Mapping[date, PriceRow]) -> Iterator[tuple[PriceRow, str]]:
    """Yield the rows that say more than the kept ones, and with words those that say otherwise."""
    paid, split = any(row.dividend for row in new), any(row.split != 1 for row in new)
    for row in new:
        old = known.get(row.session)
        if old is None:
            yield row, ""
            continue
        words = _otherwise(row, old, paid=paid, split=split)
        if words:  # what the new table says nothing of stays
            dividend, ratio = row.dividend if paid else old.dividend, row.split if split else old.split
            yield replace(row, dividend=dividend, split=ratio), words
        elif (full := _completed(row, old)) != old:
            yield full, ""


def _otherwise(row: PriceRow, old: PriceRow, *, paid: bool, split: bool) -> str:
    """Return what a raw row says otherwise than the kept one; `paid` and `split` say whether its table lists such."""
    if abs(row.close - old.close) > CENT:
        return f"closes at {row.close:g} and is kept at {old.close:g}"
    if abs(row.dividend - old.dividend) > _DIVIDEND and old.dividend and paid:
        return f"has a dividend of {row.dividend:g} and is kept with {old.dividend:g}"
    if abs(row.split - old.split) > 1e-6 and old.split != 1 and split:
        return f"has a split of {row.split:g} for 1 and is kept with {old.split:g}"
    return ""


def _completed(row: PriceRow, old: PriceRow) -> PriceRow:
    """Return the kept row with what was not known of it from the new one."""
    return replace(
        old,
        open=row.open if old.open is None else old.open,
        high=row.high if old.high is None else old.high,
        low=row.low if old.low is None else old.low,
        volume=row.volume if old.volume is None else old.volume,
        dividend=old.dividend or row.dividend,
        split=row.split if old.split == 1 else old.split,
    )


def _adjusted(new: Sequence[PriceRow], known: Mapping[date, PriceRow]) -> Iterator[tuple[PriceRow, str]]:
    """Yield rows of sessions whose return was not known, and with words those whose return is another."""
    here = rounding({row.session: row.close for row in new})
    there = rounding({day: row.close for day, row in known.items()})
    for row in new:
        old = known.get(row.session)
        if old is None or (old.change is None and row.change is not None):
            yield row, ""
        elif row.change is not None and old.change is not None:
            slack = TOLERANCE + here(row.session) + there(row.session)
            if abs(row.change - old.change) > slack:
                yield row, f"returns {row.change:+.2%} and is kept with {old.change:+.2%}"


def unlisted_splits(new: Sequence[PriceRow], kept: Sequence[PriceRow]) -> Iterator[Seam]:
    """Yield where raw rows that are to be kept meet the kept ones with a move that only a split makes."""
    fresh = {row.session for row in new}
    if not new or new[0].kind == "adjusted":
        return
    known = {row.session: row for row in (*kept, *new)}
    for before, row in pairwise(known[day] for day in sorted(known)):
        if (before.session in fresh) != (row.session in fresh):
            yield from jumps((before, row))


def crossed(new: Sequence[PriceRow], kept: Sequence[PriceRow], sessions: Sessions) -> Iterator[Seam]:
    """Yield where new rows of one kind contradict the kept ones of the other, of one symbol, in order."""
    if not new or not kept:
        return
    adjusted, raw = (kept, new) if new[0].kind == "raw" else (new, kept)
    paid = [row.session for row in raw if row.dividend]
    known = (paid[0], paid[-1]) if paid else None
    followed = total_returns(raw, sessions)
    changes = {day: value for day, value in total_returns(adjusted, sessions).items() if day in followed}
    slack = rounding(*({row.session: row.close for row in rows} for rows in (adjusted, raw)))
    yield from seams(changes, raw, known, slack)
