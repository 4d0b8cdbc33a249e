"""Options that several commands share."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from narrative.clock import SystemClock

Command = TypeVar("Command", bound=Callable[..., Any])
_NEW_YORK = ZoneInfo("America/New_York")
_FORM = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].+)?")


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


def own_feeds(command: Command) -> Command:
    """`--feeds`: another list than the one in use."""
    return click.option(
        "--feeds",
        "feeds_file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="A feeds.toml of your own.",
    )(command)


def pace(command: Command) -> Command:
    """`--delay`: the least pause between two requests to one host."""
    return click.option(
        "--delay",
        type=click.FloatRange(min=1.0),
        default=2.0,
        show_default=True,
        help="Seconds between two requests to a host.",
    )(command)


def clocks(command: Command) -> Command:
    """`--as-of` and `--known-at`: the two ways to ask about the past."""
    known = click.option(
        "--known-at",
        type=Instant(),
        callback=not_ahead,
        help="Replay what this ledger would have answered then.",
    )
    as_of = click.option(
        "--as-of",
        type=Instant(),
        callback=not_ahead,
        help="Reconstruct from what could be read by then (end of a day in New York).",
    )
    return as_of(known(command))


_Moment = TypeVar("_Moment", datetime, date, None)


def not_ahead(ctx: click.Context, param: click.Parameter, value: _Moment) -> _Moment:
    """Refuse a day that has begun nowhere in the world; the first zone is 14 hours ahead of UTC."""
    day = value.astimezone(_NEW_YORK).date() if isinstance(value, datetime) else value
    if day is not None and day > (SystemClock().now() + timedelta(hours=14)).date():
        raise click.BadParameter(f"{day} lies in the future; give a day that has begun", ctx, param)
    return value


class Instant(click.ParamType[datetime]):
    """A day or an instant. A day means its last second in New York; an instant without a zone is New York time."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return an aware instant in UTC, or fail with the accepted forms."""
        if isinstance(value, datetime):
            return value
        try:
            return _instant(value)
        except (ValueError, OverflowError):
            self.fail(
                f"{value!r} is not a day (2026-01-31) or an instant (2026-01-31T16:00-05:00)", param, ctx
            )


def is_day(value: str) -> bool:
    """Whether a written time names a day and no clock time. Raises ValueError for another form than the two accepted."""
    if not _FORM.fullmatch(value):
        raise ValueError(value)
    return len(value) == 10


def _instant(value: str) -> datetime:
    if is_day(value):
        midnight = datetime.combine(date.fromisoformat(value) + timedelta(days=1), time(), _NEW_YORK)
        return midnight.astimezone(UTC) - timedelta(microseconds=1)
    instant = datetime.fromisoformat(value)
    return (instant if instant.tzinfo else instant.replace(tzinfo=_NEW_YORK)).astimezone(UTC)
