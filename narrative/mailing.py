"""Hands a message to a mail server, by the standard library's SMTP."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from ipaddress import ip_address
from typing import Literal, get_args

from narrative.errors import NarrativeError, UsageError
from narrative.tell.escaping import plain

Security = Literal["starttls", "tls", "none"]
SECURITIES: tuple[Security, ...] = get_args(Security)
_PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}
_PATIENCE = 30.0  # seconds for each answer of the server


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. `port` is by default the usual one of the security; user and password go together.

    "starttls" begins in the clear and turns to TLS before anything is said, "tls" is TLS from the first byte. "none" is
    for a relay on the same machine or in a net of one's own. `context` says whom to trust, by default the system's roots.
    """

    host: str
    port: int | None = None
    security: Security = "starttls"
    user: str | None = None
    password: str | None = None
    context: ssl.SSLContext | None = None
    patience: float = _PATIENCE

    def __post_init__(self) -> None:
        if bool(self.user) != bool(self.password):
            raise UsageError("the mail server's user and password go together: give both or neither")
        if self.password and self.security == "none" and not _is_here(self.host):
            raise UsageError(f"the password would go to {self.host} in the clear; use starttls or tls")

    @property
    def name(self) -> str:
        """Host and port, as messages name them."""
        return f"{self.host}:{self.port or _PORTS[self.security]}"


def send(message: EmailMessage, server: MailServer) -> None:
    """Send a message to the recipients it names.

    Raises NarrativeError in one line when the server cannot be reached or refuses, also only some of the recipients
    (the others have the message then).
    """
    try:
        with _session(server) as session:
            refused = session.send_message(message)
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise NarrativeError(f"the mail was not sent: {server.name}: {_reason(error)}") from error
    if refused:
        told = "; ".join(f"{who} ({_answer(*why)})" for who, why in refused.items())
        raise NarrativeError(f"the mail was sent, but {server.name} refused {plain(told)}")


def _session(server: MailServer) -> smtplib.SMTP:
    """Return a session that may send: connected, encrypted where asked for, logged in where there is a user."""
    port, context = server.port or _PORTS[server.security], server.context or ssl.create_default_context()
    session: smtplib.SMTP
    if server.security == "tls":
        session = smtplib.SMTP_SSL(server.host, port, timeout=server.patience, context=context)
    else:
        session = smtplib.SMTP(server.host, port, timeout=server.patience)
    try:
        if server.security == "starttls":
            session.starttls(context=context)
        if server.user and server.password:
            session.login(server.user, server.password)
    except BaseException:
        session.close()
        raise
    return session


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _reason(error: Exception) -> str:
    """Return why it failed in a line; a server's own words are strangers' text."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return plain("; ".join(f"{who} refused ({_answer(*why)})" for who, why in error.recipients.items()))
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return plain(str(error)) or type(error).__name__


def _answer(code: int, words: bytes | str) -> str:
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {plain(said)}".strip()
