"""Triage: what it lets through, why it leaves out, what it loses of the annotated views, and that no page makes it slow."""

from __future__ import annotations

import time
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrative.crawl.dumps import DumpRow
from narrative.read.annotated import GoldArticle
from narrative.read.corpus import read_corpus, split_of
from narrative.scale.triage import Triage, running_lines
from narrative.targets import Targets, load_targets
from narrative.terms import Capture
from tests import scale_rows
from tests.scale_rows import FILLER, FIRST, said

RECALL = 0.995  # of the annotated views

#: around an article on a page: menus, scripts and cards of other stories
MENU = "".join(
    f"<li><a href='/{name}'>{name}</a></li>" for name in ("Home", "Markets", "Stocks", "Bonds", "Gold", "Oil")
)
SCRIPT = "<script>var ad = {'stocks': 'small caps said'};</script><style>.gold { color: gold }</style><!-- stocks -->"


def page(*paragraphs: str, around: str = "") -> Capture:
    body = "".join(f"<p>{escape(line)}</p>" for line in paragraphs)
    html = f"<html><head><title>T</title>{SCRIPT}</head><body><nav><ul>{MENU}</ul></nav>{body}{around}</body></html>"
    url = "http://one.example/a"
    return Capture(url, url, FIRST, "text/html; charset=utf-8", html.encode())


@pytest.fixture(scope="module")
def triage() -> Triage:
    return Triage(load_targets())


VIEW = said("small caps", "Ann Lee").split("\n")[2:]
FRENCH = (
    "Les actions des petites entreprises ont monté de deux pour cent, a dit le directeur de la banque centrale hier. "
    * 3
)

LOOKED_AT = [
    ("a view", VIEW, None),
    ("nothing but menus", [], "too short"),
    ("a headline", ["Small caps will lead in this new year, says Ann Lee"], "too short"),
    ("another language", [FRENCH], "not in English"),
    ("no target, however the menus are called", [FILLER, FILLER], "nothing of the market"),
    (
        "a target far from what is said",
        [FILLER] + ["The shop in the old street sells bread and cakes to everybody who comes along."] * 6
        + ["Small caps, which are the stocks of small companies, rose again during the day."],
        "nothing of the market near an attribution",
    ),
    (
        "a target in passing in a long story",
        [FILLER] * 30 + ["Her uncle had made his money in gold, he said."],
        "few words of the market",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("paragraphs", "why"), [row[1:] for row in LOOKED_AT], ids=[row[0] for row in LOOKED_AT]
)
def test_a_page_is_read_or_left_for_a_reason(paragraphs: list[str], why: str | None, triage: Triage) -> None:
    assert triage.page(page(*paragraphs)) == why


def test_an_article_that_only_machines_are_shown_counts(triage: Triage) -> None:
    told = " ".join(VIEW).replace("“", "'").replace("”", "'")
    record = (
        f'<script type="application/ld+json">{{"@type": "NewsArticle", "articleBody": "{told}"}}</script>'
    )
    assert triage.page(page(around=record)) is None


def test_a_headline_alone_may_be_read(triage: Triage) -> None:
    rows = [
        DumpRow(1, "", "", "", text, None)
        for text in ("Goldman upgrades small caps to overweight", "Town library opens again")
    ]
    assert [triage.row(row) for row in rows] == [None, "nothing of the market"]


def test_no_name_of_a_target_is_missed(triage: Triage) -> None:
    nothing = Triage(Targets([], "none"))
    for gold in list(read_corpus(scale_rows.ROOT / "corpus" / "articles"))[::12]:
        for line in gold.text.split("\n"):
            assert triage._found(line) - nothing._found(line) == len(triage.targets.find(line))


def recall(articles: list[GoldArticle], triage: Triage) -> tuple[float, int]:
    """The share of the annotated views that stand in articles which are read, and how many views there are."""
    held = lost = 0
    for gold in articles:
        seen = triage.page(page(*[line for line in gold.text.split("\n") if line.strip()]))
        held, lost = (held + len(gold.views), lost) if seen is None else (held, lost + len(gold.views))
    return held / (held + lost), held + lost


def test_triage_loses_next_to_none_of_the_annotated_views(
    triage: Triage, capsys: pytest.CaptureFixture[str]
) -> None:
    articles = list(read_corpus(scale_rows.ROOT / "corpus" / "articles"))
    test = [gold for gold in articles if split_of(gold) == "test"]
    for name, chosen in (("test", test), ("all", articles)):
        share, views = recall(chosen, triage)
        with capsys.disabled():
            print(f"\ntriage keeps {share:.4f} of {views} annotated views ({name})", end="")
        assert share >= RECALL


HOSTILE = {
    "unclosed scripts": "<script " * 40_000,
    "unclosed comments": "<!-- " * 60_000,
    "angle brackets": "<" * 300_000,
    "entities": "&amp;" * 60_000,
    "open blocks": "<p " * 100_000,
    "half a script": "<script>" + "</scrip" * 40_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_page_makes_triage_slow(name: str, triage: Triage) -> None:
    begun = time.process_time()
    triage.page(page(*VIEW, around=HOSTILE[name]))
    assert time.process_time() - begun < 5


@given(st.lists(st.text(alphabet="ab <>&\n", min_size=1), max_size=8))
def test_what_a_person_sees_is_among_the_lines(words: list[str]) -> None:
    html = "".join(f"<p>{escape(word)}</p><script>{'x' * 5}</script>" for word in words)
    seen = [" ".join(line.split()) for word in words for line in word.split("\n")]
    assert running_lines(html) == [line for line in seen if line]


def test_the_targets_are_those_of_the_reader(targets: Targets) -> None:
    about = "“We expect gold to lead through the summer and for years to come,” said Ann Lee of Harbor Lane Capital."
    assert Triage(Targets([], "none")).page(page(about)) == "nothing of the market"
    assert Triage(targets).page(page(about)) is None
