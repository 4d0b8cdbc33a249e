"""From a ledger with views and prices to the two pages, and the log of what was tried."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from evaluation_rows import XNYS
from ledger_rows import FIRST, Quote, reading

from narrative import api
from narrative.clock import SimulatedClock
from narrative.commands.factor import command
from narrative.errors import NarrativeError, UsageError
from narrative.ledger import Ledger, open_ledger
from narrative.measure.evaluation.evaluation import Settings
from narrative.measure.returns import PriceRow
from narrative.terms import Claim, Vintage

DAYS = 40
NOW = datetime(2026, 3, 12, 22, 0, tzinfo=UTC)
CLOCK = SimulatedClock(NOW)
SESSIONS = XNYS.between(date(2026, 1, 12), NOW.date())[:DAYS]


def fill(path: Path, vintage: Vintage = FIRST) -> None:
    """Eight weeks of one view a session and of prices of both proxies."""
    rng = np.random.default_rng(0)
    with open_ledger(path, CLOCK, create=True) as opened, opened.together():
        for n, day in enumerate(SESSIONS):
            stance = str(rng.choice(["bullish", "bearish", "neutral"]))
            at = datetime(day.year, day.month, day.day, 15, n, tzinfo=UTC)
            quote = Quote(
                f"What we think on day {n} is our own affair", f"Ann Lee{n}", None, {"small_caps": stance}
            )
            opened.keep_reading(
                reading(
                    quote, url=f"https://one.example/{n}", at=at, published=Claim(at, "meta"), vintage=vintage
                )
            )
        for symbol in ("IWM", "QQQ"):
            closes = 100 * np.cumprod(1 + 0.01 * rng.standard_normal(DAYS))
            opened.keep_prices(
                [price(symbol, day, close) for day, close in zip(SESSIONS, closes.tolist(), strict=True)],
                source="own.csv",
            )


def price(symbol: str, day: date, close: float) -> PriceRow:
    return PriceRow(symbol, day, None, None, None, close, None, 0.0, "raw")


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Ledger]:
    """The filled ledger, open."""
    fill(tmp_path / "narrative.db")
    with open_ledger(tmp_path / "narrative.db", CLOCK) as opened:
        yield opened


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, ["rotation", *map(str, arguments)], catch_exceptions=True)


# --- the log of trials ------------------------------------------------------------------------------------------


def test_a_combination_is_tried_once_however_often_it_is_evaluated(book: Ledger) -> None:
    first = api.evaluate_factor(book, "rotation", clock=CLOCK)
    again = api.evaluate_factor(book, "rotation", Settings(seed=9), clock=CLOCK)
    assert first.tried == again.tried
    assert (first.tried.total, first.tried.unlogged) == (3, "")
    kept = book.trials()
    assert [trial.horizon for trial in kept] == [1, 5, 20]
    assert {(trial.narrative, trial.spread, trial.cutoff_minutes, trial.recorded_at) for trial in kept} == {
        ("rotation", "IWM − QQQ", 0, NOW)
    }
    assert [(trial.ic, trial.p) for trial in kept] == [(one.ic, one.p) for one in first.evaluation.ics]


def test_new_data_another_horizon_and_other_views_are_new_trials(book: Ledger) -> None:
    api.evaluate_factor(book, "rotation", Settings((5,)), clock=CLOCK)
    assert api.evaluate_factor(book, "rotation", Settings((5, 2)), clock=CLOCK).tried.total == 2
    assert (
        api.evaluate_factor(book, "rotation", Settings((5,)), end=SESSIONS[-3], clock=CLOCK).tried.total == 3
    )
    view = Quote("A late word on it all", "Tom Ode", "Kestrel", {"small_caps": "bearish"})
    at = datetime(2026, 2, 10, 15, tzinfo=UTC)
    book.keep_reading(reading(view, url="https://two.example/a", at=at, published=Claim(at, "meta")))
    assert api.evaluate_factor(book, "rotation", Settings((5,)), clock=CLOCK).tried.total == 4


def test_p_is_adjusted_over_all_that_was_tried(book: Ledger) -> None:
    found = api.evaluate_factor(book, "rotation", Settings((5,)), clock=CLOCK)
    one = found.evaluation.ics[0]
    assert found.tried.adjusted == {5: one.p}
    row = {"narrative": "other", "parameters": "{}", "model": "m", "horizon": 5, "spread": "IWM − SPY"}
    more = {"cutoff_minutes": 0, "first": SESSIONS[0], "last": SESSIONS[9], "n": 9, "ic": 0.0, "p": 1.0}
    assert book.log_trials([row | more | {"cutoff_minutes": minutes} for minutes in range(3)]) == 3
    after = api.evaluate_factor(book, "rotation", Settings((5,)), clock=CLOCK).tried
    assert (after.total, after.adjusted) == (4, {5: pytest.approx(min(4 * one.p, 1.0))})


def test_trials_are_never_taken_back(book: Ledger) -> None:
    api.evaluate_factor(book, "rotation", clock=CLOCK)
    with closing(sqlite3.connect(book.path)) as other:
        for change in ("DELETE FROM evaluation_trials", "UPDATE evaluation_trials SET p = 0"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                other.execute(change)


def test_a_ledger_that_cannot_be_written_is_evaluated_all_the_same(book: Ledger) -> None:
    with open_ledger(book.path, CLOCK, readonly=True) as shut:
        found = api.evaluate_factor(shut, "rotation", clock=CLOCK)
    assert found.tried.total == 3
    assert set(found.tried.adjusted) == {1, 5, 20}
    assert "opened for reading only" in found.tried.unlogged
    assert "could not be logged" in found.markdown
    assert book.trials() == ()


def test_a_ledger_in_use_is_evaluated_all_the_same(book: Ledger) -> None:
    with closing(sqlite3.connect(book.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with open_ledger(book.path, CLOCK, patience=0.1) as late:
            found = api.evaluate_factor(late, "rotation", clock=CLOCK)
    assert "is in use by another program" in found.tried.unlogged
    assert found.tried.total == 3


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_the_command_reads_a_ledger_that_nobody_may_write(tmp_path: Path) -> None:
    shut = tmp_path / "shut"
    shut.mkdir()
    fill(shut / "narrative.db")
    (shut / "narrative.db").chmod(0o444)
    shut.chmod(0o555)
    told = run("--evaluate", "--db", shut / "narrative.db", "--out", tmp_path / "mine")
    assert told.exception is None
    assert "3 trials so far, not logged: " in told.output.replace("\n", " ")
    assert "could not be logged" in (tmp_path / "mine.md").read_text(encoding="utf-8")


# --- what is evaluated ------------------------------------------------------------------------------------------


def test_eight_weeks_are_no_verdict_and_their_facts_are_those_of_the_factor(book: Ledger) -> None:
    found = api.evaluate_factor(book, "rotation", clock=CLOCK)
    rows = api.factor(book, "rotation", clock=CLOCK)
    seen = found.evaluation.coverage
    assert (seen.sessions, seen.valued) == (len(rows), sum(row.factor is not None for row in rows))
    assert (seen.first, seen.last) == (rows[0].date, rows[-1].date)
    assert found.evaluation.verdict.obstacles == ("too_few", "untested")
    assert found.sentence.startswith("No verdict: n = 7 independent weeks; detectable |IC| about 0.74")


def test_rows_the_model_was_trained_on_forbid_a_verdict(tmp_path: Path) -> None:
    fill(tmp_path / "narrative.db", Vintage("reader-1", "targets-1", date(2026, 12, 31)))
    with open_ledger(tmp_path / "narrative.db", CLOCK) as ledger:
        found = api.evaluate_factor(ledger, "rotation", clock=CLOCK)
    assert found.evaluation.coverage.in_sample == 1.0
    assert found.sentence.startswith("No verdict: 100 % of the weight behind the values was published before")


def test_prices_recorded_later_are_not_known_earlier(book: Ledger) -> None:
    later = SimulatedClock(NOW + timedelta(days=1))
    with open_ledger(book.path, later) as ledger:
        changed = [price("IWM", day, 50.0 + n) for n, day in enumerate(SESSIONS)]
        before = api.evaluate_factor(ledger, "rotation", known_at=NOW)
        ledger.keep_prices(changed, source="other.csv")
        assert api.evaluate_factor(ledger, "rotation", known_at=NOW).evaluation == before.evaluation
        assert api.evaluate_factor(ledger, "rotation", clock=later).evaluation.ics != before.evaluation.ics


def test_without_prices_a_line_names_them(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "narrative.db", CLOCK, create=True) as ledger:
        at = datetime(2026, 2, 10, 15, tzinfo=UTC)
        ledger.keep_reading(reading(Quote("Small caps will lead"), at=at, published=Claim(at, "meta")))
        with pytest.raises(NarrativeError, match="without prices of IWM − QQQ"):
            api.evaluate_factor(ledger, "rotation", clock=CLOCK)


# --- the command line -------------------------------------------------------------------------------------------


def test_the_command_writes_both_pages_and_the_verdict(tmp_path: Path) -> None:
    db, index = tmp_path / "narrative.db", tmp_path / "index.csv"
    fill(db)
    index.write_text("day,level\n" + "".join(f"{day},{n % 7}\n" for n, day in enumerate(SESSIONS)))
    beside = ("--beside", index, "--date-column", "day", "--value-column", "level")
    told = run("--evaluate", "--db", db, "--out", tmp_path / "mine.html", "--as-of", "2026-03-12", *beside)
    assert (told.exit_code, told.exception) == (0, None)
    assert told.output.startswith("No verdict: n = 7 independent weeks;")
    assert "mine.md: 42 sessions, 3 trials so far" in told.output.replace("\n", " ")
    assert sorted(path.suffix for path in tmp_path.glob("mine*")) == [".html", ".md"]
    assert "## Beside it: level of index.csv" in (tmp_path / "mine.md").read_text(encoding="utf-8")
    assert "Beside it: level of index.csv" in (tmp_path / "mine.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(("--horizons", "5"), "--horizons goes with --evaluate", id="horizons of an export"),
        pytest.param(("--evaluate", "--beside", "x.csv"), "goes with --value-column", id="which column"),
        pytest.param(("--evaluate", "--value-column", "x"), "--beside FILE goes with", id="of which file"),
        pytest.param(
            ("--evaluate", "--date-column", "x"), "--date-column goes with --beside", id="days of nothing"
        ),
        pytest.param(("--evaluate", "--horizons", "a week"), "such as 1,5,20, not 'a week'", id="no number"),
        pytest.param(("--evaluate", "--horizons", "0"), "from 1 to 250", id="no session"),
        pytest.param(("--evaluate", "--db", "none.db"), "there is no ledger at none.db", id="no ledger"),
    ],
)
def test_requests_that_make_no_sense(arguments: tuple[str, ...], words: str) -> None:
    told = run(*arguments)
    assert isinstance(told.exception, UsageError)
    assert words in str(told.exception)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(
            "date,x\n2026-01-12,1\n2026-01-12,2\n", "line 3: 2026-01-12 is there twice", id="vintages"
        ),
        pytest.param("date,x\n2026-01-12,one\n", "line 2: x 'one' is not a number", id="words"),
        pytest.param("date,y\n2026-01-12,1\n", "has no column 'x'", id="another column"),
        pytest.param(
            "date,x\n" + "".join(f"{day},0.38\n" for day in XNYS.between(date(2025, 1, 2), date(2025, 3, 3))),
            "is look-ahead, choose another column",
            id="the mean of all history in each of its rows",
        ),
    ],
)
def test_an_outside_series_that_cannot_be_right(tmp_path: Path, body: str, words: str) -> None:
    (tmp_path / "index.csv").write_text(body)
    fill(tmp_path / "narrative.db")
    told = run(
        "--evaluate",
        "--db",
        tmp_path / "narrative.db",
        "--beside",
        tmp_path / "index.csv",
        "--value-column",
        "x",
    )
    assert isinstance(told.exception, NarrativeError)
    assert words in str(told.exception)
    assert not list(tmp_path.glob("*evaluation*"))


# --- another spread ----------------------------------------------------------------------------------------------


def test_another_spread_is_another_trial_and_is_named(book: Ledger) -> None:
    first = api.evaluate_factor(book, "rotation", Settings((5,)), clock=CLOCK)
    turned = api.evaluate_factor(book, "rotation", Settings((5,)), pair=("QQQ", "IWM"), clock=CLOCK)
    assert turned.tried.total == 2
    assert turned.evaluation.ics[0].ic == pytest.approx(-first.evaluation.ics[0].ic, abs=1e-9)
    assert "QQQ − IWM" in turned.markdown
    with pytest.raises(NarrativeError, match="without prices of IWM − SPY"):
        api.evaluate_factor(book, "rotation", pair=("IWM", "SPY"), clock=CLOCK)


@pytest.mark.parametrize("text", ["IWM", "IWM,IWM", "IWM,", "IWM,SPY,QQQ"])
def test_a_spread_is_two_tickers(tmp_path: Path, text: str) -> None:
    fill(tmp_path / "narrative.db")
    ran = run("--evaluate", "--spread", text, "--db", tmp_path / "narrative.db")
    assert isinstance(ran.exception, UsageError)
    assert "--spread is two tickers such as IWM,SPY" in str(ran.exception)
