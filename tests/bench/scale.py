"""Many articles of which one in twenty is on markets: does the cost grow in line, does memory stay flat?"""

from __future__ import annotations

from narrative.read.parallel import cores
from tests.bench.swapped import RELEVANT_ONE_IN
from tests.bench.table import Row
from tests.bench.workers import Done, Share, run, together

_SHARE = 50  # articles handed to a worker at a time
_PARTS = 5


def scale_rows(count: int, workers: int | None = None, *, parts: bool = True) -> list[Row]:
    """Read so many swapped articles behind triage; a row for all, and with `parts` one for each fifth of the way."""
    workers = workers or cores()
    shares = [Share("swapped", "html", range(at, min(count, at + _SHARE))) for at in range(0, count, _SHARE)]
    done = run(shares, workers)
    whole = together(done)
    on_markets = -(-count // RELEVANT_ONE_IN)
    return [
        Row(
            f"{count:,} pages, {workers} workers",
            f"{whole.rate:,.0f} articles/s",
            f"{1000 * whole.each:,.1f} ms of a core each; one in {RELEVANT_ONE_IN} on markets",
        ),
        Row("passed triage", f"{whole.passed:,}", f"{on_markets:,} are on markets; {whole.views:,} views"),
        *(_part(number, part) for number, part in enumerate(_parts(done), 1) if parts),
    ]


def _parts(done: list[Done]) -> list[list[Done]]:
    size = max(1, -(-len(done) // _PARTS))
    return [done[at : at + size] for at in range(0, len(done), size)]


def _part(number: int, part: list[Done]) -> Row:
    total = together(part)
    return Row(
        f"part {number} of {_PARTS}",
        f"{1000 * total.each:,.1f} ms of a core each",
        f"{total.peak / 2**20:,.0f} MiB a worker at its peak so far",
    )
