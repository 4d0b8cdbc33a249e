"""The one selection: which views there are for a question and a moment, ready for measuring and telling.

As of T: what was available by T. Known at T: what this ledger had recorded by T as well. Nothing of a row
depends on rows that were not visible then.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from narrative.errors import UsageError
from narrative.ledger import columns, stories
from narrative.ledger.echoes import Echo, Sighting, fold, texts_of
from narrative.ledger.opening import Part, Store
from narrative.terms import Claim, Entry, Mode, Span, Stance

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
        number = None if vintage is None else vintage_number(self.store, vintage)
        rows = _select(self.store, targets, moment(as_of, known_at), known_at, number)
        found = _entries(self.store, rows)
        return tuple(
            entry
            for entry in found
            if (since is None or entry.available_at >= since)
            and (until is None or entry.available_at < until)
        )


def moment(as_of: datetime | None, known_at: datetime | None) -> datetime | None:
    """Return the last moment of availability that is visible, None for no limit."""
    limits = [limit for limit in (as_of, known_at) if limit is not None]
    return min(limits, default=None)


def vintage_number(store: Store, vintage: str) -> int:
    """Return the row of a vintage given by its id or its model's name.

    Raises UsageError listing those there are.
    """
    rows = store.rows("SELECT number, id, model, targets FROM vintages ORDER BY number")
    fitting = [row["number"] for row in rows if vintage in (row["id"], row["model"])]
    if len(fitting) == 1:
        return int(fitting[0])
    there = "; ".join(f"{row['id']} = {row['model']}, targets {row['targets']}" for row in rows) or "none yet"
    problem = "is no vintage of this ledger" if not fitting else "names several vintages, give the id"
    raise UsageError(f"{vintage!r} {problem}: {there}")


# --- rows ------------------------------------------------------------------------------------------------


class Found(NamedTuple):
    """One visible view with all that is known of its statement, voice, article and vintage, as stored."""

    view: str
    target: str
    stance: Stance
    bullish: float
    bearish: float
    neutral: float
    abstained: int
    condition: str | None
    horizon: str | None
    hedged: int
    past: int
    statement_row: int
    statement: str
    mode: Mode
    content: str
    source: str | None
    speaker: str | None
    title: str | None
    firm: str | None
    dup: int
    echo_group: int
    voice: str | None
    voice_name: str | None
    voice_kind: Literal["person", "house"] | None
    judged_at: str
    model: str
    targets_version: str
    trained_through: str | None
    article_row: int
    article: str
    story: str
    url: str
    outlet: str
    article_title: str
    published: str | None
    published_origin: str | None
    published_zone: int | None
    available_at: str
    recorded_at: str
    backfilled: int
    root: int


_COLUMNS = """
v.id, v.target, v.stance, v.bullish, v.bearish, v.neutral, v.abstained, v.condition, v.horizon, v.hedged, v.past,
s.number, s.id, s.mode, s.content, s.source, s.speaker, s.title, s.firm, s.dup, s.echo_group,
o.key, o.name, o.kind, r.judged_at, g.model, g.targets, g.trained_through,
a.number, a.id, a.story, a.url, a.outlet, a.title, a.published, a.published_origin, a.published_zone,
a.available_at, a.recorded_at, a.backfilled, coalesce(a.revision_of, a.number)
"""


def _select(
    store: Store,
    targets: Iterable[str] | None,
    last: datetime | None,
    known_at: datetime | None,
    vintage: int | None,
) -> list[Found]:
    """Return all rows visible at a moment: a window may be cut out only after the echoes are told."""
    conditions: list[str] = []
    values: dict[str, Any] = {"known": columns.stamp_or_none(known_at), "vintage": vintage}
    if targets is not None:
        values["targets"] = json.dumps(sorted(set(targets)))
        conditions.append("v.target IN (SELECT value FROM json_each(:targets))")
    if last is not None:
        values["last"] = columns.stamp(last)
        conditions.append("v.available_at <= :last")
    if known_at is not None:
        conditions.append("a.recorded_at <= :known AND r.judged_at <= :known")
    conditions.append("r.vintage = :vintage" if vintage is not None else _newest(known_at))
    sql = f"""SELECT {_COLUMNS} FROM views v JOIN statements s ON s.number = v.statement
              JOIN readings r ON r.number = s.reading JOIN vintages g ON g.number = r.vintage
              JOIN articles a ON a.number = r.article LEFT JOIN voices o ON o.number = s.voice
              WHERE {" AND ".join(conditions)} ORDER BY v.available_at, v.id, s.number"""  # noqa: S608
    return [Found._make(row) for row in store.rows(sql, values)]


def _newest(known_at: datetime | None) -> str:
    newest = "SELECT max(x.vintage) FROM readings x WHERE x.article = r.article"
    seen = "" if known_at is None else " AND x.judged_at <= :known"
    return f"r.vintage = ({newest}{seen})"


# --- from rows to entries --------------------------------------------------------------------------------


def _entries(store: Store, rows: Sequence[Found]) -> list[Entry]:
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


def said(text: str, content: Iterable[Span]) -> str:
    """Return a content as said: its spans joined by an ellipsis, white space collapsed."""
    return " … ".join(" ".join(text[start:end].split()) for start, end in content)


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
