"""An evaluation as one HTML file that asks nothing of the network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from string import Template

from narrative.tell.escaping import html
from narrative.tell.evaluation_report import Picture, Report, Section, Table


def render_html(report: Report) -> str:
    """Return the page: styles and charts inside, no script, no request; for screen, phone and print."""
    template = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
    return template.substitute(title=html(report.title), body="\n".join(_body(report)))


def _body(report: Report) -> Iterator[str]:
    yield f'<header><p class="kicker">{html(report.kicker)}</p><h1>{html(report.title)}</h1>'
    yield from (f'<p class="banner">{html(note)}</p>' for note in report.notes)
    yield f'</header><main><p class="lead">{html(report.lead)}</p><dl class="tiles">'
    for tile in report.tiles:
        yield f'<div><dt>{html(tile.label)}</dt><dd>{html(tile.value)}</dd><dd class="note">{html(tile.note)}</dd></div>'
    yield "</dl>"
    for section in report.sections:
        yield from _section(section)
    yield "</main><footer><h2>Method</h2>"
    yield from (f"<p>{html(sentence)}</p>" for sentence in report.method)
    yield "</footer>"


def _section(section: Section) -> Iterator[str]:
    yield f"<section><h2>{html(section.heading)}</h2>"
    yield from (f"<p>{html(sentence)}</p>" for sentence in section.sentences)
    if section.picture:
        yield from _picture(section.picture)
    if section.table:
        yield from _table(section.table)
    yield "</section>"


def _picture(picture: Picture) -> Iterator[str]:
    yield "<figure>"
    yield from (picture.draw(phone) for phone in (False, True))
    yield f"<figcaption>{html(picture.described)}</figcaption>"
    yield "<details><summary>The same as a table</summary>"
    yield from _table(picture.table)
    yield "</details></figure>"


def _table(table: Table) -> Iterator[str]:
    yield '<div class="scroll"><table><thead><tr>'
    yield "".join(f'<th scope="col">{html(name)}</th>' for name in table.columns) + "</tr></thead><tbody>"
    for row in table.rows:
        yield "<tr>" + "".join(f"<td>{html(value)}</td>" for value in row) + "</tr>"
    yield "</tbody></table></div>"
