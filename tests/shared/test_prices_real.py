"""Real prices, dividends and header styles; needs the folder ../shared beside the checkout."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from itertools import groupby
from pathlib import Path

import pytest

from narrative.errors import NarrativeError
from narrative.measure.prices import read_prices
from narrative.measure.returns import PriceRow, spread, total_returns

FOLDER = Path(__file__).parents[2].parent / "shared" / "data" / "prices"
PRICES, DIVIDENDS = FOLDER / "prices_daily.csv.gz", FOLDER / "dividends.csv"

pytestmark = pytest.mark.skipif(not PRICES.exists(), reason="needs the real prices in ../shared/data/prices")


Prices = dict[str, tuple[PriceRow, ...]]


def by_symbol(rows: Iterable[PriceRow]) -> Prices:
    return {symbol: tuple(group) for symbol, group in groupby(rows, key=lambda row: row.symbol)}


@pytest.fixture(scope="module")
def raw() -> Prices:
    return by_symbol(read_prices(PRICES, adjusted=False, dividends=DIVIDENDS))


@pytest.fixture(scope="module")
def adjusted() -> Prices:
    return by_symbol(read_prices(PRICES, adjusted=True))


def test_small_caps_in_july_2024(raw: Prices) -> None:
    close = {row.session: row.close for row in raw["IWM"]}
    assert close[date(2024, 7, 16)] / close[date(2024, 7, 9)] - 1 == pytest.approx(0.1152, abs=1e-4)
    legs = spread(raw["IWM"], raw["QQQ"])
    assert legs.over(date(2024, 7, 10), date(2024, 7, 11)) == pytest.approx(0.0579, abs=1e-4)
    assert legs.over(date(2024, 7, 10), date(2024, 7, 17)) == pytest.approx(0.1350, abs=1e-4)


@pytest.mark.parametrize(
    ("symbol", "within"),
    [
        pytest.param("IWM", 3e-6, id="IWM"),
        pytest.param("SPY", 3e-6, id="SPY"),
        pytest.param("QQQ", 3e-6, id="QQQ"),
        pytest.param("RSP", 3e-6, id="RSP"),
        pytest.param("IJR", 3.2e-6, id="IJR: closes near 27 printed with four decimals carry up to 3.8e-6"),
    ],
)
def test_total_returns_rebuild_the_adjusted_series(
    symbol: str, within: float, raw: Prices, adjusted: Prices
) -> None:
    total, published = total_returns(raw[symbol]), total_returns(adjusted[symbol])
    days = [day for day in total if date(2005, 1, 3) < day <= date(2026, 5, 1)]
    assert len(days) == 5365
    assert max(abs(total[day] - published[day]) for day in days) < within


def test_a_symbol_with_adjusted_prices_only_is_not_read_as_raw(raw: Prices, adjusted: Prices) -> None:
    assert "MAGS" not in raw
    assert {row.kind for row in adjusted["MAGS"]} == {"adjusted"}
    with pytest.raises(NarrativeError, match="holds no prices"):
        read_prices(PRICES, adjusted=False, symbol="MAGS")


def table(symbol: str) -> list[dict[str, str]]:
    with gzip.open(PRICES, "rt") as lines:
        return [line for line in csv.DictReader(lines) if line["symbol"] == symbol and line["date"] >= "2024"]


STYLES = {
    "a": (["Date,Open,High,Low,Close,Adj Close,Volume"], "date,open,high,low,close,adj_close,volume"),
    "b": (["Date,Close,High,Low,Open,Volume"], "date,close,high,low,open,volume"),
    "c": (
        ["Price,Close,High,Low,Open,Volume", "Ticker" + ",IWM" * 5, "Date,,,,,"],
        "date,close,high,low,open,volume",
    ),
    "d": (
        ["symbol,date,open,high,low,close,volume,adjclose"],
        "symbol,date,open,high,low,close,volume,adj_close",
    ),
    "e": (["date,open,high,low,close,volume"], "date,open,high,low,close,volume"),
}


@pytest.mark.parametrize("style", STYLES)
def test_every_header_style_gives_the_same_rows(style: str, raw: Prices, tmp_path: Path) -> None:
    head, order = STYLES[style]
    lines = [",".join(line[name] for name in order.split(",")) for line in table("IWM")]
    path = tmp_path / "prices.csv"
    path.write_text("\n".join([*head, *(reversed(lines) if style == "e" else lines)]) + "\n")
    expected = [replace(row, dividend=0.0) for row in raw["IWM"] if row.session >= date(2024, 1, 1)]
    assert list(read_prices(path, adjusted=False, symbol="IWM")) == expected


def test_levels_of_two_downloads_differ_and_their_returns_do_not(tmp_path: Path) -> None:
    with gzip.open(FOLDER / "adj_close_vintages.csv.gz", "rt") as lines:
        rows = [line for line in csv.DictReader(lines) if line["symbol"] == "IWM"]
    found = []
    for vintage in sorted({line["vintage"] for line in rows})[-2:]:
        path = tmp_path / f"{vintage}.csv"
        days = [f"{line['date']},{line['adj_close']}" for line in rows if line["vintage"] == vintage]
        path.write_text("\n".join(["Date,Adj Close", *days]) + "\n")
        found.append(read_prices(path, adjusted=True, symbol="IWM"))
    levels = [{row.session: row.close for row in one} for one in found]
    returns = [total_returns(one) for one in found]
    shared = returns[0].keys() & returns[1].keys()
    assert max(abs(levels[0][day] / levels[1][day] - 1) for day in shared) > 1e-3
    assert max(abs(returns[0][day] - returns[1][day]) for day in shared if day < date(2026, 3, 1)) < 1e-5
