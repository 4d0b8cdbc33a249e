"""The factor of one narrative: a row a session, point in time, with everything needed to use it honestly.

A consumer deciding at instant T may use rows with cutoff_utc <= T and computed_at <= T, and can trade on
`tradeable_from`. Only rows with a known, past publication enter, in the stock (net) as in the flow
(factor).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from narrative.measure.flow import Parameters
from narrative.measure.judged import Judged
from narrative.measure.panel import Flag, Moment, flag, moments
from narrative.measure.sessions import Sessions

MARKET_ON_CLOSE_MINUTES = 15  # from this cut-off on, an order for the same close is still possible


@dataclass(frozen=True, slots=True)
class FactorRow:
    """One narrative in one session.

    Flow: `factor` = support_sum / (w_sum + prior), `factor_z` its expanding z-score, `w_sum` and
    `support_sum` the decayed sums of w and w x, `n` the events known at the cut-off, `n_new` and
    `n_stories` the events of this session and their stories, `n_eff` = (sum w)^2 / sum w^2, `dispersion`
    the weighted standard deviation of support. Stock: `net` with its 95 % interval `ci_low`, `ci_high`,
    over `n_voices` = n_bull + n_bear + n_neutral. `in_sample` and `backfilled` are shares of w_sum;
    `trust_dates` says that an event with weight in it took its print date on trust for the time at which it could
    be read. `by_hand` counts the corrections and the merges and splits of voices that were recorded after the cut-off,
    about words from before it: hindsight, of which a replay of what was known then is free. `flag` is about the factor
    and its n_eff; None is missing and `reason` says why. `params` is JSON; `calendar` names the session table.
    """

    date: dt.date
    narrative: str
    factor: float | None
    factor_z: float | None
    net: float | None
    w_sum: float
    support_sum: float
    n: int
    n_new: int
    n_stories: int
    n_voices: int
    n_eff: float
    n_bull: int
    n_bear: int
    n_neutral: int
    dispersion: float | None
    ci_low: float | None
    ci_high: float | None
    flag: Flag
    reason: str | None
    cutoff_utc: dt.datetime
    tradeable_from: dt.date
    computed_at: dt.datetime
    in_sample: float
    backfilled: float
    trust_dates: bool
    params: str
    model: str
    calendar: str
    by_hand: int = 0


def factor(
    entries: Iterable[Judged],
    narrative: str,
    legs: Mapping[str, int],
    sessions: Sessions,
    *,
    start: dt.date,
    end: dt.date,
    computed_at: dt.datetime,
    parameters: Parameters | None = None,
    ruled: Sequence[tuple[dt.datetime, dt.datetime]] = (),
) -> tuple[FactorRow, ...]:
    """Return the rows of the sessions from day `start` to day `end`, both included.

    `ruled` says of what was decided by hand on the views since when its words were there and when it was recorded.
    A session whose cut-off is after `computed_at` gets no row. History before `start` enters decay and
    z-score all the same. Raises NarrativeError for a day outside the calendar.
    """
    chosen = parameters or Parameters()
    labels = [
        label
        for label in sessions.between(start, end)
        if sessions.cutoff(label, chosen.cutoff_minutes) <= computed_at
    ]
    periods = [(position, position) for position in map(sessions.position, labels)]
    found = moments(entries, legs, sessions, periods, chosen, undated=False, listed=False)
    settings = json.dumps({**asdict(chosen), "weights": dict(chosen.weights)}, sort_keys=True)
    rows = (
        _row(label, narrative, moment, sessions, chosen, computed_at, settings)
        for label, moment in zip(labels, found, strict=True)
    )
    return tuple(
        replace(row, by_hand=sum(said < row.cutoff_utc <= decided for said, decided in ruled))
        if ruled
        else row
        for row in rows
    )


def tradeable_from(session: dt.date, sessions: Sessions, cutoff_minutes: int) -> dt.date:
    """Return the first session at whose close the value can be traded.

    That is the same session for a cut-off of 15 minutes or more, else the next.
    """
    return sessions.shift(session, 0 if cutoff_minutes >= MARKET_ON_CLOSE_MINUTES else 1)


def _row(
    label: dt.date,
    narrative: str,
    moment: Moment,
    sessions: Sessions,
    parameters: Parameters,
    computed_at: dt.datetime,
    settings: str,
) -> FactorRow:
    flow, net = moment.flow, moment.net
    return FactorRow(
        date=label,
        narrative=narrative,
        factor=flow.value,
        factor_z=flow.z,
        net=net.value,
        w_sum=flow.w_sum,
        support_sum=flow.support_sum,
        n=moment.n_known,
        n_new=moment.n_new,
        n_stories=moment.n_stories,
        n_voices=net.n_voices,
        n_eff=flow.n_eff,
        n_bull=net.n_bullish,
        n_bear=net.n_bearish,
        n_neutral=net.n_neutral,
        dispersion=flow.dispersion,
        ci_low=moment.low,
        ci_high=moment.high,
        flag=flag(flow.value, flow.n_eff),
        reason=_reason(moment),
        cutoff_utc=sessions.cutoff(label, parameters.cutoff_minutes),
        tradeable_from=tradeable_from(label, sessions, parameters.cutoff_minutes),
        computed_at=computed_at,
        in_sample=flow.in_sample,
        backfilled=flow.backfilled,
        trust_dates=flow.trusted,
        params=settings,
        model="+".join(moment.models),
        calendar=sessions.calendar,
    )


def _reason(moment: Moment) -> str | None:
    """Why the factor, else its net, is missing."""
    if moment.flow.value is None:
        return "no event carries weight any more" if moment.n_known else "no event yet"
    return "every view has expired" if moment.net.value is None else None
