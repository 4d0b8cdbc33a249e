"""The marks that charts are drawn with, as SVG: a line, a bar, words."""

from __future__ import annotations

from collections.abc import Sequence

from narrative.tell.escaping import html


def line(path: Sequence[tuple[float, float]], color: str) -> str:
    """Return a line through some places."""
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in path)
    return (
        f'<polyline points="{places}" fill="none" stroke="{color}" stroke-width="2" stroke-linejoin="round"/>'
    )


def bar(x: float, y: float, width: float, height: float, color: str, opacity: float = 1) -> str:
    """Return a rectangle with its upper left corner at a place."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{color}"'
        f' fill-opacity="{opacity:g}"/>'
    )


def text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    fill: str = "var(--faint)",
    size: float = 10.5,
    weight: str = "400",
) -> str:
    """Return safe words at a place; `size` in user units."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}" font-size="{size:g}"'
        f' font-weight="{weight}">{html(words)}</text>'
    )
