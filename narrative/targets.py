"""The vocabulary of targets, and narratives as signed sets of them.

Targets say what a stance can be about (`data/targets.toml` describes its own keys); a narrative gives each of its
legs a sign. Both are data: adding one is a file, not code. Finding the words that name a target is pure text
work with no model behind it, so that the reader, which judges targets, and the question parser, which
looks them up, share one understanding of "small caps".
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from narrative import bundled
from narrative.errors import NarrativeError, UsageError
from narrative.terms import Span

STOCK = "stock:"  # prefix of a single company as a target: stock:NVDA, or stock:Name

_KINDS = ("segment", "sector", "commodity", "rate", "currency", "claim")
_LISTS = ("aliases", "styles", "bare", "members", "tickers", "opposite")
_TEXTS = ("proxy", "hypothesis")
_HEADS = (
    r"(?:stocks?|shares?|names?|compan(?:y|ies)|equities|sectors?|funds?|index|indices|indexes|ETFs?|group|cohort"
    r"|peers?|trades?|leadership|exposure|plays?|areas?|segments?|factors?|style|baskets?|producers?)"
)
_BETWEEN = r"(?:[\s,/-]+(?!(?:of|to|in|for|at|is|are|was|the|from|as|that|on|by|with)\b)[\w&'-]+){0,3}?"
# fmt: off
_ALLOCATION = (
    "into", "out of", "over", "than", "from", "toward", "towards", "favor", "favors", "favour", "favours",
    "prefer", "prefers", "overweight", "underweight", "versus", "vs", "like", "own", "between", "and",
)
# fmt: on
# Words behind which a general word ("stocks") stands for the market.
# fmt: off
_LEADS = (
    "in", "into", "on", "own", "that", "for", "buy", "sell", "hold", "see", "sees", "expects", "expect",
    "from", "with", "when", "if", "and", "but", "as", "at", "take", "than", "says", "said", "think",
    "thinks", "while", "because", "so",
)
# fmt: on
_STYLE_END = (
    r"(?=\s*(?:[.,;:!?)\"”’']|$|\b(?:and|or|over|than|to|as|versus|vs|this|next|in|for|while|but|at|on"
    r"|is|are|has|have|will|would|should|can|could|may|might|looks?|remains?|trades?)\b))"
)
_WORD = re.compile(r"[^\W_]+")
_CAPS = r"(?:micro|small|smaller|mid|large|mega|big)"


@dataclass(frozen=True, slots=True)
class Target:
    """One row of the vocabulary."""

    id: str
    name: str
    kind: Literal["segment", "sector", "commodity", "rate", "currency", "claim", "stock"]
    aliases: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    tickers: tuple[str, ...] = ()
    opposite: tuple[str, ...] = ()
    proxy: str | None = None
    hypothesis: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Words in a text that name a target; `opposite` when they name its contrary ("hard landing")."""

    span: Span
    target: str
    words: str
    opposite: bool = False


@dataclass(frozen=True, slots=True)
class Narrative:
    """A named claim and the sign each of its legs has in it.

    `spreads` are the pairs of tickers (long, short) whose returns stand beside it, the first before all; without
    any, the proxies of its legs make one.
    """

    name: str
    title: str
    hypothesis: str
    legs: Mapping[str, int]
    spreads: tuple[tuple[str, str], ...] = ()


class Targets:
    """All targets of one vocabulary, and the search for the words that name them."""

    def __init__(self, rows: Iterable[Target], version: str) -> None:
        self.rows = {row.id: row for row in rows}
        self.version = version

    def __iter__(self) -> Iterator[Target]:
        return iter(self.rows.values())

    def __getitem__(self, target: str) -> Target:
        """Return the row of a target id, made on the fly for `stock:...`. Raises UsageError for an unknown id."""
        if target.startswith(STOCK) and len(target) > len(STOCK):
            name = target[len(STOCK) :]
            return Target(target, name, "stock", hypothesis=f"{name} shares will rise.", proxy=name)
        try:
            return self.rows[target]
        except KeyError:
            known = ", ".join(sorted(self.rows))
            raise UsageError(f"unknown target {target!r}; known: {known}, or stock:TICKER") from None

    def find(self, text: str) -> tuple[Found, ...]:
        """Return where `text` names targets, in order; of overlapping names the longest stands."""
        hits = []
        for word in _WORD.finditer(text):
            for pattern, target, opposite in self._beginning_with(word.group().lower()):
                if match := pattern.match(text, word.start()):
                    hits.append(Found(Span(*match.span()), target, match.group(), opposite))
        hits.sort(key=lambda hit: (hit.span.start - hit.span.end, hit.span.start))
        taken: list[Found] = []
        for hit in hits:
            if all(hit.span.end <= other.span.start or hit.span.start >= other.span.end for other in taken):
                taken.append(hit)
        return tuple(sorted(taken, key=lambda hit: hit.span))

    def resolve(self, words: str) -> Target | None:
        """Return the target that `words` as a whole name (an id, a name, an alias, a ticker), or None."""
        wanted = " ".join(words.split())
        if wanted in self.rows or wanted.startswith(STOCK):
            return self[wanted]
        for row in self:
            if (
                wanted.lower() in (row.name.lower(), row.id.replace("_", " "))
                or wanted.upper() in row.tickers
            ):
                return row
        for hit in self.find(wanted):
            if hit.span == (0, len(wanted)):
                return self[hit.target]
        return None

    @cached_property
    def digest(self) -> str:
        """Version and content digest of the definitions, recorded with every view."""
        body = repr(sorted((row.id, row.aliases, row.styles, row.bare, row.members) for row in self))
        return f"{self.version}+{hashlib.sha256(body.encode()).hexdigest()[:8]}"

    def _beginning_with(self, word: str) -> list[tuple[re.Pattern[str], str, bool]]:
        """Return the patterns of the names that begin with `word`, compiled when the word is first met."""
        sources = self._names.get(word)
        if not sources:
            return []
        if word not in self._compiled:
            self._compiled[word] = [
                (re.compile(source), target, opposite) for source, target, opposite in sources
            ]
        return self._compiled[word]

    @cached_property
    def _compiled(self) -> dict[str, list[tuple[re.Pattern[str], str, bool]]]:
        return {}

    @cached_property
    def _names(self) -> dict[str, list[tuple[str, str, bool]]]:
        """Patterns of all names by their first word, lower case, with its plurals for names of one word."""
        out: dict[str, list[tuple[str, str, bool]]] = {}
        for row in self:
            named = [(_alias(name), name) for name in (*row.aliases, *row.members)]
            named += [(_style(name), name) for name in row.styles] + [
                (_bare(name), name) for name in row.bare
            ]
            for pattern, name in named:
                first = _WORD.findall(name.removeprefix("the ").lower())
                endings = ("", "s", "es") if len(first) == 1 else ("",)
                for key in {*(first[0] + ending for ending in endings), re.sub(r"y$", "ies", first[0])}:
                    out.setdefault(key, []).append((pattern, row.id, name in row.opposite))
        return out


def _alias(alias: str) -> str:
    """Pattern of one alias: spaces match hyphens, the last word may be plural, capitals match only themselves."""
    if alias.startswith("the "):  # the article is asked for and not matched, so that a longer name can win
        return rf"(?<=\b[Tt]he )(?:{_alias(alias[4:])})"
    words = [re.escape(word) for word in re.split(r"[\s-]+", alias)]
    body = (
        r"[\s\-‐‑–]+".join(words).replace(r"[\s\-‐‑–]+\~", r"(?:[\s\-‐‑–]+[\w.’'&-]+)?").replace("\\~", "~")
    )
    if alias.endswith("y") and len(words[-1]) > 3:
        body = body[:-1] + r"(?:y|ies)"
    elif alias[-1].isalpha():
        body += r"(?:s|es)?"
    if re.fullmatch(rf"{_CAPS} cap", alias):  # "small- and mid-cap": the first of a pair has lost its head
        head = alias.split()[0]
        pair = rf"(?:[,/&]|\s|and\b|or\b|to\b|{_CAPS}-)+{_CAPS}[\s-]?caps?"
        body = rf"(?:{body}|{head}-?(?={pair}))"
    flag = "i:" if alias == alias.lower() else ":"
    return rf"(?<![\w$])(?{flag}{body})(?!\w)"


def _bare(words: str) -> str:
    """Pattern of a general word: only where no other word before it makes it a part of a longer name."""
    lead = "|".join(rf"(?<=\b{word} )" for word in _LEADS)
    return rf"(?:\A|(?<=[.;:,“\"(] )|(?<=[“\"(])|{lead})(?i:{words})\b(?![\s-](?:of|in the [A-Z]|fund|price|buyback))"


def _style(style: str) -> str:
    """Pattern of a style word: only before a market noun or behind a word of allocation."""
    word = re.escape(style).replace(r"\ ", r"[\s-]")
    before = rf"\b(?i:{word})(?=(?i:{_BETWEEN}[\s-]+{_HEADS}\b))"
    lead = "|".join(rf"(?<=\b{word} )" for word in _ALLOCATION)
    return rf"(?:{before}|(?i:{lead})(?i:{word})\b{_STYLE_END})"


# --- loading ---------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def load_targets(path: Path | None = None) -> Targets:
    """Read a vocabulary; without a path, the built-in one. Raises NarrativeError naming the file and the row."""
    path = path or bundled.data("targets.toml")
    document = _toml(path)
    rows = [_target(row, path) for row in document.get("target", [])]
    return Targets(rows, str(document.get("version", "unversioned")))


def load_narrative(name: str, folder: Path | None = None) -> Narrative:
    """Read a narrative by name, from `folder` or the built-in ones. Raises UsageError for one that does not exist."""
    for place in filter(None, (folder, bundled.data("narratives"))):
        path = place / f"{name}.toml"
        if path.exists():
            return _narrative(name, _toml(path), path)
    known = sorted(p.stem for p in bundled.data("narratives").glob("*.toml"))
    raise UsageError(f"unknown narrative {name!r}; known: {', '.join(known)}")


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NarrativeError(f"cannot read {path}: {error}") from error


def _target(row: dict[str, Any], path: Path) -> Target:
    unknown = set(row) - {"id", "name", "kind", *_LISTS, *_TEXTS}
    missing = {"id", "name", "kind"} - set(row)
    where = f"{path}: target {row.get('id', '?')!r}"
    if unknown or missing:
        raise NarrativeError(f"{where}: unknown keys {sorted(unknown)}, missing keys {sorted(missing)}")
    if row["kind"] not in _KINDS:
        raise NarrativeError(f"{where}: kind {row['kind']!r} is not one of {', '.join(_KINDS)}")
    values: dict[str, Any] = {key: tuple(value) if key in _LISTS else value for key, value in row.items()}
    return Target(**values)


def _narrative(name: str, document: dict[str, Any], path: Path) -> Narrative:
    unknown = set(document) - {"title", "hypothesis", "legs", "spreads"}
    legs = document.get("legs", {})
    if unknown or not legs:
        raise NarrativeError(f"{path}: needs [legs], unknown keys {sorted(unknown)}")
    for target, sign in legs.items():
        load_targets()[target]
        if sign not in (1, -1):
            raise NarrativeError(f"{path}: the sign of {target} must be 1 or -1, not {sign!r}")
    title, hypothesis = document.get("title", name), document.get("hypothesis", "")
    return Narrative(name, title, hypothesis, legs, _spreads(document.get("spreads", []), path))


def _spreads(listed: Any, path: Path) -> tuple[tuple[str, str], ...]:
    """Return the pairs of tickers of a narrative. Raises NarrativeError for anything else."""
    pairs = listed if isinstance(listed, list) else [listed]
    for pair in pairs:
        tickers = pair if isinstance(pair, list) else []
        if len(tickers) != 2 or not all(isinstance(t, str) and t for t in tickers) or len(set(tickers)) != 2:
            raise NarrativeError(f'{path}: a spread is two tickers, ["IWM", "QQQ"], not {pair!r}')
    return tuple((long, short) for long, short in pairs)
