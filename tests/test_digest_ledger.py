"""The digest of a real ledger: spans and texts that were touched are not printed, weeks unheard are not called quiet."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from narrative import api
from narrative.api import Digested
from narrative.clock import SimulatedClock
from narrative.errors import UsageError
from narrative.ledger import Ledger
from narrative.ledger.support import statement_id
from narrative.read.encoder import Reader
from narrative.read.reader import read_article
from narrative.targets import Targets, load_targets
from narrative.tell.annotated import render_article
from narrative.tell.digest_html import MOST_BYTES
from narrative.tell.why import supported
from narrative.terms import Article, Span
from tests.ledger_rows import Quote, day, ledger, reading

WEEK = "2026-W03"
VOICES = 120


@pytest.fixture
def book(tmp_path: Path) -> tuple[Ledger, SimulatedClock]:
    """A ledger with 120 voices in one week, each with words of its own."""
    made, clock = ledger(tmp_path)
    clock.advance_to(day(2))
    with made.together():
        for n in range(VOICES):
            stance = ("bullish", "bearish")[n % 2]
            words = f"Number{n} says that small caps are where profit{n} will be found by patience{n} alone"
            quote = Quote(words, f"Voice {_name(n)}", f"House {_name(n)}", {"small_caps": stance})
            made.keep_reading(reading(quote, url=f"https://one.example/{n}", at=day(n / 60)))
    clock.advance_to(day(6))
    return made, clock


def test_what_a_digest_lists_is_what_it_counts(tmp_path: Path) -> None:
    """Views at all hours of six weeks, on Friday evenings and on Sundays too: week by week, numbers and lines agree."""
    made, clock = ledger(tmp_path)
    for n in range(40):
        clock.advance_to(day(1.03 * n))
        stance = ("bullish", "bearish", "neutral")[n % 3]
        words = f"Number{n} says that small caps are where profit{n} will be found by patience{n} alone"
        quote = Quote(words, f"Voice {_name(n % 11)}", "House", {"small_caps": stance})
        made.keep_reading(reading(quote, url=f"https://one.example/{n}", at=clock.now()))
    clock.advance_to(day(48))
    after = set()
    for point in api.series(made, "rotation", clock=clock):
        found = api.digest(made, "rotation", week=point.label, clock=clock).digest
        assert {line.entry.view for line in found.voices.lines} == set(point.views), point.label
        sections = {section.heading: section.lines for section in found.changes}
        fresh = [line for name in NEWS for line in sections[name]]
        assert 0 < len(fresh) <= point.n_new
        assert after <= {line.entry.view for line in fresh}, (
            "what came after a close is the news of the next week"
        )
        after = {line.entry.view for line in sections.get("After the last close", ())}
        assert not after & set(point.views)
        assert "quiet" not in " ".join(found.headline).lower()


NEWS = ("Who flipped", "New voices", "New words from known voices")


def _name(number: int) -> str:
    return "".join(chr(97 + int(digit)) for digit in f"{number:03}").capitalize()


def told(book: tuple[Ledger, SimulatedClock], **asked: object) -> Digested:
    made, clock = book
    return api.digest(made, "rotation", week=WEEK, clock=clock, **asked)  # type: ignore[arg-type]


def quotes(digest: Digested) -> set[str]:
    """All quotations of the page and of its twin."""
    return set(re.findall(r"“([^”]+)”", digest.html + re.sub(r"\\(.)", r"\1", digest.markdown)))


def said_in(book: tuple[Ledger, SimulatedClock]) -> set[str]:
    """What the voices said, before anything was touched."""
    return {entry.words for entry in book[0].entries()}


@contextmanager
def unguarded(made: Ledger, table: str) -> Iterator[None]:
    """Take the guard off a table for a block, as somebody with another program would."""
    name = f"{table}_no_update"
    guard = made.store.value("SELECT sql FROM sqlite_master WHERE name = ?", (name,))
    made.store.connection.execute(f"DROP TRIGGER {name}")
    yield
    made.store.connection.execute(guard)


def touch(book: tuple[Ledger, SimulatedClock], seed: int) -> set[str]:
    """Move the ends of the content of a random twentieth of the statements; return their words from before."""
    store, chance = book[0].store, random.Random(seed)
    rows = store.rows("SELECT number, content FROM statements ORDER BY number")
    words = {entry.statement: entry.words for entry in book[0].entries()}
    lost = set()
    for row in chance.sample(list(rows), len(rows) // 20):
        ((start, end),) = json.loads(row["content"])
        moved = [[max(0, start + chance.choice((-9, -1, 1, 5))), end + chance.choice((-4, -1, 1, 2))]]
        identity = store.value("SELECT id FROM statements WHERE number = ?", (row["number"],))
        lost.add(words[identity])
        with unguarded(book[0], "statements"), store.write() as db:
            db.execute(
                "UPDATE statements SET content = ? WHERE number = ?", [json.dumps(moved), row["number"]]
            )
    return lost


@pytest.mark.parametrize("seed", range(8))
def test_touched_spans_leave_no_unsupported_line(book: tuple[Ledger, SimulatedClock], seed: int) -> None:
    before = said_in(book)
    lost = touch(book, seed)
    digest = told(book)
    printed = quotes(digest)
    assert len(lost) == VOICES // 20
    assert printed
    assert printed <= before - lost
    assert 0 < digest.digest.dropped <= len(lost)
    assert f"{digest.digest.dropped} view" in " ".join(digest.digest.coverage)
    dotted = {dot.view for dot in digest.digest.dots.marks}
    assert len(dotted) == VOICES - len(lost), "nor does a voice whose words are gone have a dot"


def test_touched_words_are_told_wherever_they_are_shown(book: tuple[Ledger, SimulatedClock]) -> None:
    """`why` and `show` print what the ledger has now, and say that it is not what was recorded."""
    lost, made = touch(book, 1), book[0]
    known = {entry.view: entry.statement for entry in made.entries()}
    moved = {view for view in known if not supported(made.why(view))}
    assert len(moved) == len(lost)
    for view in known:
        assert made.why(view).intact == (view not in moved)
    pages = [made.show(article) for article in {entry.article for entry in made.entries()}]
    assert {statement for page in pages for statement in page.moved} == {known[view] for view in moved}
    assert "".join(render_article(page, load_targets()) for page in pages).count("UNSUPPORTED") == len(lost)


def test_a_text_that_was_edited_supports_nothing(book: tuple[Ledger, SimulatedClock]) -> None:
    with unguarded(book[0], "texts"), book[0].store.write() as db:
        db.execute(
            "UPDATE texts SET text = replace(text, 'patience7 ', 'impatience ') WHERE text LIKE '%patience7 %'"
        )
    digest = told(book)
    assert not [words for words in quotes(digest) if "impatience" in words]
    assert digest.digest.dropped == 1


def test_without_damage_nothing_is_dropped(book: tuple[Ledger, SimulatedClock]) -> None:
    digest = told(book)
    assert digest.digest.dropped == 0
    assert quotes(digest) <= said_in(book)
    assert all(book[0].supports(entry) for entry in book[0].entries())


def test_ids_of_statements_are_those_that_reading_gives(reader: Reader, targets: Targets) -> None:
    """Support is told from the id of a statement, so the two formulas must be one."""
    text = "“Small caps will lead the market this year,” said Ann Lee, chief strategist at Harbor Pine.\n"
    made = read_article(Article("a1", "", "One", "Small caps", text), reader, targets)
    assert made.statements
    for statement in made.statements:
        assert statement.id == statement_id("a1", statement.content)
    assert statement_id("a1", [Span(1, 2)]) != statement_id("a1", [Span(1, 3)])


def test_quotes_end_where_they_are_told_to(book: tuple[Ledger, SimulatedClock]) -> None:
    for words in quotes(told(book, quote_words=5)):
        assert len(words.removesuffix(" …").split()) <= 5
    with pytest.raises(UsageError, match="0 words"):
        told(book, quote_words=0)


def test_the_page_is_small_and_the_same_twice(book: tuple[Ledger, SimulatedClock]) -> None:
    assert told(book).html == told(book).html
    assert len(told(book).html.encode()) < MOST_BYTES


# --- quiet, broken, stopped --------------------------------------------------------------------------------


def polled(book: tuple[Ledger, SimulatedClock], outcome: str, number: float) -> None:
    """Note one poll of a feed at a day."""
    at = day(number).isoformat(timespec="microseconds")
    with book[0].store.write() as db:
        db.execute(
            "INSERT OR IGNORE INTO feeds VALUES ('https://one.example/feed', ?, ?, NULL, NULL, NULL)",
            [at, at],
        )
        db.execute(
            "INSERT INTO polls (feed, at, outcome, status, entries, new, note, next_at) VALUES"
            " ('https://one.example/feed', ?, ?, 200, 3, 1, '', ?)",
            [at, outcome, at],
        )


LATER = "2026-W04"
STATES = [
    ([], "A quiet week", "a ledger without a crawl cannot have missed a poll"),
    ([("ok", 0.0), *(("ok", n) for n in range(7, 14))], "A quiet week", "all polls were answered"),
    ([("ok", 0.0), *(("ok", n) for n in (7, 8, 9)), ("server_error", 10.0)], "not fully heard", "one failed"),
    ([("ok", 0.0), *(("server_error", n) for n in range(7, 14))], "No feed was heard", "all failed"),
    ([("ok", 0.0)], "No feed was asked", "the crawler did not run"),
]


@pytest.mark.parametrize(("polls", "says", "reason"), STATES, ids=[row[2] for row in STATES])
def test_quiet_broken_or_stopped(
    book: tuple[Ledger, SimulatedClock], polls: list[tuple[str, float]], says: str, reason: str
) -> None:
    for outcome, number in polls:
        polled(book, outcome, number)
    book[1].advance_to(day(13) + timedelta(hours=20))
    digest = api.digest(book[0], "rotation", week=LATER, clock=book[1])
    headline = " ".join(digest.digest.headline)
    assert says in headline, reason
    assert ("quiet" in headline.lower()) == (says == "A quiet week")
    assert says in digest.html
    assert says in digest.markdown
