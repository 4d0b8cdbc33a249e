"""The one selection field by field: the visible rows for a number, read from few tables and put together as arrays.

A view is joined with its statement and reading by SQLite; what many views share (articles, voices, vintages) is read once
for all of them. Which rows are visible is said by the conditions of `selection`, in parts: what is about the view, the
reading and the statement in the query, what is about the article and its last reading here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from narrative.ledger import columns, corrections
from narrative.ledger.bare import STANCES, BareViews
from narrative.ledger.instants import A_DAY, DAY, Parsed, day_number, parsed
from narrative.ledger.opening import Store, plainly
from narrative.ledger.repeats import Said, repeating
from narrative.ledger.ruled import heard
from narrative.ledger.selection import moment, vintage_number

_TOGETHER = 20_000  # rows that are objects at one time
_FEW = 8  # where less than one article in so many is wanted, each is looked up by itself

_VIEW = (
    "id",
    "stance",
    "bullish",
    "bearish",
    "neutral",
    "abstained",
    "condition",
    "horizon",
    "hedged",
    "past",
)
_STATEMENT = ("number", "id", "dup", "echo_group", "voice")
_READING = ("number", "article", "vintage")
_IMPORTED = ("weight", "file", "line", "source")
_ARTICLE = (
    "number",
    "id",
    "story",
    "outlet",
    "available_at",
    "published",
    "published_origin",
    "published_zone",
)
_ARTICLE += ("published_offset", "backfilled", "trusted", "revision_of")


def bare_views(
    store: Store,
    targets: Iterable[str] | None,
    as_of: datetime | None,
    known_at: datetime | None,
    vintage: str | None,
) -> BareViews:
    """Return the visible views on targets, None for all, ready for measuring. Raises UsageError for an unknown vintage."""
    asked = _Asked(
        columns.stamp_or_none(moment(as_of, known_at)),
        columns.stamp_or_none(known_at),
        None if vintage is None else vintage_number(store, vintage),
    )
    with store.snapshot(), plainly(store.path):
        names = _targets(store) if targets is None else sorted(set(targets))
        rows = _rows(store, names, asked)
        if vintage is None:
            rows = rows.only(_newest(store, rows, asked.known))
        pages = _pages(store, rows["reading_article"], asked)
        rows = rows.only(np.isin(rows["reading_article"], pages.number))
        return _assembled(store, rows, pages, names, known_at)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the conditions of the selection are about, as stored; None for no condition."""

    last: str | None
    known: str | None
    vintage: int | None

    def conditions(self) -> str:
        """Return the conditions on views `v` and readings `r`."""
        found = {
            "v.available_at <= :last": self.last,
            "r.judged_at <= :known": self.known,
            "r.vintage = :vintage": self.vintage,
        }
        return "".join(f" AND {sql}" for sql, value in found.items() if value is not None)

    def values(self, target: str) -> dict[str, Any]:
        """Return the parameters of a query."""
        return {"target": target, "last": self.last, "known": self.known, "vintage": self.vintage}


class _Rows(dict[str, Any]):
    """Arrays of one length, by name."""

    def only(self, kept: Any) -> _Rows:
        """Return the rows that a mask keeps."""
        return self if kept.all() else _Rows({name: column[kept] for name, column in self.items()})


def _targets(store: Store) -> list[str]:
    return [row["target"] for row in store.rows("SELECT DISTINCT target FROM views ORDER BY target")]


def _rows(store: Store, targets: Sequence[str], asked: _Asked) -> _Rows:
    """Return the views on targets with what is theirs alone; `target` is a place in the targets."""
    imports = store.row("SELECT 1 FROM imported LIMIT 1") is not None
    parts = [("view", "v", _VIEW), ("statement", "s", _STATEMENT), ("reading", "r", _READING)]
    parts += [("imported", "i", _IMPORTED)] if imports else []
    names = [f"{part}_{name}" for part, _, fields in parts for name in fields]
    chosen = ", ".join(f"{short}.{name}" for _, short, fields in parts for name in fields)
    sql = (
        f"SELECT {chosen} FROM views v CROSS JOIN statements s ON s.number = v.statement "  # noqa: S608 -- own names
        "CROSS JOIN readings r ON r.number = s.reading"
        + (" LEFT JOIN imported i ON i.statement = s.number" if imports else "")
        + f" WHERE v.target = :target{asked.conditions()}"
    )
    pieces: list[list[Any]] = []
    cursor = store.connection.cursor()
    cursor.row_factory = None
    for code, target in enumerate(targets):
        cursor.execute(sql, asked.values(target))
        while rows := cursor.fetchmany(_TOGETHER):
            made = [
                _column(name, column) for name, column in zip(names, zip(*rows, strict=True), strict=True)
            ]
            pieces.append([*made, np.full(len(rows), code)])
    if not pieces:
        pieces = [[_column(name, ()) for name in names] + [np.zeros(0, dtype=np.int64)]]
    joined = (np.concatenate(column) for column in zip(*pieces, strict=True))
    return _Rows(zip([*names, "target"], joined, strict=True))


_STANCE = {stance: code for code, stance in enumerate(STANCES)}
_TEXTS = {"view_id", "view_condition", "view_horizon", "statement_id"}
_TEXTS |= {"imported_weight", "imported_file", "imported_line", "imported_source"}
_FLOATS = {"view_bullish", "view_bearish", "view_neutral"}


def _column(name: str, values: Sequence[Any]) -> Any:
    """Return the values of a column as an array."""
    if name == "view_stance":
        return np.array([_STANCE[value] for value in values], dtype=np.int8)
    if name in _TEXTS:
        return np.array(values, dtype=object)
    if name in _FLOATS:
        return np.array(values, dtype=float)
    if name == "statement_voice":
        return np.array([-1 if value is None else value for value in values], dtype=np.int64)
    return np.array(values, dtype=np.int64)


def _newest(store: Store, rows: _Rows, known: str | None) -> Any:
    """Return which rows are of the last reading of their article, or of the last one known at a moment."""
    before = "" if known is None else "WHERE judged_at <= :known"
    cursor = store.connection.execute(
        f"SELECT article, max(number) FROM readings {before} GROUP BY article HAVING count(*) > 1",  # noqa: S608
        {"known": known},
    )
    again = np.array(cursor.fetchall(), dtype=np.int64).reshape(-1, 2)
    if not len(again):
        return np.ones(len(rows["reading_article"]), dtype=bool)
    place = np.searchsorted(again[:, 0], rows["reading_article"]).clip(max=len(again) - 1)
    elsewhere = again[place, 0] != rows["reading_article"]
    return elsewhere | (again[place, 1] == rows["reading_number"])


@dataclass(frozen=True, slots=True)
class _Pages:
    """Articles by number, and their columns as they come."""

    number: Any
    columns: dict[str, tuple[Any, ...]]


def _pages(store: Store, wanted: Any, asked: _Asked) -> _Pages:
    """Return the articles among some that were recorded by the moment asked about."""
    numbers = np.unique(wanted)
    held = store.value("SELECT max(number) FROM articles") or 0
    values: dict[str, Any] = {"last": asked.last, "known": asked.known}
    conditions = [] if asked.last is None else ["available_at <= :last"]
    if len(numbers) * _FEW < held:
        conditions = ["number IN (SELECT value FROM json_each(:wanted))"]
        values["wanted"] = f"[{','.join(map(str, numbers.tolist()))}]"
    if asked.known is not None:
        conditions.append("recorded_at <= :known")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    cursor = store.connection.cursor()
    cursor.row_factory = None
    cursor.execute(f"SELECT {', '.join(_ARTICLE)} FROM articles{where}", values)  # noqa: S608 -- own names
    found: list[Any] = []
    there = np.zeros(held + 1, dtype=bool)
    there[numbers] = True
    while rows := cursor.fetchmany(_TOGETHER):
        kept = there[np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))]
        found += [row for row, keep in zip(rows, kept.tolist(), strict=True) if keep]
    found.sort(key=_number)
    fields = zip(*found, strict=True) if found else [()] * len(_ARTICLE)
    by_name = dict(zip(_ARTICLE, fields, strict=True))
    return _Pages(np.array(by_name["number"], dtype=np.int64), by_name)


def _number(row: tuple[Any, ...]) -> int:
    return int(row[0])


def _assembled(
    store: Store, rows: _Rows, pages: _Pages, targets: Sequence[str], known_at: datetime | None
) -> BareViews:
    """Put rows and articles together: who speaks, what was ruled, what repeats what."""
    article = np.searchsorted(pages.number, rows["reading_article"])
    page = pages.columns
    available, published = parsed(page["available_at"]), parsed(page["published"])
    undated = _undated(published, available.value)
    story, stories = _coded(page["story"])
    outlet, outlets = _coded(page["outlet"])
    horizon, horizons = _coded(rows["view_horizon"].tolist())
    root = np.array(
        [n if of is None else of for n, of in zip(page["number"], page["revision_of"], strict=True)], int
    )
    voice, voices, kin, words = heard(store, rows["statement_voice"], rows["statement_number"], known_at)
    ruled = _ruled(store, rows, targets, known_at)
    countable = (voice >= 0) & ~rows["view_abstained"].astype(bool) & ~rows["view_past"].astype(bool) & ~ruled
    said = Said(
        rows["view_id"], rows["statement_number"], rows["statement_echo_group"], rows["target"],
        rows["reading_article"], root[article], story[article], available.value[article],
        rows["statement_dup"].astype(bool), countable,
    )  # fmt: skip
    model, models, in_sample = _vintages(
        store, rows["reading_vintage"], published, available, undated, article
    )
    weight, imported, origins = _origins(rows)
    return BareViews(
        view=rows["view_id"],
        statement=rows["statement_number"],
        statement_id=rows["statement_id"],
        article=article,
        articles=page["id"],
        claims=tuple(
            zip(*(page[f"published{part}"] for part in ("", "_origin", "_zone", "_offset")), strict=True)
        ),
        stamps=page["available_at"],
        story=story[article],
        stories=stories,
        voice=voice,
        voices=voices,
        target=rows["target"],
        targets=targets,
        condition=rows["view_condition"],
        conditional=np.not_equal(rows["view_condition"], None).astype(bool),
        horizon=horizon,
        horizons=horizons,
        outlet=outlet[article],
        outlets=outlets,
        model=model,
        models=models,
        stance=rows["view_stance"],
        bullish=rows["view_bullish"],
        bearish=rows["view_bearish"],
        neutral=rows["view_neutral"],
        hedged=rows["view_hedged"].astype(bool),
        published=published.value[article],
        precision=published.precision[article],
        available_at=available.value[article],
        undated=undated[article],
        in_sample=in_sample,
        backfilled=np.array(page["backfilled"], dtype=bool)[article],
        trusted=np.array(page["trusted"], dtype=bool)[article],
        weight=weight,
        imported=imported,
        origins=origins,
        counted=countable & ~repeating(said, kin, words),
    )


def _undated(published: Parsed, available: Any) -> Any:
    """Return what `stories.is_undated` says of each article."""
    begins = np.where(published.precision == DAY, published.day * A_DAY, published.value)
    return (published.precision == 0) | (begins > available + timedelta(days=1) // timedelta(microseconds=1))


def _coded(values: Sequence[Any]) -> tuple[Any, list[str]]:
    """Return texts as codes into those that occur, -1 for None."""
    names = [name for name in dict.fromkeys(values) if name is not None]
    codes: dict[str | None, int] = {name: code for code, name in enumerate(names)}
    codes[None] = -1
    return np.array([codes[value] for value in values], dtype=np.int64), names


def _ruled(store: Store, rows: _Rows, targets: Sequence[str], known_at: datetime | None) -> Any:
    """Put stances that were set by hand in the place of the model's; return which rows are ruled to be no view."""
    none = np.zeros(len(rows["view_id"]), dtype=bool)
    rulings = corrections.rulings(store, known_at)
    if not rulings:
        return none
    groups = np.array([group for group, _ in rulings], dtype=np.int64)
    for row in np.flatnonzero(np.isin(rows["statement_echo_group"], groups)):
        stance = rulings.get((int(rows["statement_echo_group"][row]), targets[rows["target"][row]]))
        if stance == "none":
            none[row] = True
        elif stance is not None:
            rows["view_stance"][row] = _STANCE[stance]
            rows["view_abstained"][row] = 0
            for one in STANCES:
                rows[f"view_{one}"][row] = float(one == stance)
    return none


def _vintages(
    store: Store, vintage: Any, published: Parsed, available: Parsed, undated: Any, article: Any
) -> tuple[Any, list[str], Any]:
    """Return the models of rows, as codes, and which of the rows their model may have read in training."""
    there = store.rows("SELECT number, model, trained_through FROM vintages ORDER BY number")
    codes, models = _coded([row["model"] for row in there])
    place = np.searchsorted(np.array([row["number"] for row in there], dtype=np.int64), vintage)
    through = np.array(
        [
            np.iinfo(np.int64).min if row["trained_through"] is None else day_number(row["trained_through"])
            for row in there
        ],
        dtype=np.int64,
    )
    day = np.where(undated, available.day, published.day)
    return codes[place], models, day[article] <= through[place]


def _origins(rows: _Rows) -> tuple[Any, Any, Any]:
    """Return the weights of rows, which of them were imported, and in words from where."""
    size = len(rows["view_id"])
    if "imported_weight" not in rows:
        return np.ones(size), np.zeros(size, dtype=bool), ()
    imported = np.not_equal(rows["imported_weight"], None).astype(bool)
    weight = np.ones(size)
    weight[imported] = rows["imported_weight"][imported].astype(float)
    places = zip(*(rows[f"imported_{name}"].tolist() for name in ("file", "line", "source")), strict=True)
    return weight, imported, [f"{file} line {line}, source {source}" for file, line, source in places]
