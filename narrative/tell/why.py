"""Opens one view: the passage with its parts marked, how the speaker was found, what was judged, and when."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from narrative.targets import Targets
from narrative.tell.corrections import correction_documents, correction_lines
from narrative.tell.escaping import json_text, link
from narrative.tell.layout import Page, count, minute, quoted, short_ids, speaker
from narrative.tell.passage import draw, parts_of
from narrative.tell.shapes import Evidence
from narrative.tell.voices import event_document, event_line
from narrative.terms import Claim, Entry, Figure, said

_ORIGINS = {
    "json-ld": "the page's JSON-LD",
    "meta": "the page's meta tags",
    "page": "the visible page",
    "feed": "the feed",
    "relative": "a relative time on the page",
    "given": "whoever gave it to this ledger",
}

_RULE = (
    "an unconditional one before a conditional one, then an unhedged one before a hedged one, then the surest"
)
_SHOWN: tuple[str, ...] = (
    *(
        "view",
        "voice_name",
        "voice_kind",
        "speaker",
        "title",
        "firm",
        "target",
        "stance",
        "bullish",
        "bearish",
    ),
    *("neutral", "abstained", "condition", "horizon", "hedged", "past", "mode", "words", "url", "outlet"),
    *("article", "article_title", "story", "model", "targets_version", "undated", "in_sample", "backfilled"),
    "trusted",
    *("echo_of", "reach", "correction", "weight", "imported"),
)


def supported(evidence: Evidence) -> bool:
    """Return whether the words of the row are exactly what its spans cut from its text, both as first recorded.

    A view from outside has neither.
    """
    text = evidence.text
    if not evidence.intact:
        return False
    if evidence.entry.imported:
        return not (evidence.content or text or evidence.entry.words)
    cut = said(text, evidence.content)
    return bool(evidence.content) and cut == evidence.entry.words


def render_view(
    evidence: Evidence,
    targets: Targets,
    *,
    width: int = 80,
    color: bool = False,
    short: Mapping[str, str] | None = None,
    rivals: Sequence[Entry] = (),
) -> str:
    """Return everything behind one view in lines of at most `width` columns; styled only with `color`.

    `rivals` are the views of its voice on its target in its page, itself among them, the one that stands first.
    """
    page = Page(width, color)
    entry = evidence.entry
    ids = short_ids(named_views(evidence, rivals), short)
    lines = page.paragraph(f"View {ids[entry.view]}: {_verdict(entry, targets)}", 0, 2, "bold")
    if not supported(evidence):
        lines += page.paragraph(
            "UNSUPPORTED: the words are not those that were recorded from the page; narrative verify",
            0,
            2,
            "bearish",
        )
    lines += ["", *(draw(evidence, page) or page.wrap(_undrawn(entry), 2))]
    for heading, body in _sections(evidence, targets, ids, rivals):
        if body:
            lines += ["", page.paint(heading, "bold")]
            lines += [line for text in body for line in page.wrap(text, 2, 2)]
    return "\n".join(lines) + "\n"


def render_correction(
    evidence: Evidence, targets: Targets, *, width: int = 80, short: Mapping[str, str] | None = None
) -> str:
    """Return what a correction of a view came to: who says what now, the words, both judgements, what counts."""
    page = Page(width)
    lines = page.wrap(_verdict(evidence.entry, targets), 0, 2)
    told = [
        quoted(evidence.entry, evidence.entry.words),
        *correction_lines(evidence.judged, evidence.corrections),
    ]
    stands = _standing(evidence.entry, short_ids(named_views(evidence), short))
    told.append(f"{stands}; answers --known-at an earlier moment stay as they were")
    return "\n".join([*lines, *(line for text in told for line in page.wrap(text, 2, 2))]) + "\n"


def named_views(evidence: Evidence, rivals: Sequence[Entry] = ()) -> list[str]:
    """Return the ids of all views that `render_view` names."""
    entry = evidence.entry
    others = (other.view for other in (*evidence.other_views, *rivals))
    return list(dict.fromkeys([entry.view, *others, *([entry.echo_of] if entry.echo_of else [])]))


def view_document(evidence: Evidence, rivals: Sequence[Entry] = ()) -> dict[str, Any]:
    """Return the evidence as an object: the entry, spans with their texts, figures, copies, other views.

    `same_page` are the ids of the rivals of `render_view`, the one that stands first.
    """
    entry, text = evidence.entry, evidence.text
    return {
        **{name: getattr(entry, name) for name in _SHOWN},
        "supported": supported(evidence),
        "parts": [
            {"part": p, "start": s[0], "end": s[1], "text": text[s[0] : s[1]]} for s, p in parts_of(evidence)
        ],
        **correction_documents(evidence.judged, evidence.corrections),
        "resolution": list(evidence.resolution),
        "known_again": evidence.identity.known_again,
        "voice_events": [event_document(told) for told in evidence.identity.events],
        "figures": [_figure_document(figure) for figure in evidence.figures],
        "published": _claim(entry.published) if entry.published else None,
        "updated": _claim(evidence.updated) if evidence.updated else None,
        **{name: getattr(entry, name).isoformat() for name in ("available_at", "recorded_at", "judged_at")},
        "copies": [{"url": copy.url, "outlet": copy.outlet} for copy in evidence.copies],
        "same_page": [rival.view for rival in rivals],
        "other_views": [
            {"view": v.view, "target": v.target, "stance": v.stance} for v in evidence.other_views
        ],
    }


def render_view_json(evidence: Evidence, rivals: Sequence[Entry] = ()) -> str:
    """Return `view_document` as one JSON object."""
    return json_text(view_document(evidence, rivals)) + "\n"


def _undrawn(entry: Entry) -> str:
    """What stands in the place of the passage."""
    if entry.imported:
        return f"There are no words: the view was imported from {entry.imported}."
    return "(no span of this view lies in its text)"


def _verdict(entry: Entry, targets: Targets) -> str:
    who = speaker(entry) or entry.title or "unnamed source"
    if entry.correction == "none":
        return f"{who} has no view on {targets.name(entry.target)}, by hand"
    return f"{who} is {entry.stance} on {targets.name(entry.target)}{', by hand' if entry.correction else ''}"


def _sections(
    evidence: Evidence, targets: Targets, ids: Mapping[str, str], rivals: Sequence[Entry]
) -> tuple[tuple[str, Collection[str]], ...]:
    entry = evidence.entry
    others = [
        f"{other.stance} on {targets.name(other.target)}, view {ids[other.view]}"
        for other in evidence.other_views
    ]
    return (
        (
            "Who",
            [speaker(entry) or entry.title or "unnamed source", *evidence.resolution, *_identity(evidence)],
        ),
        ("Judged", _judged(evidence, ids)),
        ("In its page", _in_page(entry, targets, ids, rivals)),
        ("Qualified", _qualified(entry)),
        ("Figures", [_figure(figure) for figure in evidence.figures]),
        ("Other views of this statement", others),
        ("Page", _page(entry)),
        ("Times", _times(entry, evidence.updated)),
        ("Reach", _reach(evidence)),
    )


def _identity(evidence: Evidence) -> list[str]:
    """What made the voice this one where the page does not say it."""
    known = evidence.identity.known_again
    return [*([f"known again: {known}"] if known else []), *map(event_line, evidence.identity.events)]


def _in_page(entry: Entry, targets: Targets, ids: Mapping[str, str], rivals: Sequence[Entry]) -> list[str]:
    """Return which view of a page stands where a voice has several on one target, and by which rule."""
    if len(rivals) < 2:
        return []
    first = rivals[0]
    which = (
        "this one stands" if first.view == entry.view else f"view {ids[first.view]} ({first.stance}) stands"
    )
    others = [f"{row.stance}, view {ids[row.view]}" for row in rivals if row.view != entry.view]
    return [
        f"{entry.voice_name} has {len(rivals)} views on {targets.name(entry.target)} here, of which {which}: {_RULE}",
        *others,
    ]


def _judged(evidence: Evidence, ids: Mapping[str, str]) -> list[str]:
    entry = evidence.entry
    chances = f"bullish {entry.bullish:.2f} · bearish {entry.bearish:.2f} · neutral {entry.neutral:.2f}"
    judged = correction_lines(evidence.judged, evidence.corrections) or [chances]
    weight = [] if entry.weight == 1 else [f"weight {entry.weight:g} in the factor"]
    return [
        *judged,
        *weight,
        f"model {entry.model}; targets {entry.targets_version}; {_standing(entry, ids)}",
    ]


def _standing(entry: Entry, ids: Mapping[str, str]) -> str:
    if entry.counted:
        return "counted"
    reasons = (
        (entry.voice is None, "its source is unnamed"),
        (entry.echo_of is not None, f"it repeats view {ids.get(entry.echo_of or '', entry.echo_of)}"),
        (entry.correction == "none", "it was corrected to no view"),
        (entry.abstained, "the model abstained"),
        (entry.past, "it speaks of the past"),
    )
    return "not counted: " + ", ".join(reason for holds, reason in reasons if holds)


def _qualified(entry: Entry) -> list[str]:
    parts = {"condition": entry.condition, "horizon": entry.horizon}
    flags = {
        "hedged": entry.hedged,
        "in the model's training sample": entry.in_sample,
        "backfilled": entry.backfilled,
    }
    return [f"{name}: {value}" for name, value in parts.items() if value] + [
        k for k, on in flags.items() if on
    ]


def _figure(figure: Figure) -> str:
    facts = (f"{figure.value:g} {figure.unit}", figure.subject, figure.period, figure.direction)
    return f"“{figure.text}”: {', '.join(fact for fact in facts if fact)}"


def _figure_document(figure: Figure) -> dict[str, Any]:
    names = ("id", "text", "value", "unit", "subject", "period", "direction")
    return {"start": figure.span[0], "end": figure.span[1], **{name: getattr(figure, name) for name in names}}


def _page(entry: Entry) -> list[str]:
    outlet = ", ".join(part for part in (entry.outlet, link(entry.url) or entry.url) if part)
    found = [entry.article_title, outlet]
    return [line for line in (*found, f"article {entry.article}, story {entry.story}") if line]


def _times(entry: Entry, updated: Claim | None) -> list[str]:
    published = "published: unknown"
    if entry.published is not None:
        doubt = ", not trusted: undated" if entry.undated else ""
        published = f"published {_stated(entry.published, doubt)}"
    trusted = " (its print date, taken on trust)" if entry.trusted else ""
    return [
        published,
        *([f"updated {_stated(updated)}"] if updated else []),
        f"available {minute(entry.available_at)}{trusted}",
        f"recorded {minute(entry.recorded_at)}",
        f"judged {minute(entry.judged_at)}",
    ]


def _stated(claim: Claim, doubt: str = "") -> str:
    """A time with how it is known: to the instant or the day, with or without its zone, by whose word."""
    told = _claim(claim)
    zone = "" if claim.precision == "day" else f", zone {told['zone']}"
    return f"{told['value']} (known to the {told['precision']}{zone}, from {_ORIGINS[claim.origin]}{doubt})"


def _claim(claim: Claim) -> dict[str, str | int | None]:
    zone = "stated" if claim.zone_known else "assumed"
    return {
        "value": claim.value.isoformat(),
        "precision": claim.precision,
        "zone": zone,
        "origin": claim.origin,
        "offset_minutes": claim.offset_minutes,
    }


def _reach(evidence: Evidence) -> list[str]:
    entry = evidence.entry
    carried = f"carried by {count(entry.reach, 'story', 'stories')}"
    outlets = f": {', '.join(entry.outlets)}" if entry.outlets else ""
    copies = [
        f"copy at {', '.join(part for part in (copy.outlet, link(copy.url) or copy.url) if part)}"
        for copy in evidence.copies
    ]
    return [carried + outlets, *copies]
