"""No sentence of the demo's web comes from the real articles that are kept beside the project."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from narrative.bundled import bundled
from tests.shared.word_runs import runs

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT.parent / "shared" / "seeds"
WORDS = 8  # a run of this many equal words is a copy, not a turn of phrase

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="../shared/seeds is not here")


def visible(page: Path) -> str:
    text = re.sub(r"(?s)<(script|style).*?</\1>", " ", page.read_text(encoding="utf-8"))
    return re.sub(r"<[^>]+>", " ", text)


def test_no_run_of_words_is_shared_with_the_seeds() -> None:
    seeds = set().union(*(runs(seed.read_text(encoding="utf-8"), WORDS) for seed in SEEDS.glob("*.txt")))
    pages = sorted(bundled("corpus/site").glob("*/*.html"))
    shared = {page.name: seeds.intersection(runs(visible(page), WORDS)) for page in pages}
    assert pages
    assert seeds
    assert {name: found for name, found in shared.items() if found} == {}
