"""Finds what travels with the program: the model, the demo's site, the data files.

In a checkout they lie in their own top-level folders; in an installed wheel the build has put the
same folders under `narrative/bundle/`.
"""

from __future__ import annotations

from pathlib import Path

from narrative.errors import NarrativeError

_PACKAGE = Path(__file__).resolve().parent


def bundled(relative: str) -> Path:
    """Return the path of a bundled file or folder such as `models/reader` or `corpus/site`.

    Raises NarrativeError when neither the wheel nor the checkout has it.
    """
    for root in (_PACKAGE / "bundle", _PACKAGE.parent):
        if (root / relative).exists():
            return root / relative
    raise NarrativeError(f"{relative} is missing from this installation; reinstall narrative")


def data(name: str) -> Path:
    """Return the path of a file in `narrative/data`, such as `targets.toml`."""
    return _PACKAGE / "data" / name
