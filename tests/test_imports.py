"""Views from elsewhere: files into the ledger, and what they come to beside views that were read here."""

from __future__ import annotations

import csv
import gzip
import io
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measure_rows import ROTATION, SMALL, XNYS, row

from narrative import api
from narrative.clock import SimulatedClock
from narrative.correcting import training_rows
from narrative.crawl.packed import LeftOut
from narrative.errors import NarrativeError, UsageError
from narrative.importing import ImportSummary, import_views, vintage_of
from narrative.ledger import Ledger, open_ledger
from narrative.ledger.roots import covered
from narrative.measure.factor import FactorRow, factor
from narrative.measure.flow import Parameters
from narrative.targets import load_targets
from narrative.tell.why import render_view, view_document
from narrative.terms import Claim, Entry, Vintage
from tests import ledger_rows
from tests.shell import narrative

NOW = datetime(2026, 2, 2, 22, tzinfo=UTC)
TARGETS = load_targets()
HALF = 0.5 ** (1 / 5)
PLAIN = {
    "published_at": "2026-01-14T17:00:00Z",
    "first_seen_at": "2026-01-14T17:05:00Z",
    "voice": "Harbor Lane",
    "story": "s1",
    "target": "small_caps",
    "score": 1.0,
}


def line(**changes: object) -> dict[str, object]:
    """A row of a file; None leaves a column out."""
    return {name: value for name, value in {**PLAIN, **changes}.items() if value is not None}


def lines(*rows: dict[str, object]) -> str:
    return "".join(json.dumps(one) + "\n" for one in rows)


def table(*rows: dict[str, object]) -> str:
    """The same rows as CSV."""
    names = list(dict.fromkeys(name for one in rows for name in one))
    out = io.StringIO()
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


class Room:
    """A ledger on a clock that stands still, and what was said of bad rows."""

    def __init__(self, folder: Path, at: datetime = NOW) -> None:
        self.folder, self.clock = folder, SimulatedClock(at)
        self.ledger = open_ledger(folder / "narrative.db", self.clock, create=True)
        self.told: list[LeftOut] = []

    def take(self, content: str | bytes, name: str = "views.csv", **options: object) -> ImportSummary:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        chosen = {"source": "Desk", "complain": self.told.append, **options}
        return import_views(path, self.ledger, self.clock, TARGETS, **chosen)  # type: ignore[arg-type]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path)
    with made.ledger:
        yield made


def facts(ledger: Ledger) -> list[tuple[object, ...]]:
    return [
        (e.voice, e.target, e.score, e.weight, e.published, e.available_at, e.backfilled, e.story, e.imported)
        for e in ledger.entries()
    ]


# --- files ---------------------------------------------------------------------------------------------------

GOOD = (
    line(),
    line(target="mega_cap_tech", score=-0.25, weight=0.5),
    line(voice="Ann Lee", firm="Kestrel", score=None, stance="Bearish", story=17),
    line(voice="Café Zürich", story="s2", first_seen_at=None, published_at="2026-01-15"),
)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        pytest.param(table(*GOOD), "views.csv", id="CSV"),
        pytest.param("\n" + table(*GOOD).replace("\n", "\r\n"), "views.csv", id="blank lines, CRLF"),
        pytest.param("\ufeff" + table(*GOOD), "views.csv", id="a byte order mark"),
        pytest.param(gzip.compress(table(*GOOD).encode()), "views.csv", id="CSV, gzipped"),
        pytest.param(gzip.compress(lines(*GOOD).encode()), "views.csv", id="JSON lines, gzipped, other name"),
    ],
)
def test_every_form_of_a_file_gives_the_same_views(
    content: str | bytes, name: str, room: Room, tmp_path_factory
) -> None:
    other = Room(tmp_path_factory.mktemp("other"))
    with other.ledger:
        assert other.take(lines(*GOOD), name).new == 4
        ours = room.take(content, name)
        assert (ours.rows, ours.new, room.told) == (4, 4, [])
        places = [[f[:-1] for f in facts(one.ledger)] for one in (room, other)]
        assert places[0] == places[1]
        assert [e.view for e in room.ledger.entries()] == [e.view for e in other.ledger.entries()]


def test_what_a_row_becomes(room: Room) -> None:
    room.take(lines(*GOOD))
    by_place = {str(e.imported): e for e in room.ledger.entries()}
    first, second, third, fourth = (by_place[f"views.csv line {n}, source Desk"] for n in (1, 2, 3, 4))
    assert (first.voice_kind, first.voice_name, first.speaker) == ("house", "Harbor Lane", None)
    assert (first.words, first.mode, first.outlet, first.url, first.article_title) == (
        "", "imported", "Desk", "", "s1"
    )  # fmt: skip
    assert (second.bullish, second.bearish, second.neutral, second.stance) == (0.0, 0.25, 0.75, "neutral")
    assert (second.weight, second.story) == (0.5, first.story)
    assert (third.voice_kind, third.speaker, third.firm, third.score) == ("person", "Ann Lee", "Kestrel", -1)
    assert (fourth.published, fourth.available_at) == (Claim(date(2026, 1, 15), "given"), NOW)
    assert {e.model for e in by_place.values()} == {vintage_of("Desk", TARGETS).model}
    assert first.model.startswith("import:Desk+")
    assert not any(e.in_sample or e.undated for e in by_place.values())


def test_a_house_is_known_by_its_aliases_and_shared_with_what_was_read(room: Room) -> None:
    with_words = ledger_rows.reading(replace(ledger_rows.SMALL, speaker=None, firm="Citigroup"))
    room.ledger.keep_reading(with_words)
    room.take(lines(line(voice="Citi")))
    assert len({e.voice for e in room.ledger.entries()}) == 1


BAD = [
    ({"voice": None}, "voice is missing", "nobody said it"),
    ({"voice": "  "}, "voice is missing", "blank"),
    ({"voice": 7}, "voice is not text: '7'", "a number"),
    ({"voice": "x" * 501}, "voice is longer than 500 characters", "long"),
    ({"story": None}, "story is missing", "no story"),
    ({"story": True}, "story is not text: 'True'", "a story that is no name"),
    ({"target": None}, "target is missing", "no target"),
    ({"target": "small_cap"}, "unknown target 'small_cap'; nearest: small_caps", "a slip"),
    ({"target": "Small caps"}, "unknown target 'Small caps'; nearest: small_caps", "a name is no id"),
    ({"target": "stock:"}, "unknown target 'stock:'", "a stock without a name"),
    ({"score": None}, "neither stance nor score", "no judgement"),
    ({"stance": "bullish"}, "both stance and score; give one", "two judgements"),
    ({"score": None, "stance": "positive"}, "stance 'positive' is not one of bullish, bearish, neutral", "?"),
    ({"score": 1.01}, "score is not a number from -1 to 1: '1.01'", "too high"),
    ({"score": "0,5"}, "score is not a number from -1 to 1: '0,5'", "a comma"),
    ({"score": float("nan")}, "score is not a number from -1 to 1: 'nan'", "no number"),
    ({"score": True}, "score is not a number from -1 to 1: 'True'", "a truth value"),
    ({"weight": -1}, "weight is not a number from 0 to 1e+06: '-1'", "negative"),
    ({"weight": float("inf")}, "weight is not a number from 0 to 1e+06: 'inf'", "endless"),
    ({"published_at": "2026-01-14T17:00:00"}, "published_at has no zone: '2026-01-14T17:00:00'", "no zone"),
    ({"first_seen_at": "2026-01-14 17:00"}, "first_seen_at has no zone: '2026-01-14 17:00'", "no zone"),
    ({"published_at": "14 Jan 2026"}, "published_at is neither a day (2026-01-14) nor an instant", "prose"),
    ({"published_at": 1768410000}, "published_at is neither a day (2026-01-14) nor an instant", "seconds"),
    ({"published_at": "2026-02-30"}, "published_at is neither a day (2026-01-14) nor an instant", "no day"),
    ({"published_at": "1970-01-01T00:00:00Z"}, "published_at 1970-01-01 lies before", "a missing time as 0"),
    ({"first_seen_at": "2026-03-01T00:00:00Z"}, "first seen in the future, 2026-03-01", "not seen yet"),
    ({"sentiment": 1}, "unknown column 'sentiment'; known: published_at, first_seen_at, voice", "a column"),
    ({"Score": 1}, "unknown column 'Score'; nearest: score", "a column's case"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "reason", "why"), BAD, ids=[f"{row[2]}: {row[1][:24]}" for row in BAD])
def test_a_bad_row_is_told_and_the_others_go_on(changes: dict, reason: str, why: str, room: Room) -> None:
    found = room.take(lines(line(story="before"), line(**changes), line(story="after")))
    assert (found.rows, found.new, found.left_out) == (3, 2, 1)
    assert [told.line for told in room.told] == [2]
    assert room.told[0].reason.startswith(reason)


BAD_LINES = [
    ("{", "not JSON", "half an object"),
    ("[1]", "not a JSON object", "a list"),
    ("[" * 100_000, "not JSON", "deep"),
    (b"\xff{}", "not in UTF-8", "bytes"),
    ('{"voice": "' + "x" * 1_100_000 + '"}', "longer than 1 MB", "long"),
]


@pytest.mark.parametrize(("bad", "reason", "why"), BAD_LINES, ids=[row[2] for row in BAD_LINES])
def test_a_line_that_is_no_row(bad: str | bytes, reason: str, why: str, room: Room) -> None:
    raw = bad if isinstance(bad, bytes) else bad.encode()
    found = room.take(lines(line()).encode() + raw + b"\n" + lines(line(story="after")).encode())
    assert (found.new, room.told) == (2, [LeftOut(reason, 2)])


def test_an_unclosed_quotation_mark_spoils_its_own_line_only(room: Room) -> None:
    head, first = table(line()).splitlines()
    found = room.take("\n".join((head, first, '"' + first, f"{first},1", first.replace("s1", "s2"))))
    assert found.new == 2
    assert [(t.line, t.reason) for t in room.told] == [
        (3, "not a row of CSV: unexpected end of data"),
        (4, "7 cells under a header of 6"),
    ]


HEADS = [
    ("", "is empty"),
    ("voice,story,target,scor\n", "1: unknown column 'scor'; nearest: score"),
    ("voice;story;target;score\n", "1: unknown column 'voice;story;target;score'"),
    ("voice,story,target\n", "1: no column stance or score"),
    ("story,score\n", "1: no column voice, no column target"),
    ("voice,voice,story,target,score\n", "1: column 'voice' stands there twice"),
    ('"voice\n', "1: the header is not a row of CSV"),
]


@pytest.mark.parametrize(("head", "reason"), HEADS, ids=[repr(head) for head, _ in HEADS])
def test_a_file_with_other_columns_is_refused(head: str, reason: str, room: Room) -> None:
    with pytest.raises(NarrativeError) as caught:
        room.take(head)
    assert f"views.csv:{reason}" in str(caught.value) or f"views.csv {reason}" in str(caught.value)
    assert room.ledger.entries() == ()


@pytest.mark.parametrize("source", ["", " ", "a\x00b", "x" * 101], ids=["none", "blank", "unseen", "long"])
def test_a_source_needs_a_name(source: str, room: Room) -> None:
    with pytest.raises(UsageError, match="--source needs the name of a source"):
        room.take(lines(line()), source=source)


# --- times ---------------------------------------------------------------------------------------------------

NEW_YORK = ZoneInfo("America/New_York")
AT_NOON = "2026-01-14T12:00:00"
TIMES = [
    (line(), {}, "2026-01-14T17:05", True, "first seen then"),
    (line(first_seen_at=None), {}, "2026-02-02T22:00", False, "first seen now"),
    (line(first_seen_at=None), {"trust_dates": True}, "2026-01-14T17:00", True, "dates trusted"),
    (line(), {"trust_dates": True}, "2026-01-14T17:05", True, "first seen goes before a date"),
    (line(first_seen_at=None, published_at=None), {"trust_dates": True}, "2026-02-02T22:00", False, "no date"),
    (line(first_seen_at=None, published_at="2026-01-14"), {"trust_dates": True}, "2026-01-15T04:59:59", True, "day"),
    (line(first_seen_at=None, published_at="2026-09-01"), {"trust_dates": True}, "2026-02-02T22:00", False, "ahead"),
    (line(first_seen_at="2026-01-14"), {}, "2026-01-15T04:59:59", True, "a day is its last second in New York"),
    (line(first_seen_at=AT_NOON), {"zone": NEW_YORK}, "2026-01-14T17:00", True, "a zone that was given"),
    (line(first_seen_at=AT_NOON + "+01:00"), {"zone": NEW_YORK}, "2026-01-14T11:00", True, "a zone of its own"),
    (line(first_seen_at="2025-11-02T01:30:00"), {"zone": NEW_YORK}, "2025-11-02T06:30", True, "an hour shown twice"),
    (line(first_seen_at="2025-03-09T02:30:00"), {"zone": NEW_YORK}, "2025-03-09T07:30", True, "an hour skipped"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "options", "available", "backfilled", "why"), TIMES, ids=[row[4] for row in TIMES]
)
def test_when_a_row_counts(
    one: dict, options: dict, available: str, backfilled: bool, why: str, room: Room
) -> None:
    room.take(lines(one), **options)
    (entry,) = room.ledger.entries()
    assert entry.available_at == datetime.fromisoformat(available).replace(tzinfo=UTC)
    assert entry.trusted == (why in ("dates trusted", "day"))
    assert (entry.backfilled, entry.recorded_at) == (backfilled, NOW)


def test_what_was_imported_later_was_not_known_earlier(room: Room) -> None:
    room.take(lines(line()))
    before = room.ledger.entries(known_at=NOW)
    room.clock.advance_to(NOW + timedelta(days=1))
    room.take(lines(line(story="s2"), line(target="mega_cap_tech")))
    assert room.ledger.entries(known_at=NOW) == before
    assert room.ledger.entries(known_at=NOW - timedelta(seconds=1)) == ()
    assert len(room.ledger.entries(as_of=NOW)) == 3


# --- once ----------------------------------------------------------------------------------------------------


def test_importing_twice_adds_nothing_whatever_the_clock_and_the_form(room: Room) -> None:
    assert room.take(lines(*GOOD)).new == 4
    before = facts(room.ledger)
    room.clock.advance_to(NOW + timedelta(days=3))
    again = room.take(table(*GOOD), "other.csv", trust_dates=True)
    assert (again.new, again.held, again.left_out) == (0, 4, 0)
    assert facts(room.ledger) == before


def test_the_same_row_of_another_source_is_another_row(room: Room) -> None:
    assert [room.take(lines(line()), source=name).new for name in ("Desk", "Wire", "Desk ")] == [1, 1, 0]
    assert len({e.story for e in room.ledger.entries()}) == 2


def test_a_row_that_says_otherwise_is_refused(room: Room) -> None:
    room.take(lines(line()))
    found = room.take(lines(line(score=0.9), line(weight=2), line(), line(score=-1, story="s2")), "new.csv")
    assert (found.new, found.held, found.left_out) == (1, 1, 2)
    assert [told.line for told in room.told] == [1, 2]
    assert room.told[0].reason == "says otherwise than line 1 of views.csv, which is kept as it is"
    assert [e.score for e in room.ledger.entries()] == [1.0, -1.0]


def test_a_file_that_breaks_off_gives_what_came_before_and_the_rest_later(room: Room) -> None:
    rows = [line(story=f"s{n} {ledger_rows.filler(str(n), 4)}") for n in range(5000)]
    packed = gzip.compress(lines(*rows).encode(), mtime=0)
    first = room.take(packed[: len(packed) * 2 // 3])
    assert first.broken is not None
    assert 2000 < first.new < 5000
    second = room.take(packed)
    assert (second.new, second.held, second.broken) == (5000 - first.new, first.new, None)


# --- the factor ----------------------------------------------------------------------------------------------


def told(entry: Entry) -> dict[str, object]:
    """The row of a file that says what an entry says."""
    claim = entry.published
    return line(
        published_at=claim and claim.value.isoformat(),
        first_seen_at=entry.available_at.isoformat(),
        voice=entry.voice,
        story=entry.story,
        target=entry.target,
        score=entry.score,
        weight=entry.weight,
    )


def measured(entries: tuple[Entry, ...], legs: dict[str, int], **options: object) -> list[FactorRow]:
    found = factor(
        entries,
        "rotation",
        legs,
        XNYS,
        start=date(2026, 1, 12),
        end=date(2026, 1, 30),
        computed_at=NOW,
        parameters=Parameters(**options),  # type: ignore[arg-type]
    )
    return [replace(one, model="", backfilled=0.0) for one in found]


NOON = "T12:00"
PLANTED = [
    ([row("2026-01-14T15:59:59")], "2026-01-14", 1 / 2, "one second before the close"),
    ([row("2026-01-14T16:00")], "2026-01-14", None, "at the close: the next session"),
    ([row("2026-01-14" + NOON, 0.0)], "2026-01-14", 0.0, "neutral is zero, not missing"),
    ([row("2026-01-15" + NOON, published="2026-01-14" + NOON)], "2026-01-15", HALF / (HALF + 1), "late: old"),
    ([row("2026-01-15" + NOON, published="2026-01-14" + NOON)], "2026-01-14", None, "late: unknown before"),
    ([row("2026-01-14" + NOON, story="s"), row("2026-01-14T13:00", story="s")], "2026-01-14", 1 / 2, "dup"),
    ([row("2026-01-14" + NOON, published=None)], "2026-01-14", None, "undated"),
    ([row("2026-01-14" + NOON, published="2026-01-20T10:00")], "2026-01-22", None, "future"),
    ([row("2026-01-14" + NOON, published="2026-01-16")], "2026-01-22", None, "future day"),
    (
        [row("2026-01-14" + NOON, story="s"), row("2026-01-15" + NOON, -1.0, story="s", published="2026-01-13T12:00")],
        "2026-01-15", HALF / (HALF + 1), "a copy with an earlier stamp, found later",
    ),
    (
        [row("2026-01-14" + NOON), row("2026-01-14" + NOON, -1.0, voice="b", weight=0.5)],
        "2026-01-14", 0.5 / 2.5, "weights",
    ),
    (
        [row("2026-01-14" + NOON), row("2026-01-14" + NOON, -1.0, voice="b", weight=0.0)],
        "2026-01-14", 1 / 2, "a weight of zero",
    ),
    (
        [row("2026-01-14" + NOON, story="s"), row("2026-01-14" + NOON, 0.5, story="s", target="mega_cap_tech")],
        "2026-01-14", 0.25 / 2, "two legs of one story are one event",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("entries", "day", "value", "why"), PLANTED, ids=[row[3] for row in PLANTED])
def test_imported_rows_give_the_factor_that_read_rows_give(
    entries: list[Entry], day: str, value: float | None, why: str, room: Room
) -> None:
    """By hand, and by the rows that the reader would have made."""
    assert room.take(lines(*map(told, entries))).left_out == 0
    imported = room.ledger.entries()
    found = {str(one.date): one.factor for one in measured(imported, ROTATION)}
    assert found[day] == (None if value is None else pytest.approx(value, abs=1e-15))
    read = tuple(
        replace(entry, echo_of="x") if entry.story == "s" and n and entry.score == 1 else entry
        for n, entry in enumerate(entries)
    )  # fmt: skip -- what the ledger tells of a copy
    assert measured(imported, ROTATION) == measured(read, ROTATION)


def test_weights_of_rows_and_of_outlets_multiply(room: Room) -> None:
    room.take(lines(line(weight=2), line(voice="b", score=-1)))
    room.take(lines(line(voice="c", score=0, weight=3)), source="Wire")
    (found,) = measured(room.ledger.entries(), SMALL, weights=(("Desk", 0.25),))[2:3]
    assert (found.w_sum, found.support_sum) == (0.25 * 2 + 0.25 + 3, 0.25 * 2 - 0.25)


def test_rows_of_one_story_at_one_time_stand_together_wherever_they_lie(room: Room) -> None:
    """Two legs, far apart in the file and without a time of their own: one event, under their weights."""
    legs = [
        line(first_seen_at=None, target=target, score=score, weight=weight)
        for target, score, weight in (("small_caps", 1.0, 1.0), ("mega_cap_tech", 0.5, 3.0))
    ]
    between = [line(first_seen_at=None, story=f"x{n}", voice=f"v{n}", target="gold") for n in range(2500)]
    assert room.take(lines(legs[0], *between, legs[1])).new == 2502
    room.clock.advance_to(NOW + timedelta(days=2))
    found = api.factor(room.ledger, "rotation", clock=room.clock)[0]
    aged = 3 * 0.5 ** (13 / 5)  # sessions from 14 January to the one after the import
    assert (found.date, found.n, found.w_sum) == (date(2026, 2, 3), 1, pytest.approx(aged))
    assert found.support_sum == pytest.approx(aged * (1.0 * 1.0 - 3.0 * 0.5) / 4.0)


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "voice": st.sampled_from("abc"),
            "story": st.sampled_from(("s1", "s2", "s3")),
            "target": st.sampled_from(("small_caps", "mega_cap_tech")),
            "score": st.sampled_from((-1.0, -0.3, 0.0, 0.5, 1.0)),
            "published_at": st.sampled_from(
                (None, "2026-01-13T15:00:00Z", "2026-01-14", "2026-01-19T22:00:00Z")
            ),
            "first_seen_at": st.sampled_from(("2026-01-14T15:00:00Z", "2026-01-15T21:00:00Z")),
            "weight": st.sampled_from((None, 0, 0.5, 2)),
        }
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda r: tuple(r[k] for k in ("voice", "story", "target", "published_at", "first_seen_at")),
)


@given(ROWS, st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_the_order_of_a_file_and_its_parts_change_no_number(rows: list[dict], draw) -> None:
    shuffled = draw.sample(rows, len(rows))
    cut = draw.randint(0, len(rows))
    tables = []
    for parts in ([rows], [shuffled[:cut], shuffled[cut:], rows]):
        with TemporaryDirectory() as folder:
            made = Room(Path(folder))
            with made.ledger:
                for part in filter(None, parts):
                    made.take(lines(*(line(**one) for one in part)))
                assert made.told == []
                tables.append(measured(made.ledger.entries(), ROTATION))
                assert len(made.ledger.entries()) == len(rows)
    assert tables[0] == tables[1]


def test_a_factor_of_one_source_alone(room: Room) -> None:
    room.ledger.keep_reading(
        ledger_rows.reading(ledger_rows.SMALL, published=Claim(ledger_rows.START, "meta"))
    )
    room.take(lines(line(score=-1)))
    room.take(lines(line(score=0)), source="Wire")
    chosen = {"start": date(2026, 1, 14), "end": date(2026, 1, 14), "clock": room.clock}
    ((mixed,), (alone,)) = (
        api.factor(room.ledger, "rotation", **chosen, **only)
        for only in ({}, {"vintage": "import:Desk"})
    )  # fmt: skip
    assert (mixed.n, alone.n, alone.factor) == (3, 1, -0.5)
    with pytest.raises(UsageError, match="names several vintages"):
        api.factor(room.ledger, "rotation", vintage="import:", **chosen)


# --- what stands behind a row --------------------------------------------------------------------------------


def test_why_says_plainly_that_there_are_no_words(room: Room) -> None:
    room.take(lines(line(score=0.75, weight=0.5)), "notes.jsonl")
    (entry,) = room.ledger.entries()
    evidence = room.ledger.why(entry.view[:8])
    shown = render_view(evidence, TARGETS)
    assert "There are no words: the view was imported from notes.jsonl line 1, source\n  Desk." in shown
    assert "UNSUPPORTED" not in shown
    assert "weight 0.5 in the factor" in shown
    document = view_document(evidence)
    assert (document["words"], document["supported"], document["parts"]) == ("", True, [])
    assert (document["imported"], document["weight"]) == ("notes.jsonl line 1, source Desk", 0.5)


def test_answers_and_digests_quote_nothing(room: Room) -> None:
    room.take(lines(line(), line(story="s2", voice="Kestrel", score=-1), line(story="s3", published_at=None)))
    answer = api.ask(room.ledger, "who is bullish on small caps", clock=room.clock)
    digest = api.digest(room.ledger, "rotation", week="2026-W03", clock=room.clock)
    for text in (answer.text(), answer.markdown(), digest.html, digest.markdown):
        assert "(no words: imported)" in text
        assert "“”" not in text
    assert "Harbor Lane" in digest.markdown


def test_a_voice_that_a_spreadsheet_would_run_is_defused(room: Room) -> None:
    room.take(lines(line(voice='=HYPERLINK("http://x.example")')))
    answer = api.ask(room.ledger, "who is bullish on small caps", clock=room.clock)
    ((shown,),) = [[row["voice"] for row in csv.DictReader(io.StringIO(answer.csv()))]]
    assert shown.startswith("'=HYPERLINK")


def test_nothing_of_it_is_read_or_judged_again(room: Room) -> None:
    room.take(lines(*GOOD))
    assert room.ledger.last_judged() == []
    assert room.ledger.texts_to_reread(Vintage("reader-9", "targets-9")) == []
    assert (room.ledger.articles_count(), room.ledger.summary().articles) == (0, 0)


def test_a_correction_counts_and_trains_nothing(room: Room) -> None:
    room.take(lines(line()))
    (entry,) = room.ledger.entries()
    room.ledger.correct(entry.view, "bearish", "they sold")
    assert [e.score for e in room.ledger.entries()] == [-1.0]
    left_out: Counter[str] = Counter()
    assert list(training_rows(room.ledger, TARGETS, left_out)) == []
    assert left_out == {"imported without words": 1}


def test_a_ledger_with_imports_is_sound_and_its_roots_see_an_edited_weight(room: Room) -> None:
    room.take(lines(*GOOD))
    assert room.ledger.damage() == room.ledger.misnamed() == ()
    assert "imported" in covered(room.ledger.store)
    before = room.ledger.roots()
    for step in ("DROP TRIGGER imported_no_update", "UPDATE imported SET weight = 9 WHERE line = 1"):
        room.ledger.store.connection.execute(step)
    assert room.ledger.roots() != before


# --- the command ---------------------------------------------------------------------------------------------


def test_the_command(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text(
        table(line(), line(target="small_cap"), line(story="s2")), encoding="utf-8"
    )
    first = narrative("import-views", "v.csv", "--source", "Desk", cwd=tmp_path)
    told, where = first.out.splitlines()
    assert (first.code, told) == (1, "v.csv: 3 rows: 2 new, 0 held already, 1 left out")
    assert (
        where
        == "They count in every answer and factor from now on; --vintage import:Desk measures them alone."
    )
    assert first.err == "v.csv:3: unknown target 'small_cap'; nearest: small_caps\n"
    (tmp_path / "v.csv").write_text(table(line(), line(story="s2")), encoding="utf-8")
    second = narrative("import-views", "v.csv", "--source", "Desk", cwd=tmp_path)
    assert (second.code, second.out) == (0, "v.csv: 2 rows: 0 new, 2 held already, 0 left out\n")
    for options, code, said in (
        (("v.csv",), 2, "--source"),
        (("v.csv", "--source", "Desk", "--tz", "Mars"), 2, "'Mars' is not a time zone"),
        (("nowhere.csv", "--source", "Desk"), 2, "nowhere.csv"),
    ):
        ran = narrative("import-views", *options, cwd=tmp_path)
        assert (ran.code, ran.err.count("\n")) == (code, 1)
        assert said in ran.err


@pytest.mark.slow
def test_a_hundred_thousand_rows_take_less_than_a_minute(room: Room) -> None:
    def at(number: int) -> str:
        return (datetime(2012, 1, 2, 15, tzinfo=UTC) + timedelta(minutes=50 * number)).isoformat()

    rows = (
        line(
            published_at=at(n),
            first_seen_at=at(n),
            voice=f"House {n % 500}",
            story=f"s{n // 3}",
            score=n % 9 / 9,
        )
        for n in range(100_000)
    )
    text = lines(*rows)
    begun = time.process_time()
    assert room.take(text).new == 100_000
    assert time.process_time() - begun < 60
