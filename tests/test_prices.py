from __future__ import annotations

import gzip
import re
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrative.errors import NarrativeError, UsageError
from narrative.measure.prices import read_prices, read_table
from narrative.measure.returns import PriceRow, growth, spread, total_returns
from narrative.measure.sessions import load_sessions
from narrative.measure.splits import as_traded
from tests.price_rows import adjusted as adjusted_rows
from tests.price_rows import price, run

PLAIN = "Date,Close\n2026-01-14,200\n2026-01-15,202\n2026-01-16,201\n2026-01-20,210\n"


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
        pytest.param(
            PLAIN,
            {"adjusted": True, "symbol": "X", "splits": "applied"},
            "hold their splits",
            id="split twice",
        ),
        pytest.param(
            "Date,Close,Stock Splits\n2026-01-14,400,0\n2026-01-15,101,4\n",
            {"adjusted": False, "symbol": "X"},
            "line 3: X 2026-01-15 has a split of 4 for 1: give --splits applied",
            id="a split, and nobody said whether it is in the closes",
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


# --- splits ------------------------------------------------------------------------------------------------

TRADED = "Date,Close,Dividends,{}\n2026-01-14,400,0,{}\n2026-01-15,101,0.5,{}\n2026-01-16,102,0,{}\n"
APPLIED = TRADED.replace("400", "100")


@pytest.mark.parametrize(
    ("column", "none", "four"),
    [
        pytest.param("Stock Splits", "0.0", "4.0", id="yfinance: 0 for none"),
        pytest.param("splitFactor", "1", "4", id="vendor: 1 for none"),
        pytest.param("8. split coefficient", "1.0", "4.0", id="numbered columns"),
        pytest.param("splits", "", "4:1", id="written as a ratio"),
        pytest.param("split", "nan", "8/2", id="written as a fraction"),
    ],
)
@pytest.mark.parametrize("text", [TRADED, APPLIED], ids=["not-applied", "applied"])
def test_both_conventions_give_the_rows_as_traded(
    write, text: str, column: str, none: str, four: str
) -> None:
    splits = "applied" if text == APPLIED else "not-applied"
    path = write(text.format(column, none, four, none))
    rows = read_prices(path, adjusted=False, symbol="IWM", splits=splits)
    assert [(row.close, row.split) for row in rows] == [(400, 1), (101, 4), (102, 1)]
    assert list(total_returns(rows).values()) == pytest.approx([101 / (100 - 0.5) - 1, 102 / 101 - 1])


def test_the_example_that_yahoo_prints_of_its_adjusted_close() -> None:
    """Yahoo Help SLN28256: a 2 for 1 split, then a dividend of .08; printed to cents."""
    days = ("01-12", "01-13", "01-14", "01-15", "01-16", "01-20", "01-21")
    closes = (46.99, 48.30, 24.96, 24.91, 24.95, 24.53, 24.54)
    printed = (23.42, 24.07, 24.88, 24.83, 24.87, 24.53, 24.54)
    rows = [price(f"2026-{day}", close) for day, close in zip(days, closes, strict=True)]
    rows[2], rows[5] = price("2026-01-14", 24.96, split=2.0), price("2026-01-20", 24.53, 0.08)
    level, levels = 24.54, [24.54]
    for change in reversed(total_returns(rows).values()):
        level /= 1 + change
        levels.append(level)
    assert levels[::-1] == pytest.approx(printed, abs=0.005)


@pytest.mark.parametrize(
    ("closes", "ratio", "splits", "words"),
    [
        pytest.param((400, 101), 4.0, "applied", "--splits not-applied", id="fell to a quarter"),
        pytest.param((100, 101), 4.0, "not-applied", "--splits applied", id="did not move"),
        pytest.param((10, 99), 0.1, "applied", "--splits not-applied", id="reverse split"),
        pytest.param((100, 95), 1.05, "applied", None, id="too small to tell from a day's move"),
        pytest.param((100, 70), 2.0, "applied", None, id="half way between the two"),
    ],
)
def test_what_is_said_of_a_split_is_checked(closes, ratio: float, splits, words: str | None) -> None:
    rows = [price("2026-01-14", closes[0]), price("2026-01-15", closes[1], split=ratio)]
    if words is None:
        assert as_traded(rows, splits, ["", ""])[1] == rows[1]
        return
    with pytest.raises(NarrativeError, match=f"row 2 has a split.*{words}"):
        as_traded(rows, splits, ["row 1", "row 2"])


def test_a_split_in_the_first_row_asks_nothing(write) -> None:
    path = write("Date,Close,Splits\n2026-01-14,100,4\n2026-01-15,101,0\n")
    assert read_prices(path, adjusted=False, symbol="IWM")[0].split == 4


def test_splits_and_dividends_from_a_file_of_actions(write) -> None:
    acts = write("Date,Dividends,Stock Splits\n2026-01-15,0,4\n2026-01-16,0.25,0\n", "actions.csv")
    path = write("Date,Close\n2026-01-14,100\n2026-01-15,101\n2026-01-16,102\n")
    rows = read_prices(path, adjusted=False, symbol="IWM", dividends=acts, splits="applied")
    assert [(row.close, row.dividend, row.split) for row in rows] == [
        (400, 0, 1),
        (101, 0, 4),
        (102, 0.25, 1),
    ]


@pytest.mark.parametrize("cell", ["4:0", "four", "-4"])
def test_a_split_that_is_none(write, cell: str) -> None:
    path = write(f"Date,Close,Split\n2026-01-14,100,0\n2026-01-15,101,{cell}\n")
    with pytest.raises(NarrativeError, match=r"line 3: .*split"):
        read_prices(path, adjusted=False, symbol="IWM", splits="applied")


@given(
    st.lists(
        st.tuples(st.floats(10, 200), st.sampled_from([0.0, 0.3]), st.sampled_from([1, 1, 1, 2, 5, 0.5]))
    ),
    st.integers(0, 50),
)
def test_a_return_does_not_depend_on_whether_splits_are_applied(listed, days: int) -> None:
    sessions = load_sessions()
    traded = [
        price(sessions.shift(date(2026, 1, 5), number), close, paid, split=ratio)
        for number, (close, paid, ratio) in enumerate(listed[:days])
    ]
    factor, divided = 1.0, []
    for row in reversed(traded):
        divided.append(replace(row, close=row.close / factor, dividend=row.dividend / factor))
        factor *= row.split
    back = as_traded(divided[::-1], "applied", [""] * len(divided)) if calm(traded, divided[::-1]) else traded
    assert [row.close for row in back] == pytest.approx([row.close for row in traded], rel=1e-9)
    assert list(total_returns(back).values()) == pytest.approx(list(total_returns(traded).values()), rel=1e-6)


def calm(traded: list[PriceRow], divided: list[PriceRow]) -> bool:
    """Whether no session's own move looks like its split, which is refused."""
    moves = [after.close / before.close for before, after in pairwise(divided)]
    return all(1 / 1.2 < move < 1.2 for move in moves)


# --- seams -------------------------------------------------------------------------------------------------


def both(raw: list[float], adj: list[float], paid: list[float] | None = None) -> str:
    days = [row.session for row in run(raw)]
    paid = paid or [0.0] * len(raw)
    lines = [f"{day},{c},{a:.6f},{d}" for day, c, a, d in zip(days, raw, adj, paid, strict=True)]
    return "\n".join(["Date,Close,Adj Close,Dividends", *lines, ""])


RAW = [100.0, 101.0, 99.0, 100.0, 102.0]
SOUND = [
    98.0,
    98.98,
    97.02,
    100.0,
    102.0,
]  # 2 % below until the dividend of 1.98 that went ex on the fourth day


@pytest.mark.parametrize(
    ("text", "adjusted", "line"),
    [
        pytest.param(both(RAW, SOUND, [0, 0, 0, 1.98, 0]), True, None, id="sound, its dividend known"),
        pytest.param(both(RAW, SOUND), True, None, id="sound, its dividend not listed"),
        pytest.param(both(RAW, RAW), False, None, id="an index: both closes are one"),
        pytest.param(
            both(RAW, [99.0, 99.99, 98.01, 98.0, 99.96]), True, 5, id="later rows from a newer download"
        ),
        pytest.param(
            both(RAW, [98.0, 98.98, 97.02, 98.0, 102.0], [0, 1, 0, 0, 1]),
            True,
            3,
            id="a dividend that the adjusted close does not know",
        ),
        pytest.param(
            both(RAW, [98.0, 98.98, 99.0, 100.0, 102.0], [0.5, 0, 0, 0, 0.5]),
            True,
            4,
            id="raw rows appended to adjusted ones, between two known dividends",
        ),
        pytest.param(both(RAW, [99.0, 99.99, 98.01, 98.0, 99.96]), False, 5, id="the same beside raw closes"),
        pytest.param(
            both([100, 101, 25, 25.5, 26], [100, 101, 25, 25.5, 26]),
            False,
            4,
            id="a split that is not listed",
        ),
        pytest.param("Date,Close\n2026-01-14,10\n2026-01-15,99\n", True, 3, id="ten times the price"),
    ],
)
def test_seams(write, text: str, adjusted: bool, line: int | None) -> None:
    path = write(text)
    if line is None:
        assert read_prices(path, adjusted=adjusted, symbol="IWM")
        return
    with pytest.raises(NarrativeError, match=rf"line {line}: IWM 2026-.*--accept-seams"):
        read_prices(path, adjusted=adjusted, symbol="IWM")
    assert read_prices(path, adjusted=adjusted, symbol="IWM", accept_seams=True)


def test_a_seam_names_the_dividend_that_explains_it(write) -> None:
    """The third row on come from a download after the dividend of the fourth day, the two before from an earlier one."""
    appended = [100.0, 101.0, 97.02, 100.0, 102.0]
    path = write(both(RAW, appended, [0, 0, 0, 1.98, 0]))
    with pytest.raises(
        NarrativeError, match=r"-1\.98%.*false return of .*dividend of 2026-01-08 \(1\.98\)"
    ) as told:
        read_prices(path, adjusted=True, symbol="IWM")
    assert "line 4: IWM 2026-01-07" in str(told.value)


def test_prices_of_two_decimals_are_no_seam(write) -> None:
    """At a price of 3 a rounded adjusted close moves by up to .3 % beside the close."""
    raw = [3.0, 3.05, 3.01, 3.07, 3.02]
    text = both(raw, [round(close * 0.913, 2) for close in raw]).replace("0000,", ",")
    assert len(read_prices(write(text), adjusted=True, symbol="IWM")) == 5


def test_prices_before_splits_that_were_divided_and_rounded_are_no_seam(write) -> None:
    """Closes of .3 that a vendor divided by a later split and rounded move by a percent beside the adjusted ones."""
    exact = [0.3014, 0.3071, 0.3038, 0.3049, 0.3011]
    days = [row.session for row in run(exact)]
    lines = [f"{day},{close:.2f},{close * 0.9:.6f}" for day, close in zip(days, exact, strict=True)]
    path = write("\n".join(["Date,Close,Adj Close", *lines, ""]))
    assert len(read_prices(path, adjusted=True, symbol="IWM")) == 5


def test_adjusted_rows_carry_their_returns(write) -> None:
    rows = read_prices(write(YAHOO), adjusted=True, symbol="IWM")
    assert [row.change for row in rows] == [None, pytest.approx(0.01)]


def test_a_table_knows_the_line_of_each_row(write) -> None:
    path = write(NEWEST_FIRST)
    table = read_table(path, adjusted=False, symbol="IWM")
    assert table.where("IWM", date(2026, 1, 14)) == f"{path} line 3: IWM 2026-01-14"


# --- returns -----------------------------------------------------------------------------------------------


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
        pytest.param(
            price("2026-01-15", 1, 30.0, split=4.0),
            "dividend 30.0 is above",
            id="above the price after a split",
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


def test_a_return_over_a_missing_session_is_left_out() -> None:
    rows = [*run([100, 101]), *run([103, 104], first=date(2026, 1, 9))]
    assert len(total_returns(rows)) == 3
    assert list(total_returns(rows, load_sessions())) == [date(2026, 1, 6), date(2026, 1, 12)]


def test_growth_begins_anew_behind_a_return_that_is_not_known() -> None:
    rows = [*adjusted_rows([100, 110]), *adjusted_rows([50, 55], first=date(2026, 1, 7))]
    assert growth(rows) == pytest.approx({date(2026, 1, 7): 1.0, date(2026, 1, 8): 1.1})
