"""Numbers from outcomes: F1 by stage, stance with confusion, kappa and calibration, intervals, and slices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from narrative.evaluate.outcome import JudgedPair, Outcome, Share, Tally, joined

STANCES = ("bullish", "bearish", "neutral")
_DRAWS = 1000  # bootstrap samples of documents
_BINS = 10


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return all scores as plain values, ready for json.dumps; None where there was nothing to score."""
    total = joined(outcomes)
    return {
        "articles": len(outcomes),
        "found": {name: _tally(tally) for name, tally in sorted(total.tallies.items())},
        "right": {name: {"rate": _round(s.rate), "of": s.of} for name, s in sorted(total.shares.items())},
        "stance": stance_scores(total.pairs),
        "stance given": stance_scores(total.given),
        "interval": _intervals(outcomes),
        "slices": _slices(outcomes),
    }


def stance_scores(pairs: Sequence[JudgedPair]) -> dict[str, Any]:
    """Scores of stance on pairs that both sides judge.

    macro_f1 is the mean F1 of the three stances; kappa is Cohen's (1960), (p_o - p_e) / (1 - p_e); `reversed` the share of
    bullish taken for bearish or the other way round; ece the expected calibration error in ten bins (Guo et al. 2017) and
    brier the mean squared distance of the probabilities from the truth (Brier 1950), both only where there are probabilities.
    """
    confusion = Counter((pair.stance, pair.other) for pair in pairs)
    directed = [p for p in pairs if "neutral" not in (p.stance, p.other)]
    kept = [p for p in pairs if not p.abstained]
    return {
        "pairs": len(pairs),
        "macro_f1": _round(macro_f1(pairs)),
        "accuracy": _round(_share(pairs, lambda p: p.stance == p.other)),
        "kappa": _round(kappa(pairs)),
        "reversed": _round(sum(p.stance != p.other for p in directed) / len(pairs) if pairs else None),
        "abstained": _round(_share(pairs, lambda p: p.abstained)),
        "accuracy_kept": _round(_share(kept, lambda p: p.stance == p.other)),
        "confusion": {gold: {other: confusion[gold, other] for other in STANCES} for gold in STANCES},
        **_calibration([p for p in pairs if p.probabilities is not None]),
    }


def macro_f1(pairs: Sequence[JudgedPair]) -> float | None:
    """Mean F1 of the stances that occur on either side; None without pairs."""
    scores = []
    for stance in STANCES:
        hit = sum(p.stance == stance == p.other for p in pairs)
        tally = Tally(
            hit, sum(p.stance == stance for p in pairs) - hit, sum(p.other == stance for p in pairs) - hit
        )
        if tally.f1 is not None:
            scores.append(tally.f1)
    return sum(scores) / len(scores) if scores else None


def kappa(pairs: Sequence[JudgedPair]) -> float | None:
    """Cohen's kappa of the two stances; None without pairs, 1.0 when both sides use one and the same stance."""
    if not pairs:
        return None
    observed = sum(p.stance == p.other for p in pairs) / len(pairs)
    one, other = Counter(p.stance for p in pairs), Counter(p.other for p in pairs)
    chance = sum(one[s] * other[s] for s in STANCES) / len(pairs) ** 2
    return 1.0 if chance == 1 else (observed - chance) / (1 - chance)


def _calibration(pairs: Sequence[JudgedPair]) -> dict[str, float | None]:
    if not pairs:
        return {"ece": None, "brier": None}
    shares = np.array([p.probabilities for p in pairs])
    truth = np.array([[float(p.stance == s) for s in STANCES] for p in pairs])
    best = shares.max(axis=1)
    right = shares.argmax(axis=1) == truth.argmax(axis=1)
    bins = np.minimum((best * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(best[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)
    ]
    return {
        "ece": _round(float(sum(gaps))),
        "brier": _round(float(((shares - truth) ** 2).sum(axis=1).mean())),
    }


def _intervals(outcomes: Sequence[Outcome]) -> dict[str, list[float]]:
    """95 % intervals of the headline scores over documents (percentile bootstrap, Efron 1979; the seed is fixed)."""
    if len(outcomes) < 2:
        return {}
    random = np.random.default_rng(7)
    draws = random.integers(0, len(outcomes), (_DRAWS, len(outcomes)))
    out = {}
    for name in ("statements", "targets", "chain"):
        counts = np.array(
            [[getattr(o.tallies[name], part) for part in ("hit", "missed", "extra")] for o in outcomes]
        )
        hit, missed, extra = counts[draws].sum(axis=1).T
        total = 2 * hit + missed + extra
        if total.min() > 0:
            out[name] = [_round(float(x)) or 0.0 for x in np.percentile(2 * hit / total, (2.5, 97.5))]
    for name in ("pairs", "given"):
        per_article = np.array([_matrix(getattr(o, name)) for o in outcomes])
        scores = [_macro(table) for table in per_article[draws].sum(axis=1)]
        if per_article.any():
            label = "stance" if name == "pairs" else "stance given"
            out[label] = [_round(float(x)) or 0.0 for x in np.percentile(scores, (2.5, 97.5))]
    return out


def _matrix(pairs: Sequence[JudgedPair]) -> np.ndarray:
    """Confusion of one article, gold by rows, shape (3, 3)."""
    table = np.zeros((3, 3))
    for pair in pairs:
        table[STANCES.index(pair.stance), STANCES.index(pair.other)] += 1
    return table


def _macro(table: np.ndarray) -> float:
    """macro_f1 of a confusion matrix, shape (3, 3)."""
    total = table.sum(axis=0) + table.sum(axis=1)
    present = total > 0
    return float((2 * np.diag(table)[present] / total[present]).mean()) if present.any() else 0.0


def _slices(outcomes: Sequence[Outcome]) -> dict[str, dict[str, Any]]:
    """Headline scores of the articles of each cell of the coverage list."""
    out = {}
    for cell in sorted({cell for o in outcomes for cell in o.cells if cell}):
        some = joined([o for o in outcomes if cell in o.cells])
        pairs = some.given or some.pairs
        out[cell] = {
            "articles": sum(cell in o.cells for o in outcomes),
            "statements": _round(some.tallies["statements"].f1),
            "voices": _round(some.shares["speaker and firm"].rate),
            "targets": _round(some.tallies["targets"].f1),
            "stance": _round(macro_f1(pairs)),
            "pairs": len(pairs),
            "chain": _round(some.tallies["chain"].f1),
        }
    return out


def _tally(tally: Tally) -> dict[str, Any]:
    rates = {"f1": tally.f1, "precision": tally.precision, "recall": tally.recall}
    return {
        **{k: _round(v) for k, v in rates.items()},
        "gold": tally.hit + tally.missed,
        "found": tally.hit + tally.extra,
    }


def _share(pairs: Sequence[JudgedPair], test: Callable[[JudgedPair], bool]) -> float | None:
    share = Share()
    for pair in pairs:
        share.count(test(pair))
    return share.rate


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
