"""Annotated articles: what the front matter and the marks of one file mean.

`corpus/GUIDELINES.md` describes both. Anything that makes no sense is refused with the file, and with the line where a mark is at
fault.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from narrative.errors import NarrativeError
from narrative.read.markup import Mark, Marked, take_marks
from narrative.terms import Mode, Span

_HEADER = {"id", "published", "outlet", "family", "shape", "covers", "view", "statement", "figure", "title"}
_VIEW = {"statement", "target", "stance", "condition", "horizon", "hedged", "past"}
_UNITS = re.compile(r"percent|multiple|percentile|basis_points|index_points|count|[A-Z]{3}")
_QUOTES = '"“”„«»'


@dataclass(frozen=True, slots=True)
class GoldStatement:
    """A statement as annotated; names are resolved over the document."""

    name: str
    mode: Mode
    content: tuple[Span, ...]
    cue: Span | None = None
    source: Span | None = None
    speaker: str | None = None
    title: str | None = None
    firm: str | None = None


@dataclass(frozen=True, slots=True)
class GoldView:
    """A stance of one statement on one target, as annotated."""

    statement: str
    target: str
    stance: str
    condition: str | None = None
    horizon: str | None = None
    hedged: bool = False
    past: bool = False


@dataclass(frozen=True, slots=True)
class GoldFigure:
    """A figure as annotated."""

    name: str
    span: Span
    unit: str
    subject: str | None = None
    period: str | None = None
    direction: str | None = None
    value: float | None = None


@dataclass(frozen=True, slots=True)
class GoldArticle:
    """One annotated article: clean text, marks in the order they open, and what they mean."""

    id: str
    path: Path
    text: str
    header: dict[str, Any]
    marks: tuple[Mark, ...]
    statements: tuple[GoldStatement, ...]
    views: tuple[GoldView, ...]
    figures: tuple[GoldFigure, ...]
    people: tuple[Span, ...] = ()
    firms: tuple[Span, ...] = ()
    dups: tuple[Span, ...] = ()
    junk: tuple[Span, ...] = ()

    @property
    def family(self) -> str:
        """The unit of splitting: mirrors and rewrites share one."""
        return str(self.header["family"])


@dataclass(slots=True)
class _Parts:
    """What the marks of one statement give, while they are gathered."""

    content: list[Span] = field(default_factory=list)
    first: dict[str, Span] = field(default_factory=dict)
    same_as: str | None = None


def read_gold(path: Path) -> GoldArticle:
    """Read one annotated article. Raises NarrativeError with file and line for anything that makes no sense."""
    return parse_gold(path.read_text(encoding="utf-8"), path)


def parse_gold(raw: str, path: Path) -> GoldArticle:
    """Read one annotated article from its raw text; `path` is for messages."""
    header, body, first_line = _split(raw, path)
    text, marks = _strip(body, path, first_line)
    gathered = _gather(marks, path)
    statements = _statements(gathered, text, header, path)
    names = {statement.name for statement in statements}
    article = GoldArticle(
        id=str(header["id"]),
        path=path,
        text=text,
        header=header,
        marks=marks,
        statements=statements,
        views=tuple(_view(row, names, path) for row in header.get("view", [])),
        figures=_figures(marks, header, path),
        people=_spans(marks, "p", ".speaker"),
        firms=_spans(marks, "o", ".firm"),
        dups=_spans(marks, "dup"),
        junk=_spans(marks, "junk"),
    )
    _check(article)
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
    missing = {"id", "published", "outlet", "family", "shape"} - set(header)
    if missing or set(header) - _HEADER:
        raise NarrativeError(
            f"{path}: missing keys {sorted(missing)}, unknown keys {sorted(set(header) - _HEADER)}"
        )
    return header, raw[match.end() :], raw[: match.end()].count("\n") + 1


# --- what the marks mean -------------------------------------------------------------------------------------


def _gather(marks: tuple[Mark, ...], path: Path) -> dict[str, _Parts]:
    found: dict[str, _Parts] = {}
    for tag, span in marks:
        if not re.match(r"s\d", tag):
            continue
        name, _, part = tag.partition(".")
        part, _, same = part.partition("=")
        entry = found.setdefault(name, _Parts())
        entry.same_as = same or entry.same_as
        if part == "content":
            entry.content.append(span)
        elif part in entry.first and part in ("cue", "source"):
            raise NarrativeError(f"{path}: {name} has two {part} marks")
        else:
            entry.first.setdefault(part, span)
    return found


def _statements(
    found: dict[str, _Parts], text: str, header: dict[str, Any], path: Path
) -> tuple[GoldStatement, ...]:
    given = header.get("statement", {})
    out: dict[str, GoldStatement] = {}
    for name, parts in sorted(found.items(), key=lambda item: int(item[0][1:])):
        if not parts.content:
            raise NarrativeError(f"{path}: {name} has no content mark")
        out[name] = GoldStatement(
            name=name,
            mode=_mode(text, parts.content),
            content=tuple(sorted(parts.content)),
            cue=parts.first.get("cue"),
            source=parts.first.get("source"),
            **{part: _named(part, parts, text, given.get(name, {})) for part in ("speaker", "title", "firm")},
        )
    for name in given:
        if name not in out:
            raise NarrativeError(f"{path}: [statement.{name}] has no marks in the text")
    return tuple(_inherit(statement, found, out, path) for statement in out.values())


def _named(part: str, parts: _Parts, text: str, given: dict[str, str]) -> str | None:
    span = parts.first.get(part)
    return given.get(part) or (text[span.start : span.end] if span else None)


def _inherit(
    statement: GoldStatement, found: dict[str, _Parts], out: dict[str, GoldStatement], path: Path
) -> GoldStatement:
    """Fill speaker, title and firm from the statement that `source=sN` names, following chains."""
    seen = {statement.name}
    speaker, title, firm = statement.speaker, statement.title, statement.firm
    other = found[statement.name].same_as
    while other and not (speaker and title and firm):
        if other not in out or other in seen:
            raise NarrativeError(
                f"{path}: {statement.name} takes its source from {other}, which does not exist or loops"
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
    closed = text[span.end : span.end + 2].strip()[:1] in tuple("\"”’',") or text[span.end - 1] in _QUOTES
    return opened and (closed or text[line_start : span.start].strip() in ('"', "“", "‘", "'"))


def _view(row: dict[str, Any], names: set[str], path: Path) -> GoldView:
    if set(row) - _VIEW or not {"statement", "target", "stance"} <= set(row):
        raise NarrativeError(
            f"{path}: a view needs statement, target and stance, may have {sorted(_VIEW)}: {row}"
        )
    if row["statement"] not in names:
        raise NarrativeError(f"{path}: a view of {row['statement']!r}, which has no content mark")
    if row["stance"] not in ("bullish", "bearish", "neutral"):
        raise NarrativeError(f"{path}: stance {row['stance']!r} is not bullish, bearish or neutral")
    return GoldView(**row)


def _figures(marks: tuple[Mark, ...], header: dict[str, Any], path: Path) -> tuple[GoldFigure, ...]:
    given = header.get("figure", {})
    out = []
    for tag, span in marks:
        name, _, unit = tag.partition(".")
        if not re.fullmatch(r"f\d+", name):
            continue
        if not _UNITS.fullmatch(unit):
            raise NarrativeError(f"{path}: {name} has the unknown unit {unit!r}")
        out.append(GoldFigure(name, span, unit, **given.get(name, {})))
    if len({figure.name for figure in out}) < len(out) or set(given) - {figure.name for figure in out}:
        raise NarrativeError(f"{path}: a figure is marked twice, or [figure.fN] has no mark")
    return tuple(out)


def _spans(marks: tuple[Mark, ...], tag: str, suffix: str = "\0") -> tuple[Span, ...]:
    return tuple(sorted(mark.span for mark in marks if mark.tag == tag or mark.tag.endswith(suffix)))


def _check(article: GoldArticle) -> None:
    """Refuse what cannot be: two views of one pair, names that do not stand in the text, marks inside junk."""
    pairs = [(view.statement, view.target) for view in article.views]
    if len(set(pairs)) < len(pairs):
        raise NarrativeError(f"{article.path}: two views of one statement on one target")
    for statement in article.statements:
        for value in (statement.speaker, statement.title, statement.firm):
            if value and value not in article.text:
                raise NarrativeError(
                    f"{article.path}: {statement.name}: {value!r} does not stand in the text"
                )
