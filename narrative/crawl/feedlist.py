"""The list of feeds as a file: which one is in use, what it says, how an entry is put in or taken out.

Editing keeps what a person wrote: an entry goes to the end, or its table is cut out, and every other line
stays as it is. Nothing is written before the new text was read back and found to say what was meant.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args, get_type_hints
from urllib.parse import urldefrag

from narrative.bundled import data
from narrative.crawl.canonical import canonical_url
from narrative.crawl.feedpage import http_address
from narrative.errors import NarrativeError, UsageError
from narrative.terms import Feed

SHORTEST, LONGEST = 5, 7 * 24 * 60  # minutes between two polls
NEVER = "never"
_NAME = "feeds.toml"
_MARK = "\ufeff"  # some editors put one before the text
_PLAIN_TYPES = {"url": str, "outlet": str, "kind": str, "interval_minutes": int, "use": str, "checked": str}
_HEADER = re.compile(r"""[ \t]*\[\[[ \t]*(?:feed|"feed"|'feed')[ \t]*\]\][ \t]*(?:#.*)?""")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_SHOWN, _CUT = 68, "…"  # most letters of an address in a printed list, and what stands for the others
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class FeedList:
    """A list of feeds. Changes go to `target`, which differs from `path` for the list that is never written."""

    path: Path
    target: Path

    @property
    def built_in(self) -> bool:
        """Whether it is the list that comes with the program, of which a change makes a copy."""
        return self.path != self.target

    @property
    def name(self) -> str:
        """What a person calls it."""
        return "the built-in list" if self.built_in else str(self.path)

    def load(self) -> tuple[Feed, ...]:
        """Return its feeds in order. Raises NarrativeError as `load_feeds` does."""
        return load_feeds(self.path)


def list_in_use(given: Path | None, folder: Path) -> FeedList:
    """Return the list a person named, else the `feeds.toml` of the folder, else the built-in one.

    A list that was named need not exist: the first entry makes it.
    """
    own = folder / _NAME
    if given is not None:
        return FeedList(given, given)
    return FeedList(own, own) if own.exists() else FeedList(data(_NAME), own)


def feeds_in_use(given: Path | None) -> tuple[Path, list[Feed]]:
    """Return the list in use and its feeds: as `list_in_use` finds it, where NARRATIVE_FEEDS may name one too."""
    named = os.environ.get("NARRATIVE_FEEDS")
    listed = list_in_use(given or (Path(named) if named else None), Path.cwd())
    return listed.path, list(listed.load())


def find_feed(feeds: Sequence[Feed], url: str) -> Feed | None:
    """Return the feed with that address, however it is spelled; None when it is not there."""
    page = canonical_url(url)
    return next((feed for feed in feeds if canonical_url(feed.url) == page), None)


def shown(url: str) -> str:
    """Return an address as lists print it: a long one without its middle, which tells feeds apart least."""
    text = "".join(letter for letter in url if letter.isprintable())
    return (
        text if len(text) <= _SHOWN else f"{text[: _SHOWN // 2]}{_CUT}{text[len(text) - (_SHOWN - 1) // 2 :]}"
    )


def address_meant(text: str, feeds: Sequence[Feed]) -> str:
    """Return the address a person gave: whole, without https://, or of a feed in the list as `shown` prints it.

    Raises UsageError for what is no web address, and for a shortened one that fits no feed or several.
    """
    text = text.strip()
    if _CUT in text:
        alike = [feed.url for feed in feeds if shown(feed.url) == text]
        if len(alike) != 1:
            raise UsageError(f"{text} is a shortened address that fits {len(alike)} feeds; give it in full")
        return alike[0]
    if not _SCHEME.match(text):
        plain = find_feed(feeds, f"http://{text}")
        text = plain.url if plain else f"https://{text}"
    url = urldefrag(http_address(text, "")).url
    if not url:
        raise UsageError(f"{text} is no web address; give one such as https://example.org/markets")
    return url


# --- reading ---------------------------------------------------------------------------------------------


def load_feeds(path: Path) -> tuple[Feed, ...]:
    """Read a list of feeds: TOML with `[[feed]]` tables whose keys are the fields of Feed.

    Raises NarrativeError naming the file, the entry and what is wrong: an unreadable file, an unknown or
    missing key, a wrong type, an address that is not http(s), no outlet, an unknown kind, an interval outside
    5 minutes to 7 days, a `checked` that is neither a day nor "never", a repeat.
    """
    return _feeds(_text(path), path)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise NarrativeError(f"cannot read {path}: it is not text in UTF-8 (byte {error.start})") from error
    except OSError as error:
        raise NarrativeError(f"cannot read {path}: {error.strerror or error}") from error


def _feeds(text: str, path: Path) -> tuple[Feed, ...]:
    try:
        document = tomllib.loads(text.removeprefix(_MARK))
    except (
        ValueError,
        RecursionError,
    ) as error:  # the reader's own error is a ValueError, as is a huge number
        raise NarrativeError(f"cannot read {path}: {error}") from error
    rows = document.get("feed", [])
    others = ", ".join(sorted(set(document) - {"feed"}))
    if others or not isinstance(rows, list):
        raise NarrativeError(f"{path}: only [[feed]] tables are allowed{f', not {others}' if others else ''}")
    feeds = tuple(_feed(row, f"{path}: feed {number}") for number, row in enumerate(rows, 1))
    repeated = {feed.url for feed in feeds if sum(other.url == feed.url for other in feeds) > 1}
    if repeated:
        raise NarrativeError(f"{path}: listed twice: {', '.join(sorted(repeated))}")
    return feeds


def _feed(row: Any, where: str) -> Feed:
    if not isinstance(row, dict):
        raise NarrativeError(f"{where} is not a table")
    where = f"{where} ({row.get('url', 'no url')})"
    unknown, missing = set(row) - set(_PLAIN_TYPES), {"url", "outlet"} - set(row)
    if unknown or missing:
        raise NarrativeError(f"{where}: unknown keys {sorted(unknown)}, missing keys {sorted(missing)}")
    if type(row.get("checked")) is date:  # a day without quotes is a date in TOML
        row = {**row, "checked": row["checked"].isoformat()}
    for key, value in row.items():
        if type(value) is not _PLAIN_TYPES[key]:
            raise NarrativeError(f"{where}: {key} must be {_PLAIN_TYPES[key].__name__}, not {value!r}")
    feed = Feed(**row)
    problem = _problem(feed)
    if problem:
        raise NarrativeError(f"{where}: {problem}")
    return feed


def _problem(feed: Feed) -> str:
    """Return what is wrong with the values of an entry, "" when nothing is."""
    kinds = get_args(get_type_hints(Feed)["kind"])
    if http_address(feed.url, "") != feed.url:
        return "url must be a full http or https address"
    if not feed.outlet.strip():
        return "outlet must name who publishes it"
    if feed.kind not in kinds:
        return f"kind {feed.kind!r} is not one of {', '.join(kinds)}"
    if not SHORTEST <= feed.interval_minutes <= LONGEST:
        return f"interval_minutes must lie between {SHORTEST} and {LONGEST}"
    if feed.checked != NEVER and not _is_day(feed.checked):
        return f'checked must be a day such as 2026-01-31, or "{NEVER}", not {feed.checked!r}'
    return ""


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


# --- writing ---------------------------------------------------------------------------------------------


def append_feed(listed: FeedList, feed: Feed) -> None:
    """Write the list with one more entry at its end, to its target; a named list that is missing is made.

    Raises NarrativeError for a list that cannot be read, extended or written; the file is then unchanged.
    """
    text = _text(listed.path) if listed.path.exists() else ""
    before = _feeds(text, listed.path)
    newline = "\r\n" if "\r\n" in text else "\n"
    start = text if not text.removeprefix(_MARK) or text.endswith("\n") else text + newline
    gap = newline if start.removeprefix(_MARK).strip() and not start.endswith(2 * newline) else ""
    _write_checked(listed, start + gap + _table(feed, newline), (*before, feed))


def remove_feed(listed: FeedList, url: str) -> Feed:
    """Write the list without the feed at `url`, to its target, and return that feed.

    The comments inside its table go with it; those around it stay. Raises UsageError for an address that is
    not listed, NarrativeError for a list that cannot be read, cut or written; the file is then unchanged.
    """
    text = _text(listed.path)
    before = _feeds(text, listed.path)
    feed = find_feed(before, url)
    if feed is None:
        raise UsageError(f"{url} is not in {listed.name}; `narrative feeds list` shows what is")
    body = text.removeprefix(_MARK)
    lines = body.splitlines(keepends=True)
    place, tables = before.index(feed), _tables(lines)
    kept = _without(lines, *tables[place]) if len(tables) == len(before) else lines
    draft = text[: len(text) - len(body)] + "".join(kept)
    _write_checked(listed, draft, (*before[:place], *before[place + 1 :]))
    return feed


def _table(feed: Feed, newline: str) -> str:
    rows = [f"{row.name} = {_value(getattr(feed, row.name))}" for row in fields(feed)]
    return "".join(f"{line}{newline}" for line in ("[[feed]]", *rows))


def _value(value: str | int) -> str:
    """Return a value in TOML, whose one-line strings are those of JSON but for the delete character."""
    kept = value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
    return json.dumps(kept, ensure_ascii=False).replace("\x7f", "\\u007f")


def _tables(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Return where each `[[feed]]` table begins and where the next does, in lines, end exclusive.

    What looks like a header inside a string of several lines is none: a table cut there cannot be read alone.
    """
    headers = [n for n, line in enumerate(lines) if _HEADER.fullmatch(line.rstrip("\r\n"))]
    tables = []
    begin: int | None = None
    for header, end in pairwise([*headers, len(lines)]):
        begin = header if begin is None else begin
        if _stands_alone(lines[begin:end]):
            tables.append((begin, end))
            begin = None
    return tables


def _stands_alone(lines: Sequence[str]) -> bool:
    """Tell a whole table from one cut inside a string."""
    try:
        return bool(tomllib.loads("".join(lines)))
    except (ValueError, RecursionError):
        return False


def _without(lines: Sequence[str], begin: int, end: int) -> list[str]:
    """Return the lines without the table there; a comment left above it does not come to touch the next entry."""
    while _is_aside(lines[end - 1]) and _stands_alone(lines[begin : end - 1]):
        end -= 1
    above, below = list(lines[:begin]), list(lines[end:])
    while below and not below[0].strip():
        below.pop(0)
    if below and above and above[-1].strip():
        above.append("\r\n" if lines[begin].endswith("\r\n") else "\n")
    while above and not below and not above[-1].strip():
        above.pop()
    return above + below


def _is_aside(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _write_checked(listed: FeedList, text: str, meant: tuple[Feed, ...]) -> None:
    """Write the text when it says what is meant. Raises NarrativeError when it does not, or cannot be written."""
    try:
        said = _feeds(text, listed.target)
    except NarrativeError:
        said = ()
    if said != meant:
        raise NarrativeError(f"{listed.name} is written in a form this command cannot edit; edit it by hand")
    _write(listed.target, text)


def _write(path: Path, text: str) -> None:
    """Write beside the file and move into place; a link stays a link and permissions stay."""
    place = path.resolve()
    draft = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        draft.write_bytes(text.encode("utf-8"))
        if place.exists():
            shutil.copymode(place, draft)
        draft.replace(place)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise NarrativeError(f"cannot write {path}: {error.strerror or error}") from error
