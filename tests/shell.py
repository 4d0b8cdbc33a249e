"""The command line as a person meets it: whole processes, with their exit code and what they print."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

RUN = (sys.executable, "-c", "from narrative.commands import main; main()")


@dataclass(frozen=True)
class Ran:
    """One process that has ended."""

    code: int
    out: str
    err: str
    seconds: float


def narrative(
    *arguments: str | Path, cwd: Path, stdin: bytes = b"", env: Mapping[str, str] | None = None
) -> Ran:
    """Run the command line in `cwd` on 80 columns, without settings of whoever runs the tests.

    The user's folder is `home` in `cwd`.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NARRATIVE_")}
    begun = time.perf_counter()
    ended = subprocess.run(
        [*RUN, *map(str, arguments)],
        cwd=cwd,
        env={**kept, "NARRATIVE_HOME": str(cwd / "home"), "COLUMNS": "80", **(env or {})},
        input=stdin,
        capture_output=True,
        check=False,
        timeout=120,
    )
    seconds = time.perf_counter() - begun
    return Ran(ended.returncode, ended.stdout.decode(), ended.stderr.decode(), seconds)
