"""The one call: a factor's values and a spread's returns in, everything that can be said about the two out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec

import numpy as np

from narrative.errors import NarrativeError, UsageError
from narrative.measure.evaluation import bootstrap
from narrative.measure.evaluation.beside import Agreement, Outside, agreements
from narrative.measure.evaluation.bootstrap import Interval, block_interval
from narrative.measure.evaluation.detectable import Detectable, detectable
from narrative.measure.evaluation.event_study import EventStudy, event_study
from narrative.measure.evaluation.ic import RankIC, apart, rank_ic
from narrative.measure.evaluation.leadlag import LeadLag, lead_lag
from narrative.measure.evaluation.out_of_sample import OutOfSample, out_of_sample
from narrative.measure.evaluation.panel import Panel, Value, panel
from narrative.measure.evaluation.verdict import Verdict, verdict
from narrative.measure.returns import Spread
from narrative.measure.sessions import Sessions

HORIZONS = (1, 5, 20)  # sessions
#: the horizon of the verdict, fixed beforehand: the best of several would be a choice after the fact
HEADLINE = 5
LONGEST = 250


@dataclass(frozen=True, slots=True)
class Settings:
    """What is asked: horizons in sessions, series from elsewhere to set beside, and the seed of the random draws.

    Raises UsageError for a horizon outside 1 to 250.
    """

    horizons: tuple[int, ...] = HORIZONS
    outside: tuple[Outside, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.horizons or not all(1 <= horizon <= LONGEST for horizon in self.horizons):
            raise UsageError(f"horizons are sessions from 1 to {LONGEST}, such as 1,5,20")

    @property
    def headline(self) -> int:
        """The horizon of the verdict: 5 sessions where it is asked for, else the first."""
        return HEADLINE if HEADLINE in self.horizons else self.horizons[0]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the factor's rows are: `valued` of `sessions` have a value, `thin` of these rest on few events.

    `paired` have a return at the headline horizon beside them, so `valued` - `paired` have no price yet. `in_sample` and
    `backfilled` are mean shares of the values' weight, `trust_dates` the share of rows that took print dates on trust.
    """

    first: date
    last: date
    sessions: int
    valued: int
    thin: int
    paired: int
    in_sample: float
    backfilled: float
    trust_dates: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All of it. `headline` is the horizon in sessions that verdict, event study and interval are about.

    `ics` has the horizons that could be computed. `interval` is None without arch (`resampling` is whether it is
    there) or with too little data. `beside` pairs the name of an outside series with how net and factor agree with it.
    """

    coverage: Coverage
    horizons: tuple[int, ...]
    headline: int
    ics: tuple[RankIC, ...]
    power: Detectable
    lead_lag: LeadLag
    events: EventStudy
    out_of_sample: OutOfSample
    resampling: bool
    interval: Interval | None
    beside: tuple[tuple[str, tuple[Agreement, ...]], ...]
    verdict: Verdict
    seed: int

    def ic(self, horizon: int) -> RankIC | None:
        """Return the IC at a horizon, None where there is none."""
        return next((one for one in self.ics if one.horizon == horizon), None)


def evaluate(
    values: Sequence[Value], spread: Spread, sessions: Sessions, settings: Settings | None = None
) -> Evaluation:
    """Return the evaluation of a factor against a spread; the same input and seed give the same numbers.

    Raises NarrativeError as `panel` does, and without statsmodels.
    """
    if find_spec("statsmodels") is None:
        raise NarrativeError("evaluating a factor needs statsmodels and arch: pip install statsmodels arch")
    asked = settings or Settings()
    horizons, headline = tuple(dict.fromkeys(asked.horizons)), asked.headline
    data = panel(values, spread, sessions)
    ics = tuple(found for horizon in horizons if (found := rank_ic(data, horizon)) is not None)
    seen = _coverage(values, data, headline)
    power = _power(data, headline, next((one for one in ics if one.horizon == headline), None))
    order = lead_lag(data)
    return Evaluation(
        coverage=seen,
        horizons=horizons,
        headline=headline,
        ics=ics,
        power=power,
        lead_lag=order,
        events=event_study(data, headline, np.random.default_rng(asked.seed)),
        out_of_sample=out_of_sample(data, headline),
        resampling=bootstrap.installed(),
        interval=block_interval(data, headline, asked.seed),
        beside=tuple((one.name, agreements(values, one, sessions)) for one in asked.outside),
        verdict=verdict(seen.in_sample, power, order),
        seed=asked.seed,
    )


def _power(data: Panel, horizon: int, found: RankIC | None) -> Detectable:
    n = len(apart(data.starts[data.paired(horizon)], horizon))
    return detectable(n, horizon, None if found is None else found.ic)


def _coverage(values: Sequence[Value], data: Panel, horizon: int) -> Coverage:
    days = [one.session for one in values]
    valued = [one for one in values if one.value is not None]
    return Coverage(
        first=min(days),
        last=max(days),
        sessions=len(values),
        valued=len(valued),
        thin=sum(one.thin for one in valued),
        paired=len(data.paired(horizon)),
        in_sample=sum(one.in_sample for one in valued) / len(valued),
        backfilled=sum(one.backfilled for one in valued) / len(valued),
        trust_dates=sum(one.trust_dates for one in valued) / len(valued),
    )
