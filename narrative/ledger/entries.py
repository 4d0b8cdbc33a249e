"""The one selection: which views there are for a question and a moment, ready for measuring and telling.

As of T: what was available by T. Known at T: what this ledger had recorded by T as well. Nothing of a row
depends on rows that were not visible then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from narrative.ledger import columns, stories
from narrative.ledger.echoes import Echo, Sighting, fold, texts_of
from narrative.ledger.opening import Part, Store
from narrative.ledger.selection import Found, select
from narrative.terms import Claim, Entry, Span, said

UNNAMED = "unnamed source"
_TEXTS_AT_ONCE = 500


class Entries(Part):
    """The reading side of the ledger."""

    def entries(
        self,
        *,
        targets: Iterable[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        as_of: datetime | None = None,
        known_at: datetime | None = None,
        vintage: str | None = None,
    ) -> tuple[Entry, ...]:
        """Return the views on `targets` (None: all) that became available in [since, until), by time and id.

        `as_of` keeps what was available by then, `known_at` also what was recorded and judged by then.
        Without a `vintage` (an id or a model name) each article speaks through the newest vintage that had
        read it. Echoes and reach are those of the moment, not of the window. Raises UsageError for an unknown
        vintage.
        """
        rows = select(self.store, targets=targets, as_of=as_of, known_at=known_at, vintage=vintage)
        return tuple(
            entry
            for entry in entries_of(self.store, rows)
            if (since is None or entry.available_at >= since)
            and (until is None or entry.available_at < until)
        )


def entries_of(store: Store, rows: Sequence[Found]) -> list[Entry]:
    """Return selected rows as entries: words sliced, echoes told, times parsed."""
    sliced = _slices(store, rows)
    times = _Times()
    echoes = fold([_sighting(row, times) for row in rows])
    return [
        _entry(row, echo, *sliced[row.statement_row], times) for row, echo in zip(rows, echoes, strict=True)
    ]


class _Times:
    """Instants and claims, parsed once for all rows of an article."""

    def __init__(self) -> None:
        self._instants: dict[str, datetime] = {}
        self._published: dict[tuple[int, str | None], tuple[Claim | None, bool, bool]] = {}

    def instant(self, text: str) -> datetime:
        found = self._instants.get(text)
        if found is None:
            found = self._instants[text] = columns.instant(text)
        return found

    def published(self, row: Found) -> tuple[Claim | None, bool, bool]:
        """Return an article's claim, whether it dates nothing, and if the model may have read it."""
        key = (row.article_row, row.trained_through)
        found = self._published.get(key)
        if found is None:
            claim = columns.claim(row.published, row.published_origin, row.published_zone)
            available_at = self.instant(row.available_at)
            undated = stories.is_undated(claim, available_at)
            found = (claim, undated, _in_sample(claim, undated, available_at, key[1]))
            self._published[key] = found
        return found


def _slices(store: Store, rows: Sequence[Found]) -> dict[int, tuple[str, str]]:
    """Return, by statement row, the words said and the words that stand for the source."""
    by_article: dict[int, dict[int, Found]] = {}
    for row in rows:
        by_article.setdefault(row.article_row, {})[row.statement_row] = row
    numbers = sorted(by_article)
    out: dict[int, tuple[str, str]] = {}
    for start in range(0, len(numbers), _TEXTS_AT_ONCE):
        texts = texts_of(store, numbers[start : start + _TEXTS_AT_ONCE])
        for number, text in texts.items():
            for statement, row in by_article[number].items():
                out[statement] = (
                    said(text, columns.spans(row.content)),
                    _named(text, columns.span(row.source)),
                )
    return out


def _named(text: str, source: Span | None) -> str:
    return (" ".join(text[source.start : source.end].split()) if source else "") or UNNAMED


def _sighting(row: Found, times: _Times) -> Sighting:
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
        countable=row.voice is not None and not row.abstained and not row.past,
    )


def _entry(row: Found, echo: Echo, words: str, source: str, times: _Times) -> Entry:
    published, undated, in_sample = times.published(row)
    return Entry(
        view=row.view,
        statement=row.statement,
        article=row.article,
        story=row.story,
        voice=row.voice,
        voice_name=row.voice_name or source,
        voice_kind=row.voice_kind or "unnamed",
        speaker=row.speaker,
        title=row.title,
        firm=row.firm,
        target=row.target,
        stance=row.stance,
        bullish=row.bullish,
        bearish=row.bearish,
        neutral=row.neutral,
        abstained=bool(row.abstained),
        condition=row.condition,
        horizon=row.horizon,
        hedged=bool(row.hedged),
        past=bool(row.past),
        mode=row.mode,
        words=words,
        url=row.url,
        outlet=row.outlet,
        article_title=row.article_title,
        published=published,
        available_at=times.instant(row.available_at),
        recorded_at=times.instant(row.recorded_at),
        judged_at=times.instant(row.judged_at),
        model=row.model,
        targets_version=row.targets_version,
        undated=undated,
        in_sample=in_sample,
        backfilled=bool(row.backfilled),
        echo_of=echo.echo_of,
        reach=echo.reach,
        outlets=echo.outlets,
    )


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
