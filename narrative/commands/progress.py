"""A progress bar on a terminal, and nothing when nobody watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_WIDTH = 28


@contextmanager
def bar() -> Iterator[Callable[[str, int, int], None]]:
    """Yield a function (stage, done, all) that draws one line on standard error, wiped at the end."""
    shown = sys.stderr.isatty()

    def draw(stage: str, done: int, total: int) -> None:
        if shown and total:
            full = round(_WIDTH * done / total)
            sys.stderr.write(f"\r{stage:<8} [{'#' * full}{'.' * (_WIDTH - full)}] {done}/{total}\033[K")
            sys.stderr.flush()

    try:
        yield draw
    finally:
        if shown:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
