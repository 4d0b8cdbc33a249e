"""Which statements of a page are one view: the same words of two voices are two, whatever copies make of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from narrative.ledger import Ledger
from narrative.terms import Claim, Entry
from tests.ledger_rows import START, Quote, day, ledger, reading

HERE = Quote("underweight small caps through the winter", "Ann Lee", "Harbor Lane", {"small_caps": "bearish"})
NEWS = "A page of news that two outlets print. " * 30


def said_by(speaker: str | None, firm: str | None) -> Quote:
    """The same words from somebody else."""
    return replace(HERE, speaker=speaker, firm=firm)


def counted(book: Ledger) -> list[Entry]:
    return [entry for entry in book.entries() if entry.echo_of is None and entry.voice_kind != "unnamed"]


ON_ONE_PAGE = [
    ((None, "Harbor Lane"), (None, "Tern Hollow"), 2, "two houses in one list"),
    (("Ann Lee", "Harbor Lane"), ("Tom Ode", "Tern Hollow"), 2, "people of two houses"),
    (("Ann Lee", None), ("Tom Ode", None), 2, "two people without houses"),
    (("Ann Lee", "Harbor Lane"), (None, "Tern Hollow"), 2, "somebody and another house"),
    (
        ("Ann Lee", "Harbor Lane"),
        (None, "Harbor Lane"),
        1,
        "a headline for the house, the text for its strategist",
    ),
    (("Ann Lee", "Harbor Lane"), ("Ann Lee", "Harbor Lane"), 1, "one person twice"),
    (("Ann Lee", "Harbor Lane"), (None, None), 1, "somebody and nobody that is named"),
]


@pytest.mark.parametrize(
    ("one", "other", "views", "reason"), ON_ONE_PAGE, ids=[row[3] for row in ON_ONE_PAGE]
)
def test_the_same_words_on_one_page(
    tmp_path: Path,
    one: tuple[str | None, str | None],
    other: tuple[str | None, str | None],
    views: int,
    reason: str,
) -> None:
    book, _ = ledger(tmp_path)
    with book:
        book.keep_reading(reading(said_by(*one), Quote("Rates will fall", stances={}), said_by(*other)))
        assert len(counted(book)) == views, reason


def test_a_copy_of_a_list_adds_no_view_and_mixes_no_voices(tmp_path: Path) -> None:
    quotes = [said_by(None, house) for house in ("Harbor Lane", "Tern Hollow", "Quernmore")]
    book, clock = ledger(tmp_path)
    with book:
        book.keep_reading(reading(*quotes, lead=NEWS))
        clock.advance_to(day(1))
        book.keep_reading(reading(*reversed(quotes), lead=NEWS, url="https://two.example/b", at=day(1)))
        first = {entry.view: entry for entry in counted(book)}
        assert sorted(entry.voice_name for entry in first.values()) == [
            "Harbor Lane",
            "Quernmore",
            "Tern Hollow",
        ]
        echoes = [entry for entry in book.entries() if entry.echo_of]
        assert len(echoes) == len(quotes)
        assert all(first[entry.echo_of or ""].voice == entry.voice for entry in echoes)


def test_a_copy_that_names_the_speaker_otherwise_is_still_a_copy(tmp_path: Path) -> None:
    book, _ = ledger(tmp_path)
    with book:
        book.keep_reading(reading(HERE, lead=NEWS))
        book.keep_reading(
            reading(said_by(None, "Quernmore"), lead=NEWS, url="https://two.example/b", at=day(0.1))
        )
        assert [entry.voice_name for entry in counted(book)] == ["Ann Lee"]


def test_a_page_that_is_read_again_keeps_its_groups(tmp_path: Path) -> None:
    """Also when the second reading finds the two in another order."""
    two = [said_by(None, house) for house in ("Harbor Lane", "Tern Hollow")]
    book, _ = ledger(tmp_path)
    with book:
        once = reading(*two)
        book.keep_reading(once)
        before = book.store.rows("SELECT voice, echo_group FROM statements ORDER BY voice")
        again = replace(
            once, statements=once.statements[::-1], vintage=replace(once.vintage, model="reader-2")
        )
        book.keep_reading(again)
        after = book.store.rows("SELECT DISTINCT voice, echo_group FROM statements ORDER BY voice")
        assert [tuple(row) for row in after] == [tuple(row) for row in before]


def test_of_copies_read_at_one_instant_the_dated_one_leads(tmp_path: Path) -> None:
    """An undated leader would be in no factor, and the dated copy an echo of it."""
    for name, dates in (("one", (None, Claim(START, "meta"))), ("two", (Claim(START, "meta"), None))):
        (tmp_path / name).mkdir()
        book, _ = ledger(tmp_path / name)
        with book:
            for number, published in enumerate(dates):
                page = reading(HERE, lead=NEWS, url=f"https://{number}.example/", published=published)
                book.keep_reading(page)
            (entry,) = counted(book)
            assert not entry.undated
            assert sum(book.bare_views().columns.counted) == 1
