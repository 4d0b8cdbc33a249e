"""Numbers from outcomes: F1 by stage, shares, stance, intervals over articles, and slices by cell of the coverage list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from narrative.evaluate.outcome import Outcome, Share, Tally, Trace, joined
from narrative.evaluate.stance_scores import confusion, macro_f1, macro_f1_of, rounded, stance_scores

FOUND = (
    "statements",
    "people",
    "firms",
    "figures",
    "targets",
    "condition",
    "horizon",
    "hedged",
    "past",
    "chain",
)
# fmt: off
RIGHT = (
    "found direct", "found indirect", "found mixed", "speaker", "firm", "speaker and firm", "title", "source", "cue", "mode",
    "unit", "value", "subject", "period", "direction",
)
# fmt: on
_DRAWS = 1000  # bootstrap samples of families
_LEVELS = (2.5, 97.5)


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return all scores as plain values, ready for json.dumps; None where there was nothing to score, every key always there.

    `found`: F1, precision and recall of things to find; targets and qualifiers on matched statements, abstained answers
    included; chain over counted views. `right`: shares; "found direct" and the like are recall by gold's mode; speaker,
    firm and title count where either side names one, attributes of figures where gold gives them.
    """
    total = joined(outcomes)
    return {
        "articles": len(outcomes),
        "found": {name: _tally(total.tallies[name]) for name in FOUND},
        "right": {name: _share(total.shares[name]) for name in RIGHT},
        "stance": stance_scores(total.pairs),
        "stance given": stance_scores(total.given),
        "interval": _intervals(outcomes),
        "slices": _slices(list(total.traces.values())),
    }


def score_at(scores: Mapping[str, Any], path: str) -> Any:
    """Return the score at a path such as "found.statements.f1"; None where there is none."""
    value: Any = scores
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _intervals(outcomes: Sequence[Outcome]) -> dict[str, list[float] | None]:
    """95 % intervals of the headline scores (percentile bootstrap, Efron 1979; the seed is fixed).

    Families are drawn, not articles: mirrored articles are not independent. Draws in which there is nothing to score are
    left out; None when there are fewer than two families or nothing to score at all.
    """
    families = defaultdict(list)
    for number, outcome in enumerate(outcomes):
        families[outcome.family or number].append(outcome)
    groups = [joined(group) for group in families.values()]
    names = ("statements", "targets", "chain", "stance", "stance given")
    if len(groups) < 2:
        return dict.fromkeys(names)
    draws = np.random.default_rng(7).integers(0, len(groups), (_DRAWS, len(groups)))
    out: dict[str, list[float] | None] = {}
    for name in names[:3]:
        counts = np.array([_parts(group.tallies[name]) for group in groups])
        hit, missed, extra = counts[draws].sum(axis=1).T
        total = 2 * hit + missed + extra
        out[name] = _percentiles(np.divide(2 * hit, total, out=np.full(_DRAWS, np.nan), where=total > 0))
    for name, part in zip(names[3:], ("pairs", "given"), strict=True):
        tables = np.array([confusion(getattr(group, part)) for group in groups])
        out[name] = _percentiles(np.array([macro_f1_of(table) for table in tables[draws].sum(axis=1)]))
    return out


def _parts(tally: Tally) -> tuple[int, int, int]:
    return tally.hit, tally.missed, tally.extra


def _percentiles(values: np.ndarray) -> list[float] | None:
    known = values[~np.isnan(values)]
    return [round(float(x), 4) for x in np.percentile(known, _LEVELS)] if known.size else None


def _slices(traces: Sequence[Trace]) -> dict[str, dict[str, Any]]:
    """What becomes of the statements of each cell: all are shares of gold's statements, since an extra one has no cell."""
    out = {}
    for cell in sorted({cell for trace in traces for cell in trace.cells if cell}):
        some = [trace for trace in traces if cell in trace.cells]
        found = [trace for trace in some if trace.found]
        pairs = [pair for trace in some for pair in (trace.given or trace.pairs)]
        wanted = sum(trace.wanted for trace in some)
        out[cell] = {
            "statements": len(some),
            "found": rounded(len(found) / len(some)),
            "voice": rounded(sum(bool(t.voice) for t in found) / len(found)) if found else None,
            "pairs": len(pairs),
            "stance": rounded(macro_f1(pairs)),
            "chain": rounded(sum(t.reached for t in some) / wanted) if wanted else None,
        }
    return out


def _tally(tally: Tally) -> dict[str, Any]:
    rates = {"f1": tally.f1, "precision": tally.precision, "recall": tally.recall}
    counts = {"gold": tally.hit + tally.missed, "found": tally.hit + tally.extra}
    return {**{key: rounded(value) for key, value in rates.items()}, **counts}


def _share(share: Share) -> dict[str, Any]:
    return {"rate": rounded(share.rate), "of": share.of}
