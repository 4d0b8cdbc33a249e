"""An evaluation as facts in order: the verdict, what the data are, who moves first, and each statistic after it.

The page and its Markdown twin are drawn from the same `Report`, so they cannot tell different stories.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from narrative.tell import evaluation_words as words
from narrative.tell.evaluation_charts import describe_events, describe_lead_lag, event_chart, lead_lag_chart
from narrative.tell.evaluation_shapes import Agreement, Evaluation, EventStudy, LeadLag, Pair
from narrative.tell.layout import count, day, percent, signed


@dataclass(frozen=True, slots=True)
class Tried:
    """How many trials there are in all, the adjusted p of the present ones by horizon, and why these are not logged."""

    total: int
    adjusted: Mapping[int, float]
    unlogged: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """One number with its label and what it is set against."""

    label: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under a heading each; the first cell names the row."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart: `draw` gives its SVG, for a phone when asked with True; the same in words and as a table."""

    draw: Callable[[bool], str]
    title: str
    described: str
    table: Table


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with sentences, then a picture or a table."""

    heading: str
    sentences: tuple[str, ...]
    picture: Picture | None = None
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All facts of one evaluation as they are printed."""

    title: str
    kicker: str
    lead: str
    notes: tuple[str, ...]
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]
    method: tuple[str, ...]


def report(
    found: Evaluation, tried: Tried, *, narrative: str, title: str, spread: str, notes: Iterable[str] = ()
) -> Report:
    """Return the report of an evaluation against `spread` ("IWM − QQQ"); `notes` are printed as banners."""
    span = f"{day(found.coverage.first)} to {day(found.coverage.last)}"
    return Report(
        title=f"{title}: does the factor lead?",
        kicker=f"Factor evaluation · {narrative} · {spread} · {span}",
        lead=words.lead(found, tried.adjusted, tried.total, spread),
        notes=tuple(notes),
        tiles=_tiles(found, tried),
        sections=tuple(_sections(found, tried, spread)),
        method=tuple(words.method(found.headline, found.seed)),
    )


def _sections(found: Evaluation, tried: Tried, spread: str) -> Iterator[Section]:
    yield Section("What the data are", tuple(words.coverage(found.coverage, found.headline)))
    yield Section(
        "Who moves first", tuple(words.lead_lag(found.lead_lag)), picture=_lead_lag(found.lead_lag, spread)
    )
    power = words.missing(found.power, found.headline)
    yield Section(
        "Information coefficient by horizon",
        (f"In these data {power}.", words.interval(found.interval, resampling=found.resampling)),
        table=_ics(found, tried),
    )
    yield Section(
        "Big moves of the factor", tuple(words.events(found.events)), picture=_events(found.events, spread)
    )
    yield Section("Out of sample, against momentum", (words.forecasts(found.out_of_sample, found.headline),))
    for name, pairs in found.beside:
        yield Section(f"Beside it: {name}", _BESIDE, table=_beside(pairs))
    yield Section("Trials", tuple(words.trials(tried.total, tried.unlogged)))


_BESIDE = (
    "This validates the reading and forecasts nothing; each outside day is compared with its session or the next.",
)


def _tiles(found: Evaluation, tried: Tried) -> tuple[Tile, ...]:
    one = next((ic for ic in found.ics if ic.horizon == found.headline), None)
    tiles = []
    if one is not None:
        after = f"{words.chance(tried.adjusted.get(one.horizon))} after {count(tried.total, 'trial')}"
        tiles.append(
            Tile(
                f"IC, {count(one.horizon, 'session')}",
                signed(one.ic, 3),
                f"{words.with_sign(one.p)}, {after}",
            )
        )
    least = f"from {found.power.n} independent returns"
    tiles.append(Tile("Detectable |IC|", f"{found.power.least:.2f}", least))
    tests = f"follower {words.with_sign(found.lead_lag.follow_p)}"
    tiles.append(Tile("Granger p as leader", words.chance(found.lead_lag.lead_p), tests))
    return tuple(tiles)


def _lead_lag(found: LeadLag, spread: str) -> Picture | None:
    """Return the lead-lag picture; None where no correlation could be computed."""
    if not found.sides:
        return None
    rows = tuple((signed(lag, 0) if lag else "0", signed(value, 3)) for lag, value in found.sides)
    table = Table(("Lag, sessions (+: the factor first)", "Correlation"), rows)
    title = f"Correlation of the factor with {spread}, before and after"
    return Picture(
        lambda phone: lead_lag_chart(found, title, narrow=phone), title, describe_lead_lag(found), table
    )


def _events(found: EventStudy, spread: str) -> Picture | None:
    if not found.path:
        return None
    rows = tuple((signed(at, 0) if at else "0", *map(percent, values)) for at, *values in found.path)
    table = Table(("Sessions from the first close to trade at", "Mean", "Chance, low", "Chance, high"), rows)
    title = f"{spread} around big moves of the factor"
    return Picture(
        lambda phone: event_chart(found, title, narrow=phone), title, describe_events(found), table
    )


def _ics(found: Evaluation, tried: Tried) -> Table:
    columns = ("Sessions", "IC", "p", "p, all trials", "n", "IC, every h-th", "p", "n", "HAC t")
    by_horizon = {one.horizon: one for one in found.ics}
    rows = []
    for horizon in found.horizons:
        one = by_horizon.get(horizon)
        if one is None:
            rows.append((str(horizon), "none", *["none"] * 7))
            continue
        far = (signed(one.apart[0], 3), words.chance(one.apart[1])) if one.apart else ("none", "none")
        after = words.chance(tried.adjusted.get(horizon))
        rows.append(
            (
                str(horizon),
                signed(one.ic, 3),
                words.chance(one.p),
                after,
                str(one.n),
                *far,
                str(one.n_apart),
                signed(one.t_hac),
            )
        )
    return Table(columns, tuple(rows))


def _beside(pairs: Iterable[Agreement]) -> Table:
    columns = ("Ours", "Days", "From", "To", "Levels", "p", "Changes", "p")
    rows = []
    for one in pairs:
        span = (day(one.span[0]), day(one.span[1])) if one.span else ("none", "none")
        rows.append((one.ours, str(one.n), *span, *_pair(one.levels), *_pair(one.changes)))
    return Table(columns, tuple(rows))


def _pair(found: Pair | None) -> tuple[str, str]:
    return (signed(found[0], 3), words.chance(found[1])) if found else ("none", "none")
