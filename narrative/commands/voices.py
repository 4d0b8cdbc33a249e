"""narrative voices: who speaks in the ledger, under which names and at which firms, and who is one with whom."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from narrative.commands.options import clocks, database

if TYPE_CHECKING:
    from narrative.ledger import Ledger
    from narrative.ledger.roster import ToldEvent

_SHOWN = 20

Command = TypeVar("Command", bound=Callable[..., Any])


@click.group(invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Show who speaks in the ledger, and say who is one person and who is two.

    A VOICE is given by its id, as list prints it, or by a name that no other voice has. What is merged or split counts so
    from now on; answers about what was known before (--known-at) stay as they were.

    \b
    Examples:
      narrative voices list --doubtful
      narrative voices show "Ann Lee"
      narrative voices merge 3f2a 81bc --note "moved in March"
      narrative voices split 3f2a --firm "Harbor Lane"
      narrative voices undo 9d10
    """  # noqa: D301
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def note(command: Command) -> Command:
    """`--note`: why."""
    return click.option("--note", default="", help="Why, in your words; why and show print it.")(command)


@command.command("list")
@click.option("--name", help="Only voices with these words in a name or a firm.")
@click.option(
    "--doubtful", is_flag=True, help="Pairs of voices that may be one, with the command that merges them."
)
@click.option(
    "--limit", type=click.IntRange(min=1), default=_SHOWN, show_default=True, help="Show at most so many."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object with all of them.")
@clocks
@database
def list_command(
    name: str | None,
    doubtful: bool,
    limit: int,
    as_json: bool,
    as_of: datetime | None,
    known_at: datetime | None,
    db: Path,
) -> None:
    """List the voices with their names and firms, those with most views first.

    \b
    Examples:
      narrative voices list --name Wilson
      narrative voices list --doubtful
    """  # noqa: D301
    from narrative import api
    from narrative.tell import voices as telling

    where = _ledger_option(db)
    with api.open(db, readonly=True) as ledger:
        if doubtful:
            pairs = ledger.doubtful_voices(name=name, as_of=as_of, known_at=known_at)
            short = ledger.shorten_voices(voice.id for pair in pairs for voice in (pair.kept, pair.other))
            if as_json:
                click.echo(telling.doubts_json(pairs, short, where), nl=False)
            else:
                click.echo(
                    telling.render_doubts(pairs, short, ledger=where, limit=limit, **_look()), nl=False
                )
            return
        voices = ledger.voices(name=name, as_of=as_of, known_at=known_at)
        if as_json:
            click.echo(telling.voices_json(voices), nl=False)
            return
        short = ledger.shorten_voices(voice.id for voice in voices)
        click.echo(telling.render_voices(voices, short, limit=limit, **_look()), nl=False)


@command.command("show")
@click.argument("voice", metavar="VOICE")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@clocks
@database
def show_command(
    voice: str, as_json: bool, as_of: datetime | None, known_at: datetime | None, db: Path
) -> None:
    """Show a voice: its names, the firms it was met at and when, what it said in counts, what was merged or split.

    \b
    Examples:
      narrative voices show 3f2a
      narrative voices show "Ann Lee" --json
    """  # noqa: D301
    from narrative import api
    from narrative.tell import voices as telling

    with api.open(db, readonly=True) as ledger:
        found = ledger.the_voice(voice, as_of=as_of, known_at=known_at)
        events = ledger.voice_history(found, known_at=known_at)
        if as_json:
            click.echo(telling.voice_json(found, events), nl=False)
            return
        short = ledger.shorten_voices([found.id]) | ledger.shorten_events(told.event.id for told in events)
        click.echo(telling.render_voice(found, events, short, **_look()), nl=False)


@command.command("merge")
@click.argument("kept", metavar="VOICE")
@click.argument("other", metavar="OTHER")
@note
@database
def merge_command(kept: str, other: str, note: str, db: Path) -> None:
    """Count OTHER as VOICE from now on, under the name of VOICE.

    \b
    Example:
      narrative voices merge 3f2a 81bc --note "the same person, moved in March"
    """  # noqa: D301
    _ruled(db, lambda ledger: ledger.merge_voices(kept, other, note))


@command.command("split")
@click.argument("voice", metavar="VOICE")
@click.option("--name", metavar="FORM", help="What was said under this name is another voice.")
@click.option(
    "--firm", metavar="FIRM", help='What was said at this firm is another voice ("" for without one).'
)
@note
@database
def split_command(voice: str, name: str | None, firm: str | None, note: str, db: Path) -> None:
    """Let the statements of VOICE under one name, or at one firm, be another voice from now on.

    \b
    Examples:
      narrative voices split 3f2a --name "J. Smith"
      narrative voices split 3f2a --firm "Harbor Lane" --note "two people of one name"
    """  # noqa: D301
    _ruled(db, lambda ledger: ledger.split_voice(voice, name=name, firm=firm, note=note))


@command.command("undo")
@click.argument("event", metavar="EVENT")
@note
@database
def undo_command(event: str, note: str, db: Path) -> None:
    """Take back a merge or a split from now on. EVENT is the id that merge, split and show print.

    \b
    Example:
      narrative voices undo 9d10
    """  # noqa: D301
    _ruled(db, lambda ledger: ledger.undo_voice_event(event, note))


def _ruled(db: Path, rule: Callable[[Ledger], ToldEvent]) -> None:
    """Record an event and print it with its id."""
    from narrative import api
    from narrative.tell.voices import render_event

    with api.open(db) as ledger:
        told = rule(ledger)
        short = ledger.shorten_events([told.event.id])[told.event.id]
    click.echo(render_event(told, short, width=_look()["width"]), nl=False)


def _look() -> dict[str, Any]:
    return {"width": min(shutil.get_terminal_size((80, 24)).columns, 120), "color": sys.stdout.isatty()}


def _ledger_option(db: Path) -> str:
    """Return what a printed command needs to reach this ledger: nothing for the default one."""
    return "" if db == Path("narrative.db") else f" --db {shlex.quote(str(db))}"
