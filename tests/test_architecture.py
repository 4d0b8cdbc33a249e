"""The shape of the project: who may import whom, one door for each outside package, small rooms, a light answer path."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from narrative.clock import SimulatedClock
from narrative.ledger import open_ledger

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "narrative"
FILES = sorted(path for path in PACKAGE.rglob("*.py") if "bundle" not in path.parts)
STAGES = ("crawl", "read", "ledger", "measure", "tell")
COMMON = {"terms", "targets", "errors", "clock", "bundled"}
#: rooms beside the line, and what they may look into
BESIDE = {
    "evaluate": {"read", "firms"},
    "scale": {"crawl", "read", "pipeline", "material", "backfill", "ledger"},
}
#: the room at scale opens a ledger in one file, where no worker is
LOADING = "loading.py"

#: outside package -> the only places that may import it
DOORS = {
    "feedparser": {"crawl/feeds.py"},
    "httpx2": {"crawl/fetch.py", "crawl/request.py", "crawl/transport.py", "crawl/body.py"},
    "httpcore2": {"crawl/transport.py"},
    "protego": {"crawl/robots.py"},
    "warcio": {"crawl/warc.py"},
    "trafilatura": {"read/extraction.py"},
    "htmldate": {"read/extraction.py"},
    "spacy": {"read/language.py"},
    "onnxruntime": {"read/encoder.py"},
    "tokenizers": {"read/encoder.py", "read/windows.py"},  # there only as a type
    "torch": {"read/foreign.py"},
    "transformers": {"read/foreign.py"},
    "exchange_calendars": {"measure/sessions.py"},
    "yfinance": {"measure/yahoo.py"},
    "datasette": {"browsing/server.py"},
    "uvicorn": {"browsing/server.py"},
    "ray": {"scale/cluster.py"},
    "fastwarc": {"scale/archives.py"},
    "fsspec": {"scale/inputs.py"},
    "statsmodels": {f"measure/evaluation/{room}.py" for room in ("ic", "leadlag", "trials")},
    "arch": {"measure/evaluation/bootstrap.py"},
}


def imports(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return found


@pytest.mark.parametrize("stage", [*STAGES, *BESIDE])
def test_a_stage_imports_itself_and_the_shared_words_only(stage: str) -> None:
    allowed = COMMON | {stage} | BESIDE.get(stage, set())
    for path in (PACKAGE / stage).rglob("*.py"):
        for name in imports(path):
            if match := re.match(r"narrative\.(\w+)", name):
                assert match[1] in allowed, f"{path.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize("package", sorted(DOORS))
def test_an_outside_package_has_one_door(package: str) -> None:
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in FILES
        for name in imports(path)
        if name.split(".")[0] == package
    }
    assert found <= DOORS[package]


def test_no_worker_opens_a_ledger() -> None:
    for path in (PACKAGE / "scale").glob("*.py"):
        found = {name for name in imports(path) if re.match(r"narrative\.(ledger|backfill)\b", name)}
        assert not found or path.name == LOADING, path
        assert "narrative.scale.loading" not in imports(path), path


def test_sqlite_utils_is_the_ledger_s_alone() -> None:
    for path in FILES:
        if any(name.split(".")[0] == "sqlite_utils" for name in imports(path)):
            assert path.parent.name == "ledger", path


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_rooms_are_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 350
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 50, node.name


def test_no_room_is_named_for_leftovers() -> None:
    assert not [
        path for path in FILES if path.stem in {"utils", "util", "helpers", "helper", "common", "misc"}
    ]


def test_asking_loads_no_model_and_no_table_library(tmp_path: Path, clock: SimulatedClock) -> None:
    open_ledger(tmp_path / "l.db", clock, create=True).close()
    heavy = ("spacy", "onnxruntime", "torch", "transformers", "pandas", "numpy", "trafilatura", "matplotlib")
    code = f"""
import sys
from datetime import UTC, datetime
from pathlib import Path
from narrative import api
from narrative.clock import SimulatedClock
clock = SimulatedClock(datetime(2026, 1, 14, 21, tzinfo=UTC))
with api.open(Path({str(tmp_path / "l.db")!r}), clock=clock, readonly=True) as ledger:
    api.ask(ledger, "who is bullish on small caps", clock=clock).text()
print([name for name in {heavy!r} if name in sys.modules])
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
