from __future__ import annotations

import gzip
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrative.errors import NarrativeError, UsageError
from narrative.measure.prices import read_prices
from narrative.measure.returns import PriceRow, growth, spread, total_returns

PLAIN = "Date,Close\n2026-01-14,200\n2026-01-15,202\n2026-01-16,201\n2026-01-20,210\n"


def price(day: str, close: float, dividend: float = 0.0, **changes) -> PriceRow:
    plain = dict(  # noqa: C408 - names without quotes read better here
        symbol="IWM",
        session=date.fromisoformat(day),
        open=None,
        high=None,
        low=None,
        close=close,
        volume=None,
        dividend=dividend,
        kind="raw",
    )
    return PriceRow(**{**plain, **changes})


@pytest.fixture
def write(tmp_path):
    def write(text: str | bytes, name: str = "prices.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


YAHOO = """Date,Open,High,Low,Close,Adj Close,Volume
2026-01-14,199,201,198,200,100,1000
2026-01-15,200,203,199,202,101,1100
"""
SHUFFLED = (
    "Date,Close,High,Low,Open,Volume\n2026-01-14,200,201,198,199,1000\n2026-01-15,202,203,199,200,1100\n"
)
FRAME = """Price,Close,High,Low,Open,Volume
Ticker,IWM,IWM,IWM,IWM,IWM
Date,,,,,
2026-01-14,200,201,198,199,1000
2026-01-15,202,203,199,200,1100
"""
FRAME_OF_TWO = """Price,Close,Close,Volume,Volume
Ticker,IWM,QQQ,IWM,QQQ
Date,,,,
2026-01-14,200,,1000,
2026-01-15,202,500,1100,900
"""
BY_TICKER = "Ticker,IWM,IWM\nPrice,Open,Close\nDate,,\n2026-01-14,199,200\n2026-01-15,200,202\n"
VENDOR = """symbol,date,open,high,low,close,volume,adjclose,dividends
IWM,2026-01-14,199,201,198,200,1000,100,0.0
IWM,2026-01-15,200,203,199,202,1100,101,0.5
"""
NEWEST_FIRST = (
    "date,open,high,low,close,volume\n2026-01-15,200,203,199,202,1100\n2026-01-14,199,201,198,200,1000\n"
)


@pytest.mark.parametrize(
    ("text", "adjusted", "closes"),
    [
        pytest.param(YAHOO, False, [200, 202], id="(a) Yahoo, raw"),
        pytest.param(YAHOO, True, [100, 101], id="(a) Yahoo, adjusted column"),
        pytest.param(SHUFFLED, False, [200, 202], id="(b) close first, said to be raw"),
        pytest.param(SHUFFLED, True, [200, 202], id="(b) close first, said to be adjusted"),
        pytest.param(FRAME, True, [200, 202], id="(c) three header rows"),
        pytest.param(BY_TICKER, True, [200, 202], id="(c) three header rows by ticker"),
        pytest.param(VENDOR, False, [200, 202], id="(d) symbol and dividends"),
        pytest.param(NEWEST_FIRST, False, [200, 202], id="(e) lower case, newest first"),
        pytest.param("\ufeff" + YAHOO.replace("\n", "\r\n"), False, [200, 202], id="byte order mark, CRLF"),
        pytest.param(YAHOO.replace(",", ";"), False, [200, 202], id="semicolons"),
        pytest.param(gzip.compress(YAHOO.encode()), False, [200, 202], id="gzip"),
        pytest.param(
            "Date,Close/Last\n20260114,$200.00\n20260115,$202.00\n",
            False,
            [200, 202],
            id="dollars, compact day",
        ),
        pytest.param(
            'Date,Close\n2026-01-14 00:00:00-05:00,"1,200.5"\n2026-01-15T00:00:00Z,"1,202"\n',
            False,
            [1200.5, 1202],
            id="day with a zone, thousands",
        ),
        pytest.param(
            "Date,Close\n2026-01-13,\n2026-01-14,200\n\n2026-01-15,202\n2026-01-16,nan\n",
            False,
            [200, 202],
            id="blank before, blank line, nan after",
        ),
    ],
)
def test_headers(write, text: str | bytes, adjusted: bool, closes: list[float]) -> None:
    rows = read_prices(write(text), adjusted=adjusted, symbol="IWM")
    assert [row.close for row in rows] == closes
    assert [row.session for row in rows] == [date(2026, 1, 14), date(2026, 1, 15)]
    assert {(row.symbol, row.kind) for row in rows} == {("IWM", "adjusted" if adjusted else "raw")}


def test_all_columns_arrive(write) -> None:
    row = read_prices(write(VENDOR), adjusted=False)[1]
    assert row == PriceRow("IWM", date(2026, 1, 15), 200, 203, 199, 202, 1100, 0.5, "raw")


def test_open_high_low_follow_an_adjusted_close(write) -> None:
    row = read_prices(write(YAHOO), adjusted=True, symbol="IWM")[0]
    assert (row.open, row.high, row.low, row.dividend) == (99.5, 100.5, 99, 0.0)


def test_several_symbols_start_when_they_are_first_known(write) -> None:
    path = write(FRAME_OF_TWO)
    assert [(row.symbol, row.close) for row in read_prices(path, adjusted=True)] == [
        ("IWM", 200),
        ("IWM", 202),
        ("QQQ", 500),
    ]
    assert [row.symbol for row in read_prices(path, adjusted=True, symbol="QQQ")] == ["QQQ"]


def test_a_zero_open_is_an_unknown_open(write) -> None:
    assert (
        read_prices(write("Date,Open,Close\n2026-01-14,0,200\n"), adjusted=False, symbol="IWM")[0].open
        is None
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(
            PLAIN + "2026-01-15,203\n", "lines 3 and 6: IWM 2026-01-15 is there twice", id="duplicate"
        ),
        pytest.param(
            PLAIN.replace("2026-01-15,202\n", ""), "line 3: IWM has no price for 2026-01-15", id="gap"
        ),
        pytest.param(
            PLAIN.replace(",202", ","), "line 4: IWM has no price for 2026-01-15", id="blank in between"
        ),
        pytest.param(PLAIN + "2026-01-24,210\n", "line 6: IWM 2026-01-24 was no trading day", id="Saturday"),
        pytest.param(PLAIN.replace(",202", ",-202"), "line 3: IWM 2026-01-15 has close -202", id="negative"),
        pytest.param(PLAIN.replace(",202", ",0"), "line 3: IWM 2026-01-15 has close 0", id="zero close"),
        pytest.param(PLAIN.replace(",202", ",inf"), "line 3: close 'inf' is not a number", id="infinite"),
        pytest.param(PLAIN.replace(",202", ",2O2"), "line 3: close '2O2' is not a number", id="letter O"),
        pytest.param(
            'Date;Close\n2026-01-14;"1,200"\n',
            "line 2: close '1,200' is not",
            id="a comma of unknown meaning",
        ),
        pytest.param(PLAIN.replace(",202", ",202,7"), "line 3: 3 cells under 2 columns", id="too many cells"),
        pytest.param(PLAIN + "2026-0", "line 6: 1 cells under 2 columns; is the file cut off?", id="cut off"),
        pytest.param(
            PLAIN.replace("2026-01-15", "15/01/2026"), "line 3: '15/01/2026' is not a day", id="day first"
        ),
        pytest.param(PLAIN.replace("01-15", "13-15"), "line 3: '2026-13-15' is not a day", id="month 13"),
        pytest.param(
            "Date,High,Low,Close\n2026-01-14,1,2,1.5\n", "its high 1 below its low 2", id="high below low"
        ),
        pytest.param("Date,Close,Volume\n2026-01-14,1,-2\n", "has volume -2, below 0", id="negative volume"),
        pytest.param(
            "symbol,date,close\n,2026-01-14,1\n", "line 2: the symbol is missing", id="no symbol in a row"
        ),
        pytest.param("Date,Close,Close\n2026-01-14,1,2\n", "one column each", id="two closes"),
        pytest.param(
            "time,value\n1,2\n", "needs a header with one column each for the date", id="another table"
        ),
        pytest.param("Date,Close\n", "holds no prices", id="header only"),
        pytest.param("", "needs a header", id="empty"),
        pytest.param(b"\x89PNG\r\n\x1a\n\xff\xfe", "cannot read", id="picture"),
        pytest.param(b"\x1f\x8b\x08\x00broken", "cannot read", id="broken gzip"),
        pytest.param('Date,Close\n2026-01-14,"1', "is not a CSV file", id="open quote"),
    ],
)
def test_what_cannot_be_right_is_refused_with_file_and_line(write, text: str | bytes, words: str) -> None:
    path = write(text)
    with pytest.raises(NarrativeError, match=re.escape(words)) as refused:
        read_prices(path, adjusted=False, symbol="IWM")
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        pytest.param(
            SHUFFLED, {"adjusted": None, "symbol": "IWM"}, "give --adjusted or --raw", id="not told"
        ),
        pytest.param(
            VENDOR, {"adjusted": None}, "give --adjusted or --raw", id="not told, with both columns"
        ),
        pytest.param(PLAIN, {"adjusted": False}, "give --symbol", id="whose prices?"),
        pytest.param(
            VENDOR, {"adjusted": False, "symbol": "QQQ"}, "no prices of QQQ; it has IWM", id="other symbol"
        ),
        pytest.param(
            "Date,Adj Close\n2026-01-14,1\n", {"adjusted": False, "symbol": "X"}, "give --adjusted", id="only"
        ),
        pytest.param(
            PLAIN, {"adjusted": True, "symbol": "X", "dividends": Path("d")}, "give --raw", id="twice"
        ),
    ],
)
def test_a_choice_left_open_is_not_guessed(write, text: str, options: dict, words: str) -> None:
    with pytest.raises(UsageError, match=re.escape(words)):
        read_prices(write(text), **options)


def test_dividends_from_their_own_file(write) -> None:
    paid = write(
        "date,symbol,dividend\n2026-01-15,IWM,2\n2026-01-15,QQQ,3\n2026-03-20,IWM,1\n", "dividends.csv"
    )
    rows = read_prices(write(PLAIN), adjusted=False, symbol="IWM", dividends=paid)
    assert [row.dividend for row in rows] == [0, 2, 0, 0]
    assert total_returns(rows)[date(2026, 1, 15)] == pytest.approx(202 / 198 - 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(
            "date,dividend\n2026-01-17,1\n", "has a dividend on 2026-01-17 and no price", id="Saturday"
        ),
        pytest.param(
            "date,dividend\n2026-01-15,-1\n", "line 2: the dividend of 2026-01-15 is below 0", id="negative"
        ),
        pytest.param("date,dividend\n2026-01-15,1\n2026-01-15,1\n", "line 3: the dividend of", id="twice"),
    ],
)
def test_dividends_that_cannot_be_right(write, text: str, words: str) -> None:
    paid = write(text, "dividends.csv")
    with pytest.raises(NarrativeError, match=re.escape(words)):
        read_prices(write(PLAIN), adjusted=False, symbol="IWM", dividends=paid)


def test_years_before_the_calendar_are_taken_as_they_are(write) -> None:
    rows = read_prices(write("Date,Close\n1987-10-16,282\n1987-10-20,236\n"), adjusted=False, symbol="^GSPC")
    assert len(rows) == 2


def test_total_returns_add_the_dividend_back() -> None:
    rows = [price("2026-01-14", 100), price("2026-01-15", 99, 2.0), price("2026-01-16", 99, 0.0)]
    assert total_returns(rows) == pytest.approx({date(2026, 1, 15): 99 / 98 - 1, date(2026, 1, 16): 0.0})
    assert growth(rows)[date(2026, 1, 16)] == pytest.approx(99 / 98)
    assert growth([]) == {}


@pytest.mark.parametrize(
    ("second", "words"),
    [
        pytest.param(price("2026-01-15", 1, symbol="QQQ"), "one symbol", id="two symbols"),
        pytest.param(price("2026-01-15", 1, kind="adjusted"), "cannot follow", id="two kinds"),
        pytest.param(price("2026-01-14", 1), "one row a session", id="a session twice"),
        pytest.param(
            price("2026-01-15", 1, 100.0), "dividend 100.0 is above", id="dividend of the whole price"
        ),
    ],
)
def test_returns_of_rows_that_do_not_belong_together(second: PriceRow, words: str) -> None:
    with pytest.raises(NarrativeError, match=words):
        total_returns([price("2026-01-14", 100), second])


def test_spread_is_the_difference_of_the_legs_returns() -> None:
    days = ("2026-01-14", "2026-01-15", "2026-01-16")
    legs = spread(
        [price(day, close) for day, close in zip(days, (100, 110, 121), strict=True)],
        [price(day, close) for day, close in zip(days, (50, 50, 45), strict=True)],
    )
    first, second, third = legs.sessions
    assert legs.over(first, third) == pytest.approx(0.21 + 0.10)
    assert legs.over(second, third) == pytest.approx(0.10 + 0.10)
    assert legs.levels([date(2026, 1, 13), first, second]) == [None, 0.0, pytest.approx(0.1)]
    assert legs.over(None, first) is None


@given(st.lists(st.floats(1, 1000), min_size=2, max_size=20), st.floats(0.1, 10))
def test_returns_do_not_depend_on_the_unit(closes: list[float], unit: float) -> None:
    days = [f"2026-01-{day:02d}" for day in range(1, len(closes) + 1)]
    plain = total_returns([price(day, close, 0.5) for day, close in zip(days, closes, strict=True)])
    scaled = total_returns(
        [price(day, close * unit, 0.5 * unit) for day, close in zip(days, closes, strict=True)]
    )
    assert list(scaled.values()) == pytest.approx(list(plain.values()), rel=1e-9, abs=1e-9)
