"""An evaluation as Markdown: the twin of the page, with the same facts in the same order."""

from __future__ import annotations

from collections.abc import Iterator

from narrative.tell.escaping import markdown
from narrative.tell.evaluation_report import Report, Section, Table


def render_markdown(report: Report) -> str:
    """Return the report as Markdown; a chart is its description and its table."""
    return "\n".join(_body(report)).rstrip() + "\n"


def _body(report: Report) -> Iterator[str]:
    yield f"# {markdown(report.title)}\n"
    yield f"{markdown(report.kicker)}\n"
    yield from (f"> **{markdown(note)}**\n" for note in report.notes)
    yield f"{markdown(report.lead)}\n"
    yield from (f"- {markdown(t.label)}: **{markdown(t.value)}** ({markdown(t.note)})" for t in report.tiles)
    for section in report.sections:
        yield from _section(section)
    yield "\n## Method\n"
    yield from (f"{markdown(sentence)}\n" for sentence in report.method)


def _section(section: Section) -> Iterator[str]:
    yield f"\n## {markdown(section.heading)}\n"
    yield from (f"{markdown(sentence)}\n" for sentence in section.sentences)
    if section.picture:
        yield f"{markdown(section.picture.title)}. {markdown(section.picture.described)}\n"
        yield from _table(section.picture.table)
    if section.table:
        yield from _table(section.table)


def _table(table: Table) -> Iterator[str]:
    yield f"| {' | '.join(map(markdown, table.columns))} |\n|{' --- |' * len(table.columns)}"
    yield from (f"| {' | '.join(map(markdown, row))} |" for row in table.rows)
