"""The factor against its definition written out plainly, and against that definition with bugs planted."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random
from statistics import mean, stdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measure_rows import LATER, NEW_YORK, SMALL, XNYS, ny, row, rows

from narrative.measure.events import events
from narrative.measure.factor import factor
from narrative.measure.flow import Parameters, flows
from narrative.terms import Entry

NOON = "T12:00"


def close_of(session: date, bug: str | None) -> datetime:
    fixed = {"always 21:00Z": time(21), "always 20:00Z": time(20), "midnight UTC": time(0)}
    if bug not in fixed:
        return XNYS.cutoff(session)
    return datetime.combine(session + timedelta(days=bug == "midnight UTC"), fixed[bug], UTC)


@cache
def session_at(instant: datetime, minutes: int, bug: str | None) -> int:
    minutes = 0 if bug == "cut-off ignored" else minutes
    for place in range(XNYS.position(date(2024, 5, 1)), len(XNYS.labels)):
        cutoff = close_of(XNYS.labels[place], bug) - timedelta(minutes=minutes)
        if cutoff > instant or (bug == ">= for >" and cutoff == instant):
            return place
    raise AssertionError(instant)


def first_copies(entries: list[Entry], bug: str | None) -> list[Entry]:
    if bug == "no dedupe":
        return entries
    key = {"rank by published": lambda e: e.published.value}.get(str(bug), lambda e: e.available_at)
    return list({(e.voice, e.story): e for e in sorted(entries, key=key, reverse=True)}.values())


def reference(
    entries: list[Entry], days: list[date], p: Parameters, bug: str | None = None
) -> list[float | None]:
    """The factor by its definition, one event and one session at a time; then its z-scores."""
    weights = {} if bug == "weights ignored" else dict(p.weights)
    prior = 0.0 if bug == "prior ignored" else p.prior_weight
    counted = [e for e in first_copies(entries, bug) if not (bug == "neutrals dropped" and e.score == 0)]
    values: list[float | None] = []
    for day in days:
        total = over = 0.0
        for e in counted:
            said = session_at(e.published.value, p.cutoff_minutes, bug)
            seen = session_at(e.available_at, p.cutoff_minutes, bug)
            counts = said if bug == "published only" else seen
            age = XNYS.position(day) - (seen if bug in ("first-seen only", "age from first seen") else said)
            decay = {"no decay": 1.0, "exp for half-life": math.exp(-age / p.half_life)}.get(
                str(bug), 0.5 ** (age / p.half_life)
            )
            if counts <= XNYS.position(day):
                w = weights.get(e.outlet, 1.0) * e.weight * decay
                total, over = total + w * e.score, over + w
        values.append(total / (over + prior) if over else 0.0 if bug == "missing = 0" else None)
    return values


def z_scores(values: list[float | None], minimum: int, bug: str | None = None) -> list[float | None]:
    found: list[float | None] = []
    for place, value in enumerate(values):
        past = [v for v in values[: place + (bug != "exclusive z")] if v is not None]
        if value is None or len(past) < minimum:
            found.append(None)
            continue
        deviation = stdev(past) * (math.sqrt(1 - 1 / len(past)) if bug == "ddof 0" else 1)
        found.append((value - mean(past)) / deviation)
    return found


SCENARIO = [
    row("2024-07-01T16:30", 0.9, voice="a"),  # summer, after the close and before 21:00Z
    row("2024-07-03T13:00", -0.7, voice="b"),  # exactly at the close of a half day
    row("2024-07-08T15:50", 0.0, voice="c"),  # neutral, ten minutes before the close
    row("2024-07-11T10:00", 1.0, voice="d", published="2024-07-08T10:00", outlet="Small Sheet"),  # late
    row("2024-07-10T10:00", -0.4, voice="e", story="s"),
    row("2024-07-12T10:00", 0.8, voice="e", story="s", article="copy", published="2024-07-05T10:00"),
    row("2024-11-29T14:00", 0.6, voice="f"),  # winter half day, after its close and before 20:00Z
    row("2024-12-03T15:30", -1.0, voice="g"),  # winter, between 20:00Z and the close
    row("2024-12-04T20:00", 0.3, voice="h"),  # evening: already the next day in UTC
]
SUMMER, WINTER = (
    XNYS.between(date(2024, 6, 28), date(2024, 7, 19)),
    XNYS.between(date(2024, 11, 27), date(2024, 12, 9)),
)
TUNED = Parameters(cutoff_minutes=15, weights=(("Small Sheet", 0.5),), z_min=4)
EXACT = Parameters(weights=(("Small Sheet", 0.5),), z_min=4)
BUGS = [
    ">= for >",
    "published only",
    "first-seen only",
    "age from first seen",
    "no dedupe",
    "rank by published",
    "no decay",
    "exp for half-life",
    "prior ignored",
    "neutrals dropped",
    "ddof 0",
    "exclusive z",
    "cut-off ignored",
    "weights ignored",
    "missing = 0",
    "always 21:00Z",
    "always 20:00Z",
    "midnight UTC",
]


@cache
def computed(parameters: Parameters) -> tuple[list[float | None], list[float | None]]:
    """Factor and z of the scenario over both seasons."""
    found = factor(
        SCENARIO, "n", SMALL, XNYS, start=SUMMER[0], end=WINTER[-1], computed_at=LATER, parameters=parameters
    )
    return [one.factor for one in found], [one.factor_z for one in found]


def expected(parameters: Parameters, bug: str | None) -> tuple[list[float | None], list[float | None]]:
    days = list(XNYS.between(SUMMER[0], WINTER[-1]))
    values = reference(SCENARIO, days, parameters, bug)
    return values, z_scores(values, parameters.z_min, bug)


def alike(a: list[float | None], b: list[float | None]) -> bool:
    return all(
        (x is None) == (y is None) and abs((x or 0) - (y or 0)) < 1e-12 for x, y in zip(a, b, strict=True)
    )


@pytest.mark.parametrize("parameters", [TUNED, EXACT], ids=["15 minutes", "at the close"])
def test_the_scenario_equals_its_plain_reference(parameters: Parameters) -> None:
    for ours, plain in zip(computed(parameters), expected(parameters, None), strict=True):
        assert alike(ours, plain)


@pytest.mark.parametrize("bug", BUGS)
def test_the_scenario_would_show_each_planted_bug(bug: str) -> None:
    shown = [
        alike(ours, wrong)
        for parameters in (TUNED, EXACT)
        for ours, wrong in zip(computed(parameters), expected(parameters, bug), strict=True)
    ]
    assert not all(shown)


def many(count: int, random: Random) -> list[Entry]:
    """Rows of every kind: read late, dated back or ahead, copied, dated anew, all neutral, weighted."""
    first, span = ny("2024-07-01T00:00"), timedelta(days=120)
    found: list[Entry] = []
    while len(found) < count:
        seen = first + span * random.random()
        said = seen - timedelta(hours=random.choice([0, 0, 0, 1, 20, 200, 900]) * random.random())
        voice, story = f"voice {random.randrange(400)}", f"story {random.randrange(4000)}"
        options = {
            "outlet": random.choice(["Ledger Post", "Small Sheet"]),
            "weight": random.choice([1.0, 1.0, 0.25, 0.0]),
        }
        score = 0.0 if int(story[6:]) % 5 == 0 else random.uniform(-1, 1)
        for copy in range(random.choice([1, 1, 1, 2, 3])):
            page = f"{story} {len(found)} {copy}"
            found.append(row(seen, score, voice=voice, story=story, article=page, published=said, **options))
            seen += timedelta(minutes=random.uniform(1, 9000))
            said = random.choice([said, seen, seen - timedelta(days=random.uniform(0, 40))])
    return found[:count]


def test_ten_thousand_rows_equal_the_plain_reference() -> None:
    entries, days = many(10_000, Random(7)), list(XNYS.between(date(2024, 7, 1), date(2024, 11, 29)))
    p = Parameters(weights=(("Small Sheet", 0.3),))
    found = factor(entries, "n", SMALL, XNYS, start=days[0], end=days[-1], computed_at=LATER, parameters=p)
    plain = reference(entries, days, p)
    assert alike([one.factor for one in found], plain)
    assert alike([one.factor_z for one in found], z_scores(plain, p.z_min))
    assert found[-1].n > 5_000


MOMENTS = st.datetimes(datetime.fromisoformat("2024-07-01"), datetime.fromisoformat("2024-07-18")).map(
    lambda t: t.replace(tzinfo=NEW_YORK)
)
ENTRIES = st.lists(
    st.builds(
        lambda seen, score, voice, story, lag, outlet: row(
            seen,
            score,
            voice=voice,
            story=story,
            outlet=outlet,
            published=seen - timedelta(hours=lag),
            article=f"{story}-{seen.isoformat()}",
        ),
        MOMENTS,
        st.floats(-1, 1),
        st.sampled_from("abc"),
        st.sampled_from("stuvwxyz"),
        st.integers(0, 300),
        st.sampled_from(["Ledger Post", "Small Sheet"]),
    ),
    min_size=1,
    max_size=10,
    unique_by=lambda entry: (entry.voice, entry.available_at),
)


@settings(max_examples=80, deadline=None)
@given(ENTRIES, st.floats(0.5, 40), st.floats(0, 5), st.sampled_from([0, 15, 60]))
def test_fast_equals_reference(entries: list[Entry], half_life: float, prior: float, minutes: int) -> None:
    p = Parameters(half_life, prior, minutes, weights=(("Small Sheet", 0.3),))
    found = factor(
        entries, "n", SMALL, XNYS, start=SUMMER[0], end=SUMMER[-1], computed_at=LATER, parameters=p
    )
    assert alike([one.factor for one in found], reference(entries, list(SUMMER), p))


@settings(max_examples=60, deadline=None)
@given(ENTRIES, MOMENTS)
def test_truncating_the_future_leaves_the_past(entries: list[Entry], now: datetime) -> None:
    span = {"start": str(SUMMER[0]), "end": str(SUMMER[-1]), "z_min": 2}
    full = rows(*entries, **span)
    past = rows(*(entry for entry in entries if entry.available_at < now), **span)
    assert all(full[day] == past[day] for day in full if full[day].cutoff_utc <= now)


@settings(max_examples=60, deadline=None)
@given(ENTRIES, st.randoms())
def test_order_sign_copies_and_bound(entries: list[Entry], random) -> None:
    span = {"start": str(SUMMER[0]), "end": str(SUMMER[-1])}
    plain = rows(*entries, **span)
    copies = [
        row(
            e.available_at + timedelta(minutes=5),
            e.score,
            voice=e.voice,
            story=e.story,
            article="copy",
            published=e.published.value,
        )
        for e in entries
    ]
    assert {d: r.factor for d, r in rows(*random.sample(entries, len(entries)), *copies, **span).items()} == {
        d: r.factor for d, r in plain.items()
    }
    for day, turned in rows(*entries, legs={"small_caps": -1}, **span).items():
        value = plain[day].factor
        assert (value is None) == (turned.factor is None)
        assert value is None or (abs(value) <= 1 and value == pytest.approx(-turned.factor, abs=1e-15))


@settings(max_examples=40, deadline=None)
@given(ENTRIES, st.floats(0.1, 10))
def test_scaling_all_weights_and_the_prior_changes_nothing(entries: list[Entry], scale: float) -> None:
    span = {"start": str(SUMMER[0]), "end": str(SUMMER[-1])}
    heavy = (("Ledger Post", scale), ("Small Sheet", scale))
    for day, one in rows(*entries, prior_weight=scale, weights=heavy, **span).items():
        assert alike([one.factor], [rows(*entries, **span)[day].factor])


def test_flows_of_no_events() -> None:
    assert flows(events([], SMALL, XNYS), 100, Parameters()) == {}
    assert len(events([], SMALL, XNYS)) == 0
