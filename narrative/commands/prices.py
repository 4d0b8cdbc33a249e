"""narrative prices: what the market did, from CSV files."""

from __future__ import annotations

from pathlib import Path

import click

from narrative.commands.options import database


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--raw", "kind", flag_value="raw", help="The closes are not adjusted for dividends.")
@click.option("--adjusted", "kind", flag_value="adjusted", help="The closes are adjusted for dividends.")
@click.option("--symbol", help="The symbol, when the file does not name it.")
@click.option(
    "--dividends",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file of date, dividend and symbol.",
)
@database
def command(file: Path, kind: str | None, symbol: str | None, dividends: Path | None, db: Path) -> None:
    """Import daily prices. The file must be said to be raw or adjusted: the columns alone do not tell.

    \b
    Examples:
      narrative prices iwm.csv --raw --symbol IWM --dividends iwm-dividends.csv
      narrative prices prices.csv --adjusted
    """  # noqa: D301
    from narrative import api
    from narrative.clock import SystemClock
    from narrative.measure.prices import read_prices

    adjusted = None if kind is None else kind == "adjusted"
    rows = read_prices(file, adjusted=adjusted, symbol=symbol, dividends=dividends)
    with api.open(db, clock=SystemClock(), create=True) as ledger:
        new = ledger.keep_prices(rows, source=file.name)
    symbols = sorted({row.symbol for row in rows})
    days = [row.session for row in rows]
    click.echo(f"{new} new of {len(rows)} rows: {', '.join(symbols)}, {min(days)} to {max(days)}")
