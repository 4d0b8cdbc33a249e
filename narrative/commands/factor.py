"""narrative factor: a narrative's sentiment for other models."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from narrative.commands import factor_evaluation
from narrative.commands.options import clocks, database

if TYPE_CHECKING:
    from narrative.ledger import Ledger

_FORMS = {".csv": "csv", ".parquet": "parquet"}


@click.command()
@click.argument("narrative")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A .csv or .parquet file; standard output without it. With --evaluate, the name of the two pages.",
)
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="First session day.")
@click.option("--end", type=click.DateTime(["%Y-%m-%d"]), help="Last session day.")
@click.option("--format", "form", type=click.Choice(["csv", "parquet"]), help="Else by the ending of --out.")
@click.option(
    "--vintage", metavar="NAME", help="Only the views of one model or one source, such as import:Vendor."
)
@click.option(
    "--publish", is_flag=True, help="Give the values out for good: append what is new or changed, show all."
)
@click.option("--published", is_flag=True, help="Show what was given out, unchanged, instead of computing.")
@factor_evaluation.options
@clocks
@database
def command(
    narrative: str,
    out: Path | None,
    start: datetime | None,
    end: datetime | None,
    as_of: datetime | None,
    known_at: datetime | None,
    form: str | None,
    vintage: str | None,
    publish: bool,
    published: bool,
    db: Path,
    **asked: Any,
) -> None:
    """Export one row a session: the flow factor, the stock (net) and all that is needed to use them without look-ahead.

    What is published is history: later values come as rows of their own, with their computed_at, and no row is changed.

    \b
    Examples:
      narrative factor rotation --out rotation.csv
      narrative factor rotation --publish --out rotation.parquet
      narrative factor rotation --published --known-at 2026-01-31
      narrative factor rotation --start 2026-01-01 --known-at 2026-01-31
      narrative factor rotation --evaluate --horizons 1,5,20 --spread IWM,SPY
      narrative factor rotation --evaluate --beside index.csv --value-column level
    """  # noqa: D301
    from narrative import api
    from narrative.commands.output import form_of

    first, last = (day.date() if day else None for day in (start, end))
    selection: dict[str, Any] = {"start": first, "end": last, "as_of": as_of, "known_at": known_at}
    selection["vintage"] = vintage
    evaluated = factor_evaluation.check(asked)
    _check(selection, publish=publish, published=published, evaluated=evaluated, form=form, out=out)
    if not (evaluated or form):
        form = form_of(out, _FORMS, "rename it, or say which with --format csv or parquet")
    if evaluated:
        factor_evaluation.evaluate(narrative, db, out, asked, selection)
        return
    with api.open(db, readonly=not publish) as ledger:
        if publish or published:
            rows = _given_out(ledger, narrative, selection, publish=publish)
        else:
            rows = api.factor(ledger, narrative, **selection)
        root = ledger.sealed(known_at)
    _show(rows, out, form, root, "rows" if publish or published else "sessions")
    if root is not None:
        click.echo(f"root {root}", err=True)


def _check(
    selection: Mapping[str, Any],
    *,
    publish: bool,
    published: bool,
    evaluated: bool,
    form: str | None,
    out: Path | None,
) -> None:
    """Raise UsageError for options that contradict one another."""
    given = [
        name.replace("_", "-") for name in ("as_of", "known_at", "vintage") if selection[name] is not None
    ]
    if publish + published + evaluated > 1:
        raise click.UsageError("--publish, --published and --evaluate: choose one")
    if publish and given:
        raise click.UsageError(f"--publish gives out what this ledger says now, not --{given[0]}")
    if published and set(given) - {"known-at"}:
        raise click.UsageError(
            "--published reads rows back as they were given out; it goes with --known-at only"
        )
    if form == "parquet" and out is None:
        raise click.UsageError("--format parquet needs --out FILE")
    if form and evaluated:
        raise click.UsageError("--format is for the factor's own file, not for --evaluate")


def _given_out(ledger: Ledger, narrative: str, selection: Mapping[str, Any], *, publish: bool) -> Any:
    """Publish where that is asked for, and return what is published."""
    from narrative import exporting

    days = {name: selection[name] for name in ("start", "end")}
    if publish:
        new = exporting.publish(ledger, narrative, **days)
        click.echo(f"{new} new rows published", err=True)
    return exporting.published(ledger, narrative, known_at=selection["known_at"], **days)


def _show(rows: Any, out: Path | None, form: str | None, root: str | None, unit: str) -> None:
    from narrative.measure.export import csv_text, write

    if out is None:
        click.echo(csv_text(rows), nl=False)
    else:
        write(rows, out, form, root=root)
        click.echo(f"{out}: {len(rows)} {unit}")
