"""Annotations without their texts: offsets, labels and names that anybody who has the text can check and use.

One JSON object a line with the keys
`schema id sha256 outlet family shape covers statements views figures people firms dups junk`.
Offsets are code points into the text, end exclusive; `sha256` is that of the text in UTF-8, and a text that differs is refused.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from narrative.errors import NarrativeError
from narrative.read.annotated import GoldArticle, GoldFigure, GoldStatement, GoldView, check
from narrative.terms import Span

SCHEMA = "narrative.gold/1"
_REGIONS = ("people", "firms", "dups", "junk")
_HEADER = ("outlet", "family", "shape", "covers")
_QUOTED = ("condition", "horizon", "subject", "period")  # words of the text: they travel as offsets


def standoff(article: GoldArticle) -> dict[str, Any]:
    """Return an annotated article as plain values, its text replaced by a hash and quoted words by where they stand."""
    starts = {statement.name: statement.content[0].start for statement in article.statements}
    return {
        "schema": SCHEMA,
        "id": article.id,
        "sha256": digest(article.text),
        **{key: article.header[key] for key in _HEADER if key in article.header},
        "statements": [_present(asdict(row)) for row in article.statements],
        "views": [_placed(asdict(row), starts[row.statement], article.text) for row in article.views],
        "figures": [_placed(asdict(row), row.span.start, article.text) for row in article.figures],
        **{key: [list(s) for s in getattr(article, key)] for key in _REGIONS},
    }


def read_standoff(path: Path, texts: Path) -> Iterator[GoldArticle]:
    """Read annotations whose texts lie in `texts` as `<id>.txt`. Raises NarrativeError with file and line."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise NarrativeError(f"cannot read {path}: {error}") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            where = f"{path}:{number}"
            try:
                row = json.loads(line)
                article = _article(row, _text_of(row, texts, where), Path(where))
                check(article)
                yield article
            except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
                raise NarrativeError(f"{where}: no annotation in the form {SCHEMA}: {error}") from error


def digest(text: str) -> str:
    """Return the hash by which an annotation knows its text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _text_of(row: dict[str, Any], texts: Path, where: str) -> str:
    if row["schema"] != SCHEMA:
        raise NarrativeError(f"{where}: schema {row['schema']!r} is not {SCHEMA}")
    if Path(str(row["id"])).name != row["id"]:
        raise NarrativeError(f"{where}: the id {row['id']!r} names no file")
    file = texts / f"{row['id']}.txt"
    try:
        text = file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NarrativeError(f"{where}: its text {file} cannot be read: {error}") from error
    if digest(text) != row["sha256"]:
        raise NarrativeError(
            f"{where}: {file} is not the text that was annotated: plain, without front matter and marks"
        )
    return text


def _article(row: dict[str, Any], text: str, path: Path) -> GoldArticle:
    return GoldArticle(
        id=row["id"],
        path=path,
        text=text,
        header={
            "id": row["id"],
            "outlet": "",
            "shape": "",
            "family": row["id"],
            **{key: row[key] for key in _HEADER if key in row},
        },
        marks=(),
        statements=tuple(GoldStatement(**_read(item, text)) for item in row["statements"]),
        views=tuple(GoldView(**_read(item, text)) for item in row["views"]),
        figures=tuple(GoldFigure(**_read(item, text)) for item in row["figures"]),
        **{key: tuple(map(_span, row[key])) for key in _REGIONS},
    )


def _present(row: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is absent; a missing key reads as absent."""
    return {key: value for key, value in row.items() if value is not None and value is not False}


def _placed(row: dict[str, Any], near: int, text: str) -> dict[str, Any]:
    """Replace quoted words by the offsets of their occurrence nearest to `near`; words that the text lacks stay words."""
    out = _present(row)
    for key in _QUOTED:
        words = str(out.get(key, ""))
        places = [m.start() for m in re.finditer(re.escape(words), text)] if words else []
        if places:
            start = min(places, key=lambda place: abs(place - near))
            out[key] = [start, start + len(words)]
    return out


def _read(row: dict[str, Any], text: str) -> dict[str, Any]:
    """Turn the pairs of offsets of a row back into spans, and those of quoted words into the words."""
    out = dict(row)
    for key in ("cue", "source", "span"):
        if key in out:
            out[key] = _span(out[key])
    for key in _QUOTED:
        if isinstance(out.get(key), list):
            out[key] = text[slice(*_span(out[key]))]
    if "content" in out:
        out["content"] = tuple(map(_span, out["content"]))
    return out


def _span(pair: list[Any]) -> Span:
    start, end = pair
    if not (isinstance(start, int) and isinstance(end, int)):
        raise TypeError(f"offsets are whole numbers, not {pair}")
    return Span(start, end)
