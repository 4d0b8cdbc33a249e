"""How often an evaluation is wrong, on planted leads, planted follows and factors that wander by themselves."""

from __future__ import annotations

import time

import numpy as np
import pytest
from evaluation_rows import UNIT, XNYS, made, planted, slow, spread, values

from narrative.measure.evaluation.bootstrap import block_interval
from narrative.measure.evaluation.evaluation import Settings, evaluate
from narrative.measure.evaluation.ic import rank_ic
from narrative.measure.evaluation.leadlag import lead_lag


def false_positives(runs: int, memory: float, horizon: int, n: int = 1250) -> float:
    """The share of factors that know nothing and have a circular-shift p of 5 % or less."""
    hits = 0
    for run in range(runs):
        rng = np.random.default_rng([7, run])
        factor, returns = slow(rng, n, memory), UNIT * rng.standard_normal(n)
        found = rank_ic(made(factor, returns), horizon)
        assert found is not None
        hits += found.p <= 0.05
    return hits / runs


def right(kind: str, runs: int, seed: int = 1000) -> int:
    """How many of the planted relations of a kind get their name."""
    return sum(lead_lag(made(*planted(kind, seed + run))).order == kind for run in range(runs))


def test_random_walks_are_rarely_taken_for_factors() -> None:
    # 200 runs at a true rate of 5 % have a standard error of 1.5 points.
    assert 0.01 <= false_positives(200, 1.0, 5) <= 0.09


@pytest.mark.slow
@pytest.mark.parametrize("horizon", [1, 5, 20])
@pytest.mark.parametrize("memory", [1.0, 0.9975, 0.9], ids=["random walk", "AR .9975", "AR .9"])
def test_false_positives_are_what_they_claim_to_be(memory: float, horizon: int) -> None:
    assert 0.03 <= false_positives(500, memory, horizon) <= 0.07


@pytest.mark.parametrize("kind", ["leads", "follows", "neither"])
def test_planted_relations_get_their_name(kind: str) -> None:
    assert right(kind, 20) >= 19


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["leads", "follows", "neither"])
def test_planted_relations_get_their_name_nearly_always(kind: str) -> None:
    assert right(kind, 100) >= 97


def test_a_planted_lead_is_seen_by_every_statistic() -> None:
    factor, returns = planted("leads", 0)
    begun = time.process_time()
    found = evaluate(values(factor), spread(returns), XNYS)
    assert time.process_time() - begun < 5.0
    assert found.verdict.order == "leads"
    one = found.ic(5)
    assert one is not None
    assert one.ic > 0.3
    assert one.p < 0.05
    assert found.events.mean is not None
    assert found.events.mean > 0
    assert found.events.p is not None
    assert found.events.p < 0.05
    assert found.out_of_sample.r2 is not None
    assert found.out_of_sample.r2 > 0.05


def test_a_turned_lead_is_a_lead_of_the_other_sign() -> None:
    factor, returns = planted("leads", 0)
    there, back = (evaluate(values(sign * factor), spread(returns), XNYS) for sign in (1, -1))
    assert back.verdict == there.verdict
    assert [one.ic for one in back.ics] == pytest.approx([-one.ic for one in there.ics])
    assert [one.p for one in back.ics] == [one.p for one in there.ics]


def test_the_seed_decides_the_draws_and_nothing_else() -> None:
    factor, returns = planted("neither", 3, n=600)
    one, again, other = (
        evaluate(values(factor), spread(returns), XNYS, Settings(seed=seed)) for seed in (1, 1, 2)
    )
    assert one == again
    assert one.ics == other.ics
    assert one.lead_lag == other.lead_lag
    assert one.out_of_sample == other.out_of_sample
    assert one.events.path != other.events.path


def test_blocks_keep_what_single_rows_would_break() -> None:
    """Two slow series without relation: an interval from single rows would be much too narrow."""
    pytest.importorskip("arch")
    factor, returns = planted("neither", 4)
    data = made(factor, returns)
    found = block_interval(data, 5, seed=1)
    assert found is not None
    assert found == block_interval(data, 5, seed=1) != block_interval(data, 5, seed=2)
    one = rank_ic(data, 5)
    assert one is not None
    assert found.low < one.ic < found.high
    assert found.block > 5
    assert found.high - found.low > 1.5 * 2 * 1.96 / np.sqrt(one.n)
    assert block_interval(made(factor[:50], returns[:50]), 5, seed=1) is None
