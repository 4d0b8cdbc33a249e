"""Peak resident memory of whole processes, as the kernel counted it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from narrative.terms import Article
from tests.bench.table import Row

# A child of its own, so that the peak is that of one run and not of everything that ran before.
_WATCH = """
import resource, subprocess, sys
ended = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(peak if sys.platform == "darwin" else peak * 1024, file=sys.stderr)
sys.exit(ended.returncode)
"""
_RUN = (sys.executable, "-c", "from narrative.commands import main; main()")


def reading_peak(folder: Path, texts: Sequence[Article]) -> Row:
    """Return the peak of `narrative read` over the articles."""
    paths = []
    for number, text in enumerate(texts):
        paths.append(folder / f"{number}.txt")
        paths[-1].write_text(text.text, encoding="utf-8")
    return _peak(f"read {len(paths)} files", folder, "read", "--json", *map(str, paths))


def demo_peak(folder: Path) -> Row:
    """Return the peak of `narrative demo`."""
    return _peak("demo", folder, "demo", "--out", str(folder / "demo"))


def _peak(name: str, folder: Path, *arguments: str) -> Row:
    begun = time.perf_counter()
    watched = [sys.executable, "-c", _WATCH, *_RUN, *arguments]
    ended = subprocess.run(watched, cwd=folder, stderr=subprocess.PIPE, text=True, check=True)
    peak = int(ended.stderr.split()[-1])
    return Row(name, f"{peak / 2**20:,.0f} MiB at its peak", f"{time.perf_counter() - begun:.1f} s")
