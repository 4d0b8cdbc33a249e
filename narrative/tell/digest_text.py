"""A digest as plain text, for the mail programs that show text: the same facts in the same order, and no markup."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from narrative.tell.charts import describe
from narrative.tell.digest import Digest
from narrative.tell.digest_html import (
    COLUMNS,
    cells,
    dots_caption,
    judged,
    qualifiers,
    reach,
    role,
    stance,
    views,
)
from narrative.tell.digest_lines import Line, Section
from narrative.tell.escaping import link, plain
from narrative.tell.layout import Page, count, dated, quoted

_PAGE = Page(72)  # what a mail program shows without breaking lines


def render_text(digest: Digest) -> str:
    """Return the digest as text in lines of at most 72 columns, all but addresses and the weeks; the chart is its table."""
    return "\n".join(_body(digest)).rstrip() + "\n"


def _body(digest: Digest) -> Iterator[str]:
    yield from _heading(digest.narrative.title, "=")
    yield from _PAGE.wrap(f"Narrative digest · {digest.week} · {digest.days}")
    yield ""
    yield from _PAGE.wrap(digest.narrative.hypothesis)
    for paragraph in (*digest.banners, " ".join(digest.headline)):
        yield ""
        yield from _PAGE.wrap(paragraph)
    yield ""
    for tile in digest.tiles:
        yield from _PAGE.wrap(f"{tile.label}: {tile.value}{f' ({tile.note})' if tile.note else ''}", 2, 2)
    yield ""
    yield from _PAGE.wrap(describe(digest.points, digest.spread))
    yield ""
    yield from _table([COLUMNS, *map(cells, digest.points)])
    if digest.dots.marks:
        yield ""
        yield from _PAGE.wrap(dots_caption(digest))
    for section in (*digest.changes, digest.voices):
        yield from _section(section, digest)
    yield from _notes("Coverage", digest.coverage)
    yield from _notes("Method", digest.method)


def _heading(words: str, under: str = "-") -> Iterator[str]:
    lines = _PAGE.wrap(words)
    yield from lines
    yield under * max(map(len, lines))


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Give rows with their cells under one another, numbers to the right."""
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        numbers = [cell.rjust(room) for cell, room in zip(others, wide[1:], strict=True)]
        yield "  ".join([first.ljust(wide[0]), *numbers]).rstrip()


def _section(section: Section, digest: Digest) -> Iterator[str]:
    yield ""
    yield from _heading(section.heading)
    for note in section.notes:
        yield from _PAGE.wrap(note)
    if not section.lines and section.empty:
        yield from _PAGE.wrap(section.empty)
    for place, line in enumerate(section.lines):
        yield from ([""] if place or section.notes else [])
        yield from _line(line, digest)
    if section.more:
        yield f"and {count(section.more, 'more line')}"


def _line(line: Line, digest: Digest) -> Iterator[str]:
    entry, address = line.entry, link(line.entry.url)
    yield from _PAGE.wrap(f"{entry.voice_name}{role(line)}", 0, 2)
    yield from _PAGE.wrap(f"{stance(line)}, {judged(line)}", 2, 2)
    yield from _PAGE.wrap(quoted(entry, line.words), 2, 1)
    if qualified := qualifiers(line):
        yield from _PAGE.wrap(qualified, 2, 2)
    ids = ", ".join(digest.ids[view] for view in views(line))
    facts = (dated(entry), entry.outlet if entry.outlet != entry.url else "", *reach(line), f"view {ids}")
    yield from _PAGE.wrap(" · ".join(fact for fact in facts if fact), 2, 2)
    if address:
        yield f"  {plain(address)}"  # in one piece, so that it can be followed


def _notes(heading: str, sentences: Iterable[str]) -> Iterator[str]:
    yield ""
    yield from _heading(heading)
    for place, sentence in enumerate(sentences):
        yield from ([""] if place else [])
        yield from _PAGE.wrap(sentence)
