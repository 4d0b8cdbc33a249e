"""How the crawl is doing: each feed against its own habit, pages left behind, drift by week, and how it is told."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_rows import LARGE, SECOND, SMALL, Quote, reading
from shell import Ran, narrative

from narrative.clock import SimulatedClock
from narrative.commands.status import Report, document, lines
from narrative.ledger import Ledger, open_ledger
from narrative.ledger.health import FeedHealth, Health, Pages, Week, health
from narrative.terms import Capture, Claim, Feed, Link

FEED = Feed("https://one.example/feed.xml", "Example Wire")
OTHER = Feed("https://two.example/rss", "Second Paper")
MONDAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)  # the first poll of these tests
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GOOD = ("ok", "not_modified")
PLACE, LEDGER = Path("feeds.toml"), Path("narrative.db")


def day(number: float) -> datetime:
    """The instant so many days after the first poll, which is on a Monday morning."""
    return MONDAY + number * DAY


@dataclass(frozen=True)
class Poll:
    at: datetime
    outcome: str = "ok"
    status: int | None = 200
    note: str = ""
    stop: str | None = None
    feed: str = FEED.url
    entries: int = 10
    new: int = 0
    etag: str | None = None
    last_modified: str | None = None

    @property
    def next_at(self) -> datetime:
        return self.at + HOUR


@dataclass(frozen=True)
class Look:
    url: str
    at: datetime
    outcome: str = "ok"
    status: int | None = 200
    note: str = ""
    retry_at: datetime | None = None
    attempts: int = 1
    etag: str | None = None
    last_modified: str | None = None


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger on a clock that stands a year later, so that every row lies in its past."""
    with open_ledger(tmp_path / LEDGER, SimulatedClock(day(365)), create=True) as opened:
        yield opened


def announce(book: Ledger, at: datetime, name: str, *, published: Claim | None = None, **said: str) -> None:
    url = said.get("url", f"https://one.example/{name}")
    book.record_link(
        Link(url, said.get("feed", FEED.url), said.get("entry", name), said.get("title", ""), published), at
    )


def polled(book: Ledger, days: Iterable[float], news: Iterable[float] = ()) -> None:
    """Poll with success on these days; on those of `news` the feed has a new entry."""
    fresh = set(news)
    for number in days:
        if number in fresh:
            announce(book, day(number), f"{number}")
        book.record_poll(Poll(day(number)))


def state(book: Ledger, now: float) -> str:
    return one(book, now).state


def one(book: Ledger, now: float) -> FeedHealth:
    (found,) = health(book, day(now)).feeds
    return found


# --- feeds -------------------------------------------------------------------------------------------------

WEEKDAYS = [0, 1, 2, 3, 4, 7, 8, 9, 10, 11]  # two weeks from Monday to Friday
EVERY_DAY = range(14)

HABITS = [
    (WEEKDAYS, 11.5, "well", "it brought something half a day ago"),
    (WEEKDAYS, 13.9, "well", "Sunday: weekends do not count for a feed that rests on them"),
    (WEEKDAYS, 15.5, "well", "Tuesday after a holiday"),
    (WEEKDAYS, 16.0, "well", "Wednesday: three days and no more"),
    (WEEKDAYS, 16.1, "silent", "more than three days of the week"),
    (EVERY_DAY, 16.0, "well", "three times its gap of a day"),
    (EVERY_DAY, 16.1, "silent", "a feed that works at weekends has no rest"),
    ([0, 7, 14, 21, 28], 48.9, "well", "a weekly feed, three weeks of five days later"),
    ([0, 7, 14, 21, 28], 49.1, "silent", "and a moment more"),
    ([0, 0.1, 0.2, 0.3, 1], 3.9, "well", "two days with news make no habit, a week is assumed"),
    ([0, 1], 21.9, "well", "three weeks from the last, without a habit"),
    ([0, 1], 22.1, "silent", "over three weeks without a habit"),
    ([], 20.9, "well", "an empty feed may be young"),
    ([], 21.1, "silent", "an empty feed for three weeks"),
]


@pytest.mark.parametrize(("news", "now", "expected", "why"), HABITS, ids=[row[3] for row in HABITS])
def test_silence_is_measured_by_the_feed_s_own_habit(
    book: Ledger, news: Iterable[float], now: float, expected: str, why: str
) -> None:
    # The backlog of the first poll has no date and says nothing; news on day 0 comes with the second poll.
    book.record_poll(Poll(day(-0.01)))
    polled(book, sorted({*news, *(n / 4 for n in range(int(now * 4) + 1)), now}), news)
    assert state(book, now) == expected


ENDINGS = [
    ((), "well", "nothing failed"),
    (("timeout",), "stumbled", "one failure is bad luck"),
    (("timeout", "http_error"), "stumbled", "two are"),
    (("timeout", "robots", "busy"), "failing", "three in a row, each for another reason"),
    (("timeout", "timeout", "not_modified"), "well", "an unchanged feed has answered"),
    (("timeout", "timeout", "ok", "timeout"), "stumbled", "they were not in a row"),
]


@pytest.mark.parametrize(("outcomes", "expected", "why"), ENDINGS, ids=[row[2] for row in ENDINGS])
def test_three_failures_in_a_row_break_a_feed(
    book: Ledger, outcomes: tuple[str, ...], expected: str, why: str
) -> None:
    polled(book, [0, 0.5])
    for number, outcome in enumerate(outcomes):
        book.record_poll(Poll(day(1 + number / 24), outcome))
    assert state(book, 1.5) == expected


def test_a_feed_that_never_answered_fails_and_has_no_success(book: Ledger) -> None:
    for number in range(3):
        book.record_poll(Poll(day(number / 24), "network", None, "no usable answer: refused"))
    found = one(book, 1)
    assert (found.state, found.failures, found.last_success, found.usual) == ("failing", 3, None, 0.0)
    assert found.last_failure is not None
    assert (found.last_failure.at, found.last_failure.note) == (day(2 / 24), "no usable answer: refused")


def test_a_stopped_feed_is_stopped_whatever_else_is_true_of_it(book: Ledger) -> None:
    for number in range(4):
        book.record_poll(Poll(day(number), "blocked", 403, "answered 403", stop="blocked"))
    found = one(book, 90)
    assert (found.state, found.stop, found.broken) == ("stopped", "blocked", True)


def test_silence_to_which_nobody_listened_is_not_the_feed_s(book: Ledger) -> None:
    polled(book, EVERY_DAY, EVERY_DAY)
    assert (state(book, 15.9), state(book, 17)) == ("well", "unwatched")
    polled(book, [17])
    assert state(book, 17) == "silent"


def test_a_listed_feed_without_a_poll_is_said_to_be_so_and_is_not_broken(book: Ledger) -> None:
    polled(book, [0])
    found = health(book, day(1), [OTHER.url, FEED.url])
    assert [(feed.feed, feed.state, feed.broken) for feed in found.feeds] == [
        (OTHER.url, "never polled", False),
        (FEED.url, "well", False),
    ]


def test_feeds_of_the_ledger_follow_those_of_the_list(book: Ledger) -> None:
    for feed in (FEED, OTHER):
        book.record_poll(Poll(day(0), feed=feed.url))
    assert [feed.feed for feed in health(book, day(1), [OTHER.url]).feeds] == [OTHER.url, FEED.url]


# --- entries -----------------------------------------------------------------------------------------------


def test_what_the_first_poll_found_is_as_old_as_its_own_date(book: Ledger) -> None:
    """A dead feed that still answers is seen on the first day; so is how much a living one brings."""
    for number in range(10):
        announce(book, day(0), f"{number}", published=Claim(day(number - 9.5), "feed"))
    book.record_poll(Poll(day(0)))
    found = one(book, 0)
    assert (found.state, found.last_new, found.usual_gap) == ("well", day(-0.5), DAY)
    assert (found.last_day, found.last_week, found.usual) == (1, 7, pytest.approx(10 / 9.5))
    polled(book, [400])
    assert state(book, 400) == "silent"


def test_a_feed_dead_for_years_is_silent_at_its_first_poll(book: Ledger) -> None:
    for number in range(5):
        announce(book, day(0), f"{number}", published=Claim(date(2019, 5, 6 + number), "feed"))
    book.record_poll(Poll(day(0)))
    assert (state(book, 0), one(book, 0).last_new) == ("silent", datetime(2019, 5, 10, tzinfo=UTC))


DATES = [
    (Claim(date(1, 1, 1), "feed"), 4, "the beginning of the calendar"),
    (Claim(datetime.min, "feed", zone_known=False), 4, "the same without a zone"),  # noqa: DTZ901
    (Claim(datetime(1, 1, 1, tzinfo=UTC), "feed"), 4, "the same with one"),
    (
        Claim(datetime(9999, 12, 31, 23, tzinfo=UTC), "feed"),
        5,
        "an entry of the future is new at first sight",
    ),
]


@pytest.mark.parametrize(("claim", "news", "why"), DATES, ids=[row[2] for row in DATES])
def test_a_date_of_nonsense_breaks_nothing(book: Ledger, claim: Claim, news: int, why: str) -> None:
    announce(book, day(0), "nonsense", published=claim)
    polled(book, [0, 1, 2, 3, 4], [1, 2, 3, 4])
    found = one(book, 4)
    assert (found.state, found.last_new, found.last_week) == ("well", day(4), news)


def test_an_undated_backlog_is_no_news(book: Ledger) -> None:
    for number in range(30):
        announce(book, day(0), f"old {number}")
    polled(book, [0])
    assert (one(book, 0.5).last_new, one(book, 0.5).last_day, one(book, 0.5).usual) == (None, 0, None)
    polled(book, [1, 2], [1, 2])
    found = one(book, 2)
    assert (found.last_new, found.last_day, found.last_week, found.usual) == (day(2), 1, 2, 1.0)


def test_links_of_a_poll_that_was_cut_off_belong_to_the_backlog(book: Ledger) -> None:
    """The program was killed between the links and the poll; the next poll is the first."""
    announce(book, day(0), "old")
    polled(book, [1])
    assert one(book, 1).last_new is None


SAME = [
    ({"title": "Another title"}, "a changed title"),
    ({"entry": "other guid"}, "guids that change wholesale"),
]


@pytest.mark.parametrize(("said", "why"), SAME, ids=[row[1] for row in SAME])
def test_an_address_is_new_once(book: Ledger, said: dict[str, str], why: str) -> None:
    polled(book, [0, 1], [1])
    announce(book, day(2), "1", **said)
    assert (one(book, 2).last_new, one(book, 2).last_week) == (day(1), 1)


def test_a_guid_that_is_used_again_for_another_page_is_a_new_entry(book: Ledger) -> None:
    polled(book, [0, 1], [1])
    announce(book, day(2), "2", entry="1")
    assert one(book, 2).last_new == day(2)


def test_expected_and_seen_volume(book: Ledger) -> None:
    polled(book, [0, 0.01])
    for hour in range(1, 60 * 24, 6):  # four a day for sixty days
        announce(book, MONDAY + hour * HOUR, f"{hour}")
    polled(book, [60])
    found = one(book, 60)
    assert (found.usual, found.last_day, found.last_week) == (4.0, 4, 28)
    quiet = one(book, 67)
    assert (quiet.usual, quiet.last_day, quiet.last_week) == (3.0, 0, 0)


@settings(max_examples=40, deadline=None)
@given(
    st.sets(st.integers(0, 40), min_size=1, max_size=30), st.lists(st.floats(40, 200), min_size=2, max_size=6)
)
def test_a_silent_feed_stays_silent_until_it_speaks(news: set[int], later: list[float]) -> None:
    clock = SimulatedClock(day(365))
    with TemporaryDirectory() as folder, open_ledger(Path(folder) / LEDGER, clock, create=True) as book:
        book.record_poll(Poll(day(-0.01)))
        polled(book, [*range(41), 300], news)
        states = [state(book, number) for number in sorted(later)]
        announce(book, day(200), "at last")
        assert state(book, 200) == "well"
    assert states == sorted(states, key=["well", "silent"].index)


OUTCOMES = st.lists(st.sampled_from(["ok", "not_modified", "timeout", "robots"]), min_size=1, max_size=12)


@settings(max_examples=40, deadline=None)
@given(OUTCOMES)
def test_polls_are_told_as_they_were(outcomes: list[str]) -> None:
    clock = SimulatedClock(day(20))
    with TemporaryDirectory() as folder, open_ledger(Path(folder) / LEDGER, clock, create=True) as book:
        for hour, outcome in enumerate(outcomes):
            book.record_poll(Poll(day(hour / 24), outcome))
        found = one(book, len(outcomes) / 24)
    good = [hour for hour, outcome in enumerate(outcomes) if outcome in GOOD]
    bad = [hour for hour, outcome in enumerate(outcomes) if outcome not in GOOD]
    assert found.polls == len(outcomes)
    assert found.failures == len(outcomes) - 1 - max(good, default=-1)
    assert found.last_success == (day(good[-1] / 24) if good else None)
    assert (found.last_failure.at if found.last_failure else None) == (day(bad[-1] / 24) if bad else None)
    assert found.broken == (found.failures >= 3)


# --- pages -------------------------------------------------------------------------------------------------


def page(name: str, at: datetime, feed: Feed = FEED) -> tuple[Link, Capture]:
    url = f"https://one.example/{name}"
    link = Link(url, feed.url, name)
    return link, Capture(url, url, at, "text/html", name.encode(), "One", link)


def test_pages_by_what_became_of_them(book: Ledger) -> None:
    for name, outcome, retry_at in (
        ("waits", "http_error", day(0.5)),
        ("waits for robots", "robots", day(0.5)),
        ("forbidden", "robots", None),
        ("lost", "http_error", None),
    ):
        link, _ = page(name, day(0))
        book.record_fetch(link, Look(link.url, day(0), outcome, 500, retry_at=retry_at), None)
    link, capture = page("saved", day(0.1))
    book.record_fetch(link, Look(link.url, day(0), "timeout", None, retry_at=day(0.1)), None)
    book.record_fetch(link, Look(link.url, day(0.1)), capture)
    book.record_fetch(link, Look(link.url, day(1.2), "timeout", None), None)  # a second look that failed
    for name in ("read", "teaser", "empty"):
        link, capture = page(name, day(0))
        book.record_fetch(link, Look(link.url, day(0)), capture)
        if name == "empty":
            book.pass_over(capture, "empty")
        else:
            stub = "paywall" if name == "teaser" else None
            book.keep_reading(reading(SMALL, url=link.url, at=day(0), stub=stub), capture=capture)
    book.record_poll(Poll(day(0)))
    expected = Pages(read=1, teasers=1, passed_over=1, refused=1, given_up=1, waiting=2, unread=1)
    assert one(book, 2).pages == expected
    assert one(book, 40).pages == Pages(waiting=2, unread=1)  # the past is forgotten, the present is not


def test_a_failed_page_that_came_from_an_archive_is_not_missing(book: Ledger) -> None:
    link, capture = page("lost", day(0))
    book.record_fetch(link, Look(link.url, day(0), "http_error", 404), None)
    assert health(book, day(1)).pages == Pages(given_up=1)
    book.keep_capture(capture)
    book.settle(capture, [link.url])
    assert health(book, day(1)).pages == Pages(unread=1)


def test_a_page_counts_as_what_it_was_read_to_be_last(book: Ledger) -> None:
    link, capture = page("a", day(0))
    book.record_fetch(link, Look(link.url, day(0)), capture)
    book.pass_over(capture, "empty")
    assert health(book, day(1)).pages == Pages(passed_over=1)
    again = reading(SMALL, url=link.url, at=day(0), vintage=SECOND)
    book.keep_reading(again)
    book.note_rereading(1, SECOND, again.article, None)
    assert health(book, day(1)).pages == Pages(read=1)
    book.note_rereading(1, replace(SECOND, model="reader-3"), None, "empty")
    assert health(book, day(1)).pages == Pages(passed_over=1)


def test_a_page_whose_announced_address_is_not_the_canonical_one_counts_once(book: Ledger) -> None:
    link, _ = page("a?utm_source=rss", day(0))
    canonical = "https://one.example/a"
    book.record_link(link, day(0))
    book.record_fetch(link, Look(canonical, day(0), "timeout", None, retry_at=day(1)), None)
    assert health(book, day(0)).pages == Pages(waiting=1)


def test_pages_count_for_their_feed_and_all_together(book: Ledger) -> None:
    for feed, names in ((FEED, ("a", "b")), (OTHER, ("c",))):
        book.record_poll(Poll(day(0), feed=feed.url))
        for name in names:
            link, capture = page(name, day(0), feed)
            book.record_fetch(link, Look(link.url, day(0)), capture)
    book.keep_capture(Capture("https://x.example/", "https://x.example/", day(0), "text/html", b"added"))
    found = health(book, day(1), [FEED.url, OTHER.url])
    assert [feed.pages.unread for feed in found.feeds] == [2, 1]
    assert found.pages == Pages(unread=4)


# --- drift -------------------------------------------------------------------------------------------------

NOBODY = Quote("Analysts caution that this may not last", None, None)
HOUSE = replace(SMALL, words="The house view on small caps has not changed", speaker=None)


def keep(book: Ledger, name: str, at: datetime, *quotes: Quote, **more: Any) -> None:
    book.keep_reading(reading(*quotes, url=f"https://one.example/{name}", at=at, **more))


def numbers(weeks: Iterable[Week]) -> list[tuple[str, str, int, int, int, int, int]]:
    return [(w.model, w.label, w.articles, w.statements, w.unresolved, w.views, w.abstained) for w in weeks]


def test_drift_by_week_and_vintage(book: Ledger) -> None:
    keep(book, "a", day(0), SMALL, NOBODY, HOUSE, replace(LARGE, abstained=True))
    keep(book, "b", day(1))  # an article in which nobody says anything
    keep(book, "teaser", day(1), stub="paywall")
    keep(book, "c", day(14), SMALL, replace(NOBODY, dup=True))
    keep(book, "a", day(0), NOBODY, vintage=SECOND)
    keep(book, "d", day(15), NOBODY, vintage=SECOND)
    found = health(book, day(22)).weeks
    assert numbers(found) == [
        ("reader-1", "2026-W02", 2, 4, 1, 4, 1),
        ("reader-1", "2026-W03", 0, 0, 0, 0, 0),
        ("reader-1", "2026-W04", 1, 1, 0, 1, 0),
        ("reader-2", "2026-W02", 1, 1, 1, 1, 0),
        ("reader-2", "2026-W03", 0, 0, 0, 0, 0),
        ("reader-2", "2026-W04", 1, 1, 1, 1, 0),
        ("reader-2", "2026-W05", 0, 0, 0, 0, 0),  # the model in use, this week: nothing yet
    ]
    assert (found[0].unresolved_share, found[0].abstained_share) == (0.25, 0.25)
    assert (found[1].unresolved_share, found[1].abstained_share) == (None, None)


EDGES = [
    (datetime(2026, 1, 4, 23, 59, 59, 999999, tzinfo=UTC), "2026-W01", "the last moment of Sunday"),
    (datetime(2026, 1, 5, tzinfo=UTC), "2026-W02", "the first of Monday"),
]


@pytest.mark.parametrize(("at", "label", "why"), EDGES, ids=[row[2] for row in EDGES])
def test_weeks_begin_on_monday(book: Ledger, at: datetime, label: str, why: str) -> None:
    keep(book, "a", at, SMALL)
    assert [week.label for week in health(book, day(0)).weeks if week.articles] == [label]


def test_drift_covers_the_last_eight_weeks(book: Ledger) -> None:
    for week in range(12):
        keep(book, f"{week}", day(7 * week), SMALL)
    assert [week.monday for week in health(book, day(77)).weeks] == [
        (MONDAY + week * 7 * DAY).date() for week in range(4, 12)
    ]


# --- told --------------------------------------------------------------------------------------------------


def report(book: Ledger, now: float, *feeds: Feed) -> Report:
    listed = feeds or (FEED,)
    return Report(health(book, day(now), [feed.url for feed in listed]), listed, PLACE, LEDGER)


def told(book: Ledger, now: float, *feeds: Feed) -> str:
    return "\n".join(lines(report(book, now, *feeds)))


VERDICTS = [
    ((), None, "2 never polled", "broken  0 of 2 (exit code 0)", "articles, but no poll"),
    ((Poll(day(0)),), None, "1 well, 1 never polled", "broken  0 of 2 (exit code 0)", "one polled"),
    (
        (Poll(day(0), "gone", 410, "answered 410", "gone"), Poll(day(0), feed=OTHER.url)),
        None,
        "1 stopped, 1 well",
        "broken  1 of 2 (exit code 1)",
        "one stopped",
    ),
    (
        tuple(Poll(day(n / 24), "timeout", None, feed=f.url) for n in range(3) for f in (FEED, OTHER)),
        None,
        "2 failing",
        "broken  2 of 2 (exit code 1)",
        "both failing",
    ),
    (
        (Poll(day(0)),),
        30,
        "1 not heard, 1 never polled",
        "broken  1 of 2 (exit code 1)",
        "forgotten for a month",
    ),
]


@pytest.mark.parametrize(
    ("polls", "now", "counts", "last", "why"), VERDICTS, ids=[row[4] for row in VERDICTS]
)
def test_the_last_line_says_the_verdict(
    book: Ledger, polls: tuple[Poll, ...], now: float | None, counts: str, last: str, why: str
) -> None:
    keep(book, "a", day(0), SMALL)
    for poll in polls:
        book.record_poll(poll)
    made = report(book, now or 0.2, FEED, OTHER)
    assert lines(made)[-2:] == [f"feeds   {counts}", last]
    assert document(made)["exit_code"] == int(last[-2])


def test_a_ledger_without_rows_says_in_one_line_how_to_begin(book: Ledger) -> None:
    assert lines(report(book, 0)) == [
        "nothing in narrative.db yet; begin: narrative crawl --contact you@example.org"
    ]
    assert document(report(book, 0))["exit_code"] == 0


def test_a_broken_feed_is_told_in_full_before_the_others(book: Ledger) -> None:
    polled(book, EVERY_DAY, EVERY_DAY)
    for hour in range(1, 5):
        book.record_poll(Poll(day(13 + hour / 24), "http_error", 500, "answered 500"))
    book.record_poll(Poll(day(13), feed=OTHER.url))
    link, _ = page("13", day(13))
    book.record_fetch(link, Look(link.url, day(13), "timeout", None, retry_at=day(14)), None)
    text = told(book, 13.5, OTHER, FEED)
    assert text.split("\n\n")[1].splitlines() == [
        "Example Wire",
        "  address       https://one.example/feed.xml",
        "  failing       4 polls failed in a row",
        "  last success  2026-01-18 09:00 UTC, 12 hours ago",
        "  last new      2026-01-18 09:00 UTC, 12 hours ago",
        "  new entries   1 in 24 hours, 7 in 7 days; usual 1.0 a day, 7 in 7 days",
        "  next poll     2026-01-18 14:00 UTC, due for 7 hours",
        "  last error    2026-01-18 13:00 UTC: the site answered with an error (answered",
        "                500)",
        "  pages         1 waiting for a retry now",
    ]
    assert text.index("Example Wire") < text.index("Second Paper")


REASONS = [
    (FeedHealth("u", "stopped", stop="gone"), "the publisher has taken this feed down"),
    (FeedHealth("u", "stopped", stop="blocked"), "the site refuses access"),
    (FeedHealth("u", "stopped", stop="asked not to"), "asked not to"),
    (FeedHealth("u", "failing", failures=7), "7 polls failed in a row"),
    (
        FeedHealth("u", "silent", quiet_since=day(0), usual_gap=DAY),
        "no new entry for 9 days; usually one every day",
    ),
    (FeedHealth("u", "silent", quiet_since=day(0), usual_gap=2.5 * DAY), "usually one every 2.5 days"),
    (FeedHealth("u", "silent", quiet_since=day(0)), "its habit is not known yet, a week is assumed"),
    (
        FeedHealth("u", "silent", quiet_since=day(0), usual_gap=DAY, weekends=False),
        "usually one every day, weekends apart",
    ),
    (FeedHealth("u", "unwatched", quiet_since=day(0)), "run narrative crawl"),
]


@pytest.mark.parametrize(("feed", "words"), REASONS, ids=[row[1] for row in REASONS])
def test_reasons_in_words(feed: FeedHealth, words: str) -> None:
    made = Report(
        Health(day(9), (replace(feed, polls=1),), Pages(), (), empty=False), [Feed("u", "U")], PLACE, LEDGER
    )
    assert words in " ".join("\n".join(lines(made)).split())
    assert words in document(made)["feeds"][0]["reason"]


def test_feeds_of_one_outlet_are_told_apart_by_the_end_of_their_address(book: Ledger) -> None:
    twins = [replace(FEED, url=f"https://one.example/{name}.xml") for name in ("markets", "economy")]
    for feed in twins:
        book.record_poll(Poll(day(0), feed=feed.url))
    text = told(book, 0.1, *twins)
    assert "  Example Wire markets.xml " in text
    assert "  Example Wire economy.xml " in text


def test_a_feed_that_is_no_longer_in_the_list_is_shown_and_breaks_nothing(book: Ledger) -> None:
    book.record_poll(Poll(day(0), "gone", 410, "answered 410", "gone", feed=OTHER.url))
    book.record_poll(Poll(day(0)))
    made = report(book, 0.1)
    assert (made.broken, [feed.feed for feed in made.judged]) == ((), [FEED.url])
    assert "no longer in the list: 1\n  two.example, https://two.example/rss" in "\n".join(lines(made))


def test_a_list_that_is_not_this_ledger_s_is_said_to_be_so_and_hides_nothing(book: Ledger) -> None:
    book.record_poll(Poll(day(0), "gone", 410, "answered 410", "gone", feed=OTHER.url))
    made = report(book, 0.1)
    assert [feed.feed for feed in made.broken] == [OTHER.url]
    assert "none of the listed feeds was ever polled" in "\n".join(lines(made))


def test_an_empty_list_has_nothing_to_break(book: Ledger) -> None:
    keep(book, "a", day(0), SMALL)
    made = Report(health(book, day(1)), (), PLACE, LEDGER)
    assert (lines(made)[-1], document(made)["feeds"]) == ("there is no feed in the list (exit code 0)", [])


def test_a_past_error_of_a_well_feed_is_told_for_a_week(book: Ledger) -> None:
    polled(book, [0, 1, 2, 3, 4], [1, 2, 3, 4])
    book.record_poll(Poll(day(4.1), "timeout", None, "no complete answer in time"))
    polled(book, [4.2, 11.2], [11.2])
    words = "    last error 2026-01-09 11:24 UTC: the site was too slow"
    assert words in told(book, 5)
    assert words not in told(book, 11.2)


HOSTILE = "\x1b]0;owned\x07\x1b[31mred \u202eback\nnew line " + "long" * 40


def test_strangers_words_stay_words_and_every_line_fits(book: Ledger) -> None:
    feed = Feed(f"https://one.example/{'x' * 200}.xml", HOSTILE)
    for number in range(4):
        book.record_poll(Poll(day(number), "not_a_feed", 200, HOSTILE, feed=feed.url))
    book.record_poll(Poll(day(3), feed=OTHER.url))
    keep(book, "a", day(0), SMALL)
    broken = lines(report(book, 3, feed, OTHER))
    book.record_poll(Poll(day(4), feed=feed.url))
    for line in (*broken, *lines(report(book, 4, feed, OTHER)), *lines(report(book, 4, OTHER))):
        assert len(line) <= 80
        assert line.isprintable()


def test_drift_is_a_table_by_vintage(book: Ledger) -> None:
    keep(book, "a", day(0), SMALL, NOBODY)
    keep(book, "b", day(7), SMALL, vintage=SECOND)
    text = told(book, 8)
    assert "read by week (from Monday, UTC) with model reader-1, targets targets-1" in text
    assert "  2026-W02                  1           2        50 %       2        0 %" in text
    assert "  2026-W03 so far           1           1         0 %       1        0 %" in text


FEED_KEYS = {"name", "listed", "broken", "reason", "silent_days", "last_error"}
WEEK_KEYS = {"week", "unresolved_share", "abstained_share"}


def test_json_has_every_key_and_the_same_facts(book: Ledger) -> None:
    polled(book, EVERY_DAY, EVERY_DAY)
    book.record_poll(Poll(day(14), "timeout", None, "no complete answer in time"))
    keep(book, "a", day(13), SMALL, NOBODY)
    found = json.loads(json.dumps(document(report(book, 14.5, FEED, OTHER))))
    assert set(found) == {"schema", "at", "ledger", "list", "exit_code", "feeds", "pages", "weeks"}
    assert (found["schema"], found["at"]) == ("narrative.status/1", day(14.5).isoformat())
    first, second = found["feeds"]
    assert set(first) == set(second) == FEED_KEYS | {field.name for field in fields(FeedHealth)}
    assert (first["state"], first["usual_gap"], first["silent_days"]) == ("stumbled", 1.0, 1.5)
    assert first["last_error"] == ("2026-01-19 09:00 UTC: the site was too slow (no complete answer in time)")
    assert (second["state"], second["last_success"], second["silent_days"]) == ("never polled", None, None)
    (week, _) = found["weeks"]
    assert set(week) == WEEK_KEYS | {field.name for field in fields(Week)}
    assert (week["week"], week["monday"], week["unresolved_share"]) == ("2026-W03", "2026-01-12", 0.5)
    assert found["pages"] == asdict(Pages())


# --- the command -------------------------------------------------------------------------------------------

LIST = f'[[feed]]\nurl = "{FEED.url}"\noutlet = "{FEED.outlet}"\n'


def status(folder: Path, *arguments: str) -> Ran:
    (folder / "mine.toml").write_text(LIST, encoding="utf-8")
    return narrative("status", "--feeds", "mine.toml", *arguments, cwd=folder)


def fill(folder: Path, *outcomes: str) -> None:
    """Make a ledger whose feed was polled in the last hours of the real clock, with these ends."""
    now = datetime.now(UTC)
    with open_ledger(folder / LEDGER, SimulatedClock(now), create=True) as book:
        for number, outcome in enumerate(outcomes):
            book.record_poll(Poll(now - (len(outcomes) - number) * HOUR, outcome))


RUNS = [
    (("ok", "ok"), 0, "broken  0 of 1 (exit code 0)"),
    (("ok", "timeout", "timeout", "timeout"), 1, "broken  1 of 1 (exit code 1)"),
]


@pytest.mark.parametrize(("outcomes", "code", "last"), RUNS, ids=["well", "broken"])
def test_the_exit_code_is_for_cron(tmp_path: Path, outcomes: tuple[str, ...], code: int, last: str) -> None:
    fill(tmp_path, *outcomes)
    ran = status(tmp_path)
    assert (ran.code, ran.err, ran.out.splitlines()[-1]) == (code, "", last)
    assert max(map(len, ran.out.splitlines())) <= 80
    as_json = status(tmp_path, "--json")
    found = json.loads(as_json.out)
    assert (as_json.code, found["exit_code"], found["list"]) == (code, code, "mine.toml")


def test_an_empty_and_a_missing_ledger_say_how_to_begin(tmp_path: Path) -> None:
    missing = status(tmp_path)
    assert (missing.code, missing.out, len(missing.err.splitlines())) == (2, "", 1)
    assert "narrative crawl" in missing.err
    fill(tmp_path)
    empty = status(tmp_path)
    assert (empty.code, empty.err, len(empty.out.splitlines())) == (0, "", 1)
    assert "begin: narrative crawl" in empty.out
