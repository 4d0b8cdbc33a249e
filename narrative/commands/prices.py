"""narrative prices: what the market did, from CSV files and from Yahoo, and the spreads of a narrative."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from narrative.commands.options import Instant, database, not_ahead

if TYPE_CHECKING:
    from narrative.clock import Clock
    from narrative.ledger import Ledger
    from narrative.measure.splits import Splits
    from narrative.measure.yahoo import Download
    from narrative.price_intake import Consent

DAY = click.DateTime(["%Y-%m-%d"])
_OVERLAP = 5  # sessions fetched again behind the last kept one, to see that nothing was restated


class _FileOrCommand(click.Group):
    """A group whose first word is a file unless it is one of its commands."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `import` before a file."""
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = ["import", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_FileOrCommand, invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Keep daily prices beside the views, and show the spreads of a narrative.

    \b
    Examples:
      narrative prices iwm.csv --raw --symbol IWM --dividends iwm-dividends.csv
      narrative prices mags.csv --adjusted --symbol MAGS
      narrative prices fetch IWM QQQ SPY
      narrative prices list
      narrative prices spread rotation --since 2024-07-11 --until 2024-07-17
    """  # noqa: D301
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--raw", "kind", flag_value="raw", help="The closes are not adjusted for dividends.")
@click.option("--adjusted", "kind", flag_value="adjusted", help="The closes are adjusted for dividends.")
@click.option("--symbol", help="The symbol, when the file does not name it.")
@click.option(
    "--dividends",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file of date, dividend or split, and symbol.",
)
@click.option(
    "--splits",
    type=click.Choice(["applied", "not-applied"]),
    help="Whether raw closes before a split are divided by it already (Yahoo's are).",
)
@click.option("--downloaded", type=DAY, callback=not_ahead, help="The day of the download; by default today.")
@click.option("--correct", is_flag=True, help="Put rows over kept ones that say otherwise.")
@click.option("--accept-seams", is_flag=True, help="Take prices in which two series seem joined.")
@database
def import_command(
    file: Path,
    kind: str | None,
    symbol: str | None,
    dividends: Path | None,
    splits: Splits | None,
    downloaded: datetime | None,
    correct: bool,
    accept_seams: bool,
    db: Path,
) -> None:
    """Import daily prices. The file must be said to be raw or adjusted: the columns alone do not tell.

    Raw prices are kept as traded, with dividends and splits; of adjusted ones the returns count. Rows that are
    kept stay: what contradicts them is refused, or kept over them with --correct.

    \b
    Examples:
      narrative prices iwm.csv --raw --symbol IWM --dividends iwm-dividends.csv
      narrative prices nvda.csv --raw --splits applied
      narrative prices prices.csv --adjusted
    """  # noqa: D301
    from narrative import api
    from narrative.clock import SystemClock
    from narrative.errors import NarrativeError
    from narrative.measure.prices import read_table
    from narrative.price_intake import Consent, keep_table
    from narrative.tell.layout import count

    if not file.exists():
        raise NarrativeError(
            f"cannot read {file}: no such file, and no command of prices (fetch, list, spread)"
        )
    adjusted = None if kind is None else kind == "adjusted"
    table = read_table(
        file, adjusted=adjusted, symbol=symbol, dividends=dividends, splits=splits, accept_seams=accept_seams
    )
    day = downloaded.date() if downloaded else None
    with api.open(db, clock=SystemClock(), create=True) as ledger:
        agreed = Consent(correct, accept_seams)
        new = keep_table(ledger, table, source=file.name, downloaded=day, consent=agreed)
    symbols = sorted({row.symbol for row in table.rows})
    days = [row.session for row in table.rows]
    click.echo(f"{new} new of {count(len(days), 'row')}: {', '.join(symbols)}, {min(days)} to {max(days)}")


@command.command("fetch")
@click.argument("symbols", nargs=-1, required=True, metavar="SYMBOL...")
@click.option(
    "--since",
    type=DAY,
    help="The first day; by default a week before the last kept one, and for a new symbol 1990.",
)
@click.option("--correct", is_flag=True, help="Put rows over kept ones that say otherwise.")
@click.option("--accept-seams", is_flag=True, help="Take prices in which two series seem joined.")
@database
def fetch_command(
    symbols: tuple[str, ...], since: datetime | None, correct: bool, accept_seams: bool, db: Path
) -> None:
    """Fetch raw prices, dividends and splits from Yahoo.

    This needs yfinance: pip install yfinance. What is kept is never overwritten; run it again and only
    what is new is added. What Yahoo permits is for you to check.

    \b
    Examples:
      narrative prices fetch IWM QQQ SPY MAGS
      narrative prices fetch IWM --since 2020-01-01
    """  # noqa: D301
    from narrative import api
    from narrative.clock import SystemClock
    from narrative.measure.yahoo import yahoo
    from narrative.price_intake import Consent

    clock = SystemClock()
    with api.open(db, clock=clock, create=True) as ledger:
        first = since.date() if since else None
        failed = fetch(ledger, symbols, first, clock, yahoo, Consent(correct, accept_seams))
    if failed:
        raise SystemExit(1)


def fetch(
    ledger: Ledger,
    symbols: Sequence[str],
    since: date | None,
    clock: Clock,
    download: Download,
    consent: Consent,
) -> int:
    """Fetch and keep each symbol by itself, say what came of it, and return how many failed."""
    from narrative.errors import NarrativeError
    from narrative.measure.sessions import load_sessions
    from narrative.measure.yahoo import read_yahoo
    from narrative.price_intake import keep_table
    from narrative.tell.layout import count

    sessions, failed = load_sessions(), 0
    for symbol in dict.fromkeys(symbol.upper() for symbol in symbols):
        kept = [price.session for price in ledger.prices([symbol]) if price.kind == "raw"]
        start = since or (sessions.shift(max(kept), -_OVERLAP) if kept else sessions.first)
        try:
            table = read_yahoo(
                symbol, start, clock.now(), download=download, accept_seams=consent.seams, sessions=sessions
            )
            new = keep_table(ledger, table, source="Yahoo Finance", consent=consent, sessions=sessions)
        except NarrativeError as error:
            failed += 1
            click.echo(f"{symbol}: {error}", err=True)
            continue
        days = [row.session for row in table.rows]
        span = f", {days[0]} to {days[-1]}" if days else ""
        click.echo(f"{symbol}: {new} new of {count(len(days), 'row')}{span}")
    return failed


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@database
def list_command(as_json: bool, db: Path) -> None:
    """Show what is kept of each symbol.

    That is from when to when, dividends and splits, the source, and where sessions or dividends are missing.

    \b
    Example:
      narrative prices list
    """  # noqa: D301
    from narrative import api
    from narrative.measure.kept import kept_series
    from narrative.measure.sessions import load_sessions
    from narrative.tell.market import kept_json, kept_text

    with api.open(db, readonly=True) as ledger:
        found = kept_series(ledger.prices(), load_sessions())
    click.echo((kept_json if as_json else kept_text)(found), nl=False)


@command.command("spread")
@click.argument("narrative")
@click.option("--since", type=DAY, help="The first session, measured from the close before it.")
@click.option("--until", type=DAY, help="The last session.")
@click.option(
    "--format", "form", type=click.Choice(["text", "csv", "json"]), default="text", show_default=True
)
@click.option(
    "--known-at", type=Instant(), callback=not_ahead, help="Replay what this ledger would have answered then."
)
@database
def spread_command(
    narrative: str,
    since: datetime | None,
    until: datetime | None,
    form: str,
    known_at: datetime | None,
    db: Path,
) -> None:
    """Show a narrative's spreads by session and over a window.

    A spread is the total return of the long leg less that of the short one. Over the window it is what each leg
    grew by, one less the other; the sum adds the spreads of the sessions.

    \b
    Examples:
      narrative prices spread rotation --since 2024-07-11 --until 2024-07-17
      narrative prices spread rotation --format csv > spreads.csv
    """  # noqa: D301
    from narrative import api
    from narrative.errors import UsageError
    from narrative.measure.windows import window
    from narrative.proxies import spreads_of
    from narrative.targets import load_narrative
    from narrative.tell.market import RENDERINGS

    story = load_narrative(narrative)
    first, last = (day.date() if day else None for day in (since, until))
    with api.open(db, readonly=True) as ledger:
        spreads = spreads_of(ledger, story, known_at)
    if not spreads:
        raise UsageError(
            f"{narrative} has no leg against another, so it has no spread; name some in its file"
        )
    found = {pair: window(spread, first, last) if spread else None for pair, spread in spreads.items()}
    click.echo(RENDERINGS[form](found), nl=False)
