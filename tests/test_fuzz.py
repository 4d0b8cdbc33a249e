"""Fuzzing what reads bytes of others: only the documented errors come out, every answer is sound, and none is late.

Each fuzzer makes documents by a grammar of almost-valid ones, some of them of millions of bytes, and damages these and
the project's own pages. What was found so became rows of the tables in the test files of the rooms.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import strategies as st

from narrative.crawl.dates import feed_claim
from narrative.crawl.discovery import offers_of
from narrative.crawl.dumps import DumpRow, read_dump
from narrative.crawl.feeds import NotAFeed, parse_feed
from narrative.crawl.optouts import permission
from narrative.crawl.packed import LeftOut, PackedFile
from narrative.crawl.warc import read_warc
from narrative.errors import NarrativeError
from narrative.read.bounds import CONTROL
from narrative.read.dates import chosen, doubts, relative, stated
from narrative.read.dating import age_of, claim_of, printed
from narrative.read.extraction import opened
from narrative.read.metadata import PageFacts, facts_of
from narrative.read.page import page_of
from narrative.read.passages import passages
from narrative.terms import Article, Capture
from tests.almost_valid import ARCHIVES, FEEDS, MOMENTS, PAGES, RECORDS, SITEMAPS, STATEMENTS
from tests.damage import LARGEST, own_pages, repeated
from tests.fuzzing import (
    ANNOUNCED,
    BUDGET,
    FEED,
    LONG,
    SEEN,
    URL,
    Case,
    fuzzed,
    in_time,
    read,
    sound_address,
    sound_claim,
    sound_refusal,
    sound_text,
)

STATED = ("json-ld", "meta")
PAGE_ORIGINS = (*STATED, "page", "feed", "relative")


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    """Libraries load and build their tables on first use: no input pays for that."""
    dated = b"<div class=date>Montag, 3. M\xc3\xa4rz 26</div>"
    for body in (own_pages()[0], own_pages()[0].replace(b"<time", dated + b"<x")):
        passages(page_of(Capture(URL, URL, SEEN, "text/html", body)).article)


# --- feeds, sitemaps and statements ----------------------------------------------------------------------


def check_feed(case: Case) -> None:
    page, refusal = None, ""
    with in_time():
        try:
            page = parse_feed(case.body, case.content_type, FEED)
        except NotAFeed as error:
            refusal = str(error)
    if page is None:
        sound_refusal(refusal, FEED)
        return
    assert page.kind in ("rss", "atom", "rdf", "json", "sitemap", "sitemapindex")
    sound_text(page.title, len(case.body) * 4)
    for link in page.entries:
        assert link.feed == FEED
        assert link.entry
        sound_text(link.entry, len(case.body) * 4 + 20)
        sound_text(link.title, len(case.body) * 4)
        sound_claim(link.published, ("feed",))
        if link.url:
            sound_address(link.url)


def check_statements(case: Case) -> None:
    text = case.body.decode("utf-8", "replace")
    lines = [line.partition(":") for line in text.splitlines()[:1000]]
    with in_time():
        allowed = permission(
            URL,
            "narrative",
            robots=text if case.content_type == "robots" else "",
            headers=[(name, value) for name, _, value in lines] if case.content_type == "headers" else (),
            page=case.body,
            reservations=text if case.content_type == "reservations" else "",
        )
    assert allowed.read or not allowed.train
    assert allowed.train == (not allowed.words)
    for words in allowed.words:
        sound_text(words, 160)


def check_sitemap(case: Case) -> None:
    if case.content_type in ("robots", "headers", "reservations"):
        check_statements(case)
    else:
        check_feed(case)


# --- pages, their records and dates ----------------------------------------------------------------------


def check_record(case: Case) -> None:
    facts, refusal = PageFacts(), ""
    with in_time():
        try:
            facts = facts_of(opened(case.body.decode("utf-8", "replace"), URL).tree, URL)
        except NarrativeError as error:
            refusal = str(error)
        dates = (facts.published, facts.meta_published, facts.modified, facts.meta_modified)
        claims = [claim_of(text, "json-ld") for text in dates]
    if refusal:
        sound_refusal(refusal, URL)
        return
    for claim in claims:
        sound_claim(claim, STATED)
    for text in (facts.headline, facts.outlet):
        sound_text(text, 1000, controls="\t\n\r\x0b\x0c\x1c\x1d\x1e\x1f")
    assert len(facts.authors) <= 50
    for name in facts.authors:
        sound_text(name, 60)
    assert facts.word_count is None or 0 <= facts.word_count < 10**6
    assert facts.free in (None, True, False)
    assert not CONTROL.search(facts.body.replace("\ufffd", ""))
    assert re.fullmatch(r"[a-z]{0,3}", facts.language)
    sound_address(facts.canonical)


def check_dates(case: Case) -> None:
    for text in case.body.decode("utf-8", "replace").split("\n"):
        with in_time():
            of_feed, of_page = feed_claim(text), claim_of(text, "meta")
            claims = [stated(text, "json-ld"), of_page, of_feed, relative(text, SEEN), age_of([text], SEEN)]
            usable = [claim for claim in claims if claim]
            best = chosen(usable)
            told = doubts(usable, best, SEEN)
            days = [one.day for one in printed(text[:20_000])]
        for claim in claims:
            sound_claim(claim, PAGE_ORIGINS)
        assert best in (*usable, None)
        assert set(told) <= {"future_date", "dates_disagree"}
        assert all(1 <= day.year <= 9999 for day in days)


def check_page(case: Case) -> None:
    for offer in offers(case):
        sound_address(offer)
    check_statements(replace(case, content_type="page"))
    page, refusal = None, ""
    with in_time():
        try:
            page = page_of(Capture(URL, URL, SEEN, case.content_type, case.body, link=ANNOUNCED))
        except NarrativeError as error:
            refusal = str(error)
    if page is None:
        sound_refusal(refusal, URL)
        return
    check_article(page.article)
    sound_claim(page.dating.updated, STATED)
    assert page.dating.day is None or 1985 <= page.dating.day.year <= 9999
    assert page.dating.offset is None or abs(page.dating.offset) <= timedelta(hours=15)


def offers(case: Case) -> list[str]:
    with in_time():
        return [offer.url for offer in offers_of(case.body, case.content_type, URL)]


def check_article(article: Article) -> None:
    assert article.text.strip()
    assert len(article.text) <= 2_000_000
    article.text.encode()
    sound_text(article.title, 1000)
    sound_text(article.byline, 160)
    sound_text(article.outlet, 1000)
    sound_address(article.url)
    assert len(article.authors) <= 50
    for name in article.authors:
        sound_text(name, 160)
    sound_claim(article.published, PAGE_ORIGINS)
    for flag in article.flags:
        sound_text(flag, 1000)
        assert re.fullmatch(r"[a-z_]+: .+", flag)
    sound_text(article.stub or "", 1000)
    end = 0
    for start, stop in article.repeats:
        assert end <= start < stop <= len(article.text)
        end = stop
    if len(article.text) <= 20_000:
        check_passages(article)


def check_passages(article: Article) -> None:
    with in_time():
        found = passages(article)
    end = 0
    for passage in found:
        assert end <= passage.span.start < passage.span.end <= len(article.text)
        end = passage.span.end
        for start, stop in passage.sentences:
            assert passage.span.start <= start < stop <= passage.span.end


# --- archives and dumps ----------------------------------------------------------------------------------


def check_archive(case: Case) -> None:
    with tempfile.TemporaryDirectory() as folder, in_time(), suppress(NarrativeError):
        path = Path(folder) / "a"
        path.write_bytes(case.body)
        with PackedFile(path) as file:
            for found in read_warc(file) if case.content_type == "warc" else read_dump(file):
                assert isinstance(found, Capture | DumpRow | LeftOut)
                if isinstance(found, Capture):
                    sound_address(found.final_url)
                    assert len(found.body) <= 10 * 1024 * 1024
                elif isinstance(found, DumpRow):
                    sound_claim(found.published, ("given",))


# --- the tests -------------------------------------------------------------------------------------------

FUZZERS: dict[str, tuple[st.SearchStrategy[Case], Callable[[Case], None]]] = {
    "feeds": (FEEDS, check_feed),
    "sitemaps": (SITEMAPS | SITEMAPS | STATEMENTS, check_sitemap),
    "records": (RECORDS, check_record),
    "dates": (MOMENTS, check_dates),
    "pages": (PAGES, check_page),
}
ALL = {**FUZZERS, "archives": (ARCHIVES, check_archive)}


# Strategies over megabytes have long representations, which hypothesis warns of when it makes one for a message.
pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")


@pytest.mark.parametrize("name", FUZZERS)
def test_fuzz(name: str, tmp_path: Path) -> None:
    assert fuzzed(name, *FUZZERS[name], BUDGET, tmp_path) > 0


def test_fuzz_archives(tmp_path: Path) -> None:
    assert fuzzed("archives", *ALL["archives"], BUDGET / 6, tmp_path) > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_fuzz_for_long(name: str, tmp_path: Path) -> None:
    assert fuzzed(name, *ALL[name], LONG, tmp_path) > 0


def test_what_is_too_large_is_made() -> None:
    assert len(repeated(b"ab", 10**9)) == LARGEST


if __name__ == "__main__":
    ALL[sys.argv[1]][1](read(Path(sys.argv[2])))
