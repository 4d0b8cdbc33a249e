"""Audit: cells come out again from what was known at their time, and a figure that knew more is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrative import exporting
from narrative.auditing import Audit, Difference, audit
from narrative.clock import SimulatedClock
from narrative.commands.audit import lines
from narrative.errors import UsageError
from narrative.ledger import Ledger
from narrative.measure.flow import Parameters
from narrative.measure.recount import recount
from narrative.terms import Claim, Entry
from tests.ledger_rows import SECOND, Quote, day, ledger, reading
from tests.measure_rows import ROTATION, XNYS, row, rows
from tests.shell import narrative

PEOPLE = (("Ann Lee", "Harbor Lane"), ("Tom Ode", "Kestrel"), ("Ida Moss", "Fenwick"), (None, "Larkmoor"))
STANCES = ("bullish", "bearish", "neutral")


def weeks(folder: Path) -> tuple[Ledger, SimulatedClock]:
    """Return a ledger of four weeks with copies, echoes, revisions, undated pages and a second vintage."""
    book, clock = ledger(folder)
    for number in range(28):
        clock.advance_to(day(number))
        speaker, firm = PEOPLE[number % 4]
        target = ("small_caps", "mega_cap_tech", "small_caps")[number % 3]
        words = f"Reason {'abcdefghijklmnopqrstuvwxyz'[number % 5]} makes them move a long way in this year of ours"
        quote = Quote(words, speaker, firm, {target: STANCES[number % 3]})
        published = None if number % 7 == 3 else Claim(day(number - number % 4), "meta")
        url = f"https://one.example/{number - (number % 6 == 5)}"
        made = reading(quote, url=url, at=day(number), published=published, outlet=f"Outlet {number % 3}")
        book.keep_reading(made)
        if number % 9 == 8:
            book.keep_reading(replace(made, vintage=SECOND, views=made.views[:0]))
    return book, clock


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory):
    book, clock = weeks(tmp_path_factory.mktemp("weeks"))
    clock.advance_to(day(35))
    exporting.publish(book, "rotation", clock=clock)
    with book:
        yield book, clock


def test_every_cell_comes_out_again(opened) -> None:
    book, clock = opened
    found = audit(book, cells=1000, seed=1, clock=clock)
    assert found.differences == ()
    assert len(found.cells) == found.all_cells > 20
    assert found.published == found.all_published > 20
    assert "rotation" in {name for name, _ in found.cells}


def test_a_seed_draws_the_same_cells(opened) -> None:
    book, clock = opened
    draws = [audit(book, cells=5, seed=seed, clock=clock) for seed in (7, 7, 8)]
    assert draws[0] == draws[1]
    assert draws[0].cells != draws[2].cells
    assert len(draws[0].cells) == draws[0].published == 5


def test_an_empty_ledger_has_nothing_to_recompute(tmp_path: Path) -> None:
    book, clock = ledger(tmp_path)
    with book:
        found = audit(book, seed=1, clock=clock)
    assert (found.cells, found.published, found.differences) == ((), 0, ())
    assert list(lines(found))[-1] == "result     no differences"


def test_an_unknown_narrative_is_refused(opened) -> None:
    book, clock = opened
    with pytest.raises(UsageError, match="unknown narrative 'moon'"):
        audit(book, narratives=["moon"], seed=1, clock=clock)


def given_out(book: Ledger) -> dict[str, Any]:
    return dict(book.published_factor("rotation")[5])


FALSE_ROWS = [
    pytest.param({"net": 0.987}, "net", id="a value nobody computed"),
    pytest.param({"factor": None}, "factor", id="a value that is missing"),
    pytest.param({"n": 99}, "n", id="a count"),
    pytest.param({"flag": "ok "}, "flag", id="a flag"),
    pytest.param(
        {"computed_at": "2026-01-02T00:00:00+00:00", "net": 0.5},
        "had not closed",
        id="computed before its session",
    ),
    pytest.param({"params": "{"}, "cannot be computed again", id="parameters that are none"),
    pytest.param(
        {"params": '{"half_life": -1}'}, "cannot be computed again", id="parameters that make no sense"
    ),
]


@pytest.mark.parametrize(("changes", "words"), FALSE_ROWS)
def test_a_published_row_that_says_otherwise_is_found(
    tmp_path: Path, changes: Mapping[str, Any], words: str
) -> None:
    book, clock = weeks(tmp_path)
    clock.advance_to(day(35))
    with book:
        exporting.publish(book, "rotation", clock=clock)
        book.publish_factor([given_out(book) | dict(changes)])
        found = audit(book, narratives=["rotation"], cells=1000, seed=1, clock=clock)
    assert [words in difference.where for difference in found.differences] == [True]


def test_what_is_corrected_later_leaves_published_rows_as_they_were(tmp_path: Path) -> None:
    book, clock = weeks(tmp_path)
    clock.advance_to(day(35))
    with book:
        exporting.publish(book, "rotation", clock=clock)
        clock.advance_to(day(36))
        book.correct(book.entries(targets=["small_caps"])[0].view, "neutral", "he asks, she does not say so")
        assert audit(book, cells=1000, seed=1, clock=clock).differences == ()


def test_the_lines_tell_what_differs() -> None:
    found = Audit(
        3,
        (("rotation", date(2026, 1, 14)),),
        9,
        0,
        0,
        (Difference("rotation 2026-01-14 series, net", 0.5, 0.25),),
    )
    assert list(lines(found))[-2:] == [
        "differs    rotation 2026-01-14 series, net: 0.5, again 0.25",
        "result     1 difference",
    ]


def test_the_command_recomputes(tmp_path: Path) -> None:
    weeks(tmp_path)[0].close()
    ran = narrative("audit", "--cells", "3", "--seed", "5", "--narrative", "rotation", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("seed       5\nsessions   3 of ")
    assert ran.out.endswith("result     no differences\n")


# --- the plain definitions against the passes over time ------------------------------------------------------

MADE = st.builds(
    lambda day, score, voice, target, said, story: row(
        f"2026-01-{day:02}T12:00",
        score,
        voice=voice,
        target=target,
        published=f"2026-01-{max(day - said, 1):02}T11:00",
        story=story,
        article=f"{story}-{day}",
    ),
    st.integers(5, 30),
    st.sampled_from((-1.0, -0.35, 0.0, 0.6, 1.0)),
    st.sampled_from("abc"),
    st.sampled_from(sorted(ROTATION)),
    st.integers(0, 9),
    st.sampled_from("xyz"),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(MADE, max_size=12, unique_by=lambda entry: entry.view),
    st.integers(1, 9),
    st.sampled_from((0, 30)),
)
def test_the_definitions_and_the_passes_agree(entries: list[Entry], half_life: int, cutoff: int) -> None:
    parameters = Parameters(half_life=half_life, cutoff_minutes=cutoff, expiry_sessions=4)
    made = asdict(parameters) | {"weights": ()}
    table = rows(*entries, legs=ROTATION, start="2026-01-05", end="2026-02-06", **made)
    for label, found in table.items():
        again = recount(entries, ROTATION, XNYS, date.fromisoformat(label), parameters, undated=False)
        assert (again.n, again.n_voices) == (found.n, found.n_voices)
        assert again.net == pytest.approx(found.net, abs=1e-12)
        assert again.factor == pytest.approx(found.factor, abs=1e-12)
        assert (again.w_sum, again.support_sum) == pytest.approx((found.w_sum, found.support_sum), abs=1e-12)


def test_the_recount_sees_nothing_after_its_session() -> None:
    late = row("2026-01-15T12:00", -1.0, voice="b")
    before = recount([row("2026-01-13T12:00")], ROTATION, XNYS, date(2026, 1, 14), Parameters(), undated=True)
    assert (
        recount(
            [row("2026-01-13T12:00"), late], ROTATION, XNYS, date(2026, 1, 14), Parameters(), undated=True
        )
        == before
    )
