"""Reading at scale without a cluster: one input gives what a single process gives, byte for byte again, and merges the same."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

pytest.importorskip("fastwarc", reason="needs the extra scale: pip install narrative[scale]")

from narrative.backfill import Backfill
from narrative.clock import SimulatedClock
from narrative.ledger import Ledger, open_ledger
from narrative.read.encoder import Reader
from narrative.scale.folder import Folder
from narrative.scale.inputs import inputs_of
from narrative.scale.loading import merge
from narrative.scale.reading import InputReader
from narrative.scale.running import run_of
from narrative.targets import Targets
from tests import scale_rows
from tests.scale_rows import BEGAN, archive, contents, dump, texts

Read = Callable[[Path, Path], dict[str, object]]


@pytest.fixture
def read(reader: Reader, targets: Targets) -> Read:
    """Reads one file into a folder, without triage."""

    def run(path: Path, out: Path) -> dict[str, object]:
        folder = Folder(str(out))
        begun = folder.begin(run_of(BEGAN, reader))
        (file,) = inputs_of([str(path)])
        return InputReader(folder, begun, reader, targets).read(file)

    return run


def tree(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", ["warc", "dump"])
def test_merged_is_what_one_process_keeps(
    kind: str, read: Read, reader: Reader, targets: Targets, ledger: Ledger, clock: SimulatedClock, tmp_path: Path
) -> None:
    made = list(texts(20))
    path = archive(tmp_path / "a.warc.gz", made) if kind == "warc" else dump(tmp_path / "a.jsonl", made)
    gave = read(path, tmp_path / "out")
    backfill = Backfill(ledger, clock, reader, targets)
    alone = backfill.warc(path) if kind == "warc" else backfill.dump(path)
    with open_ledger(tmp_path / "merged.db", clock, create=True) as merged:
        summary = merge(str(tmp_path / "out"), merged)
        assert contents(merged) == contents(ledger)
        assert len(contents(merged)["views"]) > 20
        assert (summary.read, summary.held) == (alone.read, 0)
        before = list(merged.store.connection.iterdump())
        assert merge(str(tmp_path / "out"), merged).held == summary.found
        assert list(merged.store.connection.iterdump()) == before
    assert (gave["found"], gave["views"]) == (alone.found, alone.read.views)
