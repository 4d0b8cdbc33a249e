"""Tests on real material that does not travel with the project: skipped, with a word, where it is absent."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2].parent / "shared"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if SHARED.is_dir():
        return
    here = Path(__file__).parent
    skip = pytest.mark.skip(reason=f"needs the shared test data beside the project ({SHARED.name}/)")
    for item in items:
        if here in item.path.parents:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared test data."""
    return SHARED
