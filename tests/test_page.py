"""Pages: from bytes to an article, dates and their doubts, teasers, and refusals in one line."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrative.errors import NarrativeError
from narrative.read.dates import chosen, doubts, relative, stated
from narrative.read.page import article_of, article_of_text
from narrative.terms import Capture, Claim, Link, content_id
from tests.fuzzing import in_time

PAGE = (Path(__file__).parent / "pages" / "wrapped.html").read_text(encoding="utf-8")
SEEN = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
URL = "https://www.quaystreetwire.example/2026/01/14/small-caps-to-lead?page=1#top"
WORDS = "Small companies had their best week in years, and the buyers keep coming, a trader said on Monday. "


def capture(body: str | bytes, content_type: str = "text/html; charset=utf-8", **kwargs: object) -> Capture:
    raw = body.encode() if isinstance(body, str) else body
    return Capture(URL, URL, SEEN, content_type, raw, **kwargs)  # type: ignore[arg-type]


def page(*paragraphs: str, head: str = "", top: str = "") -> str:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f"<html><head>{head}</head><body>{top}<article>{body}</article></body></html>"


def ld(**facts: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **facts})}</script>'


def test_a_page_becomes_an_article() -> None:
    made = article_of(capture(PAGE))
    assert made.title == "Small caps to lead, says Harlow Point"
    assert made.url == "https://www.quaystreetwire.example/2026/01/14/small-caps-to-lead"
    assert (made.outlet, made.authors, made.language) == ("The Quay Street Wire", ("Maura Reed",), "en")
    assert made.published == Claim(datetime(2026, 1, 14, 20, 20, tzinfo=UTC), "json-ld")
    assert (made.available_at, made.stub, made.flags) == (SEEN, None, ())


def test_the_text_keeps_tables_and_drops_the_frame() -> None:
    text = article_of(capture(PAGE)).text
    assert "| Russell 2000 | 7.9% | 15.1% |" in text
    assert "Okafor-Brandt, head of strategy" in text
    assert "All rights reserved" not in text
    assert "Opinion" not in text


def test_the_id_depends_on_address_and_text_only() -> None:
    made = article_of(capture(PAGE))
    later = article_of(Capture(URL, URL, SEEN + timedelta(days=3), "text/html", PAGE.encode()))
    assert made.id == later.id == content_id("article", made.url, made.text)


@pytest.mark.parametrize(
    ("body", "content_type", "says"),
    [
        (b"", "text/html", "empty"),
        (b"  \n", "text/html", "empty"),
        (b"%PDF-1.7 ...", "application/pdf", "binary"),
        (b"\x89PNG\r\n\x1a\n", "text/html", "binary"),
        (b"<html><body></body></html>", "text/html", "no article text"),
        (b"<html><body><nav>Home</nav></body></html>", "text/html", "no article text"),
        (bytes(range(1, 30)) * 40, "text/plain", "readable|empty"),
        (b"<!-- a comment alone -->", "text/html", "no elements"),
        (WORDS.encode() * 25_000, "text/plain", "too large to read: 2,475,000 characters"),
        (
            b"<p " + b" ".join(b"a%d" % n for n in range(60_000)) + b">" + WORDS.encode() * 9,
            "text/html",
            "too large to read: an element has 60,000 attributes",
        ),
        (b"<meta name=a content=b>" * 9000 + WORDS.encode(), "text/html", "cut were all but the first 8,000"),
    ],
    ids=[
        "nothing",
        "blank",
        "pdf",
        "picture",
        "no-body",
        "menu-only",
        "control-bytes",
        "comment",
        "endless text",
        "endless tag",
        "endless head",
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(body: bytes, content_type: str, says: str) -> None:
    with in_time(), pytest.raises(NarrativeError, match=says) as caught:
        article_of(capture(body, content_type))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        ("“Ça va”".encode("cp1252"), "text/html; charset=windows-1252"),
        ("“Ça va”".encode("cp1252"), "text/html"),
        ("“Ça va”".encode(), "text/html; charset=utf-8"),
        ("“Ça va”".encode(), "text/html; charset=no-such-charset"),
        ("\ufeff“Ça va”".encode(), "text/html"),
        ("“Ça va”".encode(), "text/html; charset=punycode"),
        ("“Ça va”".encode(), "text/html; charset=unicode_escape"),
    ],
    ids=["header", "guessed", "utf-8", "unknown-name", "byte-order-mark", "labels", "source code"],
)
def test_charsets(raw: bytes, content_type: str) -> None:
    body = b"<html><body><p>" + raw + WORDS.encode() * 3 + b"</p></body></html>"
    assert "“Ça va”" in article_of(capture(body, content_type)).text


def test_plain_text_over_http_is_read_as_it_is() -> None:
    assert article_of(capture(WORDS * 3, "text/plain")).text == WORDS * 3


# --- dates -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value", "zone_known"),
    [
        ("2026-01-14T15:20:00-05:00", datetime(2026, 1, 14, 20, 20, tzinfo=UTC), True),
        ("2026-01-14T15:20:00.123Z", datetime(2026, 1, 14, 15, 20, tzinfo=UTC), True),
        ("2026-01-14T15:20", datetime(2026, 1, 14, 15, 20, tzinfo=UTC), False),
        ("2026-01-14 15:20:00 UTC", datetime(2026, 1, 14, 15, 20, tzinfo=UTC), True),
        ("2026-01-14", date(2026, 1, 14), False),
    ],
    ids=["offset", "zulu", "no-zone", "spaced", "day"],
)
def test_stated_dates(text: str, value: object, *, zone_known: bool) -> None:
    assert stated(text, "meta") == Claim(value, "meta", zone_known)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "0001-01-01T00:00:00Z",
        "1970-01-01",
        "2026-13-45",
        "14/01/2026",
        "9999-12-31T23:59:00Z",
    ],
)
def test_what_states_no_date(text: str) -> None:
    assert stated(text, "meta") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("11 hours ago", SEEN - timedelta(hours=11)),
        ("Published about 9 hours ago 4 min read", SEEN - timedelta(hours=9)),
        ("an hour ago", SEEN - timedelta(hours=1)),
        ("5m ago", SEEN - timedelta(minutes=5)),
        ("3 days ago", date(2026, 1, 12)),
        ("two weeks ago", date(2026, 1, 1)),
    ],
)
def test_relative_dates_count_back_from_when_the_page_was_seen(text: str, value: object) -> None:
    assert relative(text, SEEN) == Claim(value, "relative")  # type: ignore[arg-type]


def test_an_age_beyond_the_web_s_is_none() -> None:
    assert relative("999 months ago", SEEN) is None


def test_a_page_that_tells_only_its_age() -> None:
    body = page(WORDS * 3, WORDS, top='<span class="date">11 hours ago</span>').encode()
    made = article_of(Capture("https://quay.example/a", "https://quay.example/a", SEEN, "text/html", body))
    assert made.published == Claim(SEEN - timedelta(hours=11), "relative")


def test_instants_are_believed_before_days_and_the_page_before_its_feed() -> None:
    day = Claim(date(2026, 1, 14), "json-ld", zone_known=False)
    feed = Claim(datetime(2026, 1, 14, 9, 0, tzinfo=UTC), "feed")
    meta = Claim(datetime(2026, 1, 14, 8, 0, tzinfo=UTC), "meta")
    assert chosen([day, feed]) == feed
    assert chosen([day, feed, meta]) == meta
    assert chosen([]) is None


@pytest.mark.parametrize(
    ("claim", "doubtful"),
    [
        (Claim(SEEN + timedelta(hours=2), "meta"), ("future_date",)),
        (Claim(SEEN + timedelta(hours=2), "meta", zone_known=False), ()),
        (Claim(date(2026, 1, 17), "meta"), ("future_date",)),
        (Claim(SEEN - timedelta(days=1), "meta"), ()),
    ],
    ids=["future", "zone-unknown", "future-day", "past"],
)
def test_a_date_in_the_future_is_flagged(claim: Claim, doubtful: tuple[str, ...]) -> None:
    assert doubts([claim], claim, SEEN) == doubtful


def test_claims_more_than_a_day_apart_are_flagged_and_kept() -> None:
    link = Link(URL, "feed", "1", published=Claim(date(2026, 1, 10), "feed"))
    made = article_of(capture(page(WORDS * 5, head=ld(datePublished="2026-01-14T09:00:00Z")), link=link))
    assert made.flags[0] == "dates_disagree: dated json-ld 2026-01-14 09:00, page 2026-01-14, feed 2026-01-10"
    assert made.published == Claim(datetime(2026, 1, 14, 9, 0, tzinfo=UTC), "json-ld")


# --- teasers, copies, broken metadata ---------------------------------------------------------------------


def test_a_wall_with_little_text_is_a_stub() -> None:
    made = article_of(capture(page(WORDS * 4, "Subscribe to continue reading this article.")))
    assert made.stub is not None
    assert made.stub.startswith("paywall")


def test_a_closed_page_with_its_full_text_is_none() -> None:
    assert (
        article_of(
            capture(page(*[f"{i}. {WORDS * 4}" for i in range(5)], head=ld(isAccessibleForFree=False)))
        ).stub
        is None
    )


def test_far_fewer_words_than_stated_make_a_teaser() -> None:
    made = article_of(capture(page(WORDS * 4, head=ld(wordCount="1,200"))))
    assert made.stub is not None
    assert made.stub.startswith("teaser")


def test_a_body_lost_by_the_extraction_is_fetched_from_the_page_s_own_words() -> None:
    lines = [
        f"{WORDS.strip()} That was day {i} of a run that few had thought would last so long."
        for i in range(12)
    ]
    body = ld(articleBody="\n".join(lines))
    made = article_of(capture(page(WORDS * 2, head=body)))
    assert "day 11" in made.text


@pytest.mark.parametrize(
    "script",
    [
        "{broken",
        '{"@type": "NewsArticle", "headline": 5, "author": {"name": null}}',
        "[[[[]]]]",
        '"text"',
        "<!-- {} -->",
    ],
    ids=["syntax", "types", "lists", "string", "comment"],
)
def test_broken_metadata_loses_nothing(script: str) -> None:
    head = f'<script type="application/ld+json">{script}</script>'
    assert WORDS.strip() in article_of(capture(page(WORDS * 3, head=head))).text


#: what JSON-LD may hold and nobody can use, as (reason, facts)
STRANGE = {
    "a raised digit as a count of words": {"wordCount": "²", "headline": "Small caps lead the week"},
    "halves of letters": {"headline": "Small caps lead the week\ud83d", "author": "Ann\ud800 Lee"},
    "a headline of a megabyte": {"headline": "word " * 200_000, "author": ["Ann Lee"] * 50_000},
    "an author inside nine hundred lists": {"author": json.loads("[" * 900 + '"Ann"' + "]" * 900)},
    "a deep value for free": {"isAccessibleForFree": json.loads("[" * 900 + "]" * 900)},
    "a name longer than any": {"author": "Ann " * 9000},
}


@pytest.mark.parametrize("facts", STRANGE.values(), ids=STRANGE)
def test_strange_facts_lose_nothing_and_are_not_kept(facts: dict[str, object]) -> None:
    with in_time():
        made = article_of(capture(page(WORDS * 3, head=ld(**facts))))
    assert WORDS.strip() in made.text
    assert made.title in ("", "Small caps lead the week")
    assert made.authors in ((), ("Ann Lee",))


@pytest.mark.parametrize(
    ("language", "kept"),
    [("fr", "fr"), ("zh-Hans", "zh"), ("en_US", "und"), ("x" * 100_000, "und"), ("\N{BULLET}", "und")],
)
def test_the_language_a_page_names(language: str, kept: str) -> None:
    body = page(
        "Larkham 2.1, Orrin 3.4, Tarn Bay 5.6, Westmere 7.8, Corvid 9.1, Ickworth 2.3, Pell 4.5. " * 4
    )
    assert article_of(capture(body.replace("<html>", f'<html lang="{language}">'))).language == kept


FOREIGN = {
    "French": "Les actions des petites entreprises ont progressé dans les dernières semaines, a dit Ann Lee. ",
    "German": "„Nebenwerte werden in diesem Jahr besser laufen als die großen Konzerne“, sagte Ann Lee am Montag. ",
    "Spanish": "Las acciones de las empresas pequeñas subieron el lunes, dijo Ann Lee a los clientes del banco. ",
    "Japanese": "小型株は今年、大型ハイテク株を上回るだろうとストラテジストのリー氏は述べた。",
    "Russian": "Акции малых компаний в этом году будут расти быстрее крупных, считает стратег банка. ",
}


@pytest.mark.parametrize("words", FOREIGN.values(), ids=FOREIGN)
def test_what_is_in_another_language_is_refused_and_not_guessed_at(words: str) -> None:
    for read in (
        lambda: article_of(capture(page(words * 4))),
        lambda: article_of_text(words * 4, path="a.txt"),
    ):
        with pytest.raises(
            NarrativeError, match=r"not in English, the only language that is read$|no article text found"
        ):
            read()


def test_a_canonical_address_on_another_site_is_not_believed() -> None:
    head = '<link rel="canonical" href="https://elsewhere.example/x">'
    assert article_of(capture(page(WORDS * 3, head=head))).url == URL.removesuffix("#top")


# --- text files -------------------------------------------------------------------------------------------

TEXT = f"""Marketdash

The Great Rotation: Why Small Companies Lead

MarketDash Editorial Team
11 hours ago

{WORDS}
"""


def test_a_text_file_is_read_as_it_stands() -> None:
    made = article_of_text(TEXT, path="a.txt", available_at=SEEN)
    assert made.text == TEXT
    assert made.title == "The Great Rotation: Why Small Companies Lead"
    assert made.published == Claim(SEEN - timedelta(hours=11), "relative")
    assert made.flags == ("short: 32 words",)
    assert made.id == content_id("article", "", TEXT)


def test_what_is_given_is_believed() -> None:
    given_ = Claim(date(2026, 1, 2), "given")
    made = article_of_text(TEXT, title="Mine", published=given_, available_at=SEEN)
    assert (made.title, made.published) == ("Mine", given_)


def test_a_byline_gives_the_authors() -> None:
    made = article_of_text(f"By Ann Lee and Bo ReedPublished about 9 hours ago\n\n{WORDS}")
    assert made.authors == ("Ann Lee", "Bo Reed")


def test_a_line_without_end_is_no_headline() -> None:
    assert article_of_text(f"{'word' * 9000} one two three\n\n{WORDS}").title == WORDS.strip()


@pytest.mark.parametrize(
    "text",
    ["", " \n\t", "\x00\x01\x02" * 50, "word " * 400_001],
    ids=["empty", "blank", "binary", "a library"],
)
def test_texts_that_are_refused_name_their_file(text: str) -> None:
    with pytest.raises(NarrativeError, match=r"^a\.txt: "):
        article_of_text(text, path="a.txt")


# --- any input --------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=120), st.sampled_from(["text/html", "text/plain", "text/html; charset=utf-16", ""]))
def test_any_bytes_are_read_or_refused(body: bytes, content_type: str) -> None:
    with contextlib.suppress(NarrativeError):
        assert article_of(
            capture(b"<html><body><p>" + body + b"</p></body></html>", content_type)
        ).text.encode()


def test_the_extractor_is_not_loaded_before_it_is_needed() -> None:
    heavy = ("trafilatura", "htmldate", "spacy", "lxml")
    code = f"import sys, narrative.read.page; print([name for name in {heavy!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
