"""What an evaluation says in words and pictures: the same facts on the page and in its Markdown twin."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html import unescape
from html.parser import HTMLParser

import numpy as np
import pytest
from evaluation_rows import XNYS, planted, sessions, spread, values

from narrative.errors import UsageError
from narrative.measure.evaluation.beside import Outside, agreements
from narrative.measure.evaluation.bootstrap import Interval
from narrative.measure.evaluation.detectable import detectable
from narrative.measure.evaluation.evaluation import Evaluation, Settings, evaluate
from narrative.measure.evaluation.panel import Value
from narrative.measure.evaluation.verdict import Verdict
from narrative.tell.escaping import markdown
from narrative.tell.evaluation_html import render_html
from narrative.tell.evaluation_markdown import render_markdown
from narrative.tell.evaluation_report import Report, Tried, report
from narrative.tell.evaluation_words import chance, missing

TRIED = Tried(7, {1: 0.5, 5: 0.0312, 20: 0.7})
HOSTILE = 'index|"><script>alert(1)</script>'


@pytest.fixture(scope="module")
def whole() -> Evaluation:
    """An evaluation with everything in it."""
    factor, returns = planted("leads", 0)
    rows = [replace(one, net=one.value) for one in values(factor)]
    outside = Outside(HOSTILE, dict(zip(sessions(1250), factor.tolist(), strict=True)))
    return evaluate(rows, spread(returns), XNYS, Settings(outside=(outside,)))


@pytest.fixture(scope="module")
def thin() -> Evaluation:
    """Twenty sessions, as a first month gives them."""
    factor, returns = planted("neither", 1)
    return evaluate(
        values(factor[:20], in_sample=1.0, backfilled=0.25, thin=True), spread(returns[:20]), XNYS
    )


def told(found: Evaluation, tried: Tried = TRIED, notes: tuple[str, ...] = ()) -> Report:
    return report(found, tried, narrative="rotation", title="Rotation", spread="IWM − QQQ", notes=notes)


# --- the first paragraph ----------------------------------------------------------------------------------------


def test_half_a_year_is_no_verdict_and_says_what_is_missing(whole: Evaluation) -> None:
    few = replace(whole, power=detectable(26, 5, 0.05), verdict=Verdict(None, ("too_few",)))
    assert told(few).lead == (
        "No verdict: n = 26 independent weeks; detectable |IC| about 0.38; about 359 more weeks are needed to tell an IC"
        " of 0.10 and 1,511 to tell the observed one."
    )


@pytest.mark.parametrize(
    ("n", "horizon", "observed", "words"),
    [
        pytest.param(
            1,
            5,
            None,
            r"1 independent week; detectable \|IC\| about 1.00; about 384 more weeks are needed to tell an IC of 0.10",
            id="one",
        ),
        pytest.param(
            100,
            20,
            0.1,
            "100 independent periods of 20 sessions; .* 1,140 more weeks are needed .* and 1,140 to tell the observed one",
            id="months",
        ),
        pytest.param(
            384,
            1,
            0.1,
            "384 independent sessions; .* about 1 more week is needed .* and 1 to tell the observed one",
            id="sessions",
        ),
        pytest.param(
            400, 5, 0.2, r"400 independent weeks; detectable \|IC\| about 0.10", id="nothing is missing"
        ),
    ],
)
def test_what_is_missing(n: int, horizon: int, observed: float | None, words: str) -> None:
    assert re.fullmatch(f"n = {words}", missing(detectable(n, horizon, observed), horizon))


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (
            "leads",
            "The factor leads IWM − QQQ: its past improves the forecast of the return (Granger p < 0.001 as leader",
        ),
        ("follows", "The factor follows IWM − QQQ: past returns improve the forecast of the factor"),
        (
            "both",
            "The factor leads IWM − QQQ and follows it: the past of each improves the forecast of the other",
        ),
        ("neither", "The factor neither leads nor follows IWM − QQQ, as far as these data can show"),
    ],
)
def test_a_verdict_is_one_plain_sentence_and_its_number(whole: Evaluation, order: str, words: str) -> None:
    lead = told(replace(whole, verdict=Verdict(order, ()))).lead
    assert lead.startswith(words)
    assert "The IC over 5 sessions is +0.475 (p = 0.006; 0.031 after 7 trials)" in lead
    assert "an |IC| below 0.12 would mostly not have been seen" in lead


def test_a_month_in_sample_says_so_first(thin: Evaluation) -> None:
    lead = told(thin).lead
    assert lead.startswith(
        "No verdict: 100 % of the weight behind the values was published before the model's training"
    )
    assert "n = 3 independent weeks; detectable |IC| about 1.00" in lead
    assert "who moves first needs 60 sessions in a row with values and prices that move, there are 19" in lead


# --- both files -------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """The visible text of a page, its tags and their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def facts(made: Report) -> list[str]:
    """Every sentence and cell of a report."""
    found = [made.title, made.kicker, made.lead, *made.notes, *made.method]
    for tile in made.tiles:
        found += [tile.label, tile.value, tile.note]
    for section in made.sections:
        found += [section.heading, *section.sentences]
        tables = [section.table, section.picture.table if section.picture else None]
        found += [section.picture.described] if section.picture else []
        for table in filter(None, tables):
            found += [*table.columns, *(cell for row in table.rows for cell in row)]
    return found


@pytest.mark.parametrize("name", ["whole", "thin"])
def test_both_files_hold_every_fact(name: str, request: pytest.FixtureRequest) -> None:
    made = told(request.getfixturevalue(name), notes=("IWM from raw prices beside QQQ from adjusted prices",))
    page, text = Page(render_html(made)), render_markdown(made)
    for fact in facts(made):
        assert fact in page.texts, fact
        assert markdown(fact) in text, fact


def test_the_page_asks_nothing_and_names_its_pictures(whole: Evaluation) -> None:
    html = render_html(told(whole))
    page = Page(html)
    assert not {"script", "img", "link", "iframe", "object"} & {tag for tag, _ in page.tags}
    assert not [attrs for _, attrs in page.tags if {"src", "href", "onload"} & attrs.keys()]
    pictures = [attrs for tag, attrs in page.tags if tag == "svg"]
    assert [attrs["role"] for attrs in pictures] == ["img"] * 4  # two, each wide and for a phone
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(set(ids)) == len(ids) == 8
    assert all(set(str(attrs["aria-labelledby"]).split()) <= set(ids) for attrs in pictures)
    assert "prefers-color-scheme: dark" in html
    assert not re.search(r"\bnan\b", html)


def test_names_from_elsewhere_are_shown_and_never_obeyed(whole: Evaluation) -> None:
    made = told(whole)
    html, text = render_html(made), render_markdown(made)
    assert "<script" not in html
    assert "<script" not in text
    assert f"Beside it: {HOSTILE}" in unescape(html)
    assert "\n## Beside it: index\\|" in text


def test_the_lead_lag_picture_has_both_sides(whole: Evaluation, thin: Evaluation) -> None:
    for found, side in ((whole, 20), (thin, 4)):
        section = next(one for one in told(found).sections if one.heading == "Who moves first")
        assert section.picture is not None
        drawn = section.picture.draw(False)
        assert "the market first" in drawn
        assert "the factor first" in drawn
        lags = [int(lag) for lag in re.findall(r"<title>lag ([+-]?\d+):", drawn.replace("−", "-"))]
        assert lags == list(range(-side, side + 1))


def test_a_factor_that_never_moves_has_a_page_without_pictures() -> None:
    _, returns = planted("neither", 2)
    found = evaluate(values(np.zeros(100)), spread(returns[:100]), XNYS)
    made = told(found, Tried(0, {}))
    assert found.ics == ()
    assert [section.picture for section in made.sections] == [None] * len(made.sections)
    assert "| 5 | none | none | none |" in render_markdown(made)
    assert "<svg" not in render_html(made)


def test_unlogged_trials_are_told(whole: Evaluation) -> None:
    text = render_markdown(told(whole, Tried(3, {}, "x.db cannot be written")))
    assert "3 trials in this ledger" in text
    assert "could not be logged (x.db cannot be written)" in text


def test_without_the_package_for_intervals_a_line_says_how_to_get_it(whole: Evaluation) -> None:
    text = render_markdown(told(replace(whole, interval=None, resampling=False)))
    assert "pip install arch" in text
    made = replace(whole, interval=Interval(5, -0.012, 0.3, 48))
    assert "by stationary bootstrap: −0.012 to +0.300 (blocks of 48 sessions" in render_markdown(told(made))


@pytest.mark.parametrize(
    ("p", "words"), [(None, "none"), (0.0004, "< 0.001"), (0.0496, "0.050"), (1.0, "1.000")]
)
def test_a_p_as_printed(p: float | None, words: str) -> None:
    assert chance(p) == words


# --- outside series ---------------------------------------------------------------------------------------------


def rows(pairs: dict[str, float]) -> list[Value]:
    days = {date.fromisoformat(day): value for day, value in pairs.items()}
    return [Value(day, XNYS.shift(day, 1), value, net=value) for day, value in days.items()]


def test_each_outside_day_is_set_beside_its_session_or_the_next() -> None:
    week = [
        "2026-01-12",
        "2026-01-13",
        "2026-01-14",
        "2026-01-15",
        "2026-01-16",
        "2026-01-20",
        "2026-01-21",
        "2026-01-22",
    ]
    ours = rows({day: n for n, day in enumerate(week)})
    outside = {date.fromisoformat(day): float(n) for n, day in enumerate(week)}
    outside[date(2026, 1, 11)] = 99.0  # a Sunday: Monday has its own
    del outside[date(2026, 1, 20)]
    outside[date(2026, 1, 17)] = (
        98.0  # Saturday, Sunday and the holiday all fall on the 20th; the last stands
    )
    outside[date(2026, 1, 19)] = 5.0
    net, factor = agreements(ours, Outside("index", outside), XNYS)
    assert (net.ours, factor.ours) == ("net", "factor")
    assert (net.n, net.span) == (8, (date(2026, 1, 12), date(2026, 1, 22)))
    assert net.levels is not None
    assert net.levels[0] == pytest.approx(1.0)
    assert net.changes is None  # seven changes, all the same


def test_too_little_in_common_is_no_agreement() -> None:
    ours = rows({"2026-01-12": 1.0, "2026-01-13": 2.0})
    net, _ = agreements(ours, Outside("index", {date(2026, 1, 12): 1.0, date(2025, 1, 2): 2.0}), XNYS)
    assert (net.n, net.levels, net.changes) == (1, None, None)
    none, _ = agreements(ours, Outside("index", {date(1980, 1, 2): 1.0}), XNYS)
    assert (none.n, none.span) == (0, None)


@pytest.mark.parametrize("horizons", [(), (0,), (5, 251)])
def test_horizons_that_make_no_sense(horizons: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match="1 to 250"):
        Settings(horizons)


def test_the_headline_is_five_sessions_where_they_are_asked_for() -> None:
    assert Settings((1, 20, 5)).headline == 5
    assert Settings((20, 1)).headline == 20
