"""narrative digest: a week of a narrative, change first."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from narrative.commands.mail_options import mail, server_of
from narrative.commands.options import clocks, database

if TYPE_CHECKING:
    from narrative.digested import Digested

_FORMS = {".html": "html", ".htm": "html", ".md": "md", ".eml": "eml"}


@click.command()
@click.argument("narrative")
@click.option("--week", help="An ISO week such as 2026-W03; by default the last one with a closed session.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "md", "eml"]),
    help="By default what the name of the file says, else md. eml is a mail message in a file.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="A file; standard output without it."
)
@click.option(
    "--quote-words",
    type=click.IntRange(min=1),
    default=40,
    show_default=True,
    envvar="NARRATIVE_QUOTE_WORDS",
    help="Where quotes end, so that a digest may be shared (or set NARRATIVE_QUOTE_WORDS).",
)
@mail
@clocks
@database
def command(
    narrative: str,
    week: str | None,
    form: str | None,
    out: Path | None,
    quote_words: int,
    as_of: datetime | None,
    known_at: datetime | None,
    db: Path,
    **given: Any,
) -> None:
    """Write the weekly digest: what moved, who turned, both camps with their words, and what was not seen.

    \b
    Examples:
      narrative digest rotation --out rotation.html
      narrative digest rotation --week 2026-W03 --format md
      narrative digest rotation --send --to you@example.org --from me@example.org
    """  # noqa: D301
    from narrative import api
    from narrative.commands.output import form_of, write_whole

    _check(given)
    form = form or form_of(out, _FORMS, "rename it, or say which with --format html, md or eml") or "md"
    with api.open(db, readonly=True) as ledger:
        digest = api.digest(
            ledger, narrative, week=week, as_of=as_of, known_at=known_at, quote_words=quote_words
        )
    if out is not None:
        write_whole(out, _text(digest, form, given))
        click.echo(f"{out}: {narrative} {digest.week}")
    elif not given["send"]:
        click.echo(_text(digest, form, given), nl=False)
    if given["send"]:
        _send(digest, narrative, given)


def _text(digest: Digested, form: str, given: dict[str, Any]) -> str:
    if form == "eml":
        return digest.mail(sender=given["sender"], to=given["recipients"]).as_bytes().decode("ascii")
    return digest.html if form == "html" else digest.markdown


def _check(given: dict[str, Any]) -> None:
    """Refuse what cannot be sent before anything is computed. Raises UsageError."""
    if given["send"]:
        if not given["recipients"]:
            raise click.UsageError("--send needs somebody to send to: give --to or set NARRATIVE_MAIL_TO")
        if not given["sender"]:
            raise click.UsageError("--send needs a sender: give --from or set NARRATIVE_MAIL_FROM")
        server_of(given)


def _send(digest: Digested, narrative: str, given: dict[str, Any]) -> None:
    from narrative.mailing import send

    send(digest.mail(sender=given["sender"], to=given["recipients"]), server_of(given))
    click.echo(f"sent to {', '.join(given['recipients'])}: {narrative} {digest.week}")
