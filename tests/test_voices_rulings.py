"""Merges and splits by hand: what they change from now on, what they never change, and what is refused."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_rows import Quote, day, filler, ledger, reading

from narrative import api
from narrative.clock import SimulatedClock
from narrative.errors import UsageError
from narrative.ledger import Ledger
from narrative.ledger.roster import ToldEvent, voice_id
from narrative.measure.net import net
from narrative.measure.sessions import load_sessions
from narrative.measure.stance import current
from narrative.terms import Claim, Entry

XNYS = load_sessions()
MIKE, MICHAEL = "mike-wilson@kestrel", "michael-wilson@harbor"
MIKE_ID = voice_id(MIKE)
WORDS = "We think small caps will lead the market through the summer"


def keep(book: Ledger, clock: SimulatedClock, at: float, quote: Quote, **page: object) -> None:
    clock.advance_to(day(at))
    url = page.pop("url", f"https://one.example/{at}")
    book.keep_reading(reading(quote, url=str(url), at=day(at), published=Claim(day(at), "json-ld"), **page))  # type: ignore[arg-type]


def remark(number: int, speaker: str | None, firm: str | None, stance: str = "bullish") -> Quote:
    """A remark whose words no other remark has."""
    return Quote(
        f"{'xyzwvu'[number % 6] * 7} number {number} about nothing else",
        speaker,
        firm,
        {"small_caps": stance},
    )


@pytest.fixture
def two(tmp_path: Path):
    """A ledger in which one person was met at two firms: two bulls. A third voice is bearish."""
    book, clock = ledger(tmp_path)
    with book:
        keep(book, clock, 0, remark(0, "Mike Wilson", "Kestrel"))
        keep(book, clock, 1, remark(1, "Michael Wilson", "Harbor"))
        keep(book, clock, 2, remark(2, "Ann Lee", "Foxglove", "bearish"))
        clock.advance_to(day(3))
        yield book, clock


def voices_of(book: Ledger, **moments: datetime) -> list[str | None]:
    return [entry.voice for entry in book.entries(**moments)]


def bulls(book: Ledger, clock: SimulatedClock, **moments: datetime) -> str:
    return api.ask(book, "who is bullish on small caps", clock=clock, **moments).text()


# --- replays -----------------------------------------------------------------------------------------------


def test_two_bulls_who_are_one_person_become_one_and_no_past_answer_moves(two) -> None:
    book, clock = two
    then = clock.now()
    before = bulls(book, clock, known_at=then)
    assert "2 bullish, 1 bearish" in before
    clock.sleep(60)
    book.merge_voices("Mike Wilson", "Michael Wilson", "moved in January")
    clock.sleep(60)
    assert "1 bullish, 1 bearish" in bulls(book, clock)
    assert bulls(book, clock, known_at=then) == before
    assert voices_of(book, known_at=then) == [MIKE, MICHAEL, "ann-lee@foxglove"]
    assert voices_of(book, as_of=then) == [MIKE, MIKE, "ann-lee@foxglove"]


def test_replays_are_the_same_bytes_whatever_is_ruled_later(two) -> None:
    book, clock = two
    moments, answers = [], []
    for rule in (
        lambda: None,
        lambda: book.merge_voices("Mike Wilson", "Michael Wilson"),
        lambda: book.split_voice("Mike Wilson", firm="Harbor"),
        lambda: book.undo_voice_event(book.voice_events()[0].event.id),
    ):
        clock.sleep(60)
        rule()
        moments.append(clock.now())
        answers.append(
            [bulls(book, clock, known_at=moments[-1]), *map(repr, book.entries(known_at=moments[-1]))]
        )
    for moment, answer in zip(moments, answers, strict=True):
        assert [bulls(book, clock, known_at=moment), *map(repr, book.entries(known_at=moment))] == answer


def test_series_digest_and_factor_count_the_voices_as_they_are_known(two) -> None:
    book, clock = two
    clock.advance_to(day(11))
    then = clock.now()

    def numbers(**moments: datetime) -> tuple[object, ...]:
        points = api.series(book, "rotation", clock=clock, **moments)
        rows = api.factor(book, "rotation", clock=clock, **moments)
        digest = api.digest(book, "rotation", week=points[0].label, clock=clock, **moments)
        return points[0].n_bullish, rows[-1].n_voices, digest.markdown, digest.html, repr(points)

    before = numbers(known_at=then)
    assert before[:2] == (2, 3)
    clock.sleep(60)
    book.merge_voices("Mike Wilson", "Michael Wilson")
    assert numbers()[:2] == (1, 2)
    assert numbers(known_at=then) == before


def test_a_name_that_is_not_printed_finds_its_voice(two) -> None:
    book, clock = two
    book.merge_voices("Mike Wilson", "Michael Wilson")
    answer = api.ask(book, "what did Michael Wilson say about small caps", clock=clock).text()
    assert "Mike Wilson" in answer
    assert "Kestrel" in answer


# --- what a ruling does --------------------------------------------------------------------------------------


def test_the_name_and_the_key_are_those_of_the_first(two) -> None:
    book, _ = two
    told = book.merge_voices(voice_id(MIKE)[:6], voice_id(MICHAEL)[:6], "  the \n same ")
    assert (told.event.voice, told.event.other, told.event.note) == (MIKE, MICHAEL, "the same")
    assert (told.voice, told.other) == ("Mike Wilson, Kestrel", "Michael Wilson, Harbor")
    assert [(e.voice, e.voice_name, e.speaker, e.firm) for e in book.entries()][:2] == [
        (MIKE, "Mike Wilson", "Mike Wilson", "Kestrel"),
        (MIKE, "Mike Wilson", "Michael Wilson", "Harbor"),
    ]
    (voice,) = book.voices(name="wilson")
    assert [(met.name, met.first) for met in voice.firms] == [("Harbor", day(1)), ("Kestrel", day(0))]
    assert (voice.statements, voice.views, voice.first, voice.last) == (2, 2, day(0), day(1))


def test_a_chain_of_merges_ends_at_its_last_voice(two) -> None:
    book, _ = two
    book.merge_voices("Michael Wilson", "Mike Wilson")
    book.merge_voices("Ann Lee", "Michael Wilson")
    assert voices_of(book) == ["ann-lee@foxglove"] * 3
    book.undo_voice_event(book.voice_events()[0].event.id)
    assert voices_of(book) == [MIKE, "ann-lee@foxglove", "ann-lee@foxglove"]


def test_who_was_merged_away_is_still_found_by_id(two) -> None:
    book, _ = two
    book.merge_voices("Mike Wilson", "Michael Wilson")
    assert book.the_voice(voice_id(MICHAEL)).key == MIKE


def test_a_split_by_firm_takes_what_was_said_there_and_what_will_be(two) -> None:
    book, clock = two
    book.merge_voices("Mike Wilson", "Michael Wilson")
    told = book.split_voice("Mike Wilson", firm="harbor")
    assert told.other == "Mike Wilson, harbor"
    keep(book, clock, 4, remark(4, "Mike Wilson", "Harbor"))
    assert voices_of(book) == [MIKE, f"{MIKE}#2", "ann-lee@foxglove", f"{MIKE}#2"]


def test_houses_are_merged_and_split_like_people(two) -> None:
    book, clock = two
    keep(book, clock, 4, remark(4, None, "Larkmoor"))
    keep(book, clock, 5, remark(5, None, "Larkmoor Securities"))
    book.merge_voices("Larkmoor Securities", "Larkmoor")
    assert [(e.voice, e.voice_name) for e in book.entries()][3:] == [
        ("larkmoor-securities", "Larkmoor Securities")
    ] * 2
    book.split_voice("Larkmoor Securities", firm="Larkmoor")
    assert voices_of(book)[3:] == ["larkmoor-securities#2", "larkmoor-securities"]


def test_a_split_by_name_is_called_by_that_name(two) -> None:
    book, clock = two
    keep(book, clock, 4, remark(4, "M. Wilson", "Kestrel", "bearish"))
    assert voices_of(book)[-1] == MIKE
    book.split_voice("Mike Wilson", name="M Wilson", note="that was Mary")
    assert [(e.voice, e.voice_name) for e in book.entries()][-1] == (f"{MIKE}#1", "M Wilson")
    assert [voice.key for voice in book.voices(name="wilson")].count(MIKE) == 1


def test_what_is_split_off_can_be_split_and_merged_again(two) -> None:
    book, clock = two
    keep(book, clock, 4, remark(4, "M. Wilson", None))
    keep(book, clock, 5, remark(5, "M. Wilson", "Kestrel"))
    book.merge_voices(MIKE_ID, voice_id("m-wilson@"))
    book.split_voice(MIKE_ID, name="M. Wilson")
    book.split_voice(voice_id(f"{MIKE}#2"), firm="")
    assert voices_of(book)[-2:] == [f"{MIKE}#2#3", f"{MIKE}#2"]
    book.merge_voices("Ann Lee", voice_id(f"{MIKE}#2#3"))
    assert voices_of(book)[-3:] == ["ann-lee@foxglove", "ann-lee@foxglove", f"{MIKE}#2"]


def test_merged_voices_count_as_one_when_a_statement_is_kept(two) -> None:
    book, clock = two
    book.merge_voices("Michael Wilson", MIKE_ID)
    keep(book, clock, 5, remark(5, "Michael Wilson", None))
    assert voices_of(book)[-1] == MICHAEL


def test_history_cannot_be_edited(two) -> None:
    book, _ = two
    book.merge_voices("Mike Wilson", "Michael Wilson")
    with closing(sqlite3.connect(book.path)) as other:
        for change in ("DELETE FROM voice_events", "UPDATE voice_events SET note = 'x'"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                other.execute(change)


# --- what repeats what ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Twice:
    """Two remarks in the same words, and what is ruled."""

    first: tuple[str, str | None]
    second: tuple[str, str | None]
    days: float
    rule: str
    before: bool  # whether the second repeats the first
    after: bool
    why: str
    other_words: bool = False
    same_story: bool = False


MERGE, SPLIT = "merge", "split"
TWICE = [
    Twice(
        ("Mike Wilson", "Kestrel"),
        ("Mike Wilson", "Harbor"),
        2,
        MERGE,
        False,
        True,
        "one voice said it twice",
    ),
    Twice(("Mike Wilson", "Kestrel"), ("Mike Wilson", "Harbor"), 8, MERGE, False, False, "a week has passed"),
    Twice(("Mike Wilson", "Kestrel"), ("Mike Wilson", "Harbor"), 2, MERGE, False, False, "other words", True),
    Twice(
        ("Mike Wilson", "Kestrel"),
        ("Mike Wilson", None),
        2,
        SPLIT,
        True,
        False,
        "two voices said it once each",
    ),
    Twice(
        ("Mike Wilson", "Kestrel"),
        ("Mike Wilson", None),
        2,
        SPLIT,
        True,
        True,
        "a copy of one story says it once, whoever is named",
        same_story=True,
    ),
]


@pytest.mark.parametrize("case", TWICE, ids=[case.why for case in TWICE])
def test_echoes_are_those_of_the_voices_as_they_count(tmp_path: Path, case: Twice) -> None:
    book, clock = ledger(tmp_path)
    with book:
        lead = {"lead": filler("shared")} if case.same_story else {}
        keep(book, clock, 0, Quote(WORDS, *case.first), outlet="One", **lead)
        words = "But mega caps have run too far for our taste by now" if case.other_words else WORDS
        keep(book, clock, case.days, Quote(words, *case.second), outlet="Two", **lead)
        clock.advance_to(day(20))
        one, two = book.entries()
        assert (two.echo_of == one.view, two.counted) == (case.before, not case.before)
        if case.rule == MERGE:
            book.merge_voices(voice_id("mike-wilson@kestrel"), voice_id("mike-wilson@harbor"))
        else:
            book.split_voice("Mike Wilson", firm="")
        one, two = book.entries()
        assert (two.echo_of == one.view, two.counted) == (case.after, not case.after)
        assert one.reach == (2 if case.after and not case.same_story else 1)
        for entry in (one, two):
            assert book.why(entry.view).entry == entry


def test_a_copy_of_an_echo_stays_an_echo(tmp_path: Path) -> None:
    """Another name in a copy of the second story: it repeated that story and goes on to, whoever the first one is."""
    book, clock = ledger(tmp_path)
    with book:
        keep(book, clock, 0, Quote(WORDS, "Mike Wilson", "Kestrel"))
        lead = {"lead": filler("shared")}
        keep(book, clock, 1, Quote(WORDS, "Mike Wilson", "Harbor"), outlet="Two", **lead)
        keep(book, clock, 1.5, Quote(WORDS, "Tom Ode", "Harbor"), outlet="Three", **lead)
        first, second, copy = book.entries()
        assert (second.echo_of, copy.echo_of) == (None, second.view)
        book.merge_voices(voice_id("mike-wilson@kestrel"), voice_id("mike-wilson@harbor"))
        first, second, copy = book.entries()
        assert (second.echo_of, copy.echo_of, first.reach) == (first.view, first.view, 2)
        assert [book.why(entry.view).entry for entry in (first, second, copy)] == [first, second, copy]


# --- what is shown -------------------------------------------------------------------------------------------


def test_why_tells_of_the_ruling_and_not_before_it(two) -> None:
    book, clock = two
    then, views = clock.now(), [entry.view for entry in book.entries()]
    clock.sleep(60)
    book.merge_voices("Mike Wilson", "Michael Wilson", "moved")
    for view in views[:2]:
        (told,) = book.why(view).identity.events
        assert (told.event.kind, told.voice, told.event.note) == ("merge", "Mike Wilson, Kestrel", "moved")
        assert book.why(view, known_at=then).identity.events == ()
    assert book.why(views[2]).identity.events == ()
    (again,) = book.voice_history(book.the_voice(MIKE_ID))
    assert again == told
    book.undo_voice_event(told.event.id[:8])
    assert book.why(views[0]).identity.events == ()
    assert book.voice_history(book.the_voice(MIKE_ID))[0].event.undone_at == clock.now()


PAIRS = [
    ([("Mike Wilson", "Kestrel"), ("Michael Wilson", "Harbor")], [(0, 1)], "two firms"),
    ([("Mike Wilson", "Kestrel"), ("Mary Wilson", "Harbor")], [], "two given names"),
    (
        [("M. Wilson", None), ("Mike Wilson", "Kestrel"), ("M. Wilson", "Harbor")],
        [(0, 1), (0, 2), (1, 2)],
        "initials",
    ),
    ([("Mike Wilson", "Kestrel"), ("Wilson", None)], [(0, 1)], "a bare surname and the one it fits"),
    (
        [("Mike Wilson", "Kestrel"), ("Mary Wilson", "Kestrel"), ("Wilson", None)],
        [],
        "a bare surname that fits two",
    ),
    ([(None, "Morgan Vale"), (None, "Morgan Vale Wealth")], [(0, 1)], "a house and what may be its division"),
    ([(None, "Morgan Vale"), (None, "Morgan Valence")], [], "two houses"),
    ([("Morgan Vale", "Kestrel"), (None, "Morgan Vale")], [], "a person and a house"),
]


@pytest.mark.parametrize(("said", "pairs", "why"), PAIRS, ids=[row[2] for row in PAIRS])
def test_who_may_be_one_is_listed(tmp_path: Path, said, pairs: list[tuple[int, int]], why: str) -> None:
    book, clock = ledger(tmp_path)
    with book:
        for number, (speaker, firm) in enumerate(said):
            keep(book, clock, number * 50, remark(number, speaker, firm))
        keys = voices_of(book)
        found = book.doubtful_voices()
    assert {frozenset((pair.kept.key, pair.other.key)) for pair in found} == {
        frozenset((keys[a], keys[b])) for a, b in pairs
    }


def test_pairs_with_most_views_come_first_and_ruled_ones_no_more(two) -> None:
    book, clock = two
    keep(book, clock, 4, remark(4, "A. Lee", "Elm"))
    keep(book, clock, 5, remark(5, "A. Lee", "Elm"))
    assert [pair.views for pair in book.doubtful_voices()] == [3, 2]
    lee, wilson = book.doubtful_voices()
    assert (lee.kept.key, lee.other.key) == ("ann-lee@foxglove", "a-lee@elm")
    assert lee.reasons == ("one is known by initials only", "at different firms")
    assert wilson.reasons == ("given names that can be one person's", "at different firms")
    told = book.merge_voices(lee.kept.id, lee.other.id)
    assert [pair.views for pair in book.doubtful_voices()] == [2]
    book.undo_voice_event(told.event.id)
    assert [pair.views for pair in book.doubtful_voices()] == [2]
    assert len(book.doubtful_voices(name="lee")) == 0


# --- what is refused -----------------------------------------------------------------------------------------


def nothing(book: Ledger) -> None:
    pass


def merged(book: Ledger) -> None:
    book.merge_voices("Mike Wilson", "Ann Lee")


def undone(book: Ledger) -> None:
    book.undo_voice_event(book.merge_voices("Mike Wilson", "Ann Lee").event.id)


def used(book: Ledger) -> None:
    merged(book)
    book.split_voice("Mike Wilson", firm="Foxglove")
    book.merge_voices("Michael Wilson", voice_id(f"{MIKE}#2"))


def event(book: Ledger, number: int) -> str:
    return book.voice_events()[number].event.id


REFUSED = [
    (
        nothing,
        lambda b: b.merge_voices("Mike Wilson", MIKE_ID),
        "one voice already: Mike Wilson, Kestrel",
        "itself",
    ),
    (
        merged,
        lambda b: b.merge_voices("Ann Lee", "Mike Wilson"),
        "one voice already: Mike Wilson, ",
        "a cycle",
    ),
    (
        nothing,
        lambda b: b.merge_voices("Ann Lee", "Nobody"),
        "no voice has an id beginning with 'Nobody'",
        "a stranger",
    ),
    (nothing, lambda b: b.merge_voices("", "Ann Lee"), "no voice has an id beginning with ''", "nothing"),
    (
        nothing,
        lambda b: b.merge_voices("Ann Lee", "Foxglove"),
        "Ann Lee, Foxglove is a person and Foxglove",
        "a house",
    ),
    (
        nothing,
        lambda b: b.the_voice("Pat Roe"),
        "'Pat Roe' can be 2 voices: .* = Pat Roe, .*; give the id",
        "two",
    ),
    (nothing, lambda b: b.split_voice("Ann Lee"), "--name FORM or --firm FIRM", "a split by nothing"),
    (
        nothing,
        lambda b: b.split_voice("Ann Lee", name="A", firm="B"),
        "--name FORM or --firm FIRM",
        "a split by both",
    ),
    (
        nothing,
        lambda b: b.split_voice("Mike Wilson", firm="Harbor"),
        "none of the statements of Mike Wilson, Kestrel are such; it was met at Kestrel",
        "a firm it was never at",
    ),
    (
        nothing,
        lambda b: b.split_voice("Mike Wilson", name="MIKE WILSON"),
        "all of the statements .* are such; it was met under Mike Wilson",
        "all of it",
    ),
    (nothing, lambda b: b.split_voice("Foxglove", name="Foxglove"), "Foxglove is a house", "a house by name"),
    (nothing, lambda b: b.undo_voice_event("feed"), "no event has an id beginning with 'feed'", "no event"),
    (nothing, lambda b: b.undo_voice_event(""), "no event has an id beginning with ''", "an empty event"),
    (undone, lambda b: b.undo_voice_event(event(b, 0)), "was undone on 2026-01-", "twice"),
    (undone, lambda b: b.undo_voice_event(event(b, 1)), "is itself an undo", "an undo"),
    (used, lambda b: b.undo_voice_event(event(b, 1)), "undo that one first", "a split in use"),
]


@pytest.mark.parametrize(("before", "rule", "words", "why"), REFUSED, ids=[row[3] for row in REFUSED])
def test_what_is_refused_says_why_in_one_line_and_changes_nothing(
    two, before, rule, words: str, why: str
) -> None:
    book, clock = two
    keep(book, clock, 4, remark(4, None, "Foxglove"))
    keep(book, clock, 5, remark(5, "Pat Roe", "A"))
    keep(book, clock, 6, remark(0, "Pat Roe", "B"))
    before(book)
    events, voices = book.voice_events(), voices_of(book)
    with pytest.raises(UsageError, match=words) as refused:
        rule(book)
    assert "\n" not in str(refused.value)
    assert (book.voice_events(), voices_of(book)) == (events, voices)


def test_a_refusal_prints_no_stranger_s_escape_sequence(two) -> None:
    book, clock = two
    keep(book, clock, 4, remark(4, "Zed\x1b[31m\u202e Roe", "A\x07"))
    (zed,) = book.voices(name="roe")
    with pytest.raises(UsageError, match="Roe") as refused:
        book.split_voice(zed.id, firm="Harbor")
    assert str(refused.value).isprintable()


# --- any sequence of events ----------------------------------------------------------------------------------

SPEAKERS = ("Mike Wilson", "Michael Wilson", "M. Wilson", "Tom Ode")
FIRMS = ("Kestrel", "Harbor", None)
SAYINGS = (
    "We think small caps will lead the market through the summer",
    "Nothing in these numbers tells us to change our mind",
)
SAID = st.tuples(
    st.just("said"),
    st.sampled_from(SPEAKERS),
    st.sampled_from(FIRMS),
    st.sampled_from(SAYINGS),
    st.sampled_from(("bullish", "bearish", "neutral")),
)
PICK = st.integers(0, 7)
RULED = st.one_of(
    st.tuples(st.just("merge"), PICK, PICK),
    st.tuples(st.just("by name"), PICK, st.sampled_from(SPEAKERS)),
    st.tuples(st.just("by firm"), PICK, st.sampled_from(("Kestrel", "Harbor", ""))),
    st.tuples(st.just("undo"), PICK),
)
STEP = st.tuples(st.sampled_from((0.1, 1.0, 3.0, 8.0)), st.one_of(SAID, SAID, RULED))
STEPS = st.lists(STEP, min_size=8, max_size=16)


def act(book: Ledger, step: tuple) -> None:
    """Rule on the voices there are, as far as it is allowed."""
    voices, events = sorted(book.voices(), key=lambda voice: voice.key), book.voice_events()
    try:
        if step[0] == "undo":
            book.undo_voice_event(events[step[1] % len(events)].event.id)
        elif step[0] == "merge":
            book.merge_voices(voices[step[1] % len(voices)].id, voices[step[2] % len(voices)].id)
        elif step[0] == "by name":
            book.split_voice(voices[step[1] % len(voices)].id, name=step[2])
        else:
            book.split_voice(voices[step[1] % len(voices)].id, firm=step[2])
    except (UsageError, ZeroDivisionError):
        pass


def counts_as(kept: str, speaker: str, firm: str | None, events: list[ToldEvent]) -> str:
    """The reference: follow one statement through the events that were not undone, in their order."""
    undone = {one.event.undoes for one in events if one.event.kind == "undo"}
    for one in (told.event for told in events):
        if one.kind == "undo" or one.number in undone:
            continue
        if one.kind == "merge" and kept == one.other:
            kept = one.voice
        elif one.kind == "split" and kept == one.voice:
            fits = speaker == one.name if one.name is not None else (firm or "") == one.firm
            kept = one.other if fits else kept
    return kept


def shown(entries: tuple[Entry, ...]) -> list[tuple[object, ...]]:
    """What must agree of two ledgers whose ids differ."""
    urls = {entry.view: entry.url for entry in entries}
    return [(e.url, e.stance, e.counted, e.echo_of and urls[e.echo_of], e.reach) for e in entries]


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_net_is_that_of_a_ledger_in_which_everybody_was_known_from_the_start(steps: list) -> None:
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        book, clock = ledger(Path(one))
        fresh, its_clock = ledger(Path(other))
        with book, fresh:
            said, at = [], 0.0
            for number, (pause, step) in enumerate(steps):
                at += pause
                clock.advance_to(day(at))
                if step[0] == "said":
                    _, speaker, firm, words, stance = step
                    url = f"https://one.example/{number}"
                    keep(book, clock, at, Quote(words, speaker, firm, {"small_caps": stance}), url=url)
                    said.append((at, url, speaker, firm, words, stance))
                else:
                    act(book, step)
            kept = {
                row["url"]: row["key"]
                for row in book.store.rows(
                    "SELECT a.url, o.key FROM statements s JOIN readings r ON r.number = s.reading "
                    "JOIN articles a ON a.number = r.article JOIN voices o ON o.number = s.voice"
                )
            }
            events = list(book.voice_events())
            voices = {
                url: counts_as(kept[url], speaker, firm, events) for _, url, speaker, firm, _, _ in said
            }
            names = {
                key: f"Person{'abcdefghijklmnop'[n]}" for n, key in enumerate(dict.fromkeys(voices.values()))
            }
            for when, url, _, _, words, stance in said:
                quote = Quote(words, f"Pat {names[voices[url]]}", "House", {"small_caps": stance})
                keep(fresh, its_clock, when, quote, url=url)
            for moment in {when for when, *_ in said}:
                mine, theirs = book.entries(as_of=day(moment)), fresh.entries(as_of=day(moment))
                assert shown(mine) == shown(theirs)
                assert [e.voice for e in mine] == [voices[e.url] for e in mine]
                (a, b) = (net(current(rows, day(moment), XNYS), {"small_caps": 1}) for rows in (mine, theirs))
                assert (a.value, a.n_bullish, a.n_bearish) == (b.value, b.n_bullish, b.n_bearish)
            for entry in book.entries():
                assert book.why(entry.view).entry == entry


@settings(max_examples=30, deadline=None)
@given(STEPS)
def test_no_answer_known_before_moves_with_any_later_event(steps: list) -> None:
    with TemporaryDirectory() as folder:
        book, clock = ledger(Path(folder))
        with book:
            keep(book, clock, 0, remark(0, "Mike Wilson", "Kestrel"))
            known: list[tuple[datetime, list[str], list[str]]] = []
            at = 0.0
            for number, (pause, step) in enumerate(steps):
                at += pause
                clock.advance_to(day(at))
                if step[0] == "said":
                    quote = Quote(step[3], step[1], step[2], {"small_caps": step[4]})
                    keep(book, clock, at, quote, url=f"https://one.example/n{number}")
                else:
                    act(book, step)
                now = clock.now()
                known.append(
                    (
                        now,
                        *(
                            ([*map(repr, rows)])
                            for rows in (book.entries(known_at=now), book.voices(known_at=now))
                        ),
                    )
                )
            for moment, entries, voices in known:
                assert [*map(repr, book.entries(known_at=moment))] == entries
                assert [*map(repr, book.voices(known_at=moment))] == voices
