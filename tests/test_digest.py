"""The digest: change first, every line checked, page and Markdown twin with the same facts."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
from tell_rows import (
    HOUSE,
    IBARRA,
    LEE,
    NOW,
    OKORO,
    ROTATION,
    TALLY,
    TARGETS,
    VOSS,
    Crawl,
    Silence,
    entry,
    held,
    point,
)

from narrative.errors import UsageError
from narrative.measure.support import lean
from narrative.tell.charts import NARROW, WIDE, describe, narrative_chart
from narrative.tell.digest import Check, Digest, digest, week_days
from narrative.tell.digest_html import MOST_BYTES, render_html
from narrative.tell.digest_lines import MOST_LINES, Line, capped
from narrative.tell.digest_markdown import render_markdown
from narrative.terms import Entry

lee = entry(LEE, "bullish", "2026-01-06", "Small caps will lead this year because nobody owns them")
okoro_then = entry(OKORO, "bullish", "2026-01-05", "We have added to small caps every week since November")
okoro_now = entry(OKORO, "bearish", "2026-01-14", "The rally " + "has run ahead of the balance sheets " * 8)
voss_then = entry(VOSS, "bearish", "2026-01-08", "Valuations leave no room for error", target="mega_cap_tech")
voss_now = entry(
    VOSS, "bearish", "2026-01-15", "We fund everything out of the megacaps", target="mega_cap_tech"
)
house = entry(HOUSE, "bullish", "2026-01-16", "Revisions favor the bottom of the market", reach=2)
holm = entry("Petra Holm, analyst, Coldharbour", "bullish", "2025-10-01", "The discount is too wide")
ibarra = entry(IBARRA, "neutral", "2026-01-13", "It is a coin toss until inflation is known")

NOW_HELD = [
    held(lee),
    held(okoro_then, okoro_now),
    held(voss_then, voss_now),
    held(house),
    held(ibarra),
    held(holm, expired=True),
]
BEFORE = [held(lee), held(okoro_then), held(voss_then), held(holm)]
ENTRIES = [e for s in NOW_HELD for e in s.history]
POINTS = [
    point("2025-W52", 0.1, (2, 1, 1), spread_return=0.01, spread_level=0.01),
    point("2026-W01"),
    point("2026-W02", 0.6, (4, 0, 0), flag="thin", spread_return=0.02, spread_level=0.03),
    point("2026-W03", 0.21, (3, 1, 1), spread_return=-0.013, spread_level=0.016, n_new=4),
]
QUIET = [*POINTS[:-1], replace(POINTS[-1], n_new=0)]
GAP = Silence("https://ledgerpost.example/atom", NOW - timedelta(days=2), NOW)


def checked(supports: Callable[[Entry], bool]) -> Check:
    return Check(supports, lean)


def made(**changes: Any) -> Digest:
    given: dict[str, Any] = {
        "narrative": ROTATION,
        "points": POINTS,
        "standings": NOW_HELD,
        "before": BEFORE,
        "entries": ENTRIES,
        "coverage": Crawl(),
        "week": "2026-W03",
        "targets": TARGETS,
        "check": checked(lambda _: True),
        "spread": "IWM − QQQ",
    }
    return digest(**(given | changes))


def lines(section: str, some: Digest | None = None) -> list[Line]:
    every = some or made()
    return [line for s in (*every.changes, every.voices) if s.heading == section for line in s.lines]


def names(section: str) -> list[str]:
    return [line.entry.voice_name for line in lines(section)]


# --- facts -----------------------------------------------------------------------------------------------

SECTIONS = [
    ("Who flipped", ["Daniel Okoro"], "another label than a week ago"),
    ("New voices", ["Northmoor Securities", "Luis Ibarra"], "no view a week ago"),
    ("New words from known voices", ["Marta Voss"], "the same label, said anew"),
    ("Views that ran out", ["Petra Holm"], "stood a week ago"),
    ("Where they disagree", ["Northmoor Securities", "Daniel Okoro"], "one a side, on a leg with both sides"),
    (
        "Who stands where",
        ["Northmoor Securities", "Ann Lee", "Marta Voss", "Daniel Okoro", "Luis Ibarra"],
        "by camp, and not those that ran out",
    ),
]


@pytest.mark.parametrize(("section", "voices", "reason"), SECTIONS, ids=[row[0] for row in SECTIONS])
def test_who_is_in_which_section(section: str, voices: list[str], reason: str) -> None:
    assert sorted(names(section)) == sorted(voices), reason


def test_camps_are_those_of_the_narrative() -> None:
    camps = {line.entry.voice_name: line.camp for line in lines("Who stands where")}
    assert camps["Marta Voss"] == "bullish"
    assert camps["Daniel Okoro"] == "bearish"


def test_a_week_with_a_new_view_that_moves_nobody_is_not_called_quiet() -> None:
    assert "quiet" not in " ".join(made(standings=BEFORE).headline).lower()  # its point has four new views


LATE = [
    (OKORO, "bullish", "flipped", "bearish", "against the view that stood at the close"),
    (HOUSE, "bullish", "reiterated", None, "the stance that stood"),
    ("Petra Holm, analyst, Coldharbour", "bullish", "new", None, "what stood before ran out"),
    ("Nina Ash, analyst, Cold Bay", "neutral", "new", None, "nothing stood"),
]


@pytest.mark.parametrize(("voice", "stance", "state", "was", "reason"), LATE, ids=[row[4] for row in LATE])
def test_what_came_after_the_close_is_told_apart(
    voice: str, stance: str, state: str, was: str | None, reason: str
) -> None:
    rows = [entry(voice, stance, f"2026-01-{day}", f"Said on the {day}th") for day in (17, 18)]
    some = made(late=[held(*rows)])
    (line,) = lines("After the last close", some)
    assert (line.state, line.was, line.words) == (state, was, "Said on the 18th"), reason
    assert "in no number of this week" in render_markdown(some).lower()
    assert (some.tiles, some.voices, some.headline) == (made().tiles, made().voices, made().headline)
    assert r"\+" not in render_markdown(some), "a number inside a line needs no escape"
    assert "After the last close" not in render_markdown(made())


def test_a_flip_carries_both_views() -> None:
    (line,) = lines("Who flipped")
    assert (line.was, line.was_view) == ("bullish", okoro_then.view)
    assert "turned from bullish to bearish on small caps" in " ".join(made().headline)


def test_quotes_are_capped() -> None:
    (line,) = lines("Who flipped", made(quote_words=10))
    assert len(line.words.split()) == 11
    assert line.words.endswith(" …")
    assert capped("three short words", 3) == "three short words"


HEADLINES = [
    ({}, "Net fell to +0.21 from +0.60: 3 for, 1 against, 1 neutral.", "the change leads"),
    ({"week": "2026-W02"}, "Net stands at +0.60", "nothing to compare with"),
    (
        {"week": "2026-W01"},
        "There is no net this week: no voice with a view that stands.",
        "missing is not zero",
    ),
    ({"coverage": Crawl(polls_failed=3)}, "not fully heard: 3 of 73 polls failed", "broken feeds are said"),
    (
        {"coverage": Crawl(polls_ok=0, polls_failed=9)},
        "No feed was heard this week: all 9 polls",
        "no feed at all",
    ),
    ({"standings": BEFORE, "coverage": None, "points": QUIET}, "A quiet week", "nothing new"),
    (
        {"standings": BEFORE, "points": QUIET, "coverage": Crawl(gaps=(GAP,))},
        "does not mean nothing was said",
        "quiet or deaf",
    ),
]


@pytest.mark.parametrize(("changes", "says", "reason"), HEADLINES, ids=[row[2] for row in HEADLINES])
def test_the_headline(changes: dict[str, Any], says: str, reason: str) -> None:
    assert says in " ".join(made(**changes).headline), reason


def test_pages_that_gave_no_article_are_told_by_reason() -> None:
    reasons = (("empty", 1), ("not in English", 7), ("a", 2), ("b", 2), ("c", 1))
    told = " ".join(made(coverage=Crawl(passed_over=reasons)).coverage)
    assert "13 without an article (7 not in English; 2 a; 2 b; 1 empty; 1 for other reasons)." in told
    assert "without an article" not in " ".join(made(coverage=Crawl()).coverage)


def test_a_week_with_broken_feeds_is_never_called_quiet() -> None:
    some = made(standings=BEFORE, coverage=Crawl(polls_failed=1))
    assert "quiet" not in " ".join(some.headline).lower()


def test_points_after_the_week_are_not_shown() -> None:
    assert [point.label for point in made(week="2026-W02").points] == ["2025-W52", "2026-W01", "2026-W02"]


@pytest.mark.parametrize("week", ["2026-W60", "2026-3", "W03", "2026-W3", "soon", "2026-01-14", ""])
def test_what_is_no_week_is_refused(week: str) -> None:
    with pytest.raises(UsageError, match="2026-W03"):
        week_days(week)


def test_a_week_that_is_not_in_the_series_is_refused() -> None:
    with pytest.raises(UsageError, match="2025-W52 to 2026-W03"):
        made(week="2026-W07")


# --- support ---------------------------------------------------------------------------------------------


def test_unsupported_lines_are_dropped_and_counted() -> None:
    some = made(check=checked(lambda row: row.view != house.view))
    assert house.view not in {line.entry.view for s in (*some.changes, some.voices) for line in s.lines}
    assert some.dropped == 1
    assert any("1 view dropped" in note for note in some.coverage)
    assert house.words not in render_html(some)


def test_a_flip_needs_both_of_its_views() -> None:
    assert lines("Who flipped", made(check=checked(lambda row: row.view != okoro_then.view))) == []


@pytest.mark.parametrize("seed", range(5))
def test_no_corrupted_span_is_printed(seed: int) -> None:
    many = [
        held(entry(f"Voice {n}, analyst, Firm {n}", "bullish", "2026-01-14", f"words of number {n} here"))
        for n in range(60)
    ]
    bad = {s.entry.view for s in random.Random(seed).sample(many, 3)}
    some = made(standings=many, before=[], check=checked(lambda row: row.view not in bad))
    page = render_html(some) + render_markdown(some)
    assert all(s.entry.words not in page for s in many if s.entry.view in bad)
    assert some.dropped == 3


# --- the page --------------------------------------------------------------------------------------------


class Outline(HTMLParser):
    """Collects what a page would fetch or run, its words, and whether its tags close."""

    VOID = frozenset({"meta", "link", "br", "img", "input"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        fetched = [
            name for name, _ in attrs if name in ("src", "srcset", "data", "poster") or name.startswith("on")
        ]
        self.asked += fetched + [tag] * (tag in ("script", "link", "iframe", "object", "embed", "img"))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_page_asks_nothing_of_the_network() -> None:
    page = render_html(made())
    assert Outline(page).asked == []
    assert not re.search(r"url\(|@import", page)
    assert "default-src 'none'" in page
    assert len(page.encode()) < 400_000


def test_the_page_closes_its_tags_and_leaves_no_placeholder() -> None:
    page = render_html(made())
    assert Outline(page).open == []
    assert "$" not in page


def test_the_page_fits_phone_dark_and_print() -> None:
    page = render_html(made())
    for wanted in ("width=device-width", "prefers-color-scheme: dark", "@media print", 'lang="en"'):
        assert wanted in page


def test_page_and_markdown_tell_the_same() -> None:
    some = made(banners=("Simulated dates.",), coverage=Crawl(gaps=(GAP,)))
    page = " ".join(" ".join(Outline(render_html(some)).words).split())
    twin = re.sub(r"\\(.)", r"\1", render_markdown(some))
    sections = (*some.changes, some.voices)
    facts = [*some.banners, *some.headline, *some.coverage, *some.method, *some.ids.values()]
    facts += [line.words for s in sections for line in s.lines] + [note for s in sections for note in s.notes]
    facts += [part for tile in some.tiles for part in (tile.label, tile.value, tile.note)]
    for fact in facts:
        assert fact in page, fact
        assert fact in twin.replace("&gt;", ">"), fact


def test_every_line_names_its_views() -> None:
    some = made()
    for s in (*some.changes, some.voices):
        assert all(line.entry.view in some.ids for line in s.lines)


def test_many_voices_stay_under_the_size() -> None:
    many = [
        held(
            entry(
                f"Voice {n}, analyst, Firm {n}", "bullish", "2026-01-14", f"number {n} " + "long words " * 60
            )
        )
        for n in range(400)
    ]
    some = made(standings=many, before=[])
    assert len(render_html(some).encode()) < 400_000
    new = next(s for s in some.changes if s.heading == "New voices")
    assert (len(new.lines), new.more) == (MOST_LINES, 400 - MOST_LINES)
    assert "and 388 more lines" in render_markdown(some)


HOSTILE = "</blockquote><script>alert(1)</script>\x1b[31m\u202e![x](http://evil.example/x.png)"


BAD = replace(
    house, words=HOSTILE, voice_name=HOSTILE, outlet=HOSTILE, url="javascript:alert(1)", condition=HOSTILE
)
ROWS_HOSTILE = [held(BAD)]


def test_hostile_text_stays_text() -> None:
    some = made(standings=ROWS_HOSTILE, banners=(HOSTILE,))
    page, twin = render_html(some), render_markdown(some)
    assert Outline(page).asked == []
    assert "javascript:" not in page + twin
    assert "<script" not in twin
    assert not re.search(r"(?<!\\)!?(?<!\\)\[x", twin)
    assert not re.search("[\x1b\u202e]", page + twin)


# --- the chart -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("count", [1, 2, 4], ids=lambda n: f"{n} weeks")
@pytest.mark.parametrize("spread", ["IWM − QQQ", ""], ids=["spread", "no spread"])
def test_the_chart_is_whole_and_inside_its_frame(size: Any, count: int, spread: str) -> None:
    root = ElementTree.fromstring(narrative_chart(POINTS[-count:], "Net", spread, size))
    width, height = (float(part) for part in root.attrib["viewBox"].split()[2:])
    for mark in root.iter():
        for name, most in (("x", width), ("cx", width), ("y", height), ("cy", height)):
            if name in mark.attrib:
                assert 0 <= float(mark.attrib[name]) <= most


def test_the_chart_can_be_read_aloud() -> None:
    chart = narrative_chart(POINTS, "Net & more", "IWM − QQQ")
    root = ElementTree.fromstring(chart)
    space = "{http://www.w3.org/2000/svg}"
    assert root.attrib["role"] == "img"
    assert root.findtext(f"{space}title") == "Net & more"
    assert root.findtext(f"{space}desc") == describe(POINTS, "IWM − QQQ")
    assert "lowest +0.10 in 2025-W52, highest +0.60 in 2026-W02, last +0.21" in chart


def test_a_missing_week_breaks_the_line() -> None:
    whole = [point(f"2026-W0{n}", 0.1 * n, (3, 1, 1)) for n in range(1, 5)]
    assert narrative_chart(whole, "Net", "").count("<polyline") == 1
    assert narrative_chart([*whole[:2], point("2026-W03"), whole[3]], "Net", "").count("<polyline") == 2


def test_a_thin_week_is_hollow() -> None:
    chart = narrative_chart(POINTS, "Net", "")
    assert chart.count('fill="var(--paper)"') == 1


def test_a_chart_without_any_net_says_so() -> None:
    assert describe([point("2026-W01")], "") == "No week has a net."
    ElementTree.fromstring(narrative_chart([point("2026-W01")], "Net", ""))


# --- arguments, loudness, dots ---------------------------------------------------------------------------

EARLIER = [
    entry(
        f"Voice {n}, analyst, Firm {n}", "bullish", "2026-01-06", "Small caps are cheap against their history"
    )
    for n in range(20)
]
REFINANCE = entry(LEE, "bearish", "2026-01-14", "Refinancing walls and tariffs will hurt small caps")
AGAIN = entry(VOSS, "bearish", "2026-01-15", "Small companies must refinance, and a tariff hurts")
CHEAP = entry(IBARRA, "bullish", "2026-01-15", "They are cheap against history")


def test_new_arguments_are_words_that_nobody_had_used() -> None:
    (line,) = lines("New arguments", made(entries=[*EARLIER, REFINANCE, AGAIN, CHEAP]))
    assert line.entry.view == REFINANCE.view, (
        "the second voice says it after her, the third says what was said"
    )
    assert line.told == "not said here before: refinancing, walls, tariffs, hurt"


def test_with_little_said_before_nothing_is_called_new() -> None:
    some = made(entries=[*EARLIER[:19], REFINANCE])
    (section,) = (s for s in some.changes if s.heading == "New arguments")
    assert section.lines == ()
    assert section.empty.startswith("Too little was said")


def test_the_loudest_are_in_most_stories() -> None:
    copies = [
        replace(REFINANCE, view=f"copy{n}", story=f"story{n}", echo_of=REFINANCE.view) for n in range(2)
    ]
    (line,) = lines("Loudest voices", made(entries=[*EARLIER, REFINANCE, *copies, CHEAP]))
    assert (line.entry.view, line.told) == (REFINANCE.view, "3 stories in 1 outlet this week")


def test_the_dots_are_the_voices_and_their_mean_is_the_net() -> None:
    dots = made().dots.marks
    standing = [s for s in NOW_HELD if s.counted]
    assert {dot.name for dot in dots} == {s.voice_name for s in standing}
    assert sum(dot.support for dot in dots) / len(dots) == pytest.approx(TALLY(standing, ROTATION.legs).value)
    assert [dot.name for dot in dots if not dot.fresh] == ["Ann Lee"]


def test_a_page_that_would_be_too_large_has_fewer_lines() -> None:
    quotes = '"&<' * 400
    many = [
        held(
            entry(
                f"{n}{quotes}, analyst, {quotes}", "bullish", "2026-01-14", f"{n} {quotes}", condition=quotes
            )
        )
        for n in range(400)
    ]
    some = made(standings=many, before=[])
    assert len(render_html(some, 10**9).encode()) > MOST_BYTES > len(render_html(some).encode())
    assert "more line" in render_html(some)
