"""Annotations without their texts: offsets and labels that anybody who has the text can check and use.

One JSON object a line with the keys
`schema id sha256 outlet published family shape covers statements views figures people firms dups junk`.
Offsets are code points into the text, end exclusive; `sha256` is that of the text in UTF-8, and a text that differs is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from narrative.errors import NarrativeError
from narrative.read.gold import GoldArticle, GoldFigure, GoldStatement, GoldView
from narrative.terms import Span

SCHEMA = "narrative.gold/1"
_HEADER = ("outlet", "published", "family", "shape", "covers")


def standoff(article: GoldArticle) -> dict[str, Any]:
    """Return an annotated article as plain values, its text replaced by a hash."""
    header = {key: article.header[key] for key in _HEADER if key in article.header}
    return {
        "schema": SCHEMA,
        "id": article.id,
        "sha256": digest(article.text),
        **{
            key: value if isinstance(value, str | list) else value.isoformat()
            for key, value in header.items()
        },
        "statements": [_present(asdict(row)) for row in article.statements],
        "views": [_present(asdict(row)) for row in article.views],
        "figures": [_present(asdict(row)) for row in article.figures],
        **{key: [list(s) for s in getattr(article, key)] for key in ("people", "firms", "dups", "junk")},
    }


def read_standoff(path: Path, texts: Path) -> Iterator[GoldArticle]:
    """Read annotations whose texts lie in `texts` as `<id>.txt`. Raises NarrativeError with file and line."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise NarrativeError(f"cannot read {path}: {error}") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            where = f"{path}:{number}"
            try:
                row = json.loads(line)
                yield _article(row, _text_of(row, texts, where), path)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise NarrativeError(f"{where}: no annotation in the form {SCHEMA}: {error}") from error


def digest(text: str) -> str:
    """Return the hash by which an annotation knows its text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _text_of(row: dict[str, Any], texts: Path, where: str) -> str:
    if row["schema"] != SCHEMA:
        raise NarrativeError(f"{where}: schema {row['schema']!r} is not {SCHEMA}")
    file = texts / f"{row['id']}.txt"
    try:
        text = file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NarrativeError(f"{where}: its text {file} cannot be read: {error}") from error
    if digest(text) != row["sha256"]:
        raise NarrativeError(f"{where}: {file} is not the text that was annotated")
    return text


def _article(row: dict[str, Any], text: str, path: Path) -> GoldArticle:
    return GoldArticle(
        id=row["id"],
        path=path,
        text=text,
        header={"id": row["id"], "outlet": "", "shape": "", "family": row["id"], **_kept(row, _HEADER)},
        marks=(),
        statements=tuple(GoldStatement(**_spans(item)) for item in row["statements"]),
        views=tuple(GoldView(**item) for item in row["views"]),
        figures=tuple(GoldFigure(**_spans(item)) for item in row["figures"]),
        **{
            key: tuple(Span(*pair) for pair in row.get(key, ()))
            for key in ("people", "firms", "dups", "junk")
        },
    )


def _kept(row: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: row[key] for key in keys if key in row}


def _present(row: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is absent; a missing key reads as absent."""
    return {key: value for key, value in row.items() if value is not None and value is not False}


def _spans(row: dict[str, Any]) -> dict[str, Any]:
    """Turn the pairs of offsets of a row back into spans."""
    out = dict(row)
    for key in ("cue", "source", "span"):
        if out.get(key):
            out[key] = Span(*out[key])
    if "content" in out:
        out["content"] = tuple(Span(*pair) for pair in out["content"])
    return out
