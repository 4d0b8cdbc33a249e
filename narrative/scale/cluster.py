"""Many inputs read by many workers. The only door to Ray.

One input is one task: a worker reads it from the first record to the last and writes its files, so that what a killed worker
had in hand is simply read again, by another one. Only names and counts travel between machines.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import uuid4

import numpy as np

from narrative.errors import NarrativeError
from narrative.read.encoder import StanceModel
from narrative.read.parallel import cores, on_one_thread
from narrative.scale import HOW_TO_INSTALL
from narrative.scale.folder import Folder, Run
from narrative.scale.inputs import Input
from narrative.scale.reading import InputReader, Manifest
from narrative.targets import load_targets

#: bytes of shared memory of a cluster of our own: only names and counts go through it
_STORE = 128 * 1024 * 1024
_TRIES = 3  # workers that an input may take with it
#: unless somebody has set them: no statistics sent to anyone, and of Ray's own words its errors alone
_SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DATA_LOG_LEVEL": "ERROR",
}


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an input: its manifest, or in one line why it has none; `seconds` are those of the processor."""

    place: str
    manifest: Manifest | None
    failed: str | None
    seconds: float
    process: int


@dataclass(frozen=True, slots=True)
class Job:
    """What every worker does: read into the folder `out`, as the run says, with the model that `load` loads."""

    out: str
    run: Run
    load: Callable[[], StanceModel]
    name: str = field(default_factory=lambda: uuid4().hex)


class Worker:
    """One process of a cluster, with its own model; its batches are inputs, one a batch."""

    def __init__(self, job: Job) -> None:
        on_one_thread()  # as many workers as cores: threads of one would only be in another's way
        self._job = job
        self._folder = Folder(job.out)
        self._reader = InputReader(self._folder, job.run, job.load(), load_targets())

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Read the inputs of a batch and tell what became of them."""
        told = [asdict(self._read(Input(**json.loads(text)))) for text in batch["input"]]
        return {"done": np.array([json.dumps(one) for one in told], dtype=object)}

    def _read(self, file: Input) -> Done:
        begun, manifest, failed = time.process_time(), None, None
        try:
            if self._folder.tries(file.key, self._job.name) >= _TRIES:
                failed = f"{file.place}: {_TRIES} workers died while they read it; it is left out"
            else:
                manifest = self._reader.read(file)
        except NarrativeError as error:
            failed = str(error)
        except Exception as error:  # one input of many: the others go on, and this one is told
            failed = f"{file.place}: unexpected {type(error).__name__}: {error}"
        with suppress(NarrativeError):  # a worker that dies does not come here
            self._folder.ended(file.key)
        return Done(file.place, manifest, failed, time.process_time() - begun, os.getpid())


@contextmanager
def cluster(address: str | None, workers: int | None = None) -> Iterator[int]:
    """Connect to a cluster, or without an address begin one of `workers` cores here, None: all; yield how many it has.

    Raises NarrativeError when Ray is not installed or the cluster is not reached.
    """
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError as error:
        raise NarrativeError(HOW_TO_INSTALL) from error
    here: dict[str, Any] = {
        "num_cpus": workers or cores(),
        "include_dashboard": False,
        "object_store_memory": _STORE,
    }
    try:
        ray.init(
            address=address or "local",
            log_to_driver=False,
            logging_level=logging.ERROR,
            **({} if address else here),
        )
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        line = " ".join(str(error).split())
        raise NarrativeError(f"no cluster at {address or 'this machine'}: {line[:200]}") from error
    try:
        resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
        yield int(resources.get("CPU", 1))
    finally:
        ray.shutdown()


def read_all(files: Sequence[Input], job: Job, workers: int) -> Iterator[Done]:
    """Read inputs on the cluster that `cluster` has connected to; yield each when it is done, the largest begun first.

    Raises NarrativeError when the cluster fails as a whole, such as one whose machines lack this program.
    """
    import ray

    class JobWorker(Worker):
        """Made here, so that every worker gets the job with its class."""

        def __init__(self) -> None:
            super().__init__(job)

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    queue = sorted(files, key=lambda file: (-file.size, file.place))
    rows = [{"input": json.dumps(asdict(file))} for file in queue]
    tasks = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
        JobWorker,
        batch_size=1,
        compute=ray.data.ActorPoolStrategy(size=min(workers, len(rows))),
        num_cpus=1,
    )
    try:
        for row in tasks.iter_rows():
            yield Done(**json.loads(row["done"]))
    except ray.exceptions.RayError as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        told = f"{lines[0]} {lines[-1]}" if lines else type(error).__name__
        raise NarrativeError(
            f"the cluster stopped: {told}; what was finished is kept: run this again"
        ) from error
