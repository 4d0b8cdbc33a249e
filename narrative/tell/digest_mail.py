"""A digest as a mail message: plain text for programs that show text, the page for those that show HTML, and attached.

Many mail programs draw no SVG, so the page is attached as well, to be opened in a browser. Nothing from a page reaches
a header but the narrative's own title, on one line. The same digest at the same moment gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy

from narrative.errors import UsageError
from narrative.tell.digest import Digest
from narrative.tell.digest_html import render_html
from narrative.tell.digest_text import render_text
from narrative.tell.escaping import plain
from narrative.terms import content_id

DRAFT_SENDER = "narrative@localhost"  # of a message that is written to a file without a sender
_LONGEST_NAME = 80
_POLICY: EmailPolicy[EmailMessage] = SMTP
_ADDRESS = re.compile(r"(?:(?P<name>[^<>]*)<)?(?P<user>[^\s<>@,;\"()]+)@(?P<domain>[^\s<>@,;\"()]+)>?")


def render_mail(
    digest: Digest, at: datetime, *, sender: str = DRAFT_SENDER, to: Sequence[str] = ()
) -> EmailMessage:
    """Return the message, dated `at` (aware). Raises UsageError for what is no mail address.

    Without recipients it opens as a draft in programs that know the header X-Unsent.
    """
    page, twin = render_html(digest), render_text(digest)
    origin, number = address(sender), content_id("mail", sender, *to, at.isoformat(), page)
    message = EmailMessage(_POLICY)
    message["Subject"] = f"{plain(digest.narrative.title)}: {digest.week}"
    message["From"] = origin
    message["Date"] = at
    message["Message-ID"] = f"<{number}@{origin.domain}>"
    if to:
        message["To"] = tuple(address(some) for some in to)
    else:
        message["X-Unsent"] = "1"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(twin, cte="quoted-printable")
    message.add_alternative(page, subtype="html", cte="quoted-printable")
    name = re.sub(r"[^\w.-]+", "-", plain(f"{digest.narrative.name}-{digest.week}"))[:_LONGEST_NAME] + ".html"
    message.add_attachment(page, subtype="html", filename=name, cte="base64")
    for depth, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{number}.{depth}")
    return message


def address(text: str) -> Address:
    """Return a mail address, bare or as Name <user@domain>. Raises UsageError for anything else, line breaks too."""
    found = _ADDRESS.fullmatch(text.strip())
    if not found or text.strip().endswith(">") != (found["name"] is not None) or not text.isprintable():
        raise UsageError(f"{plain(text)!r} is no mail address; write it like you@example.org")
    try:
        domain = found["domain"].encode("idna").decode("ascii")
        return Address((found["name"] or "").strip().strip('"'), found["user"], domain)
    except (ValueError, UnicodeError, MessageError) as error:
        raise UsageError(
            f"{plain(text)!r} is no mail address ({error}); write it like you@example.org"
        ) from error
