"""narrative factor --evaluate: whether the factor says anything about the market, as HTML and Markdown."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from narrative.errors import NarrativeError, UsageError

if TYPE_CHECKING:
    from narrative.ledger import Ledger
    from narrative.measure.evaluation.evaluation import Settings

Command = TypeVar("Command", bound=Callable[..., Any])
_PAGES = {".html": "html", ".htm": "html", ".md": "md"}

#: what goes with --evaluate only
_OPTIONS = (
    click.option(
        "--horizons", metavar="1,5,20", help="Sessions over which returns are set beside the factor."
    ),
    click.option(
        "--spread",
        metavar="LONG,SHORT",
        help="Tickers whose returns it is set beside [the narrative's first pair].",
    ),
    click.option(
        "--beside",
        type=click.Path(path_type=Path, dir_okay=False),
        help="A CSV file with a series from elsewhere to compare the net with, such as a sentiment index.",
    ),
    click.option("--date-column", help="Its column of days [date]."),
    click.option("--value-column", help="Its column of values."),
    click.option("--seed", type=click.IntRange(min=0), help="Of the random draws [0]."),
)


def options(command: Command) -> Command:
    """`--evaluate` and what goes with it."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return click.option(
        "--evaluate",
        "evaluating",
        is_flag=True,
        help="Write NAME-evaluation.html and .md instead: does the factor lead the market?",
    )(command)


def check(asked: Mapping[str, Any]) -> bool:
    """Return whether an evaluation is asked for. Raises UsageError for its options without it, or half of a pair."""
    given = [
        name
        for name in ("horizons", "spread", "beside", "date_column", "value_column", "seed")
        if asked[name] is not None
    ]
    if given and not asked["evaluating"]:
        raise UsageError(f"--{given[0].replace('_', '-')} goes with --evaluate")
    if (asked["beside"] is None) != (asked["value_column"] is None):
        raise UsageError("--beside FILE goes with --value-column NAME")
    if asked["date_column"] and asked["beside"] is None:
        raise UsageError("--date-column goes with --beside FILE")
    return bool(asked["evaluating"])


def evaluate(
    narrative: str, db: Path, out: Path | None, asked: Mapping[str, Any], selection: Mapping[str, Any]
) -> None:
    """Evaluate a narrative's factor, write both pages and print the verdict."""
    from narrative import api
    from narrative.commands.output import form_of, write_whole
    from narrative.tell.layout import count

    form_of(out, _PAGES, "give a name without an ending for both pages")
    page = out.with_suffix("") if out is not None else Path(f"{narrative}-evaluation")
    settings = _settings(asked)
    with _opened(db) as ledger:
        found = api.evaluate_factor(ledger, narrative, settings, pair=_pair(asked["spread"]), **selection)
    paths = [page.with_name(f"{page.name}{suffix}") for suffix in (".html", ".md")]
    for path, text in zip(paths, (found.html, found.markdown), strict=True):
        write_whole(path, text)
    width = min(shutil.get_terminal_size((80, 24)).columns, 120)
    click.echo(click.wrap_text(found.sentence, width) + "\n")
    sessions, trials = found.evaluation.coverage.sessions, found.tried.total
    told = f"{paths[0]}, {paths[1]}: {count(sessions, 'session')}, {count(trials, 'trial')} so far"
    click.echo(f"{told}, not logged: {found.tried.unlogged}" if found.tried.unlogged else told)


def _opened(db: Path) -> Ledger:
    """Open a ledger for its log of trials, or for reading where it cannot be written."""
    from narrative import api

    try:
        return api.open(db)
    except UsageError:
        raise
    except NarrativeError:
        return api.open(db, readonly=True)  # says itself what is wrong where it cannot be read either


def _settings(asked: Mapping[str, Any]) -> Settings:
    from narrative.clock import SystemClock
    from narrative.measure.evaluation.beside import Outside, read_outside
    from narrative.measure.evaluation.evaluation import HORIZONS, Settings

    outside: tuple[Outside, ...] = ()
    if asked["beside"] is not None:
        today = SystemClock().now().date()
        day = asked["date_column"] or "date"
        outside = (read_outside(asked["beside"], day=day, value=asked["value_column"], known=today),)
    horizons = HORIZONS if asked["horizons"] is None else _horizons(asked["horizons"])
    return Settings(horizons, outside, asked["seed"] or 0)


def _pair(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    symbols = [part.strip().upper() for part in text.split(",")]
    if len(symbols) != 2 or not all(symbols) or symbols[0] == symbols[1]:
        raise UsageError(f"--spread is two tickers such as IWM,SPY, not {text!r}")
    return symbols[0], symbols[1]


def _horizons(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"--horizons are numbers of sessions such as 1,5,20, not {text!r}") from None
