"""Gives what one vintage judged otherwise than another as one JSON object.

{as_of, old, new, pages, targets, nets, movers, changes}: `targets` are {target, changes: {kind: number}}, `nets` {name,
before, after} with {net, bullish, bearish, neutral}, `movers` {net, target, voice, effect, before, after}, `changes` {kind,
target, before, after}, all but those that are the same; `before` and `after` are views {view, voice, stance, score, counted,
words} or null.
"""

from __future__ import annotations

from typing import Any

from narrative.tell.differences import Comparison, Mover, Net, Told, Vintage, told
from narrative.tell.escaping import json_text


def render_comparison_json(comparison: Comparison) -> str:
    """Return the comparison as one JSON object."""
    pages = comparison.pages
    document = {
        "as_of": comparison.at.isoformat(),
        **{name: _vintage(one) for name, one in (("old", comparison.old), ("new", comparison.new))},
        "pages": {"both": len(pages.pages), "old_only": pages.old_only, "new_only": pages.new_only},
        "targets": [{"target": one.target, "changes": dict(one.kinds)} for one in comparison.targets],
        "nets": [
            {"name": one.name, "before": _net_document(one.before), "after": _net_document(one.after)}
            for one in comparison.balances
        ],
        "movers": [_mover(name, mover) for name, mover in comparison.movers],
        "changes": [
            {"kind": one.kind, "target": one.target, "before": _view(one.old), "after": _view(one.new)}
            for one in comparison.changes
        ],
    }
    return json_text(document) + "\n"


def _vintage(one: Vintage) -> dict[str, Any]:
    return {"id": one.id, "model": one.model, "targets": one.targets}


def _net_document(net: Net) -> dict[str, Any]:
    return {"net": net.value, "bullish": net.n_bullish, "bearish": net.n_bearish, "neutral": net.n_neutral}


def _mover(name: str, mover: Mover) -> dict[str, Any]:
    there = mover.after or mover.before
    return {
        "net": name,
        "target": mover.target,
        "voice": there.voice if there else None,
        "effect": mover.effect,
        "before": _view(told(mover.before)),
        "after": _view(told(mover.after)),
    }


def _view(view: Told | None) -> dict[str, Any] | None:
    return None if view is None else view._asdict()
