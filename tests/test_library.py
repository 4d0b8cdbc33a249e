"""What `import narrative` gives: the example in its own documentation as it stands, the types, what is refused."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
import textwrap
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import narrative
from narrative import library
from narrative.errors import NarrativeError, UsageError
from narrative.ledger import Ledger
from narrative.terms import Claim
from tests.ledger_rows import LARGE, SMALL, START, day, ledger, reading

THEN = datetime(2026, 1, 20, 22, tzinfo=UTC)
WORDS = "“Small caps will rise this year,” said Ann Lee, chief strategist at Harbor Lane Capital."
EXAMPLE = textwrap.dedent(
    "\n".join(re.findall(r"^    .*|^$", inspect.getdoc(narrative) or "", re.MULTILINE))
).strip()


def fill(folder: Path) -> None:
    """Write narrative.db with two voices in two weeks."""
    book, clock = ledger(folder)
    with book:
        book.keep_reading(reading(SMALL, LARGE, published=Claim(START, "meta")))
        clock.advance_to(day(6))
        again = reading(SMALL, url="https://two.example/b", at=day(6), published=Claim(day(6), "meta"))
        book.keep_reading(again)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    fill(tmp_path)
    return tmp_path / "narrative.db"


def test_the_example_runs_as_it_stands(tmp_path: Path) -> None:
    fill(tmp_path)
    ran = subprocess.run(
        [sys.executable, "-W", "error:::__main__", "-c", EXAMPLE],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    assert "small caps: 1 bullish" in ran.stdout
    assert re.search(r"^2026-W03 0\.\d+ 2 0 0$", ran.stdout, re.MULTILINE)
    assert re.search(r"2026-02-13 +-?\d\.\d+ ", ran.stdout)
    assert re.search(r"^bullish small_caps 0\.\d+$", ran.stdout, re.MULTILINE)
    assert (tmp_path / "digest.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_each_function_is_there_documented_and_fully_typed() -> None:
    assert (
        set(library.__all__)
        == set(narrative.__all__)
        == {"Flags", "ask", "digest", "factor", "open", "reading", "series"}
    )
    for name in narrative.__all__:
        function = getattr(narrative, name)
        signature = inspect.signature(function)
        assert inspect.getdoc(function)
        assert name == "Flags" or signature.return_annotation is not inspect.Signature.empty
        for parameter in signature.parameters.values():
            assert parameter.annotation is not inspect.Parameter.empty, f"{name}({parameter.name})"
            assert parameter.kind is not inspect.Parameter.VAR_KEYWORD, f"{name} hides what it takes"


def test_a_ledger_is_given_open_or_by_its_path(db: Path) -> None:
    question = "who is bullish on small caps"
    by_path = narrative.ask(db, question, as_of=THEN).text()
    with narrative.open(db) as opened:
        assert isinstance(opened, Ledger)
        assert narrative.ask(opened, question, as_of=THEN).text() == by_path
        assert narrative.series(opened, "rotation", as_of=THEN) == narrative.series(
            str(db), "rotation", as_of=THEN
        )
        week = narrative.digest(opened, "rotation", week="2026-W03", as_of=THEN)
    assert (week.week, "Ann Lee" in week.markdown) == ("2026-W03", True)


def test_a_text_is_read() -> None:
    found = narrative.reading(WORDS, outlet="The Example", published=THEN)
    assert found.article.text == WORDS
    assert found.article.published == Claim(THEN, "given")
    (statement,) = found.statements
    assert (statement.speaker, statement.firm) == ("Ann Lee", "Harbor Lane Capital")
    assert statement.words(WORDS) == "Small caps will rise this year"
    assert [(view.statement, view.target, view.stance) for view in found.views] == [
        (statement.id, "small_caps", "bullish")
    ]


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(NarrativeError, match="the text is empty"):
        narrative.reading("  \n")


def test_read_names_the_function_that_is_meant() -> None:
    """In a fresh process, where nobody has imported the package of that name."""
    code = "import narrative\ntry:\n narrative.read\nexcept AttributeError as error:\n print(error)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "a text is read by narrative.reading(text)" in ran.stdout


@pytest.mark.parametrize("name", ["ask", "digest", "factor", "series"])
@pytest.mark.parametrize("moment", ["as_of", "known_at"])
def test_a_time_without_a_zone_is_refused(name: str, moment: str, db: Path) -> None:
    with pytest.raises(UsageError, match="has no zone"):
        getattr(narrative, name)(db, "rotation", **{moment: datetime(2026, 1, 20)})  # noqa: DTZ001


def test_a_ledger_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no ledger"):
        narrative.ask(tmp_path / "none.db", "who is bullish on small caps")


NO_TIMES = [
    # the argument, what is given, (what is said), why
    ("as_of", "2026-02-14", "is no time; give an aware datetime", "text"),
    ("as_of", date(2026, 2, 14), "is no time; give an aware datetime", "a day, which ends where?"),
    ("known_at", 20260214, "is no time; give an aware datetime", "a number"),
    ("start", "2026-02-14", "is no day; give a date", "text for a day"),
    ("end", datetime(2026, 2, 14, tzinfo=UTC), "is no day; give a date", "an instant for a day"),
]


@pytest.mark.parametrize(("argument", "value", "words", "reason"), NO_TIMES, ids=[row[3] for row in NO_TIMES])
@pytest.mark.parametrize("name", ["ask", "series", "digest", "factor"])
def test_what_is_no_time_is_refused(
    name: str, argument: str, value: object, words: str, reason: str, db: Path
) -> None:
    call = getattr(narrative, name)
    if argument not in inspect.signature(call).parameters:
        pytest.skip("it has no such argument")
    with pytest.raises(UsageError, match=words):
        call(db, "rotation", **{argument: value})


def test_a_publication_is_a_day_or_an_aware_instant() -> None:
    for value, words in (("2026-02-14", "is no time"), (datetime(2026, 2, 14), "has no zone")):  # noqa: DTZ001 -- the point
        with pytest.raises(UsageError, match=words):
            narrative.reading(WORDS, published=value)  # type: ignore[arg-type]
