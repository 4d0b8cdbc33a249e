"""Net: the balance of standing views, one voice one vote.

net = mean over voices of their support, each from their standing views on the narrative's legs; in [-1, 1];
None without a voice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, get_args

from narrative.measure.judged import Judged
from narrative.measure.sessions import Sessions
from narrative.measure.stance import EXPIRY_SESSIONS, Standing, by_voice
from narrative.measure.support import lean
from narrative.terms import Stance

if TYPE_CHECKING:  # asking needs no numpy
    from narrative.measure.counted import Calendar, Counted

_UNIT = 1 << 60
_FLOAT_UNIT = float(_UNIT)
_Three = tuple[int, int, int]


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
    voices = by_voice(standings, legs)
    labels: dict[Stance, int] = dict.fromkeys(get_args(Stance), 0)
    bullish = bearish = neutral = 0
    views: list[str] = []
    for voice in sorted(voices):
        stands = voices[voice]
        leaning = lean(stands.values(), legs)
        if leaning is not None:
            labels[leaning.label] += 1
            bullish += _units(leaning.bullish)
            bearish += _units(leaning.bearish)
            neutral += _units(leaning.neutral)
            views += [stands[target].view for target in sorted(stands)]
    return _net(
        (labels["bullish"], labels["bearish"], labels["neutral"]), (bullish, bearish, neutral), tuple(views)
    )


def nets(
    entries: Iterable[Judged],
    legs: Mapping[str, int],
    sessions: Sessions,
    positions: Sequence[int],
    *,
    cutoff_minutes: int = 0,
    expiry_sessions: int = EXPIRY_SESSIONS,
) -> list[Net]:
    """Return the net at the cut-off of each session position (ascending), all at once.

    Equal to `net(current(...))` one microsecond before each cut-off.
    """
    from narrative.measure.columns import columns_of
    from narrative.measure.counted import Calendar, counted

    views = counted(columns_of(entries), legs)
    return nets_of(views, Calendar(sessions, cutoff_minutes), positions, expiry_sessions)


def nets_of(
    views: Counted,
    calendar: Calendar,
    positions: Sequence[int],
    expiry_sessions: int = EXPIRY_SESSIONS,
    *,
    listed: bool = True,
) -> list[Net]:
    """Return the same of views that are counted already; without the ids of the views where they are not `listed`."""
    from narrative.measure import stock
    from narrative.measure.tenures import tenures

    terms = tenures(views, calendar, expiry_sessions)
    found = stock.camps(views, terms, positions, len(calendar.sessions.labels))
    ids = stock.listed(views, terms, positions) if listed else repeat(())
    return [_net(one.labels, one.units, those) for one, those in zip(found, ids, strict=False)]


def _net(labels: _Three, units: _Three, views: tuple[str, ...]) -> Net:
    """Return the net of so many voices by label, and of what they lean to in units."""
    bullish, bearish, neutral = units
    seated = sum(labels)
    value = (bullish - bearish) / (seated * _UNIT) if seated else None
    return Net(value, *labels, (bullish / _UNIT, bearish / _UNIT, neutral / _UNIT), views)


def _units(probability: float) -> int:
    return round(probability * _FLOAT_UNIT)
