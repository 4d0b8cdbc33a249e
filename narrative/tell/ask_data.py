"""An answer as JSON, CSV and Markdown.

JSON keys, all always present: question, understood, as_of, known_at, counts {bullish, bearish, neutral,
expired, voices}, net, before (null, or {day, counts, net}), voices [{voice, kind, speaker, title, firm,
target, stance, words, condition, horizon, hedged, state, was, expires, date, undated, outlet, url,
title_of_page, confidence, bullish, bearish, neutral, view, reach, in_sample, backfilled}], not_counted
[{the same without state, was and expires, and reason}], note. `view` is the full id; `date` is the day of
publication, or of availability where `undated`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from narrative.tell.ask import Answer, Counts
from narrative.tell.ask_text import camps, difference, who
from narrative.tell.escaping import cell, json_text, link, markdown
from narrative.tell.layout import count, dated, day, notes, quoted, short_ids, signed, speaker
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


def as_document(answer: Answer) -> dict[str, Any]:
    """Return the answer as the object that `render_json` prints."""
    return {
        "question": answer.question.text,
        "understood": answer.understood,
        "as_of": answer.at.isoformat(),
        "known_at": answer.known_at.isoformat() if answer.known_at else None,
        "counts": _camps(answer.counts),
        "net": _rounded(answer.counts.net),
        "before": _before(answer),
        "voices": [_row(row) for row in answer.rows],
        "not_counted": [{**_entry(entry), "reason": reason} for entry, reason in answer.not_counted],
        "note": answer.note,
    }


def render_json(answer: Answer) -> str:
    """Return the answer as one JSON object, its text as it stands in the pages."""
    return json_text(as_document(answer)) + "\n"


def render_csv(answer: Answer) -> str:
    """Return the voices, one a line, and after them the rows not counted; cells cannot be formulas."""
    columns = [*_ENTRY, *_STANDING, "counted", "reason"]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    rows = [{**_row(row), "counted": row.state != "expired"} for row in answer.rows]
    rows += [{**_entry(e), "counted": False, "reason": reason} for e, reason in answer.not_counted]
    for row in rows:
        writer.writerow([cell(row.get(column)) for column in columns])
    return out.getvalue()


def render_markdown(answer: Answer, *, short: Mapping[str, str] | None = None) -> str:
    """Return the answer as Markdown: the camps, a list of voices, a list of what is not counted."""
    ids = short_ids(
        [e.view for e in (*(r.entry for r in answer.rows), *(e for e, _ in answer.not_counted))], short
    )
    lines = [
        f"## {markdown(answer.question.text)}",
        "",
        f"*Understood as: {markdown(answer.understood)}.*",
        "",
    ]
    lines += [f"**{markdown(answer.question.subject)}: {camps(answer.counts)}**", ""]
    if answer.before is not None and answer.before_day is not None:
        change = f"change of net {signed(difference(answer))}"
        lines += [f"On {day(answer.before_day)}: {camps(answer.before)}; {change}", ""]
    if answer.note:
        lines += [markdown(answer.note), ""]
    lines += [line for row in answer.rows for line in _markdown_row(row, ids)]
    if answer.not_counted:
        lines += ["", f"### Not counted: {count(len(answer.not_counted), 'view')}", ""]
    for entry, reason in answer.not_counted:
        said = quoted(entry, markdown(entry.words))
        lines.append(f"- {markdown(who(entry))}: {said} ({reason}; `{ids[entry.view]}`)")
    return "\n".join(lines).rstrip() + "\n"


def _markdown_row(row: Row, ids: Mapping[str, str]) -> list[str]:
    entry = row.entry
    was = f", was {row.was}" if row.was else ""
    head = f"- **{markdown(speaker(entry))}**: {entry.stance} {confidence(entry):.2f}, {row.state}{was}"
    qualified = f" ({markdown(notes(entry))})" if notes(entry) else ""
    address = link(entry.url)
    outlet = markdown(entry.outlet or entry.url)
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
