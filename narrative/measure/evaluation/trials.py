"""One evaluated combination, and what it is worth after all the others that were tried.

Whoever tries enough half-lives, horizons and spreads finds a small p. So each combination that was evaluated is a
trial, and the p of one is adjusted for all of them by Benjamini and Hochberg (1995): among the trials whose adjusted p
is below q, the expected share of false ones is at most q.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Trial:
    """What was tried (a narrative's factor with its parameters at a horizon against a spread, over sessions) and found.

    `parameters` is the JSON of the factor's rows, `model` who judged its views, `n` the pairs, `p` by circular shift.
    """

    narrative: str
    parameters: str
    model: str
    horizon: int
    spread: str
    cutoff_minutes: int
    first: date
    last: date
    n: int
    ic: float
    p: float


def adjusted(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return the Benjamini-Hochberg adjusted p of each of some trials, in their order."""
    from statsmodels.stats.multitest import multipletests

    if not p_values:
        return ()
    return tuple(float(value) for value in multipletests(p_values, method="fdr_bh")[1])
