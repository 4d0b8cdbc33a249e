"""The ledger from outside: what is kept comes back, nothing twice, and no past answer moves."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_rows import FIRST, LARGE, SECOND, SMALL, START, Quote, day, filler, ledger, reading

from narrative.errors import NarrativeError, UsageError
from narrative.ledger import Ledger, open_ledger
from narrative.terms import Capture, Claim, Feed, Link, Reading, Span, Statement, Vintage

# --- keeping -----------------------------------------------------------------------------------------------


@pytest.fixture
def opened(tmp_path: Path):
    book, clock = ledger(tmp_path)
    clock.advance_to(day(40))
    with book:
        yield book, clock


def dump(book: Ledger) -> list[str]:
    return list(book.store.connection.iterdump())


def test_what_is_kept_comes_back(opened) -> None:
    book, _ = opened
    quote = replace(SMALL, stances={"small_caps": "bullish"})
    kept = reading(quote, published=Claim(day(-0.1), "json-ld"))
    assert book.keep_reading(kept, backfilled=True)
    (entry,) = book.entries()
    view, statement = kept.views[0], kept.statements[0]
    assert (entry.view, entry.statement, entry.article) == (view.id, statement.id, kept.article.id)
    assert (entry.words, entry.score) == (quote.words, view.score)
    assert (entry.speaker, entry.firm, entry.title) == ("Ann Lee", "Harbor Lane", "strategist")
    assert (entry.voice, entry.voice_kind) == ("ann-lee@harbor-lane", "person")
    assert (entry.published, entry.available_at) == (kept.article.published, START)
    assert (entry.recorded_at, entry.judged_at) == (day(40), day(40))
    assert (entry.model, entry.targets_version, entry.backfilled) == ("reader-1", "targets-1", True)


def test_keeping_a_reading_twice_changes_nothing(opened) -> None:
    book, clock = opened
    assert book.keep_reading(reading(SMALL, LARGE))
    before = dump(book)
    clock.sleep(60)
    assert not book.keep_reading(reading(SMALL, LARGE))
    assert dump(book) == before


def test_the_same_words_at_the_same_address_are_the_same_article(opened) -> None:
    book, _ = opened
    first = reading(SMALL)
    again = replace(first, article=replace(first.article, id="other", title="A new headline"))
    assert book.keep_reading(first)
    assert not book.keep_reading(again)
    assert book.articles_count() == 1


def test_an_article_without_availability_became_available_now(opened) -> None:
    book, _ = opened
    book.keep_reading(reading(SMALL, at=None))
    assert book.entries()[0].available_at == day(40)


def test_an_availability_in_the_future_is_refused_and_nothing_kept(opened) -> None:
    book, _ = opened
    before = dump(book)
    with pytest.raises(NarrativeError, match="in the future"):
        book.keep_reading(reading(SMALL, at=day(42)))
    assert dump(book) == before


CONTRADICTIONS = [
    (lambda r: replace(r, views=(replace(r.views[0], statement="gone"),)), "missing statement gone"),
    (
        lambda r: replace(r, statements=(replace(r.statements[0], content=(Span(0, 99999),)),)),
        "outside its text",
    ),
]


@pytest.mark.parametrize(("spoil", "words"), CONTRADICTIONS, ids=["stray view", "span outside"])
def test_a_reading_that_contradicts_itself_is_a_defect(opened, spoil, words: str) -> None:
    book, _ = opened
    with pytest.raises(ValueError, match=words):
        book.keep_reading(spoil(reading(SMALL)))
    assert book.summary().articles == 0


def test_a_constraint_that_fails_late_undoes_all_of_the_reading(opened) -> None:
    book, _ = opened
    kept = reading(SMALL)
    before = dump(book)
    with pytest.raises(sqlite3.IntegrityError):
        book.keep_reading(replace(kept, views=(replace(kept.views[0], bullish=1.5),)))
    assert dump(book) == before


def test_a_claim_found_twice_is_kept_once(opened) -> None:
    book, _ = opened
    kept = reading(SMALL)
    double = replace(
        kept,
        statements=kept.statements * 2,
        views=kept.views * 2,
        mentions=kept.mentions * 2,
        figures=kept.figures * 2,
    )
    assert book.keep_reading(double)
    assert (book.summary().statements, book.summary().views) == (1, 1)


def test_hostile_characters_keep_their_offsets(opened) -> None:
    book, _ = opened
    kept = reading(SMALL, lead="A @ lone surrogate, a nul \x00, 𝒜 an astral letter and é.")
    article = replace(kept.article, text=kept.article.text.replace("@", "\ud83d"), title="\ud83d")
    assert book.keep_reading(replace(kept, article=article))
    assert not book.keep_reading(replace(kept, article=article))
    evidence = book.why(book.entries()[0].view)
    assert evidence.entry.words == SMALL.words
    assert evidence.text == kept.article.text.replace("@", "?")


def test_together_is_one_transaction(opened) -> None:
    book, _ = opened

    def fail() -> None:
        with book.together():
            book.keep_reading(reading(SMALL))
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        fail()
    assert book.summary().articles == 0
    with book.together():
        book.keep_reading(reading(SMALL))
        book.keep_reading(reading(LARGE, url="https://two.example/b"))
    assert book.summary().articles == 2


# --- selecting ---------------------------------------------------------------------------------------------


def test_entries_by_target_and_window(opened) -> None:
    book, _ = opened
    for number, quote in enumerate((SMALL, LARGE)):
        book.keep_reading(reading(quote, url=f"https://{number}.example/", at=day(number)))
    assert [e.target for e in book.entries()] == ["small_caps", "mega_cap_tech"]
    assert [e.target for e in book.entries(targets=["small_caps"])] == ["small_caps"]
    assert [e.target for e in book.entries(since=day(1))] == ["mega_cap_tech"]
    assert [e.target for e in book.entries(until=day(1))] == ["small_caps"]
    assert book.entries(targets=[]) == ()


def test_a_window_does_not_turn_an_echo_into_a_view(opened) -> None:
    book, _ = opened
    book.keep_reading(reading(SMALL))
    book.keep_reading(reading(SMALL, url="https://two.example/b", at=day(2)))
    (entry,) = book.entries(since=day(1))
    assert entry.echo_of is not None


UNDATED = [
    (None, True, "unknown"),
    (Claim(day(0), "meta"), False, "the instant it was found"),
    (Claim(day(0.9), "meta"), False, "within a day ahead: a zone was lost"),
    (Claim(day(1.1), "meta"), True, "more than a day ahead"),
    (Claim(date(2026, 1, 13), "page"), False, "the next day, that begins within a day"),
    (Claim(date(2026, 1, 14), "page"), True, "the day after that"),
    (Claim(day(0).replace(tzinfo=None), "page", zone_known=False), False, "no zone: counts as UTC"),
]


@pytest.mark.parametrize(("claim", "undated", "why"), UNDATED, ids=[row[2] for row in UNDATED])
def test_undated(opened, claim: Claim | None, undated: bool, why: str) -> None:
    book, _ = opened
    book.keep_reading(reading(SMALL, published=claim))
    (entry,) = book.entries()
    assert (entry.undated, entry.published) == (undated, claim)


SAMPLES = [
    (None, None, False, "nobody says what the model has seen"),
    (date(2026, 1, 11), Claim(day(0), "meta"), False, "published after the training"),
    (date(2026, 1, 12), Claim(day(0), "meta"), True, "published on its last day"),
    (date(2026, 1, 12), None, True, "undated: judged by its availability"),
    (date(2026, 1, 11), Claim(date(2025, 1, 1), "page"), True, "an old page found late"),
]


@pytest.mark.parametrize(("through", "claim", "inside", "why"), SAMPLES, ids=[row[3] for row in SAMPLES])
def test_in_sample(opened, through: date | None, claim: Claim | None, inside: bool, why: str) -> None:
    book, _ = opened
    book.keep_reading(reading(SMALL, published=claim, vintage=Vintage("m", "t", through)))
    assert book.entries()[0].in_sample is inside


def test_vintages_stand_side_by_side_and_the_newest_speaks(opened) -> None:
    book, clock = opened
    other = reading(LARGE, url="https://two.example/b")
    book.keep_reading(reading(SMALL))
    book.keep_reading(other)
    clock.sleep(60)
    turned = reading(replace(SMALL, stances={"small_caps": "bearish"}), vintage=SECOND)
    assert book.keep_reading(turned)
    assert [(e.model, e.stance) for e in book.entries(targets=["small_caps"])] == [("reader-2", "bearish")]
    assert [e.model for e in book.entries(targets=["mega_cap_tech"])] == ["reader-1"]
    assert sorted(e.stance for e in book.entries(vintage="reader-1")) == ["bearish", "bullish"]
    assert book.entries(vintage=FIRST.id) == book.entries(vintage="reader-1")
    assert [e.stance for e in book.entries(vintage=SECOND.id)] == ["bearish"]
    assert {e.model for e in book.entries(known_at=day(40))} == {"reader-1"}


def test_an_unknown_vintage_is_named(opened) -> None:
    book, _ = opened
    book.keep_reading(reading(SMALL))
    with pytest.raises(UsageError, match=r"'reader-9' is no vintage of this ledger: \w+ = reader-1"):
        book.entries(vintage="reader-9")


# --- the past ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Event:
    """A page that became available on one day and was recorded on the same or a later one."""

    page: int
    voice: int
    words: int
    available: int
    delay: int
    vintage: int
    dated: int | None
    copied: bool


EVENTS = st.lists(
    st.builds(
        Event,
        page=st.integers(0, 4),
        voice=st.integers(0, 3),
        words=st.integers(0, 2),
        available=st.integers(0, 12),
        delay=st.sampled_from([0, 0, 1, 9]),
        vintage=st.integers(0, 1),
        dated=st.none() | st.integers(-5, 15),
        copied=st.booleans(),
    ),
    min_size=1,
    max_size=8,
)
SPEAKERS = [("Ann Lee", "Harbor Lane"), ("A. Lee", "Harbor Lane"), ("Ann Lee", None), (None, None)]
SAYINGS = [SMALL.words, "Small caps look cheap to us after a poor year", LARGE.words]


def page(event: Event) -> Reading:
    speaker, firm = SPEAKERS[event.voice]
    quote = Quote(SAYINGS[event.words], speaker, firm, {"small_caps": "bullish"})
    return reading(
        quote,
        url=f"https://{event.page}.example/",
        outlet=str(event.page),
        at=day(event.available),
        lead=filler("wire", 80) if event.copied else filler(f"{event.page} {event.available}"),
        vintage=(FIRST, SECOND)[event.vintage],
        published=None if event.dated is None else Claim(day(event.dated), "meta"),
    )


@settings(max_examples=25, deadline=None)
@given(EVENTS)
def test_known_at_answers_what_the_ledger_would_have_answered(events: list[Event]) -> None:
    """Late rows, edited and re-dated pages, late models, new voices: no past answer moves by a byte."""
    events = sorted(events, key=lambda event: event.available + event.delay)
    with TemporaryDirectory() as folder:
        book, clock = ledger(Path(folder))
        answers: list[tuple[datetime, str]] = []
        with book:
            for event in events:
                clock.advance_to(day(event.available + event.delay))
                book.keep_reading(page(event))
                clock.sleep(1)
                answers.append((clock.now(), repr(book.entries())))
                clock.sleep(1)
            for moment, answer in answers:
                assert repr(book.entries(known_at=moment)) == answer


@settings(max_examples=25, deadline=None)
@given(EVENTS, st.integers(0, 12))
def test_as_of_is_the_ledger_without_the_later_rows(events: list[Event], last: int) -> None:
    """With everything recorded when it became available, as of T equals a ledger that ends at T."""
    events = sorted((replace(event, delay=0) for event in events), key=lambda event: event.available)
    with TemporaryDirectory() as one, TemporaryDirectory() as two:
        (whole, clock), (short, short_clock) = ledger(Path(one)), ledger(Path(two))
        with whole, short:
            for event in events:
                clock.advance_to(day(event.available))
                short_clock.advance_to(day(event.available))
                if event.vintage:
                    continue
                whole.keep_reading(page(event))
                if event.available <= last:
                    short.keep_reading(page(event))
            assert whole.entries(as_of=day(last)) == short.entries()
            assert all(entry.available_at <= day(last) for entry in whole.entries(as_of=day(last)))


@settings(max_examples=15, deadline=None)
@given(EVENTS)
def test_every_statement_of_the_selection_slices_to_its_words(events: list[Event]) -> None:
    with TemporaryDirectory() as folder:
        book, clock = ledger(Path(folder), day(30))
        with book:
            for event in events:
                book.keep_reading(page(event))
            for entry in book.entries():
                evidence = book.why(entry.view)
                said = Statement("", "direct", evidence.content, None, None).words(evidence.text)
                assert said == entry.words
        assert clock.now() == day(30)


# --- evidence ----------------------------------------------------------------------------------------------


def test_why_shows_all_there_is(opened) -> None:
    book, _ = opened
    both = replace(SMALL, stances={"small_caps": "bullish", "mega_cap_tech": "bearish"})
    kept = reading(both, published=Claim(day(0), "meta"))
    figure = kept.figures[0]
    kept = replace(
        kept, views=tuple(replace(view, figures=(figure.id,), named="here") for view in kept.views)
    )
    capture = Capture(kept.article.url, kept.article.url, START, "text/html", b"<p>bytes</p>")
    book.keep_reading(kept, capture=capture)
    book.keep_reading(
        reading(both, url="https://two.example/b", outlet="Two", lead=filler(kept.article.url), at=day(1))
    )
    evidence = book.why(kept.views[0].id[:12])
    assert evidence.text == kept.article.text
    assert (evidence.content, evidence.cue, evidence.source) == (
        kept.statements[0].content,
        kept.statements[0].cue,
        kept.statements[0].source,
    )
    assert (evidence.resolution, evidence.named, evidence.figures) == (
        ("named beside the cue",),
        "here",
        (figure,),
    )
    assert [view.target for view in evidence.other_views] == ["mega_cap_tech"]
    assert [copy.outlet for copy in evidence.copies] == ["Two"]
    assert [echo.outlet for echo in evidence.echoes] == ["Two"]
    assert evidence.page is not None
    assert (evidence.page.fetched_at, evidence.page.size) == (START, 12)


def test_why_sees_no_later_copy(opened) -> None:
    book, _ = opened
    kept = reading(SMALL, lead=filler("wire"))
    book.keep_reading(kept)
    book.keep_reading(reading(SMALL, url="https://two.example/b", lead=filler("wire"), at=day(1)))
    evidence = book.why(kept.views[0].id, as_of=day(0.5))
    assert (evidence.copies, evidence.echoes, evidence.entry.reach) == ((), (), 1)
    with pytest.raises(UsageError, match="not in the ledger at that moment"):
        book.why(kept.views[0].id, as_of=day(-1))


def test_why_opens_a_view_that_a_newer_vintage_has_replaced(opened) -> None:
    book, _ = opened
    old = reading(SMALL)
    book.keep_reading(old)
    new = replace(old, vintage=SECOND, views=(replace(old.views[0], id="f" * 20),))
    book.keep_reading(new)
    assert book.why(old.views[0].id).entry.model == "reader-1"
    assert book.why("ffff").entry.model == "reader-2"


def with_ids(*ids: str) -> Reading:
    kept = reading(SMALL)
    views = (replace(kept.views[0], id=name, target=f"target {name}") for name in ids)
    return replace(kept, views=tuple(views))


def test_ids_are_printed_as_short_as_they_stay_unique(opened) -> None:
    book, _ = opened
    ids = ("aaaa1111", "aaaa1222", "abcdef00", "ffff")
    book.keep_reading(with_ids(*ids))
    assert book.shorten(ids) == dict(zip(ids, ("aaaa11", "aaaa12", "abcd", "ffff"), strict=True))
    assert {book.why(short).entry.view for short in book.shorten(ids).values()} == set(ids)


PREFIXES = [
    ("aaaa", "several views have ids beginning with 'aaaa': aaaa11, aaaa12; add a character"),
    ("zz", "no view has an id beginning with 'zz'"),
    ("", "no view has an id beginning with ''"),
    ("%", "no view has an id beginning with '%'"),
]


@pytest.mark.parametrize(("prefix", "words"), PREFIXES, ids=["ambiguous", "unknown", "empty", "wildcard"])
def test_prefixes_that_name_no_single_view(opened, prefix: str, words: str) -> None:
    book, _ = opened
    book.keep_reading(with_ids("aaaa1111", "aaaa1222"))
    with pytest.raises(UsageError, match=words):
        book.why(prefix)


@given(st.lists(st.text("01af", min_size=4, max_size=8), min_size=1, max_size=12, unique=True))
@settings(max_examples=25, deadline=None)
def test_short_ids_open_their_own_view(ids: list[str]) -> None:
    with TemporaryDirectory() as folder:
        book, _ = ledger(Path(folder))
        with book:
            book.keep_reading(with_ids(*ids))
            for view, short in book.shorten(ids).items():
                assert len(short) >= 4
                assert book.why(short).entry.view == view


# --- the crawler's book ------------------------------------------------------------------------------------

FEED = Feed("https://one.example/feed", "One")
LINK = Link("https://one.example/a", FEED.url, "guid-1", "Title", Claim(day(0), "feed"))
CAPTURE = Capture(LINK.url, LINK.url, START, "text/html", b"<p>Body</p>", "One", LINK)


SOON = day(1 / 24)


@dataclass(frozen=True)
class Poll:
    feed: str = FEED.url
    at: datetime = START
    outcome: str = "ok"
    status: int | None = 200
    entries: int = 3
    new: int = 2
    note: str = ""
    etag: str | None = '"e1"'
    last_modified: str | None = None
    next_at: datetime = SOON
    stop: str | None = None


@dataclass(frozen=True)
class Look:
    url: str = LINK.url
    at: datetime = START
    outcome: str = "ok"
    status: int | None = 200
    note: str = ""
    retry_at: datetime | None = None
    attempts: int = 1
    etag: str | None = '"p1"'
    last_modified: str | None = None


FAILED = Look(outcome="http_error", status=500, retry_at=day(0.5), etag=None)


def test_a_feed_is_due_when_its_time_has_come_and_nothing_stopped_it(opened) -> None:
    book, _ = opened
    assert book.due(FEED, START)
    book.record_poll(Poll())
    assert not book.due(FEED, day(0.01))
    assert book.due(FEED, day(1 / 24))
    assert book.validators(FEED.url).etag == '"e1"'
    book.record_poll(Poll(at=day(1), outcome="gone", stop="gone", etag=None))
    assert not book.due(FEED, day(30))


def test_a_page_from_announcement_to_reading(opened) -> None:
    book, _ = opened
    book.record_link(LINK, START)
    assert (book.pending(START), book.known(LINK.url)) == ([LINK], False)
    book.record_fetch(LINK, Look(), CAPTURE)
    assert (book.pending(START), book.known(LINK.url)) == ([], True)
    assert list(book.captures_to_read()) == [CAPTURE]
    book.keep_reading(reading(SMALL, url=LINK.url), capture=CAPTURE)
    assert list(book.captures_to_read()) == []


def test_500_first_and_200_later(opened) -> None:
    book, _ = opened
    book.record_fetch(LINK, FAILED, None)
    assert (book.pending(START), book.pending(day(0.5)), book.attempts(LINK.url)) == ([], [LINK], 1)
    assert not book.known(LINK.url)
    book.record_fetch(LINK, Look(attempts=2), CAPTURE)
    assert (book.pending(day(9)), book.known(LINK.url), book.attempts(LINK.url)) == ([], True, 0)


def test_a_page_that_is_given_up_is_known_and_not_tried_again(opened) -> None:
    book, _ = opened
    book.record_fetch(LINK, replace(FAILED, status=404, retry_at=None), None)
    assert (book.pending(day(9)), book.known(LINK.url)) == ([], True)
    assert list(book.captures_to_read()) == []


def test_the_address_behind_a_redirect_is_known_too(opened) -> None:
    book, _ = opened
    book.record_fetch(LINK, Look(), replace(CAPTURE, final_url="https://one.example/final"))
    assert book.known("https://one.example/final")


def test_a_failed_second_look_does_not_lose_the_page(opened) -> None:
    book, _ = opened
    book.record_fetch(LINK, Look(), CAPTURE)
    book.record_fetch(LINK, replace(FAILED, retry_at=None, at=day(1)), None)
    assert book.known(LINK.url)
    assert book.pending(day(9)) == []
    assert book.validators(LINK.url).etag == '"p1"'


REVISITS = [
    (0.5, 0, "less than a day after the last look"),
    (1, 1, "a day later"),
    (2.9, 1, "still young"),
    (3, 0, "three days old"),
]


@pytest.mark.parametrize(("after", "count", "why"), REVISITS, ids=[row[2] for row in REVISITS])
def test_young_pages_are_looked_at_once_a_day(opened, after: float, count: int, why: str) -> None:
    book, _ = opened
    book.record_fetch(LINK, Look(), CAPTURE)
    found = book.revisit(day(after))
    assert [(link, validators.etag) for link, validators in found] == [(LINK, '"p1"')] * count


def test_a_304_counts_as_a_look_and_renews_each_validator_alone(opened) -> None:
    book, _ = opened
    book.record_fetch(LINK, Look(), CAPTURE)
    book.record_fetch(LINK, Look(at=day(1), outcome="not_modified", etag=None, last_modified="Tue"), None)
    assert book.revisit(day(1.5)) == []
    assert (book.validators(LINK.url).etag, book.validators(LINK.url).last_modified) == ('"p1"', "Tue")


def test_a_changed_title_stands_beside_the_first(opened) -> None:
    book, _ = opened
    book.record_link(LINK, START)
    book.record_link(LINK, day(1))
    book.record_link(replace(LINK, title="New"), day(2))
    rows = book.store.rows("SELECT title, last_seen_at FROM links ORDER BY number")
    assert [(row["title"], row["last_seen_at"][:10]) for row in rows] == [
        ("Title", "2026-01-13"),
        ("New", "2026-01-14"),
    ]
    assert book.pending(day(3)) == [LINK]


def test_a_fetch_that_cannot_be_kept_leaves_neither_row_nor_bytes(opened) -> None:
    book, _ = opened
    before = dump(book)
    with pytest.raises(sqlite3.IntegrityError):
        book.record_fetch(LINK, replace(Look(), outcome=None), CAPTURE)  # type: ignore[arg-type]
    assert dump(book) == before


def test_the_same_bytes_are_kept_once(opened) -> None:
    book, _ = opened
    book.record_fetch(LINK, Look(), CAPTURE)
    book.record_fetch(LINK, Look(at=day(1)), replace(CAPTURE, fetched_at=day(1)))
    assert book.summary().captures == 1
    book.record_fetch(LINK, Look(at=day(2)), replace(CAPTURE, fetched_at=day(2), body=b"<p>New</p>"))
    assert [capture.body for capture in book.captures_to_read()] == [b"<p>Body</p>", b"<p>New</p>"]


def test_bytes_survive_between_fetching_and_reading(tmp_path: Path) -> None:
    book, clock = ledger(tmp_path)
    book.record_fetch(LINK, Look(), CAPTURE)
    book.close()
    with open_ledger(tmp_path / "narrative.db", clock) as again:
        (capture,) = again.captures_to_read()
        again.pass_over(capture, "empty")
        assert list(again.captures_to_read()) == []
        again.pass_over(capture, "changed my mind")
        assert again.store.value("SELECT reason FROM results") == "empty"


# --- coverage, prices, published values --------------------------------------------------------------------


def test_coverage_counts_what_was_seen_and_what_was_not(opened) -> None:
    book, _ = opened
    for hour, outcome in enumerate(("ok", "not_modified", "timeout", "robots", "timeout", "timeout", "ok")):
        book.record_poll(Poll(at=day(hour / 24), outcome=outcome))
    book.record_fetch(LINK, Look(), CAPTURE)
    other = replace(CAPTURE, url="https://one.example/b", body=b"x")
    book.record_fetch(replace(LINK, url=other.url), Look(url=other.url), other)
    book.record_fetch(replace(LINK, url="https://one.example/c"), replace(FAILED, outcome="robots"), None)
    book.keep_reading(reading(SMALL, url=other.url, stub="paywall"), capture=other)
    seen = book.coverage(START, day(7 / 24))
    assert (seen.polls_ok, seen.polls_failed, seen.polls_refused) == (3, 3, 1)
    assert (seen.pages_ok, seen.pages_failed, seen.pages_refused) == (2, 0, 1)
    assert (seen.stubs, seen.unread, seen.articles) == (1, 1, 0)
    assert [(gap.start, gap.end) for gap in seen.gaps] == [(day(1 / 24), day(6 / 24))]


def test_coverage_tells_why_pages_gave_no_article(opened) -> None:
    book, _ = opened
    reasons = ("not in English, the only language that is read", "the page cannot be read (ValueError)")
    for number, reason in enumerate((*reasons, reasons[0])):
        page = replace(CAPTURE, final_url=f"https://one.example/{number}", body=f"{number}".encode())
        book.keep_capture(page)
        book.pass_over(page, f"{page.final_url}: {reason}")
    found = book.coverage(START, day(1)).passed_over
    assert found == (("not in English", 2), ("the page cannot be read", 1))


GAPS = [
    (("ok",) * 5, [], "nothing missing"),
    (("timeout",) * 5, [(0, 5)], "never answered"),
    (("timeout", "ok", "ok", "ok"), [], "one failure is no gap"),
    (("ok", "timeout", "timeout", "timeout", "timeout"), [(0, 5)], "silent since the first"),
]


@pytest.mark.parametrize(("outcomes", "gaps", "why"), GAPS, ids=[row[2] for row in GAPS])
def test_gaps(opened, outcomes: tuple[str, ...], gaps: list[tuple[int, int]], why: str) -> None:
    book, _ = opened
    for number, outcome in enumerate(outcomes):
        book.record_poll(Poll(at=day(number), outcome=outcome))
    found = book.coverage(START, day(len(outcomes))).gaps
    assert [(gap.start, gap.end) for gap in found] == [(day(start), day(end)) for start, end in gaps]


def test_an_empty_ledger_has_answers(opened) -> None:
    book, _ = opened
    assert book.entries() == ()
    assert book.coverage(START, day(1)).feeds == ()
    assert (book.summary().views, book.summary().first, book.articles_count(), book.prices()) == (
        0,
        None,
        0,
        (),
    )


@dataclass(frozen=True)
class PriceLine:
    symbol: str = "IWM"
    session: date = date(2026, 1, 12)
    open: float | None = None
    high: float | None = None
    low: float | None = None
    close: float = 220.5
    volume: float | None = 1e6
    dividend: float = 0.0
    kind: str = "raw"
    split: float = 1.0
    change: float | None = None
    downloaded: date | None = None


def test_prices_keep_every_correction(opened) -> None:
    book, clock = opened
    assert book.keep_prices([PriceLine(), PriceLine(symbol="QQQ")], source="a.csv") == 2
    assert book.keep_prices([PriceLine()], source="b.csv") == 0
    before = clock.now()
    clock.sleep(60)
    assert book.keep_prices([PriceLine(close=221.0), PriceLine(kind="adjusted")], source="c.csv") == 2
    assert [(p.kind, p.close, p.source) for p in book.prices(["IWM"])] == [
        ("adjusted", 220.5, "c.csv"),
        ("raw", 221.0, "c.csv"),
    ]
    assert [p.close for p in book.prices(["IWM"], known_at=before)] == [220.5]
    assert [p.symbol for p in book.prices()] == ["IWM", "IWM", "QQQ"]


def test_published_values_are_history(opened) -> None:
    book, _ = opened
    row = {
        "narrative": "rotation",
        "date": date(2026, 1, 12),
        "computed_at": START,
        "factor": 0.25,
        "factor_z": None,
    }
    assert book.publish_factor([row]) == 1
    assert book.publish_factor([row]) == 0
    assert book.publish_factor([row | {"computed_at": day(1), "factor": 0.3}]) == 1
    assert [given["factor"] for given in book.published_factor("rotation")] == [0.25, 0.3]
    assert book.published_factor("rotation", known_at=day(1)) == ()


# --- speed -------------------------------------------------------------------------------------------------


def test_the_questions_asked_most_use_an_index(opened) -> None:
    """Without one each new article or answer would walk through all the others."""
    book, _ = opened
    plans = [
        row["detail"]
        for sql in (
            "SELECT * FROM views WHERE target = '' AND available_at <= ''",
            "SELECT * FROM statements WHERE voice = 1 AND available_at BETWEEN '' AND ''",
            "SELECT * FROM views WHERE id >= '' AND id < ''",
            "SELECT * FROM statements WHERE echo_group = 1",
            "SELECT * FROM shingles WHERE hash = 1 AND day BETWEEN 1 AND 2",
            "SELECT max(number) FROM readings WHERE article = 1",
        )
        for row in book.store.rows(f"EXPLAIN QUERY PLAN {sql}")
    ]
    assert [plan for plan in plans if plan.startswith("SCAN")] == []
