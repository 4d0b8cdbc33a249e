"""Reads `site.toml`: which hosts, feeds and pages the demo's web has, and when each page is what.

The table is strict: an unknown key, a missing file or a time without a zone is refused with the row that
has it, so that a trap in the site is always a trap that somebody set.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, cast, get_args

from narrative.errors import NarrativeError

FeedKind = Literal["rss", "atom", "sitemap"]

_Keys = Mapping[str, tuple[type, bool]]  # key -> (type, required)

_HOST: _Keys = {"name": (str, True), "outlet": (str, True), "robots": (str, False)}
_FEED: _Keys = {
    "host": (str, True),
    "path": (str, True),
    "kind": (str, True),
    "limit": (int, True),
    "interval_minutes": (int, False),
    "tracking": (str, False),
}
_PAGE: _Keys = {
    "host": (str, True),
    "path": (str, True),
    "published": (datetime, True),
    "title": (str, True),
    "summary": (str, False),
    "author": (str, False),
    "file": (str, False),
    "status": (int, False),
    "status_first": (int, False),
    "claims": (datetime, False),
    "changes_at": (datetime, False),
    "file2": (str, False),
}


@dataclass(frozen=True, slots=True)
class Host:
    """A host name of the demo's web; without `robots` its robots.txt does not exist."""

    name: str
    outlet: str
    robots: str | None = None


@dataclass(frozen=True, slots=True)
class FeedPlan:
    """A feed of a host: the newest `limit` pages that are out, their links with `tracking` as query."""

    host: str
    path: str
    kind: FeedKind
    limit: int
    interval_minutes: int = 60
    tracking: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page: out from `published`, announced with `claims` if that differs, other words from `changes_at`.

    A page with `status` never answers anything else; `status_first` is its answer to the first request only.
    """

    host: str
    path: str
    published: datetime
    title: str
    summary: str = ""
    author: str = ""
    body: bytes = b""
    status: int | None = None
    status_first: int | None = None
    claims: datetime | None = None
    changes_at: datetime | None = None
    changed: bytes = b""

    def is_out(self, now: datetime) -> bool:
        """Whether the page can be asked for at `now`."""
        return self.published <= now

    def body_at(self, now: datetime) -> bytes:
        """Return the bytes of the page as it stands at `now`."""
        return self.changed if self._has_changed(now) else self.body

    def modified(self, now: datetime) -> datetime:
        """Return when the page became what it is at `now`."""
        return self.changes_at if self.changes_at and self._has_changed(now) else self.published

    def _has_changed(self, now: datetime) -> bool:
        return self.changes_at is not None and self.changes_at <= now


@dataclass(frozen=True, slots=True)
class SiteMap:
    """Everything in `site.toml`, with the pages' bytes read."""

    hosts: Mapping[str, Host]
    feeds: tuple[FeedPlan, ...]
    pages: Mapping[tuple[str, str], Page]

    def listed(self, plan: FeedPlan, now: datetime) -> tuple[Page, ...]:
        """Return the pages that `plan` announces at `now`, newest first."""
        out = [page for page in self.pages.values() if page.host == plan.host and page.is_out(now)]
        out.sort(key=lambda page: (page.published, page.path), reverse=True)
        return tuple(out[: plan.limit])


def load_site(folder: Path) -> SiteMap:
    """Read `folder/site.toml` and the pages it names. Raises NarrativeError with the file and the row."""
    path = folder / "site.toml"
    document = _toml(path)
    unknown = set(document) - {"host", "feed", "page"}
    if unknown:
        raise NarrativeError(f"{path}: unknown tables {sorted(unknown)}")
    rows = {name: _rows(document, name, path) for name in ("host", "feed", "page")}
    hosts = {row["name"]: Host(**row) for row in rows["host"]}
    feeds = tuple(_feed(row, hosts, path) for row in rows["feed"])
    pages: dict[tuple[str, str], Page] = {}
    for row in rows["page"]:
        page = _page(row, hosts, path)
        if (page.host, page.path) in pages:
            raise NarrativeError(f"{path}: page {page.path!r} of {page.host} is there twice")
        pages[page.host, page.path] = page
    return SiteMap(hosts, feeds, pages)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NarrativeError(f"cannot read {path}: {error}") from error


def _rows(document: Mapping[str, Any], table: str, path: Path) -> list[dict[str, Any]]:
    """Check keys and types of all rows of one table."""
    schema = {"host": _HOST, "feed": _FEED, "page": _PAGE}[table]
    rows = document.get(table, [])
    if not isinstance(rows, list):
        raise NarrativeError(f"{path}: write [[{table}]], not [{table}]")
    for number, row in enumerate(rows, start=1):
        where = f"{path}: {table} {number} ({row.get('path', row.get('name', '?'))})"
        unknown = set(row) - set(schema)
        missing = {key for key, (_, required) in schema.items() if required} - set(row)
        if unknown or missing:
            raise NarrativeError(f"{where}: unknown keys {sorted(unknown)}, missing keys {sorted(missing)}")
        for key, value in row.items():
            _check(value, schema[key][0], f"{where}: {key}")
    return rows


def _check(value: object, kind: type, where: str) -> None:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise NarrativeError(f"{where} must be of type {kind.__name__}, not {value!r}")
    if isinstance(value, datetime) and value.tzinfo is None:
        raise NarrativeError(f"{where} needs a time zone, such as {value.isoformat()}-05:00")


def _feed(row: dict[str, Any], hosts: Mapping[str, Host], path: Path) -> FeedPlan:
    where = f"{path}: feed {row['path']!r}"
    if row["host"] not in hosts:
        raise NarrativeError(f"{where}: no [[host]] is named {row['host']!r}")
    if row["kind"] not in get_args(FeedKind):
        raise NarrativeError(f"{where}: kind {row['kind']!r} is not one of {', '.join(get_args(FeedKind))}")
    return FeedPlan(**{**row, "kind": cast("FeedKind", row["kind"])})


def _page(row: dict[str, Any], hosts: Mapping[str, Host], path: Path) -> Page:
    where = f"{path}: page {row['path']!r}"
    if row["host"] not in hosts:
        raise NarrativeError(f"{where}: no [[host]] is named {row['host']!r}")
    if ("file" in row) == ("status" in row):
        raise NarrativeError(f"{where}: give a file, or a status that is its only answer")
    if ("changes_at" in row) != ("file2" in row):
        raise NarrativeError(f"{where}: changes_at and file2 go together")
    fields = {key: _utc(value) for key, value in row.items() if key not in ("file", "file2")}
    for key, name in (("body", "file"), ("changed", "file2")):
        if name in row:
            fields[key] = _bytes(path.parent, row[name], where)
    return Page(**fields)


def _utc(value: object) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _bytes(folder: Path, name: str, where: str) -> bytes:
    file = (folder / name).resolve()
    if not file.is_relative_to(folder.resolve()):
        raise NarrativeError(f"{where}: {name!r} lies outside {folder}")
    try:
        return file.read_bytes()
    except OSError as error:
        raise NarrativeError(f"{where}: cannot read {name!r}: {error}") from error
