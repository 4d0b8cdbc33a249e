"""What a run is made with, taken down: program, model, targets, options."""

from __future__ import annotations

from datetime import datetime
from importlib.metadata import version

from narrative.read.encoder import StanceModel
from narrative.read.reader import vintage_of
from narrative.scale.folder import Run
from narrative.targets import load_targets


def run_of(
    now: datetime, model: StanceModel, *, trust_dates: bool = False, density: float | None = None
) -> Run:
    """Return a run that begins now; without a `density` it has no triage.

    The model's name holds a digest of the reading code.
    """
    vintage = vintage_of(model, load_targets())
    trained = vintage.trained_through
    return Run(
        began=now,
        program=f"narrative {version('narrative')}",
        model=vintage.model,
        targets=vintage.targets,
        trained_through=trained.isoformat() if trained else None,
        trust_dates=trust_dates,
        density=density,
    )
