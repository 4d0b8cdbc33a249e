"""The user's own folder: targets and narratives beside the built-in ones.

    narrative/targets.toml            targets of one's own, in the form of the built-in vocabulary
    narrative/narratives/NAME.toml    narratives of one's own, over any targets there are

It is NARRATIVE_HOME, else `narrative` in XDG_CONFIG_HOME, else `~/.config/narrative`. Nothing is made there: a folder that
does not exist holds nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def home(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the user's folder, whether or not it exists. A relative XDG_CONFIG_HOME is passed over, as its standard says."""
    if own := environment.get("NARRATIVE_HOME"):
        return Path(own).expanduser()
    base = Path(environment.get("XDG_CONFIG_HOME") or "")
    if base.is_absolute():
        return base / "narrative"
    return Path(environment.get("HOME") or "~").expanduser() / ".config" / "narrative"


def own_targets(folder: Path) -> Path:
    """Return where the user's targets stand."""
    return folder / "targets.toml"


def own_narratives(folder: Path) -> Path:
    """Return the folder of the user's narratives."""
    return folder / "narratives"
