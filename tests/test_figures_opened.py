"""What a figure opens to: its rows and the arithmetic on them, against the series that printed it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from narrative import api
from narrative.errors import NarrativeError, UsageError
from narrative.ledger import Ledger
from narrative.targets import load_narrative
from narrative.tell.figures import Behind, History, Reference, Weighed, render_figure
from narrative.terms import Claim
from tests.ledger_rows import LARGE, SMALL, Quote, day, ledger, reading
from tests.tell_rows import LEE, VOSS, entry, point

ROTATION = load_narrative("rotation")
WORDS = (
    "Small companies have the better year ahead of them, whatever the market thinks today",
    "Nobody should own the small names into a recession that everybody can see coming",
    "The Russell will stay where it is until the central bank says what it means to do",
    "We sold every small company that lives on borrowed money and kept those that do not",
)
STANCES = ("bullish", "bearish", "neutral", "bearish")
LATER = datetime(2026, 3, 9, 12, tzinfo=UTC)


@pytest.fixture
def book(tmp_path: Path) -> Ledger:
    """Six weeks of views of five voices, one of them without a date."""
    opened, clock = ledger(tmp_path)
    for number in range(14):
        clock.advance_to(day(3 * number))
        words, stance = WORDS[number % 4], STANCES[number % 4]
        said = Quote(f"{words} ({number})", f"Voice {'ABCDE'[number % 5]}", "Kestrel", {"small_caps": stance})
        published = None if number == 6 else Claim(day(3 * number - (number % 3)), "meta")
        url = f"https://one.example/{number}"
        quotes = (said, LARGE) if number in (0, 9) else (said, SMALL) if number == 4 else (said,)
        opened.keep_reading(reading(*quotes, url=url, at=day(3 * number), published=published))
    clock.advance_to(LATER)
    return opened


FIGURES = [
    ("2026-W03", "flow", "a week at the beginning"),
    ("2026-W07", "flow", "a week later"),
    ("2026-02-10", "flow", "a session"),
    ("2026-01", "flow", "a month"),
    ("2026-W07", "flow_z", "a z-score of a week"),
    ("2026-02-20", "flow_z", "a z-score of a session"),
    ("2026-W05", "n_new", "new in a week, an undated one among them"),
    ("2026-01-30", "n_new", "new in the session of the undated one"),
    ("2026-02", "n_new", "new in a month"),
    ("2026-W06", "n_stories", "stories of a week"),
    ("2026-02-11", "n_new", "none new"),
    ("2026-W06", "net", "the stock"),
]  # fmt: skip


@pytest.mark.parametrize(("label", "field", "reason"), FIGURES, ids=[row[2] for row in FIGURES])
def test_the_rows_behind_a_figure_give_the_figure(label: str, field: str, reason: str, book: Ledger) -> None:
    told = " ".join(api.why_figure(book, f"rotation@{label}:{field}").split())
    assert "agrees with the figure" in told, reason
    assert "DIFFERS" not in told


def test_each_row_says_what_it_puts_in_and_leads_to_its_view(book: Ledger) -> None:
    told = api.why_figure(book, "rotation@2026-W03:flow", width=120)
    rows = re.findall(
        r"([+−]\d\.\d{4})\n  w (\d\.\d{4}) \(\d+ sessions? old\) × support ([+−]\d\.\d{4}).*views? (\w+)",
        told,
    )
    assert rows
    for puts, weight, support, view in rows:
        numbers = [float(text.replace("−", "-")) for text in (puts, weight, support)]
        assert numbers[0] == pytest.approx(numbers[1] * numbers[2], abs=1e-4)
        assert book.why(view).entry.view.startswith(view)
    assert re.search(r"[+−]\d\.\d{4} / \(\d+\.\d{4} \+ 1\) = ", told)


@pytest.mark.parametrize(("label", "field", "reason"), FIGURES, ids=[row[2] for row in FIGURES])
def test_a_figure_as_data_is_the_same_arithmetic(label: str, field: str, reason: str, book: Ledger) -> None:
    found = json.loads(api.why_figure(book, f"rotation@{label}:{field}", as_json=True))
    frequency = "week" if "W" in label else "session" if len(label) == 10 else "month"
    (point,) = [p for p in api.series(book, "rotation", frequency=frequency) if p.label == label]
    assert (found["value"], found["agrees"]) == (getattr(point, field), True), reason
    wanted = point.net if "voices" in found else found["value"]
    assert found["again"] == pytest.approx(wanted, abs=1e-9)
    if "voices" in found:
        assert sum(v["support"] for v in found["voices"]) / len(found["voices"]) == pytest.approx(wanted)
        assert {view["view"] for v in found["voices"] for view in v["views"]} == set(point.views)
    elif field == "flow":
        w, wx = (
            sum(e["weight"] * x for e, x in ((e, e[k] if k else 1) for e in found["events"]))
            for k in ("", "support")
        )
        assert wx / (w + found["prior"]) == pytest.approx(wanted)


def test_a_figure_of_prices_as_data_has_no_rows(book: Ledger) -> None:
    found = json.loads(api.why_figure(book, "rotation@2026-W06:spread_return", as_json=True))
    assert (found["value"], found["again"], found["agrees"]) == (None, None, None)
    assert "events" not in found


def test_nothing_later_is_behind_an_earlier_figure(book: Ledger) -> None:
    before = api.why_figure(book, "rotation@2026-W05:flow")
    point_of = {found.label: found for found in api.series(book, "rotation")}
    assert f"{point_of['2026-W05'].flow:+.4f}".replace("-", "−") in before
    book.keep_reading(
        reading(
            replace(SMALL, words="They rise"),
            url="https://z.example",
            at=day(50),
            published=Claim(day(50), "meta"),
        )
    )
    assert api.why_figure(book, "rotation@2026-W05:flow") == before


def test_a_figure_as_of_a_moment_is_that_of_the_moment(book: Ledger) -> None:
    told = api.why_figure(book, "rotation@2026-W06:flow", as_of=datetime(2026, 2, 5, 22, tzinfo=UTC))
    assert "cut-off 2026-02-05 21:00 UTC" in told
    assert "agrees with the figure" in " ".join(told.split())


@pytest.mark.parametrize(
    ("figure", "complaint"),
    [
        ("rotation@2025-W30:flow", "no point 2025-W30"),
        ("cheese@2026-W03:flow", "unknown narrative"),
        ("rotation@", "cannot read"),
    ],
)
def test_a_figure_that_is_not_there_is_refused(figure: str, complaint: str, book: Ledger) -> None:
    with pytest.raises(UsageError, match=complaint):
        api.why_figure(book, figure)


def test_before_any_view_that_is_said(ledger: Ledger) -> None:
    with pytest.raises(NarrativeError, match="holds no views"):
        api.why_figure(ledger, "rotation@2026-W03:flow")


# --- the arithmetic, by hand ----------------------------------------------------------------------------------

lee, voss = entry(LEE, "bullish", "2026-01-06"), entry(VOSS, "bearish", "2026-01-07")
EVENTS = (
    Weighed(lee, 0.8, 0.5, 5, (lee.view,), "s1"),
    Weighed(voss, -0.6, 1.0, 0, (voss.view,), "s2"),
)
# (0.5 * 0.8 - 1.0 * 0.6) / (1.5 + 1) = -0.08
BEHIND = Behind(EVENTS, EVENTS[1:], 1.0, 5.0, History(30, 0.02, 0.05), 20)
WEEK = point("2026-W02", 0.1, (1, 1, 0), flow=-0.08, flow_z=-2.0, n_new=1, n_stories=1)


def told(field: str, behind: Behind = BEHIND, **changes: float) -> str:
    found = replace(WEEK, **changes)  # type: ignore[arg-type]
    return " ".join(
        render_figure(
            Reference("rotation", "2026-W02", field), found, [], ROTATION.legs, behind=behind
        ).split()
    )


def test_a_flow_by_hand() -> None:
    assert "−0.2000 / (1.5000 + 1) = −0.0800: agrees with the figure" in told("flow")
    assert "w 0.5000 (5 sessions old) × support +0.8000" in told("flow")
    assert "DIFFERS from the figure" in told("flow", flow=-0.0801)


def test_a_z_score_by_hand() -> None:
    assert "over 30 sessions: (−0.0800 less +0.0200) / 0.0500 = −2.0000: agrees with the figure" in told(
        "flow_z"
    )
    assert "DIFFERS from the figure" in told("flow_z", flow_z=2.0)
    young = replace(BEHIND, history=History(3, 0.02, 0.05))
    assert "3 sessions with a flow so far; a z-score needs 20" in told("flow_z", young)


def test_new_events_by_hand() -> None:
    assert "1 event in the period, n_new = 1: agrees with the figure" in told("n_new")
    assert "DIFFERS from the figure" in told("n_stories", n_stories=2)


def test_many_events_are_told_as_one_sum() -> None:
    many = replace(BEHIND, events=EVENTS * 50)
    assert "60 lighter events, w 45.0000" in told("flow", many)
