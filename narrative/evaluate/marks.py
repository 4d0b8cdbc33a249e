"""Compares names and figures, which go by their exact spans."""

from __future__ import annotations

from narrative.evaluate.annotation import Annotation
from narrative.evaluate.counting import Counting
from narrative.evaluate.sameness import same_subject
from narrative.read.annotated import GoldFigure


def compare_names(gold: Annotation, other: Annotation, counting: Counting) -> None:
    """Count people and firms."""
    for name in ("people", "firms"):
        counting.spans(name, getattr(gold, name), getattr(other, name))


def compare_figures(gold: Annotation, other: Annotation, counting: Counting) -> None:
    """Count figures, and on those that both sides have their attributes, where gold gives them."""
    one, two = ({figure.span: figure for figure in side.figures} for side in (gold, other))
    for span in sorted(counting.spans("figures", one, two)):
        _attributes(one[span], two[span], counting)


def _attributes(a: GoldFigure, b: GoldFigure, counting: Counting) -> None:
    for name, right in (
        ("unit", a.unit == b.unit),
        ("value", a.value == b.value),
        ("subject", same_subject(a.subject, b.subject)),
        ("period", same_subject(a.period, b.period)),
        ("direction", a.direction == b.direction),
    ):
        one, two = getattr(a, name), getattr(b, name)
        if one is None:
            continue
        counting.share(name, right)
        if not right:
            words = counting.gold.text[a.span.start : a.span.end]
            counting.note(name, a.span.start, words, str(one), None if two is None else str(two))
