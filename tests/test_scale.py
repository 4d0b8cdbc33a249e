"""Reading at scale without a cluster: one input gives what a single process gives, byte for byte again, and merges the same."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from narrative.backfill import Backfill
from narrative.clock import SimulatedClock
from narrative.crawl.dumps import DumpRow
from narrative.crawl.packed import LeftOut, PackedFile
from narrative.crawl.warc import read_warc, write_warc
from narrative.errors import NarrativeError, UsageError
from narrative.ledger import Ledger, open_ledger
from narrative.read.encoder import Judged, Pair, Reader
from narrative.scale.archives import read_archive
from narrative.scale.folder import Folder
from narrative.scale.inputs import inputs_of, records
from narrative.scale.loading import merge
from narrative.scale.reading import InputReader
from narrative.scale.running import run_of
from narrative.targets import Targets
from narrative.terms import Capture
from tests import scale_rows
from tests.scale_rows import BEGAN, archive, contents, dump, scripted, speaking, texts, tree
from tests.scripted_model import BULLISH, NO_VIEW, Scripted

pytestmark = pytest.mark.skipif(
    find_spec("fastwarc") is None, reason="needs the extra scale: fastwarc and fsspec"
)

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


@pytest.mark.parametrize("kind", ["warc", "dump"])
def test_merged_is_what_one_process_keeps(
    kind: str,
    read: Read,
    reader: Reader,
    targets: Targets,
    ledger: Ledger,
    clock: SimulatedClock,
    tmp_path: Path,
) -> None:
    made = list(texts(8))
    path = archive(tmp_path / "a.warc.gz", made) if kind == "warc" else dump(tmp_path / "a.jsonl", made)
    gave = read(path, tmp_path / "out")
    backfill = Backfill(ledger, clock, reader, targets)
    alone = backfill.warc(path) if kind == "warc" else backfill.dump(path)
    with open_ledger(tmp_path / "merged.db", clock, create=True) as merged:
        summary = merge(str(tmp_path / "out"), merged)
        assert contents(merged) == contents(ledger)
        assert len(contents(merged)["views"]) > 10
        assert (summary.read, summary.held) == (alone.read, 0)
        before = list(merged.store.connection.iterdump())
        assert merge(str(tmp_path / "out"), merged).held == summary.found
        assert list(merged.store.connection.iterdump()) == before
    assert (gave["found"], gave["views"]) == (alone.found, alone.read.views)


# --- the same again, whenever it was stopped ----------------------------------------------------------------------


class Stopping(Folder):
    """A folder in which the nth step of putting files into place is one too many, as when the power goes."""

    def __init__(self, place: str, after: int) -> None:
        super().__init__(place)
        self.steps = after

    def _step(self) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise KeyboardInterrupt

    def _put(self, draft: Path, path: str) -> None:
        self._step()
        super()._put(draft, path)

    def _write(self, path: str, told: dict[str, Any]) -> None:
        self._step()
        super()._write(path, told)


class Breaking(Scripted):
    """A model that fails like a power cut at its nth question."""

    def __init__(self, after: int) -> None:
        super().__init__({"small caps": BULLISH}, default=NO_VIEW)
        self._after = after

    def judge(self, pair: Pair) -> Judged:
        if len(self.asked) == self._after:
            raise KeyboardInterrupt
        return super().judge(pair)


def read_with(folder: Folder, model: Scripted, path: Path, targets: Targets) -> dict[str, Any]:
    run = folder.begin(run_of(BEGAN, scripted()))
    (file,) = inputs_of([str(path)])
    return InputReader(folder, run, model, targets).read(file)


def test_a_stop_at_any_step_leaves_what_a_second_run_makes_whole(targets: Targets, tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"  # of two days, and with a page without an article
    write_warc(path, [scale_rows.page(text, 9 * n) for n, text in enumerate([*speaking(6), ""])], BEGAN)
    read_with(Folder(str(tmp_path / "whole")), scripted(), path, targets)
    whole = tree(tmp_path / "whole")
    assert len({name.split("/")[1] for name in whole if name.startswith("views/")}) > 1
    steps = len(whole)
    for after in range(steps):
        out = tmp_path / f"stopped-{after}"
        with pytest.raises(KeyboardInterrupt):
            read_with(Stopping(str(out), after), scripted(), path, targets)
        assert not Folder(str(out)).is_done(inputs_of([str(path)])[0])
        read_with(Folder(str(out)), scripted(), path, targets)
        assert tree(out) == whole
    for after in (0, 1, 4):
        out = tmp_path / f"broken-{after}"
        with pytest.raises(KeyboardInterrupt):
            read_with(Folder(str(out)), Breaking(after), path, targets)
        read_with(Folder(str(out)), scripted(), path, targets)
        assert tree(out) == whole


def test_an_input_that_changed_is_read_again_and_its_earlier_files_go(
    targets: Targets, tmp_path: Path
) -> None:
    path, folder = tmp_path / "a.warc", Folder(str(tmp_path / "out"))
    read_with(folder, scripted(), archive(path, speaking(45)), targets)
    (file,) = inputs_of([str(path)])
    assert folder.is_done(file)
    archive(path, speaking(2))
    (changed,) = inputs_of([str(path)])
    assert not folder.is_done(changed)
    gave = read_with(folder, scripted(), path, targets)
    kept = {name for name in tree(tmp_path / "out") if name.endswith(".parquet")}
    assert kept == set(gave["files"])


def test_a_folder_keeps_to_what_it_was_begun_with(reader: Reader, tmp_path: Path) -> None:
    folder = Folder(str(tmp_path))
    first = folder.begin(run_of(BEGAN, scripted()))
    assert folder.begin(run_of(BEGAN + timedelta(days=3), scripted())) == first
    for other in (
        run_of(BEGAN, reader),
        run_of(BEGAN, scripted(), density=3),
        run_of(BEGAN, scripted(), trust_dates=True),
    ):
        with pytest.raises(UsageError, match="was begun with"):
            folder.begin(other)


def test_a_machine_with_another_reader_reads_nothing(
    reader: Reader, targets: Targets, tmp_path: Path
) -> None:
    folder, path = Folder(str(tmp_path / "out")), archive(tmp_path / "a.warc", speaking(1))
    run = folder.begin(run_of(BEGAN, reader))
    with pytest.raises(NarrativeError, match="install the same version"):
        InputReader(folder, run, scripted(), targets).read(inputs_of([str(path)])[0])
    assert not (tmp_path / "out" / "manifests").exists()


def test_a_merge_that_is_stopped_goes_on(targets: Targets, clock: SimulatedClock, tmp_path: Path) -> None:
    for name, first in (("a", 0), ("b", 20)):
        archive(tmp_path / f"{name}.warc", speaking(20 + first)[first:], first)
        read_with(Folder(str(tmp_path / "out")), scripted(), tmp_path / f"{name}.warc", targets)

    def stop(stage: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with (
        open_ledger(tmp_path / "whole.db", clock, create=True) as whole,
        open_ledger(tmp_path / "stopped.db", clock, create=True) as stopped,
    ):
        merge(str(tmp_path / "out"), whole)
        with pytest.raises(KeyboardInterrupt):
            merge(str(tmp_path / "out"), stopped, stop)
        assert 0 < len(contents(stopped)["articles"]) < 40
        merge(str(tmp_path / "out"), stopped)
        assert contents(stopped) == contents(whole)
        assert len(contents(whole)["views"]) == 40


# --- what a row keeps -----------------------------------------------------------------------------------------------


def test_what_a_site_forbids_and_what_it_says_of_training_is_kept(
    targets: Targets, clock: SimulatedClock, tmp_path: Path
) -> None:
    pages = [scale_rows.page(text, number) for number, text in enumerate(speaking(4))]
    pages[1] = replace(pages[1], may_train=False, stated=("robots: noai",))
    pages[2] = replace(
        pages[2], body=pages[2].body.replace(b"<head>", b'<head><meta name="tdm-reservation" content="1">')
    )
    write_warc(tmp_path / "a.warc", pages, BEGAN)
    gave = read_with(Folder(str(tmp_path / "out")), scripted(), tmp_path / "a.warc", targets)
    with open_ledger(tmp_path / "l.db", clock, create=True) as alone:
        summary = Backfill(alone, clock, scripted(), targets).warc(tmp_path / "a.warc")
        assert gave["left_out"] == {reason: left.count for reason, left in summary.left_out.items()}
        assert gave["left_out"]["reserved by its site"] == 1
        with open_ledger(tmp_path / "m.db", clock, create=True) as merged:
            merge(str(tmp_path / "out"), merged)
            assert contents(merged) == contents(alone)
            trains = [merged.may_train(row[1]) for row in contents(merged)["articles"]]
            assert trains == [False, False, True]  # the first by its own word, see scale_rows.page
    views = [
        row for path in (tmp_path / "out").glob("views/*/*") for row in parquet.read_table(path).to_pylist()
    ]
    assert sorted(row["may_train"] for row in views) == [False, False, True]
    assert {row["words"].split()[0] for row in views} == {"We"}


def test_failures_are_rows_and_stop_nothing(targets: Targets, tmp_path: Path) -> None:
    path = dump(tmp_path / "a.jsonl", speaking(3))
    path.write_text(path.read_text() + '{"text": "\\u0001\\u0001\\u0001"}\n{"url": 3}\n')
    gave = read_with(Folder(str(tmp_path / "out")), scripted(), path, targets)
    rows = [
        row for one in (tmp_path / "out").glob("failures/*/*") for row in parquet.read_table(one).to_pylist()
    ]
    assert {(row["line"], row["reason"]) for row in rows} >= {(4, "not JSON"), (6, "url is not a string")}
    assert (len(rows), gave["found"], gave["views"], gave["defects"]) == (3, 3, 3, 0)


def test_a_defect_in_one_page_is_a_row_too(targets: Targets, tmp_path: Path) -> None:
    class Faulty(Scripted):
        def judge(self, pair: Pair) -> Judged:
            if "Lee1" in pair.text:
                raise ZeroDivisionError("nothing to divide")
            return super().judge(pair)

    gave = read_with(
        Folder(str(tmp_path / "out")), Faulty({}, BULLISH), archive(tmp_path / "a.warc", speaking(3)), targets
    )
    assert (gave["found"], gave["read"], gave["defects"]) == (3, 2, 1)
    (path,) = (tmp_path / "out").glob("failures/*/*")
    assert (
        parquet.read_table(path).to_pylist()[0]["reason"] == "unexpected ZeroDivisionError: nothing to divide"
    )


def test_lone_surrogates_and_odd_texts_come_through(
    targets: Targets, clock: SimulatedClock, tmp_path: Path
) -> None:
    made = [f"{text}\n\nOdd \\ud800 é 😀 \\u0085 end." for text in speaking(2)]
    lines = [json.dumps({"text": text, "published": "2019-03-08"}).replace("\\\\u", "\\u") for text in made]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(lines))
    read_with(Folder(str(tmp_path / "out")), scripted(), path, targets)
    with (
        open_ledger(tmp_path / "l.db", clock, create=True) as alone,
        open_ledger(tmp_path / "m.db", clock, create=True) as merged,
    ):
        Backfill(alone, clock, scripted(), targets).dump(path)
        merge(str(tmp_path / "out"), merged)
        assert contents(merged) == contents(alone)
        assert len(contents(merged)["views"]) == 2


# --- archives: the fast parser gives what the slow one gives ---------------------------------------------------------


def _told(found: Iterator[Capture | LeftOut]) -> list[object]:
    out: list[object] = []
    try:
        out.extend(iter(found))
    except NarrativeError as error:
        out.append((type(error), str(error)))
    return out


@pytest.mark.parametrize("packed", [True, False])
def test_the_fast_parser_gives_what_the_slow_one_gives_of_damaged_archives(
    tmp_path: Path, packed: bool
) -> None:
    path = tmp_path / ("a.warc.gz" if packed else "a.warc")
    whole = archive(path, speaking(5)).read_bytes()
    draw = random.Random(5)
    damaged = [
        whole,
        whole + b"\0" * 700,
        whole + b"junk",
        b"",
        whole[:30],
        whole.replace(b"Content-Length", b"Content-Lengtx", 3),
    ]
    damaged += [whole[: draw.randrange(len(whole))] for _ in range(12)]
    for _ in range(40):
        at = draw.randrange(len(whole))
        damaged.append(whole[:at] + bytes([draw.randrange(256)]) + whole[at + 1 :])
    for number, data in enumerate(damaged):
        path.write_bytes(data)
        with PackedFile(path) as slow, PackedFile(path) as fast:
            expected = _told(read_warc(slow))
            assert _told(read_archive(fast, lambda: PackedFile(path))) == expected, number


# --- inputs ----------------------------------------------------------------------------------------------------------


def test_inputs_are_files_patterns_folders_and_addresses(tmp_path: Path) -> None:
    for name in ("b.warc.gz", "a.jsonl", "sub/c.parquet", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    names = [
        Path(file.place).name
        for file in inputs_of([str(tmp_path), f"{tmp_path}/*.gz", str(tmp_path / "a.jsonl")])
    ]
    assert names == ["a.jsonl", "b.warc.gz", "c.parquet"]
    fsspec = pytest.importorskip("fsspec")
    fsspec.filesystem("memory").pipe_file("/news/d.jsonl", b'{"text": "Hello there."}\n')
    (remote,) = inputs_of(["memory://news/*.jsonl"])
    assert [getattr(row, "text", None) for row in records(remote, lambda _done: None)] == ["Hello there."]


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("missing.warc.gz", "there is no such file"),
        ("notes.txt", "give files that end in"),
        ("empty", "holds no archive and no dump"),
        ("nowhere://x/a.warc", "cannot reach"),
    ],
)
def test_an_input_that_is_none_is_one_clear_line(place: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_bytes(b"x")
    with pytest.raises(NarrativeError, match=told):
        inputs_of([place if "://" in place else str(tmp_path / place)])


def test_rows_of_parquet_are_rows_of_a_dump(tmp_path: Path) -> None:
    path = dump(tmp_path / "a.jsonl", speaking(4))
    made = [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")]
    days = [date.fromisoformat(row["published"]) if "published" in row else None for row in made]
    parquet.write_table(
        pa.Table.from_pylist([row | {"published": day} for row, day in zip(made, days, strict=True)]),
        tmp_path / "a.parquet",
    )
    as_json, as_parquet = (inputs_of([str(tmp_path / name)])[0] for name in ("a.jsonl", "a.parquet"))
    from_json = [row for row in records(as_json, lambda _done: None) if isinstance(row, DumpRow)]
    assert list(records(as_parquet, lambda _done: None)) == from_json
    (tmp_path / "b.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(NarrativeError, match="not a Parquet file"):
        list(records(inputs_of([str(tmp_path / "b.parquet")])[0], lambda _done: None))


# --- no ledger in a worker -------------------------------------------------------------------------------------------

WORKER = """
import sys
from pathlib import Path
def hook(event, arguments):
    if event.startswith("sqlite3.connect"):
        raise SystemExit("a worker opened a ledger")
sys.addaudithook(hook)
from narrative.scale.folder import Folder
from narrative.scale.inputs import inputs_of, records
from narrative.scale.reading import InputReader
from narrative.scale.running import run_of
from narrative.targets import load_targets
from tests.scale_rows import BEGAN
from tests.scale_rows import scripted
folder = Folder(sys.argv[2])
run = folder.begin(run_of(BEGAN, scripted(), density=3.0))
gave = InputReader(folder, run, scripted(), load_targets()).read(inputs_of(sys.argv[1:2])[0])
print(gave["views"])
"""


def test_a_worker_opens_no_ledger(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.warc", speaking(3))
    command = [sys.executable, "-c", WORKER, str(path), str(tmp_path / "out")]
    ran = subprocess.run(command, cwd=scale_rows.ROOT, capture_output=True, text=True, check=False)
    assert (ran.stdout.strip(), ran.returncode) == ("3", 0), ran.stderr


ABSENT = """
import sys
sys.modules[sys.argv[1]] = None  # as where it is not installed
from narrative.commands import main
main(["backfill", sys.argv[2], "--out", sys.argv[3], "--workers", "1"])
"""


@pytest.mark.parametrize("package", ["ray", "fsspec"])
def test_what_is_not_installed_is_told_in_a_line(package: str, tmp_path: Path) -> None:
    path = archive(tmp_path / "a.warc", speaking(1))
    command = [sys.executable, "-c", ABSENT, package, str(path), str(tmp_path / "out")]
    ran = subprocess.run(command, cwd=scale_rows.ROOT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert (
        ran.stderr == 'narrative: install what reading at scale needs with: pip install "narrative[scale]"\n'
    )
