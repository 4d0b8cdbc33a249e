"""The options of a command that can send mail."""

from __future__ import annotations

import os
from typing import Any

import click

from narrative.commands.options import Command
from narrative.mailing import SECURITIES, MailServer


def mail(command: Command) -> Command:
    """`--send` with whom to, whom from and the server; the password comes from the environment alone.

    What is on a command line can be read by everybody on the machine.
    """
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def server_of(given: dict[str, Any]) -> MailServer:
    """Return the server that the options name. Raises UsageError without a host."""
    if not given["smtp_host"]:
        raise click.UsageError("--send needs a mail server: give --smtp-host or set NARRATIVE_SMTP_HOST")
    return MailServer(
        host=given["smtp_host"],
        port=given["smtp_port"],
        security=given["smtp_security"],
        user=given["smtp_user"],
        password=os.environ.get("NARRATIVE_SMTP_PASSWORD"),
    )


_OPTIONS = (
    click.option("--send", is_flag=True, help="Mail it: needs --to, --from and --smtp-host."),
    click.option(
        "--to",
        "recipients",
        multiple=True,
        metavar="ADDRESS",
        envvar="NARRATIVE_MAIL_TO",
        help="Who gets it; may be repeated (or set NARRATIVE_MAIL_TO, with spaces between).",
    ),
    click.option(
        "--from",
        "sender",
        metavar="ADDRESS",
        envvar="NARRATIVE_MAIL_FROM",
        help="Who sends it (or set NARRATIVE_MAIL_FROM).",
    ),
    click.option(
        "--smtp-host",
        metavar="HOST",
        envvar="NARRATIVE_SMTP_HOST",
        help="The mail server (or set NARRATIVE_SMTP_HOST).",
    ),
    click.option(
        "--smtp-port",
        type=click.IntRange(1, 65535),
        envvar="NARRATIVE_SMTP_PORT",
        help="By default 587, with tls 465, with none 25 (or set NARRATIVE_SMTP_PORT).",
    ),
    click.option(
        "--smtp-security",
        type=click.Choice(SECURITIES),
        default="starttls",
        show_default=True,
        envvar="NARRATIVE_SMTP_SECURITY",
        help="How the connection is encrypted (or set NARRATIVE_SMTP_SECURITY).",
    ),
    click.option(
        "--smtp-user",
        metavar="NAME",
        envvar="NARRATIVE_SMTP_USER",
        help="Login (or set NARRATIVE_SMTP_USER). The password is read from NARRATIVE_SMTP_PASSWORD alone.",
    ),
)
