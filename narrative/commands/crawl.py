"""narrative crawl: one idempotent poll of the feeds, for cron or by hand, or a backfill from files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from narrative.commands.failures import Failures
from narrative.commands.options import contact, database, own_feeds, pace

if TYPE_CHECKING:
    from narrative.backfill import BackfillSummary, Reason

_GIVEN = click.Path(path_type=Path, dir_okay=False, exists=True)  # told before a ledger is made


@click.command()
@click.argument("more", nargs=-1, type=_GIVEN, metavar="")
@own_feeds
@pace
@click.option(
    "--warc",
    "archives",
    type=_GIVEN,
    multiple=True,
    metavar="FILE...",
    help="Read web archives (CC-NEWS, or export-warc's) instead of polling.",
)
@click.option(
    "--jsonl",
    "dumps",
    type=_GIVEN,
    multiple=True,
    metavar="FILE...",
    help="Read dated JSON lines {url, title, published, source, text} instead of polling.",
)
@click.option(
    "--trust-dates",
    is_flag=True,
    help="With --jsonl: take the print date for the time from which a row could be read.",
)
@click.option("--json", "as_json", is_flag=True, help="What the poll gave as one JSON object, for a log.")
@contact
@database
def command(
    more: tuple[Path, ...],
    feeds_file: Path | None,
    delay: float,
    archives: tuple[Path, ...],
    dumps: tuple[Path, ...],
    trust_dates: bool,
    as_json: bool,
    contact: str | None,
    db: Path,
) -> None:
    """Poll the due feeds once: fetch what is new, read it, keep it. Run it again at any time; nothing is done twice.

    While another poll into the same ledger is at work, a line says so and nothing is done (exit code 0).

    With --warc or --jsonl no feed is polled and nothing is fetched: the files are read in. A page of an archive counts from
    the time it was captured; a row of a dump from today, unless --trust-dates says otherwise.

    \b
    Examples:
      narrative crawl --contact you@example.org
      narrative crawl --feeds my-feeds.toml --contact you@example.org
      narrative crawl --warc CC-NEWS-20260105*.warc.gz
      narrative crawl --jsonl news.jsonl.gz --trust-dates
    """  # noqa: D301
    _refuse_what_does_not_go_together(more, archives, dumps, feeds_file, trust_dates=trust_dates)
    if archives or dumps:
        archives, dumps = (archives + more, dumps) if archives else (archives, dumps + more)
        _backfill(archives, dumps, db, trust_dates=trust_dates)
    else:
        _poll(feeds_file, delay, contact, db, as_json=as_json)


def _refuse_what_does_not_go_together(
    more: tuple[Path, ...],
    archives: tuple[Path, ...],
    dumps: tuple[Path, ...],
    feeds_file: Path | None,
    *,
    trust_dates: bool,
) -> None:
    from narrative.errors import UsageError

    if more and not (archives or dumps):
        raise UsageError(f"what is {more[0]}? put --warc or --jsonl before files that are to be read in")
    if more and archives and dumps:
        raise UsageError(f"which kind is {more[0]}? read archives and dumps in by two commands")
    if feeds_file and (archives or dumps):
        raise UsageError("--feeds is for polling, --warc and --jsonl are not; run two commands")
    if trust_dates and not dumps:
        raise UsageError("--trust-dates goes with --jsonl: archives say when they captured a page")


def _poll(feeds_file: Path | None, delay: float, contact: str | None, db: Path, *, as_json: bool) -> None:
    from narrative.clock import SystemClock
    from narrative.commands.polling import polling, tell

    with polling(feeds_file, delay, contact, db) as poll:
        polled, read = poll()
    tell(polled, read, SystemClock().now(), as_json=as_json)
    if polled.polled and polled.feeds_failed == polled.polled:
        raise click.exceptions.Exit(1)


# --- files ---------------------------------------------------------------------------------------------------


def _backfill(archives: tuple[Path, ...], dumps: tuple[Path, ...], db: Path, *, trust_dates: bool) -> None:
    from narrative import api
    from narrative.backfill import Backfill
    from narrative.clock import SystemClock
    from narrative.commands.progress import bar
    from narrative.read.encoder import load_reader
    from narrative.targets import load_targets

    clock, model, targets, failures = SystemClock(), load_reader(), load_targets().whole(), Failures()
    with api.open(db, clock=clock, create=True) as ledger:
        for path in archives + dumps:
            with failures.told():
                with bar() as progress:
                    backfill = Backfill(ledger, clock, model, targets, progress)
                    gave = (
                        backfill.dump(path, trust_dates=trust_dates) if path in dumps else backfill.warc(path)
                    )
                for line in _lines(path, gave, is_dump=path in dumps, trust_dates=trust_dates):
                    click.echo(line)
                if gave.broken:
                    raise gave.broken
    failures.stop()


def _lines(path: Path, gave: BackfillSummary, *, is_dump: bool, trust_dates: bool) -> list[str]:
    """Return what a file gave, one fact a line."""
    from narrative.tell.layout import count

    read, new = gave.read, gave.found - gave.held
    kept = f"{count(read.read, 'article')}, {count(read.stubs, 'teaser')} left out"
    unit = "rows" if is_dump else "pages"
    told = [
        f"{path}",
        f"  {unit:<10}  {gave.found}, {gave.held} of them in the ledger already",
        f"  read        {kept}, {read.passed_over} passed over",
        f"  statements  {read.statements}",
        f"  views       {read.views}",
    ]
    if new and is_dump and not trust_dates:
        told.append("  available   from now on; from their print dates with --trust-dates")
    elif new and gave.first and gave.last:
        told.append(f"  available   {gave.first:%Y-%m-%d} to {gave.last:%Y-%m-%d}")
    for reason, left in sorted(gave.left_out.items(), key=lambda item: (-item[1].count, item[0])):
        told.append(f"  left out    {left.count} ({reason}){_lines_of(left)}")
    return told


def _lines_of(left: Reason) -> str:
    """Return where something was left out, as far as it has lines: ", lines 2, 4, 9, ..."."""
    if not left.lines:
        return ""
    shown = [*map(str, left.lines), *(["..."] if left.count > len(left.lines) else [])]
    return f", line{'s' if len(shown) > 1 else ''} {', '.join(shown)}"
