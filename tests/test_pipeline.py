"""The joints of the line: what is fetched is kept, what is kept is read once, and a stop loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from narrative.clock import SimulatedClock
from narrative.crawl.fetch import Fetcher
from narrative.crawl.transport import LoopbackTransport
from narrative.errors import NarrativeError, UsageError
from narrative.intake import Given, Incoming, incoming, keep, reading_of_file
from narrative.ledger import Ledger, open_ledger
from narrative.pipeline import ReadSummary, crawl, read_pages
from narrative.read.encoder import Judged, Pair
from narrative.read.page import article_of
from narrative.targets import Targets
from narrative.terms import Capture, Claim, Feed
from tests import web
from tests.scripted_model import BEARISH, BULLISH, NO_VIEW, Scripted

WORDS = (
    "Small companies have had a good start to the year, and the desks that watch them have noticed. "
    "Trading was busy through the afternoon and most sectors ended higher than they had begun. "
    "“We expect small caps to lead the market through the summer,” said Ann Lee, chief strategist at Harbor Lane "
    "Capital. The rest of the afternoon was quiet, with little news and fewer orders than usual. "
    "The Russell 2000 rose 6.2% in January, its best month in more than a year, on lighter volume than usual."
)
TEASER = "Small caps rise"
PAGE = f"<html><head><title>{TEASER}</title></head><body><article><h1>{TEASER}</h1><p>{WORDS}</p></article></body></html>"
FEED = (
    "<rss version='2.0'><channel><title>One</title>"
    "<item><title>T</title><link>http://one.example/a?utm_source=x</link></item>"
    "<item><title>U</title><link>http://one.example/empty</link></item></channel></rss>"
)
FEEDS = (Feed("http://one.example/feed", "One"),)


def small_caps_are(answer: Judged) -> Scripted:
    """A model with views on small caps alone."""
    return Scripted({"small caps": answer}, default=NO_VIEW)


@pytest.fixture
def fetcher(clock: SimulatedClock) -> Iterator[Fetcher]:
    """A crawler that knows one host: a feed, an article and a page without words."""
    with web.serving(clock.now) as served:
        served.serve("/feed", web.body(FEED, "application/rss+xml"))
        served.serve("/a?utm_source=x", web.body(PAGE))
        served.serve("/a", web.body(PAGE))
        served.serve("/empty", web.body("<html><body></body></html>"))
        routes = {"one.example": ("127.0.0.1", served.port)}
        with (
            LoopbackTransport(routes) as way,
            Fetcher(way, clock, user_agent="narrative/0 (+mailto:a@b.example)") as opened,
        ):
            yield opened


def count(ledger: Ledger, table: str) -> int:
    return int(ledger.store.value(f"select count(*) from {table}"))


class Stopping(Scripted):
    """A model that fails like a power cut."""

    def judge(self, pair: Pair) -> Judged:
        raise KeyboardInterrupt


# --- crawl ---------------------------------------------------------------------------------------------------


def test_a_crawl_polls_fetches_reads_and_keeps(
    fetcher: Fetcher, ledger: Ledger, clock: SimulatedClock, targets: Targets
) -> None:
    polled, read = crawl(FEEDS, ledger, fetcher, clock, small_caps_are(BULLISH), targets)
    assert (polled.polled, polled.fetched, read.read, read.passed_over) == (1, 2, 1, 1)
    assert read.statements >= 1
    assert read.views >= 1
    (entry,) = ledger.entries(targets=["small_caps"], as_of=clock.now())
    assert (entry.voice_name, entry.stance, entry.outlet) == ("Ann Lee", "bullish", "One")
    assert entry.words == "We expect small caps to lead the market through the summer"


def test_a_second_crawl_reads_nothing_again(
    fetcher: Fetcher, ledger: Ledger, clock: SimulatedClock, targets: Targets
) -> None:
    crawl(FEEDS, ledger, fetcher, clock, Scripted(), targets)
    clock.advance_to(clock.now() + timedelta(hours=3))
    again = Scripted()
    polled, read = crawl(FEEDS, ledger, fetcher, clock, again, targets)
    assert (polled.polled, read) == (1, ReadSummary())
    assert again.asked == []


def test_a_stop_while_reading_loses_nothing_and_repeats_nothing(
    fetcher: Fetcher, ledger: Ledger, clock: SimulatedClock, targets: Targets
) -> None:
    with pytest.raises(KeyboardInterrupt):
        crawl(FEEDS, ledger, fetcher, clock, Stopping(), targets)
    assert count(ledger, "captures") == 2
    assert count(ledger, "statements") == 0
    assert read_pages(ledger, Scripted(), targets).read == 1
    assert read_pages(ledger, Scripted(), targets) == ReadSummary()


def test_progress_is_told_by_stage(
    fetcher: Fetcher, ledger: Ledger, clock: SimulatedClock, targets: Targets
) -> None:
    told: list[tuple[str, int, int]] = []
    crawl(FEEDS, ledger, fetcher, clock, Scripted(), targets, lambda *step: told.append(step))
    assert {stage for stage, _, _ in told} == {"feeds", "pages", "read"}
    assert all(done <= total for _, done, total in told)
    assert [done for stage, done, _ in told if stage == "read"] == [1, 2]


def test_summaries_add_up() -> None:
    assert ReadSummary(1, 2, 3, 4, 5) + ReadSummary(1, 1, 1, 1, 1) == ReadSummary(2, 3, 4, 5, 6)


# --- files ---------------------------------------------------------------------------------------------------


@pytest.fixture
def story(tmp_path: Path) -> Path:
    """An article in a file."""
    path = tmp_path / "story.txt"
    path.write_text(f"{TEASER}\n\n{WORDS}\n", encoding="utf-8")
    return path


def added(place: Path, ledger: Ledger, clock: SimulatedClock, given: Given | None = None) -> str:
    return keep(incoming(str(place), clock, given or Given()), ledger, small_caps_are(BULLISH), clock)


def test_what_is_given_stands_over_the_page(story: Path, ledger: Ledger, clock: SimulatedClock) -> None:
    given = Given(date(2026, 1, 9), "The Example", "http://one.example/a")
    assert added(story, ledger, clock, given) == f"{story}: 1 statement, 1 view"
    (entry,) = ledger.entries(as_of=clock.now())
    assert (entry.outlet, entry.url) == ("The Example", "http://one.example/a")
    assert entry.published == Claim(date(2026, 1, 9), "given")
    assert (entry.available_at, entry.trusted) == (clock.now(), False)


def test_trusted_dates_make_the_text_available_then(
    story: Path, ledger: Ledger, clock: SimulatedClock
) -> None:
    added(story, ledger, clock, Given(datetime(2026, 1, 9, 15, tzinfo=UTC), trust_dates=True))
    (entry,) = ledger.entries(as_of=clock.now())
    assert entry.available_at == datetime(2026, 1, 9, 15, tzinfo=UTC)
    assert (entry.backfilled, entry.trusted) == (True, True)


def test_trusted_dates_are_never_later_than_now(story: Path, ledger: Ledger, clock: SimulatedClock) -> None:
    today = clock.now().date()
    page = incoming(str(story), clock, Given(today, trust_dates=True))
    assert (page.article.available_at, page.trusted) == (clock.now(), False)


def test_a_fetched_page_whose_date_is_trusted_was_not_seen_then(
    ledger: Ledger, clock: SimulatedClock
) -> None:
    url, then = "http://one.example/a", datetime(2026, 1, 9, 15, tzinfo=UTC)
    capture = Capture(url, url, clock.now(), "text/html", PAGE.encode(), "One")
    article = replace(article_of(capture), published=Claim(then, "given"), available_at=then)
    keep(Incoming(url, article, capture, trusted=True), ledger, small_caps_are(BULLISH), clock)
    (entry,) = ledger.entries()
    assert (entry.available_at, entry.backfilled, entry.trusted) == (then, True, True)


def test_a_file_is_kept_once(story: Path, ledger: Ledger, clock: SimulatedClock) -> None:
    added(story, ledger, clock)
    before = count(ledger, "views")
    assert added(story, ledger, clock).endswith("date and outlet it was first given; nothing changed")
    assert count(ledger, "views") == before


def test_two_ledgers_give_one_article_the_same_ids(
    story: Path, clock: SimulatedClock, tmp_path: Path
) -> None:
    ids = []
    for name in ("one.db", "two.db"):
        with open_ledger(tmp_path / name, clock, create=True) as ledger:
            added(story, ledger, clock)
            ids.append([entry.view for entry in ledger.entries(as_of=clock.now())])
    assert ids[0] == ids[1]


def test_a_saved_page_is_extracted_and_a_text_is_not(story: Path, tmp_path: Path) -> None:
    saved = tmp_path / "story.html"
    saved.write_text(PAGE, encoding="utf-8")
    assert reading_of_file(story, Scripted()).article.text == story.read_text(encoding="utf-8")
    from_page = reading_of_file(saved, small_caps_are(BEARISH))
    assert "<p>" not in from_page.article.text
    assert [view.stance for view in from_page.views] == ["bearish"]


@pytest.mark.parametrize(
    ("place", "kind"),
    [("ftp://one.example/a", UsageError), ("none.txt", NarrativeError)],
    ids=["ftp", "none"],
)
def test_what_cannot_be_had_is_refused(place: str, kind: type[NarrativeError], clock: SimulatedClock) -> None:
    with pytest.raises(kind, match=r"none|http"):
        incoming(place, clock, Given())
