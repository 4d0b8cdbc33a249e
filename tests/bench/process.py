"""One process, with its time and its peak of memory."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import NamedTuple

_WATCH = """
import resource, subprocess, sys
ended = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
scale = 1 if sys.platform == 'darwin' else 1024
print(used.ru_utime + used.ru_stime, used.ru_maxrss * scale / 2**20)
sys.stdout.flush()
sys.stdout.buffer.write(ended.stdout)
sys.exit(ended.returncode)
"""


class Done(NamedTuple):
    """Seconds by the clock, seconds of the processor, the peak in MiB and what was printed."""

    seconds: float
    used: float
    peak: float
    printed: str


def process(*arguments: str) -> Done:
    """Run Python with some arguments. Raises CalledProcessError when it fails."""
    begun = time.perf_counter()
    ended = subprocess.run(
        [sys.executable, "-c", _WATCH, sys.executable, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    seconds = time.perf_counter() - begun
    first, _, printed = ended.stdout.partition("\n")
    used, peak = map(float, first.split())
    return Done(seconds, used, peak, printed)
