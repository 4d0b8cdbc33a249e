"""Fixtures of the whole suite."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from narrative.clock import SimulatedClock
from narrative.ledger import Ledger, open_ledger
from narrative.read.encoder import Reader, load_reader
from narrative.targets import Targets, load_targets

# Whoever runs the tests may have targets and narratives of his own; the suite knows the built-in ones.
os.environ["NARRATIVE_HOME"] = str(Path(__file__).parent / "nobody")


@pytest.fixture
def clock() -> SimulatedClock:
    """A clock at the close of a session."""
    return SimulatedClock(datetime(2026, 1, 14, 21, 0, tzinfo=UTC))


@pytest.fixture
def ledger(tmp_path: Path, clock: SimulatedClock) -> Iterator[Ledger]:
    """An empty ledger on that clock."""
    with open_ledger(tmp_path / "ledger.db", clock, create=True) as opened:
        yield opened


@pytest.fixture(scope="session")
def targets() -> Targets:
    """The built-in vocabulary."""
    return load_targets()


@pytest.fixture(scope="session")
def reader() -> Reader:
    """The shipped model."""
    return load_reader()
