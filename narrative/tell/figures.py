"""Opens one figure of a series: `rotation@2026-W03:net` gives value, formula and the rows behind it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum

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


def is_reference(text: str) -> bool:
    """Return whether `text` means a figure rather than a view id."""
    return "@" in text


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
    if reference.field in _NET:
        lines += _behind(point, entries, legs, page, short)
    return "\n".join(lines) + "\n"


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
    rows = {entry.view: entry for entry in entries if entry.view in set(point.views)}
    ids = short_ids(point.views, short)
    voices: dict[str, list[Entry]] = defaultdict(list)
    for view in point.views:
        if view in rows:
            voices[str(rows[view].voice)].append(rows[view])
    lines = []
    supports = []
    for mine in sorted(voices.values(), key=lambda found: found[0].voice_name):
        supports.append(fsum(legs[e.target] * e.score for e in mine) / len(mine))
        lines += ["", *page.spread(speaker(mine[0]), signed(supports[-1], 4))]
        lines += [line for entry in mine for line in page.wrap(_row(entry, legs, ids), 2, 2)]
    missing = [ids[view] for view in point.views if view not in rows]
    if missing:
        return [*lines, "", *page.wrap(f"not found among the rows: {', '.join(missing)}")]
    return [*lines, "", *page.wrap(_sum(point, supports))] if supports else lines


def _row(entry: Entry, legs: Mapping[str, int], ids: Mapping[str, str]) -> str:
    sum_ = f"{'+' if legs[entry.target] > 0 else '−'}1 × ({entry.bullish:.4f} − {entry.bearish:.4f})"
    return f"{entry.target} {sum_}, {entry.stance}, {dated(entry)}, {entry.outlet}, view {ids[entry.view]}"


def _sum(point: Point, supports: Sequence[float]) -> str:
    again = fsum(supports) / len(supports)
    agrees = point.net is not None and abs(again - point.net) < 1e-9
    verdict = "agrees with the figure" if agrees else "DIFFERS from the figure"
    return f"mean over {count(len(supports), 'voice')} = {signed(again, 4)}: {verdict}"
