"""Old material: what a crawl kept comes back from an archive the same, dumps count from the right time, nothing doubles."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from narrative.backfill import Backfill, BackfillSummary
from narrative.clock import SimulatedClock
from narrative.crawl.dumps import LONGEST, DumpRow, read_dump
from narrative.crawl.fetch import Fetcher
from narrative.crawl.packed import LeftOut, PackedFile
from narrative.crawl.transport import LoopbackTransport
from narrative.crawl.warc import write_warc
from narrative.errors import NarrativeError
from narrative.ledger import Ledger, open_ledger
from narrative.pipeline import ReadSummary, crawl, read_pages
from narrative.read.encoder import Judged, Pair
from narrative.targets import Targets
from narrative.terms import Capture, Claim, Feed, Link
from tests import web
from tests.scripted_model import BULLISH, NO_VIEW, Scripted
from tests.shell import narrative

THEN = datetime(2026, 1, 9, 8, 30, 15, 250_000, tzinfo=UTC)
SAID = (
    "“We expect {} to lead the market through the summer,” said {}, chief strategist at Harbor Lane Capital."
)
AROUND = (
    "The desks that watch the market have had a busy start to the year, and most of them say so. Trading was quiet "
    "through the afternoon, with little news and fewer orders than usual, and most sectors ended higher than they began."
)


def page(speaker: str, what: str = "small caps", head: str = "") -> str:
    said = SAID.format(what, speaker)
    return (
        f"<html><head><title>{speaker} on {what}</title>{head}</head><body><article><h1>{speaker} on {what} and rates</h1>"
        f"<p>{AROUND}</p><p>{said}</p></article></body></html>"
    )


def model() -> Scripted:
    """A model with views on small caps alone."""
    return Scripted({"small caps": BULLISH}, default=NO_VIEW)


def kept(at: datetime = THEN, name: str = "a", body: str | None = None, link: Link | None = None) -> Capture:
    url = f"http://one.example/{name}"
    return Capture(url, url, at, "text/html", (body or page("Ann Lee")).encode(), "One", link)


def written(path: Path, *captures: Capture) -> Path:
    write_warc(path, captures, THEN)
    return path


def contents(ledger: Ledger) -> dict[str, list[tuple[object, ...]]]:
    """What a ledger says, without the times at which it learnt it."""
    select = {
        "articles": """a.id, a.url, a.outlet, a.title, a.byline, a.published, a.published_origin, a.available_at, a.stub,
                       a.flags, a.story, t.text FROM articles a JOIN texts t ON t.article = a.number""",
        "captures": "id, url, fetched_at, content_type, outlet, body FROM captures",
        "links": "id, url, title, published FROM links",
        "results": """c.id, a.id, r.reason FROM results r JOIN captures c ON c.number = r.capture
                      LEFT JOIN articles a ON a.number = r.article""",
        "statements": "id, content, speaker, firm, available_at FROM statements",
        "views": "id, target, stance, bullish, available_at FROM views",
    }
    return {
        name: sorted((tuple(row) for row in ledger.store.rows(f"SELECT {sql}")), key=repr)
        for name, sql in select.items()
    }


@pytest.fixture
def backfill(ledger: Ledger, clock: SimulatedClock, targets: Targets) -> Backfill:
    return Backfill(ledger, clock, model(), targets)


# --- a crawl and its archive -----------------------------------------------------------------------------

FEED = (
    "<rss version='2.0'><channel><title>One</title>"
    "<item><title>A</title><link>http://one.example/a?utm_source=x</link><guid>1</guid>"
    "<pubDate>Mon, 12 Jan 2026 09:00:00 -0500</pubDate></item>"
    "<item><title>Moved</title><link>http://one.example/old?utm_source=x</link><guid>2</guid></item>"
    "<item><title>Empty</title><link>http://one.example/empty</link><guid>3</guid></item></channel></rss>"
)
FEEDS = (Feed("http://one.example/feed", "The One"),)


@pytest.fixture
def site() -> Iterator[web.Web]:
    with web.serving() as served:
        served.serve("/feed", web.body(FEED, "application/rss+xml"))
        for path in ("/a", "/a?utm_source=x"):
            served.serve(path, web.body(page("Ann Lee")))
        served.serve("/old?utm_source=x", web.status(301, Location="http://one.example/new"))
        served.serve("/new", web.body(page("Tom Ode", head="<link rel='canonical' href='/news/tom'>")))
        served.serve("/empty", web.body("<html><body></body></html>"))
        yield served


def crawled(
    site: web.Web, ledger: Ledger, clock: SimulatedClock, targets: Targets
) -> tuple[int, ReadSummary]:
    """Poll the site; return how many pages were fetched and what was read."""
    routes = {"one.example": ("127.0.0.1", site.port)}
    with (
        LoopbackTransport(routes) as way,
        Fetcher(way, clock, user_agent="narrative/0 (+mailto:a@b.example)") as fetcher,
    ):
        polled, read = crawl(FEEDS, ledger, fetcher, clock, model(), targets)
    return polled.fetched, read


def test_an_exported_crawl_comes_back_the_same(
    site: web.Web, ledger: Ledger, clock: SimulatedClock, targets: Targets, tmp_path: Path
) -> None:
    assert crawled(site, ledger, clock, targets)[0] == 3
    first = contents(ledger)
    assert [len(first[name]) for name in ("articles", "views", "captures")] == [2, 2, 3]
    path = tmp_path / "kept.warc.gz"
    assert write_warc(path, ledger.captures(), clock.now()) == 3
    clock.advance_to(clock.now() + timedelta(days=30))
    with open_ledger(tmp_path / "second.db", clock, create=True) as second:
        summary = Backfill(second, clock, model(), targets).warc(path)
        assert contents(second) == first
        assert (summary.found, summary.held, summary.read.read, summary.read.passed_over) == (3, 0, 2, 1)
        assert {reason: left.count for reason, left in summary.left_out.items()} == {"warcinfo record": 1}
        assert all(entry.backfilled for entry in second.entries())
        assert not any(entry.backfilled for entry in ledger.entries())


def test_a_crawl_after_an_import_fetches_and_adds_nothing(
    site: web.Web, ledger: Ledger, clock: SimulatedClock, targets: Targets, tmp_path: Path
) -> None:
    crawled(site, ledger, clock, targets)
    write_warc(tmp_path / "kept.warc", ledger.captures(), clock.now())
    clock.advance_to(clock.now() + timedelta(days=30))
    with open_ledger(tmp_path / "second.db", clock, create=True) as second:
        Backfill(second, clock, model(), targets).warc(tmp_path / "kept.warc")
        before = contents(second)
        assert crawled(site, second, clock, targets) == (0, ReadSummary())
        assert contents(second) == before


def test_an_import_over_a_live_crawl_doubles_nothing(
    site: web.Web, ledger: Ledger, clock: SimulatedClock, backfill: Backfill, targets: Targets, tmp_path: Path
) -> None:
    crawled(site, ledger, clock, targets)
    before = contents(ledger)
    same = written(tmp_path / "same.warc", *ledger.captures())
    assert backfill.warc(same).held == 3
    assert contents(ledger) == before
    # an archive's own bytes of the same page: another advertisement, another time, the same words
    other = replace(kept(body=page("Ann Lee") + "<!-- 7 -->"), outlet="one.example")
    summary = backfill.warc(written(tmp_path / "other.warc", other))
    assert (summary.found, summary.held, summary.read) == (1, 1, ReadSummary())
    after = contents(ledger)
    assert len(after["captures"]) == 4
    assert [after[name] for name in ("articles", "statements", "views")] == [
        before[name] for name in ("articles", "statements", "views")
    ]


# --- archives --------------------------------------------------------------------------------------------


def test_a_page_counts_from_its_capture(ledger: Ledger, backfill: Backfill, tmp_path: Path) -> None:
    summary = backfill.warc(written(tmp_path / "a.warc.gz", kept()))
    (entry,) = ledger.entries(targets=["small_caps"])
    assert (entry.available_at, entry.outlet, entry.voice_name) == (THEN, "One", "Ann Lee")
    assert (entry.backfilled, entry.recorded_at) == (True, ledger.store.clock.now())
    assert ledger.entries(as_of=THEN - timedelta(seconds=1)) == ()
    assert ledger.entries(known_at=THEN) == ()
    assert (summary.first, summary.last) == (THEN, THEN)
    assert ledger.why(entry.view).page is not None


def test_a_second_run_adds_nothing_and_asks_no_model(
    ledger: Ledger, clock: SimulatedClock, targets: Targets, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.warc.gz", kept(), kept(name="empty", body="<p></p>"), kept(name="b"))
    Backfill(ledger, clock, model(), targets).warc(path)
    before = list(ledger.store.connection.iterdump())
    clock.sleep(3600)
    again = model()
    summary = Backfill(ledger, clock, again, targets).warc(path)
    assert (summary.found, summary.held, summary.read) == (3, 3, ReadSummary())
    assert again.asked == []
    assert list(ledger.store.connection.iterdump()) == before


def test_a_capture_in_the_future_is_left_out(
    ledger: Ledger, clock: SimulatedClock, backfill: Backfill, tmp_path: Path
) -> None:
    summary = backfill.warc(written(tmp_path / "a.warc", kept(clock.now() + timedelta(days=2)), kept()))
    assert summary.left_out["captured in the future"].count == 1
    assert (summary.found, ledger.summary().captures) == (1, 1)


def test_a_damaged_archive_keeps_what_came_before(ledger: Ledger, backfill: Backfill, tmp_path: Path) -> None:
    path = written(tmp_path / "a.warc.gz", *[kept(name=f"p{n}") for n in range(6)])
    path.write_bytes(path.read_bytes()[:-700])
    summary = backfill.warc(path)
    assert 0 < summary.found < 6
    assert "get the file again" in str(summary.broken)
    assert ledger.summary().captures == summary.found


def test_progress_is_told_in_thousands_of_bytes(
    ledger: Ledger, clock: SimulatedClock, targets: Targets, tmp_path: Path
) -> None:
    told: list[tuple[str, int, int]] = []
    backfill = Backfill(ledger, clock, model(), targets, lambda *step: told.append(step))
    backfill.warc(written(tmp_path / "a.warc", kept(), kept(name="b")))
    assert [stage for stage, _, _ in told] == ["warc kB"] * 3
    assert all(0 <= done <= total and total > 0 for _, done, total in told)


# --- stopping --------------------------------------------------------------------------------------------


class Stopping(Scripted):
    """A model that fails like a power cut at its nth question."""

    def __init__(self, after: int) -> None:
        super().__init__({"small caps": BULLISH}, default=NO_VIEW)
        self._after = after

    def judge(self, pair: Pair) -> Judged:
        if len(self.asked) == self._after:
            raise KeyboardInterrupt
        return super().judge(pair)


def rows(path: Path, *lines: object) -> Path:
    text = "".join(line + "\n" if isinstance(line, str) else json.dumps(line) + "\n" for line in lines)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def row(**other: object) -> dict[str, object]:
    text = f"{AROUND}\n{SAID.format('small caps', 'Ann Lee')}"
    plain = {"url": "http://one.example/a", "title": "Lee on small caps", "published": "2019-03-08"}
    return plain | {"source": "One", "text": text} | other


@pytest.mark.parametrize("after", range(4))
@pytest.mark.parametrize("kind", ["warc", "dump"])
def test_a_stop_anywhere_loses_nothing_and_repeats_nothing(
    ledger: Ledger, clock: SimulatedClock, targets: Targets, tmp_path: Path, kind: str, after: int
) -> None:
    people = ("Ann Lee", "Tom Ode", "Mia Roe", "Ben Hart")
    if kind == "warc":
        path = written(tmp_path / "a.warc.gz", *[kept(name=p[:3], body=page(p)) for p in people])
    else:
        made = [
            row(url=f"http://one.example/{p[:3]}", text=f"{AROUND}\n{SAID.format('small caps', p)}")
            for p in people
        ]
        path = rows(tmp_path / "a.jsonl", *made)

    def run(into: Ledger, judge: Scripted) -> BackfillSummary:
        return getattr(Backfill(into, clock, judge, targets), kind)(path)

    with open_ledger(tmp_path / "whole.db", clock, create=True) as whole:
        run(whole, model())
        expected = contents(whole)
    with pytest.raises(KeyboardInterrupt):
        run(ledger, Stopping(after))
    assert len(contents(ledger)["articles"]) < 4
    assert read_pages(ledger, model(), targets) == ReadSummary(), "no page is left half way"
    run(ledger, model())
    assert contents(ledger) == expected
    assert run(ledger, model()).held == 4


KILLED = """
import os, sys
from pathlib import Path
from narrative.backfill import Backfill
from narrative.clock import SystemClock
from narrative.ledger import open_ledger
from narrative.targets import load_targets
from tests.scripted_model import BULLISH, NO_VIEW, Scripted
count = 0
def told(*step):
    global count
    count += 1
    if count == 3:
        os.kill(os.getpid(), 9)
with open_ledger(Path(sys.argv[1]), SystemClock(), create=True) as ledger:
    model = Scripted({"small caps": BULLISH}, default=NO_VIEW)
    Backfill(ledger, SystemClock(), model, load_targets(), told).warc(Path(sys.argv[2]))
"""


def test_a_killed_import_goes_on_where_it_was(
    clock: SimulatedClock, targets: Targets, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.warc.gz", *[kept(name=f"p{n}", body=page(f"Ann Lee{n}")) for n in range(5)])
    arguments = [sys.executable, "-c", KILLED, str(tmp_path / "l.db"), str(path)]
    assert subprocess.run(arguments, cwd=Path(__file__).parents[1], check=False).returncode == -9
    with open_ledger(tmp_path / "l.db", clock) as ledger:
        assert ledger.summary().captures == 2
        summary = Backfill(ledger, clock, model(), targets).warc(path)
        assert (summary.held, summary.read.read) == (2, 3)
        assert ledger.store.value("PRAGMA integrity_check") == "ok"


# --- dumps -----------------------------------------------------------------------------------------------


def test_a_row_counts_from_today_and_keeps_its_print_date(
    ledger: Ledger, clock: SimulatedClock, backfill: Backfill, tmp_path: Path
) -> None:
    summary = backfill.dump(rows(tmp_path / "news.jsonl.gz", row()))
    (entry,) = ledger.entries()
    assert entry.published == Claim(date(2019, 3, 8), "given", zone_known=False)
    assert (entry.available_at, entry.backfilled, entry.trusted) == (clock.now(), True, False)
    assert (entry.outlet, entry.url, entry.article_title) == (
        "One",
        "http://one.example/a",
        "Lee on small caps",
    )
    assert (summary.found, summary.read.read, summary.first) == (1, 1, clock.now())


TRUSTED = {
    "a day is its last second in New York": ("2019-03-08", datetime(2019, 3, 9, 4, 59, 59, tzinfo=UTC)),
    "the same in summer": ("2019-07-08", datetime(2019, 7, 9, 3, 59, 59, tzinfo=UTC)),
    "an instant": ("2019-03-08T09:30:00-05:00", datetime(2019, 3, 8, 14, 30, tzinfo=UTC)),
    "ahead of now": ("2026-01-20", None),
    "no date": (None, None),
}


@pytest.mark.parametrize(("published", "expected"), TRUSTED.values(), ids=TRUSTED)
def test_a_trusted_date_is_when_the_row_could_be_read(
    ledger: Ledger, clock: SimulatedClock, backfill: Backfill, tmp_path: Path, published: str | None, expected
) -> None:
    backfill.dump(rows(tmp_path / "news.jsonl", row(published=published)), trust_dates=True)
    (entry,) = ledger.entries()
    assert (entry.available_at, entry.trusted) == (expected or clock.now(), expected is not None)
    assert entry.undated == (published is None or expected is None)


def test_an_age_in_a_row_without_a_date_dates_nothing(
    ledger: Ledger, backfill: Backfill, tmp_path: Path
) -> None:
    text = f"2 hours ago\n{AROUND}\n{SAID.format('small caps', 'Ann Lee')}"
    backfill.dump(rows(tmp_path / "news.jsonl", row(published=None, text=text)))
    assert ledger.entries()[0].published is None


def test_a_row_of_a_title_alone_is_read(ledger: Ledger, backfill: Backfill, tmp_path: Path) -> None:
    title = "“Small caps will lead the market this year,” said Ann Lee of Harbor Lane Capital"
    backfill.dump(rows(tmp_path / "news.jsonl", row(text=None, url=None, title=title)))
    (entry,) = ledger.entries()
    assert (entry.url, entry.words) == ("", "Small caps will lead the market this year")


def test_a_dump_over_a_crawled_page_is_one_article_per_text(
    ledger: Ledger, backfill: Backfill, tmp_path: Path
) -> None:
    path = rows(
        tmp_path / "news.jsonl",
        row(),
        row(url="HTTP://One.example/a?utm_source=x#top"),
        row(url=None),
        row(url=None),
    )
    summary = backfill.dump(path)
    assert (summary.found, summary.held, summary.read.read) == (4, 2, 2)
    before = list(ledger.store.connection.iterdump())
    assert backfill.dump(path).held == 4
    assert list(ledger.store.connection.iterdump()) == before
    assert sum(entry.counted for entry in ledger.entries()) == 1


BAD = {
    "not JSON": "{",
    "not JSON, too deep": "[" * 100_000,
    "not a JSON object": "[1]",
    "not a JSON object, a number": "3",
    "neither text nor title": json.dumps({"title": " ", "text": None, "published": "2019-03-08"}),
    "text is not a string": json.dumps({"text": 3}),
    "published is not a string": json.dumps({"text": "a", "published": 20190308}),
    "published is not a date": json.dumps({"text": "a", "published": "last week"}),
    "published is not a date, but a month": json.dumps({"text": "a", "published": "2019-03"}),
    "url is not an http address": json.dumps({"text": "a", "url": "one.example/a"}),
    "url is not an http address, with a space": json.dumps({"text": "a", "url": "http://one.example/a b"}),
    "longer than 16 MB": json.dumps({"text": "a" * LONGEST}),
    "not a readable text": json.dumps({"text": "\u0001\u0002 said Ann Lee " * 9}),
}


@pytest.mark.parametrize(("reason", "line"), BAD.items(), ids=BAD)
def test_a_bad_line_is_counted_with_its_number_and_stops_nothing(
    backfill: Backfill, tmp_path: Path, reason: str, line: str
) -> None:
    summary = backfill.dump(
        rows(tmp_path / "news.jsonl", row(url="http://one.example/first"), "", line, row())
    )
    (left,) = summary.left_out.items()
    assert (left[0], left[1].count, left[1].lines) == (reason.partition(",")[0], 1, [3])
    assert summary.found == 2


def test_lines_in_another_encoding_are_bad_and_a_mark_is_not(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b'{"text": "caf\xc3\xa9"}\r\n{"text": "caf\xe9"}')
    with PackedFile(path) as file:
        assert list(read_dump(file)) == [DumpRow(1, "", "", "", "café", None), LeftOut("not in UTF-8", 2)]


def test_the_first_lines_of_a_reason_are_named(backfill: Backfill, tmp_path: Path) -> None:
    summary = backfill.dump(rows(tmp_path / "news.jsonl", *["{"] * 5))
    assert (summary.left_out["not JSON"].count, summary.left_out["not JSON"].lines) == (5, [1, 2, 3])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=60),
            st.recursive(
                st.none() | st.integers() | st.text(max_size=8),
                lambda inner: st.dictionaries(
                    st.sampled_from(["url", "title", "published", "source", "text", "x"]), inner
                ),
                max_leaves=6,
            ).map(lambda value: json.dumps(value).encode()),
        ),
        max_size=6,
    )
)
def test_no_line_is_anything_but_a_row_or_a_reason(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    assume(not b"\n".join(lines).startswith(b"\x1f\x8b"))  # that would be a gzip file, and a broken one
    path = tmp_path_factory.mktemp("dump") / "news.jsonl"
    path.write_bytes(b"\n".join(lines))
    with PackedFile(path) as file:
        found = list(read_dump(file))
    assert all(isinstance(one, DumpRow | LeftOut) for one in found)
    assert len(found) == sum(bool(line.strip()) for line in b"\n".join(lines).split(b"\n"))


def test_a_dump_that_ends_early_gives_what_came_before(backfill: Backfill, tmp_path: Path) -> None:
    path = rows(
        tmp_path / "news.jsonl.gz", row(), *[row(text=f"{n} {hash(str(n))}" * 40) for n in range(400)]
    )
    path.write_bytes(path.read_bytes()[:-9])
    with PackedFile(path) as file:
        found: list[DumpRow | LeftOut] = []
        with pytest.raises(NarrativeError, match="what came before is kept"):
            found.extend(read_dump(file))
    assert found


# --- the command -----------------------------------------------------------------------------------------


def test_the_command_reads_files_without_feeds_or_contact(tmp_path: Path) -> None:
    written(tmp_path / "a.warc.gz", kept(), kept(name="empty", body="<p></p>"))
    rows(tmp_path / "news.jsonl.gz", row(url="http://two.example/a"), "{", "[]", "{")
    ran = narrative("crawl", "--warc", "a.warc.gz", "--jsonl", "news.jsonl.gz", "--trust-dates", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "a.warc.gz"
    assert lines[1] == "  pages       2, 0 of them in the ledger already"
    assert lines[2] == "  read        1 article, 0 teasers left out, 1 passed over"
    assert "  available   2026-01-09 to 2026-01-09" in lines
    assert "  left out    1 (warcinfo record)" in lines
    assert "news.jsonl.gz" in lines
    assert "  available   2019-03-09 to 2019-03-09" in lines
    assert "  left out    2 (not JSON), lines 2, 4" in lines
    assert "  left out    1 (not a JSON object), line 3" in lines
    assert all(len(line) <= 80 for line in lines)


REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "files of no kind": (("a.warc",), "put --warc or --jsonl before"),
    "files of two kinds": (("--warc", "a.warc", "--jsonl", "n.jsonl", "a.warc"), "by two commands"),
    "feeds too": (("--warc", "a.warc", "--feeds", "f.toml"), "--feeds is for polling"),
    "dates without a dump": (("--warc", "a.warc", "--trust-dates"), "goes with --jsonl"),
    "a missing file": (("--warc", "a.warc", "none.warc"), "does not exist"),
}


@pytest.mark.parametrize(("arguments", "words"), REFUSED.values(), ids=REFUSED)
def test_a_request_that_makes_no_sense_makes_no_ledger(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    written(tmp_path / "a.warc", kept())
    rows(tmp_path / "n.jsonl", row())
    ran = narrative("crawl", *arguments, cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert ran.err.count("\n") == 1
    assert not (tmp_path / "narrative.db").exists()


def test_a_file_that_is_wrong_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "page.warc").write_text(page("Ann Lee"))
    whole = written(tmp_path / "cut.warc.gz", kept(), kept(name="b"))
    whole.write_bytes(whole.read_bytes()[:-300])
    written(tmp_path / "good.warc", kept(name="c"))
    ran = narrative("crawl", "--warc", "page.warc", "cut.warc.gz", "good.warc", cwd=tmp_path)
    assert ran.code == 1
    assert [line for line in ran.out.splitlines() if not line.startswith(" ")] == ["cut.warc.gz", "good.warc"]
    assert [line.partition(" ")[0] for line in ran.err.splitlines()] == ["narrative:", "narrative:"]
    assert "page.warc is not a WARC file" in ran.err
    assert "cut.warc.gz cannot be read beyond byte" in ran.err
