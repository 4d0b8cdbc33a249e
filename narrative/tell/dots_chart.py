"""The chart of voices as SVG: a dot for each, by the day of its latest view and how far it is for or against.

Drawn like the other charts: text that can be selected and read aloud, colors from the page. Camps differ in shape as
well as in color: circles are for, squares against, rings neither. Dots that would hide each other stand side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from narrative.tell.digest_sections import Dot, Dots
from narrative.tell.escaping import html
from narrative.tell.layout import count, day, signed
from narrative.tell.marks import text

WIDE, NARROW = 760.0, 340.0
_LEFT, _RIGHT, _TOP, _HEIGHT, _BOTTOM = 44.0, 24.0, 34.0, 190.0, 22.0
_LEAST_DAYS = 28
_RADIUS = 4.0
_WORDS = {"bullish": "for", "bearish": "against", "neutral": "neither"}


def dots_chart(shown: Dots, title: str, ids: Mapping[str, str], *, narrow: bool = False) -> str:
    """Return one SVG element for one dot or more; `ids` are the short forms of view ids."""
    width, key = (NARROW, "dots-narrow") if narrow else (WIDE, "dots-wide")
    dots, last = shown.marks, shown.last
    first = min([last - timedelta(days=_LEAST_DAYS), *(dot.day for dot in dots)])
    end = max([last, *(dot.day for dot in dots)])  # an undated page may name a day after the week

    def across(when: date) -> float:
        room = width - _LEFT - _RIGHT - 2 * _RADIUS
        return _LEFT + _RADIUS + room * (when - first).days / (end - first).days

    body = [*_grid(width), *_dates(first, end, across, 4 if narrow else 8), *_marks(dots, across, width, ids)]
    return (
        f'<svg class="{"narrow" if narrow else "wide"}" viewBox="0 0 {width:g} {_TOP + _HEIGHT + _BOTTOM:g}" role="img"'
        f' aria-labelledby="{key}-title {key}-desc" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="{key}-title">{html(title)}</title><desc id="{key}-desc">{html(describe_dots(dots))}</desc>'
        f"{''.join(body)}</svg>"
    )


def describe_dots(dots: Sequence[Dot]) -> str:
    """Return the chart in words: voices by camp, how many were heard this week, the furthest on either side."""
    if not dots:
        return "No voice has a view that stands."
    camps = ", ".join(f"{sum(dot.camp == camp for dot in dots)} {word}" for camp, word in _WORDS.items())
    words = f"{count(len(dots), 'voice')} with a view that stands: {camps}; {sum(dot.fresh for dot in dots)} heard this week."
    most, least = max(dots, key=lambda dot: dot.support), min(dots, key=lambda dot: dot.support)
    if most.support > 0:
        words += f" Furthest for: {most.name}, {signed(most.support)}, {day(most.day)}."
    if least.support < 0:
        words += f" Furthest against: {least.name}, {signed(least.support)}, {day(least.day)}."
    return words


def _y(support: float) -> float:
    return _TOP + _HEIGHT * (1 - support) / 2


def _grid(width: float) -> Iterator[str]:
    for value in (1.0, 0.5, 0.0, -0.5, -1.0):
        color = "var(--grid)" if value else "var(--faint)"
        y = _y(value)
        yield f'<line x1="{_LEFT:g}" x2="{width - _RIGHT:g}" y1="{y:.1f}" y2="{y:.1f}" stroke="{color}"/>'
        yield text(_LEFT - 6, y + 3.5, signed(value, 1) if value else "0", anchor="end", size=10)
    yield text(
        0,
        _TOP - 20,
        "Voices by latest view: for above, against below",
        fill="var(--ink)",
        weight="600",
        size=11.5,
    )


def _dates(first: date, last: date, across: Callable[[date], float], most: int) -> Iterator[str]:
    weeks = (last - first).days // 7
    step = max(1, -(-weeks // most))
    for back in range(0, weeks + 1, step):
        when = last - timedelta(weeks=back)
        shown = day(when).rsplit(" ", 1)[0]
        yield text(across(when), _TOP + _HEIGHT + 16, shown, anchor="end" if not back else "middle")


def _marks(
    dots: Sequence[Dot], across: Callable[[date], float], width: float, ids: Mapping[str, str]
) -> Iterator[str]:
    taken: list[tuple[float, float]] = []
    for dot in dots:
        x, y = _free(across(dot.day), _y(dot.support), taken, width)
        taken.append((x, y))
        told = f"{dot.name}: {_WORDS[dot.camp]} ({signed(dot.support)}), {day(dot.day)}, view {ids[dot.view]}"
        yield _mark(dot, x, y, told)


def _free(x: float, y: float, taken: Sequence[tuple[float, float]], width: float) -> tuple[float, float]:
    """Return the nearest place beside `x` that no other dot has; where there is none, dots lie on one another."""
    near = [a for a, b in taken if abs(b - y) < 1.6 * _RADIUS]
    for step in range(24):
        moved = x + (step + 1) // 2 * (-1 if step % 2 else 1) * 1.1 * _RADIUS
        inside = _LEFT + _RADIUS <= moved <= width - _RIGHT + _RADIUS
        if inside and all(abs(a - moved) >= 1.6 * _RADIUS for a in near):
            return moved, y
    return x, y


def _mark(dot: Dot, x: float, y: float, told: str) -> str:
    """Return a dot: large when the voice was heard this week, small before, with its name and view in the tooltip."""
    radius, opacity = (_RADIUS, "1") if dot.fresh else (0.75 * _RADIUS, "0.75")
    title = f"<title>{html(told)}</title>"
    if dot.camp == "bearish":
        side = 1.8 * radius
        place = f'x="{x - side / 2:.1f}" y="{y - side / 2:.1f}" width="{side:g}" height="{side:g}"'
        return f'<rect {place} fill="var(--against)" opacity="{opacity}">{title}</rect>'
    place = f'cx="{x:.1f}" cy="{y:.1f}"'
    if dot.camp == "bullish":
        return f'<circle {place} r="{radius:g}" fill="var(--for)" opacity="{opacity}">{title}</circle>'
    return (
        f'<circle {place} r="{radius - 0.7:g}" fill="var(--paper)" stroke="var(--faint)" stroke-width="1.8"'
        f' opacity="{opacity}">{title}</circle>'
    )
