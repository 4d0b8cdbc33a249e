"""An answer as text for a terminal."""

from __future__ import annotations

from collections.abc import Mapping

from narrative.tell.ask import Answer, Counts
from narrative.tell.layout import (
    Page,
    count,
    dated,
    day,
    in_sample,
    notes,
    quoted,
    short_ids,
    signed,
    speaker,
)
from narrative.tell.question import Question
from narrative.tell.selection import Row, confidence, named
from narrative.terms import Entry

_OF_ALL_TIME = (
    "said",
    "first",
    "opposite",
    "when",
)  # kinds whose rows are views of any age, not who stands where
_HEADINGS = {"disagrees": "Against it", "agrees": "With it", "opposite": "Said before"}
BESIDE = 5  # rows that are not counted, shown before the rest is only counted


def render_text(
    answer: Answer,
    *,
    width: int = 80,
    color: bool = False,
    limit: int | None = None,
    short: Mapping[str, str] | None = None,
) -> str:
    """Return the answer in lines of at most `width` columns; ANSI styles only with `color`."""
    page = Page(width, color)
    ids = short_ids(views_of(answer), short)
    lines = [*page.paragraph(f"Understood as: {answer.understood}.", 0, 2, "dim"), "", *summary(answer, page)]
    if answer.note:
        lines += ["", *page.paragraph(answer.note)]
    if answer.reference:
        lines += ["", *page.paragraph("Set beside", 0, 0, "dim")]
    for row in answer.reference:
        lines += ["", *_voice(row, answer, ids, page)]
    if answer.reference and answer.rows:
        lines += ["", *page.paragraph(_HEADINGS.get(answer.question.kind, ""), 0, 0, "dim")]
    shown = answer.rows[:limit]
    expired_yet = False
    for row in shown:
        if row.state == "expired" and not expired_yet and answer.question.kind not in _OF_ALL_TIME:
            expired_yet = True
            told = "Expired since" if _of_changes(answer.question) else "Expired: listed, in no count"
            lines += ["", *page.paragraph(told, 0, 0, "dim")]
        lines += ["", *_voice(row, answer, ids, page)]
    if len(shown) < len(answer.rows):
        lines += ["", *page.paragraph(f"{len(answer.rows) - len(shown)} more; raise --limit to see them")]
    lines += _beside(answer, ids, page)
    return "\n".join(lines) + "\n"


def views_of(answer: Answer) -> list[str]:
    """Return the ids of all views that an answer shows or names."""
    rows = [row.entry for row in (*answer.reference, *answer.rows)]
    beside = [entry for entry, _ in answer.not_counted]
    named = [entry.echo_of for entry in beside if entry.echo_of]
    return list(dict.fromkeys([*(entry.view for entry in (*rows, *beside)), *named]))


def gap(answer: Answer) -> str | None:
    """Return how far the nets of two sides are apart, in words; None where there is nothing to subtract."""
    if len(answer.sides) != 2:
        return None
    one, other = answer.sides
    if one.counts.net is None or other.counts.net is None:
        return None
    return f"Net of {one.name} less net of {other.name}: {signed(one.counts.net - other.counts.net)}"


def summary(answer: Answer, page: Page) -> list[str]:
    """Return the finding and the camps in words, for a comparison by side, for a change also those before it."""
    subject = answer.question.subject
    lines = page.paragraph(answer.finding, 0, 2, "bold") if answer.finding else []
    sides = [(side.name, side.counts) for side in answer.sides] or [(subject, answer.counts)]
    for name, counts in sides:
        lines += page.paragraph(f"{name}: {camps(counts)}", 0, 2, "bold")
    if apart := gap(answer):
        lines += page.paragraph(apart, 2, 2)
    if answer.question.kind == "count":
        whole = answer.question.past or _of_changes(answer.question)
        fit = len({row.entry.voice for row in answer.rows if row.state != "expired" or whole})
        lines += page.paragraph(f"{count(fit, 'voice fits', 'voices fit')} the question", 2, 2)
    if answer.before is not None and answer.before_day is not None:
        before = f"On {day(answer.before_day)}: {camps(answer.before)}"
        lines += page.paragraph(before, 2, 2)
        lines += page.paragraph(f"Change of net: {change(answer)}", 2, 2)
    if not answer.question.everywhere:
        lines += page.paragraph(_definition(answer), 2, 2, "dim")
    told = (left_aside(answer), in_sample([row.entry for row in answer.rows]))
    return lines + [line for words in told if words for line in page.paragraph(words, 2, 2, "dim")]


def difference(answer: Answer) -> float | None:
    """Return net now less net before; None where either is missing."""
    before = answer.before.net if answer.before else None
    return None if before is None or answer.counts.net is None else answer.counts.net - before


def change(answer: Answer) -> str:
    """Return the change of net in words; where one of the two is missing, which."""
    if (moved := difference(answer)) is not None:
        return signed(moved)
    missing = []
    if answer.before is not None and answer.before_day is not None and answer.before.net is None:
        missing.append(f"there was none on {day(answer.before_day)}")
    if answer.counts.net is None:
        missing.append("there is none at the end")
    return f"cannot be told, {' and '.join(missing)}"


def _of_changes(question: Question) -> bool:
    """Whether it counts who changed, whatever has run out since."""
    return question.kind == "count" and question.move in ("flipped", "left")


def camps(counts: Counts) -> str:
    """Return camps and net in words, such as "5 bullish, 2 bearish, 1 neutral; net +0.38 of 8 voices"."""
    expired = f"; {counts.expired} expired" if counts.expired else ""
    if not counts.voices:
        return f"no voice with a view that stands{expired}"
    if counts.net is None:
        number = count(counts.voices, "view that stands", "views that stand")
        return (
            f"{counts.bullish} bullish, {counts.bearish} bearish, {counts.neutral} neutral; {number}{expired}"
        )
    net = f"net {signed(counts.net)} of {count(counts.voices, 'voice')}"
    return f"{counts.bullish} bullish, {counts.bearish} bearish, {counts.neutral} neutral; {net}{expired}"


def _definition(answer: Answer) -> str:
    at = "" if answer.known_at is None else f", as known at {answer.known_at:%Y-%m-%d %H:%M} UTC"
    return (
        "net is the stock: each voice's latest standing view, mean of p(bullish) − p(bearish), "
        f"at {answer.at:%Y-%m-%d %H:%M} UTC{at}"
    )


def left_aside(answer: Answer) -> str | None:
    """Return a sentence on the views that were not looked at, None where all were."""
    if answer.since is None:
        return None
    return f"views from before {day(answer.since.date())} are left aside: they ran out long ago; name a time to see them"


def _voice(row: Row, answer: Answer, ids: Mapping[str, str], page: Page) -> list[str]:
    entry = row.entry
    stance = f"{entry.stance} {confidence(entry):.2f}  {row.state}"
    lines = page.spread(speaker(entry), stance, entry.stance)
    lines += page.wrap(quoted(entry, entry.words), 2, 1)
    if row.was:
        lines += page.paragraph(f"was {row.was}", 2, 2, "dim")
    if len(answer.question.legs) > 1:
        lines += page.wrap(f"on {answer.names.get(entry.target, entry.target)}", 2, 2)
    if qualified := notes(entry):
        lines += page.wrap(qualified, 2, 2)
    return lines + page.paragraph(_origin(row, answer.question, ids), 2, 2, "dim")


def published_by(entry: Entry, question: Question) -> str:
    """Return the outlet of a row; one that fits a question about another by its copies names that one too."""
    shown = entry.outlet or entry.url
    if question.outlet and not named(question.outlet, (entry.outlet,)):
        copies = [outlet for outlet in entry.outlets if named(question.outlet, (outlet,))]
        return ", also in ".join([shown, *copies[:1]])
    return shown


def _origin(row: Row, question: Question, ids: Mapping[str, str]) -> str:
    entry = row.entry
    parts = [part for part in (dated(entry), published_by(entry, question)) if part]
    if entry.reach > 1:
        parts.append(f"carried by {count(entry.reach, 'story', 'stories')}")
    if row.expires:
        parts.append(f"{'expired' if row.state == 'expired' else 'stands to'} {day(row.expires)}")
    return " · ".join([*parts, f"view {ids[entry.view]}"])


def _beside(answer: Answer, ids: Mapping[str, str], page: Page) -> list[str]:
    """Return the rows that are shown and not counted, each with its reason."""
    rows = answer.not_counted
    if not rows:
        return []
    lines = ["", *page.paragraph(f"Not counted: {count(len(rows), 'view')}", 0, 0, "bold")]
    for entry, reason in rows[:BESIDE]:
        lines += page.wrap(f"{who(entry)}, {entry.stance}: {quoted(entry, clipped(entry.words))}", 2, 2)
        why = f"repeats {ids[entry.echo_of]}" if entry.echo_of and entry.echo_of in reason else reason
        told = (why, dated(entry), published_by(entry, answer.question), f"view {ids[entry.view]}")
        lines += page.paragraph(" · ".join(part for part in told if part), 4, 2, "dim")
    if len(rows) > BESIDE:
        lines += page.paragraph(f"and {len(rows) - BESIDE} more (all with --json)", 2, 0, "dim")
    return lines


def who(entry: Entry) -> str:
    """Return the source of a row that may be unnamed."""
    return speaker(entry) or entry.title or "unnamed source"


def clipped(words: str, limit: int = 20) -> str:
    """Return at most `limit` words."""
    some = words.split()
    return f"{' '.join(some[:limit])} …" if len(some) > limit else words
