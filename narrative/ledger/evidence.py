"""Everything that stands behind one view: its page, how the speaker was found, the times, the copies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from sqlite3 import Row

from narrative.errors import UsageError
from narrative.ledger import columns, recalled
from narrative.ledger.corrections import Corrected, history
from narrative.ledger.entries import Entries, entries_of
from narrative.ledger.identity import Identity, identity_of
from narrative.ledger.selection import moment, select
from narrative.ledger.support import Support
from narrative.terms import Claim, Entry, Figure, Span, Stance

SHORTEST = 4


@dataclass(frozen=True, slots=True)
class Copy:
    """One article of a story, as shown beside the one that holds the view."""

    article: str
    url: str
    outlet: str
    title: str
    published: Claim | None
    available_at: datetime
    revision_of: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """The bytes an article was read from."""

    url: str
    final_url: str
    fetched_at: datetime
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the model said of a view: its likeliest stance and the three probabilities."""

    stance: Stance
    bullish: float
    bearish: float
    neutral: float
    abstained: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """What there is to show for one view. Spans are offsets into `text`, the article's own.

    `echoes` are the visible views that repeat this one (or the one it repeats), `copies` the other articles
    of its story, `other_views` those of the same statement on other targets. `page` is None for a text that
    was not crawled. `judged` is the model's own word, over which `corrections` may stand, the first one first.
    `identity` says how the voice was told where its page does not; `intact`, that text and spans are those first recorded.
    """

    entry: Entry
    text: str
    content: tuple[Span, ...]
    cue: Span | None
    source: Span | None
    resolution: tuple[str, ...]
    named: str | None
    figures: tuple[Figure, ...]
    authors: tuple[str, ...]
    byline: str
    flags: tuple[str, ...]
    revision_of: str | None
    trained_through: date | None
    updated: Claim | None
    page: Page | None
    copies: tuple[Copy, ...]
    echoes: tuple[Entry, ...]
    other_views: tuple[Entry, ...]
    judged: Judgement
    corrections: tuple[Corrected, ...]
    identity: Identity
    intact: bool


class Explanations(Entries, Support):
    """Opens a view, and prints ids as short as they stay unique."""

    def why(
        self,
        view_id_prefix: str,
        *,
        as_of: datetime | None = None,
        known_at: datetime | None = None,
        vintage: str | None = None,
    ) -> Evidence:
        """Return the evidence of the view whose id begins so, as it stood at a moment (see `entries`).

        Raises UsageError for a prefix that no view or more than one has, and for a view that was not visible
        then.
        """
        view = self._the_view(view_id_prefix)
        for chosen in (vintage,) if vintage else (None, self._last_vintage(view, known_at)):
            rows = select(self.store, view=view, as_of=as_of, known_at=known_at, vintage=chosen)
            found = entries_of(self.store, rows, known_at)
            for entry in found:
                if entry.view == view:
                    return self._evidence(entry, found, as_of, known_at)
        raise UsageError(
            f"view {view_id_prefix} was not in the ledger at that moment, or not of that vintage"
        )

    def shorten(self, ids: Iterable[str], *, known_at: datetime | None = None) -> dict[str, str]:
        """Return for each view id its shortest prefix, of four characters or more, that no other view of the moment has."""
        known = columns.stamp_or_none(known_at)
        return {view: self._short(view, known) for view in dict.fromkeys(ids)}

    def _the_view(self, prefix: str) -> str:
        wanted = prefix.strip().lower()
        rows = self.store.rows(
            "SELECT DISTINCT id FROM views WHERE id >= ? AND id < ? ORDER BY id LIMIT 4",
            (wanted, wanted + "\U0010ffff"),
        )
        if not wanted or not rows:
            raise UsageError(f"no view has an id beginning with {prefix!r}; narrative ask prints the ids")
        ids = [str(row["id"]) for row in rows]
        if len(ids) > 1 and wanted not in ids:
            some = ", ".join(self.shorten(ids).values())
            raise UsageError(f"several views have ids beginning with {prefix!r}: {some}; add a character")
        return wanted if wanted in ids else ids[0]

    def _short(self, view: str, known: str | None) -> str:
        values = {"view": view, "known": known}
        before = self.store.value(f"{_NEAR} AND v.id < :view ORDER BY v.id DESC LIMIT 1", values)
        after = self.store.value(f"{_NEAR} AND v.id > :view ORDER BY v.id LIMIT 1", values)
        shared = max(_common(view, other) for other in (before or "", after or ""))
        return view[: max(SHORTEST, shared + 1)]

    def _last_vintage(self, view: str, known_at: datetime | None) -> str | None:
        """Return the vintage that last judged a view by a moment: for one that a later one replaced."""
        found: str | None = self.store.value(
            """SELECT g.id FROM views v JOIN statements s ON s.number = v.statement
               JOIN readings r ON r.number = s.reading JOIN vintages g ON g.number = r.vintage
               WHERE v.id = :view AND (:known IS NULL OR r.judged_at <= :known)
               ORDER BY r.number DESC LIMIT 1""",
            {"view": view, "known": columns.stamp_or_none(known_at)},
        )
        return found

    def _evidence(
        self, entry: Entry, found: Sequence[Entry], as_of: datetime | None, known_at: datetime | None
    ) -> Evidence:
        row = self.store.rows(_BEHIND, (entry.view, entry.article, entry.model, entry.targets_version))[0]
        first = entry.echo_of or entry.view
        trained = row["trained_through"]
        return Evidence(
            entry=entry,
            text=row["text"],
            content=columns.spans(row["content"]),
            cue=columns.span(row["cue"]),
            source=columns.span(row["source"]),
            resolution=columns.words(row["resolution"]),
            named=row["named"],
            figures=self._figures(row["reading"], columns.words(row["figures"])),
            authors=columns.words(row["authors"]),
            byline=row["byline"],
            flags=columns.words(row["flags"]),
            revision_of=row["revision_of"],
            trained_through=date.fromisoformat(trained) if trained else None,
            updated=columns.claim(
                row["updated"], row["updated_origin"], row["updated_zone"], row["updated_offset"]
            ),
            page=self._page(row["article"]),
            copies=self._copies(entry, moment(as_of, known_at), known_at),
            echoes=tuple(e for e in found if e is not entry and first in (e.view, e.echo_of)),
            other_views=tuple(
                e
                for e in found
                if e.statement == entry.statement and e.article == entry.article and e is not entry
            ),
            judged=Judgement(
                row["stance"], row["bullish"], row["bearish"], row["neutral"], bool(row["abstained"])
            ),
            corrections=history(self.store, (row["echo_group"], entry.target), known_at),
            identity=identity_of(self.store, entry, known_at),
            intact=self.supports(entry),
        )

    def _figures(self, reading: int, ids: Sequence[str]) -> tuple[Figure, ...]:
        rows = {
            row["id"]: row for row in self.store.rows("SELECT * FROM figures WHERE reading = ?", (reading,))
        }
        return tuple(recalled.figure(rows[figure]) for figure in ids if figure in rows)

    def _page(self, article: int) -> Page | None:
        row = self.store.row(
            """SELECT c.url, c.final_url, c.fetched_at, c.content_type, c.size FROM captures c
               WHERE c.number IN (SELECT capture FROM results WHERE article = :article
                                  UNION SELECT capture FROM rereadings WHERE article = :article)
               ORDER BY c.number""",
            {"article": article},
        )
        if row is None:
            return None
        fetched_at = columns.instant(row["fetched_at"])
        return Page(row["url"], row["final_url"], fetched_at, row["content_type"], row["size"])

    def _copies(self, entry: Entry, last: datetime | None, known_at: datetime | None) -> tuple[Copy, ...]:
        rows = self.store.rows(
            """SELECT a.*, f.id AS first FROM articles a LEFT JOIN articles f ON f.number = a.revision_of
               WHERE a.story = :story AND a.id <> :article AND (:last IS NULL OR a.available_at <= :last)
               AND (:known IS NULL OR a.recorded_at <= :known) ORDER BY a.available_at, a.id""",
            {
                "story": entry.story,
                "article": entry.article,
                "last": columns.stamp_or_none(last),
                "known": columns.stamp_or_none(known_at),
            },
        )
        return tuple(_copy(row) for row in rows)


_NEAR = """
SELECT v.id FROM views v CROSS JOIN statements s ON s.number = v.statement
CROSS JOIN readings r ON r.number = s.reading WHERE (:known IS NULL OR r.judged_at <= :known)
"""

_BEHIND = """
SELECT r.number AS reading, r.article, t.text, s.content, s.cue, s.source, s.resolution, v.named, v.figures,
       v.stance, v.bullish, v.bearish, v.neutral, v.abstained, s.echo_group,
       a.authors, a.byline, a.flags, a.updated, a.updated_origin, a.updated_zone, a.updated_offset,
       f.id AS revision_of, g.trained_through
FROM views v JOIN statements s ON s.number = v.statement JOIN readings r ON r.number = s.reading
JOIN vintages g ON g.number = r.vintage JOIN articles a ON a.number = r.article
JOIN texts t ON t.article = a.number LEFT JOIN articles f ON f.number = a.revision_of
WHERE v.id = ? AND a.id = ? AND g.model = ? AND g.targets = ?
"""


def _copy(row: Row) -> Copy:
    claim = columns.claim(
        row["published"], row["published_origin"], row["published_zone"], row["published_offset"]
    )
    available_at = columns.instant(row["available_at"])
    return Copy(row["id"], row["url"], row["outlet"], row["title"], claim, available_at, row["first"])


def _common(a: str, b: str) -> int:
    """Return how many characters two ids share at their start."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
