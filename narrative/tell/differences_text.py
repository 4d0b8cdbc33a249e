"""Prints what one vintage judged otherwise than another: counts by target, the largest effects on net, the views."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from narrative.targets import STOCK, Targets
from narrative.tell.differences import Balance, Change, Comparison, Net, TargetChanges, Told, Vintage, told
from narrative.tell.layout import Page, count, minute, short_ids, signed, speaker

_WORDS = {
    "appeared": "appeared",
    "disappeared": "disappeared",
    "counts": "counted now",
    "counts no longer": "no longer counted",
    "turned": "turned",
    "voice": "given to another voice",
    "qualified": "qualified otherwise",
    "shifted": "of the same stance with other chances",
    "same": "the same",
}
_SLIGHT = ("shifted",)  # counted, and listed in the JSON alone


def printed(comparison: Comparison, limit: int) -> list[str]:
    """Return the ids of the views that `render_comparison` prints."""
    sides = [(m.before, m.after) for _, m in comparison.movers[:limit]]
    views = [entry.view for pair in sides for entry in pair if entry]
    listed = _listed(comparison)[:limit]
    return [*views, *(side.view for change in listed for side in (change.old, change.new) if side)]


def render_vintages(vintages: Sequence[Vintage], *, width: int = 80, color: bool = False) -> str:
    """Return the vintages of a ledger, in the order they came."""
    page = Page(width, color)
    lines: list[str] = []
    for one in vintages:
        lines += page.paragraph(f"{one.id}  {one.model}", 0, 2, "bold")
        facts = (
            f"targets {one.targets}; {count(one.articles, 'article')}, {count(one.views, 'view')};"
            f" judged {minute(one.first)} to {minute(one.last)}"
        )
        lines += page.wrap(facts, 2, 2)
    return "\n".join(lines or ["no vintage: nothing has been read yet"]) + "\n"


def render_comparison(
    comparison: Comparison,
    targets: Targets,
    *,
    limit: int,
    width: int = 80,
    color: bool = False,
    short: Mapping[str, str] | None = None,
) -> str:
    """Return the comparison in lines of at most `width` columns, at most `limit` movers and `limit` views."""
    page = Page(width, color)
    ids = short_ids(printed(comparison, limit), short)
    names = _Names(targets)
    lines = [
        *_head(comparison, page),
        *_counts(comparison, names, page),
        *_movers(comparison, names, ids, limit, page),
        *_views(comparison, names, ids, limit, page),
    ]
    return "\n".join(lines) + "\n"


class _Names:
    """The printed names of targets; a narrative and a target that the vocabulary dropped keep their own."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets

    def __call__(self, name: str) -> str:
        if name.startswith(STOCK) or name in self._targets.rows:
            return self._targets[name].name
        return name


def _head(comparison: Comparison, page: Page) -> Iterator[str]:
    yield from page.paragraph(f"Two vintages at {minute(comparison.at)}", 0, 2, "bold")
    for name, one in (("old", comparison.old), ("new", comparison.new)):
        yield from page.wrap(f"{name}  {one.id}  {one.model}, targets {one.targets}", 2, 5)
    pages = comparison.pages
    alone = f"{pages.old_only} only by the old one, {pages.new_only} only by the new one, left out"
    yield from page.wrap(f"{count(len(pages.pages), 'page')} read by both; {alone}", 2, 2)


def _counts(comparison: Comparison, names: _Names, page: Page) -> Iterator[str]:
    """Net and the kinds of change, the most changed target first; targets without a change in one line."""
    nets = {balance.name: balance for balance in comparison.balances}
    own = {target.target for target in comparison.targets}
    for balance in comparison.balances:
        if balance.name not in own:
            yield ""
            yield from page.paragraph(f"{names(balance.name)}: {_nets(balance)}", 0, 2, "bold")
    changed = [target for target in comparison.targets if target.changes]
    for target in changed:
        yield ""
        net = f": {_nets(nets[target.target])}" if target.target in nets else ""
        yield from page.paragraph(f"{names(target.target)}{net}", 0, 2, "bold")
        views = sum(target.kinds.values())
        kinds = [f"{number} {_WORDS[kind]}{_ways(kind, target)}" for kind, number in target.kinds.items()]
        yield from page.wrap(f"{count(views, 'view')}: {', '.join(kinds)}", 2, 2)
    same = [target for target in comparison.targets if not target.changes]
    if same:
        views = sum(sum(target.kinds.values()) for target in same)
        yield ""
        alike = f"{count(views, 'view')} on {count(len(same), 'target')} the same"
        yield from page.wrap(alike if changed else f"nothing changed: {alike}")


def _ways(kind: str, target: TargetChanges) -> str:
    """From which stance to which the turned views went, the most frequent way first."""
    if kind != "turned":
        return ""
    ways = Counter(
        f"{change.old.stance} to {change.new.stance}"
        for change in target.changes
        if change.kind == kind and change.old and change.new
    )
    return f" ({', '.join(f'{number} {way}' for way, number in ways.most_common())})"


def _nets(balance: Balance) -> str:
    return f"net {_net(balance.before)} → {_net(balance.after)}"


def _net(net: Net) -> str:
    voices = net.n_bullish + net.n_bearish + net.n_neutral
    return f"{signed(net.value)} of {count(voices, 'voice')}" if voices else "none"


def _movers(
    comparison: Comparison, names: _Names, ids: Mapping[str, str], limit: int, page: Page
) -> Iterator[str]:
    found = comparison.movers
    if comparison.changes and not any(_stands(balance) for balance in comparison.balances):
        yield ""
        yield from page.wrap(
            "No view of these stands at that moment, so that nothing moved a net; --as-of DAY goes back"
        )
    if not found:
        return
    yield ""
    yield page.paint("Largest effects on net", "bold")
    for name, mover in found[:limit]:
        there = mover.after or mover.before
        effect = "a net or none" if mover.effect is None else signed(mover.effect, 4)
        who = speaker(there) if there else ""
        where = names(mover.target) if name == mover.target else f"{names(name)}, {names(mover.target)}"
        yield from page.wrap(f"{effect}  {where}: {who}", 2, 2)
        sides = [_side(told(entry), ids) for entry in (mover.before, mover.after)]
        yield from page.wrap(" → ".join(sides), 4, 2)
        yield from page.wrap(_quoted(told(mover.before), told(mover.after)), 4, 2)
    yield from _more(len(found) - limit, page)


def _views(
    comparison: Comparison, names: _Names, ids: Mapping[str, str], limit: int, page: Page
) -> Iterator[str]:
    found = _listed(comparison)
    if not found:
        return
    yield ""
    yield page.paint("Views that changed", "bold")
    for change in found[:limit]:
        there = change.new or change.old
        who = there.voice if there else ""
        yield from page.wrap(f"{names(change.target)}: {who}: {_WORDS[change.kind]}", 2, 2)
        yield from page.wrap(" → ".join(_side(side, ids) for side in (change.old, change.new)), 4, 2)
        yield from page.wrap(_quoted(change.old, change.new), 4, 2)
    yield from _more(len(found) - limit, page)


def _listed(comparison: Comparison) -> list[Change]:
    return [change for change in comparison.changes if change.kind not in _SLIGHT]


def _more(number: int, page: Page) -> list[str]:
    return page.wrap(f"{number} more; --limit shows more of them, --json all", 2, 2) if number > 0 else []


def _stands(balance: Balance) -> bool:
    return balance.before.value is not None or balance.after.value is not None


def _side(view: Told | None, ids: Mapping[str, str]) -> str:
    if view is None:
        return "no view"
    counted = "" if view.counted else ", not counted"
    return f"{view.stance} {signed(view.score)}{counted}, view {ids[view.view]}"


def _quoted(old: Told | None, new: Told | None) -> str:
    """The words said; both where a vintage took others."""
    return " → ".join(f"“{words}”" for words in dict.fromkeys(view.words for view in (old, new) if view))
