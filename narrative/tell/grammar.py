"""Which rows of lexicon letters are questions, and what each asks.

The letters are those of `lexicon`. Modifiers (period, firm, outlet, confidence, unconditional) have been
taken out before, so a pattern is the bare question. `t` marks its targets, `s` its stance, `w` the stance
left behind, `m` turned, stays, new or flipped, `x` the voice, `r` the voice that others are set beside, `d` on which
side, `z` that the stance is denied, `n` that it was given up, `k` how many of the surest are asked for. A row without
`t` asks about a voice or the people of a firm, on every target.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "stance",
    "flipped",
    "said",
    "count",
    "change",
    "disagrees",
    "agrees",
    "first",
    "opposite",
    "compare",
    "when",
]

_T = r"(?P<t>T(?:K?T)*)"
_WHO = r"W(?:P?W)*"
_X = r"(?P<x>X)"
_M = r"(?P<m>[YLU]?)"
_LEANS = rf"[BD]*{_M}[BD]*(?:(?P<s>S)N?|(?P<v>[VE])|(?P<g>G))"
_TURNS = r"[BD]*(?P<m>F)(?:A(?P<w>S))?(?:P?(?P<s>S))?"
_TURNED = r"[BD]*U(?:A(?P<w>S))P(?P<s>S)"
_LEFT = r"[BD]*(?P<n>n)[BD]*(?P<w>[SVE])N?"  # no longer bullish; no longer likes
_DENIED = r"B*(?P<z>z)(?P<s>S)N?"  # not bullish
_SEES = r"[BD]*[RQE]"  # thinks, says or expects that T ...
_R = r"v?(?P<r>X)"
_SIDE = r"[BD]*P?(?P<d>d)"
_LEAD = r"(?:P?[BD]+|P)?(?P<m>U?)"  # to be; to turn
_SAME = r"(?:(?P<s>S)N?|(?P<v>[VE])|(?P<g>G)|Q|N)"
_TS = r"(?P<t>T(?:[Kv]*P?(?:NP)?T)+)"  # two or more, with all that stands between
_TV = r"(?P<t>TN?v(?:NP)?T(?:[Kv]T)*)"

_ROWS: tuple[tuple[Kind, str], ...] = (
    ("stance", rf"[BD]*(?:{_WHO})?{_LEANS}P*{_T}"),  # who is bullish on T; who likes T; bulls on T
    ("stance", rf"P?{_T}[BD]*{_WHO}{_LEANS}"),  # on T, who is bullish
    ("stance", rf"[BD]*(?:{_WHO})?[BD]*{_T}(?P<g>G)"),  # who are the T bulls
    ("stance", rf"[BD]{_X}{_LEANS}P*{_T}"),  # is X bullish on T; does X like T
    ("stance", rf"P?{_T}[BD]{_X}{_LEANS}"),  # on T, is X bullish
    ("stance", rf"[HO]?[BD]*NP{_T}"),  # what is the sentiment on T
    ("stance", rf"O?B?{_T}N"),  # T sentiment
    ("stance", rf"[HO][BD]*{_WHO}[BD]*RP?{_T}"),  # what do analysts think of T
    ("stance", rf"{_WHO}[BD]+NP{_T}"),  # who has a view on T
    ("stance", r"O?P?(?P<t>T)"),  # T; what about T
    ("stance", rf"[BD]*(?:{_WHO})?{_SEES}{_T}(?P<g>Z)"),  # who expects T to rise
    ("stance", rf"[BD]{_X}{_SEES}{_T}(?P<g>Z)"),  # does X think T will fall
    ("stance", rf"[BD]*{_WHO}{_DENIED}P*{_T}"),  # who is not bullish on T
    ("stance", rf"B{_X}(?P<z>z)(?P<s>S)N?P*{_T}"),  # is X not bullish on T
    (
        "stance",
        rf"[BD]*(?:{_WHO})?[BD]*(?P<k>m)(?:(?P<s>S)N?(?:{_WHO})?|(?P<g>G))P*{_T}",
    ),  # who is most bullish on T
    ("stance", rf"P?{_T}[BD]*{_WHO}[BD]*(?P<k>m)(?:(?P<s>S)|(?P<g>G))"),  # on T, who is most bullish
    ("stance", rf"[BD]*(?:{_WHO})?[BD]*(?P<k>m){_T}(?P<g>G)"),  # top 5 T bulls
    ("stance", r"(?:O[BD])?l(?P<o>N)(?:P(?P<x>X))?"),  # latest views from X
    ("stance", r"O[BD](?P<x>X)(?:(?P<s>S)P|(?P<v>V))"),  # what is X bullish on; what does X like
    ("count", rf"M(?:P?{_WHO})?{_LEANS}[BD]*P*{_T}"),  # how many are bullish on T
    ("count", rf"P?{_T}M(?:P?{_WHO})?{_LEANS}"),  # on T, how many are bullish
    ("count", rf"M{_T}(?P<g>G)[BD]*"),  # how many T bulls are there
    ("count", rf"M(?:P?{_WHO})?{_TURNS}P?{_T}"),  # how many flipped on T
    ("count", rf"P?{_T}M(?:P?{_WHO})?{_TURNS}"),  # on T, how many flipped
    ("count", rf"M(?:P?{_WHO})?{_TURNED}P{_T}"),  # how many turned from S to S on T
    ("count", rf"M(?:P?{_WHO})?{_LEFT}P*{_T}"),  # how many are no longer bullish on T
    ("count", rf"M(?:P?{_WHO})?{_DENIED}P*{_T}"),  # how many are not bullish on T
    ("count", rf"M(?:P?{_WHO})?{_SEES}{_T}(?P<g>Z)"),  # how many expect T to rise
    ("count", rf"M(?:P?{_WHO})?[BD]+NP{_T}"),  # how many have a view on T
    ("flipped", rf"[BD]*{_WHO}{_TURNS}P?{_T}"),  # who flipped (from S) (to S) on T
    ("flipped", rf"[BD]*{_WHO}{_TURNED}P{_T}"),  # who turned from S to S on T
    ("flipped", rf"P?{_T}{_WHO}{_TURNS}"),  # on T, who flipped
    ("flipped", rf"[BD]{_X}{_TURNS}P?{_T}"),  # did X flip on T
    ("flipped", rf"[BD]{_X}{_TURNED}P{_T}"),  # did X turn from S to S on T
    ("flipped", rf"[BD]*{_WHO}{_LEFT}P*{_T}"),  # who is no longer bullish on T
    ("flipped", rf"[BD]{_X}{_LEFT}P*{_T}"),  # is X no longer bullish on T
    ("when", rf"w[BD]*{_X}[BD]*(?P<m>U)P?(?P<s>S)P*{_T}"),  # when did X turn bullish on T
    ("when", rf"w[BD]*{_X}[BD]*(?P<m>F)(?:P?(?P<s>S))?P?{_T}"),  # when did X flip on T
    ("said", rf"O[BD]*{_X}[BD]*QP?{_T}"),  # what did X say about T
    ("said", rf"P?{_T}O[BD]*{_X}[BD]*Q"),  # on T, what did X say
    ("said", rf"[HO][BD]*{_X}[BD]*RP?{_T}"),  # what does X think of T
    ("said", rf"(?:O[BD])?{_X}NP{_T}"),  # X's view on T
    ("said", rf"(?:O[BD])?[NQ]P{_X}P{_T}"),  # the views of X on T
    ("said", rf"{_X}P{_T}"),  # X on T
    ("said", rf"{_X}QP?{_T}"),  # X quotes on T
    ("said", rf"O[BD]*{_WHO}QP?{_T}"),  # what did analysts say about T
    ("said", rf"(?:{_WHO}[BD]*)?QP{_T}"),  # who spoke about T; quotes on T
    ("said", rf"OB+QP{_T}"),  # what was said about T
    ("said", r"O[BD]*(?P<x>X)[BD]*(?P<o>[QR])"),  # what did X say; what does X think
    ("said", r"O[BD]*(?P<o>W)[BD]*[QR]"),  # what did analysts at X say
    ("said", r"(?:O[BD])?(?P<x>X)(?P<o>N)"),  # X's views
    ("said", r"(?:O[BD])?(?P<o>[NQ])(?:P(?P<x>X))?"),  # views of X; views from X
    ("said", r"(?P<x>X)"),  # X
    ("disagrees", rf"M?[BD]*(?:{_WHO})?{_SIDE}{_R}P{_T}"),  # who disagrees with X on T
    ("disagrees", rf"M?[BD]*(?:{_WHO})?{_SIDE}P{_T}v(?P<r>X)"),  # who disagrees on T with X
    ("disagrees", rf"P?{_T}M?[BD]*{_WHO}{_SIDE}{_R}"),  # on T, who disagrees with X
    (
        "first",
        rf"[BD]*(?:{_WHO})?[BD]*(?:{_WHO})?e(?:{_WHO})?{_LEAD}(?:{_SAME}P*|P){_T}",
    ),  # who was first to be S on T
    ("first", rf"{_WHO}[BD]*(?P<m>U?)(?:(?P<s>S)N?|(?P<v>[VE])|(?P<g>G)|Q)P*{_T}e"),  # who was S on T first
    ("first", rf"P?{_T}{_WHO}[BD]*e(?:{_WHO})?{_LEAD}{_SAME}?"),  # on T, who was first to be S
    ("opposite", rf"[BD]{_X}[BD]*Q?P?oP{_T}"),  # has X said the opposite on T
    ("opposite", rf"P?{_T}[BD]{_X}[BD]*Q?P?o"),  # on T, has X said the opposite
    ("compare", rf"(?:[DBO]B*)?c(?:P?NP)?(?:P)?{_TS}N?"),  # compare T and T
    ("compare", rf"(?:[HO]?[BD]*NP)?{_TV}N?"),  # T versus T; sentiment on T versus T
    ("compare", rf"H[BD]+(?:NP)?{_TV}"),  # how does T compare with T
    ("compare", r"H[BD]+(?:NP)?(?P<t>TK(?:NP)?T)c"),  # how do T and T compare
    ("change", rf"[HO]?[BD]*NP{_T}[BD]*C"),  # how has sentiment on T changed
    ("change", rf"[HO]?[BD]*{_T}N[BD]*C"),  # how has T sentiment changed
    ("change", rf"(?:O[BD]*)?CPNP{_T}"),  # change in sentiment on T
    ("change", rf"NC(?:P{_T})"),  # sentiment trend on T
    ("change", rf"O[BD]*CP{_T}"),  # what changed on T
    ("change", rf"H[BD]*{_WHO}[BD]*FP?{_T}"),  # how have analysts changed their view on T
    ("change", rf"H[BD]*{_X}NP{_T}[BD]*C"),  # how has X's view on T changed
    ("change", rf"H[BD]*{_WHO}NP{_T}[BD]*C"),  # how has analyst sentiment on T changed
)
_GROUPS = "tswmxvgrdznko"


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a row of letters asks, and where its parts stand, by group name."""

    kind: Kind
    places: dict[str, tuple[int, int]]


def recognize(letters: str) -> Parsed | None:
    """Return what the row of letters asks, or None when it is no question."""
    for kind, pattern in _ROWS:  # compiled when they are first tried: most questions meet one of the first
        match = re.fullmatch(pattern, letters)
        if match:
            names = [name for name in _GROUPS if name in match.re.groupindex]
            places = {name: match.span(name) for name in names if match[name]}
            return Parsed(kind, places)
    return None
