"""The voice of a statement: who speaks, in the few words that the model is told of it.

Whether words judge a target depends on who says them: a forecast of an economist is a view, the same forecast of a central
banker or of a company's manager about the company is none. The model is told the title and what kind of house it is; a house
that no list knows keeps its name, whose last words often tell.
"""

from __future__ import annotations

import re
from functools import lru_cache

from narrative.read.gazetteer import gazetteer

#: in the place of a voice where a whole text is judged and not what somebody says in it
FREE_TEXT = "text"


def voice(speaker: str | None, title: str | None, firm: str | None) -> str:
    """Return "chief economist, bank": the title and the kind of house; "person" for a bare name, nothing for nobody.

    >>> voice("Ann Lee", "Governor", "Federal Reserve")
    'governor, central bank'
    """
    parts = [part for part in (title.lower() if title else "", _kind_of(firm) if firm else "") if part]
    return ", ".join(parts) or ("person" if speaker else "")


@lru_cache(maxsize=4096)
def _kind_of(firm: str) -> str:
    entry = gazetteer().names.get(" ".join(re.findall(r"[^\W_]+", firm.lower())))
    if entry is None or entry.kind not in ("firm", "company"):
        return firm.lower()
    return entry.type.replace("_", " ") or "company"
