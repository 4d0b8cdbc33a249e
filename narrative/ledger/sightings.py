"""What the selection makes of visible rows, whatever columns they have: times parsed, sightings to tell echoes by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from narrative.ledger import columns, stories
from narrative.ledger.echoes import Sighting
from narrative.ledger.selection import Found
from narrative.ledger.voice_events import Kin
from narrative.ledger.wording import normal_words
from narrative.terms import Claim


class Times:
    """Instants and claims, parsed once for all rows of an article."""

    def __init__(self) -> None:
        self._instants: dict[str, datetime] = {}
        self._published: dict[tuple[int, str | None], tuple[Claim | None, bool, bool]] = {}

    def instant(self, text: str) -> datetime:
        """Return the instant of a column."""
        found = self._instants.get(text)
        if found is None:
            found = self._instants[text] = columns.instant(text)
        return found

    def published(self, row: Found) -> tuple[Claim | None, bool, bool]:
        """Return an article's claim, whether it dates nothing, and if the model may have read it."""
        key = (row.article_row, row.trained_through)
        found = self._published.get(key)
        if found is None:
            claim = columns.claim(
                row.published, row.published_origin, row.published_zone, row.published_offset
            )
            available_at = self.instant(row.available_at)
            undated = stories.is_undated(claim, available_at)
            found = (claim, undated, _in_sample(claim, undated, available_at, key[1]))
            self._published[key] = found
        return found


def sighting(row: Found, times: Times) -> Sighting:
    """Return a row as the folding sees it."""
    return Sighting(
        view=row.view,
        group=row.echo_group,
        target=row.target,
        article=row.article_row,
        root=row.root,
        story=row.story,
        outlet=row.outlet,
        available_at=times.instant(row.available_at),
        dup=bool(row.dup),
        countable=countable(row),
    )


def countable(row: Found) -> bool:
    """Whether a row could enter a number if it repeats no other: it has a voice and judges the present."""
    return row.voice is not None and not row.abstained and not row.past and row.correction != "none"


def related(seen: Sighting, row: Found, kin: Mapping[int, Kin], words: Mapping[int, str]) -> Sighting:
    """Add what folding needs to know of a row whose voice was merged or split; `words` are those said, by statement."""
    known = kin.get(row.statement_row)
    if known is None:
        return seen
    return seen._replace(kin=known, words=normal_words(words[row.statement_row]))


def _in_sample(
    published: Claim | None, undated: bool, available_at: datetime, trained_through: str | None
) -> bool:
    """Return whether the model may have seen the text in training.

    An undated one is judged by its availability.
    """
    if trained_through is None:
        return False
    when = available_at if published is None or undated else published.value
    day = when.date() if isinstance(when, datetime) else when
    return day <= date.fromisoformat(trained_through)
