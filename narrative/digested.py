"""A week's digest in the forms in which it is given out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email.message import EmailMessage

    from narrative.tell.digest import Digest


@dataclass(frozen=True, slots=True)
class Digested:
    """A week's digest with its renderings; `at` is the moment it is told from."""

    digest: Digest
    at: datetime

    @property
    def week(self) -> str:
        """The ISO week, such as 2026-W03."""
        return self.digest.week

    @property
    def html(self) -> str:
        """One self-contained page."""
        from narrative.tell.digest_html import render_html

        return render_html(self.digest)

    @property
    def markdown(self) -> str:
        """The same facts as Markdown."""
        from narrative.tell.digest_markdown import render_markdown

        return render_markdown(self.digest)

    def mail(self, *, sender: str | None = None, to: Sequence[str] = ()) -> EmailMessage:
        """The same as a mail message, a draft without recipients. Raises UsageError for what is no address."""
        from narrative.tell.digest_mail import DRAFT_SENDER, render_mail

        return render_mail(self.digest, self.at, sender=sender or DRAFT_SENDER, to=to)
