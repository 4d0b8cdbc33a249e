"""narrative demo: the whole line on a small invented web, served and crawled on this machine under simulated dates."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from narrative.clock import SimulatedClock
    from narrative.commands.demo_site import DemoSite
    from narrative.crawl.rows import PollSummary
    from narrative.ledger import Ledger
    from narrative.pipeline import ReadSummary
    from narrative.read.encoder import StanceModel

FIRST_POLL = datetime(2026, 1, 5, 22, 30, tzinfo=UTC)
LAST_POLL = datetime(2026, 2, 14, 22, 30, tzinfo=UTC)
NARRATIVE = "rotation"
QUESTION = "who is bullish on small caps"


_CAUTION = """Read the words, not the stance alone: these articles were written to be hard, and
about half of such readings are wrong. narrative correct mends one; narrative
voices list --doubtful shows who may be one person."""


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="narrative-demo",
    show_default=True,
    help="Folder for the ledger, digest and factor.",
)
def command(out: Path) -> None:
    """Serve an invented web on loopback, crawl it day by day, and show every step of the product.

    Six weeks of simulated dates pass in seconds; nothing leaves this machine. A second run finds
    nothing new and adds only the rows of its polls.

    \b
    Examples:
      narrative demo
      narrative demo --out somewhere
    """  # noqa: D301
    from narrative import api
    from narrative.bundled import bundled
    from narrative.clock import SimulatedClock
    from narrative.commands.demo_site import DemoSite
    from narrative.commands.output import write_whole
    from narrative.commands.summary import lines
    from narrative.exporting import write_factor
    from narrative.read.encoder import load_reader
    from narrative.targets import load_targets
    from narrative.tell.layout import count

    begun = time.monotonic()
    load_targets().whole()  # a fault in the user's own is told before anything is made
    _make(out)
    database = out / "narrative.db"
    clock = SimulatedClock(_first_poll(database))
    site_folder = bundled("corpus/site")
    click.echo("The web, its people and its prices are invented; all dates are simulated dates.\n")
    with api.open(database, clock=clock, create=True) as ledger:
        with DemoSite(site_folder, clock) as site:
            polled, read, days = _crawl(ledger, clock, site, load_reader())
        _import_prices(ledger, site_folder)
        click.echo(f"{count(days, 'poll')}, one a simulated day, to {clock.now():%Y-%m-%d}")
        for line in lines(polled, read):
            click.echo(line)
        click.echo("\n" + api.ask(ledger, QUESTION, clock=clock).text(width=_width()))
        digest = api.digest(ledger, NARRATIVE, clock=clock, notes=("simulated dates", "synthetic prices"))
        digest_path = out / f"{NARRATIVE}-{digest.week}.html"
        write_whole(digest_path, digest.html)
        factor_path = out / f"{NARRATIVE}-factor.csv"
        rows = write_factor(ledger, NARRATIVE, factor_path, clock=clock)
    click.echo(
        f"\ndigest  {digest_path}\nfactor  {factor_path} ({count(rows, 'session')})\nledger  {database}"
    )
    click.echo(f"\n{_CAUTION}")
    click.echo(f"\n{time.monotonic() - begun:.1f} s. Next:")
    for line in _next_steps(database):
        click.echo(f"  {line}")


def _make(folder: Path) -> None:
    """Make a folder. Raises NarrativeError where that cannot be done."""
    from narrative.errors import NarrativeError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NarrativeError(
            f"cannot make the folder {folder}: {error.strerror or error}; name another one with --out"
        ) from error


def _first_poll(database: Path) -> datetime:
    """The first simulated day, or the one after the last that this ledger has seen."""
    from narrative import api
    from narrative.clock import SystemClock

    if not database.exists():
        return FIRST_POLL
    with api.open(database, clock=SystemClock(), readonly=True) as ledger:
        last = ledger.last_poll()
    return (
        FIRST_POLL
        if last is None
        else last.replace(hour=22, minute=30, second=0, microsecond=0) + timedelta(days=1)
    )


def _crawl(
    ledger: Ledger, clock: SimulatedClock, site: DemoSite, model: StanceModel
) -> tuple[PollSummary, ReadSummary, int]:
    """Poll once a simulated day until the last one, or once when that has passed."""
    from narrative.commands.progress import bar
    from narrative.commands.summary import total
    from narrative.crawl.agent import user_agent
    from narrative.crawl.fetch import Fetcher
    from narrative.crawl.transport import LoopbackTransport
    from narrative.pipeline import crawl
    from narrative.targets import load_targets

    first, targets = clock.now(), load_targets().whole()
    days = max(1, (LAST_POLL - first).days + 1)
    polls, reads = [], []
    agent = user_agent("demo@narrative.example")
    with (
        LoopbackTransport(site.routes) as transport,
        Fetcher(transport, clock, user_agent=agent) as fetcher,
        bar() as progress,
    ):
        for day in range(days):
            clock.advance_to(first + timedelta(days=day))
            polled, read = crawl(site.feeds, ledger, fetcher, clock, model, targets)
            polls.append(polled)
            reads.append(read)
            progress("crawling", day + 1, days)
    return total(polls), sum(reads[1:], reads[0]), days


def _import_prices(ledger: Ledger, site_folder: Path) -> None:
    from narrative.measure.prices import read_prices

    path = site_folder / "prices-synthetic.csv"
    ledger.keep_prices(read_prices(path, adjusted=False), source=f"{path.name} (synthetic)")


def _width() -> int:
    import shutil

    return min(shutil.get_terminal_size((80, 24)).columns, 100)


def _next_steps(database: Path) -> list[str]:
    flag, then = f"--db {database}", f"--as-of {LAST_POLL:%Y-%m-%d}"
    return [
        f'narrative ask "who flipped on small caps" {then} {flag}',
        f'narrative ask "who is bullish on mega-cap tech" {then} {flag}',
        f"narrative why rotation@2026-W06:net {flag}",
    ]
