"""A whole article with its marks: what lies in what, what crosses, what is told under a paragraph, which version it is."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from narrative.commands import cli
from narrative.errors import UsageError
from narrative.ledger.shown import Shown
from narrative.targets import load_targets
from narrative.tell.annotated import Mark, drawn, marks_of, paragraphs, render_article
from narrative.terms import Mention, Span
from tests.full_ledger import full_ledger
from tests.ledger_rows import FIRST, LARGE, SECOND, SMALL, START, Quote, day, ledger, reading

TARGETS = load_targets()
SEEN = datetime(2026, 1, 12, 16, tzinfo=UTC)
TEXT = "abcdefghij klm"


def marks(*rows: tuple[int, int, str]) -> list[Mark]:
    """Marks as `marks_of` orders them."""
    made = [Mark(Span(start, end), label, rank) for rank, (start, end, label) in enumerate(rows)]
    return sorted(made, key=lambda m: (m.span.start, -m.span.end, m.rank, m.label))


DRAWN = [
    ([], "abcdefghij klm", "nothing is marked"),
    ([(2, 5, "x")], "ab[x cde]fghij klm", "one"),
    ([(2, 5, "x"), (5, 7, "y")], "ab[x cde][y fg]hij klm", "one behind the other"),
    ([(1, 8, "x"), (3, 5, "y")], "a[x bc[y de]fgh]ij klm", "one in the other"),
    ([(2, 5, "x"), (2, 5, "y")], "ab[x [y cde]]fghij klm", "the same words: the lower rank outside"),
    ([(1, 5, "x"), (3, 8, "y")], "a[x bc[y de]][y fgh]ij klm", "crossing: the inner one is opened again"),
    ([(1, 5, "x"), (3, 8, "y"), (4, 6, "z")], "a[x bc[y d[z e]]][y [z f]gh]ij klm", "two cross one"),
    ([(0, 14, "x")], "[x abcdefghij klm]", "all of it"),
    ([(10, 14, "x")], "abcdefghij[x  klm]", "white space at an end stays"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "text", "reason"), DRAWN, ids=[row[2] for row in DRAWN])
def test_marks_are_drawn_where_they_lie(rows: list[tuple[int, int, str]], text: str, reason: str) -> None:
    assert drawn(TEXT, Span(0, len(TEXT)), marks(*rows)) == text, reason


def test_a_mark_over_two_paragraphs_is_drawn_in_both() -> None:
    text = "one two\n\nthree"
    found = marks((4, 12, "x"))
    assert [drawn(text, place, found) for place in paragraphs(text)] == ["one [x two]", "[x thr]ee"]


SPANS = st.lists(
    st.tuples(st.integers(0, 14), st.integers(1, 14)).map(lambda s: (s[0], s[0] + s[1])), max_size=6
)


@given(SPANS)
def test_any_marks_are_closed_and_leave_the_text_as_it_is(spans: list[tuple[int, int]]) -> None:
    text = "abcdefghijklmno"
    rows = [(start, min(end, len(text)), f"m{number}") for number, (start, end) in enumerate(spans)]
    found = drawn(text, Span(0, len(text)), marks(*rows))
    assert re.sub(r"\[m\d |\]", "", found) == text
    depth = 0
    for letter in found:
        depth += (letter == "[") - (letter == "]")
        assert depth >= 0
    assert depth == 0
    for start, end, label in rows:
        inside, stack, at = set(), [], 0
        for piece in re.findall(r"\[m\d |\]|.", found):
            if piece.startswith("[m"):
                stack.append(piece[1:-1])
            elif piece == "]":
                stack.pop()
            else:
                inside |= {at} if label in stack else set()
                at += 1
        assert inside == set(range(start, end))


def shown(*quotes: Quote, **changes: object) -> Shown:
    return Shown(reading(*quotes, **changes), SEEN, {}, False, frozenset())  # type: ignore[arg-type]


def test_under_a_paragraph_stands_who_says_there_what() -> None:
    told = " ".join(render_article(shown(SMALL, LARGE), TARGETS).split())
    assert f"“[1 content {SMALL.words}],”[1 cue sai]d[1 source Ann Lee]." in told
    assert "1 Ann Lee, strategist, Harbor Lane (direct) named beside the cue bullish on small caps" in told
    assert f"“[2 content {LARGE.words}],”[2 cue sai]d[2 source Tom Ode]." in told
    assert "2 Tom Ode, strategist, Kestrel (direct) named beside the cue bearish on mega-cap tech" in told
    assert (
        told.index("[1 content")
        < told.index("1 Ann Lee")
        < told.index("[2 content")
        < told.index("2 Tom Ode")
    )
    assert "[person [figure " in told or "[figure " in told
    assert told.endswith("2 statements, 2 views, 1 name, 1 figure")


QUALIFIED = [
    (replace(SMALL, abstained=True), "abstained", "the model abstained"),
    (replace(SMALL, past=True), "speaks of the past", "the past"),
    (replace(SMALL, dup=True), "repeated on the page, not judged", "a repeat"),
    (replace(SMALL, stances={}), "no view on any target", "judged on nothing"),
    (replace(SMALL, speaker=None, firm=None), "1 strategist (direct)", "nobody is named"),
]


@pytest.mark.parametrize(("quote", "says", "reason"), QUALIFIED, ids=[row[2] for row in QUALIFIED])
def test_what_qualifies_a_statement_is_told(quote: Quote, says: str, reason: str) -> None:
    assert says in " ".join(render_article(shown(quote), TARGETS).split()), reason


def test_a_teaser_says_why_it_was_not_read() -> None:
    assert "not read further: paywall" in render_article(shown(stub="paywall"), TARGETS)


def test_marks_outside_the_text_are_left_out() -> None:
    made = reading(SMALL)
    lost = replace(
        made, mentions=(Mention("person", Span(5, 10_000), "x", "x"), Mention("person", Span(7, 7), "", "x"))
    )
    assert not [mark for mark in marks_of(lost, {made.statements[0].id: 1}) if mark.label == "person"]


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("color", [False, True])
def test_a_hostile_page_fits_the_terminal_and_commands_nothing(width: int, color: bool) -> None:
    lead = "\x1b]0;x\x07Said \u202eAnn\x9b31m: \x1b[2J " + "x" * 300
    bare = re.sub(
        r"\x1b\[[\d;]*m", "", render_article(shown(SMALL, lead=lead), TARGETS, width=width, color=color)
    )
    assert all(letter.isprintable() or letter == "\n" for letter in bare)
    assert max(map(len, bare.splitlines())) <= width


# --- which article ------------------------------------------------------------------------------------------------


def test_an_article_is_found_by_its_id_and_by_its_address(tmp_path: Path) -> None:
    book, _ = ledger(tmp_path)
    with book:
        first, second = reading(SMALL), reading(LARGE, url="https://two.example/b")
        book.keep_reading(first)
        book.keep_reading(second)
        for what in (
            first.article.id,
            first.article.id[:8],
            first.article.id.upper(),
            " https://one.example/a ",
        ):
            found = book.show(what)
            assert (found.reading.article, found.reading.views) == (first.article, first.views)
        with pytest.raises(UsageError, match="no article has an id beginning with 'zz'"):
            book.show("zz")
        with pytest.raises(UsageError, match="no article"):
            book.show(" ")


def test_an_ambiguous_id_names_some(tmp_path: Path) -> None:
    book, _ = ledger(tmp_path)
    with book:
        for number in range(40):
            book.keep_reading(reading(SMALL, url=f"https://one.example/{number}"))
        ids = sorted(row["id"] for row in book.store.rows("SELECT id FROM articles"))
        shared = next(a[0] for a, b in pairwise(ids) if a[0] == b[0])
        with pytest.raises(
            UsageError, match=f"several articles have ids beginning with '{shared}': {shared}"
        ):
            book.show(shared)


def test_the_last_reading_by_a_moment_is_shown_with_the_corrections_of_then(tmp_path: Path) -> None:
    book, _ = full_ledger(tmp_path)
    with book:
        now, then = book.show("https://one.example/a"), book.show("https://one.example/a", known_at=day(1))
        assert (now.reading.vintage, then.reading.vintage) == (SECOND, FIRST)
        assert (list(now.corrections.values()), then.corrections) == (["bearish"], {})
        assert "by hand, the model said" in " ".join(render_article(now, TARGETS).split())
        with pytest.raises(UsageError, match="no article"):
            book.show("https://two.example/b", known_at=day(1))


def test_the_command(tmp_path: Path) -> None:
    book, _ = ledger(tmp_path)
    with book:
        made = reading(SMALL, at=START)
        book.keep_reading(made)
    run = CliRunner(env={"COLUMNS": "60"})
    told = run.invoke(cli, ["show", made.article.id[:6], "--db", str(tmp_path / "narrative.db")])
    assert told.exit_code == 0, told.output
    assert "[1 cue sai]" in " ".join(told.output.split())
    assert max(map(len, told.output.splitlines())) <= 60
    document = json.loads(
        run.invoke(
            cli, ["show", "https://one.example/a", "--json", "--db", str(tmp_path / "narrative.db")]
        ).output
    )
    assert (document["id"], document["text"]) == (made.article.id, made.article.text)
    assert [view["target"] for view in document["views"]] == ["small_caps"]
