from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from measure_rows import ROTATION, ny, row

from narrative.errors import NarrativeError
from narrative.measure.horizon import horizon_end
from narrative.measure.net import net
from narrative.measure.sessions import load_sessions
from narrative.measure.stance import MEMORY_SESSIONS, Standing, current, not_counted, remembered_from
from narrative.measure.support import lean, support

XNYS = load_sessions()
SMALL = {"small_caps": 1}


def standing(*entries, at: str = "2026-02-02T12:00") -> Standing:
    """The only standing there is."""
    (found,) = current(entries, ny(at), XNYS)
    return found


BULL, BEAR = row("2026-01-12T10:00", 0.9), row("2026-01-20T10:00", -0.8)


@pytest.mark.parametrize(
    ("entries", "stance", "state"),
    [
        pytest.param([BULL], "bullish", "new", id="a first view is new"),
        pytest.param([BULL, BEAR], "bearish", "flipped", id="the other sign is a flip"),
        pytest.param([BEAR, BULL], "bearish", "flipped", id="the order of the rows does not matter"),
        pytest.param([BULL, row("2026-01-20T10:00", 0.6)], "bullish", "reiterated", id="same label again"),
        pytest.param(
            [BULL, row("2026-01-20T10:00", 0.0)], "neutral", "flipped", id="going neutral is a change"
        ),
        pytest.param(
            [row("2025-09-02T10:00"), BULL], "bullish", "new", id="the same label after it had expired"
        ),
        pytest.param(
            [row("2025-09-02T10:00", -1.0), BULL], "bullish", "flipped", id="another label after that"
        ),
        pytest.param(
            [BEAR, row("2026-01-28T10:00", published="2026-01-12T10:00")],
            "bearish",
            "flipped",
            id="late arrival: an older word found later replaces nothing",
        ),
        pytest.param(
            [BULL, row("2026-01-28T10:00", -1.0, published=None)],
            "bearish",
            "flipped",
            id="undated ages from its reading",
        ),
        pytest.param(
            [BULL, row("2026-01-28T10:00", -1.0, published="2027-05-01T10:00")],
            "bearish",
            "flipped",
            id="future date ages from its reading",
        ),
        pytest.param(
            [BULL, row("2026-02-02T12:01", -1.0)], "bullish", "new", id="later than the moment is unseen"
        ),
        pytest.param(
            [BULL, row("2026-01-20T10:00", -1.0, echo_of="x")],
            "bullish",
            "new",
            id="an echo is no second word",
        ),
        pytest.param([row("2025-10-01T10:00")], "bullish", "expired", id="older than 63 sessions"),
    ],
)
def test_latest_word_and_state(entries, stance: str, state: str) -> None:
    found = standing(*entries)
    assert (found.stance, found.state) == (stance, state)
    assert found.entry == found.history[-1]


@pytest.mark.parametrize(
    ("horizon", "expires"),
    [
        pytest.param(None, "2026-04-15", id="63 sessions after 2026-01-13"),
        pytest.param("for the long run", "2026-04-15", id="no plain period"),
        pytest.param("this week", "2026-01-16", id="shorter"),
        pytest.param("this year", "2026-12-31", id="longer"),
        pytest.param("the next five years", "2027-01-14", id="at most 252 sessions"),
        pytest.param("today", "2026-01-13", id="never shorter than the session itself"),
    ],
)
def test_expiry_is_the_last_session_that_counts(horizon: str | None, expires: str) -> None:
    day = date.fromisoformat(expires)
    entry = row("2026-01-12T18:00", horizon=horizon)  # after the close: said in the session of the 13th
    assert standing(entry, at=f"{expires}T15:59:59").expires == day
    assert standing(entry, at=f"{expires}T15:59:59").state == "new"
    assert standing(entry, at=f"{expires}T16:00:00").state == "expired"


def test_of_two_words_on_one_page_the_unconditional_one_stands() -> None:
    if_cut = row("2026-01-12T10:00", 0.9, article="a", statement="1", condition="if rates are cut")
    plain = row("2026-01-12T10:00", -0.6, article="a", statement="2")
    assert standing(if_cut, plain).entry == plain
    assert standing(if_cut, plain).state == "new"  # one page is one occasion, not a flip


def test_day_only_publication_ages_from_the_end_of_its_day() -> None:
    entry = row("2026-01-20T10:00", published="2026-01-15")
    assert standing(entry).expires == XNYS.shift(date(2026, 1, 16), 63)


def test_standings_are_by_voice_and_target_newest_first() -> None:
    older = row("2026-01-12T10:00", voice="ben-cole")
    found = current(
        [older, BULL, BEAR, row("2026-01-21T10:00", target="mega_cap_tech")], ny("2026-02-02T12:00"), XNYS
    )
    keys = [(one.voice, one.target) for one in found]
    assert keys == [("ana-ruiz", "mega_cap_tech"), ("ana-ruiz", "small_caps"), ("ben-cole", "small_caps")]


def test_rows_that_do_not_count_are_listed_with_the_reason() -> None:
    rows = [
        row("2026-01-12T10:00", voice=None),
        row("2026-01-12T10:00", echo_of="view-1"),
        row("2026-01-12T10:00", abstained=True),
        row("2026-01-12T10:00", past=True),
        BULL,
    ]
    reasons = [reason for _, reason in not_counted(rows)]
    assert reasons == ["unnamed source", "repeats view-1", "the model abstained", "speaks of the past"]
    assert current(rows, ny("2026-02-02T12:00"), XNYS) == current([BULL], ny("2026-02-02T12:00"), XNYS)


def test_nothing_known_is_nothing_and_not_zero() -> None:
    assert current([], ny("2026-02-02T12:00"), XNYS) == ()
    assert net((), SMALL).value is None


def test_net_counts_one_vote_a_voice_with_the_sign_of_the_leg() -> None:
    rows = [
        row("2026-01-12T10:00", 0.8),
        row("2026-01-12T10:00", -0.6, target="mega_cap_tech"),  # the same voice: (0.8 + 0.6) / 2
        row("2026-01-12T11:00", 0.5, voice="ben-cole", target="mega_cap_tech"),  # against: -0.5
        row("2026-01-12T12:00", 0.0, voice="cy-dent"),
    ]
    found = net(current(rows, ny("2026-01-14T12:00"), XNYS), ROTATION)
    assert found.value == pytest.approx((0.7 - 0.5 + 0.0) / 3)
    assert (found.n_bullish, found.n_bearish, found.n_neutral) == (1, 1, 1)
    assert len(found.views) == 4
    assert found.counts == pytest.approx((0.7, 0.5, 1.8))


def test_support_is_the_mean_over_judged_legs() -> None:
    small, mega = row("2026-01-12T10:00", 0.8), row("2026-01-12T10:00", -0.2, target="mega_cap_tech")
    assert support([small, mega], ROTATION) == pytest.approx(0.5)
    assert support([small], ROTATION) == pytest.approx(0.8)
    assert support([row("2026-01-12T10:00", target="gold")], ROTATION) is None


def test_two_legs_that_cancel_lean_nowhere() -> None:
    both = lean([row("2026-01-12T10:00"), row("2026-01-12T10:00", target="mega_cap_tech")], ROTATION)
    assert both is not None
    assert (both.support, both.label) == (0.0, "neutral")


SAID = date(2026, 2, 10)


@pytest.mark.parametrize(
    ("words", "end"),
    [
        ("this year", "2026-12-31"),
        ("later this year", "2026-12-31"),
        ("by year-end", "2026-12-31"),
        ("by the end of the year", "2026-12-31"),
        ("over the rest of the quarter", "2026-03-31"),
        ("by the end of next year", "2027-12-31"),
        ("next year", "2027-12-31"),
        ("in 2027", "2027-12-31"),
        ("next quarter", "2026-06-30"),
        ("this quarter", "2026-03-31"),
        ("next month", "2026-03-31"),
        ("this week", "2026-02-15"),
        ("next week", "2026-02-22"),
        ("in the second quarter", "2026-06-30"),
        ("in Q1", "2026-03-31"),
        ("by the fourth quarter of 2027", "2027-12-31"),
        ("in the first half", "2026-06-30"),
        ("the back half of the year", "2026-12-31"),
        ("in H1 2027", "2027-06-30"),
        ("over the next six months", "2026-08-10"),
        ("in the next six to 12 months", "2027-02-10"),
        ("6-12 months", "2027-02-10"),
        ("a 12-month view", "2027-02-10"),
        ("for a couple of weeks", "2026-02-24"),
        ("over the coming months", "2026-05-10"),
        ("in the next few weeks", "2026-03-03"),
        ("for two quarters", "2026-08-10"),
        ("by June", "2026-06-30"),
        ("in January", "2027-01-31"),
        ("until late March 2027", "2027-03-31"),
        ("tomorrow", "2026-02-11"),
        ("longer term", None),
        ("as in 2008", None),
        ("this cycle", None),
        ("investors may wait", None),
        ("", None),
        (None, None),
    ],
)
def test_horizon_words(words: str | None, end: str | None) -> None:
    assert horizon_end(words, SAID) == (date.fromisoformat(end) if end else None)


def test_months_are_added_at_the_end_of_february() -> None:
    assert horizon_end("three months", date(2025, 11, 30)) == date(2026, 2, 28)


@given(st.text(max_size=40), st.dates(date(1990, 1, 1), date(2029, 1, 1)))
def test_any_words_have_a_horizon_or_none(words: str, said: date) -> None:
    assert horizon_end(words, said) is None or isinstance(horizon_end(words, said), date)


def test_a_moment_outside_the_calendar_is_refused() -> None:
    with pytest.raises(NarrativeError, match="outside the trading calendar"):
        current([BULL], ny("2031-02-02T12:00"), XNYS)


# --- memory ------------------------------------------------------------------------------------------------

LAPSED = row("2025-01-06T10:00", -1.0)  # stood to 8 April 2025, 252 sessions before 10 April 2026


@pytest.mark.parametrize(
    ("entries", "at", "states"),
    [
        pytest.param([LAPSED], "2026-04-10T12:00", ["expired"], id="it ran out 252 sessions ago: still told"),
        pytest.param([LAPSED], "2026-04-13T12:00", [], id="a session later it is forgotten"),
        pytest.param(
            [LAPSED, row("2026-04-06T10:00")],
            "2026-04-07T12:00",
            ["flipped"],
            id="what is remembered is flipped from",
        ),
        pytest.param(
            [LAPSED, row("2026-04-06T10:00")], "2026-04-13T12:00", ["new"], id="what is forgotten is not"
        ),
        pytest.param(
            [row("2025-01-06T10:00", horizon="over the next ten years")],
            "2026-07-01T12:00",
            ["expired"],
            id="a long horizon is remembered from its end",
        ),
    ],
)
def test_what_ran_out_long_ago_is_forgotten(entries, at: str, states: list[str]) -> None:
    found = current(entries, ny(at), XNYS, memory_sessions=MEMORY_SESSIONS)
    assert [one.state for one in found] == states


@given(
    st.lists(
        st.tuples(
            st.integers(0, 1600),  # days after the start when it is read
            st.integers(0, 900),  # how many days before that it was said
            st.sampled_from(["ana-ruiz", "tom-ode"]),
            st.sampled_from([None, "this year", "over the next ten years", "next quarter"]),
            st.sampled_from([1.0, -1.0, 0.0]),
        ),
        max_size=8,
    ),
    st.integers(0, 1700),
)
def test_no_view_that_is_remembered_became_available_before(views, moment: int) -> None:
    start = ny("2018-01-02T12:00")
    rows = [
        row(
            start + timedelta(days=read),
            score,
            published=start + timedelta(days=read - ago),
            voice=voice,
            horizon=horizon,
        )
        for read, ago, voice, horizon, score in views
    ]
    at = start + timedelta(days=moment)
    since = remembered_from(at, XNYS)
    assert since is not None
    near = [entry for entry in rows if entry.available_at >= since]
    assert current(near, at, XNYS, memory_sessions=MEMORY_SESSIONS) == current(
        rows, at, XNYS, memory_sessions=MEMORY_SESSIONS
    )


def test_at_the_start_of_the_calendar_all_is_remembered() -> None:
    assert remembered_from(ny("1991-01-02T12:00"), XNYS) is None
