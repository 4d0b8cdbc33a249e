"""The known names: research houses, listed companies, funds and indices, found in a text by longest match.

`data/firms.csv` and `data/instruments.csv` are read once, on first use. Names are compared by their words, so
that "J.P. Morgan" and "JP Morgan", "S&P 500" and "S & P 500" need no entries of their own; capitals count, so
that "target" is never a shop.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from narrative import bundled
from narrative.read.vocabulary import words
from narrative.terms import Span

Kind = Literal["firm", "company", "etf", "index"]
Doubt = Literal["", "word", "surname_or_name", "acronym", "ordinary_words", "shared"]

_WORD = re.compile(r"[^\W_]+")
_BETWEEN = re.compile(r"[ \u00a0]{1,2}|[-‐‑–/.'’+*!]|\. |[ \u00a0]?&[ \u00a0]?|\.[ \u00a0]?&[ \u00a0]")
_LEGAL = re.compile(
    r"(?:,?[ \u00a0](?:Inc|Corp|Corporation|Incorporated|Co|Cos|Company|Ltd|Limited|LLC|L\.?L\.?C|L\.?P|LLP|PLC|Plc|plc"
    r"|N\.?V|S\.?A|AG|SE|ASA|SpA|Holdings?|Group)\b\.?)+"
)
_TAIL = re.compile(r"[ \u00a0](?:&[ \u00a0])?([A-Z][A-Za-z]+)(?![\w])")
_CLASS = re.compile(r"[ \u00a0]Class [A-C]\b")


class Entry(NamedTuple):
    """One name: what it stands for and how far it may be trusted without context."""

    name: str
    key: str
    kind: Kind
    symbol: str = ""
    doubt: Doubt = ""
    large: bool = False
    type: str = ""


class Hit(NamedTuple):
    """A name found in the text; `legal` when a legal form follows it ("Corp.") and vouches for it."""

    span: Span
    entry: Entry
    legal: bool


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """All names by their folded words, and what is known of a ticker symbol."""

    names: dict[str, Entry]
    lengths: dict[str, tuple[int, ...]]
    symbols: dict[str, Entry]

    def find(self, text: str, start: int, end: int) -> list[Hit]:
        """Return the names in `text[start:end]`, longest first at each word, never overlapping."""
        found = [(match.group(), match.start(), match.end()) for match in _WORD.finditer(text, start, end)]
        lower = [word.lower() for word, _, _ in found]
        out: list[Hit] = []
        i = 0
        while i < len(found):
            hit = self._at(text, found, lower, i, end) if lower[i] in self.lengths else None
            if hit is None:
                i += 1
                continue
            out.append(hit)
            while i < len(found) and found[i][1] < hit.span.end:
                i += 1
        return out

    def _at(
        self, text: str, found: list[tuple[str, int, int]], lower: list[str], i: int, end: int
    ) -> Hit | None:
        for count in self.lengths[lower[i]]:
            entry = self.names.get(" ".join(lower[i : i + count])) if i + count <= len(lower) else None
            if (
                entry is None
                or not _joined(text, found, i, count)
                or not _cased(found[i : i + count], entry.name)
            ):
                continue
            start, stop = found[i][1], found[i + count - 1][2]
            if _stands_free(text, start, stop):
                if entry.kind == "firm" and not entry.doubt:
                    stop = _unit(text, stop, end)
                legal = _LEGAL.match(text, stop, end) if entry.kind in ("firm", "company") else None
                stop = legal.end() if legal else stop
                kind_of_share = _CLASS.match(text, stop, end) if legal else None
                stop = kind_of_share.end() if kind_of_share else stop
                return Hit(Span(start, stop), entry, legal is not None)
        return None


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """Return the built-in gazetteer, read on first use."""
    names: dict[str, Entry] = {}
    symbols: dict[str, Entry] = {}
    for entry in [*_firms(), *_instruments()]:
        if entry.kind != "firm" and entry.name == entry.key and entry.symbol:
            symbols.setdefault(entry.symbol, entry)
        folded = " ".join(_WORD.findall(entry.name.lower()))
        known = names.get(folded)
        if known is None:
            names[folded] = entry
        elif known.kind == "firm" and entry.kind == "company" and not known.symbol:
            names[folded] = known._replace(symbol=entry.symbol)
    lengths: dict[str, set[int]] = {}
    for folded in names:
        head, *tail = folded.split(" ")
        lengths.setdefault(head, set()).add(len(tail) + 1)
    return Gazetteer(
        names, {head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()}, symbols
    )


def legal_form(text: str, at: int) -> int:
    """Return where a legal form that begins at `at`, or the point of one that ends there, ends; `at` if there is none."""
    if text[at : at + 1] == "." and re.search(
        r"\b(?:Inc|Corp|Co|Cos|Ltd|L\.P|N\.V|S\.A)$", text[max(0, at - 5) : at]
    ):
        return at + 1
    match = _LEGAL.match(text, at)
    return match.end() if match else at


def _unit(text: str, at: int, end: int) -> int:
    """Where the unit of a house that is named behind it ends ("Wells Fargo| Bank", "UBS| Wealth Advisors")."""
    while (match := _TAIL.match(text, at, end)) and not _LEGAL.match(text, at, end):
        if match.group(1) not in words("organizations", "tails"):
            break
        at = match.end()
    return at


def _firms() -> list[Entry]:
    out: list[Entry] = []
    with bundled.data("firms.csv").open(encoding="utf-8", newline="") as file:
        for canonical, aliases, kind, symbol, ambiguous in list(csv.reader(file))[1:]:
            doubts = dict(pair.rsplit(":", 1) for pair in ambiguous.split("|") if pair)
            names = filter(None, (canonical, *aliases.split("|")))
            out += [
                Entry(name, canonical, "firm", symbol, _doubt(doubts.get(name)), type=kind) for name in names
            ]
    return out


def _instruments() -> list[Entry]:
    """Indices first: where an index and a company share a name, a market report means the index."""
    out: list[Entry] = []
    with bundled.data("instruments.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    rows.sort(key=lambda row: row[2] != "index")
    for symbol, name, kind, _, aliases, ambiguous, large in rows:
        known: Kind = "index" if kind == "index" else "etf" if kind == "etf" else "company"
        doubtful = ambiguous.split("|") if ambiguous else ()
        for alias in (name, *aliases.split("|")) if aliases else (name,):
            doubt: Doubt = _shape(alias) if alias in doubtful else ""
            out.append(Entry(alias, name, known, symbol, doubt, bool(large)))
    return out


def _shape(name: str) -> Doubt:
    if " " in name:
        return "ordinary_words"
    return "acronym" if name.isupper() and len(name) > 2 else "word"


def _doubt(reason: str | None) -> Doubt:
    for known in ("word", "surname_or_name", "acronym", "ordinary_words"):
        if reason == known:
            return known
    return "shared" if reason else ""


def _joined(text: str, found: list[tuple[str, int, int]], i: int, count: int) -> bool:
    """Whether the words stand together as the words of one name do."""
    for (left, _, stop), (_, start, _) in zip(
        found[i : i + count - 1], found[i + 1 : i + count], strict=True
    ):
        between = text[stop:start]
        if not _BETWEEN.fullmatch(between) or (between == ". " and len(left) > 3):
            return False
    return True


def _cased(found: list[tuple[str, int, int]], name: str) -> bool:
    """Whether the words are written as a name is: capitals where the entry has them, an acronym in full."""
    wanted = _WORD.findall(name)
    if len(wanted) == 1:
        word = found[0][0]
        if word == wanted[0] or (word == wanted[0].upper() and len(word) > 3):
            return True
        return not wanted[0].isupper() and word == wanted[0].capitalize() and len(word) > 4
    return all(
        want[0].islower() or not word[0].islower() for (word, _, _), want in zip(found, wanted, strict=True)
    )


def _stands_free(text: str, start: int, stop: int) -> bool:
    """Whether no letter, hyphen or sign ties the name to something else ("Target-date", "$GOLD", "x@Snap")."""
    before, after = text[max(0, start - 1) : start], text[stop : stop + 2]
    if before in ("-", "‐", "@", "#", "$", "_", "/") and text[max(0, start - 2) : start - 1].isalnum():
        return False
    if before in ("@", "#", "$", "_"):
        return False
    tied = after[:1] in ("-", "‐", "@", "_") and after[1:2].islower()
    return not tied or bool(
        re.match(r"[-‐](?:led|backed|owned|based|listed|run|managed|branded)\b", text[stop : stop + 9])
    )
