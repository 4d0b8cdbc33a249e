"""An interval for the IC by the stationary bootstrap (Politis, Romano 1994), where arch is installed.

Blocks of random length keep the persistence that single draws would break: an interval from single rows is much too
narrow. The mean length is the one Politis and White (2004) find for the more persistent of the two series.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from narrative.measure.evaluation.panel import Panel

DRAWS = 1000
FEWEST = 60  # pairs


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval of the IC at a horizon; `block` is the mean length of a block in sessions."""

    horizon: int
    low: float
    high: float
    block: int


def installed() -> bool:
    """Whether arch is there, which does the resampling."""
    return find_spec("arch") is not None


def block_interval(panel: Panel, horizon: int, seed: int, draws: int = DRAWS) -> Interval | None:
    """Return the interval of the IC at a horizon; None without arch, for under 60 pairs or a side that never moves."""
    places = panel.paired(horizon)
    x, y = panel.values[places], panel.forward(horizon)[places]
    if not installed() or len(x) < FEWEST or not (np.ptp(x) > 0 and np.ptp(y) > 0):
        return None
    from arch.bootstrap import StationaryBootstrap, optimal_block_length
    from scipy.stats import rankdata

    length = float(optimal_block_length(np.column_stack([x, y]))["stationary"].max())
    block = max(round(min(length, len(x) / 3)), 1)
    resampled = StationaryBootstrap(block, rankdata(x), rankdata(y), seed=seed)
    found = resampled.apply(_correlation, draws)
    low, high = np.quantile(found, [0.025, 0.975])
    return Interval(horizon, float(low), float(high), block)


def _correlation(x: Any, y: Any) -> float:
    """Return the correlation of two resampled sides, 0 where one of them came out constant."""
    if not (np.ptp(x) > 0 and np.ptp(y) > 0):
        return 0.0
    return float(np.corrcoef(x, y)[0, 1])
