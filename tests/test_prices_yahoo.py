"""Prices from Yahoo: a market object gives days as yfinance does, and the ledger gets them as traded, once."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from narrative.clock import SimulatedClock
from narrative.commands.prices import fetch
from narrative.errors import NarrativeError
from narrative.ledger import Ledger, open_ledger
from narrative.measure.returns import total_returns
from narrative.measure.sessions import load_sessions
from narrative.measure.yahoo import history, read_yahoo
from narrative.price_intake import Consent
from tests.price_rows import FIRST
from tests.shell import narrative

SESSIONS = load_sessions()
NEVER = Consent()


@dataclass
class Market:
    """A market that gives its days as yfinance gives Yahoo's: closes and dividends divided by all later splits."""

    closes: Sequence[float]
    dividends: dict[int, float] = field(default_factory=dict)
    splits: dict[int, float] = field(default_factory=dict)
    asked: list[tuple[str, date, date]] = field(default_factory=list)
    today: int | None = None  # the last session there is yet

    def __call__(self, symbol: str, start: date, end: date) -> list[dict[str, Any]]:
        self.asked.append((symbol, start, end))
        known = range(len(self.closes) if self.today is None else self.today + 1)
        factor, level, days = 1.0, 1.0, []
        for at in reversed(known):
            close, paid = self.closes[at] / factor, self.dividends.get(at, 0.0) / factor
            day = SESSIONS.shift(FIRST, at)
            days.append(
                {
                    "Date": datetime(day.year, day.month, day.day, tzinfo=UTC),
                    "Open": math.nan,
                    "High": close * 1.01,
                    "Low": close * 0.99,
                    "Close": close,
                    "Adj Close": close * level,
                    "Volume": int(1000 * factor),
                    "Dividends": paid,
                    "Stock Splits": self.splits.get(at, 0.0),
                    "Capital Gains": 0.0,
                }
            )
            factor *= self.splits.get(at, 1.0)
            if at:
                level *= 1 - self.dividends.get(at, 0.0) * self.splits.get(at, 1.0) / self.closes[at - 1]
        return [day for day in days[::-1] if start <= day["Date"].date() < end]


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(datetime(2026, 1, 12, 23, tzinfo=UTC))  # the sixth session closed two hours ago


@pytest.fixture
def book(tmp_path: Path, clock: SimulatedClock):
    with open_ledger(tmp_path / "ledger.db", clock, create=True) as ledger:
        yield ledger


CLOSES = [100.0, 101.0, 99.0, 100.0, 102.0, 103.0, 104.0, 26.5, 27.0]
SPLIT = {7: 4.0}


def get(book: Ledger, clock, market: Market, since: date | None = None, consent: Consent = NEVER) -> int:
    return fetch(book, ["iwm"], since, clock, market, consent)


def test_what_was_fetched_is_kept_once(book, clock, capsys) -> None:
    market = Market(CLOSES[:6], {2: 0.5})
    assert get(book, clock, market) == 0
    assert get(book, clock, market) == 0
    assert capsys.readouterr().out == (
        "IWM: 6 new of 6 rows, 2026-01-05 to 2026-01-12\nIWM: 0 new of 6 rows, 2026-01-05 to 2026-01-12\n"
    )
    assert [(row.close, row.dividend, row.kind) for row in book.prices()][2] == (99.0, 0.5, "raw")
    assert {row.source for row in book.prices()} == {"Yahoo Finance"}
    assert [(symbol, start) for symbol, start, _ in market.asked] == [
        ("IWM", SESSIONS.first),
        ("IWM", FIRST),  # five sessions before the last kept one
    ]


def test_a_split_that_comes_later_changes_nothing_that_is_kept(book, clock) -> None:
    """Yahoo divides the whole past by it; as traded, the past is what it was."""
    market = Market(CLOSES, {2: 0.5, 8: 0.1}, SPLIT, today=5)
    assert get(book, clock, market) == 0
    market.today = 8
    clock.advance_to(datetime(2026, 1, 15, 23, tzinfo=UTC))
    assert market("IWM", FIRST, date(2026, 2, 1))[0]["Close"] == 25.0
    assert get(book, clock, market) == 0
    kept = book.prices()
    assert [row.close for row in kept] == pytest.approx(CLOSES)
    assert [row.split for row in kept] == [1, 1, 1, 1, 1, 1, 1, 4, 1]
    assert [row.dividend for row in kept] == pytest.approx([0, 0, 0.5, 0, 0, 0, 0, 0, 0.1])
    assert total_returns(kept)[kept[7].session] == pytest.approx(26.5 * 4 / 104 - 1)
    assert kept[0].volume == 1000


def test_total_returns_are_those_of_the_adjusted_close(clock) -> None:
    clock.advance_to(datetime(2026, 1, 15, 23, tzinfo=UTC))
    market = Market(CLOSES, {2: 0.5, 8: 0.1}, SPLIT)
    days = market("IWM", FIRST, date(2026, 2, 1))
    levels = {day["Date"].date(): day["Adj Close"] for day in days}
    rows = read_yahoo("IWM", FIRST, clock.now(), download=market).rows
    changes = [levels[b] / levels[a] - 1 for a, b in zip(list(levels), list(levels)[1:], strict=False)]
    assert list(total_returns(rows).values()) == pytest.approx(changes, abs=1e-12)


@pytest.mark.parametrize(
    ("now", "last"),
    [
        pytest.param("2026-01-12T20:30", 4, id="the session is open: its row is not a close"),
        pytest.param("2026-01-12T21:30", 4, id="half an hour after the close it may still be corrected"),
        pytest.param("2026-01-12T22:00", 5, id="an hour after"),
        pytest.param("2026-01-11T12:00", 4, id="Sunday"),
    ],
)
def test_only_settled_sessions_are_taken(now: str, last: int) -> None:
    instant = datetime.fromisoformat(f"{now}+00:00")
    rows = read_yahoo("IWM", FIRST, instant, download=Market(CLOSES[:6])).rows
    assert rows[-1].session == SESSIONS.shift(FIRST, last)


def test_what_is_kept_is_not_overwritten(book, clock, capsys) -> None:
    get(book, clock, Market(CLOSES[:6]))
    before = book.prices()
    restated = Market([100.0, 101.0, 98.0, *CLOSES[3:6]])
    assert get(book, clock, restated) == 1
    assert (
        "IWM: Yahoo's answer on IWM: IWM 2026-01-07 closes at 98 and is kept at 99" in capsys.readouterr().err
    )
    assert book.prices() == before
    assert get(book, clock, restated, consent=Consent(correct=True)) == 0
    assert [row.close for row in book.prices()][2] == 98.0


def test_one_symbol_that_fails_does_not_stop_the_others(book, clock, capsys) -> None:
    def market(symbol: str, start: date, end: date) -> list[dict[str, Any]]:
        if symbol == "GONE":
            return []
        if symbol == "DOWN":
            raise NarrativeError("cannot fetch DOWN from Yahoo: timed out")
        return Market(CLOSES[:6])(symbol, start, end)

    assert fetch(book, ["gone", "down", "iwm", "IWM"], FIRST, clock, market, NEVER) == 2
    said = capsys.readouterr()
    assert said.err.splitlines() == [
        "GONE: Yahoo gave no prices of GONE since 2026-01-05; check the symbol and the connection",
        "DOWN: cannot fetch DOWN from Yahoo: timed out",
    ]
    assert said.out == "IWM: 6 new of 6 rows, 2026-01-05 to 2026-01-12\n"


def changed(days: list[dict[str, Any]], at: int, **cells: Any) -> list[dict[str, Any]]:
    days[at] = days[at] | {name.replace("_", " "): value for name, value in cells.items()}
    return days


@pytest.mark.parametrize(
    ("at", "cells", "words"),
    [
        pytest.param(
            2, {"Adj_Close": 97.0}, "false return", id="an adjusted close that the dividends do not give"
        ),
        pytest.param(2, {"Close": math.nan}, "has no price for 2026-01-07", id="a session without a close"),
        pytest.param(
            5, {"Close": math.nan, "Stock_Splits": 4.0}, "no close yet", id="a split before the open"
        ),
        pytest.param(2, {"Date": "2026-01-07"}, "no date in row 3", id="another shape of table"),
        pytest.param(2, {"Dividends": -1.0}, "dividend -1, below 0", id="a dividend below 0"),
        pytest.param(2, {"Date": datetime(2026, 1, 10, tzinfo=UTC)}, "was no trading day", id="a Saturday"),
    ],
)
def test_what_cannot_be_right_is_refused(clock, at: int, cells: dict[str, Any], words: str) -> None:
    def market(symbol: str, start: date, end: date) -> list[dict[str, Any]]:
        return changed(Market(CLOSES[:6], {1: 0.2, 4: 0.2})(symbol, start, end), at, **cells)

    with pytest.raises(NarrativeError, match=words):
        read_yahoo("IWM", FIRST, clock.now(), download=market)


def test_a_missing_extra_gives_its_install_line(tmp_path: Path) -> None:
    """A folder in which yfinance cannot be imported stands first on the path."""
    (tmp_path / "yfinance.py").write_text("raise ImportError('none here')\n", encoding="utf-8")
    ran = narrative("prices", "fetch", "IWM", cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)})
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "IWM: fetching prices needs yfinance: pip install yfinance\n"
    assert narrative("prices", "list", cwd=tmp_path).out.startswith("no prices are kept")


# --- yfinance itself, where it is installed, on canned answers ----------------------------------------------


def chart(market: Market) -> dict[str, Any]:
    """The market's days as Yahoo's chart service sends them."""
    days = market("IWM", FIRST, date(2026, 2, 1))
    opening = {day["Date"].date(): int(day["Date"].timestamp()) + 52200 for day in days}  # 09:30 in New York
    at = [opening[day["Date"].date()] for day in days]
    paid = {
        str(t): {"amount": d["Dividends"], "date": t} for t, d in zip(at, days, strict=True) if d["Dividends"]
    }
    split = {
        str(t): {"date": t, "numerator": d["Stock Splits"], "denominator": 1.0, "splitRatio": "4:1"}
        for t, d in zip(at, days, strict=True)
        if d["Stock Splits"]
    }
    quote = {name: [day[name.title()] for day in days] for name in ("high", "low", "close", "volume")}
    meta = {
        "currency": "USD",
        "symbol": "IWM",
        "instrumentType": "ETF",
        "exchangeTimezoneName": "America/New_York",
        "dataGranularity": "1d",
        "validRanges": ["1d", "5d", "max"],
    }
    result = {
        "meta": meta,
        "timestamp": at,
        "events": {"dividends": paid, "splits": split},
        "indicators": {
            "quote": [quote | {"open": quote["close"]}],
            "adjclose": [{"adjclose": [day["Adj Close"] for day in days]}],
        },
    }
    return {"chart": {"result": [result], "error": None}}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # pandas warns of what yfinance does
def test_yfinance_gives_days_as_this_expects_them(clock, tmp_path: Path) -> None:
    yfinance = pytest.importorskip("yfinance", reason="needs the extra market")
    requests = pytest.importorskip("requests")
    clock.advance_to(datetime(2026, 1, 15, 23, tzinfo=UTC))
    market = Market(CLOSES, {2: 0.5, 8: 0.1}, SPLIT)
    missing = {"chart": {"result": None, "error": {"code": "Not Found", "description": "No data found"}}}

    class Canned(requests.adapters.BaseAdapter):
        """A transport without a network: Yahoo's answers for one symbol that it has."""

        def send(self, request: Any, **_: Any) -> Any:
            answer = requests.Response()
            answer.status_code, answer.url, answer.request = 200, request.url, request
            body = chart(market) if "/chart/IWM" in request.url else missing
            answer._content = json.dumps(body).encode() if "/chart/" in request.url else b"crumb"
            return answer

        def close(self) -> None:
            """Hold nothing open."""

    yfinance.set_tz_cache_location(str(tmp_path))
    session = requests.Session()
    session.mount("https://", Canned())
    yfinance.config.debug.hide_exceptions = False

    def download(symbol: str, start: date, end: date) -> Any:
        return history(yfinance.Ticker(symbol, session=session), symbol, start, end)

    rows = read_yahoo("IWM", FIRST, clock.now(), download=download).rows
    assert rows == read_yahoo("IWM", FIRST, clock.now(), download=opened(market)).rows
    with pytest.raises(NarrativeError, match="cannot fetch GONE from Yahoo"):
        read_yahoo("GONE", FIRST, clock.now(), download=download)


def opened(market: Market) -> Any:
    """The market with the opening prices that the chart gives."""
    return lambda *asked: [day | {"Open": day["Close"]} for day in market(*asked)]
