"""A reading as text for people: each statement with who said it, and under it what it means for which target."""

from __future__ import annotations

import textwrap
from collections import defaultdict

from narrative.targets import Targets
from narrative.tell.layout import count
from narrative.terms import Reading, Statement, View


def render(reading: Reading, targets: Targets, path: str | None = None, *, width: int = 80) -> str:
    """Return the statements of one article in reading order, wrapped to `width` columns."""
    article = reading.article
    head = article.title or path or article.url
    lines = _wrap(f"{path}: {head}" if path and head != path else head, width, "", "  ")
    if article.stub:
        lines += _wrap(f"not read further: {article.stub}", width, "  ", "    ")
    judged: dict[str, list[View]] = defaultdict(list)
    for view in reading.views:
        judged[view.statement].append(view)
    shown = [statement for statement in reading.statements if not statement.dup]
    for statement in shown:
        lines += ["", *_statement(statement, article.text, judged[statement.id], targets, width)]
    repeated = len(reading.statements) - len(shown)
    noun = f"{count(len(shown), 'statement')}, {count(len(reading.views), 'view')}"
    lines += ["", f"  {noun}" + (f", {repeated} in a repeated body left out" if repeated else "")]
    return "\n".join(lines)


def _statement(statement: Statement, text: str, views: list[View], targets: Targets, width: int) -> list[str]:
    who = ", ".join(part for part in (statement.speaker, statement.title, statement.firm) if part)
    lines = _wrap(who or "unnamed", width, "  ", "    ")
    lines += _wrap(f"“{statement.words(text)}”", width, "    ", "    ")
    for view in views:
        share = max(view.bullish, view.bearish, view.neutral)
        judged = f"{view.stance} on {targets.name(view.target)} ({share:.2f}){_notes(view)}"
        lines += _wrap(judged, width, "    ", "      ")
    return lines


def _wrap(words: str, width: int, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        words,
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _notes(view: View) -> str:
    notes = [
        f"condition: {view.condition}" if view.condition else "",
        f"horizon: {view.horizon}" if view.horizon else "",
    ]
    notes += [
        "hedged" if view.hedged else "",
        "past" if view.past else "",
        "abstained" if view.abstained else "",
    ]
    said = "; ".join(note for note in notes if note)
    return f"  [{said}]" if said else ""
