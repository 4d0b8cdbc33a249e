"""Datasette on loopback, over a copy made for reading and the ledger itself, both opened read-only.

Whoever can make a browser on this machine ask for a name of his own that leads to 127.0.0.1 could read the pages with it;
so only requests that name this machine are answered.
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from datetime import datetime
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

from narrative.browsing.copy import standing_in
from narrative.browsing.metadata import COPY, LEDGER, metadata
from narrative.errors import NarrativeError

HOST = "127.0.0.1"
_SETTINGS = {
    "allow_download": False,
    "sql_time_limit_ms": 5000,
    "facet_time_limit_ms": 1000,
    "default_page_size": 50,
}

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


def needed() -> None:
    """Raise NarrativeError, with the way to install it, unless Datasette is there."""
    try:
        import datasette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise NarrativeError(f"browsing needs Datasette ({error}); pip install datasette uvicorn") from error


def copy_in(folder: Path) -> Path:
    """Return where the copy lies in a folder of its own."""
    return folder / f"{COPY}.db"


def application(folder: Path, ledger: Path, at: datetime, port: int) -> App:
    """Return the application over the copy in `folder` and a ledger.

    The ledger is reached through a link in that folder, because Datasette names a database by its file.
    """
    from datasette.app import Datasette

    # where rich is installed, Datasette would print each refused query to the terminal with all its variables, for seconds
    handler: Any = import_module(
        "datasette.handle_exception"
    )  # only after the application, which registers it
    handler.rich = None
    linked = folder / f"{LEDGER}.db"
    linked.symlink_to(ledger.resolve())
    told = metadata(ledger.name, at, *standing_in(copy_in(folder)))
    site = Datasette(immutables=[str(copy_in(folder))], metadata=told, settings=_SETTINGS)
    # a file in a folder that nobody may write in is read as one that does not change
    changes = os.access(ledger.resolve().parent, os.W_OK)
    site.add_database(_with_keys(site, linked, changes=changes), name=LEDGER)
    return _local(site.app(), port)


def _with_keys(site: Any, path: Path, *, changes: bool) -> Any:
    """Return a database whose foreign keys name a column; where a table leaves that to the primary key, Datasette fails."""
    from datasette.database import Database

    class WithKeys(Database):  # type: ignore[misc]
        async def foreign_keys_for_table(self, table: str) -> list[dict[str, Any]]:
            found = await super().foreign_keys_for_table(table)
            return [
                {**key, "other_column": await self._named(key["other_table"], key["other_column"])}
                for key in found
            ]

        async def get_all_foreign_keys(self) -> dict[str, dict[str, list[dict[str, Any]]]]:
            found: dict[str, dict[str, list[dict[str, Any]]]] = await super().get_all_foreign_keys()
            for table, keys in found.items():
                for key in keys["incoming"]:
                    key["column"] = await self._named(table, key["column"])
                for key in keys["outgoing"]:
                    key["other_column"] = await self._named(key["other_table"], key["other_column"])
            return found

        async def _named(self, table: str, column: str | None) -> str:
            return column or next(iter(await self.primary_keys(table)), "rowid")

    return WithKeys(site, str(path), is_mutable=changes)


def _local(app: App, port: int) -> App:
    """Let through what asks for this machine by its own name; refuse anything else."""
    names = {f"{name}{end}" for name in (HOST, "localhost") for end in (f":{port}", "")}

    async def answered(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            hosts = [value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"host"]
            if len(hosts) != 1 or hosts[0] not in names:
                await send(
                    {
                        "type": "http.response.start",
                        "status": 403,
                        "headers": [(b"content-type", b"text/plain")],
                    }
                )
                await send(
                    {"type": "http.response.body", "body": b"narrative browse answers this machine alone\n"}
                )
                return
        await app(scope, receive, send)

    return answered


def listening(port: int) -> socket.socket:
    """Return a socket that listens on loopback; port 0 takes any that is free. Raises NarrativeError for one in use."""
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((HOST, port))
        found.listen()
    except (OSError, OverflowError) as error:
        found.close()
        raise NarrativeError(f"port {port} cannot be used ({error}); choose another with --port") from error
    return found


def serve(app: App, listener: socket.socket) -> None:
    """Answer until the process is interrupted or told to end; either way whoever called goes on and can tidy up."""
    import uvicorn

    def told_to_end(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for wanted in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wanted, told_to_end)  # the server hands the signal on when it has closed
    config = uvicorn.Config(app, log_level="warning", lifespan="on", server_header=False)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])
