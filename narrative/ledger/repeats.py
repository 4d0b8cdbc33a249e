"""Which rows repeat others, for rows as arrays: what `echoes.fold` says, without making an object of each row.

Of views of one group on one target that were all read within the window, the first that could count leads and the others
repeat it. Where a group lasts longer, or a voice in it was merged or split, `fold` itself decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from narrative.ledger.echoes import WINDOW, Sighting, fold
from narrative.ledger.instants import instant_of, microseconds
from narrative.ledger.voice_events import Kin
from narrative.ledger.wording import normal_words

_WINDOW = microseconds(instant_of(0) + WINDOW)


@dataclass(frozen=True, slots=True)
class Said:
    """Visible views as the folding sees them, field by field; what the fields mean is said in `Sighting`."""

    view: Any
    statement: Any
    group: Any
    target: Any
    article: Any
    root: Any
    story: Any
    available_at: Any
    dateless: Any
    dup: Any
    countable: Any
    id_of: Callable[[int], str]  # of a statement by its row, asked for where nothing else decides


def repeating(said: Said, kin: Mapping[int, Kin], words: Mapping[int, str]) -> Any:
    """Return which views repeat another one, of those that could count; of the others it does not matter."""
    repeats = said.dup.copy()  # printed again on its own page: always, and nobody's leader
    ranked = np.lexsort((said.available_at, said.target, said.group))
    ranked = ranked[~said.dup[ranked]]
    if not len(ranked):
        return repeats
    group, target = said.group[ranked], said.target[ranked]
    begins = np.append(True, (group[1:] != group[:-1]) | (target[1:] != target[:-1]))
    starts = np.flatnonzero(begins)
    ends = np.append(starts[1:], len(ranked))
    when = said.available_at[ranked]
    ruled = np.isin(said.statement[ranked], list(kin))
    odd = (when[ends - 1] - when[starts] > _WINDOW) | np.logical_or.reduceat(ruled, starts)
    several = ends - starts > 1
    of = np.cumsum(begins) - 1
    plain = ranked[(several & ~odd)[of]]
    repeats[plain] = True
    repeats[_leaders(said, plain)] = False
    folded = ranked[odd[of]]
    folded = np.array(sorted(folded.tolist(), key=lambda row: _in_order(said, row)), dtype=np.int64)
    echoes = fold([_sighting(said, row, kin, words) for row in folded.tolist()])
    repeats[folded] = [echo.echo_of is not None for echo in echoes]
    return repeats


def _leaders(said: Said, rows: Any) -> Any:
    """Return the first that could count of each group and target; rows come by these and by time."""
    rows = rows[said.countable[rows]]
    if not len(rows):
        return rows
    group, target, when = said.group[rows], said.target[rows], said.available_at[rows]
    same = (group[1:] == group[:-1]) & (target[1:] == target[:-1])
    first = np.flatnonzero(np.append(True, ~same))
    leaders = rows[first]
    level = np.append(same & (when[1:] == when[:-1]), False)
    for place in np.flatnonzero(level[first]):  # read at one instant: the order of the selection decides
        stop = first[place] + 1
        while level[stop - 1]:
            stop += 1
        tied = rows[first[place] : stop].tolist()
        leaders[place] = min(tied, key=lambda row: _in_order(said, row))
    return leaders


def _in_order(said: Said, row: int) -> tuple[int, bool, str, str, int]:
    """What the selection orders by."""
    statement = int(said.statement[row])
    when = int(said.available_at[row])
    return when, bool(said.dateless[row]), said.id_of(statement), said.view[row], statement


def _sighting(said: Said, row: int, kin: Mapping[int, Kin], words: Mapping[int, str]) -> Sighting:
    """Return a row as the folding sees it."""
    statement = int(said.statement[row])
    known = kin.get(statement)
    return Sighting(
        view=said.view[row],
        group=int(said.group[row]),
        target=str(said.target[row]),
        article=int(said.article[row]),
        root=int(said.root[row]),
        story=str(said.story[row]),
        outlet="",
        available_at=instant_of(said.available_at[row]),
        dup=False,
        countable=bool(said.countable[row]),
        kin=known,
        words=() if known is None else normal_words(words[statement]),
    )
