"""Scores as a table for people, eighty columns wide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from narrative.evaluate.outcome import Difference
from narrative.evaluate.summary import STANCES

_FOUND = (
    ("statements", "statements (content, IoU >= .8)"),
    ("statements direct", "  direct"),
    ("statements indirect", "  indirect"),
    ("statements mixed", "  mixed"),
    ("people", "people (exact spans)"),
    ("firms", "firms (exact spans)"),
    ("figures", "figures (exact spans)"),
    ("targets", "targets judged"),
    ("condition", "  condition"),
    ("horizon", "  horizon"),
    ("hedged", "  hedged"),
    ("past", "  past"),
    ("chain", "chain: who said what stance on what"),
)
_RIGHT = (
    ("speaker", "speaker"),
    ("firm", "firm"),
    ("speaker and firm", "speaker and firm"),
    ("title", "title"),
    ("source", "source touches"),
    ("cue", "cue touches"),
    ("mode", "mode"),
    ("unit", "unit of a figure"),
    ("subject", "subject of a figure"),
    ("period", "period of a figure"),
    ("direction", "direction of a figure"),
)


def render(scores: dict[str, Any], by_slice: bool = False) -> str:
    """Return the scores as text; lines without a case are left out."""
    lines = [f"{scores['articles']} articles", ""]
    lines += [*_found(scores), "", *_right(scores), ""]
    lines += [*_stance("stance, where both judge", scores["stance"], scores["interval"].get("stance"))]
    if scores["stance given"]["pairs"]:
        interval = scores["interval"].get("stance given")
        lines += ["", *_stance("stance, annotated statements given", scores["stance given"], interval)]
    if by_slice:
        lines += ["", *_sliced(scores["slices"])]
    return "\n".join(lines)


def render_differences(differences: Sequence[Difference], most: int) -> str:
    """Return up to `most` differences of each stage, with the place and the words; what was cut is counted."""
    lines: list[str] = []
    counts = Counter(d.stage for d in differences)
    for stage, count in counts.items():
        title = f"{stage}: {count} difference{'s' if count > 1 else ''}"
        lines += ["", title + (f", {most} shown" if count > most else "")]
        for one in [d for d in differences if d.stage == stage][:most]:
            lines += [f"  {one.article} at {one.at}: gold {one.gold}, here {one.other}", f"    {one.words}"]
    return "\n".join(lines).strip("\n") or "no differences"


def _found(scores: dict[str, Any]) -> Iterator[str]:
    yield f"{'found':<38}{'F1':>6}{'P':>7}{'R':>7}{'gold':>7}   95 %"
    for name, label in _FOUND:
        row = scores["found"].get(name)
        if row and row["gold"] + row["found"]:
            numbers = f"{_number(row['f1']):>6}{_number(row['precision']):>7}{_number(row['recall']):>7}"
            yield f"{label:<38}{numbers}{row['gold']:>7}{_interval(scores['interval'].get(name))}".rstrip()


def _right(scores: dict[str, Any]) -> Iterator[str]:
    yield f"{'right, on what matched':<38}{'share':>6}{'of':>7}"
    for name, label in _RIGHT:
        row = scores["right"].get(name)
        if row and row["of"]:
            yield f"{label:<38}{_number(row['rate']):>6}{row['of']:>7}"


def _stance(title: str, row: dict[str, Any], interval: list[float] | None) -> Iterator[str]:
    yield f"{title}: {row['pairs']} pairs"
    if not row["pairs"]:
        return
    yield f"  {'macro-F1':<36}{_number(row['macro_f1']):>6}{_interval(interval)}"
    yield f"  {'kappa':<36}{_number(row['kappa']):>6}"
    yield f"  {'bullish and bearish reversed':<36}{_number(row['reversed']):>6}"
    if row["ece"] is not None:
        yield f"  {'abstained':<36}{_number(row['abstained']):>6}"
        yield f"  {'accuracy of the others':<36}{_number(row['accuracy_kept']):>6}"
        yield f"  {'calibration error':<36}{_number(row['ece']):>6}"
        yield f"  {'Brier score':<36}{_number(row['brier']):>6}"
    yield f"  {'gold, here:':<14}" + "".join(f"{s:>10}" for s in STANCES)
    for gold in STANCES:
        yield f"  {gold:<14}" + "".join(f"{row['confusion'][gold][other]:>10}" for other in STANCES)


def _sliced(slices: dict[str, dict[str, Any]]) -> Iterator[str]:
    yield f"{'articles with':<22}{'n':>5}{'statem.':>9}{'voices':>8}{'targets':>9}{'stance':>8}{'pairs':>7}{'chain':>7}"
    for cell, row in slices.items():
        numbers = "".join(
            f"{_number(row[key]):>{width}}"
            for key, width in (("statements", 9), ("voices", 8), ("targets", 9), ("stance", 8))
        )
        yield f"{cell:<22}{row['articles']:>5}{numbers}{row['pairs']:>7}{_number(row['chain']):>7}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}".removeprefix("0") if value < 1 else f"{value:.2f}"


def _interval(pair: list[float] | None) -> str:
    return f"   {_number(pair[0])}-{_number(pair[1])}" if pair else ""
