"""Net at many cut-offs at once: the voices that stand in each session, and where they lean.

A voice's views on its legs make stretches of sessions in which it stands for the same; a stretch adds what the voice leans
to at its first session and takes it away after its last one. Sums are in whole units of 2**-60, so that they do not
depend on the order in which voices came and went.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from narrative.measure.columns import STANCES
from narrative.measure.counted import Counted, distinct
from narrative.measure.tenures import Tenures

_BULLISH, _BEARISH, _NEUTRAL = range(len(STANCES))
_OPPOSITE = np.array([_BEARISH, _BULLISH, _NEUTRAL], dtype=np.int8)
_BITS, _HALF = 60, 30
_LOW = (1 << _HALF) - 1


@dataclass(frozen=True, slots=True)
class Camps:
    """Voices by label (bullish, bearish, neutral) and sums of their probabilities, in units, at one cut-off."""

    labels: tuple[int, int, int]
    units: tuple[int, int, int]


def camps(views: Counted, terms: Tenures, positions: Sequence[int], sessions: int) -> list[Camps]:
    """Return who stands at each of some session positions, of so many sessions in all."""
    first, after, shares, labels = _stretches(views, terms, sessions)
    standing = _Standing(first, after, np.asarray(positions, dtype=np.int64), sessions)
    columns = [standing.sums(labels == label) for label in range(len(STANCES))]
    for share in shares.T:
        units = np.rint(share * float(1 << _BITS)).astype(np.int64)
        columns += [standing.sums(part) for part in (units >> _HALF, units & _LOW)]
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [
        Camps((bulls, bears, rest), ((b << _HALF) + b_low, (s << _HALF) + s_low, (n << _HALF) + n_low))
        for bulls, bears, rest, b, b_low, s, s_low, n, n_low in rows
    ]


def listed(views: Counted, terms: Tenures, positions: Sequence[int]) -> list[tuple[str, ...]]:
    """Return the ids of the views that stand at each of some ascending positions, by voice and target name."""
    begin = np.searchsorted(positions, terms.first)
    end = np.searchsorted(positions, terms.last, side="right")
    lengths = end - begin
    starts = np.cumsum(lengths) - lengths
    place = np.arange(int(lengths.sum())) - np.repeat(starts - begin, lengths)
    kind = (
        np.int16 if len(positions) < 1 << 15 else np.int64
    )  # the sort of short numbers takes one pass a byte
    by_place = np.argsort(place.astype(kind), kind="stable")
    ids, places = views.of("view"), np.repeat(terms.place, lengths)[by_place]
    ends = np.cumsum(np.bincount(place, minlength=len(positions))).tolist()
    return [tuple(ids[places[start:stop]].tolist()) for start, stop in zip([0, *ends], ends, strict=False)]


class _Standing:
    """Which stretches hold some positions: those that have begun, less those that are over."""

    def __init__(self, first: Any, after: Any, positions: Any, sessions: int) -> None:
        self._first, self._after, self._positions, self._width = first, after, positions, sessions + 2

    def sums(self, amounts: Any) -> Any:
        """Return the sum of the amounts of the stretches that hold each position: exact, in whole numbers.

        What begins or ends in one session comes to less than 2**53, which a float holds: halves of units of millions of
        stretches do.
        """
        begun, over = (
            np.bincount(side, weights=amounts, minlength=self._width) for side in (self._first, self._after)
        )
        return np.cumsum(begun.astype(np.int64) - over.astype(np.int64))[self._positions]


def _stretches(views: Counted, terms: Tenures, sessions: int) -> tuple[Any, Any, Any, Any]:
    """Return first sessions, sessions after the last, mean probabilities (n, 3) and labels of all stretches."""
    voice, target = views.of("voice")[terms.place], views.of("target")[terms.place]
    lean = _turned(views, terms.place)
    width = sessions + 2
    bounds = distinct(np.concatenate((voice * width + terms.first, voice * width + terms.last + 1)))
    ends = bounds[1:]
    begins = bounds[:-1][bounds[:-1] // width == ends // width] if len(bounds) else bounds
    ends = ends[bounds[:-1] // width == ends // width] if len(bounds) else bounds
    stands = [
        _holding(begins, np.flatnonzero(target == one), voice, terms, width) for one in distinct(target)
    ]
    held = np.stack(stands, axis=1) if stands else np.zeros((0, 1), dtype=np.int64)
    there = held >= 0
    count = there.sum(axis=1)
    kept = count > 0
    held, there, count = held[kept], there[kept], count[kept]
    shares = np.zeros((len(held), len(STANCES)))
    for column in range(held.shape[1]):
        shares += np.where(there[:, [column]], lean[held[:, column]], 0.0)
    for row in np.flatnonzero(count > 2):  # then the order of adding matters: by id, as `support.lean` has it
        places = sorted(held[row][there[row]], key=lambda place: views.of("view")[terms.place[place]])
        shares[row] = np.add.accumulate(lean[places])[-1]
    shares /= count[:, None]
    own = _labels(views, terms.place)[held.max(axis=1, initial=0)]
    return begins[kept] % width, ends[kept] % width, shares, np.where(count == 1, own, _likeliest(shares))


def _holding(begins: Any, of_target: Any, voice: Any, terms: Tenures, width: int) -> Any:
    """Return, for the beginnings of stretches, the place of the term on one target that holds them; -1 for none.

    Terms on one target are in order and do not overlap.
    """
    keys = voice[of_target] * width
    found = np.searchsorted(keys + terms.first[of_target], begins, side="right") - 1
    holds = (found >= 0) & (begins <= (keys + terms.last[of_target])[found])
    return np.where(holds, of_target[found], -1)


def _turned(views: Counted, place: Any) -> Any:
    """Return the probabilities for, against and neither of views, by the sign of their leg."""
    bullish, bearish = views.of("bullish")[place], views.of("bearish")[place]
    along = views.sign[place] > 0
    return np.stack(
        (np.where(along, bullish, bearish), np.where(along, bearish, bullish), views.of("neutral")[place]),
        axis=1,
    )


def _labels(views: Counted, place: Any) -> Any:
    """Return the labels of views, by the sign of their leg."""
    stance = views.of("stance")[place]
    return np.where(views.sign[place] > 0, stance, _OPPOSITE[stance])


def _likeliest(shares: Any) -> Any:
    """Return the likeliest stance of each row, a tie being neutral."""
    bullish, bearish, neutral = shares.T
    against = np.where(bearish > np.maximum(bullish, neutral), _BEARISH, _NEUTRAL)
    return np.where(bullish > np.maximum(bearish, neutral), _BULLISH, against)
