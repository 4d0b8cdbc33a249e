"""Net: the balance of standing views, one voice one vote.

net = mean over voices of their support, each from their standing views on the narrative's legs; in [-1, 1];
None without a voice.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import get_args

from narrative.measure.judged import Judged, Row
from narrative.measure.sessions import Sessions
from narrative.measure.stance import EXPIRY_SESSIONS, Standing, by_voice, tenures
from narrative.measure.support import Lean, lean, turned
from narrative.terms import Stance

_UNIT = 1 << 60
_FLOAT_UNIT = float(_UNIT)
_Move = tuple[str, str, Judged | None]  # a voice takes a view on a target, or none any more


@dataclass(frozen=True, slots=True)
class Net:
    """Net at one moment, the camps behind it (voices by label) and the views it was computed from.

    `counts` are the sums over voices of the probabilities for, against and neither; `net_intervals` takes
    them.
    """

    value: float | None
    n_bullish: int
    n_bearish: int
    n_neutral: int
    counts: tuple[float, float, float]
    views: tuple[str, ...]

    @property
    def n_voices(self) -> int:
        """Voices with a view that stands; all weigh the same, so this is also the effective number."""
        return self.n_bullish + self.n_bearish + self.n_neutral


def net(standings: Iterable[Standing], legs: Mapping[str, int]) -> Net:
    """Return the net of some standings, as `current` gives them, on the legs {target: +1 or -1}."""
    panel = _Panel()
    for voice, stands in by_voice(standings, legs).items():
        panel.seat(voice, stands, legs)
    return panel.net()


def nets(
    entries: Iterable[Row],
    legs: Mapping[str, int],
    sessions: Sessions,
    positions: Sequence[int],
    *,
    cutoff_minutes: int = 0,
    expiry_sessions: int = EXPIRY_SESSIONS,
    listed: bool = True,
) -> list[Net]:
    """Return the net at the cut-off of each session position (ascending), in one pass over the entries.

    Equal to `net(current(...))` one microsecond before each cut-off; without the views where they are not `listed`.
    """
    on_legs = (entry for entry in entries if entry.target in legs)
    spans = tenures(on_legs, sessions, cutoff_minutes=cutoff_minutes, expiry_sessions=expiry_sessions)
    leaves: dict[int, list[_Move]] = defaultdict(list)
    comes: dict[int, list[_Move]] = defaultdict(list)
    for (voice, target), held in spans.items():
        for tenure in held:
            leaves[tenure.last + 1].append((voice, target, None))
            comes[tenure.first].append((voice, target, tenure.entry))
    moves = {day: leaves.get(day, []) + comes.get(day, []) for day in leaves.keys() | comes.keys()}
    return _walk(moves, legs, positions, listed=listed)


def _walk(
    moves: Mapping[int, list[_Move]], legs: Mapping[str, int], positions: Sequence[int], *, listed: bool
) -> list[Net]:
    """Apply the moves in order and take the net at each position."""
    days = sorted(moves)
    stands: dict[str, dict[str, Judged]] = defaultdict(dict)
    panel = _Panel(listed=listed)
    found: list[Net] = []
    done = 0
    for position in positions:
        moved: set[str] = set()
        while done < len(days) and days[done] <= position:
            for voice, target, entry in moves[days[done]]:
                moved.add(voice)
                if entry is None:
                    stands[voice].pop(target, None)
                else:
                    stands[voice][target] = entry
            done += 1
        for voice in moved:
            panel.seat(voice, stands[voice], legs)
        found.append(panel.net() if moved or not found else found[-1])
    return found


class _Panel:
    """The voices that stand, with running sums of where they lean.

    Sums are in whole units of 2**-60, so that they do not depend on the order in which voices came and went.
    """

    def __init__(self, *, listed: bool = True) -> None:
        self._seats: dict[str, tuple[Stance, tuple[int, int, int]]] = {}
        self._views: dict[str, tuple[str, ...]] = {}
        self._order: list[str] = []
        self._listed = listed
        self._labels: dict[Stance, int] = dict.fromkeys(get_args(Stance), 0)
        self._bullish = self._bearish = self._neutral = 0

    def seat(self, voice: str, stands: Mapping[str, Judged], legs: Mapping[str, int]) -> None:
        """Give a voice the views it stands for now, by target; none takes it off the panel."""
        leaves = self._seats.pop(voice, None)
        if leaves is not None:
            self._add(leaves[0], leaves[1], -1)
        leaning = _lean(stands, legs)
        if leaning is None:
            if leaves is not None and self._listed:
                self._order.pop(bisect_left(self._order, voice))
            return
        parts = (_units(leaning.bullish), _units(leaning.bearish), _units(leaning.neutral))
        self._seats[voice] = (leaning.label, parts)
        self._add(leaning.label, parts, 1)
        if self._listed:
            if leaves is None:
                insort(self._order, voice)
            order = sorted(stands) if len(stands) > 1 else stands
            self._views[voice] = tuple([stands[target].view for target in order])

    def _add(self, label: Stance, parts: tuple[int, int, int], sign: int) -> None:
        self._labels[label] += sign
        bullish, bearish, neutral = parts
        self._bullish += sign * bullish
        self._bearish += sign * bearish
        self._neutral += sign * neutral

    def net(self) -> Net:
        """Return the balance of the voices on the panel."""
        bullish, bearish, neutral = self._bullish, self._bearish, self._neutral
        seated = len(self._seats)
        return Net(
            value=(bullish - bearish) / (seated * _UNIT) if seated else None,
            n_bullish=self._labels["bullish"],
            n_bearish=self._labels["bearish"],
            n_neutral=self._labels["neutral"],
            counts=(bullish / _UNIT, bearish / _UNIT, neutral / _UNIT),
            views=tuple(chain.from_iterable(map(self._views.__getitem__, self._order))),
        )


def _lean(stands: Mapping[str, Judged], legs: Mapping[str, int]) -> Lean | None:
    """Return where the views a voice stands for lean; most voices stand for one."""
    if len(stands) == 1:
        (entry,) = stands.values()
        return turned(entry, legs[entry.target])
    return lean(stands.values(), legs)


def _units(probability: float) -> int:
    return round(probability * _FLOAT_UNIT)
