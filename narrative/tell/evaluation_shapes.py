"""What the evaluation report takes from `measure`, as protocols: a stage imports no other stage.

The words are defined where the records are made, in `narrative/measure/evaluation`. Sessions are trading days, returns
fractions; a pair of numbers is a correlation and its p.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal, Protocol

Order = Literal["leads", "follows", "both", "neither"]
Pair = tuple[float, float]


class Coverage(Protocol):
    """What the factor's rows are."""

    @property
    def first(self) -> date:
        """First session."""
        ...

    @property
    def last(self) -> date:
        """Last session."""
        ...

    @property
    def sessions(self) -> int:
        """Rows."""
        ...

    @property
    def valued(self) -> int:
        """Rows with a value."""
        ...

    @property
    def thin(self) -> int:
        """Values that rest on few events."""
        ...

    @property
    def paired(self) -> int:
        """Values with a return at the headline horizon."""
        ...

    @property
    def in_sample(self) -> float:
        """Mean share of weight published before the model's training cut-off."""
        ...

    @property
    def backfilled(self) -> float:
        """Mean share of weight entered after the fact."""
        ...

    @property
    def trust_dates(self) -> float:
        """Share of rows that took print dates on trust."""
        ...


class RankIC(Protocol):
    """The information coefficient at one horizon."""

    @property
    def horizon(self) -> int:
        """Sessions."""
        ...

    @property
    def n(self) -> int:
        """Overlapping pairs."""
        ...

    @property
    def ic(self) -> float:
        """Rank correlation."""
        ...

    @property
    def p(self) -> float:
        """By circular shift."""
        ...

    @property
    def n_apart(self) -> int:
        """Pairs that do not overlap."""
        ...

    @property
    def apart(self) -> Pair | None:
        """IC over these."""
        ...

    @property
    def t_hac(self) -> float | None:
        """Newey-West t."""
        ...


class Detectable(Protocol):
    """What the number of observations can tell."""

    @property
    def n(self) -> int:
        """Independent returns."""
        ...

    @property
    def least(self) -> float:
        """Least |IC| told from zero."""
        ...

    @property
    def weeks_for_reference(self) -> int:
        """Weeks missing for an IC of .10."""
        ...

    @property
    def weeks_for_observed(self) -> int | None:
        """Weeks missing for the observed IC."""
        ...


class LeadLag(Protocol):
    """Who moves first."""

    @property
    def n(self) -> int:
        """Sessions."""
        ...

    @property
    def sides(self) -> Sequence[tuple[int, float]]:
        """Lag and correlation; a positive lag is the factor first."""
        ...

    @property
    def band(self) -> float:
        """|Correlation| that chance exceeds at one lag in 5 % of cases."""
        ...

    @property
    def lead_p(self) -> float | None:
        """Granger, factor to returns."""
        ...

    @property
    def follow_p(self) -> float | None:
        """Granger, returns to factor."""
        ...


class EventStudy(Protocol):
    """The spread around big moves of the factor."""

    @property
    def sessions(self) -> Sequence[date]:
        """Of the events."""
        ...

    @property
    def horizon(self) -> int:
        """Where the p is taken."""
        ...

    @property
    def overlapping(self) -> int:
        """Events dropped."""
        ...

    @property
    def unpriced(self) -> int:
        """Events without prices."""
        ...

    @property
    def path(self) -> Sequence[tuple[int, float, float, float]]:
        """Sessions from the first close to trade at, mean return with the move, low and high of chance."""
        ...

    @property
    def mean(self) -> float | None:
        """Mean at the horizon."""
        ...

    @property
    def p(self) -> float | None:
        """Two-sided; None below 20 events."""
        ...


class OutOfSample(Protocol):
    """Forecasts made without seeing the future."""

    @property
    def n(self) -> int:
        """Forecasts."""
        ...

    @property
    def first(self) -> date | None:
        """Session of the first."""
        ...

    @property
    def r2(self) -> float | None:
        """Against momentum."""
        ...


class Interval(Protocol):
    """A 95 % interval of the IC by block bootstrap."""

    @property
    def low(self) -> float:
        """Lower end."""
        ...

    @property
    def high(self) -> float:
        """Upper end."""
        ...

    @property
    def block(self) -> int:
        """Mean length of a block in sessions."""
        ...


class Agreement(Protocol):
    """How one of our series agrees with an outside one."""

    @property
    def ours(self) -> str:
        """Which of ours."""
        ...

    @property
    def n(self) -> int:
        """Days compared."""
        ...

    @property
    def span(self) -> tuple[date, date] | None:
        """First and last day."""
        ...

    @property
    def levels(self) -> Pair | None:
        """Of levels."""
        ...

    @property
    def changes(self) -> Pair | None:
        """Of changes."""
        ...


class Verdict(Protocol):
    """What may be said in one word."""

    @property
    def order(self) -> Order | None:
        """The word."""
        ...

    @property
    def obstacles(self) -> Sequence[str]:
        """What forbids it."""
        ...


class Evaluation(Protocol):
    """All of it."""

    @property
    def coverage(self) -> Coverage:
        """Rows."""
        ...

    @property
    def headline(self) -> int:
        """The horizon in sessions that verdict, event study and interval are about."""
        ...

    @property
    def horizons(self) -> Sequence[int]:
        """Asked for."""
        ...

    @property
    def ics(self) -> Sequence[RankIC]:
        """Those that could be computed."""
        ...

    @property
    def power(self) -> Detectable:
        """At the headline horizon."""
        ...

    @property
    def lead_lag(self) -> LeadLag:
        """Both sides."""
        ...

    @property
    def events(self) -> EventStudy:
        """Big moves."""
        ...

    @property
    def out_of_sample(self) -> OutOfSample:
        """Against momentum."""
        ...

    @property
    def resampling(self) -> bool:
        """Whether the package for the interval is there."""
        ...

    @property
    def interval(self) -> Interval | None:
        """Of the headline IC."""
        ...

    @property
    def beside(self) -> Sequence[tuple[str, Sequence[Agreement]]]:
        """Outside series by name."""
        ...

    @property
    def verdict(self) -> Verdict:
        """The word."""
        ...

    @property
    def seed(self) -> int:
        """Of the random draws."""
        ...
