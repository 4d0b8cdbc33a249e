"""Joins ledger, measure and tell for one question: whether a narrative's factor says anything about the market."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from narrative.errors import NarrativeError
from narrative.ledger import Ledger
from narrative.ledger.trials import trial_id
from narrative.measure.evaluation.evaluation import Evaluation, Settings, evaluate
from narrative.measure.evaluation.panel import Value
from narrative.measure.evaluation.trials import Trial, adjusted
from narrative.measure.factor import FactorRow
from narrative.measure.sessions import load_sessions
from narrative.proxies import Pair, pair_name, spread_name, spread_of
from narrative.targets import Narrative
from narrative.tell.evaluation_report import Report, Tried, report


@dataclass(frozen=True, slots=True)
class Evaluated:
    """An evaluation with what was tried before it, and its renderings."""

    evaluation: Evaluation
    tried: Tried
    report: Report

    @property
    def sentence(self) -> str:
        """The verdict, or why there is none."""
        return self.report.lead

    @property
    def html(self) -> str:
        """One self-contained page."""
        from narrative.tell.evaluation_html import render_html

        return render_html(self.report)

    @property
    def markdown(self) -> str:
        """The same facts as Markdown."""
        from narrative.tell.evaluation_markdown import render_markdown

        return render_markdown(self.report)


def evaluate_rows(
    ledger: Ledger,
    story: Narrative,
    rows: Sequence[FactorRow],
    settings: Settings | None = None,
    *,
    pair: Pair | None = None,
    known_at: datetime | None = None,
) -> Evaluated:
    """Return the evaluation of a factor's rows and log its trials, as far as the ledger can be written.

    It is set beside the spread of `pair`, a long and a short ticker, by default the narrative's first. Raises
    NarrativeError when the rows hold no value or the ledger no prices of both sides.
    """
    name, spread = pair_name(pair) if pair else spread_name(story), spread_of(ledger, story, known_at, pair)
    if spread is None:
        missing = name or "one proxy for each of its two sides"
        raise NarrativeError(
            f"{story.name} cannot be evaluated without prices of {missing}; add them with narrative prices"
        )
    values = [value_of(row) for row in rows]
    found = evaluate(values, spread, load_sessions(), settings)
    tried = _tried(ledger, trials_of(found, story.name, name, rows))
    marks = (spread.note(found.coverage.first, found.coverage.last), _hindsight(rows))
    notes = tuple(note for note in marks if note)
    made = report(found, tried, narrative=story.name, title=story.title, spread=name, notes=notes)
    return Evaluated(found, tried, made)


def _hindsight(rows: Sequence[FactorRow]) -> str:
    marked = sum(row.by_hand > 0 for row in rows)
    return (
        f"{marked} of {len(rows)} rows hold what was decided by hand after their cut-off, in corrections or about voices: "
        "hindsight, of which --known-at is free."
        if marked
        else ""
    )


def value_of(row: FactorRow) -> Value:
    """Return a row of the factor as the evaluation takes it."""
    return Value(
        session=row.date,
        tradeable_from=row.tradeable_from,
        value=row.factor,
        net=row.net,
        thin=row.flag == "thin",
        in_sample=row.in_sample,
        backfilled=row.backfilled,
        trust_dates=row.trust_dates,
    )


def trials_of(found: Evaluation, narrative: str, spread: str, rows: Sequence[FactorRow]) -> list[Trial]:
    """Return the combinations that an evaluation tried: one for each horizon with an IC."""
    row = rows[-1]
    cutoff_minutes = int(json.loads(row.params)["cutoff_minutes"])
    return [
        Trial(
            narrative=narrative,
            parameters=row.params,
            model=row.model,
            horizon=one.horizon,
            spread=spread,
            cutoff_minutes=cutoff_minutes,
            first=found.coverage.first,
            last=found.coverage.last,
            n=one.n,
            ic=one.ic,
            p=one.p,
        )
        for one in found.ics
    ]


def _tried(ledger: Ledger, new: Sequence[Trial]) -> Tried:
    """Log trials and return how many there are in all, with the adjusted p of each new one by horizon."""
    rows: list[dict[str, Any]] = [asdict(trial) for trial in new]
    unlogged = ""
    try:
        ledger.log_trials(rows)
    except NarrativeError as error:  # the evaluation is made; what it tried is told on the page at least
        unlogged = str(error)
    family = {trial.id: trial.p for trial in ledger.trials()} | {trial_id(row): row["p"] for row in rows}
    by_id = dict(zip(family, adjusted(list(family.values())), strict=True))
    return Tried(
        total=len(family),
        adjusted={row["horizon"]: by_id[trial_id(row)] for row in rows},
        unlogged=unlogged,
    )
