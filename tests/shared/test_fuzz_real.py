"""Fuzzing with real material: damaged feeds and pages of the shared test data, under the checks of `tests/test_fuzz.py`."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.damage import damaged
from tests.fuzzing import BUDGET, LONG, Case, fuzzed
from tests.test_fuzz import check_feed, check_page

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")

CHECKS = {"feeds": check_feed, "pages": check_page}


@cache
def bodies(folder: Path) -> tuple[bytes, ...]:
    """Every feed, or every tenth page, of a folder."""
    if folder.name == "feeds":
        return tuple(
            path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix not in (".md", ".jsonl")
        )
    return tuple(gzip.decompress(path.read_bytes()) for path in sorted(folder.glob("*.html.gz"))[::10])


def cases(folder: Path) -> st.SearchStrategy[Case]:
    """Damaged bodies, as many with no word about what they are as with one."""
    return st.builds(Case, damaged(st.sampled_from(bodies(folder))), st.sampled_from(["text/html", ""]))


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("seconds", [BUDGET / 3, pytest.param(LONG, marks=pytest.mark.slow)])
def test_fuzz_real(shared: Path, tmp_path: Path, name: str, seconds: float) -> None:
    folder = shared / "data" / ("feeds" if name == "feeds" else "html")
    assert fuzzed(name, cases(folder), CHECKS[name], seconds, tmp_path) > 0
