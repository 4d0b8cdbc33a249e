"""A reading as text for people: each statement with who said it, and under it what it means for which target."""

from __future__ import annotations

import textwrap
from collections import defaultdict

from narrative.terms import Reading, Statement, View


def render(reading: Reading, path: str | None = None, *, width: int = 80) -> str:
    """Return the statements of one article in reading order, wrapped to `width` columns."""
    article = reading.article
    head = article.title or path or article.url
    lines = [f"{path or article.url}: {head}" if path and head != path else head]
    if article.stub:
        lines.append(f"  not read further: {article.stub}")
    judged: dict[str, list[View]] = defaultdict(list)
    for view in reading.views:
        judged[view.statement].append(view)
    shown = [statement for statement in reading.statements if not statement.dup]
    for statement in shown:
        lines += ["", *_statement(statement, article.text, judged[statement.id], width)]
    repeated = len(reading.statements) - len(shown)
    noun = f"{len(shown)} statements, {len(reading.views)} views"
    lines += ["", f"  {noun}" + (f", {repeated} in a repeated body left out" if repeated else "")]
    return "\n".join(lines)


def _statement(statement: Statement, text: str, views: list[View], width: int) -> list[str]:
    who = ", ".join(part for part in (statement.speaker, statement.title, statement.firm) if part)
    lines = [f"  {who or 'unnamed'}"]
    words = f"“{statement.words(text)}”"
    lines += textwrap.wrap(words, width, initial_indent="    ", subsequent_indent="    ")
    for view in views:
        lines.append(
            f"    {view.stance} on {view.target} ({max(view.bullish, view.bearish, view.neutral):.2f}){_notes(view)}"
        )
    return lines


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
