"""narrative browse: the ledger in a web browser."""

from __future__ import annotations

import tempfile
import webbrowser
from datetime import datetime
from pathlib import Path

import click

from narrative.commands.options import clocks, database

_PORT = 8001


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=_PORT,
    show_default=True,
    help="0 takes any that is free.",
)
@click.option("--open", "open_", is_flag=True, help="Open it in a web browser, too.")
@clocks
@database
def command(port: int, open_: bool, as_of: datetime | None, known_at: datetime | None, db: Path) -> None:
    """Look through the ledger in a web browser, with Datasette: pip install datasette uvicorn.

    Tables with facets, full-text search, queries that are ready, and SQL of your own. It is served on this machine alone and
    cannot be changed. What is shown is a copy as of now; start it again to see what came since. Ctrl-C ends it.

    \b
    Examples:
      narrative browse
      narrative browse --as-of 2026-02-14 --port 0
    """  # noqa: D301
    from narrative import api
    from narrative.browsing import server
    from narrative.browsing.copy import write_copy
    from narrative.commands.progress import bar
    from narrative.moments import moment
    from narrative.targets import load_targets

    server.needed()
    at = moment(as_of, known_at, None)
    with (
        tempfile.TemporaryDirectory(prefix="narrative-browse-") as folder,
        server.listening(port) as listener,
    ):
        with api.open(db, readonly=True) as ledger, bar() as progress:
            write_copy(
                ledger,
                server.copy_in(Path(folder)),
                load_targets(),
                at,
                as_of=as_of,
                known_at=known_at,
                progress=progress,
            )
        address = f"http://{server.HOST}:{listener.getsockname()[1]}/"
        app = server.application(Path(folder), db, at, listener.getsockname()[1])
        click.echo(f"{address} (Ctrl-C ends it)")
        if open_:
            webbrowser.open(address)
        server.serve(app, listener)
