"""Scores of stance on pairs that both sides judge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import numpy as np

from narrative.evaluate.outcome import JudgedPair
from narrative.terms import Stance

STANCES: tuple[str, ...] = get_args(Stance)
_BINS = 10


def stance_scores(pairs: Sequence[JudgedPair]) -> dict[str, Any]:
    """Return the scores as plain values; None where there is nothing to score.

    An abstained answer counts as its likeliest stance.

    macro_f1: mean F1 of the stances that occur on either side. kappa: Cohen (1960), (p_o - p_e) / (1 - p_e), None when both
    sides use one stance only. reversed: share of all pairs in which bullish meets bearish. answered: share without
    abstention, with its accuracy beside it. ece: expected calibration error in ten bins (Guo et al. 2017); brier: mean
    squared distance of the three probabilities from the truth, 0 to 2 (Brier 1950); both None without probabilities.
    """
    table = confusion(pairs)
    kept = [pair for pair in pairs if not pair.abstained]
    directed = table[0, 1] + table[1, 0]
    return {
        "pairs": len(pairs),
        "macro_f1": rounded(macro_f1(pairs)),
        "accuracy": _accuracy(pairs),
        "kappa": rounded(kappa(pairs)),
        "reversed": rounded(float(directed) / len(pairs)) if pairs else None,
        "answered": rounded(len(kept) / len(pairs)) if pairs else None,
        "accuracy_answered": _accuracy(kept),
        "confusion": {
            gold: {other: int(table[i, j]) for j, other in enumerate(STANCES)}
            for i, gold in enumerate(STANCES)
        },
        **_calibration([pair for pair in pairs if pair.probabilities is not None]),
    }


def macro_f1(pairs: Sequence[JudgedPair]) -> float | None:
    """Mean F1 of the stances that occur on either side; None without pairs."""
    value = macro_f1_of(confusion(pairs))
    return None if np.isnan(value) else value


def macro_f1_of(table: np.ndarray) -> float:
    """Mean F1 of the stances that occur in a confusion matrix of shape (3, 3), gold by rows; NaN for an empty one."""
    total = table.sum(axis=0) + table.sum(axis=1)
    present = total > 0
    return float((2 * np.diag(table)[present] / total[present]).mean()) if present.any() else float("nan")


def kappa(pairs: Sequence[JudgedPair]) -> float | None:
    """Cohen's kappa; None without pairs, and where both sides use one and the same stance only: then it is undefined."""
    table = confusion(pairs)
    if not pairs:
        return None
    observed = np.trace(table) / len(pairs)
    chance = float(table.sum(axis=0) @ table.sum(axis=1)) / len(pairs) ** 2
    return None if chance == 1 else float((observed - chance) / (1 - chance))


def confusion(pairs: Sequence[JudgedPair]) -> np.ndarray:
    """Count pairs by gold's stance (rows) and the other's (columns), shape (3, 3), in the order of STANCES."""
    table = np.zeros((3, 3))
    for pair in pairs:
        table[STANCES.index(pair.stance), STANCES.index(pair.other)] += 1
    return table


def rounded(value: float | None) -> float | None:
    """Four digits are more than any of these scores carries."""
    return None if value is None else round(value, 4)


def _accuracy(pairs: Sequence[JudgedPair]) -> float | None:
    return rounded(sum(p.stance == p.other for p in pairs) / len(pairs)) if pairs else None


def _calibration(pairs: Sequence[JudgedPair]) -> dict[str, float | None]:
    if not pairs:
        return {"ece": None, "brier": None}
    shares = np.array([pair.probabilities for pair in pairs])
    truth = np.array([[float(pair.stance == stance) for stance in STANCES] for pair in pairs])
    best = shares.max(axis=1)
    right = shares.argmax(axis=1) == truth.argmax(axis=1)
    bins = np.minimum((best * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(best[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)
    ]
    distance = ((shares - truth) ** 2).sum(axis=1).mean()
    return {"ece": rounded(float(sum(gaps))), "brier": rounded(float(distance))}
