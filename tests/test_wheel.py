"""The wheel as somebody else gets it: what it holds, and that it works away from the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.shell import Ran, narrative

ROOT = Path(__file__).resolve().parents[1]
ARTICLE = "“Small caps will lead the market this year,” said Ann Lee, a strategist at Harbor Lane Capital.\n"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the tree."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", os.fspath(folder)]
    ended = subprocess.run(
        [*build, os.fspath(ROOT)], capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (made,) = folder.glob("narrative-*.whl")
    return made


@pytest.fixture(scope="module")
def names(wheel: Path) -> list[str]:
    """The names of the files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's content, as pip lays it out."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
    subprocess.run([*pip, "--target", folder, wheel], capture_output=True, check=True, timeout=120)
    return folder


@pytest.fixture
def away(tmp_path: Path) -> Path:
    """A folder that is not the checkout."""
    (tmp_path / "story.txt").write_text(ARTICLE, encoding="utf-8")
    return tmp_path


def run(installed: Path, away: Path, *arguments: str) -> Ran:
    return narrative(*arguments, cwd=away, env={"PYTHONPATH": os.fspath(installed)})


def files(folder: str) -> set[str]:
    return {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*") if path.is_file()}


def test_the_model_is_there(names: list[str]) -> None:
    parts = ("reader.onnx", "reader.toml", "tokenizer.json")
    assert {f"narrative/bundle/models/reader/{part}" for part in parts} <= set(names)


def test_the_demo_s_site_is_complete(names: list[str]) -> None:
    assert len(files("corpus/site")) > 20
    assert {f"narrative/bundle/{file}" for file in files("corpus/site")} <= set(names)


def test_the_data_files_are_there(names: list[str]) -> None:
    assert len(files("narrative/data")) > 5
    assert files("narrative/data") <= set(names)


def test_nothing_else_is_there(names: list[str]) -> None:
    assert {name.split("/")[0].split("-")[0] for name in names} == {"narrative"}
    assert not [
        name for name in names if "__pycache__" in name or "/tests/" in name or "corpus/articles" in name
    ]


def test_the_wheel_runs_away_from_the_checkout(installed: Path, away: Path) -> None:
    code = "import narrative.bundled as b; print(b.__file__, b.bundled('models/reader'), b.bundled('corpus/site'))"
    there = {**os.environ, "PYTHONPATH": os.fspath(installed)}
    ended = subprocess.run([sys.executable, "-c", code], cwd=away, env=there, capture_output=True, check=True)
    assert all(Path(word).is_relative_to(installed) for word in ended.stdout.decode().split())
    assert run(installed, away, "--help").code == 0


def test_the_wheel_reads(installed: Path, away: Path) -> None:
    ran = run(installed, away, "read", "story.txt", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out)["statements"][0]["speaker"] == "Ann Lee"


def test_the_wheel_runs_the_demo(installed: Path, away: Path) -> None:
    ran = run(installed, away, "demo")
    assert (ran.code, ran.err) == (0, "")
    assert (away / "narrative-demo" / "narrative.db").exists()
