"""The trials of evaluations: which combinations were tried on the market, and what each of them showed.

The log only grows, so that a small p cannot hide how many were tried before it. The same combination over the same
sessions with the same outcome is one trial, however often it is evaluated; new data make it a new look, and a new row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from sqlite3 import Row
from typing import TYPE_CHECKING

from narrative.ledger import columns
from narrative.ledger.migrations import append_only, migration
from narrative.ledger.opening import Part
from narrative.terms import content_id

if TYPE_CHECKING:
    from sqlite_utils.db import Database

_KEY = ("narrative", "parameters", "model", "horizon", "spread", "cutoff_minutes", "first", "last", "n")


@migration
def m0013_evaluation_trials(db: Database) -> None:
    """Make room for what was tried in evaluations."""
    db.executescript("""
        CREATE TABLE evaluation_trials (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, narrative TEXT NOT NULL, parameters TEXT NOT NULL,
            model TEXT NOT NULL, horizon INTEGER NOT NULL, spread TEXT NOT NULL, cutoff_minutes INTEGER NOT NULL,
            first TEXT NOT NULL, last TEXT NOT NULL, n INTEGER NOT NULL, ic REAL NOT NULL,
            p REAL NOT NULL CHECK (p BETWEEN 0 AND 1), recorded_at TEXT NOT NULL
        ) STRICT;
    """)
    append_only(db, ("evaluation_trials",))


@dataclass(frozen=True, slots=True)
class LoggedTrial:
    """One evaluated combination as it was logged.

    A narrative's factor with its parameters (JSON), under `model`, at a horizon in sessions, against a spread, over the
    sessions `first` to `last`; `ic` over `n` pairs with its p by circular shift.
    """

    id: str
    narrative: str
    parameters: str
    model: str
    horizon: int
    spread: str
    cutoff_minutes: int
    first: date
    last: date
    n: int
    ic: float
    p: float
    recorded_at: datetime


class Trials(Part):
    """The ledger's side of evaluating factors."""

    def log_trials(self, rows: Iterable[Mapping[str, object]]) -> int:
        """Log evaluated combinations and return how many were new; a row has the fields of LoggedTrial but id and time.

        Raises NarrativeError when the file cannot be written; then none is logged.
        """
        with self.store.write() as db:
            at = columns.stamp(self.store.clock.now())
            return sum(_log(db, row, at) for row in rows)

    def trials(self) -> tuple[LoggedTrial, ...]:
        """Return all trials in the order they were logged."""
        return tuple(
            _trial(row) for row in self.store.rows("SELECT * FROM evaluation_trials ORDER BY number")
        )


def trial_id(row: Mapping[str, object]) -> str:
    """Return the id of a trial: its combination, its data and its outcome to ten places."""
    outcome = (f"{row['ic']:.10f}", f"{row['p']:.10f}")
    return content_id("trial", *(row[name] for name in _KEY), *outcome)


def _log(db: Database, row: Mapping[str, object], at: str) -> int:
    values = {name: row[name] for name in (*_KEY, "ic", "p")}
    plain = [value.isoformat() if isinstance(value, date) else value for value in values.values()]
    names = ", ".join(("id", *values, "recorded_at"))
    marks = ", ".join("?" * (len(values) + 2))
    sql = f"INSERT INTO evaluation_trials ({names}) VALUES ({marks}) ON CONFLICT (id) DO NOTHING"  # noqa: S608 -- own names
    return db.execute(sql, (trial_id(row), *plain, at)).rowcount


def _trial(row: Row) -> LoggedTrial:
    return LoggedTrial(
        id=row["id"],
        **{name: row[name] for name in ("narrative", "parameters", "model", "spread")},
        **{name: row[name] for name in ("horizon", "cutoff_minutes", "n")},
        first=date.fromisoformat(row["first"]),
        last=date.fromisoformat(row["last"]),
        ic=row["ic"],
        p=row["p"],
        recorded_at=columns.instant(row["recorded_at"]),
    )
