"""The information coefficient over time: rank correlation of a factor with the return that follows, by horizon.

Returns over h sessions overlap and a factor moves slowly, so the usual p of a rank correlation is far too small. The
headline is a circular shift: the ranks of the factor are rolled against the returns by every offset, which keeps the
persistence of both and breaks their relation; p is the share of rotations, the true one included, whose |IC| is at
least the observed one. Beside it stand every h-th session, whose returns do not overlap, and a t with the
Newey-West (1987) covariance of h - 1 lags, for those who expect it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from narrative.measure.evaluation.panel import Panel

FEWEST = 4  # pairs below which a rank correlation is no number


@dataclass(frozen=True, slots=True)
class RankIC:
    """The IC at one horizon (sessions) over `n` overlapping pairs; `p` by circular shift.

    `n_apart` counts every h-th session, `apart` is IC and p over these, None below four. `t_hac` is None where its
    regression has no residuals to speak of.
    """

    horizon: int
    n: int
    ic: float
    p: float
    n_apart: int
    apart: tuple[float, float] | None
    t_hac: float | None


def rank_ic(panel: Panel, horizon: int) -> RankIC | None:
    """Return the IC of a panel at a horizon; None for fewer than four pairs or a side that never moves."""
    places = panel.paired(horizon)
    x, y = panel.values[places], panel.forward(horizon)[places]
    if len(places) < FEWEST or not (np.ptp(x) > 0 and np.ptp(y) > 0):
        return None
    ranks = stats.rankdata(x), stats.rankdata(y)
    some = apart(panel.starts[places], horizon)
    return RankIC(
        horizon=horizon,
        n=len(places),
        ic=float(np.corrcoef(*ranks)[0, 1]),
        p=circular_shift_p(*ranks),
        n_apart=len(some),
        apart=_plain(x[some], y[some]),
        t_hac=hac_t(*ranks, lags=horizon - 1),
    )


def circular_shift_p(x: Any, y: Any) -> float:
    """Return the share of the n rotations of `x` against `y` with at least the observed |correlation|.

    Taken over all rotations at once, since circular correlations are a product of Fourier transforms; np.roll by random
    offsets would estimate the same share. Of a constant side 1.
    """
    a, b = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    a, b = a - a.mean(), b - b.mean()
    products = np.fft.irfft(np.conj(np.fft.rfft(a)) * np.fft.rfft(b), n=len(a))
    rounding = 1e-9 * float(np.sqrt((a @ a) * (b @ b)))
    return float(np.mean(np.abs(products) >= abs(products[0]) - rounding))


def apart(starts: Any, horizon: int) -> Any:
    """Return the indices of places that are at least `horizon` apart, the first always among them; `starts` ascend."""
    kept: list[int] = []
    for index, start in enumerate(starts):
        if not kept or start - starts[kept[-1]] >= horizon:
            kept.append(index)
    return np.array(kept, dtype=int)


def hac_t(x: Sequence[float], y: Sequence[float], *, lags: int) -> float | None:
    """Return the t of the slope of `y` on `x` under a Newey-West covariance with `lags` lags; None where it has none."""
    from statsmodels.regression.linear_model import OLS

    design = np.column_stack([np.ones(len(x)), np.asarray(x, dtype=float)])
    if len(x) <= lags + 2:
        return None
    fit = OLS(np.asarray(y, dtype=float), design).fit(cov_type="HAC", cov_kwds={"maxlags": lags})
    error = float(fit.bse[1])
    return float(fit.params[1]) / error if np.isfinite(error) and error > 1e-12 else None


def _plain(x: Any, y: Any) -> tuple[float, float] | None:
    """Return rank correlation and its p of pairs that do not overlap."""
    if len(x) < FEWEST or not (np.ptp(x) > 0 and np.ptp(y) > 0):
        return None
    found = stats.spearmanr(x, y)
    return float(found.statistic), float(found.pvalue)
