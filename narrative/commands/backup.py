"""narrative backup: the ledger of this moment in a second file."""

from __future__ import annotations

from pathlib import Path

import click

from narrative.commands.options import database


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@database
def command(file: Path, db: Path) -> None:
    """Copy the ledger to FILE, which must not exist, while a crawl goes on; the copy is checked before it gets its name.

    The copy is a ledger like any other: name it with --db. Nothing is ever written over.

    \b
    Examples:
      narrative backup narrative-2026-02-14.db
      narrative backup /mnt/safe/narrative.db --db research.db
    """  # noqa: D301
    from narrative import api
    from narrative.commands.progress import bar
    from narrative.tell.layout import count

    with api.open(db, readonly=True) as ledger, bar() as progress:
        saved = ledger.backup(file, progress)
    click.echo(f"{file}: {saved.size / 1_000_000:.1f} MB, {count(saved.rows, 'row')}, checked")
    if saved.root is not None:
        click.echo(f"root {saved.root}")
