"""The records of an annotated article, whatever form they were written in, and the check of what cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from narrative.errors import NarrativeError
from narrative.read.markup import Mark
from narrative.terms import Mode, Span, Stance


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


def check(article: GoldArticle) -> None:
    """Refuse what cannot be, whatever form the annotation came in. Raises NarrativeError with the file's path.

    Checked: two views of one pair, views of no statement or of another stance than the three, names that do not stand in the
    text, statements of one name, spans outside the text, empty or with blanks at their edges.
    """
    known = [statement.name for statement in article.statements]
    pairs = [(view.statement, view.target) for view in article.views]
    for problem, broken in (
        ("two views of one statement on one target", len(set(pairs)) < len(pairs)),
        ("two statements of one name", len(set(known)) < len(known)),
        ("a view of a statement that does not exist", bool({name for name, _ in pairs} - set(known))),
    ):
        if broken:
            raise NarrativeError(f"{article.path}: {article.id}: {problem}")
    for view in article.views:
        if view.stance not in get_args(Stance):
            raise NarrativeError(f"{article.path}: stance {view.stance!r} is not bullish, bearish or neutral")
    for statement in article.statements:
        if not statement.content or statement.mode not in get_args(Mode):
            raise NarrativeError(f"{article.path}: {statement.name} has no content or no known mode")
        for value in (statement.speaker, statement.title, statement.firm):
            if value and value not in article.text:
                raise NarrativeError(
                    f"{article.path}: {statement.name}: {value!r} does not stand in the text"
                )
    _check_spans(article)


def _check_spans(article: GoldArticle) -> None:
    parts = [*article.people, *article.firms, *article.dups, *article.junk]
    parts += [figure.span for figure in article.figures]
    for statement in article.statements:
        parts += [*statement.content, *filter(None, (statement.cue, statement.source))]
    for start, end in parts:
        words = article.text[start:end] if 0 <= start < end <= len(article.text) else ""
        if not words or words != words.strip():
            raise NarrativeError(
                f"{article.path}: {article.id}: no words at {start} to {end}: {words[:40]!r}"
            )
