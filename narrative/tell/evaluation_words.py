"""The sentences of an evaluation: the verdict or why there is none, and what each number is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from narrative.tell.evaluation_shapes import (
    Coverage,
    Detectable,
    Evaluation,
    EventStudy,
    Interval,
    LeadLag,
    OutOfSample,
)
from narrative.tell.layout import count, day, percent, signed

REFERENCE = "0.10"  # the IC that data must be able to show before anything is decided


def chance(p: float | None) -> str:
    """Return a p as printed, "none" for a missing one."""
    if p is None:
        return "none"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def with_sign(p: float | None) -> str:
    """Return a p with its name: "p = 0.012", "p < 0.001"."""
    return "p none" if p is None else f"p {chance(p)}" if p < 0.001 else f"p = {chance(p)}"


def lead(found: Evaluation, adjusted: Mapping[int, float], total: int, spread: str) -> str:
    """Return the first paragraph: the verdict, or that there is none and what is missing."""
    if found.verdict.order is None:
        return f"No verdict: {'; '.join(_obstacle(name, found) for name in found.verdict.obstacles)}."
    told = {
        "leads": f"The factor leads {spread}: its past improves the forecast of the return",
        "follows": f"The factor follows {spread}: past returns improve the forecast of the factor",
        "both": f"The factor leads {spread} and follows it: the past of each improves the forecast of the other",
        "neither": f"The factor neither leads nor follows {spread}, as far as these data can show",
    }[found.verdict.order]
    sides = f"Granger {with_sign(found.lead_lag.lead_p)} as leader, {with_sign(found.lead_lag.follow_p)} as follower"
    return f"{told} ({sides}). {headline(found, adjusted, total)}"


def headline(found: Evaluation, adjusted: Mapping[int, float], total: int) -> str:
    """Return the IC at the headline horizon with its p, and its p after all trials."""
    one = next((ic for ic in found.ics if ic.horizon == found.headline), None)
    if one is None:
        return f"There is no IC over {count(found.headline, 'session')}."
    after = (
        f"; {chance(adjusted[one.horizon])} after {count(total, 'trial')}" if one.horizon in adjusted else ""
    )
    told = f"The IC over {count(one.horizon, 'session')} is {signed(one.ic, 3)} ({with_sign(one.p)}{after})"
    return f"{told}; an |IC| below {found.power.least:.2f} would mostly not have been seen."


def _obstacle(name: str, found: Evaluation) -> str:
    if name == "in_sample":
        share = f"{found.coverage.in_sample * 100:.0f} % of the weight behind the values"
        return f"{share} was published before the model's training cut-off and so tests nothing"
    if name == "too_few":
        return missing(found.power, found.headline)
    return f"who moves first needs 60 sessions in a row with values and prices that move, there are {found.lead_lag.n}"


def missing(power: Detectable, horizon: int) -> str:
    """Return what the independent observations can tell, and how many weeks are missing."""
    told = f"n = {_independent(power.n, horizon)}; detectable |IC| about {power.least:.2f}"
    more = [
        (power.weeks_for_reference, f"an IC of {REFERENCE}"),
        (power.weeks_for_observed, "the observed one"),
    ]
    for place, (weeks, what) in enumerate((weeks, what) for weeks, what in more if weeks):
        noun = "week is" if weeks == 1 else "weeks are"
        told += (
            f" and {weeks:,} to tell {what}"
            if place
            else f"; about {weeks:,} more {noun} needed to tell {what}"
        )
    return told


def _independent(n: int, horizon: int) -> str:
    if horizon == 5:
        return f"{n} independent {'week' if n == 1 else 'weeks'}"
    if horizon == 1:
        return f"{n} independent {'session' if n == 1 else 'sessions'}"
    return f"{n} independent {'period' if n == 1 else 'periods'} of {horizon} sessions"


def coverage(found: Coverage, horizon: int) -> Iterator[str]:
    """Give what the factor's rows are before anything is said about them."""
    yield (
        f"{count(found.sessions, 'session')} from {day(found.first)} to {day(found.last)}: {found.valued} with a value,"
        f" {found.thin} of these thin (under five effective events)."
    )
    yield (
        f"{found.paired} values have a return over {count(horizon, 'session')} from the close at which they can be traded;"
        f" {found.valued - found.paired} lack a price there."
    )
    yield (
        f"Of the weight behind the values {found.in_sample * 100:.0f} % was published before the model's training cut-off"
        f" and {found.backfilled * 100:.0f} % entered after the fact; {found.trust_dates * 100:.0f} % of the rows take print"
        " dates on trust."
    )


def lead_lag(found: LeadLag) -> Iterator[str]:
    """Give the two tests and how to read the picture."""
    if found.lead_p is not None and found.follow_p is not None:
        yield (
            f"Granger tests with five lags over {found.n} sessions, read at 1 %: the factor before the returns"
            f" {with_sign(found.lead_p)}, the returns before the factor {with_sign(found.follow_p)}."
        )
    else:
        yield f"There is no Granger test: {count(found.n, 'session')} in a row with a value and a return."
    yield (
        "A value is known when its session closes, so the return of the same session stands on the market's side. The"
        " dashed lines are what one lag exceeds by chance in 5 % of cases."
    )


def interval(found: Interval | None, *, resampling: bool) -> str:
    """Return the interval of the headline IC, or how to get one."""
    if found is not None:
        ends = f"{signed(found.low, 3)} to {signed(found.high, 3)}"
        blocks = f"blocks of {found.block} sessions on average"
        return f"95 % interval of the headline IC by stationary bootstrap: {ends} ({blocks})."
    if not resampling:
        return "An interval by block bootstrap needs the package arch: pip install arch."
    return "An interval by block bootstrap needs 60 pairs."


def events(found: EventStudy) -> Iterator[str]:
    """Give how many events there were and what came of them."""
    dropped = f"{found.overlapping} dropped for overlap, {found.unpriced} without prices"
    yield (
        f"{count(len(found.sessions), 'event')}: sessions in which the factor moved by two standard deviations or more of"
        f" its moves until then ({dropped})."
    )
    if found.mean is None:
        return
    told = f"In the {count(found.horizon, 'session')} after, the spread returned {percent(found.mean)} on average with the move"
    if found.p is None:
        yield f"{told}. Under 20 events there is a picture and no p."
    else:
        yield f"{told}; {with_sign(found.p)} among random sessions of the same months."


def forecasts(found: OutOfSample, horizon: int) -> str:
    """Return the out-of-sample R2 in a sentence."""
    if found.r2 is None or found.first is None:
        return f"Too few sessions: {count(found.n, 'forecast')} could be made, 60 are needed."
    better = "better" if found.r2 > 0 else "no better"
    return (
        f"R² {signed(found.r2 * 100, 2)} % over {found.n} forecasts of {count(horizon, 'session')}, the first on"
        f" {day(found.first)}: momentum and the factor forecast {better} than momentum alone."
    )


def trials(total: int, unlogged: str) -> Iterator[str]:
    """Give how many combinations were tried, and whether the log could take these."""
    yield (
        f"{count(total, 'trial')} in this ledger, all narratives, parameters, horizons, spreads and data together; p is"
        " adjusted over all of them (Benjamini-Hochberg)."
    )
    if unlogged:
        yield f"The trials of this evaluation could not be logged ({unlogged}); they are counted here and forgotten."


def method(horizon: int, seed: int) -> Iterator[str]:
    """Give the definitions behind the numbers."""
    yield (
        "The factor is the flow: decayed events by session. One narrative is one time series, so IC is the rank correlation"
        " over time of the factor with the return that follows, from the close of tradeable_from on."
    )
    yield (
        "p is by circular shift: the share of all rotations of the factor against the returns with at least the observed"
        " |IC|. Overlapping returns and a slow factor make the usual p far too small; it is not printed."
    )
    yield (
        "Beside it: every h-th session, whose returns do not overlap, with its own p; and a t with Newey-West covariance"
        " (h − 1 lags)."
    )
    yield "Granger's are F tests with five lags, which take the variance of returns as steady."
    yield "Independent observations n tell |IC| from zero at 1.96 / √n (5 %, two-sided)."
    yield (
        f"The verdict is about {count(horizon, 'session')}, fixed beforehand. It is withheld where the data could not have"
        f" shown an IC of {REFERENCE} and the observed one is not told from zero either, and where most weight is in the"
        " training sample."
    )
    yield (
        "Out of sample: R² = 1 − Σ(r − forecast)² / Σ(r − benchmark)² (Campbell and Thompson 2008), expanding window, the"
        " benchmark a regression on the spread's last 20 sessions."
    )
    yield f"Random draws (sessions beside events, bootstrap) come from seed {seed}."
