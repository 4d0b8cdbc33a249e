"""The name the crawler gives itself."""

from __future__ import annotations

from importlib.metadata import version

from narrative.errors import UsageError

PRODUCT = "narrative"
"""The product token: the name by which a site speaks to this program."""


def user_agent(contact: str | None) -> str:
    """Return the User-Agent with its contact address. Raises UsageError without one: publishers are owed it."""
    if not contact:
        raise UsageError(
            "publishers are owed a contact: give --contact you@example.org, or set NARRATIVE_CONTACT"
        )
    return f"{PRODUCT}/{version('narrative')} (+{contact})"
