"""Reading at scale on a local cluster of two: the same rows as one process, whoever is killed on the way."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest

from narrative.backfill import Backfill
from narrative.clock import SimulatedClock
from narrative.ledger import open_ledger
from narrative.read.encoder import StanceModel, load_reader
from narrative.scale.cluster import Done, Job, cluster, read_all
from narrative.scale.folder import Folder
from narrative.scale.inputs import inputs_of
from narrative.scale.loading import merge
from narrative.scale.reading import InputReader
from narrative.scale.running import run_of
from narrative.targets import Targets
from tests import scale_rows
from tests.scale_rows import BEGAN, Killed, archive, contents, dump, scripted, speaking, texts, tree
from tests.shell import narrative

pytestmark = [
    pytest.mark.skipif(find_spec("ray") is None, reason="needs the extra scale: ray"),
    pytest.mark.filterwarnings("ignore"),  # Ray's own, of threads and files it leaves open
]
TEXTS = 30  # of each kind


@pytest.fixture(scope="module")
def two() -> Iterator[None]:
    """A local cluster of two workers."""
    with cluster(None, 2) as cores:
        assert cores == 2
        yield


def read(
    places: Sequence[Path], out: Path, load: object = scripted, model: StanceModel | None = None
) -> list[Done]:
    """Read what is left with the two workers."""
    folder = Folder(str(out))
    run = folder.begin(run_of(BEGAN, model or scripted()))
    left = [file for file in inputs_of([str(place) for place in places]) if not folder.is_done(file)]
    return list(read_all(left, Job(str(out), run, load), 2)) if left else []  # type: ignore[arg-type]


def read_alone(places: Sequence[Path], out: Path, targets: Targets) -> dict[str, bytes]:
    """Read the same in this process; return the files."""
    folder = Folder(str(out))
    reader = InputReader(folder, folder.begin(run_of(BEGAN, scripted())), scripted(), targets)
    for file in inputs_of([str(place) for place in places]):
        reader.read(file)
    return tree(out)


def archives(folder: Path, count: int, each: int) -> list[Path]:
    made = speaking(count * each)
    return [archive(folder / f"{n}.warc.gz", made[n * each : (n + 1) * each], n * each) for n in range(count)]


def merged(out: Path, db: Path, clock: SimulatedClock) -> dict[str, list[tuple[object, ...]]]:
    with open_ledger(db, clock, create=True) as ledger:
        merge(str(out), ledger)
        return contents(ledger)


def same_as_one_process(folder: Path, count: int, clock: SimulatedClock, targets: Targets) -> None:
    """Read as many articles as pages and as rows by the shipped model: once through Ray, once into a ledger."""
    model, made, half = load_reader(), list(texts(count)), count // 2
    first = archive(folder / "a.warc.gz", made[:half])
    second = archive(folder / "b.warc.gz", made[half:], half)
    rows = dump(folder / "c.jsonl", made, 10_000)
    done = read([first, second, rows], folder / "out", load_reader, model)
    assert [one.failed for one in done] == [None] * 3
    assert len({one.process for one in done}) == 2
    with open_ledger(folder / "alone.db", clock, create=True) as alone:
        backfill = Backfill(alone, clock, model, targets)
        backfill.warc(first)
        backfill.warc(second)
        backfill.dump(rows)
        expected = contents(alone)
    found = merged(folder / "out", folder / "merged.db", clock)
    assert len(found["articles"]) == 2 * count
    for table, lines in expected.items():
        assert found[table] == lines, table


def test_a_cluster_gives_what_one_process_gives(
    two: None, clock: SimulatedClock, targets: Targets, tmp_path: Path
) -> None:
    same_as_one_process(tmp_path, TEXTS, clock, targets)


@pytest.mark.slow
def test_three_thousand_articles_are_the_same_through_a_cluster(
    two: None, clock: SimulatedClock, targets: Targets, tmp_path: Path
) -> None:
    same_as_one_process(tmp_path, 1500, clock, targets)


def test_a_killed_worker_changes_nothing(two: None, targets: Targets, tmp_path: Path) -> None:
    places, mark = archives(tmp_path, 4, 6), tmp_path / "killed"
    done = read(places, tmp_path / "out", partial(Killed, mark))
    assert mark.exists()
    assert [one.failed for one in done] == [None] * 4
    assert tree(tmp_path / "out") == read_alone(places, tmp_path / "alone", targets)
    assert read(places, tmp_path / "out") == []


def test_an_input_that_kills_its_workers_is_left_out_in_the_end(two: None, tmp_path: Path) -> None:
    places = archives(tmp_path, 2, 1)
    deadly = archive(tmp_path / "deadly.warc", speaking(3))
    done = read([*places, deadly], tmp_path / "out", partial(Killed, tmp_path / "no folder" / "mark"))
    failed = [one.failed for one in done if one.failed]
    assert failed == [f"{deadly}: 3 workers died while they read it; it is left out"]
    assert len(done) == 3
    assert not list((tmp_path / "out" / ".drafts").glob("*.json"))


def test_bad_inputs_are_told_and_stop_no_other(two: None, tmp_path: Path) -> None:
    places = archives(tmp_path, 2, 3)
    (tmp_path / "page.warc").write_text("<html>no archive</html>")
    whole = places[1].read_bytes()
    places[1].write_bytes(whole[: len(whole) - 60])
    done = {Path(one.place).name: one for one in read([*places, tmp_path / "page.warc"], tmp_path / "out")}
    assert "not a WARC file" in str(done["page.warc"].failed)
    broken = done["1.warc.gz"].manifest
    assert broken is not None
    assert (broken["views"], "get the file again" in broken["broken"]) == (2, True)
    places[1].write_bytes(whole)
    again = read(places, tmp_path / "out")
    assert [(Path(one.place).name, one.manifest and one.manifest["views"]) for one in again] == [
        ("1.warc.gz", 3)
    ]


DRIVER = """
import os, signal, sys
from pathlib import Path
from narrative.scale.cluster import Job, cluster, read_all
from narrative.scale.folder import Folder
from narrative.scale.inputs import inputs_of
from narrative.scale.running import run_of
from tests.scale_rows import BEGAN
from tests.scale_rows import scripted
folder = Folder(sys.argv[1])
run = folder.begin(run_of(BEGAN, scripted()))
with cluster(None, 2):
    for number, done in enumerate(read_all(inputs_of(sys.argv[2:]), Job(sys.argv[1], run, scripted), 2)):
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_driver_goes_on_where_it_was(two: None, targets: Targets, tmp_path: Path) -> None:
    places, out = archives(tmp_path, 6, 6), tmp_path / "out"
    command = [sys.executable, "-c", DRIVER, str(out), *map(str, places)]
    ran = subprocess.run(command, cwd=scale_rows.ROOT, capture_output=True, check=False, timeout=300)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    left = [
        file for file in inputs_of([str(place) for place in places]) if not Folder(str(out)).is_done(file)
    ]
    assert len(left) < 6
    read(places, out)
    assert tree(out) == read_alone(places, tmp_path / "alone", targets)


def test_the_commands_read_and_merge(tmp_path: Path) -> None:
    archives(tmp_path, 2, 3)
    (tmp_path / "page.warc").write_text("<html>no archive</html>")
    ran = narrative("backfill", ".", "--out", "out", "--workers", "1", cwd=tmp_path)
    assert ran.code == 1
    last = ran.err.splitlines()[-1]  # Ray may have said something before
    assert last == f"narrative: {tmp_path / 'page.warc'} is not a WARC file; give .warc or .warc.gz"
    assert "Traceback" not in ran.err
    assert "inputs      2 read, 0 of 3 read before\n" in ran.out
    assert "read        6 articles" in ran.out
    gave = narrative("merge", "out", cwd=tmp_path)
    assert (gave.code, gave.err) == (0, "")
    assert "read        6 articles" in gave.out
    again = narrative("merge", "out", cwd=tmp_path)
    assert "found       6, 6 of them in the ledger already" in again.out
    none = narrative("merge", ".", "--db", "other.db", cwd=tmp_path)
    assert (none.code, (tmp_path / "other.db").exists()) == (2, False)
    assert "holds no backfill" in none.err
