"""Opens one figure of a series: `rotation@2026-W03:net` gives value, formula and the rows behind it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Literal

from narrative.errors import UsageError
from narrative.tell.layout import Page, count, dated, percent, short_ids, signed, speaker
from narrative.terms import Entry, Point

FORMULAS: Mapping[str, str] = {
    "net": "mean over voices of their support; support = mean over the narrative's legs of"
    " sign × (p(bullish) − p(bearish)) of the voice's latest view that stands",
    "net_low": "lower end of the 95 % interval of net, Dirichlet(1/2) over the camps",
    "net_high": "upper end of the 95 % interval of net, Dirichlet(1/2) over the camps",
    "flow": "Σ w × support / (Σ w + prior), w = 0.5^(age / half-life), over the events known at the cut-off",
    "flow_z": "flow less its mean so far, over its standard deviation so far; nothing later is used",
    "n_bullish": "voices whose standing view is for the narrative",
    "n_bearish": "voices whose standing view is against the narrative",
    "n_neutral": "voices whose standing view is neither",
    "n_new": "views that became available in the period and were not echoes",
    "n_stories": "stories that carried them",
    "spread_return": "total return of the long leg less that of the short leg over the period",
    "spread_level": "the same, cumulated from the first point",
}
_FLOW = ("flow", "flow_z")
_NEW = ("n_new", "n_stories")
_ROWS = 40  # events that are listed, the heaviest first; the others are told as one sum
_NET = ("net", "n_bullish", "n_bearish", "n_neutral", "net_low", "net_high")
_REFERENCE = re.compile(
    r"(?P<narrative>[a-z0-9][a-z0-9_-]*)@(?P<label>[0-9][0-9A-Za-z-]*)(?::(?P<field>[a-z_]+))?"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """The address of one figure: narrative, label of the session, week or month, and which number."""

    narrative: str
    label: str
    field: str = "net"


@dataclass(frozen=True, slots=True)
class Weighed:
    """One event at one moment: what a voice said in a story, and how much of its weight is left.

    `entry` names the voice; `age` is in sessions since the publication; `views` are what the support comes from.
    """

    entry: Entry
    support: float
    weight: float
    age: int
    views: tuple[str, ...]
    story: str


@dataclass(frozen=True, slots=True)
class History:
    """The flow of all sessions so far: how many have one, its mean and standard deviation, None under two."""

    n: int
    mean: float | None
    deviation: float | None


@dataclass(frozen=True, slots=True)
class Behind:
    """What a flow was computed from: all events known, the heaviest first, those of the period, and the parameters."""

    events: tuple[Weighed, ...]
    new: tuple[Weighed, ...]
    prior: float
    half_life: float
    history: History
    z_min: int


NOTHING = Behind((), (), 1.0, 5.0, History(0, None, None), 20)


def is_reference(text: str) -> bool:
    """Return whether `text` means a figure rather than a view id."""
    return "@" in text


def field_kind(field: str) -> Literal["stock", "flow", "new", "spread"]:
    """Return what a figure is computed from: views that stand, events, the events of its period, or prices."""
    if field in _NET:
        return "stock"
    return "flow" if field in _FLOW else "new" if field in _NEW else "spread"


def parse_reference(text: str) -> Reference:
    """Read `rotation@2026-W03:net`; without a field, net. Raises UsageError for anything else."""
    match = _REFERENCE.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"cannot read the figure {text!r}; write it like rotation@2026-W03:net")
    field = match["field"] or "net"
    if field not in FORMULAS:
        raise UsageError(f"unknown figure {field!r}; known: {', '.join(FORMULAS)}")
    return Reference(match["narrative"], match["label"], field)


def find_point(reference: Reference, points: Sequence[Point]) -> Point:
    """Return the point with the reference's label. Raises UsageError naming the labels there are."""
    for point in points:
        if point.label == reference.label:
            return point
    span = f"there are {points[0].label} to {points[-1].label}" if points else "the series is empty"
    raise UsageError(f"no point {reference.label} in {reference.narrative}; {span}")


def render_figure(
    reference: Reference,
    point: Point,
    entries: Sequence[Entry],
    legs: Mapping[str, int],
    *,
    behind: Behind = NOTHING,
    width: int = 80,
    color: bool = False,
    short: Mapping[str, str] | None = None,
) -> str:
    """Return the figure, its formula and the rows behind it, each with the number it puts in.

    `entries` are rows of the ledger; those that the point used are picked from them by view id. A row
    that is missing there is named, and net is worked out again from the rows and compared.
    """
    page = Page(width, color)
    value = getattr(point, reference.field)
    lines = page.paragraph(
        f"{reference.narrative} {point.label} {reference.field}: {_shown(reference.field, value)}",
        0,
        2,
        "bold",
    )
    lines += page.wrap(f"= {FORMULAS[reference.field]}", 2, 2)
    lines += page.wrap(f"cut-off {point.end:%Y-%m-%d %H:%M} UTC; nothing available later was used", 2, 2)
    if reference.field.startswith("spread") and point.spread_note:
        lines += page.wrap(f"note: {point.spread_note}", 2, 2)
    if value is None:
        lines += page.wrap(f"missing: {point.reason or 'no reason given'}", 2, 2)
    kind = field_kind(reference.field)
    if kind == "stock":
        lines += _behind(point, entries, legs, page, short)
    elif kind == "flow" and behind.events:
        lines += _events(behind.events, page, short)
        lines += _flow_sum(point, behind, page)
        if reference.field == "flow_z":
            lines += _z_sum(point, behind, page)
    elif kind == "new":
        lines += _events(behind.new, page, short)
        lines += _new_sum(point, reference.field, behind.new, page)
    return "\n".join(lines) + "\n"


Camps = list[tuple[list[Entry], float]]


def standing(point: Point, entries: Sequence[Entry], legs: Mapping[str, int]) -> tuple[Camps, list[str]]:
    """Return the views that stood at a point by voice, each voice with its support, and the views that no row has."""
    rows = {entry.view: entry for entry in entries if entry.view in set(point.views)}
    voices: dict[str, list[Entry]] = defaultdict(list)
    for view in point.views:
        if view in rows:
            voices[str(rows[view].voice)].append(rows[view])
    named = sorted(voices.values(), key=lambda found: found[0].voice_name)
    camps = [(mine, fsum(legs[e.target] * e.score for e in mine) / len(mine)) for mine in named]
    return camps, [view for view in point.views if view not in rows]


def net_again(camps: Camps) -> float | None:
    """Return net, worked out from the supports of voices; None without any."""
    return fsum(support for _, support in camps) / len(camps) if camps else None


def flow_again(behind: Behind) -> float | None:
    """Return flow, worked out from all events; None without any."""
    w = fsum(event.weight for event in behind.events)
    wx = fsum(event.weight * event.support for event in behind.events)
    return wx / (w + behind.prior) if behind.events else None


def z_again(point: Point, behind: Behind) -> float | None:
    """Return how far the flow lies from its mean so far, in deviations; None where there are too few sessions or no spread."""
    past = behind.history
    if past.n < behind.z_min or past.mean is None or not past.deviation or point.flow is None:
        return None
    return (point.flow - past.mean) / past.deviation


def counted_again(field: str, events: Sequence[Weighed]) -> int:
    """Return how many views or stories the events of a period are."""
    return len(events) if field == "n_new" else len({event.story for event in events})


def _shown(field: str, value: float | None) -> str:
    if field.startswith("spread"):
        return percent(value)
    return str(value) if isinstance(value, int) else signed(value, 4)


def _behind(
    point: Point,
    entries: Sequence[Entry],
    legs: Mapping[str, int],
    page: Page,
    short: Mapping[str, str] | None,
) -> list[str]:
    camps, missing = standing(point, entries, legs)
    ids = short_ids(point.views, short)
    lines = []
    for mine, support in camps:
        lines += ["", *page.spread(speaker(mine[0]), signed(support, 4))]
        lines += [line for entry in mine for line in page.wrap(_row(entry, legs, ids), 2, 2)]
    if missing:
        return [
            *lines,
            "",
            *page.wrap(f"not found among the rows: {', '.join(ids[view] for view in missing)}"),
        ]
    return [*lines, "", *page.wrap(_sum(point, camps))] if camps else lines


def _row(entry: Entry, legs: Mapping[str, int], ids: Mapping[str, str]) -> str:
    sum_ = f"{'+' if legs[entry.target] > 0 else '−'}1 × ({entry.bullish:.4f} − {entry.bearish:.4f})"
    facts = (f"{entry.target} {sum_}", entry.stance, dated(entry), entry.outlet, f"view {ids[entry.view]}")
    return ", ".join(fact for fact in facts if fact)


def _sum(point: Point, camps: Camps) -> str:
    again = net_again(camps)
    return f"mean over {count(len(camps), 'voice')} = {signed(again, 4)}: {_verdict(again, point.net)}"


def _events(events: Sequence[Weighed], page: Page, short: Mapping[str, str] | None) -> list[str]:
    """Return a paragraph for each event: the voice and what it puts in, then weight, age, support and its views."""
    ids = short_ids(list(dict.fromkeys(view for event in events for view in event.views)), short)
    lines: list[str] = []
    for event in events[:_ROWS]:
        puts = event.weight * event.support
        row = f"w {event.weight:.4f} ({count(event.age, 'session')} old) × support {signed(event.support, 4)}"
        views = f"view{'s' if len(event.views) > 1 else ''} {', '.join(ids[view] for view in event.views)}"
        lines += ["", *page.spread(speaker(event.entry), signed(puts, 4))]
        lines += page.wrap(f"{row}, story {event.story[:8]}, {views}", 2, 2)
    lighter = events[_ROWS:]
    if lighter:
        w = fsum(event.weight for event in lighter)
        wx = fsum(event.weight * event.support for event in lighter)
        lines += ["", *page.spread(f"{count(len(lighter), 'lighter event')}, w {w:.4f}", signed(wx, 4))]
    return lines


def _flow_sum(point: Point, behind: Behind, page: Page) -> list[str]:
    """Return the sums over all events, worked out again, and whether they give the flow."""
    w = fsum(event.weight for event in behind.events)
    wx = fsum(event.weight * event.support for event in behind.events)
    again = flow_again(behind)
    told = (
        f"{signed(wx, 4)} / ({w:.4f} + {behind.prior:g}) = {signed(again, 4)}: {_verdict(again, point.flow)}"
    )
    events = f"{count(len(behind.events), 'event')}, half-life {behind.half_life:g} sessions"
    return ["", *page.wrap(f"{events}: Σ w × support / (Σ w + prior) = {told}")]


def _z_sum(point: Point, behind: Behind, page: Page) -> list[str]:
    """Return how far the flow lies from its mean so far, worked out again."""
    past, again = behind.history, z_again(point, behind)
    if again is None:
        return page.wrap(
            f"{count(past.n, 'session')} with a flow so far; a z-score needs {behind.z_min} and a spread"
        )
    told = f"({signed(point.flow, 4)} less {signed(past.mean, 4)}) / {past.deviation or 0:.4f} = {signed(again, 4)}"
    return page.wrap(f"over {count(past.n, 'session')}: {told}: {_verdict(again, point.flow_z)}")


def _new_sum(point: Point, field: str, events: Sequence[Weighed], page: Page) -> list[str]:
    again = counted_again(field, events)
    verdict = _verdict(float(again), float(getattr(point, field)))
    return ["", *page.wrap(f"{count(len(events), 'event')} in the period, {field} = {again}: {verdict}")]


def agrees(again: float, figure: float | None) -> bool:
    """Return whether a number that was worked out again is the figure, up to rounding."""
    return figure is not None and abs(again - figure) < 1e-9


def _verdict(again: float | None, figure: float | None) -> str:
    same = again is not None and agrees(again, figure)
    return "agrees with the figure" if same else "DIFFERS from the figure"
