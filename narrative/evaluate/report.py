"""Scores and differences as text for people, eighty columns wide."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from narrative.evaluate.cells import SHOWN
from narrative.evaluate.outcome import Difference
from narrative.evaluate.stance_scores import STANCES

_FOUND = {
    "statements": "statements (content, IoU >= .8)",
    "people": "people (exact spans)",
    "firms": "firms (exact spans)",
    "figures": "figures (exact spans)",
    "targets": "targets judged, matched statements",
    "condition": "  condition",
    "horizon": "  horizon",
    "hedged": "  hedged",
    "past": "  past",
    "chain": "chain: who said what stance on what",
}
_RIGHT = {
    "found direct": "direct statements found",
    "found indirect": "indirect statements found",
    "found mixed": "mixed statements found",
    "speaker": "speaker, where one is named",
    "firm": "firm, where one is named",
    "speaker and firm": "speaker and firm",
    "title": "title, where one is named",
    "source": "source touches",
    "cue": "cue touches",
    "mode": "mode",
    "unit": "unit of a figure",
    "value": "value of a figure",
    "subject": "subject of a figure",
    "period": "period of a figure",
    "direction": "direction of a figure",
}
#: order in which differences are shown: the end of the chain first, then its parts
# fmt: off
_STAGES = (
    "chain", "statements", "speaker", "firm", "title", "source", "cue", "mode", "targets", "stance", "given",
    "condition", "horizon", "hedged", "past", "people", "firms", "figures", "unit", "value", "subject", "period", "direction",
)
# fmt: on
_TITLES = {"given": "stance, annotated statements given", "stance": "stance, where both judge"}
_WIDTH = 80


def render(scores: dict[str, Any], by_slice: bool = False, agreement: bool = False) -> str:
    """Return the scores as text, for `agreement` of two annotations under that title; lines without a case are left out."""
    title = (
        "agreement of two annotations, the first in the place of gold"
        if agreement
        else "the reader against gold"
    )
    lines = [f"{_counted(scores['articles'], 'article')}: {title}", ""]
    lines += [*_found(scores), "", *_right(scores), ""]
    lines += [*_stance("stance, where both judge", scores["stance"], scores["interval"]["stance"])]
    if scores["stance given"]["pairs"]:
        interval = scores["interval"]["stance given"]
        lines += ["", *_stance("stance, annotated statements given", scores["stance given"], interval)]
    if by_slice:
        lines += ["", *_sliced(scores["slices"])]
    return "\n".join(lines)


def render_differences(differences: Sequence[Difference], most: int) -> str:
    """Return up to `most` differences of each stage, with the place and the words; what was cut is counted."""
    lines: list[str] = []
    counts = Counter(difference.stage for difference in differences)
    for stage, some in groupby(first_of_each(differences, most), key=attrgetter("stage")):
        title = f"{_TITLES.get(stage, stage)}: {_counted(counts[stage], 'difference')}"
        lines += ["", title + (f", {most} shown" if counts[stage] > most else "")]
        for one in some:
            place = f"{one.article} at {one.at}: gold {one.gold}, here {one.other}"
            lines += textwrap.wrap(place, _WIDTH, initial_indent="  ", subsequent_indent="    ")
            lines += textwrap.wrap(one.words, _WIDTH, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines).strip("\n") or "no differences"


def first_of_each(differences: Sequence[Difference], most: int) -> list[Difference]:
    """Return up to `most` differences of each stage, the end of the chain first."""
    by_stage: dict[str, list[Difference]] = {stage: [] for stage in _STAGES}
    for difference in differences:
        by_stage[difference.stage].append(difference)
    return [difference for some in by_stage.values() for difference in some[:most]]


def _found(scores: dict[str, Any]) -> Iterator[str]:
    yield f"{'found':<38}{'F1':>6}{'P':>7}{'R':>7}{'gold':>7}   95 %"
    for name, label in _FOUND.items():
        row = scores["found"][name]
        if row["gold"] + row["found"]:
            numbers = f"{_number(row['f1']):>6}{_number(row['precision']):>7}{_number(row['recall']):>7}"
            yield f"{label:<38}{numbers}{row['gold']:>7}{_interval(scores['interval'].get(name))}"


def _right(scores: dict[str, Any]) -> Iterator[str]:
    yield f"{'right':<38}{'share':>6}{'of':>7}"
    for name, label in _RIGHT.items():
        row = scores["right"][name]
        if row["of"]:
            yield f"{label:<38}{_number(row['rate']):>6}{row['of']:>7}"


def _stance(title: str, row: dict[str, Any], interval: list[float] | None) -> Iterator[str]:
    yield f"{title}: {_counted(row['pairs'], 'pair')}"
    if not row["pairs"]:
        return
    yield f"  {'macro-F1':<36}{_number(row['macro_f1']):>6}{_interval(interval)}"
    yield f"  {'kappa':<36}{_number(row['kappa']):>6}"
    yield f"  {'bullish and bearish reversed':<36}{_number(row['reversed']):>6}"
    if row["ece"] is not None:
        yield f"  {'answered, not abstained':<36}{_number(row['answered']):>6}"
        yield f"  {'accuracy of the answered':<36}{_number(row['accuracy_answered']):>6}"
        yield f"  {'calibration error':<36}{_number(row['ece']):>6}"
        yield f"  {'Brier score':<36}{_number(row['brier']):>6}"
    yield f"  {'rows gold':<14}" + "".join(f"{stance:>10}" for stance in STANCES)
    for gold in STANCES:
        yield f"  {gold:<14}" + "".join(f"{row['confusion'][gold][other]:>10}" for other in STANCES)


def _sliced(slices: dict[str, dict[str, Any]]) -> Iterator[str]:
    for title, shown in (("statements with", True), ("statements in articles with", False)):
        rows = {cell: row for cell, row in slices.items() if (cell in SHOWN) == shown}
        if not rows:
            continue
        yield f"{title:<28}{'n':>6}{'found':>8}{'voice':>8}{'pairs':>8}{'stance':>8}{'chain':>8}"
        for cell, row in rows.items():
            found, voice = _number(row["found"]), _number(row["voice"])
            stance, chain = _number(row["stance"]), _number(row["chain"])
            yield f"{cell:<28}{row['statements']:>6}{found:>8}{voice:>8}{row['pairs']:>8}{stance:>8}{chain:>8}"
    yield "found, voice (speaker and firm) and chain: shares of gold's; stance: macro-F1"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}".removeprefix("0") if value < 0.9995 else f"{value:.2f}"


def _interval(pair: list[float] | None) -> str:
    return f"   {_number(pair[0])}-{_number(pair[1])}" if pair else ""
