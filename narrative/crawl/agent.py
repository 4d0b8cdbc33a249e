"""The name the crawler gives itself."""

from __future__ import annotations

import re
from importlib.metadata import version

from narrative.errors import UsageError

PRODUCT = "narrative"
"""The product token: the name by which a site speaks to this program."""
_REACHED = re.compile(r"[!-~]+")  # what a header may carry, on one line
_CONTACT = re.compile(r"(mailto:)?[^@()<>,;:\\\"]+@[^@()<>,;:\\\"]+|https?://[^()<>\\\"]+", re.IGNORECASE)


def user_agent(contact: str | None) -> str:
    """Return the User-Agent with its contact address. Raises UsageError without one that leads to somebody."""
    if not contact:
        raise UsageError(
            "publishers are owed a contact: give --contact you@example.org, or set NARRATIVE_CONTACT"
        )
    if not (_REACHED.fullmatch(contact) and _CONTACT.fullmatch(contact)):
        raise UsageError(
            f"nobody can be reached at {contact!r}; give --contact a mail address such as you@example.org, or a page "
            "such as https://example.org/about"
        )
    return f"{PRODUCT}/{version('narrative')} (+{contact})"
