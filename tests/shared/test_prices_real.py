"""Real prices, dividends and header styles; needs the folder ../shared beside the checkout."""

from __future__ import annotations

import csv
import gzip
import statistics
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

import pytest

from narrative.errors import NarrativeError
from narrative.measure.legs import leg, spread_of_legs
from narrative.measure.outside_series import read_revisions
from narrative.measure.overlap import crossed, merged
from narrative.measure.prices import read_prices
from narrative.measure.returns import PriceRow, spread, total_returns
from narrative.measure.sessions import load_sessions
from narrative.measure.windows import window

FOLDER = Path(__file__).parents[2].parent / "shared" / "data" / "prices"
FACTORS = FOLDER.parent / "factors"
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


def vintage(symbol: str, day: str, folder: Path) -> tuple[PriceRow, ...]:
    """Adjusted closes of one symbol as they were downloaded on a day."""
    with gzip.open(FOLDER / "adj_close_vintages.csv.gz", "rt") as lines:
        rows = [line for line in csv.DictReader(lines) if (line["symbol"], line["vintage"]) == (symbol, day)]
    path = folder / f"{symbol}-{day}.csv"
    path.write_text("\n".join(["Date,Adj Close", *(f"{row['date']},{row['adj_close']}" for row in rows), ""]))
    return read_prices(path, adjusted=True, symbol=symbol)


@pytest.mark.parametrize("symbol", ["IWM", "SPY", "QQQ"])
def test_levels_of_two_downloads_differ_and_their_returns_do_not(symbol: str, tmp_path: Path) -> None:
    """The newer download adds its sessions and no other row, though every level in it is another one."""
    older, newer = vintage(symbol, "2026-05-01", tmp_path), vintage(symbol, "2026-08-20", tmp_path)
    levels = [{row.session: row.close for row in one} for one in (older, newer)]
    shared = levels[0].keys() & levels[1].keys()
    assert max(abs(levels[0][day] / levels[1][day] - 1) for day in shared) > 1e-3
    added = merged(newer, older, load_sessions())
    assert added.differences == ()
    assert {row.session for row in added.rows} == levels[1].keys() - levels[0].keys()
    published = total_returns(newer)
    total = total_returns([*older, *added.rows])
    assert max(abs(total[day] - published[day]) for day in published) < 3e-6


#: symbol -> the session in which a row of a later download was appended, and the false return that it makes
SEAMS = {
    "IWM": (date(2026, 3, 17), -0.0024),
    "SPY": (date(2026, 3, 19), -0.0026),
    "QQQ": (date(2026, 3, 24), -0.0011),
}


def splice(symbol: str, column: str) -> list[dict[str, str]]:
    with (FOLDER / "splice_example.csv").open() as lines:
        return [line | {"level": line[column]} for line in csv.DictReader(lines) if line["symbol"] == symbol]


@pytest.mark.parametrize("symbol", SEAMS)
def test_rows_appended_from_later_downloads_are_found(symbol: str, raw: Prices, tmp_path: Path) -> None:
    paths = {}
    for column in ("adj_close_appended", "adj_close_one_vintage"):
        rows = splice(symbol, column)
        paths[column] = tmp_path / f"{column}.csv"
        lines = [f"{row['date']},{row['close_raw']},{row['level']}" for row in rows]
        paths[column].write_text("\n".join(["Date,Close,Adj Close", *lines, ""]))
    sound = read_prices(paths["adj_close_one_vintage"], adjusted=True, symbol=symbol)
    assert list(crossed(sound, raw[symbol], load_sessions())) == []
    broken = read_prices(paths["adj_close_appended"], adjusted=True, symbol=symbol, accept_seams=True)
    found = [(seam.session, round(seam.jump, 4)) for seam in crossed(broken, raw[symbol], load_sessions())]
    assert found == [SEAMS[symbol]]


@pytest.mark.parametrize("symbol", SEAMS)
def test_a_file_with_both_closes_gives_its_seam_away(symbol: str, tmp_path: Path) -> None:
    path = tmp_path / "both.csv"
    lines = [
        f"{row['date']},{row['close_raw']},{row['level']}" for row in splice(symbol, "adj_close_appended")
    ]
    path.write_text("\n".join(["Date,Close,Adj Close", *lines, ""]))
    with pytest.raises(
        NarrativeError, match=rf"line \d+: {symbol} {SEAMS[symbol][0]}: .*false return of -0\."
    ):
        read_prices(path, adjusted=True, symbol=symbol)


def test_a_seam_of_a_real_download_is_named_with_its_dividend(raw: Prices, tmp_path: Path) -> None:
    """The download of November 2022 was appended day by day; each seam is a dividend that went ex around it."""
    older = vintage("IWM", "2022-11-18", tmp_path)
    found = list(crossed(older, raw["IWM"], load_sessions()))
    assert found
    assert all("false return" in seam.words for seam in found)
    assert max(abs(seam.jump) for seam in found) == pytest.approx(0.0052, abs=5e-4)


def test_the_spread_over_the_s_and_p_is_the_size_factor(raw: Prices) -> None:
    """Daily returns of IWM - SPY against the Fama-French SMB of their three factors, 2005 to April 2026."""
    with gzip.open(FACTORS / "ff_daily.csv.gz", "rt") as lines:
        smb = {date.fromisoformat(line["date"]): float(line["smb3"]) for line in csv.DictReader(lines)}
    spread = spread_of_legs(*(leg(raw[symbol], load_sessions()) for symbol in ("IWM", "SPY")))
    found = window(spread, date(2005, 1, 3), date(2026, 4, 30))
    assert found is not None
    pairs = [(day.spread, smb[day.session]) for day in found.days if day.session in smb]
    assert len(pairs) == 5365
    assert statistics.correlation(*zip(*pairs, strict=True)) == pytest.approx(0.8874, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "value", "vintages"),
    [
        ("sffed_news_sentiment_vintages.csv.gz", "news_sentiment", 4),
        ("ff5_vintages.csv.gz", "smb", 3),
    ],
)
def test_vintages_are_replayed_exactly(name: str, value: str, vintages: int) -> None:
    with gzip.open(FACTORS / name, "rt") as lines:
        rows = list(csv.DictReader(lines))
    labels = sorted({row["vintage"] for row in rows})
    series = read_revisions(FACTORS / name, value=value)
    out = list(series.vintages)
    assert len(out) == len(labels) == vintages
    for at, label in enumerate(labels):
        published = {
            date.fromisoformat(row["date"]): float(row[value]) for row in rows if row["vintage"] == label
        }
        before_the_next = out[at + 1] - timedelta(days=1) if at + 1 < len(out) else date(2030, 1, 1)
        for known in (out[at], before_the_next):
            assert dict(series.as_of(known)) == published
    assert dict(series.as_of(out[0] - timedelta(days=1))) == {}


def test_a_day_that_was_revised_reads_as_it_was_known() -> None:
    series = read_revisions(FACTORS / "sffed_news_sentiment_vintages.csv.gz", value="news_sentiment")
    day = date(2020, 3, 16)
    values = [series.value(day, known) for known in (date(2021, 4, 4), date(2021, 4, 5), date(2025, 3, 30))]
    assert values == [None, pytest.approx(-0.349, abs=5e-4), pytest.approx(-0.389, abs=5e-4)]


def test_the_full_sample_mean_of_the_survey_is_refused() -> None:
    path, out = FACTORS / "aaii_weekly.csv", date(2026, 4, 30)
    with pytest.raises(NarrativeError, match="look-ahead"):
        read_revisions(path, value="bullish_average_fullsample_LOOKAHEAD", vintage=None, known=out)
    assert len(read_revisions(path, value="bull_bear_spread", vintage=None, known=out).as_of(out)) == 2021
