"""Builds annotated articles from a few lines of the markup, for the tests of scoring and of the corpus."""

from __future__ import annotations

from pathlib import Path

from narrative.read.annotated import GoldArticle
from narrative.read.gold import parse_gold

SMALL = '[[view]]\nstatement = "s1"\ntarget = "small_caps"\nstance = "bullish"\n'


def gold(
    body: str, header: str = "", *, id: str = "x", family: str = "f", shape: str = "wire"
) -> GoldArticle:
    """One annotated article."""
    return parse_gold(written(body, header, id=id, family=family, shape=shape), Path(f"{id}.txt"))


def written(body: str, header: str = "", *, id: str = "x", family: str = "f", shape: str = "wire") -> str:
    """The file of one annotated article."""
    head = f'id = "{id}"\npublished = 2026-01-14\noutlet = "One"\nfamily = "{family}"\nshape = "{shape}"\n'
    return f"+++\n{head}{header}+++\n{body}\n"


def view(statement: str, target: str, stance: str, more: str = "") -> str:
    """A row of the front matter."""
    return f'[[view]]\nstatement = "{statement}"\ntarget = "{target}"\nstance = "{stance}"\n{more}'
