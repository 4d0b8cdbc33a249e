"""The vocabulary of targets, and narratives as signed sets of them.

Targets say what a stance can be about (`data/targets.toml` describes its own keys); a narrative gives each of its
legs a sign. Both are data: adding one is a file, not code. Finding the words that name a target is pure text
work with no model behind it, so that the reader, which judges targets, and the question parser, which
looks them up, share one understanding of "small caps". What a user adds in a folder of his own (`home.py`) stands beside
what is built in, in the same form; a mistake in such a file is refused with its line.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from narrative import bundled
from narrative.errors import NarrativeError, UsageError
from narrative.home import home, own_narratives, own_targets
from narrative.located import Key, Located
from narrative.patterns import alias_pattern, bare_pattern, style_pattern
from narrative.terms import Span

STOCK = "stock:"  # prefix of a single company as a target: stock:NVDA, or stock:Name

_KINDS = ("segment", "sector", "commodity", "rate", "currency", "claim")
_LISTS = ("aliases", "styles", "bare", "members", "tickers", "opposite")
_TEXTS = ("proxy", "hypothesis")
_NAMES = ("aliases", "styles", "bare", "members")  # the lists whose words are looked for in a text
_WORD = re.compile(r"[^\W_]+")
_ID = re.compile(r"[a-z][a-z0-9_]*")
_PLAIN = re.compile(
    r"[\w\s'’&.,/~+-]*[^\W_][\w\s'’&.,/~+-]*"
)  # a name with a letter, and nothing a pattern would obey
_NARRATIVE = re.compile(r"[a-z0-9][a-z0-9_-]*")
_NARRATIVE_KEYS = ("title", "hypothesis", "legs", "spreads")


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
    """All targets of one vocabulary, and the search for the words that name them.

    `own` are the user's rows among them; they stand behind the others, which win where both have a name.
    """

    def __init__(self, rows: Iterable[Target], version: str, own: Iterable[Target] = ()) -> None:
        self.own = tuple(own)
        self.rows = {row.id: row for row in (*rows, *self.own)}
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
        """Version and content digest of the definitions, recorded with every view; of the user's rows all is in it."""
        body = repr(sorted((row.id, row.aliases, row.styles, row.bare, row.members) for row in self))
        body += repr(sorted(map(repr, self.own))) if self.own else ""
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
            named = [(alias_pattern(name), name) for name in (*row.aliases, *row.members)]
            named += [(style_pattern(name), name) for name in row.styles] + [
                (bare_pattern(name), name) for name in row.bare
            ]
            for pattern, name in named:
                first = _WORD.findall(name.removeprefix("the ").lower())
                endings = ("", "s", "es") if len(first) == 1 else ("",)
                for key in {*(first[0] + ending for ending in endings), re.sub(r"y$", "ies", first[0])}:
                    out.setdefault(key, []).append((pattern, row.id, name in row.opposite))
        return out


# --- loading ---------------------------------------------------------------------------------------------


def load_targets(path: Path | None = None, folder: Path | None = None) -> Targets:
    """Read a vocabulary: that of `path` alone, or the built-in one with what the user's folder adds.

    `folder` is the user's, by default `home()`. Raises NarrativeError naming the file and the line.
    """
    own = None if path is not None else own_targets(folder or home())
    return _vocabulary(path or bundled.data("targets.toml"), own, _state(path), _state(own))


@lru_cache(maxsize=8)
def _vocabulary(path: Path, own: Path | None, _state: object, _own_state: object) -> Targets:
    """Read two files, again when they have changed."""
    document = Located(path)
    rows = _rows(document)
    mine: list[Target] = []
    if own is not None and own.is_file():
        added = Located(own)
        if unknown := sorted(set(added.values) - {"target", "version"}):
            raise added.refuse((unknown[0],), f"unknown key {unknown[0]!r}; a row begins with [[target]]")
        mine = _rows(added, {row.id for row in rows})
    return Targets(rows, str(document.values.get("version", "unversioned")), mine)


def _state(path: Path | None) -> tuple[int, int] | None:
    """What tells one content of a file from another: its time and size."""
    try:
        found = None if path is None else path.stat()
    except OSError:
        return None
    return None if found is None else (found.st_mtime_ns, found.st_size)


def narratives(folder: Path | None = None) -> dict[str, Path]:
    """Return the files of all narratives by name: the built-in ones, then the user's, which stand in the place of others.

    `folder` holds the user's, by default `narratives` in `home()`.
    """
    places = (bundled.data("narratives"), folder or own_narratives(home()))
    return {path.stem: path for place in places for path in sorted(place.glob("*.toml"))}


def load_narrative(name: str, folder: Path | None = None) -> Narrative:
    """Read a narrative by name. Raises UsageError for one that does not exist, NarrativeError for a mistake in its file.

    `folder` is that of `narratives`.
    """
    known = narratives(folder)
    if name in known:
        return _narrative(name, Located(known[name]))
    raise UsageError(f"unknown narrative {name!r}; known: {', '.join(sorted(known))}")


def _rows(document: Located, taken: Iterable[str] = ()) -> list[Target]:
    rows: list[Target] = []
    listed = document.values.get("target", [])
    if not isinstance(listed, list):
        raise document.refuse(("target",), "a target is a row that begins with [[target]]")
    for place, row in enumerate(listed):
        rows.append(_target(row, document, ("target", place)))
        where = ("target", place, "id")
        if rows[-1].id in taken:
            raise document.refuse(where, f"{rows[-1].id} is a built-in target; choose another id")
        if any(rows[-1].id == other.id for other in rows[:-1]):
            raise document.refuse(where, f"a second target {rows[-1].id}")
    return rows


def _target(row: Any, document: Located, at: Key) -> Target:
    if not isinstance(row, dict):
        raise document.refuse(at, "a target is a row that begins with [[target]]")
    keys = ("id", "name", "kind", *_LISTS, *_TEXTS)
    for key, value in row.items():
        if key not in keys:
            raise document.refuse((*at, key), f"unknown key {key!r} in a target; known: {', '.join(keys)}")
        lists = isinstance(value, list) and all(isinstance(one, str) for one in value)
        if not (lists if key in _LISTS else isinstance(value, str) and value.strip()):
            wanted = "a list of texts" if key in _LISTS else "a text"
            raise document.refuse((*at, key), f"{key} must be {wanted}, not {value!r}")
    if missing := [key for key in ("id", "name", "kind") if key not in row]:
        raise document.refuse(at, f"a target needs {', '.join(missing)}")
    if not _ID.fullmatch(row["id"]):
        raise document.refuse((*at, "id"), f"{row['id']!r} is no id: small letters, digits and _")
    if row["kind"] not in _KINDS:
        raise document.refuse((*at, "kind"), f"kind {row['kind']!r} is not one of {', '.join(_KINDS)}")
    for key in _NAMES:
        for name in row.get(key, ()):
            if not _PLAIN.fullmatch(name) or name != name.strip():
                raise document.refuse((*at, key), f"{name!r} is no name that can be looked for in a text")
    values: dict[str, Any] = {key: tuple(value) if key in _LISTS else value for key, value in row.items()}
    return Target(**values)


def _narrative(name: str, document: Located) -> Narrative:
    if not _NARRATIVE.fullmatch(name):
        raise NarrativeError(f"{document.path}: name the file in small letters, digits, - and _")
    for key in document.values:
        if key not in _NARRATIVE_KEYS:
            raise document.refuse((key,), f"unknown key {key!r}; known: {', '.join(_NARRATIVE_KEYS)}")
    texts = {key: document.values.get(key, default) for key, default in (("title", name), ("hypothesis", ""))}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise document.refuse((key,), f"{key} must be a text, not {value!r}")
    legs, targets = document.values.get("legs", {}), load_targets()
    if not isinstance(legs, dict) or not legs:
        raise document.refuse(("legs",), "a narrative needs [legs], a line TARGET = 1 or TARGET = -1 each")
    for target, sign in legs.items():
        if target not in targets.rows and not target.startswith(STOCK):
            near = get_close_matches(target, targets.rows, 3, 0.5)
            hint = f"; near: {', '.join(near)}" if near else "; narrative narratives list --targets names all"
            raise document.refuse(("legs", target), f"unknown target {target!r}{hint}")
        if isinstance(sign, bool) or sign not in (1, -1):
            raise document.refuse(("legs", target), f"the sign of {target} must be 1 or -1, not {sign!r}")
    return Narrative(name, texts["title"], texts["hypothesis"], legs, _spreads(document))


def _spreads(document: Located) -> tuple[tuple[str, str], ...]:
    """Return the pairs of tickers of a narrative. Raises NarrativeError for anything else."""
    listed = document.values.get("spreads", [])
    for pair in listed if isinstance(listed, list) else [listed]:
        tickers = pair if isinstance(pair, list) else []
        if len(tickers) != 2 or not all(isinstance(t, str) and t for t in tickers) or len(set(tickers)) != 2:
            raise document.refuse(("spreads",), f'a spread is two tickers, ["IWM", "QQQ"], not {pair!r}')
    return tuple((long, short) for long, short in listed)
