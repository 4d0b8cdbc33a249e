"""Mends and doubts: repeated and lost text, teasers, records, stubs, and the publisher's own clock."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrative.read.containers import Container, Running, missing, restored, running, without_teasers
from narrative.read.dating import claim_of, dated, printed
from narrative.read.doubts import text_doubts
from narrative.read.extraction import parsed
from narrative.read.metadata import PageFacts, facts_of
from narrative.read.page import article_of, page_of
from narrative.read.repeats import without_repeats
from narrative.read.stubs import stub_reason
from narrative.terms import Capture, Claim, Link
from tests.fuzzing import in_time

SEEN = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
URL = "https://quay.example/small-caps"
VOCABULARY = """
    small companies had their best week since autumn while buyers kept coming through quiet afternoon trading three desks
    said orders from pension funds grew again after bond yields fell below four percent for once nobody asked about rates
    because earnings looked firmer than feared and banks lent more
"""


def line(number: int) -> str:
    """Twenty-four words and their number: no two lines share five words in a row."""
    words = random.Random(number).sample(VOCABULARY.split(), 24)
    return f"Paragraph {number} says that {' '.join(words)}."


LINES = [line(number) for number in range(1, 13)]


def ld(**facts: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **facts})}</script>'


def paragraphs(*lines: str) -> str:
    return "".join(f"<p>{one}</p>" for one in lines)


def capture(body: str, head: str = "", url: str = URL, link: Link | None = None) -> Capture:
    markup = f"<html><head>{head}</head><body>{body}</body></html>"
    return Capture(url, url, SEEN, "text/html", markup.encode(), link=link)


def kinds(flags: tuple[str, ...]) -> list[str]:
    return [flag.partition(":")[0] for flag in flags]


# --- printed again ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        (LINES + LINES, LINES),
        (LINES[:6] + LINES[:3] + ["A word from our friends"] + LINES[3:6], LINES[:6]),
        ([one for one in LINES for _ in range(2)], LINES),
        ([*LINES, " ".join(LINES)], LINES),
        ([*LINES[:4], LINES[1], *LINES[4:]], LINES),
        (
            ["Key points", *LINES[:2], "Key points", *LINES[2:]],
            ["Key points", *LINES[:2], "Key points", *LINES[2:]],
        ),
    ],
    ids=["whole body", "with a line between", "each line twice", "glued", "pull quote", "headings may recur"],
)
def test_what_is_printed_again_is_cut(lines: list[str], left: list[str]) -> None:
    assert without_repeats("\n".join(lines)) == "\n".join(left)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from([*LINES[:4], "Short line", ""]), max_size=14))
def test_no_long_line_is_lost(lines: list[str]) -> None:
    left = without_repeats("\n".join(lines)).split("\n")
    assert {one for one in lines if len(one) > 20} == {one for one in left if len(one) > 20}
    assert len([one for one in left if len(one) > 20]) == len({one for one in left if len(one) > 20})


def test_a_long_paragraph_of_short_sentences_is_no_copy() -> None:
    chopped = " ".join(f"{word.capitalize()} {number}." for number, word in enumerate(VOCABULARY.split() * 2))
    assert chopped in without_repeats("\n".join([*LINES, chopped])).split("\n")


def test_a_page_that_prints_its_body_twice_is_read_once() -> None:
    article = paragraphs(*LINES)
    made = article_of(capture(f"<article>{article}</article><div>{article}</div>"))
    assert made.text.count("Paragraph 7 ") == 1
    assert made.flags == ()


def test_a_hidden_record_for_machines_is_no_text() -> None:
    record = (
        '<div itemscope style="display: none"><h1>Record</h1><span>2026-01-14T08:57:40+01:00</span>'
        f"{paragraphs(*LINES)}</div>"
    )
    made = article_of(capture(f"<h1>Small caps lead the market</h1><div>{paragraphs(*LINES)}{record}</div>"))
    assert "08:57" not in made.text
    assert made.text.count("Paragraph 3 ") == 1


def test_share_and_cookie_lines_are_cut() -> None:
    notes = ["Share this article", "Sign up for our newsletter"]
    made = article_of(capture(f"<article>{paragraphs(*LINES[:3], *notes, *LINES[3:])}</article>"))
    assert not any(note in made.text for note in notes)
    assert made.text.count("Paragraph") == 12


def test_a_long_line_is_furniture_at_the_edges_only() -> None:
    notice = (
        "If you already have an account with us, make sure you have your information ready, including the number of your"
        " account, when you subscribe to our newsletter or accept our cookies and privacy policy."
    )
    inside = article_of(capture(f"<article>{paragraphs(*LINES[:6], notice, *LINES[6:])}</article>"))
    behind = article_of(capture(f"<article>{paragraphs(*LINES, notice)}</article>"))
    assert notice in inside.text
    assert behind.text.split("\n") == LINES


def test_table_rows_stay_rows() -> None:
    rows = "".join(
        f"<tr><td>{name}</td><td>{share}%</td></tr>" for name, share in (("Russell", 7.9), ("Dow", 1.5))
    )
    made = article_of(
        capture(f"<article>{paragraphs(*LINES)}<table>{rows}</table>{paragraphs(line(40))}</article>")
    )
    assert [row.strip() for row in made.text.splitlines() if "%" in row] == [
        "| Russell | 7.9% |",
        "| Dow | 1.5% |",
    ]


# --- lost and foreign text -------------------------------------------------------------------------------


def grid(*parts: list[str], between: str = '<div class="ad">Advertisement</div>') -> str:
    chunk = '<div class="grid"><div class="body col-{}">{}</div></div>'.replace("col-{}", "col")
    return f"<article>{between.join(chunk.format(paragraphs(*part)) for part in parts)}</article>"


def own(body: str) -> Running:
    return running(parsed(f"<html><body>{body}</body></html>"))


@pytest.mark.parametrize("kept", [0, 1, 2], ids=["only the first", "only the middle", "only the last"])
def test_lost_containers_are_put_back_where_they_stood(kept: int) -> None:
    parts = [LINES[:4], LINES[4:8], LINES[8:]]
    found = own(grid(*parts))
    assert [container.paragraphs for container in found.containers] == [tuple(part) for part in parts]
    assert restored("\n".join(parts[kept]), found).split("\n") == LINES


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (grid(LINES[:6], LINES[6:]), "\n".join(LINES[:3])),
        (grid(LINES[:6]) + grid(LINES[6:]), "\n".join(LINES[:6])),
        (grid(LINES[:6]) + "<h1>Another headline of the day</h1>" + grid(LINES[6:]), "\n".join(LINES[:6])),
        (f"<div>{paragraphs(*LINES[:6])}</div><aside>{paragraphs(*LINES[6:])}</aside>", "\n".join(LINES[:6])),
        (
            f"<div>{paragraphs(*LINES[:6])}</div><div class='related'>{paragraphs(*LINES[6:])}</div>",
            "\n".join(LINES[:6]),
        ),
        (
            grid(LINES[:6], LINES[6:]),
            "Something else altogether, that the page says nowhere in its paragraphs.",
        ),
    ],
    ids=[
        "a paragraph left out",
        "another article",
        "another headline",
        "aside",
        "related",
        "nothing in common",
    ],
)
def test_what_is_not_a_lost_container_stays_out(body: str, text: str) -> None:
    found = own(body)
    kept = restored(text, found)
    assert kept == text or kept.split("\n") == [*LINES[:3], *LINES[6:]]


def test_headings_come_back_with_their_container_and_links_behind_it_do_not() -> None:
    second = f"<h2>What comes next</h2>{paragraphs(*LINES[6:])}<ul><li>More to read elsewhere</li></ul>"
    body = (
        f'<div class="b">{paragraphs(*LINES[:6])}</div><div class="ad">x</div><div class="b">{second}</div>'
    )
    text = restored("\n".join(LINES[:6]), own(body))
    assert text.split("\n") == [*LINES[:6], "What comes next", *LINES[6:]]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.sampled_from([*LINES[:6], "- - -", "Not on the page at all, this line of some words"]), max_size=8
    )
)
def test_putting_back_never_loses_a_line(lines: list[str]) -> None:
    found = Running(tuple(Container((one,), (one,)) for one in [*LINES[:6], "- " * 30]))
    text = restored("\n".join(lines), found)
    rest = iter(text.split("\n"))
    assert all(one in rest for one in lines)
    assert missing(found.paragraphs, text) <= missing(found.paragraphs, "\n".join(lines))


def card(number: int, link: str = "Another story of the day") -> str:
    return f'<div class="card"><h3><a href="/{number}">{link}</a></h3><p>{line(100 + number)}</p></div>'


@pytest.mark.parametrize(
    ("behind", "cut"),
    [
        ("".join(card(i) for i in range(4)), True),
        ("".join(card(i) for i in range(2)), False),
        ("".join(card(i, link="") for i in range(4)), False),
        (f'<div class="more">{paragraphs(*(line(100 + i) for i in range(4)))}</div>', False),
    ],
    ids=["cards with links", "too few", "no links", "one container"],
)
def test_teasers_behind_the_article_are_cut(behind: str, *, cut: bool) -> None:
    found = own(f"<article>{paragraphs(*LINES)}</article><section>{behind}</section>")
    text = "\n".join([*LINES, line(100), line(101)])
    assert (without_teasers(text, found) == "\n".join(LINES)) is cut


def test_cards_inside_the_article_are_the_article() -> None:
    cards = "".join(card(i) for i in range(4))
    found = own(
        f"<article><div>{paragraphs(*LINES[:6])}</div>{cards}<div>{paragraphs(*LINES[6:])}</div></article>"
    )
    assert found.teasers == ()


# --- doubts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "stated", "own_lines", "kind"),
    [
        (LINES, LINES, LINES, []),
        (LINES[:5], LINES, [], ["text_lost"]),
        (LINES[:5], [], LINES, ["text_lost"]),
        (LINES[:9], LINES, LINES, []),
        (LINES, LINES[:1], [], []),
        (LINES * 3, LINES, LINES, ["repeats", "text_extra"]),
        ([line(i) for i in range(30)], LINES, LINES, ["text_extra"]),
        ([line(i) for i in range(30)], [], LINES, []),
        (LINES[:1], [], [], ["short"]),
        (LINES[:4] + LINES[:2], [], [], ["repeats"]),
    ],
    ids=[
        *("whole", "stated body", "printed paragraphs", "a quarter lost", "a summary as body", "thrice"),
        *("too long", "one witness is none", "short", "a third again"),
    ],
)
def test_doubts(text: list[str], stated: list[str], own_lines: list[str], kind: list[str]) -> None:
    own_text = Running((Container(tuple(own_lines), tuple(own_lines)),) if own_lines else ())
    found = text_doubts("\n".join(text), PageFacts(body="\n".join(stated)), own_text)
    assert kinds(found) == kind
    assert all(": " in flag and "\n" not in flag for flag in found)


def test_a_stated_body_without_paragraphs_is_compared_and_taken_in_sentences() -> None:
    made = article_of(
        capture(f"<article>{paragraphs(*LINES[8:])}</article>", head=ld(articleBody="".join(LINES)))
    )
    assert made.text.split("\n") == LINES
    assert made.flags == ()


@pytest.mark.parametrize(
    ("text", "facts", "page", "starts"),
    [
        ("\n".join(LINES[:3]), PageFacts(), "", None),
        ("\n".join([*LINES[:3], "Subscribe to continue reading"]), PageFacts(), "", "paywall"),
        ("\n".join([*LINES, "Subscribe to continue reading"]), PageFacts(), "", None),
        ("\n".join(LINES[:3]), PageFacts(free=False), "", None),
        ("\n".join(LINES[:3]), PageFacts(free=False), "To read the full story, subscribe", "paywall"),
        ("\n".join([*LINES[:3], "All…"]), PageFacts(free=False), "", "paywall"),
        ("\n".join([*LINES[:3], "Editing by Ann Lee"]), PageFacts(free=False), "", None),
        (
            "\n".join(LINES[:3]),
            PageFacts(free=False, body="\n".join(LINES[:3])),
            "Already a subscriber?",
            None,
        ),
        ("\n".join(LINES[:3]), PageFacts(word_count=900), "", "teaser"),
        ("Please verify you are human to go on to the page.", PageFacts(), "", "notice"),
        ("\n".join([*LINES, "Are you a robot? the film asks."]), PageFacts(), "", None),
        (
            "Access to this page has been denied because we believe you are using tools.",
            PageFacts(),
            "",
            "notice",
        ),
    ],
    ids=[
        *(
            "short and free",
            "wall in the text",
            "long with a wall",
            "closed, whole",
            "closed, wall on the page",
        ),
        *(
            "closed, broken off",
            "closed, a credit at the end",
            "closed, but all that is stated",
            "far fewer words",
            "check",
            "an article",
            "denied",
        ),
    ],
)
def test_stubs(text: str, facts: PageFacts, page: str, starts: str | None) -> None:
    reason = stub_reason(text, text, facts, page)
    assert (reason or "").partition(":")[0] == (starts or "")


# --- dates -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value", "zone_known"),
    [
        ("2026-01-14T15:20:00-05:00", datetime(2026, 1, 14, 20, 20, tzinfo=UTC), True),
        ("Wed, Jan 14 2026 10:01:41 EST", datetime(2026, 1, 14, 15, 1, 41, tzinfo=UTC), True),
        ("Wed, 14 Jan 2026 10:01:41 +0100", datetime(2026, 1, 14, 9, 1, 41, tzinfo=UTC), True),
        ("January 14, 2026 5:50 p.m.", datetime(2026, 1, 14, 17, 50, tzinfo=UTC), False),
        ("14 January 2026 • 4:45pm", datetime(2026, 1, 14, 16, 45, tzinfo=UTC), False),
        ("2026/01/14", date(2026, 1, 14), False),
        ("Wed, 14 Jan 2026 10:01:41 +9959", datetime(2026, 1, 14, 10, 1, 41, tzinfo=UTC), False),
        ("Jan. 14, 2026", date(2026, 1, 14), False),
    ],
)
def test_dates_for_machines(text: str, value: date, *, zone_known: bool) -> None:
    assert claim_of(text, "meta") == Claim(value, "meta", zone_known)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "May 2026",
        "14/01/2026",
        "Jan 99, 2026",
        "Jan 14, 1901",
        "in 9999-12-31 25:99",
        "9999-12-31T23:59:00Z",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert claim_of(text, "meta") is None


def page_date(top: str, published: str, url: str = URL) -> tuple[date | None, timedelta | None]:
    made = page_of(capture(f"{top}<article>{paragraphs(*LINES)}</article>", ld(datePublished=published), url))
    return made.dating.day, made.dating.offset


@pytest.mark.parametrize(
    ("top", "published", "day", "hours"),
    [
        ("", "2026-01-14T22:30:00-05:00", 14, -5),
        ("", "2026-01-14T01:00:00+05:30", 14, 5.5),
        ('<span class="date">Jan. 13, 2026 8:30 PM</span>', "2026-01-14T01:30:12Z", 13, -5),
        ("<p>Posted: Jan 13, 2026 / 8:30 PM EST</p>", "2026-01-14T01:30:12Z", 13, -5),
        ('<time datetime="2026-01-13 20:30:12">yesterday</time>', "2026-01-14T01:30:12Z", 13, -5),
        ('<span class="date">Jan. 13, 2026 8:41 PM</span>', "2026-01-14T01:30:12Z", 14, None),
        ('<span class="date">Jan. 11, 2026 8:30 PM</span>', "2026-01-14T01:30:12Z", 14, None),
        ('<span class="date">Jan. 14, 2026 01:30 UTC</span>', "2026-01-14T01:30:12Z", 14, None),
        ("", "2026-01-14", 14, None),
        ("", "2026-01-14T22:30:00+23:59", 13, None),
    ],
    ids=[
        "stated",
        "half hour",
        "printed",
        "posted",
        "time element",
        "another minute",
        "another day",
        "utc",
        "day",
        "an offset that no clock has",
    ],
)
def test_the_day_is_the_publisher_s(top: str, published: str, day: int, hours: float | None) -> None:
    assert page_date(top, published) == (
        date(2026, 1, day),
        None if hours is None else timedelta(hours=hours),
    )


@pytest.mark.parametrize(
    ("url", "top", "published", "flagged"),
    [
        ("https://quay.example/2026/01/14/x", "", "2026-01-14T09:00:00Z", []),
        ("https://quay.example/2025/11/jan/x", "", "2026-01-14T09:00:00Z", []),
        ("https://quay.example/2025/nov/18/x", "", "2026-01-14T09:00:00Z", ["dates_disagree"]),
        (URL, "", "2026-02-14T09:00:00Z", ["future_date"]),
    ],
    ids=["agrees", "no day", "an old address", "future"],
)
def test_doubtful_dates(url: str, top: str, published: str, flagged: list[str]) -> None:
    made = article_of(
        capture(f"{top}<article>{paragraphs(*LINES)}</article>", ld(datePublished=published), url)
    )
    assert kinds(made.flags) == flagged


def test_a_guess_from_the_text_is_no_doubt_about_what_two_witnesses_say() -> None:
    tree = parsed(f"<html><head>{ld(datePublished='2026-01-14T09:00:00Z')}</head><body></body></html>")
    guess = Claim(date(2019, 2, 5), "page", zone_known=False)
    there, alone = "https://quay.example/2026/01/14/x", URL
    facts = facts_of(tree, there)
    assert dated(tree, facts, there, guess, None, SEEN).flags == ()
    assert kinds(dated(tree, facts, alone, guess, None, SEEN).flags) == ["dates_disagree"]


@pytest.mark.parametrize(
    ("modified", "updated"),
    [
        ("2026-01-15T08:00:00Z", Claim(datetime(2026, 1, 15, 8, 0, tzinfo=UTC), "json-ld")),
        ("2026-01-13T08:00:00Z", None),
        ("", None),
    ],
    ids=["later", "earlier is no update", "silent"],
)
def test_the_update(modified: str, updated: Claim | None) -> None:
    head = ld(datePublished="2026-01-14T09:00:00Z", dateModified=modified)
    assert page_of(capture(f"<article>{paragraphs(*LINES)}</article>", head)).dating.updated == updated


# --- titles, authors -------------------------------------------------------------------------------------


def test_the_page_s_headline_is_kept_whole() -> None:
    head = "<title>Small caps lead – ‘The rest follows’ | Quay</title>"
    made = article_of(capture(f"<h1>Small caps lead – ‘The rest follows’</h1>{paragraphs(*LINES)}", head))
    assert made.title == "Small caps lead – ‘The rest follows’"


def test_authors_that_json_ld_leaves_out_are_kept() -> None:
    head = ld(author=[{"name": "Ann Lee"}]) + '<meta name="author" content="Ann Lee; Bo Reed">'
    made = article_of(capture(f"<article>{paragraphs(*LINES)}</article>", head))
    assert "Ann Lee" in made.authors


# --- too much of everything --------------------------------------------------------------------------------

ARTICLE = f"<article>{paragraphs(*LINES)}</article>"
#: what is beyond the bounds of what is read, as (reason, markup, words of the doubt)
BEYOND = {
    "two hundred thousand list items": (ARTICLE + "<li>x y z</li>" * 200_000, "the first 8,000 of 200,"),
    "a million empty tags": (ARTICLE + "<br>" * 1_000_000, "all but the first 400,000 tags"),
    "a megabyte of one word": (ARTICLE + f"<p>{'a' * 1_000_000}</p>", "characters behind the first 300,000"),
    "a megabyte of digits": (ARTICLE + f"<p>{'1' * 1_000_000}</p>", "characters behind the first 300,000"),
    "a megabyte of control characters": (
        ARTICLE + f"<p>{'&#1;&#12;' * 500_000}</p>",
        "characters behind the first 300,000",
    ),
    "a page printed again and again": (
        f"{ARTICLE}</body></html>" + f"<html><body>{'<p>x' * 90}</body></html>" * 300,
        "elements of other documents",
    ),
    "comments without end": (ARTICLE + "<!-- -->a" * 100_000, "100,000 comments"),
    "text behind comments": (ARTICLE + "<!-- -->a b c" * 90_000, "characters behind the first 300,000"),
    "two hundred levels": (ARTICLE + "<div>" * 200 + "deep", "what is more than 100 elements deep"),
    "headings that are never closed": (
        ARTICLE + "<b>" * 400 + "<h1>x</h2>" * 90_000,
        "all behind 300 open elements",
    ),
    "unclosed emphasis": (ARTICLE + "<p><b>x " * 20_000, "the first 8,000 of 40,"),
    "a class of a megabyte": (
        f'<div class="{"a " * 500_000}">{ARTICLE}</div>',
        "classes and ids behind 1,000",
    ),
}


@pytest.mark.parametrize(("markup", "words"), BEYOND.values(), ids=BEYOND)
def test_what_is_beyond_bounds_is_cut_in_time_and_said(markup: str, words: str) -> None:
    with in_time():
        made = article_of(capture(markup))
    assert made.text.startswith("Paragraph 1 ")
    assert made.flags[0].startswith("cut: ")
    assert words in made.flags[0]


#: what takes an extractor long and is within bounds, as (reason, markup)
CROWDED = {
    "eight thousand headings": "<h1>a b c d</h1>" * 7_900 + ARTICLE,
    "links without end": ARTICLE + "<a href='/x'>read this more of</a>" * 7_900,
    "containers under long names": "".join(
        f'<div class="c{n} {"a " * 480}"><p>{" ".join(LINES[n % 12].split()[:14])}</p></div>'
        for n in range(900)
    )
    + ARTICLE,
    "broken records": "<script type='application/ld+json'>"
    + '{"@type":"NewsArticle","author":{"name":"a b"},' * 600
    + "</script>" * 60
    + ARTICLE,
    "a record closed by white space": f"<script type='application/ld+json'>{{}} -->{' ' * 200_000}x</script>{ARTICLE}",
    "dates and nothing else": ARTICLE + f"<p>{'Jan 1, 2026 10:00 ' * 15_000}</p>",
}


@pytest.mark.parametrize("markup", CROWDED.values(), ids=CROWDED)
def test_a_crowded_page_is_read_in_time(markup: str) -> None:
    with in_time():
        made = article_of(capture(markup))
    assert "Paragraph 5 says" in made.text
    assert not "".join(made.flags).startswith("cut: ")


# --- any input -------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["@type", "@graph", "author", "name", "datePublished", "articleBody"]), inner
        )
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=60)
@given(JSON)
def test_any_json_ld_is_read(facts: object) -> None:
    record = json.dumps(
        {"@type": "NewsArticle", "headline": facts, "author": facts, "dateModified": facts, "x": facts}
    )
    script = f'<script type="application/ld+json">{record.replace("<", "&lt;")}</script>'
    made = article_of(capture(f"<article>{paragraphs(*LINES)}</article>", script))
    assert "Paragraph 5" in made.text


@settings(deadline=None, max_examples=200)
@given(
    st.text(max_size=60)
    | st.from_regex(r"[JFMD][a-z]{2} \d{1,2},? \d{4} \d{1,2}:\d{2} ?[AP]?M?", fullmatch=True)
)
def test_any_text_is_a_date_or_none(text: str) -> None:
    claim = claim_of(text, "meta")
    assert claim is None or claim.origin == "meta"
    assert all(one.clock is None or one.clock < timedelta(days=1) for one in printed(text))
