"""narrative verify: whether the ledger is whole, and whether its past is what it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from narrative.commands.options import database
from narrative.errors import NarrativeError, UsageError

if TYPE_CHECKING:
    from narrative.ledger.roots import Claim, Edited, Root


@click.command()
@click.option(
    "--root",
    "given",
    multiple=True,
    metavar="DAY:ROOT",
    help="A root that a digest or an export printed; may be given several times.",
)
@click.option(
    "--roots",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file of such roots, one a line, as --list prints them.",
)
@click.option(
    "--list", "listed", is_flag=True, help="Print the root of every closed day, and do nothing else."
)
@database
def command(given: tuple[str, ...], file: Path | None, listed: bool, db: Path) -> None:
    """Check the file, the rows against their own ids, and the past against roots that were printed earlier.

    A root stands for all that was recorded until the end of its day (UTC). When it no longer fits, something of that time
    was changed, removed or put in since. The more roots you have kept, the closer the day is found. The roots that the
    ledger itself keeps of its days are compared as well. Exit code 1 when anything was found.

    \b
    Examples:
      narrative verify
      narrative verify --list > roots.txt
      narrative verify --roots roots.txt
      narrative verify --root 2026-02-13:4258b2e16abcf6ce829d78edc9a673aa
    """  # noqa: D301
    from narrative import api
    from narrative.clock import SystemClock
    from narrative.commands.progress import bar
    from narrative.ledger.day_roots import strayed
    from narrative.ledger.roots import closed, edited

    now = SystemClock().now()
    claims = _claims(given, file)
    _wait_for(claims, closed(now))
    if listed:
        with api.open(db, readonly=True) as ledger:
            click.echo("".join(f"{root}\n" for root in ledger.roots(now)), nl=False)
        return
    with bar() as progress:
        damage, misnamed, kept, roots = _looked(db, now, progress)
    change, wrong = edited(roots, claims), strayed(kept, roots)
    for finding in (*damage, *misnamed):
        click.echo(finding)
    if damage:
        raise NarrativeError(
            f"{db} is damaged; restore a backup, or save what is left with: sqlite3 FILE .recover"
        )
    for line in _lines(roots, claims, change, sound=not misnamed, kept=_kept_line(len(kept), wrong)):
        click.echo(line)
    if change or misnamed or wrong:
        raise click.exceptions.Exit(1)


def _looked(
    db: Path, now: datetime, progress: Callable[[str, int, int], None]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Root, ...], tuple[Root, ...]]:
    """Return what is damaged, what is not as its id says, the roots that are kept, and those that the rows come to.

    Only the first when there is any damage. SQLite looks through the file in a thread of its own, which needs no lock of
    Python's.
    """
    from narrative import api

    def damage() -> tuple[str, ...]:
        with api.open(db, readonly=True) as ledger:
            return ledger.damage()

    with api.open(db, readonly=True) as ledger, ThreadPoolExecutor(1) as pool:
        broken = pool.submit(damage)
        try:
            misnamed, kept = ledger.misnamed(progress), ledger.kept_roots(now)
            roots = ledger.roots(now, progress)
        except NarrativeError:  # what is damaged cannot be read to its end
            if not broken.result():
                raise
            misnamed, kept, roots = (), (), ()
        return broken.result(), misnamed, kept, roots


def _claims(given: Sequence[str], file: Path | None) -> list[Claim]:
    """Return the roots of the command line and of a file."""
    from narrative.ledger.roots import claimed

    lines: list[str] = []
    if file is not None:
        try:
            lines = file.read_text(encoding="utf-8").split()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot read {file}: {error}") from None
    return [claimed(text) for text in (*given, *lines)]


def _wait_for(claims: Sequence[Claim], last: date) -> None:
    """Refuse roots of days that are not over: what is recorded until then belongs to them."""
    from narrative.ledger.roots import closes

    for claim in claims:
        if claim.day > last:
            raise UsageError(
                f"{claim.day} is not over; its root is settled on {closes(claim.day):%Y-%m-%d %H:%M} UTC"
            )


def _lines(
    roots: Sequence[Root], claims: Sequence[Claim], change: Edited | None, *, sound: bool, kept: str
) -> Iterator[str]:
    """Yield what was checked, and in the last line what became of the past."""
    from narrative.tell.layout import count

    rows = count(sum(root.rows for root in roots), "row")
    yield f"file   whole; {rows} of {count(len(roots), 'day')}"
    yield f"ids    {'as their content says' if sound else 'wrong in the rows above'}"
    yield f"root   {roots[-1] if roots else 'none yet, no day with rows is closed'}"
    yield f"kept   {kept}"
    if change is not None:
        yield f"past   EDITED: {told(change)}"
    elif claims:
        days = [claim.day for claim in claims]
        yield f"past   unchanged up to {max(days)}: {len(days)} of {len(days)} roots hold"
    else:
        yield "past   not compared; give a root that was printed earlier: --root DAY:ROOT"


def _kept_line(days: int, wrong: date | None) -> str:
    """Return what became of the roots that the ledger itself keeps of its days."""
    if wrong is not None:
        return f"WRONG: the root kept of {wrong} is missing or not what its rows come to"
    from narrative.tell.layout import count

    return f"the roots of {count(days, 'day')}, as their rows say" if days else "no root of a day yet"


def told(change: Edited) -> str:
    """Return where the past was edited, as closely as the roots say."""
    if len(change.days) == 1:
        where = f"what was recorded on {change.days[0]}"
    elif change.after is not None:
        where = f"something recorded from {change.after + timedelta(days=1)} to {change.until}"
    else:
        where = f"something recorded up to {change.until}"
    holds = f"; the root of {change.after} holds" if change.after else ""
    return f"{where} is not what it was{holds}"
