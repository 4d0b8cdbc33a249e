"""Net and flow of one session once more, by their definitions and in one loop each: what an audit compares with.

Shares with the series and the factor only what a time, a session and a horizon mean, none of their passes over time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from math import fsum

from narrative.measure.flow import FORGOTTEN, Parameters
from narrative.measure.sessions import Sessions
from narrative.measure.stance import last_session
from narrative.measure.timing import counts_from, dated, said_at
from narrative.terms import Entry


@dataclass(frozen=True, slots=True)
class Recount:
    """What a session comes to: net over `n_voices`, and the sums of w and w x over `n` events with their quotient."""

    net: float | None
    n_voices: int
    factor: float | None
    w_sum: float
    support_sum: float
    n: int


def recount(
    entries: Iterable[Entry],
    legs: Mapping[str, int],
    sessions: Sessions,
    session: date,
    parameters: Parameters,
    *,
    undated: bool,
) -> Recount:
    """Return the figures at the cut-off of a session from the rows that were known then.

    `undated` lets rows of unknown publication into net; the flow never has them.
    """
    today, cutoff = sessions.position(session), parameters.cutoff_minutes
    known = [
        entry
        for entry in entries
        if entry.counted
        and entry.voice is not None
        and entry.target in legs
        and sessions.position_of(counts_from(entry), cutoff) <= today
    ]
    usable = [entry for entry in known if dated(entry)]
    net, voices = _net(known if undated else usable, legs, sessions, today, parameters)
    weights, supports = _flow(usable, legs, sessions, today, parameters)
    w_sum, support_sum = fsum(weights), fsum(w * x for w, x in zip(weights, supports, strict=True))
    left = fsum(w * w for w in weights) >= FORGOTTEN
    value = support_sum / (w_sum + parameters.prior_weight) if left else None
    return Recount(net, voices, value, w_sum, support_sum, len(weights))


def _net(
    known: list[Entry], legs: Mapping[str, int], sessions: Sessions, today: int, parameters: Parameters
) -> tuple[float | None, int]:
    """Mean over voices of their mean of sign x score, each from their last words on a leg that still stand."""
    latest: dict[tuple[str | None, str], Entry] = {}
    for entry in known:
        key = (entry.voice, entry.target)
        if key not in latest or _word(entry) > _word(latest[key]):
            latest[key] = entry
    voices: dict[str | None, list[float]] = defaultdict(list)
    for (voice, target), entry in latest.items():
        if today <= last_session(entry, sessions, parameters.cutoff_minutes, parameters.expiry_sessions):
            voices[voice].append(legs[target] * entry.score)
    means = [fsum(scores) / len(scores) for scores in voices.values()]
    return (fsum(means) / len(means) if means else None), len(means)


def _word(entry: Entry) -> tuple[object, ...]:
    """What makes a view a later word than another: said later, read later, then the plainer and surer one."""
    surest = max(entry.bullish, entry.bearish, entry.neutral)
    plain = (entry.condition is None, not entry.hedged)
    return (said_at(entry), counts_from(entry), *plain, surest, entry.view)


def _flow(
    usable: list[Entry], legs: Mapping[str, int], sessions: Sessions, today: int, parameters: Parameters
) -> tuple[list[float], list[float]]:
    """Return weight and support of each event: a voice in a story, by the first page of it that was known."""
    stories: dict[tuple[str | None, str], list[Entry]] = defaultdict(list)
    for entry in usable:
        stories[entry.voice, entry.story].append(entry)
    outlets = dict(parameters.weights)
    weights, supports = [], []
    for rows in stories.values():
        available, article = min((counts_from(row), row.article) for row in rows)
        page = [
            row for row in rows if counts_from(row) == available and (row.article == article or row.imported)
        ]
        first = min(page, key=lambda row: row.view)
        came = sessions.position_of(available, parameters.cutoff_minutes)
        said = min(sessions.position_of(min(map(said_at, page)), parameters.cutoff_minutes), came)
        weight = outlets.get(first.outlet, 1.0) * max(row.weight for row in page)
        weights.append(weight * 0.5 ** ((today - said) / parameters.half_life))
        supports.append(_support(page, legs))
    return weights, supports


def _support(page: list[Entry], legs: Mapping[str, int]) -> float:
    """Mean over the statements of a page, under their weights, of their mean of sign x score."""
    statements: dict[str, list[Entry]] = defaultdict(list)
    for row in page:
        statements[row.statement].append(row)
    means = {
        one: fsum(legs[row.target] * row.score for row in rows) / len(rows)
        for one, rows in statements.items()
    }
    shares = {one: rows[0].weight for one, rows in statements.items()}
    if not fsum(shares.values()):
        shares = dict.fromkeys(statements, 1.0)
    return fsum(shares[one] * mean for one, mean in means.items()) / fsum(shares.values())
