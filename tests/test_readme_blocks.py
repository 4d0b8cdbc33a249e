"""The blocks of the README's section on other tools, run as they stand beside the files they name."""

from __future__ import annotations

import importlib.util
import os
import random
import re
import subprocess
import sys
import textwrap
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import narrative
from narrative.clock import SimulatedClock
from narrative.exporting import write_factor
from narrative.importing import import_views
from narrative.ledger import open_ledger
from narrative.measure.sessions import load_sessions
from narrative.targets import load_targets

README = Path(__file__).resolve().parents[1] / "README.md"
BLOCKS = dict(
    re.findall(r"<!-- block: (\w+) -->\n```python\n(.*?)```\n", README.read_text(encoding="utf-8"), re.DOTALL)
)
LAST = date(2026, 6, 30)
NOW = datetime(2026, 7, 1, 21, tzinfo=UTC)
#: block -> what a line of its output must hold
WANTED = {
    "pandas": r"2026-03-02 21:00:00\+00:00 2026-03-02 21:00:00\+00:00",
    "polars": r"2026-03-02 21:00:00 UTC ┆ 2026-03-02 21:00:00 UTC",
    "alphalens": r"count +1\d\d\.0+ +1\d\d\.0+",
    "qlib": r"2026-06-30 +IWM",
    "vectorbt": r"-?\d+\.\d+",
}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the three files that the blocks name, from 200 invented views and invented closes."""
    folder, draw = tmp_path_factory.mktemp("room"), random.Random(3)
    rows = ["published_at,first_seen_at,voice,story,target,score"]
    for number in range(200):
        said = datetime(2026, 1, 5, 15, tzinfo=UTC) + timedelta(hours=20 * number)
        target = ("small_caps", "mega_cap_tech")[number % 2]
        rows.append(f"{said},{said},House {number % 9},s{number},{target},{draw.uniform(-1, 1):.2f}")
    (folder / "views.csv").write_text("\n".join(rows), encoding="utf-8")
    clock = SimulatedClock(NOW)
    with open_ledger(folder / "narrative.db", clock, create=True) as ledger:
        targets = load_targets()
        import_views(folder / "views.csv", ledger, clock, targets, source="Some", complain=pytest.fail)
        write_factor(ledger, "rotation", folder / "rotation.parquet", end=LAST, clock=clock)
    sessions = load_sessions().between(date(2026, 1, 2), date(2026, 7, 31))
    tickers = ("IWM", "IJR", "RSP", "SPY", "QQQ")
    closes = [",".join(("date", *tickers))]
    closes += [",".join((str(day), *(f"{draw.uniform(90, 110):.2f}" for _ in tickers))) for day in sessions]
    (folder / "closes.csv").write_text("\n".join(closes), encoding="utf-8")
    times = ("2026-03-02T15:00:00Z", "2026-03-02T21:00:00+00:00", "2026-03-02T16:30:00-05:00")
    (folder / "decisions.csv").write_text("\n".join(("time", *times)), encoding="utf-8")
    return folder


def test_the_readme_has_these_blocks_and_each_is_short() -> None:
    assert set(BLOCKS) == set(WANTED)
    assert {name: text.count("\n") for name, text in BLOCKS.items() if text.count("\n") >= 15} == {}


@pytest.mark.parametrize("name", WANTED)
def test_a_block_runs_as_it_stands(name: str, room: Path) -> None:
    """Its own lines may warn of nothing; the warnings of a library about itself are the library's."""
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed")
    command = [sys.executable, "-W", "error:::__main__", "-c", BLOCKS[name]]
    ran = subprocess.run(command, cwd=room, capture_output=True, text=True, check=False, timeout=300)
    assert ran.returncode == 0, ran.stderr
    assert re.search(WANTED[name], ran.stdout)


def test_the_quick_start_is_the_one_of_the_package() -> None:
    """tests/test_library.py runs that one as it stands."""
    (block,) = re.findall(
        r"<!-- quick start -->\n```python\n(.*?)```\n", README.read_text(encoding="utf-8"), re.DOTALL
    )
    lines = (narrative.__doc__ or "").splitlines()
    code = "\n".join(line for line in lines if line.startswith("    ") or not line)
    assert textwrap.dedent(code).strip() == block.strip()


def test_the_files_of_ones_own_are_read_as_they_stand(tmp_path: Path) -> None:
    target, story = re.findall(r"```toml\n(.*?)```\n", README.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "narratives").mkdir()
    (tmp_path / "narratives" / "atom.toml").write_text(story, encoding="utf-8")
    (tmp_path / "targets.toml").write_text(target, encoding="utf-8")
    shown = subprocess.run(
        [sys.executable, "-c", "from narrative.commands import main; main()", "narratives", "list"],
        env={**os.environ, "NARRATIVE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "The atom returns" in shown.stdout, shown.stderr
