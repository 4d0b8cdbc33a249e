"""A figure of a series as data: the value, what it was computed from, and the same worked out again.

The JSON of a figure has narrative, label, field, value, formula, cutoff, and `reason` or `note`, null without one. Stock
figures list `voices` [{voice, support, views [{view, target, sign, bullish, bearish, neutral, stance, published, outlet}]}] and
the views that were not found, `missing`; flow figures and counts of what was new list `events` [{voice, support, weight, age,
story, views}], the heaviest first, and flow figures `prior` and `half_life`. `again` is the number worked out anew from these:
for stock figures net, for `flow_z` the z-score; null where there is nothing to work out. `agrees` says whether it is the
series'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from narrative.tell.escaping import json_text
from narrative.tell.figures import (
    FORMULAS,
    Behind,
    Reference,
    Weighed,
    agrees,
    counted_again,
    field_kind,
    flow_again,
    net_again,
    standing,
    z_again,
)
from narrative.tell.layout import speaker
from narrative.terms import Entry, Point


def render_figure_json(
    reference: Reference,
    point: Point,
    entries: Sequence[Entry],
    legs: Mapping[str, int],
    *,
    behind: Behind,
) -> str:
    """Return the figure as one JSON object; the arguments are those of `render_figure`."""
    return json_text(figure_document(reference, point, entries, legs, behind)) + "\n"


def figure_document(
    reference: Reference, point: Point, entries: Sequence[Entry], legs: Mapping[str, int], behind: Behind
) -> dict[str, Any]:
    """Return the figure as plain values."""
    field = reference.field
    head = {
        "narrative": reference.narrative,
        "label": point.label,
        "field": field,
        "value": getattr(point, field),
        "formula": FORMULAS[field],
        "cutoff": point.end.isoformat(),
        "reason": point.reason if getattr(point, field) is None else None,
        "note": (point.spread_note or None) if field.startswith("spread") else None,
    }
    return {**head, **_rows(field, point, entries, legs, behind)}


def _rows(
    field: str, point: Point, entries: Sequence[Entry], legs: Mapping[str, int], behind: Behind
) -> dict[str, Any]:
    """Return what a figure was computed from, and the number that this gives."""
    kind = field_kind(field)
    if kind == "stock":
        camps, missing = standing(point, entries, legs)
        voices = [
            {"voice": speaker(mine[0]), "support": support, "views": [_view(entry, legs) for entry in mine]}
            for mine, support in camps
        ]
        again = None if missing else net_again(camps)
        return {"voices": voices, "missing": missing, **_worked_out(again, point.net)}
    if kind == "flow":
        again, figure = (
            (z_again(point, behind), point.flow_z) if field == "flow_z" else (flow_again(behind), point.flow)
        )
        events = [_event(event) for event in behind.events]
        parameters = {"prior": behind.prior, "half_life": behind.half_life}
        return {"events": events, **parameters, **_worked_out(again, figure)}
    if kind == "new":
        counted = float(counted_again(field, behind.new))
        return {
            "events": [_event(event) for event in behind.new],
            **_worked_out(counted, getattr(point, field)),
        }
    return _worked_out(None, None)


def _worked_out(again: float | None, figure: float | None) -> dict[str, Any]:
    return {"again": again, "agrees": None if again is None else agrees(again, figure)}


def _view(entry: Entry, legs: Mapping[str, int]) -> dict[str, Any]:
    names = ("view", "target", "bullish", "bearish", "neutral", "stance")
    published = entry.published.value.isoformat() if entry.published else None
    shown = {name: getattr(entry, name) for name in names}
    return {**shown, "sign": legs[entry.target], "published": published, "outlet": entry.outlet or None}


def _event(event: Weighed) -> dict[str, Any]:
    names = ("support", "weight", "age", "story")
    shown = {name: getattr(event, name) for name in names}
    return {"voice": speaker(event.entry), **shown, "views": list(event.views)}
