"""Annotated articles: what the front matter and the marks of one file mean.

`corpus/GUIDELINES.md` describes both. Anything that makes no sense is refused with the file, and with the line where a mark is at
fault.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, get_args

from narrative.errors import NarrativeError
from narrative.read.annotated import GoldArticle, GoldFigure, GoldStatement, GoldView, check
from narrative.read.markup import Marked, take_marks
from narrative.terms import Direction, Mode, Span

_HEADER = {"id", "published", "outlet", "family", "shape", "covers", "view", "statement", "figure", "title"}
_VIEW = {"statement", "target", "stance", "condition", "horizon", "hedged", "past"}
_NEEDED = {"id", "published", "outlet"}
_TEXTS = ("id", "outlet", "family", "shape", "title")
_FLAGS = ("hedged", "past")
_NAMES = ("speaker", "title", "firm")
_FIGURE = ("subject", "period", "direction", "value")
_UNITS = re.compile(r"percent|multiple|percentile|basis_points|index_points|count|[A-Z]{3}")
_CLOSED = re.compile(r"[.,;:!?…]? ?[\"”’']")
_QUOTES = '"“”„«»'


@dataclass(slots=True)
class _Parts:
    """What the marks of one statement give, while they are gathered."""

    content: list[Span] = field(default_factory=list)
    first: dict[str, Span] = field(default_factory=dict)
    same_as: str | None = None


def read_gold(path: Path) -> GoldArticle:
    """Read one annotated article. Raises NarrativeError with file and line for anything that makes no sense."""
    try:
        raw = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise NarrativeError(f"cannot read {path}: {error}") from error
    return parse_gold(raw, path)


def parse_gold(raw: str, path: Path) -> GoldArticle:
    """Read one annotated article from its raw text; `path` is for messages."""
    header, body, first_line = _split(raw, path)
    marked = take_marks(body, path, first_line)
    statements = _statements(_gather(marked), marked, header)
    names = {statement.name for statement in statements}
    article = GoldArticle(
        id=str(header["id"]),
        path=path,
        text=marked.text,
        header=header,
        marks=marked.marks,
        statements=statements,
        views=tuple(_view(row, names, path) for row in header.get("view", [])),
        figures=_figures(marked, header),
        people=_spans(marked, "p", ".speaker"),
        firms=_spans(marked, "o", ".firm"),
        dups=_spans(marked, "dup"),
        junk=_spans(marked, "junk"),
    )
    check(article)
    return article


# --- the file ------------------------------------------------------------------------------------------------


def _split(raw: str, path: Path) -> tuple[dict[str, Any], str, int]:
    """Return front matter, body and the number of the body's first line."""
    match = re.match(r"\+\+\+\n(.*?\n)\+\+\+\n", raw, re.DOTALL)
    if not match:
        raise NarrativeError(f"{path}:1: no front matter between two +++ lines")
    try:
        header = tomllib.loads(match.group(1))
    except tomllib.TOMLDecodeError as error:
        raise NarrativeError(f"{path}: front matter: {error}") from error
    for words, keys in (("needs", _NEEDED - set(header)), ("does not know", set(header) - _HEADER)):
        if keys:
            raise NarrativeError(f"{path}: the front matter {words} {', '.join(sorted(keys))}")
    header = {"family": header["id"], "shape": "", **header}
    _check_types(header, path)
    return header, raw[match.end() :], raw[: match.end()].count("\n") + 1


def _check_types(header: dict[str, Any], path: Path) -> None:
    """Refuse values of another type than the guidelines give."""
    for key in _TEXTS:
        if not isinstance(header.get(key, ""), str):
            raise NarrativeError(f"{path}: {key} must be text, not {header[key]!r}")
    if not isinstance(header["published"], date):
        raise NarrativeError(f"{path}: published must be a day or an instant without quote marks")
    covers = header.get("covers", [])
    if not isinstance(covers, list) or not all(isinstance(cell, str) for cell in covers):
        raise NarrativeError(f"{path}: covers must be a list of texts, not {covers!r}")
    if not isinstance(header.get("view", []), list):
        raise NarrativeError(f"{path}: views are written as [[view]] tables")


# --- what the marks mean -------------------------------------------------------------------------------------


def _gather(marked: Marked) -> dict[str, _Parts]:
    found: dict[str, _Parts] = {}
    for tag, span in marked.marks:
        if not re.match(r"s\d", tag):
            continue
        name, _, part = tag.partition(".")
        part, _, same = part.partition("=")
        entry = found.setdefault(name, _Parts())
        entry.same_as = same or entry.same_as
        if part == "content":
            entry.content.append(span)
        elif part in entry.first and part in ("cue", "source"):
            raise NarrativeError(f"{marked.where(span.start)}: {name} has two {part} marks")
        else:
            entry.first.setdefault(part, span)
    return found


def _statements(
    found: dict[str, _Parts], marked: Marked, header: dict[str, Any]
) -> tuple[GoldStatement, ...]:
    given = _tables(header, "statement", _NAMES, marked.path)
    out: dict[str, GoldStatement] = {}
    for name, parts in sorted(found.items(), key=lambda item: int(item[0][1:])):
        if not parts.content:
            first = min(parts.first.values())
            raise NarrativeError(f"{marked.where(first.start)}: {name} has no content mark")
        out[name] = GoldStatement(
            name=name,
            mode=_mode(marked.text, parts.content),
            content=tuple(sorted(parts.content)),
            cue=parts.first.get("cue"),
            source=parts.first.get("source"),
            **{part: _named(part, parts, marked.text, given.get(name, {})) for part in _NAMES},
        )
    for name in given:
        if name not in out:
            raise NarrativeError(f"{marked.path}: [statement.{name}] has no marks in the text")
    return tuple(_inherit(statement, found, out, marked) for statement in out.values())


def _tables(
    header: dict[str, Any], key: str, allowed: Collection[str], path: Path
) -> dict[str, dict[str, Any]]:
    """Return the front matter's tables `[key.NAME]`, refusing keys that mean nothing."""
    given = header.get(key, {})
    rows = given.items() if isinstance(given, dict) else [(key, given)]
    for name, row in rows:
        if not isinstance(row, dict) or set(row) - set(allowed):
            raise NarrativeError(f"{path}: [{key}.{name}] may only have {', '.join(sorted(allowed))}")
        for part, value in row.items():
            known = value in get_args(Direction) if part == "direction" else True
            if not known or not isinstance(value, (int, float) if part == "value" else str):
                raise NarrativeError(f"{path}: [{key}.{name}] has {part} = {value!r}, which it cannot have")
    return dict(rows)


def _named(part: str, parts: _Parts, text: str, given: dict[str, str]) -> str | None:
    span = parts.first.get(part)
    return given.get(part) or (text[span.start : span.end] if span else None)


def _inherit(
    statement: GoldStatement, found: dict[str, _Parts], out: dict[str, GoldStatement], marked: Marked
) -> GoldStatement:
    """Fill speaker, title and firm from the statement that `source=sN` names, following chains."""
    seen = {statement.name}
    speaker, title, firm = statement.speaker, statement.title, statement.firm
    other = found[statement.name].same_as
    while other and not (speaker and title and firm):
        if other not in out or other in seen:
            where = marked.where(statement.content[0].start)
            raise NarrativeError(
                f"{where}: {statement.name} takes its source from {other}, which does not exist or loops"
            )
        seen.add(other)
        speaker, title, firm = (
            speaker or out[other].speaker,
            title or out[other].title,
            firm or out[other].firm,
        )
        other = found[other].same_as
    parts = (statement.name, statement.mode, statement.content, statement.cue, statement.source)
    return GoldStatement(*parts, speaker, title, firm)


def _mode(text: str, content: list[Span]) -> Mode:
    """Direct when every span stands between quote marks, indirect when none does, else mixed."""
    quoted = [_is_quoted(text, span) for span in content]
    return "direct" if all(quoted) else "mixed" if any(quoted) else "indirect"


def _is_quoted(text: str, span: Span) -> bool:
    before = text[: span.start].rstrip()[-1:]
    line_start = text.rfind("\n", 0, span.start) + 1
    opened = before in "\"“'‘" and bool(before)
    closed = _CLOSED.match(text, span.end) is not None or text[span.end - 1] in _QUOTES
    # A quotation that goes on in the next paragraph is not closed at the end of this one.
    runs_on = text[span.end : span.end + 1] in ("\n", "") and before != "'"
    return opened and (closed or runs_on or text[line_start : span.start].strip() in ('"', "“", "‘", "'"))


def _view(row: dict[str, Any], names: set[str], path: Path) -> GoldView:
    if not isinstance(row, dict) or set(row) - _VIEW or not {"statement", "target", "stance"} <= set(row):
        raise NarrativeError(
            f"{path}: a view needs statement, target and stance, may have {sorted(_VIEW)}: {row}"
        )
    for key, value in row.items():
        if not isinstance(value, bool if key in _FLAGS else str):
            raise NarrativeError(f"{path}: a view has {key} = {value!r}, which it cannot have")
    if row["statement"] not in names:
        raise NarrativeError(f"{path}: a view of {row['statement']!r}, which has no content mark")
    return GoldView(**row)


def _figures(marked: Marked, header: dict[str, Any]) -> tuple[GoldFigure, ...]:
    given = _tables(header, "figure", _FIGURE, marked.path)
    out: dict[str, GoldFigure] = {}
    for tag, span in marked.marks:
        name, _, unit = tag.partition(".")
        if not re.fullmatch(r"f\d+", name):
            continue
        if not _UNITS.fullmatch(unit):
            raise NarrativeError(
                f"{marked.where(span.start)}: {name} has the unit {unit!r}, no percent, multiple, percentile, basis_points, index_points, count or currency code"
            )
        if name in out:
            raise NarrativeError(f"{marked.where(span.start)}: {name} is marked twice")
        out[name] = GoldFigure(name, span, unit, **given.get(name, {}))
    for name in given:
        if name not in out:
            raise NarrativeError(f"{marked.path}: [figure.{name}] has no mark in the text")
    return tuple(out.values())


def _spans(marked: Marked, tag: str, suffix: str = "\0") -> tuple[Span, ...]:
    return tuple(sorted(mark.span for mark in marked.marks if mark.tag == tag or mark.tag.endswith(suffix)))
