"""An answer as JSON, CSV and Markdown.

JSON keys, all always present: question, kind, understood, as_of, known_at, finding (null, or a sentence), counts
{bullish, bearish, neutral, expired, voices}, net, sides (of a comparison, else empty) [{name, counts, net}],
before (null, or {day, counts, net}), reference (the views that others are set beside) [{as in voices}], voices
[{voice, kind, speaker, title, firm, target, stance, words, condition, horizon, hedged, state, was, expires, date,
undated, outlet, outlets, url, title_of_page, confidence, bullish, bearish, neutral, view, reach, in_sample, backfilled,
correction}], not_counted [{the same without state, was and expires, and reason}], left_out (how many voices the
limit left out), note. `outlets` are all that carried the words. `view` is the full id; `date` is the day of
publication, or of availability where `undated`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from narrative.tell.ask import Answer, Counts
from narrative.tell.ask_text import camps, change, gap, left_aside, published_by, views_of, who
from narrative.tell.escaping import cell, json_text, link, markdown
from narrative.tell.layout import count, dated, day, notes, quoted, short_ids, speaker
from narrative.tell.selection import Row, confidence
from narrative.tell.shapes import day_of
from narrative.terms import Entry

_ENTRY = (
    *(
        "voice",
        "kind",
        "speaker",
        "title",
        "firm",
        "target",
        "stance",
        "words",
        "condition",
        "horizon",
        "hedged",
    ),
    *(
        "date",
        "undated",
        "outlet",
        "outlets",
        "url",
        "title_of_page",
        "confidence",
        "bullish",
        "bearish",
        "neutral",
        "view",
    ),
    *("reach", "in_sample", "backfilled", "correction"),
)
_STANDING = ("state", "was", "expires")


def as_document(answer: Answer, limit: int | None = None) -> dict[str, Any]:
    """Return the answer as the object that `render_json` prints."""
    return {
        "question": answer.question.text,
        "kind": answer.question.kind,
        "understood": answer.understood,
        "as_of": answer.at.isoformat(),
        "known_at": answer.known_at.isoformat() if answer.known_at else None,
        "since": answer.since.isoformat() if answer.since else None,
        "finding": answer.finding,
        "counts": _camps(answer.counts),
        "net": _rounded(answer.counts.net),
        "sides": [
            {"name": side.name, "counts": _camps(side.counts), "net": _rounded(side.counts.net)}
            for side in answer.sides
        ],
        "before": _before(answer),
        "reference": [_row(row) for row in answer.reference],
        "voices": [_row(row) for row in answer.rows[:limit]],
        "not_counted": [{**_entry(entry), "reason": reason} for entry, reason in answer.not_counted],
        "left_out": _left_out(answer, limit),
        "note": answer.note,
    }


def render_json(answer: Answer, *, limit: int | None = None) -> str:
    """Return the answer as one JSON object, its text as it stands in the pages; at most `limit` voices."""
    return json_text(as_document(answer, limit)) + "\n"


def render_csv(answer: Answer, *, limit: int | None = None) -> str:
    """Return the voices, one a line, after them those they are set beside and the rows not counted.

    Cells cannot be formulas. `part` tells the three apart.
    """
    columns = [*_ENTRY, *_STANDING, "counted", "reason", "part"]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    parts = (("voice", answer.rows[:limit]), ("reference", answer.reference))
    rows = [
        {**_row(row), "counted": row.state != "expired", "part": part} for part, some in parts for row in some
    ]
    rows += [
        {**_entry(e), "counted": False, "reason": reason, "part": "not counted"}
        for e, reason in answer.not_counted
    ]
    for row in rows:
        row["outlets"] = "; ".join(row["outlets"])
        writer.writerow([cell(row.get(column)) for column in columns])
    return out.getvalue()


def render_markdown(
    answer: Answer, *, short: Mapping[str, str] | None = None, limit: int | None = None
) -> str:
    """Return the answer as Markdown: the camps, a list of voices, a list of what is not counted."""
    ids = short_ids(views_of(answer), short)
    lines = [
        f"## {markdown(answer.question.text)}",
        "",
        f"*Understood as: {markdown(answer.understood)}.*",
        "",
    ]
    if answer.finding:
        lines += [f"**{markdown(answer.finding)}**", ""]
    sides = [(side.name, side.counts) for side in answer.sides] or [(answer.question.subject, answer.counts)]
    lines += [line for name, counts in sides for line in (f"**{markdown(name)}: {camps(counts)}**", "")]
    if apart := gap(answer):
        lines += [markdown(apart), ""]
    if answer.before is not None and answer.before_day is not None:
        moved = f"change of net: {change(answer)}"
        lines += [f"On {day(answer.before_day)}: {camps(answer.before)}; {moved}", ""]
    if aside := left_aside(answer):
        lines += [markdown(aside), ""]
    if answer.note:
        lines += [markdown(answer.note), ""]
    if answer.reference:
        lines += ["### Set beside", ""]
        lines += [line for row in answer.reference for line in _markdown_row(row, answer, ids)]
        lines += ["", "### What fits", ""] if answer.rows else []
    lines += [line for row in answer.rows[:limit] for line in _markdown_row(row, answer, ids)]
    if more := _left_out(answer, limit):
        lines += ["", f"{more} more"]
    if answer.not_counted:
        lines += ["", f"### Not counted: {count(len(answer.not_counted), 'view')}", ""]
    for entry, reason in answer.not_counted:
        said = quoted(entry, markdown(entry.words))
        lines.append(f"- {markdown(who(entry))}: {said} ({reason}; `{ids[entry.view]}`)")
    return "\n".join(lines).rstrip() + "\n"


def _left_out(answer: Answer, limit: int | None) -> int:
    return len(answer.rows) - len(answer.rows[:limit])


def _markdown_row(row: Row, answer: Answer, ids: Mapping[str, str]) -> list[str]:
    entry = row.entry
    was = f", was {row.was}" if row.was else ""
    head = f"- **{markdown(speaker(entry))}**: {entry.stance} {confidence(entry):.2f}, {row.state}{was}"
    qualified = f" ({markdown(notes(entry))})" if notes(entry) else ""
    address = link(entry.url)
    outlet = markdown(published_by(entry, answer.question))
    page = f"[{outlet}](<{address}>)" if address else outlet
    return [
        head,
        f"  {quoted(entry, markdown(entry.words))}{qualified}",
        f"  {dated(entry)}, {page}, view `{ids[entry.view]}`",
    ]


def _before(answer: Answer) -> dict[str, Any] | None:
    if answer.before is None or answer.before_day is None:
        return None
    return {
        "day": answer.before_day.isoformat(),
        "counts": _camps(answer.before),
        "net": _rounded(answer.before.net),
    }


def _camps(counts: Counts) -> dict[str, int]:
    return {
        "bullish": counts.bullish,
        "bearish": counts.bearish,
        "neutral": counts.neutral,
        "expired": counts.expired,
        "voices": counts.voices,
    }


def _row(row: Row) -> dict[str, Any]:
    expires = row.expires.isoformat() if row.expires else None
    return {**_entry(row.entry), "state": row.state, "was": row.was, "expires": expires}


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "voice": entry.voice_name,
        "kind": entry.voice_kind,
        "speaker": entry.speaker,
        "title": entry.title,
        "firm": entry.firm,
        "target": entry.target,
        "stance": entry.stance,
        "words": entry.words,
        "condition": entry.condition,
        "horizon": entry.horizon,
        "hedged": entry.hedged,
        "date": day_of(entry).isoformat(),
        "undated": entry.undated or entry.published is None,
        "outlet": entry.outlet,
        "outlets": list(entry.outlets or (entry.outlet,)),
        "url": entry.url,
        "title_of_page": entry.article_title,
        "confidence": _rounded(confidence(entry)),
        "bullish": _rounded(entry.bullish),
        "bearish": _rounded(entry.bearish),
        "neutral": _rounded(entry.neutral),
        "view": entry.view,
        "reach": entry.reach,
        "in_sample": entry.in_sample,
        "backfilled": entry.backfilled,
        "correction": entry.correction,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
