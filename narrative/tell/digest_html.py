"""A digest as one HTML file that asks nothing of the network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from string import Template

from narrative.tell.charts import NARROW, WIDE, narrative_chart
from narrative.tell.digest import Digest, reduced
from narrative.tell.digest_lines import Line, Section
from narrative.tell.dots_chart import describe_dots, dots_chart
from narrative.tell.escaping import html, link
from narrative.tell.layout import count, dated, notes, percent, quoted, signed
from narrative.tell.selection import confidence
from narrative.terms import Point

_CAMPS = {"bullish": "for the narrative", "bearish": "against the narrative", "neutral": "neither"}


MOST_BYTES = 400_000
_FEWER = (30, 12, 6, 3, 1, 0)  # lines a section, until the page is small enough


def render_html(digest: Digest, most_bytes: int = MOST_BYTES) -> str:
    """Return the page: styles and charts inside, no script, no request; for screen, phone and print.

    A page of `most_bytes` or more is drawn again with fewer lines; those left out are counted.
    """
    template = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
    for few in (digest, *(reduced(digest, most) for most in _FEWER)):
        page = template.substitute(
            title=html(f"{digest.narrative.title}: {digest.week}"), body="\n".join(_body(few))
        )
        if len(page.encode()) < most_bytes:
            break
    return page


def _body(digest: Digest) -> Iterator[str]:
    yield "<header>"
    yield f'<p class="kicker">Narrative digest · {html(digest.week)} · {html(digest.days)}</p>'
    yield f'<h1>{html(digest.narrative.title)}</h1><p class="hypothesis">{html(digest.narrative.hypothesis)}</p>'
    yield from (f'<p class="banner">{html(banner)}</p>' for banner in digest.banners)
    yield "</header><main>"
    yield f'<p class="lead">{" ".join(html(sentence) for sentence in digest.headline)}</p>'
    yield '<dl class="tiles">'
    for tile in digest.tiles:
        note = f'<dd class="note">{html(tile.note)}</dd>' if tile.note else ""
        yield f"<div><dt>{html(tile.label)}</dt><dd>{html(tile.value)}</dd>{note}</div>"
    yield "</dl>"
    yield from _figure(digest)
    yield from _dots(digest)
    for section in digest.changes:
        yield from _section(section, digest)
    yield from _voices(digest.voices, digest)
    yield "</main><footer>"
    yield from _notes("Coverage", digest.coverage)
    yield from _notes("Method", digest.method)
    yield "</footer>"


def _figure(digest: Digest) -> Iterator[str]:
    title = f"{digest.narrative.title}: net, camps and spread by week"
    yield "<figure>"
    yield narrative_chart(digest.points, title, digest.spread, WIDE, "wide")
    yield narrative_chart(digest.points, title, digest.spread, NARROW, "narrow")
    thin = (
        " Hollow dots are thin weeks: under five voices."
        if any(p.flag == "thin" for p in digest.points)
        else ""
    )
    yield f"<figcaption>Dates are the last session of each week.{thin}{_left_out(digest)}</figcaption>"
    yield "<details><summary>The same as a table</summary>"
    yield '<div class="scroll" role="region" aria-label="Weeks" tabindex="0"><table><thead><tr>'
    yield "".join(f'<th scope="col">{name}</th>' for name in COLUMNS) + "</tr></thead><tbody>"
    for point in digest.points:
        label, *values = cells(point)
        yield f'<tr><th scope="row">{html(label)}</th>'
        yield "".join(f"<td>{html(value)}</td>" for value in values) + "</tr>"
    yield "</tbody></table></div></details></figure>"


def _left_out(digest: Digest) -> str:
    if digest.weeks == len(digest.points):
        return ""
    return f" The last {len(digest.points)} of {digest.weeks} weeks; returns are cumulated since the first."


def _dots(digest: Digest) -> Iterator[str]:
    """Draw the voices; their table is the last section."""
    if not digest.dots.marks:
        return
    title = f"{digest.narrative.title}: voices by date and stance"
    yield "<figure>"
    for narrow in (False, True):
        yield dots_chart(digest.dots, title, digest.ids, narrow=narrow)
    yield f"<figcaption>{html(dots_caption(digest))}</figcaption></figure>"


def dots_caption(digest: Digest) -> str:
    """Return what the chart of voices shows, in words."""
    left = f" {count(digest.dots.left, 'voice')} heard earlier left out." if digest.dots.left else ""
    return (
        "Each mark is one voice, by the day of its latest view that stands: circles for, squares against, rings"
        f" neither; large ones were heard this week. {describe_dots(digest.dots.marks)}{left}"
    )


COLUMNS = ("Week", "Net", "Low", "High", "For", "Against", "Neutral", "New", "Spread", "Cumulated")


def cells(point: Point) -> tuple[str, ...]:
    """Return one row of the chart's table."""
    camps = (point.n_bullish, point.n_bearish, point.n_neutral, point.n_new)
    nets = (signed(point.net), signed(point.net_low), signed(point.net_high))
    return (point.label, *nets, *map(str, camps), percent(point.spread_return), percent(point.spread_level))


def _section(section: Section, digest: Digest) -> Iterator[str]:
    yield f"<section><h2>{html(section.heading)}</h2>"
    yield from (f"<p>{html(note)}</p>" for note in section.notes)
    if not section.lines and section.empty:
        yield f'<p class="quiet">{html(section.empty)}</p>'
    if section.lines:
        yield f'<ul class="lines{" pairs" if section.paired else ""}">'
        yield from ("".join(_line(line, digest)) for line in section.lines)
        yield "</ul>"
    if section.more:
        yield f'<p class="quiet">and {count(section.more, "more line")}</p>'
    yield "</section>"


def _line(line: Line, digest: Digest) -> Iterator[str]:
    entry = line.entry
    yield f'<li class="{line.camp}">'
    yield f'<div class="who">{html(entry.voice_name)}<span>{html(role(line))}</span></div>'
    yield f'<div class="stance"><b>{html(stance(line))}</b> {html(judged(line))}</div>'
    yield f"<blockquote>{quoted(entry, html(line.words))}</blockquote>"
    if qualified := qualifiers(line):
        yield f'<div class="qualified">{html(qualified)}</div>'
    yield f'<div class="origin">{_origin(line, digest)}</div></li>'


def _origin(line: Line, digest: Digest) -> str:
    address = link(line.entry.url)
    outlet = html(line.entry.outlet or line.entry.url)
    page = f'<a href="{html(address)}" rel="noreferrer noopener">{outlet}</a>' if address else outlet
    ids = ", ".join(f"<code>{html(digest.ids[view])}</code>" for view in views(line))
    facts = (html(dated(line.entry)), page, *map(html, reach(line)), f"view {ids}")
    return " · ".join(fact for fact in facts if fact)


def _voices(section: Section, digest: Digest) -> Iterator[str]:
    """Draw the voices as a table, which a phone shows as blocks."""
    if not section.lines:
        yield from _section(section, digest)
        return
    # the roles say that it is a table, which a browser forgets where the style shows it as blocks
    yield f'<section><h2>{html(section.heading)}</h2><table class="voices" role="table">'
    yield '<thead role="rowgroup"><tr role="row">'
    yield "".join(f'<th scope="col" role="columnheader">{name}</th>' for name in ("Voice", "Stance", "Words"))
    yield '</tr></thead><tbody role="rowgroup">'
    for line in section.lines:
        qualified = f'<div class="qualified">{html(qualifiers(line))}</div>' if qualifiers(line) else ""
        yield f'<tr class="{line.camp}" role="row"><th scope="row" role="rowheader">'
        yield f"<b>{html(line.entry.voice_name)}</b><span>{html(role(line))}</span></th>"
        yield f'<td class="stance" role="cell"><b>{html(stance(line))}</b> {html(judged(line))}</td>'
        origin = f'<div class="origin">{_origin(line, digest)}</div>'
        yield f'<td role="cell">{quoted(line.entry, html(line.words))}{qualified}{origin}</td></tr>'
    yield "</tbody></table>"
    if section.more:
        yield f'<p class="quiet">and {count(section.more, "more line")}</p>'
    yield "</section>"


def role(line: Line) -> str:
    """Return title and firm, led by a comma."""
    entry = line.entry
    firm = entry.firm if entry.firm != entry.voice_name else None
    return "".join(f", {part}" for part in (entry.title, firm) if part)


def stance(line: Line) -> str:
    """Return the stance on its target, and the one before it."""
    turned = f"{line.was} → " if line.was else ""
    return f"{turned}{line.entry.stance} on {line.target}"


def judged(line: Line) -> str:
    """Return confidence, camp and state."""
    return f"{confidence(line.entry):.2f} · {_CAMPS[line.camp]} · {line.state}"


def qualifiers(line: Line) -> str:
    """Return what made a view one of its section and what qualifies it."""
    return "; ".join(part for part in (line.told, notes(line.entry)) if part)


def reach(line: Line) -> list[str]:
    """Return how many stories carried the words, where it is more than one."""
    return [f"carried by {line.entry.reach} stories"] if line.entry.reach > 1 else []


def views(line: Line) -> Sequence[str]:
    """Return the ids behind a line: the view, and the one it turned from."""
    return [view for view in (line.entry.view, line.was_view) if view]


def _notes(heading: str, sentences: Iterable[str]) -> Iterator[str]:
    yield f"<h2>{heading}</h2>"
    yield from (f"<p>{html(sentence)}</p>" for sentence in sentences)
