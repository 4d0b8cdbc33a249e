"""The folder a backfill writes: what it was begun with, and for each input its files and, last, its manifest.

A file comes whole or not at all, and an input counts when its manifest is there: whatever was killed before is written again,
byte for byte the same. The folder may lie on this machine or wherever fsspec reaches, as long as every worker reaches it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from narrative.errors import NarrativeError, UsageError
from narrative.scale.inputs import Input, file_system, is_local

_RUN = "run.json"
_MANIFESTS = "manifests"
_DRAFTS = ".drafts"


@dataclass(frozen=True, slots=True)
class Run:
    """What the whole folder is made with: `began` stands for now in it, so that a file read again comes out the same."""

    began: datetime
    program: str
    model: str
    targets: str
    trained_through: str | None
    trust_dates: bool
    density: float | None  # None: no triage

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON keeps it."""
        return asdict(self) | {"began": self.began.isoformat()}


class Folder:
    """The folder at `place`. Raises NarrativeError for one that cannot be reached."""

    def __init__(self, place: str) -> None:
        self.place = place
        self._fs, self._root = file_system(place)

    # --- the run -----------------------------------------------------------------------------------------

    def begin(self, run: Run) -> Run:
        """Note what a run is made with and return it; of a folder that was begun before, with the moment of that.

        Raises UsageError when the folder was begun with something else: one folder, one vintage.
        """
        with self._plainly("write"):
            if not self._fs.exists(self._at(_RUN)):
                self._write(_RUN, run.as_json())
                return run
        known = self.run()
        now, before = run.as_json(), known.as_json()
        other = [name for name in now if name != "began" and now[name] != before[name]]
        if other:
            told = ", ".join(f"{name} {before[name]}, now {now[name]}" for name in other)
            raise UsageError(f"{self.place} was begun with {told}; name another folder with --out")
        return known

    def run(self) -> Run:
        """Return what the folder was begun with. Raises UsageError for a folder that no backfill wrote."""
        try:
            told = self._read(_RUN)
            return Run(**told | {"began": datetime.fromisoformat(told["began"])})
        except (KeyError, TypeError, ValueError, FileNotFoundError) as error:
            raise UsageError(f"{self.place} holds no backfill; make one with narrative backfill") from error

    # --- inputs ------------------------------------------------------------------------------------------

    def is_done(self, file: Input) -> bool:
        """Return whether an input was read to its end, as it is now."""
        try:
            told = self._read(f"{_MANIFESTS}/{file.key}.json")
        except (ValueError, FileNotFoundError):
            return False
        same = told["size"] == file.size and told["version"] == file.version
        return same and told["broken"] is None

    def manifests(self) -> list[dict[str, Any]]:
        """Return the manifests of the inputs that were read, by the time of their first article and by name."""
        with self._plainly("read"):
            names = self._fs.glob(self._at(f"{_MANIFESTS}/*.json"))
            found = [json.loads(self._fs.cat_file(name)) for name in names]
        return sorted(found, key=lambda told: (told["first"] or "9", told["input"]))

    def tries(self, key: str, job: str) -> int:
        """Note that a worker of a job begins to read an input, and return how many did before and never ended."""
        try:
            told = self._read(self._tried(key))
        except (ValueError, FileNotFoundError):
            told = {}
        before = int(told.get("tries", 0)) if told.get("job") == job else 0
        with self._plainly("write"):
            self._write(self._tried(key), {"job": job, "tries": before + 1})
        return before

    def ended(self, key: str) -> None:
        """Note that a worker has ended with an input, well or not."""
        with self._plainly("write"), suppress(FileNotFoundError):
            self._fs.rm_file(self._at(self._tried(key)))

    def _tried(self, key: str) -> str:
        return f"{_DRAFTS}/{key}.json"

    @contextmanager
    def draft(self, key: str) -> Iterator[Path]:
        """Lend an empty local folder for the files of an input; it is gone afterwards.

        On this machine it lies on the same disk, and what a killed worker left in it is thrown away first.
        """
        if not is_local(self._fs):
            with TemporaryDirectory(prefix="narrative-") as lent:
                yield Path(lent)
            return
        path = Path(self._root) / _DRAFTS / key
        shutil.rmtree(path, ignore_errors=True)
        with self._plainly("write"):
            path.mkdir(parents=True)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def commit(self, draft: Path, manifest: dict[str, Any], key: str) -> None:
        """Move an input's files from its draft into place, and its manifest last."""
        name = f"{_MANIFESTS}/{key}.json"
        with self._plainly("write"):
            self._forget(name)
            for path in manifest["files"]:
                self._put(draft / path, path)
            self._write(name, manifest)

    def open(self, path: str) -> Any:
        """Open one of the folder's files for reading. Raises NarrativeError when that is not possible."""
        with self._plainly("read"):
            return self._fs.open(self._at(path), "rb")

    # --- files -------------------------------------------------------------------------------------------

    def _forget(self, name: str) -> None:
        """Take an input's earlier files away, when its bytes have changed since."""
        if self._fs.exists(self._at(name)):
            earlier = self._read(name)
            self._fs.rm_file(self._at(name))
            for path in earlier["files"]:
                if self._fs.exists(self._at(path)):
                    self._fs.rm_file(self._at(path))

    def _put(self, draft: Path, path: str) -> None:
        if is_local(self._fs):
            there = Path(self._at(path))
            there.parent.mkdir(parents=True, exist_ok=True)
            draft.replace(there)
        else:
            self._fs.put_file(str(draft), self._at(path))

    def _write(self, path: str, told: dict[str, Any]) -> None:
        data = json.dumps(told, indent=1, sort_keys=True).encode() + b"\n"
        if is_local(self._fs):
            there = Path(self._at(path))
            there.parent.mkdir(parents=True, exist_ok=True)
            draft = there.with_name(f".{there.name}.{os.getpid()}.part")
            draft.write_bytes(data)
            draft.replace(there)
        else:
            self._fs.pipe_file(self._at(path), data)

    def _read(self, path: str) -> Any:
        with self._plainly("read"):
            return json.loads(self._fs.cat_file(self._at(path)))

    def _at(self, path: str) -> str:
        return f"{self._root.rstrip('/')}/{path}"

    @contextmanager
    def _plainly(self, verb: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            raise NarrativeError(f"cannot {verb} {self.place}: {error.strerror or error}") from error
