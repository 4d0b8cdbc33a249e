"""The gate: what it lets through and what it holds back, and how many views it costs."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from narrative.errors import NarrativeError
from narrative.read.corpus import read_corpus, split_of
from narrative.read.gate import Gate, glimpse
from narrative.targets import Targets
from narrative.terms import Capture

CORPUS = Path(__file__).resolve().parents[1] / "corpus" / "articles"
#: long enough that a chance word is not enough
GARDEN = "The ponds froze early this year and the hedges were cut before the first snow of the month. " * 14
LOUD = "“Nobody digs in January,” said Ann Lee. "


@pytest.fixture(scope="module")
def gate(targets: Targets) -> Gate:
    return Gate(targets)


# fmt: off
TEXTS = [
    ("“Small caps will lead,” said Ann Lee.", True, "a target and speech"),
    ("Ann Lee expects the price of copper to fall.", True, "a target and a cue"),
    ("Ann Lee: rate cuts are coming", True, "a label attributes"),
    ("Buy now, said Ann Lee of Corvid Rail (NYSE: CVR).", True, "a symbol"),
    ("Ann Lee said investors had given up.", True, "a word of markets"),
    ("Small caps rose 2%.", False, "nobody says anything"),
    (LOUD, False, "nothing that is judged"),
    ("", False, "nothing at all"),
    (GARDEN + LOUD, False, "long, and about ponds"),
    (GARDEN + LOUD + "He wore gold.", False, "long, and one chance word"),
    (GARDEN + LOUD + "He sold gold and silver stocks.", True, "long, and two of them"),
    (GARDEN + LOUD + "He bought $AAPL.", True, "long, and a symbol"),
]
# fmt: on


@pytest.mark.parametrize(("text", "wanted", "why"), TEXTS, ids=[row[2] for row in TEXTS])
def test_a_text_passes_when_it_may_hold_a_view(text: str, wanted: bool, why: str, gate: Gate) -> None:
    assert gate.passes(text) is wanted, why


def test_nearly_every_annotated_view_passes(gate: Gate) -> None:
    every, kept = Counter[str](), Counter[str]()
    for gold in read_corpus(CORPUS):
        every[split_of(gold)] += len(gold.views)
        kept[split_of(gold)] += len(gold.views) * gate.passes(gold.text)
    for split, count in every.items():
        assert count > 100
        assert kept[split] >= 0.995 * count, split


def page(body: str, head: str = "") -> Capture:
    text = f"<html><head>{head}</head><body>{body}</body></html>"
    return Capture(
        "http://a.example/", "http://a.example/", datetime(2026, 1, 5, tzinfo=UTC), "text/html", text.encode()
    )


BODY = '<script type="application/ld+json">{"@type": "NewsArticle", "articleBody": "%s"}</script>'
MENU = "<nav><a>Markets</a> <a>Stocks</a> <a>Bonds</a></nav>"
STORY = f"<p>{GARDEN}</p><p>{LOUD}</p>"
# fmt: off
PAGES = [
    (page(f"<article><h1>What the ponds do</h1>{STORY}</article>"), False, "about ponds"),
    (page(f"{MENU}<article><h1>What the ponds do</h1>{STORY}</article>"), False, "the menu counts for nothing"),
    (page(f"<article><h1>Small-cap stocks in the garden</h1>{STORY}</article>"), True, "its headline counts"),
    (page("<div>Loading</div>", BODY % (GARDEN + LOUD + "Small caps and bonds fell.")), True, "what it states counts"),
    (page("<div>Loading</div>", BODY % (GARDEN + LOUD)), False, "what it states is about ponds"),
    (page(f"<div>{GARDEN}{LOUD}</div>"), True, "no running text: it cannot be told"),
]
# fmt: on


@pytest.mark.parametrize(("capture", "wanted", "why"), PAGES, ids=[row[2] for row in PAGES])
def test_a_page_passes_by_its_own_words(capture: Capture, wanted: bool, why: str, gate: Gate) -> None:
    assert gate.passes_page(capture) is wanted, why


def test_a_page_that_is_none_is_refused(gate: Gate) -> None:
    with pytest.raises(NarrativeError, match="not a web page but a binary file"):
        gate.passes_page(Capture("u", "u", datetime(2026, 1, 5, tzinfo=UTC), "", b"%PDF-1.7 x"))


def test_a_glimpse_has_the_words_and_not_the_menu() -> None:
    text, sure = glimpse(page(f"{MENU}<article><h1>What the ponds do</h1><p>{GARDEN}</p></article>"))
    assert text.startswith("What the ponds do\nThe ponds froze early")
    assert "Markets" not in text
    assert sure
