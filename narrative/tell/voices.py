"""Shows who is in the ledger: voices with their names and firms, pairs that may be one, merges and splits.

The JSON of a voice is {id, key, kind, name, names, firms, statements, views, first, last}, names and firms being
lists of {name, statements, first, last}; `name` of a firm is null for statements without one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from narrative.tell.escaping import json_text
from narrative.tell.layout import Page, count, day, minute
from narrative.tell.voice_shapes import Doubt, Met, ToldEvent, Voice

_WITHOUT = "without a firm"


def render_voices(
    voices: Sequence[Voice], short: Mapping[str, str], *, width: int = 80, color: bool = False, limit: int
) -> str:
    """Return the voices in the order given, at most `limit` of them, in lines of at most `width` columns."""
    page = Page(width, color)
    if not voices:
        return "no voice\n"
    lines = [f"{count(len(voices), 'voice')}, most views first"]
    for voice in voices[:limit]:
        lines += ["", *page.spread(f"{short[voice.id]}  {voice.called}", count(voice.views, "view"))]
        others = [met.name for met in voice.names if met.name and met.name != voice.name]
        facts = [voice.kind, _between(voice.first, voice.last)]
        facts += [f"also {', '.join(others)}"] if others else []
        facts += [f"before at {', '.join(voice.other_firms)}"] if voice.other_firms else []
        lines += page.wrap("; ".join(facts), 2, 2)
    return _ended(lines, len(voices) - limit, page)


def render_doubts(
    pairs: Sequence[Doubt],
    short: Mapping[str, str],
    *,
    ledger: str = "",
    width: int = 80,
    color: bool = False,
    limit: int,
) -> str:
    """Return the pairs in the order given, at most `limit`, each with the command that merges it.

    `ledger` is what that command needs to name the ledger, such as " --db other.db".
    """
    page = Page(width, color)
    if not pairs:
        return "no two voices look like one\n"
    lines = page.wrap(f"{count(len(pairs), 'pair')} of voices that may be one, most views first")
    for pair in pairs[:limit]:
        who = [f"{voice.called} ({count(voice.views, 'view')})" for voice in (pair.kept, pair.other)]
        lines += ["", *page.paragraph(" and ".join(who), 0, 2, "bold")]
        lines += page.wrap("; ".join(pair.reasons), 2, 2)
        lines.append(f"  {_merge(pair, short)}{ledger}")
    return _ended(lines, len(pairs) - limit, page)


def render_voice(
    voice: Voice,
    events: Sequence[ToldEvent],
    short: Mapping[str, str],
    *,
    width: int = 80,
    color: bool = False,
) -> str:
    """Return one voice with its names, its firms and when, what it said in counts, and what was ruled on it.

    `short` has the short ids of the voice and of the events.
    """
    page = Page(width, color)
    said = f"{count(voice.statements, 'statement')}, {count(voice.views, 'view')}"
    sections = (
        ("Names", [_met(met) for met in voice.names]),
        ("Firms", [_met(met) for met in voice.firms]),
        ("Said", [f"{said}, {_between(voice.first, voice.last)}"]),
        ("Ruled by hand", [f"{short[told.event.id]}  {event_line(told)}" for told in events]),
    )
    lines = [*page.spread(voice.called, short[voice.id]), *page.wrap(f"{voice.kind}, key {voice.key}", 2, 2)]
    for heading, body in sections:
        if body:
            lines += ["", page.paint(heading, "bold")]
            lines += [line for text in body for line in page.wrap(text, 2, 2)]
    return "\n".join(lines) + "\n"


def render_event(told: ToldEvent, short: str, *, width: int = 80) -> str:
    """Return what an event that was just recorded, or undone, came to."""
    return "\n".join(Page(width).wrap(f"event {short}: {event_line(told)}", 0, 2)) + "\n"


def event_line(told: ToldEvent) -> str:
    """Return an event in a sentence: what was ruled, when, why, and whether it was undone."""
    event = told.event
    if event.kind == "merge":
        ruled = f"{told.voice}: merged with {told.other}"
    else:
        part = f"statements as {event.name}" if event.name is not None else f"statements {_at(event.firm)}"
        ruled = f"{told.voice}: split, {part} are another voice"
    note = f": {event.note}" if event.note else ""
    undone = f" (undone on {minute(event.undone_at)})" if event.undone_at else ""
    return f"{ruled} on {minute(event.recorded_at)} by hand{note}{undone}"


# --- as data -----------------------------------------------------------------------------------------------


def voices_json(voices: Sequence[Voice]) -> str:
    """Return {voices: [...]}."""
    return json_text({"voices": [voice_document(voice) for voice in voices]}) + "\n"


def doubts_json(pairs: Sequence[Doubt], short: Mapping[str, str], ledger: str = "") -> str:
    """Return {pairs: [{kept, other, reasons, views, command}]}."""
    found = [
        {
            "kept": voice_document(pair.kept),
            "other": voice_document(pair.other),
            "reasons": list(pair.reasons),
            "views": pair.views,
            "command": f"{_merge(pair, short)}{ledger}",
        }
        for pair in pairs
    ]
    return json_text({"pairs": found}) + "\n"


def voice_json(voice: Voice, events: Sequence[ToldEvent]) -> str:
    """Return the document of a voice with `events` added."""
    return json_text({**voice_document(voice), "events": [event_document(told) for told in events]}) + "\n"


def voice_document(voice: Voice) -> dict[str, Any]:
    """Return a voice as an object."""
    return {
        **{name: getattr(voice, name) for name in ("id", "key", "kind", "name")},
        "names": [_met_document(met) for met in voice.names],
        "firms": [_met_document(met) for met in voice.firms],
        "statements": voice.statements,
        "views": voice.views,
        "first": voice.first.isoformat(),
        "last": voice.last.isoformat(),
    }


def event_document(told: ToldEvent) -> dict[str, Any]:
    """Return an event as an object: {id, kind, voice, other, name, firm, note, recorded_at, undone_at}."""
    event = told.event
    return {
        "id": event.id,
        "kind": event.kind,
        "voice": told.voice,
        "other": told.other,
        "name": event.name,
        "firm": event.firm,
        "note": event.note,
        "recorded_at": event.recorded_at.isoformat(),
        "undone_at": event.undone_at.isoformat() if event.undone_at else None,
    }


def _met_document(met: Met) -> dict[str, Any]:
    times = {"first": met.first.isoformat(), "last": met.last.isoformat()}
    return {"name": met.name or None, "statements": met.statements, **times}


# --- words -------------------------------------------------------------------------------------------------


def _merge(pair: Doubt, short: Mapping[str, str]) -> str:
    return f"narrative voices merge {short[pair.kept.id]} {short[pair.other.id]}"


def _met(met: Met) -> str:
    return f"{met.name or _WITHOUT}: {count(met.statements, 'statement')}, {_between(met.first, met.last)}"


def _at(firm: str | None) -> str:
    return f"at {firm}" if firm else _WITHOUT


def _between(first: datetime, last: datetime) -> str:
    one, other = day(first), day(last)
    return one if one == other else f"{one} to {other}"


def _ended(lines: list[str], more: int, page: Page) -> str:
    rest = ["", *page.wrap(f"and {more} more (--limit)")] if more > 0 else []
    return "\n".join([*lines, *rest]) + "\n"
