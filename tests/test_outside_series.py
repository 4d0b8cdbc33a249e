"""Outside series: each vintage is replayed as it was published, and a statistic over all of history is refused."""

from __future__ import annotations

import gzip
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrative.errors import NarrativeError, UsageError
from narrative.measure.outside_series import Revisions, read_revisions

TEXT = """date,vintage,mood
2026-01-05,2026-01-06,0.5
2026-01-06,2026-01-06,0.25
2026-01-05,2026-02-10,-0.5
2026-01-06,2026-02-10,
2026-02-09,2026-02-10,1
"""


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "series.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("known", "values"),
    [
        pytest.param("2026-01-05", {}, id="nothing was out"),
        pytest.param("2026-01-06", {"2026-01-05": 0.5, "2026-01-06": 0.25}, id="on its day a vintage is out"),
        pytest.param("2026-02-09", {"2026-01-05": 0.5, "2026-01-06": 0.25}, id="a day before the revision"),
        pytest.param("2026-02-10", {"2026-01-05": -0.5, "2026-02-09": 1.0}, id="the new one, whole"),
        pytest.param("2030-01-01", {"2026-01-05": -0.5, "2026-02-09": 1.0}, id="long after"),
    ],
)
def test_the_newest_vintage_that_was_out_and_nothing_else(
    write, known: str, values: dict[str, float]
) -> None:
    series = read_revisions(write(TEXT), value="mood")
    day = date.fromisoformat(known)
    assert dict(series.as_of(day)) == {date.fromisoformat(at): value for at, value in values.items()}
    assert series.value(date(2026, 1, 6), day) == values.get("2026-01-06")


@given(
    st.dictionaries(st.integers(0, 40), st.dictionaries(st.integers(0, 40), st.floats(-1, 1))),
    st.integers(0, 50),
)
def test_what_comes_out_later_changes_no_answer(listed: dict[int, dict[int, float]], at: int) -> None:
    start = date(2026, 1, 1)
    vintages = {
        start + timedelta(out): {start + timedelta(day): value for day, value in values.items()}
        for out, values in listed.items()
    }
    known = start + timedelta(at)
    before = {out: values for out, values in vintages.items() if out <= known}
    assert Revisions(vintages).as_of(known) == Revisions(before).as_of(known)
    assert Revisions(vintages).as_of(known) == (before[max(before)] if before else {})


def test_a_month_stands_for_its_last_day(write) -> None:
    series = read_revisions(
        write("day,out,x\n20260105,202602,1\n2026-01-06,2026-02,2\n"), value="x", day="day", vintage="out"
    )
    assert list(series.vintages) == [date(2026, 2, 28)]


def test_a_file_of_one_vintage_came_out_on_a_given_day(write, tmp_path: Path) -> None:
    path = tmp_path / "series.csv.gz"
    path.write_bytes(gzip.compress(b"date,x\n2026-01-05,1\n"))
    series = read_revisions(path, value="x", vintage=None, known=date(2026, 1, 9))
    assert (
        series.value(date(2026, 1, 5), date(2026, 1, 8)),
        series.value(date(2026, 1, 5), date(2026, 1, 9)),
    ) == (
        None,
        1.0,
    )


def survey(rows: int, mean: str = "0.38") -> str:
    days = (date(2025, 1, 2) + timedelta(weeks=number) for number in range(rows))
    return "date,bulls,mean\n" + "".join(f"{day},0.{number % 7}1,{mean}\n" for number, day in enumerate(days))


def test_a_mean_over_the_whole_sample_is_refused_and_the_rest_of_the_file_is_not(write) -> None:
    path, out = write(survey(30)), date(2026, 1, 1)
    with pytest.raises(NarrativeError, match=r"mean is 0\.38 on 30 of 30 days of the vintage .* look-ahead"):
        read_revisions(path, value="mean", vintage=None, known=out)
    assert len(read_revisions(path, value="bulls", vintage=None, known=out).as_of(out)) == 30
    newest = write(
        survey(199) + "2028-12-01,0.1,0.39\n"
    )  # the newest row of a real one has the mean of its own day
    with pytest.raises(NarrativeError, match=r"199 of 200 days"):
        read_revisions(newest, value="mean", vintage=None, known=date(2029, 1, 1))
    short = write(survey(19))
    assert len(read_revisions(short, value="mean", vintage=None, known=out).as_of(out)) == 19


@pytest.mark.parametrize(
    ("text", "options", "error", "words"),
    [
        pytest.param(TEXT, {"value": "spread"}, UsageError, "no column 'spread'; it has date", id="other column"),
        pytest.param("", {"value": "mood"}, UsageError, "no column 'date'; it has nothing", id="empty"),
        pytest.param(TEXT, {"value": "mood", "known": date(2026, 1, 1)}, UsageError, "or the day", id="both told"),
        pytest.param(TEXT, {"value": "mood", "vintage": None}, UsageError, "or the day", id="neither told"),
        pytest.param(
            TEXT + "2026-02-09,2026-02-10,1\n", {"value": "mood"}, NarrativeError, "line 7: 2026-02-09 is there twice",
            id="a day twice",
        ),
        pytest.param(
            TEXT + "2026-02-11,2026-02-10,1\n", {"value": "mood"}, NarrativeError, "line 7: 2026-02-11 is after",
            id="a day after its vintage",
        ),
        pytest.param(TEXT + "2026-02-08,2026-02-10\n", {"value": "mood"}, NarrativeError, "cut off", id="cut off"),
        pytest.param(
            TEXT + "2026-02-08,2026-02-10,x\n", {"value": "mood"}, NarrativeError, "line 7: mood 'x' is not a number",
            id="no number",
        ),
        pytest.param(
            TEXT + "2026-02-08,202613,1\n", {"value": "mood"}, NarrativeError, "line 7: '20261301' is not a day",
            id="month 13",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_right(write, text: str, options: dict, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        read_revisions(write(text), **options)
