"""The two pictures of an evaluation as SVG: who moves first, and the spread around big moves of the factor.

Drawn as the digest's chart is: text that can be selected and read aloud, colors from the page (CSS variables --for,
--neutral, --ink, --faint, --grid). Each says in words (`describe_...`) what it shows, for those who do not see it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from narrative.tell.escaping import html
from narrative.tell.evaluation_shapes import EventStudy, LeadLag
from narrative.tell.layout import count, percent, signed
from narrative.tell.marks import text

WIDE, NARROW = 760.0, 340.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 50.0, 14.0, 30.0, 34.0
_HEIGHT = 170.0
_STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class _Frame:
    """A box whose x runs over whole numbers and whose y is symmetric about zero."""

    width: float
    first: int
    last: int
    edge: float

    def x(self, value: float) -> float:
        return _LEFT + (self.width - _LEFT - _RIGHT) * (value - self.first + 0.5) / (
            self.last - self.first + 1
        )

    def y(self, value: float) -> float:
        return _TOP + _HEIGHT * (self.edge - value) / (2 * self.edge)

    @property
    def bar(self) -> float:
        return (self.width - _LEFT - _RIGHT) / (self.last - self.first + 1) * 0.7


def lead_lag_chart(found: LeadLag, title: str, *, narrow: bool = False) -> str:
    """Return the correlations at both sides of zero as one SVG element."""
    edge, step = _scale([*(value for _, value in found.sides), found.band])
    frame = _Frame(NARROW if narrow else WIDE, found.sides[0][0], found.sides[-1][0], edge)
    return _svg("lead-lag", title, describe_lead_lag(found), frame, _lead_lag(found, frame, step))


def event_chart(found: EventStudy, title: str, *, narrow: bool = False) -> str:
    """Return the mean path around events as one SVG element."""
    edge, step = _scale([value for _, *values in found.path for value in values])
    frame = _Frame(NARROW if narrow else WIDE, found.path[0][0], found.path[-1][0], edge)
    return _svg("events", title, describe_events(found), frame, _events(found, frame, step))


def describe_lead_lag(found: LeadLag) -> str:
    """Return the lead-lag picture in words: the strongest correlation at each side."""
    market = max((pair for pair in found.sides if pair[0] <= 0), key=lambda pair: abs(pair[1]))
    factor = max((pair for pair in found.sides if pair[0] > 0), key=lambda pair: abs(pair[1]))
    return (
        f"Strongest correlation with the market first: {signed(market[1], 3)}, {_ago(-market[0])}; with the factor first:"
        f" {signed(factor[1], 3)}, {_ago(factor[0])}. By chance one lag exceeds {found.band:.3f} in 5 % of cases."
    )


def describe_events(found: EventStudy) -> str:
    """Return the picture of events in words: the spread before, at the horizon and at the end."""
    by_offset = {offset: (mean, low, high) for offset, mean, low, high in found.path}
    last = found.path[-1][0]
    mean, low, high = by_offset[found.horizon]
    before = -by_offset[found.path[0][0]][0]
    return (
        f"With the move, the spread made {percent(before)} in the {-found.path[0][0]} sessions before,"
        f" {percent(mean)} in the {found.horizon} after (random sessions {percent(low)} to {percent(high)})"
        f" and {percent(by_offset[last][0])} in {last}."
    )


# --- panels ----------------------------------------------------------------------------------------------


def _lead_lag(found: LeadLag, frame: _Frame, step: float) -> Iterator[str]:
    yield from _grid(frame, step, lambda value: signed(value, 3 if step < 0.01 else 2))
    for sign in (1, -1):
        yield _rule(frame, frame.y(sign * found.band), "var(--faint)", "4 3")
    for lag, value in found.sides:
        top, bottom = frame.y(max(value, 0.0)), frame.y(min(value, 0.0))
        color = "var(--for)" if lag > 0 else "var(--neutral)"
        told = f"lag {signed(lag, 0)}: {signed(value, 3)}"
        yield (
            f'<rect x="{frame.x(lag) - frame.bar / 2:.1f}" y="{top:.1f}" width="{frame.bar:.1f}"'
            f' height="{bottom - top:.1f}" fill="{color}"><title>{html(told)}</title></rect>'
        )
    between = (frame.x(0) + frame.x(1)) / 2
    yield _upright(between)
    yield text(between - 8, _TOP - 12, "← the market first", anchor="end", fill="var(--ink)", weight="600")
    yield text(between + 8, _TOP - 12, "the factor first →", fill="var(--for)", weight="600")
    yield from _ticks(frame)


def _events(found: EventStudy, frame: _Frame, step: float) -> Iterator[str]:
    yield from _grid(frame, step, percent)
    around = [(offset, high) for offset, _, _, high in found.path]
    around += [(offset, low) for offset, _, low, _ in reversed(found.path)]
    yield f'<polygon points="{_places(around, frame)}" fill="var(--neutral)" fill-opacity="0.3"/>'
    line = _places([(offset, mean) for offset, mean, _, _ in found.path], frame)
    yield f'<polyline points="{line}" fill="none" stroke="var(--for)" stroke-width="2" stroke-linejoin="round"/>'
    yield _upright(frame.x(0))
    yield text(frame.x(0) + 8, _TOP - 12, "can be traded →", fill="var(--for)", weight="600")
    yield from _ticks(frame)


# --- marks -----------------------------------------------------------------------------------------------


def _svg(name: str, title: str, words: str, frame: _Frame, body: Iterator[str]) -> str:
    kind = "narrow" if frame.width == NARROW else "wide"
    ids = f"{name}-{kind}"
    return (
        f'<svg class="{kind}" viewBox="0 0 {frame.width:g} {_TOP + _HEIGHT + _BOTTOM:g}" role="img"'
        f' aria-labelledby="{ids}-title {ids}-desc" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="{ids}-title">{html(title)}</title><desc id="{ids}-desc">{html(words)}</desc>'
        f"{''.join(body)}</svg>"
    )


def _grid(frame: _Frame, step: float, show: Callable[[float], str]) -> Iterator[str]:
    for n in range(-round(frame.edge / step), round(frame.edge / step) + 1):
        yield _rule(frame, frame.y(n * step), "var(--grid)" if n else "var(--faint)")
        yield text(_LEFT - 6, frame.y(n * step) + 3.5, show(n * step) if n else "0", anchor="end", size=10)


def _ticks(frame: _Frame) -> Iterator[str]:
    every = 5 if frame.last - frame.first > 12 else 1
    for place in range(frame.first, frame.last + 1):
        if place % every == 0:
            label = str(place).replace("-", "−")
            yield text(frame.x(place), _TOP + _HEIGHT + 16, label, anchor="middle", size=10)
    yield text(
        (frame.x(frame.first) + frame.x(frame.last)) / 2, _TOP + _HEIGHT + 30, "sessions", anchor="middle"
    )


def _rule(frame: _Frame, y: float, color: str, dashes: str = "") -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<line x1="{_LEFT:g}" x2="{frame.width - _RIGHT:g}" y1="{y:.1f}" y2="{y:.1f}" stroke="{color}"{dashed}/>'


def _upright(x: float) -> str:
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 8:g}" y2="{_TOP + _HEIGHT:g}" stroke="var(--faint)"/>'
    )


def _places(path: Sequence[tuple[int, float]], frame: _Frame) -> str:
    return " ".join(f"{frame.x(offset):.1f},{frame.y(value):.1f}" for offset, value in path)


def _scale(values: Sequence[float]) -> tuple[float, float]:
    """Return an edge that holds all values, and the round step that cuts it into at most four."""
    most = max([1e-9, *map(abs, values)])
    step = next((step for step in _STEPS if most / step <= 4), 2.0)
    return ceil(most / step - 1e-9) * step, step


def _ago(sessions: int) -> str:
    return "in the same session" if sessions == 0 else f"by {count(sessions, 'session')}"
