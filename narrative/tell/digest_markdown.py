"""A digest as Markdown: the twin of the page, with the same facts in the same order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
from narrative.tell.escaping import link, markdown
from narrative.tell.layout import count, dated, quoted


def render_markdown(digest: Digest) -> str:
    """Return the digest as Markdown; the chart is its description and its table."""
    return "\n".join(_body(digest)).rstrip() + "\n"


def _body(digest: Digest) -> Iterator[str]:
    yield f"# {markdown(digest.narrative.title)}\n"
    yield f"Narrative digest · {markdown(digest.week)} · {markdown(digest.days)}\n"
    yield f"{markdown(digest.narrative.hypothesis)}\n"
    yield from (f"> **{markdown(banner)}**\n" for banner in digest.banners)
    yield " ".join(markdown(sentence) for sentence in digest.headline) + "\n"
    for tile in digest.tiles:
        note = f" ({markdown(tile.note, inline=True)})" if tile.note else ""
        yield f"- {markdown(tile.label)}: **{markdown(tile.value, inline=True)}**{note}"
    yield f"\n{markdown(describe(digest.points, digest.spread))}\n"
    yield f"| {' | '.join(COLUMNS)} |\n|{' --- |' * len(COLUMNS)}"
    yield from (
        f"| {' | '.join(markdown(cell, inline=True) for cell in cells(point))} |" for point in digest.points
    )
    if digest.dots.marks:
        yield f"\n{markdown(dots_caption(digest))}"
    for section in (*digest.changes, digest.voices):
        yield from _section(section, digest)
    yield from _notes("Coverage", digest.coverage)
    yield from _notes("Method", digest.method)


def _section(section: Section, digest: Digest) -> Iterator[str]:
    yield f"\n## {markdown(section.heading)}\n"
    yield from (f"{markdown(note)}\n" for note in section.notes)
    if not section.lines and section.empty:
        yield markdown(section.empty)
    yield from ("\n".join(_line(line, digest)) for line in section.lines)
    if section.more:
        yield f"\nand {count(section.more, 'more line')}"


def _line(line: Line, digest: Digest) -> Iterator[str]:
    entry = line.entry
    who = f"**{markdown(entry.voice_name)}**{markdown(role(line))}"
    yield f"- {who}: {markdown(stance(line))}, {judged(line)}  "
    qualified = f" ({markdown(qualifiers(line))})" if qualifiers(line) else ""
    yield f"  {quoted(entry, markdown(line.words))}{qualified}  "
    address, outlet = link(entry.url), markdown(entry.outlet or entry.url)
    page = f"[{outlet}](<{address}>)" if address else outlet
    ids = ", ".join(f"`{digest.ids[view]}`" for view in views(line))
    facts = (dated(entry), page, *reach(line), f"view {ids}")
    yield "  " + " · ".join(fact for fact in facts if fact)


def _notes(heading: str, sentences: Iterable[str]) -> Iterator[str]:
    yield f"\n## {heading}\n"
    yield from (f"{markdown(sentence)}\n" for sentence in sentences)
