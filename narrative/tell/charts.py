"""The chart of a digest as SVG: net with its interval, the camps, the market spread, over the same weeks.

Drawn by hand so that its text can be selected and read aloud and its colors follow the page (CSS
variables --for, --against, --neutral, --ink, --faint, --grid). Three panels share one time axis; two
scales never share a panel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor

from narrative.tell.escaping import html
from narrative.tell.layout import day, percent, signed
from narrative.tell.marks import bar, line, text
from narrative.terms import Point

_LEFT, _RIGHT, _TOP, _GAP = 44.0, 72.0, 26.0, 40.0


@dataclass(frozen=True, slots=True)
class Size:
    """Size of a drawing in user units, and how many dates its axis can carry."""

    width: float
    panels: tuple[float, float, float]
    dates: int


WIDE = Size(760, (170, 84, 120), 8)
NARROW = Size(340, (150, 76, 104), 4)


@dataclass(frozen=True, slots=True)
class _Panel:
    """A box with a linear scale; `y` maps a value to a coordinate."""

    top: float
    height: float
    low: float
    high: float

    def y(self, value: float) -> float:
        return self.top + self.height * (self.high - value) / (self.high - self.low)


def narrative_chart(
    points: Sequence[Point], title: str, spread: str, size: Size = WIDE, key: str = "wide"
) -> str:
    """Return one SVG element for one point or more. `spread` names the spread, `key` makes its ids unique."""
    xs = _places(len(points), size)
    panels = list(_stack(points, size, bool(spread)))
    height = panels[-1].top + panels[-1].height + 34
    body = [*_net(points, xs, panels[0], size), *_camps(points, xs, panels[1], size)]
    if spread:
        body += _spread(points, xs, panels[2], size, spread)
    body += _dates(points, xs, height, size)
    return (
        f'<svg class="{key}" viewBox="0 0 {size.width:g} {height:g}" role="img"'
        f' aria-labelledby="{key}-title {key}-desc" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="{key}-title">{html(title)}</title>'
        f'<desc id="{key}-desc">{html(describe(points, spread))}</desc>'
        f"{''.join(body)}</svg>"
    )


def describe(points: Sequence[Point], spread: str) -> str:
    """Return the chart in words: first, last, lowest and highest net, and where the spread ended."""
    known = [point for point in points if point.net is not None]
    if not known:
        return "No week has a net."
    low, high = (choose(known, key=lambda p: p.net or 0.0) for choose in (min, max))
    text = (
        f"Net by week, {points[0].label} to {points[-1].label}: lowest {signed(low.net)} in {low.label},"
        f" highest {signed(high.net)} in {high.label}, last {signed(known[-1].net)}."
    )
    last = next((p.spread_level for p in reversed(points) if p.spread_level is not None), None)
    return text + (f" {spread} cumulated {percent(last)}." if spread and last is not None else "")


# --- panels ----------------------------------------------------------------------------------------------


def _stack(points: Sequence[Point], size: Size, with_spread: bool) -> Iterator[_Panel]:
    top = _TOP
    edge = max([0.5, *(abs(v) for p in points for v in (p.net, p.net_low, p.net_high) if v is not None)])
    most = max([1, *(max(p.n_bullish, p.n_bearish) + p.n_neutral / 2 for p in points)])
    levels = [p.spread_level for p in points if p.spread_level is not None]
    step = _step(max([*levels, 0.0]) - min([*levels, 0.0]) or 0.02)
    scales = [(-_up(edge, 0.5), _up(edge, 0.5)), (-most, most)]
    if with_spread:
        scales.append(
            (floor(min([*levels, 0.0]) / step) * step, max(ceil(max([*levels, 0.0]) / step) * step, step))
        )
    for (low, high), height in zip(scales, size.panels, strict=False):
        yield _Panel(top, height, low, high)
        top += height + _GAP


def _net(points: Sequence[Point], xs: Sequence[float], panel: _Panel, size: Size) -> Iterator[str]:
    yield _heading("Net, with 95 % interval", panel)
    yield from _rules(
        (panel.high, panel.high / 2, 0.0, panel.low / 2, panel.low),
        panel,
        size,
        lambda v: signed(v, 2 if panel.high < 1 else 1),
    )
    for some in _stretches(points, lambda p: p.net_low):
        yield _band(
            [(xs[n], panel.y(points[n].net_high or 0.0), panel.y(points[n].net_low or 0.0)) for n in some]
        )
    for some in _stretches(points, lambda p: p.net):
        yield line([(xs[n], panel.y(points[n].net or 0.0)) for n in some], "var(--for)")
    for x, point in zip(xs, points, strict=True):
        if point.net is not None:
            yield _dot(x, panel.y(point.net), point)
        else:
            yield text(x, panel.y(0) - 5, "none", anchor="middle", size=9)
    yield from _last(points, xs, panel, lambda p: p.net, signed, "var(--for)")


def _camps(points: Sequence[Point], xs: Sequence[float], panel: _Panel, size: Size) -> Iterator[str]:
    yield _heading("Voices: for above, neutral across, against below", panel)
    width = min(26.0, (size.width - _LEFT - _RIGHT) / max(len(points), 2) * 0.6)
    for x, point in zip(xs, points, strict=True):
        half = point.n_neutral / 2
        told = f"{point.label}: {point.n_bullish} for, {point.n_neutral} neutral, {point.n_bearish} against"
        yield f"<g><title>{html(told)}</title>"
        for low, high, color in (
            (half, half + point.n_bullish, "--for"),
            (-half, half, "--neutral"),
            (-half - point.n_bearish, -half, "--against"),
        ):
            if high > low:
                yield bar(x - width / 2, panel.y(high), width, panel.y(low) - panel.y(high), f"var({color})")
        yield "</g>"
    yield _rule(panel.y(0), size, "var(--faint)")
    counts = ((points[-1].n_bullish, 0.5, "--for"), (points[-1].n_bearish, -0.5, "--against"))
    for number, place, color in counts:
        y = panel.y(place * panel.high) + 4
        yield text(
            size.width - _RIGHT + 8, y, f"{number} {'for' if place > 0 else 'against'}", fill=f"var({color})"
        )


def _spread(
    points: Sequence[Point], xs: Sequence[float], panel: _Panel, size: Size, name: str
) -> Iterator[str]:
    yield _heading(f"{name}, cumulated total return", panel)
    step = _step(panel.high - panel.low, 6)  # the scale was rounded up by at most one step a side
    marks = [panel.low + step * n for n in range(round((panel.high - panel.low) / step) + 1)]
    yield from _rules(marks, panel, size, lambda v: f"{v * 100:.0f} %".replace("-", "−"))
    for some in _stretches(points, lambda p: p.spread_level):
        yield line([(xs[n], panel.y(points[n].spread_level or 0.0)) for n in some], "var(--ink)")
    yield from _last(points, xs, panel, lambda p: p.spread_level, percent, "var(--ink)")


def _last(
    points: Sequence[Point],
    xs: Sequence[float],
    panel: _Panel,
    pick: Callable[[Point], float | None],
    show: Callable[[float], str],
    color: str,
) -> Iterator[str]:
    """Write the last value at its end of the line."""
    for x, point in reversed(list(zip(xs, points, strict=True))):
        value = pick(point)
        if value is not None:
            yield text(x + 10, panel.y(value) + 4, show(value), fill=color, weight="600")
            return


# --- marks -----------------------------------------------------------------------------------------------


def _places(number: int, size: Size) -> list[float]:
    inner = size.width - _LEFT - _RIGHT
    return [_LEFT + inner * (n + 0.5) / number for n in range(number)]


def _stretches(points: Sequence[Point], pick: Callable[[Point], float | None]) -> Iterator[list[int]]:
    """Give runs of neighbors that have a value: a missing week breaks the line, it is not drawn as zero."""
    run: list[int] = []
    for n, point in enumerate(points):
        if pick(point) is None:
            if run:
                yield run
            run = []
        else:
            run.append(n)
    if run:
        yield run


def _dates(points: Sequence[Point], xs: Sequence[float], height: float, size: Size) -> Iterator[str]:
    every = ceil(len(points) / size.dates)
    for n, (x, point) in enumerate(zip(xs, points, strict=True)):
        if (len(points) - 1 - n) % every == 0:
            when = day(point.end.date()).rsplit(" ", 1)[0]
            yield text(x, height - 16, when, anchor="middle")
            yield text(x, height - 3, point.label[5:], anchor="middle", size=9.5)


def _rules(values: Iterable[float], panel: _Panel, size: Size, show: Callable[[float], str]) -> Iterator[str]:
    for value in values:
        yield _rule(panel.y(value), size, "var(--faint)" if abs(value) < 1e-12 else "var(--grid)")
        label = "0" if abs(value) < 1e-12 else show(value)
        yield text(_LEFT - 6, panel.y(value) + 3.5, label, anchor="end", size=10)


def _rule(y: float, size: Size, color: str) -> str:
    return f'<line x1="{_LEFT:g}" x2="{size.width - _RIGHT:g}" y1="{y:.1f}" y2="{y:.1f}" stroke="{color}"/>'


def _heading(words: str, panel: _Panel) -> str:
    return text(0, panel.top - 12, words, fill="var(--ink)", weight="600", size=11.5)


def _band(path: Sequence[tuple[float, float, float]]) -> str:
    if len(path) == 1:
        ((x, high, low),) = path
        return bar(x - 4, high, 8, low - high, "var(--for)", 0.16)
    around = [(x, high) for x, high, _ in path] + [(x, low) for x, _, low in reversed(path)]
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in around)
    return f'<polygon points="{places}" fill="var(--for)" fill-opacity="0.16"/>'


def _dot(x: float, y: float, point: Point) -> str:
    """Return a dot for a week, hollow where the week is thin; its tooltip has the numbers."""
    span = f" ({signed(point.net_low)} to {signed(point.net_high)})" if point.net_low is not None else ""
    told = f"{point.label}: net {signed(point.net)}{span}{', thin' if point.flag == 'thin' else ''}"
    fill = "var(--paper)" if point.flag == "thin" else "var(--for)"
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.6" fill="{fill}" stroke="var(--for)" stroke-width="1.6">'
        f"<title>{html(told)}</title></circle>"
    )


def _up(value: float, step: float) -> float:
    return ceil(value / step - 1e-9) * step


def _step(extent: float, most: int = 4) -> float:
    """Return a round step that cuts `extent` into `most` at most."""
    steps = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
    return next((step for step in steps if extent / step <= most + 1e-9), 10.0)
