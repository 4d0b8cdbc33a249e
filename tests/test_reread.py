"""Reading again: the new vintage speaks, the old one stays, and nothing that was known before moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from narrative.clock import SimulatedClock
from narrative.commands import export_warc
from narrative.commands import reread as rereading_command
from narrative.crawl.packed import LeftOut, PackedFile
from narrative.crawl.rows import PageFetch
from narrative.crawl.warc import read_warc
from narrative.errors import UsageError
from narrative.ledger import Ledger, open_ledger
from narrative.ledger.rereadings import Speaking
from narrative.pipeline import keep_article, read_pages
from narrative.read.encoder import Judged, Pair
from narrative.read.page import article_of, article_of_text
from narrative.read.reader import read_article
from narrative.rereading import RereadSummary, reread
from narrative.targets import Targets
from narrative.tell.layout import count
from narrative.terms import Article, Capture, Claim, Link, content_id
from tests.scripted_model import BEARISH, BULLISH, NO_VIEW, Scripted

THEN = datetime(2026, 1, 9, 8, 30, tzinfo=UTC)
QUOTE = (
    "“We expect {} to lead the market through the summer,” said {}, chief strategist at Harbor Lane Capital."
)
AROUND = (
    "The desks that watch the market have had a busy start to the year, and most of them say so. Trading was quiet "
    "through the afternoon, with little news and fewer orders than usual, and most sectors ended higher than they began."
)
JUNK = "“Small caps will double by Friday,” said Bo Banner, head of offers at Pop Up Capital."


WORDS = {
    "Ann Bell": "We bought more small caps on Monday and will buy again,",
    "Tom Ode": "The small caps we own are the cheapest in a generation,",
    "Mia Roe": "Nobody here doubts that small caps have the better year ahead,",
}


def html(speaker: str = "Ann Lee", more: str = "") -> str:
    said = QUOTE.format("small caps", speaker)
    if speaker in WORDS:
        said = f"“{WORDS[speaker]}” said {speaker}, chief strategist at Harbor Lane Capital."
    return (
        f"<html><head><title>{speaker}</title></head><body><article><h1>{speaker} on small caps and rates</h1>"
        f"<p>{AROUND}</p><p>{said}</p>{more}</article></body></html>"
    )


def capture(name: str = "a", body: str | None = None, at: datetime = THEN) -> Capture:
    url = f"http://one.example/{name}"
    return Capture(url, url, at, "text/html", (html() if body is None else body).encode(), "One")


def model(name: str = "newer", answer: Judged = BULLISH) -> Scripted:
    made = Scripted({"small caps": answer}, default=NO_VIEW)
    made.name = name
    return made


def older(page: Capture) -> Article:
    """What earlier code took for the text of a page: the words of an advertisement too."""
    article = article_of(page)
    text = f"{article.text}\n{JUNK}"
    return replace(article, text=text, id=content_id("article", article.url, text))


class Room:
    """A ledger in which earlier code has read something, and the means to read it again."""

    def __init__(self, ledger: Ledger, clock: SimulatedClock, targets: Targets) -> None:
        self.ledger = ledger
        self.clock = clock
        self.targets = targets

    def keep(self, page: Capture, article: Article | None = None, **how: bool) -> None:
        """Keep a page as the old model read it, in the article given or in what the page gives."""
        self.ledger.keep_capture(page)
        reading = read_article(article or article_of(page), model("older"), self.targets)
        self.ledger.keep_reading(reading, capture=page, **how)

    def again(self, judge: Scripted | None = None) -> RereadSummary:
        self.clock.sleep(3600)
        return reread(self.ledger, judge or model(), self.targets)

    def dump(self) -> list[str]:
        return list(self.ledger.store.connection.iterdump())

    def says(self, known_at: datetime | None = None) -> list[tuple[str, str, str]]:
        """Who says what by which model, counted rows only."""
        return [
            (entry.voice_name, entry.stance, entry.model.partition("/")[0])
            for entry in self.ledger.entries(known_at=known_at)
            if entry.counted
        ]


@pytest.fixture
def room(ledger: Ledger, clock: SimulatedClock, targets: Targets) -> Room:
    return Room(ledger, clock, targets)


def changes(summary: RereadSummary) -> dict[str, int]:
    names = ("same", "changed", "gained", "lost", "none", "first", "restated", "texts")
    return {name: getattr(summary, name) for name in names if getattr(summary, name)}


# --- what a second look can find -------------------------------------------------------------------------


def test_the_same_text_speaks_through_the_new_model(room: Room) -> None:
    room.keep(capture())
    before, then = room.says(), room.clock.now()
    summary = room.again(model(answer=BEARISH))
    assert before == [("Ann Lee", "bullish", "older")]
    assert room.says() == [("Ann Lee", "bearish", "newer")]
    assert room.says(known_at=then) == before
    assert changes(summary) == {"same": 1}
    assert (summary.before, summary.after, summary.otherwise) == (Speaking(1, 1), Speaking(1, 1), 1)
    assert room.ledger.articles_count() == 1


def test_a_better_text_takes_the_place_of_the_old_one(room: Room) -> None:
    page = capture()
    room.keep(page, older(page))
    before, then = room.says(), room.clock.now()
    entries = room.ledger.entries(known_at=then)
    assert {name for name, _, _ in before} == {"Ann Lee", "Bo Banner"}
    summary = room.again()
    assert room.says() == [("Ann Lee", "bullish", "newer")]
    assert changes(summary) == {"changed": 1}
    assert (summary.before.views, summary.after.views) == (2, 1)
    (entry,) = room.ledger.entries()
    assert (entry.available_at, entry.recorded_at, entry.backfilled) == (THEN, room.clock.now(), False)
    assert room.ledger.why(entry.view).revision_of is not None
    assert room.ledger.entries(known_at=then) == entries


def test_a_better_text_keeps_the_date_that_was_taken_on_trust(room: Room) -> None:
    room.keep(capture(), older(capture()), backfilled=True, trusted=True)
    assert changes(room.again()) == {"changed": 1}
    (entry,) = room.ledger.entries()
    assert (entry.available_at, entry.backfilled, entry.trusted) == (THEN, True, True)


def test_a_page_that_gave_nothing_can_give_an_article(room: Room) -> None:
    room.ledger.pass_over(capture(), "unreadable")
    assert changes(room.again()) == {"gained": 1}
    (entry,) = room.ledger.entries()
    assert (entry.available_at, entry.backfilled) == (THEN, True)


def test_a_page_of_the_own_crawl_is_no_backfill_however_late_it_is_understood(room: Room) -> None:
    page = replace(capture(), link=Link("http://one.example/a", "http://one.example/feed", "1"))
    fetch = PageFetch(page.url, THEN, "ok", 200, "", None, 1, None, None)
    room.ledger.record_fetch(page.link, fetch, page)
    room.ledger.pass_over(page, "unreadable")
    assert changes(room.again()) == {"gained": 1}
    assert not room.ledger.entries()[0].backfilled


def test_a_page_that_gives_nothing_any_more_falls_silent(room: Room) -> None:
    page = capture(body="<html><body></body></html>")
    room.keep(page, article_of_text(QUOTE.format("small caps", "Ann Lee"), url=page.url, available_at=THEN))
    then = room.clock.now()
    assert len(room.says()) == 1
    summary = room.again()
    assert changes(summary) == {"lost": 1}
    assert (room.says(), len(room.says(known_at=then))) == ([], 1)


def test_a_page_without_an_article_stays_one(room: Room) -> None:
    room.ledger.pass_over(capture(body="<html></html>"), "empty")
    assert changes(room.again()) == {"none": 1}


def test_a_page_nobody_has_read_is_read(room: Room) -> None:
    room.ledger.keep_capture(capture())
    room.ledger.keep_capture(capture("b", "<html></html>"))
    assert changes(room.again()) == {"first": 2}
    assert room.ledger.summary().unread == 0
    assert len(room.says()) == 1


def test_a_text_without_a_page_is_read_as_it_was_kept(room: Room) -> None:
    article = article_of_text(
        f"{AROUND}\n{QUOTE.format('small caps', 'Ann Lee')}",
        title="Lee",
        outlet="One",
        published=Claim(date(2026, 1, 8), "given"),
        available_at=THEN,
    )
    keep_article(article, room.ledger, model("older"), room.targets, room.clock)
    (before,) = room.ledger.entries()
    summary = room.again(model(answer=BEARISH))
    assert changes(summary) == {"texts": 1}
    (entry,) = room.ledger.entries()
    assert (entry.stance, entry.backfilled) == ("bearish", True)
    assert replace(entry, **judged(before)) == before


def judged(entry) -> dict[str, object]:
    """The fields of an entry that another model may change."""
    names = ("view", "stance", "bullish", "bearish", "neutral", "model", "judged_at")
    return {name: getattr(entry, name) for name in names}


def test_another_title_or_date_is_told_and_the_first_one_stands(room: Room) -> None:
    page = capture()
    room.keep(page, replace(article_of(page), title="An older title"))
    assert changes(room.again()) == {"same": 1, "restated": 1}
    assert room.ledger.entries()[0].article_title == "An older title"


# --- times -----------------------------------------------------------------------------------------------


def test_what_somebody_gave_with_a_page_is_kept(room: Room) -> None:
    page, given = capture(), Claim(date(2026, 1, 7), "given")
    trusted = datetime(2026, 1, 8, 4, 59, 59, tzinfo=UTC)
    room.keep(page, replace(older(page), published=given, available_at=trusted))
    assert changes(room.again()) == {"changed": 1}
    (entry,) = room.ledger.entries()
    assert (entry.published, entry.available_at) == (given, trusted)


def test_a_new_text_is_never_older_than_its_own_bytes(room: Room) -> None:
    first = capture()
    more = "<p>Bonds were little changed on the day, and the dollar fell against most of its peers.</p>"
    second = capture(body=html(more=more), at=THEN + timedelta(days=3))
    shared = older(first)
    room.keep(first, shared)
    room.keep(second, shared)
    assert article_of(second).text != article_of(first).text
    assert changes(room.again()) == {"changed": 2}
    times = room.ledger.store.rows("SELECT available_at FROM articles ORDER BY number")
    assert [row["available_at"][:10] for row in times] == ["2026-01-09", "2026-01-09", "2026-01-12"]


def test_an_article_is_silent_only_when_no_page_gives_it_any_more(room: Room) -> None:
    first, second = capture(), capture(body=html(more="<!-- another advertisement -->"))
    article = article_of(first)
    room.keep(first, article)
    room.keep(second, article)
    third = capture(body="<html></html>")
    room.keep(third, article)
    assert changes(room.again()) == {"same": 2, "lost": 1}
    assert len(room.says()) == 1


# --- stopping and repeating ------------------------------------------------------------------------------


def filled(room: Room) -> None:
    """A ledger with every kind of page, and a text."""
    for name in ("a", "b"):
        page = capture(name, html("Ann Lee" if name == "a" else "Ann Bell"))
        room.keep(page, older(page))
    room.keep(capture("c", html("Tom Ode")))
    room.ledger.pass_over(capture("d", html("Mia Roe")), "unreadable")
    text = article_of_text(f"{AROUND}\n{QUOTE.format('small caps', 'Ben Hart')}", available_at=THEN)
    keep_article(text, room.ledger, model("older"), room.targets, room.clock)


def test_a_second_run_finds_nothing(room: Room) -> None:
    filled(room)
    assert changes(room.again()) == {"changed": 2, "same": 1, "gained": 1, "texts": 1}
    before, judge = room.dump(), model()
    summary = room.again(judge)
    assert (changes(summary), judge.asked) == ({}, [])
    assert room.dump() == before


def test_a_later_vintage_goes_on_from_the_last_one(room: Room) -> None:
    filled(room)
    room.again()
    assert changes(room.again(model("newest"))) == {"same": 4, "texts": 1}
    assert {by for _, _, by in room.says()} == {"newest"}
    assert len(room.says()) == 5


class Stopping(Scripted):
    """A model that fails like a power cut at its nth question."""

    def __init__(self, after: int) -> None:
        super().__init__({"small caps": BULLISH}, default=NO_VIEW)
        self.name = "newer"
        self._after = after

    def judge(self, pair: Pair) -> Judged:
        if len(self.asked) == self._after:
            raise KeyboardInterrupt
        return super().judge(pair)


@pytest.mark.parametrize("after", range(5))
def test_a_stopped_run_goes_on_where_it_was(room: Room, tmp_path: Path, after: int) -> None:
    filled(room)
    with open_ledger(tmp_path / "whole.db", room.clock, create=True) as whole:
        other = Room(whole, room.clock, room.targets)
        filled(other)
        other.again()
        expected = sorted(other.says())
    then = room.clock.now()
    before = room.ledger.entries(known_at=then)
    with pytest.raises(KeyboardInterrupt):
        room.again(Stopping(after))
    room.again()
    assert sorted(room.says()) == expected
    assert room.ledger.entries(known_at=then) == before
    assert changes(room.again()) == {}


def test_a_live_crawl_after_it_reads_only_what_is_new(room: Room) -> None:
    filled(room)
    room.again()
    assert read_pages(room.ledger, model(), room.targets).read == 0
    room.ledger.keep_capture(capture("e", html("Eve Fox")))
    assert read_pages(room.ledger, model(), room.targets).read == 1
    assert changes(room.again()) == {"same": 1}


def test_progress_is_told_by_stage(room: Room) -> None:
    filled(room)
    told: list[tuple[str, int, int]] = []
    reread(room.ledger, model(), room.targets, lambda *step: told.append(step))
    assert told == [("pages", n, 4) for n in range(1, 5)] + [("texts", 1, 1)]


# --- the commands ----------------------------------------------------------------------------------------


def test_the_command_says_what_changed(room: Room) -> None:
    filled(room)
    path = str(room.ledger.path)
    ran = CliRunner().invoke(rereading_command.command, ["--db", path], catch_exceptions=False)
    lines = ran.output.splitlines()
    assert lines[1:6] == [
        "pages       4",
        "  1         with the text they had",
        "  2         with another text, kept beside the first",
        "  1         with an article where there was none",
        "texts       1 that came without a page",
    ]
    assert [line.split()[0] for line in lines] == [
        *("vintage", "pages", "1", "2", "1", "texts", "statements", "views", "judgement")
    ]
    assert all(len(line) <= 80 for line in lines)
    again = CliRunner().invoke(rereading_command.command, ["--db", path], catch_exceptions=False)
    assert again.output == "nothing to do: the present code and model have read everything that is kept\n"


def exported(room: Room, path: Path, *options: str) -> list[str]:
    """Export and return the addresses of the pages in the archive."""
    arguments = [str(path), "--db", str(room.ledger.path), *options]
    ran = CliRunner().invoke(export_warc.command, arguments, catch_exceptions=False)
    with PackedFile(path) as file:
        pages = [page.url for page in read_warc(file) if not isinstance(page, LeftOut)]
    assert ran.output == f"{path}: {count(len(pages), 'page')}\n"
    return pages


WINDOWS = {
    "all": ((), "abc"),
    "from a day": (("--since", "2026-01-10"), "bc"),
    "to a day": (("--until", "2026-01-10"), "ab"),
    "one day": (("--since", "2026-01-10", "--until", "2026-01-10"), "b"),
    "to an instant": (("--until", "2026-01-11T04:59:59.999998+00:00"), "a"),
}


@pytest.mark.parametrize(("options", "names"), WINDOWS.values(), ids=WINDOWS)
def test_pages_are_exported_by_the_day_of_their_fetch_in_new_york(
    room: Room, tmp_path: Path, options: tuple[str, ...], names: str
) -> None:
    last = datetime(2026, 1, 11, 4, 59, 59, 999_999, tzinfo=UTC)  # of January 10 in New York
    for name, at in zip("abc", (THEN, last, last + timedelta(microseconds=1)), strict=True):
        room.ledger.keep_capture(capture(name, at=at))
    assert exported(room, tmp_path / "a.warc.gz", *options) == [
        f"http://one.example/{name}" for name in names
    ]


def test_an_export_is_refused_in_one_line(room: Room, tmp_path: Path) -> None:
    room.ledger.keep_capture(capture())
    database = ["--db", str(room.ledger.path)]
    for arguments, words in (
        ([str(tmp_path / "a.zip")], r"end the name in \.warc\.gz"),
        ([str(tmp_path / "a.warc"), "--since", "2026-01-10", "--until", "2026-01-09"], "lies after"),
    ):
        with pytest.raises(UsageError, match=words):
            export_warc.command.main([*arguments, *database], standalone_mode=False)
    with pytest.raises(Exception, match="no kept page is of that time"):
        export_warc.command.main(
            [str(tmp_path / "a.warc"), "--since", "2026-01-10", *database], standalone_mode=False
        )
    assert not list(tmp_path.glob("*.warc"))
