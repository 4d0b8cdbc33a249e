from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import date
from statistics import mean, stdev
from typing import Any

import pytest
from measure_rows import XNYS, ny, row, rows

from narrative.errors import UsageError
from narrative.evaluating import value_of
from narrative.measure.evaluation.evaluation import evaluate
from narrative.measure.returns import Spread
from narrative.terms import Entry

NOON = "T12:00"
HALF = 0.5 ** (1 / 5)


# --- derived by hand: one view of weight 1 gives 1 / (1 + 1) on its day, then rho / (rho + 1) ... ----------


@pytest.mark.parametrize(
    ("entries", "day", "value"),
    [
        pytest.param([row("2026-01-14T15:59:59")], "2026-01-14", 1 / 2, id="one second before the close"),
        pytest.param(
            [row("2026-01-14T16:00:00")], "2026-01-14", None, id="at the close: not yet known, so missing"
        ),
        pytest.param([row("2026-01-14T16:00:00")], "2026-01-15", 1 / 2, id="at the close: the next session"),
        pytest.param([row("2026-01-14" + NOON)], "2026-01-15", HALF / (HALF + 1), id="one session of decay"),
        pytest.param(
            [row("2026-01-14" + NOON)], "2026-01-22", 0.5 / 1.5, id="half weight after five sessions"
        ),
        pytest.param(
            [row("2026-01-17" + NOON)], "2026-01-20", 1 / 2, id="weekend and holiday: no age on Tuesday"
        ),
        pytest.param(
            [row("2026-01-16" + NOON)], "2026-01-20", HALF / (HALF + 1), id="three days off are one session"
        ),
        pytest.param([row("2026-01-14" + NOON, 0.0)], "2026-01-14", 0.0, id="neutral only is zero"),
        pytest.param([], "2026-01-14", None, id="nothing is missing"),
        pytest.param(
            [row("2026-01-14" + NOON), row("2026-01-14T13:00", -1.0, voice="b", story="s")],
            "2026-01-14",
            0.0,
            id="both",
        ),
        pytest.param(
            [row("2026-01-14" + NOON), row("2026-01-14" + NOON, 0.0, voice="b")],
            "2026-01-14",
            1 / 3,
            id="neutrals weigh down",
        ),
        pytest.param(
            [row("2026-01-14" + NOON, story="s"), row("2026-01-14T13:00", story="s", article="copy")],
            "2026-01-14",
            1 / 2,
            id="duplicate: the story counts once",
        ),
        pytest.param(
            [row("2026-01-14" + NOON), row("2026-01-14T13:00", echo_of="x")],
            "2026-01-14",
            1 / 2,
            id="echo: another story with the same words does not count",
        ),
        pytest.param(
            [row("2026-01-15" + NOON, published="2026-01-14" + NOON)],
            "2026-01-14",
            None,
            id="late arrival: unknown before",
        ),
        pytest.param(
            [row("2026-01-15" + NOON, published="2026-01-14" + NOON)],
            "2026-01-15",
            HALF / (HALF + 1),
            id="late arrival: counts late and is old already",
        ),
        pytest.param(
            [
                row("2026-01-14" + NOON, story="s"),
                row(
                    "2026-01-15" + NOON,
                    -1.0,
                    story="s",
                    article="earlier copy",
                    published="2026-01-13" + NOON,
                ),
            ],
            "2026-01-15",
            HALF / (HALF + 1),
            id="a copy found later with an earlier stamp replaces nothing",
        ),
        pytest.param(
            [
                row("2026-01-14" + NOON, story="s"),
                row("2026-01-15" + NOON, -1.0, story="s", article="revised"),
            ],
            "2026-01-15",
            HALF / (HALF + 1),
            id="a revised page changes nothing that was known",
        ),
        pytest.param([row("2026-01-14" + NOON, published=None)], "2026-01-14", None, id="undated"),
        pytest.param([row("2026-01-14" + NOON, undated=True)], "2026-01-14", None, id="marked undated"),
        pytest.param(
            [row("2026-01-14" + NOON, published="2026-01-20T10:00")], "2026-01-22", None, id="future"
        ),
        pytest.param([row("2026-01-14" + NOON, published="2026-01-16")], "2026-01-22", None, id="future day"),
        pytest.param(
            [row("2026-01-14" + NOON, published="2026-01-14")],
            "2026-01-14",
            1 / 2,
            id="only the day is known",
        ),
        pytest.param(
            [row("2026-01-14T15:59:00", published="2026-01-14T16:01:00")],
            "2026-01-14",
            None,
            id="a publisher's clock two minutes ahead: not before it says",
        ),
        pytest.param([row("2026-01-14" + NOON, abstained=True)], "2026-01-14", None, id="abstained"),
        pytest.param([row("2026-01-14" + NOON, past=True)], "2026-01-14", None, id="past"),
        pytest.param([row("2026-01-14" + NOON, voice=None)], "2026-01-14", None, id="unnamed"),
        pytest.param([row("2026-01-14" + NOON, target="gold")], "2026-01-14", None, id="not a leg"),
    ],
)
def test_by_hand(entries: list[Entry], day: str, value: float | None) -> None:
    found = rows(*entries)[day]
    assert found.factor == (None if value is None else pytest.approx(value, abs=1e-15))
    assert (found.factor is None) == (found.flag == "none") == (found.reason is not None)


def test_an_early_cutoff_moves_the_afternoon_to_the_next_session() -> None:
    entry = row("2026-01-14T15:30")
    assert rows(entry, cutoff_minutes=30)["2026-01-14"].factor is None
    assert rows(entry, cutoff_minutes=29)["2026-01-14"].factor == 0.5


@pytest.mark.parametrize(
    ("minutes", "day", "tradeable"),
    [
        pytest.param(0, "2026-01-16", "2026-01-20", id="at the close: the next session"),
        pytest.param(14, "2026-01-16", "2026-01-20", id="too late for an order on the close"),
        pytest.param(15, "2026-01-16", "2026-01-16", id="in time for one"),
    ],
)
def test_when_a_value_can_be_traded(minutes: int, day: str, tradeable: str) -> None:
    found = rows(cutoff_minutes=minutes)[day]
    assert found.tradeable_from == date.fromisoformat(tradeable)
    assert found.cutoff_utc == XNYS.cutoff(found.date, minutes)


def test_outlet_weights_and_prior() -> None:
    entries = [row("2026-01-14" + NOON), row("2026-01-14" + NOON, -1.0, voice="b", outlet="Small Sheet")]
    found = rows(*entries, prior_weight=0.5, weights=(("Small Sheet", 0.25),))["2026-01-14"]
    assert found.factor == pytest.approx(0.75 / 1.75)
    assert (found.w_sum, found.support_sum) == (1.25, 0.75)
    assert found.n_eff == pytest.approx(1.25**2 / (1 + 0.0625))
    assert found.dispersion == pytest.approx(math.sqrt(1 - 0.6**2))


def test_a_voice_with_two_statements_in_a_story_is_one_event() -> None:
    entries = [row("2026-01-14" + NOON, 1.0, statement="1"), row("2026-01-14" + NOON, 0.0, statement="2")]
    found = rows(*entries)["2026-01-14"]
    assert (found.n_new, found.factor) == (1, 0.25)


def test_columns_count_what_they_say() -> None:
    entries = [
        row("2026-01-13" + NOON, in_sample=True),
        row("2026-01-14" + NOON, -0.6, voice="b", story="s", backfilled=True),
        row("2026-01-14T13:00", 0.0, voice="c", story="s"),
    ]
    found = rows(*entries)["2026-01-14"]
    assert (found.n, found.n_new, found.n_stories, found.n_voices) == (3, 2, 1, 3)
    assert (found.n_bull, found.n_bear, found.n_neutral) == (1, 1, 1)
    assert found.net == pytest.approx(0.4 / 3)
    assert found.in_sample == pytest.approx(HALF / (2 + HALF))
    assert found.backfilled == pytest.approx(1 / (2 + HALF))
    assert (found.flag, found.model, found.calendar) == ("thin", "m1", XNYS.calendar)
    assert json.loads(found.params)["half_life"] == 5.0


@pytest.mark.parametrize(
    ("trusted", "options", "days", "reason"),
    [
        ((), {}, (), "no date was taken on trust"),
        (("early",), {}, ("2026-01-13", "2026-01-14", "2026-01-23"), "it keeps weight to the end"),
        (("late",), {}, ("2026-01-14", "2026-01-23"), "not before the session in which it counts"),
        (("copy",), {}, (), "a later copy of a story is no event"),
        (("ghost",), {}, (), "a row that is not counted has no weight"),
        (("free",), {"weights": (("Free Post", 0.0),)}, (), "nor has an outlet that weighs nothing"),
        (("free",), {}, ("2026-01-14", "2026-01-23"), "with a weight it has"),
        (
            ("early",),
            {"half_life": 0.01},
            ("2026-01-13", "2026-01-14"),
            "until nothing of its weight is left",
        ),
    ],
)
def test_a_row_says_whether_it_rests_on_a_date_taken_on_trust(
    trusted: tuple[str, ...], options: dict[str, Any], days: tuple[str, ...], reason: str
) -> None:
    entries = {
        "early": row("2026-01-13" + NOON),
        "late": row("2026-01-14" + NOON, -0.6, voice="b", story="s"),
        "copy": row("2026-01-15" + NOON, -0.6, voice="b", story="s", article="copy"),
        "ghost": row("2026-01-14" + NOON, voice="c", past=True),
        "free": row("2026-01-14" + NOON, voice="d", outlet="Free Post"),
        "fresh": row("2026-01-23" + NOON, voice="e"),
    }
    found = rows(*(replace(one, trusted=name in trusted) for name, one in entries.items()), **options)
    seen = {
        label
        for label in ("2026-01-12", "2026-01-13", "2026-01-14", "2026-01-23")
        if found[label].trust_dates
    }
    assert seen == set(days), reason
    plain = rows(*entries.values(), **options)
    assert [replace(one, trust_dates=False) for one in found.values()] == list(plain.values())


def test_an_evaluation_tells_the_share_of_rows_that_rest_on_such_a_date() -> None:
    seen = [
        row(f"2026-03-{day:02}" + NOON, score=0.1 * (day % 7), trusted=day == 16)
        for day in range(2, 28)
        if ny(f"2026-03-{day:02}").weekday() < 5
    ]
    found = rows(*seen, start="2026-03-02", end="2026-03-27")
    assert len(found) == 20
    days = [XNYS.shift(date(2026, 3, 2), n) for n in range(30)]
    legs = Spread({day: 100.0 + n % 3 for n, day in enumerate(days)}, dict.fromkeys(days, 1.0))
    made = evaluate([value_of(one) for one in found.values()], legs, XNYS)
    assert made.coverage.trust_dates == 10 / 20, "ten sessions from the 16th on, ten before"


def test_sessions_that_have_not_closed_have_no_row() -> None:
    assert list(rows(computed_at=ny("2026-01-14T16:00"))) == ["2026-01-12", "2026-01-13", "2026-01-14"]
    assert list(rows(computed_at=ny("2026-01-14T15:59"))) == ["2026-01-12", "2026-01-13"]
    assert rows(computed_at=ny("2025-01-14T15:59")) == {}


def test_z_is_expanding_inclusive_and_leaves_out_missing_values() -> None:
    entries = [row("2026-01-13" + NOON), row("2026-01-15" + NOON, -0.5, voice="b")]
    found = rows(*entries, z_min=3)
    values = [one.factor for one in found.values() if one.factor is not None]
    assert [found[day].factor_z for day in ("2026-01-12", "2026-01-13", "2026-01-14")] == [None] * 3
    assert found["2026-01-15"].factor_z == pytest.approx((values[2] - mean(values[:3])) / stdev(values[:3]))
    assert found["2026-01-16"].factor_z == pytest.approx((values[3] - mean(values[:4])) / stdev(values[:4]))


def test_z_needs_twenty_values_and_variation() -> None:
    found = list(rows(row("2026-01-13" + NOON), end="2026-02-20").values())
    assert [one.factor_z is None for one in found].index(
        False
    ) == 20  # one missing day, then the twentieth value
    flat = [row(f"2026-01-{day}" + NOON, 0.0) for day in (13, 14)]
    assert all(one.factor_z is None for one in rows(*flat, end="2026-02-20").values())


def test_history_before_the_start_enters_z_and_decay() -> None:
    entries = [row("2026-01-05" + NOON), row("2026-01-14" + NOON, -1.0, voice="b")]
    assert rows(*entries, start="2026-01-20", z_min=3) == {
        day: one for day, one in rows(*entries, z_min=3).items() if day >= "2026-01-20"
    }


@pytest.mark.parametrize(
    "options",
    [
        {"half_life": 0.0},
        {"half_life": math.nan},
        {"prior_weight": -1.0},
        {"cutoff_minutes": -1},
        {"cutoff_minutes": 390},
        {"expiry_sessions": 0},
        {"z_min": 1},
        {"weights": (("Ledger Post", -1.0),)},
    ],
    ids=str,
)
def test_parameters_that_make_no_sense(options: dict) -> None:
    with pytest.raises(UsageError, match="must be"):
        rows(**options)


def test_very_old_news_is_missing_again_and_no_error() -> None:
    found = rows(row("1995-01-10" + NOON))["2026-01-14"]
    assert (found.factor, found.reason) == (None, "no event carries weight any more")
