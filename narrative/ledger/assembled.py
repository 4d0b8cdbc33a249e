"""What is made of visible rows and their articles: who speaks, what was ruled, what repeats what, and what is dated."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import numpy as np

from narrative.ledger import corrections
from narrative.ledger.bare import STANCES, BareViews, Details
from narrative.ledger.columnar import Rows
from narrative.ledger.instants import A_DAY, DAY, Parsed, day_number, parsed
from narrative.ledger.opening import Store
from narrative.ledger.repeats import Said, repeating
from narrative.ledger.ruled import heard

_AHEAD = timedelta(days=1) // timedelta(microseconds=1)
_NEVER = np.iinfo(np.int64).min


def assembled(
    store: Store, rows: Rows, page: dict[str, Any], targets: Sequence[str], known_at: datetime | None
) -> BareViews:
    """Return rows, each of a page there, as views; `target` in them is a place in the targets."""
    article = np.searchsorted(page["number"], rows["article"])
    found, available, published, undated = _of_pages(page, article)
    voice, voices, kin, words = heard(store, rows["voice"], rows["statement"], known_at)
    countable = (
        ~_ruled_out(store, rows, targets, known_at) & (voice >= 0) & ~rows["abstained"] & ~rows["past"]
    )
    said = Said(
        rows["view"], rows["statement"], rows["group"], rows["target"], rows["article"], _roots(page)[article],
        found["story"], found["available_at"], found["precision"] == 0, rows["dup"], countable,
        lambda number: str(store.value("SELECT id FROM statements WHERE number = ?", (number,))),
    )  # fmt: skip
    horizon, horizons = _coded(rows["horizon"].tolist())
    model, models, in_sample = _vintages(store, rows["vintage"], published, available, undated, article)
    weight, imported, origins = _origins(rows)
    details = Details(store, rows["statement"], page["number"])
    return BareViews(
        **found,
        **{name: rows[name] for name in _AS_THEY_ARE},
        **{name: rows[f"p_{name}"] for name in STANCES},
        articles=details.articles,
        details=details,
        voice=voice,
        voices=voices,
        targets=targets,
        horizon=horizon,
        horizons=horizons,
        model=model,
        models=models,
        in_sample=in_sample,
        weight=weight,
        imported=imported,
        origins=origins,
        counted=countable & ~repeating(said, kin, words),
    )


_AS_THEY_ARE = ("view", "statement", "target", "conditional", "stance", "hedged")


def _of_pages(page: dict[str, Any], article: Any) -> tuple[dict[str, Any], Parsed, Parsed, Any]:
    """Return the fields that rows have from their articles, given by place, then of the articles their times.

    These are the times from which they could be read and of publication, and whether they are undated.
    """
    available, published = parsed(page["available_at"]), parsed(page["published"])
    undated = _undated(published, available.value)
    (story, stories), (outlet, outlets) = _coded(page["story"]), _coded(page["outlet"])
    found = {
        "article": article,
        "stamps": page["available_at"],
        "story": story[article],
        "stories": stories,
        "outlet": outlet[article],
        "outlets": outlets,
        "published": published.value[article],
        "precision": published.precision[article],
        "available_at": available.value[article],
        "undated": undated[article],
        "backfilled": page["backfilled"][article],
        "trusted": page["trusted"][article],
    }
    return found, available, published, undated


def _undated(published: Parsed, available: Any) -> Any:
    """Return what `stories.is_undated` says of each article."""
    begins = np.where(published.precision == DAY, published.day * A_DAY, published.value)
    return (published.precision == 0) | (begins > available + _AHEAD)


def _roots(page: dict[str, Any]) -> Any:
    """Return the number of the article that each one revises, or its own."""
    revised = zip(page["number"].tolist(), page["revision_of"], strict=True)
    return np.array([number if of is None else of for number, of in revised], dtype=np.int64)


def _coded(values: Sequence[Any]) -> tuple[Any, list[str]]:
    """Return texts as codes into those that occur, -1 for None."""
    codes: defaultdict[str | None, int] = defaultdict(count().__next__, {None: -1})
    found = np.fromiter(map(codes.__getitem__, values), dtype=np.int64, count=len(values))
    return found, [name for name in codes if name is not None]


def _ruled_out(store: Store, rows: Rows, targets: Sequence[str], known_at: datetime | None) -> Any:
    """Put stances that were set by hand in the place of the model's; return which rows are ruled to be no view."""
    out = np.zeros(len(rows["view"]), dtype=bool)
    rulings = corrections.rulings(store, known_at)
    groups = np.array(sorted({group for group, _ in rulings}), dtype=np.int64)
    for row in np.flatnonzero(np.isin(rows["group"], groups)):
        stance = rulings.get((int(rows["group"][row]), targets[rows["target"][row]]))
        if stance == "none":
            out[row] = True
        elif stance is not None:
            rows["stance"][row], rows["abstained"][row] = STANCES.index(stance), False
            for one in STANCES:
                rows[f"p_{one}"][row] = float(one == stance)
    return out


def _vintages(
    store: Store, vintage: Any, published: Parsed, available: Parsed, undated: Any, article: Any
) -> tuple[Any, list[str], Any]:
    """Return the models of rows, as codes, and which of the rows their model may have read in training."""
    there = store.rows("SELECT number, model, trained_through FROM vintages ORDER BY number")
    codes, models = _coded([row["model"] for row in there])
    place = np.searchsorted(np.array([row["number"] for row in there], dtype=np.int64), vintage)
    through = [row["trained_through"] for row in there]
    last = np.array([_NEVER if day is None else day_number(day) for day in through], dtype=np.int64)
    day = np.where(undated, available.day, published.day)
    return codes[place], models, day[article] <= last[place]


def _origins(rows: Rows) -> tuple[Any, Any, Sequence[str]]:
    """Return the weights of rows, which of them were imported, and in words from where."""
    size = len(rows["view"])
    if "imported_weight" not in rows:
        return np.ones(size), np.zeros(size, dtype=bool), ()
    imported = np.array([given is not None for given in rows["imported_weight"].tolist()], dtype=bool)
    weight = np.ones(size)
    weight[imported] = rows["imported_weight"][imported].astype(float)
    places = zip(*(rows[f"imported_{name}"].tolist() for name in ("file", "line", "source")), strict=True)
    return weight, imported, [f"{file} line {line}, source {source}" for file, line, source in places]
