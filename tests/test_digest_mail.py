"""The digest as mail: whole, the same bytes twice, safe in its headers, and handed to a real server on loopback."""

from __future__ import annotations

import email
import email.policy
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from tell_rows import NOW, ROTATION, entry, held
from test_digest import HOSTILE, NOW_HELD, ROWS_HOSTILE, made

from narrative.errors import NarrativeError, UsageError
from narrative.mailing import MailServer, send
from narrative.tell.digest_html import render_html
from narrative.tell.digest_mail import address, render_mail
from narrative.tell.digest_markdown import render_markdown
from narrative.tell.digest_text import render_text
from tests.ledger_rows import LARGE, SMALL, START, day, ledger, reading
from tests.shell import narrative

TO, FROM = ("reader@example.org",), "Desk <desk@example.org>"


def parsed(message: EmailMessage) -> EmailMessage:
    """A message as a mail program reads it from its bytes."""
    return email.message_from_bytes(message.as_bytes(), policy=email.policy.default)  # type: ignore[return-value]


# --- the message -------------------------------------------------------------------------------------------


def test_the_message_has_text_page_and_attachment() -> None:
    some = made()
    message = parsed(render_mail(some, NOW, sender=FROM, to=TO))
    text, page = message.get_body(("plain",)), message.get_body(("html",))
    assert text
    assert page
    assert text.get_content().replace("\r\n", "\n") == render_text(some)
    assert page.get_content().replace("\r\n", "\n").rstrip() == render_html(some).rstrip()
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "rotation-2026-W03.html"
    assert attached.get_content().replace("\r\n", "\n") == render_html(some)


def test_the_text_has_the_facts_of_the_page_and_no_markup() -> None:
    some = made()
    text, twin = render_text(some), render_markdown(some)
    assert not re.search(r"\\|\*\*|^#|^>|\]\(|&[a-z]+;", text, re.MULTILINE), "no escape, no markup"
    said = " ".join(text.split())
    assert all(f"“{line.words}”" in said for s in (*some.changes, some.voices) for line in s.lines)
    for sentence in (*some.headline, *some.coverage, *some.method):
        assert " ".join(sentence.split()) in said
    headings = [line.removeprefix("## ") for line in twin.splitlines() if line.startswith("## ")]
    lines = text.splitlines()
    assert [lines[at - 1] for at, line in enumerate(lines) if re.fullmatch("-+", line)] == headings
    assert set(re.findall(r"`([0-9a-f]+)`", twin)) == {
        one
        for found in re.findall(r"view ((?:[0-9a-f]+(?:,\s+)?)+)", text)
        for one in re.split(r",\s+", found)
    }
    long = [line for line in lines if len(line) > 72]
    assert all(
        "http" in line or "2025-W" in line or "2026-W" in line or line.startswith("Week ") for line in long
    )


def test_a_page_without_outlet_and_address_leaves_no_gap() -> None:
    bare = [held(replace(one.entry, outlet="", url="")) for one in NOW_HELD[:2]]
    some = made(standings=bare, before=[], entries=[one.entry for one in bare])
    for shown in (render_text(some), render_markdown(some), render_html(some)):
        assert "·  ·" not in shown
        assert "· · " not in " ".join(shown.split())


def test_the_headers_say_what_from_whom_and_when() -> None:
    message = parsed(render_mail(made(), NOW, sender=FROM, to=TO))
    assert message["Subject"] == f"{ROTATION.title}: 2026-W03"
    assert (message["From"], message["To"]) == ("Desk <desk@example.org>", "reader@example.org")
    assert message["Date"].datetime == NOW
    assert re.fullmatch(r"<[0-9a-f]{20}@example\.org>", message["Message-ID"])


def test_the_same_digest_is_the_same_bytes() -> None:
    first, second = (render_mail(made(), NOW, sender=FROM, to=TO).as_bytes() for _ in range(2))
    assert first == second
    assert first.isascii()
    assert max(map(len, first.splitlines())) <= 998, "RFC 5322: no line is longer"


def test_a_message_without_recipients_is_a_draft() -> None:
    message = render_mail(made(), NOW)
    assert (message["X-Unsent"], message["To"]) == ("1", None)


INJECTED = "Good week\r\nBcc: victim@example.org\r\n\r\n<script>alert(1)</script>\u2028\x1b[31m"


def test_no_text_adds_a_header() -> None:
    story = replace(ROTATION, title=INJECTED, name="rotation\r\nBcc: x@example.org")
    bad = held(entry(INJECTED + ", analyst, Firm", "bullish", "2026-01-14", INJECTED, outlet=INJECTED))
    message = render_mail(made(narrative=story, standings=[bad]), NOW, sender=FROM, to=TO)
    read = parsed(message)
    assert read["Bcc"] is None
    assert read["Subject"].startswith("Good week Bcc: victim@example.org")
    head = message.as_bytes().partition(b"\r\n\r\n")[0]
    assert not re.search(rb"^bcc", head, re.IGNORECASE | re.MULTILINE)
    assert b"\x1b" not in message.as_bytes()
    assert set(read.keys()) == {
        *("Subject", "From", "Date", "Message-ID", "To", "Auto-Submitted", "MIME-Version", "Content-Type"),
    }


def test_hostile_words_are_harmless_in_every_part() -> None:
    message = parsed(render_mail(made(standings=ROWS_HOSTILE, banners=(HOSTILE,)), NOW))
    for part in message.walk():
        if not part.is_multipart():
            risky = (
                "[\x1b\u202e]"
                if part.get_content_type() == "text/plain"
                else "<script|javascript:|[\x1b\u202e]"
            )
            assert not re.search(risky, part.get_content(), re.IGNORECASE)


ADDRESSES = [
    ("you@example.org", ("", "you", "example.org"), "bare"),
    ("Ann Lee <ann@example.org>", ("Ann Lee", "ann", "example.org"), "with a name"),
    ('"Lee, Ann" <ann@example.org>', ("Lee, Ann", "ann", "example.org"), "a name with a comma"),
    (" you@example.org ", ("", "you", "example.org"), "blanks around"),
    ("you@bücher.example", ("", "you", "xn--bcher-kva.example"), "a domain beyond ASCII"),
]


@pytest.mark.parametrize(("given", "parts", "reason"), ADDRESSES, ids=[row[2] for row in ADDRESSES])
def test_addresses(given: str, parts: tuple[str, str, str], reason: str) -> None:
    found = address(given)
    assert (found.display_name, found.username, found.domain) == parts, reason


BAD = [
    ("", "nothing"),
    ("you", "no domain"),
    ("you@", "an empty domain"),
    ("a@x.example\r\nBcc: b@x.example", "a header after a line break"),
    ("a@x.example\nb@x.example", "two lines"),
    ("a@x.example, b@x.example", "two in one"),
    ("Ann <a@x.example", "an open bracket"),
    ("a@x.example>", "a closing bracket alone"),
    ("a b@x.example", "a blank inside"),
    ("\x1b[31ma@x.example", "an escape sequence"),
    ("a\u202e@x.example", "a mark that turns the text around"),
]


@pytest.mark.parametrize(("given", "reason"), BAD, ids=[row[1] for row in BAD])
def test_what_is_no_address_is_refused(given: str, reason: str) -> None:
    with pytest.raises(UsageError, match="is no mail address") as refused:
        address(given)
    assert "\n" not in str(refused.value), reason


# --- the server --------------------------------------------------------------------------------------------


@dataclass
class Kept:
    """Keeps what a server is given; refuses recipients at full.example, and who has not logged in where that is asked."""

    mails: list[Any] = field(default_factory=list)
    closed: bool = False

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, to: str, options: Any) -> str:  # noqa: N802
        if self.closed and not session.authenticated:
            return "530 log in first"
        if to.endswith("@full.example"):
            return "552 mailbox\x1b[31m full"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(envelope)
        return "250 kept"


class Running(Controller):
    """A controller that tells the port the system gave it."""

    @property
    def at(self) -> int:
        assert self.server
        return int(self.server.sockets[0].getsockname()[1])

    def _trigger_server(self) -> None:
        self.port = self.at  # the base class asks the port it was given, which was "any"
        super()._trigger_server()


def running(handler: Kept, **options: Any) -> Iterator[Running]:
    controller = Running(handler, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        yield controller
    finally:
        controller.stop()


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def mail_server(kept: Kept) -> Iterator[Running]:
    """A plain server on loopback."""
    yield from running(kept)


@pytest.fixture
def login_server(kept: Kept) -> Iterator[Running]:
    """A server that wants desk:secret."""

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = (data.login, data.password) == (b"desk", b"secret")
        return AuthResult(success=right, handled=False)  # the server answers

    kept.closed = True
    yield from running(kept, authenticator=check, auth_require_tls=False)


def here(server: Running, **changes: Any) -> MailServer:
    given: dict[str, Any] = {"host": "127.0.0.1", "port": server.at, "security": "none", "patience": 3.0}
    return MailServer(**(given | changes))


def test_a_digest_arrives_whole(mail_server: Running, kept: Kept) -> None:
    some = made()
    message = render_mail(some, NOW, sender=FROM, to=(*TO, "second@example.org"))
    send(message, here(mail_server))
    (envelope,) = kept.mails
    assert envelope.mail_from == "desk@example.org"
    assert envelope.rcpt_tos == ["reader@example.org", "second@example.org"]
    read = email.message_from_bytes(envelope.content, policy=email.policy.default)
    (attached,) = read.iter_attachments()  # type: ignore[attr-defined]
    assert attached.get_content().replace("\r\n", "\n") == render_html(some)


def test_a_login_is_used(login_server: Running, kept: Kept) -> None:
    message = render_mail(made(), NOW, sender=FROM, to=TO)
    with pytest.raises(NarrativeError, match=r"not sent: 127\.0\.0\.1:\d+: .* \(530 log in first\)"):
        send(message, here(login_server))
    with pytest.raises(NarrativeError, match="535"):
        send(message, here(login_server, user="desk", password="wrong"))
    send(message, here(login_server, user="desk", password="secret"))
    assert len(kept.mails) == 1


def test_who_is_refused_is_named(mail_server: Running, kept: Kept) -> None:
    some = render_mail(made(), NOW, sender=FROM, to=(*TO, "all@full.example"))
    with pytest.raises(
        NarrativeError, match=r"was sent, but .* refused all@full\.example \(552 mailbox full\)"
    ):
        send(some, here(mail_server))
    assert len(kept.mails) == 1
    none = render_mail(made(), NOW, sender=FROM, to=("all@full.example",))
    with pytest.raises(NarrativeError, match=r"not sent: .*all@full\.example refused"):
        send(none, here(mail_server))
    assert len(kept.mails) == 1


def test_a_server_without_tls_is_told_so_and_gets_nothing(mail_server: Running, kept: Kept) -> None:
    message = render_mail(made(), NOW, sender=FROM, to=TO)
    with pytest.raises(NarrativeError, match="not sent"):
        send(message, here(mail_server, security="starttls"))
    with pytest.raises(NarrativeError, match="not sent"):
        send(message, here(mail_server, security="tls"))
    assert kept.mails == []


def test_nobody_at_the_port_is_one_line() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    message = render_mail(made(), NOW, sender=FROM, to=TO)
    with pytest.raises(NarrativeError, match=rf"not sent: 127\.0\.0\.1:{port}: Connection refused"):
        send(message, MailServer("127.0.0.1", port, "none"))


def test_a_password_never_goes_out_in_the_clear() -> None:
    with pytest.raises(UsageError, match="in the clear"):
        MailServer("mail.example.org", security="none", user="desk", password="secret")
    with pytest.raises(UsageError, match="go together"):
        MailServer("mail.example.org", user="desk")


# --- the command -------------------------------------------------------------------------------------------


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A ledger with two voices in one week."""
    made_ledger, clock = ledger(tmp_path)
    made_ledger.keep_reading(reading(SMALL, LARGE))
    clock.advance_to(day(3))
    made_ledger.close()
    assert day(0) == START
    return tmp_path / "narrative.db"


ASKED = ("digest", "rotation", "--week", "2026-W03")


def test_the_command_sends(book: Path, mail_server: Running, kept: Kept, tmp_path: Path) -> None:
    told = ("--to", TO[0], "--from", FROM, "--smtp-host", "127.0.0.1", "--smtp-port", str(mail_server.at))
    ran = narrative(*ASKED, "--send", *told, "--smtp-security", "none", "--out", "w.html", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "w.html: rotation 2026-W03",
        "sent to reader@example.org: rotation 2026-W03",
    ]
    (envelope,) = kept.mails
    assert envelope.rcpt_tos == list(TO)
    assert "small caps will lead" in (tmp_path / "w.html").read_text(encoding="utf-8")


def test_the_command_takes_its_server_from_the_environment(
    book: Path, login_server: Running, kept: Kept, tmp_path: Path
) -> None:
    env = {
        "NARRATIVE_MAIL_TO": "a@example.org b@example.org",
        "NARRATIVE_MAIL_FROM": "desk@example.org",
        "NARRATIVE_SMTP_HOST": "127.0.0.1",
        "NARRATIVE_SMTP_PORT": str(login_server.at),
        "NARRATIVE_SMTP_SECURITY": "none",
        "NARRATIVE_SMTP_USER": "desk",
        "NARRATIVE_SMTP_PASSWORD": "secret",
    }
    ran = narrative(*ASKED, "--send", cwd=tmp_path, env=env)
    assert (ran.code, ran.out, ran.err) == (
        0,
        "sent to a@example.org, b@example.org: rotation 2026-W03\n",
        "",
    )
    assert kept.mails[0].rcpt_tos == ["a@example.org", "b@example.org"]


def test_a_message_in_a_file(book: Path, tmp_path: Path) -> None:
    ran = narrative(*ASKED, "--out", "week.eml", "--quote-words", "4", cwd=tmp_path)
    assert ran.code == 0, ran.err
    read = email.message_from_bytes((tmp_path / "week.eml").read_bytes(), policy=email.policy.default)
    text = read.get_body(("plain",)).get_content()  # type: ignore[attr-defined]
    assert "“We think small caps …”" in text


INCOMPLETE = [
    (("--send",), "--to", "nobody to send to"),
    (("--send", "--to", "a@x.example"), "--from", "no sender"),
    (("--send", "--to", "a@x.example", "--from", "b@x.example"), "--smtp-host", "no server"),
    (
        ("--format", "eml", "--to", "a@x.example\nBcc: c@x.example"),
        "is no mail address",
        "a header in an address",
    ),
    (("--quote-words", "0"), "--quote-words", "no quote at all"),
]


@pytest.mark.parametrize(("flags", "says", "reason"), INCOMPLETE, ids=[row[2] for row in INCOMPLETE])
def test_what_cannot_be_sent_is_said(
    book: Path, tmp_path: Path, flags: tuple[str, ...], says: str, reason: str
) -> None:
    ran = narrative(*ASKED, *flags, cwd=tmp_path)
    assert ran.code == 2, reason
    assert says in ran.err
    assert "Traceback" not in ran.err
