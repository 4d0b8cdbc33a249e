"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

Command = TypeVar("Command", bound=Callable[..., Any])
_NEW_YORK = ZoneInfo("America/New_York")


def database(command: Command) -> Command:
    """`--db`: the ledger's file."""
    return click.option(
        "--db",
        "db",
        type=click.Path(path_type=Path, dir_okay=False),
        envvar="NARRATIVE_DB",
        default="narrative.db",
        show_default=True,
        help="The ledger (or set NARRATIVE_DB).",
    )(command)


def contact(command: Command) -> Command:
    """`--contact`: the address that publishers find in the User-Agent."""
    return click.option(
        "--contact",
        envvar="NARRATIVE_CONTACT",
        metavar="ADDRESS",
        help="Your mail address or page, shown to publishers in the User-Agent (or set NARRATIVE_CONTACT).",
    )(command)


def clocks(command: Command) -> Command:
    """`--as-of` and `--known-at`: the two ways to ask about the past."""
    known = click.option(
        "--known-at", type=Instant(), help="Replay what this ledger would have answered then."
    )
    as_of = click.option(
        "--as-of",
        type=Instant(),
        help="Reconstruct from what could be read by then (end of a day in New York).",
    )
    return as_of(known(command))


class Instant(click.ParamType[datetime]):
    """A day or an instant. A day means its last second in New York; an instant without a zone is New York time."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return an aware instant in UTC, or fail with the accepted forms."""
        if isinstance(value, datetime):
            return value
        try:
            if len(value) == 10:
                day = date.fromisoformat(value)
                return (
                    datetime.combine(day + timedelta(1), time(), _NEW_YORK) - timedelta(microseconds=1)
                ).astimezone(UTC)
            instant = datetime.fromisoformat(value)
        except ValueError:
            self.fail(
                f"{value!r} is not a day (2026-01-31) or an instant (2026-01-31T16:00-05:00)", param, ctx
            )
        return (instant if instant.tzinfo else instant.replace(tzinfo=_NEW_YORK)).astimezone(UTC)
