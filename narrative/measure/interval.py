"""The interval of net: how well a few voices pin down the balance of opinion.

Voices are draws from three shares (for, against, neither). With a Dirichlet(1/2) prior the posterior of the
shares is Dirichlet(counts + 1/2), and the interval is that of share for less share against. Counts are sums
of probabilities, so an unsure judgment widens it. No random draws: with S = share for + share against ~
Beta(a + b, c) and B = share for / S ~ Beta(a, b), independent of S, P(net <= d) = E[I((1 + d / S) / 2; a,
b)], taken by Gauss-Legendre quadrature over the quantiles of S and inverted by bisection. From 60 voices
on, a Beta law with the same mean and variance gives the same within 0.003.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

LEVEL = 0.95
MANY_VOICES = 60.0
_NODES = 48
_HALVINGS = 16  # leaves 3e-5
_PRIOR = 0.5

Counts = tuple[float, float, float]
Interval = tuple[float, float]


def net_intervals(counts: Sequence[Counts], level: float = LEVEL) -> list[Interval]:
    """Return the equal-tailed interval of net, in [-1, 1] to 4 places, for each (for, against, neither).

    An interval is widened to hold its own estimate, (for - against) / total, which at a unanimous panel
    lies on the edge.
    """
    import numpy as np

    if not counts:
        return []
    unique, back = np.unique(np.asarray(counts, dtype=float), axis=0, return_inverse=True)
    tails = [(1 - level) / 2, (1 + level) / 2]
    bounds = np.empty((len(unique), 2))
    many = unique.sum(axis=1) >= MANY_VOICES
    for column, tail in enumerate(tails):
        bounds[many, column] = _matched(unique[many] + _PRIOR, tail)
        bounds[~many, column] = _exact(unique[~many] + _PRIOR, tail)
    estimate = (unique[:, 0] - unique[:, 1]) / np.maximum(unique.sum(axis=1), 1e-12)
    low = np.round(np.minimum(bounds[:, 0], estimate), 4)
    high = np.round(np.maximum(bounds[:, 1], estimate), 4)
    back = back.reshape(-1)
    return list(zip(low[back].tolist(), high[back].tolist(), strict=True))


def _exact(shapes: Any, tail: float) -> Any:
    """Quantile of net by quadrature and bisection; `shapes` is (rows, 3)."""
    import numpy as np
    from scipy.special import betainc, betaincinv

    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    a, b, c = (shapes[:, [column]] for column in range(3))
    opinionated = betaincinv(a + b, c, (nodes + 1) / 2)
    low, high = np.full((len(shapes), 1), -1.0), np.ones((len(shapes), 1))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = betainc(a, b, np.clip((1 + middle / opinionated) / 2, 0, 1)) @ weights[:, None] / 2 < tail
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return ((low + high) / 2)[:, 0]


def _matched(shapes: Any, tail: float) -> Any:
    """Quantile of the Beta law on [-1, 1] with the mean and the variance of net."""
    from scipy.special import betaincinv

    total = shapes.sum(axis=1)
    mean = (shapes[:, 0] - shapes[:, 1]) / total
    variance = ((shapes[:, 0] + shapes[:, 1]) / total - mean**2) / (total + 1)
    size = (1 - mean**2) / variance - 1
    return 2 * betaincinv(size * (1 + mean) / 2, size * (1 - mean) / 2, tail) - 1
