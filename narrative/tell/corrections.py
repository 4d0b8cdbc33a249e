"""Says what was set by hand over a view, and what the model had said: for `why` and for `correct`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from narrative.tell.correction_shapes import Corrected, Judgement
from narrative.tell.layout import minute

_RULED = {"none": "no view on the target", "model": "taken back, the model's word stands"}


def correction_lines(judged: Judgement, corrections: Sequence[Corrected]) -> list[str]:
    """Return a line for each correction, the last one first, and one for the model; nothing without any."""
    if not corrections:
        return []
    lines = [f"by hand: {correction_line(one)}" for one in reversed(corrections)]
    chances = f"bullish {judged.bullish:.2f} · bearish {judged.bearish:.2f} · neutral {judged.neutral:.2f}"
    unsure = ", too unsure to count" if judged.abstained else ""
    return [*lines, f"by the model: {judged.stance} ({chances}{unsure})"]


def correction_line(corrected: Corrected) -> str:
    """Return what was ruled, when, and why."""
    ruled = _RULED.get(corrected.stance, corrected.stance)
    return f"{ruled}, since {minute(corrected.recorded_at)}: {corrected.note}"


def correction_documents(judged: Judgement, corrections: Iterable[Corrected]) -> dict[str, Any]:
    """Return the corrections, the first one first, and the model's own word as plain values."""
    names = ("stance", "bullish", "bearish", "neutral", "abstained")
    told = [
        {"stance": c.stance, "note": c.note, "recorded_at": c.recorded_at.isoformat(), "view": c.view}
        for c in corrections
    ]
    return {"corrections": told, "by_model": {name: getattr(judged, name) for name in names}}
