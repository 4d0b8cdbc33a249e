"""The shared records: every stage takes and returns these, and nothing here does any work.

The words are those of the README. Offsets are Python string offsets (code points) into one article's
text, end exclusive. Instants are aware and in UTC. Ids are content hashes, so that reading a page twice,
or on two machines, names the same things.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, NamedTuple

Stance = Literal["bullish", "bearish", "neutral"]
Mode = Literal["direct", "indirect", "mixed", "imported"]  # imported: a view from outside, without words
Precision = Literal["instant", "day"]
Origin = Literal["json-ld", "meta", "page", "feed", "relative", "given"]
Correction = Literal["bullish", "bearish", "neutral", "none"]  # by hand; "none": the target is not judged
MentionKind = Literal["person", "firm", "ticker", "index", "etf"]
Unit = str  # "percent", "multiple", "percentile", "basis_points", "index_points", "count" or an ISO currency code
Direction = Literal["up", "down", "flat"]


class Span(NamedTuple):
    """A half-open range of code points in one article's text."""

    start: int
    end: int

    def touches(self, other: Span) -> bool:
        """Whether the two share a character."""
        return self.start < other.end and other.start < self.end

    def free_of(self, taken: Iterable[Span]) -> bool:
        """Whether it shares no character with any of these."""
        return not any(self.touches(span) for span in taken)


def content_id(*parts: object) -> str:
    """Return a 20-digit hexadecimal id that depends on the parts and on nothing else."""
    texts = [part if type(part) is str else "" if part is None else str(part) for part in parts]
    joined = "\x1f".join(texts)
    return hashlib.blake2b(joined.encode("utf-8", "replace"), digest_size=10).hexdigest()


def said(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return the words of spans as they are printed: joined by an ellipsis, white space collapsed."""
    return " … ".join(" ".join(text[start:end].split()) for start, end in spans)


# --- crawl: where pages come from -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Feed:
    """A place that announces links: RSS, Atom, RDF, JSON Feed or a news sitemap."""

    url: str
    outlet: str
    kind: Literal["rss", "atom", "rdf", "json", "sitemap"] = "rss"
    interval_minutes: int = 60
    use: str = "unknown"  # what the publisher permits, in words
    checked: str = "never"  # day of the last time somebody saw it work


@dataclass(frozen=True, slots=True)
class Claim:
    """A publication time as somebody states it; `value` is a date when only the day is known.

    `offset_minutes` (east of UTC) is the zone in which it was written, None when none was. It says which clock
    the publisher wrote by and nothing about the time: claims of one instant are equal whatever it is.
    """

    value: datetime | date
    origin: Origin
    zone_known: bool = True
    offset_minutes: int | None = field(default=None, compare=False)

    @property
    def precision(self) -> Precision:
        """Whether the claim names an instant or only a day."""
        return "instant" if isinstance(self.value, datetime) else "day"


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of a feed. `entry` identifies it within its feed: guid, else link, else a hash."""

    url: str
    feed: str
    entry: str
    title: str = ""
    published: Claim | None = None


@dataclass(frozen=True, slots=True)
class Capture:
    """The bytes of one page as they came over the wire, and when.

    `stated` are the words, each behind its place, by which the site restricts what machines may do with it;
    a page with `may_train` False may be read, but no model may be trained on it.
    """

    url: str  # asked for
    final_url: str  # answered from, after redirects
    fetched_at: datetime
    content_type: str
    body: bytes
    outlet: str = ""
    link: Link | None = None
    may_train: bool = True
    stated: tuple[str, ...] = ()


# --- read: what a page says -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Article:
    """The text of one page. `repeats` are spans that print the same body again; they are not read.

    `updated` is the last change as the page states it, None when it states none after its publication.
    """

    id: str
    url: str
    outlet: str
    title: str
    text: str
    authors: tuple[str, ...] = ()
    byline: str = ""
    published: Claim | None = None
    available_at: datetime | None = None
    language: str = "en"
    stub: str | None = None  # why this is a teaser and not an article, else None
    flags: tuple[str, ...] = ()  # doubts: "future_date", "dates_disagree", "short", ...
    repeats: tuple[Span, ...] = ()
    updated: Claim | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph, bullet, headline or table row worth reading, with its sentences."""

    span: Span
    kind: Literal["paragraph", "bullet", "heading", "row"]
    sentences: tuple[Span, ...]
    dup: bool = False  # inside a repeated body or a pull quote: located, not counted


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in the text and the canonical key it stands for."""

    kind: MentionKind
    span: Span
    text: str
    key: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit. `value` is as written and scaled by its magnitude word, sign included."""

    id: str
    span: Span
    text: str
    value: float
    unit: Unit
    subject: str | None = None
    period: str | None = None
    direction: Direction | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One attributed content. `resolution` says in words how speaker, title and firm were found."""

    id: str
    mode: Mode
    content: tuple[Span, ...]
    cue: Span | None
    source: Span | None
    speaker: str | None = None
    title: str | None = None
    firm: str | None = None
    dup: bool = False
    resolution: tuple[str, ...] = ()

    @property
    def voice(self) -> str | None:
        """The speaker, else the firm; None for an unnamed source, which is shown and never counted."""
        return self.speaker or self.firm

    def words(self, text: str) -> str:
        """The content as said, spans joined by an ellipsis, white space collapsed."""
        return said(text, self.content)


@dataclass(frozen=True, slots=True)
class View:
    """What a statement means for one target. Knows no narrative."""

    id: str
    statement: str
    target: str
    stance: Stance
    bullish: float
    bearish: float
    neutral: float
    abstained: bool = False
    condition: str | None = None
    horizon: str | None = None
    hedged: bool = False
    past: bool = False
    figures: tuple[str, ...] = ()
    named: str | None = None  # the words that name the target, and where, when it was resolved

    @property
    def score(self) -> float:
        """p(bullish) - p(bearish), in [-1, 1]."""
        return self.bullish - self.bearish


@dataclass(frozen=True, slots=True)
class Vintage:
    """What judged a view: the model and the target definitions, each with a digest of its content."""

    model: str
    targets: str
    trained_through: date | None = None

    @property
    def id(self) -> str:
        """Content hash of the two."""
        return content_id("vintage", self.model, self.targets)


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything one article gave, under one vintage."""

    article: Article
    vintage: Vintage
    passages: tuple[Passage, ...] = ()
    mentions: tuple[Mention, ...] = ()
    figures: tuple[Figure, ...] = ()
    statements: tuple[Statement, ...] = ()
    views: tuple[View, ...] = ()


# --- ledger: what is kept -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the ledger as measure and tell see it: one view with its statement, voice, page and times.

    `words` are sliced from the stored text when the row is selected. `echo_of` names the view id that this one repeats,
    `reach` counts the stories and `outlets` the pages that carried it. `correction` is the stance set by hand; stance
    and probabilities are then its, or, for "none", the model's and not counted. `trusted`: `available_at` is a print date
    taken on trust. `imported` says where a view from outside came from: without words, with a `weight` of its own.
    """

    view: str
    statement: str
    article: str
    story: str
    voice: str | None  # voice key; None = unnamed
    voice_name: str  # as printed
    voice_kind: Literal["person", "house", "unnamed"]
    speaker: str | None
    title: str | None
    firm: str | None
    target: str
    stance: Stance
    bullish: float
    bearish: float
    neutral: float
    abstained: bool
    condition: str | None
    horizon: str | None
    hedged: bool
    past: bool
    mode: Mode
    words: str
    url: str
    outlet: str
    article_title: str
    published: Claim | None
    available_at: datetime
    recorded_at: datetime
    judged_at: datetime
    model: str
    targets_version: str
    undated: bool = False
    in_sample: bool = False
    backfilled: bool = False
    trusted: bool = False
    echo_of: str | None = None
    reach: int = 1
    outlets: tuple[str, ...] = ()
    correction: Correction | None = None
    weight: float = 1.0
    imported: str | None = None

    @property
    def score(self) -> float:
        """p(bullish) - p(bearish), in [-1, 1]."""
        return self.bullish - self.bearish

    @property
    def counted(self) -> bool:
        """Whether it may enter a number: a voice, no echo, not abstained or past, nothing by hand against it."""
        judged = not self.abstained and self.correction != "none"
        return self.voice is not None and self.echo_of is None and judged and not self.past


# --- measure: what is computed --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Point:
    """A narrative's sentiment in one session or week, with the view ids it was computed from.

    `net` is the stock (latest stance per voice); `flow` is the decayed factor. None = missing, with `reason`.
    """

    label: str  # "2026-01-14" or "2026-W03"
    end: datetime  # cut-off: nothing available at or after it was used
    net: float | None
    net_low: float | None
    net_high: float | None
    flow: float | None
    flow_z: float | None
    n_bullish: int
    n_bearish: int
    n_neutral: int
    n_new: int
    n_stories: int
    n_eff: float
    spread_return: float | None = None  # long leg minus short leg over the period
    spread_level: float | None = None  # cumulative from the first point, 0 = start
    spread_note: str = ""  # what the two legs do not have alike, or what misses in them
    flag: Literal["ok", "thin", "none"] = "ok"
    reason: str | None = None
    views: tuple[str, ...] = field(default=())
