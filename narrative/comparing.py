"""Two vintages of one ledger set side by side: joins ledger -> measure -> tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from narrative.clock import Clock
from narrative.errors import UsageError
from narrative.ledger import Ledger
from narrative.ledger.vintages import Pair, Sides
from narrative.measure.changes import KINDS, kind, movers
from narrative.measure.net import net
from narrative.measure.sessions import load_sessions
from narrative.measure.stance import current
from narrative.moments import moment
from narrative.targets import load_narrative
from narrative.tell.differences import Balance, Change, Comparison, TargetChanges, told


def compare(
    ledger: Ledger,
    old: str,
    new: str,
    *,
    narrative: str | None = None,
    as_of: datetime | None = None,
    clock: Clock | None = None,
) -> Comparison:
    """Return what changed from one vintage to another, each named by the beginning of its id or model.

    Views are those available at `as_of`, by default now, on pages that both have read; with a `narrative` those on
    its legs. Net is taken over the same views, of the narrative or else of each target with a change. Raises
    UsageError for an unknown vintage or narrative, and for one vintage named twice.
    """
    first, second = ledger.vintage(old), ledger.vintage(new)
    if first.id == second.id:
        raise UsageError(f"{old!r} and {new!r} are one vintage, {first.id}; name two")
    at = moment(as_of, None, clock)
    legs = dict(load_narrative(narrative).legs) if narrative else {}
    pages = ledger.overlap(first.id, second.id)
    found: list[TargetChanges] = []
    balances: list[Balance] = []
    on_legs: list[Sides] = []
    for target in ledger.judged_targets(first.id, second.id):
        if legs and target not in legs:
            continue
        sides = ledger.sides(first.id, second.id, target, pages.pages, as_of=at)
        if not sides.pairs:
            continue
        found.append(_changes(target, sides))
        if legs:
            on_legs.append(sides)
        elif found[-1].changes:
            balances.append(_balance(target, {target: 1}, [sides], at))
    if narrative:
        balances.append(_balance(narrative, legs, on_legs, at))
    found.sort(key=lambda one: (-len(one.changes), one.target))
    return Comparison(first, second, at, pages, tuple(found), tuple(balances))


def _changes(target: str, sides: Sides) -> TargetChanges:
    changes = [_change(target, pair) for pair in sides.pairs]
    counts = Counter(change.kind for change in changes)
    kinds: dict[str, int] = {name: counts[name] for name in KINDS if counts[name]}
    return TargetChanges(target, kinds, tuple(change for change in changes if change.kind != "same"))


def _change(target: str, pair: Pair) -> Change:
    return Change(kind(*pair), target, told(pair.old), told(pair.new))


def _balance(name: str, legs: Mapping[str, int], sides: Sequence[Sides], at: datetime) -> Balance:
    """Return net on some legs under either vintage, and what moved it."""
    sessions = load_sessions()
    before = current([entry for side in sides for entry in side.old], at, sessions)
    after = current([entry for side in sides for entry in side.new], at, sessions)
    return Balance(name, net(before, legs), net(after, legs), movers(before, after, legs))
