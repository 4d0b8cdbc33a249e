"""Invented factors beside invented returns, for the tests of evaluations: sessions are those of New York."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from narrative.measure.evaluation.panel import Panel, Value, panel
from narrative.measure.returns import Spread
from narrative.measure.sessions import load_sessions

XNYS = load_sessions()
FIRST = XNYS.position(date(2018, 1, 2))
UNIT = 0.01  # a standard deviation of one of the simulations is one percent of return


def sessions(n: int) -> tuple[date, ...]:
    """The first `n` sessions from 2018 on."""
    return XNYS.labels[FIRST : FIRST + n]


def values(factor: Any, **more: Any) -> list[Value]:
    """One value a session, NaN for a missing one, to be traded from the next session on."""
    days = sessions(len(factor) + 1)
    return [
        Value(day, after, None if np.isnan(x) else float(x), **more)
        for day, after, x in zip(days, days[1:], factor, strict=False)
    ]


def spread(returns: Any) -> Spread:
    """A long leg that makes these returns, session by session from the second on, and a short one that makes none."""
    days = sessions(len(returns))
    growth = np.cumprod(1 + np.asarray(returns, dtype=float))
    return Spread(dict(zip(days, growth.tolist(), strict=True)), dict.fromkeys(days, 1.0))


def made(factor: Any, returns: Any) -> Panel:
    """The panel of a factor and the returns of the same sessions."""
    return panel(values(factor), spread(returns), XNYS)


def slow(rng: np.random.Generator, n: int, memory: float, push: Any = 0.0) -> Any:
    """An autoregressive series of order one with unit shocks, `push` added to each; memory 1 is a random walk."""
    shocks = rng.standard_normal(n) + push
    found = np.empty(n)
    last = 0.0 if memory == 1 else shocks[0] / np.sqrt(1 - memory**2)
    for t, shock in enumerate(shocks):
        last = memory * last + shock
        found[t] = last
    return found


def planted(kind: str, seed: int, n: int = 1250, memory: float = 0.9, beta: float = 0.2) -> tuple[Any, Any]:
    """A factor and returns of which one leads the other by a session, each leads, or neither does."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal(n)
    if kind in ("leads", "neither"):
        factor = slow(rng, n, memory)
        pushed = beta * np.concatenate([[0.0], factor[:-1]]) if kind == "leads" else 0.0
        return factor, UNIT * (noise + pushed)
    if kind == "follows":
        return slow(rng, n, memory, beta * np.concatenate([[0.0], noise[:-1]])), UNIT * noise
    raise ValueError(kind)
