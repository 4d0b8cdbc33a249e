"""What a backfill reads: archives and dumps, on this machine or wherever fsspec reaches."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from narrative.crawl.dumps import DumpRow, checked_row, read_dump
from narrative.crawl.packed import BrokenFileError, LeftOut, Opened, PackedFile
from narrative.errors import NarrativeError, UsageError
from narrative.scale import HOW_TO_INSTALL
from narrative.scale.archives import read_archive
from narrative.terms import Capture, content_id

Kind = Literal["warc", "jsonl", "parquet"]
Found = Capture | DumpRow
Told = Callable[[int], None]
"""Called with how many bytes of the file are done."""

COLUMNS = ("url", "title", "published", "source", "text")
_ENDINGS: dict[str, Kind] = {
    ".warc": "warc",
    ".warc.gz": "warc",
    ".jsonl": "jsonl",
    ".jsonl.gz": "jsonl",
    ".ndjson": "jsonl",
    ".ndjson.gz": "jsonl",
    ".parquet": "parquet",
}
_ROWS = 256  # of a Parquet file in memory at a time


@dataclass(frozen=True, slots=True)
class Input:
    """One file: `place` is its absolute path or its address, `version` what changes when its bytes do."""

    place: str
    kind: Kind
    size: int
    version: str

    @property
    def key(self) -> str:
        """The name of what is made of it: readable, and its own."""
        name = re.sub(r"[^\w.-]+", "-", self.place.rsplit("/", 1)[-1], flags=re.ASCII)[-60:]
        return f"{name}-{content_id('input', self.place)[:10]}"


def inputs_of(places: Sequence[str]) -> list[Input]:
    """Return the files of paths, patterns and folders, each once, in order of their names.

    Raises NarrativeError for what is not there or cannot be reached, UsageError for what is no archive and no dump.
    """
    found: dict[str, Input] = {}
    for place in places:
        for file in _files(place):
            found.setdefault(file.place, file)
    return sorted(found.values(), key=lambda file: file.place)


def _files(place: str) -> list[Input]:
    fs, path = file_system(place)
    try:
        if any(mark in path for mark in "*?["):
            names = [name for name in fs.glob(path) if _kind(name)]
        elif fs.isdir(path):
            names = [name for name in fs.find(path) if _kind(name)]
        elif fs.exists(path):
            names = [path]
        else:
            raise NarrativeError(f"cannot read {place}: there is no such file")
        if not names:
            raise NarrativeError(f"{place} holds no archive and no dump ({', '.join(_ENDINGS)})")
        return [_input(fs, name, place) for name in names]
    except OSError as error:
        raise NarrativeError(f"cannot read {place}: {error.strerror or error}") from error


def _input(fs: Any, name: str, place: str) -> Input:
    kind = _kind(name)
    if kind is None:
        raise UsageError(f"what is {place}? give files that end in {', '.join(_ENDINGS)}")
    info = fs.info(name)
    version = next(
        (
            str(info[key])
            for key in ("ETag", "etag", "md5Hash", "mtime", "LastModified", "created")
            if info.get(key)
        ),
        "",
    )
    return Input(name if is_local(fs) else fs.unstrip_protocol(name), kind, int(info["size"] or 0), version)


def _kind(name: str) -> Kind | None:
    return next((kind for ending, kind in _ENDINGS.items() if name.lower().endswith(ending)), None)


def file_system(place: str) -> tuple[Any, str]:
    """Return the fsspec file system of a path or an address, and the path in it. Raises NarrativeError for an unknown one."""
    try:
        import fsspec
    except ImportError as error:
        raise NarrativeError(HOW_TO_INSTALL) from error
    try:
        fs, path = fsspec.core.url_to_fs(place)
    except (ValueError, ImportError, OSError) as error:
        raise NarrativeError(f"cannot reach {place}: {error}") from error
    return fs, path


def is_local(fs: Any) -> bool:
    """Return whether a file system is this machine's own."""
    return "file" in ((fs.protocol,) if isinstance(fs.protocol, str) else fs.protocol)


# --- reading -------------------------------------------------------------------------------------------------


def records(file: Input, told: Told) -> Iterator[Found | LeftOut]:
    """Yield each page or row of a file, or why something is none; one is in memory at a time, or a few hundred rows.

    Raises NarrativeError for what cannot be opened or is not what its name says, BrokenFileError where it cannot be
    read on.
    """
    if file.kind == "parquet":
        yield from _parquet_rows(file, told)
        return
    with opened(file) as packed:
        found = read_archive(packed, lambda: opened(file)) if file.kind == "warc" else read_dump(packed)
        for one in found:
            yield one
            told(packed.done)


def opened(file: Input) -> PackedFile:
    """Open a file. Raises NarrativeError when that is not possible."""
    fs, path = file_system(file.place)
    if is_local(fs):
        return PackedFile(Path(path))
    try:
        return PackedFile(Opened(file.place, io.BufferedReader(fs.open(path, "rb")), file.size))
    except OSError as error:
        raise NarrativeError(f"cannot read {file.place}: {error.strerror or error}") from error


def _parquet_rows(file: Input, told: Told) -> Iterator[DumpRow | LeftOut]:
    import pyarrow as pa
    from pyarrow import parquet

    fs, path = file_system(file.place)
    number = 0
    try:
        with fs.open(path, "rb") as raw:
            table = parquet.ParquetFile(raw)
            columns = [name for name in COLUMNS if name in table.schema_arrow.names]
            if not {"text", "title"} & set(columns):
                raise NarrativeError(f"{file.place} has no column text and no column title")
            for batch in table.iter_batches(_ROWS, columns=columns):
                for row in batch.to_pylist():
                    number += 1
                    yield checked_row({name: _written(value) for name, value in row.items()}, number)
                told(file.size * number // max(table.metadata.num_rows, 1))
    except pa.ArrowInvalid as error:
        if number:
            raise BrokenFileError(
                f"{file.place} cannot be read beyond row {number}: {_short(error)}"
            ) from error
        raise NarrativeError(f"{file.place} is not a Parquet file: {_short(error)}") from error
    except OSError as error:
        wrong = BrokenFileError if number else NarrativeError
        raise wrong(f"cannot read {file.place}: {error.strerror or _short(error)}") from error


def _written(value: Any) -> Any:
    """Return a date of a Parquet column as a dump writes it."""
    return value.isoformat() if isinstance(value, date | datetime) else value


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:120]
