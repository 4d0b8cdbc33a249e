"""Figures: the table of cases, tables of numbers, repeated passages, and what must hold for any text."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import read_names

from narrative.read.figures import figures
from narrative.terms import Figure

CASES = tomllib.loads((Path(__file__).parent / "tables" / "figures.toml").read_text(encoding="utf-8"))["case"]
MASHED = """The seven giants had a mixed year, as the table shows:

StocksYTD PerformanceOne Year Performance
Nvidia Corp. (NVDA)36.80%34.94%
Apple Inc. (AAPL)-11.69%5.48%
"""
RULED = """The seven giants had a mixed year, as the table shows:

| Stock | P/E | Change (%) | This year |
|---|---|---|---|
| Nvidia | 31.5 | 2.4 | 36.80% |
"""


def read(text: str) -> tuple[Figure, ...]:
    made, found, mentions = read_names(text)
    return figures(made.text, found, mentions, made.id)


def matches(figure: Figure, row: list[Any]) -> bool:
    told = (figure.subject or "", figure.period or "", figure.direction or "")
    wanted = row[3:]
    return [figure.text, figure.unit] == [row[0], row[2]] and all(
        w in ("*", t) for w, t in zip(wanted, told, strict=True)
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_table(case: dict[str, Any]) -> None:
    found = read(case["text"])
    assert [figure.text for figure in found] == [row[0] for row in case["figures"]], case["why"]
    for figure, row in zip(found, case["figures"], strict=True):
        assert matches(figure, row), (case["why"], figure, row)
        assert figure.value == pytest.approx(row[1])


def test_a_mashed_table_gives_figures_by_company_and_column() -> None:
    assert [(f.subject, f.value, f.period) for f in read(MASHED)] == [
        ("Nvidia Corp.", 36.80, "YTD"),
        ("Nvidia Corp.", 34.94, "One Year"),
        ("Apple Inc.", -11.69, "YTD"),
        ("Apple Inc.", 5.48, "One Year"),
    ]


def test_a_ruled_table_takes_units_and_periods_from_its_head() -> None:
    assert [(f.subject, f.value, f.unit, f.period) for f in read(RULED)] == [
        ("Nvidia P/E", 31.5, "multiple", None),
        ("Nvidia Change (%)", 2.4, "percent", None),
        ("Nvidia", 36.80, "percent", "This year"),
    ]


def test_a_paragraph_printed_twice_is_read_once() -> None:
    paragraph = "Small companies rose 3.5% last week as yields fell and buyers came back to the market.\n\n"
    other = "The broad market was little changed over the same days, and volume stayed low everywhere.\n\n"
    assert len(read((paragraph + other) * 2)) == 1


def test_a_change_over_the_same_period_takes_the_period_told_before() -> None:
    first, second = read("The Dow rose 3% this year. The Nasdaq 100 gained 5% over the same period.")
    assert (first.period, second.period) == ("this year", "this year")


def test_the_index_is_the_one_named_last() -> None:
    assert read("The Russell 2000 had a bad week. The index dropped 6.6%.")[0].subject == "Russell 2000"


def test_ids_depend_on_article_and_place_only() -> None:
    text = "The Dow rose 3% and then 3%."
    once, again = read(text), read(text)
    assert once == again
    assert len({figure.id for figure in once}) == 2


@given(st.text(alphabet="0123456789.,%$€£-−–+ xptimesbillon()\n'", max_size=80))
def test_any_run_of_digits_and_signs_is_read_without_harm(text: str) -> None:
    text = "Growth was " + text
    for figure in read(text):
        assert text[figure.span.start : figure.span.end] == figure.text


def test_a_page_without_points_is_read_in_bounded_time() -> None:
    assert len(read("the index rose 5% and " * 400)) == 400
