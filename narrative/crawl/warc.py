"""Web archives: reads the pages of WARC files record by record, and writes kept pages as WARC 1.1.

The only door to warcio. What is read is the form of CC-NEWS: response records, bodies decoded or not. What is written
carries one field of its own, `Narrative-Capture`, so that a page comes back with its outlet, its feed entry and what its
site stated about machines.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import logging
import os
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast, get_args
from urllib.parse import quote, urlsplit
from uuid import UUID

from warcio.archiveiterator import WARCIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParser
from warcio.warcwriter import WARCWriter

from narrative.crawl.agent import PRODUCT
from narrative.crawl.body import CODINGS, DamagedError, TooLargeError, read_body
from narrative.crawl.canonical import canonical_url
from narrative.crawl.feedpage import http_address
from narrative.crawl.optouts import Permission, permission
from narrative.crawl.packed import LeftOut, PackedFile
from narrative.errors import NarrativeError
from narrative.terms import Capture, Claim, Link, Origin

LARGEST = 10 * 1024 * 1024  # bytes of a body, packed and unpacked: what the crawler takes
_HEADERS = 64 * 1024
_OWN = "Narrative-Capture"
_HTML = ("text/html", "application/xhtml+xml")
_LOOKS_HTML = re.compile(rb"(?i)<!doctype html|<html\b")
_KINDS = ("warcinfo", "request", "metadata", "revisit", "resource", "conversion", "continuation")
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z")
_STATUS = re.compile(r"[1-5]\d\d")
_NOTE = "Bodies are stored decoded. Of the HTTP headers as received, the content type alone was kept."


# --- reading ---------------------------------------------------------------------------------------------


def read_warc(file: PackedFile) -> Iterator[Capture | LeftOut]:
    """Yield each page of an archive, or why a record is none: a page is HTML that was answered with status 200.

    `fetched_at` is the record's WARC-Date. A page that its own headers or meta tags reserve from reading by
    machines is left out. One record is in memory at a time, and none that is larger than a page may be. Raises
    NarrativeError for a file that is no WARC, BrokenFileError where it cannot be read on.
    """
    logging.getLogger("warcio").setLevel(logging.ERROR)
    records = WARCIterator(file, no_record_parse=True)  # its own HTTP parser reads headers of any length
    first = True
    while True:
        try:
            with contextlib.redirect_stderr(io.StringIO()):  # warcio talks to people by itself
                record: Any = next(records, None)
                found = found_in(record) if record else None
        except ArchiveLoadFailed as error:
            if first:
                raise NarrativeError(f"{file.path} is not a WARC file; give .warc or .warc.gz") from error
            raise file.broken("what follows is no WARC record") from error
        if found is None:
            break
        if record.length is None:
            raise file.broken("a record does not say how long it is")
        first = False
        yield found
    if first:
        raise NarrativeError(f"{file.path} holds no WARC record; give .warc or .warc.gz")


def found_in(record: Any) -> Capture | LeftOut:
    """Return the page of a record that was just opened, or why it is none. Reads its block only when it may be one.

    The record has warcio's shape: `rec_type`, `rec_headers.get_header(name)`, `length` and `raw_stream.read(size)`.
    """
    if record.rec_type != "response":
        return LeftOut(f"{record.rec_type if record.rec_type in _KINDS else 'other'} record")
    said = record.rec_headers.get_header
    url = http_address(said("WARC-Target-URI") or "", "")
    if not url:
        return LeftOut("not of an http address")
    at = _instant(said("WARC-Date"))
    if at is None:
        return LeftOut("no capture time")
    if said("WARC-Truncated") or said("WARC-Segment-Number"):
        return LeftOut("cut off by the archive")
    if record.length is None or record.length > LARGEST + _HEADERS:
        return LeftOut("larger than a page may be")
    block = record.raw_stream.read(record.length)
    if len(block) < record.length:
        return LeftOut("cut off at the end of the file")
    own = _own(said(_OWN))
    answer = _answer(block, said("WARC-Identified-Payload-Type") or "", any_type=own is not None)
    if isinstance(answer, LeftOut):
        return answer
    content_type, body, headers = answer
    asked, outlet, link, stated = own or (url, urlsplit(url).hostname or "", None, Permission())
    stated = stated.joined(permission(url, PRODUCT, headers=headers, page=body))
    if not stated.read:
        return LeftOut("reserved by its site")
    return Capture(
        asked, canonical_url(url), at, content_type, body, outlet, link, stated.train, stated.words
    )


def _answer(
    block: bytes, identified: str, *, any_type: bool
) -> tuple[str, bytes, list[tuple[str, str]]] | LeftOut:
    """Return content type, decoded body and headers of an HTTP answer, or why it is not a page."""
    stream = io.BytesIO(block)
    try:
        answer = StatusAndHeadersParser([], verify=False).parse(stream)
    except EOFError:
        return LeftOut("no HTTP answer")
    status = answer.get_statuscode()
    if not (answer.protocol.upper().startswith("HTTP/") and _STATUS.fullmatch(status)):
        return LeftOut("no HTTP answer")
    if status != "200":
        return LeftOut(f"status {status}")
    said = answer.get_header
    content_type = (said("Content-Type") or "").strip()
    kind = (content_type or identified).partition(";")[0].strip().lower()
    raw = block[stream.tell() :]
    if (said("Transfer-Encoding") or "").strip().lower() == "chunked":
        raw = ChunkedDataReader(io.BytesIO(raw)).read()
    body = _decoded(raw, (said("Content-Encoding") or "").strip().lower())
    if isinstance(body, LeftOut):
        return body
    if not any_type and (kind not in _HTML if kind else not _LOOKS_HTML.search(body[:1024])):
        return LeftOut("not HTML")
    return content_type, body, list(answer.headers)


def _decoded(raw: bytes, coding: str) -> bytes | LeftOut:
    """Undo the content coding. Archives that store decoded bodies often keep the header: markup is taken as it is."""
    try:
        if coding in CODINGS:
            return read_body([raw], coding, LARGEST)
        reason = "in a coding that is not read"
    except TooLargeError:
        return LeftOut("larger than a page may be")
    except DamagedError:
        reason = "damaged compression"
    return raw if raw.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<" else LeftOut(reason)


def _instant(text: str | None) -> datetime | None:
    """Return a WARC-Date in UTC; None for a missing one and for one coarser than a second."""
    if text is None or not _DATE.fullmatch(text.strip()):
        return None
    try:
        return datetime.fromisoformat(text.strip()).astimezone(UTC)
    except ValueError:
        return None


def _own(field: str | None) -> tuple[str, str, Link | None, Permission] | None:
    """Return the address asked for, outlet, link and restrictions that `_described` wrote; None for anything else."""
    try:
        told = json.loads(field or "")
        url, outlet, link = told["url"], told["outlet"], told["link"]
        train, words = told.get("may_train", True), told.get("stated", [])
        if not (isinstance(url, str) and isinstance(outlet, str) and isinstance(train, bool)):
            return None
        if not (isinstance(words, list) and all(isinstance(word, str) for word in words)):
            return None
        stated = Permission(train=train, words=tuple(words))
        return url, outlet, None if link is None else _link(link), stated
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _link(told: dict[str, Any]) -> Link:
    """Return the link of `_described`. Raises ValueError, TypeError or KeyError for one that is none."""
    texts = [told[name] for name in ("url", "feed", "entry", "title")]
    if not all(isinstance(text, str) for text in texts) or told["origin"] not in (None, *get_args(Origin)):
        raise ValueError
    url, feed, entry, title = texts
    if told["published"] is None:
        return Link(url, feed, entry, title)
    published, origin = told["published"], cast("Origin", told["origin"] or "feed")
    value = date.fromisoformat(published) if len(published) == 10 else datetime.fromisoformat(published)
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError
    return Link(url, feed, entry, title, Claim(value, origin, bool(told["zone_known"])))


# --- writing ---------------------------------------------------------------------------------------------


def write_warc(path: Path, captures: Iterable[Capture], now: datetime) -> int:
    """Write pages as response records, gzipped when `path` ends in .gz; return how many.

    The file is there whole or not at all. Raises NarrativeError when it cannot be written, or when there is
    no page to write.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    number = 0
    try:
        with draft.open("wb") as out:
            writer = WARCWriter(out, gzip=path.suffix == ".gz", warc_version="1.1")
            writer.write_record(_opening(writer, path, now))
            for number, capture in enumerate(captures, 1):  # noqa: B007 -- counted
                writer.write_record(_response(writer, capture))
        if not number:
            raise NarrativeError("no kept page is of that time; nothing was written")
        draft.replace(path)
    except OSError as error:
        raise NarrativeError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
    return number


def _opening(writer: Any, path: Path, now: datetime) -> Any:
    told = {
        "software": f"narrative/{version('narrative')}",
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "description": _NOTE,
    }
    record = writer.create_warcinfo_record(path.name, told)
    record.rec_headers.replace_header("WARC-Date", _stamp(now))
    return record


def _response(writer: Any, capture: Capture) -> Any:
    kind = " ".join(capture.content_type.split())
    headers = [("Content-Type", kind)] if kind else []
    http = StatusAndHeaders(
        "200 OK", [*headers, ("Content-Length", str(len(capture.body)))], protocol="HTTP/1.1"
    )
    fields = {
        "WARC-Date": _stamp(capture.fetched_at),
        "WARC-Record-ID": f"<urn:uuid:{_record_id(capture)}>",
        _OWN: _described(capture),
    }
    address = re.sub(r"[\s<>]", lambda match: quote(match.group()), capture.final_url)
    return writer.create_warc_record(
        address,
        "response",
        payload=io.BytesIO(capture.body),
        length=len(capture.body),
        warc_headers_dict=fields,
        http_headers=http,
    )


def _record_id(capture: Capture) -> UUID:
    """The same page has the same id in every export."""
    seed = b"\n".join(
        (capture.url.encode("utf-8", "replace"), _stamp(capture.fetched_at).encode(), capture.body)
    )
    return UUID(bytes=hashlib.blake2b(seed, digest_size=16).digest(), version=5)


def _described(capture: Capture) -> str:
    """Return, as one line of ASCII, what a WARC has no field for: address asked for, outlet, link, restrictions."""
    link, told = capture.link, None
    if link is not None:
        claim = link.published
        told = {
            "url": link.url,
            "feed": link.feed,
            "entry": link.entry,
            "title": link.title,
            "published": None if claim is None else claim.value.isoformat(),
            "origin": None if claim is None else claim.origin,
            "zone_known": None if claim is None else claim.zone_known,
        }
    restricted = not capture.may_train or capture.stated
    stated = {"may_train": capture.may_train, "stated": capture.stated} if restricted else {}
    return json.dumps({"url": capture.url, "outlet": capture.outlet, "link": told} | stated)


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
