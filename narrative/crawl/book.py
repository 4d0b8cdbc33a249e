"""What the crawler asks of whoever keeps its rows."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from narrative.crawl.rows import PageFetch, Poll, StoredValidators
from narrative.terms import Capture, Feed, Link


class Book(Protocol):
    """The memory of the crawler. Each `record_...` is one transaction; page urls are canonical ones."""

    def due(self, feed: Feed, now: datetime) -> bool:
        """Return whether the feed's next poll has come and nothing stopped it."""
        ...

    def validators(self, url: str) -> StoredValidators:
        """Return the validators of the last body kept of a feed or page, each None when there is none."""
        ...

    def record_poll(self, poll: Poll) -> None:
        """Keep the row of one poll."""
        ...

    def known(self, url: str) -> bool:
        """Return whether the page is captured already, or given up."""
        ...

    def record_link(self, link: Link, at: datetime) -> None:
        """Upsert an announced link; nothing is ever deleted."""
        ...

    def pending(self, now: datetime) -> list[Link]:
        """Return the links without a capture whose retry time, if any, has come; not those given up."""
        ...

    def attempts(self, url: str) -> int:
        """Return `attempts` of the last fetch row of a page that is not captured, 0 when there is none."""
        ...

    def record_fetch(self, link: Link, fetch: PageFetch, capture: Capture | None) -> None:
        """Keep the fetch row and the body, both or neither."""
        ...

    def revisit(self, now: datetime) -> list[tuple[Link, StoredValidators]]:
        """Return captured pages worth another look."""
        ...
