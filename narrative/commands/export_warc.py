"""narrative export-warc: the kept bytes as a standard web archive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from narrative.commands.options import Instant, database, is_day

if TYPE_CHECKING:
    from narrative.terms import Capture

_NEW_YORK = ZoneInfo("America/New_York")


class Beginning(Instant):
    """Like an instant, but a day means its first moment in New York."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return an aware instant in UTC, or fail with the accepted forms."""
        with suppress(ValueError):
            if isinstance(value, str) and is_day(value):
                return datetime.combine(date.fromisoformat(value), time(), _NEW_YORK).astimezone(UTC)
        return super().convert(value, param, ctx)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--since", type=Beginning(), help="Only pages fetched on this day or later (New York).")
@click.option("--until", type=Instant(), help="Only pages fetched on this day or before (New York).")
@database
def command(file: Path, since: datetime | None, until: datetime | None, db: Path) -> None:
    """Write the kept pages as WARC 1.1, gzipped when FILE ends in .gz. Other archive tools read it.

    `narrative crawl --warc` takes it in again, with the times at which the pages were fetched.

    \b
    Examples:
      narrative export-warc pages.warc.gz
      narrative export-warc january.warc.gz --since 2026-01-01 --until 2026-01-31
    """  # noqa: D301
    from narrative import api
    from narrative.clock import SystemClock
    from narrative.commands.progress import bar
    from narrative.crawl.warc import write_warc
    from narrative.errors import UsageError
    from narrative.tell.layout import count

    if not file.name.endswith((".warc", ".warc.gz")):
        raise UsageError(f"{file}: end the name in .warc.gz (or .warc), so that other tools know it")
    if since and until and since > until:
        raise UsageError("--since lies after --until; exchange them")
    clock = SystemClock()
    with api.open(db, clock=clock, readonly=True) as ledger, bar() as progress:
        total = ledger.captures_count(since, until)
        written = write_warc(file, _told(ledger.captures(since, until), total, progress), clock.now())
    click.echo(f"{file}: {count(written, 'page')}")


def _told(
    captures: Iterable[Capture], total: int, progress: Callable[[str, int, int], None]
) -> Iterator[Capture]:
    for done, capture in enumerate(captures, 1):
        yield capture
        progress("pages", done, total)
