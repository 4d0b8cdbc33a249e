"""Which of several views of one page stands, and that `why` says so by which rule."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from narrative.commands import why as why_command
from narrative.measure.sessions import load_sessions
from narrative.measure.stance import current
from narrative.rivals import same_page
from narrative.terms import Reading
from tests.ledger_rows import LARGE, Quote, day, ledger, reading

WORDS = (
    "We raised our target for small caps",
    "Small caps may well fall if yields rise",
    "We own small caps",
)
STANCES = ("bullish", "bearish", "neutral")
PLAIN: dict[str, Any] = {}
RULES = [
    # what is changed in the first, second and third view, (which stands), why
    ((PLAIN, PLAIN, PLAIN), 0, "the surest, where all are plain"),
    (({"bullish": 0.6, "bearish": 0.3}, PLAIN, PLAIN), 1, "the surest, whichever comes first"),
    (({"hedged": True}, PLAIN, {"hedged": True}), 1, "an unhedged one before hedged ones"),
    (({"condition": "rates fall"}, {"hedged": True}, {"condition": "so"}), 1, "an unconditional one, though hedged"),
    (({"condition": "a"}, {"condition": "b", "hedged": True}, {"condition": "c"}), 0, "of conditional ones the unhedged"),
]  # fmt: skip


def page(changes: tuple[dict[str, Any], ...]) -> Reading:
    """A page in which one voice takes three sides on one target, and another speaks of something else."""
    said = [
        Quote(words, stances={"small_caps": stance}) for words, stance in zip(WORDS, STANCES, strict=True)
    ]
    made = reading(*said, LARGE)
    views = [replace(view, **change) for view, change in zip(made.views, (*changes, PLAIN), strict=True)]
    return replace(made, views=tuple(views))


@pytest.mark.parametrize(("changes", "stands", "reason"), RULES, ids=[row[2] for row in RULES])
def test_why_says_which_view_of_a_page_stands(
    changes: tuple[dict[str, Any], ...], stands: int, reason: str, tmp_path: Path
) -> None:
    made, (book, _) = page(changes), ledger(tmp_path)
    with book:
        book.keep_reading(made)
        entries = {entry.view: entry for entry in book.entries()}
        small = [view.id for view in made.views if view.target == "small_caps"]
        (standing,) = [
            s for s in current(entries.values(), day(1), load_sessions()) if s.target == "small_caps"
        ]
        for view in small:
            rivals = same_page(book, entries[view])
            assert rivals[0] == standing.entry == entries[small[stands]], reason
            assert {rival.view for rival in rivals} == set(small)
        (alone,) = same_page(book, entries[made.views[-1].id])
        assert alone.view == made.views[-1].id
    for view in small:
        told = shown(tmp_path, view)
        which = "this one stands" if view == small[stands] else f"view {small[stands][:4]}"
        assert f"Ann Lee has 3 views on small caps here, of which {which}" in told
        assert (
            "an unconditional one before a conditional one, then an unhedged one before a hedged one" in told
        )
        assert json.loads(shown(tmp_path, view, "--json"))["same_page"][0] == small[stands]
    assert "In its page" not in shown(tmp_path, made.views[-1].id)


def test_a_view_that_is_not_counted_has_no_rivals(tmp_path: Path) -> None:
    made, (book, _) = page(({"past": True}, PLAIN, PLAIN)), ledger(tmp_path)
    with book:
        book.keep_reading(made)
        found = {entry.view: same_page(book, entry) for entry in book.entries()}
    assert found[made.views[0].id] == ()
    assert len(found[made.views[1].id]) == 2


def test_a_view_that_repeats_another_names_it_in_short(tmp_path: Path) -> None:
    book, clock = ledger(tmp_path)
    with book:
        for number in range(2):
            clock.advance_to(day(number))
            made = reading(Quote(WORDS[0]), url=f"https://one.example/{number}", at=day(number))
            book.keep_reading(made)
        first, second = book.entries()
    assert second.echo_of == first.view
    told = shown(tmp_path, second.view)
    assert f"it repeats view {first.view[:4]}" in told
    assert first.view not in told


def shown(folder: Path, *asked: str) -> str:
    ran = CliRunner().invoke(why_command.command, [*asked, "--db", str(folder / "narrative.db")])
    assert ran.exit_code == 0, ran.output
    return ran.output if "--json" in asked else " ".join(ran.output.split())
