"""The vocabulary of targets, and narratives as signed sets of them.

Targets say what a stance can be about (`data/targets.toml` describes its own keys); a narrative gives each of its
legs a sign. Both are data: adding one is a file, not code. Finding the words that name a target is pure text
work with no model behind it, so that the reader, which judges targets, and the question parser, which
looks them up, share one understanding of "small caps". What a user adds in a folder of his own (`home.py`) stands beside
what is built in, in the same form. A mistake in such a file is told with its line: whoever judges with it stops, a question goes on
without what the file adds.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from narrative import bundled
from narrative.errors import NarrativeError, UsageError
from narrative.home import home, own_narratives, own_targets
from narrative.located import Key, Located
from narrative.narrative_files import Narrative as Narrative
from narrative.narrative_files import narrative_of
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
_LOG = logging.getLogger(__name__)


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


class Targets:
    """All targets of one vocabulary, and the search for the words that name them.

    `own` are the user's rows among them; they stand behind the others, which win where both have a name. `fault` says what is
    wrong with the user's file where it was left out.
    """

    def __init__(
        self, rows: Iterable[Target], version: str, own: Iterable[Target] = (), fault: str = ""
    ) -> None:
        self.own = tuple(own)
        self.fault = fault
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

    def __contains__(self, target: object) -> bool:
        """Whether a target id is one of the vocabulary or a single company."""
        single = isinstance(target, str) and target.startswith(STOCK) and target != STOCK
        return single or target in self.rows

    def name(self, target: str) -> str:
        """Return the printed name of a target; of one that is no longer in the vocabulary its id."""
        return self[target].name if target in self else target

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
        """Version and content digest of the definitions, recorded with every view; of the user's rows all is in it.

        Raises NarrativeError where the user's file was left out: no view is to be recorded with half a vocabulary.
        """
        self.whole()
        body = repr(sorted((row.id, row.aliases, row.styles, row.bare, row.members) for row in self))
        body += repr(sorted(map(repr, self.own))) if self.own else ""
        return f"{self.version}+{hashlib.sha256(body.encode()).hexdigest()[:8]}"

    def whole(self) -> Targets:
        """Return this vocabulary, with which something can be judged. Raises NarrativeError where the user's file has a fault."""
        if self.fault:
            raise NarrativeError(self.fault)
        return self

    def since(self, digest: str) -> tuple[Target, ...] | None:
        """Return the user's rows that are new since the definitions with a digest; None where that cannot be told.

        It can where these were the built-in rows with the first ones of the user's, or with all but one.
        """
        built_in = [row for row in self if row not in self.own]
        kept = [self.own[:number] for number in range(len(self.own) + 1)]
        kept += [self.own[:number] + self.own[number + 1 :] for number in range(len(self.own))]
        for rows in kept:
            if Targets(built_in, self.version, rows).digest == digest:
                return tuple(row for row in self.own if row not in rows)
        return None

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

    `folder` is the user's, by default `home()`. A fault in its file is logged as a warning once, with the line, and the file is
    left out; `load_targets().whole()` refuses that. Raises NarrativeError for a fault in `path`.
    """
    own = None if path is not None else own_targets(folder or home())
    return _vocabulary(path or bundled.data("targets.toml"), own, _state(path), _state(own))


@lru_cache(maxsize=8)
def _vocabulary(path: Path, own: Path | None, _state: object, _own_state: object) -> Targets:
    """Read two files, again when they have changed."""
    document = Located(path)
    rows, version = _rows(document), str(document.values.get("version", "unversioned"))
    if own is None or not own.is_file():
        return Targets(rows, version)
    try:
        return Targets(rows, version, _added(own, {row.id for row in rows}))
    except NarrativeError as error:
        return Targets(rows, version, fault=_left_out(error))


def _added(own: Path, taken: Iterable[str]) -> list[Target]:
    """Return the rows of the user's file. Raises NarrativeError for a fault in it."""
    added = Located(own)
    if unknown := sorted(set(added.values) - {"target", "version"}):
        raise added.refuse((unknown[0],), f"unknown key {unknown[0]!r}; a row begins with [[target]]")
    return _rows(added, taken)


def _left_out(error: NarrativeError) -> str:
    """Warn that a file of the user's is left out, on one line, and return what is wrong with it."""
    fault = " ".join(str(error).split())
    _LOG.warning("narrative: left out: %s", fault)
    return fault


def _state(path: Path | None) -> tuple[int, int] | None:
    """What tells one content of a file from another: its time and size."""
    try:
        found = None if path is None else path.stat()
    except OSError:
        return None
    return None if found is None else (found.st_mtime_ns, found.st_size)


def narratives(folder: Path | None = None, *, faulty: bool = False) -> dict[str, Path]:
    """Return the files of all narratives by name: the built-in ones, then the user's, which stand in the place of others.

    `folder` holds the user's, by default `narratives` in `home()`. One with a fault is left out, and that is logged as a
    warning once, with the line; `faulty` gives it too.
    """
    built_in, own = bundled.data("narratives"), folder or own_narratives(home())
    files = {path.stem: path for place in (built_in, own) for path in sorted(place.glob("*.toml"))}
    known = _state(own_targets(home()))
    return {
        name: path
        for name, path in files.items()
        if faulty or path.parent == built_in or _sound(name, path, _state(path), known)
    }


@lru_cache(maxsize=256)
def _sound(name: str, path: Path, _state: object, _known: object) -> bool:
    """Return whether a file holds a narrative, and warn where it does not; again when it or the targets have changed."""
    try:
        narrative_of(name, Located(path), load_targets())
    except NarrativeError as error:
        _left_out(error)
        return False
    return True


def load_narrative(name: str, folder: Path | None = None) -> Narrative:
    """Read a narrative by name. Raises UsageError for one that does not exist, NarrativeError for a mistake in its file.

    `folder` is that of `narratives`.
    """
    known = narratives(folder, faulty=True)
    if name in known:
        return narrative_of(name, Located(known[name]), load_targets())
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
