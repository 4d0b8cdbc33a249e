"""The one selection: which views there are for a question and a moment, ready for measuring and telling.

As of T: what was available by T. Known at T: what this ledger had recorded by T as well. Nothing of a row
depends on rows that were not visible then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import compress

from narrative.ledger import columns
from narrative.ledger.bare import BareViews
from narrative.ledger.echoes import Echo, fold, texts_of
from narrative.ledger.opening import Part, Store
from narrative.ledger.selection import Found, select
from narrative.ledger.sightings import Times, related, sighting
from narrative.ledger.voice_events import Kin, heard
from narrative.terms import Entry, Span, said

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
        names: Iterable[str] | None = None,
        as_of: datetime | None = None,
        known_at: datetime | None = None,
        vintage: str | None = None,
    ) -> tuple[Entry, ...]:
        """Return the views on `targets` (None: all) that became available in [since, until), by time.

        `names` keeps the views of voices and firms so called, with those that they repeat or that repeat them.
        `as_of` keeps what was available by then, `known_at` also what was recorded and judged by then.
        Without a `vintage` (an id, a model name or the beginning of one) each article speaks through the last
        reading of it. Echoes and reach are those of the moment, not of the window; so are corrections, without
        `known_at` those that are known now. Raises UsageError for an unknown vintage.
        """
        rows = select(
            self.store,
            targets=targets,
            since=since,
            names=names,
            as_of=as_of,
            known_at=known_at,
            vintage=vintage,
        )
        return tuple(
            entry
            for entry in entries_of(self.store, rows, known_at)
            if (since is None or entry.available_at >= since)
            and (until is None or entry.available_at < until)
        )

    def bare_views(
        self,
        *,
        targets: Iterable[str] | None = None,
        as_of: datetime | None = None,
        known_at: datetime | None = None,
        vintage: str | None = None,
    ) -> BareViews:
        """Return the same views as `entries`, in no order, with what measuring needs of them and nothing to show.

        Raises UsageError for an unknown vintage.
        """
        from narrative.ledger.columnar import bare_views  # asking needs no numpy

        return bare_views(self.store, targets, as_of, known_at, vintage)


def entries_of(store: Store, rows: Sequence[Found], known_at: datetime | None) -> list[Entry]:
    """Return selected rows as entries: voices merged and split, words sliced, echoes told, times parsed."""
    rows, kin = heard(store, rows, known_at)
    sliced = _slices(store, rows)
    times = Times()
    echoes = _echoes(
        rows, kin, {statement: words for statement, (words, _) in sliced.items()} if kin else {}, times
    )
    return [
        _entry(row, echo, *sliced[row.statement_row], times) for row, echo in zip(rows, echoes, strict=True)
    ]


def _echoes(
    rows: Sequence[Found], kin: Mapping[int, Kin], words: Mapping[int, str], times: Times
) -> list[Echo]:
    """Return which rows repeat which, and how far each reached.

    Only a row that shares its group and target, is printed twice on its page or has a voice that was ruled on can repeat
    another or be repeated, so only those are folded.
    """
    shared = Counter([(row.echo_group, row.target) for row in rows])
    asked = [row.dup or shared[row.echo_group, row.target] > 1 or row.statement_row in kin for row in rows]
    folded = iter(fold([related(sighting(row, times), row, kin, words) for row in compress(rows, asked)]))
    return [
        next(folded) if needed else Echo(None, 1, (row.outlet,) if row.outlet else ())
        for row, needed in zip(rows, asked, strict=True)
    ]


def _slices(store: Store, rows: Sequence[Found]) -> dict[int, tuple[str, str]]:
    """Return, by statement row, the words said and, where no voice has a name, those that stand for the source."""
    by_article: dict[int, dict[int, Found]] = {}
    for row in rows:
        by_article.setdefault(row.article_row, {})[row.statement_row] = row
    numbers = sorted(by_article)
    out: dict[int, tuple[str, str]] = {}
    for start in range(0, len(numbers), _TEXTS_AT_ONCE):
        texts = texts_of(store, numbers[start : start + _TEXTS_AT_ONCE])
        for number, text in texts.items():
            for statement, row in by_article[number].items():
                source = "" if row.voice_name else _named(text, columns.span(row.source))
                out[statement] = (said(text, _spans(row.content)), source)
    return out


def _spans(column: str) -> Iterable[tuple[int, int]]:
    """Return what `columns.spans` reads; most contents have one span, which needs no parser."""
    if column.count(",") == 1:
        start, end = column[2:-2].split(",")
        return ((int(start), int(end)),)
    return columns.spans(column)


def _named(text: str, source: Span | None) -> str:
    return (" ".join(text[source.start : source.end].split()) if source else "") or UNNAMED


def _entry(row: Found, echo: Echo, words: str, source: str, times: Times) -> Entry:
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
        trusted=bool(row.trusted),
        echo_of=echo.echo_of,
        reach=echo.reach,
        outlets=echo.outlets,
        correction=row.correction,
        weight=1.0 if row.weight is None else row.weight,
        imported=row.imported,
    )
