"""narrative import-views: views from elsewhere into the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from narrative.commands.options import database

if TYPE_CHECKING:
    from narrative.crawl.packed import LeftOut
    from narrative.importing import ImportSummary


class Zone(click.ParamType[ZoneInfo]):
    """The name of a time zone."""

    name = "zone"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> ZoneInfo:
        """Return the zone, or fail with examples."""
        try:
            return ZoneInfo(value)
        except (ValueError, OSError, LookupError):
            self.fail(f"{value!r} is not a time zone such as UTC or America/New_York", param, ctx)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--source", required=True, metavar="NAME", help="Who judged: the name the views are kept under."
)
@click.option(
    "--tz", "zone", type=Zone(), help="The zone of times that state none (else such rows are refused)."
)
@click.option(
    "--trust-dates",
    is_flag=True,
    help="Rows without first_seen_at became available when they were published (they count as backfilled).",
)
@database
def command(file: Path, source: str, zone: ZoneInfo | None, trust_dates: bool, db: Path) -> None:
    """Import views from elsewhere: any sentiment source can stand behind a factor and its evaluation.

    FILE is CSV with a header or JSON lines, one row a line, gzipped or not. Columns: voice, story, target, and stance
    (bullish, bearish, neutral) or score (-1 to 1); published_at, first_seen_at, weight (1) and firm may be absent. A voice
    with a firm is a person. Rows count from first_seen_at, without it from now; without published_at they are in no factor.
    Rows that are bad are told in a line each, and the others are kept; to import a file twice adds nothing.

    \b
    Examples:
      narrative import-views views.csv --source "Desk notes"
      narrative import-views views.jsonl.gz --source Vendor --tz America/New_York
      narrative factor rotation --vintage import:Vendor
    """  # noqa: D301
    from narrative import api
    from narrative.clock import SystemClock
    from narrative.commands.progress import bar
    from narrative.importing import import_views, source_name
    from narrative.targets import load_targets

    def complain(left: LeftOut) -> None:
        click.echo(f"{file}:{left.line}: {' '.join(left.reason.split())}", err=True)

    clock, name, targets = SystemClock(), source_name(source), load_targets().whole()
    with api.open(db, clock=clock, create=True) as ledger, bar() as progress:
        summary = import_views(
            file,
            ledger,
            clock,
            targets,
            source=name,
            complain=complain,
            zone=zone,
            trust_dates=trust_dates,
            progress=progress,
        )
    click.echo(line(file, summary))
    if summary.new:
        click.echo(
            f"They count in every answer and factor from now on; --vintage import:{name} measures them alone."
        )
    if summary.broken:
        click.echo(f"narrative: {summary.broken}", err=True)
    if summary.broken or summary.left_out:
        raise SystemExit(1)


def line(file: Path, summary: ImportSummary) -> str:
    """Return in one line what a file gave."""
    from narrative.tell.layout import count

    told = f"{summary.new} new, {summary.held} held already, {summary.left_out} left out"
    return f"{file}: {count(summary.rows, 'row')}: {told}"
